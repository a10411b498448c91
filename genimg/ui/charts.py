"""Small charts as SVG text: drawn once on the server for all who watch, in the colours of the page, light or dark.

Gradio's own plots bring a charting library that draws in each browser anew; several times a second that is too slow.
"""

import html
import math
from collections.abc import Mapping, Sequence

WIDTH, HEIGHT = 320, 150
LEFT, TOP, BOTTOM = 40, 22, 18  # margins, for the numbers at the axes and the names
COLORS = ("var(--primary-500)", "#e08e45", "#8a6fd1", "#5b8def")


def lines(rows: Sequence[Mapping[str, float]], names: Sequence[str], *, along: str = "step", log: bool = False) -> str:
    """Draw named numbers as curves.

    Args:
        rows: the points; one may lack some of the names.
        names: at most four of the numbers.
        along: the number on the horizontal axis; its name stands at the axis.
        log: on a logarithmic scale; what is not above 0 counts as the least that is.
    """
    values = [row[n] for row in rows for n in names if n in row and math.isfinite(row[n])]
    if log:
        least = min((value for value in values if value > 0), default=1.0)
        values = [math.log(max(value, least)) for value in values]
    if not values:
        return ""
    low, high = _bounds(values)

    def up(value: float) -> float:
        return _up(((math.log(max(value, least)) if log else value) - low) / (high - low))

    first, last = rows[0][along], max(rows[-1][along], rows[0][along] + 1)
    curves = []
    for name, color in zip(names, COLORS, strict=False):
        points = " ".join(
            f"{_across((row[along] - first) / (last - first)):.1f},{up(row[name]):.1f}"
            for row in rows
            if name in row and math.isfinite(row[name])
        )
        curves.append(f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="1.5"/>')
    spoken = ", ".join(f"{name} {rows[-1][name]:.3g}" for name in names if name in rows[-1])
    ends = (math.exp(low), math.exp(high)) if log else (low, high)
    return _svg("".join(curves), names, ends, (first, last), spoken, along)


def histograms(counts: Mapping[str, Sequence[int]], low: float, high: float) -> str:
    """Draw histograms over the same bins, one in front of the other.

    Args:
        counts: by name, for bins of equal width.
        low: where the first bin begins.
        high: where the last one ends.
    """
    most = max((max(bins) for bins in counts.values()), default=0)
    if not most:
        return ""
    bars = []
    for bins, color in zip(counts.values(), COLORS, strict=False):
        width = (WIDTH - LEFT) / len(bins)
        for i, count in enumerate(bins):
            top = _up(count / most)
            if count:
                size = f'width="{width:.1f}" height="{HEIGHT - BOTTOM - top:.1f}"'
                bars.append(
                    f'<rect x="{LEFT + i * width:.1f}" y="{top:.1f}" {size} fill="{color}" fill-opacity="0.6"/>'
                )
    spoken = ", ".join(f"{name} around {_mean(bins, low, high):.2g}" for name, bins in counts.items())
    return _svg("".join(bars), list(counts), (0, most), (low, high), spoken)


def _svg(
    inside: str,
    names: Sequence[str],
    vertical: tuple[float, float],
    across: tuple[float, float],
    spoken: str,
    along: str = "",
) -> str:
    legend, x = [], float(LEFT)
    for name, color in zip(names, COLORS, strict=False):
        legend.append(f'<text x="{x:.0f}" y="12" fill="{color}">{html.escape(name)}</text>')
        x += 6.2 * len(name) + 14
    floor = HEIGHT - BOTTOM
    ticks = (
        f'<text x="{LEFT - 4}" y="{TOP + 8}" text-anchor="end">{_short(vertical[1])}</text>'
        f'<text x="{LEFT - 4}" y="{floor}" text-anchor="end">{_short(vertical[0])}</text>'
        f'<text x="{LEFT}" y="{HEIGHT - 4}">{_short(across[0])}</text>'
        f'<text x="{WIDTH}" y="{HEIGHT - 4}" text-anchor="end">{_short(across[1])}</text>'
        f'<text x="{(LEFT + WIDTH) / 2:.0f}" y="{HEIGHT - 4}" text-anchor="middle">{html.escape(along)}</text>'
        f'<path d="M{LEFT} {TOP}V{floor}H{WIDTH}" fill="none" stroke="currentColor" stroke-opacity="0.25"/>'
    )
    return (
        f'<svg class="gi-chart" fill="currentColor" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{html.escape(spoken)}">'
        f"{ticks}{inside}{''.join(legend)}</svg>"
    )


def _bounds(values: Sequence[float]) -> tuple[float, float]:
    """Return where the axis begins and ends; a few wild points do not flatten all others."""
    ordered = sorted(values)
    low, high = ordered[0], ordered[-1]
    usual = ordered[int(0.98 * (len(ordered) - 1))]
    high = min(high, usual + 0.5 * (usual - low)) if usual > low else high
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _across(part: float) -> float:
    return LEFT + part * (WIDTH - LEFT)


def _up(part: float) -> float:
    return HEIGHT - BOTTOM - min(max(part, 0.0), 1.0) * (HEIGHT - BOTTOM - TOP)


def _mean(bins: Sequence[int], low: float, high: float) -> float:
    width = (high - low) / len(bins)
    return sum(count * (low + (i + 0.5) * width) for i, count in enumerate(bins)) / max(1, sum(bins))


def _short(value: float) -> str:
    return f"{value / 1000:.3g}k" if abs(value) >= 10_000 else f"{value:.3g}"
