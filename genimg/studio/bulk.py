"""Bulk work: very many pictures into a folder, over as many processes as `accelerate launch` started, resumable.

Picture i belongs to process i modulo their number, and is written under a temporary name first. So no picture is made
twice, none is lost, and the same command goes on after a kill, with any number of processes.
"""

import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any

import torch
from accelerate import PartialState
from PIL import Image

from genimg.checkpoints import replace_file
from genimg.core.errors import UserError, integer, number
from genimg.core.images import encode, open_image
from genimg.core.runtime import MAX_SEED, device
from genimg.core.steps import Step
from genimg.data.datasets import picture_files
from genimg.studio import style
from genimg.studio.enlarge import enlarge
from genimg.studio.sampler import sampler

log = logging.getLogger(__name__)
FACTS = "made.json"
BATCH = 64
MOST = 10_000_000


def sample(
    model: object,
    *architectures: str,
    folder: Path,
    count: object,
    seed: object = 0,
    truncation: object = 1.0,
    classes: object = None,
    steps: object = None,
    guidance: object = None,
    solver: object = None,
    large: bool = False,
) -> Iterator[Step]:
    """Draw `count` pictures into ``folder/<thousands>/<seed>.png``, each the picture of its seed.

    Args:
        model: name of a checkpoint.
        architectures: the kinds that will do.
        folder: made if need be; pictures that are there are kept.
        count: 1 to 10 million.
        seed: of the first picture.
        truncation: as for `genimg.studio.sampler.draw`.
        classes: likewise.
        steps: likewise.
        guidance: likewise.
        solver: likewise.
        large: enlarge each picture, see `genimg.studio.enlarge.enlarge`.

    Yields:
        A `Step` for each batch of this process; its index counts this process's pictures.

    Raises:
        UserError: for a bad value, or a folder with pictures of other settings.
    """
    source = sampler(model, *architectures)
    seed, count = integer("Seed", seed, 0, MAX_SEED), integer("How many", count, 1, MOST)
    truncation = number("Truncation", truncation, 0.0, 1.5)
    source.conditions(seed, 1, classes)  # a bad class is refused before anything is written
    course = source.course(steps, guidance, solver)
    more = ({"enlarged": True} if large else {}) | (asdict(course) if course else {})
    _claim(folder, {"model": source.name, "truncation": truncation, "classes": classes} | more)

    def made(places: Sequence[int]) -> Iterator[bytes]:
        seeds = [(seed + place) % (MAX_SEED + 1) for place in places]
        latents = torch.cat([source.latents(one, 1, truncation) for one in seeds])
        conditions = torch.cat([source.conditions(one, 1, classes) for one in seeds])
        images = source.render(latents, conditions, steps=steps, guidance=guidance, solver=solver)
        yield from map(encode, enlarge(images) if large else images)

    names = (f"{i // 1000:05d}/{(seed + i) % (MAX_SEED + 1)}.png" for i in range(count))
    return _spread(folder, names, count, made)


def stylize(
    photos: Path,
    painting: Image.Image,
    *,
    folder: Path,
    size: int = 512,
    strength: float = 1.0,
    brush: float = 1.0,
    keep_colors: bool = False,
) -> Iterator[Step]:
    """Paint every picture of a folder in the style of one painting, at once; as PNG, see `each`.

    Args:
        photos: the folder.
        painting: how to paint.
        folder: where the results go.
        size: see `genimg.studio.style.stylize`, also for what follows.
        strength: of the style.
        brush: width of the strokes.
        keep_colors: paint with the photo's colours.

    Yields:
        A `Step` for each picture of this process; ``metrics["unreadable"]`` counts what was left out.

    Raises:
        UserError: for a bad value, or a folder without pictures.
    """
    how: dict[str, Any] = {"size": size, "strength": strength, "brush": brush, "keep_colors": keep_colors}
    facts = how | {"painting": sha256(painting.tobytes()).hexdigest()}

    def painted(photo: Path, _: str) -> bytes:
        image = open_image(photo, tell=log.debug)
        return encode(
            style.stylize(image, painting, size=size, strength=strength, brush=brush, keep_colors=keep_colors)
        )

    return each(photos, painted, folder=folder, facts=facts, endings=[".png"])


def each(
    pictures: Path,
    make: Callable[[Path, str], bytes],
    *,
    folder: Path,
    facts: Mapping[str, object],
    endings: Sequence[str],
) -> Iterator[Step]:
    """Make a file of every picture of a folder and of those below it; what cannot be used is left out, and said why.

    Args:
        pictures: the folder.
        make: given a picture and one of `endings`, returns the new file; a `UserError` is about that picture alone.
        folder: where the files go, under the pictures' names: a.jpg stays that where .jpg is among the endings, and
            becomes a.jpg.png where .png is the first of them. So a.jpg and a.png are two pictures.
        facts: what the files are made by.
        endings: what a file may end in.

    Yields:
        A `Step` for each picture of this process; ``metrics["unreadable"]`` counts what was left out.

    Raises:
        UserError: for a folder without pictures, results that would lie among the pictures, and at the end if not one
            picture could be used.
    """
    if folder.resolve() == pictures.resolve() or pictures.resolve() in folder.resolve().parents:
        raise UserError(f"{folder} lies in {pictures}; name a folder beside it, or results are taken for pictures.")
    paths = picture_files(pictures)
    names = [str(path.relative_to(pictures)) for path in paths]
    targets = [name if Path(name).suffix.lower() in endings else name + endings[0] for name in names]
    _claim(folder, facts)

    def made(places: Sequence[int]) -> Iterator[bytes | None]:
        for place in places:
            try:
                yield make(paths[place], Path(targets[place]).suffix.lower())
            except UserError as error:
                log.warning("%s is left out: %s", names[place], error)
                yield None

    return _counted(_spread(folder, iter(targets), len(paths), made, batch=1), pictures, [folder / t for t in targets])


def _counted(steps: Iterator[Step], pictures: Path, files: Sequence[Path]) -> Iterator[Step]:
    """Take the steps, and say at the end, once for all processes, how many of the pictures have become no file."""
    yield from steps
    state = _processes()
    state.wait_for_everyone()
    left = sum(not file.is_file() for file in files)
    if left == len(files):
        raise UserError(f"Not one of the pictures in {pictures}, {left}, could be used; why is said above of each.")
    if left and state.is_main_process:
        log.warning("%d of the %d pictures in %s are left out.", left, len(files), pictures)


def _claim(folder: Path, facts: Mapping[str, object]) -> None:
    """Note in `folder` what its pictures are made by.

    Raises:
        UserError: if it holds those of other settings.
    """
    path = folder / FACTS
    state = _processes()
    if state.is_main_process and not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        replace_file(path, json.dumps(facts).encode())
    state.wait_for_everyone()
    if json.loads(path.read_text()) != json.loads(json.dumps(facts)):
        raise UserError(f"{folder} holds pictures of other settings ({path.read_text()}); choose another folder.")


def _processes() -> PartialState:
    return PartialState(cpu=device().type == "cpu")


def _spread(
    folder: Path,
    names: Iterator[str],
    count: int,
    make: Callable[[Sequence[int]], Iterator[bytes | None]],
    *,
    batch: int = BATCH,
) -> Iterator[Step]:
    """Make this process's part of what is missing: `make` turns places into files, in their order."""
    state = _processes()
    total = len(range(state.process_index, count, state.num_processes))
    done = unreadable = 0
    waiting: list[tuple[int, Path]] = []
    for place, name in enumerate(names):
        if place % state.num_processes != state.process_index:
            continue
        path = folder / name
        if path.is_file():
            done += 1
        else:
            waiting.append((place, path))
        last = done + unreadable + len(waiting) == total
        if waiting and (len(waiting) == batch or last):
            for (_, target), content in zip(waiting, make([i for i, _ in waiting]), strict=True):
                if content is None:
                    unreadable += 1
                    continue
                target.parent.mkdir(parents=True, exist_ok=True)
                replace_file(target, content)
                done += 1
            yield Step(done + unreadable, total, None, {"unreadable": unreadable})
            waiting = []
    if not done + unreadable:
        return
    yield Step(done + unreadable, total, None, {"unreadable": unreadable})
