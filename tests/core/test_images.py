import io
import struct
import tracemalloc
import zlib

import numpy as np
import pytest
import torch
from PIL import Image

from genimg.core import images
from genimg.core.errors import UserError


def file_of(image, format="PNG", **options):
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


def png_claiming(width, height):
    """A PNG of a few hundred bytes whose header says it is `width` x `height`."""

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(100_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def colour_at(image, x=0, y=0):
    return image.getpixel((x, y))


@pytest.mark.parametrize("size", [(40_000, 40_000), (4000, 3001), (12_001, 1000)])
def test_a_bomb_is_refused_before_it_is_decoded(size):
    bomb = png_claiming(*size)
    assert len(bomb) < 1000
    tracemalloc.start()
    try:
        with pytest.raises(UserError, match="at most 12 million"):
            images.open_image(bomb)
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


def test_a_bomb_behind_a_claim_that_pillow_refuses_itself():
    with pytest.raises(UserError):
        images.open_image(png_claiming(200_000, 200_000))


def test_twelve_million_pixels_are_welcome():
    assert images.open_image(file_of(Image.new("RGB", (4000, 3000)), "JPEG")).size == (4000, 3000)


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "GIF", "TIFF"])
def test_a_truncated_file_is_refused(format):
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8))
    content = file_of(noise, format)
    with pytest.raises(UserError, match="damaged|not a picture"):
        images.open_image(content[: len(content) // 2])


@pytest.mark.parametrize(
    "content", [b"", b"hello, world", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.4", b"\x89PNG\r\n\x1a\n"]
)
def test_what_is_no_picture_is_refused(content):
    with pytest.raises(UserError, match="not a picture|damaged"):
        images.open_image(content)


def test_a_decoder_that_strangers_must_not_reach_is_not_reached():
    postscript = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\n"
    with pytest.raises(UserError, match="not a picture"):
        images.open_image(postscript)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(UserError, match=r"nowhere\.png"):
        images.open_image(tmp_path / "nowhere.png")


@pytest.mark.parametrize(
    ("orientation", "corner"),  # where the red top left pixel of the file belongs
    [(1, (0, 0)), (2, (2, 0)), (3, (2, 1)), (4, (0, 1)), (5, (0, 0)), (6, (1, 0)), (7, (1, 2)), (8, (0, 2))],
)
def test_exif_orientation_is_applied(orientation, corner):
    picture = Image.new("RGB", (3, 2), "blue")
    picture.putpixel((0, 0), (255, 0, 0))
    exif = Image.Exif()
    exif[0x0112] = orientation
    upright = images.open_image(file_of(picture, exif=exif))
    assert upright.size == ((3, 2) if orientation < 5 else (2, 3))
    assert colour_at(upright, *corner) == (255, 0, 0)


def test_alpha_is_laid_over_white():
    picture = Image.new("RGBA", (4, 1), (255, 0, 0, 255))
    picture.putpixel((1, 0), (255, 0, 0, 0))
    picture.putpixel((2, 0), (0, 0, 0, 128))
    shown = images.open_image(file_of(picture))
    assert [colour_at(shown, x) for x in range(3)] == [(255, 0, 0), (255, 255, 255), (127, 127, 127)]


def test_gray_with_alpha_is_laid_over_white():
    picture = Image.new("LA", (2, 1), (0, 0))
    picture.putpixel((1, 0), (40, 255))
    shown = images.open_image(file_of(picture))
    assert [colour_at(shown, x) for x in range(2)] == [(255, 255, 255), (40, 40, 40)]


def test_a_palette_with_a_transparent_entry():
    picture = Image.new("P", (2, 1))
    picture.putpalette([0, 0, 0, 10, 200, 30] + [0] * 762)
    picture.putpixel((1, 0), 1)
    shown = images.open_image(file_of(picture, transparency=0))
    assert [colour_at(shown, x) for x in range(2)] == [(255, 255, 255), (10, 200, 30)]


def test_rgb_with_a_transparent_colour():
    picture = Image.new("RGB", (2, 1), (1, 2, 3))
    picture.putpixel((1, 0), (200, 100, 50))
    shown = images.open_image(file_of(picture, transparency=(1, 2, 3)))
    assert [colour_at(shown, x) for x in range(2)] == [(255, 255, 255), (200, 100, 50)]


@pytest.mark.parametrize("format", ["PNG", "TIFF"])
def test_sixteen_bits_are_scaled_and_not_clipped(format):
    values = np.array([[0, 257 * 10, 257 * 128, 65535]], dtype=np.uint16)
    shown = images.open_image(file_of(Image.fromarray(values), format))
    assert [colour_at(shown, x) for x in range(4)] == [(v, v, v) for v in (0, 10, 128, 255)]


def test_floats_and_their_holes_become_a_picture():
    values = np.array([[0.0, 5.0, 10.0, np.nan]], dtype=np.float32)
    shown = images.open_image(file_of(Image.fromarray(values), "TIFF"))
    assert [colour_at(shown, x)[0] for x in range(4)] == [0, 128, 255, 0]


def test_cmyk_and_one_bit():
    cmyk = images.open_image(file_of(Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "JPEG", quality=95))
    red, green, blue = colour_at(cmyk, 3, 3)
    assert cmyk.mode == "RGB" and red > 240 and green < 15 and blue < 15
    bit = Image.new("1", (2, 1), 0)
    bit.putpixel((1, 0), 1)
    shown = images.open_image(file_of(bit))
    assert [colour_at(shown, x) for x in range(2)] == [(0, 0, 0), (255, 255, 255)]


@pytest.mark.parametrize("format", ["GIF", "PNG", "WEBP"])
def test_an_animation_gives_its_first_frame(format):
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "lime", "blue")]
    content = file_of(frames[0], format, save_all=True, append_images=frames[1:], duration=100)
    with Image.open(io.BytesIO(content)) as check:
        assert check.n_frames == 3
    red, green, blue = colour_at(images.open_image(content), 8, 8)
    assert red > 240 and green < 15 and blue < 15


@pytest.mark.parametrize("format", ["BMP", "ICO", "PPM", "TIFF", "WEBP"])
def test_the_rarer_formats_are_read(format):
    shown = images.open_image(file_of(Image.new("RGB", (16, 16), (10, 120, 240)), format))
    assert max(abs(a - b) for a, b in zip(colour_at(shown, 8, 8), (10, 120, 240), strict=True)) < 6


def test_a_stereo_jpeg_gives_its_first_picture():
    left, right = (Image.new("RGB", (16, 16), colour) for colour in ("red", "blue"))
    red, _, blue = colour_at(images.open_image(file_of(left, "MPO", save_all=True, append_images=[right])), 8, 8)
    assert red > 240 and blue < 15


def test_one_pixel_is_a_picture():
    shown = images.open_image(file_of(Image.new("RGB", (1, 1), (1, 2, 3))))
    assert shown.size == (1, 1) and colour_at(shown) == (1, 2, 3)


@pytest.mark.parametrize("size", [(1, 20_000), (20_000, 1), (1, 51)])
def test_a_line_is_refused(size):
    with pytest.raises(UserError, match="too thin"):
        images.open_image(file_of(Image.new("RGB", size)))


def test_what_python_hands_over_passes_the_same_check():
    with pytest.raises(UserError, match="at most 12 million"):
        images.to_rgb(Image.new("L", (4001, 3000)))


def test_pil_to_tensor_and_back_is_exact():
    values = np.random.default_rng(1).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    tensor = images.to_tensor(Image.fromarray(values))
    assert tensor.shape == (1, 3, 5, 7) and tensor.dtype == torch.float32
    assert tensor.min() >= 0 and tensor.max() <= 1
    assert np.array_equal(images.to_pil(tensor)[0], values)


def test_gray_tensors_and_values_outside_become_pictures():
    picture = images.to_pil(torch.tensor([[[[-1.0, 2.0]]]]))[0]
    assert picture.mode == "RGB" and [colour_at(picture, x) for x in range(2)] == [(0, 0, 0), (255, 255, 255)]


def test_a_grid_keeps_order_and_gaps():
    squares = [Image.new("RGB", (3, 3), (i * 50, 0, 0)) for i in range(5)]
    sheet = images.grid(squares, columns=3, gap=2)
    assert sheet.size == (13, 8)
    assert [colour_at(sheet, x, y)[0] for x, y in ((0, 0), (5, 0), (10, 0), (0, 5), (5, 5))] == [0, 50, 100, 150, 200]
    assert colour_at(sheet, 3, 0) == (255, 255, 255) == colour_at(sheet, 10, 5)
    with pytest.raises(UserError):
        images.grid([])


def test_a_gif_and_a_film_have_their_frames():
    import av

    frames = [Image.new("RGB", (33, 21), (20 * i, 100, 50)) for i in range(8)]
    with Image.open(io.BytesIO(images.encode_gif(frames, fps=10))) as gif:
        assert (gif.n_frames, gif.info["duration"], gif.info["loop"]) == (8, 100, 0)
    with av.open(io.BytesIO(images.encode_mp4(frames, fps=24))) as film:
        shown = list(film.decode(video=0))
        assert len(shown) == 8 and (shown[0].width, shown[0].height) == (32, 20)
        red, green, blue = shown[5].to_image().getpixel((10, 10))
        assert abs(red - 100) < 8 and abs(green - 100) < 8 and abs(blue - 50) < 8


def test_shrink_and_crop_square():
    picture = Image.new("RGB", (200, 100))
    assert images.shrink(picture, 50).size == (50, 25)
    assert images.shrink(picture, 500) is picture
    square, box = images.crop_square(picture)
    assert square.size == (100, 100) and box == (50, 0, 150, 100)
