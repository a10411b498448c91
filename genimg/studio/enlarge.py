"""Larger pictures: the Enlarge tab's service for any picture, and drawn faces four times larger, with clean lines."""

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from math import ceil
from typing import TypeVar

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn.functional import avg_pool2d, interpolate

from genimg import checkpoints
from genimg.algorithms.tiling import tiles
from genimg.core import images, runtime
from genimg.core.errors import UserError, choice, integer
from genimg.core.images import chosen, resize, shrink, to_pil, to_tensor
from genimg.core.steps import Step, Turns
from genimg.models.upconv import Upconv
from genimg.models.upscaler import Upscaler
from genimg.studio import examples as pictures
from genimg.studio.again import remembered
from genimg.studio.sampler import large

NAME, PHOTOS = "anime-upscaler", "photo-upscaler"
KINDS = ("auto", "drawing", "photo")
TIMES = (2, 4)
MAX_SIDE = 4096  # pixels of the longer side of what comes out
FILM_SIDE = 256  # pixels of a film's frame that is not enlarged
MAX_STILL = 128  # pixels of the longer side of what needs to be enlarged at rest
MAX_PIXELS = 1_100_000  # of a picture before it is enlarged: 16 times as many come out
_AREA = 3  # pixels around one whose colours are kept
_TILE = 192  # pixels of what goes in at once: a second or two of a core, so that Stop is obeyed soon
_FLAT = 0.5  # of a drawing's pixels, but for the background's, have a neighbour of the very same colour

_turns = Turns()


@lru_cache
def samples() -> dict[str, Image.Image]:
    """Return pictures to begin with by name, in the order to show them: small ones, two photos and a drawn face."""
    from genimg.studio.vae import examples as faces

    photos = {name: shrink(pictures.photo(name), 256) for name in ("Astronaut", "Cat", "Coffee")}
    return photos | {"Drawn face": faces(128)[2]}


@remembered("enlarge")
def magnify(picture: Image.Image | None, *, times: object = 2, kind: object = "auto") -> Iterator[Step]:
    """Return an iterator that makes a picture two, three or four times as wide and as high, tile by tile.

    Drawings become four times as large by `NAME`, which draws lines and flat areas anew, and are made smaller from
    there. Photos become twice as large by `PHOTOS`, which guesses edges but invents nothing: once, twice, or once and
    then smoothly by one and a half. What is see-through stays so. Tiles and the whole picture at once are the same.

    Args:
        picture: RGB or RGBA.
        times: 2, 3 or 4.
        kind: drawing, photo, or auto for what `is_drawing` says.

    Yields:
        A `Step` for each tile with the picture so far, ``(1, 3 or 4, times H, times W)``, smooth where the tiles have
        not come to, and ``metrics["drawing"]``, 1 or 0. The picture is painted on from step to step.

    Raises:
        UserError: at once, for a missing picture, a value out of range, or a result of more than `MAX_SIDE`.
    """
    chosen_kind = choice("The kind of picture", kind, KINDS)
    factor = integer("How many times", times, *TIMES)
    source = chosen("picture", picture, alpha=True)
    _check_size(source, factor)
    drawing = is_drawing(source) if chosen_kind == "auto" else chosen_kind == "drawing"
    return _turns.take(_magnified(source, factor, drawing))


def finished(step: Step, source: Image.Image) -> Image.Image:
    """Return the picture of a step of `magnify`, with what the file of its source said of that.

    `genimg.studio.edit.save` writes it into the new file: date, camera and copyright, never the place.
    """
    made = images.finished(step)
    made.info |= {"exif": source.info["exif"]} if "exif" in source.info else {}
    return made


def is_drawing(picture: Image.Image) -> bool:
    """Tell whether a picture looks drawn: at least half of it, background aside, is flat to the last bit.

    In doubt it is a photo: a drawing that is enlarged as one is soft, a photo that is enlarged as a drawing is painted.
    Of drawn faces 0.5 to 0.9 is flat, of photos 0.4 at most, but for blurred ones kept as bad JPEGs. Drawings that were
    JPEGs, or were resized, are no longer flat.

    Args:
        picture: RGB or RGBA.
    """
    red, green, blue = np.moveaxis(np.asarray(picture.convert("RGB"), np.uint32), -1, 0)
    colours = red << 16 | green << 8 | blue
    values, counts = np.unique(colours, return_counts=True)
    here = colours[:-1, :-1]
    flat = (here == colours[:-1, 1:]) & (here == colours[1:, :-1])
    rest = here != values[counts.argmax()]
    return bool(rest.any() and flat[rest].mean() >= _FLAT)


def plain(picture: Image.Image, times: int) -> Image.Image:
    """Return a picture enlarged without a network, by Lanczos' window: what `magnify` is to be better than."""
    return picture.resize((times * picture.width, times * picture.height), Image.Resampling.LANCZOS)


def _check_size(picture: Image.Image, times: int) -> None:
    width, height = picture.size
    most = MAX_SIDE // max(width, height)
    if times <= most:
        return
    made = f"{times * width} × {times * height}"
    said = f"{width} × {height} enlarged {times} times would be {made}, and {MAX_SIDE} pixels a side are the most"
    if most >= TIMES[0]:
        raise UserError(f"{said}; enlarge it {most} times, or make it smaller first.")
    raise UserError(f"{said}; this picture is large already.")


def _magnified(picture: Image.Image, times: int, drawing: bool) -> Iterator[Step]:
    larger, reach, side = _drawn_larger(times) if drawing else _photo_larger(times)
    small = _filled(picture).to(runtime.device())
    start = resize(small, (times * picture.height, times * picture.width))
    total = ceil(picture.height / side) * ceil(picture.width / side)
    work = tiles(_with_alpha(larger), small, scale=times, reach=reach, side=side, start=start)
    for index in range(1, total + 1):
        with torch.inference_mode(), runtime.fast_precision():  # not across a yield: they belong to the thread
            whole = next(work)
        yield Step(index, total, whole, {"drawing": float(drawing)})


Larger = tuple[Callable[[Tensor], Tensor], int, int]
Network = TypeVar("Network", Upscaler, Upconv)


def _drawn_larger(times: int) -> Larger:
    """Return what enlarges a drawing, how far it looks, and the side of its tiles."""
    network = _network(NAME, Upscaler)

    def larger(small: Tensor) -> Tensor:
        fine = _with_colours_of(small, network(small).float())
        return resize(fine, (times * small.shape[-2], times * small.shape[-1])).clamp(0, 1)

    return larger, network.reach + 2 * _AREA + 2, _TILE


def _photo_larger(times: int) -> Larger:
    """Return what enlarges a photo, how far it looks, and the side of its tiles.

    bfloat16 costs photos 0.01 dB of some 33, and a smooth gradient 0.5 of 53.
    """
    network = _network(PHOTOS, Upconv)

    def larger(small: Tensor) -> Tensor:
        fine = network(small)
        fine = (network(fine) if times == 4 else fine).float()
        return resize(fine, (times * small.shape[-2], times * small.shape[-1]))

    if times == 4:  # the second time four times as many pixels, so tiles are smaller
        return larger, network.reach + ceil(network.reach / 2), _TILE * 2 // 3
    return larger, network.reach + 2, _TILE


def _network(name: str, kind: type[Network]) -> Network:
    network = checkpoints.load(name)
    if not isinstance(network, kind):
        raise UserError(f"{name} enlarges nothing; use {NAME} or {PHOTOS}.")
    return network


def _filled(picture: Image.Image) -> Tensor:
    """Return a picture as ``(1, 3 or 4, H, W)``; what cannot be seen takes the colours of what is nearest.

    They would shine into what can.
    """
    values = to_tensor(picture, alpha=True)
    unseen = values[0, 3:].numpy() == 0
    if unseen.any() and not unseen.all():
        from scipy.ndimage import distance_transform_edt

        rows, columns = distance_transform_edt(unseen[0], return_distances=False, return_indices=True)
        values[:, :3] = values[:, :3, torch.from_numpy(rows), torch.from_numpy(columns)]
    return values


def _with_alpha(larger: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    """Return what enlarges ``(1, 4, H, W)`` as well: alpha goes through what enlarges colours, as a grey picture."""

    def both(small: Tensor) -> Tensor:
        colours, alpha = small[:, :3], small[:, 3:]
        if not alpha.numel():
            return larger(colours)
        if alpha.min() == 1:
            made = larger(colours)
            return torch.cat([made, torch.ones_like(made[:, :1])], 1)
        made = larger(torch.cat([colours, alpha.expand_as(colours)]))
        # What a network gives for nothing and for all of it may be one or two of 255 off.
        grey = (made[1:].mean(1, keepdim=True) * 255 - 2) / 251
        return torch.cat([made[:1], grey.clamp(0, 1)], 1)

    return both


def enlarge(images: Sequence[Image.Image], *, name: str = NAME) -> list[Image.Image]:
    """Return drawings four times as wide and as high.

    It draws clean lines and flat areas whatever was there: right for drawn faces, wrong for photos.

    Args:
        images: RGB pictures of one size.
        name: of the checkpoint.

    Raises:
        UserError: if they are too large, or there is no such network.
    """
    network = _network(name, Upscaler)
    width, height = images[0].size
    if width * height > MAX_PIXELS:
        raise UserError(f"Pictures of {width} x {height} are too large to be enlarged; at most 1024 x 1024.")
    made = []
    for image in images:  # one by one: memory stays small, and a batch is no faster on a CPU
        with torch.inference_mode(), runtime.fast_precision():
            small = to_tensor(image).to(runtime.device())
            *_, fine = tiles(network, small, scale=network.scale, reach=network.reach)
            made += to_pil(_with_colours_of(small, fine.float()))
    return made


def _with_colours_of(small: Tensor, fine: Tensor) -> Tensor:
    """Return an enlarged picture whose areas have the colours that they had: the network makes pale ones paler.

    Measured: up to 8 of 255 for a pastel pink. Only what differs over many pixels is given back; the network has taken
    single ones away for a reason.
    """
    lost = small - avg_pool2d(fine, fine.shape[-1] // small.shape[-1])
    for _ in range(2):
        lost = avg_pool2d(lost, 2 * _AREA + 1, 1, _AREA, count_include_pad=False)
    return fine + interpolate(lost, fine.shape[-2:], mode="bilinear")


def ready() -> bool:
    """Tell whether the network that enlarges drawings is there."""
    return any(one.name == NAME for one in checkpoints.available())


def still(image: Image.Image) -> Image.Image:
    """Return a picture as it is shown at rest: drawn larger where it is small, and smoothly enlarged without a network.

    Args:
        image: RGB.
    """
    return enlarge([image])[0] if max(image.size) <= MAX_STILL and ready() else large(image)


def filmed(frames: Sequence[Image.Image], *, enlarged: bool = False) -> list[Image.Image]:
    """Return the frames of a film at the size that it is kept: smoothly at 256 px, or drawn four times larger.

    Args:
        frames: RGB pictures of one size.
        enlarged: whether they are drawn larger; a core takes 0.02 s for a frame of 64 px, 0.06 s for 128.

    Raises:
        UserError: if they are too large to be enlarged.
    """
    return enlarge(frames) if enlarged else [large(frame, FILM_SIDE) for frame in frames]
