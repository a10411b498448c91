"""What a recipe is: networks, optimisers and one step. The loop knows nothing more of it."""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from accelerate import Accelerator
from torch import Tensor, nn
from torch.optim import Optimizer

from genimg.core.errors import UserError
from genimg.data.datasets import Pictures

Losses = tuple[Tensor, dict[str, Tensor]]


class Recipe(ABC):
    """One way of training one model.

    Attributes:
        model: the network that is shipped; the loop keeps a moving average of it.
        networks: all networks that learn, by name, `model` among them.
        optimizers: one for each network that learns, by the same name.
        random: where the chance of the step at hand comes from; the loop seeds it anew for each step, so that a
            resumed run needs to remember nothing but how far it was.
        steps: steps taken before the one at hand, counted by the loop and kept over a resume.
        seen: pictures seen before the step at hand or, between two steps, before the last one; set by the loop.
        seconds: trained so far, in all sessions of the run; set by the loop.
        accumulate: how many pieces a batch is worked through in, to save memory; gradients are those of the whole.
        average: the moving average of `model`, set by the loop before the first step.
        only: the one network that learns in the next step; None for all. Recipes with one network pay it no heed.
        columns: pictures in a row of the preview; None for as many as there are rows.
    """

    model: nn.Module
    networks: dict[str, nn.Module]
    optimizers: dict[str, Optimizer]
    random: torch.Generator
    steps: int = 0
    seen: int = 0
    seconds: float = 0.0
    accumulate: int = 1
    average: nn.Module
    only: str | None = None
    columns: int | None = None

    def prepare(self, accelerator: Accelerator) -> None:
        """Move the networks to this process's device. Weights lie channels last: convolutions are faster so."""
        self.accelerator = accelerator
        for network in self.networks.values():
            network.to(accelerator.device).to(memory_format=torch.channels_last)

    def adapt(self, data: Pictures) -> Pictures:
        """Return what batches are drawn from, asked once, before a resume: the set itself, unless a recipe needs more.

        A recipe may make its labels of it, or networks that are as large as the set.
        """
        return data

    @abstractmethod
    def step(self, images: Tensor, labels: Tensor) -> dict[str, float]:
        """Learn from one batch, ``(B, C, H, W)`` in [0, 1] and ``(B, A)``; return named numbers for the log."""

    @abstractmethod
    def preview(self, model: nn.Module) -> Tensor:
        """Return the pictures ``(N, C, H, W)`` by which a person follows the training: always of the same latents."""

    def views(self) -> dict[str, Tensor]:
        """Return what else there is to see of the last batch.

        Pictures ``real``, ``fake`` and ``gradient``, ``(N, C, H, W)`` with N at most 16, and the discriminator's
        logits, ``logits/real`` and ``logits/fake``, ``(B,)``; those of them that the recipe has.
        """
        return {}

    @abstractmethod
    def export(self, model: nn.Module, data: Pictures, folder: Path) -> None:
        """Write the checkpoint: `model`, the moving average, and what belongs to it."""

    def descend(self, name: str, loss: Callable[..., Losses], *batch: Tensor) -> dict[str, float]:
        """Take one optimiser step of network `name` on the mean of ``loss(*pieces)`` over the pieces of `batch`.

        Gradients are averaged over all processes. No DistributedDataParallel: it does not see the second derivatives
        of gradient penalties, and adversarial steps use each network twice.

        Args:
            name: of the network.
            loss: what to minimise, the mean over its pictures, and named numbers for the log.
            batch: tensors with as many rows each; the loss gets matching pieces of all.

        Returns:
            The named numbers of the last piece, averaged over all processes.

        Raises:
            UserError: if the loss is not finite: the run has diverged, and this step has changed nothing.
        """
        optimizer = self.optimizers[name]
        optimizer.zero_grad(set_to_none=True)
        total = torch.zeros((), device=self.accelerator.device)
        for pieces in zip(*(whole.chunk(self.accumulate) for whole in batch), strict=True):
            value, numbers = loss(*pieces)
            value = value * (len(pieces[0]) / len(batch[0]))
            value.backward()
            total += value.detach()
        total = self._mean(total)  # so that all processes come to the same end
        if not torch.isfinite(total):
            raise UserError(f"The {name} loss became {total.item()}: a smaller learning rate may help.")
        if self.accelerator.num_processes > 1:
            for parameter in self.networks[name].parameters():
                if parameter.grad is not None:
                    parameter.grad = self._mean(parameter.grad)
        optimizer.step()
        return dict(zip(numbers, self._mean(torch.stack(list(numbers.values())).float()).tolist(), strict=True))

    def _mean(self, values: Tensor) -> Tensor:
        """Return the mean over all processes."""
        alone = self.accelerator.num_processes == 1
        return values if alone else self.accelerator.reduce(values, "mean")

    def noise(self, rows: int, columns: int) -> Tensor:
        """Return this process's share, ``(rows, columns)``, of the standard normal numbers of the global batch.

        Every process draws them all, so a batch split over processes sees the numbers that one process would.
        """
        world, rank = self.accelerator.num_processes, self.accelerator.process_index
        return torch.randn(rows * world, columns, generator=self.random)[rank * rows : (rank + 1) * rows].to(
            self.accelerator.device
        )


def widths_for(image_size: int, at_64: Sequence[int]) -> tuple[int, ...]:
    """Return the widths of a network for pictures of `image_size` pixels, from those for 64 px, coarsest first.

    A smaller picture has the first of them, so that what was learned at one size fits the coarse layers of the next. A
    larger one has more, each half of the one before it: multiples of 8, as group norm wants them.

    Raises:
        UserError: if the side is none that doublings of 4 px lead to.
    """
    doublings = image_size.bit_length() - 3
    if doublings < 1 or image_size != 4 * 2**doublings:
        raise UserError(f"The pictures must have 8, 16, 32, 64, 128, ... pixels a side; got {image_size}.")
    widths = list(at_64)
    count = len(at_64) + doublings - 4
    while len(widths) < count:
        widths.append(8 * math.ceil(widths[-1] / 16))
    return tuple(widths[:count])


def adam(network: nn.Module, lr: float, betas: tuple[float, float]) -> torch.optim.Adam:
    """Return Adam over `network`, in its fused form where the device has one."""
    parameters = [p for p in network.parameters() if p.requires_grad]
    fused = parameters[0].device.type in ("cpu", "cuda")
    return torch.optim.Adam(parameters, lr=lr, betas=betas, fused=fused)
