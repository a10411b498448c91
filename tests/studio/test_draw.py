import base64
import io

import pytest
import torch
from PIL import Image, ImageDraw

import genimg
from genimg import checkpoints
from genimg.core.errors import UserError
from genimg.models.dcgan import DCGAN
from genimg.models.pix2pix import Pix2Pix
from genimg.studio import draw as studio


@pytest.fixture
def artist(tmp_path, monkeypatch):
    """A small, untrained network as the only one that paints."""
    torch.manual_seed(0)
    checkpoints.save(Pix2Pix(image_size=32, widths=(8, 16), depth=1).eval(), tmp_path / "artist")
    checkpoints.save(DCGAN(image_size=32, latent_dim=8, widths=(8, 8, 8)).eval(), tmp_path / "other")
    monkeypatch.setenv("GENIMG_CHECKPOINTS", str(tmp_path))
    return "artist"


def test_any_picture_is_fitted_into_the_square_on_white(artist):
    wide = studio.fitted(Image.new("RGB", (200, 50), "red"), 32)
    assert wide.size == (32, 32)
    assert wide.getpixel((16, 2)) == (255, 255, 255) and wide.getpixel((16, 16)) == (255, 0, 0)
    see_through = studio.fitted(Image.new("RGBA", (3, 3), (0, 0, 0, 0)), 32)
    assert see_through.getextrema() == ((255, 255),) * 3
    for size in ((1, 1), (1, 12), (900, 700)):
        assert studio.draw(Image.new("RGB", size))[0].size == (32, 32)


def test_the_same_in_python_and_alone_or_among_others(artist):
    sketches = [Image.new("RGB", (32, 32), colour) for colour in ("white", "navy")]
    both = studio.paint(artist, sketches)
    assert both[0].tobytes() != both[1].tobytes()
    assert genimg.load(artist).draw(sketches[1]).tobytes() == both[1].tobytes()
    own, shown = studio.draw(sketches[1])
    assert own.tobytes() == both[1].tobytes() and shown.width == 384  # smoothly: there is no network that enlarges


def test_what_cannot_be_drawn_is_said(artist, monkeypatch):
    white = Image.new("RGB", (32, 32), "white")
    for sketch, name, words in (
        (None, artist, "Choose a sketch first"),
        (white, "other", "other paints after no sketch"),
        (white, ["artist"], "Say which model shall draw"),
        (white, "nobody", "There is no checkpoint named 'nobody'"),
    ):
        with pytest.raises(UserError, match=words):
            studio.draw(sketch, name=name)
    monkeypatch.setenv("GENIMG_CHECKPOINTS", "/nowhere")
    with pytest.raises(UserError, match="train one with the recipe pix2pix"):
        studio.usual()


def test_a_sketch_that_a_page_sends_is_read():
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8), "teal").save(buffer, "PNG")
    text = base64.b64encode(buffer.getvalue()).decode()
    assert studio.address(f"data:image/png;base64,{text}").getpixel((3, 3)) == (0, 128, 128)
    for bad, words in (
        (None, "as a picture"),
        ("http://example.org/x.png", "as a picture"),
        ("data:image/png;base64,%%%", "damaged"),
        ("data:image/png;base64,AAAA", "not a picture"),
        ("data:image/png;base64," + "A" * 2_000_000, "larger than 1 MB"),
    ):
        with pytest.raises(UserError, match=words):
            studio.address(bad)


def test_examples_are_of_faces_that_never_trained():
    assert all(studio.FIRST <= index <= studio.LAST for index in studio.EXAMPLES)
    assert studio.example(studio.FIRST, 64).size == (64, 64)
    for bad in (0, studio.LAST + 1, None, [], "7", 5400.5):
        with pytest.raises(UserError, match="The example must be a whole number from 5400 to 5999"):
            studio.example(bad)


def test_sketches_that_came_along_with_a_checkpoint_are_shown_and_bad_ones_are_not(artist, tmp_path):
    assert studio.known(artist) == []
    for shape, count in (((7, 3, 32, 32), 5), ((7, 32, 32), 0), ((7, 4, 32, 32), 0), ((1, 3, 8, 600), 0)):
        own = torch.randint(0, 256, shape, dtype=torch.uint8)
        checkpoints.save_tensors({"sources": own}, tmp_path / artist / "sources.safetensors")
        assert len(studio.known(artist)) == count
    checkpoints.save_tensors({"others": own}, tmp_path / artist / "sources.safetensors")
    assert studio.known(artist) == []
    (tmp_path / artist / "training.json").write_text('{"data": "avatars"}')
    assert studio.known(artist) == []  # faces, of which there are better sketches


@pytest.mark.parametrize(("colour", "where"), [("#ff5c5c", "clothes"), ("#614335", "skin")])
def test_the_shipped_network_paints_with_the_colours_of_a_clumsy_sketch(colour, where):
    sketch = Image.new("RGB", (512, 512), "white")
    pen = ImageDraw.Draw(sketch)
    pen.ellipse((70, 390, 450, 640), fill=colour if where == "clothes" else "#65c9ff")
    pen.ellipse((140, 100, 370, 400), fill=colour if where == "skin" else "#edb98a")
    for x in (210, 300):
        pen.ellipse((x - 12, 220, x + 12, 244), fill="black")
    made, shown = studio.draw(sketch)
    place = (64, 118) if where == "clothes" else (64, 42)
    wanted = tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))
    assert max(abs(a - b) for a, b in zip(made.getpixel(place), wanted, strict=True)) < 40
    assert min(made.getpixel((3, 3))) > 200  # paper
    eye = made.crop((46, 50, 60, 64)).convert("L").getextrema()
    assert eye[1] - eye[0] > 30
    assert made.size == (128, 128) and shown.size == (512, 512)
