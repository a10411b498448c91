import math
import urllib.error

import numpy as np
import pytest
import torch
from PIL import Image, ImageChops, ImageStat

from genimg.core.errors import UserError
from genimg.core.runtime import device
from genimg.studio import examples, people, style, vgg19


@pytest.fixture(scope="module")
def photo():
    return examples.photo("Coffee")


@pytest.fixture(scope="module")
def painting():
    return examples.style("Stained glass")


def difference(one, other):
    return sum(ImageStat.Stat(ImageChops.difference(one, other.resize(one.size))).mean)


def test_instant_picture(photo, painting):
    painted = style.stylize(photo, painting, size=256)
    assert painted.mode == "RGB" and painted.size == (256, 171)
    assert painted.tobytes() == style.stylize(photo, painting, size=256).tobytes()
    assert difference(painted, photo) > 30


@pytest.mark.parametrize("brush", [0.5, 2.0])
def test_no_strength_is_the_photo_and_the_way_from_there_is_even(photo, painting, brush):
    strengths = (0.0, 0.25, 0.5, 0.75, 1.0)
    made = [style.stylize(photo, painting, size=256, strength=one, brush=brush) for one in strengths]
    small = photo.resize(made[0].size, Image.Resampling.LANCZOS)
    far = [difference(one, small) for one in made]
    assert far[0] < 0.1
    assert all(0.1 * far[-1] < step < 0.5 * far[-1] for step in (b - a for a, b in zip(far, far[1:], strict=False)))


def test_a_second_style_on_one_part():
    """The person is as in the one style, what is behind as in the other, each by itself."""
    photo, one, other = examples.photo("Astronaut"), examples.style("Waves"), examples.style("Stained glass")
    both = np.asarray(style.stylize(photo, one, second=other, second_on="background", size=256), float)
    person, behind = (np.asarray(style.stylize(photo, which, size=256), float) for which in (one, other))
    where = np.asarray(people.person_mask(photo.resize((256, 256)))[0, 0])
    assert 0.3 < (where > 0.99).mean() < 0.7 and (where < 0.01).mean() > 0.2
    for place, own, foreign in ((where > 0.99, person, behind), (where < 0.01, behind, person)):
        assert abs(both - own)[place].mean() < 4 < 20 < abs(both - foreign)[place].mean()
    steps = style.refine(photo, one, second=other, second_on="person", size=256, seconds=2)
    assert next(steps).image.shape == (1, 3, 256, 256)
    with pytest.raises(UserError, match="place must be one of mixed, person, background"):
        style.stylize(photo, one, second=other, second_on="left")


def test_smoothness_is_even_from_none_to_clearly_smooth(photo, painting, monkeypatch):
    """Before, the roughness hardly fell from 0 to 10: by a quarter."""
    real, rough = style.style_transfer.refine, []
    monkeypatch.setattr(
        style.style_transfer, "refine", lambda *args, **more: real(*args, **more | {"seconds": math.inf, "steps": 8})
    )
    for value in (0, 5, 10):
        *_, last = style.refine(photo, painting, size=256, smoothness=value)
        rough.append(last.metrics["tv"])
    assert rough[1] < 0.8 * rough[0] and rough[2] < 0.8 * rough[1] and rough[2] > 0.1 * rough[0]


def test_what_begins_by_itself_gives_way(photo, painting):
    def refined(asked):
        return style.refine(photo, painting, size=256, seconds=20, asked=asked)

    alone = refined(False)
    next(alone)
    assert not list(refined(False))  # one is enough
    wanted = refined(True)
    next(wanted)
    assert len(list(alone)) <= 1 and not list(refined(False))
    wanted.close()
    next(refined(False))


def test_a_second_style_and_the_brush_change_the_picture(photo, painting):
    plain = style.stylize(photo, painting, size=256)
    other = examples.style("Waves")
    assert difference(plain, style.stylize(photo, painting, second=other, blend=0.0, size=256)) < 1
    assert difference(plain, style.stylize(photo, painting, second=other, blend=1.0, size=256)) > 10
    assert difference(plain, style.stylize(photo, painting, brush=2.0, size=256)) > 5


def test_only_the_person_or_only_what_is_behind_is_painted(painting):
    portrait = examples.photo("Astronaut")
    whole, person, behind = (style.stylize(portrait, painting, size=256, only=part) for part in style.PARTS)
    small = portrait.resize((256, 256), Image.Resampling.LANCZOS)
    face, wall = (97, 45, 120, 72), (158, 20, 172, 60)
    for made, here, there in ((person, face, wall), (behind, wall, face)):
        assert difference(made.crop(there), small.crop(there)) < 3 < difference(made.crop(here), small.crop(here))
        assert difference(made.crop(here), whole.crop(here)) < 3
    with pytest.raises(UserError, match="No person was found"):
        style.stylize(Image.new("RGB", (80, 80), "teal"), painting, size=256, only="person")
    with pytest.raises(UserError, match="what is painted must be one of all, person, background"):
        style.stylize(portrait, painting, size=256, only="hat")


def test_what_does_not_change_is_looked_for_once(painting, monkeypatch):
    asked = []
    for module, name in ((style.people, "person_mask"), (style.style_transfer, "plain")):
        real = getattr(module, name)
        monkeypatch.setattr(module, name, lambda *args, name=name, real=real: asked.append(name) or real(*args))
    portrait, other = examples.photo("Astronaut"), examples.style("Waves")
    how = {"second": other, "second_on": "background", "only": "person", "size": 256}
    half = style.stylize(portrait, painting, strength=0.5, **how)
    assert asked == ["person_mask", "plain"]
    for strength in (0.7, 0.2, 1.0):
        assert difference(half, style.stylize(portrait, painting, strength=strength, **how)) > 1
    assert asked.count("plain") == 1
    style.stylize(examples.photo("Cat"), painting, strength=0.5, size=256)
    assert asked.count("plain") == 2
    again = style.stylize(portrait, painting, strength=0.5, **how)
    assert asked.count("plain") == 3 and difference(half, again) < 0.5


def test_kept_colours_are_the_photos(painting):
    gray = examples.photo("Cat").convert("L").convert("RGB")
    red, green, blue = style.stylize(gray, painting, keep_colors=True, size=256).split()
    assert difference(red, green) < 3 and difference(green, blue) < 3


@pytest.mark.parametrize("shape", [(1, 1), (50, 1), (3, 130), (333, 77)])
def test_odd_shapes(painting, shape):
    painted = style.stylize(Image.new("RGB", shape, "teal"), painting, size=256)
    assert max(painted.size) == 256
    steps = style.refine(Image.new("RGB", shape, "teal"), painting, size=256, seconds=2)
    assert next(steps).image.shape[-2:] == painted.size[::-1]
    steps.close()


BAD_NUMBERS = [math.nan, math.inf, -math.inf, None, True, "1", [1], -1, 1e9]


@pytest.mark.parametrize("bad", BAD_NUMBERS)
@pytest.mark.parametrize("name", ["blend", "strength", "brush", "size"])
def test_numbers_out_of_order_are_refused_in_a_sentence(photo, painting, name, bad):
    with pytest.raises(UserError, match="must be"):
        style.stylize(photo, painting, **{name: bad})


@pytest.mark.parametrize("bad", BAD_NUMBERS)
@pytest.mark.parametrize("name", ["content_weight", "style_weight", "smoothness", "seconds"])
def test_refine_refuses_before_it_begins(photo, painting, name, bad):
    with pytest.raises(UserError, match="must be"):
        style.refine(photo, painting, **{name: bad})


@pytest.mark.parametrize("bad", [None, 1, "yes", []])
def test_flags_and_names(photo, painting, bad):
    with pytest.raises(UserError, match="keep colours"):
        style.stylize(photo, painting, keep_colors=bad)
    with pytest.raises(UserError, match="network must be one of vgg16, vgg19"):
        style.refine(photo, painting, network=bad)


def test_missing_pictures(photo, painting):
    with pytest.raises(UserError, match="Choose a photo"):
        style.stylize(None, painting)
    with pytest.raises(UserError, match="Choose a style picture"):
        style.refine(photo, None)
    with pytest.raises(UserError, match="must be a picture"):
        style.stylize("photo.png", painting)


def test_refine_comes_to_its_end_and_nearer_to_the_style(photo, painting):
    torch.optim.Adam([torch.zeros(1, requires_grad=True)])  # the first one imports for seconds, which are not its own
    steps = list(style.refine(photo, painting, size=256, seconds=5))
    assert len(steps) >= 2
    assert steps[-1].metrics["style"] < steps[0].metrics["style"]
    assert torch.isfinite(steps[-1].image).all()


def test_instant_pictures_go_on_beside_a_refinement(photo, painting):
    steps = style.refine(photo, painting, size=256, seconds=30)
    next(steps)  # suspended in the middle, as it is while the page shows a step
    assert style.stylize(photo, painting, size=256).size == (256, 171)
    steps.close()
    assert list(steps) == []


def test_vgg19_offline_is_one_sentence_and_leaves_nothing(photo, painting, monkeypatch, tmp_path):
    def offline(*_, **__):
        raise urllib.error.URLError("no route to host")

    monkeypatch.setattr(vgg19.urllib.request, "urlopen", offline)
    monkeypatch.setattr(vgg19, "_path", lambda: tmp_path / "hub" / "vgg19-dcbb9e9d.pth")
    with pytest.raises(UserError, match="stay with VGG16: no route to host"):
        next(style.refine(photo, painting, network="vgg19"))
    assert list((tmp_path / "hub").iterdir()) == []


def test_vgg19_that_arrives_damaged_is_not_kept(monkeypatch, tmp_path):
    source = tmp_path / "source"
    source.write_bytes(b"x" * 2_500_000)
    monkeypatch.setattr(vgg19, "_url", source.as_uri)
    monkeypatch.setattr(vgg19, "_path", lambda: tmp_path / "hub" / "vgg19-dcbb9e9d.pth")
    with pytest.raises(UserError, match="damaged"):
        steps = vgg19.fetch()
        assert next(steps).metrics["megabytes"] == 1.0
        list(steps)
    assert list((tmp_path / "hub").iterdir()) == []


def test_vgg19_weights_of_torchvision_are_taken_as_they_are(monkeypatch, tmp_path):
    from torchvision.models.vgg import cfgs, make_layers

    theirs = make_layers(cfgs["E"]).eval()
    torch.save({f"features.{name}": value for name, value in theirs.state_dict().items()}, tmp_path / "vgg19.pth")
    monkeypatch.setattr(vgg19, "_path", lambda: tmp_path / "vgg19.pth")
    images = torch.rand(1, 3, 32, 32)
    mean, std = (torch.tensor(v)[:, None, None] for v in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
    with torch.no_grad():
        expected = theirs[:21]((images - mean) / std)
        ours = vgg19.load.__wrapped__()(images.to(device()))["relu4_1"].cpu()
    torch.testing.assert_close(ours, expected, rtol=1e-3, atol=1e-4)
