"""What the Compress tab compares: curves of PSNR over bits a pixel, as SVG, and a picture beside its rivals'."""

import base64
import html
import math
from collections.abc import Mapping, Sequence

from genimg.core.images import encode
from genimg.studio import compress as studio
from genimg.studio import rivals
from genimg.studio.rivals import Rival
from genimg.ui.charts import COLORS
from genimg.ui.locale import say

_WIDTH, _HEIGHT = 380, 230
_LEFT, _RIGHT, _TOP, _BOTTOM = 34, 12, 26, 34  # margins
_TICKS = (0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)

Points = Sequence[tuple[float, float]]  # (bits a pixel, decibels)


def rate_curve(curves: Mapping[str, Points], title: str, here: tuple[float, float] | None = None) -> str:
    """Draw up to four named curves and the point where one is now.

    Args:
        curves: by name, each with its points by size.
        title: of the chart, in words, for those who do not see it too.
        here: a point on the first curve.
    """
    every = [point for points in curves.values() for point in points]
    if not every:
        return ""
    low, high = math.floor(min(y for _, y in every) / 5) * 5, math.ceil(max(y for _, y in every) / 5) * 5
    left, right = math.log(min(x for x, _ in every)) - 0.1, math.log(max(x for x, _ in every)) + 0.1

    def place(point: tuple[float, float]) -> tuple[float, float]:
        x = _LEFT + (math.log(point[0]) - left) / (right - left) * (_WIDTH - _LEFT - _RIGHT)
        y = _TOP + (high - point[1]) / max(high - low, 1) * (_HEIGHT - _TOP - _BOTTOM)
        return round(x, 1), round(y, 1)

    parts, floor = [], _HEIGHT - _BOTTOM
    grid = 'stroke="currentColor" stroke-opacity="0.15"'
    for decibels in range(low, high + 1, 5):
        y = place((1, decibels))[1]
        parts.append(f'<path d="M{_LEFT} {y}H{_WIDTH - _RIGHT}" {grid}/>')
        parts.append(f'<text x="{_LEFT - 5}" y="{y + 3.5}" text-anchor="end">{decibels}</text>')
    for bits in _TICKS:
        if left <= math.log(bits) <= right:
            x = place((bits, low))[0]
            parts.append(f'<path d="M{x} {_TOP}V{floor}" {grid}/>')
            parts.append(f'<text x="{x}" y="{floor + 13}" text-anchor="middle">{bits:g}</text>')
    across = _LEFT
    for (name, points), color in zip(curves.items(), COLORS, strict=False):
        line = " ".join(f"{x},{y}" for x, y in map(place, points))
        dashes = ' stroke-dasharray="4 3"' if name.endswith("scan") else ""
        parts.append(f'<polyline points="{line}" fill="none" stroke="{color}" stroke-width="2"{dashes}/>')
        parts.append(f'<text x="{across}" y="13" fill="{color}" font-weight="600">{html.escape(name)}</text>')
        across += round(6.6 * len(name) + 16)
    if here is not None:
        x, y = place(here)
        parts.append(f'<circle cx="{x}" cy="{y}" r="4.5" fill="{COLORS[0]}"/>')
    parts.append(f'<text x="{_WIDTH - _RIGHT}" y="13" text-anchor="end">PSNR, dB</text>')
    parts.append(f'<text x="{_WIDTH - _RIGHT}" y="{_HEIGHT - 4}" text-anchor="end">{html.escape(title)}</text>')
    return (
        f'<svg class="gi-chart" style="max-width:620px;margin:0 auto" fill="currentColor" role="img" '
        f'viewBox="0 0 {_WIDTH} {_HEIGHT}" aria-label="{html.escape(title)}">{"".join(parts)}</svg>'
    )


def beside(made: studio.Compressed) -> str:
    """Return JPEG and WebP at the same size and at the same quality, as HTML."""
    size = len(made.file)
    formats = ("JPEG", "WebP")
    small = [rivals.same_size(made.original, name, size) for name in formats]
    good = [rivals.same_quality(made.original, name, made.psnr) for name in formats]
    cells = [
        _figure(one, say("at the same bytes"), say("its smallest, {:.0f} × as large", one.size / size)) for one in small
    ]
    cells += [_figure(one, say("at the same PSNR"), say("its best")) for one in good]
    grid = "display:grid;grid-template-columns:repeat(auto-fit,minmax(136px,1fr));gap:10px"
    return f'<div style="{grid}">{"".join(cells)}</div>'


def _figure(one: Rival, title: str, missed: str) -> str:
    source = "data:image/png;base64," + base64.b64encode(encode(one.picture)).decode()
    inside = "scan" if one.format == "JPEG" else "VP8 data"
    words = say("{} bytes ({} {})", one.size, one.payload, say(inside))
    words += f" · {one.bpp:.2f} bpp<br>PSNR {one.psnr:.1f} · SSIM {one.ssim:.3f}"
    alt = html.escape(say("{}, {}: {} bytes, PSNR {:.1f} dB", one.format, title, one.size, one.psnr))
    return (
        f'<figure style="margin:0"><img src="{source}" alt="{alt}" style="width:100%;border-radius:6px">'
        f'<figcaption style="font-size:.82rem;line-height:1.35"><b>{one.format}</b> {title}'
        f"{'' if one.met else f' (<em>{missed}</em>)'}<br>{words}</figcaption></figure>"
    )
