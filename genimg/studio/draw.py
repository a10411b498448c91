"""The Draw tab's service: sketches to pictures, by a network that learned it from pairs."""

import base64
import binascii
from collections.abc import Sequence
from functools import lru_cache

import torch
from PIL import Image

from genimg import checkpoints
from genimg.core.decoding import open_image
from genimg.core.errors import UserError, integer
from genimg.core.images import chosen, shrink, to_pil, to_rgb, to_tensor
from genimg.core.runtime import device
from genimg.data import sketches
from genimg.data.avatars import VALUES
from genimg.models.pix2pix import Pix2Pix
from genimg.studio.again import remembered
from genimg.studio.enlarge import still

KINDS = ("pix2pix",)
EXAMPLES = (5407, 5446, 5415, 5441, 5452)  # faces that never trained, whose sketches are shown to begin with
FIRST, LAST = sketches.COUNT - sketches.COUNT // 10, sketches.COUNT - 1  # the faces that never trained
MAX_SIDE = 512  # pixels of a sketch that comes along with a checkpoint
MAX_TEXT = 1_500_000  # characters of a sketch as the page sends it
INKS = {  # what the page's palette offers: what the sketches that it learned from are painted with
    "ink": ["#1e1e1e", "#ffffff"],
    "skin": ["#ffdbb4", "#edb98a", "#d08b5b", "#ae5d29", "#614335"],
    "hair": ["#2c1b18", "#4a312c", "#724133", "#a55728", "#b58143", "#d6b370", "#c93305", "#f59797", "#e8e1e1"],
    "clothes": ["#262e33", "#25557c", "#65c9ff", "#a7ffc4", "#ffdeb5", "#ff488e", "#ff5c5c"],
    "background": sorted(VALUES["background"]),
}


def models() -> list[str]:
    """Return the names of the checkpoints that paint after a sketch, best first."""
    return [one.name for kind in KINDS for one in checkpoints.available(kind)]


def side(name: object) -> int:
    """Return how many pixels wide and high the pictures of a checkpoint are.

    Raises:
        UserError: if there is no such checkpoint, or it paints after no sketch.
    """
    return _network(name).image_size


def _network(name: object) -> Pix2Pix:
    if not isinstance(name, str):
        raise UserError("Say which model shall draw, by its name.")
    network = checkpoints.load(name)
    if not isinstance(network, Pix2Pix):
        raise UserError(f"{name} paints after no sketch; a model of the recipe pix2pix does.")
    return network


def address(text: object) -> Image.Image:
    """Return the sketch that a page sent, as a ``data:`` address.

    Raises:
        UserError: for anything else, and what cannot be read as a picture.
    """
    if not isinstance(text, str) or not text.startswith("data:image/") or ";base64," not in text[:40]:
        raise UserError("Send the sketch itself, as a picture.")
    if len(text) > MAX_TEXT:
        raise UserError("That sketch is larger than 1 MB.")
    try:
        content = base64.b64decode(text.partition(",")[2], validate=True)
    except (binascii.Error, ValueError):
        raise UserError("That sketch is damaged and cannot be read; draw another line.") from None
    return open_image(content, tell=lambda _: None)


def fitted(sketch: Image.Image | None, pixels: int) -> Image.Image:
    """Return a sketch as a square of so many pixels: all of it, on white.

    Raises:
        UserError: for no sketch.
    """
    sketch = to_rgb(chosen("sketch", sketch))
    small = shrink(sketch, pixels)
    if max(small.size) < pixels:
        scale = pixels / max(small.size)
        small = small.resize([max(1, round(s * scale)) for s in small.size], Image.Resampling.BICUBIC)  # type: ignore[arg-type]
    square = Image.new("RGB", (pixels, pixels), "white")
    square.paste(small, ((pixels - small.width) // 2, (pixels - small.height) // 2))
    return square


def paint(name: object, drawn: Sequence[Image.Image | None]) -> list[Image.Image]:
    """Return what a network makes of sketches, each by itself, in the network's own size.

    Args:
        name: of the checkpoint.
        drawn: any pictures; they are fitted into its square.

    Raises:
        UserError: for no sketch, or no such checkpoint.
    """
    network = _network(name)
    squares = [to_tensor(fitted(one, network.image_size)) for one in drawn]
    with torch.inference_mode():
        # One by one: a batch is no faster on a CPU, and a picture does not depend on whose others are drawn with it.
        made = [network(one.to(device())) for one in squares]
    return [to_pil(one.float())[0] for one in made]


def draw(sketch: Image.Image | None, *, name: object = None) -> tuple[Image.Image, Image.Image]:
    """Return what a network makes of a sketch: in its own size, and as it is shown at rest, drawn larger.

    Args:
        sketch: a few lines, patches of colour, or both, on white.
        name: of the checkpoint; None for the first of `models`.

    Raises:
        UserError: for no sketch, or no such checkpoint.
    """
    (own,) = paint(usual() if name is None else name, [sketch])
    return own, still(own)


@remembered("draw", model="model")
def drawing(sketch: Image.Image | str | None, *, model: str) -> Image.Image:
    """Return what a network makes of a sketch, drawn larger.

    Args:
        sketch: see `draw`; or as a page sends it, see `address`, which the picture then remembers whole.
        model: name of the checkpoint.

    Raises:
        UserError: for no sketch, or no such checkpoint.
    """
    return draw(address(sketch) if isinstance(sketch, str) else sketch, name=model)[1]


def usual() -> str:
    """Return the name of the first of `models`.

    Raises:
        UserError: if there is none.
    """
    found = models()
    if not found:
        raise UserError("There is no model that paints after sketches; train one with the recipe pix2pix.")
    return found[0]


def example(index: object, pixels: int = 256) -> Image.Image:
    """Return the sketch of a face that trained no network, the same for the same number.

    Args:
        index: of the face, `FIRST` to `LAST`.
        pixels: side of the sketch.

    Raises:
        UserError: for another number.
    """
    return _example(integer("The example", index, FIRST, LAST), pixels)


def known(name: str) -> list[Image.Image]:
    """Return sketches such as a checkpoint knows that learned from somebody's own pairs; none of one for faces.

    Raises:
        UserError: if there is no such checkpoint, or what lies beside it is damaged.
    """
    if checkpoints.find(name).faces:
        return []
    own = (checkpoints.extra(name, "sources") or {}).get("sources")
    if own is None or own.ndim != 4 or own.shape[1] != 3 or max(own.shape[2:]) > MAX_SIDE:
        return []
    return to_pil(own[: len(EXAMPLES)] / 255)


@lru_cache(maxsize=32)
def _example(index: int, pixels: int) -> Image.Image:
    return Image.fromarray(sketches.pair(index, size=pixels)[1])
