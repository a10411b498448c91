"""Reconstruction, morphs and sampling, with a small untrained autoencoder."""

import math

import numpy as np
import pytest
import torch
from PIL import Image

from genimg.core.errors import UserError
from genimg.studio import examples, sampler, vae

MODEL = "small-vae"
pytestmark = pytest.mark.usefixtures("small")


def pixels(image):
    return np.asarray(image, int)


@pytest.fixture(scope="module")
def faces():
    return vae.examples(32)


@pytest.mark.parametrize(
    ("size", "box"), [((32, 32), None), ((90, 60), (15, 0, 75, 60)), ((1, 1), None), ((20, 400), (0, 190, 20, 210))]
)
def test_any_shape_is_cropped_to_its_central_square(size, box):
    upload = Image.new("RGB", size, "red")
    if box:
        upload.paste("blue", box)
    made = vae.reconstruct(MODEL, upload)
    assert [p.size for p in (made.original, made.reconstruction, made.error)] == [(32, 32)] * 3
    assert np.array_equal(pixels(made.original), np.full((32, 32, 3), (0, 0, 255) if box else (255, 0, 0)))
    assert made.cut is bool(box)
    framed = np.asarray(made.framed.convert("RGB"), int)
    assert max(made.framed.size) == min(256, max(size))
    assert np.any(framed[0, 0] != (0, 0, 255))  # a corner of the upload is faded, or carries the frame


@pytest.mark.parametrize("mode", ["L", "LA", "RGBA", "P", "1", "CMYK"])
def test_any_mode_is_taken(mode):
    assert vae.reconstruct(MODEL, Image.new(mode, (40, 40))).original.mode == "RGB"


def test_the_figures_are_those_of_the_pictures(faces):
    made = vae.reconstruct(MODEL, faces[0], gain=2.0)
    difference = np.abs(pixels(made.original) - pixels(made.reconstruction)) / 255
    assert made.psnr == pytest.approx(-10 * math.log10((difference**2).mean()), abs=0.05)
    assert np.abs(pixels(made.error)[..., 0] / 255 - (2 * difference.mean(-1)).clip(0, 1)).max() < 0.02
    assert np.array_equal(pixels(made.original), pixels(faces[0]))


def test_photographs_are_strange_to_a_model_of_drawn_faces_and_faces_are_not(monkeypatch):
    monkeypatch.delenv("GENIMG_CHECKPOINTS")  # the shipped ones
    assert not any(vae.strange("avatars-vae", face) for face in [*vae.examples(64), None])
    made = sampler.draw("avatars-dcgan", "dcgan", count=8).images
    assert not any(vae.strange("avatars-vae", face) for face in made)
    assert all(vae.strange("avatars-vae", photo) for photo in examples.photos().values())


def test_the_psnr_of_equal_pictures_is_finite(monkeypatch):
    grey = Image.new("RGB", (32, 32), (51, 102, 153))
    monkeypatch.setattr(sampler.Sampler, "render", lambda self, latents: [grey])
    made = vae.reconstruct(MODEL, grey)
    assert made.psnr == pytest.approx(100) and pixels(made.error).max() == 0


@pytest.mark.parametrize("method", ["linear", "spherical"])
def test_a_morph_begins_and_ends_with_the_reconstructions(faces, method):
    frames = vae.morph(MODEL, faces[0], faces[1], frames=5, method=method)
    assert len(frames) == 5
    for frame, face in ((frames[0], faces[0]), (frames[-1], faces[1])):
        assert np.abs(pixels(frame) - pixels(vae.reconstruct(MODEL, face).reconstruction)).max() <= 1
    middle = pixels(frames[2])
    assert min(np.abs(middle - pixels(frames[i])).mean() for i in (0, -1)) > 0.5


def test_the_filmstrip_shows_both_ends(faces):
    frames = vae.morph(MODEL, faces[0], faces[1], frames=30)
    strip = vae.filmstrip(frames)
    assert strip.size == (8 * 33 - 1, 32)
    assert np.array_equal(pixels(strip)[:, :32], pixels(frames[0]))
    assert np.array_equal(pixels(strip)[:, -32:], pixels(frames[-1]))
    assert vae.filmstrip(frames[:2]).width == 65 and vae.filmstrip(frames[:1]).width == 32


def test_samples_repeat_and_narrow_to_the_components_centres():
    made = vae.sample(MODEL, seed=5, count=6)
    assert made.truncation == 0.8
    assert np.array_equal(pixels(made.images[2]), pixels(vae.sample(MODEL, seed=5, count=3).images[2]))
    assert np.abs(pixels(made.images[3]) - pixels(vae.sample(MODEL, seed=8, count=1).images[0])).max() <= 1
    centres = {image.tobytes() for image in vae.sample(MODEL, count=30, truncation=0.0).images}
    assert len(centres) == 2  # the mixture has two components
    plain = vae.sample(MODEL, seed=5, count=1, truncation=0.8).images[0]
    assert np.array_equal(pixels(sampler.steer(MODEL, *vae.KINDS, seed=5, truncation=0.8)), pixels(plain))


def test_variations_go_from_the_picture_to_its_kind(faces):
    def varied(strength, **settings):
        return np.stack([pixels(p) for p in vae.variations(MODEL, faces[0], strength=strength, count=4, **settings)])

    itself = pixels(vae.reconstruct(MODEL, faces[0]).reconstruction)
    assert np.abs(varied(0) - itself).max() <= 1
    change = [np.abs(varied(strength) - itself).mean() for strength in (0.1, 0.3, 0.6)]
    assert 0 < change[0] < change[1] < change[2]
    assert np.abs(varied(0.5, seed=2)[0] - varied(0.5)[2]).max() <= 1  # picture i of a seed is picture 0 of seed + i
    # At full strength nothing is left of the picture but its component of the mixture.
    source = sampler.sampler(MODEL, *vae.KINDS)
    latents = vae.encode(source, *faces)
    kinds = [vae._component(source, latent)[0] for latent in latents]
    alike = next(i for i in range(1, len(faces)) if torch.equal(kinds[i], kinds[0]))
    other = vae.variations(MODEL, faces[alike], strength=1.0, count=1)[0]
    assert np.abs(pixels(other) - varied(1.0)[0]).max() <= 1


def test_a_latent_belongs_to_the_component_that_drew_it():
    source = sampler.sampler(MODEL, *vae.KINDS)
    for mean in source.mixture["means"]:
        assert torch.equal(vae._component(source, mean + 0.1)[0], mean)


@pytest.mark.parametrize("bad", [math.nan, None, True, [0], "1", -0.1, 1.5], ids=repr)
def test_a_bad_strength_is_a_sentence(faces, bad):
    with pytest.raises(UserError, match="Strength must be a number from 0 to 1, got"):
        vae.variations(MODEL, faces[0], strength=bad)
    with pytest.raises(UserError, match="Choose a picture first"):
        vae.variations(MODEL, None)


def test_the_examples_are_held_out_and_repeat():
    faces = vae.examples()
    assert len(faces) == vae.EXAMPLES and {face.size for face in faces} == {(64, 64)}
    assert len({face.tobytes() for face in faces}) == vae.EXAMPLES
    assert vae.FIRST_HELD_OUT >= 0.9 * vae.COUNT


@pytest.mark.parametrize("bad", [math.nan, None, True, [2], "4", 0.5, 21, math.inf], ids=repr)
def test_a_bad_gain_is_a_sentence(faces, bad):
    with pytest.raises(UserError, match="Error gain must be a number from 1 to 20, got"):
        vae.reconstruct(MODEL, faces[0], gain=bad)


@pytest.mark.parametrize("bad", [math.nan, None, True, [2], 2.5, 1, 121, math.inf], ids=repr)
def test_a_bad_number_of_frames_is_a_sentence(faces, bad):
    with pytest.raises(UserError, match="Frames must be a whole number from 2 to 120, got"):
        vae.morph(MODEL, faces[0], faces[1], frames=bad)


@pytest.mark.parametrize("bad", ["cubic", None, 1, ["linear"]], ids=repr)
def test_a_bad_way_is_a_sentence(faces, bad):
    with pytest.raises(UserError, match="The way must be one of linear, spherical; got"):
        vae.morph(MODEL, faces[0], faces[1], method=bad)


def test_no_picture_or_something_else_is_a_sentence(faces):
    for call in (lambda p: vae.reconstruct(MODEL, p), lambda p: vae.morph(MODEL, faces[0], p)):
        with pytest.raises(UserError, match="Choose a picture first"):
            call(None)
        with pytest.raises(UserError, match="must be a PIL image, got str"):
            call("face.png")


@pytest.mark.parametrize("bad", ["small-dcgan", "../small-vae", None, 3], ids=repr)
def test_a_bad_model_is_a_sentence(faces, bad):
    for call in (lambda: vae.reconstruct(bad, faces[0]), lambda: vae.sample(bad), lambda: vae.morph(bad, *faces[:2])):
        with pytest.raises(UserError, match="The model must be one of small-vae; got"):
            call()
