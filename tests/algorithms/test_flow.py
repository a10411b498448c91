"""Rectified flow: straight paths, known fields, guidance."""

import pytest
import torch

from genimg.algorithms.flow import along, back, between, follow, guided, logit_normal, velocity


@pytest.fixture
def ends():
    random = torch.Generator().manual_seed(0)
    return torch.randn(2, 3, 4, 2, 2, generator=random)


def test_the_straight_path_has_constant_velocity(ends):
    noise, data = ends
    for early, late in ((0.0, 0.25), (0.3, 0.9), (0.5, 1.0)):
        moved = between(noise, data, torch.full((3,), late)) - between(noise, data, torch.full((3,), early))
        torch.testing.assert_close(moved / (late - early), velocity(noise, data), rtol=1e-4, atol=1e-5)
    mixed = between(noise, data, torch.tensor([0.0, 0.5, 1.0]))
    torch.testing.assert_close(mixed, torch.stack([noise[0], (noise[1] + data[1]) / 2, data[2]]))


@pytest.mark.parametrize("method", ["euler", "heun"])
@pytest.mark.parametrize("steps", [1, 3])
def test_a_straight_path_is_followed_exactly(ends, method, steps):
    noise, data = ends
    places = list(follow(lambda x, t: data - noise, noise, steps=steps, method=method))
    assert len(places) == steps
    torch.testing.assert_close(places[-1], data)


def test_a_way_is_straight_between_its_places(ends):
    noise, data = ends
    straight = torch.stack([noise[0], *(p[0] for p in follow(lambda x, t: data - noise, noise, steps=4))])
    times = torch.tensor([0.0, 0.1, 0.25, 0.6, 1.0])
    torch.testing.assert_close(along(straight, times), between(noise[[0] * 5], data[[0] * 5], times))
    bent = torch.tensor([0.0, 4.0, 5.0])
    assert along(bent, torch.tensor([0.0, 0.25, 0.5, 0.75, 1.0])).tolist() == [0, 2, 4, 4.5, 5]


def test_euler_on_a_linear_field_is_the_power_and_heun_is_nearer_to_the_exponential(ends):
    noise, _ = ends
    *_, euler = follow(lambda x, t: -2 * x, noise, steps=8)
    torch.testing.assert_close(euler, noise * (1 - 2 / 8) ** 8)
    *_, heun = follow(lambda x, t: -2 * x, noise, steps=8, method="heun")
    exact = noise * torch.tensor(-2.0).exp()
    assert (heun - exact).abs().max() < 0.5 * (euler - exact).abs().max()


def test_times_are_told_to_the_field_and_heun_asks_it_at_both_ends(ends):
    noise, asked = ends[0], []

    def field(x, t):
        asked.append(t[0].item())
        return torch.zeros_like(x)

    list(follow(field, noise, steps=2))
    assert asked == [0.0, 0.5]
    asked.clear()
    list(follow(field, noise, steps=2, method="heun"))
    assert asked == [0.0, 0.5, 0.5]  # the last step is Euler's: at time 1 nothing was learned


def test_guidance(ends):
    noise, _ = ends
    told, untold, asked = torch.full((3, 1), 2.0), torch.ones(3, 1), []

    def network(x, t, conditions):
        asked.append(len(x))
        return x * conditions[:, :, None, None] + t[:, None, None, None]

    def at(scale, conditions=told):
        return guided(network, conditions, untold, scale)(noise, torch.full((3,), 0.5))

    torch.testing.assert_close(at(1), 2 * noise + 0.5)
    torch.testing.assert_close(at(3, untold), noise + 0.5)
    assert asked == [3, 3]  # the other field is asked only where it counts
    torch.testing.assert_close(at(0), noise + 0.5)
    torch.testing.assert_close(at(3), 4 * noise + 0.5)


def test_times_are_logit_normal():
    times = logit_normal(20_000, torch.Generator().manual_seed(0))
    assert 0 < times.min() and times.max() < 1
    logits = times.logit()
    assert abs(logits.mean()) < 0.03 and abs(logits.std() - 1) < 0.03


def test_back_leads_to_the_noise_that_it_would_come_from(ends):
    noise, data = ends
    torch.testing.assert_close(back(lambda x, t: data - noise, data, steps=3, rounds=1), noise)

    def field(places, times):
        return torch.sin(places) * (1 + times.view(-1, 1, 1, 1))

    *_, end = follow(field, noise, steps=16)
    torch.testing.assert_close(back(field, end, steps=16, rounds=20), noise, rtol=1e-4, atol=1e-4)
