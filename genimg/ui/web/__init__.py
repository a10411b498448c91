"""The page's own scripts and styles, as they are sent to the browser."""

from pathlib import Path

_HERE = Path(__file__).parent


def read(name: str) -> str:
    """Return one of the files that lie here."""
    return (_HERE / name).read_text(encoding="utf-8")


# Each needs those before it.
SCRIPTS = (
    "dom.js",
    "address.js",
    "frame.js",
    "tabs.js",
    "zip.js",
    "made.js",
    "history.js",
    "resting.js",
    "menus.js",
    "live.js",
    "control.js",
    "panel.js",
    "wishes.js",
    "canvas.js",
    "draw.js",
    "painting.js",
    "cropping.js",
    "automata.js",
    "sending.js",
    "recalling.js",
    "presets.js",
)
STYLES = ("studio.css", "panel.css", "canvas.css", "history.css")


def head() -> str:
    """Return what every page begins with: the scripts that its components rely on."""
    return "".join(f"<script>{read(name)}</script>" for name in SCRIPTS)


def styles() -> str:
    """Return the styles of the whole page."""
    return "".join(read(name) for name in STYLES)
