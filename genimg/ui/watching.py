"""Watching trainings: the pictures, curves and buttons of the run on show, and the list of all runs."""

import html
import itertools
import time
from functools import lru_cache
from threading import Lock
from typing import Any

import gradio as gr

from genimg import checkpoints
from genimg.core.errors import UserError
from genimg.studio import train as studio
from genimg.studio.runs import ACTIVE, ENDED, Run, register, results, when
from genimg.training.recipes import PAIRED
from genimg.training.spec import View
from genimg.ui import charts
from genimg.ui import controls as ui
from genimg.ui.i18n import t
from genimg.ui.locale import LANGUAGE, say, translated

STATES = {
    "queued": "waiting",
    "preparing": "preparing",
    "running": "training",
    "paused": "paused",
    "finishing": "finishing",
    "finished": "finished",
    "stopped": "stopped",
    "failed": "failed",
}


class Watch:
    """The components that show a run, and the handlers that fill them; `left` and `right` lay them out.

    Attributes:
        chosen: state, the name of the run on show.
        outputs: what `look` fills, in order.
    """

    def __init__(self) -> None:
        self.chosen, self.seen = gr.State(""), gr.State("")
        self.timer = gr.Timer(0.4, active=False)
        self._watchers = _Watchers()

    def left(self) -> None:
        """Make the picture, the line, the film's slider, the buttons, the views and the charts."""
        with gr.Row(elem_classes="gi-training"):
            self.big = gr.HTML(elem_id="train-picture", elem_classes="gi-live", padding=False, min_width=240)
            with gr.Column(elem_classes="gi-views", min_width=100, visible=False) as self.views:
                self.real = _view(t("Real"), "real")
                self.fake = _view(t("Generated"), "fake")
                self.gradient = _view(t("Gradient"), "gradient")
        self.hint = gr.HTML(
            t(
                "Nothing has been trained here yet. These are the pictures to learn from; press "
                "Faces in 30 seconds, and watch noise become faces.",
            ),
            elem_id="train-hint", padding=False,
        )  # fmt: skip
        self.line = ui.status_line()
        with gr.Row(elem_classes="gi-buttons"):
            self.play = _button(t("Play"), "play", interactive=False)
            self.pause = _button(t("Pause"), "pause", interactive=False)
            self.stop = _button(t("Stop"), "stop", interactive=False)
            self.slow = gr.Checkbox(
                label=t("Slow motion"), elem_id="train-slow", container=False, interactive=False,
                min_width=120,
            )  # fmt: skip
        with gr.Row(elem_classes="gi-buttons", visible=False) as self.steps:
            self.generator = _button(t("One generator step"), "generator")
            self.discriminator = _button(t("One discriminator step"), "discriminator")
        with gr.Row(elem_classes="gi-buttons gi-charts", visible=False) as self.plots:
            self.losses = _view(t("Losses, by step"), "losses")
            self.logits = _view(t("Logits of the discriminator"), "logits")
        self.place = gr.Slider(
            0, 1, value=1, step=0.005, label=t("Through the training"), buttons=[],
            elem_id="train-place",
            info=t("Left: the first step. Right end: now. Always the same latents, or sketches."),
        )  # fmt: skip
        with gr.Row(elem_classes="gi-buttons"):
            self.gif = _button(t("Film as GIF"), "gif", interactive=False)
            self.mp4 = _button(t("Film as MP4"), "mp4", interactive=False)
        gr.HTML(
            t("The same pictures and numbers: tensorboard --logdir runs"),
            elem_classes="gi-note", padding=False,
        )  # fmt: skip

    def right(self) -> None:
        """Make the lesson of the run on show, the list of runs, and what can be done with the result."""
        self.lessons = {
            key: gr.Markdown(t(preset.lesson), visible=False, elem_classes="gi-lesson")
            for key, preset in studio.PRESETS.items()
            if preset.cure
        }
        self.cure = gr.Button(t("Cure it"), variant="secondary", visible=False, size="md", elem_id="train-cure")
        self.runs = gr.Radio(
            [], label=t("Runs on this server"), visible=False, elem_id="train-runs",
            elem_classes="gi-runs",
            info=t("A run goes on when this page is closed."),
        )  # fmt: skip
        self.warning = gr.HTML(visible=False, padding=False)
        with gr.Row(elem_classes="gi-buttons"):
            self.resume = _button(t("Resume"), "resume", visible=False)
            self.delete = _button(t("Delete"), "delete", visible=False)
        with gr.Row(elem_classes="gi-buttons", visible=False) as self.sure:
            self.yes = gr.Button(t("Delete it for good"), variant="stop", size="md", elem_id="train-yes")
            self.no = _button(t("Keep it"), "no")
        with gr.Group(visible=False) as self.result:
            self.called = gr.Textbox(
                label=t("Name of the new model"), elem_id="train-called", max_lines=1, max_length=40,
                info=t("Small letters, digits and dashes."),
            )  # fmt: skip
            with gr.Row(elem_classes="gi-buttons"):
                self.use = gr.Button(t("Use it"), size="md", min_width=70, elem_id="train-use")
                self.take = _button(t("Download checkpoint"), "take")
        self._outputs()

    def _outputs(self) -> None:
        self.outputs: list[Any] = [
            self.chosen, self.seen, self.timer, self.big, self.hint, self.line, self.play, self.pause, self.steps,
            self.stop, self.views, self.plots, self.slow, self.place, self.gif, self.mp4, self.real, self.fake,
            self.gradient, self.losses, self.logits, self.cure, self.runs, self.warning, self.resume, self.delete,
            self.result, self.called, *self.lessons.values(),
        ]  # fmt: skip

    def anew(self, name: str, request: gr.Request) -> list[Any]:
        """Return the values of `outputs` that show a run from now on, as it is now."""
        values = self.look(name, 1, "", request)
        films = bool(name) and results.live(register().find(name)) is not None
        values[self.outputs.index(self.place)] = gr.Slider(value=1, interactive=films)
        return values

    def look(self, chosen: str, place: float, seen: str, request: gr.Request) -> list[Any]:
        """Return what changed since `seen`: for a tick of the timer, cheap when there is nothing new."""
        there = register().runs()
        run = next((run for run in there if run.name == chosen), there[0] if there else None)
        warning = register().warning()
        live = results.live(run) if run else None
        states = [(one.name, one.state, one.place, one.kept) for one in there]
        listed = f"{run.name if run else ''} {live is None} {warning} {states}"
        fresh = f"{id(live)} {run.status['changed'] if run else None} {place == 1}"
        seen_list, _, seen_live = seen.partition("\n")
        if (seen_list, seen_live) == (listed, fresh):
            return [gr.skip()] * len(self.outputs)
        found: dict[Any, Any] = {self.seen: f"{listed}\n{fresh}", self.chosen: run.name if run else ""}
        if seen_list != listed:
            found |= self._listed(there, run, live, warning, request)
        found[self.line] = _line(run)
        if run is None:
            found[self.big] = _picture(_example("avatars", 16, False), say("pictures to learn from"))
        elif live is None:
            # Nothing learned yet: what is going to be learned from.
            known = run.spec["data"] in studio.DATA[:2]
            example = _example(run.spec["data"], run.spec["size"], _paired(run)) if known else ""
            found[self.big] = _picture(example, say("pictures to learn from"))
        elif place == 1:
            found[self.big] = _big(run, live)
        found |= self._views(live)
        return [found.get(output, gr.skip()) for output in self.outputs]

    def _views(self, live: View | None) -> dict[Any, Any]:
        if live is None:
            return {view: "" for view in (self.real, self.fake, self.gradient, self.losses, self.logits)}
        shown = _rendered(_Same(live), LANGUAGE.get())
        found: dict[Any, Any] = {getattr(self, name): content for name, content in shown.items()}
        label = t("Logits of the discriminator") if live["logits"] else t("Likeness to the targets, in dB")
        found[self.gradient] = gr.HTML(shown["gradient"], visible="gradient" in live["pictures"])
        found[self.logits] = gr.HTML(shown["logits"], visible=bool(shown["logits"]), label=label)  # type: ignore[arg-type]
        return found

    def _listed(
        self, there: list[Run], run: Run | None, live: View | None, warning: str, request: gr.Request
    ) -> dict[Any, Any]:
        state = run.state if run else ""
        active, busy = state in ACTIVE, any(one.state in (*ACTIVE, "queued") for one in there)
        steps = active and live is not None and ("gradient" in live["pictures"] or _paired(run))
        preset = studio.PRESETS.get(run.spec["preset"]) if run else None
        choices = [(_label(one), one.name) for one in there]
        found: dict[Any, Any] = {
            self.timer: gr.Timer(self._watchers.pace(request), active=busy),
            self.hint: gr.HTML(visible=not there),
            self.play: gr.Button(interactive=state == "paused"),
            self.pause: gr.Button(interactive=state == "running"),
            self.steps: gr.Row(visible=steps),
            self.stop: gr.Button(interactive=active or state == "queued"),
            self.slow: gr.Checkbox(value=bool(run and run.status["slow"]), interactive=active),
            self.gif: gr.Button(interactive=live is not None),
            self.mp4: gr.Button(interactive=live is not None),
            self.place: gr.Slider(interactive=live is not None),
            self.views: gr.Row(visible=live is not None and "real" in live["pictures"]),
            self.plots: gr.Row(visible=live is not None),
            self.cure: gr.Button(visible=bool(preset and preset.cure)),
            self.runs: gr.Radio(choices=choices, value=run.name if run else None, visible=bool(there)),
            self.warning: gr.HTML(_warning(warning), visible=bool(warning)),
            self.resume: gr.Button(visible=bool(run and run.resumable)),
            self.delete: gr.Button(visible=state in ENDED),
            self.result: gr.Group(visible=bool(run and run.usable)),
            self.called: gr.Textbox(placeholder=suggested(run) if run and run.usable else ""),
        }
        for key, lesson in self.lessons.items():
            found[lesson] = gr.Markdown(visible=bool(run and run.spec["preset"] == key))
        return found

    def scrubbed(self, chosen: str, place: float) -> str:
        """Return the frame of the film at a place, or what is now at its end."""
        run = register().find(chosen) if chosen else None
        live = results.live(run) if run else None
        if run is None or live is None:
            raise UserError("There is no film yet: it begins with the first steps of a run.")
        if place == 1:
            return _big(run, live)
        address, step = results.frame(run, place)
        spoken = say("the same sketches after step {}" if _paired(run) else "the same latents after step {}", step)
        return _picture(address, spoken, _caption(run, step))

    def wire(self, first: ui.Listener, tab_selected: ui.Listener) -> None:
        """Connect the events; `first` and `tab_selected` listen for the tab being opened."""
        quick = ui.LIVE | ui.PRIVATE
        asked = [self.chosen, self.place, self.seen]
        for event in (first, tab_selected):
            event(ui.guard(self.look), asked, self.outputs, **quick)
        # A tick that comes while the last one is still answered is left out.
        self.timer.tick(ui.guard(self.look), asked, self.outputs, **(quick | {"trigger_mode": "once"}))
        # A question that was asked of another run is withdrawn.
        self.runs.input(ui.guard(self._picked), self.runs, [*self.outputs, self.sure], **quick)
        self.place.input(ui.guard(self.scrubbed), [self.chosen, self.place], self.big, **ui.LIVE, **ui.PRIVATE)
        self.slow.input(ui.guard(self._paced), [self.slow, *asked], self.outputs, **quick)
        told = [self.play, self.pause, self.generator, self.discriminator, self.stop, self.resume]
        pressed = quick | ui.PICK
        gr.on([button.click for button in told], ui.guard(self._told), asked, self.outputs, **pressed)  # type: ignore[attr-defined]
        gr.on([self.delete.click, self.no.click], ui.guard(self._asks), None, self.sure, **pressed)  # type: ignore[attr-defined]
        self.yes.click(ui.guard(self._deleted), asked, [*self.outputs, self.sure], **quick)
        films = [self.gif.click, self.mp4.click]  # type: ignore[attr-defined]
        gr.on(films, ui.guard(self._film), self.chosen, ui.delivery(), **(quick | ui.HEAVY))
        self.take.click(ui.guard(_packed), self.chosen, ui.delivery(), **quick)

    def _picked(self, name: str, request: gr.Request) -> list[Any]:
        return [*self.anew(name, request), gr.Row(visible=False)]

    def _paced(self, slow: bool, chosen: str, place: float, seen: str, request: gr.Request) -> list[Any]:
        register().command(chosen, "slow" if slow else "fast")
        return self.look(chosen, place, seen, request)

    def _told(self, event: gr.EventData, chosen: str, place: float, seen: str, request: gr.Request) -> list[Any]:
        if event.target is self.resume:
            register().resume(chosen)
        else:
            register().command(chosen, _word(event))
        return self.look(chosen, place, seen, request)

    def _asks(self, event: gr.EventData) -> Any:
        return gr.Row(visible=event.target is self.delete)

    def _deleted(self, chosen: str, place: float, seen: str, request: gr.Request) -> list[Any]:
        register().delete(chosen)
        return [*self.look(chosen, place, seen, request), gr.Row(visible=False)]

    def _film(self, event: gr.EventData, chosen: str) -> dict[str, Any]:
        return ui.handed(results.film(register().find(chosen), _word(event)), f"{chosen}.{_word(event)}")


def suggested(run: Run) -> str:
    """Return a name that the result of a run could have, such as ``"own-gan-2"``."""
    first = f"{run.spec['data']}-{run.spec['kind']}"
    names = itertools.chain([first], (f"{first}-{i}" for i in itertools.count(2)))
    return next(name for name in names if not checkpoints.taken(name))


def _word(event: gr.EventData) -> str:
    """Return what a button says to a run: its element id tells."""
    return str(getattr(event.target, "elem_id", "")).removeprefix("train-")


def _packed(name: str) -> dict[str, Any]:
    return ui.handed(results.archive(register().find(name)), f"{name}.zip")


class _Watchers:
    """Who watches: the more people, the longer between two looks of each, so that the server stays quick for all."""

    def __init__(self) -> None:
        self._lock, self._last = Lock(), dict[str, float]()

    def pace(self, request: gr.Request) -> float:
        """Return the seconds between two looks."""
        now = time.monotonic()
        with self._lock:
            self._last = {who: at for who, at in self._last.items() if now - at < 60}
            self._last[str(request.session_hash)] = now
            return round(max(0.4, 0.06 * len(self._last)), 2)


class _Same:
    """A live view as a key: the register hands out the same object until there is something new."""

    def __init__(self, live: View) -> None:
        self.live = live

    def __hash__(self) -> int:
        return id(self.live)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.live is self.live


@lru_cache(maxsize=8)
def _rendered(same: _Same, _language: str) -> dict[str, str]:
    """Return the views and charts as HTML: made once for all who watch in a language."""
    live = same.live
    spoken = {
        "real": say("real pictures of the last batch"),
        "fake": say("generated pictures of the last batch"),
        "gradient": say("gradient of the discriminator at the generated pictures; grey is none"),
    }
    shown = {name: _picture(live["pictures"].get(name, ""), alt) for name, alt in spoken.items()}
    rows, logits = live["curves"], live["logits"]
    names = sorted({name for row in rows for name in row if name.startswith("loss/")})[:4]
    shown["losses"] = charts.lines(rows, names)
    if logits:
        counts = {"real": logits["real"], "fake": logits["fake"]}
        shown["logits"] = charts.histograms(counts, logits["low"], logits["high"])
    else:
        shown["logits"] = charts.lines(rows, [name for name in ("psnr",) if rows and name in rows[-1]])
    return shown


def _button(label: Any, name: str, **options: Any) -> gr.Button:
    return gr.Button(label, size="md", min_width=70, elem_id=f"train-{name}", **options)


def _view(label: Any, name: str) -> gr.HTML:
    return gr.HTML(
        label=label, show_label=True, container=True, elem_id=f"train-{name}", elem_classes="gi-live", padding=False,
        min_width=150,
    )  # fmt: skip


def _picture(address: str, alt: str, caption: str = "") -> str:
    if not address:
        return ""
    below = f"<figcaption>{html.escape(caption)}</figcaption>" if caption else ""
    return f'<figure><img src="{address}" alt="{html.escape(alt)}">{below}</figure>'


def _big(run: Run, live: View) -> str:
    step, paired = live["step"], _paired(run)
    spoken = say("the same sketches, now, after step {}" if paired else "the same latents, now, after step {}", step)
    return _picture(live["pictures"]["preview"], spoken, _caption(run, step))


def _caption(run: Run, step: int) -> str:
    if _paired(run):
        return say("step {:,}: what is given, what is painted, and what it should be", step)
    return say("step {:,}", step)


def _paired(run: Run | None) -> bool:
    return run is not None and run.spec["recipe"] in PAIRED


@lru_cache(maxsize=8)
def _example(data: str, size: int, paired: bool) -> str:
    from genimg.core.images import encode
    from genimg.training.live import address

    return address(encode(studio.examples(data, size, paired=paired)), "PNG")


def _label(run: Run) -> str:
    state = say(STATES[run.state]) + (f" {run.place}" if run.place else "")
    seconds = run.status["metrics"].get("seconds", 0.0)
    parts = [_title(run), when(run), say("{:g} min", run.spec["minutes"])]
    if run.state in ENDED:
        parts[-1] = f"{_clock(seconds)} / {parts[-1]}, {run.bytes / 1e6:.0f} MB"
    return f"{state} · " + " · ".join(parts)


def _title(run: Run) -> str:
    """Return what a run is called; what a preset or the studio called it, in the reader's language."""
    title, before = run.spec["title"], "Cured: "
    if title.startswith(before):
        return say("Cured: {}", say(title.removeprefix(before)))
    return say(title) if run.spec["preset"] else translated(title)


def _line(run: Run | None) -> str:
    if run is None:
        return ui.status()
    status, numbers = run.status, run.status["metrics"]
    parts = [_title(run)]
    if run.place:
        parts.append(say("number {} in the queue", run.place))
    if status["sentence"]:
        parts.append(translated(status["sentence"]))
    elif run.spec["note"] and run.state in ("queued", "preparing", "finished"):
        parts.append(translated(run.spec["note"]))
    if numbers:
        parts.append(say("step {:,}", status["steps"]))
        if run.state in ACTIVE:
            parts.append(say("{:,.0f} images/s", numbers.get("images_per_second", 0)))
            parts.append(say("{} left", _clock(numbers.get("eta", 0))))
    return ui.status(extra=" · ".join(parts))


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def _warning(text: str) -> str:
    return f'<div class="gi-warning" role="alert">{html.escape(translated(text))}</div>' if text else ""
