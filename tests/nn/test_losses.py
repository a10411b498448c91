import pytest
import torch

from genimg.nn.losses import even_square, gram, style_loss, total_variation


def test_gram_of_a_known_tensor():
    features = torch.tensor([[[[1.0, 2.0]], [[3.0, 4.0]]]])  # two channels of a 1x2 picture
    assert gram(features).tolist() == [[[2.5, 5.5], [5.5, 12.5]]]


@pytest.mark.parametrize("format", [torch.contiguous_format, torch.channels_last])
def test_gradient_of_gram_is_that_of_autograd(format):
    features = torch.randn(2, 5, 7, 9).contiguous(memory_format=format).requires_grad_(True)
    weights = torch.randn(2, 5, 5)
    (ours,) = torch.autograd.grad((gram(features) * weights).sum(), features)
    flat = features.flatten(2)
    (theirs,) = torch.autograd.grad((flat @ flat.mT / 63 * weights).sum(), features)
    torch.testing.assert_close(ours, theirs)


def test_gram_in_bfloat16_sums_in_float32():
    features = torch.full((1, 1, 300, 300), 1.0, dtype=torch.bfloat16)  # a bfloat16 sum of ones stops at 256
    assert gram(features).item() == pytest.approx(1.0, abs=1e-6)


def test_even_square_keeps_its_gradient_whatever_the_size_of_the_error():
    error = torch.randn(50, requires_grad=True)
    (small,) = torch.autograd.grad(even_square(error), error)
    large_error = (error.detach() * 1000).requires_grad_(True)
    (large,) = torch.autograd.grad(even_square(large_error), large_error)
    torch.testing.assert_close(small, large, rtol=1e-4, atol=1e-7)
    assert even_square(torch.tensor([3.0, -1.0])).item() == pytest.approx(10 / 4)
    assert even_square(torch.zeros(4)).item() == 0


def test_losses_vanish_at_their_target_and_weights_count_in_proportion():
    grams = {"a": torch.eye(2)[None], "b": torch.eye(3)[None]}
    assert style_loss(grams, grams, {"a": 3, "b": 1}).item() == 0
    off = {"a": torch.eye(2)[None] + 2, "b": torch.eye(3)[None]}
    assert style_loss(off, grams, {"a": 3, "b": 1}).item() == pytest.approx(0.75 * 2)


def test_total_variation_of_known_pictures():
    assert total_variation(torch.full((1, 3, 8, 8), 0.3)).item() == 0
    stripes = torch.tensor([0.0, 1.0]).repeat(4).expand(1, 1, 8, 8)
    assert total_variation(stripes).item() == pytest.approx(1.0)
    assert total_variation(torch.rand(1, 1, 1, 1)).item() == 0
