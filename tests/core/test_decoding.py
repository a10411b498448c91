import contextlib
import io
import struct
import tracemalloc
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image

from genimg.core import avif, decoding
from genimg.core.decoding import open_image
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


@pytest.mark.parametrize("size", [(40_000, 40_000), (4096, 3073), (12_583, 1000)])
def test_a_bomb_is_refused_before_it_is_decoded(size):
    bomb = png_claiming(*size)
    assert len(bomb) < 1000
    tracemalloc.start()
    try:
        with pytest.raises(UserError, match="at most 12.6 million"):
            open_image(bomb)
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


def test_a_bomb_behind_a_claim_that_pillow_refuses_itself():
    with pytest.raises(UserError):
        open_image(png_claiming(200_000, 200_000))


def test_the_commonest_phone_photo_is_welcome():
    assert open_image(file_of(Image.new("RGB", (4032, 3024)), "JPEG")).size == (4032, 3024)


def test_a_photo_of_fifty_megapixels_is_reduced_while_it_is_decoded():
    photo = Image.new("L", (8192, 6144))
    photo.paste(255, (0, 0, 4096, 6144))
    said = []
    shown = open_image(file_of(photo, "JPEG", quality=50), tell=said.append)
    assert shown.size == (4096, 3072) and said == ["photo of 50 MP, reduced to 4096 × 3072"]
    assert colour_at(shown, 2000, 1500) == (255, 255, 255) and colour_at(shown, 2100, 1500) == (0, 0, 0)
    assert decoding.reduced(decoding.to_rgb(shown)) == said[0]  # the studio's own copy knows it too


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "GIF", "TIFF"])
def test_a_truncated_file_is_refused(format):
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8))
    content = file_of(noise, format)
    with pytest.raises(UserError, match="damaged|not a picture"):
        open_image(content[: len(content) // 2])


@pytest.mark.parametrize(
    "content", [b"", b"hello, world", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.4", b"\x89PNG\r\n\x1a\n"]
)
def test_what_is_no_picture_is_refused(content):
    with pytest.raises(UserError, match="not a picture|damaged"):
        open_image(content)


def test_a_decoder_that_strangers_must_not_reach_is_not_reached():
    postscript = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\n"
    with pytest.raises(UserError, match="not a picture"):
        open_image(postscript)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(UserError, match=r"nowhere\.png"):
        open_image(tmp_path / "nowhere.png")


@pytest.mark.parametrize(
    ("orientation", "corner"),  # where the red top left pixel of the file belongs
    [(1, (0, 0)), (2, (2, 0)), (3, (2, 1)), (4, (0, 1)), (5, (0, 0)), (6, (1, 0)), (7, (1, 2)), (8, (0, 2))],
)
def test_exif_orientation_is_applied(orientation, corner):
    picture = Image.new("RGB", (3, 2), "blue")
    picture.putpixel((0, 0), (255, 0, 0))
    exif = Image.Exif()
    exif[0x0112] = orientation
    upright = open_image(file_of(picture, exif=exif))
    assert upright.size == ((3, 2) if orientation < 5 else (2, 3))
    assert colour_at(upright, *corner) == (255, 0, 0)


def test_alpha_is_laid_over_white():
    picture = Image.new("RGBA", (4, 1), (255, 0, 0, 255))
    picture.putpixel((1, 0), (255, 0, 0, 0))
    picture.putpixel((2, 0), (0, 0, 0, 128))
    shown = open_image(file_of(picture))
    assert [colour_at(shown, x) for x in range(3)] == [(255, 0, 0), (255, 255, 255), (127, 127, 127)]


def test_gray_with_alpha_is_laid_over_white():
    picture = Image.new("LA", (2, 1), (0, 0))
    picture.putpixel((1, 0), (40, 255))
    shown = open_image(file_of(picture))
    assert [colour_at(shown, x) for x in range(2)] == [(255, 255, 255), (40, 40, 40)]


def test_a_palette_with_a_transparent_entry():
    picture = Image.new("P", (2, 1))
    picture.putpalette([0, 0, 0, 10, 200, 30] + [0] * 762)
    picture.putpixel((1, 0), 1)
    shown = open_image(file_of(picture, transparency=0))
    assert [colour_at(shown, x) for x in range(2)] == [(255, 255, 255), (10, 200, 30)]


def test_rgb_with_a_transparent_colour():
    picture = Image.new("RGB", (2, 1), (1, 2, 3))
    picture.putpixel((1, 0), (200, 100, 50))
    shown = open_image(file_of(picture, transparency=(1, 2, 3)))
    assert [colour_at(shown, x) for x in range(2)] == [(255, 255, 255), (200, 100, 50)]


@pytest.mark.parametrize("format", ["PNG", "TIFF"])
def test_sixteen_bits_are_scaled_and_not_clipped(format):
    values = np.array([[0, 257 * 10, 257 * 128, 65535]], dtype=np.uint16)
    shown = open_image(file_of(Image.fromarray(values), format))
    assert [colour_at(shown, x) for x in range(4)] == [(v, v, v) for v in (0, 10, 128, 255)]


def test_floats_and_their_holes_become_a_picture():
    values = np.array([[0.0, 5.0, 10.0, np.nan]], dtype=np.float32)
    shown = open_image(file_of(Image.fromarray(values), "TIFF"))
    assert [colour_at(shown, x)[0] for x in range(4)] == [0, 128, 255, 0]


def test_cmyk_and_one_bit():
    cmyk = open_image(file_of(Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "JPEG", quality=95))
    red, green, blue = colour_at(cmyk, 3, 3)
    assert cmyk.mode == "RGB" and red > 240 and green < 15 and blue < 15
    bit = Image.new("1", (2, 1), 0)
    bit.putpixel((1, 0), 1)
    shown = open_image(file_of(bit))
    assert [colour_at(shown, x) for x in range(2)] == [(0, 0, 0), (255, 255, 255)]


@pytest.mark.parametrize("format", ["GIF", "PNG", "WEBP"])
def test_an_animation_gives_its_first_frame(format):
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "lime", "blue")]
    content = file_of(frames[0], format, save_all=True, append_images=frames[1:], duration=100)
    with Image.open(io.BytesIO(content)) as check:
        assert check.n_frames == 3
    red, green, blue = colour_at(open_image(content), 8, 8)
    assert red > 240 and green < 15 and blue < 15


@pytest.mark.parametrize("format", ["AVIF", "BMP", "PPM", "TIFF", "WEBP"])
def test_the_rarer_formats_are_read(format):
    shown = open_image(file_of(Image.new("RGB", (16, 16), (10, 120, 240)), format))
    assert max(abs(a - b) for a, b in zip(colour_at(shown, 8, 8), (10, 120, 240), strict=True)) < 6


def test_a_stereo_jpeg_gives_its_first_picture():
    left, right = (Image.new("RGB", (16, 16), colour) for colour in ("red", "blue"))
    red, _, blue = colour_at(open_image(file_of(left, "MPO", save_all=True, append_images=[right])), 8, 8)
    assert red > 240 and blue < 15


def test_one_pixel_is_a_picture():
    shown = open_image(file_of(Image.new("RGB", (1, 1), (1, 2, 3))))
    assert shown.size == (1, 1) and colour_at(shown) == (1, 2, 3)


@pytest.mark.parametrize("size", [(1, 20_000), (20_000, 1), (1, 51)])
def test_a_line_is_refused(size):
    with pytest.raises(UserError, match="too thin"):
        open_image(file_of(Image.new("RGB", size)))


def test_what_python_hands_over_passes_the_same_check():
    with pytest.raises(UserError, match="at most 12.6 million"):
        decoding.to_rgb(Image.new("L", (4097, 3073)))


def tiff(tags, data):
    """A TIFF of one page, written by hand: what Pillow would not write."""
    place = 8 + 2 + 12 * len(tags) + 4
    entries = b"".join(
        struct.pack("<HHII", tag, 4, 1, place if value is None else value) for tag, value in sorted(tags.items())
    )
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + bytes(4) + data


def chunked(*chunks):
    """A PNG of 10 x 10 pixels with more chunks."""
    plain = file_of(Image.new("RGB", (10, 10)))
    return plain[:33] + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    ) + plain[33:]  # fmt: skip


def avif_claiming(width, height):
    """An AVIF of 600 x 400 pixels that says it has other ones."""
    honest = file_of(Image.new("RGB", (600, 400)), "AVIF")
    place = honest.index(b"ispe") + 8
    return honest[:place] + struct.pack(">II", width, height) + honest[place + 8 :]


def bombs():
    gray = {256: 1000, 257: 1000, 258: 8, 259: 1, 262: 1, 277: 1}
    tiles = gray | {259: 8, 322: 40_000, 323: 40_000, 324: None, 325: 1000}
    zeros = zlib.compress(bytes(3_000_000), 9)
    icon = png_claiming(13_300, 13_300)
    gif = bytearray(file_of(Image.new("P", (16, 16)), "GIF"))
    gif[gif.index(b",") + 5 : gif.index(b",") + 9] = struct.pack("<HH", 20_000, 20_000)
    scan = file_of(Image.new("L", (16, 16)), "JPEG", progressive=True)
    first = scan.index(b"\xff\xda")
    bmp = struct.pack("<IiiHHIIiiII", 40, 4000, 3000, 1, 8, 1, 0, 0, 0, 256, 0) + bytes(1024)
    yield "ICO", struct.pack("<HHHBBBBHHII", 0, 1, 1, 0, 0, 0, 0, 1, 32, len(icon), 22) + icon
    yield "PNG zTXt", chunked((b"zTXt", b"k\0\0" + zeros))
    yield "PNG many zTXt", chunked(*[(b"zTXt", b"k\0\0" + zlib.compress(bytes(1_000_000), 9))] * 12)
    yield "PNG iCCP", chunked((b"iCCP", b"k\0\0" + zeros))
    yield "APNG", chunked((b"acTL", struct.pack(">II", 2**30, 0)), (b"IHDR", struct.pack(">II", 20_000, 20_000)))
    yield "JPEG scans", scan[:first] + scan[first:-2] * 600 + scan[-2:]
    yield "TIFF tiles", tiff(tiles, zlib.compress(bytes(1_000_000)))
    yield "TIFF strips", tiff(gray | {256: 50_000, 257: 50_000, 273: None, 279: 2**32 - 1}, b"")
    yield "GIF frame", bytes(gif)
    yield "BMP", b"BM" + struct.pack("<IHHI", 100, 0, 0, 54) + struct.pack("<Iii", 40, 30_000, 30_000) + bytes(60)
    yield "BMP slow", b"BM" + struct.pack("<IHHI", 100, 0, 0, 1078) + bmp + b"\1\1" * 600_000
    yield "PPM", b"P6 50000 50000 255\n"
    yield "PPM slow", b"P3 1000 500 255\n" + b"1 " * 1_500_000
    yield "PPM comment", b"P6 #" + b"9" * 5_000_000
    yield "WebP", b"RIFF\x1e\0\0\0WEBPVP8L\x11\0\0\0\x2f" + struct.pack("<I", 16_383 | 16_383 << 14) + bytes(16)
    yield "AVIF", avif_claiming(20_000, 20_000)


@pytest.mark.parametrize(("name", "content"), bombs())
def test_every_format_has_a_bomb_that_does_not_go_off(name, content):
    tracemalloc.start()
    try:
        with pytest.raises(UserError):
            open_image(content)
        assert tracemalloc.get_traced_memory()[1] < 16_000_000 + 2 * len(content)
    finally:
        tracemalloc.stop()


def test_an_avif_that_claims_to_be_small_is_refused_by_what_is_coded_in_it(monkeypatch):
    assert open_image(avif_claiming(100, 100)).size == (100, 100)
    monkeypatch.setattr(decoding, "MAX_PIXELS", 40_000)
    with pytest.raises(UserError, match="coded with far too many pixels"):
        open_image(avif_claiming(100, 100))


@pytest.mark.parametrize("options", [{}, {"subsampling": "4:4:4"}, {"alpha": 100}, {"frames": 3}], ids=str)
def test_the_frames_of_an_avif_are_found_and_measured(options):
    veil = options.pop("alpha", None)
    picture = Image.new("RGBA" if veil else "RGB", (48, 20), (200, 40, 60, veil) if veil else (200, 40, 60))
    frames = [Image.new("RGB", (48, 20), "blue")] * options.pop("frames", 0)
    more = {"save_all": True, "append_images": frames} if frames else {}
    content = file_of(picture, "AVIF", quality=95, **options, **more)
    assert avif.coded_pixels(avif.still(content)) == (1920 if veil else 960)
    red, green, blue = open_image(content, alpha=True).convert("RGB").getpixel((9, 9))
    assert abs(red - 200) < 6 and abs(green - 40) < 6 and abs(blue - 60) < 6


@pytest.mark.parametrize("cut", range(20, 200, 7))
def test_a_damaged_avif_is_a_sentence(cut):
    content = file_of(Image.new("RGB", (48, 20), "red"), "AVIF")
    for bad in (content[:cut], content[:cut] + b"\xff" * 9 + content[cut + 9 :]):
        with contextlib.suppress(UserError):
            open_image(bad)


def test_twelve_bits_in_sixteen_are_as_light_as_they_were_meant():
    gray = np.array([[0, 1000, 4095, 2048]], dtype=np.uint16)
    assert [colour_at(open_image(file_of(Image.fromarray(gray), "TIFF")), x)[0] for x in range(4)] == [0, 62, 255, 128]
    colour = np.array([[(4095, 1000, 0), (100, 200, 300)]], dtype=np.uint16)
    for compression in (1, 5):  # none, LZW
        content = cv2.imencode(".tiff", colour[..., ::-1], [cv2.IMWRITE_TIFF_COMPRESSION, compression])[1].tobytes()
        shown = open_image(content)
        assert [colour_at(shown, x) for x in range(2)] == [(255, 62, 0), (6, 12, 19)]
    assert colour_at(open_image(file_of(Image.fromarray(gray))), 2) == (16, 16, 16)  # a PNG says what it means


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "jpeg"])
def test_a_tiff_in_ycbcr_has_its_colours(compression):
    picture = Image.new("RGB", (32, 16), (200, 40, 60)).convert("YCbCr")
    shown = open_image(file_of(picture, "TIFF", compression=compression))
    assert max(abs(a - b) for a, b in zip(colour_at(shown, 3, 3), (200, 40, 60), strict=True)) <= 2


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "I", "F", "LAB"])
def test_every_mode_of_an_uncompressed_tiff_is_read(mode):
    assert open_image(file_of(Image.new(mode, (9, 5), 0), "TIFF")).size == (9, 5)


def test_alpha_is_kept_when_it_is_asked_for():
    picture = Image.new("RGBA", (2, 1), (255, 0, 0, 0))
    picture.putpixel((1, 0), (10, 20, 30, 128))
    for format in ("PNG", "WEBP", "TIFF"):
        kept = open_image(file_of(picture, format, **({"lossless": True} if format == "WEBP" else {})), alpha=True)
        assert kept.mode == "RGBA" and kept.getpixel((1, 0)) == (10, 20, 30, 128) and kept.getpixel((0, 0))[3] == 0
    assert open_image(file_of(Image.new("RGBA", (2, 1), "red")), alpha=True).mode == "RGB"  # nothing shines through


def test_files_are_known_by_what_is_in_them(tmp_path):
    for name, content, known in (
        ("photo", file_of(Image.new("RGB", (8, 8)), "JPEG"), True),
        ("photo.jfif", file_of(Image.new("RGB", (8, 8)), "JPEG"), True),
        ("a.avif", file_of(Image.new("RGB", (8, 8)), "AVIF"), True),
        ("text.png", b"hello", False),
        ("empty.png", b"", False),
    ):
        (tmp_path / name).write_bytes(content)
        assert decoding.looks_like_picture(tmp_path / name) is known
