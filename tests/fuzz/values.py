# ruff: noqa: E501  # long tables read better
"""What is sent: values that fit a component, and values that fit nothing."""

import base64
import io
import json
import struct
import zipfile
import zlib

from PIL import Image

META = {"_type": "gradio.FileData"}
DEEP = json.loads("[" * 30 + "]" * 30)
WRONG = [
    None, True, False, 0, -1, 2.5, 7, 10**30, -(10**30), 1e308, float("nan"), float("inf"), float("-inf"), 10**400,
    "", "x", "7", "nan", "\0", "a" * 1_000_000, "<img src=x onerror=alert(1)>", "__i18n__{}", "{0} {x!r} %s", "é\u202e名",
    "../../etc/passwd", "/etc/passwd", "file:///etc/passwd", "http://127.0.0.1:1/x.png", "\ufffe\uffff", "any: any",
    [], {}, [None], [[]], [1, 2, 3], [True, False], ["a"] * 2000, DEEP, {"a": {"b": {"c": []}}}, {"": 1}, {"value": 3},
    {"__type__": "update", "value": 3}, {"path": "/etc/passwd", "meta": META}, {"path": "app.py"}, {"path": "\0"},
    {"path": None, "url": "data:image/png;base64,%%%%", "meta": META}, {"url": "http://127.0.0.1:1/x.png", "meta": META},
    {"path": "x" * 5000, "meta": META}, {"path": [], "url": {}, "meta": META}, {"path": ".", "meta": None},
    {"headers": [], "data": [[]]}, {"background": None, "layers": [], "composite": None},
    [{"op": "hue", "degrees": float("nan")}], [{"op": None}], [{"op": "resize", "width": 10**9, "height": 10**9}],
    [{"kind": "damage", "points": [[float("nan"), 0]]}], '[{"kind": "keep", "width": 1e9, "points": [[0, 0]]}]',
    "[" * 900, '{"a": NaN}', "[[0, 0], [1e400, 1], 3]", "[[null, 0], [1, 1], 3]", {"class": "Coat"}, {"class": {"Coat": -1}},
    {"strength": float("nan")}, {"pressed": "x"}, {"seed": -1, "page": []}, {"examples": "x"}, {"__proto__": {}},
    [["x", 1]], [[{"path": "/etc/passwd", "meta": META}, None]],
]  # fmt: skip
EVENTS = [
    None, {}, [], 7, "x", {"index": None, "value": None}, {"index": -1, "value": 0}, {"index": 10**9, "value": 0},
    {"index": "0", "value": 0}, {"index": True, "value": 0}, {"index": [0, 0], "value": 0}, {"index": [float("nan"), 1]},
    {"index": 0}, {"index": 1.5, "value": 0}, {"index": 40, "value": 0}, {"index": 0, "value": "a" * 1_000_000},
    {"index": [10**9, -5], "value": {}}, {"index": 0, "value": {"path": "/etc/passwd", "meta": META}},
]  # fmt: skip


def picture(random, side=48):
    """Return a small good picture as a data address."""
    noise = Image.frombytes("RGB", (side, side), random.randbytes(3 * side * side))
    return {
        "path": None,
        "url": "data:image/png;base64," + base64.b64encode(_file(noise, "PNG")).decode(),
        "meta": META,
    }


def fitting(random, component):
    """Return a value that a component would send, as cheap to work on as it can be."""
    kind, props = component["type"], component["props"]
    choices = [one[1] if isinstance(one, list) else one for one in props.get("choices") or []]
    if kind in ("image", "imageeditor"):
        return picture(random)
    if kind == "slider":
        return props["minimum"]
    if kind == "number":
        return props.get("minimum") or 0
    if kind == "dropdown" and props.get("multiselect"):
        return choices[:2]
    if kind in ("dropdown", "radio"):
        return props.get("value") if random.random() < 0.5 or not choices else random.choice(choices)
    if kind == "html" and "usual" in props:  # a panel, which may leave out what is as usual
        return {name: value for name, value in props["usual"].items() if value is not None and random.random() < 0.5}
    if kind == "checkbox":
        return random.random() < 0.3
    return {"json": {}, "textbox": "", "colorpicker": "#ffffff", "html": "", "markdown": ""}.get(kind)


def _file(image, kind, **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def _bomb(random):
    """A PNG that says it is large and holds nothing."""

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    wide, high = (random.choice([0, 1, 7, 5000, 40_000, 2**31 - 1]) for _ in range(2))
    header = struct.pack(">IIBBBBB", wide, high, random.choice([1, 8, 16, 3]), random.choice([0, 2, 3, 6, 5]), 0, 0, 0)
    body = zlib.compress(bytes(random.choice([0, 9, 100_000])))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def _archive(random):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in random.sample(
            ["../../evil.png", "/etc/x.png", "a.png", "C:\\x.png", "a/" * 500 + "b.png", "\u202e.png"], 3
        ):
            archive.writestr(name, random.choice([b"", bytes(500_000), _file(Image.new("RGB", (9, 9)), "PNG")]))
    return buffer.getvalue()


def odd_file(random):
    """Return (name, content) of a file that is no picture, or not the picture that it says it is."""
    mode = random.choice(["RGB", "RGBA", "L", "LA", "P", "1", "I;16", "F", "CMYK", "YCbCr"])
    kinds = {"RGB": ["PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "PPM", "TGA", "ICO", "PCX"], "RGBA": ["PNG", "WEBP", "TIFF"],
             "L": ["PNG", "JPEG", "TIFF"], "LA": ["PNG"], "P": ["PNG", "GIF"], "1": ["PNG", "TIFF"], "I;16": ["PNG", "TIFF"],
             "F": ["TIFF"], "CMYK": ["JPEG", "TIFF"], "YCbCr": ["JPEG", "TIFF"]}  # fmt: skip
    size = random.choice([(1, 1), (1, 300), (300, 1), (16, 16), (33, 77)])
    good = _file(Image.new(mode, size), random.choice(kinds[mode]))
    made = random.choice(["good", "cut", "changed", "bytes", "bomb", "zip", "empty", "text", "glued"])
    if made == "cut":
        good = good[: random.randrange(len(good))]
    elif made == "changed":
        changed = bytearray(good)
        for _ in range(random.randint(1, 8)):
            changed[random.randrange(len(changed))] = random.randrange(256)
        good = bytes(changed)
    elif made != "good":
        good = {
            "bytes": random.randbytes(random.choice([1, 100, 100_000])), "bomb": _bomb(random), "zip": _archive(random),
            "empty": b"", "text": b"<svg onload=alert(1)>" * 9, "glued": good + _archive(random),
        }[made]  # fmt: skip
    name = random.choice(
        ["a.png", "a.jpg", "a.gif", "a.zip", "a.gimg", "a", ".png", "..", "../../a.png", "/etc/a.png", "a\\..\\b.png", "a" * 300,
         "é名\u202e.png", "con.png", "a.png\0.txt", "a;b.png", "%2e%2e%2fa.png", "", " ", "a.svg", "a.html"]
    )  # fmt: skip
    return name, good
