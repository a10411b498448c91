"""Weights of StyleGAN2, as its authors' training with adaptive augmentation writes them, into a network of ours.

Such a file is a pickle whose networks bring their own program along, as text that is run when it is opened in the usual
way. Here nothing of it is run: the tensors are read, and what each layer says of itself.
"""

import io
import pickle
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from genimg.core.errors import UserError
from genimg.models.stylegan2 import StyleGAN2

NETWORK = "G_ema"  # the moving average of the generator
SLOWER = 0.01  # the mapping learns at this rate, times the rest's


@dataclass
class Layer:
    """What a file says of a network, or of a part of one.

    Attributes:
        facts: its attributes, those of torch among them.
    """

    facts: dict[str, Any] = field(default_factory=dict)

    def part(self, name: str) -> "Layer":
        """Return the layer of this name inside it; ``"b4.conv1"`` for one deeper down."""
        here = self
        for word in name.split("."):
            inner = here.facts.get("_modules", {}).get(word)
            if not isinstance(inner, Layer):
                raise UserError(f"The file's network has no {name}.")
            here = inner
        return here

    def has(self, name: str) -> bool:
        """Say whether there is a layer of this name inside it."""
        return isinstance(self.facts.get("_modules", {}).get(name), Layer)

    def tensor(self, name: str) -> Tensor:
        """Return a parameter or a buffer of it, in full precision."""
        found = self.facts.get("_parameters", {}).get(name)
        found = self.facts.get("_buffers", {}).get(name) if found is None else found
        if not isinstance(found, Tensor):
            raise UserError(f"The file's network has no {name} where there should be one.")
        return found.detach().float()

    def fact(self, name: str, usual: float) -> float:
        """Return a number that it says of itself, or what is usual."""
        found = self.facts.get(name)
        return float(found) if isinstance(found, int | float) else usual


def read(file: Path, key: str = NETWORK) -> StyleGAN2:
    """Return the generator in a file.

    Args:
        file: the pickle.
        key: which of its networks.

    Raises:
        UserError: if it cannot be read, or holds no such generator, or one that this architecture does not cover.
    """
    try:
        with file.open("rb") as opened:
            content = _Reader(opened).load()
    except Exception as error:  # whatever a stranger's file makes of pickle
        raise UserError(f"{file.name} is damaged, or no pickle of StyleGAN2's own training.") from error
    networks = {k: v for k, v in content.items() if isinstance(v, Layer)} if isinstance(content, dict) else {}
    if key not in networks:
        raise UserError(f"{file.name} holds no network {key}; it holds {', '.join(networks) or 'none'}.")
    return _network(networks[key]).eval()


class _Ignored:
    """Whatever else the file holds: it takes everything, and does nothing."""

    def __init__(self, *_: Any, **__: Any) -> None: ...
    def __call__(self, *_: Any, **__: Any) -> "_Ignored":
        return self

    def __setstate__(self, _: Any) -> None: ...
    def __setitem__(self, _: Any, __: Any) -> None: ...
    def append(self, _: Any) -> None: ...
    def extend(self, _: Any) -> None: ...


def _layer(meta: Any) -> Layer:
    state = meta.get("state") if isinstance(meta, dict) else None
    return Layer(state if isinstance(state, dict) else {})


def _storage(content: bytes) -> Any:
    return torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)


def _parameter(data: Tensor, *_: Any) -> Tensor:
    return data


class _Reader(pickle.Unpickler):
    """A pickle's reader that knows a handful of harmless names, and builds nothing of all others."""

    def find_class(self, module: str, name: str) -> Any:
        return _KNOWN.get(f"{module}.{name}", _Ignored)


_NUMBER = np.float64(0).__reduce__()[0]
_KNOWN: dict[str, Any] = {
    "torch_utils.persistence._reconstruct_persistent_obj": _layer,
    "dnnlib.util.EasyDict": dict,
    "collections.OrderedDict": OrderedDict,
    "torch._utils._rebuild_tensor_v2": torch._utils._rebuild_tensor_v2,
    "torch._utils._rebuild_parameter": _parameter,
    "torch._utils._rebuild_parameter_with_state": _parameter,
    "torch.storage._load_from_bytes": _storage,
    # Gains are numbers of numpy's, under one name until its version 2, under the other since.
    "numpy.core.multiarray.scalar": _NUMBER,
    "numpy._core.multiarray.scalar": _NUMBER,
    "numpy.dtype": np.dtype,
}


def _network(found: Layer) -> StyleGAN2:
    mapping, synthesis = found.part("mapping"), found.part("synthesis")
    if mapping.has("embed"):
        raise UserError("Networks that draw by class are not read; this one does.")
    hidden: list[tuple[Tensor, Tensor]] = []
    while mapping.has(f"fc{len(hidden)}"):
        hidden.append(_linear(mapping.part(f"fc{len(hidden)}"), SLOWER))
    blocks: list[Layer] = []
    while synthesis.has(f"b{4 * 2 ** len(blocks)}"):
        blocks.append(synthesis.part(f"b{4 * 2 ** len(blocks)}"))
    if not hidden or not blocks or not all(block.has("torgb") for block in blocks):
        raise UserError("Only networks with skip connections are read, as StyleGAN2's own training makes them.")
    for block in blocks[1:]:
        row = torch.tensor([1.0, 3.0, 3.0, 1.0]) / 8
        if not torch.allclose(block.part("conv0").tensor("resample_filter"), row[:, None] * row, atol=1e-4):
            raise UserError("The file's network enlarges by another filter than 1 3 3 1, which is not read.")
    state = {"average": mapping.tensor("w_avg"), "start": blocks[0].tensor("const")}
    for i, (weight, bias) in enumerate(hidden):
        state |= {f"mapping.{i}.weight": weight, f"mapping.{i}.bias": bias}
    for i, block in enumerate(blocks):
        state |= _styled(block.part("conv1"), f"refine.{i}")
        state |= _styled(block.part("conv0"), f"enlarge.{i - 1}") if i else {}
        state |= _painted(block.part("torgb"), f"paint.{i}")
    network = StyleGAN2(
        image_size=4 * 2 ** (len(blocks) - 1),
        channels=state["paint.0.weight"].shape[0],
        noise_dim=hidden[0][0].shape[1],
        latent_dim=hidden[-1][0].shape[0],
        mapping=[weight.shape[0] for weight, _ in hidden[:-1]],
        widths=[state[f"refine.{i}.weight"].shape[0] for i in range(len(blocks))],
        clamp=blocks[0].part("conv1").fact("conv_clamp", 0.0),
    )
    ours = network.state_dict()
    for name, tensor in state.items():
        if name not in ours or ours[name].shape != tensor.shape:
            raise UserError(f"The file's network is of another make: its {name} is {tuple(tensor.shape)}.")
    network.load_state_dict(state)
    return network


def _linear(layer: Layer, usual: float = 1.0) -> tuple[Tensor, Tensor]:
    """Return weight and bias with the gains of the equalised learning rate, which the layer says of itself."""
    weight = layer.tensor("weight")
    gain = layer.fact("weight_gain", usual / weight.shape[1] ** 0.5)
    return weight * gain, layer.tensor("bias") * layer.fact("bias_gain", usual)


def _modulated(layer: Layer, name: str) -> dict[str, Tensor]:
    weight, bias = _linear(layer.part("affine"))
    return {f"{name}.style.weight": weight, f"{name}.style.bias": bias, f"{name}.bias": layer.tensor("bias")}


def _styled(layer: Layer, name: str) -> dict[str, Tensor]:
    return _modulated(layer, name) | {
        f"{name}.weight": layer.tensor("weight"),
        f"{name}.noise": layer.tensor("noise_const"),
        f"{name}.strength": layer.tensor("noise_strength"),
    }


def _painted(layer: Layer, name: str) -> dict[str, Tensor]:
    kernel = layer.tensor("weight")
    gain = layer.fact("weight_gain", kernel[0].numel() ** -0.5)
    return _modulated(layer, name) | {f"{name}.weight": kernel * gain}
