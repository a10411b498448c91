"""The mathematics of adversarial training, over logits and pictures alone.

- bce: Goodfellow et al. 2014, https://arxiv.org/abs/1406.2661, the generator's non-saturating form.
- hinge: Lim and Ye 2017, https://arxiv.org/abs/1705.02894.
- relativistic: each real picture is compared with a generated one (Jolicoeur-Martineau 2018,
  https://arxiv.org/abs/1807.00734), which goes with gradient penalties at both (Huang et al. 2024, R3GAN,
  https://arxiv.org/abs/2501.05441).
- augment: Zhao et al. 2020, DiffAugment, https://arxiv.org/abs/2006.10738.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import pad, softplus

LOSSES = ("bce", "hinge", "relativistic")


def discriminator_loss(kind: str, on_real: Tensor, on_made: Tensor) -> Tensor:
    """Return what a discriminator minimises, a scalar, given its logits ``(N,)`` of real and of generated pictures."""
    if kind == "bce":
        return (softplus(-on_real) + softplus(on_made)).mean()
    if kind == "hinge":
        return (1 - on_real).relu().mean() + (1 + on_made).relu().mean()
    return softplus(on_made - on_real).mean()


def generator_loss(kind: str, on_made: Tensor, on_real: Tensor | None = None) -> Tensor:
    """Return what a generator minimises, a scalar; only the relativistic loss needs the logits of real pictures."""
    if kind == "bce":
        return softplus(-on_made).mean()
    if kind == "hinge":
        return -on_made.mean()
    assert on_real is not None
    return softplus(on_real - on_made).mean()


def gradient_penalty(judge: Callable[[Tensor], Tensor], images: Tensor) -> Tensor:
    """Return the mean squared gradient norm of the logits at pictures in [0, 1], as if they were in [-1, 1].

    Args:
        judge: pictures ``(N, C, H, W)`` to logits ``(N,)``, in full precision.
        images: where the gradient is taken.
    """
    images = images.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(judge(images).sum(), images, create_graph=True)
    return gradient.square().sum((1, 2, 3)).mean() / 4  # a step in [-1, 1] is two in [0, 1]


def augment(images: Tensor, random: torch.Generator, rank: int = 0, world: int = 1) -> Tensor:
    """Shift brightness, saturation, contrast and place of each picture at random; differentiable, same shape.

    Each of `world` processes draws for all, and takes what is for its own pictures.
    """
    n, _, height, width = images.shape
    reach = height // 8
    mine = slice(rank * n, (rank + 1) * n)

    def uniform() -> Tensor:
        return torch.rand(n * world, 1, 1, 1, generator=random)[mine].to(images.device)

    def shift(along: int) -> Tensor:
        first = torch.randint(0, 2 * reach + 1, (n * world, 1), generator=random)[mine]
        return (first + torch.arange(along)).to(images.device)

    images = images + (uniform() - 0.5) / 2
    grey = images.mean(1, keepdim=True)
    images = grey + (images - grey) * uniform() * 2
    mean = images.mean((1, 2, 3), keepdim=True)
    images = mean + (images - mean) * (uniform() + 0.5)
    padded = pad(images, [reach] * 4)
    rows, columns, picture = shift(height), shift(width), torch.arange(n, device=images.device)
    return padded.permute(0, 2, 3, 1)[picture[:, None, None], rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)
