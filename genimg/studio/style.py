"""Style transfer for people: a painted picture at once, a better one in the seconds that they give it."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import cast

from PIL import Image
from torch import Tensor

from genimg import checkpoints
from genimg.algorithms import matting, style_transfer
from genimg.core import color
from genimg.core.errors import UserError, choice, flag, integer, number
from genimg.core.images import chosen, shrink, to_pil, to_tensor
from genimg.core.runtime import device
from genimg.core.steps import Step, Turns
from genimg.studio import people, vgg19
from genimg.studio.again import remembered

SIZES = (256, 2048)  # the longer side of a result
BRUSH = (0.5, 2.0)
SECONDS = (2, 300)
WEIGHTS = (0.0, 100.0)
NETWORKS = ("vgg16", "vgg19")
PARTS = ("all", "person", "background")
PLACES = ("mixed", "person", "background")  # of a second style
_MASK = 384  # the longer side at which people are looked for
_WORK = (64, 2048)  # the longer side at which the instant picture is painted, whatever brush and size ask for

# Both use every core, so two at once would only slow each other. The instant one never waits for a refinement.
_painting = threading.Lock()
_turns = Turns()
_asked: set[object] = set()  # those refinements under way that somebody asked for
_unasked = threading.Lock()  # held by the one that nobody asked for


@remembered("stylize")
def stylize(
    content: Image.Image | None,
    style: Image.Image | None,
    *,
    second: Image.Image | None = None,
    blend: float = 0.5,
    strength: float = 1.0,
    brush: float = 1.0,
    keep_colors: bool = False,
    size: int = 512,
    only: str = "all",
    second_on: str = "mixed",
) -> Image.Image:
    """Return the photo `content` painted in the style of `style`, in a fraction of a second.

    Args:
        content: a photo.
        style: a painting.
        second: another painting, mixed in.
        blend: 0..1, how much of it.
        strength: 0..1, from the photo as it is to the painting's style.
        brush: 0.5..2, the width of the strokes.
        keep_colors: paint with the photo's colours.
        size: 256..2048, the longer side of the result in pixels.
        only: "all", or what is painted of it: the "person" in it or the "background"; the rest stays as it is.
        second_on: "mixed" in everywhere, or what is painted like the second: the "person" or the "background".

    Raises:
        UserError: for a missing picture, a value out of range, or no person where one is asked for.
    """
    order = _order(content, style, second, blend, strength, brush, keep_colors, size, only, second_on)
    return to_pil(order.finish(_instant(order)))[0]


@remembered("refine")
def refine(
    content: Image.Image | None,
    style: Image.Image | None,
    *,
    second: Image.Image | None = None,
    blend: float = 0.5,
    strength: float = 1.0,
    brush: float = 1.0,
    keep_colors: bool = False,
    size: int = 512,
    content_weight: float = 1.0,
    style_weight: float = 1.0,
    smoothness: float = 1.0,
    network: str = "vgg16",
    seconds: float = 20,
    only: str = "all",
    second_on: str = "mixed",
    asked: bool = True,
) -> Iterator[Step]:
    """Return an iterator that improves on `stylize` by optimisation, coarse to fine, and yields every step.

    Args:
        content: see `stylize`, as for all down to `size`.
        style: a painting.
        second: another painting, mixed in.
        blend: how much of it.
        strength: from the photo as it is to the painting's style.
        brush: the width of the strokes.
        keep_colors: paint with the photo's colours.
        size: the longer side of the result in pixels.
        content_weight: 0..100, what the photo's shapes are worth.
        style_weight: 0..100, what the painting's colours and textures are worth.
        smoothness: 0..100, what evenness is worth; 10 is clearly smooth.
        network: "vgg16", or "vgg19", which is downloaded when it is first asked for (548 MB).
        seconds: 2..300, the time to spend at most, from the first step on, a download not counted.
        only: what is painted of the photo.
        second_on: where the second painting is the style.
        asked: whether a person asked for it. What begins by itself does so only where nothing is refined, and ends
            where somebody wants to.

    Yields:
        `Step`; see `genimg.algorithms.style_transfer.refine`. During a download, steps without a picture that count
        megabytes, with the metric ``megabytes``.

    Raises:
        UserError: at once for a missing picture, a value out of range or a missing person; on iteration if a download
            fails.
    """
    order = _order(content, style, second, blend, strength, brush, keep_colors, size, only, second_on)
    steps = _refined(
        order,
        content_weight=number("content weight", content_weight, *WEIGHTS),
        style_weight=number("style weight", style_weight, *WEIGHTS),
        smoothness=number("smoothness", smoothness, *WEIGHTS),
        network=choice("network", network, NETWORKS),
        seconds=number("seconds", seconds, *SECONDS),
    )
    return _wanted(steps) if asked else _while_idle(steps)


def _wanted(steps: Iterator[Step]) -> Iterator[Step]:
    """Take the steps that somebody asked for."""
    me = object()
    _asked.add(me)
    try:
        yield from steps
    finally:
        _asked.discard(me)


def _while_idle(steps: Iterator[Step]) -> Iterator[Step]:
    """Take steps that nobody asked for, as long as nothing else is refined."""
    if _asked or not _unasked.acquire(blocking=False):
        return
    try:
        for step in steps:
            yield step
            if _asked:
                return
    finally:
        _unasked.release()


def _refined(
    order: "_Order", *, content_weight: float, style_weight: float, smoothness: float, network: str, seconds: float
) -> Iterator[Step]:
    if network == "vgg19":
        yield from vgg19.fetch()
    began = time.perf_counter()
    features = cast(style_transfer.Features, vgg19.load() if network == "vgg19" else checkpoints.load("vgg16-features"))
    start = _instant(order)
    steps = style_transfer.refine(
        features,
        order.content,
        order.style,
        start,
        second=order.second,
        blend=order.blend,
        where=order.where,
        strength=order.strength,
        brush=order.brush,
        content_weight=content_weight,
        style_weight=style_weight,
        smoothness=smoothness**2,  # so that each step of a slider from 0 to 10 takes about as much roughness away
        seconds=seconds - (time.perf_counter() - began),
    )
    for step in _turns.take(steps):
        yield replace(step, image=None if step.image is None else order.finish(step.image))


@dataclass(frozen=True)
class _Order:
    """Checked arguments; pictures as tensors on the device, the content at the size of the result."""

    content: Tensor
    style: Tensor
    second: Tensor | None
    blend: float
    strength: float
    brush: float
    keep_colors: bool
    mask: Tensor | None  # where it is painted, if not everywhere
    where: Tensor | None  # where it is painted like the second, if that is not mixed in

    def finish(self, painted: Tensor) -> Tensor:
        """Bring a painted picture to the photo's colours if they are to be kept, and to the part that is painted."""
        painted = color.keep_colors(painted, self.content) if self.keep_colors else painted
        return painted if self.mask is None else matting.composite(painted, self.mask, self.content)


def _order(
    content: object,
    style: object,
    second: object,
    blend: object,
    strength: object,
    brush: object,
    keep_colors: object,
    size: object,
    only: object,
    second_on: object,
) -> _Order:
    longer, part = integer("size", size, *SIZES), choice("what is painted", only, PARTS)
    place = choice("the second style's place", second_on, PLACES)
    photo = _scaled(chosen("photo", content), longer)
    where = place if second is not None else "mixed"
    person = _person(photo) if part != "all" or where != "mixed" else None  # looked for once, whatever it is for
    return _Order(
        content=photo,
        style=_scaled(chosen("style picture", style), longer),
        second=None if second is None else _scaled(chosen("second style picture", second), longer),
        blend=number("blend", blend, 0, 1),
        strength=number("strength", strength, 0, 1),
        brush=number("brush size", brush, *BRUSH),
        keep_colors=flag("keep colours", keep_colors),
        mask=_part(person, part),
        where=_part(person, where),
    )


def _part(person: Tensor | None, name: str) -> Tensor | None:
    """Return the mask of the person or of the background; None for all."""
    if person is None or name not in PARTS[1:]:
        return None
    return person if name == PARTS[1] else 1 - person


def _person(photo: Tensor) -> Tensor:
    """Return where the person is, ``(1, 1, H, W)``, along the photo's own edges.

    Raises:
        UserError: if no person is found.
    """
    small = shrink(to_pil(photo)[0], _MASK)
    found = people.person_mask(small)
    if not people.found(found):
        raise UserError("No person was found in the photo; paint the whole of it.")
    return matting.upsample(found, to_tensor(small), photo.cpu()).to(photo.device)


def _scaled(picture: Image.Image, longer: int) -> Tensor:
    factor = longer / max(picture.size)
    width, height = (max(1, round(side * factor)) for side in picture.size)
    return to_tensor([picture.resize((width, height), Image.Resampling.LANCZOS)]).to(device())


def _instant(order: _Order) -> Tensor:
    """Paint in one pass, at the size that makes the strokes as wide as the brush."""
    painter = cast(style_transfer.Painter, checkpoints.load("arbitrary-style"))
    height, width = order.content.shape[-2:]
    longest = max(height, width)
    factor = min(max(longest / order.brush, _WORK[0]), _WORK[1]) / longest
    size = (max(1, round(height * factor)), max(1, round(width * factor)))

    def painted(style: Tensor, second: Tensor | None) -> Tensor:
        return style_transfer.stylize(
            painter, order.content, style, second=second, blend=order.blend, strength=order.strength, plain=plain,
            size=size,
        )  # fmt: skip

    with _painting:
        plain = None if order.strength == 1 else _plain(painter, order.content, size)
        if order.where is None or order.second is None:
            return painted(order.style, order.second)
        return matting.composite(painted(order.second, None), order.where, painted(order.style, None))


def _plain(painter: style_transfer.Painter, content: Tensor, size: tuple[int, int]) -> style_transfer.Plain:
    """Return `style_transfer.plain` of a photo, kept for the next picture of it: who moves a slider asks again."""
    key = (painter, size, sha256(content.cpu().numpy().tobytes()).digest())
    if key not in _known:
        _known.clear()
        _known[key] = style_transfer.plain(painter, content, size)
    return _known[key]


_known: dict[object, style_transfer.Plain] = {}  # of the last photo; guarded by `_painting`
