"""What only API clients use and belongs to no tab: drawing by seed, class or words, and a generator's ways as films."""

import time
from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr

from genimg.core.errors import UserError
from genimg.core.images import encode_gif, encode_mp4, grid
from genimg.core.runtime import MAX_SEED
from genimg.studio import generate, sampler, vae, ways
from genimg.studio.enlarge import filmed
from genimg.studio.words import understand
from genimg.ui import controls as ui

KINDS = (*generate.KINDS, *vae.KINDS)


def build() -> None:
    """Make the endpoints; nothing of them is on the page."""
    with ui.unseen():
        model, method = gr.Textbox(label="Model"), gr.Textbox("spherical", label="Method")
        text = gr.Textbox("", label="Words")
        seed, second = (gr.Number(i, label=f"Seed {i}", minimum=0, maximum=MAX_SEED) for i in range(2))
        count = gr.Number(16, label="How many", minimum=1, maximum=sampler.MAX_COUNT)
        frames, truncation = gr.Number(24, label="Frames"), gr.Number(1.0, label="Truncation", minimum=0, maximum=1.5)
        classes, course = gr.JSON({}, label="Classes"), gr.JSON({}, label="Steps, guidance and solver of a flow")
        gallery, line, said = gr.Gallery(label="gallery", format="png"), gr.HTML(), gr.JSON(label="understood")
    asked, made = [model, seed, count, truncation], [ui.answer(), gallery, line]
    ui.endpoint(_drawer(generate.KINDS), asked, made, "generate", ui.FAST)
    ui.endpoint(_drawer(vae.KINDS), asked, made, "sample_vae", ui.FAST)
    ui.endpoint(_drawer(generate.KINDS), [*asked, classes], made, "generate_by_class", ui.FAST)
    ui.endpoint(_described, [model, text, *asked[1:]], [*made, said], "draw", ui.FAST)
    ui.endpoint(_way, [model, seed, classes, course], [ui.answer(), *ui.films()], "way", ui.BRISK)
    course_of = [model, seed, second, frames, method, truncation, classes, course]
    ui.endpoint(_between, course_of, ui.films(), "between", ui.BRISK)


def _drawer(kinds: Sequence[str]) -> Callable[..., tuple[Any, ...]]:
    def drawn(model: str, seed: int, count: int, truncation: float, classes: Any = None) -> tuple[Any, ...]:
        began = time.perf_counter()
        made = sampler.draw(model, *kinds, seed=seed, count=count, truncation=truncation, classes=classes)
        return sampler.large(made.images[0]), made.images, ui.status(time.perf_counter() - began, seed=made.seed)

    return drawn


def _described(model: str, text: str, seed: int, count: int, truncation: float) -> tuple[Any, ...]:
    words = understand(text, sampler.sampler(model, *generate.KINDS).classes)
    said = {"understood": [chip.text for chip in words.chips], "unknown": list(words.unknown)}
    return *_drawer(generate.KINDS)(model, seed, count, truncation, words.classes), said


def _way(model: str, seed: int, classes: Any, course: Any) -> tuple[Any, ...]:
    asked = {"seed": seed, "classes": classes, **_course(course)}
    strip = grid(ways.way(model, *KINDS, **asked), columns=ways.STAGES)
    frames = ways.held(filmed(ways.way(model, *KINDS, frames=ways.FRAMES, **asked)), ways.FPS)
    return strip, *_films(frames, "way")


def _between(
    model: str, first: int, second: int, frames: int, method: str, truncation: float, classes: Any, course: Any
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
