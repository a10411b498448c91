"""The Remix tab's service: from one photo other pictures of its kind, of another shape, or after another layout."""

from collections.abc import Iterator
from functools import lru_cache

import torch
from PIL import Image
from torch import Tensor

from genimg.algorithms import patch_pyramid as patches
from genimg.core.errors import UserError, choice, flag, integer, number
from genimg.core.images import chosen, resize, shrink, to_rgb, to_tensor
from genimg.core.runtime import MAX_SEED
from genimg.core.steps import Step, Turns
from genimg.studio import examples as pictures
from genimg.studio.again import remembered

MODES = ("vary", "reshape", "layout")
SIZES = (128, 1024)  # of the longer side
SHAPES = (0.3, 3.5)  # width by height
_COARSEST = 28  # pixels of the shorter side where something new begins
_LAYOUTS = (20, 80)  # the same for a layout, by how much of it is kept

_turns = Turns()


@lru_cache
def examples() -> dict[str, Image.Image]:
    """Return photos to begin with by name, in the order to show them: public domain, out of scikit-image's wheel."""
    from skimage import data

    sky = Image.fromarray(data.hubble_deep_field()).crop((0, 0, 720, 540))
    found = {"Rocket": pictures.photo("Rocket"), "Galaxies": sky}
    found |= {name: pictures.photo(name) for name in ("Coffee", "Cat")}
    return {name: shrink(picture, 640) for name, picture in found.items()}


@remembered("remix")
def remix(
    photo: Image.Image | None,
    *,
    mode: object = "vary",
    layout: Image.Image | None = None,
    freedom: object = 0.2,
    shape: object = 2.0,
    kept: object = 0.7,
    size: object = 512,
    tile: object = False,
    seed: object = 0,
) -> Iterator[Step]:
    """Return an iterator that makes a picture of a photo's patches; see `genimg.algorithms.patch_pyramid`.

    Args:
        photo: what the patches are taken from.
        mode: vary makes another picture like it; reshape gives it another shape without stretching what is in it;
            layout puts its substance where another picture has things, which may be a clumsy collage of it.
        layout: that other picture.
        freedom: vary: 0..1, how far the result may be from the photo.
        shape: reshape: 0.3..3.5, its width by its height.
        kept: layout: 0..1, how fine the details of the layout are that stay.
        size: 128..1024, the longer side of the result in pixels.
        tile: the result repeats without a seam; not for reshape.
        seed: the same seed makes the same picture.

    Raises:
        UserError: at once, for a missing picture or a value out of range.
    """
    kind = choice("The mode", mode, MODES)
    longest, chance = integer("Size", size, *SIZES), integer("Seed", seed, 0, MAX_SEED)
    loose, detail = number("Freedom", freedom, 0, 1), number("Kept of the layout", kept, 0, 1)
    ratio, repeats = number("Shape", shape, *SHAPES), flag("Tileable", tile)
    picture = to_rgb(chosen("photo", photo))
    if kind == "layout" and layout is None:
        raise UserError("Choose the picture whose layout is to be followed.")
    if max(picture.size) > 12 * min(picture.size):
        raise UserError(f"A picture of {picture.width} × {picture.height} is too narrow to take patches from.")
    if kind == "reshape":
        return _turns.take(_reshaped(picture, ratio, longest, chance))
    source = _fitted(picture, longest)
    if kind == "vary":
        return _turns.take(_varied(source, loose, repeats, chance))
    other = _fitted(to_rgb(chosen("layout", layout)), longest)
    coarsest = round(_LAYOUTS[0] * (_LAYOUTS[1] / _LAYOUTS[0]) ** detail)
    return _turns.take(_laid_out(source, other, coarsest, repeats, chance))


def _varied(source: Tensor, freedom: float, tile: bool, seed: int) -> Iterator[Step]:
    size = _size(source)
    coarse = resize(source, patches.scaled(size, patches.scales_from(_COARSEST, size)[0]))
    start = patches.varied(coarse, bend=0.25 * freedom, noise=0.15 + 0.75 * freedom, seed=seed)
    yield from patches.rearrange(source, start, size, tile=tile, seed=seed)


def _reshaped(picture: Image.Image, ratio: float, longest: int, seed: int) -> Iterator[Step]:
    width, height = picture.size
    # The shorter way stays as it is, so that nothing has to be left out.
    wide, high = (height * ratio, height) if ratio > width / height else (width, width / ratio)
    scale = longest / max(wide, high)
    size = (max(32, round(high * scale)), max(32, round(wide * scale)))
    source = _scaled(picture, scale)
    factor = patches.scales_from(_COARSEST, _size(source), size)[0]
    start = patches.reshaped(resize(source, patches.scaled(_size(source), factor)), patches.scaled(size, factor))
    yield from patches.rearrange(source, start, size, seed=seed)


def _laid_out(source: Tensor, layout: Tensor, coarsest: int, tile: bool, seed: int) -> Iterator[Step]:
    from skimage.exposure import match_histograms

    size = _size(layout)
    start = resize(layout, patches.scaled(size, patches.scales_from(coarsest, _size(source), size)[0]))
    # In the photo's own colours, or nothing in it would be near.
    matched = match_histograms(start[0].numpy(), source[0].numpy(), channel_axis=0)
    yield from patches.rearrange(source, torch.from_numpy(matched)[None].float(), size, tile=tile, seed=seed)


def _fitted(picture: Image.Image, longest: int) -> Tensor:
    return _scaled(picture, longest / max(picture.size))


def _scaled(picture: Image.Image, scale: float) -> Tensor:
    return resize(to_tensor(picture), (max(32, round(picture.height * scale)), max(32, round(picture.width * scale))))


def _size(image: Tensor) -> tuple[int, int]:
    return image.shape[-2], image.shape[-1]
