import torch

from genimg.nn.wasserstein import directions, sliced_distance

RANDOM = torch.Generator().manual_seed(0)
ALONG = directions(5, 16, RANDOM)


def test_directions_are_unit_vectors():
    torch.testing.assert_close(ALONG.norm(dim=1), torch.ones(16))


def test_order_does_not_matter():
    features = torch.randn(1, 5, 6, 6, generator=RANDOM)
    shuffled = features.flatten(2)[:, :, torch.randperm(36, generator=RANDOM)].view_as(features)
    assert sliced_distance(features, shuffled, ALONG) < 1e-12


def test_a_shift_costs_its_square_along_each_direction():
    features = torch.randn(1, 5, 6, 6, generator=RANDOM)
    shift = torch.arange(5.0)
    expected = (ALONG @ shift).square().mean()
    torch.testing.assert_close(sliced_distance(features + shift.view(1, 5, 1, 1), features, ALONG), expected)


def test_other_numbers_of_pixels_are_matched_by_quantiles():
    few = torch.randn(1, 5, 6, 6, generator=RANDOM)
    assert sliced_distance(few, few.repeat_interleave(3, dim=3), ALONG) < 1e-12
    assert sliced_distance(few.repeat_interleave(3, dim=3), few, ALONG) < 1e-12


def test_equal_moments_are_not_enough():
    flat = torch.tensor([-1.0, 1.0]).repeat(18).view(1, 1, 6, 6)
    spiked = torch.zeros(36)
    spiked[:2], spiked[2:4] = 3.0, -3.0  # the same mean and the same mean square
    along = torch.ones(1, 1)
    assert sliced_distance(flat, spiked.view(1, 1, 6, 6), along) > 0.5
