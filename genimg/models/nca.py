"""Neural cellular automata that grow a texture and keep it alive.

Niklasson, Mordvintsev, Randazzo, Levin 2021, "Self-Organising Textures", Distill,
https://distill.pub/selforg/2021/textures; Mordvintsev and Niklasson 2021, "Texture Generation with Ultra-Compact
Neural Cellular Automata", https://arxiv.org/abs/2111.13545.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from genimg.nn.hub import HubModel

SENSES = 4  # of each channel a cell feels its value, its slope to the right and downwards, and its curvature
# Of the plain filters [-1 0 1; -2 0 2; -1 0 1] and [1 2 1; 2 -12 2; 1 2 1]: with those as they are rules easily grow
# out of bounds, and at 1/8 and 1/16 they learn fine lines slowly.
SLOPE, BEND = 0.5, 0.25


class NCA(nn.Module, HubModel, architecture="nca", task="unconditional-image-generation"):
    """A rule by which every cell of a picture changes, from what it and its eight neighbours are.

    All cells follow the same rule, on a torus, so any size grows and every size tiles. The seed is all zeros: the
    chance of which cells are awake breaks the symmetry. The last layer begins at zero, so an untrained rule does
    nothing.

    Args:
        channels: numbers in a cell; the first three are red, green and blue, 0 being a middle grey.
        hidden: width of the rule's hidden layer.
    """

    def __init__(self, *, channels: int = 12, hidden: int = 96) -> None:
        super().__init__()
        self.channels, self.hidden = channels, hidden
        self.feel = nn.Linear(SENSES * channels, hidden)
        self.act = nn.Linear(hidden, channels, bias=False)
        nn.init.zeros_(self.act.weight)

    def seed(self, height: int, width: int, count: int = 1) -> Tensor:
        """Return ``(count, channels, height, width)`` cells at rest."""
        return torch.zeros(count, self.channels, height, width, device=self.act.weight.device)

    def forward(self, state: Tensor, awake: Tensor) -> Tensor:
        """Let the cells live for some steps.

        Args:
            state: ``(N, channels, H, W)``.
            awake: which cells change in each step, ``(steps, N, 1, H, W)`` of zeros and ones; see `chance`.

        Returns:
            The new state.
        """
        cells = state.permute(0, 2, 3, 1).contiguous()  # a cell's numbers side by side: its rule is a matrix product
        masks = awake.permute(0, 1, 3, 4, 2).to(cells)
        cells = _Life.apply(cells, masks, self.feel.weight, self.feel.bias, self.act.weight)
        return cells.permute(0, 3, 1, 2)

    @staticmethod
    def chance(state: Tensor, steps: int, generator: torch.Generator) -> Tensor:
        """Return for each step which cells of `state` are awake: each with probability 1/2."""
        count, _, height, width = state.shape
        mask = torch.rand(steps, count, 1, height, width, generator=generator) < 0.5
        return mask.to(state.device)

    @staticmethod
    def picture(state: Tensor) -> Tensor:
        """Return what the cells show, ``(N, 3, H, W)``; of a trained rule it is near [0, 1], and is to be clipped."""
        return state[:, :3] + 0.5


def perceive(cells: Tensor) -> Tensor:
    """Return what cells ``(N, H, W, C)`` on a torus feel: ``(N, H, W, 4 C)``, sense by sense."""
    return torch.cat([cells, *_neighbours(cells)], dim=3)


def _neighbours(cells: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return the Sobel slopes to the right and downwards and the Laplacian."""
    padded = torch.cat([cells[:, -1:], cells, cells[:, :1]], dim=1)
    padded = torch.cat([padded[:, :, -1:], padded, padded[:, :, :1]], dim=2)
    left, middle, right = padded[:, :, :-2], padded[:, :, 1:-1], padded[:, :, 2:]
    change = right - left
    mean = torch.add(left + right, middle, alpha=2)
    across = torch.add(change[:, :-2] + change[:, 2:], change[:, 1:-1], alpha=2)
    down = mean[:, 2:] - mean[:, :-2]
    curvature = torch.add(mean[:, :-2] + mean[:, 2:], mean[:, 1:-1], alpha=2).sub_(cells, alpha=16)
    return across.mul_(SLOPE), down.mul_(SLOPE), curvature.mul_(BEND)


class _Life(torch.autograd.Function):
    """Some steps of the rule. Only the states are kept, and the backward pass computes the hidden layers anew.

    These are eight times the size of a state, and moving them costs more than computing them: half the time of what
    autograd makes of the same lines.
    """

    @staticmethod
    def forward(ctx: Any, cells: Tensor, masks: Tensor, feel: Tensor, bias: Tensor, act: Tensor) -> Tensor:
        states = []
        for mask in masks:
            states.append(cells)
            hidden = torch.addmm(bias, perceive(cells).flatten(0, 2), feel.T).relu_()
            cells = torch.addcmul(cells, (hidden @ act.T).view_as(cells), mask)
        ctx.save_for_backward(masks, feel, bias, act, *states)
        return cells

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        masks, feel, bias, act, *states = ctx.saved_tensors
        to_feel, to_bias, to_act = torch.zeros_like(feel), torch.zeros_like(bias), torch.zeros_like(act)
        for mask, cells in zip(masks.flip(0), reversed(states), strict=True):
            felt = perceive(cells).flatten(0, 2)
            hidden = torch.addmm(bias, felt, feel.T).relu_()
            done = (grad * mask).flatten(0, 2)
            to_act.addmm_(done.T, hidden)
            inner = (done @ act).mul_(hidden.sign_())
            to_feel.addmm_(inner.T, felt)
            to_bias += inner.sum(0)
            own, across, down, curvature = (inner @ feel).view(*cells.shape[:3], SENSES, -1).unbind(3)
            # The transposes of the senses: slopes turn round, the curvature is its own.
            grad = grad + own - _neighbours(across)[0] - _neighbours(down)[1] + _neighbours(curvature)[2]
        return grad, None, to_feel, to_bias, to_act
