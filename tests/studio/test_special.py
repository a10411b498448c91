"""Generators of special kinds: those that draw by class, and those that grew."""

import math

import numpy as np
import pytest
import torch

import genimg
from genimg.core.errors import UserError
from genimg.studio import generate, sampler

pytestmark = pytest.mark.usefixtures("special")


def pixels(image):
    return np.asarray(image, int)


class TestClasses:
    MODEL = "small-classes"

    def draw(self, **asked):
        return [pixels(image) for image in generate.generate(self.MODEL, **asked).images]

    def test_what_is_asked_for_decides_beside_the_seed(self):
        dark, light = (
            self.draw(seed=4, count=3, classes={"shade": value, "side": "left"}) for value in ("dark", "light")
        )
        assert all(np.abs(a - b).max() > 20 for a, b in zip(dark, light, strict=True))
        again = self.draw(seed=4, count=3, classes={"side": "left", "shade": "dark"})
        assert all(np.array_equal(a, b) for a, b in zip(dark, again, strict=True))

    def test_what_is_left_open_is_drawn_by_the_seed_with_the_shares_of_the_data(self):
        source = sampler.sampler(self.MODEL, *generate.KINDS)
        rows = source.conditions(0, 2000)
        assert torch.allclose(rows.mean(0), torch.tensor([0.25, 0.75, 0.2, 0.3, 0.5]), atol=0.04)
        assert torch.equal(rows[7], source.conditions(7)[0])
        part = source.conditions(0, 500, {"side": "right"})
        assert part[:, 3].min() == 1 and torch.equal(part[:, :2], rows[:500, :2])

    def test_what_a_picture_has_can_be_read_back_and_asked_for(self):
        source = sampler.sampler(self.MODEL, *generate.KINDS)
        for seed in range(20):
            found = source.values(seed)
            assert list(found) == ["shade", "side"] and set(found.values()) <= {
                "dark",
                "light",
                "left",
                "right",
                "both",
            }
            assert torch.equal(source.conditions(seed, 1, found), source.conditions(seed))
            held = {"side": found["side"]}
            assert source.values(seed + 1, held) == source.values(seed + 1) | held
        asked = {"shade": {"dark": 0.3, "light": 0.9}, "side": ["left"]}
        assert source.values(3, asked) == {"shade": pytest.approx({"dark": 0.25, "light": 0.75}), "side": "left"}
        assert genimg.load(self.MODEL).values(3, {"side": "both"}) == source.values(3, {"side": "both"})

    def test_changing_one_attribute_keeps_the_noise_and_all_others(self):
        source = sampler.sampler(self.MODEL, *generate.KINDS)
        for seed in range(20):
            found = source.values(seed)
            for attribute, values in source.classes.items():
                for asked in (*values, list(values), dict.fromkeys(values, 1.0)):
                    changed = source.values(seed, {attribute: asked})
                    assert changed | {attribute: 0} == found | {attribute: 0}
                    assert changed[attribute] == asked or not isinstance(asked, str)

    def test_a_mixture_lies_between(self):
        source = sampler.sampler(self.MODEL, *generate.KINDS)
        row = source.conditions(0, 1, {"shade": {"dark": 0.3, "light": 0.9}, "side": "both"})[0]
        assert row.tolist() == pytest.approx([0.25, 0.75, 0, 0, 1])

    @pytest.mark.parametrize(
        ("classes", "words"),
        [
            ({"size": "big"}, "no attribute 'size' to draw by; it has shade, side"),
            ({"shade": "grey"}, "The shade must be one of dark, light"),
            ({"shade": {"dark": math.nan}}, "The share of dark"),
            ({"shade": {"dark": 0}}, "needs a share above 0"),
            ({"shade": None}, "The shade must be one of"),
            ({"shade": "open"}, "small-classes cannot leave the shade open; without a value chance chooses one"),
            ({"shade": ["dark", "grey"]}, "The shade must be one of"),
            ("dark", "Classes must be a table"),
        ],
    )
    def test_bad_classes_are_a_sentence(self, classes, words):
        with pytest.raises(UserError, match=words):
            self.draw(classes=classes)
        with pytest.raises(UserError, match="it has none|must be a table"):
            generate.generate("small-progressive", classes=classes)

    def test_steering_keeps_the_class(self):
        asked = {"seed": 2, "classes": {"shade": "light", "side": "left"}}
        plain = pixels(sampler.steer(self.MODEL, *generate.KINDS, **asked))
        assert np.array_equal(plain, self.draw(count=1, **asked)[0])
        assert np.abs(pixels(sampler.steer(self.MODEL, *generate.KINDS, amounts=[3.0], **asked)) - plain).max() > 0


class TestStages:
    def test_one_latent_in_all_sizes(self):
        made = generate.stages("small-progressive", seed=5)
        assert [image.size for image in made] == [(4, 4), (8, 8), (16, 16), (32, 32)]
        assert np.array_equal(
            pixels(made[-1]), pixels(generate.generate("small-progressive", seed=5, count=1).images[0])
        )

    def test_others_did_not_grow(self):
        assert generate.grows("small-progressive") and not generate.grows("small-classes")
        with pytest.raises(UserError, match="was not grown in stages"):
            generate.stages("small-classes")
