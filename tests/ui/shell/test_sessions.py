"""A new visitor costs nothing, an empty queue little, who has left nobody, and sessions go on working."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import gradio as gr
from gradio.data_classes import PredictBodyInternal
from gradio.queueing import Event
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
    gradio_internals.steady(demo)

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


def test_the_queue_outlives_a_session_that_is_not_there_any_more():
    with gr.Blocks() as demo:
        gr.Button().click(lambda: None)
    queue, fn = demo.queue()._queue, demo.fns[0]
    gradio_internals.steady(demo)

    async def serve():
        await queue.push(PredictBodyInternal(session_hash="here", fn_index=0, data=[]), None, None)
        queue.event_queue_per_concurrency_id[fn.concurrency_id].queue.insert(0, Event("gone", fn, None, None))
        queue.broadcast_estimations(fn.concurrency_id)
        messages = queue.pending_messages_per_session["here"]
        return [messages.get_nowait() for _ in range(messages.qsize())]

    with ThreadPoolExecutor(1) as own:
        told = own.submit(asyncio.run, serve()).result()
    assert [(one.msg, one.rank) for one in told] == [("estimation", 0), ("estimation", 1)]
