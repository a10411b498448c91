"""Avatars that act: the same person blinks, talks, looks aside and changes mood, scripted with random timing.

Mouth, eyes and eyebrows alone change. Drawing is slow, but the mouth and the eyes share no row of the picture, so 37
drawings of a person (each mouth; each pair of eyes with each pair of eyebrows) hold all 210 expressions.
"""

import hashlib
import itertools
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from genimg.core import places
from genimg.core.errors import UserError
from genimg.data.avatars import SIZES, VALUES, VERSION, render
from genimg.data.workers import spread

FPS = 12
BLOCK = 50  # persons in one file of the cache, and one task of a worker


class Expression(NamedTuple):
    """What a face does at one moment: values of `VALUES` for the three attributes that act."""

    mouth: str
    eyes: str
    eyebrows: str


@dataclass(frozen=True)
class Mood:
    """How a face rests, and the mouths that it opens when it talks."""

    rest: Expression
    spoken: Sequence[str]


_TALK = "DEFAULT SMILE BIG_SMILE".split()
MOODS = (
    Mood(Expression("SERIOUS", "DEFAULT", "DEFAULT"), ("DEFAULT", "SMILE")),
    Mood(Expression("TWINKLE", "DEFAULT", "DEFAULT_NATURAL"), _TALK),
    Mood(Expression("BIG_SMILE", "HAPPY", "RAISED_EXCITED"), _TALK),
    Mood(Expression("DEFAULT", "SURPRISED", "RAISED_EXCITED"), ("DEFAULT", "BIG_SMILE")),
    Mood(Expression("SAD", "DEFAULT", "SAD_CONCERNED"), ("DEFAULT", "GRIMACE")),
    Mood(Expression("SERIOUS", "DEFAULT", "ANGRY"), ("DEFAULT", "GRIMACE")),
)
# The calm and the friendly mood are commoner than the strong ones.
_CHANCES = (0.27, 0.33, 0.12, 0.1, 0.09, 0.09)
_CLOSED_MOUTHS = ("SERIOUS", "TWINKLE", "SAD")
EXPRESSIONS = [Expression(*parts) for parts in itertools.product(*(VALUES[name] for name in Expression._fields))]


def script(frames: int, random: np.random.Generator, first: Expression | None = None) -> list[Expression]:
    """Return what a face does in each of `frames` frames at `FPS`.

    Args:
        frames: length of the film.
        random: where the chance comes from.
        first: the expression of frame 0, kept for up to a second; by chance one of all that there are.
    """
    first = first or EXPRESSIONS[random.integers(len(EXPRESSIONS))]
    played = [first] * int(random.integers(4, 12))
    while len(played) < frames:
        mood = MOODS[random.choice(len(MOODS), p=_CHANCES)]
        length = int(random.integers(2 * FPS, 6 * FPS))
        tracks = (_mouth(mood, length, random), _eyes(mood, length, random))
        played += [Expression(mouth, eyes, mood.rest.eyebrows) for mouth, eyes in zip(*tracks, strict=True)]
    return played[:frames]


def _mouth(mood: Mood, length: int, random: np.random.Generator) -> list[str]:
    """Pause, then say something: syllables of one to three frames, the lips together between them."""
    shut = mood.rest.mouth if mood.rest.mouth in _CLOSED_MOUTHS else "SERIOUS"
    track: list[str] = []
    while len(track) < length:
        track += [mood.rest.mouth] * int(random.integers(6, 24))
        for _ in range(int(random.integers(3, 10))):
            track += [mood.spoken[int(random.integers(len(mood.spoken)))]] * int(random.integers(1, 4))
            track += [shut] * int(random.integers(1, 3))
    return track[:length]


def _eyes(mood: Mood, length: int, random: np.random.Generator) -> list[str]:
    """Look ahead, and every few seconds blink; now and then look aside, or wink in between."""
    track: list[str] = []
    while len(track) < length:
        track += [mood.rest.eyes] * int(random.integers(FPS, 3 * FPS))
        chance = random.random()
        if chance < 0.2:
            track += ["SIDE"] * int(random.integers(6, 18))
        elif chance < 0.25:
            track += ["WINK"] * int(random.integers(4, 8))
        else:
            track += ["CLOSED"] * 2
    return track[:length]


@dataclass(frozen=True)
class Actor:
    """The drawings of one person.

    Attributes:
        mouths: ``(7, S, S, 3)`` uint8, one for each mouth.
        upper: ``(6, 5, S, S, 3)`` uint8, one for each pair of eyes with each pair of eyebrows.
    """

    mouths: NDArray[np.uint8]
    upper: NDArray[np.uint8]

    def picture(self, expression: Expression) -> NDArray[np.uint8]:
        """Return the face with this expression, ``(S, S, 3)`` uint8, as `render` draws it."""
        mouth, eyes, eyebrows = (VALUES[name].index(value) for name, value in expression._asdict().items())
        border = self.mouths.shape[1] * 36 // 64  # on the nose: eyes and eyebrows end above it, mouths begin below
        return np.concatenate([self.upper[eyes, eyebrows, :border], self.mouths[mouth, border:]])


def actors(people: Sequence[dict[str, str]], *, size: int = 64, progress: bool = True) -> Iterator[Actor]:
    """Yield an actor for each person, drawing on all cores what is not yet in the cache.

    Args:
        people: the attributes of each, as `genimg.data.avatars.draw_attributes` returns them.
        size: side of a picture in pixels.
        progress: whether to show a bar.

    Raises:
        UserError: for a size that avatars do not come in, or a cache that cannot be written to.
    """
    if size not in SIZES:
        raise UserError(f"Avatars come in sizes {', '.join(map(str, SIZES))}; got size {size}.")
    folder = places.kept(f"acting-{VERSION}") / f"{size}px"
    blocks = [list(people[i : i + BLOCK]) for i in range(0, len(people), BLOCK)]
    files = [folder / f"{hashlib.sha1(repr(block).encode()).hexdigest()[:16]}.npz" for block in blocks]
    missing = [(block, str(file), size) for block, file in zip(blocks, files, strict=True) if not file.is_file()]
    if missing:
        places.make(folder)
        spread(_draw_block, missing, title=f"Drawing {BLOCK} actors each", progress=progress)
    for file in files:
        with np.load(file) as drawn:
            mouths, upper = drawn["mouths"], drawn["upper"]
        yield from map(Actor, mouths, upper)


def draw_actor(person: dict[str, str], size: int = 64) -> Actor:
    """Draw one person with every mouth, and with all eyes and eyebrows."""

    def drawn(**changed: str) -> NDArray[np.uint8]:
        return np.asarray(render(person | changed, size))

    upper = [[drawn(eyes=eyes, eyebrows=brows) for brows in VALUES["eyebrows"]] for eyes in VALUES["eyes"]]
    return Actor(np.stack([drawn(mouth=mouth) for mouth in VALUES["mouth"]]), np.array(upper))


def _draw_block(people: list[dict[str, str]], file: str, size: int) -> None:
    drawn = [draw_actor(person, size) for person in people]
    part = Path(file).with_suffix(f".{os.getpid()}.part")
    with part.open("wb") as stream:
        np.savez_compressed(stream, mouths=[a.mouths for a in drawn], upper=[a.upper for a in drawn])
    part.replace(file)
