"""Textures for people: a larger one sewn or dreamed from a sample, and rules that grow one and keep it alive."""

import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import cast

import torch
from PIL import Image, ImageOps
from torch import Tensor

from genimg import checkpoints
from genimg.algorithms import quilting
from genimg.algorithms import texture as synthesis
from genimg.core import images
from genimg.core.errors import UserError, choice, flag, integer, number
from genimg.core.images import resize, shrink, to_pil, to_rgb, to_tensor
from genimg.core.runtime import MAX_SEED, device, generator
from genimg.core.steps import Step, Turns
from genimg.models.nca import NCA
from genimg.studio import examples as pictures
from genimg.studio.again import remembered
from genimg.training import nca as growing

SIZES = (128, 2048)  # of a quilt, each side
NEURAL_SIZES = (128, 1024)
BLOCKS = (12, 128)
OVERLAPS = (0.1, 0.45)  # of a block
TOLERANCES = (0.0, 1.0)
SAMPLES = (48, 384)  # the longer side that the exemplar is scaled to
SECONDS = (2, 300)
MINUTES = (0.5, 5)
STARTS = ("quilt", "noise")
STATISTICS = synthesis.STATISTICS
_MOST_BLOCKS = 6000  # of a quilt, a millisecond or three each

_turns = Turns()
_learning = threading.Lock()


@lru_cache
def examples() -> dict[str, Image.Image]:
    """Return exemplars by name, in the order to show them: photographs (CC0, out of scikit-image) and styles."""
    from skimage import data

    def photo(name: str, *colors: str, box: tuple[int, int, int, int] = (0, 0, 320, 320), turn: int = 0) -> Image.Image:
        gray = ImageOps.autocontrast(Image.fromarray(getattr(data, name)()).crop(box), cutoff=0.5)
        dark, middle, light = colors  # they are grey; given the colours of such things
        return ImageOps.colorize(gray.rotate(turn, expand=True), dark, light, mid=middle)

    found = {
        "Brick": photo("brick", "#5e1f14", "#b4472e", "#f1ddc4", box=(60, 0, 380, 320), turn=90),
        "Gravel": photo("gravel", "#1d1a17", "#8a7a68", "#efe4d2"),
        "Grass": photo("grass", "#0f2a12", "#4f8a2f", "#e9f2b0"),
    }
    for name in ("Stained glass", "Brush strokes", "Mosaic", "Waves", "Coral"):
        style = pictures.style(name)
        found[name] = style.crop((0, 0, style.width * 3 // 5, style.height * 3 // 5))
    return {name: picture.resize((256, 256), Image.Resampling.LANCZOS) for name, picture in found.items()}


@remembered("quilt")
def quilt(
    exemplar: Image.Image | None,
    *,
    width: int = 512,
    height: int = 512,
    sample: int = 192,
    block: int = 48,
    overlap: float = 0.25,
    tolerance: float = 0.1,
    tile: bool = False,
    seed: int = 0,
) -> Iterator[Step]:
    """Return an iterator that sews a texture from blocks of `exemplar`; see `genimg.algorithms.quilting`.

    Args:
        exemplar: a picture of the texture.
        width: 128..2048 pixels.
        height: 128..2048 pixels.
        sample: 48..384, the longer side of the exemplar in pixels of the result: smaller makes finer texture.
        block: 12..128 pixels, at most half the exemplar's shorter side.
        overlap: 0.1..0.45 of a block.
        tolerance: 0..1, how much worse than the best block one may fit.
        tile: the result repeats without a seam.
        seed: the same seed chooses the same blocks.

    Raises:
        UserError: for a missing picture, a value out of range, or too many small blocks.
    """
    wide, high = integer("width", width, *SIZES), integer("height", height, *SIZES)
    source = _exemplar(exemplar, sample)
    asked = integer("block size", block, *BLOCKS)
    side = min(asked, max(8, min(source.shape[-2:]) // 2))
    over = min(max(2, round(number("overlap", overlap, *OVERLAPS) * side)), (side - 1) // 2)
    if (count := (wide / (side - over) + 1) * (high / (side - over) + 1)) > _MOST_BLOCKS:
        raise UserError(f"That is {count:.0f} blocks; at most {_MOST_BLOCKS} are sewn. Take larger ones.")
    return quilting.quilt(
        source,
        high,
        wide,
        block=side,
        overlap=over,
        tolerance=number("tolerance", tolerance, *TOLERANCES),
        tile=flag("tile", tile),
        seed=integer("seed", seed, 0, MAX_SEED),
    )


@remembered("texture")
def synthesize(
    exemplar: Image.Image | None,
    *,
    size: int = 512,
    sample: int = 192,
    statistic: str = "wasserstein",
    start: str = "quilt",
    tile: bool = False,
    seed: int = 0,
    seconds: float = 30,
) -> Iterator[Step]:
    """Return an iterator that optimises a square texture; see `genimg.algorithms.texture.synthesize`.

    Args:
        exemplar: a picture of the texture.
        size: 128..1024, the side of the result in pixels.
        sample: 48..384, the longer side of the exemplar in pixels of the result.
        statistic: "wasserstein" or "gram", what of the features must agree.
        start: "quilt" or "noise".
        tile: the result repeats without a seam.
        seed: of the start and of the directions looked along.
        seconds: 2..300, the time to spend at most, from the first step on.

    Raises:
        UserError: at once, for a missing picture or a value out of range.
    """
    side = integer("size", size, *NEURAL_SIZES)
    source = _exemplar(exemplar, sample).to(device())
    return _synthesized(
        source,
        side,
        statistic=choice("statistic", statistic, STATISTICS),
        start=choice("start", start, STARTS),
        tile=flag("tile", tile),
        seed=integer("seed", seed, 0, MAX_SEED),
        seconds=number("seconds", seconds, *SECONDS),
    )


def _synthesized(
    source: Tensor, side: int, *, statistic: str, start: str, tile: bool, seed: int, seconds: float
) -> Iterator[Step]:
    began = time.perf_counter()
    if start == "quilt":
        block = max(8, min(48, min(source.shape[-2:]) // 2, side // 2))
        *_, last = quilting.quilt(source, side, side, block=block, overlap=max(2, block // 4), tile=tile, seed=seed)
        assert last.image is not None
        first = last.image.to(device())
    else:
        first = synthesis.noise(source, side, side, seed=seed)
    features = cast(synthesis.Features, checkpoints.load("vgg16-features"))
    steps = synthesis.synthesize(
        features, source, first, statistic=statistic, tile=tile, seed=seed, rough=start == "noise",
        seconds=seconds - (time.perf_counter() - began),
    )  # fmt: skip
    yield from _turns.take(steps)


def rules() -> list[str]:
    """Return the names of the trained automata."""
    return [checkpoint.name for checkpoint in checkpoints.available("nca")]


def thumbnails() -> dict[str, Image.Image]:
    """Return the pictures that the trained automata learned from, by the names of `rules`."""
    return {name: _thumbnail(checkpoints.find(name).path) for name in rules()}


@lru_cache
def _thumbnail(folder: Path) -> Image.Image:
    path = folder / growing.EXEMPLAR
    return Image.open(path).convert("RGB") if path.is_file() else Image.new("RGB", (96, 96), "gray")


def rule(name: object) -> NCA:
    """Return a trained automaton.

    Raises:
        UserError: if there is none of this name.
    """
    return cast(NCA, checkpoints.load(choice("texture", name, rules())))


@dataclass(frozen=True)
class Growing:
    """A moment of a training: the step, and the rule as it is now."""

    step: Step
    model: NCA


@remembered("life")
def life(name: object, *, size: object = 128, steps: object = 300, seed: object = 0) -> Image.Image:
    """Return the texture that an automaton has grown into, `size` pixels square, after so many steps of life.

    Args:
        name: of a rule, see `rules`.
        size: 16..512.
        steps: 1..5000.
        seed: of which cells wake when.

    Raises:
        UserError: for an unknown rule, or a value out of range.
    """
    automaton = rule(name)
    side, count = integer("Size", size, 16, 512), integer("Steps", steps, 1, 5000)
    chance = generator(integer("Seed", seed, 0, MAX_SEED))
    with torch.inference_mode():
        state = automaton.seed(side, side)
        for start in range(0, count, 20):  # what wakes is drawn beforehand, and takes memory
            state = automaton(state, automaton.chance(state, min(20, count - start), chance))
        return to_pil(automaton.picture(state))[0]


def grow(picture: Image.Image | None, *, minutes: float = 3, seed: int = 0) -> Iterator[Growing]:
    """Return an iterator that trains an automaton on the central square of `picture`.

    Args:
        picture: a texture.
        minutes: 0.5..5, the time to train.
        seed: of first weights and chance.

    Raises:
        UserError: at once, for a missing picture or a value out of range.
    """
    if picture is None:
        raise UserError("Choose a picture first: upload one or click an example.")
    exemplar = growing.exemplar_of(to_rgb(picture))
    budget = 60 * number("minutes", minutes, *MINUTES)
    start = integer("seed", seed, 0, MAX_SEED)
    return _grown(exemplar, budget, start)


def _grown(exemplar: Tensor, budget: float, seed: int) -> Iterator[Growing]:
    growth = growing.Growth(exemplar, seed=seed)
    # The clock on the wall counts here, not the time of our own steps: two who train share the machine.
    deadline = time.monotonic() + 1.5 * budget + 5
    steps = growth.train(budget)
    while time.monotonic() < deadline:
        with _learning:
            step = next(steps, None)
        if step is None:
            return
        yield Growing(step, growth.model)


def weights(model: NCA) -> bytes:
    """Return the bytes of a rule's model.safetensors, as in a checkpoint."""
    with tempfile.TemporaryDirectory() as folder:
        checkpoints.save(model, Path(folder))
        return (Path(folder) / checkpoints.WEIGHTS).read_bytes()


def tiled(picture: Image.Image) -> Image.Image:
    """Return a picture twice beside and twice above itself, to see whether it has seams."""
    width, height = picture.size
    sheet = Image.new("RGB", (2 * width, 2 * height))
    for place in ((0, 0), (width, 0), (0, height), (width, height)):
        sheet.paste(picture, place)
    return sheet


def finished(steps: Iterator[Step], follow: Callable[[Step], None] | None = None) -> Image.Image:
    """Run an iterator of steps to its end and return its last picture."""
    last = None
    for last in steps:
        if follow is not None:
            follow(last)
    assert last is not None
    return images.finished(last)


def _exemplar(picture: object, sample: object) -> Tensor:
    if picture is None:
        raise UserError("Choose a picture of a texture first: upload one or click an example.")
    if not isinstance(picture, Image.Image):
        raise UserError(f"The texture must be a picture, got {type(picture).__name__}.")
    longest = integer("sample size", sample, *SAMPLES)
    small = to_tensor(shrink(to_rgb(picture), 1024))
    factor = longest / max(small.shape[-2:])
    # A thin strip keeps enough rows for a block.
    return resize(small, (max(16, round(small.shape[-2] * factor)), max(16, round(small.shape[-1] * factor))))
