"""Who closes the page ends what was made for them: the generator is closed, and its place is free for others."""

import http.client
import inspect
import json
import threading

import gradio as gr
import pytest

from genimg.ui import controls as ui
from genimg.ui.app import launch
from genimg.ui.shell.safety import SafeBlocks

LONG = {"work_on", "mend", "_imagine_example", "_synthesise", "_preview", "_quilt", "_quilt_live", "_train"}


def test_all_that_takes_long_can_be_ended(built):
    generators = {fn.name for fn in built.fns.values() if inspect.isgeneratorfunction(fn.fn)}
    assert generators >= LONG


@pytest.fixture
def job(port, tmp_path, monkeypatch):
    """A page with one endless job, of which one may run at a time; (its port, when it has been ended)."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    ended = threading.Semaphore(0)

    def endless():
        try:
            while True:
                yield "more"
                threading.Event().wait(0.02)
        finally:
            ended.release()

    def build():
        with SafeBlocks(analytics_enabled=False) as demo:
            gr.Button().click(ui.guard(endless), None, gr.Textbox(), **(ui.HEAVY | {"concurrency_limit": 1}))
        return demo.queue(api_open=False)

    app, _, _ = launch(build, server_port=port, prevent_thread_lock=True, quiet=True)
    yield port, ended
    app.blocks.close()


def test_a_closed_connection_closes_the_generator_and_frees_its_place(job):
    port, ended = job
    for person in ("one", "two"):  # the second begins only if the first has gone
        body = json.dumps({"data": [], "fn_index": 0, "session_hash": person})
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("POST", "/gradio_api/queue/join", body, {"Content-Type": "application/json"})
        connection.getresponse().read()
        connection.request("GET", f"/gradio_api/queue/data?session_hash={person}")
        answer = connection.getresponse()
        while b"process_generating" not in answer.readline():
            pass
        answer.close()
        connection.close()
        assert ended.acquire(timeout=30)
