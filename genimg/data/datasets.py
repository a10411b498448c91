"""Data sets by name: `avatars`, torchvision's classics, and anybody's folder, all as one tensor in memory.

At the sizes that genimg trains on, a whole set fits in memory as bytes, and picking a batch is one indexing operation:
no worker processes, no decoding while training.
"""

import hashlib
import logging
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import platformdirs
import torch
from torch import Tensor
from torch.utils.data import Dataset
from tqdm import tqdm

from genimg.core.decoding import looks_like_picture
from genimg.core.errors import UserError
from genimg.core.images import crop_square, open_image, resize, to_tensor
from genimg.core.later import Later
from genimg.data.avatars import COUNT as AVATARS
from genimg.data.avatars import VALUES, avatars

NAMES = ("avatars", "fashion-mnist", "mnist", "cifar10", "folder:PATH")
_TORCHVISION = {"fashion-mnist": "FashionMNIST", "mnist": "MNIST", "cifar10": "CIFAR10"}
_SETS = Later("torchvision.datasets")
HELD_OUT = 0.1  # the part of every set that never trains
_FEWEST = 10  # pictures of a set
_NAMED = 3  # so many of the files that are left out are named
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Pictures(Dataset[tuple[Tensor, Tensor]]):
    """A data set in memory; indexing with a list gives a whole batch.

    Attributes:
        images: ``(N, C, H, W)`` uint8.
        labels: ``(N, A)`` uint8, one column an attribute.
        classes: the attributes with the words for their values, in the columns' order; empty without labels.
    """

    images: Tensor
    labels: Tensor
    classes: dict[str, list[str]]

    def __len__(self) -> int:
        return len(self.images)

    def shares(self) -> dict[str, dict[str, float]]:
        """Return for each attribute how often each of its values occurs, as a part of 1."""
        return {
            name: {
                value: round(float((self.labels[:, i] == place).float().mean()), 4)
                for place, value in enumerate(values)
            }
            for i, (name, values) in enumerate(self.classes.items())
        }

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        return self.images[index].float() / 255, self.labels[index]

    def __getitems__(self, indices: list[int]) -> tuple[Tensor, Tensor]:
        """Return a batch, ``(B, C, H, W)`` float32 in [0, 1] and ``(B, A)`` uint8 (the loader's fast path)."""
        return self.images[indices].float() / 255, self.labels[indices]


def load_dataset(
    name: str,
    *,
    size: int,
    split: str = "train",
    count: int | None = None,
    limit: int | None = None,
    channels: int | None = None,
) -> Pictures:
    """Return the training or the held-out part of a data set, at ``size x size`` pixels.

    A tenth of every set never trains; all figures that we quote are measured on it. Of the avatars and of torchvision's
    sets it is the last one. In a folder each file's name decides, by chance: so every subfolder has its share in both
    parts, and no picture changes sides when others are added.

    Args:
        name: one of `NAMES`; `folder:PATH` takes every picture below PATH, whatever its name, centre-cropped to a
            square.
        size: side in pixels.
        split: "train" or "test".
        count: use only this many pictures of the whole set, of a folder an even share of its subfolders; by default all
            there are, and 40,000 avatars.
        limit: return only this many of the split; of the avatars no more are drawn.
        channels: 1 or 3 to convert to; None keeps the set's own.

    Raises:
        UserError: for an unknown name, a missing folder or set, or too few pictures.
    """
    if split not in ("train", "test"):
        raise UserError(f"split must be train or test, got {split!r}.")
    if name.startswith("folder:"):
        images = _folder(Path(name.removeprefix("folder:")).expanduser(), size, split, count, limit)
        labels, classes = torch.zeros(len(images), 0, dtype=torch.uint8), {}
    elif name == "avatars":
        total = count or AVATARS
        start, end = _part(name, total, split, limit)
        faces, attributes = avatars(end - start, size=size, start=start)
        images, labels, classes = torch.from_numpy(faces).permute(0, 3, 1, 2), torch.from_numpy(attributes), VALUES
    elif name in _TORCHVISION:
        images, labels, classes = _classic(name, size)
        start, end = _part(name, len(images[:count]), split, limit)
        images, labels = images[start:end], labels[start:end]
    else:
        raise UserError(f"There is no data set named {name!r}; there are {', '.join(NAMES)}.")
    if channels == 1 and images.shape[1] == 3:
        images = (images.float() * torch.tensor([0.299, 0.587, 0.114])[:, None, None]).sum(1, True).round().byte()
    if channels == 3:
        images = images.expand(-1, 3, -1, -1)
    return Pictures(images.contiguous(), labels, classes)


def _part(name: str, total: int, split: str, limit: int | None) -> tuple[int, int]:
    """Return where a split of `total` pictures begins and ends."""
    if total < _FEWEST:
        raise UserError(f"{name} has {total} pictures; at least {_FEWEST} are needed.")
    border = total - total // 10
    start, end = (0, border) if split == "train" else (border, total)
    return start, min(end, start + limit) if limit else end


def fashion_here() -> bool:
    """Say whether the files of Fashion-MNIST are on this machine, or may be fetched; nothing is read."""
    return _may_download() or (_classics() / "FashionMNIST" / "raw").is_dir()


def _classics() -> Path:
    """Return the folder of torchvision's sets."""
    return Path(os.environ.get("GENIMG_DATA") or platformdirs.user_cache_path("genimg") / "datasets")


def _may_download() -> bool:
    return os.environ.get("GENIMG_DOWNLOAD") == "1"


def _classic(name: str, size: int) -> tuple[Tensor, Tensor, dict[str, list[str]]]:
    """Load both of torchvision's splits, one after the other, so that the last 10% are of its test set."""
    folder = _classics()
    try:
        found = getattr(_SETS, _TORCHVISION[name])
        parts = [found(str(folder), train=train, download=_may_download()) for train in (True, False)]
    except (RuntimeError, OSError) as error:
        raise UserError(
            f"The files of {name} are not in {folder}. Set GENIMG_DATA to the folder that holds them, or "
            "GENIMG_DOWNLOAD=1 to fetch them from their publisher."
        ) from error
    arrays = [np.asarray(part.data) for part in parts]
    images = torch.from_numpy(np.concatenate(arrays))
    images = images[:, None] if images.ndim == 3 else images.permute(0, 3, 1, 2)
    labels = torch.tensor([int(label) for part in parts for label in part.targets], dtype=torch.uint8)
    return _fit(images, size), labels[:, None], {"class": list(parts[0].classes)}


def _fit(images: Tensor, size: int) -> Tensor:
    """Pad 28 px to 32 with the black that is round these pictures anyway; resample anything else."""
    if images.shape[-1] == 28 and size == 32:
        return torch.nn.functional.pad(images, (2, 2, 2, 2))
    if images.shape[-1] == size:
        return images.contiguous()
    chunks = [resize(chunk.float() / 255, (size, size)).mul(255).round().byte() for chunk in images.split(1000)]
    return torch.cat(chunks)


def picture_files(folder: Path) -> list[Path]:
    """Return every picture in a folder and in those below it, sorted, judged by what is in the files.

    Other files, but for hidden ones, are left out and named in a warning.

    Raises:
        UserError: if there is no such folder, or no picture in it.
    """
    if not folder.is_dir():
        raise UserError(f"There is no folder {folder}.")
    known = {path: _is_picture(path) for path in sorted(folder.rglob("*")) if not _hidden(path.relative_to(folder))}
    others = [path.name for path, is_picture in known.items() if not is_picture and path.is_file()]
    if others:
        few = ", ".join(others[:_NAMED]) + (", ..." if len(others) > _NAMED else "")
        log.warning("Files in %s that are no pictures we read, %d, are left out: %s", folder, len(others), few)
    found = [path for path, is_picture in known.items() if is_picture]
    if not found:
        raise UserError(f"There is no picture in {folder}.")
    return found


def _is_picture(path: Path) -> bool:
    try:
        return path.is_file() and looks_like_picture(path)
    except OSError:  # it may not be read
        return False


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _folder(folder: Path, size: int, split: str, count: int | None, limit: int | None) -> Tensor:
    paths = folder_part(folder, split, count)
    images: list[Tensor] = []
    for path in tqdm(paths, desc=f"Reading {folder.name}", disable=len(paths) < 100):
        if limit and len(images) == limit:
            break
        try:
            square, _ = crop_square(open_image(path, tell=log.debug))
        except UserError as error:
            tqdm.write(f"{path.name} is left out: {error}")
            continue
        images.append(resize(to_tensor(square), (size, size)).mul(255).round().byte())
    if not images:
        raise UserError(f"There is no readable picture in {folder}.")
    return torch.cat(images)


def folder_part(folder: Path, split: str, count: int | None = None) -> list[Path]:
    """Return the pictures of one part of a folder, in an order by chance that their names alone decide.

    Args:
        folder: as for `picture_files`.
        split: "train" or "test".
        count: how many of the whole folder to use.

    Raises:
        UserError: if there is no such folder, or too few pictures in it.
    """
    paths = picture_files(folder)
    digests = {path: hashlib.sha256(path.relative_to(folder).as_posix().encode()).digest() for path in paths}
    # Two numbers of each name: one for whether it is among the first `count`, and one for its part.
    chosen = sorted(paths, key=lambda path: digests[path][8:])[:count]
    if len(chosen) < _FEWEST:
        raise UserError(f"{folder} has {len(chosen)} pictures; at least {_FEWEST} are needed.")
    place = {path: int.from_bytes(digests[path][:8], "big") / 2**64 for path in chosen}
    border = max(HELD_OUT, min(place.values()))  # of a few pictures, perhaps none is below a tenth
    return [path for path in chosen if (place[path] <= border) == (split == "test")]
