"""What a conditional flow's pictures show, read from their latents: so a picture of one's own is found with its words.

It is a small classifier, kept beside the flow's weights.
"""

from pathlib import Path

from genimg import checkpoints
from genimg.data.datasets import Pictures
from genimg.models.flow import Flow
from genimg.training.classifier import Classifier, restored, train_classifier

_PART = "reader"
_EPOCHS, _LIMIT = 12, 10_000  # half a minute


def make_reader(latents: Pictures, folder: Path) -> None:
    """Train a reader on labelled latents, and keep it beside a flow's weights."""
    reader = train_classifier(latents, epochs=_EPOCHS, limit=_LIMIT)
    checkpoints.save_tensors(reader.state_dict(), folder / f"{_PART}.safetensors", half=True)


def open_reader(name: str | Path, flow: Flow) -> Classifier | None:
    """Return the reader of a flow's checkpoint; None for one that has none.

    Raises:
        UserError: for a damaged file.
    """
    tensors = checkpoints.extra(name, _PART)
    channels, side, _ = flow.latent_shape
    return restored(tensors, side, channels) if tensors else None
