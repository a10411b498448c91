"""What every tab is made of: the safe door for pictures, the pools and the common bones."""

import contextlib
import html
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import gradio as gr
from PIL import Image

from genimg.core.recipes import NAME
from genimg.core.runtime import device_name
from genimg.core.steps import Step
from genimg.ui.i18n import t
from genimg.ui.locale import say, translated
from genimg.ui.parts.endpoint import MUST, public
from genimg.ui.parts.upload import SafeImage
from genimg.ui.shell.gradio_internals import CACHE, upload_folder
from genimg.ui.shell.reductions import words
from genimg.ui.shell.safety import SORRY, SafeBlocks, chosen, error, guard, here

__all__ = [
    "MUST", "SORRY", "SafeBlocks", "SafeImage", "chosen", "error", "guard", "here", "public",
]  # fmt: skip

# Three pools, so that a long optimisation never keeps somebody else's slider waiting. Gradio takes the lowest limit
# named by any member, and 1 for a member that names none: so every event uses one of these.
# show_progress_on=[]: at every event Gradio's page brings up to date what every output of any event so far shows of its
# progress, hidden or not. With the outputs of four tabs that took most of the time of a slider's move.
# always_last: of what comes while an event is under way, the newest is done afterwards. Gradio would drop it, such as
# an upload right after another picture was taken away.
FAST: dict[str, Any] = {
    "concurrency_id": "fast", "concurrency_limit": 4, "show_progress_on": [], "trigger_mode": "always_last",
}  # fmt: skip
# For what takes a second or two at each stroke: it must wait neither for an optimisation nor hold up a slider.
BRISK: dict[str, Any] = FAST | {"concurrency_id": "brisk", "concurrency_limit": 2}
# A second click on what takes long is not meant.
HEAVY: dict[str, Any] = BRISK | {"concurrency_id": "heavy", "trigger_mode": "once"}
# For what begins by itself where the machine is idle. It holds nobody up, and never waits: its values would be old.
IDLE: dict[str, Any] = HEAVY | {"concurrency_id": "idle", "concurrency_limit": 30}
# For what is over at once, such as a step of a slider: no sign of progress.
LIVE: dict[str, Any] = FAST | {"show_progress": "hidden"}
# On top of a pool, for a handler that is told which item was picked: what waits would be told of the item before.
PICK: dict[str, Any] = {"trigger_mode": "multiple"}
# For every event without an `api_name` that clients may rely on.
PRIVATE: dict[str, Any] = {"api_visibility": "private"}
MODELS = "gi-models"  # class of each menu of checkpoints: the page's script says what each of them draws

Listener = Callable[..., Any]  # a component's event, such as `button.click`


class Turn:
    """Whose turn it is in a session, kept in a `gr.State`: what was stopped must show nothing more.

    Cancelling ends a generator only at a yield, and what it yields there still reaches the page, on top of what came
    since.
    """

    def __init__(self) -> None:
        self._now = self._running = 0

    @contextlib.contextmanager
    def taken(self, *, alone: bool = True) -> Iterator[Callable[[], bool]]:
        """Begin something live; what this gives says, before each yield, whether it may still show itself.

        Args:
            alone: whether what runs already shall show nothing more.
        """
        self._now += alone
        mine = self._now
        self._running += 1
        try:
            yield lambda: self._now == mine
        finally:
            self._running -= 1

    def end(self, patience: float = 0.0) -> None:
        """Let nothing more of what runs be shown.

        Args:
            patience: seconds to wait for it to notice; a step may take longer, and the page does not wait for that.
        """
        self._now += 1
        deadline = time.monotonic() + patience
        while self._running and time.monotonic() < deadline:
            time.sleep(0.02)


STOPPING = 1.5  # seconds of patience when somebody presses Stop


@contextlib.contextmanager
def page() -> Iterator[None]:
    """Lay out one tab: inside it comes `result` first, then `controls`."""
    with gr.Row(elem_classes="gi-page"):
        yield


@contextlib.contextmanager
def result(save: str = "") -> Iterator[None]:
    """Open the left, larger side of a `page` (the top on a phone): the picture, the status line, downloads.

    Below them the page's script lists the tabs that the picture can be sent to; see `genimg.ui.sending`.

    Args:
        save: elem_id of the button that delivers the picture at its best; without one it is sent as it is shown.
    """
    with gr.Column(
        scale=3, min_width=320, elem_classes=["gi-result", "gi-tight", *([f"gi-save-{save}"] if save else [])]
    ):
        yield


@contextlib.contextmanager
def controls() -> Iterator[None]:
    """Open the right side of a `page` (below on a phone): uploads, sliders and the one primary button."""
    with gr.Column(scale=2, min_width=320, elem_classes=["gi-controls", "gi-tight"]):
        yield


def parts() -> gr.Tabs:
    """Make room for the parts of a tab, as `gr.Tab`s of its own; on a narrow page they take several lines."""
    return gr.Tabs(overflow_behavior="wrap")


def status_line(*, at_once: bool = True) -> gr.HTML:
    """Make the place under the result for what `status` says; give it to events as an output.

    Args:
        at_once: whether something comes by itself when the tab opens; the line then begins with a sign of that.
    """
    return gr.HTML(t("One moment …") if at_once else "", elem_classes="gi-status", padding=False)


def status(
    seconds: float | None = None,
    *,
    seed: int | None = None,
    extra: str = "",
    running: bool = False,
    fresh: bool = False,
) -> str:
    """Return the status line as HTML: what happened, how long it took, the seed and the device.

    Of a photo that was too large it says that it was reduced.

    Args:
        seconds: how long the work took.
        seed: what it was drawn from.
        extra: plain text that leads the line, such as a size; escaped here.
        running: whether the work goes on; only then Stop, see `genimg.ui.parts.panel.stop`, can be pressed.
        fresh: whether it can be bettered while it rests: then the page presses the button of the class gi-rest.
    """
    parts = [f"<b>{html.escape(extra)}</b>"] if extra else []
    parts += [html.escape(translated(one)) for one in words()]
    if seconds is not None:
        parts.append(f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s")
    if seed is not None:
        parts.append(say("seed {}", seed))
    parts.append(html.escape(translated(device_name())))
    state = " data-running" * running + f' data-fresh="{time.monotonic_ns()}"' * fresh
    return f'<span role="status"{state}>{" · ".join(parts)}</span>'


def progress(step: Step) -> str:
    """Return what the status line says of a step of an optimisation, coarse to fine."""
    numbers = (step.metrics[name] for name in ("size", "eta", "loss"))
    return say("step {} of {} at {:.0f} px · {:.0f} s left · loss {:.3f}", step.index, step.total, *numbers)


def how_it_works(english: str, *, formula: str, paper: str) -> None:
    """Make the closed fold at the end of a tab's controls.

    Args:
        english: three sentences without braces.
        formula: LaTeX without dollar signs; set large, and broken into lines where the page is narrow.
        paper: authors, year, title, and where it appeared.
    """
    gr.Markdown(
        f'<details class="gi-fold"><summary></summary>\n\n{t(english)}\n\n'
        f"$$\\displaystyle {formula}$$\n\n*{paper}*\n\n</details>",
        latex_delimiters=[{"left": "$$", "right": "$$", "display": False}],  # only such a one is broken into lines
        elem_classes="gi-how",  # Gradio translates one text of each, so the page's script says what it is
    )


def opening() -> Listener:
    """Return what listens for the first time that somebody opens the tab, or the part of one, that is being built.

    With it a tab makes its first picture when it is seen, and a class of thirty that opens the page does not ask for
    every tab's at once. The browser makes what is in a tab when that is opened, this component with it, which then
    speaks up.
    """
    opened = gr.HTML(js_on_load="genimgTabs.once(element, () => trigger('expand'))", visible="hidden", padding=False)
    here().acts.openings.add(opened._id)
    return opened.expand  # type: ignore[no-any-return, attr-defined]


def model_menu(
    names: Sequence[str] | Callable[[], Sequence[str]], *, alone: bool = True, elem_id: str | None = None
) -> gr.Dropdown:
    """Make a tab's menu of checkpoints.

    Args:
        names: of the checkpoints; the first is chosen. As a function, the menu follows what it returns: a checkpoint
            that was just trained is in it at once.
        alone: whether to show the menu of a single one.
        elem_id: of the menu in the page.
    """
    found = list(names() if callable(names) else names)
    menu = gr.Dropdown(
        found, value=found[0] if found else None, label=t("Model"), filterable=False,
        visible=alone or len(found) > 1, elem_id=elem_id, elem_classes=MODELS,
    )  # fmt: skip
    if callable(names):
        follow(menu, names, alone=alone)
    return menu


def follow(menu: gr.Dropdown, names: Callable[[], Sequence[str]], *, alone: bool = True) -> None:
    """Let a menu of checkpoints follow what there is: when the page or a tab is opened, and when it is unfolded.

    Gradio keeps the choices of each session as they were last sent to it, so new ones are accepted from there too.

    Args:
        menu: of names, one or several chosen.
        names: asked for the choices.
        alone: whether to show the menu of a single one.
    """

    def fresh() -> gr.Dropdown:
        found = list(names())
        return gr.Dropdown(choices=found, visible=alone or len(found) > 1)

    here().menus[menu] = fresh


def fresh_menus() -> dict[str, Any]:
    """Return what an event listens with to bring all menus of checkpoints up to date."""
    menus = here().menus

    def fresh() -> Any:
        found = [make() for make in menus.values()]
        return found if len(found) > 1 else found[0]

    return {"fn": guard(fresh), "inputs": None, "outputs": list(menus), "show_progress": "hidden"} | FAST | PRIVATE


def refresh_menus(*events: Listener) -> None:
    """Bring all menus of checkpoints up to date at these events, and when one of them is unfolded; called once."""
    if not here().menus:
        return
    gr.on([*events, *(menu.focus for menu in here().menus)], **fresh_menus())  # type: ignore[attr-defined]


def delivery() -> gr.HTML:
    """Return the page's one place for files that are handed over: give it what `handed` returns.

    The page's script saves the file, or sends it to the tab that it was asked for.
    """
    page = here()
    if page.delivery is None:
        page.delivery = gr.HTML(
            {}, html_template="", js_on_load="genimgSending.deliveries(props, watch)", visible="hidden", padding=False,
            elem_id="delivery",
        )  # fmt: skip
        page.acts.always.add(page.delivery._id)
    return page.delivery


def handed(content: bytes, name: str, *, of: Image.Image | None = None) -> dict[str, Any]:
    """Return a file for `delivery`.

    Args:
        content: the bytes of the file.
        name: of the file, such as ``"edited.png"``.
        of: the upload that it was made of, whose name it then continues: ``"cat-edited.png"``.
    """
    source = of.info.get(NAME) if of is not None else None
    path = download(content, f"{source}-{name}" if source else name)
    return {"path": path, "orig_name": Path(path).name, "meta": {"_type": "gradio.FileData"}}


def download(content: bytes, name: str) -> str:
    """Write a file for a download button into a fresh folder of Gradio's cache, which is emptied by the clock.

    Args:
        content: the bytes of the file.
        name: the file's name as the person will see it, such as ``"face.png"``; no folders.
    """
    root = upload_folder()
    root.mkdir(parents=True, exist_ok=True)
    CACHE.make_room(len(content))
    path = Path(tempfile.mkdtemp(dir=root, prefix="genimg-")) / Path(name).name
    path.write_bytes(content)
    return str(path)
