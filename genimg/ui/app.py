"""The page as a whole: the header, the tabs in order, and how it is served."""

import html
import os
from collections.abc import Callable
from types import ModuleType
from typing import Any

import gradio as gr
from starlette.middleware import Middleware

from genimg import checkpoints
from genimg.core.decoding import MAX_BYTES
from genimg.core.errors import UserError
from genimg.studio.cutout import prepare as prepare_matting
from genimg.ui import endpoints, web
from genimg.ui.controls import delivery, opening, refresh_menus
from genimg.ui.frame import frame, key
from genimg.ui.i18n import translations
from genimg.ui.shell.cache import quota
from genimg.ui.shell.door import Door
from genimg.ui.shell.gradio_internals import steady
from genimg.ui.shell.safety import SafeBlocks
from genimg.ui.tabs import (
    animate,
    art,
    compare,
    compress,
    cutout,
    draw,
    edit,
    enlarge,
    generate,
    grid,
    remix,
    repair,
    style,
    texture,
    train,
    vae,
)
from genimg.ui.theme import theme

# The tabs, in order and by groups. Each module has TITLE, TAKES if pictures can be sent to it, and build(demo, first),
# called inside its gr.Tab; `first` listens for the tab being opened the first time. A new tab is one word here.
GROUPS: list[tuple[str, list[ModuleType]]] = [
    ("Create", [generate, draw, art, texture]),
    ("Photo", [style, edit, cutout, repair, remix, enlarge]),
    ("Understand", [vae, animate, compare, grid, compress]),
    ("Train", [train]),
]
TABS = [tab for _, tabs in GROUPS for tab in tabs]


def wanted() -> list[tuple[str, list[ModuleType]]]:
    """Return the groups with those tabs that GENIMG_TABS names, such as "generate, style"; without it all.

    Raises:
        UserError: for a name that no tab has.
    """
    asked = {name.strip() for name in os.environ.get("GENIMG_TABS", "").split(",")} - {""}
    names = [key(tab) for tab in TABS]
    if unknown := sorted(asked - set(names)):
        raise UserError(f"GENIMG_TABS names {unknown[0]}, which is no tab; there are: {', '.join(names)}.")
    if not asked:
        return GROUPS
    chosen = [(name, [tab for tab in tabs if key(tab) in asked]) for name, tabs in GROUPS]
    return [(name, tabs) for name, tabs in chosen if tabs]


def build_app() -> gr.Blocks:
    """Return the page, ready for `launch`: all tabs, or those of `wanted`."""
    groups = wanted()
    tabs = [tab for _, them in groups for tab in them]
    # Uploads and results are deleted from the cache when they are an hour old; looked at every half hour.
    with SafeBlocks(title="genimg", analytics_enabled=False, delete_cache=(1800, 3600)) as demo:
        frame(groups)
        _warnings()
        delivery()
        endpoints.build()
        pages = []
        with gr.Tabs(elem_id="studio", overflow_behavior="wrap"):
            for tab in tabs:
                with gr.Tab(tab.TITLE, id=key(tab), elem_id=f"{key(tab)}-page") as page:
                    pages.append(page)
                    # The first tab is open from the start, and no event says so.
                    tab.build(demo, demo.load if tab is tabs[0] else opening())
        refresh_menus(demo.load, *(page.select for page in pages))
    # After every event Gradio would sum up all events so far for its monitoring page, which we do not offer: 13 to 22
    # ms on two cores, more than most pictures take.
    for name, value in (("CACHE_FREQUENCY", 10**9), ("MAX_EVENTS", 1)):
        os.environ.setdefault(f"GRADIO_ANALYTICS_{name}", str(value))
    # api_open=False: otherwise POST /run/<name> would go round the queue and its limits.
    demo.queue(api_open=False, max_size=64)
    steady(demo)
    return demo


def launch(build: Callable[[], gr.Blocks] = build_app, **options: Any) -> Any:
    """Build the page and serve it; address and port come from GRADIO_SERVER_NAME and GRADIO_SERVER_PORT.

    Args:
        build: makes the page.
        options: handed to Gradio's `launch` over ours, such as ``prevent_thread_lock=True``.

    Returns:
        What Gradio's `launch` returns: the server's app, the local address and the public one.
    """
    quota()  # what is wrong with it is said at once
    demo = build()
    prepare_matting()
    server = options.get("server_name") or os.environ.get("GRADIO_SERVER_NAME") or "127.0.0.1"
    door = Middleware(Door, blocks=demo, server=server)  # type: ignore[arg-type]
    ours: dict[str, Any] = {
        "theme": theme(),
        "css": web.styles(),
        "head": web.head(),
        "i18n": translations(),
        "footer_links": ["api", "settings"],
        "max_file_size": MAX_BYTES,
        "show_error": False,
        "ssr_mode": False,
        "enable_monitoring": False,
        "pwa": False,
        "allowed_paths": [],
        "app_kwargs": {"middleware": [door]},
        "state_session_capacity": 256,  # each may hold a full-size photo
    }
    return demo.launch(**(ours | options))


def _warnings() -> None:
    for bad in checkpoints.broken():
        text = f"The checkpoint {bad.name} is left out: {bad.problem}"
        gr.HTML(f'<div class="gi-warning" role="alert">{html.escape(text)}</div>', padding=False)
