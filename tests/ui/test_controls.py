"""What a stranger may post straight to the server: a sentence comes back, and the server lives on."""

import base64
import io
import json
import os
import re
import struct
import urllib.error
import urllib.request
import uuid
import zlib

import gradio as gr
import numpy as np
import pytest
from gradio.data_classes import ImageData
from PIL import Image

from genimg.core.decoding import MAX_BYTES
from genimg.core.errors import UserError
from genimg.ui import controls
from genimg.ui.i18n import t, translations

META = {"_type": "gradio.FileData"}
OPERATIONS = [{"op": "flip", "axis": "horizontal"}]


def file_of(image, format="PNG", **options):
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


def bomb(width=40_000, height=40_000):
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(9))) + chunk(b"IEND", b"")


def request(url, body=None, headers=None):
    """Send a request; return its status and its body, whatever the status."""
    ask = urllib.request.Request(url, body, headers or {})
    try:
        with urllib.request.urlopen(ask, timeout=60) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def post(url, data):
    # json.dumps writes NaN and Infinity as Python reads them, just as a careless client would.
    return request(url, json.dumps(data).encode(), {"Content-Type": "application/json"})


def upload(app_url, content, name="picture.png"):
    """Upload a file as a browser does; return the path on the server."""
    mark = uuid.uuid4().hex
    body = (
        f'--{mark}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n'
        f"Content-Type: application/octet-stream\r\n\r\n"
    ).encode() + content + f"\r\n--{mark}--\r\n".encode()  # fmt: skip
    kind = {"Content-Type": f"multipart/form-data; boundary={mark}"}
    status, answer = request(f"{app_url}/gradio_api/upload", body, kind)
    assert status == 200, answer
    return json.loads(answer)[0]


def call(app_url, *data, endpoint="edit"):
    """Call an endpoint over plain HTTP; return ``("complete" | "error", what came)``."""
    status, answer = post(f"{app_url}/gradio_api/call/{endpoint}", {"data": list(data)})
    assert status == 200, answer
    event = json.loads(answer)["event_id"]
    _, stream = request(f"{app_url}/gradio_api/call/{endpoint}/{event}")
    lines = stream.decode().splitlines()
    for i, line in enumerate(lines):
        if line in ("event: complete", "event: error"):
            return line.removeprefix("event: "), json.loads(lines[i + 1].removeprefix("data: "))
    raise AssertionError(stream)


def file(path):
    return {"path": path, "meta": META}


def sentence(app_url, *data):
    """Call `edit`, which must refuse; return the sentence that the client reads."""
    kind, answer = call(app_url, *data)
    assert kind == "error", answer
    text = answer if isinstance(answer, str) else (answer or {}).get("error")
    assert isinstance(text, str) and len(text) > 20, f"no sentence came back: {answer!r}"
    assert "Traceback" not in text and "went wrong" not in text
    return text


@pytest.fixture(scope="module")
def photo():
    values = np.random.default_rng(0).integers(0, 256, (6, 9, 3), dtype=np.uint8)
    return Image.fromarray(values)


@pytest.fixture(scope="module")
def uploaded(app_url, photo):
    return upload(app_url, file_of(photo))


@pytest.fixture(autouse=True)
def the_server_lives_on(app_url, photo):
    yield
    kind, answer = call(app_url, file(upload(app_url, file_of(photo))), OPERATIONS)
    assert kind == "complete", answer


def fetch(app_url, answer):
    url = answer[0]["url"]
    status, content = request(url if url.startswith("http") else app_url + url)
    assert status == 200
    return Image.open(io.BytesIO(content))


def test_the_endpoint_edits(app_url, uploaded, photo):
    kind, answer = call(app_url, file(uploaded), OPERATIONS)
    assert kind == "complete"
    assert np.array_equal(fetch(app_url, answer).convert("RGB"), np.asarray(photo)[:, ::-1])


def test_a_data_address_is_a_picture_too(app_url, photo):
    text = "data:image/png;base64," + base64.b64encode(file_of(photo)).decode()
    kind, answer = call(app_url, {"path": None, "url": text, "meta": META}, [])
    assert kind == "complete"
    assert np.array_equal(fetch(app_url, answer).convert("RGB"), photo)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (bomb(), "million"),
        (bomb(4000, 4000), "million"),
        (file_of(Image.new("RGB", (64, 64), "red"))[:60], "damaged|not a picture"),
        (b"just some text", "not a picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "not a picture"),
        (file_of(Image.new("L", (1, 20_000))), "too thin"),
    ],
    ids=["bomb", "too large", "truncated", "text", "svg", "line"],
)
def test_bad_files(app_url, content, words):
    encoded = "data:image/png;base64," + base64.b64encode(content).decode()
    assert re.search(words, sentence(app_url, file(upload(app_url, content)), []))
    assert re.search(words, sentence(app_url, {"path": None, "url": encoded, "meta": META}, []))


@pytest.mark.parametrize(
    "picture",
    [
        Image.new("RGBA", (5, 5), (255, 0, 0, 128)),
        Image.new("LA", (5, 5), (9, 200)),
        Image.new("P", (5, 5)),
        Image.new("1", (5, 5)),
        Image.fromarray(np.full((5, 5), 40_000, np.uint16)),
        Image.new("RGB", (1, 1)),
    ],
    ids=["RGBA", "LA", "P", "1-bit", "16-bit", "1x1"],
)
def test_odd_but_good_files(app_url, picture):
    kind, answer = call(app_url, file(upload(app_url, file_of(picture))), [])
    assert kind == "complete" and fetch(app_url, answer).size == picture.size


def test_a_data_address_beyond_the_upload_limit(app_url):
    huge = "data:image/png;base64," + "A" * 15_000_000
    assert "larger than" in sentence(app_url, {"path": None, "url": huge, "meta": META}, [])


@pytest.mark.parametrize(
    "url",
    [
        "data:image/png;base64,%%%%",
        "data:image/png,abc",
        "data:",
        "http://127.0.0.1:1/x.png",
        "file:///etc/passwd",
        "/etc/passwd",
        "javascript:alert(1)",
    ],
)
def test_bad_addresses(app_url, url):
    sentence(app_url, {"path": None, "url": url, "meta": META}, [])


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "app.py", "../../etc/hostname", "{root}/checkpoints", "http://127.0.0.1:1/x.png"]
)
@pytest.mark.parametrize("meta", [META, {}, {"_type": "other"}], ids=["marked", "unmarked", "misnamed"])
def test_no_path_that_a_request_names_is_read(app_url, path, meta):
    sentence(app_url, {"path": path, "meta": meta}, [])


def test_no_picture_outside_the_cache_is_read(app_url, tmp_path):
    secret = tmp_path / "secret.png"
    Image.new("RGB", (3, 3)).save(secret)
    for meta in (META, {}):
        for stream in (False, True):
            sentence(app_url, {"path": str(secret), "meta": meta, "is_stream": stream}, [])
    sentence(app_url, {"path": str(secret)}, [])
    for form in ("file=", "file/"):
        assert request(f"{app_url}/gradio_api/{form}{secret}")[0] in (403, 404)


@pytest.mark.parametrize(
    "name", ["app.py", "pyproject.toml", "/etc/passwd", "../app.py", "checkpoints/vgg16-features/config.json"]
)
def test_no_file_of_the_server_is_served(app_url, name):
    assert request(f"{app_url}/gradio_api/file={name}")[0] in (403, 404)


@pytest.mark.parametrize("image", [3, "x", [1, 2], True, {"a": 1}, [[None]]], ids=repr)
def test_something_that_is_no_picture(app_url, image):
    sentence(app_url, image, [])


def test_no_picture_and_no_operations(app_url, uploaded):
    assert "picture first" in sentence(app_url, None, [])
    assert "list" in sentence(app_url, file(uploaded), None)


@pytest.mark.parametrize(
    "operations",
    [
        "x",
        7,
        {"op": "hue"},
        [None],
        [{"op": "hue", "degrees": float("nan")}],
        [{"op": "hue", "degrees": float("inf")}],
        [{"op": "hue", "degrees": None}],
        [{"op": "hue", "degrees": True}],
        [{"op": "hue", "degrees": [3]}],
        [{"op": "hue", "degrees": 10**300}],
        [{"op": "hue", "degrees": "<img src=x onerror=alert(1)>"}],
        [{"op": "resize", "width": 8000, "height": 8000}],
        [{"op": "grayscale"}] * 51,
    ],
    ids=lambda value: json.dumps(value)[:40],
)
def test_bad_operations(app_url, uploaded, operations):
    text = sentence(app_url, file(uploaded), operations)
    assert "<" not in text  # the page shows errors as HTML


def test_too_few_values(app_url, uploaded):
    sentence(app_url, file(uploaded))


@pytest.mark.parametrize("route", ["run/edit", "run/predict", "api/edit", "run/edit/"])
def test_the_queue_cannot_be_bypassed(app_url, uploaded, route):
    for body in ({"data": [file(uploaded), OPERATIONS]}, {"data": [file(uploaded), OPERATIONS], "fn_index": 0}):
        status, answer = post(f"{app_url}/gradio_api/{route}", body)
        assert status in (401, 403, 404, 405, 422, 500) and b".png" not in answer, (status, answer)


def test_an_upload_beyond_the_limit_is_refused(app_url):
    with pytest.raises(AssertionError, match="413|size|large|limit"):
        upload(app_url, bytes(MAX_BYTES + 1_000_000))


def test_every_event_names_its_pool_and_private_ones_stay_out_of_the_api(app_url, built):
    config = json.loads(request(f"{app_url}/config")[1])
    public = {d["api_name"] for d in config["dependencies"] if d["api_visibility"] == "public"}
    assert "edit" in public
    assert public <= {
        *("draw", "generate", "generate_by_class", "reconstruct", "interpolate", "sample_vae", "vary", "animate"),
        *("stylize", "refine", "edit", "art", "quilt", "texture", "cutout", "repair", "restore", "remix"),
        *("enlarge", "sketch"),
        *("compress", "decompress", "way", "between", "project"),
    }
    limits = {}
    for fn in built.fns.values():
        if fn.fn is not None:
            limits.setdefault(fn.concurrency_id, set()).add(fn.concurrency_limit)
    pools = (controls.FAST, controls.BRISK, controls.HEAVY, controls.IDLE)
    assert limits == {pool["concurrency_id"]: {pool["concurrency_limit"]} for pool in pools}


def test_clients_are_told_what_the_functions_say_and_the_page_stays_light(built):
    told = built.get_api_info()["named_endpoints"]["/remix"]
    asked = [tuple(one[f"parameter_{key}"] for key in ("name", "has_default", "default")) for one in told["parameters"]]
    assert asked == [
        ("photo", False, None), ("mode", True, "vary"), ("layout", False, None), ("freedom", True, 0.2),
        ("shape", True, 2.0), ("kept", True, 0.7), ("size", True, 512), ("tile", True, False), ("seed", True, 5),
    ]  # fmt: skip
    assert [one["python_type"]["type"] for one in told["parameters"][1:4]] == ["str", "filepath", "float"]
    assert [one["label"] for one in told["returns"]] == ["picture", "status"]
    # Each component and each event costs every opening, every visitor and every event of the page.
    assert len(built.config["components"]) <= 430 and len(built.config["dependencies"]) <= 213


def test_no_choice_is_dropped_because_the_last_one_is_under_way(built):
    chosen = {"input", "select", "upload", "clear", "change"}
    for fn in built.fns.values():
        if fn.fn and not fn.is_cancel_function and chosen & {event for _, event in fn.targets}:
            assert fn.trigger_mode == ("multiple" if fn.collects_event_data else "always_last"), fn.name


class TestGuard:
    def test_a_sentence_for_the_person(self):
        @controls.guard
        def fails():
            raise UserError("steps must be 1..9, got <b>.")

        with pytest.raises(gr.Error) as caught:
            fails()
        assert caught.value.message == "steps must be 1..9, got &lt;b&gt;."

    def test_an_apology_for_a_fault_of_ours_and_a_trace_for_us(self, caplog):
        @controls.guard
        def breaks():
            raise ZeroDivisionError("secret detail")

        with pytest.raises(gr.Error) as caught:
            breaks()
        assert caught.value.message == controls.SORRY and "secret" not in caught.value.message
        assert "ZeroDivisionError: secret detail" in caplog.text

    def test_a_generator_stays_one_and_is_closed(self):
        import inspect

        closed = []

        @controls.guard
        def counts():
            try:
                yield 1
                yield 2
                raise UserError("three is too many for this test")
            finally:
                closed.append(True)

        assert inspect.isgeneratorfunction(counts)
        steps = counts()
        assert next(steps) == 1
        steps.close()
        assert closed == [True]
        with pytest.raises(gr.Error, match="three"):
            list(counts())


class TestStatus:
    def test_it_says_seconds_seed_and_device_and_escapes(self):
        line = controls.status(0.0314, seed=7, extra="a <b>")
        assert "31 ms" in line and "seed 7" in line and "a &lt;b&gt;" in line
        assert controls.device_name() in line
        assert "12.3 s" in controls.status(12.34)


class TestPictures:
    def test_who_fetches_a_picture_has_it_whole_while_it_is_shown_again(self, tmp_path):
        picture = controls.SafeImage(format="png", render=False)
        picture.GRADIO_CACHE = str(tmp_path)
        shown = [picture.postprocess(Image.new("RGB", (9, 9), "red")).path]
        with open(shown[0], "rb") as fetching:
            shown.append(picture.postprocess(Image.new("RGB", (9, 9), "red")).path)
            assert os.fstat(fetching.fileno()).st_ino != os.stat(shown[1]).st_ino  # another file took the name
            assert Image.open(fetching).getpixel((4, 4)) == (255, 0, 0)
        assert shown[0] == shown[1] and len(list(tmp_path.rglob("*.*"))) == 1


class TestDownload:
    def test_the_bytes_lie_in_the_cache_under_the_name(self, tmp_path, monkeypatch):
        monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
        for name in ("face.png", "../../face.png"):
            path = controls.download(b"abc", name)
            assert path.startswith(str(tmp_path)) and path.endswith("/face.png")
            with open(path, "rb") as file:
                assert file.read() == b"abc"

    def test_a_result_is_called_after_the_file_that_it_was_made_of(self, tmp_path, monkeypatch):
        monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "gradio_temp"))
        upload = tmp_path / "gradio_temp" / "x" / "cat.png"
        upload.parent.mkdir(parents=True)
        Image.new("RGB", (9, 9)).save(upload)
        source = controls.SafeImage(render=False)
        for sent, name in (
            ("Our Cat.JPG", "Our Cat-edited.png"),
            ("../../a<b>\0猫.png", "ab猫-edited.png"),
            ("image.png", "edited.png"),  # what this page calls its own
            (None, "edited.png"),
        ):
            picture = source.preprocess(ImageData(path=str(upload), orig_name=sent))
            file = controls.handed(b"abc", "edited.png", of=picture)
            assert file["orig_name"] == name and file["path"].endswith(f"/{name}")


class TestTexts:
    def test_every_text_has_both_languages(self, built):
        tables = translations().translations_dict
        assert tables["en"].keys() == tables["zh-CN"].keys()
        assert all(chinese for chinese in tables["zh-CN"].values())

    @pytest.mark.parametrize(("english", "why"), [("seed {}", "braces"), ("never translated anywhere", "translation")])
    def test_what_cannot_be_translated_is_refused(self, english, why):
        with pytest.raises(ValueError, match=why):
            t(english)


class TestTurn:
    def test_what_is_ended_or_overtaken_shows_nothing_more(self):
        turn = controls.Turn()
        with turn.taken() as first:
            assert first()
            with turn.taken(alone=False) as beside:
                assert first() and beside()
            with turn.taken() as second:
                assert second() and not first()
                turn.end(0.05)
                assert not second()
        with turn.taken() as third:
            assert third()
