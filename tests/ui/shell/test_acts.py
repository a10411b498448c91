"""What a person does wins: over a tab's first example, and over the answers to what they did before."""

import asyncio
import time
import types
from concurrent.futures import ThreadPoolExecutor

import gradio as gr
import pytest
from gradio.state_holder import SessionState

from genimg.ui import controls
from genimg.ui.parts import panel
from genimg.ui.parts.component import Panel
from genimg.ui.shell.safety import SafeBlocks

WHO = types.SimpleNamespace(session_hash="somebody")


def run(coroutine):
    """Run a coroutine to its end; in a thread, for a browser's tests keep a loop running in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


class Page:
    """A tab with an upload, a slider, a gallery to pick from, and a first example; requests come as told."""

    def __init__(self):
        with SafeBlocks() as self.blocks, gr.Tab("One"):
            self.source, self.level, self.result = gr.Textbox(), gr.Slider(0, 9), gr.Textbox()
            self.shelf, self.kept, self.note = gr.Gallery(), gr.State(""), gr.Textbox()
            self.asked = []
            first = controls.opening()

            def made(source, level):
                self.asked.append((source, level))
                return f"{source} {level}", source

            outputs = [self.result, self.kept]
            first(lambda: ("example", "a note"), None, [self.source, self.note]).success(
                made, [self.source, self.level], outputs
            )
            self.source.input(made, [self.source, self.level], outputs)
            self.level.input(made, [self.source, self.level], outputs)
            self.shelf.select(lambda: ("picked", 0), None, [self.source, self.level]).success(
                made, [self.source, self.level], outputs
            )
            self.note.input(lambda kept: gr.skip(), self.kept, self.result)
        events = self.blocks.fns.values()
        self.example, self.example_made, self.uploads, self.moves, self.picks, self.picks_made, self.notes = events
        self.number = 0

    def comes(self, fn, trigger=None):
        """A request joins the queue; what this returns goes on with it: `reply(values)` gives what is shown."""
        self.number += 1
        event = str(self.number)
        self.blocks.acts.note("somebody", fn._id, trigger and trigger._id)
        self.blocks._queue.event_ids_to_events[event] = types.SimpleNamespace(enqueue_time=time.monotonic())
        data = gr.EventData(trigger, {}) if trigger else None

        def begun(*values):
            answer = run(self.blocks.call_function(fn, list(values), None, WHO, event, data))
            values = answer["prediction"] if len(fn.outputs) > 1 else [answer["prediction"]]
            return [None if isinstance(value, dict) else value for value in values]

        return begun


@pytest.fixture
def tab():
    return Page()


def test_a_tab_that_nobody_touches_shows_its_example(tab):
    assert tab.comes(tab.example)() == ["example", "a note"]
    assert tab.comes(tab.example_made)("example", 3) == ["example 3", "example"]


def test_an_upload_made_meanwhile_stays(tab):
    example = tab.comes(tab.example)
    upload = tab.comes(tab.uploads, tab.source)
    assert example() == [None, "a note"]
    assert upload("mine", 3) == ["mine 3", "mine"]
    assert tab.comes(tab.example_made)("mine", 3) == [None, None]
    assert tab.asked == [("mine", 3)]  # and the example was not even made


def test_an_example_that_is_under_way_is_not_shown_over_an_upload(tab):
    making = tab.comes(tab.example_made)
    tab.comes(tab.uploads, tab.source)("mine", 3)
    assert making("example", 3) == [None, None]


def test_an_act_that_fails_or_sets_nothing_gives_way_to_the_example(tab):
    tab.uploads.fn, working = (lambda *_: 1 / 0), tab.uploads.fn
    with pytest.raises(ZeroDivisionError):
        tab.comes(tab.uploads, tab.source)("mine", 3)
    assert tab.comes(tab.example_made)("mine", 3) == ["mine 3", "mine"]
    tab.uploads.fn = working
    tab.comes(tab.notes, tab.note)("")
    assert tab.comes(tab.example_made)("mine", 4) == ["mine 4", "mine"]
    assert tab.comes(tab.example)() == [None, None]  # but what was set by hand stays


def test_another_persons_acts_are_their_own(tab):
    tab.blocks.acts.note("somebody else", tab.uploads._id, tab.source._id)
    assert tab.comes(tab.example)() == ["example", "a note"]


def test_what_was_picked_is_not_overtaken_by_a_slider_that_was_settling(tab):
    settling = tab.comes(tab.moves, tab.level)
    pick = tab.comes(tab.picks, tab.shelf)
    # Nothing has been picked yet, so the states must be as the slider left them; the picture will be another.
    assert settling("face", 7) == [None, "face"]
    late = tab.comes(tab.moves, tab.level)  # sent by a page that has not seen what was picked
    assert pick() == ["picked", 0]
    assert late("face", 7) == [None, None]
    assert tab.comes(tab.picks_made)("picked", 0) == ["picked 0", "picked"]
    time.sleep(0.11)  # the new value is on the page now
    assert tab.comes(tab.moves, tab.level)("picked", 5) == ["picked 5", "picked"]


def test_of_a_panel_only_what_it_sent_before_it_saw_an_answer_is_left_out():
    """The panel sends itself again then; what was typed after it saw the answer counts, however soon."""
    with SafeBlocks() as blocks:
        board, result = (
            Panel("board", [panel.slider("level", "Level", 0, 9, 1, step=1), panel.button("go", "Go")]),
            gr.HTML(),
        )
        board.input(lambda board: board["level"], board, result)
        board.on("go")(lambda: ({"level": 7}, "picked"), None, [board, result])
    moves, picks = blocks.fns.values()

    def comes(fn, event, **sent):
        blocks.acts.note("somebody", fn._id, board._id)
        blocks._queue.event_ids_to_events[event] = types.SimpleNamespace(enqueue_time=time.monotonic())
        data = gr.EventData(board, {})
        return lambda: run(
            blocks.process_api(
                fn,
                [sent] if fn is moves else [],
                request=WHO,
                event_id=event,
                event_data=data,
                state=SessionState(blocks),
            )
        )["data"]

    pick = comes(picks, "1")
    early = comes(moves, "2", level=3, turn=1, seen=0)
    assert early() == [3]  # while the pick is being made, nothing else is there to be shown
    late = comes(moves, "3", level=4, turn=2, seen=0)
    (told, said) = pick()
    assert told["level"] == 7 and said == "picked"
    assert "value" not in late()[0]
    assert comes(moves, "4", level=5, turn=3, seen=told["seen"])() == [5]


def test_an_answer_that_comes_after_a_later_one_is_left_out(tab):
    slow = tab.comes(tab.moves, tab.level)
    assert tab.comes(tab.uploads, tab.source)("mine", 3) == ["mine 3", "mine"]
    assert slow("face", 7) == [None, None]


def test_a_generator_that_has_been_overtaken_is_closed(tab):
    closed = []

    def makes(*_):
        try:
            for i in range(9):
                yield f"{i}", "kept"
        finally:
            closed.append(True)

    tab.uploads.fn = makes
    blocks, event = tab.blocks, "7"
    tab.comes(tab.uploads, tab.source)
    blocks._queue.event_ids_to_events[event] = types.SimpleNamespace(enqueue_time=time.monotonic())

    async def steps():
        first = await blocks.call_function(tab.uploads, ["mine", 3], None, WHO, event, None)
        assert first["prediction"] == ["0", "kept"] and first["is_generating"]
        tab.comes(tab.moves, tab.level)
        tab.blocks.acts._sessions["somebody"].acts[tab.moves._id].begun = True
        last = await blocks.call_function(tab.uploads, [], first["iterator"], WHO, event, None)
        assert not last["is_generating"] and closed == [True]

    run(steps())


def test_no_tabs_example_overtakes_what_is_chosen_in_it(built):
    """Whoever acts on something that an example sets finds that act's results, not the example's."""
    acts, fns, tried = built.acts, built.fns, 0
    for number, example in fns.items():
        if not acts._by_itself(fns[number]) or not example.outputs:
            continue
        sets = {block._id for block in example.outputs}
        for fn in fns.values():
            for trigger, _ in fn.targets:
                if fn.trigger_after is None and acts._by_hand(fn, trigger) and sets & {trigger, *acts._sets[fn._id]}:
                    acts._sessions.clear()
                    acts.note("somebody", fn._id, trigger)
                    wanted = acts.answer(example, "somebody", None, None).wanted()
                    assert not any(wanted(one) for one in sets & {trigger, *acts._sets[fn._id]}), (
                        example.name,
                        fn.name,
                    )
                    tried += 1
    openings = {fn._id for fn in fns.values() if any(name == "expand" and i in acts.openings for i, name in fn.targets)}
    assert len(openings) >= 12 and tried > 100
