"""Which pixels of a photo a person means: from a few strokes, a box or a guess to a hard proposal.

Papers: Rother, Kolmogorov, Blake 2004, "GrabCut" (OpenCV's). Departures: it runs on a small copy, where it takes a
fraction of the time, since the border is decided by a matte anyway; and it is told where to begin. Left alone it calls
everything that nobody painted background, learns that the thing looks like the strokes alone, and keeps the cat's eyes.
Here each pixel leans to the stroke that it is near to and coloured like, and to a guess where there is one.
"""

from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import interpolate

from genimg.core.images import resize, to_pil

Array = NDArray[Any]
Box = tuple[int, int, int, int]

SIDE = 320  # longer side of the copy that is looked at
ROUNDS = 2  # more of them move away from where the strokes said to begin
SPECK = 0.006  # of the picture: smaller islands and holes that no stroke asked for are mistakes
SURE = 4.0  # lean, in nats, from which nothing is left to the colour models
_SEED = 0  # OpenCV starts its colour clusters by chance
_SAMPLES = 150  # pixels of the strokes of a kind whose colours are looked at
_NEAR, _ALIKE = 3 / 160, 0.03  # of the longer side, and of Lab / 100: what counts as no distance at all
_CUT = 0.08  # of Lab / 100: what the rim shows that is nearer to the strokes' colours may be of the thing


def segment(
    image: Tensor, keep: Tensor, remove: Tensor, box: Box | None = None, guess: Tensor | None = None, trust: float = 1.0
) -> Tensor:
    """Propose what belongs to the thing: ``(1, 1, H, W)`` of 0 and 1.

    Args:
        image: ``(1, 3, H, W)``.
        keep: ``(1, 1, H, W)``, 1 where the thing surely is.
        remove: the same where it surely is not.
        box: (left, top, right, bottom) in pixels around the thing; what lies outside is surely not of it.
        guess: ``(1, 1, H, W)``, how likely each pixel belongs to it, 0..1; a box goes before.
        trust: how much the guess counts beside strokes.
    """
    height, width = image.shape[-2:]
    scale = min(1.0, SIDE / max(height, width))
    size = (max(8, round(height * scale)), max(8, round(width * scale)))
    sure, never = (interpolate(one, size, mode="area")[0, 0].numpy() > 0.2 for one in (keep, remove))
    outside = _outside(box, (height, width), size)
    pixels = np.array(to_pil(resize(image, size))[0])
    if guess is not None:
        guess = interpolate(guess, size, mode="bilinear", antialias=True, align_corners=False).clamp(0.05, 0.95).logit()
        if sure.any() and guess[0, 0].numpy()[sure].mean() < 0:
            guess = None  # who misses what was painted knows nothing of the thing
    known = np.full(size, cv2.GC_PR_FGD, np.uint8)
    for where, label in ((outside, cv2.GC_BGD), (sure, cv2.GC_FGD), (never, cv2.GC_BGD)):
        known[where] = label
    labels = known.copy() if box else _start(pixels, known, None if guess is None else trust * guess)
    found = _without_specks(_cut(pixels, labels), known)
    smooth = interpolate(torch.from_numpy(found)[None, None].float(), (height, width), mode="bicubic")
    return (((smooth > 0.5).float() + keep).clamp(max=1) * (1 - remove)).float()


def _outside(box: Box | None, large: tuple[int, int], small: tuple[int, int]) -> Array:
    """Return what lies outside the box in the small copy."""
    outside = np.full(small, box is not None)
    if box:
        # Not one scale: a thin picture is made wider.
        left, right = (round(v * small[1] / large[1]) for v in box[::2])
        top, bottom = (round(v * small[0] / large[0]) for v in box[1::2])
        outside[top : max(bottom, top + 1), left : max(right, left + 1)] = False
    return outside


def _start(pixels: Array, known: Array, guess: Tensor | None) -> Array:
    """Return GrabCut's labels to begin with.

    Args:
        pixels: ``(H, W, 3)``, 8 bits.
        known: the labels that are sure, and probably foreground elsewhere.
        guess: ``(1, 1, H, W)``, the odds of being foreground, in nats.
    """
    sure, never = known == cv2.GC_FGD, known == cv2.GC_BGD
    if guess is None and not sure.any():  # all but the rim may be the thing
        labels = cv2.copyMakeBorder(known[1:-1, 1:-1], 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=[cv2.GC_BGD])
        return np.asarray(labels)
    lean = np.zeros(known.shape, np.float32) if guess is None else guess[0, 0].numpy()
    if sure.any() or never.any() or guess is None:
        lean = lean + _lean(pixels, sure, never, rim=guess is None)
    labels = np.where(lean > 0, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    labels[lean > SURE], labels[lean < -SURE] = cv2.GC_FGD, cv2.GC_BGD
    labels[sure], labels[never] = cv2.GC_FGD, cv2.GC_BGD
    return labels


def _lean(pixels: Array, sure: Array, never: Array, *, rim: bool) -> Array:
    """Return how much nearer each pixel is to the strokes of the thing than to the others, in place and in colour.

    With one side of the story only, the middling distance stands for the other; or, with `rim`, the picture's rim does
    for the background.
    """
    alone = 0 if rim else int(sure.any()) - int(never.any())
    smooth = cv2.GaussianBlur(pixels.astype(np.float32) / 255, (0, 0), 0.7)
    colours = cv2.cvtColor(smooth, cv2.COLOR_RGB2Lab) / 100
    if rim:
        never = never | _rim(colours, sure)
    lean = np.zeros(sure.shape, np.float32)
    near = _NEAR * max(sure.shape)
    for distance, least in ((_apart, near), (_unlike, _ALIKE)):
        known = [distance(colours, side) for side in (never, sure) if side.any()]
        far = known[0] if never.any() else np.median(known[0])
        close = known[-1] if sure.any() else np.median(known[0])
        lean += np.log((far + least) / (close + least))
    # Beside a guess, strokes of one side alone speak for that side alone.
    return lean if alone == 0 else alone * np.maximum(alone * lean, 0)


def _rim(colours: Array, sure: Array) -> Array:
    """Return the picture's rim but for where the thing may be cut by it: near its strokes, or coloured like them."""
    rim = np.ones_like(sure)
    rim[1:-1, 1:-1] = False
    rim &= ~cv2.dilate(sure.astype(np.uint8), np.ones((9, 9), np.uint8)).astype(bool)
    unlike = rim & (_unlike(colours, sure) > _CUT)
    return unlike if unlike.any() else rim


def _apart(_colours: Array, strokes: Array) -> Array:
    return cv2.distanceTransform((~strokes).astype(np.uint8), cv2.DIST_L2, 5)


def _unlike(colours: Array, strokes: Array) -> Array:
    """Return how far each pixel's colour is from the nearest of those under the strokes."""
    painted = colours[strokes]
    painted = painted[:: max(1, len(painted) // _SAMPLES)]
    distance = torch.cdist(torch.from_numpy(colours.reshape(-1, 3)), torch.from_numpy(painted)).amin(1)
    return distance.numpy().reshape(strokes.shape)


def _cut(pixels: Array, labels: Array) -> Array:
    thing = np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD))
    if not thing.any() or thing.all():  # GrabCut needs both
        return thing
    cv2.setRNGSeed(_SEED)
    cv2.grabCut(pixels, labels, (0, 0, 1, 1), np.zeros((1, 65)), np.zeros((1, 65)), ROUNDS, cv2.GC_INIT_WITH_MASK)
    return np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD))


def _without_specks(found: Array, known: Array) -> Array:
    """Fill small holes and take small islands away, unless a stroke touches them."""
    for value, asked in ((True, cv2.GC_FGD), (False, cv2.GC_BGD)):
        count, parts, stats, _ = cv2.connectedComponentsWithStats((found == value).astype(np.uint8), connectivity=4)
        for i in range(1, count):
            part = parts == i
            if stats[i, cv2.CC_STAT_AREA] < SPECK * found.size and not (known[part] == asked).any():
                found[part] = not value
    return found
