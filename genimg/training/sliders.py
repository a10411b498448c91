"""Sliders that do what they say: found on pictures that differ in one attribute, and offered only if measured good.

The renderer gives such pairs exactly: the same face, drawn without a beard and with one. A VAE encodes both, and an
affine map learns how latents differ. A judge, the classifier of `genimg.training.classifier`, then looks at what each
slider does at its end.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from genimg import checkpoints
from genimg.algorithms.directions import fit_moves, step
from genimg.core.runtime import device, fast_precision, generator
from genimg.data.avatars import CONCEPTS, ENDS, VALUES, concepts, draw_attributes, render
from genimg.models.vae import VAE
from genimg.training.classifier import Classifier

FACES = 1000  # drawn anew, of a seed that no data set has
_SEED = 1
_DRAWS = 8  # latents drawn from the posterior of each face
PREFIX = "attribute."  # of their keys in directions.safetensors
FLIPS, LEAKS, STAINS = 0.85, 0.10, 0.05  # at least; at most of any other attribute; at most of skin and background
_STILL = ("skin", "background")  # they never move, but for the skin's own slider


def find_sliders(model: VAE, *, faces: int = FACES) -> dict[str, Tensor]:
    """Return for each of `CONCEPTS` the moves ``(2, D + 1, D)`` that `genimg.algorithms.directions.step` takes."""
    before: list[Tensor] = []
    after: list[list[Tensor]] = []
    for first in range(0, faces, 50):
        own, changed = zip(
            *(_pairs(index, model.image_size) for index in range(first, min(first + 50, faces))), strict=True
        )
        mean, log_variance = _encode(model, own)
        # The posterior's width is part of what the map must take: samples lie anywhere in it.
        noise = torch.randn(_DRAWS, *mean.shape, generator=generator(_SEED + first))
        before.append((mean + noise * (log_variance / 2).exp()).transpose(0, 1))
        moved = _encode(model, [picture for face in changed for picture in face])[0]
        after.append(list((moved.view(len(own), -1, model.latent_dim) - mean[:, None]).unbind(1)))
    latents = torch.cat(before)
    maps = []
    for differences in zip(*after, strict=True):
        change = torch.cat(differences)[:, None].expand_as(latents)
        maps.append(fit_moves(latents.flatten(0, 1), (latents + change).flatten(0, 1)))
    return {name: torch.stack(maps[2 * i : 2 * i + 2]) for i, name in enumerate(CONCEPTS)}


def _pairs(index: int, size: int) -> tuple[np.ndarray, list[np.ndarray]]:
    """Return a face, and the same face at both ends of each of `CONCEPTS`, without it and with it."""
    face = draw_attributes(index, _SEED)
    drawn: dict[tuple[str, ...], np.ndarray] = {}

    def once(attributes: dict[str, str]) -> np.ndarray:
        key = tuple(attributes.values())
        if key not in drawn:
            drawn[key] = np.asarray(render(attributes, size))
        return drawn[key]

    return once(face), [once(face | {CONCEPTS[name][0]: value}) for name, ends in ENDS.items() for value in ends]


def _encode(model: VAE, pictures: Sequence[np.ndarray]) -> tuple[Tensor, Tensor]:
    """Return the means and log variances of pictures, each encoded once however often it is there."""
    places = {id(picture): picture for picture in pictures}
    order = {key: i for i, key in enumerate(places)}
    images = torch.from_numpy(np.stack(list(places.values()))).permute(0, 3, 1, 2)
    with torch.no_grad(), fast_precision():
        coded = [model.encode(part.to(device()).float() / 255) for part in images.split(100)]
    rows = torch.tensor([order[id(picture)] for picture in pictures])
    return torch.cat([mean for mean, _ in coded]).cpu()[rows], torch.cat([width for _, width in coded]).cpu()[rows]


def measure_sliders(
    decode: Callable[[Tensor], Tensor], latents: Tensor, sliders: Mapping[str, Tensor], judge: Classifier
) -> dict[str, dict[str, float]]:
    """Move faces to the other end of each slider and say what the judge sees change.

    Args:
        decode: latents ``(N, D)`` to pictures.
        latents: of the faces.
        sliders: as `find_sliders` returns them.
        judge: a classifier of avatars of that size.

    Returns:
        For each slider shares of the faces: ``own``, in which its own attribute flipped; ``other``, in which that other
        attribute of `CONCEPTS` did that flips most often, values of the same label left out (a hat hides hair);
        ``skin`` and ``background``, in which the judge reads another one.
    """
    labels = list(VALUES)

    def read(places: Tensor) -> tuple[Tensor, Tensor]:
        with torch.no_grad(), fast_precision():
            seen = [judge(decode(part.to(device())).clamp(0, 1)) for part in places.split(50)]
        values = torch.cat([torch.stack([head.argmax(1) for head in part], dim=1) for part in seen]).cpu()
        return values, torch.from_numpy(concepts(values.numpy().astype(np.uint8)))

    values, having = read(latents)
    table = {}
    for name, moves in sliders.items():
        column, label = list(CONCEPTS).index(name), CONCEPTS[name][0]
        has = having[:, column, None]
        ends = latents + torch.where(has, step(latents, moves, -1), step(latents, moves, 1))
        new_values, new = read(ends)
        flipped = (new != having).float().mean(0)
        others = [float(flipped[i]) for i, (of, _) in enumerate(CONCEPTS.values()) if of != label]
        still = {part: float((new_values != values)[:, labels.index(part)].float().mean()) for part in _STILL}
        table[name] = {"own": float(flipped[column]), "other": max(others), **still}
    return table


def keeps_its_word(name: str, row: Mapping[str, float]) -> bool:
    """Say whether a slider may be offered, by its row of `measure_sliders`."""
    stains = [row[part] for part in _STILL if part != CONCEPTS[name][0]]
    return row["own"] >= FLIPS and row["other"] <= LEAKS and max(stains) <= STAINS


def stored_sliders(name: str | Path) -> dict[str, Tensor]:
    """Return the sliders of a checkpoint; of those made by earlier versions, which are directions, none."""
    found = checkpoints.extra(name, "directions") or {}
    return {
        key.removeprefix(PREFIX): value.cpu()
        for key, value in found.items()
        if key.startswith(PREFIX) and value.ndim == 3
    }


def save_sliders(sliders: Mapping[str, Tensor], folder: Path) -> None:
    """Write sliders into directions.safetensors of a checkpoint, in place of those that it had."""
    found = {k: v for k, v in (checkpoints.extra(folder, "directions") or {}).items() if not k.startswith(PREFIX)}
    # Sixteen bits are enough for these maps, and halve the file.
    found |= {PREFIX + name: moves.half() for name, moves in sliders.items()}
    checkpoints.save_tensors(found, folder / "directions.safetensors")
