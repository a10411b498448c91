"""The door of the server: what does not belong here is turned away with a sentence, before Gradio sees it."""

import ipaddress
import json
import logging
import os
import re
import socket
import time
from collections.abc import Awaitable, Callable, MutableMapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import anyio
import anyio.to_thread
from starlette.middleware.gzip import GZipMiddleware

from genimg.core.errors import UserError
from genimg.ui.shell.front import Front
from genimg.ui.shell.gradio_internals import API, CACHE, unread
from genimg.ui.shell.safety import LONGEST, SORRY, UNUSABLE, brief

log = logging.getLogger(__name__)

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

MAX_BODY = 30_000_000  # bytes of a request that is no upload: two pictures of 10 MB as text
MAX_BODIES = 150_000_000  # bytes of all such requests that are being read
MAX_VALUES = 200_000  # in a request; the points of twenty minutes of painting are a fifth of it
MAX_DEPTH = 32  # of lists in lists
MAX_PATH, MAX_NAME = 2000, 255  # characters of an address, bytes of each part: what systems take as names of files
MAX_PAUSE = 30.0  # seconds between two parts of a request
MAX_SENDING = 600.0  # seconds that a request may take to come in
MAX_STREAMS = 512  # connections that stay open: two for each person
MAX_UNREAD = 256  # messages that a session leaves unread; a long job sends some hundred
_CHUNK = 1_000_000  # bytes of an upload after which room is made for the next

# What the page and its clients use of Gradio's API; the rest fetches addresses, runs ffmpeg, or edits the app.
_WORDS = re.compile(
    r"/(info|openapi\.json|app_id|user|token|login_check|startup-events|theme\.css|heartbeat/[^/]+|queue/(join|data|status)"
    r"|call/.+|cancel|reset|upload|upload_progress|component_server|(run|api)/.+|file[=/].+|custom_component/.+)/?",
    re.DOTALL,
)
_STREAMS = re.compile(rf"{API}/(queue/data|heartbeat/|call/.+/|upload_progress)")
_PICTURES = f"{API}/component_server"
_SAID = {
    400: UNUSABLE,
    401: "You have to log in first.",
    403: "This is not for everybody to see.",
    404: "There is nothing at this address.",
    405: "This address is asked in another way.",
    413: "That is larger than the 10 MB that a file may have.",
    422: UNUSABLE,
    503: "Too many people are waiting here; try again in a moment.",
}


class Refused(Exception):
    """A request that is turned away: the HTTP status, and why."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(status, sentence)
        self.status, self.sentence = status, sentence


class Door:
    """ASGI middleware, the first of ours that a request meets.

    Args:
        app: what stands behind it.
        blocks: the page.
        server: the address that the studio listens at.
    """

    def __init__(self, app: Any, *, blocks: Any, server: str) -> None:
        self.app, self.blocks, self.server = app, blocks, server
        self._streams = self._bytes = 0
        self._front = Front(blocks)
        # Pictures come as text here, which takes a third more room than they do. A slider's are not worth the time.
        self._packing = GZipMiddleware(app, minimum_size=30_000, compresslevel=1)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer a request, or let it in."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        answer, held = _Answer(scope["method"], path, send), 0
        stream = scope["method"] == "GET" and bool(_STREAMS.match(path))
        self._streams += stream
        try:
            await self._check(path, _header(scope, b"host"))
            if scope["method"] == "HEAD" and path == "/":
                # Gradio asks this of itself when it starts, and gives up after three seconds; a page made for nobody
                # can take longer on a busy machine.
                return await answer.whole(200)
            if self._front.answers(scope, path):
                return await self._front.answer(scope, self.app, answer.send)
            if scope["method"] in ("POST", "PUT", "PATCH", "DELETE"):
                receive = _timely(receive)
                if path.rstrip("/") == f"{API}/upload":
                    receive = _metered(receive)
                else:
                    body = bytearray()
                    async for part in _parts(receive):
                        held, self._bytes = held + len(part), self._bytes + len(part)
                        if held > MAX_BODY or self._bytes > MAX_BODIES:
                            raise Refused(413, "That is more than can be sent at once.")
                        body += part
                    self._read(path, _header(scope, b"content-type"), bytes(body))
                    receive = _again(bytes(body), receive)
            app = self._packing if path.startswith(_PICTURES) else self.app
            await app(scope, receive, answer.send)
        except Refused as problem:
            log.warning("refused %s %s: %s", scope["method"], brief(path, 80), problem.sentence)
            await answer.refuse(problem.status, problem.sentence)
        except UserError as problem:
            await answer.refuse(507, str(problem))
        except Exception as problem:
            log.warning("%s %s: %s: %s", scope["method"], brief(path, 80), type(problem).__name__,
                        brief(problem, 120))  # fmt: skip
            log.debug("", exc_info=problem)
            await answer.refuse(500, UNUSABLE if scope["method"] == "POST" else SORRY)
        finally:
            self._streams -= stream
            self._bytes -= held

    async def _check(self, path: str, host: str) -> None:
        if host and not await _known(host, self.server, getattr(self.blocks, "share_url", None)):
            name = brief(host, 80)
            raise Refused(400, f"This studio does not go by the name {name}; the variable GENIMG_HOSTS can add it.")
        if self._streams > MAX_STREAMS:
            raise Refused(503, _SAID[503])
        if len(path) > MAX_PATH or any(len(part.encode(errors="replace")) > MAX_NAME for part in path.split("/")):
            raise Refused(404, _SAID[404])  # no file can be called so, and to ask for it would be an error
        if path.startswith(API) and not _WORDS.fullmatch(path.removeprefix(API)):
            raise Refused(404, _SAID[404])
        if re.match(rf"{API}/file[=/]\s*([\\/]{{2}}|\w{{2,}}:)", path):
            raise Refused(403, "Addresses are not fetched.")

    def _read(self, path: str, kind: str, body: bytes) -> None:
        """Look at the body of a request before anybody parses it for good."""
        if kind.lower().startswith(("multipart/", "application/x-www-form-urlencoded")):
            if path.startswith(API):
                raise Refused(415, "Files are uploaded, and all else is sent as JSON.")
            return
        if not body:
            return
        if sum(body.count(mark) for mark in b",[{") > MAX_VALUES:
            raise Refused(413, "That request has more values than can be used at once.")
        try:
            values = json.loads(body)
        except (ValueError, RecursionError):
            raise Refused(400, "That request is not JSON that can be read.") from None
        if not isinstance(values, dict):
            raise Refused(400, UNUSABLE)
        _look_through(values)
        named = path.startswith((_PICTURES, f"{API}/call/v2/"))
        if not named and not isinstance(values.get("data", []), list):
            raise Refused(422, "The values of a request come as a list, named data.")
        session = values.get("session_hash")
        if session is not None and (not isinstance(session, str) or not 0 < len(session) <= 64):
            raise Refused(400, "A session goes by a short name.")
        if session and unread(self.blocks, session) >= MAX_UNREAD:
            raise Refused(429, "Read the answers that are waiting for you before you ask for more.")
        if path.startswith(f"{API}/queue/join"):
            self.blocks.acts.note(session, values.get("fn_index"), values.get("trigger_id"))


def _look_through(values: Any) -> None:
    """Refuse what nobody can pass on: lists in lists in lists, and characters that are half of one."""
    layer, depth = [values], 0
    while layer:
        depth += 1
        if depth > MAX_DEPTH:
            raise Refused(400, "That request has lists in lists in lists; nothing here needs so many.")
        inside: list[Any] = []
        for value in layer:
            if isinstance(value, dict):
                inside += [*value.keys(), *value.values()]
            elif isinstance(value, list):
                inside += value
            elif isinstance(value, str):
                try:
                    value.encode()
                except UnicodeEncodeError:
                    raise Refused(400, "That request has half a character in it.") from None
        layer = inside


class _Answer:
    """Sends what the app answers, and a sentence where that is none."""

    def __init__(self, method: str, path: str, send: Send) -> None:
        self._method, self._send = method, send
        # An upload's answer is shown as it is; a page's, by the browser.
        self._plain = not path.startswith(API) or path.rstrip("/") == f"{API}/upload"
        self._started = self._ended = False
        self._failed: Message | None = None
        self._body = b""

    async def whole(self, status: int, body: bytes = b"", kind: bytes = b"text/html") -> None:
        """Send a whole answer."""
        self._started = self._ended = True
        headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
        await self._send({"type": "http.response.start", "status": status, "headers": headers})
        await self._send({"type": "http.response.body", "body": body})

    async def send(self, message: Message) -> None:
        """Pass a message on; of an error, its words are looked at first."""
        if message["type"] == "http.response.start":
            if message["status"] >= 400 and self._method != "HEAD":
                self._failed = message
                return
            self._started = True
        elif self._failed is not None:
            self._body += message.get("body", b"")[: 10 * LONGEST]
            if not message.get("more_body"):
                failed, self._failed = self._failed["status"], None
                await self.refuse(failed, _words(self._body) or _SAID.get(failed, SORRY))
            return
        self._ended = message["type"] == "http.response.body" and not message.get("more_body")
        await self._send(message)

    async def refuse(self, status: int, sentence: str) -> None:
        """Answer with a sentence; if the answer has begun already, end it."""
        if self._ended:
            return
        words = brief(sentence)
        body = words.encode() if self._plain else json.dumps({"detail": words}).encode()
        if not self._started:
            kind = b"text/plain; charset=utf-8" if self._plain else b"application/json"
            return await self.whole(status, b"" if self._method == "HEAD" else body, kind)
        self._ended = True
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})


def _words(body: bytes) -> str | None:
    """Return the sentence in the body of an error, if there is one."""
    try:
        said: Any = json.loads(body)
    except ValueError:
        said = body.decode(errors="replace")
    said = said.get("detail") or said.get("error") if isinstance(said, dict) else said
    sound = isinstance(said, str) and 20 <= len(said) <= LONGEST and " " in said and "Error" not in said
    return said if sound else None


def _timely(receive: Receive) -> Receive:
    """Wait for the parts of a request, but not for ever: who sends a byte a minute would hold a connection for days."""
    until, whole = time.monotonic() + MAX_SENDING, False

    async def next_message() -> Message:
        nonlocal whole
        if whole:  # what comes now is that the connection is closed, however late
            return await receive()
        try:
            with anyio.fail_after(min(MAX_PAUSE, max(0.0, until - time.monotonic()))):
                message = await receive()
        except TimeoutError:
            raise Refused(408, "The rest of that request did not come in time.") from None
        whole = not message.get("more_body")
        return message

    return next_message


async def _parts(receive: Receive) -> Any:
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refused(400, "The connection was closed.")
        yield message.get("body", b"")
        if not message.get("more_body"):
            return


def _again(body: bytes, receive: Receive) -> Receive:
    """Hand a body that was read already to whoever asks first."""
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def next_message() -> Message:
        return waiting.pop() if waiting else await receive()

    return next_message


def _metered(receive: Receive) -> Receive:
    """Make room in the cache for an upload while it comes in."""
    owed, files, begun = 0, 0, False

    async def next_message() -> Message:
        nonlocal owed, files, begun
        message = await receive()
        part = message.get("body", b"")
        owed, files = owed + len(part), files + part.count(b"filename=")
        if owed and (not begun or owed >= _CHUNK or files > 100 or not message.get("more_body")):
            await anyio.to_thread.run_sync(CACHE.make_room, owed, files)
            owed, files, begun = 0, 0, True
        return message

    return next_message


def _header(scope: Message, name: bytes) -> str:
    return next((value for key, value in scope["headers"] if key == name), b"").decode("latin-1")


async def _known(host: str, server: str, shared: str | None) -> bool:
    """Tell whether the studio may be asked for by this name.

    A page elsewhere can let its own name point to this machine, and so have its readers' browsers ask us for what is on
    their own network. What it cannot do is to let a browser ask for a name of ours, or for a bare address.
    """
    name = re.sub(r":\d*$", "", host.strip()).strip("[]").rstrip(".").lower()
    if os.environ.get("SPACE_ID"):  # behind Hugging Face's own door, where names are checked
        return True
    try:
        ipaddress.ip_address(name.partition("%")[0])
        return True
    except ValueError:
        pass
    allowed = [one.strip().lower() for one in os.environ.get("GENIMG_HOSTS", "").split(",") if one.strip()]
    if name == "localhost" or name.endswith(".localhost") or name == server.lower() or "*" in allowed:
        return True
    if shared and name == urlsplit(shared).hostname:
        return True
    if any(name == one or (one.startswith("*.") and name.endswith(one[1:])) for one in allowed):
        return True
    if server in ("", "localhost") or server.startswith("127."):
        return False
    return name in await anyio.to_thread.run_sync(_own_names)


@lru_cache
def _own_names() -> frozenset[str]:
    name = socket.gethostname().lower()
    return frozenset({name, f"{name}.local", socket.getfqdn().lower()})
