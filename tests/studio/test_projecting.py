"""Pictures of one's own are found in the latent space, with what they show, and come back from what is told of them."""

import numpy as np
import pytest
import torch

from genimg.core import recipes
from genimg.core.errors import UserError
from genimg.core.images import encode, open_image
from genimg.data.avatars import draw_attributes, render
from genimg.studio import again, examples, projecting, sampler, steering, vae

FACE = vae.FIRST_HELD_OUT + 20


def test_a_flow_finds_a_face_what_it_shows_and_changes_it_alone():
    attributes = draw_attributes(FACE)
    face = render(attributes, 128)
    found = projecting.found("avatars-flow", face)
    assert found.psnr > 30 and found.part == 1 and not projecting.strange("avatars-flow", found)
    read = {name: attributes.get(name) == value for name, value in found.classes.items()}
    assert len(read) == 12 and sum(read.values()) >= 10

    same = projecting.drawn("avatars-flow", found)
    assert np.abs(np.asarray(same, float) - np.asarray(face.convert("RGB"), float)).mean() < 5
    kept = open_image(encode(same))
    assert np.array_equal(np.asarray(kept), np.asarray(same))
    assert np.array_equal(np.asarray(again.again(recipes.of(same))), np.asarray(same))

    other = "NONE" if found.classes["glasses"] != "NONE" else "SUNGLASSES"
    changed = np.abs(
        np.asarray(projecting.drawn("avatars-flow", found, {"glasses": other}), float) - np.asarray(same, float)
    )
    assert changed[40:75, 35:93].mean() > 3 * changed[100:].mean() + 3  # the eyes, and not the clothes


def test_without_a_reader_all_that_a_flow_draws_by_is_left_open(monkeypatch):
    monkeypatch.setattr(projecting, "open_reader", lambda *_: None)
    face = render(draw_attributes(FACE), 128)
    found = projecting.found("avatars-flow", face)
    assert found.psnr > 30 and set(found.classes.values()) == {sampler.OPEN}
    again = np.asarray(projecting.drawn("avatars-flow", found), float)
    assert np.abs(again - np.asarray(face.convert("RGB"), float)).mean() < 5


def test_a_photo_is_said_to_be_strange():
    assert projecting.strange("avatars-flow", projecting.found("avatars-flow", examples.photo("Cat")))


@pytest.mark.parametrize("model", ["small-dcgan", "small-vae", "small-classes", "small-progressive"])
def test_what_a_model_has_drawn_is_found_again(model, small_folder, special_folder, monkeypatch):
    folder = small_folder if model in ("small-dcgan", "small-vae") else special_folder
    monkeypatch.setenv("GENIMG_CHECKPOINTS", str(folder))
    target = steering.picture(model=model, seed=3)
    *before, last = projecting.project(model, target, seconds=3)
    assert last.part == 1 and last.psnr > 25 and all(one.part < 1 for one in before)
    names = sampler.sampler(model, *projecting.KINDS).classes
    assert last.classes.keys() == names.keys()
    drawn = np.asarray(projecting.drawn(model, last), float) - np.asarray(target, float)
    seen = -10 * np.log10((drawn**2).mean() / 255**2 + 1e-10)
    assert abs(min(seen, 45) - min(last.psnr, 45)) < 0.5  # beyond that the steps of a picture's colours count


def test_a_latent_as_text():
    latent = torch.tensor([0.5, -2.0, 3.25])
    text = sampler.packed(latent)
    assert torch.equal(sampler.unpacked(text, 3), latent[None])
    for bad in ("", "é", "====", text[:-2], None, 7, sampler.packed(torch.tensor([0.5, float("nan"), 1.0]))):
        with pytest.raises(UserError, match="not the latent"):
            sampler.unpacked(bad, 3)


def test_nonsense_is_a_sentence(small):
    for asked, words in (
        ({"image": None}, "Choose a picture"),
        ({"model": "nothing"}, "model"),
        ({"seconds": 0}, "Seconds"),
        ({"seed": -1}, "Seed"),
    ):
        how = {"model": "small-dcgan", "image": render(draw_attributes(FACE), 64)} | asked
        with pytest.raises(UserError, match=words):
            projecting.found(how.pop("model"), how.pop("image"), **how)
