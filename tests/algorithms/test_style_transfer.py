import math
from contextlib import nullcontext

import pytest
import torch

from genimg.algorithms import style_transfer
from genimg.algorithms.style_transfer import refine, stylize
from genimg.core.color import keep_colors
from genimg.core.plan import Plan
from genimg.nn.features import VGGFeatures


@pytest.fixture(scope="module")
def features():
    torch.manual_seed(0)
    return VGGFeatures(depths=[1, 1, 1, 1], widths=[4, 6, 8, 8]).requires_grad_(False)


@pytest.fixture(scope="module")
def pictures():
    torch.manual_seed(1)
    return torch.rand(1, 3, 300, 340), torch.rand(1, 3, 64, 48) * torch.tensor([1, 0.3, 0.1]).view(1, 3, 1, 1)


def test_refining_lowers_the_loss_coarse_to_fine(features, pictures):
    content, style = pictures
    steps = list(refine(features, content, style, content, steps=12))
    assert [step.index for step in steps] == list(range(1, 13))
    assert all(step.total == 12 for step in steps)
    assert all(step.image.shape == content.shape for step in steps)
    assert all(step.image.min() >= 0 and step.image.max() <= 1 for step in steps)
    sizes = [step.metrics["size"] for step in steps]
    assert sizes == sorted(sizes) and len(set(sizes)) == 2 and sizes[-1] == 340
    first_stage = [step.metrics["loss"] for step in steps if step.metrics["size"] == sizes[0]]
    assert first_stage[-1] < first_stage[0]
    assert {"loss", "style", "content", "tv", "seconds", "eta"} <= steps[0].metrics.keys()


def test_weights_and_mixtures_have_their_say(features, pictures):
    content, style = pictures
    content = content[..., :64, :64]

    def last(**options):
        return list(refine(features, content, style, content, steps=6, **options))[-1]

    plain = last()
    assert torch.equal(plain.image, last().image)  # the same again
    red = plain.image[:, 0].mean() - plain.image[:, 2].mean()
    weak = last(strength=0.0).image
    assert red > weak[:, 0].mean() - weak[:, 2].mean()
    assert (weak - content).abs().mean() < (plain.image - content).abs().mean()
    assert torch.equal(last(second=style.flip(1), blend=0.0).image, plain.image)
    assert not torch.equal(last(second=style.flip(1), blend=1.0).image, plain.image)
    assert last(smoothness=100.0).metrics["tv"] < plain.metrics["tv"]


@pytest.mark.parametrize("size", [(150, 197), (61, 240)])
def test_a_large_picture_is_looked_at_by_tiles_and_no_other_for_it(features, monkeypatch, size):
    """Loss and gradient are those of the whole, to rounding, at the seams as elsewhere."""
    monkeypatch.setattr(style_transfer, "fast_precision", nullcontext)
    content, style, picture = (torch.rand(1, 3, *size) for _ in range(3))
    regions = torch.rand(1, 1, *size)
    regions = torch.cat([regions, 1 - regions])
    found = []
    for whole in (1000, 64):
        monkeypatch.setattr(style_transfer, "WHOLE", whole)
        monkeypatch.setattr(style_transfer, "TILE", 64)
        assert (len(style_transfer.tiles(size)) > 2) is (whole == 64)
        objective = style_transfer._Objective(
            features, content, [[(style, 0.7)]] * 2, where=regions, style_weight=2.0, content_weight=3.0, smoothness=1.0
        )
        asked = picture.clone().requires_grad_()
        losses = objective(asked)
        found.append((losses, *torch.autograd.grad(losses["loss"], [asked])))
    (one, gradient), (other, by_tiles) = found
    assert {name: value.item() for name, value in other.items()} == pytest.approx(
        {name: value.item() for name, value in one.items()}, rel=1e-4
    )
    assert (by_tiles - gradient).abs().max() < 1e-3 * gradient.abs().max()


def test_two_styles_each_in_its_place(features, pictures):
    content, red = pictures
    content, blue = content[..., :64, :64], red.flip(1)
    left = torch.zeros(1, 1, 64, 64)
    left[..., :32] = 1

    def last(painting=blue, steps=6, **options):
        return list(refine(features, content, painting, content, steps=steps, **options))[-1].image

    both = last(second=red, where=left, steps=30)
    redness = both[:, 0] - both[:, 2] - content[:, 0] + content[:, 2]
    assert redness[..., :24].mean() > redness[..., 40:].mean() + 0.2
    everywhere = torch.ones_like(left)
    assert torch.allclose(last(second=red, where=everywhere), last(red), atol=1e-3)
    assert torch.allclose(last(second=red, where=1 - everywhere), last(), atol=1e-3)
    assert torch.equal(last(where=left), last())  # there is no second


def test_closing_stops_the_work(features, pictures):
    content, style = pictures
    steps = refine(features, content, style, content, steps=1000)
    next(steps)
    steps.close()
    assert list(steps) == []


class Machine:
    """A pretended computer: a step takes `pace` seconds a pixel, and the clock shows that and nothing else."""

    def __init__(self, seconds, pace, *, first=0.0, sizes=((256, 256), (362, 362), (512, 512))):
        self.plan, self.now = Plan(sizes, seconds, 240), 0.0
        for stage, (height, width) in enumerate(sizes):
            if not self.plan.enters(stage, self.now):
                break
            self.now += pace * height * width
            while self.plan.goes_on(stage, self.now):
                self.now += pace * height * width + (first if not any(self.plan.taken) else 0)
                self.plan.taken[stage] += 1
                left = self.plan.eta(stage, self.now)
                assert 0 <= left and self.now + left <= max(seconds, self.now) + 1e-6
                assert self.plan.total(stage, self.now) >= sum(self.plan.taken)


@pytest.mark.parametrize("seconds", [3, 5, 10, 20, 60])
@pytest.mark.parametrize("slower", [1, 2, 4])
def test_the_deadline_is_met_and_used(seconds, slower):
    machine = Machine(seconds, slower * 0.17 / 65536, first=0.5)
    assert 0.6 * seconds <= machine.now <= 1.1 * seconds


def test_every_size_gets_its_share_when_there_is_time():
    taken = Machine(20, 0.17 / 65536).plan.taken
    assert taken[0] > taken[1] > taken[2] >= 3
    assert Machine(math.inf, 0.17 / 65536).plan.taken == [120, 80, 40]


def test_one_step_is_always_taken_and_a_hiccup_does_not_end_it():
    assert sum(Machine(0.01, 1.0).plan.taken) == 1
    assert sum(Machine(20, 0.17 / 65536, first=8.0).plan.taken) > 10


def test_stylize_mixes_vectors():
    class Painter:
        def style_vector(self, style):
            return style.mean(dim=(2, 3))

        def __call__(self, content, vector):
            return vector[:, :, None, None].expand_as(content)

    content, style, second = (torch.full((1, 3, 8, 8), value) for value in (0.0, 0.8, 0.4))
    for options, value in [
        ({}, 0.8),
        ({"strength": 0.25}, 0.2),
        ({"second": second, "blend": 0.5}, 0.6),
        ({"second": second, "blend": 1.0}, 0.4),
    ]:
        torch.testing.assert_close(stylize(Painter(), content, style, **options), torch.full((1, 3, 8, 8), value))


def test_kept_colours():
    colorful = torch.rand(1, 3, 16, 16)
    torch.testing.assert_close(keep_colors(colorful, colorful), colorful, atol=1e-3, rtol=0)
    gray = torch.rand(1, 1, 16, 16).expand(-1, 3, -1, -1)
    painted = keep_colors(colorful, gray)
    assert (painted.amax(1) - painted.amin(1)).max() < 5e-3  # a grey photo stays grey
