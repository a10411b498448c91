"""Weights from elsewhere: a pickled state dict becomes a checkpoint, by an explicit command only."""

import inspect
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from genimg import checkpoints
from genimg.core.errors import UserError
from genimg.models.dcgan import DCGAN
from genimg.models.vae import VAE
from genimg.training.card import write_card
from genimg.training.directions import write_directions


def import_state(file: Path, architecture: str, name: str, settings: Mapping[str, object]) -> Path:
    """Turn a ``.pth`` state dict into a checkpoint folder in `genimg.checkpoints.root()`; return the folder.

    Only tensors are unpickled (``weights_only=True``). Tensors are matched by name or, where the names are others', by
    their order, shape and kind (weight, bias, ...); a missing bias is taken for zero, as in the textbook generator's
    last layer.

    Args:
        file: of torch.save.
        architecture: a key of `genimg.checkpoints.ARCHITECTURES`.
        name: of the new checkpoint.
        settings: arguments of the network.

    Raises:
        UserError: if the file is not there or no state dict, the name is taken or no plain word, or nothing fits.
    """
    if architecture not in checkpoints.ARCHITECTURES:
        raise UserError(f"--as must be one of {', '.join(checkpoints.ARCHITECTURES)}; got {architecture!r}.")
    folder = checkpoints.root() / name
    if Path(name).name != name or name.startswith(".") or folder.exists():
        raise UserError(f"The name must be a new plain word; got {name!r}.")
    cls = checkpoints.ARCHITECTURES[architecture]
    if unknown := settings.keys() - inspect.signature(cls).parameters.keys():
        raise UserError(f"{architecture} has no setting {', '.join(unknown)}.")
    try:
        model = cls(**settings)
    except Exception as error:  # settings are anything that a person types
        raise UserError(f"{architecture} cannot be built with {dict(settings)}: {error}") from error
    model.load_state_dict(match(model.state_dict(), _read(file)))
    model.eval()
    checkpoints.save(model, folder)
    if isinstance(model, DCGAN | VAE):
        write_directions(model, folder)
    write_card(folder, {"summary": f"Weights imported from `{file.name}`."})
    return folder


def _read(file: Path) -> dict[str, Tensor]:
    try:
        state = torch.load(file, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise UserError(f"There is no file {file}.") from None
    except Exception as error:
        raise UserError(f"{file.name} is damaged, or holds more than tensors, which is not read.") from error
    state = state.get("state_dict", state) if isinstance(state, dict) else state
    if not isinstance(state, dict) or not state or not all(isinstance(v, Tensor) for v in state.values()):
        raise UserError(f"{file.name} is not a state dict: names to tensors.")
    return state


def match(ours: Mapping[str, Tensor], theirs: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return their tensors under our names: by name if all agree, else by order and shape.

    Raises:
        UserError: naming the first tensor that fits nothing.
    """
    if ours.keys() == theirs.keys() and all(ours[key].shape == theirs[key].shape for key in ours):
        return dict(theirs)
    rest = [(key, value) for key, value in theirs.items()]
    matched = {}
    for key, value in ours.items():
        if rest and rest[0][1].shape == value.shape and _kind(rest[0][0]) in (_kind(key), None):
            matched[key] = rest.pop(0)[1]
        elif key.endswith("bias") or key.endswith("num_batches_tracked"):
            matched[key] = torch.zeros_like(value)
        else:
            got = f"{rest[0][0]} {tuple(rest[0][1].shape)}" if rest else "nothing"
            raise UserError(f"{key} {tuple(value.shape)} was expected where the file has {got}.")
    if rest:
        raise UserError(f"The file has more than the network: {rest[0][0]} is left over.")
    return matched


def _kind(key: str) -> str | None:
    """Return a tensor's part in its layer, as PyTorch names them, or None for a name of somebody's own."""
    last = key.rpartition(".")[2]
    return last if last in ("weight", "bias", "running_mean", "running_var", "num_batches_tracked") else None
