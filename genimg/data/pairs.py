"""Pairs of pictures to learn from: what somebody has, and what it should become."""

import logging
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from genimg.core.errors import UserError
from genimg.core.images import open_image, resize, to_tensor
from genimg.data import sketches
from genimg.data.datasets import Pictures, folder_part, picture_files

NAMES = ("avatars", "paired:PATH")
SIDES = ("input", "target")  # the folders of a paired set
_NAMED = 3  # so many of the pictures without a partner are named
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Pairs(Pictures):
    """A set of pairs in memory: ``images`` are the targets, ``(N, 3, H, W)`` uint8, and labels there are none.

    Attributes:
        sources: what each target is to be made of, ``(N, 3, H, W)`` uint8.

    Indexing gives source and target as six channels.
    """

    sources: Tensor

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        both, labels = self.__getitems__([index])
        return both[0], labels[0]

    def __getitems__(self, indices: list[int]) -> tuple[Tensor, Tensor]:
        both = torch.cat([self.sources[indices], self.images[indices]], dim=1)
        return both.float() / 255, self.labels[indices]


def load_pairs(
    name: str, *, size: int, split: str = "train", count: int | None = None, limit: int | None = None
) -> Pairs:
    """Return the training or the held-out part of a set of pairs; a tenth never trains, see `load_dataset`.

    Args:
        name: one of `NAMES`. ``avatars`` are drawn faces with a sketch of each. ``paired:PATH`` is a folder of your
            own: ``PATH/input/NAME`` becomes ``PATH/target/NAME``; endings may differ, and both are scaled to the size,
            stretched where they are not square.
        size: side in pixels.
        split: "train" or "test".
        count: use only this many targets of the whole set.
        limit: return only this many of the split.

    Raises:
        UserError: for an unknown name, a missing folder, pictures of which none has a partner, or too few pairs.
    """
    if split not in ("train", "test"):
        raise UserError(f"split must be train or test, got {split!r}.")
    if name.startswith("paired:"):
        return _folder(Path(name.removeprefix("paired:")).expanduser(), size, split, count, limit)
    if name != "avatars":
        raise UserError(f"There are no pairs named {name!r}; there are {', '.join(NAMES)}.")
    total = count or sketches.COUNT
    if total < 10:
        raise UserError(f"{name} has {total} pictures; at least 10 are needed.")
    border = total - total // 10
    start, end = (0, border) if split == "train" else (border, total)
    end = min(end, start + limit) if limit else end
    faces, drawn = sketches.pairs(end - start, size=size, start=start)
    targets, sources = (torch.from_numpy(part).permute(0, 3, 1, 2).contiguous() for part in (faces, drawn))
    return Pairs(targets, torch.zeros(len(targets), 0, dtype=torch.uint8), {}, sources)


def partners(folder: Path) -> dict[Path, Path]:
    """Return for each target of a paired folder its input, matched by name; those without one are warned of.

    Raises:
        UserError: if a folder is missing, a name stands for two pictures, or nothing has a partner.
    """
    found = []
    for side in SIDES:
        if not (folder / side).is_dir():
            raise UserError(f"There is no folder {folder / side}; pairs lie in {folder}/input and {folder}/target.")
        by_name: dict[str, Path] = {}
        for path in picture_files(folder / side):
            name = path.relative_to(folder / side).with_suffix("").as_posix()
            if name in by_name:
                raise UserError(f"{by_name[name].name} and {path.name} in {folder / side} have one name; keep one.")
            by_name[name] = path
        found.append(by_name)
    inputs, targets = found
    alone = sorted(inputs.keys() ^ targets.keys())
    named = ", ".join(alone[:_NAMED]) + (", ..." if len(alone) > _NAMED else "")
    if not inputs.keys() & targets.keys():
        raise UserError(f"No picture in {folder / 'input'} has a partner of the same name in {folder / 'target'}.")
    if alone:
        log.warning(
            "Pictures in %s without a partner in the other folder, %d, are left out: %s", folder, len(alone), named
        )
    return {targets[name]: inputs[name] for name in sorted(inputs.keys() & targets.keys())}


def _folder(folder: Path, size: int, split: str, count: int | None, limit: int | None) -> Pairs:
    matched = partners(folder)
    chosen = [path for path in folder_part(folder / SIDES[1], split, count) if path in matched][:limit]
    if not chosen:
        raise UserError(f"No pair of {folder} is left for the {split} part; more pairs are needed.")
    rows: list[tuple[Tensor, Tensor]] = []
    for target in chosen:
        try:
            rows.append((_read(matched[target], size), _read(target, size)))
        except UserError as error:
            log.warning("%s is left out: %s", target.stem, error)
    if not rows:
        raise UserError(f"There is no readable pair in {folder}.")
    sources, targets = (torch.cat(side) for side in zip(*rows, strict=True))
    return Pairs(targets, torch.zeros(len(targets), 0, dtype=torch.uint8), {}, sources)


def _read(path: Path, size: int) -> Tensor:
    picture = to_tensor(open_image(path, tell=log.debug))
    return resize(picture, (size, size)).clamp(0, 1).mul(255).round().byte()
