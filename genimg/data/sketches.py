"""Sketches of avatars, as clumsy as a person's: a few lines, patches of flat colour, or both, on white.

A drawing knows what belongs to which part, so each part is traced by itself, with contours that are simplified, wobble
and lie a little beside where they should; parts are missing, fills are patches or scrawls. What is learnt from such
sketches holds for what people draw, where a network that saw perfect edges only would paint every slip of the hand.
"""

import xml.etree.ElementTree as ET
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from genimg.core import places
from genimg.core.errors import UserError
from genimg.data import blocks
from genimg.data.avatars import BALD, HATS, SIZES, VIEW, draw_attributes, drawing, rasterise

PARTS = ("skin", "clothes", "hair", "beard", "nose", "mouth", "eyes", "eyebrows", "glasses")  # 1, 2, ... in a map
BLOCK = 200  # faces in one file of the cache, and one task of a worker
COUNT = 6000  # faces that a network is trained and measured on
VERSION = 1  # to be raised with any change of what is drawn here, so that old caches are not taken for new
PAPER = "#f2f0e6"  # what is behind a face where nothing was painted
UNDRAWN = {  # what a face has in place of a part that nobody drew
    "hair": {"hair": BALD},
    "beard": {"beard": "NONE"},
    "glasses": {"glasses": "NONE"},
    "clothes": {"clothes": "SHIRT_CREW_NECK"},
    "nose": {"nose": "DEFAULT"},
    "mouth": {"mouth": "TWINKLE"},
    "eyes": {"eyes": "DEFAULT"},
    "eyebrows": {"eyebrows": "DEFAULT_NATURAL"},
}
UNCOLOURED = {"skin": "BROWN", "hair_color": "BROWN_DARK", "clothes_color": "BLUE_01"}  # the middle of the palettes
_LARGE = ("skin", "clothes", "hair", "beard")
_GROUPS = {
    "transparent_Body": "skin",
    "transparent_Clothing": "clothes",
    "transparent_Mouth": "mouth",
    "transparent_Nose": "nose",
    "transparent_Eyes": "eyes",
    "transparent_Eyebrow": "eyebrows",
    "transparent_Top": "hair",
}
_INNER = {"_Facial-Hair": "beard", "_Accessory": "glasses"}  # by the end of an id within the top
_LEVEL = 25  # between the greys of two parts
_TURNED = 2  # bits of a fraction in the coordinates that cv2 draws at

Picture = NDArray[np.uint8]
Mask = NDArray[np.bool_]
ET.register_namespace("", "http://www.w3.org/2000/svg")
ET.register_namespace("xlink", "http://www.w3.org/1999/xlink")


def pair(index: int, *, size: int = 128, seed: int = 0) -> tuple[Picture, Picture]:
    """Return a face and a sketch of it, the same for the same numbers.

    It is the face that `genimg.data.avatars` draws under that number, in a view that moves and zooms a little, as far
    as the sketch tells of it: what is not drawn is as in `UNDRAWN`, and what has no colour as in `UNCOLOURED`. So a
    network has nothing to guess, and draws no glasses where there are none.

    Args:
        index: of the face.
        size: side in pixels.
        seed: of faces and sketches.

    Returns:
        The face and its sketch, ``(size, size, 3)`` each.
    """
    random = np.random.default_rng((seed, index, 1))
    face = draw_attributes(index, seed)
    kind = str(random.choice(["lines", "patches", "both", "edges"], p=[0.32, 0.22, 0.4, 0.06]))
    own_ink = kind != "edges" and random.random() < 0.4
    missing = float(random.choice([0, 0.12, 0.35, 0.7], p=[0.48, 0.27, 0.17, 0.08]))  # the last has hardly begun
    drawn = {part for part in PARTS if kind == "edges" or random.random() >= missing}
    if kind == "patches":
        drawn.discard("nose")
    filled = {part for part in _LARGE if kind in ("patches", "both") and (kind == "patches" or random.random() < 0.93)}
    painted = random.random() < 0.35
    coloured = drawn if own_ink else drawn & filled
    for part in set(PARTS) - drawn:
        face |= UNDRAWN.get(part, {})
    dyed = {"hair", "beard"} - ({"hair"} if face["hair"] in HATS else set())
    dressed = {"clothes"} | ({"hair"} if face["hair"] in HATS else set())
    for name, parts in (("skin", {"skin"}), ("hair_color", dyed), ("clothes_color", dressed)):
        if not parts & coloured:
            face[name] = UNCOLOURED[name]
    if not painted:
        face["background"] = PAPER
    view, svg = _view(random), drawing(face)
    picture = np.asarray(rasterise(svg, size, background=face["background"], view=view))
    scale, care = size / 128, random.beta(1.2, 1.2)  # 0 for a careful hand
    hand = _Hand(
        random=random,
        scale=scale,
        wobble=scale * care * 1.6,
        coarse=scale * (0.3 + care * 2.2),
        stray=scale * care * 1.8,
        width=scale * float(random.choice([1, 1.5, 2, 3, 4], p=[0.2, 0.25, 0.25, 0.2, 0.1])),
        ink=None if own_ink else _dark(random),
    )
    return picture, _sketch(picture, regions(svg, size, view=view), face, kind, drawn, filled, painted, hand)


def _view(random: np.random.Generator) -> str:
    """Return a part of the drawing: where people draw a face, and how large, is not always the same."""
    left, top, side, _ = map(float, VIEW.split())
    wide = side * random.uniform(0.86, 1.14)
    x = left + (side - wide) / 2 + random.normal(0, 6)
    y = top + (side - wide) * 0.4 + random.normal(0, 4)
    y = min(y, 278 - wide)  # below that there is nothing of the body
    return f"{x:.1f} {y:.1f} {wide:.1f} {wide:.1f}"


def regions(svg: str, size: int, *, view: str = VIEW) -> Picture:
    """Return which part each pixel of a drawing shows, ``(size, size)``: 0 for none, else the place in `PARTS` + 1."""
    root = ET.fromstring(svg)
    root.set("shape-rendering", "crispEdges")
    _paint(root, None)
    flat = ET.tostring(root, encoding="unicode")
    head, _, body = flat.partition(">")
    window = 'width="264px" height="280px" viewBox="0 0 264 280"'
    for name in ("width", "height", "viewBox"):  # in the order in which `rasterise` looks for them
        head = head.replace(f' {name}="{root.get(name)}"', "")
    found = np.asarray(rasterise(f"{head} {window}>{body}", size, background="#000000", view=view))[..., 0]
    return ((found.astype(int) + _LEVEL // 2) // _LEVEL).astype(np.uint8)


def _paint(element: ET.Element, part: str | None) -> None:
    """Give everything in a drawing the grey of its part, and take shadows away."""
    for child in list(element):
        name, tag = child.get("id", ""), child.tag.rpartition("}")[2]
        if tag in ("defs", "mask", "title", "desc"):
            continue
        if "Shadow" in name or (child.get("filter") and not len(child)):
            element.remove(child)
            continue
        inner = next((of for end, of in _INNER.items() if name.endswith(end)), None) if part else None
        own = _GROUPS.get(name) or inner or part
        for key in ("opacity", "fill-opacity", "filter", "style"):
            child.attrib.pop(key, None)
        if own:
            grey = _LEVEL * (PARTS.index(own) + 1)
            colour = f"#{grey:02x}{grey:02x}{grey:02x}"
            for key in ("fill", "stroke"):
                if child.get(key) not in (None, "none"):
                    child.set(key, colour)
            if name in _GROUPS or inner:
                child.set("fill", colour)
        _paint(child, own)


@dataclass(frozen=True)
class _Hand:
    """How somebody draws: the habits that hold for a whole sketch.

    Attributes:
        random: where all else comes from.
        scale: pixels of this picture to one of 128 px.
        wobble: pixels by which a line strays.
        coarse: pixels by which a contour is simplified.
        stray: pixels by which a part lies beside its place.
        width: of lines, in pixels.
        ink: colour of all lines; None for each part's own.
    """

    random: np.random.Generator
    scale: float
    wobble: float
    coarse: float
    stray: float
    width: float
    ink: tuple[int, int, int] | None


def _sketch(
    picture: Picture,
    parts: Picture,
    face: dict[str, str],
    kind: str,
    drawn: set[str],
    filled: set[str],
    painted: bool,
    hand: _Hand,
) -> Picture:
    """Return what a person might have drawn to get a picture ``(H, W, 3)``, white where nothing was."""
    random = hand.random
    canvas = np.full_like(picture, 255)
    if painted:
        _cover(canvas, parts == 0, tuple(picture[2, 2].tolist()), hand, scrawl=random.random() < 0.2)
    oval = random.random() < 0.2  # a head as children begin it: an ellipse, and no neck
    for part in PARTS:
        where = parts == PARTS.index(part) + 1
        if part not in drawn or kind == "edges" or where.sum() <= 3 * hand.scale:
            continue
        colour = tuple(int(v) for v in np.clip(np.median(picture[where], axis=0) + random.normal(0, 5), 0, 255))
        ink = hand.ink or tuple(int(0.8 * v) for v in colour)
        shapes = [_head(parts)] if part == "skin" and oval else _contours(where)
        offset = random.normal(0, hand.stray, 2)
        lines = [_shaken(shape, hand) + offset for shape in shapes]
        if part not in _LARGE:
            _small(canvas, picture, where, part, lines, offset, ink, hand, kind, face)
            continue
        if part in filled:
            whole = np.zeros(where.shape, np.uint8)
            _fill(whole, lines, 1)
            _cover(canvas, whole > 0, colour, hand, scrawl=random.random() < 0.25)
        if kind == "lines" or (kind == "both" and (part not in filled or random.random() < 0.8)):
            _stroke(canvas, lines, ink, hand)
    if kind == "edges":
        _edges(canvas, picture, hand.ink or (30, 30, 30))
    if random.random() < 0.05:
        _slip(canvas, hand)
    return canvas


def _dark(random: np.random.Generator) -> tuple[int, int, int]:
    level = int(random.integers(0, 60))
    return level, level, level


def _contours(where: Mask) -> list[NDArray[np.float64]]:
    found, _ = cv2.findContours(where.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    return [line[:, 0].astype(float) for line in found if len(line) > 5]


def _head(parts: Picture) -> NDArray[np.float64]:
    """Return an ellipse round the eyes and the mouth, or round all that is skin."""
    places = np.argwhere(np.isin(parts, [PARTS.index(part) + 1 for part in ("mouth", "eyes", "eyebrows")]))
    if len(places) < 3:
        places = np.argwhere(parts == 1)
    (top, left), (bottom, right) = places.min(0), places.max(0)
    turn = np.linspace(0, 2 * np.pi, 80, endpoint=False)
    middle, radius = ((left + right) / 2, (top + bottom) / 2), ((right - left) * 0.72 + 2, (bottom - top) * 0.95 + 2)
    return np.stack([middle[0] + radius[0] * np.cos(turn), middle[1] + radius[1] * np.sin(turn)], 1)


def _shaken(line: NDArray[np.float64], hand: _Hand) -> NDArray[np.float64]:
    """Return a closed line as a hand draws it: simpler, and a little beside the true one, in slow waves."""
    size = float(np.ptp(line, axis=0).max())
    simple = cv2.approxPolyDP(line.astype(np.float32)[:, None], min(hand.coarse, size / 10), True)[:, 0].astype(float)
    ends = np.vstack([simple, simple[:1]])
    lengths = np.r_[0, np.cumsum(np.hypot(*np.diff(ends, axis=0).T))]
    count = max(8, int(lengths[-1] / 2))
    at = np.linspace(0, lengths[-1], count, endpoint=False)
    dense = np.stack([np.interp(at, lengths, ends[:, axis]) for axis in (0, 1)], 1)
    phase = np.linspace(0, 2 * np.pi, count, endpoint=False)[:, None]
    waves = sum(
        hand.random.normal(0, 1 / n**0.5, 2) * np.cos(n * phase + hand.random.uniform(0, 2 * np.pi, 2))
        for n in (1, 2, 3, 5, 8)
    )
    return dense + waves * min(hand.wobble, size / 12) / 2


def _fixed(line: NDArray[np.float64]) -> NDArray[np.int32]:
    return np.round(line * 2**_TURNED).astype(np.int32)


def _fill(canvas: Picture, lines: list[NDArray[np.float64]], colour: object) -> None:
    cv2.fillPoly(canvas, [_fixed(line) for line in lines], colour, cv2.LINE_AA, _TURNED)  # type: ignore[call-overload]


def _stroke(canvas: Picture, lines: list[NDArray[np.float64]], colour: tuple[int, ...], hand: _Hand) -> None:
    width = max(1, round(hand.width * hand.random.uniform(0.8, 1.25)))
    for line in lines:
        closed = hand.random.random() < 0.8
        if not closed:  # the pen was lifted too early
            start = int(hand.random.integers(len(line)))
            line = np.roll(line, start, axis=0)[: int(len(line) * hand.random.uniform(0.7, 0.98))]
        cv2.polylines(canvas, [_fixed(line)], closed, colour, width, cv2.LINE_AA, _TURNED)


def _cover(canvas: Picture, where: Mask, colour: tuple[int, ...], hand: _Hand, *, scrawl: bool) -> None:
    """Fill a region, evenly or with a broad pen that goes to and fro and leaves gaps."""
    if not scrawl or not where.any():
        canvas[where] = colour
        return
    random = hand.random
    width = max(2, round(hand.scale * random.uniform(3, 9)))
    ys, xs = np.nonzero(where)
    middle = np.array([xs.mean(), ys.mean()])
    angle = random.uniform(0, np.pi)
    along, across = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
    points = np.stack([xs, ys], 1) - middle
    reach = points @ across
    step = width * random.uniform(0.8, 1.5)
    path = []
    for number, low in enumerate(np.arange(reach.min(), reach.max() + step, step)):
        row = points[np.abs(reach - low) <= step / 2] @ along
        if len(row):
            ends = np.quantile(row, [0.02, 0.98]) + random.normal(0, hand.scale, 2)
            path += [middle + low * across + end * along for end in (ends if number % 2 else ends[::-1])]
    cv2.polylines(canvas, [_fixed(np.array(path))], False, colour, width, cv2.LINE_AA, _TURNED)


def _small(
    canvas: Picture,
    picture: Picture,
    where: Mask,
    part: str,
    lines: list[NDArray[np.float64]],
    offset: NDArray[np.float64],
    ink: tuple[int, ...],
    hand: _Hand,
    kind: str,
    face: dict[str, str],
) -> None:
    """Draw a part of the face that is a stroke or a dot: filled, traced, copied or as one thick point."""
    random = hand.random
    if hand.ink is None and part != "glasses":
        ink = _dark(random)  # eyes and mouths have no colour of their own
    way = random.choice(["fill", "trace", "copy"], p=[0.5, 0.2, 0.3])
    if part == "eyes" and face["eyes"] == "DEFAULT" and random.random() < 0.4:
        way = "dots"
    if part == "glasses":
        dark = face["glasses"] in ("SUNGLASSES", "WAYFARERS")
        way = str(random.choice(["fill", "copy"] if dark else ["fill", "trace", "trace", "copy"]))
        hand = replace(hand, width=min(hand.width, 2 * hand.scale))  # a thick pen would hide the eyes
    if kind == "lines" and way == "copy":
        way = "fill"
    if way == "copy":
        dx, dy = (round(float(v)) for v in offset)
        moved, pixels = (np.roll(np.roll(a, dy, 0), dx, 1) for a in (where, picture))
        canvas[moved] = pixels[moved]
    elif way == "trace":
        _stroke(canvas, lines, ink, hand)
    elif way == "dots":
        for line in lines:
            place = _fixed(line.mean(0))
            radius = max(1, round(hand.scale * random.uniform(1.5, 3.5) * 2**_TURNED))
            cv2.circle(canvas, tuple(place.tolist()), radius, ink, -1, cv2.LINE_AA, _TURNED)
    else:
        _fill(canvas, lines, ink)
        if random.random() < 0.5:  # a thick pen
            width = max(1, round(hand.width * 0.7))
            cv2.polylines(canvas, [_fixed(line) for line in lines], True, ink, width, cv2.LINE_AA, _TURNED)


def _edges(canvas: Picture, picture: Picture, ink: tuple[int, ...]) -> None:
    """Trace everything in the picture, as a careful hand or an edge filter would."""
    kernel = np.ones((2, 2), np.uint8)
    change = cv2.morphologyEx(picture, cv2.MORPH_GRADIENT, kernel).max(2)
    canvas[change > 40] = ink


def _slip(canvas: Picture, hand: _Hand) -> None:
    """Draw a stray line that means nothing."""
    size = len(canvas)
    points = hand.random.uniform(0, size, 2) + np.cumsum(hand.random.normal(0, size / 12, (6, 2)), axis=0)
    width = max(1, round(hand.width))
    cv2.polylines(canvas, [_fixed(points)], False, hand.ink or (60, 60, 60), width, cv2.LINE_AA, _TURNED)


def pairs(
    count: int, *, size: int = 128, seed: int = 0, start: int = 0, progress: bool = True
) -> tuple[Picture, NDArray[np.uint8]]:
    """Return pairs ``start .. start + count - 1`` of the set, drawing on all cores what is not yet in the cache.

    Returns:
        Faces and sketches, ``(count, size, size, 3)`` uint8 each.

    Raises:
        UserError: for another size than those of the avatars, a count below 1, or a cache that cannot be written to.
    """
    if size not in SIZES or count < 1:
        raise UserError(f"Sketches come in sizes {', '.join(map(str, SIZES))}, one or more; got size {size}, {count}.")
    folder = places.kept(f"sketches-{VERSION}") / f"{size}px-seed{seed}"
    drawn = blocks.load(
        folder, _draw_block, count, start=start, block=BLOCK, size=size, seed=seed, title="Sketching avatars",
        progress=progress,
    )  # fmt: skip
    return drawn["faces"], drawn["sketches"]


def _draw_block(place: str, start: int, count: int, size: int, seed: int) -> None:
    drawn = [pair(index, size=size, seed=seed) for index in range(start, start + count)]
    blocks.save(place, faces=[face for face, _ in drawn], sketches=[sketch for _, sketch in drawn])
