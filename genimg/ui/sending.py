"""Send to: any picture on the page goes to any tab that takes one, with one click.

The page's script (``web/sending.js``) fetches the picture that is seen and hands it to the other tab's upload as if a
person had chosen the file there, so it passes through the same safe door and fires the same events. Where a tab has a
download of its own, that file is taken, which is the picture at full size without loss; from elsewhere it is the
picture as shown.
"""

from collections.abc import Iterator, Sequence
from types import ModuleType

from gradio.i18n import I18nData


def targets(tabs: Sequence[tuple[str, ModuleType]]) -> list[tuple[str, str, I18nData | None]]:
    """Return what takes a picture: the tab's key, the upload's elem_id, and its name where a tab has several.

    Args:
        tabs: keys and modules; those with ``TAKES``, the elem_id of their upload, or several of them, each but the
            first with its name.
    """
    return [(key, upload, name) for key, tab in tabs for upload, name in _takes(tab)]


def _takes(tab: ModuleType) -> Iterator[tuple[str, I18nData | None]]:
    takes = getattr(tab, "TAKES", [])
    for one in [takes] if isinstance(takes, str) else takes:
        yield (one, None) if isinstance(one, str) else one
