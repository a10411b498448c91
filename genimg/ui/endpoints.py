"""What only API clients use and belongs to no tab: drawing by seed, class or words, and a generator's ways as films."""

import time
from collections.abc import Sequence
from typing import Any

from genimg.core.errors import UserError
from genimg.core.images import encode_gif, encode_mp4, grid
from genimg.studio import generate, sampler, vae, ways
from genimg.studio.enlarge import filmed
from genimg.studio.steering import KINDS
from genimg.studio.words import understand
from genimg.ui import controls as ui

# What the words of an endpoint's answers are: see `genimg.ui.parts.endpoint`.
DRAWN, FILMS = "picture gallery status", "gif:file mp4:file"
_NOTHING: dict[str, Any] = {}


def build() -> None:
    """Make the endpoints; nothing of them is on the page."""
    ui.public(_generate, DRAWN, "generate", ui.FAST)
    ui.public(_sample_vae, DRAWN, "sample_vae", ui.FAST)
    ui.public(_by_class, DRAWN, "generate_by_class", ui.FAST)
    ui.public(_described, f"{DRAWN} understood:value", "draw", ui.FAST)
    ui.public(_way, f"picture {FILMS}", "way", ui.BRISK)
    ui.public(_between, FILMS, "between", ui.BRISK)


def _drawn(kinds: Sequence[str], model: str, **asked: Any) -> tuple[Any, ...]:
    began = time.perf_counter()
    made = sampler.draw(model, *kinds, **asked)
    return sampler.large(made.images[0]), made.images, ui.status(time.perf_counter() - began, seed=made.seed)


def _generate(model: str, seed: int = 0, count: int = 16, truncation: float = 1.0) -> tuple[Any, ...]:
    return _drawn(generate.KINDS, model, seed=seed, count=count, truncation=truncation)


def _sample_vae(model: str, seed: int = 0, count: int = 16, truncation: float = 1.0) -> tuple[Any, ...]:
    return _drawn(vae.KINDS, model, seed=seed, count=count, truncation=truncation)


def _by_class(
    model: str, seed: int = 0, count: int = 16, truncation: float = 1.0, classes: Any = _NOTHING
) -> tuple[Any, ...]:
    return _drawn(generate.KINDS, model, seed=seed, count=count, truncation=truncation, classes=classes)


def _described(model: str, text: str = "", seed: int = 0, count: int = 16, truncation: float = 1.0) -> tuple[Any, ...]:
    words = understand(text, sampler.sampler(model, *generate.KINDS).classes)
    said = {"understood": [chip.text for chip in words.chips], "unknown": list(words.unknown)}
    return *_by_class(model, seed, count, truncation, words.classes), said


def _way(model: str, seed: int = 0, classes: Any = _NOTHING, course: Any = _NOTHING) -> tuple[Any, ...]:
    asked = {"seed": seed, "classes": classes, **_course(course)}
    strip = grid(ways.way(model, *KINDS, **asked), columns=ways.STAGES)
    frames = ways.held(filmed(ways.way(model, *KINDS, frames=ways.FRAMES, **asked)), ways.FPS)
    return strip, *_films(frames, "way")


def _between(
    model: str,
    first: int = 0,
    second: int = 1,
    frames: int = 24,
    method: str = "spherical",
    truncation: float = 1.0,
    classes: Any = _NOTHING,
    course: Any = _NOTHING,
) -> tuple[str, str]:
    asked = {"frames": frames, "method": method, "truncation": truncation, "classes": classes, **_course(course)}
    made = ways.between(model, *KINDS, first=first, second=second, **asked)
    return _films(ways.there_and_back(filmed(made)), "between")


def _course(asked: Any) -> dict[str, Any]:
    """Return how a flow shall be followed, as a client tells it."""
    if not isinstance(asked, dict) or not set(asked) <= {"steps", "guidance", "solver"}:
        raise UserError(f"A flow is told its steps, guidance and solver in a table, got {str(asked)[:40]}.")
    return asked


def _films(frames: Any, name: str) -> tuple[str, str]:
    return (
        ui.download(encode_gif(frames, fps=ways.FPS), f"{name}.gif"),
        ui.download(encode_mp4(frames, fps=ways.FPS), f"{name}.mp4"),
    )
