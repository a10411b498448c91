"""The training loop: epochs, moving average, logging, saving and resuming, whatever the recipe."""

import contextlib
import copy
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from accelerate import Accelerator
from accelerate.utils import DataLoaderConfiguration, ProjectConfiguration, broadcast, set_seed
from torch import Tensor, nn
from torch.utils.data import DataLoader

from genimg.core.errors import UserError
from genimg.core.images import encode, grid, to_pil
from genimg.core.runtime import device, generator, kept_memory
from genimg.core.steps import Step
from genimg.data.datasets import Pictures
from genimg.training.recipe import Recipe
from genimg.training.saving import PREVIOUS, STATE, export, resume, save

BATCH_SIZE = 64


def train(
    recipe: Recipe,
    data: Pictures,
    *,
    out: Path,
    batch_size: int = BATCH_SIZE,
    minutes: float | None = None,
    steps: int | None = None,
    seed: int = 0,
    save_every: float = 120.0,
    preview_every: float = 60.0,
    should_stop: Callable[[], bool] = lambda: False,
) -> Iterator[Step]:
    """Train `recipe` on `data` until `minutes` or `steps` are used up, resuming what lies in `out`.

    A run that was killed and started again takes the same steps as one that was not: weights, averages, optimisers
    and the place in the data are in ``out/state.pt``; chance depends on `seed` and the step alone. Should that file
    be damaged, the run goes on from the state saved before it. Closing this iterator stops and saves.

    Args:
        recipe: the networks and the step.
        data: what to learn from.
        out: folder of the run: state, TensorBoard logs, preview pictures and, at the end, ``checkpoint/``.
        batch_size: pictures in a step, over all processes together.
        minutes: time budget of the run, all its sessions together; time between two steps does not count.
        steps: number of steps of the run, all its sessions together.
        seed: for the weights' order, the batches and the noise. (The recipe drew its first weights before.)
        save_every: seconds of training between two saves.
        preview_every: seconds of training between two previews.
        should_stop: asked between steps.

    Yields:
        A `Step` for each step, its image set when there is a new preview; metrics hold the recipe's numbers,
        ``images_per_second``, ``seconds`` and ``eta``.

    Raises:
        UserError: if there is no budget, too little data, the run diverges (the last good state stays), its state is
            damaged or of another recipe, or something cannot be written.
    """
    if minutes is None and steps is None:
        raise UserError("Say how long to train: minutes, or steps.")
    if len(data) < batch_size:
        raise UserError(f"A batch of {batch_size} needs as many pictures; there are {len(data)}.")
    accelerator = Accelerator(
        cpu=device().type == "cpu",
        log_with="tensorboard",
        project_config=ProjectConfiguration(str(out), logging_dir=str(out)),
        dataloader_config=DataLoaderConfiguration(split_batches=True, use_seedable_sampler=True),
    )
    set_seed(seed)
    out.mkdir(parents=True, exist_ok=True)
    data = recipe.adapt(data)
    loader = accelerator.prepare(DataLoader(data, batch_size, shuffle=True, drop_last=True, collate_fn=lambda b: b))
    recipe.prepare(accelerator)
    average = Average(recipe.model)
    recipe.average = average.model
    spent = resume(out, recipe)
    recipe.seconds, recipe.seen = spent, max(0, recipe.steps - 1) * batch_size
    accelerator.init_trackers("tensorboard")

    def enough() -> bool:
        used = (steps is not None and recipe.steps >= steps) or (minutes is not None and seconds >= 60 * minutes)
        return _agreed(accelerator, used or should_stop())

    seconds = saved = shown = spent
    first = recipe.steps
    batches = _batches(accelerator, loader, recipe.steps, len(data) // batch_size)
    with contextlib.ExitStack() as ended:
        ended.callback(accelerator.end_training)
        ended.enter_context(kept_memory())
        try:
            while not enough():
                began = time.monotonic()  # who takes steps slowly, or pauses, spends none of the budget
                images, labels = next(batches)
                recipe.seen = recipe.steps * batch_size
                recipe.random = generator(seed * 1_000_003 + recipe.steps)  # torch's generator has 32 bits of seed
                numbers = recipe.step(images, labels)
                recipe.steps += 1
                average.update(recipe.model, batch_size, recipe.steps * batch_size)

                picture = None
                if seconds - shown >= preview_every or recipe.steps == 1:
                    shown, picture = seconds, recipe.preview(average.model)
                    _log_preview(accelerator, picture, recipe.columns, out, recipe.steps)
                seconds += time.monotonic() - began
                recipe.seconds = seconds
                rate = (recipe.steps - first) / (seconds - spent)
                left = _left(recipe.steps, steps, seconds, minutes, rate)
                numbers |= {"images_per_second": rate * batch_size, "seconds": seconds, "eta": left}
                if recipe.steps % 10 == 0:
                    accelerator.log(numbers, recipe.steps)
                if seconds - saved >= save_every:
                    saved = seconds
                    save(out / STATE, recipe)
                yield Step(recipe.steps, recipe.steps + round(left * rate), picture, numbers)
        finally:
            save(out / STATE, recipe)
        if accelerator.is_main_process:
            export(recipe, data, out / "checkpoint")
            (out / PREVIOUS).unlink(missing_ok=True)
        accelerator.wait_for_everyone()


class Average:
    """An exponential moving average of a network, the one that is looked at and shipped.

    The half-life is 2.5% of the pictures seen so far, at least 3,000: short while the network still changes quickly,
    long at the end (Karras et al. 2024, https://arxiv.org/abs/2312.02696, say why it should grow with the run).
    """

    def __init__(self, model: nn.Module) -> None:
        self.model = copy.deepcopy(model).eval().requires_grad_(False)

    @torch.no_grad()
    def update(self, model: nn.Module, batch: int, seen: int) -> None:
        """Move towards `model` after a step of `batch` pictures, `seen` in all."""
        weight = 1 - 0.5 ** (batch / min(max(3000.0, 0.025 * seen), seen))
        mine, theirs = self.model.state_dict(), model.state_dict()
        floats = [name for name, value in mine.items() if value.is_floating_point()]
        torch._foreach_lerp_([mine[n] for n in floats], [theirs[n] for n in floats], weight)
        for name in mine.keys() - set(floats):
            mine[name].copy_(theirs[name])


def _batches(
    accelerator: Accelerator, loader: DataLoader[tuple[Tensor, Tensor]], steps: int, steps_an_epoch: int
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield batches for ever, from where `steps` steps would have led; each epoch is shuffled by its own number."""
    epoch, skip = divmod(steps, steps_an_epoch)
    while True:
        loader.set_epoch(epoch)  # type: ignore[attr-defined]
        yield from accelerator.skip_first_batches(loader, skip) if skip else loader
        epoch, skip = epoch + 1, 0


def _agreed(accelerator: Accelerator, answer: bool) -> bool:
    """Return the main process's answer: clocks differ, and one process that stops alone leaves the others waiting."""
    if accelerator.num_processes == 1:
        return answer
    said = torch.tensor(answer, dtype=torch.uint8, device=accelerator.device)
    return bool(broadcast(said).item())


def _left(step: int, steps: int | None, seconds: float, minutes: float | None, rate: float) -> float:
    """Return the seconds until the nearer of the two budgets is used up."""
    by_steps = (steps - step) / rate if steps is not None else float("inf")
    by_time = 60 * minutes - seconds if minutes is not None else float("inf")
    return max(0.0, min(by_steps, by_time))


def _log_preview(accelerator: Accelerator, picture: Tensor, columns: int | None, out: Path, step: int) -> None:
    if not accelerator.is_main_process:
        return
    sheet = grid(to_pil(picture), columns=columns, gap=0)
    (out / "previews").mkdir(exist_ok=True)
    (out / "previews" / f"{step:07d}.png").write_bytes(encode(sheet))
    writer = accelerator.get_tracker("tensorboard").writer
    writer.add_images("preview", picture.clamp(0, 1).cpu(), step)
