"""Large pictures through convolutional networks piece by piece, without seams."""

from collections.abc import Callable, Iterator

from torch import Tensor


def tiles(
    network: Callable[[Tensor], Tensor],
    images: Tensor,
    *,
    scale: int,
    reach: int,
    side: int = 256,
    start: Tensor | None = None,
) -> Iterator[Tensor]:
    """Work through `images` tile by tile; yield the picture so far, ``(N, C, scale H, scale W)``, after each.

    Each tile is cut with `reach` more pixels on every side where there are any, and that rim is thrown away afterwards:
    what is left equals what the network would have made of the whole picture. Memory grows with the tile alone.

    Args:
        network: ``(N, C, h, w)`` to ``(N, C, scale h, scale w)``, of any size.
        images: ``(N, C, H, W)``.
        scale: of the network.
        reach: how far, in pixels of its input, a pixel of the network's answer depends on its surroundings.
        side: of a tile, without its rim.
        start: what is seen where no tile is done yet, of the answer's size; it is painted over. Black if None.
    """
    n, channels, height, width = images.shape
    whole = images.new_zeros(n, channels, scale * height, scale * width) if start is None else start
    for top in range(0, height, side):
        for left in range(0, width, side):
            bottom, right = min(top + side, height), min(left + side, width)
            above, before = max(top - reach, 0), max(left - reach, 0)
            made = network(images[:, :, above : bottom + reach, before : right + reach])
            y, x = scale * (top - above), scale * (left - before)
            whole[:, :, scale * top : scale * bottom, scale * left : scale * right] = made[
                :, :, y : y + scale * (bottom - top), x : x + scale * (right - left)
            ]
            yield whole
