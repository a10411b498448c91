"""The page as it is first sent: the same for everybody, so it is made once, and compressed once."""

import asyncio
import gzip
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, MutableMapping
from typing import Any

import anyio.to_thread

Message = MutableMapping[str, Any]
App = Callable[[Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]]

_KEPT = 8  # a page knows the name that it was asked for by; few are usual


class Front:
    """Answers for the page itself; Gradio takes a tenth of a second to write it anew for every visitor.

    Args:
        blocks: the page.
    """

    def __init__(self, blocks: Any) -> None:
        self.blocks = blocks
        self._pages: OrderedDict[Hashable, list[Message]] = OrderedDict()
        self._making = asyncio.Lock()

    def answers(self, scope: Message, path: str) -> bool:
        """Tell whether a request is for the page as everybody sees it."""
        secret = getattr(self.blocks, "auth", None) is not None or getattr(self.blocks, "auth_dependency", None)
        return scope["method"] == "GET" and path == "/" and not secret and b"deep_link" not in scope["query_string"]

    async def answer(self, scope: Message, app: App, send: Callable[[Message], Awaitable[None]]) -> None:
        """Send the page, made by `app` if nobody has asked for it by this name before."""
        names = {b"host", b"x-forwarded-host", b"x-forwarded-proto", b"x-forwarded-port", b"x-direct-url"}
        told = {key: value for key, value in scope["headers"] if key in names}
        packed = b"gzip" in dict(scope["headers"]).get(b"accept-encoding", b"")
        config = id(getattr(self.blocks, "config", None))
        key = (config, scope.get("root_path"), scope["scheme"], packed, *sorted(told.items()))
        async with self._making:
            page = self._pages.get(key) or await self._made(scope, app, packed)
            if page[0]["status"] == 200:
                self._pages[key] = page
                self._pages.move_to_end(key)
                while len(self._pages) > _KEPT:
                    self._pages.popitem(last=False)
        for message in page:
            await send(message)

    async def _made(self, scope: Message, app: App, packed: bool) -> list[Message]:
        messages: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def keep(message: Message) -> None:
            messages.append(message)

        await app(scope, receive, keep)
        start, body = messages[0], b"".join(one.get("body", b"") for one in messages[1:])
        headers: list[tuple[bytes, bytes]] = [one for one in start["headers"] if one[0] != b"content-length"]
        if packed and not any(key == b"content-encoding" for key, _ in headers):
            body = await anyio.to_thread.run_sync(gzip.compress, body, 6)
            headers += [(b"content-encoding", b"gzip"), (b"vary", b"accept-encoding")]
        headers.append((b"content-length", str(len(body)).encode()))
        return [{**start, "headers": headers}, {"type": "http.response.body", "body": body}]
