"""The safe door for pictures: a component to show or to send one."""

import base64
import binascii
import logging
import re
from functools import wraps
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.data_classes import ImageData
from PIL import Image

from genimg.core.decoding import open_image
from genimg.core.errors import UserError
from genimg.core.recipes import NAME
from genimg.ui.shell.gradio_internals import uploaded
from genimg.ui.shell.safety import error

log = logging.getLogger(__name__)

MAX_BYTES = 10_000_000  # of a picture inside a request, as text; a file of its own may be larger


class SafeImage(gr.Image):
    """A picture to show or to send; what a stranger sends arrives as upright 8-bit RGB PIL, or None.

    Only files that were uploaded here and ``data:`` addresses are opened: no other path, no other address. What
    cannot be used is refused with a sentence (see `genimg.core.images.open_image`).

    Args:
        value: as for `gr.Image`.
        alpha: keep the alpha of what is see-through anywhere, which then arrives as RGBA.
        options: likewise.
    """

    @wraps(gr.Image.__init__)  # type: ignore[misc]  # the browser is told of those options that the signature names
    def __init__(self, value: Any = None, *, alpha: bool = False, **options: Any):
        self.alpha = alpha
        # image_mode=None: Gradio would cut alpha instead of compositing it, and clip 16 bits to white.
        defaults = {"sources": ["upload", "clipboard"], "buttons": ["download", "fullscreen"]}
        super().__init__(value=value, **(defaults | options | {"image_mode": None, "type": "pil"}))

    def get_block_name(self) -> str:
        """Return the name of the browser's component: Gradio's own picture."""
        return "image"

    def preprocess(self, payload: ImageData | None) -> Image.Image | None:
        """Turn what the browser or a client sent into an RGB picture.

        Raises:
            gr.Error: with a sentence, for what cannot or must not be opened.
        """
        if payload is None or not (payload.path or payload.url):
            return None
        try:
            picture = open_image(_source(payload), alpha=self.alpha, tell=log.debug)
        except UserError as problem:
            raise error(str(problem)) from None
        picture.info[NAME] = _called(payload.orig_name)
        return picture

    async def async_move_resource_to_block_cache(self, url_or_file_path: str | Path | None) -> str | None:
        """Keep a file in the cache, as Gradio does, but fetch nothing: an address is refused."""
        if str(url_or_file_path).lower().startswith(("http:", "https:")):
            raise error("Send the picture itself; addresses are not fetched.")
        return await super().async_move_resource_to_block_cache(url_or_file_path)


def _called(name: object) -> str:
    """Return what a file's name says of the picture in it: nothing, for names that cameras and this page give."""
    stem = "".join(re.findall(r"[\w. -]+", Path(name).stem))[:60].strip(". ") if isinstance(name, str) else ""
    return "" if stem.lower() in ("image", "picture", "blob", "download", "untitled") else stem


def _source(payload: ImageData) -> Path | bytes:
    if payload.path:
        return uploaded(payload.path, "picture")
    head, _, body = (payload.url or "").partition(",")
    if not head.startswith("data:") or not head.endswith(";base64"):
        raise UserError("Send the picture itself; addresses are not fetched.")
    if len(body) > MAX_BYTES * 4 // 3:
        raise UserError(f"That picture is larger than {MAX_BYTES // 1_000_000} MB.")
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        raise UserError("That picture is damaged and cannot be read; save it again and retry.") from None
