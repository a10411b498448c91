"""What a file of weights holds, and what a network would hold, told without reading the one or building the other."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from genimg.core.errors import UserError

MAX_NUMBERS = 500_000_000  # in one network: 2 GB as float32
Shapes = Mapping[str, tuple[int, ...]]
_RANDOM = {"normal_", "uniform_", "trunc_normal_", "kaiming_normal_", "kaiming_uniform_", "xavier_normal_",
           "xavier_uniform_", "orthogonal_"}  # fmt: skip


def stored_shapes(path: Path) -> dict[str, tuple[int, ...]]:
    """Return the shapes of the tensors in a safetensors file by name; only its header is read.

    Raises:
        UserError: for a file that is damaged or cut off.
    """
    try:
        with safe_open(path, "pt") as file:
            return {key: tuple(file.get_slice(key).get_shape()) for key in file.keys()}  # noqa: SIM118  # no mapping
    except OSError:
        raise
    except Exception as error:
        raise UserError(f"{path.name} is damaged ({error})") from None


def check_shapes(build: Callable[[], nn.Module], stored: Shapes) -> None:
    """Make sure that a network would take these tensors, without a byte of memory for its numbers.

    Args:
        build: makes the network.
        stored: shapes of the tensors by name.

    Raises:
        UserError: naming the first tensor that does not fit, or for a network too large to be worth loading.
    """
    with torch.device("meta"), _Sketch(100 * len(stored) + 1000):
        wanted = {key: tuple(value.shape) for key, value in build().state_dict().items()}
    if sum(torch.Size(shape).numel() for shape in wanted.values()) > MAX_NUMBERS:
        raise UserError(f"its settings ask for more than {MAX_NUMBERS // 1_000_000} million numbers")
    for key in wanted | dict(stored):
        here, there = stored.get(key), wanted.get(key)
        if here != there:
            words = [("no such tensor" if shape is None else "x".join(map(str, shape)) or "one number")
                     for shape in (here, there)]  # fmt: skip
            raise UserError(f"{key[:60]} does not fit: the weights have {words[0]}, the settings ask for {words[1]}")


def check_numbers(tensors: Mapping[str, Tensor]) -> None:
    """Make sure that all numbers are finite.

    Raises:
        UserError: naming the first tensor with NaN or infinity.
    """
    for key, value in tensors.items():
        if not bool(torch.isfinite(value).all()):
            raise UserError(f"{key[:60]} has numbers that are not finite")


class _Sketch(TorchFunctionMode):
    """Networks are built without their random numbers, and not at all if that needs more than so many calls."""

    def __init__(self, calls: int) -> None:
        super().__init__()
        self.calls = calls

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.calls -= 1
        if self.calls < 0:
            raise UserError("its settings ask for more layers than its weights have")
        if getattr(func, "__name__", "") in _RANDOM:  # the first of them without memory would import a compiler
            return args[0] if args else (kwargs or {})["tensor"]
        return func(*args, **(kwargs or {}))
