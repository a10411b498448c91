"""How large an AVIF picture really is: what its coded frames say, which the container around them may lie about.

Pillow tells the size that the container claims. The decoder makes frames of whatever size is coded inside, up to
268 million pixels, and scales them down afterwards. So the sequence headers are read first: boxes after ISO/IEC
14496-12, items after 23008-12, and the header's bits after section 5.5 of the AV1 specification.
"""

from collections.abc import Iterator

_DEEP = 8
_SEQUENCE_HEADER = 1


def is_avif(head: bytes) -> bool:
    """Tell whether a file that begins with these bytes (12 or more) is one that Pillow gives to its AVIF decoder."""
    return head[4:8] == b"ftyp" and head[8:12] in (b"avif", b"avis", b"mif1", b"msf1")


def still(content: bytes) -> bytes:
    """Return a file renamed so that of an animation the still picture in it is decoded, which is what we measure."""
    return content[:8] + b"avif" + content[12:]


def coded_pixels(content: bytes) -> int:
    """Return the pixels of all coded pictures in a file together: its own, its alpha, its tiles, its previews.

    Raises:
        ValueError: if the file is damaged.
    """
    try:
        return sum(_frame(item) for item in _items(content))
    except (IndexError, KeyError) as error:
        raise ValueError("the boxes do not fit together") from error


def _boxes(content: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield kind, first byte and end of what is inside each box; a box that is too long ends with its parent."""
    while start + 8 <= end:
        length, kind, inside = _number(content, start, 4), content[start + 4 : start + 8], start + 8
        if length == 1:
            length, inside = _number(content, inside, 8), inside + 8
        stop = min(end, start + length) if length else end
        if stop < inside:
            return
        yield kind, inside, stop
        start = stop


def _items(content: bytes) -> Iterator[bytes]:
    """Yield the bytes of every coded picture."""
    top = {kind: (start, end) for kind, start, end in _boxes(content, 0, len(content))}
    start, end = top[b"meta"]
    inner = {kind: (start, end) for kind, start, end in _boxes(content, start + 4, end)}
    coded = set(_coded(content, *inner[b"iinf"]))
    data = inner.get(b"idat", (0, 0))[0]
    at, end = inner[b"iloc"]
    version, sizes, at = content[at], _number(content, at + 4, 2), at + 6
    offset_size, length_size, base_size, index_size = (sizes >> shift & 15 for shift in (12, 8, 4, 0))
    wide = 4 if version == 2 else 2
    count, at = _number(content, at, wide), at + wide
    for _ in range(count):
        item, at = _number(content, at, wide), at + wide
        method = _number(content, at, 2) & 15 if version else 0
        at += 4 if version else 2  # the method, and which file the data is in
        base, at = _number(content, at, base_size), at + base_size
        extents, at = _number(content, at, 2), at + 2
        parts = []
        for _ in range(extents):
            at += index_size if version else 0
            offset, at = base + _number(content, at, offset_size), at + offset_size
            length, at = _number(content, at, length_size), at + length_size
            first = offset + (data if method == 1 else 0)
            parts.append(content[first : first + length if length else None])
        if at > end:
            raise ValueError("the list of items is cut off")
        if item in coded:
            yield b"".join(parts)


def _coded(content: bytes, start: int, end: int) -> Iterator[int]:
    """Yield the numbers of the items that are coded pictures."""
    start += 6 if content[start] == 0 else 8
    for kind, inside, _ in _boxes(content, start, end):
        wide = 4 if content[inside] == 3 else 2
        if kind == b"infe" and content[inside + 6 + wide : inside + 10 + wide] == b"av01":
            yield _number(content, inside + 4, wide)


def _frame(item: bytes) -> int:
    """Return the pixels of the largest frame that an item's sequence headers allow."""
    at, largest = 0, 0
    while at < len(item):
        head, at = item[at], at + (2 if item[at] & 4 else 1)
        length = len(item) - at
        if head & 2:
            length = 0
            for i in range(_DEEP):
                byte, at = item[at], at + 1
                length |= (byte & 127) << 7 * i
                if byte < 128:
                    break
        if head >> 3 & 15 == _SEQUENCE_HEADER:
            largest = max(largest, _largest(_Bits(item[at : at + length])))
        at += length
    return largest


def _number(content: bytes, start: int, length: int) -> int:
    if start + length > len(content):
        raise ValueError("the file is cut off")
    return int.from_bytes(content[start : start + length], "big")


class _Bits:
    def __init__(self, content: bytes):
        self.value, self.left = int.from_bytes(content[:256], "big"), 8 * len(content[:256])

    def take(self, count: int) -> int:
        self.left -= count
        if self.left < 0:
            raise ValueError("the sequence header is cut off")
        return self.value >> self.left & (1 << count) - 1


def _largest(bits: _Bits) -> int:
    """Return the largest frame that a sequence header allows, in pixels."""
    take, delays, first_delay = bits.take, 0, 0
    take(4)  # profile, still picture
    if take(1):  # the short header of a still picture
        take(5)
    else:
        if take(1):  # timing
            take(64)
            if take(1):
                zeros = 0
                while not take(1):
                    zeros += 1
                take(zeros)
            if take(1):
                delays = take(5) + 1
                take(42)
        first_delay = take(1)
        for _ in range(take(5) + 1):
            take(12)
            if take(5) > 7:
                take(1)
            if delays and take(1):
                take(2 * delays + 1)
            if first_delay and take(1):
                take(4)
    wide, high = take(4) + 1, take(4) + 1
    return (take(wide) + 1) * (take(high) + 1)
