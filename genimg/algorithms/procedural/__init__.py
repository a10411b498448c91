"""Pictures made of arithmetic and a seed, free of any rights: art for its own sake, and the styles of the Style tab.

Every method takes a size in pixels, a seed and the name of a palette, then parameters of its own, and returns
``(1, 3, H, W)`` in [0, 1]; the same seed gives the same picture, and another size the same picture, sharper.
"""

from collections.abc import Callable

from torch import Tensor

from genimg.algorithms.procedural.canvas import Size
from genimg.algorithms.procedural.cells import grid, mosaic, stained_glass, truchet
from genimg.algorithms.procedural.fields import gaussian, marble, perlin, uniform, wood
from genimg.algorithms.procedural.formulas import cppn, expression
from genimg.algorithms.procedural.palettes import PALETTES
from genimg.algorithms.procedural.prints import circles, engraving, halftone, watercolor, waves
from genimg.algorithms.procedural.reaction import reaction_diffusion
from genimg.algorithms.procedural.strokes import brush_strokes

__all__ = ["METHODS", "PALETTES", "STYLES", "Size"]

METHODS: dict[str, Callable[..., Tensor]] = {
    "reaction": reaction_diffusion,
    "brush": brush_strokes,
    "glass": stained_glass,
    "perlin": perlin,
    "truchet": truchet,
    "marble": marble,
    "expression": expression,
    "waves": waves,
    "cppn": cppn,
    "watercolor": watercolor,
    "mosaic": mosaic,
    "engraving": engraving,
    "grid": grid,
    "circles": circles,
    "halftone": halftone,
    "wood": wood,
    "gaussian": gaussian,
    "uniform": uniform,
}

# What paints photos well: by name, called with a side and a seed.
STYLES: dict[str, Callable[[int, int], Tensor]] = {
    "Stained glass": stained_glass,
    "Brush strokes": brush_strokes,
    "Coral": reaction_diffusion,
    "Mosaic": mosaic,
    "Halftone": halftone,
    "Circles": circles,
    "Waves": waves,
    "Engraving": engraving,
    "Watercolor": watercolor,
    "Truchet": truchet,
    "Clouds": perlin,
    "Wood": wood,
}
