"""What a run leaves on the disk, each whole or not at all: its state, from which it goes on, and the checkpoint."""

import contextlib
import logging
import os
import shutil
import zipfile
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from torch.optim import Optimizer

from genimg import checkpoints
from genimg.core.errors import UserError
from genimg.data.datasets import Pictures
from genimg.training.recipe import Recipe

log = logging.getLogger(__name__)

STATE = "state.pt"
PREVIOUS = "state.previous.pt"  # the state saved before, while a run lasts


def save(path: Path, recipe: Recipe) -> None:
    """Write the state, all or nothing; not one with weights that are no numbers, so the last good one stays.

    Raises:
        UserError: if it cannot be written, on a full disk for one.
    """
    if not recipe.accelerator.is_main_process:
        return
    networks = {name: network.state_dict() for name, network in recipe.networks.items()}
    weights = [tensor for state in networks.values() for tensor in state.values() if tensor.is_floating_point()]
    if not all(torch.isfinite(tensor).all() for tensor in weights):
        return
    state = {
        "steps": recipe.steps,
        "seconds": recipe.seconds,
        "networks": networks,
        "optimizers": {name: optimizer.state_dict() for name, optimizer in recipe.optimizers.items()},
        "average": recipe.average.state_dict(),
    }
    part = path.with_suffix(".part")
    try:
        torch.save(state, part)
        _keep(path)
        part.replace(path)
    except (OSError, RuntimeError) as error:  # torch reports a full disk as a RuntimeError
        part.unlink(missing_ok=True)
        why = error.strerror if isinstance(error, OSError) else "the disk may be full"
        raise UserError(
            f"The run could not be saved in {path.parent} ({why}): make room, then give the same command again; "
            "what was saved before is whole."
        ) from error


def _keep(path: Path) -> None:
    """Keep the state that is about to be replaced, where files can have two names: no copy, and never none at all."""
    previous = path.with_name(PREVIOUS)
    with contextlib.suppress(OSError):
        previous.unlink(missing_ok=True)
        os.link(path, previous)


def export(recipe: Recipe, data: Pictures, folder: Path) -> None:
    """Write the checkpoint beside its place, then move it there: who is killed meanwhile leaves none or a whole one.

    Raises:
        UserError: if it cannot be written.
    """
    part = folder.with_suffix(".part")
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir()
        recipe.export(recipe.average, data, part)
        folder.mkdir(exist_ok=True)
        # The config comes last: a folder without it is no checkpoint.
        for path in sorted(part.iterdir(), key=lambda path: path.name == checkpoints.CONFIG):
            path.replace(folder / path.name)
    except (OSError, SafetensorError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise UserError(
            f"The checkpoint could not be written to {folder} ({why}): make room, then give the same command again."
        ) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def resume(out: Path, recipe: Recipe) -> float:
    """Take up the run in the folder `out`, if there is one; return the seconds trained so far."""
    state = _saved(out, recipe.accelerator.device)
    if state is None:
        return 0.0
    try:
        for name, network in recipe.networks.items():
            network.load_state_dict(state["networks"][name])
            _take_up(recipe.optimizers[name], state["optimizers"][name])
        recipe.average.load_state_dict(state["average"])
        recipe.steps = state["steps"]
        return float(state["seconds"])
    except Exception as error:
        raise UserError(
            f"The run in {out} is of another recipe or other settings; give those, or choose another folder."
        ) from error


def _take_up(optimizer: Optimizer, state: dict[str, Any]) -> None:
    """Load what an optimiser has gathered; its learning rate and the like are those that are asked for now."""
    asked = [{k: v for k, v in group.items() if k != "params"} for group in optimizer.param_groups]
    optimizer.load_state_dict(state)
    for group, settings in zip(optimizer.param_groups, asked, strict=True):
        group.update(settings)


def _saved(out: Path, where: torch.device | str) -> dict[str, Any] | None:
    """Return the newest state of a run that can be read, or None if there is no run in the folder.

    Raises:
        UserError: if there is one, but nothing of it can be read.
    """
    there = [path for path in (out / STATE, out / PREVIOUS) if path.is_file()]
    for path in there:
        try:
            with zipfile.ZipFile(path) as archive:  # torch itself does not compare the checksums
                if broken := archive.testzip():
                    raise ValueError(f"the checksum of {broken} is wrong")
            return dict(torch.load(path, map_location=where, weights_only=True))
        except Exception as error:
            log.warning("%s is damaged (%s: %s)", path, type(error).__name__, error)
    if there:
        raise UserError(
            f"The saved state in {out} is damaged, and there is no earlier one: delete {STATE} there to begin anew, or "
            "choose another folder."
        )
    return None


def warm_start(recipe: Recipe, path: Path) -> list[str]:
    """Take over every tensor of the same network, name and shape; return their names.

    Args:
        recipe: whose networks are to begin with them.
        path: the folder of a run, or of a checkpoint, which has the network alone that is shipped.

    Raises:
        UserError: if there is neither, or it is damaged.
    """
    networks: Any
    if (path / checkpoints.WEIGHTS).is_file():
        (shipped,) = (name for name, network in recipe.networks.items() if network is recipe.model)
        networks = {shipped: checkpoints.load(path).state_dict()}
    else:
        state = _saved(path, "cpu")
        if state is None or not isinstance(networks := state.get("networks"), dict):
            raise UserError(f"There is no run to start from in {path}.")
    taken = []
    for name, network in recipe.networks.items():
        mine, theirs = network.state_dict(), networks.get(name, {})
        fitting = {k: v for k, v in theirs.items() if k in mine and mine[k].shape == v.shape}
        network.load_state_dict(fitting, strict=False)
        taken += [f"{name}.{k}" for k in fitting]
    return taken
