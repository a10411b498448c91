"""The Repair tab's service: fill what was painted over, imagine what is hidden of a face."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import Tensor
from torch.nn.functional import avg_pool2d, interpolate

from genimg import checkpoints
from genimg.algorithms import inpainting, poisson, projection, scratches
from genimg.core import runtime
from genimg.core.errors import UserError, choice, integer, number
from genimg.core.images import chosen, crop_square, resize, to_pil, to_tensor
from genimg.core.steps import Step, Turns
from genimg.studio import examples, vae
from genimg.studio import strokes as painted
from genimg.studio.again import remembered
from genimg.studio.sampler import Sampler, names, sampler

MAX_PIXELS = 3_000_000  # of what is worked on; larger pictures are made smaller first
KINDS = ("damage", "keep", "avoid")
METHODS = ("patchmatch", "biharmonic", "telea")
FACES = ("vae", "dcgan")  # the kinds of checkpoint that can imagine
SECONDS = (1, 60)
CANDIDATES = 4
_FILL = 640  # longer side of what PatchMatch sees: the hole and its surroundings
_SMOOTH = 60_000  # pixels that biharmonic fills at once; its equations take a second then
STRANGE = 0.065  # difference outside the hole that a search comes to; above it the picture is of another kind
_SHOWN_EVERY = 0.4  # seconds between pictures of a search; pasting a large one takes longer than a step
_SOON = 40  # steps; before that a search may still be far from a face that it will find
_DRAWS = 256  # latents tried before the search begins
_WEIGHT = 1e-4  # what being a probable face is worth beside agreeing with the picture

_turns = Turns()


def fit(picture: Image.Image | None) -> Image.Image:
    """Return what is worked on: the picture upright, at most `MAX_PIXELS` large.

    Raises:
        UserError: for no picture.
    """
    upright = chosen("picture", picture)
    scale = (MAX_PIXELS / (upright.width * upright.height)) ** 0.5
    if scale >= 1:
        return upright
    size = (int(upright.width * scale), int(upright.height * scale))
    return upright.resize(size, Image.Resampling.LANCZOS)


def hole(size: tuple[int, int], strokes: object = None, proposal: Tensor | None = None) -> Tensor:
    """Return what is to be filled, ``(1, 1, H, W)``.

    Args:
        size: (width, height) of the picture.
        strokes: what was painted, of the kinds damage, keep (not damaged after all) and avoid.
        proposal: what `propose` returned, joined with it.

    Raises:
        UserError: for bad strokes, or if nothing or nearly everything is to be filled.
    """
    lines = painted.read(strokes, KINDS)
    damage = painted.mask(lines, "damage", size)
    if proposal is not None and proposal.shape == damage.shape:
        damage = torch.maximum(damage, proposal * (1 - painted.mask(lines, "keep", size)))
    share = float(damage.mean())
    if share == 0:
        raise UserError("Paint over what is to be repaired first.")
    if share > 0.8:
        raise UserError("Nearly everything is painted over; leave more of the picture to learn from.")
    return damage


def propose(picture: Image.Image | None, *, sensitivity: object = 0.6) -> Tensor:
    """Return where scratches and dust seem to be, ``(1, 1, H, W)`` of 0 and 1.

    Args:
        picture: any.
        sensitivity: 0..1; more finds fainter ones, and more that are none.

    Raises:
        UserError: for no picture, or a value out of range.
    """
    level = number("Sensitivity", sensitivity, 0, 1)
    return scratches.find_scratches(to_tensor(fit(picture)), sensitivity=level)


@remembered("repair")
def fill(
    picture: Image.Image | None,
    strokes: object = None,
    *,
    method: object = "patchmatch",
    proposal: Tensor | None = None,
    mask: Image.Image | None = None,
    seed: object = 0,
) -> Image.Image:
    """Fill what was painted over; the rest of the picture stays as it is.

    Args:
        picture: at most `MAX_PIXELS` of it are worked on.
        strokes: see `hole`. What is painted as "avoid" is never copied by PatchMatch.
        method: patchmatch for objects and large holes, biharmonic for small smooth ones, telea for scratches.
        proposal: what `propose` returned.
        mask: instead of strokes a picture, light where something is to be filled.
        seed: of PatchMatch's search.

    Raises:
        UserError: for no picture, nothing to fill, a hole that the method cannot fill, or a value out of range.
    """
    upright = fit(picture)
    method, start = choice("The method", method, METHODS), integer("Seed", seed, 0, runtime.MAX_SEED)
    if mask is not None:
        if not isinstance(mask, Image.Image):
            raise UserError(f"The mask must be a picture, got {type(mask).__name__}.")
        light = mask.convert("RGB").resize(upright.size, Image.Resampling.BILINEAR)
        proposal = (to_tensor(light).mean(1, keepdim=True) > 0.5).float()
    damage, image = hole(upright.size, strokes, proposal), to_tensor(upright)
    if method == "telea":
        return to_pil(inpainting.telea(image, damage))[0]
    if method == "biharmonic":
        if damage.sum() > _SMOOTH:
            raise UserError("That is too much for the biharmonic method, which is for small holes; use PatchMatch.")
        return to_pil(inpainting.biharmonic(image, damage))[0]
    avoid = painted.mask(painted.read(strokes, KINDS), "avoid", upright.size)
    return to_pil(_patchmatch(image, damage, avoid, start))[0]


def _patchmatch(image: Tensor, damage: Tensor, avoid: Tensor, seed: int) -> Tensor:
    """Fill the hole on a copy of it and its surroundings that is small enough to be quick."""
    height, width = image.shape[-2:]
    rows, columns = (damage[0, 0].amax(axis).nonzero().ravel() for axis in (1, 0))
    reach = max(int(rows[-1] - rows[0]), int(columns[-1] - columns[0]), _FILL // 4) + 1
    top, bottom = max(0, int(rows[0]) - reach), min(height, int(rows[-1]) + reach)
    left, right = max(0, int(columns[0]) - reach), min(width, int(columns[-1]) + reach)
    part = (slice(None), slice(None), slice(top, bottom), slice(left, right))
    around, inside, shut = image[part], damage[part], avoid[part]
    scale = min(1.0, _FILL / max(around.shape[-2:]))
    size = (max(8, round(around.shape[-2] * scale)), max(8, round(around.shape[-1] * scale)))
    small = [interpolate(one, size, mode="area") for one in (inside, shut)]
    if bool((small[0] + small[1] > 0).all()):
        raise UserError("There is nothing left that could be copied; avoid less of the picture.")
    filled = inpainting.patchmatch(resize(around, size), (small[0] > 0).float(), avoid=small[1], seed=seed)
    result = image.clone()
    result[part] = torch.where(inside > 0.5, resize(filled, (around.shape[-2], around.shape[-1])), around)
    return result


def models() -> list[str]:
    """Return the checkpoints that can imagine faces, the best at it first."""
    return [name for name in names(*FACES) if name.startswith("avatars") and not checkpoints.classes(name)]


@remembered("imagine", model="model")
def imagine(
    model: object,
    picture: Image.Image | None,
    strokes: object = None,
    *,
    proposal: Tensor | None = None,
    seconds: object = 12,
    seed: object = 0,
) -> Iterator[Step]:
    """Return an iterator that imagines what is painted over in a face, ever better.

    A generator's latent is searched whose picture agrees with what is not painted over; `CANDIDATES` searches from
    different starts give as many answers.

    Args:
        model: name of a checkpoint of faces.
        picture: its central square is what the model sees.
        strokes: see `hole`.
        proposal: see `hole`.
        seconds: 1..60, wall-clock time to spend at most.
        seed: of the starts.

    Yields:
        `Step`, in the first, in the last and now and then between them with a picture ``(CANDIDATES, 3, H, W)``: the
        whole picture at the size that is worked on with the hole filled, the candidate that agrees best first.

    Raises:
        UserError: at once for no picture, nothing to fill, or a value out of range.
    """
    upright = fit(picture)
    source = sampler(model, *FACES)
    budget, start = number("Seconds", seconds, *SECONDS), integer("Seed", seed, 0, runtime.MAX_SEED)
    damage, image = hole(upright.size, strokes, proposal), to_tensor(upright)
    _, box = crop_square(upright)
    part = (slice(None), slice(None), slice(box[1], box[3]), slice(box[0], box[2]))
    if not bool(damage[part].any()):
        raise UserError("What is painted over lies outside the central square, which is what the model sees.")
    return _turns.take(_imagined(source, image, damage, part, budget, start))


def strange(step: Step) -> bool:
    """Say whether the picture is unlike all that the model knows, by what `imagine` has found for it.

    Judged is what is not painted over. After 40 steps of a search faces are at 0.01 to 0.056, photographs and flat
    colours at 0.07 to 0.24.
    """
    return step.index >= _SOON and step.metrics["loss"] > STRANGE


def _imagined(
    source: Sampler, image: Tensor, damage: Tensor, part: tuple[slice, ...], seconds: float, seed: int
) -> Iterator[Step]:
    side = source.model.image_size
    where = runtime.device()
    target = resize(image[part], (side, side)).to(where)
    missing = (interpolate(damage[part], (side, side), mode="area") > 0.05).float()
    # What lies close to the hole counts more (as Yeh et al. 2017 weight it), so that the borders meet.
    near = avg_pool2d(missing, 9, 1, 4, count_include_pad=False)
    known = ((1 - missing) * (1 + 6 * near)).to(where)
    decode, energy = source.model.decode, _energy(source)
    best = projection.nearest(decode, source.latents(seed, _DRAWS).to(where), target, known)[:CANDIDATES]
    steps = projection.project(
        decode, target, known, best, energy=energy, weight=_WEIGHT, seconds=seconds, seed=seed, steps=200
    )
    ended, took = 0.0, 0.0
    for step in steps:
        began, whole = time.perf_counter(), None
        if step.index in (1, step.total) or began - ended > max(_SHOWN_EVERY, 4 * took):
            assert step.image is not None
            whole = _paste(image, damage, part, step.image.cpu())
            ended = time.perf_counter()
            took = ended - began
        yield replace(step, image=whole)


def _energy(source: Sampler) -> Callable[[Tensor], Tensor] | None:
    """Return how improbable latents are under the mixture that they are drawn from, where there is one."""
    if source.mixture is None:
        return None
    weights, means, factors = (source.mixture[name].to(runtime.device()) for name in ("weights", "means", "factors"))
    components = torch.distributions.MultivariateNormal(means, scale_tril=factors)
    return lambda latents: -torch.logsumexp(weights.log() + components.log_prob(latents[:, None]), 1)


def _paste(image: Tensor, damage: Tensor, part: tuple[slice, ...], faces: Tensor) -> Tensor:
    """Put imagined squares into the hole, with the slopes of the face and the colours of the picture around it."""
    square = image[part]
    whole = image.expand(len(faces), -1, -1, -1).clone()
    whole[part] = poisson.paste(square, resize(faces.float(), (square.shape[-2], square.shape[-1])), damage[part])
    return whole


def overlay(picture: Image.Image, proposal: Tensor) -> Image.Image:
    """Return the picture with what is proposed marked in red."""
    red = torch.tensor((0.88, 0.11, 0.28)).view(1, 3, 1, 1)
    return to_pil(torch.where(proposal > 0.5, 0.3 * to_tensor(picture) + 0.7 * red, to_tensor(picture)))[0]


@lru_cache
def scratched() -> Image.Image:
    """Return an example photo with scratches and dust on it."""
    picture, random = examples.photo("Cat").copy(), np.random.default_rng(3)
    draw = ImageDraw.Draw(picture)
    for i in range(9):
        (x0, y0, x1, y1), light = random.random(4) * (*picture.size, *picture.size), 210 + 40 * (i % 2)
        draw.line((x0, y0, x1, y1), fill=(light, light - 6, light - 16))
    for x, y in random.random((50, 2)) * picture.size:
        draw.ellipse((x - 1, y - 1, x + 1, y + 1), fill=(240, 236, 224))
    return picture


def example_pictures() -> dict[str, Image.Image]:
    """Return the pictures of `EXAMPLES` by name."""
    face = vae.examples(64)[5].resize((256, 256), Image.Resampling.BICUBIC)
    return {"Rocket": examples.photo("Rocket"), "Face": face, "Scratches": scratched(),
            "Badge": examples.photo("Astronaut")}  # fmt: skip


# How each example is repaired: the method, or "imagine", and what was painted; None has scratches looked for.
EXAMPLES: Mapping[str, tuple[str, Sequence[Mapping[str, Any]] | None]] = {
    "Rocket": ("patchmatch", [{"kind": "damage", "width": 0.075, "points": [[0.5, 0.24], [0.5, 0.86]]}]),
    "Face": ("imagine", [{"kind": "damage", "width": 0.2, "points": [[0.24, 0.42], [0.76, 0.42]]}]),
    "Scratches": ("telea", None),
    "Badge": ("patchmatch", [{"kind": "damage", "width": 0.17, "points": [[0.32, 0.74], [0.35, 0.75]]}]),
}
