"""The page's own scripts and styles, as they are sent to the browser."""

from pathlib import Path

_HERE = Path(__file__).parent


def read(name: str) -> str:
    """Return one of the files that lie here."""
    return (_HERE / name).read_text(encoding="utf-8")


SCRIPTS = ("address.js", "tabs.js", "live.js", "wishes.js", "canvas.js")  # each needs those before it


def head() -> str:
    """Return what every page begins with: the scripts that its components rely on."""
    return "".join(f"<script>{read(name)}</script>" for name in SCRIPTS)
