"""The methods of random art as people see them: names, and what each parameter does.

The defaults live in the signatures of `genimg.algorithms.procedural.METHODS`; here is what may be asked for.
"""

import inspect
from collections.abc import Mapping
from dataclasses import dataclass

from genimg.algorithms.procedural import METHODS as FUNCTIONS


@dataclass(frozen=True)
class Field:
    """A parameter of a method.

    Attributes:
        name: in Python, in the shell and for clients.
        label: for people.
        info: what it does to the picture.
        low: the least value.
        high: the largest value.
        default: from the method's signature.
        whole: whether it is a whole number.
    """

    name: str
    label: str
    info: str
    low: float
    high: float
    default: float
    whole: bool

    @property
    def step(self) -> float:
        """How finely a slider moves."""
        return 1 if self.whole else 0.1 if self.high - self.low > 8 else 0.01 if self.high <= 1 else 0.05


@dataclass(frozen=True)
class Method:
    """A way to make a picture.

    Attributes:
        name: in Python, in the shell and for clients.
        label: for people.
        note: one line on what it is and whose idea.
        fields: its own parameters by name.
    """

    name: str
    label: str
    note: str
    fields: Mapping[str, Field]


def _method(name: str, label: str, note: str, **fields: tuple[str, str, float, float]) -> Method:
    defaults = {key: p.default for key, p in inspect.signature(FUNCTIONS[name]).parameters.items()}
    return Method(
        name, label, note,
        {key: Field(key, *words, default=defaults[key], whole=isinstance(defaults[key], int))
         for key, words in fields.items()},
    )  # fmt: skip


_ZOOM = (
    "Zoom",
    "Larger shows less of the plane, in more detail.",
    0.4,
    3.0,
)

METHODS: Mapping[str, Method] = {method.name: method for method in (
    _method(
        "reaction", "Reaction-diffusion", "Gray-Scott; Pearson 1993",
        pattern=("Pattern", "From spots by worms and mazes to holes.", 0, 1),
        detail=("Detail", "How many spots or stripes across.", 5, 24),
        fill=("Fill", "How much of the picture the pattern takes.", 0, 1),
        relief=("Relief", "How much it stands out.", 0, 2),
    ),
    _method(
        "brush", "Brush strokes", "strokes along a flow; Haeberli 1990, Hertzmann 1998",
        length=("Stroke length", "Short dabs or long sweeps.", 0.5, 2),
        width=("Stroke width", "Fine or broad brush.", 0.5, 2),
        swirl=("Swirls", "How many whirls the flow has.", 1, 6),
        relief=("Thick paint", "How high the paint stands.", 0, 2),
    ),
    _method(
        "glass", "Stained glass", "Voronoi cells; Worley 1996",
        panes=("Panes", "How many across.", 3, 24),
        lead=("Lead", "Width of the black lines.", 0.2, 2.5),
        disorder=("Disorder", "From squares to all shapes.", 0, 1),
    ),
    _method(
        "perlin", "Clouds", "fractal gradient noise; Perlin 1985, 2002",
        scale=("Bumps", "Few large clouds or many small ones.", 1, 10),
        octaves=("Octaves", "How many layers of ever finer noise.", 1, 8),
        roughness=("Roughness", "The strength of the fine layers.", 0.2, 0.8),
        warp=("Warp", "How far the noise bends itself.", 0, 2),
    ),
    _method(
        "truchet", "Truchet tiles", "quarter circles; Truchet 1704, Smith 1987",
        tiles=("Tiles", "How many across.", 2, 32),
        strands=("Lines", "Parallel lines in each band.", 1, 6),
        width=("Line width", "From threads to full bands.", 0.15, 1),
    ),
    _method(
        "marble", "Marbled paper", "a sine of turbulence; Perlin 1985",
        bands=("Bands", "How often the inks repeat.", 1, 14),
        turbulence=("Stirring", "How far the inks are stirred.", 0, 2.5),
        comb=("Comb", "How deep the comb goes.", 0, 3),
    ),
    _method(
        "expression", "Random formula", "expression trees; Sims 1991",
        depth=("Depth", "How long the formula is.", 3, 7),
        zoom=_ZOOM,
        bend=("Bends", "How fast its waves go.", 0.4, 2.5),
    ),
    _method(
        "waves", "Waves", "overlapping scales, as on a woodblock print",
        scales=("Scales", "How many across.", 3, 20),
        rings=("Rings", "Lines in each scale.", 1, 9),
        swell=("Swell", "How far the rows are bent.", 0, 2),
    ),
    _method(
        "cppn", "Random network", "a small neural network, untrained; Stanley 2007",
        layers=("Layers", "More layers fold the picture more.", 1, 6),
        zoom=_ZOOM,
        contrast=("Weights", "Larger ones give finer folds.", 0.5, 1.8),
    ),
    _method(
        "watercolor", "Watercolor", "washes that overlap and dry at their edges",
        washes=("Washes", "How many are laid over each other.", 1, 12),
        depth=("Depth of colour", "Water or pigment.", 0.3, 1.8),
        granulation=("Grain", "How much pigment settles in the paper.", 0, 2),
        edges=("Edges", "How dark a wash dries at its rim.", 0, 2.5),
    ),
    _method(
        "mosaic", "Mosaic", "tesserae in arcs; in straight courses when it tiles",
        stones=("Stones", "How many across.", 10, 70),
        grout=("Joints", "Width of the joints.", 0, 3),
        disorder=("Disorder", "How carelessly they are laid.", 0, 1),
    ),
    _method(
        "engraving", "Engraving", "lines along a form, crossed in the shade",
        lines=("Cuts", "How many across.", 20, 120),
        relief=("Form", "How far the lines follow it.", 0, 2),
        crossing=("Crossing", "How much of the shade is crossed.", 0, 1.6),
    ),
    _method(
        "grid", "Grid", "rectangles between bars, after Mondrian",
        boxes=("Boxes", "How many there are.", 3, 80),
        bars=("Bars", "Width of the black bars.", 0.2, 2.5),
        calm=("Calm", "The share of boxes that stay white.", 0, 1),
    ),
    _method(
        "circles", "Circles", "rings in quarters, disc over disc",
        discs=("Discs", "How many there are.", 3, 70),
        rings=("Rings", "About so many in each disc.", 2, 10),
        radius=("Disc size", "Small and apart, or large.", 0.3, 1.6),
    ),
    _method(
        "halftone", "Halftone", "flat colours, contours, dots at 45 degrees",
        dots=("Dots", "How fine the screen is.", 10, 80),
        ink=("Ink", "Size of the dots.", 0, 1.6),
        shapes=("Shapes", "Few large ones or many small ones.", 1, 8),
    ),
    _method(
        "wood", "Wood", "year rings bent by noise; Perlin 1985",
        rings=("Year rings", "How many across.", 3, 30),
        wave=("Wandering", "How far the rings wander.", 0, 2),
        knots=("Knots", "How many branches were cut.", 0, 8),
        grain=("Fibres", "Strength of fibres and pores.", 0, 1.5),
    ),
    _method(
        "gaussian", "Gaussian field", "waves of normal strength, shown as a map",
        smoothness=("Smoothness", "From white noise to rolling hills.", 0, 4),
        contrast=("Contrast", "Flat land or high mountains.", 0.3, 3),
        contours=("Contours", "Lines of equal height; 0 for none.", 0, 24),
    ),
    _method(
        "uniform", "Uniform noise", "every square by chance",
        cells=("Squares", "How many across.", 2, 256),
        drift=("Likeness", "How much neighbours are alike.", 0, 1),
    ),
)}  # fmt: skip
