"""What a recipe is: networks, optimisers and one step. The loop knows nothing more of it."""

from abc import ABC, abstractmethod
from collections.abc import Callable
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
        accumulate: how many pieces a batch is worked through in, to save memory; gradients are those of the whole.
    """

    model: nn.Module
    networks: dict[str, nn.Module]
    optimizers: dict[str, Optimizer]
    random: torch.Generator
    steps: int = 0
    accumulate: int = 1

    def prepare(self, accelerator: Accelerator) -> None:
        """Move the networks to this process's device. Weights lie channels last: convolutions are faster so."""
        self.accelerator = accelerator
        for network in self.networks.values():
            network.to(accelerator.device).to(memory_format=torch.channels_last)

    @abstractmethod
    def step(self, images: Tensor, labels: Tensor) -> dict[str, float]:
        """Learn from one batch, ``(B, C, H, W)`` in [0, 1] and ``(B, A)``; return named numbers for the log."""

    @abstractmethod
    def preview(self, model: nn.Module) -> Tensor:
        """Return the pictures ``(N, C, H, W)`` by which a person follows the training: always of the same latents."""

    @abstractmethod
    def export(self, model: nn.Module, data: Pictures, folder: Path) -> None:
        """Write the checkpoint: `model`, the moving average, and what belongs to it."""

    def descend(self, name: str, loss: Callable[[Tensor], Losses], batch: Tensor) -> dict[str, Tensor]:
        """Take one optimiser step of network `name` on the mean of ``loss(piece)`` over the pieces of `batch`.

        Gradients are averaged over all processes. No DistributedDataParallel: it does not see the second derivatives
        of gradient penalties, and adversarial steps use each network twice.

        Returns:
            The named numbers of the last piece.

        Raises:
            UserError: if the loss is not finite: the run has diverged, and this step has changed nothing.
        """
        optimizer = self.optimizers[name]
        optimizer.zero_grad(set_to_none=True)
        for piece in batch.chunk(self.accumulate):
            value, numbers = loss(piece)
            if not torch.isfinite(value):
                raise UserError(f"The {name} loss became {value.item()}: a smaller learning rate may help.")
            (value * (len(piece) / len(batch))).backward()
        if self.accelerator.num_processes > 1:
            for parameter in self.networks[name].parameters():
                if parameter.grad is not None:
                    parameter.grad = self.accelerator.reduce(parameter.grad, "mean")
        optimizer.step()
        return numbers

    def noise(self, rows: int, columns: int) -> Tensor:
        """Return this process's share, ``(rows, columns)``, of the standard normal numbers of the global batch.

        Every process draws them all, so a batch split over processes sees the numbers that one process would.
        """
        world, rank = self.accelerator.num_processes, self.accelerator.process_index
        return torch.randn(rows * world, columns, generator=self.random)[rank * rows : (rank + 1) * rows].to(
            self.accelerator.device
        )


def adam(network: nn.Module, lr: float, betas: tuple[float, float]) -> torch.optim.Adam:
    """Return Adam over `network`, in its fused form where the device has one."""
    parameters = [p for p in network.parameters() if p.requires_grad]
    fused = parameters[0].device.type in ("cpu", "cuda")
    return torch.optim.Adam(parameters, lr=lr, betas=betas, fused=fused)
