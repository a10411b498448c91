"""What we use of Gradio beyond its public interface, in one place that notices when an update has changed it.

Everything here was read in Gradio 6.31. `check` runs when the module is imported.
"""

import contextlib
import inspect
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
from gradio import component_meta, processing_utils, queueing, state_holder
from gradio.events import EventData
from gradio.i18n import I18nData
from gradio.utils import get_upload_folder, is_in_or_equal
from PIL import Image

from genimg.checkpoints import replace_file
from genimg.core import recipes
from genimg.core.errors import UserError
from genimg.core.images import FORMATS, encode
from genimg.ui.shell.cache import Cache

API = "/gradio_api"  # where Gradio answers all but the page itself

# Methods of Blocks that `genimg.ui.shell.safety` overrides, with the arguments that it reads.
_OVERRIDDEN = {
    "process_api": {"block_fn", "inputs", "event_data"},
    "preprocess_data": {"block_fn", "inputs"},
    "call_function": {"block_fn", "iterator", "requests", "event_id", "event_data"},
}


def check() -> None:
    """Make sure that Gradio still has what is used here.

    Raises:
        RuntimeError: naming what has gone.
    """
    for name, wanted in _OVERRIDDEN.items():
        there = inspect.signature(getattr(gr.Blocks, name, check)).parameters
        if missing := wanted - set(there):
            raise RuntimeError(f"Gradio {gr.__version__} has changed Blocks.{name}, which lacks {sorted(missing)} now")
    for holder, name in ((processing_utils, "save_pil_to_cache"), (component_meta, "create_or_modify_pyi")):
        if not hasattr(holder, name):
            raise RuntimeError(f"Gradio {gr.__version__} has no {holder.__name__}.{name} any more")
    for name, waits in (
        ("start_processing", "sleep_when_free"),
        ("start_progress_updates", "progress_update_sleep_when_free"),
    ):
        if f"asyncio.sleep(self.{waits})" not in inspect.getsource(getattr(queueing.Queue, name, check)):
            raise RuntimeError(f"Gradio {gr.__version__} has another way to wait in Queue.{name} now")
    sent = inspect.getsource(getattr(queueing.Queue, "send_message", check))
    if "self.pending_messages_per_session[event.session_hash]" not in sent:
        raise RuntimeError(f"Gradio {gr.__version__} has another way to send messages in Queue.send_message now")
    begun = inspect.getsource(state_holder.SessionState.__init__)
    if "blocks.default_config" not in begun or "if k in blocks.blocks" not in begun:
        raise RuntimeError(f"Gradio {gr.__version__} begins its sessions in another way now")


check()
# Gradio writes a .pyi file beside the source of every subclass of a component; a package wants none.
component_meta.create_or_modify_pyi = lambda *_: None  # type: ignore[assignment]


_whole_session = state_holder.SessionState.__init__


def _light_session(self: Any, blocks: Any) -> None:
    """Begin a session without a copy of every component's configuration.

    Gradio keeps such copies for its deep links, which we do not offer, and makes one where a component changes. With
    all of them a new visitor kept the event loop, and so everybody else, for 0.2 s.
    """
    stand_in: Any = SimpleNamespace(default_config=blocks.default_config, blocks=())
    _whole_session(self, stand_in)


state_holder.SessionState.__init__ = _light_session  # type: ignore[method-assign, assignment]


def upload_folder() -> Path:
    """Return the folder in which Gradio keeps uploads and results."""
    return Path(get_upload_folder())


def uploaded(path: object, what: str = "file") -> Path:
    """Return a path that a request named as a `Path`, if it lies among the uploads and is still there.

    Gradio checks this only for payloads that carry its "meta" mark, which a raw client may leave out.

    Raises:
        UserError: for every other path.
    """
    if not isinstance(path, str) or "\0" in path or not is_in_or_equal(path, get_upload_folder()):
        raise UserError(f"Send the {what} itself; a path on this server is not opened.")
    if not Path(path).is_file():
        raise UserError(f"That {what} is not on the server any more; choose it again.")
    CACHE.touch(Path(path))
    return Path(path)


CACHE = Cache(upload_folder)
_SEEN = 80  # quality of what is only looked at: Pillow's own for WebP


def _keep_picture(image: Image.Image, cache_dir: str, name: str = "image", format: str = "webp") -> str:
    """Write a picture into the cache, where its file is named after its content, and return the path.

    Gradio writes in place: of thirty people who open the page, each would empty the file of the one picture that all of
    them see, while others are fetching it. A picture that was made here says so in this file too.
    """
    kind = format.upper()
    if kind in FORMATS and recipes.of(image):
        content = encode(image, kind, quality=_SEEN)
    else:
        content = processing_utils.encode_pil_to_bytes(image, format)
    CACHE.make_room(len(content))
    path = Path(cache_dir).resolve() / processing_utils.hash_bytes(content) / f"{name}.{format}"
    path.parent.mkdir(exist_ok=True, parents=True)
    with contextlib.suppress(PermissionError):  # on Windows: the file is there, whole, and somebody reads it
        replace_file(path, content)
    return str(path)


processing_utils.save_pil_to_cache = _keep_picture


def english(label: Any) -> str:
    """Return a component's label as a sentence can use it."""
    return str(label.key if isinstance(label, I18nData) else label or "A value")


def picked(blocks: Any, fn: Any, data: EventData | None) -> EventData:
    """Return what was picked or pressed, checked, and with nothing else that a request may have added.

    Args:
        blocks: the page.
        fn: the event.
        data: as it came.

    Raises:
        UserError: for anything but a place in a gallery, a point of a picture, or one of the event's own buttons.
    """
    target = getattr(data, "target", None)
    own = [blocks.blocks.get(i) for i, _ in fn.targets]
    if all(isinstance(one, gr.Button) for one in own):
        # A session that has changed a button has another object for it, with the same element id.
        for one in own:
            if target is one or (target is not None and one.elem_id and one.elem_id == target.elem_id):
                return EventData(one, {})
        raise UserError("That request does not say which button was pressed; press one in the page.")
    index = data._data.get("index") if data is not None and isinstance(data._data, dict) else None
    places = index if isinstance(index, list) else [index]
    wanted = 2 if any(isinstance(blocks.blocks.get(i), gr.Image) for i, _ in fn.targets) else 1
    sound = all(isinstance(place, int) and not isinstance(place, bool) and 0 <= place < 10**6 for place in places)
    if not sound or len(places) != wanted or isinstance(index, list) != (wanted == 2):
        raise UserError("That request does not say which picture was picked; pick one in the page.")
    return EventData(target, {"index": index, "value": None, "selected": True})


def enqueued(blocks: Any, event_id: str | None) -> float | None:
    """Return when an event joined the queue, by the monotonic clock; None for one that did not."""
    event = blocks._queue.event_ids_to_events.get(event_id) if event_id else None
    return event.enqueue_time if event else None


def steady(blocks: Any) -> None:
    """Keep the queue calm, and alive whoever leaves it.

    It looks for work a hundred times per second, not a thousand: an idle server spent a tenth of a core on looking, and
    one with visitors the same, of the loop that serves them all.

    A message for a session that is not there any more is dropped. In Gradio's own loop it was an error that ended the
    loop, and with it the studio for everybody.
    """
    queue = blocks._queue
    queue.sleep_when_free = 0.01
    queue.progress_update_sleep_when_free = 0.1
    send = queue.send_message

    def send_message(event: Any, message: Any) -> None:
        if event.session_hash in queue.pending_messages_per_session:
            send(event, message)

    queue.send_message = send_message


def unread(blocks: Any, session: str) -> int:
    """Return how many messages of a session wait to be read."""
    waiting = blocks._queue.pending_messages_per_session.get(session)
    return waiting.qsize() if waiting is not None else 0


def sets_something(value: Any) -> bool:
    """Tell whether what a handler returned for a component changes it at all."""
    return not (isinstance(value, dict) and value.get("__type__") == "update" and len(value) == 1)
