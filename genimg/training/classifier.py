"""A small classifier of real pictures: the judge of whether a conditional generator draws what it is asked for."""

from collections.abc import Mapping

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from genimg import checkpoints
from genimg.core import places
from genimg.core.runtime import device, fast_precision, generator
from genimg.data.datasets import Pictures, load_dataset

BATCH = 100
VERSION = 1  # to be raised with any change of the network or its training, so that kept judges are not taken for new


class Classifier(nn.Module):
    """Convolutions that halve the side each time, and a linear layer for each attribute."""

    def __init__(self, image_size: int, channels: int, num_classes: list[int]) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        width, side = 32, image_size
        while side > 4:
            layers += [nn.Conv2d(channels, width, 3, 1, 1), nn.BatchNorm2d(width), nn.ReLU(), nn.MaxPool2d(2)]
            channels, width, side = width, min(2 * width, 128), side // 2
        self.features = nn.Sequential(*layers, nn.Flatten(), nn.Linear(channels * side**2, 256), nn.ReLU())
        self.heads = nn.ModuleList([nn.Linear(256, n) for n in num_classes])

    def forward(self, images: Tensor) -> list[Tensor]:
        """Return the logits of each attribute, ``(N, values)``, of what it was trained on, ``(N, C, H, W)``."""
        features = self.features(images * 2 - 1)
        return [head(features) for head in self.heads]

    def read(self, images: Tensor) -> Tensor:
        """Return the place of the likeliest value of each attribute, ``(N, A)``."""
        return torch.stack([logits.argmax(1) for logits in self(images)], dim=1)


def train_classifier(data: Pictures, *, epochs: int = 3, limit: int = 60_000, seed: int = 0) -> Classifier:
    """Train on labelled real pictures, or on their latents; the same one for the same data and seed."""
    torch.manual_seed(seed)
    count = min(limit, len(data))
    model = Classifier(data.images.shape[-1], data.images.shape[1], [len(v) for v in data.classes.values()])
    model.to(device()).to(memory_format=torch.channels_last)  # 1.7 times as fast on a CPU with AVX512-BF16
    batches = epochs * (count // BATCH)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=max(batches, 2))
    random = generator(seed)
    for _ in range(epochs):
        for rows in torch.randperm(count, generator=random).split(BATCH)[: count // BATCH]:
            images, labels = data.__getitems__(rows.tolist())
            with fast_precision():
                logits = model(images.to(device(), memory_format=torch.channels_last))
            wanted = labels.to(device()).long()
            loss = sum(cross_entropy(part.float(), wanted[:, i]) for i, part in enumerate(logits))
            optimizer.zero_grad()
            loss.backward()  # type: ignore[union-attr]
            optimizer.step()
            schedule.step()
    return model.eval().requires_grad_(False)


def judge(data: str, *, size: int, channels: int, seed: int = 0) -> Classifier:
    """Return the classifier of a data set's training pictures: trained once, then kept in the person's cache.

    Who learns from one is judged by that of another seed.
    """
    other = f"-seed{seed}" if seed else ""
    path = places.kept("judges") / f"{data}-{size}px-{channels}-v{VERSION}{other}.safetensors"
    if not data.startswith("folder:") and path.is_file():
        return restored(load_file(path), size, channels)
    model = train_classifier(load_dataset(data, size=size, channels=channels), seed=seed)
    if not data.startswith("folder:") and places.writable(path.parent):
        places.make(path.parent)
        checkpoints.save_tensors(model.state_dict(), path)
    return model


def restored(tensors: Mapping[str, Tensor], size: int, channels: int) -> Classifier:
    """Return a classifier of pictures, or latents, of this size, told its weights."""
    values = [tensors[key].shape[0] for key in sorted(tensors, key=_place) if _place(key) >= 0]
    model = Classifier(size, channels, values)
    model.load_state_dict(tensors)
    return model.to(device()).eval().requires_grad_(False)


def _place(key: str) -> int:
    """Return which head a bias belongs to, by the name of the tensor; -1 for another tensor."""
    parts = key.split(".")
    return int(parts[1]) if parts[0] == "heads" and parts[2] == "bias" else -1


def accuracy(model: Classifier, images: Tensor, labels: Tensor) -> Tensor:
    """Return the share of pictures ``(N, C, H, W)`` in [0, 1] in which each attribute is recognised, ``(A,)``."""
    right = []
    for part, wanted in zip(images.split(BATCH), labels.long().split(BATCH), strict=True):
        right.append(model.read(part.to(device())).cpu() == wanted)
    return torch.cat(right).float().mean(0)
