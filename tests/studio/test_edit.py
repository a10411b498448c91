import io
import math

import numpy as np
import pytest
from PIL import Image, ImageDraw

from genimg.core.decoding import open_image
from genimg.core.errors import UserError
from genimg.studio import edit as studio
from genimg.studio.history import History


@pytest.fixture
def photo():
    values = np.random.default_rng(3).integers(0, 256, (9, 12, 3), dtype=np.uint8)
    return Image.fromarray(values).resize((200, 150), Image.Resampling.BICUBIC)


BAD = [
    (None, "list"),
    ("[]", "list"),
    ({"op": "hue"}, "list"),
    ([3], "object"),
    ([{}], "object"),
    ([{"op": "explode"}], "one of crop"),
    ([{"op": None}], "one of crop"),
    ([{"op": ["hue"]}], "one of crop"),
    ([{"op": "hue", "speed": 3}], "takes degrees"),
    ([{"op": "grayscale", "factor": 1}], "takes nothing"),
    ([{"op": "flip"}], "axis .* is missing"),
    ([{"op": "flip", "axis": "both"}], "one of horizontal, vertical"),
    ([{"op": "rotate", "fill": "red"}], "colour such as"),
    ([{"op": "rotate", "fill": 3}], "colour such as"),
    ([{"op": "crop", "left": 0, "top": 0, "width": 201, "height": 5}], "200 x 150"),
    ([{"op": "crop", "left": 1.5, "top": 0, "width": 20, "height": 5}], "whole number"),
    ([{"op": "resize", "width": 8000, "height": 8000}], "million"),
    ([{"op": "resize", "width": 0, "height": 5}], "whole number from 1"),
    ([{"op": "grayscale"}] * 51, "At most 50"),
    ([{"op": "resize", "width": 4000, "height": 4000}] * 50, "too much work"),
]
VALUES = [math.nan, math.inf, -math.inf, None, True, [1], {"a": 1}, "1", 10**400, -1, 1e9]


@pytest.mark.parametrize(("operations", "sentence"), BAD)
@pytest.mark.parametrize("run", [studio.edit, studio.preview])
def test_bad_lists_are_refused_with_a_sentence(photo, run, operations, sentence):
    with pytest.raises(UserError, match=sentence):
        run(photo, operations)


@pytest.mark.parametrize("value", VALUES, ids=repr)
@pytest.mark.parametrize(("op", "key"), [("brightness", "factor"), ("blur", "radius"), ("gamma", "value")])
def test_bad_numbers_are_refused_by_name(photo, op, key, value):
    with pytest.raises(UserError, match=f"{key} of operation 1 \\({op}\\)"):
        studio.edit(photo, [{"op": op, key: value}])


@pytest.mark.parametrize("image", [None, "/etc/passwd", 3, b"x"])
def test_something_that_is_no_picture_is_refused(image):
    with pytest.raises(UserError, match="picture"):
        studio.edit(image, [])


def test_an_empty_list_changes_nothing(photo):
    assert np.array_equal(studio.edit(photo, []), photo)


def test_operations_run_in_order(photo):
    crop = {"op": "crop", "left": 10, "top": 20, "width": 100, "height": 50}
    turn = {"op": "rotate", "angle": 90}
    assert studio.edit(photo, [crop, turn]).size == (50, 100)
    first = np.asarray(studio.edit(photo, [crop]))
    assert np.array_equal(first, np.asarray(photo)[20:70, 10:110])
    with pytest.raises(UserError, match="150 x 200"):
        studio.edit(photo, [turn, crop | {"left": 60}])


def test_sizes_are_known_beforehand(photo):
    operations = [
        {"op": "rotate", "angle": 17, "fit": "crop"},
        {"op": "resize", "width": 321, "height": 123},
        {"op": "rotate", "angle": 33},
        {"op": "rotate", "angle": 12, "fit": "keep"},
        {"op": "flip", "axis": "vertical"},
        {"op": "blur", "radius": 2},
    ]
    for count in range(len(operations) + 1):
        assert studio.sizes(photo.size, operations[:count])[-1] == studio.edit(photo, operations[:count]).size


@pytest.mark.parametrize(
    "operations",
    [
        [{"op": "crop", "left": 31, "top": 11, "width": 107, "height": 93}],
        [{"op": "rotate", "angle": 13, "fit": "crop"}, {"op": "hue", "degrees": 40}],
        [{"op": "blur", "radius": 6}, {"op": "flip", "axis": "horizontal"}],
        [{"op": "resize", "width": 150, "height": 150}, {"op": "contrast", "factor": 1.4}],
        [{"op": "resize", "width": 500, "height": 200}, {"op": "sharpen", "amount": 1, "radius": 4}],
        [{"op": "gamma", "value": 1.7}, {"op": "balance", "red": 1.2, "blue": 0.8}, {"op": "auto_contrast"}],
    ],
)
def test_a_preview_looks_like_the_result(photo, operations):
    full, small = studio.edit(photo, operations), studio.preview(photo, operations, longest=100)
    assert max(small.size) <= 101 and small.width / small.height == pytest.approx(full.width / full.height, rel=0.03)
    reference = full.resize(small.size, Image.Resampling.BICUBIC)
    assert np.abs(np.asarray(small, float) - np.asarray(reference, float)).mean() < 6  # of 255


def test_a_preview_of_a_crop_is_sharp(photo):
    operations = [{"op": "crop", "left": 20, "top": 20, "width": 50, "height": 50}]
    assert np.array_equal(studio.preview(photo, operations, longest=50), studio.edit(photo, operations))


def test_save_gives_the_format_that_was_asked_for(photo):
    for format, ending in (("PNG", "png"), ("JPEG", "jpg"), ("WEBP", "webp")):
        content, suffix = studio.save(photo, format, 80)
        with Image.open(io.BytesIO(content)) as again:
            assert (again.format, again.size, suffix) == (format, photo.size, ending)
    assert len(studio.save(photo, "JPEG", 10)[0]) < len(studio.save(photo, "JPEG", 95)[0])


@pytest.fixture
def logo():
    """A red disc in the middle of nothing."""
    picture = Image.new("RGBA", (120, 80), (0, 0, 255, 0))
    ImageDraw.Draw(picture).ellipse((30, 10, 90, 70), fill=(255, 0, 0, 255))
    return picture


def test_what_is_see_through_stays_so_through_the_whole_list(logo):
    operations = [
        {"op": "crop", "left": 10, "top": 0, "width": 100, "height": 80},
        {"op": "rotate", "angle": 17},
        {"op": "flip", "axis": "horizontal"},
        {"op": "resize", "width": 200, "height": 160},
        {"op": "hue", "degrees": 120},
        {"op": "contrast", "factor": 1.2},
        {"op": "sharpen", "amount": 1},
    ]
    for run in (studio.edit, studio.preview):
        for count in range(len(operations) + 1):
            made = run(logo, operations[:count])
            middle = made.getpixel((made.width // 2, made.height // 2))
            assert made.mode == "RGBA" and made.getpixel((1, 1))[3] == 0 and middle[3] == 255
            assert middle[:3] == ((255, 0, 0) if count < 5 else (0, 255, 0))
            # No blue comes from under the edges.
            assert (
                max(made.getpixel((x, y))[2] for x in range(made.width) for y in (40,) if made.getpixel((x, y))[3]) < 9
            )


def test_a_see_through_picture_is_saved_as_it_is_and_jpeg_says_that_it_is_not(logo):
    for format in ("PNG", "WEBP"):
        assert studio.laid_on_white(logo, format) == ""
        with Image.open(io.BytesIO(studio.save(logo, format)[0])) as again:
            assert again.mode == "RGBA" and again.getpixel((2, 2))[3] == 0
    assert "laid on white" in studio.laid_on_white(logo, "JPEG") and not studio.laid_on_white(
        logo.convert("RGB"), "JPEG"
    )
    with Image.open(io.BytesIO(studio.save(logo, "JPEG")[0])) as again:
        assert min(again.getpixel((2, 2))) > 250


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP"])
def test_date_camera_and_copyright_come_along_if_wanted(photo, format):
    exif = Image.Exif()
    exif.update({0x0110: "Camera 5", 0x0112: 6})
    exif.get_ifd(0x8825).update({1: "N", 2: (48.0, 30.0, 0.0)})
    buffer = io.BytesIO()
    photo.save(buffer, "JPEG", exif=exif)
    made = studio.edit(open_image(buffer.getvalue()), [{"op": "flip", "axis": "vertical"}])
    assert made.size == (150, 200)
    kept = Image.open(io.BytesIO(studio.save(made, format)[0])).getexif()
    assert kept[0x0110] == "Camera 5" and 0x0112 not in kept and not kept.get_ifd(0x8825)
    assert not Image.open(io.BytesIO(studio.save(made, format, notes=False)[0])).getexif()
    with pytest.raises(UserError, match="notes"):
        studio.save(made, format, notes="no")


@pytest.mark.parametrize(
    ("format", "quality"), [("SVG", 90), (None, 90), ("PNG", 0), ("JPEG", 101), ("JPEG", math.nan)]
)
def test_save_refuses_other_formats_and_qualities(photo, format, quality):
    with pytest.raises(UserError):
        studio.save(photo, format, quality)


@pytest.mark.parametrize(
    ("start", "end", "ratio", "box"),
    [
        ((0.25, 0.2), (0.75, 0.6), None, (50, 30, 100, 60)),
        ((0.75, 0.6), (0.25, 0.2), None, (50, 30, 100, 60)),  # from the other corner
        ((0.5, 0.5), (2.0, -1.0), None, (100, 0, 100, 75)),  # held inside
        ((0.0, 0.0), (1.0, 0.1), 1.0, (0, 0, 150, 150)),  # the longer reach counts, as far as there is room
        ((1.0, 1.0), (0.5, 0.9), 2.0, (100, 100, 100, 50)),
        ((1.0, 1.0), (1.0, 1.0), None, (199, 149, 1, 1)),
    ],
)
def test_a_drawn_box(start, end, ratio, box):
    assert studio.fit_box((200, 150), start, end, ratio) == box


def test_a_drawn_box_of_nonsense_is_refused():
    with pytest.raises(UserError):
        studio.fit_box((200, 150), (math.nan, 0), (1, 1))


class TestHistory:
    def test_one_drag_is_one_step(self):
        history = History()
        for factor in (1.1, 1.2, 1.3):
            history = history.put("brightness", {"factor": factor})
        assert history.present == ({"op": "brightness", "factor": 1.3},)
        assert history.undo().present == ()
        assert history.undo().redo().present == history.present

    def test_an_operation_keeps_its_place(self):
        history = History().put("brightness", {"factor": 1.1}).put("hue", {"degrees": 5})
        history = history.put("brightness", {"factor": 2.0})
        assert [op["op"] for op in history.present] == ["brightness", "hue"]
        assert history.put("brightness", None).present == ({"op": "hue", "degrees": 5},)

    def test_a_turn_after_a_crop_is_a_new_turn(self):
        history = History().put("rotate", {"angle": 5}).add("crop", left=0, top=0, width=9, height=9)
        assert history.arguments("rotate") is None
        history = history.put("rotate", {"angle": 7})
        assert [op["op"] for op in history.present] == ["rotate", "crop", "rotate"]
        assert history.arguments("rotate")["angle"] == 7

    def test_undo_and_redo_at_their_ends_stay(self):
        assert History().undo() == History() == History().redo()

    def test_a_new_step_forgets_what_was_undone(self):
        history = History().add("grayscale").undo().add("auto_contrast")
        assert history.redo() == history

    def test_reset_can_be_undone(self):
        history = History().add("grayscale").reset()
        assert history.present == () and history.undo().present == ({"op": "grayscale"},)

    def test_the_list_is_bounded(self):
        history = History()
        with pytest.raises(UserError, match="At most 50"):
            for _ in range(51):
                history = history.add("flip", axis="vertical")
        assert len(history.present) == 50
