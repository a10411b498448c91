"""Training a cellular automaton on one picture, in minutes on one core.

Niklasson et al. 2021, "Self-Organising Textures", for the pool of states and the normalised gradients; Mordvintsev and
Niklasson 2021, https://arxiv.org/abs/2111.13545, for sorted projections of features as the loss.
"""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import torch
from PIL import Image
from torch import Tensor

from genimg import checkpoints
from genimg.algorithms.texture import Features, Likeness
from genimg.core.errors import UserError
from genimg.core.images import crop_square, encode, to_pil, to_tensor
from genimg.core.runtime import device, generator, kept_memory
from genimg.core.steps import Step
from genimg.models.nca import NCA
from genimg.training.card import head_of, save_card

STATE = "state.pt"
EXEMPLAR = "exemplar.png"
EXEMPLAR_SIDE = 96  # pixels that the picture is scaled to; a cell is one of them
SIDE = 64  # cells along a side of the states that learn
LIFE = (16, 40)  # steps of the rule between two looks, drawn evenly
RESEED_EVERY = 8  # steps in the first half of a training, when growing is learnt
LEARNING_RATE = 3e-3
OVERFLOW = 10.0  # weight of the mean of what leaves [-1, 1]: it would grow for ever
PREVIEW_SIDE = 96
PREVIEW_LIFE = 12  # steps of the rule between two previews

CARD = """# {name}

A neural cellular automaton of 5,856 numbers: it grows the texture of `exemplar.png` from nothing, at any size, on a
torus, keeps it moving and heals what is erased. The studio's tab Texture, part Living, runs it in the browser.

```python
import torch
from genimg import checkpoints
rule = checkpoints.load("{name}")
state = rule.seed(128, 128)
state = rule(state, rule.chance(state, 300, torch.Generator().manual_seed(0)))
picture = rule.picture(state).clamp(0, 1)  # (1, 3, 128, 128)
```

## Data
`exemplar.png`, 96 px. {origin}

## Recipe
```
{command}
```
{minutes:g} minutes and {steps:,} steps on {hardware}: sliced Wasserstein distance of `vgg16-features`, 64 x 64 cells,
16 to 40 steps of life between two looks, a pool of states that live on. How many steps fit depends on the machine.

## What to expect
Local structure and colours of the exemplar, in motion. Structure larger than about 20 cells is not kept.
"""


class Growth:
    """A rule that learns: network, optimiser, the pool of states, and how far it is.

    A run that was stopped and goes on takes the steps that it would have taken: chance depends on `seed` and the step.

    Args:
        exemplar: ``(1, 3, h, w)`` in [0, 1], at a scale of one cell a pixel; see `exemplar_of`.
        seed: of first weights, states and directions.
        pool: states that live on from step to step, so that old ones are seen too.
        reseed: once in so many steps of the second half a state begins again from the seed, and another loses a disc;
            seldom, so that states of a thousand steps are seen and stay as they should.
    """

    def __init__(self, exemplar: Tensor, *, seed: int = 0, pool: int = 8, reseed: int = 32) -> None:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.model = NCA().to(device())
        self.exemplar, self.seed = exemplar.to(device()), seed
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=LEARNING_RATE, betas=(0.9, 0.99))
        self.pool = self.model.seed(SIDE, SIDE, pool)
        self.reseed = reseed
        self.shown = self.model.seed(PREVIEW_SIDE, PREVIEW_SIDE)
        self.steps, self.seconds = 0, 0.0
        self.likeness = Likeness(cast(Features, checkpoints.load("vgg16-features")), self.exemplar, points=SIDE // 2)

    def train(self, seconds: float, *, preview_every: float = 2.0) -> Iterator[Step]:
        """Learn until `seconds` of training are used up, those of earlier sessions included.

        Yields:
            A `Step` for each step of training, its image set every `preview_every` seconds: a state that lives on while
            the rule changes. Metrics: ``loss``, ``overflow``, ``seconds`` and ``eta``.

        Raises:
            UserError: if the rule diverges.
        """
        seen = -preview_every
        with kept_memory():
            while self.seconds < seconds:
                began = time.perf_counter()
                loss, overflow = self._step(self.seconds / seconds)
                picture = None
                if self.seconds - seen >= preview_every:
                    seen, picture = self.seconds, self._preview()
                self.steps += 1
                self.seconds += time.perf_counter() - began
                left = max(0.0, seconds - self.seconds)
                metrics = {"loss": loss, "overflow": overflow, "seconds": self.seconds, "eta": left}
                yield Step(self.steps, self.steps + round(left * self.steps / self.seconds), picture, metrics)

    def _step(self, progress: float) -> tuple[float, float]:
        """Let one state live, compare what it shows, and learn from that; `progress` is the part of the time spent."""
        chance = generator(self.seed * 1_000_003 + self.steps)
        for group in self.optimizer.param_groups:
            group["lr"] = LEARNING_RATE * (1.0 if progress < 0.5 else 0.3 if progress < 0.85 else 0.1)
        place = int(torch.randint(len(self.pool), (), generator=chance))
        state = self.pool[place : place + 1].clone()
        every = RESEED_EVERY if progress < 0.5 else self.reseed
        if self.steps % every == 0:
            state.zero_()
        elif self.steps % every == every // 2:
            erase(state, chance)
        life = int(torch.randint(LIFE[0], LIFE[1] + 1, (), generator=chance))
        state = self.model(state, NCA.chance(state, life, chance))
        loss = self.likeness(NCA.picture(state), chance)
        overflow = (state - state.clamp(-1, 1)).abs().mean()
        self.optimizer.zero_grad(set_to_none=True)
        (loss + OVERFLOW * overflow).backward()
        if not torch.isfinite(loss):
            raise UserError("The automaton has diverged on this picture; try another seed or a calmer picture.")
        for parameter in self.model.parameters():
            assert parameter.grad is not None
            parameter.grad /= parameter.grad.norm() + 1e-8  # its size varies by orders of magnitude over a life
        self.optimizer.step()
        self.pool[place] = state[0].detach()
        return loss.item(), overflow.item()

    @torch.no_grad()
    def _preview(self) -> Tensor:
        chance = generator(self.steps)
        if not self.shown.abs().max() < 2:  # driven out of bounds by an early rule; a better one may not bring it back
            self.shown = torch.zeros_like(self.shown)
        self.shown = self.model(self.shown, NCA.chance(self.shown, PREVIEW_LIFE, chance))
        return NCA.picture(self.shown).clamp(0, 1)

    def save(self, folder: Path) -> None:
        """Write ``state.pt``, from which `resume` goes on; on return the file is whole."""
        folder.mkdir(parents=True, exist_ok=True)
        part = (folder / STATE).with_suffix(".part")
        state = {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "pool": self.pool,
            "shown": self.shown,
            "exemplar": self.exemplar,
            "steps": self.steps,
            "seconds": self.seconds,
            "seed": self.seed,
            "reseed": self.reseed,
        }
        torch.save(state, part)
        part.replace(folder / STATE)

    def export(self, folder: Path) -> None:
        """Write the checkpoint, and the picture that it was trained on."""
        checkpoints.save(self.model, folder)
        checkpoints.replace_file(folder / EXEMPLAR, encode(to_pil(self.exemplar)[0]))


def resume(folder: Path) -> Growth | None:
    """Return the run that was saved in `folder`, or None without one.

    Raises:
        UserError: if it is damaged.
    """
    path = folder / STATE
    if not path.is_file():
        return None
    try:
        state = torch.load(path, map_location=device(), weights_only=True)
        growth = Growth(state["exemplar"], seed=state["seed"], reseed=state["reseed"])
        growth.model.load_state_dict(state["model"])
        growth.optimizer.load_state_dict(state["optimizer"])
        growth.pool, growth.shown = state["pool"], state["shown"]
        growth.steps, growth.seconds = state["steps"], state["seconds"]
    except Exception as error:
        raise UserError(f"The run in {folder} is of another recipe or damaged; choose another folder.") from error
    return growth


def exemplar_of(picture: Image.Image, *, side: int = EXEMPLAR_SIDE) -> Tensor:
    """Return the central square of a picture as an exemplar ``(1, 3, side, side)``."""
    square, _ = crop_square(picture.convert("RGB"))
    return to_tensor(square.resize((side, side), Image.Resampling.LANCZOS))


def erase(state: Tensor, chance: torch.Generator) -> None:
    """Put a disc of cells back to rest, somewhere on the torus, in place; of a fifth to two fifths of the side."""
    height, width = state.shape[-2:]
    top, left, size = torch.rand(3, generator=chance).tolist()
    radius = (0.1 + 0.1 * size) * min(height, width)
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    dy, dx = ((place - start * side + side / 2) % side - side / 2
              for place, start, side in ((y, top, height), (x, left, width)))  # fmt: skip
    state.masked_fill_((dy.square() + dx.square() < radius**2).to(state.device), 0.0)


def grow(
    picture: Image.Image,
    out: Path,
    *,
    minutes: float,
    seed: int = 0,
    pool: int = 8,
    reseed: int = 32,
    save_every: float = 60.0,
) -> Iterator[Step]:
    """Train a rule on the central square of `picture`, or go on with the run in `out`; export ``out/checkpoint``.

    Closing the iterator saves. The budget counts the training of all sessions together.

    Yields:
        As `Growth.train`.
    """
    growth = resume(out) or Growth(exemplar_of(picture), seed=seed, pool=pool, reseed=reseed)
    saved = growth.seconds
    try:
        for step in growth.train(60 * minutes):
            if growth.seconds - saved >= save_every:
                saved = growth.seconds
                growth.save(out)
            yield step
    finally:
        growth.save(out)
    growth.export(out / "checkpoint")


def write_card(
    folder: Path, *, command: str, hardware: str, minutes: float, steps: int, origin: str = "", licence: str = ""
) -> None:
    """Write the model card of a rule into `folder`: training.json and README.md.

    Args:
        folder: the checkpoint.
        command: that made it.
        hardware: that it ran on.
        minutes: of training.
        steps: of training.
        origin: where the exemplar comes from, a sentence.
        licence: of the weights, if it is known; they hold something of the exemplar.
    """
    facts = {"command": command, "hardware": hardware, "minutes": minutes, "steps": steps, "origin": origin}
    facts |= {"licence": licence} if licence else {}
    head = head_of(folder.name, NCA, facts, tags=("texture-synthesis", "neural-cellular-automata"))
    save_card(folder, facts, head + CARD.format(name=folder.name, **facts))
