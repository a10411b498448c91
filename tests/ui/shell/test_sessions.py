"""A new visitor costs nothing, an empty queue little, and what Gradio does with a session goes on working."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import gradio as gr
from gradio.state_holder import SessionState

from genimg.ui.shell import gradio_internals  # noqa: F401  # what is tested


def test_a_session_begins_empty_and_keeps_what_is_put_into_it():
    with gr.Blocks() as demo:
        state = gr.State({"seen": 0})
        box = gr.Textbox("a", label="box")
    one, other = SessionState(demo), SessionState(demo)
    assert one.config_values == {}  # made for a component when it changes, not for all of them at once
    one[state._id]["seen"] = 1
    assert (one[state._id], other[state._id], state.value) == ({"seen": 1}, {"seen": 0}, {"seen": 0})
    one[box._id] = gr.Textbox("b", label="mine", render=False)
    assert one[box._id].label == "mine" and other[box._id].label == "box"
    one._update_value_in_config(box._id, "typed")
    assert one.config_values[box._id]["props"]["value"] == "typed"
    assert box._id not in other.config_values


def test_a_queue_that_is_empty_hardly_wakes(monkeypatch):
    with gr.Blocks() as demo:
        gr.Button().click(lambda: None)
    queue, sleep, waits = demo.queue()._queue, asyncio.sleep, []
    gradio_internals.calm(demo)

    async def counted(seconds):
        waits.append(seconds)
        queue.stopped = True
        await sleep(0)

    async def idle():
        for process in (queue.start_processing, queue.start_progress_updates):
            queue.stopped = False
            await process()

    monkeypatch.setattr(asyncio, "sleep", counted)
    with ThreadPoolExecutor(1) as own:  # a thread in which no loop runs yet
        own.submit(asyncio.run, idle()).result()
    assert waits == [0.01, 0.1]
