"""Avatars: a labelled data set of drawn faces, the same bytes for the same seed and index, made here in minutes.

The parts are drawn by `python_avatars` (MIT, after Pablo Stanley's Avataaars, free for personal and commercial use)
and rasterised by `resvg`. Nothing is downloaded, nobody's face is used, and every picture comes with its attributes.
"""

import io

import numpy as np
import python_avatars as pa
import resvg_py
from numpy.typing import NDArray
from PIL import Image

from genimg.core import places
from genimg.core.errors import UserError
from genimg.data import blocks

SIZES = (16, 32, 64, 128)
BLOCK = 1000  # pictures in one file of the cache, and one task of a worker
COUNT = 40_000  # the set that models are trained and measured on
VERSION = 1  # to be raised with any change of the drawing, so that old caches are not taken for new

# Every attribute with its values; a picture has one of each, drawn independently. Where one value should be commoner
# it stands more than once. Left out are the parts that cover the face or belong to a costume.
_HAIR = (
    "BIG_HAIR BOB BUN CAESAR CAESAR_SIDE_PART CURLY FRO LONG_NOT_TOO_LONG MIA_WALLACE SHAGGY SHAGGY_MULLET SHORT_CURLY "
    "SHORT_DREADS_1 SHORT_FLAT SHORT_ROUND SHORT_WAVED SIDES STRAIGHT_1 BUZZCUT DREADLOCKS LOOSE_HAIR PIXIE POMPADOUR "
    "QUIFF"
).split()
HATS = "HIJAB TURBAN WINTER_HAT_3".split()
BALD = "NONE"  # a value of the hair that no picture of the set has
ATTRIBUTES: dict[str, list[str]] = {
    "skin": "PALE LIGHT BROWN DARK_BROWN BLACK".split(),
    "hair": _HAIR + HATS,
    "hair_color": "AUBURN BLACK BLONDE BLONDE_GOLDEN BROWN BROWN_DARK PASTEL_PINK PLATINUM RED SILVER_GRAY".split(),
    "glasses": ["NONE"] * 5 + "PRESCRIPTION_2 ROUND WAYFARERS SUNGLASSES".split(),
    "beard": ["NONE"] * 7 + "BEARD_LIGHT BEARD_MEDIUM BEARD_MAGESTIC MOUSTACHE_FANCY".split(),
    "mouth": "DEFAULT SMILE TWINKLE BIG_SMILE SERIOUS SAD GRIMACE".split(),
    "eyes": "DEFAULT DEFAULT HAPPY CLOSED SIDE SURPRISED WINK".split(),
    "eyebrows": "DEFAULT DEFAULT_NATURAL RAISED_EXCITED SAD_CONCERNED ANGRY".split(),
    "nose": "DEFAULT SMALL WIDE".split(),
    "clothes": "BLAZER_SHIRT COLLAR_SWEATER HOODIE OVERALL SHIRT_CREW_NECK SHIRT_SCOOP_NECK SHIRT_V_NECK".split(),
    "clothes_color": "BLACK BLUE_01 BLUE_03 GRAY_01 PASTEL_BLUE PASTEL_GREEN PASTEL_ORANGE PINK RED WHITE".split(),
    "background": "#dbe7f3 #e3f1e1 #f9ead7 #f3e1ea #e7e3f4 #f2f0e6".split(),
}
VALUES: dict[str, list[str]] = {name: list(dict.fromkeys(values)) for name, values in ATTRIBUTES.items()}
# Attributes in plain words, each the values of one label that have it.
CONCEPTS: dict[str, tuple[str, list[str]]] = {
    "Glasses": ("glasses", "PRESCRIPTION_2 ROUND WAYFARERS SUNGLASSES".split()),
    "Beard": ("beard", "BEARD_LIGHT BEARD_MEDIUM BEARD_MAGESTIC".split()),
    "Dark skin": ("skin", "BROWN DARK_BROWN BLACK".split()),
    "Long hair": ("hair", "BIG_HAIR BOB CURLY LONG_NOT_TOO_LONG MIA_WALLACE STRAIGHT_1 DREADLOCKS LOOSE_HAIR".split()),
    "Headgear": ("hair", HATS),
    "Open mouth": ("mouth", "DEFAULT SMILE BIG_SMILE GRIMACE".split()),
    "Wide eyes": ("eyes", ["SURPRISED"]),
    "Dark clothes": ("clothes_color", "BLACK BLUE_03 GRAY_01".split()),
}
VIEW = "16 3 232 232"  # a square of the drawing that holds head and shoulders


def draw_attributes(index: int, seed: int = 0) -> dict[str, str]:
    """Return the attributes of picture `index`: one value of `VALUES` for each name."""
    random = np.random.default_rng((seed, index))
    return {name: values[random.integers(len(values))] for name, values in ATTRIBUTES.items()}


def concepts(labels: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return which of `CONCEPTS` each picture has, ``(N, len(CONCEPTS))``, from its labels ``(N, len(VALUES))``."""
    columns = []
    for name, having in CONCEPTS.values():
        positions = [VALUES[name].index(value) for value in having]
        columns.append(np.isin(labels[:, list(VALUES).index(name)], positions))
    return np.stack(columns, axis=1)


def render(attributes: dict[str, str], size: int = 64, *, view: str = VIEW) -> Image.Image:
    """Draw the face that has these attributes, as a square RGB picture of `size` pixels.

    Args:
        attributes: one of `VALUES` for each name.
        size: side in pixels.
        view: the square of the drawing that is shown, as SVG writes it: left, top, width and height.
    """
    return rasterise(drawing(attributes), size, background=attributes["background"], view=view)


def drawing(attributes: dict[str, str]) -> str:
    """Return the face that has these attributes as SVG, with nothing behind it."""
    hair, color = attributes["hair"], attributes["hair_color"]
    svg: str = pa.Avatar(
        style=pa.AvatarStyle.TRANSPARENT,
        top=pa.HatType[hair] if hair in HATS else pa.HairType[hair],
        hat_color=pa.ClothingColor[attributes["clothes_color"]],
        skin_color=pa.SkinColor[attributes["skin"]],
        hair_color=pa.HairColor[color],
        facial_hair_color=pa.HairColor[color],
        accessory=pa.AccessoryType[attributes["glasses"]],
        facial_hair=pa.FacialHairType[attributes["beard"]],
        mouth=pa.MouthType[attributes["mouth"]],
        eyes=pa.EyeType[attributes["eyes"]],
        eyebrows=pa.EyebrowType[attributes["eyebrows"]],
        nose=pa.NoseType[attributes["nose"]],
        clothing=pa.ClothingType[attributes["clothes"]],
        clothing_color=pa.ClothingColor[attributes["clothes_color"]],
    ).render()
    return svg


def rasterise(svg: str, size: int, *, background: str, view: str = VIEW) -> Image.Image:
    """Return what `drawing` made as an RGB picture, over a colour; see `render`."""
    window = f'width="{size}" height="{size}" viewBox="{view}"'
    svg = svg.replace('width="264px" height="280px" viewBox="0 0 264 280"', window, 1)
    png = resvg_py.svg_to_bytes(svg_string=svg, background=background, skip_system_fonts=True)
    return Image.open(io.BytesIO(bytes(png))).convert("RGB")


def avatars(
    count: int = COUNT, *, size: int = 64, seed: int = 0, start: int = 0, progress: bool = True
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return pictures ``start .. start + count - 1`` of the set, drawing on all cores what is not yet in the cache.

    Returns:
        Pictures ``(count, size, size, 3)`` uint8 and labels ``(count, len(VALUES))`` uint8, each the position in the
        list of values of that attribute.

    Raises:
        UserError: for a size that is not in `SIZES`, a count below 1, or a cache that cannot be written to.
    """
    if size not in SIZES or count < 1:
        raise UserError(f"Avatars come in sizes {', '.join(map(str, SIZES))}, one or more; got size {size}, {count}.")
    folder = places.kept(f"avatars-{VERSION}") / f"{size}px-seed{seed}"
    drawn = blocks.load(
        folder, _draw_block, count, start=start, block=BLOCK, size=size, seed=seed, title="Drawing avatars",
        progress=progress,
    )  # fmt: skip
    return drawn["images"], drawn["labels"]


def _draw_block(place: str, start: int, count: int, size: int, seed: int) -> None:
    faces = [draw_attributes(index, seed) for index in range(start, start + count)]
    images = np.stack([np.asarray(render(face, size)) for face in faces])
    labels = np.array([[VALUES[name].index(face[name]) for name in VALUES] for face in faces], dtype=np.uint8)
    blocks.save(place, images=images, labels=labels)
