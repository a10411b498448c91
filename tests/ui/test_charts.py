"""Charts as SVG: every number lands where it belongs."""

import re
import xml.etree.ElementTree as tree

import pytest

from genimg.ui import charts


def points(svg):
    return [
        [tuple(map(float, point.split(","))) for point in line.split()] for line in re.findall(r'points="([^"]*)"', svg)
    ]


def test_curves_span_the_chart_and_rise_with_their_numbers():
    rows = [{"step": s, "loss/a": float(s), "loss/b": 100.0 - s} for s in range(1, 101)]
    svg = charts.lines(rows, ["loss/a", "loss/b"])
    tree.fromstring(svg)
    up, down = points(svg)
    assert up[0][0] == charts.LEFT and up[-1][0] == charts.WIDTH
    assert up[0][1] > up[-1][1] and down[0][1] < down[-1][1]  # SVG counts from the top
    assert "loss/a 100, loss/b 0" in svg  # what a screen reader says


def test_gaps_wild_points_and_what_is_no_number():
    rows = [{"step": s, "loss/a": 1.0 + s / 100} for s in range(100)] + [{"step": 100, "loss/a": 1e9}]
    rows += [{"step": 101, "loss/a": float("nan")}, {"step": 102}]
    (line,) = points(charts.lines(rows, ["loss/a"]))
    assert len(line) == 101
    heights = [y for _, y in line]
    assert max(heights[:100]) - min(heights[:100]) > 50  # one wild point has not flattened them
    assert min(heights) >= charts.TOP
    assert charts.lines([], ["a"]) == "" and charts.lines([{"step": 1}], ["a"]) == ""
    tree.fromstring(charts.lines([{"step": 5, "a": 3.0}], ["a"]))  # a single point


def test_histograms_have_a_bar_for_each_bin_that_holds_something():
    svg = charts.histograms({"real": [0, 4, 2], "fake": [3, 0, 0]}, -1.0, 2.0)
    bars = [dict(bar.attrib) for bar in tree.fromstring(svg).iter("rect")]
    assert len(bars) == 3
    assert float(bars[0]["height"]) == pytest.approx(2 * float(bars[1]["height"]), abs=0.2)
    assert float(bars[2]["x"]) == charts.LEFT
    assert "real around 0.83, fake around -0.5" in svg
    assert charts.histograms({"real": [0, 0]}, 0, 1) == ""


def test_names_are_escaped():
    assert "<script" not in charts.lines([{"step": 1, "<script>": 1.0}], ["<script>"])
