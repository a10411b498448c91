"""How a flow is followed, and the ways from noise to a picture and from seed to seed, with small untrained networks."""

import dataclasses
import math

import av
import numpy as np
import pytest
import torch
from PIL import Image

import genimg
from genimg import checkpoints
from genimg.core.errors import UserError
from genimg.core.images import to_pil
from genimg.models.autoencoder import Autoencoder
from genimg.models.dcgan import DCGAN
from genimg.models.flow import Flow
from genimg.studio import sampler, ways
from genimg.training.drawing import Course

KINDS = ("flow", "dcgan")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A flow, its autoencoder and a generator that draws at once: untrained, but no two seeds look alike."""
    folder = tmp_path_factory.mktemp("flows")
    torch.manual_seed(0)
    networks = {
        "coder": Autoencoder(image_size=32, latent_channels=4, widths=(16, 8), depth=1),
        "flow": Flow(
            latent_shape=(4, 4, 4), num_classes=(2, 3), widths=(16, 32), depth=1, embedding=16, autoencoder="coder"
        ),
        "plain": DCGAN(image_size=32, latent_dim=8, widths=(16, 8, 8)),
    }
    for name, network in networks.items():
        for weight in network.parameters():
            if weight.dim() > 1:
                torch.nn.init.xavier_normal_(weight, gain=2 if name == "plain" else 1)
        checkpoints.save(network.eval(), folder / name)
    shares = {"shade": {"dark": 0.25, "light": 0.75}, "side": {"left": 0.2, "right": 0.3, "both": 0.5}}
    checkpoints.save_classes(shares, folder / "flow")
    return folder


@pytest.fixture(autouse=True)
def only_these(folder, monkeypatch):
    monkeypatch.setenv("GENIMG_CHECKPOINTS", str(folder))


@pytest.fixture
def source():
    return sampler.sampler("flow", *KINDS)


def pixels(image):
    return np.asarray(image, int)


def draw(**asked):
    return pixels(sampler.draw("flow", *KINDS, seed=3, count=1, **asked).images[0])


class TestCourse:
    def test_what_is_not_said_is_the_models_own(self, source):
        assert source.course() == source.model.course == Course()
        assert source.course(guidance=2) == dataclasses.replace(Course(), guidance=2.0)
        assert source.course(30, 4, "heun") == Course(30, 4.0, "heun")
        assert np.array_equal(draw(), draw(steps=Course().steps, guidance=Course().guidance, solver=Course().solver))

    def test_each_part_of_it_changes_the_picture(self):
        own = draw(steps=10, guidance=1.0, solver="euler")
        for other in ({"steps": 4}, {"guidance": 3.0}, {"solver": "heun"}):
            assert not np.array_equal(own, draw(**{"steps": 10, "guidance": 1.0, "solver": "euler"} | other)), other
        assert np.array_equal(pixels(sampler.steer("flow", *KINDS, seed=3, steps=4)), draw(steps=4))
        assert np.array_equal(pixels(genimg.load("flow").sample(seed=3, guidance=3.0)[0]), draw(guidance=3.0))

    def test_guidance_1_is_the_conditional_field_and_2_is_as_far_again(self, source):
        latents, told = source.latents(3), source.conditions(3)
        with torch.inference_mode():
            noise, plain = source.model.places(latents, told, Course(1, 1.0))
            _, unled = source.model.places(latents, torch.zeros_like(told), Course(1, 1.0))
            _, led = source.model.places(latents, told, Course(1, 2.0))
        torch.testing.assert_close(noise.flatten(1), latents)
        torch.testing.assert_close(led - plain, plain - unled)
        assert (plain - unled).abs().max() > 1e-3

    @pytest.mark.parametrize(
        ("asked", "words"),
        [
            *[
                ({"steps": bad}, "Steps must be a whole number from 4 to 30")
                for bad in (3, 31, 4.5, True, "9", math.nan)
            ],
            *[({"guidance": bad}, "Guidance must be a number from 1 to 4") for bad in (0.9, 4.1, math.inf, "2", [2])],
            *[({"solver": bad}, "The solver must be one of euler, heun") for bad in ("rk4", 1, [])],
        ],
        ids=str,
    )
    def test_bad_values_are_a_sentence(self, asked, words):
        for make in (draw, lambda **a: ways.way("flow", *KINDS, **a), lambda **a: ways.between("flow", *KINDS, **a)):
            with pytest.raises(UserError, match=words):
                make(**asked)

    def test_who_draws_at_once_takes_none(self):
        assert sampler.sampler("plain", *KINDS).course() is None
        for asked in ({"steps": 10}, {"guidance": 1.0}, {"solver": "euler"}):
            with pytest.raises(UserError, match="plain draws at once: it takes no steps, guidance or solver"):
                sampler.draw("plain", *KINDS, **asked)


def test_an_open_attribute_is_not_told_to_the_network(source):
    for seed in range(9):
        found = source.values(seed, {"side": "open"})
        assert found == source.values(seed) | {"side": "open"}
        row = source.conditions(seed, 1, {"side": "open"})[0]
        assert row[2:].tolist() == [0, 0, 0] and torch.equal(row[:2], source.conditions(seed)[0, :2])
        assert torch.equal(source.conditions(seed, 1, found)[0], row)
    assert not np.array_equal(draw(classes={"side": "open"}), draw())


class TestWay:
    def test_it_begins_with_the_noise_and_ends_with_the_picture(self, source):
        asked = {"steps": 6, "guidance": 2.0, "classes": {"shade": "dark"}}
        made = ways.way("flow", *KINDS, seed=3, frames=5, **asked)
        with torch.inference_mode():
            noise = to_pil(source.model.autoencoder.decode(source.latents(3).view(1, 4, 4, 4)))[0]
        assert len(made) == 5 and np.abs(pixels(made[0]) - pixels(noise)).max() <= 1
        assert np.abs(pixels(made[-1]) - draw(**asked)).max() <= 1
        assert pixels(genimg.load("flow").way(seed=3, frames=5, **asked)[2]).tolist() == pixels(made[2]).tolist()
        middle = pixels(ways.way("flow", *KINDS, seed=3, frames=3, **asked)[1])
        assert np.abs(pixels(made[2]) - middle).max() <= 1  # half the time, whatever the number of pictures

    def test_others_have_none(self):
        with pytest.raises(UserError, match="plain draws at once; only a flow has a way"):
            ways.way("plain", *KINDS)
        with pytest.raises(UserError, match="Frames must be a whole number from 2 to 120, got 1"):
            ways.way("flow", *KINDS, frames=1)


class TestBetween:
    @pytest.mark.parametrize("model", ["flow", "plain"])
    def test_both_ends_are_the_pictures_of_their_seeds(self, model):
        made = ways.between(model, *KINDS, first=3, second=8, frames=20)
        assert len(made) == 20
        for image, seed in ((made[0], 3), (made[-1], 8)):
            own = sampler.draw(model, *KINDS, seed=seed, count=1).images[0]
            assert np.abs(pixels(image) - pixels(own)).max() <= 1
        assert pixels(genimg.load(model).between(3, 8, frames=20)[7]).tolist() == pixels(made[7]).tolist()
        steps = [np.abs(pixels(a) - pixels(b)).mean() for a, b in zip(made, made[1:], strict=False)]
        assert max(steps) < 6 * np.mean(steps)

    def test_along_the_sphere_lengths_are_kept_and_attributes_go_over_evenly(self, source, monkeypatch):
        seen = []
        monkeypatch.setattr(sampler.Sampler, "render", lambda self, *told, **how: seen.append(told) or [])
        ways.between("flow", *KINDS, first=3, second=8, frames=5)
        latents, told = seen.pop()
        lengths = latents.norm(dim=1)
        torch.testing.assert_close(lengths, torch.linspace(lengths[0], lengths[-1], 5))
        torch.testing.assert_close(told[2], (source.conditions(3)[0] + source.conditions(8)[0]) / 2)
        ways.between("flow", *KINDS, first=3, second=8, frames=5, method="linear", classes={"shade": "dark"})
        latents, told = seen.pop()
        torch.testing.assert_close(latents[2], (source.latents(3)[0] + source.latents(8)[0]) / 2)
        assert told[:, 0].tolist() == [1] * 5

    @pytest.mark.parametrize(
        ("asked", "words"),
        [
            ({"first": -1}, "Seed must be"),
            ({"second": None}, "Seed must be"),
            ({"frames": 121}, "Frames must be a whole number from 2 to 120"),
            ({"method": "cubic"}, "The way must be one of linear, spherical"),
            ({"classes": {"shade": "pink"}}, "The shade must be one of"),
        ],
        ids=str,
    )
    def test_bad_values_are_a_sentence(self, asked, words):
        with pytest.raises(UserError, match=words):
            ways.between("flow", *KINDS, **asked)


class TestCommands:
    def test_the_way_as_a_row_and_as_a_film(self, run, tmp_path):
        code, _, err = run("sample", "flow", "--seed", 3, "--steps", 5, "--way", "--out", tmp_path / "way.png")
        assert code == 0, err
        with Image.open(tmp_path / "way.png") as row:
            last = pixels(row.crop((7 * 32, 0, 8 * 32, 32)))
            assert row.size == (8 * 32, 32) and np.abs(last - draw(steps=5)).max() <= 1
        assert run("sample", "flow", "--way", "--out", tmp_path / "way.mp4")[0] == 0
        with av.open(str(tmp_path / "way.mp4")) as film:
            frames = [frame.width for frame in film.decode(video=0)]
        assert frames == [256] * (ways.FRAMES + ways.FPS)

    def test_from_seed_to_seed_and_back(self, run, tmp_path):
        asked = ("--seeds", 3, 8, "--frames", 5, "--class", "side=open", "--guidance", 2)
        assert run("interpolate", "flow", *asked, "--out", tmp_path / "between.gif")[0] == 0
        with Image.open(tmp_path / "between.gif") as film:
            assert film.n_frames == 8

    @pytest.mark.parametrize(
        ("words", "wrong"),
        [
            (("sample", "plain", "--way"), "only a flow has a way"),
            (("sample", "plain", "--steps", "9"), "plain draws at once"),
            (("sample", "flow", "--way", "--count", "2"), "--way shows one picture"),
            (("interpolate", "flow"), "Name two pictures, or two seeds"),
            (("interpolate", "flow", "a.png", "b.png", "--seeds", "1", "2"), "not both"),
            (("interpolate", "flow", "a.png", "b.png", "--steps", "9"), "asked for with --seeds"),
            (("evaluate", "plain", "--courses", "--data", "avatars"), "plain is no flow"),
        ],
        ids=str,
    )
    def test_what_does_not_go_together_is_a_sentence(self, run, tmp_path, words, wrong):
        out = (
            () if words[0] == "evaluate" else ("--out", tmp_path / ("x.gif" if words[0] == "interpolate" else "x.png"))
        )
        code, _, err = run(*words, *out)
        assert code == 2 and wrong in " ".join(err.split())
        assert not list(tmp_path.iterdir())


def test_films():
    assert ways.there_and_back([1, 2, 3]) == [1, 2, 3, 2] and ways.there_and_back([1, 2]) == [1, 2]
    assert ways.held([1, 2], 2) == [1, 2, 2, 2]
