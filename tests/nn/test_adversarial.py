import math

import pytest
import torch

from genimg.nn.adversarial import LOSSES, augment, discriminator_loss, generator_loss, gradient_penalty


@pytest.mark.parametrize("kind", LOSSES)
def test_each_network_wants_what_the_other_does_not(kind):
    undecided, sure = torch.zeros(4), torch.full((4,), 0.5)
    assert discriminator_loss(kind, sure, -sure) < discriminator_loss(kind, undecided, undecided)
    assert generator_loss(kind, sure, -sure) < generator_loss(kind, -sure, sure)


def test_losses_of_known_logits():
    real, made = torch.tensor([2.0, 0.0]), torch.tensor([-2.0, 1.0])
    assert discriminator_loss("hinge", real, made).item() == pytest.approx((0 + 1) / 2 + (0 + 2) / 2)
    assert generator_loss("hinge", made).item() == pytest.approx(0.5)
    soft = [math.log1p(math.exp(x)) for x in (-4, 1)]  # of the differences
    assert discriminator_loss("relativistic", real, made).item() == pytest.approx(sum(soft) / 2)


def test_the_penalty_of_a_known_critic():
    # The gradient is 2 at each of 3072 numbers in [0, 1], 1 in [-1, 1]: its squared norm is 3072.
    images = torch.rand(5, 3, 32, 32)
    assert gradient_penalty(lambda x: 2 * x.sum((1, 2, 3)), images).item() == pytest.approx(3072)


def test_augmentation_keeps_shape_and_gradient():
    images = torch.rand(4, 3, 32, 32, requires_grad=True)
    shifted = augment(images, torch.Generator().manual_seed(0))
    assert shifted.shape == images.shape and not torch.equal(shifted, images)
    shifted.sum().backward()
    assert images.grad.abs().sum() > 0
