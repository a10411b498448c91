"""genimg: an image-generation studio and classroom in the browser.

    import genimg
    genimg.load("avatars-dcgan").sample(16, seed=7)  # 16 PIL pictures
    genimg.checkpoints.available()                    # what there is to load

Layers, each importing only what stands to its right:
app, ui, cli > studio > training > checkpoints, data > models | algorithms > nn > core.
"""

import importlib
import os
from typing import TYPE_CHECKING, Any

from genimg.core import places

if TYPE_CHECKING:
    from genimg.studio.handles import Model

__version__ = "0.1.0"
__all__ = ["checkpoints", "load"]

# Waiting threads give their core back: with several people on few cores, spinning ones cost up to five times as much.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # read when torch is imported
places.prepare()


def load(name: str, *, hub: bool = False) -> "Model":
    """Return a handle on a checkpoint: `sample`, and what else its kind can do; see `genimg.studio.handles`.

    With ``hub=True`` a name such as ``user/name`` is fetched from the Hugging Face Hub; nothing ever is without it.

    Raises:
        UserError: if there is no checkpoint of this name, or nothing can be done with it alone.
    """
    from genimg.studio import handles  # here, so that `import genimg` stays light

    return handles.load(name, hub=hub)


def __getattr__(name: str) -> Any:
    if name == "checkpoints":
        return importlib.import_module("genimg.checkpoints")
    raise AttributeError(f"module 'genimg' has no attribute {name!r}")
