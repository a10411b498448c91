"""A cellular automaton that lives in the reader's browser: thirty readers cost the server nothing.

The script ``web/automata.js`` looks for the canvas `#texture-life canvas` and for a rule, written by `rule_html` into
`#texture-rule`, and lets the rule run for as long as the canvas is seen: on the graphics card by WebGL 2 with textures
of floats, or else in plain JavaScript, with the same arithmetic.
"""

import base64
import html
from typing import Any

import numpy as np

from genimg.models.nca import NCA

CELLS = (128, 192, 256)  # along a side; more is finer, and slower without a graphics card

CANVAS = """
<div class="gi-life" id="texture-world">
  <canvas width="128" height="128" role="img" tabindex="0"
    aria-label="a living texture; drag over it to erase"></canvas>
</div>
<div class="gi-status" id="texture-pulse" aria-live="off"></div>
"""


def rule_html(model: NCA, name: str, *, restart: bool = True) -> str:
    """Return a rule as a hidden element for the page's script.

    Args:
        model: the rule; a multiple of 4 channels.
        name: told to the reader.
        restart: begin from the seed; otherwise the cells go on from where they are.
    """
    # By rows of the hidden layer: for each, what it feels (sense by sense), its bias, and what it does.
    parts = (model.feel.weight, model.feel.bias, model.act.weight.T)
    numbers = np.concatenate([part.detach().float().cpu().numpy().ravel() for part in parts])
    data: dict[str, Any] = {
        "name": name,
        "channels": model.channels,
        "hidden": model.hidden,
        "restart": int(restart),
        "weights": base64.b64encode(numpy_bytes(numbers)).decode(),
    }
    attributes = " ".join(f'data-{key}="{html.escape(str(value))}"' for key, value in data.items())
    return f"<span hidden {attributes}></span>"


def numpy_bytes(numbers: np.ndarray[Any, Any]) -> bytes:
    """Return numbers as little-endian float32."""
    return numbers.astype("<f4").tobytes()
