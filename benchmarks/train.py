"""Training images a second of the textbook DCGAN: 32 px, binary cross-entropy, batches of 128.

Ours is the `gan` recipe in `training.loop.train`, with its moving average and its log. Beside it stands the loop that
tutorials teach: float32, memory as it comes, a DataLoader with two workers and torchvision's transforms on PIL
pictures, Adam, three passes of the discriminator, losses kept for a plot. Both train the same networks on the same
pictures.
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

from benchmarks.measure import Row, interleave, per_second
from genimg.core.images import to_pil
from genimg.core.runtime import device
from genimg.data.datasets import Pictures
from genimg.models.dcgan import DCGAN, Discriminator
from genimg.training.gan import GAN
from genimg.training.loop import train

GOAL = 0.5  # twice the speed
SIDE, LATENTS, BATCH = 32, 100, 128
WIDTHS = (256, 128, 64)
WARM = 5  # steps that are not counted


def run(quick: bool) -> list[Row]:
    """Return the line of the table."""
    rounds, steps = (2, 5) if quick else (6, 20)
    pair = interleave(partial(_ours, steps), partial(_tutorial, steps), rounds)
    return [Row("training the textbook DCGAN", *pair, GOAL, per_second("images"))]


@contextmanager
def _ours(steps: int) -> Iterator[Callable[[], float]]:
    recipe = GAN(image_size=SIDE, latent_dim=LATENTS, widths=WIDTHS, residual=False, loss="bce", beta1=0.5, beta2=0.999)
    data = Pictures(_images(), torch.zeros(len(_images()), 0, dtype=torch.uint8), {})
    with tempfile.TemporaryDirectory() as folder:
        work = train(recipe, data, out=Path(folder), batch_size=BATCH, steps=1_000_000)
        yield _timed(work, steps)
        work.close()  # type: ignore[attr-defined]


@contextmanager
def _tutorial(steps: int) -> Iterator[Callable[[], float]]:
    yield _timed(_tutorial_steps(), steps)


def _tutorial_steps() -> Iterator[None]:
    where = device()
    prepare = [transforms.Resize(SIDE), transforms.CenterCrop(SIDE), transforms.ToTensor()]
    loader = DataLoader(_Files(transforms.Compose(prepare)), BATCH, shuffle=True, num_workers=2, drop_last=True)
    maker = DCGAN(image_size=SIDE, latent_dim=LATENTS, widths=WIDTHS).to(where)
    judge = Discriminator(image_size=SIDE, widths=WIDTHS).to(where)
    loss = nn.BCEWithLogitsLoss()
    of_maker, of_judge = (torch.optim.Adam(n.parameters(), lr=2e-4, betas=(0.5, 0.999)) for n in (maker, judge))
    plot = []
    real, fake = torch.ones(BATCH, device=where), torch.zeros(BATCH, device=where)
    while True:
        for images in loader:
            of_judge.zero_grad()
            on_real = loss(judge(images.to(where)), real)
            on_real.backward()
            made = maker(torch.randn(BATCH, LATENTS, device=where))
            on_fake = loss(judge(made.detach()), fake)
            on_fake.backward()
            of_judge.step()
            of_maker.zero_grad()
            fooled = loss(judge(made), real)
            fooled.backward()
            of_maker.step()
            plot.append((on_real.item() + on_fake.item(), fooled.item()))
            yield


class _Files(Dataset[Tensor]):
    """Decoded files: a PIL picture at a time, transformed when it is asked for."""

    def __init__(self, transform: Callable[[Any], Tensor]) -> None:
        self.pictures, self.transform = to_pil(_images() / 255), transform

    def __len__(self) -> int:
        return len(self.pictures)

    def __getitem__(self, index: int) -> Tensor:
        return self.transform(self.pictures[index])


def _images() -> Tensor:
    """Return 16,384 pictures of noise: what they show does not change how long a step takes."""
    return torch.randint(0, 256, (16_384, 3, SIDE, SIDE), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


def _timed(work: Iterator[Any], steps: int) -> Callable[[], float]:
    def sample(count: int = steps) -> float:
        began = time.perf_counter()
        for _ in islice(work, count):
            pass
        return (time.perf_counter() - began) / (count * BATCH)

    sample(WARM)
    return sample
