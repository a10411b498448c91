"""What only API clients use and belongs to no tab: a generator's ways, as films."""

from typing import Any

import gradio as gr

from genimg.core.errors import UserError
from genimg.core.images import encode_gif, encode_mp4, grid
from genimg.core.runtime import MAX_SEED
from genimg.studio import generate, vae, ways
from genimg.studio.enlarge import filmed
from genimg.ui import controls as ui

KINDS = (*generate.KINDS, *vae.KINDS)


def build() -> None:
    """Make the endpoints `/way` and `/between`; nothing of them is on the page."""

    def way(model: str, seed: int, classes: Any, course: Any) -> tuple[Any, ...]:
        asked = {"seed": seed, "classes": classes, **_course(course)}
        strip = grid(ways.way(model, *KINDS, **asked), columns=ways.STAGES)
        frames = ways.held(filmed(ways.way(model, *KINDS, frames=ways.FRAMES, **asked)), ways.FPS)
        return strip, *_films(frames, "way")

    def between(
        model: str, first: int, second: int, frames: int, method: str, truncation: float, classes: Any, course: Any
    ) -> tuple[str, str]:
        asked = {"frames": frames, "method": method, "truncation": truncation, "classes": classes, **_course(course)}
        made = ways.between(model, *KINDS, first=first, second=second, **asked)
        return _films(ways.there_and_back(filmed(made)), "between")

    with gr.Group(visible=False):
        call = gr.Button("ways")
        model, method = gr.Textbox(label="Model"), gr.Textbox("spherical", label="Method")
        seed, second = (gr.Number(i, label=f"Seed {i}", minimum=0, maximum=MAX_SEED) for i in range(2))
        frames, truncation = gr.Number(24, label="Frames"), gr.Number(1.0, label="Truncation")
        classes, course = gr.JSON({}, label="Classes"), gr.JSON({}, label="Steps, guidance and solver of a flow")
        strip, films = ui.SafeImage(label="strip", format="png"), [gr.File(label="gif"), gr.File(label="mp4")]
    call.click(ui.guard(way), [model, seed, classes, course], [strip, *films], api_name="way", **ui.BRISK)
    asked = [model, seed, second, frames, method, truncation, classes, course]
    call.click(ui.guard(between), asked, films, api_name="between", **ui.BRISK)


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
