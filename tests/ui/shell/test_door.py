"""The door turns away what does not belong here, with a sentence, and lets in what does."""

import asyncio
import base64
import json
import types
from concurrent.futures import ThreadPoolExecutor

import pytest
from starlette.testclient import TestClient

from genimg.core.errors import UserError
from genimg.ui.shell import door

JOIN = "/gradio_api/queue/join"


class Behind:
    """What stands behind the door: it answers with what it was sent, or as it is told."""

    def __init__(self):
        self.does = None

    async def __call__(self, scope, receive, send):
        if self.does:
            return await self.does(send)
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        await _answer(send, 200, body)


async def _answer(send, status, body):
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": body})


@pytest.fixture
def behind():
    return Behind()


@pytest.fixture
def blocks():
    queue = types.SimpleNamespace(pending_messages_per_session={})
    noted = []
    acts = types.SimpleNamespace(note=lambda *what: noted.append(what))
    return types.SimpleNamespace(_queue=queue, acts=acts, noted=noted, share_url=None)


@pytest.fixture
def client(behind, blocks):
    """A client of a studio that listens at this machine alone."""
    return TestClient(door.Door(behind, blocks=blocks, server="127.0.0.1"), base_url="http://127.0.0.1:7860")


def refusal(answer, status):
    assert answer.status_code == status, answer.text
    text = answer.json()["detail"] if answer.headers["content-type"] == "application/json" else answer.text
    assert 20 < len(text) < 300 and "Traceback" not in text
    return text


@pytest.mark.parametrize("server", ["127.0.0.1", "0.0.0.0", "studio.school"])
@pytest.mark.parametrize(
    ("host", "where"),
    [
        ("127.0.0.1:7860", "everywhere"),
        ("192.168.1.7", "everywhere"),
        ("[::1]:7860", "everywhere"),
        ("[fe80::1%25eth0]", "everywhere"),
        ("localhost:7860", "everywhere"),
        ("Studio.Localhost.", "everywhere"),
        ("studio.school:7860", "studio.school"),
        ("here:7860", "open"),
        ("here.local", "open"),
        ("here.evil.example", "nowhere"),
        ("evil.example", "nowhere"),
        ("127.0.0.1.evil.example", "nowhere"),
        ("localhost.evil.example", "nowhere"),
    ],
)
def test_only_names_of_this_machine_are_answered(behind, blocks, monkeypatch, server, host, where):
    monkeypatch.setattr(door.socket, "gethostname", lambda: "here")
    monkeypatch.setattr(door.socket, "getfqdn", lambda: "here")
    door._own_names.cache_clear()
    client = TestClient(door.Door(behind, blocks=blocks, server=server), base_url="http://127.0.0.1")
    answer = client.get("/", headers={"host": host})
    if where == "everywhere" or where == server or (where == "open" and server != "127.0.0.1"):
        assert answer.status_code == 200
    else:
        assert "GENIMG_HOSTS" in refusal(answer, 400)


def test_more_names_can_be_allowed(client, blocks, monkeypatch):
    class_room = {"host": "class.school.example:80"}
    refusal(client.get("/", headers=class_room), 400)
    for allowed in ("x, class.school.example", "*.school.example", "*"):
        monkeypatch.setenv("GENIMG_HOSTS", allowed)
        assert client.get("/", headers=class_room).status_code == 200
    monkeypatch.delenv("GENIMG_HOSTS")
    blocks.share_url = "https://class.school.example"  # Gradio's tunnel
    assert client.get("/", headers=class_room).status_code == 200
    blocks.share_url = None
    monkeypatch.setenv("SPACE_ID", "somebody/genimg")
    assert client.get("/", headers=class_room).status_code == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/gradio_api/proxy=https://somebody.hf.space/", 404),
        ("/gradio_api/file=http://169.254.169.254/", 403),
        ("/gradio_api/file=//server/share/x.png", 403),
        ("/gradio_api/file=\\\\server\\share", 403),
        ("/gradio_api/deep_link", 404),
        ("/gradio_api/process_recording", 404),
        ("/gradio_api/vibe-edit", 404),
        ("/gradio_api/stream/a/b/1/playlist.m3u8", 404),
        ("/static/" + 256 * "a", 404),
        ("/static/" + 128 * "%C3%A9", 404),
        ("/theme.css" + 1000 * "/a", 404),
    ],
)
def test_what_the_page_has_no_use_for_is_shut(client, path, status):
    refusal(client.get(path), status)
    refusal(client.post(path, json={}), status)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"\xff\xfe",
        b"[" * 5000 + b"]" * 5000,
        b'{"data": %b}' % (b"[" * 40 + b"]" * 40),
        b'{"data": [%b]}' % b",".join([b"0"] * 200_001),
        b'{"data": ["\\ud800"]}',
        b'{"data": [{"\\udfff": 1}]}',
        b'{"data": {}}',
        b'{"data": null}',
        b'{"data": [], "session_hash": "%b"}' % (b"a" * 65),
        b'{"data": [], "session_hash": 7}',
        b'{"data": [], "session_hash": ""}',
        b'{"data": [%b]}' % (b"9" * 5000),
        b"null",
        b"[]",
    ],
    ids=lambda body: body[:30].decode(errors="replace"),
)
def test_a_request_that_nobody_can_read_is_refused(client, caplog, body):
    text = refusal(client.post(JOIN, content=body), client.post(JOIN, content=body).status_code)
    assert len(caplog.records) == 2 and text in caplog.text  # a line for each


def test_a_good_request_goes_through_as_it_is_and_is_noted(client, blocks):
    body = json.dumps({"data": [1.5, "é", None, float("nan")], "fn_index": 3, "session_hash": "a", "trigger_id": 7})
    assert client.post(JOIN, content=body).text == body
    assert blocks.noted == [("a", 3, 7)]


def test_a_body_that_is_too_large_is_not_kept(client, monkeypatch):
    monkeypatch.setattr(door, "MAX_BODY", 1000)
    monkeypatch.setattr(door, "MAX_BODIES", 1500)
    assert client.post(JOIN, json={"data": ["a" * 900]}).status_code == 200
    refusal(client.post(JOIN, json={"data": ["a" * 1100]}), 413)
    assert client.post(JOIN, json={"data": ["a" * 900]}).status_code == 200  # what was held is given back
    files = {"files": ("a.png", b"a" * 600)}
    refusal(client.post("/gradio_api/component_server", files=files), 415)


def test_a_session_that_reads_no_answers_gets_no_more(client, blocks):
    blocks._queue.pending_messages_per_session["a"] = types.SimpleNamespace(qsize=lambda: door.MAX_UNREAD)
    refusal(client.post(JOIN, json={"data": [], "session_hash": "a"}), 429)
    assert client.post(JOIN, json={"data": [], "session_hash": "b"}).status_code == 200


def test_there_is_an_end_to_open_connections(client, monkeypatch):
    monkeypatch.setattr(door, "MAX_STREAMS", 0)
    refusal(client.get("/gradio_api/heartbeat/a"), 503)
    assert client.get("/config").status_code == 200


def test_an_upload_needs_room(client, monkeypatch):
    asked = []

    def make_room(size, files):
        asked.append((size, files))
        if sum(size for size, _ in asked) > 3_000_000:
            raise UserError("The studio has no room for more pictures right now.")

    monkeypatch.setattr(door.CACHE, "make_room", make_room)
    assert client.post("/gradio_api/upload", files={"files": ("a.png", b"a" * 500)}).status_code == 200
    assert asked[0][0] > 500 and asked[0][1] == 1
    assert "no room" in refusal(client.post("/gradio_api/upload", files={"files": ("a.png", b"a" * 3_000_000)}), 507)


def test_all_of_an_upload_is_counted(monkeypatch):
    asked, parts = [], [bytes(70_000)] * 5
    monkeypatch.setattr(door.CACHE, "make_room", lambda size, files: asked.append(size))
    monkeypatch.setattr(door, "_CHUNK", 100_000)

    async def receive():
        part = parts.pop()
        return {"type": "http.request", "body": part, "more_body": bool(parts)}

    async def read():
        next_message = door._metered(receive)
        while (await next_message())["more_body"]:
            pass

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, read()).result()
    assert asked == [70_000, 140_000, 140_000]  # before it is all there, and the end too


@pytest.mark.parametrize("path", [JOIN, "/gradio_api/upload"])
@pytest.mark.parametrize(("pause", "whole", "parts"), [(0.2, 9, 1), (0.2, 0.3, 9)])
def test_a_request_that_trickles_in_is_not_waited_for(behind, blocks, monkeypatch, path, pause, whole, parts):
    """Neither for one part that does not come, nor for many that come one by one."""
    monkeypatch.setattr(door, "MAX_PAUSE", pause)
    monkeypatch.setattr(door, "MAX_SENDING", whole)
    monkeypatch.setattr(door.CACHE, "make_room", lambda size, files: None)
    sent, answered = [], []

    async def receive():
        await asyncio.sleep(0.1 if len(sent) < parts else 60)
        sent.append(b"a")
        return {"type": "http.request", "body": b"a", "more_body": True}

    async def send(message):
        answered.append(message)

    scope = {"type": "http", "method": "POST", "path": path, "headers": []}
    studio = door.Door(behind, blocks=blocks, server="127.0.0.1")
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, studio(scope, receive, send)).result(30)
    assert [message.get("status") for message in answered] == [408, None]
    assert b"did not come in time" in answered[1]["body"] and 1 <= len(sent) < 9
    assert studio._bytes == 0


def test_who_waits_for_an_answer_may_wait(behind, blocks, monkeypatch):
    """A request that is there as a whole has no clock running."""
    monkeypatch.setattr(door, "MAX_PAUSE", 0.05)

    async def answer_late(send):
        await asyncio.sleep(0.2)
        await _answer(send, 200, b"late")

    behind.does = answer_late
    client = TestClient(door.Door(behind, blocks=blocks, server="127.0.0.1"), base_url="http://127.0.0.1:7860")
    assert client.post(JOIN, json={"data": []}).text == "late"


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (422, b'{"detail": [{"type": "list_type", "input": "%b"}]}' % (b"a" * 100_000), door.UNUSABLE),
        (500, b"Internal Server Error", door.SORRY),
        (404, b'{"detail": "Not Found"}', "nothing at this address"),
        (503, b'{"detail": "Queue is full. Max size is 64 and size is 64."}', "Queue is full"),
        (400, b"", door.UNUSABLE),
    ],
)
def test_errors_become_sentences(client, behind, status, body, said):
    behind.does = lambda send: _answer(send, status, body)
    assert said in refusal(client.get("/gradio_api/info"), status)


def test_a_fault_is_a_sentence_and_a_line(client, behind, caplog):
    async def breaks(send):
        raise KeyError("a" * 1000)

    behind.does = breaks
    refusal(client.post(JOIN, json={"data": []}), 500)
    (record,) = caplog.records
    assert len(record.getMessage()) < 300 and "KeyError" in record.getMessage()


def test_a_fault_in_the_middle_of_an_answer_ends_it(client, behind):
    async def breaks(send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise OSError("gone")

    behind.does = breaks
    assert client.get("/gradio_api/info").text == "half"


def test_the_page_is_made_once_for_each_name_and_sent_compressed(blocks):
    made = []

    async def app(scope, receive, send):
        made.append(dict(scope["headers"])[b"host"])
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/html")]})
        await send({"type": "http.response.body", "body": b"<p>a page</p>" * 100})

    blocks.config = {}
    client = TestClient(door.Door(app, blocks=blocks, server="127.0.0.1"), base_url="http://localhost")
    pages = [client.get("/", headers={"accept-encoding": "gzip"}) for _ in range(3)]
    assert {page.text for page in pages} == {"<p>a page</p>" * 100} and len(made) == 1
    assert int(pages[0].headers["content-length"]) < 100 and pages[0].headers["content-encoding"] == "gzip"
    plain = client.get("/", headers={"accept-encoding": "identity"})
    assert plain.text == pages[0].text and "content-encoding" not in plain.headers and len(made) == 2
    client.get("/", headers={"host": "127.0.0.1:80"})
    client.get("/?deep_link=x")
    client.get("/?deep_link=x")
    assert len(made) == 5
    blocks.auth = [("a", "b")]  # whose page is whose is not ours to know
    client.get("/", headers={"accept-encoding": "gzip"})
    assert len(made) == 6


def test_pictures_that_come_as_text_are_packed_where_it_is_worth_it(client):
    path, picture = "/gradio_api/component_server/", base64.b64encode(bytes(range(256)) * 200).decode()
    large, small = ({"data": {"picture": picture[:length]}} for length in (60_000, 6_000))
    answer = client.post(path, json=large)
    assert answer.headers["content-encoding"] == "gzip" and answer.json() == large
    assert "content-encoding" not in client.post(path, json=small).headers
    assert "content-encoding" not in client.post(path, json=large, headers={"Accept-Encoding": "identity"}).headers
    assert "content-encoding" not in client.post(JOIN, json=large).headers
