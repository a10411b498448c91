"""One picture and all that steers it: what the live canvas asks for, checked, drawn in batches, and kept as a file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from genimg.algorithms.interpolation import slerp
from genimg.core import recipes
from genimg.core.errors import UserError, choice, flag, integer, number
from genimg.core.images import encode, encode_gif, encode_mp4, grid
from genimg.core.runtime import MAX_SEED
from genimg.models.progressive import Progressive
from genimg.studio import generate, sampler, vae
from genimg.studio.again import remembered
from genimg.studio.enlarge import MAX_STILL, enlarge, filmed, ready
from genimg.studio.sampler import Draw, Sampler
from genimg.studio.ways import FPS, STAGES, held, there_and_back, walked
from genimg.studio.words import combine, understand
from genimg.training.drawing import FlowGenerator

DRAFT_STEPS = 4  # of a flow while a slider is being moved
FRAMES, PART = 24, 8  # of a film, and how many of them are drawn at once
KINDS = (*generate.KINDS, *vae.KINDS)
FILES = ("own", "enlarged", "sheet", "gif", "mp4", "way-gif", "way-mp4")


@dataclass(frozen=True)
class Steering:
    """One picture, told in full.

    Attributes:
        model: name of the checkpoint.
        seed: of the picture.
        truncation: see `Sampler.latents`.
        classes: see `Sampler.conditions`.
        attributes: how far along the named directions.
        amounts: how far along the numbered ones.
        numbers: replaced latent numbers by position.
        found: a latent that takes the place of the seed's, see `genimg.studio.projecting`.
        other: the seed of another picture, towards which this one goes along the sphere.
        share: how far, 0 to 1.
        steps, guidance, solver: of a flow; None for its own.
    """

    model: str
    seed: int = 0
    truncation: float = 1.0
    classes: Mapping[str, object] | None = None
    attributes: Mapping[str, float] | None = None
    amounts: Sequence[float] = ()
    numbers: Mapping[int, float] | None = None
    other: int = 0
    share: float = 0.0
    steps: int | None = None
    guidance: float | None = None
    solver: str | None = None
    found: str | None = None


_FIELDS = frozenset(Steering.__dataclass_fields__)


def parse(asked: object) -> Steering:
    """Return what a page or a client asked for, the shapes checked; values are checked where they are used.

    Raises:
        UserError: if it is no such table.
    """
    if not isinstance(asked, dict) or not isinstance(asked.get("model"), str):
        raise UserError("Say which model shall draw, and how, as a table.")
    if unknown := set(asked) - _FIELDS:
        raise UserError(f"A picture is not told by {sorted(map(str, unknown))[0]!r}.")
    known = {key: value for key, value in asked.items() if value is not None}
    for name, kind, words in (
        ("attributes", dict, "a table"),
        ("numbers", dict, "a table"),
        ("amounts", list, "a list"),
    ):
        if not isinstance(known.get(name, kind()), kind):
            raise UserError(f"The {name} come as {words}.")
    if "numbers" in known:
        known["numbers"] = {_position(key): value for key, value in known["numbers"].items()}
    return Steering(**known)


def _position(key: object) -> int:
    if not isinstance(key, str) or not key.isascii() or not key.isdigit() or len(key) > 6:
        raise UserError("A latent number is named by its position.")
    return int(key)


def told(asked: Steering, *kinds: str) -> tuple[Sampler, Tensor, Tensor]:
    """Return whose picture it is, its latent ``(1, latent_dim)`` and its condition ``(1, K)``.

    Raises:
        UserError: for an unknown model or a value out of range.
    """
    source = sampler.sampler(asked.model, *kinds)
    source.course(asked.steps, asked.guidance, asked.solver)
    seed, _, truncation = sampler.check_draw(asked.seed, 1, asked.truncation)
    latents, conditions = _start(source, asked, seed, truncation), source.conditions(seed, 1, asked.classes)
    other, share = integer("The other seed", asked.other, 0, MAX_SEED), number("The share", asked.share, 0.0, 1.0)
    if share:
        there = source.latents(other, 1, truncation)
        latents = slerp(latents[0], there[0], torch.tensor([share]))
        conditions = torch.lerp(conditions, source.conditions(other, 1, asked.classes), share)
    return source, sampler.moved(source, latents, asked.amounts, asked.attributes, asked.numbers), conditions


def _start(source: Sampler, asked: Steering, seed: int, truncation: float) -> Tensor:
    """Return the latent ``(1, latent_dim)`` of a picture before anything is moved."""
    if asked.found is None:
        return source.latents(seed, 1, truncation)
    return sampler.unpacked(asked.found, source.latent_dim) * truncation


def draw(asked: Sequence[Steering], *kinds: str) -> list[Image.Image | UserError]:
    """Draw pictures of one model and one way of drawing as a batch; what is wrong with one spoils no other.

    Args:
        asked: alike in `model`, `steps` and `guidance`.
        kinds: architectures that will do.
    """
    answers: list[Any] = []
    for one in asked:
        try:
            answers.append(told(one, *kinds))
        except UserError as problem:
            answers.append(problem)
    good = [one for one in answers if not isinstance(one, UserError)]
    if not good:
        return answers
    pictures = iter(
        good[0][0].render(
            torch.cat([latents for _, latents, _ in good]),
            torch.cat([conditions for *_, conditions in good]),
            **_way(asked[0]),
        )
    )
    return [one if isinstance(one, UserError) else next(pictures) for one in answers]


def _way(asked: Steering) -> dict[str, Any]:
    return {"steps": asked.steps, "guidance": asked.guidance, "solver": asked.solver}


def draft(asked: Steering) -> Steering:
    """Return a flow's picture as it is drawn while a slider is being moved: the same, in fewer steps."""
    return replace(asked, steps=min(DRAFT_STEPS, asked.steps or DRAFT_STEPS))


def slow(model: str) -> bool:
    """Tell whether a model draws in many steps, without opening its weights."""
    return sampler.is_of(model, "flow")


def facts(asked: Steering) -> dict[str, Any]:
    """Return what a file remembers of how its picture was made, without what says nothing."""
    known = {key: getattr(asked, key) for key in Steering.__dataclass_fields__}
    if not asked.share:
        known = {key: value for key, value in known.items() if key not in ("other", "share")}
    if asked.numbers:
        known["numbers"] = {str(position): value for position, value in asked.numbers.items()}
    return {key: value for key, value in known.items() if value not in (None, {}, (), [])}


def flow(source: Sampler) -> dict[str, float] | None:
    """Return a flow's own steps and guidance; None for a model that draws at once."""
    model = source.model
    if not isinstance(model, FlowGenerator):
        return None
    return {"steps": model.course.steps, "guidance": model.course.guidance}


def enlargeable(source: Sampler) -> bool:
    """Tell whether a model's pictures are small and of colour, and the network that enlarges drawings is there."""
    return source.model.image_size <= MAX_STILL and source.model.channels == 3 and ready()


def numbers(asked: Steering, first: object, *kinds: str) -> list[float]:
    """Return sixteen numbers of a picture's own latent, as sliders show them.

    Raises:
        UserError: for an unknown model or a value out of range.
    """
    source = sampler.sampler(asked.model, *kinds)
    first = integer("The first number", first, 0, source.latent_dim - 1)
    seed, _, truncation = sampler.check_draw(asked.seed, 1, asked.truncation)
    return sampler.raw_numbers(_start(source, asked, seed, truncation))[first : first + 16]


def values(asked: Steering, *kinds: str) -> dict[str, object]:
    """Return what was asked for in a picture, chance included; see `Sampler.values`.

    Raises:
        UserError: for an unknown model or a value out of range.
    """
    source = sampler.sampler(asked.model, *kinds)
    seed, _, _ = sampler.check_draw(asked.seed, 1, 1.0)
    return dict(source.values(seed, asked.classes))


def words(asked: Steering, text: object, off: object, *kinds: str) -> dict[str, object]:
    """Return what a line says to a model: its chips, the words it does not know, and the classes to ask for.

    Args:
        asked: of which the model counts.
        text: the line.
        off: places of the chips that are left out.
        kinds: architectures that will do.

    Raises:
        UserError: for an unknown model, or a line that is none.
    """
    said = understand(text, sampler.sampler(asked.model, *kinds).classes)
    left_out = off if isinstance(off, list) else []
    wanted = combine(chip for place, chip in enumerate(said.chips) if place not in left_out)
    return {"chips": [chip.text for chip in said.chips], "unknown": list(said.unknown), "classes": wanted}


def resting(asked: Steering, *kinds: str) -> tuple[Image.Image, Image.Image | None]:
    """Return the picture, and the same four times as wide and high where it is small and of colour.

    Raises:
        UserError: for an unknown model or a value out of range.
    """
    source, own = sampler.sampler(asked.model, *kinds), picture(**facts(asked))
    recipe = recipes.of(own)
    if recipe is None or not enlargeable(source):
        return own, None
    large = enlarge([own])[0]
    known = {**recipe.parameters, "enlarged": True}
    return own, recipes.attach(large, replace(recipe, size=large.size, parameters=known))


def stages(asked: Steering, *kinds: str) -> list[Image.Image]:
    """Return what a picture came from: all sizes of a network that grew, or a flow's way from noise to picture.

    Raises:
        UserError: for an unknown model or a value out of range.
    """
    source, latents, conditions = told(asked, *kinds)
    if isinstance(source.model, Progressive):
        return generate.grown(source, latents)
    if isinstance(source.model, FlowGenerator):
        return walked(source, latents, conditions, STAGES, source.course(asked.steps, asked.guidance, asked.solver))
    return []


def sheet(asked: Steering, count: object, *kinds: str) -> list[Image.Image]:
    """Return the pictures of `count` seeds, beginning with the one asked for, none of them moved.

    Raises:
        UserError: for an unknown model or a value out of range.
    """
    return _neighbours(asked, count, *kinds).images


def _neighbours(asked: Steering, count: object, *kinds: str) -> Draw:
    return sampler.draw(
        asked.model, *kinds, seed=asked.seed, count=count, truncation=asked.truncation, classes=asked.classes,
        **_way(asked),
    )  # fmt: skip


def film(asked: Steering, *kinds: str) -> list[Image.Image]:
    """Return the frames of the way from the picture to the other one and back.

    Raises:
        UserError: for an unknown model or a value out of range.
    """
    shares = [i / (FRAMES - 1) for i in range(FRAMES)]
    frames: list[Image.Image] = []
    for start in range(0, FRAMES, PART):
        made = draw([replace(asked, share=share) for share in shares[start : start + PART]], *kinds)
        for one in made:
            if isinstance(one, UserError):
                raise one
            frames.append(one)
    return there_and_back(frames)


def way(asked: Steering, *kinds: str) -> list[Image.Image]:
    """Return the frames of a flow's way from noise to the picture, where it stays for a while.

    Raises:
        UserError: for an unknown model, one that is no flow, or a value out of range.
    """
    source, latents, conditions = told(asked, *kinds)
    course = source.course(asked.steps, asked.guidance, asked.solver)
    return held(walked(source, latents, conditions, FRAMES, course), FPS)


def file(asked: Steering, what: object, count: object, *kinds: str) -> tuple[bytes, str, str]:
    """Return a file to keep: its bytes, its name, and its media type.

    Args:
        asked: the picture.
        what: the picture ``"own"`` or ``"enlarged"``, the ``"sheet"``, a film to the other picture as ``"gif"`` or
            ``"mp4"``, or one of a flow's way as ``"way-gif"`` or ``"way-mp4"``.
        count: of a sheet.
        kinds: architectures that will do.

    Raises:
        UserError: for an unknown model, a value out of range, or what cannot be enlarged.
    """
    what = choice("The file", what, FILES)
    name = f"{asked.model}-{'found' if asked.found else asked.seed}"
    source = sampler.sampler(asked.model, *kinds)
    if what == "sheet":
        known = facts(Steering(asked.model, asked.seed, asked.truncation, asked.classes, **_way(asked)))
        return encode(contact_sheet(**known, count=count)), f"{name}-all.png", "image/png"
    if what.endswith(("gif", "mp4")):
        made_of = way if what.startswith("way") else film
        frames = filmed(made_of(asked, *kinds))
        name += ("-from-noise." if made_of is way else f"-to-{asked.other}.") + what[-3:]
        return (encode_gif(frames), name, "image/gif") if "gif" in what else (encode_mp4(frames), name, "video/mp4")
    larger = what == "enlarged"
    if larger and not enlargeable(source):
        raise UserError("Only small drawings in colour are enlarged.")
    made = picture(**facts(asked), enlarged=larger)
    return encode(made), f"{name}{'-enlarged' * larger}.png", "image/png"


@remembered("generate", model="model")
def picture(
    *,
    model: str,
    seed: int = 0,
    truncation: float = 1.0,
    classes: Mapping[str, object] | None = None,
    attributes: Mapping[str, float] | None = None,
    amounts: Sequence[float] = (),
    numbers: Mapping[str, float] | None = None,
    other: int = 0,
    share: float = 0.0,
    steps: int | None = None,
    guidance: float | None = None,
    solver: str | None = None,
    found: str | None = None,
    enlarged: bool = False,
) -> Image.Image:
    """Return one picture, told as `Steering` is, but for its numbers, whose positions are words, as in JSON.

    Raises:
        UserError: for an unknown model, a value out of range, or what cannot be enlarged.
    """
    told = {
        "model": model, "seed": seed, "truncation": truncation, "classes": classes, "attributes": attributes,
        "amounts": list(amounts), "numbers": numbers, "other": other, "share": share, "steps": steps,
        "guidance": guidance, "solver": solver, "found": found,
    }  # fmt: skip
    own = _one(parse(told), *KINDS)
    return enlarge([own])[0] if flag("Enlarged", enlarged) else own


@remembered("sheet", model="model")
def contact_sheet(
    *,
    model: str,
    seed: int = 0,
    truncation: float = 1.0,
    classes: Mapping[str, object] | None = None,
    steps: int | None = None,
    guidance: float | None = None,
    solver: str | None = None,
    count: object = 16,
    enlarged: bool = False,
    framed: bool = True,
) -> Image.Image:
    """Return the pictures of `count` seeds as one grid; see `genimg.studio.sampler.draw`.

    With `enlarged` each is drawn four times larger; with `framed` they have a size fit for looking at and a gap between
    them, and without it they are as the model draws them.

    Raises:
        UserError: for an unknown model, a value out of range, or what cannot be enlarged.
    """
    asked = Steering(model, seed, truncation, classes, steps=steps, guidance=guidance, solver=solver)
    made = _neighbours(asked, count, *KINDS)
    if flag("Enlarged", enlarged):
        made = replace(made, images=enlarge(made.images))
    return sampler.sheet(made) if flag("Framed", framed) else grid(made.images, gap=0)


def _one(asked: Steering, *kinds: str) -> Image.Image:
    image = draw([asked], *kinds)[0]
    if isinstance(image, UserError):
        raise image
    return image
