"""Weights from elsewhere: a state dict in somebody's file becomes a checkpoint, by an explicit command only."""

import inspect
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from genimg import checkpoints
from genimg.core.errors import UserError
from genimg.core.weights import check_numbers
from genimg.models.stylegan2 import StyleGAN2
from genimg.nn.generator import Generator
from genimg.nn.layers import ACTIVATIONS, OUTPUTS
from genimg.training import stylegan2
from genimg.training.card import write_card
from genimg.training.directions import write_directions
from genimg.training.matching import State, match, sizes

MIN_SIDE, MIN_LATENTS = 8, 2  # of a generator: below them it is a discriminator read the other way round
SHOWN = 8  # parts of a file that are named in a sentence


def import_state(
    file: Path, architecture: str, name: str, settings: Mapping[str, object], *, key: str | None = None
) -> Path:
    """Turn a file of weights into a checkpoint folder in `genimg.checkpoints.root()`; return the folder.

    Nothing but tensors is read (safetensors, or a pickle with ``weights_only=True``; for StyleGAN2 see
    `genimg.training.stylegan2`, which needs no settings). The state dict may lie anywhere
    in the file, by itself, under a key (``netG``, ``g_ema``, ``model_state_dict``, ...) or under a prefix of its names
    (``generator.``, ``module.``); sizes are read off the shapes, and tensors are matched by name or by shape.

    Args:
        file: of torch.save or safetensors, or a Lightning checkpoint.
        architecture: a key of `genimg.checkpoints.ARCHITECTURES`.
        name: of the new checkpoint.
        settings: arguments of the network, instead of those that the shapes tell, and those that they cannot tell.
        key: which part of the file, if several fit.

    Raises:
        UserError: if the file is not there or holds no weights, nothing or too much in it fits, the name is taken or
            no plain word, or something must be said that no file says.
    """
    if architecture not in checkpoints.ARCHITECTURES:
        raise UserError(f"--as must be one of {', '.join(checkpoints.ARCHITECTURES)}; got {architecture!r}.")
    if Path(name).name != name or name.startswith(".") or checkpoints.taken(name):
        raise UserError(f"The name must be a new plain word; got {name!r}.")
    if architecture == StyleGAN2.architecture:
        if settings:
            raise UserError("A file of StyleGAN2 says all of itself; leave --set out.")
        model: nn.Module = stylegan2.read(_there(file), key or stylegan2.NETWORK)
    else:
        model = _from_tensors(file, architecture, settings, key)
    folder = checkpoints.root() / name
    checkpoints.save(model, folder)
    if isinstance(model, Generator):
        write_directions(model, folder)
    write_card(folder, {"summary": f"Weights imported from `{file.name}`."})
    return folder


def _from_tensors(file: Path, architecture: str, settings: Mapping[str, object], key: str | None) -> nn.Module:
    known = inspect.signature(checkpoints.ARCHITECTURES[architecture]).parameters
    if unknown := settings.keys() - known.keys():
        raise UserError(f"{architecture} has no setting {', '.join(unknown)}; it has {', '.join(known)}.")
    if architecture == "mlp" and not {"activation", "output"} <= settings.keys():
        raise UserError(
            "Weights do not say what lies between the layers, and a wrong guess draws wrong pictures: give --set "
            f"activation={'|'.join(ACTIVATIONS)} and --set output={'|'.join(OUTPUTS)} (tanh: pixels from -1 to 1)."
        )
    found = _parts(_read(file))
    if not found:
        raise UserError(f"{file.name} is not a state dict, and holds none: names to tensors.")
    return _fitting(architecture, settings, _asked(found, key))


def _there(file: Path) -> Path:
    if not file.is_file():
        raise UserError(f"There is no file {file}.")
    return file


def _read(file: Path) -> Any:
    """Return what is in the file: tensors in dictionaries in dictionaries."""
    _there(file)
    try:
        with file.open("rb") as opened:
            if opened.read(9)[8:] == b"{":  # the length of the header, then the header
                return load_file(file)
        return torch.load(file, map_location="cpu", weights_only=True)
    except Exception as error:
        raise UserError(f"{file.name} is damaged, or holds more than tensors, which is not read.") from error


def _parts(content: Any) -> dict[str, State]:
    """Return all that may be a state dict, by its place in the file: ``""`` for the file itself, ``"netG"``, ..."""
    found: dict[str, State] = {}
    for place, tensors in _dictionaries(content, ""):
        for prefix, part in _prefixes(tensors, place):
            if sum(tensor.ndim > 1 for tensor in part.values()) > 1:
                found[prefix] = part
    return found


def _dictionaries(content: Any, place: str, depth: int = 0) -> Iterator[tuple[str, State]]:
    # Optimisers have numbers for keys, and lists.
    if not isinstance(content, dict) or depth > 6 or not all(isinstance(key, str) for key in content):
        return
    if tensors := {key: value.detach() for key, value in content.items() if isinstance(value, Tensor)}:
        yield place, tensors
    for key, value in content.items():
        yield from _dictionaries(value, f"{place}.{key}" if place else key, depth + 1)


def _prefixes(tensors: State, place: str, depth: int = 0) -> Iterator[tuple[str, State]]:
    """Yield the state dict, then the parts of it whose names begin with the same word, without that word."""
    yield place, tensors
    words = dict.fromkeys(key.split(".")[0] for key in tensors if "." in key)
    for word in words if depth < 6 else ():
        if not word.isdigit():
            part = {key[len(word) + 1 :]: value for key, value in tensors.items() if key.startswith(f"{word}.")}
            yield from _prefixes(part, f"{place}.{word}" if place else word, depth + 1)


def _asked(found: dict[str, State], key: str | None) -> dict[str, State]:
    """Return the part that `key` names, and what lies in it; all without a key."""
    if key is None:
        return found
    named = [place for place in found if place == key or place.endswith(f".{key}")]
    exact = [place for place in named if place == key] or named
    if len(exact) != 1:
        raise UserError(f"--key must be one of {_listed(found, found)}; got {key!r}.")
    return {place: part for place, part in found.items() if f"{place}.".startswith(f"{exact[0]}.")}


def _listed(found: Mapping[str, State], places: Iterable[str]) -> str:
    """Name parts of a file, each by the first of its names: `netG` rather than `netG.main`, if that is all there is."""
    first: dict[frozenset[int], str] = {}
    for place in found:
        first.setdefault(_tensors(found[place]), place)
    shown = dict.fromkeys(first[_tensors(found[place])] for place in places)
    names = [place[:40] or "(the file itself)" for place in shown]
    return ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")


def _tensors(part: State) -> frozenset[int]:
    return frozenset(map(id, part.values()))


def _fitting(architecture: str, settings: Mapping[str, object], found: dict[str, State]) -> nn.Module:
    """Return the network with the weights of the one part that fits.

    Raises:
        UserError: if none does, or several do.
    """
    models: dict[str, nn.Module] = {}
    errors: dict[str, UserError] = {}
    tensors = {place: _tensors(part) for place, part in found.items()}
    for place in sorted(found, key=lambda place: -place.count(".")):  # without a prefix, names are more likely ours
        if any(tensors[place] == tensors[other] for other in models):
            continue  # the same under another name
        try:
            models[place] = _build(architecture, settings, found[place])
        except UserError as error:
            errors[place] = error
    # A piece of what fits as a whole is not meant.
    whole = {place: model for place, model in models.items() if not any(tensors[place] < tensors[o] for o in models)}
    if len(whole) == 1:
        return next(iter(whole.values()))
    if whole:
        raise UserError(
            f"Several parts of the file fit {architecture}: {_listed(found, whole)}; choose one with --key."
        )
    largest = max(errors, key=lambda place: len(found[place]))
    if len(found) == 1:
        raise errors[largest]
    there = _listed(found, found)
    raise UserError(
        f"Nothing in the file fits {architecture}; it holds {there}. The largest does not: {errors[largest]}"
    )


def _build(architecture: str, settings: Mapping[str, object], state: State) -> nn.Module:
    read = sizes(architecture, state)
    if "latent_dim" in read and (
        read["latent_dim"] < MIN_LATENTS or read["channels"] not in (1, 3) or read["image_size"] < MIN_SIDE
    ):
        raise UserError(
            f"Read as {architecture}, its layers lead from {read['latent_dim']} numbers to {read['channels']} channels."
        )
    asked = read | dict(settings)
    try:
        if architecture == "mlp" and "num_classes" in settings and "latent_dim" not in settings:
            asked["latent_dim"] -= sum(asked["num_classes"])  # the conditions come in with the latents
        model: nn.Module = checkpoints.ARCHITECTURES[architecture](**asked)
    except Exception as error:  # settings are anything that a person types
        raise UserError(f"{architecture} cannot be built with {asked}: {error}") from error
    matched = match(model.state_dict(), state)
    check_numbers(matched)
    model.load_state_dict(matched)
    return model.eval()
