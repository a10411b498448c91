import io
import struct

import pytest
from PIL import Image, ImageCms

from genimg.core import profiles
from genimg.core.decoding import open_image

P3 = ((0.5151, 0.2412, -0.0011), (0.2920, 0.6922, 0.0419), (0.1571, 0.0666, 0.7841))  # under D50, as ICC has it


def fixed(*values):
    return struct.pack(f">{len(values)}i", *(round(value * 65536) for value in values))


def icc(space, tags):
    """An ICC profile (version 2.1) with these tags."""
    tags = {b"wtpt": b"XYZ \0\0\0\0" + fixed(0.9642, 1, 0.8249)} | tags
    table, body, place = struct.pack(">I", len(tags)), b"", 128 + 4 + 12 * len(tags)
    for name, content in tags.items():
        content += bytes(-len(content) % 4)
        table += name + struct.pack(">II", place + len(body), len(content))
        body += content
    head = struct.pack(">I4sI4s4s4s", place + len(body), b"none", 0x02100000, b"mntr", space, b"XYZ ") + bytes(12)
    head += b"acsp" + bytes(28) + fixed(0.9642, 1, 0.8249)
    return head + bytes(128 - len(head)) + table + body


def curve(gamma):
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256))


def srgb_curve():
    values = [x / 255 for x in range(256)]
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in values]
    return b"curv\0\0\0\0" + struct.pack(">I256H", 256, *(round(65535 * v) for v in linear))


def matrix(columns, tone):
    tags = {
        name + b"XYZ": b"XYZ \0\0\0\0" + fixed(*column)
        for name, column in zip((b"r", b"g", b"b"), columns, strict=True)
    }
    return icc(b"RGB ", tags | {name + b"TRC": tone for name in (b"r", b"g", b"b")})


def press():
    """A profile for CMYK, a table of two steps: what cyan, magenta, yellow and black ink look like, roughly."""
    inks = []
    for at in range(16):
        c, m, y, k = (at >> shift & 1 for shift in (3, 2, 1, 0))
        light = (1 - 0.35 * c) * (1 - 0.45 * m) * (1 - 0.1 * y) * (1 - 0.95 * k)
        inks += [round(255 * light), 128 + round((1 - k) * (60 * m - 40 * c)), 128 + round((1 - k) * (80 * y - 40 * c))]
    identity = bytes(range(256))
    lut = b"mft1\0\0\0\0" + bytes((4, 3, 2, 0)) + fixed(1, 0, 0, 0, 1, 0, 0, 0, 1)
    content = icc(b"CMYK", {b"A2B0": lut + identity * 4 + bytes(inks) + identity * 3})
    return content[:12] + b"prtr" + content[16:20] + b"Lab " + content[24:]


def file_of(image, format="PNG", **options):
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


def near(found, wanted, by=2):
    return max(abs(a - b) for a, b in zip(found, wanted, strict=True)) <= by


DISPLAY_P3 = matrix(P3, srgb_curve())


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "TIFF", "AVIF"])
def test_a_display_p3_patch_becomes_srgb(format):
    quality = {"quality": 100} | ({"subsampling": 0} if format == "JPEG" else {})
    quality |= {"lossless": True} if format == "WEBP" else {}
    content = file_of(Image.new("RGB", (16, 16), (200, 40, 60)), format, icc_profile=DISPLAY_P3, **quality)
    assert near(open_image(content).getpixel((8, 8)), (218, 0, 54), by=1 if format in ("PNG", "WEBP", "TIFF") else 5)
    assert "icc_profile" not in open_image(content).info


def test_the_profile_is_applied_under_alpha_and_palettes_too():
    see_through = Image.new("RGBA", (2, 1), (200, 40, 60, 100))
    assert near(
        open_image(file_of(see_through, icc_profile=DISPLAY_P3), alpha=True).getpixel((0, 0)), (218, 0, 54, 100)
    )
    palette = Image.new("RGB", (2, 1), (200, 40, 60)).quantize(4)
    assert near(open_image(file_of(palette, icc_profile=DISPLAY_P3)).getpixel((0, 0)), (218, 0, 54))


def test_srgb_says_what_is_so_anyway():
    plain = Image.effect_noise((20, 20), 80).convert("RGB")
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert open_image(file_of(plain, icc_profile=srgb)).tobytes() == plain.tobytes()


def test_gray_and_cmyk_have_profiles_too():
    linear = icc(b"GRAY", {b"kTRC": curve(1.0)})
    assert near(open_image(file_of(Image.new("L", (4, 4), 55), icc_profile=linear)).getpixel((0, 0)), (128,) * 3)
    veiled = open_image(file_of(Image.new("LA", (4, 4), (55, 9)), icc_profile=linear), alpha=True)
    assert near(veiled.getpixel((0, 0)), (128, 128, 128, 9))
    inks = Image.new("CMYK", (16, 16), (0, 255, 255, 0))
    plain = open_image(file_of(inks, "JPEG", quality=100)).getpixel((8, 8))
    red, green, blue = open_image(file_of(inks, "JPEG", quality=100, icc_profile=press())).getpixel((8, 8))
    assert near(plain, (254, 0, 0), by=3)
    assert 170 < red < 235 and green < 110 and blue < 60  # the red of a press is no lamp's


@pytest.mark.parametrize(
    "profile",
    [
        b"",
        b"x",
        bytes(200),
        DISPLAY_P3[:300],
        DISPLAY_P3[:128] + b"\xff" * 300,
        press(),
        icc(b"GRAY", {}),
        b"\0" * 5_000_000,
    ],
    ids=len,
)
def test_a_profile_that_is_broken_or_unfit_is_ignored(profile):
    picture = Image.new("RGB", (4, 4), (200, 40, 60))
    for format in ("PNG", "JPEG", "TIFF"):
        if len(profile) < 1_000_000 or format == "TIFF":
            content = file_of(picture, format, icc_profile=profile)
            assert near(open_image(content).getpixel((1, 1)), (200, 40, 60), by=3)


def photographed():
    exif = Image.Exif()
    exif.update({0x010F: "Maker", 0x0110: "Model 5", 0x0112: 6, 0x0132: "2026:01:02 03:04:05", 0x8298: "(c) Ann"})
    exif[0x013B] = "Zo\u00eb".encode()
    exif.get_ifd(0x8769).update({0x9003: "2026:01:02 03:04:05", 0xA431: "serial 1", 0x9286: b"comment"})
    exif.get_ifd(0x8825).update({1: "N", 2: (48.0, 30.0, 0.0), 3: "E", 4: (9.0, 3.0, 0.0)})
    return exif


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_date_camera_and_copyright_stay_and_nothing_else(format):
    kept = open_image(file_of(Image.new("RGB", (8, 4)), format, exif=photographed())).info
    assert set(kept) == {"exif"}
    again = Image.open(io.BytesIO(file_of(Image.new("RGB", (1, 1)), "JPEG", exif=kept["exif"]))).getexif()
    assert [again[tag] for tag in (0x010F, 0x0110, 0x0132, 0x8298)] == [
        "Maker", "Model 5", "2026:01:02 03:04:05", "(c) Ann"
    ]  # fmt: skip
    assert again[0x013B].encode("latin-1").decode() == "Zo\u00eb"
    assert dict(again.get_ifd(0x8769)) == {0x9003: "2026:01:02 03:04:05"}
    assert 0x0112 not in again and not again.get_ifd(0x8825)
    assert b"serial" not in kept["exif"] and b"comment" not in kept["exif"]


def test_a_photo_that_says_nothing_and_one_that_says_nonsense():
    assert open_image(file_of(Image.new("RGB", (8, 4)))).info == {}
    for nonsense in (b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + b"\xff" * 40, b"junk"):
        shown = open_image(file_of(Image.new("RGB", (8, 4), "red"), "JPEG", exif=nonsense))
        assert shown.size == (8, 4) and shown.info == {}
    assert profiles.notes(Image.new("RGB", (1, 1))) is None
