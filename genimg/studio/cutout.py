"""The Cut-out tab's service: from strokes over a photo to the thing alone, before any background, at full size."""

import importlib
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageColor, ImageOps
from torch import Tensor
from torch.nn.functional import avg_pool2d

from genimg.algorithms import matting, selection
from genimg.core.errors import UserError, choice, flag, number
from genimg.core.images import chosen, resize, shrink, to_pil, to_tensor
from genimg.studio import people
from genimg.studio import strokes as painted
from genimg.studio.again import remembered
from genimg.studio.edit import Colour

WORK = 768  # longer side of the copy that is cut while one paints
KINDS = ("keep", "remove", "box")
SOFTNESS = (0.0, 0.1)  # width of the doubtful band along the border, as a part of the longer side
TRUST = (0.6, 1.0)  # in an unsure and in a sure guess beside strokes, which it must not outweigh
ALONE = 1.4  # the same without strokes, and in a sure guess beside those of one kind
WIDER = 3  # times the softness: so far beyond its band a softer edge is followed on each side
BACKGROUNDS = ("transparent", "colour", "blur", "picture")
BLUR = 0.03  # of the longer side

_SOFT = "genimg.algorithms.closed_form"
_cutting = threading.Lock()  # it uses the whole machine, so two at once would only slow each other


@dataclass(frozen=True)
class Cutout:
    """A thing and its opacity, at the size to work at.

    Attributes:
        photo: ``(1, 3, H, W)``, the longer side at most `WORK`.
        alpha: ``(1, 1, H, W)``.
        foreground: ``(1, 3, H, W)``, the thing's own colours.
        soft: whether the border was solved for; False while the code for that is still being compiled.
    """

    photo: Tensor
    alpha: Tensor
    foreground: Tensor
    soft: bool


def prepare() -> threading.Thread:
    """Import what soft borders need in the background, and return the thread that does it.

    Its first import after an installation compiles for ten seconds. That is done in a process of its own, whose result
    numba keeps on the disk, so that neither start-up nor anybody's slider waits for it.
    """

    def work() -> None:
        code = f"import os; getattr(os, 'nice', int)(10); import {_SOFT}"
        subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, cwd=Path(__file__).parents[2])
        importlib.import_module(_SOFT)

    thread = threading.Thread(target=work, name="prepare-matting", daemon=True)
    thread.start()
    return thread


def ready() -> bool:
    """Say whether the code for soft borders is compiled and loaded."""
    module = sys.modules.get(_SOFT)
    return module is not None and not getattr(module.__spec__, "_initializing", False)


def cut(
    photo: Image.Image | None,
    strokes: object = None,
    *,
    softness: object = 0.02,
    wait: object = True,
    person: object = False,
) -> Cutout:
    """Cut a thing out of a photo.

    Args:
        photo: any picture.
        strokes: what was painted over it, see `genimg.studio.strokes.read`; the kinds are keep, remove and box. Without
            any, what looks like a person is taken, or else what a box holds that leaves out a rim but not the foot.
        softness: 0..0.1, how wide the border is in which hair, fur and blur are looked for, as a part of the longer
            side; where the photo's own edge is wider, it is looked for there too; 0 cuts hard.
        wait: for the code for soft borders, if it is still being compiled; otherwise the border is cut hard.
        person: go by the person in it, however unsure; strokes correct what was found, and a box goes before.

    Raises:
        UserError: for no picture, bad strokes, a value out of range, or no person where one was asked for.
    """
    small = to_tensor(shrink(chosen("photo", photo), WORK))
    size = (small.shape[-1], small.shape[-2])
    lines = painted.read(strokes, KINDS)
    soft = number("Softness", softness, *SOFTNESS) * max(size)
    patient = flag("wait", wait)
    keep, remove = (painted.mask(lines, kind, size) for kind in ("keep", "remove"))
    box = painted.box(lines, size)
    guess = _guess(small, lines, flag("person", person))
    if not lines and guess is None:
        box = (round(0.05 * size[0]), round(0.05 * size[1]), round(0.95 * size[0]), size[1])
    with _cutting:
        sure = guess is not None and people.certain(guess)
        one_sided = not (keep.any() and remove.any())
        trust = ALONE if not lines or (sure and one_sided) else TRUST[sure]
        alpha = selection.segment(small, keep, remove, box, guess, trust)
        solved = soft >= 1 and (patient or ready())
        if solved:
            known = matting.trimap(alpha, keep, remove, soft)
            known = matting.widened(small, known, WIDER * soft)
            alpha = matting.estimate_alpha(small, torch.where(keep > 0.5, 1.0, torch.where(remove > 0.5, 0.0, known)))
        foreground = matting.estimate_foreground(small, alpha) if solved else small
    return Cutout(small, alpha, foreground, soft < 1 or solved)


def _guess(photo: Tensor, lines: Sequence[painted.Stroke], person: bool) -> Tensor | None:
    """Return where the thing probably is by the network that finds people; None to go by a box alone.

    Beside strokes the network may be wrong: what stands before a background is what it looks for, be it a person or
    not, and the strokes outweigh it.
    """
    if not person and (not people.ready() or all(one.kind == painted.BOX for one in lines) and lines):
        return None
    guess = people.person_mask(to_pil(photo)[0])
    if person and not lines and not people.found(guess):
        raise UserError("No person was found in the photo; paint over what is to be kept.")
    return guess if person or lines or people.certain(guess) else None


def photo_view(made: Cutout) -> Image.Image:
    """Return the photo at the size of the other views."""
    return to_pil(made.photo)[0]


def mask_view(made: Cutout) -> Image.Image:
    """Return the photo with what is cut away dimmed and tinted: what to look at while one paints."""
    dim = 0.35 * made.photo + 0.65 * torch.tensor((0.86, 0.87, 0.9)).view(1, 3, 1, 1)
    return to_pil(matting.composite(made.photo, made.alpha, dim))[0]


def result_view(made: Cutout, background: object = "transparent", **options: object) -> Image.Image:
    """Return the thing before the background, small; a checkerboard stands for transparency.

    Args:
        made: what `cut` returned.
        background: see `full`.
        options: see `full`: ``colour`` and ``picture``.
    """
    behind = _background(background, made.photo, made.alpha, options)
    size = (made.photo.shape[-1], made.photo.shape[-2])
    behind = _checkerboard(*size) if behind is None else behind
    return to_pil(matting.composite(made.foreground, made.alpha, behind))[0]


def full(
    photo: Image.Image | None,
    made: Cutout,
    *,
    background: object = "transparent",
    colour: object = "#ffffff",
    picture: Image.Image | None = None,
) -> Image.Image:
    """Return the cut-out at the photo's full size.

    Args:
        photo: the one that `cut` was given.
        made: what it returned.
        background: transparent, colour, blur (the photo's own background, out of focus) or picture.
        colour: such as ``#ffffff``, for the background of this name.
        picture: the background of this name, cropped to the photo's shape.

    Returns:
        RGBA before a transparent background, RGB otherwise.

    Raises:
        UserError: for no picture, or a background that there is not.
    """
    upright = chosen("photo", photo)
    large = to_tensor(upright)
    with _cutting:
        if large.shape == made.photo.shape:
            alpha, foreground = made.alpha, made.foreground
        else:
            alpha = matting.upsample(made.alpha, made.photo, large)
            foreground = matting.estimate_foreground(large, alpha) if made.soft else large
        behind = _background(background, large, alpha, {"colour": colour, "picture": picture})
    if behind is not None:
        return to_pil(matting.composite(foreground, alpha, behind))[0]
    cutout = to_pil(foreground)[0]
    cutout.putalpha(Image.fromarray((alpha[0, 0] * 255).round().byte().numpy()))
    return cutout


@remembered("cutout")
def cutout(
    photo: Image.Image | None,
    strokes: object = None,
    *,
    softness: object = 0.02,
    background: object = "transparent",
    colour: object = "#ffffff",
    picture: Image.Image | None = None,
    person: object = False,
) -> Image.Image:
    """Return a thing out of a photo at full size, before a background; see `cut` and `full`."""
    made = cut(photo, strokes, softness=softness, person=person)
    return full(photo, made, background=background, colour=colour, picture=picture)


def _background(kind: object, photo: Tensor, alpha: Tensor, options: Mapping[str, object]) -> Tensor | None:
    kind = choice("The background", kind, BACKGROUNDS)
    height, width = photo.shape[-2:]
    if kind == "colour":
        code = Colour(default="#ffffff").check("The background colour", options.get("colour", "#ffffff"))
        rgb = torch.tensor(ImageColor.getrgb(code)[:3]) / 255
        return rgb.view(1, 3, 1, 1).expand_as(photo)
    if kind == "blur":
        return _blurred(photo, 1 - alpha)
    if kind == "picture":
        upright = chosen("background picture", options.get("picture"))
        return to_tensor(ImageOps.fit(upright, (width, height), Image.Resampling.LANCZOS))
    return None


def _blurred(photo: Tensor, weight: Tensor) -> Tensor:
    """Blur the background alone: the thing lends it no colour, as its own light does not reach a lens's blur."""
    size = photo.shape[-2:]
    scale = min(1.0, 512 / max(size))
    small = (max(1, round(size[0] * scale)), max(1, round(size[1] * scale)))
    weight = resize(weight, small) ** 4 + 1e-4  # the fourth power keeps the thing's fringe out
    colors = resize(photo, small) * weight
    radius = max(1, round(BLUR * max(small)))
    for _ in range(3):  # three boxes are nearly a Gaussian
        colors, weight = (_box(one, radius) for one in (colors, weight))
    return resize(colors / weight, (size[0], size[1]))


def _box(values: Tensor, radius: int) -> Tensor:
    height, width = values.shape[-2:]
    vertical = avg_pool2d(values, (2 * radius + 1, 1), 1, (radius, 0), count_include_pad=False)
    return avg_pool2d(vertical, (1, 2 * radius + 1), 1, (0, radius), count_include_pad=False)


@lru_cache(maxsize=4)
def _checkerboard(width: int, height: int) -> Tensor:
    cell = max(4, round(max(width, height) / 48))
    y, x = np.mgrid[:height, :width] // cell
    return torch.from_numpy(np.where((x + y) % 2, 1.0, 0.86)).float().expand(1, 3, height, width)


# What was painted over the example photos, so that a newcomer sees how little it takes.
EXAMPLES: dict[str, Sequence[Mapping[str, object]]] = {
    "Coffee": [
        {"kind": "box", "points": [[0.1, 0.02], [0.84, 0.97]]},
        {"kind": "keep", "width": 0.03, "points": [[0.3, 0.3], [0.5, 0.8], [0.7, 0.6]]},
    ],
    "Astronaut": [
        {"kind": "keep", "width": 0.03, "points": [[0.43, 0.1], [0.43, 0.35], [0.3, 0.45]]},
        {"kind": "keep", "width": 0.03, "points": [[0.2, 0.6], [0.3, 0.8], [0.5, 0.6], [0.6, 0.9], [0.85, 0.95]]},
        {"kind": "remove", "width": 0.03, "points": [[0.7, 0.05], [0.8, 0.4], [0.95, 0.5], [0.95, 0.6]]},
        {"kind": "remove", "width": 0.03, "points": [[0.05, 0.05], [0.15, 0.4], [0.05, 0.55], [0.01, 0.96]]},
    ],
    "Cat": [
        {"kind": "keep", "width": 0.03, "points": [[0.12, 0.1], [0.3, 0.4], [0.6, 0.5], [0.5, 0.85]]},
        {"kind": "keep", "width": 0.03, "points": [[0.1, 0.6], [0.3, 0.9], [0.6, 0.97]]},
        {"kind": "keep", "width": 0.03, "points": [[0.55, 0.05], [0.79, 0.1], [0.85, 0.02]]},
        {"kind": "keep", "width": 0.03, "points": [[0.79, 0.1], [0.74, 0.3], [0.76, 0.45]]},
        {"kind": "remove", "width": 0.03, "points": [[0.95, 0.05], [0.9, 0.5], [0.9, 0.7]]},
        {"kind": "remove", "width": 0.03, "points": [[0.02, 0.05], [0.02, 0.4]]},
    ],
    "Rocket": [
        {"kind": "keep", "width": 0.01, "points": [[0.503, 0.33], [0.501, 0.92]]},
        {"kind": "remove", "width": 0.04, "points": [[0.06, 0.93], [0.43, 0.93]]},
        {"kind": "remove", "width": 0.04, "points": [[0.57, 0.93], [0.94, 0.93]]},
    ],
}
