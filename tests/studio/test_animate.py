"""Films of one face and from face to face: small untrained networks for the rules, the shipped one for the pictures."""

import math

import numpy as np
import pytest
import torch

import genimg
from genimg import checkpoints
from genimg.core.errors import UserError
from genimg.data.avatars import VALUES, draw_attributes, render
from genimg.models.latent_rnn import LatentRNN
from genimg.studio import animate, vae

MODEL = "small-rnn"


@pytest.fixture
def small_rnn(small):
    """A small untrained network beside the small VAE."""
    torch.manual_seed(0)
    model = LatentRNN(latent_dim=8, moves=3, hidden=16, mixtures=4, vae="small-vae")
    checkpoints.save(model.eval(), small / MODEL)
    checkpoints.save(LatentRNN(latent_dim=8, moves=3, hidden=16, mixtures=4, vae="gone"), small / "orphan-rnn")
    yield small
    for name in (MODEL, "orphan-rnn"):
        for file in (small / name).iterdir():
            file.unlink()
        (small / name).rmdir()


@pytest.fixture(scope="module")
def faces():
    return vae.examples(32)


def pixels(film):
    return np.stack([np.asarray(frame, int) for frame in film.frames])


def test_a_film_begins_with_the_face_and_repeats_by_its_seed(small_rnn, faces):
    film = animate.animate(MODEL, faces[0], seconds=2, seed=3)
    assert film.fps == 12 and pixels(film).shape == (24, 32, 32, 3)
    assert {frame.size for frame in film.enlarged()} == {(256, 256)}
    first = np.asarray(vae.reconstruct("small-vae", faces[0]).reconstruction, int)
    assert np.abs(pixels(film)[0] - first).max() <= 1
    again, other = (animate.animate(MODEL, faces[0], seconds=2, seed=seed) for seed in (3, 4))
    assert np.array_equal(pixels(film), pixels(again)) and not np.array_equal(pixels(film), pixels(other))


def test_the_handle_makes_the_same_film(small_rnn, faces):
    frames = genimg.load(MODEL).animate(faces[0], seconds=1, seed=3)
    assert np.array_equal(pixels(animate.Film(frames, 12)), pixels(animate.animate(MODEL, faces[0], seconds=1, seed=3)))


def test_only_networks_whose_autoencoder_is_here_are_offered(small_rnn, faces):
    assert animate.models() == [MODEL]
    with pytest.raises(UserError, match="The model must be one of small-rnn; got 'orphan-rnn'"):
        animate.animate("orphan-rnn", faces[0])


def test_without_a_network_there_is_a_sentence(small, faces):
    with pytest.raises(UserError, match="no usable checkpoint that animates"):
        animate.animate("avatars-rnn", faces[0])


def test_a_way_through_faces_visits_each(small_rnn, faces):
    film = pixels(animate.keyframes("small-vae", faces[:3], between=4, loop=False))
    assert len(film) == 11
    for place, face in zip((0, 5, 10), faces, strict=False):
        there = np.asarray(vae.reconstruct("small-vae", face).reconstruction, int)
        assert np.abs(film[place] - there).max() <= 1
    loop = pixels(animate.keyframes("small-vae", faces[:3], between=4, method="linear", loop=True))
    assert len(loop) == 15 and not np.array_equal(loop[-1], loop[0])
    steps = np.abs(np.diff(loop, axis=0, append=loop[:1])).mean((1, 2, 3))
    assert steps.max() < 4 * steps.mean()  # and round again without a jump


@pytest.mark.parametrize(
    ("setting", "bad", "words"),
    [
        *[("seconds", bad, "Seconds must be a number from 1 to 20") for bad in (0, 21, math.nan, None, True, "4")],
        *[("temperature", bad, "Temperature must be a number from 0 to 1.5") for bad in (-1, 2, math.inf, [1])],
        *[("seed", bad, "Seed must be a whole number") for bad in (-1, 0.5, None, 2**31)],
    ],
)
def test_bad_settings_are_sentences(small_rnn, faces, setting, bad, words):
    with pytest.raises(UserError, match=words):
        animate.animate(MODEL, faces[0], **{setting: bad})


def test_bad_faces_and_ways_are_sentences(small_rnn, faces):
    with pytest.raises(UserError, match="Choose a picture first"):
        animate.animate(MODEL, None)
    for count in (0, 1, 13):
        with pytest.raises(UserError, match=f"2 to 12 faces; got {count}"):
            animate.keyframes("small-vae", (faces * 2)[:count])
    for settings, words in (
        ({"between": 0}, "Frames between must be a whole number from 1 to 30"),
        ({"method": "cubic"}, "The way must be one of linear, spherical"),
        ({"loop": 1}, "Loop must be true or false"),
    ):
        with pytest.raises(UserError, match=words):
            animate.keyframes("small-vae", faces[:2], **settings)


def test_the_shipped_network_blinks_talks_and_keeps_the_person():
    person = draw_attributes(36_000) | {"hair": "SHORT_FLAT", "glasses": "NONE", "beard": "NONE", "skin": "LIGHT"}
    calm = person | {"mouth": "SERIOUS", "eyes": "DEFAULT", "eyebrows": "DEFAULT"}
    film = np.stack([pixels(animate.animate("avatars-rnn", render(calm), seconds=15, seed=seed)) for seed in (0, 1)])
    film = film.reshape(-1, *film.shape[2:])

    def nearest(attribute, rows):
        """Return for each frame the value of the attribute whose drawing looks most like it there."""
        band = slice(*rows)
        drawn = np.stack([np.asarray(render(calm | {attribute: value}), int) for value in VALUES[attribute]])
        errors = [np.square(film[:, band] - one[band]).mean((1, 2, 3)) for one in drawn]
        return [VALUES[attribute][i] for i in np.argmin(errors, axis=0)]

    eyes, mouths = nearest("eyes", (26, 34)), nearest("mouth", (37, 47))
    closed = np.array([value == "CLOSED" for value in eyes])
    assert 4 <= (~closed[:-1] & closed[1:]).sum() <= 30 and closed.mean() < 0.3  # 30 seconds
    assert len(set(mouths)) >= 4
    assert np.mean([a != b for a, b in zip(mouths, mouths[1:], strict=False)]) > 0.1

    still = np.ones((64, 64), bool)
    still[19:48, 14:50] = False  # the face itself
    assert np.abs(film - film[0])[:, still].mean(1).max() < 6  # hair, clothes and background stay, of 255
    middle = film[:, 34:36, 14:50].mean((1, 2))  # the cheeks keep their colour
    assert np.abs(middle - middle[0]).max() < 12
