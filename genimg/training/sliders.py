"""Sliders that do what they say: learnt from a classifier, measured by another one, offered only if measured good.

A single direction for all faces would not do: to lose a beard, a latent must give up the beard that it has. So each
end of a slider is an affine map of the latent, and it learns what a change in one attribute is: the classifier must see
that attribute change and every other one stay, while as few pixels as possible move. The generator is frozen.

Papers: Jahanian et al. 2020, https://arxiv.org/abs/1907.07171, for walks learnt through a frozen generator; Shen et al.
2020, https://arxiv.org/abs/1907.10786, for keeping other attributes still.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import kl_div, log_softmax
from tqdm import tqdm

from genimg import checkpoints
from genimg.algorithms.directions import affine, step
from genimg.core.runtime import device, fast_precision, generator
from genimg.data.avatars import CONCEPTS, VALUES, concepts
from genimg.training.classifier import Classifier

STEPS, BATCH, RATE = 500, 16, 2e-3  # for each end of each slider
PREFIX = "attribute."  # of their keys in directions.safetensors
FLIPS, LEAKS, STAINS = 0.85, 0.10, 0.05  # at least; at most of any other attribute; at most of skin and background
_STILL = ("skin", "background")  # they never move, but for the skin's own slider
_PIXELS, _LENGTH = 10.0, 10.0  # weights beside the classifier's nats: of the mean absolute change, of leaving the prior
Decode = Callable[[Tensor], Tensor]


def find_sliders(decode: Decode, latents: Tensor, teacher: Classifier, *, steps: int = STEPS) -> dict[str, Tensor]:
    """Learn for each of `CONCEPTS` the moves ``(2, D + 1, D)`` that `genimg.algorithms.directions.step` takes.

    Args:
        decode: latents ``(N, D)`` to pictures in [0, 1], differentiable.
        latents: of many faces, ``(N, D)``, as the model draws them.
        teacher: a classifier of avatars of that size; another one than will judge the result.
        steps: of each end of each slider.
    """
    faces = _look(decode, latents, teacher)
    _, having = _read(faces)
    found = {}
    for column, name in enumerate(tqdm(CONCEPTS, desc="Learning sliders")):
        ends = [
            _learn(decode, faces.where(having[:, column] != gain), teacher, name, gain, steps) for gain in (False, True)
        ]
        found[name] = torch.stack(ends)
    return found


@dataclass(frozen=True)
class _Faces:
    """Latents ``(N, D)``, their pictures in 16 bits, and the logarithms of what a classifier sees, for each label."""

    latents: Tensor
    pictures: Tensor
    log_shares: list[Tensor]

    def where(self, rows: Tensor) -> "_Faces":
        """Return some of them."""
        return _Faces(self.latents[rows], self.pictures[rows], [part[rows] for part in self.log_shares])


def _look(decode: Decode, latents: Tensor, judge: Classifier) -> _Faces:
    """Draw faces, and look at them."""
    pictures, seen = [], []
    with torch.no_grad(), fast_precision():
        for part in latents.split(50):
            drawn = decode(part.to(device())).clamp(0, 1)
            pictures.append(drawn.half().cpu())
            seen.append([log_softmax(logits.float(), 1).cpu() for logits in judge(drawn)])
    return _Faces(latents, torch.cat(pictures), [torch.cat(parts) for parts in zip(*seen, strict=True)])


def _learn(decode: Decode, faces: _Faces, teacher: Classifier, name: str, gain: bool, steps: int) -> Tensor:
    """Learn the map by which faces, none of which is there yet, gain or lose an attribute."""
    width, labels = faces.latents.shape[1], list(VALUES)
    own = labels.index(CONCEPTS[name][0])
    wanted = [(value in CONCEPTS[name][1]) == gain for value in VALUES[labels[own]]]
    move = nn.Parameter(torch.zeros(width + 1, width, device=device()))
    if not len(faces.latents):
        return move.detach().cpu()
    optimizer = torch.optim.Adam([move])
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps)
    random = generator(own)
    for _ in range(steps):
        batch = faces.where(torch.randint(len(faces.latents), (BATCH,), generator=random))
        start = batch.latents.to(device())
        with fast_precision():
            end = start + affine(start, move)
            after = decode(end)
            found = [log_softmax(part.float(), 1) for part in teacher(after)]
        loss = -found[own][:, wanted].logsumexp(1).mean()
        for i, (old, new) in enumerate(zip(batch.log_shares, found, strict=True)):
            if i != own:
                loss = loss + kl_div(new, old.to(device()), reduction="batchmean", log_target=True)
        loss = loss + _PIXELS * (after.float() - batch.pictures.to(device()).float()).abs().mean()
        loss = loss + _LENGTH * (end.square().sum(1) / start.square().sum(1) - 1).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return move.detach().cpu()


def _read(faces: _Faces) -> tuple[Tensor, Tensor]:
    """Return which value of each label faces seem to have, and which of `CONCEPTS`."""
    values = torch.stack([part.argmax(1) for part in faces.log_shares], dim=1)
    return values, torch.from_numpy(concepts(values.numpy().astype(np.uint8)))


def measure_sliders(
    decode: Decode, latents: Tensor, sliders: Mapping[str, Tensor], judge: Classifier
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

    values, having = _read(_look(decode, latents, judge))
    table = {}
    for name, moves in sliders.items():
        column, label = list(CONCEPTS).index(name), CONCEPTS[name][0]
        has = having[:, column, None]
        ends = latents + torch.where(has, step(latents, moves, -1), step(latents, moves, 1))
        new_values, new = _read(_look(decode, ends, judge))
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
