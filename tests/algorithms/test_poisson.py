import pytest
import torch

from genimg.algorithms import poisson


def hole_in(height, width):
    """Return a hole with an island of known pixels in its middle."""
    hole = torch.zeros(1, 1, height, width)
    hole[..., height // 6 : -height // 6, width // 6 : -width // 6] = 1
    hole[..., height // 2 - 3 : height // 2 + 3, width // 2 - 3 : width // 2 + 3] = 0
    return hole


@pytest.mark.parametrize("size", [(30, 40), (61, 47), (96, 128)])
def test_harmonic_functions_come_back(size):
    """Planes, products and differences of squares solve the equation of a grid of pixels exactly."""
    y, x = torch.meshgrid(*(torch.linspace(-1, 1, side) for side in size), indexing="ij")
    row, column = torch.meshgrid(*(torch.arange(float(side)) for side in size), indexing="ij")
    known = torch.stack([0.5 + 0.3 * x, 0.5 + 0.4 * x * y, (row.square() - column.square()) / max(size) ** 2])[None]
    hole = hole_in(*size)
    filled = poisson.membrane(torch.where(hole > 0.5, 9.0, known), hole)
    assert (filled - known).abs().max() < 1 / 255
    assert torch.equal(filled[..., hole[0, 0] < 0.5], known[..., hole[0, 0] < 0.5])


def test_nothing_is_beyond_the_border():
    values = torch.rand(2, 3, 50, 60, generator=torch.Generator().manual_seed(0))
    hole = hole_in(50, 60)
    filled = poisson.membrane(values, hole)
    assert filled.min() > -1e-3 and filled.max() < 1 + 1e-3
    inside = filled[..., hole[0, 0] > 0.5]
    assert inside.std() < 0.5 * values.std()


def test_at_the_rim_of_the_picture_the_membrane_is_level():
    hole = torch.zeros(1, 1, 40, 40)
    hole[..., 10:] = 1  # open on three sides: only the colour to the left counts
    values = torch.full((1, 1, 40, 40), 0.7)
    assert torch.allclose(poisson.membrane(torch.where(hole > 0.5, 0.0, values), hole), values, atol=1e-3)


def test_all_or_nothing_to_fill():
    values = torch.rand(1, 3, 20, 20)
    assert torch.equal(poisson.membrane(values, torch.zeros(1, 1, 20, 20)), values)
    assert (poisson.membrane(values, torch.ones(1, 1, 20, 20)) == 0).all()


def test_what_is_pasted_with_another_brightness_disappears():
    """Its slopes are those of the picture, so only the colours at the border say how bright it was."""
    picture = 0.3 + 0.3 * torch.rand(1, 3, 48, 64, generator=torch.Generator().manual_seed(0))
    brighter = torch.cat([picture + 0.2, picture - 0.1])
    pasted = poisson.paste(picture, brighter, hole_in(48, 64))
    assert pasted.shape == (2, 3, 48, 64)
    assert (pasted - picture).abs().max() < 1 / 255


def test_there_is_no_step_at_the_border_and_the_rest_keeps_its_bits():
    picture = torch.linspace(0.2, 0.8, 64).expand(1, 3, 48, 64)
    thing = torch.full((1, 3, 48, 64), 0.1)
    thing[..., 20:28, 28:36] = 0.3
    hole = torch.zeros(1, 1, 48, 64)
    hole[..., 10:38, 12:52] = 1
    pasted = poisson.paste(picture, thing, hole)
    assert torch.equal(pasted[..., hole[0, 0] < 0.5], picture[..., hole[0, 0] < 0.5])
    assert (pasted[..., 9, :] - pasted[..., 10, :]).abs().max() < 0.02
    assert torch.allclose(pasted[..., 24, 28] - pasted[..., 24, 27], torch.tensor(0.2), atol=0.02)
    assert torch.equal(poisson.paste(picture, thing, 0 * hole), picture)
