import json
import math

import pytest
import torch
from torch.nn.functional import avg_pool2d

from genimg.core.errors import UserError
from genimg.studio import strokes

KINDS = ("keep", "remove", "box")


def stroke(*points, kind="keep", width=0.02):
    return {"kind": kind, "width": width, "points": [list(point) for point in points]}


def masked(drawn, kind, size):
    return strokes.mask(strokes.read(drawn, KINDS), kind, size)


def test_nothing_json_and_objects_read_alike():
    drawn = [stroke((0.1, 0.2), (0.3, 0.4)), {"kind": "remove", "points": [[1, 0]]}]
    assert strokes.read(None, KINDS) == strokes.read("", KINDS) == strokes.read([], KINDS) == []
    read = strokes.read(drawn, KINDS)
    assert read == strokes.read(json.dumps(drawn), KINDS)
    assert read[0] == strokes.Stroke("keep", ((0.1, 0.2), (0.3, 0.4)), 0.02)
    assert read[1] == strokes.Stroke("remove", ((1.0, 0.0),), 0.02)


def test_a_mask_is_the_brush_along_the_line():
    mask = masked([stroke((0.25, 0.5), (0.75, 0.5), width=0.1)], "keep", (400, 200))
    assert mask.shape == (1, 1, 200, 400) and set(mask.unique().tolist()) == {0, 1}
    y, x = torch.meshgrid(torch.arange(200) + 0.5, torch.arange(400) + 0.5, indexing="ij")
    away = torch.hypot(x - x.clamp(100, 300), y - 100)  # from the line, in pixels; the brush is 40 wide
    assert mask[0, 0][away < 18.5].all() and not mask[0, 0][away > 21.5].any()


def test_masks_at_two_sizes_agree():
    drawn = [stroke((0.2, 0.3), (0.7, 0.4), (0.5, 0.8), width=0.08), stroke((0.6, 0.6), kind="remove", width=0.1)]
    small, large = (masked(drawn, "keep", size) for size in ((120, 80), (480, 320)))
    assert (avg_pool2d(large, 4) - small).abs().mean() < 0.015 and small.mean() > 0.05


def test_later_strokes_cover_earlier_ones_of_another_kind():
    across, down = stroke((0.1, 0.5), (0.9, 0.5), width=0.1), stroke((0.5, 0.1), (0.5, 0.9), kind="remove", width=0.1)
    first, last = (masked(drawn, "keep", (100, 100)) for drawn in ([across, down], [down, across]))
    assert first[0, 0, 50, 50] == 0 and first[0, 0, 50, 20] == 1
    assert last[0, 0, 50, 50] == 1
    assert masked([across, down], "remove", (100, 100))[0, 0, 50, 50] == 1
    assert masked([down, across], "remove", (100, 100))[0, 0, 50, 50] == 0


def test_the_last_box_counts_and_is_cut_to_the_picture():
    boxes = [stroke((0, 0), (1, 1), kind="box"), stroke((0.9, 0.75), (0.5, 0.9), (0.25, -0.5), kind="box")]
    read = strokes.read(boxes, KINDS)
    assert strokes.box(read, (200, 100)) == (50, 0, 180, 75)  # dragged from any corner, between first and last point
    assert strokes.box(read[:1], (200, 100)) == (0, 0, 200, 100)
    assert strokes.box([], (200, 100)) is None
    assert strokes.box(strokes.read([stroke((0.5, 0.5), (0.5, 0.9), kind="box")], KINDS), (200, 100)) is None
    assert not masked(boxes, "keep", (20, 20)).any()  # a box is no paint


NESTED = [0.5]
for _ in range(50_000):
    NESTED = [NESTED]

MALFORMED = {
    "not JSON": "keep, please",
    "half of JSON": '[{"kind": "keep", "points": [[0.1',
    "a number": "7",
    "null": "null",
    "one stroke": json.dumps(stroke((0.1, 0.1))),
    "nested text": "[" * 100_000 + "]" * 100_000,
    "nested points": [{"kind": "keep", "points": [NESTED]}],
    "nested coordinate": [{"kind": "keep", "points": [[NESTED, 0.5]]}],
    "nested width": [stroke((0.1, 0.1), width=NESTED)],
    "nested kind": [stroke((0.1, 0.1), kind=NESTED)],
    "2 MB": json.dumps([stroke((0.123456, 0.123456))] * 25_000)[:2_000_000],
    "2 MB of blanks": " " * 2_000_000,
    "too many strokes": [stroke((0.1, 0.1))] * (strokes.MAX_STROKES + 1),
    "too many points": [stroke(*[(0.1, 0.1)] * 101)] * 200,
    "no points": [stroke()],
    "half a box": [stroke((0.1, 0.1), kind="box")],
    "wrong kind": [stroke((0.1, 0.1), kind="avoid")],
    "no kind": [{"points": [[0.1, 0.1]]}],
    "points missing": [{"kind": "keep"}],
    "points as text": [{"kind": "keep", "points": "0.1 0.2"}],
    "points as object": [{"kind": "keep", "points": {"0": [0.1, 0.1]}}],
    "flat points": [{"kind": "keep", "points": [0.1, 0.2]}],
    "three numbers": [stroke((0.1, 0.2, 0.3))],
    "left of the picture": [stroke((-1.01, 0.5))],
    "below the picture": [stroke((0.5, 2.01))],
    "no brush": [stroke((0.1, 0.1), width=0)],
    "huge brush": [stroke((0.1, 0.1), width=0.6)],
    "NaN in JSON": '[{"kind": "keep", "points": [[NaN, 0.5]]}]',
    "infinity in JSON": '[{"kind": "keep", "points": [[1e999, 0.5]]}]',
    "a long number": '[{"kind": "keep", "points": [[%s, 0.5]]}]' % ("9" * 5000),
    "an object": {"kind": "keep"},
    "a flag": True,
    "bytes": b"[]",
    "list of lists": [[0.1, 0.1]],
    "list of nothing": [None],
}


@pytest.mark.parametrize("bad", MALFORMED.values(), ids=MALFORMED.keys())
def test_what_is_malformed_is_a_sentence(bad):
    with pytest.raises(UserError) as caught:
        strokes.read(bad, KINDS)
    sentence = str(caught.value)
    assert sentence.endswith(".") and 20 < len(sentence) < 250


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, True, "0.5", None, [0.5], {}], ids=repr)
def test_what_is_no_number_is_a_sentence(bad):
    for drawn in ([stroke((bad, 0.5))], [stroke((0.5, bad))], [stroke((0.5, 0.5), width=bad)]):
        with pytest.raises(UserError, match="must be a number"):
            strokes.read(drawn, KINDS)


def test_points_may_leave_the_picture_a_little():
    mask = masked([stroke((-0.2, 0.5), (1.2, 0.5), width=0.1)], "keep", (60, 60))
    assert mask[0, 0, 30].all()
