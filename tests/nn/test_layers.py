import pytest
import torch

from genimg.core.errors import UserError
from genimg.nn.layers import EqualConv2d, PixelNorm, check_conditions, one_hot


def test_equalised_weights_keep_the_variance_whatever_the_width():
    torch.manual_seed(0)
    for inputs, kernel in ((8, 1), (64, 3)):
        layer = EqualConv2d(inputs, 256, kernel, gain=1)
        assert layer.weight.std().item() == pytest.approx(1, abs=0.05)
        assert layer.scale == pytest.approx((inputs * kernel**2) ** -0.5)
        made = layer(torch.randn(16, inputs, kernel, kernel))  # one place, no padding
        assert made.std().item() == pytest.approx(1, abs=0.1)


def test_equalised_layers_convolve_with_the_scaled_weights():
    layer = EqualConv2d(2, 3, 3, padding=1)
    x = torch.randn(1, 2, 5, 5)
    plain = torch.nn.functional.conv2d(x, layer.weight * (2 / 18) ** 0.5, padding=1)
    assert torch.allclose(layer(x), plain, atol=1e-6)


def test_pixel_norm_gives_each_pixel_unit_mean_square():
    x = 5 * torch.randn(2, 8, 3, 3)
    made = PixelNorm()(x)
    assert torch.allclose(made.square().mean(1), torch.ones(2, 3, 3), atol=1e-5)
    assert torch.allclose(made * x.norm(dim=1, keepdim=True), x * made.norm(dim=1, keepdim=True), atol=1e-3)


def test_one_hot_rows_mark_each_attributes_value():
    rows = one_hot(torch.tensor([[1, 0], [2, 1]], dtype=torch.uint8), [3, 2])
    assert rows.tolist() == [[0, 1, 0, 1, 0], [0, 0, 1, 0, 1]]
    assert one_hot(torch.zeros(4, 0), ()).shape == (4, 0)


def test_conditions_of_another_width_are_refused():
    with pytest.raises(UserError, match=r"needs \(5,\) conditions a picture, got none"):
        check_conditions(None, [3, 2])
    with pytest.raises(UserError, match=r"got \(4,\)"):
        check_conditions(torch.zeros(2, 4), [3, 2])
