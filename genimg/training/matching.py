"""Fitting tensors from elsewhere to our networks: what a network's sizes are, and which tensor is which."""

import math
import re
from collections.abc import Callable, Mapping
from itertools import permutations
from typing import Any

import torch
from torch import Tensor

from genimg.core.errors import UserError

State = Mapping[str, Tensor]
_KINDS = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")
_LONGEST = 8  # layers whose order is looked for by trying all


def sizes(architecture: str, state: State) -> dict[str, Any]:
    """Return the arguments of an architecture that the shapes of a state dict tell; {} where they tell nothing."""
    reader = _READERS.get(architecture)
    return reader(state) if reader else {}


def _dcgan(state: State) -> dict[str, Any]:
    named = _numbered(state, "blocks.{}.0.weight")
    last = state.get("out.0.weight")
    order = [*named, last] if named and last is not None else _chain(_weights(state, 4), inputs=0, outputs=1)
    if len(order) < 2:
        return {}
    embedding = state.get("embedding.weight")
    return {
        "image_size": 4 * 2 ** (len(order) - 1),
        "channels": order[-1].shape[1],
        "latent_dim": order[0].shape[0],
        "widths": [weight.shape[1] for weight in order[:-1]],
        "residual": any(key.endswith(".gain") for key in state),
        "num_classes": [] if embedding is None else [embedding.shape[1]],
    }


def _mlp(state: State) -> dict[str, Any]:
    order = _chain(_weights(state, 2), inputs=1, outputs=0)
    if len(order) < 2:
        return {}
    pixels = order[-1].shape[0]
    channels = 1 if math.isqrt(pixels) ** 2 == pixels else 3
    return {
        "image_size": math.isqrt(pixels // channels),
        "channels": channels,
        "latent_dim": order[0].shape[1],
        "widths": [weight.shape[0] for weight in order[:-1]],
    }


def _progressive(state: State) -> dict[str, Any]:
    pictures, first = _numbered(state, "to_picture.{}.weight"), state.get("blocks.0.1.weight")
    if not pictures or first is None:
        return {}
    return {
        "image_size": 4 * 2 ** (len(pictures) - 1),
        "channels": pictures[0].shape[0],
        "latent_dim": first.shape[1],
        "widths": [weight.shape[1] for weight in pictures],
    }


def _cnn(state: State) -> dict[str, Any]:
    first = state.get("layers.0.weight")
    order = _weights({key: value for key, value in state.items() if re.fullmatch(r"layers\.\d+\.weight", key)}, 4)
    if first is None or first.ndim != 2 or not order:
        return {}
    return {
        "image_size": 4 * 2 ** len(order),
        "channels": order[-1].shape[0] // 4,
        "latent_dim": first.shape[1],
        "widths": [weight.shape[1] for weight in order],
    }


def _vae(state: State) -> dict[str, Any]:
    order = _weights({key: value for key, value in state.items() if re.fullmatch(r"encoder\.\d+\.weight", key)}, 4)
    latents = state.get("to_latent.weight")
    if latents is None or latents.ndim != 2 or not order:
        return {}
    blocks = sum(bool(re.fullmatch(r"encoder\.\d+\.gain", key)) for key in state)
    return {
        "image_size": 4 * 2 ** len(order),
        "channels": order[0].shape[1] // 4,
        "latent_dim": latents.shape[0] // 2,
        "widths": [weight.shape[0] for weight in reversed(order)],
        "depth": blocks // len(order),
    }


_READERS: dict[str, Callable[[State], dict[str, Any]]] = {
    "dcgan": _dcgan,
    "mlp": _mlp,
    "progressive": _progressive,
    "cnn": _cnn,
    "vae": _vae,
}


def _numbered(state: State, template: str) -> list[Tensor]:
    found: list[Tensor] = []
    while (value := state.get(template.format(len(found)))) is not None and value.ndim == 4:
        found.append(value)
    return found


def _weights(state: State, dimensions: int) -> list[Tensor]:
    return [state[key] for key in _natural(state) if state[key].ndim == dimensions]


def _chain(weights: list[Tensor], *, inputs: int, outputs: int) -> list[Tensor]:
    """Return weights in an order in which each takes what the one before gives; [] if there is none.

    Args:
        weights: of the layers, in the order that their names suggest.
        inputs: the dimension that holds what a layer takes.
        outputs: the one that holds what it gives.
    """

    def fits(order: tuple[Tensor, ...]) -> bool:
        return all(a.shape[outputs] == b.shape[inputs] for a, b in zip(order[:-1], order[1:], strict=True))

    orders = permutations(weights) if len(weights) <= _LONGEST else iter([tuple(weights)])
    return list(next((order for order in orders if fits(order)), ()))  # the first of all is the one given


def _natural(keys: Mapping[str, object] | list[str]) -> list[str]:
    """Return names in an order in which 10 comes after 9."""
    return sorted(keys, key=lambda key: [(int(part), "") if part.isdigit() else (-1, part) for part in key.split(".")])


def match(ours: State, theirs: State) -> dict[str, Tensor]:
    """Return their tensors under our names: by name if all are there, else by shape, and those alike in order.

    A missing bias is taken for zero, as in the textbook generator's last layer.

    Raises:
        UserError: naming the first tensor that fits nothing.
    """
    if all(key in theirs or _optional(key) for key in ours) and theirs.keys() <= ours.keys():
        for key in ours.keys() & theirs.keys():
            if ours[key].shape != theirs[key].shape:
                raise _misfit(key, ours[key], [(key, theirs[key])])
        return {key: theirs.get(key, torch.zeros_like(value)) for key, value in ours.items()}
    try:
        return _by_layers(ours, theirs)
    except UserError as error:
        try:
            return _by_order(ours, theirs)
        except UserError:
            raise error from None


def _by_layers(ours: State, theirs: State) -> dict[str, Tensor]:
    """Match whole layers, whatever their order: weight, bias and statistics stay together."""
    rest = _layers(theirs)
    matched: dict[str, Tensor] = {}
    for name, layer in _layers(ours).items():
        alike = _in_order([other for other in rest if _likeness(rest[other]) == _likeness(layer)], theirs)
        if not alike:
            kind, value = next(iter(layer.items()))
            there = [(f"{other}.{part}", tensor) for other in rest for part, tensor in rest[other].items()]
            raise _misfit(f"{name}.{kind}", value, there)
        taken = rest.pop(alike[0])
        for kind, value in layer.items():
            if kind not in taken and not _optional(kind):
                raise _misfit(f"{name}.{kind}", value, [])
            matched[f"{name}.{kind}"] = taken.get(kind, torch.zeros_like(value))
        if more := taken.keys() - layer.keys():
            raise UserError(f"The file has more than the network: {alike[0]}.{min(more)} is left over.")
    if rest:
        raise UserError(f"The file has more than the network: {next(iter(rest))} is left over.")
    return matched


def _by_order(ours: State, theirs: State) -> dict[str, Tensor]:
    """Match tensors one after the other, for names that do not say which belong together."""
    rest, matched = list(theirs.items()), {}
    for key, value in ours.items():
        kind = _split(key)[1]
        named = _split(rest[0][0])[1] if rest else ""
        if rest and rest[0][1].shape == value.shape and (named == kind or named not in _KINDS):
            matched[key] = rest.pop(0)[1]
        elif _optional(key):
            matched[key] = torch.zeros_like(value)
        else:
            raise _misfit(key, value, rest[:1])
    if rest:
        raise UserError(f"The file has more than the network: {rest[0][0]} is left over.")
    return matched


def _layers(state: State) -> dict[str, dict[str, Tensor]]:
    found: dict[str, dict[str, Tensor]] = {}
    for key, value in state.items():
        name, kind = _split(key)
        found.setdefault(name, {})[kind] = value
    return found


def _likeness(layer: State) -> tuple[object, ...]:
    return *(layer[kind].shape if kind in layer else None for kind in ("weight", "running_mean")), "weight" in layer


def _in_order(names: list[str], state: State) -> list[str]:
    """Return layers of one shape in their order: by number where only numbers tell them apart, else as they lie."""
    templates = {re.sub(r"\d+", "#", name) for name in names}
    return _natural(names) if len(templates) == 1 else names


def _split(key: str) -> tuple[str, str]:
    name, _, kind = key.rpartition(".")
    return name, kind


def _optional(key: str) -> bool:
    return _split(key)[1] in ("bias", "num_batches_tracked")


def _misfit(key: str, value: Tensor, there: list[tuple[str, Tensor]]) -> UserError:
    got = f"{there[0][0]} {tuple(there[0][1].shape)}" if there else "nothing"
    return UserError(f"{key} {tuple(value.shape)} was expected where the file has {got}.")
