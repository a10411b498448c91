"""One picture told in full: checked, drawn together with others, enlarged, kept."""

import io
import json

import numpy as np
import pytest
import torch
from PIL import Image

from genimg.core.errors import UserError
from genimg.studio import sampler, steering
from genimg.studio.generate import KINDS
from genimg.studio.steering import Steering, parse

MODEL = "avatars-dcgan"


def pixels(image):
    return np.asarray(image, float)


def test_a_batch_draws_what_each_would_draw_alone_and_a_wrong_one_spoils_none():
    asked = [
        Steering(MODEL, 3),
        Steering(MODEL, -1),
        Steering(MODEL, 4, amounts=[2.0]),
        Steering(MODEL, 5, amounts=[9.0]),
    ]
    first, wrong, moved, far = steering.draw(asked, *KINDS)
    assert isinstance(wrong, UserError) and "Seed" in str(wrong)
    assert isinstance(far, UserError) and "Direction 1" in str(far)
    alone = sampler.steer(MODEL, *KINDS, seed=4, amounts=[2.0])
    assert np.abs(pixels(moved) - pixels(alone)).max() <= 2
    assert np.abs(pixels(first) - pixels(sampler.draw(MODEL, *KINDS, seed=3, count=1).images[0])).max() <= 2
    assert all(isinstance(one, UserError) for one in steering.draw([Steering(MODEL, -1)] * 2, *KINDS))


def test_the_way_to_another_face_begins_and_ends_where_it_should():
    source, start, _ = steering.told(Steering(MODEL, 1, other=2, share=0.0), *KINDS)
    end = steering.told(Steering(MODEL, 1, other=2, share=1.0), *KINDS)[1]
    half = steering.told(Steering(MODEL, 1, other=2, share=0.5), *KINDS)[1]
    assert torch.equal(start, source.latents(1)) and torch.allclose(end, source.latents(2), atol=1e-5)
    assert abs(half.norm() - (start.norm() + end.norm()) / 2) < 1e-3  # along the sphere
    conditional = "avatars-dcgan-conditional"
    ends = [steering.told(Steering(conditional, 1, other=2, share=share), *KINDS)[2] for share in (0, 0.25, 1)]
    assert torch.allclose(ends[1], 0.75 * ends[0] + 0.25 * ends[2])
    frames = steering.film(Steering(MODEL, 1, other=2), *KINDS)
    assert len(frames) == 46 and frames[1] == frames[-1]


def test_files_remember_how_they_were_made():
    asked = Steering(MODEL, 2, truncation=0.8, amounts=[0.5], numbers={3: 1.5})
    for what, side, name in (("own", 64, f"{MODEL}-2.png"), ("enlarged", 256, f"{MODEL}-2-enlarged.png")):
        content, called, kind = steering.file(asked, what, None, *KINDS)
        with Image.open(io.BytesIO(content)) as png:
            told = json.loads(png.text["genimg"])["parameters"]
            assert (png.size, called, kind) == ((side, side), name, "image/png")
        assert told.pop("enlarged") == (what == "enlarged")
        again = {"model": MODEL, "seed": 2, "truncation": 0.8, "amounts": [0.5], "numbers": {"3": 1.5}}
        assert {key: told[key] for key in again} == again and parse(told) == asked
    with pytest.raises(UserError, match="own, enlarged, sheet"):
        steering.file(asked, "exe", None, *KINDS)
    with pytest.raises(UserError, match="small drawings in colour"):
        steering.file(Steering("fashion-dcgan"), "enlarged", None, *KINDS)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (None, "table"),
        ([], "table"),
        ({}, "which model"),
        ({"model": 3}, "which model"),
        ({"model": MODEL, "path": "/etc/passwd"}, "'path'"),
        ({"model": MODEL, "amounts": {"0": 1}}, "amounts come as a list"),
        ({"model": MODEL, "numbers": [1]}, "numbers come as a table"),
        ({"model": MODEL, "numbers": {"-1": 1}}, "position"),
        ({"model": MODEL, "attributes": "x"}, "attributes come as a table"),
    ],
)
def test_what_is_no_such_table_is_a_sentence(asked, says):
    with pytest.raises(UserError, match=says):
        parse(asked)


@pytest.mark.parametrize(
    "wrong",
    [
        {"model": "nobody"},
        {"seed": float("nan")},
        {"seed": "7"},
        {"truncation": 9},
        {"classes": "x"},
        {"amounts": ["x"]},
        {"amounts": [float("inf")]},
        {"attributes": {"Glasses": 6}},
        {"attributes": {"Horns": 1}},
        {"numbers": {"999": 1.0}},
        {"numbers": {"1": 1e9}},
        {"other": -1},
        {"share": 2},
        {"share": True},
        {"steps": 10},  # of a model that draws at once
        {"model": "avatars-flow", "steps": 0},
        {"model": "avatars-flow", "guidance": "much"},
    ],
)
def test_what_is_out_of_range_is_a_sentence(wrong):
    asked = parse({"model": MODEL} | wrong)
    assert isinstance(steering.draw([asked], *KINDS)[0], UserError)


def test_resting_stages_and_the_numbers_behind():
    own, large = steering.resting(Steering(MODEL, 3), *KINDS)
    assert own.size == (64, 64) and large.size == (256, 256)
    assert np.abs(pixels(large.resize((64, 64), Image.Resampling.BOX)) - pixels(own)).mean() < 12
    assert steering.resting(Steering("fashion-dcgan", 3), *KINDS)[1] is None
    grown = steering.stages(Steering("avatars-progressive", 3), *KINDS)
    assert [one.size[0] for one in grown] == [4 * 2**i for i in range(len(grown))] and len(grown) >= 4
    assert steering.stages(Steering(MODEL, 3), *KINDS) == []
    shown = steering.numbers(Steering(MODEL, 3), 16, *KINDS)
    assert np.allclose(shown, sampler.sampler(MODEL, *KINDS).latents(3)[0, 16:32].clamp(-4, 4), atol=0.006)
