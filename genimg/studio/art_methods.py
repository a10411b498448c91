"""The methods of random art as people see them: names, and what each parameter does, in English and Chinese.

The defaults live in the signatures of `genimg.algorithms.procedural.METHODS`; here is what may be asked for.
"""

import inspect
from collections.abc import Mapping
from dataclasses import dataclass

from genimg.algorithms.procedural import METHODS as FUNCTIONS

Words = tuple[str, str]  # English, Simplified Chinese


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
    label: Words
    info: Words
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
    label: Words
    note: str
    fields: Mapping[str, Field]


def _method(name: str, label: Words, note: str, **fields: tuple[Words, Words, float, float]) -> Method:
    defaults = {key: p.default for key, p in inspect.signature(FUNCTIONS[name]).parameters.items()}
    return Method(
        name, label, note,
        {key: Field(key, *words, default=defaults[key], whole=isinstance(defaults[key], int))
         for key, words in fields.items()},
    )  # fmt: skip


_ZOOM = (
    ("Zoom", "放大"),
    ("Larger shows less of the plane, in more detail.", "越大看到的范围越小，细节越多。"),
    0.4,
    3.0,
)

METHODS: Mapping[str, Method] = {method.name: method for method in (
    _method(
        "reaction", ("Reaction-diffusion", "反应扩散"), "Gray-Scott; Pearson 1993",
        pattern=(("Pattern", "图案"), ("From spots by worms and mazes to holes.", "从斑点、蠕虫、迷宫到孔洞。"), 0, 1),
        detail=(("Detail", "细节"), ("How many spots or stripes across.", "横向的斑点或条纹数量。"), 5, 24),
        fill=(("Fill", "填充"), ("How much of the picture the pattern takes.", "图案占画面的多少。"), 0, 1),
        relief=(("Relief", "立体"), ("How much it stands out.", "凸起的程度。"), 0, 2),
    ),
    _method(
        "brush", ("Brush strokes", "笔触"), "strokes along a flow; Haeberli 1990, Hertzmann 1998",
        length=(("Stroke length", "笔触长度"), ("Short dabs or long sweeps.", "短点或长扫。"), 0.5, 2),
        width=(("Stroke width", "笔触宽度"), ("Fine or broad brush.", "细笔或宽笔。"), 0.5, 2),
        swirl=(("Swirls", "漩涡"), ("How many whirls the flow has.", "流场中漩涡的多少。"), 1, 6),
        relief=(("Thick paint", "厚涂"), ("How high the paint stands.", "颜料堆起的高度。"), 0, 2),
    ),
    _method(
        "glass", ("Stained glass", "彩色玻璃"), "Voronoi cells; Worley 1996",
        panes=(("Panes", "玻璃块"), ("How many across.", "横向的数量。"), 3, 24),
        lead=(("Lead", "铅条"), ("Width of the black lines.", "黑线的宽度。"), 0.2, 2.5),
        disorder=(("Disorder", "错落"), ("From squares to all shapes.", "从方形到各种形状。"), 0, 1),
    ),
    _method(
        "perlin", ("Clouds", "云"), "fractal gradient noise; Perlin 1985, 2002",
        scale=(("Bumps", "起伏"), ("Few large clouds or many small ones.", "少而大或多而小的云。"), 1, 10),
        octaves=(("Octaves", "倍频层数"), ("How many layers of ever finer noise.", "叠加的越来越细的噪声层数。"), 1, 8),
        roughness=(("Roughness", "粗糙"), ("The strength of the fine layers.", "细节层的强度。"), 0.2, 0.8),
        warp=(("Warp", "扭曲"), ("How far the noise bends itself.", "噪声弯曲自身的程度。"), 0, 2),
    ),
    _method(
        "truchet", ("Truchet tiles", "特吕谢瓷砖"), "quarter circles; Truchet 1704, Smith 1987",
        tiles=(("Tiles", "瓷砖"), ("How many across.", "横向的数量。"), 2, 32),
        strands=(("Lines", "线条"), ("Parallel lines in each band.", "每条带中的平行线数。"), 1, 6),
        width=(("Line width", "线宽"), ("From threads to full bands.", "从细线到满带。"), 0.15, 1),
    ),
    _method(
        "marble", ("Marbled paper", "大理石纹"), "a sine of turbulence; Perlin 1985",
        bands=(("Bands", "色带"), ("How often the inks repeat.", "墨色重复的次数。"), 1, 14),
        turbulence=(("Stirring", "搅动"), ("How far the inks are stirred.", "墨水搅动的程度。"), 0, 2.5),
        comb=(("Comb", "梳纹"), ("How deep the comb goes.", "梳子的深度。"), 0, 3),
    ),
    _method(
        "expression", ("Random formula", "随机公式"), "expression trees; Sims 1991",
        depth=(("Depth", "深度"), ("How long the formula is.", "公式的长度。"), 3, 7),
        zoom=_ZOOM,
        bend=(("Bends", "弯曲"), ("How fast its waves go.", "波动的快慢。"), 0.4, 2.5),
    ),
    _method(
        "waves", ("Waves", "海浪"), "overlapping scales, as on a woodblock print",
        scales=(("Scales", "鳞片"), ("How many across.", "横向的数量。"), 3, 20),
        rings=(("Rings", "圆环"), ("Lines in each scale.", "每片中的线数。"), 1, 9),
        swell=(("Swell", "起伏幅度"), ("How far the rows are bent.", "行列弯曲的程度。"), 0, 2),
    ),
    _method(
        "cppn", ("Random network", "随机网络"), "a small neural network, untrained; Stanley 2007",
        layers=(("Layers", "层数"), ("More layers fold the picture more.", "层数越多，褶皱越多。"), 1, 6),
        zoom=_ZOOM,
        contrast=(("Weights", "权重大小"), ("Larger ones give finer folds.", "越大褶皱越细。"), 0.5, 1.8),
    ),
    _method(
        "watercolor", ("Watercolor", "水彩"), "washes that overlap and dry at their edges",
        washes=(("Washes", "层次"), ("How many are laid over each other.", "叠加的颜色层数。"), 1, 12),
        depth=(("Depth of colour", "颜色深浅"), ("Water or pigment.", "多水或多颜料。"), 0.3, 1.8),
        granulation=(("Grain", "颗粒"), ("How much pigment settles in the paper.", "颜料沉淀在纸纹中的程度。"), 0, 2),
        edges=(("Edges", "边缘"), ("How dark a wash dries at its rim.", "边缘干后的深浅。"), 0, 2.5),
    ),
    _method(
        "mosaic", ("Mosaic", "马赛克"), "tesserae in arcs; in straight courses when it tiles",
        stones=(("Stones", "石块"), ("How many across.", "横向的数量。"), 10, 70),
        grout=(("Joints", "缝隙"), ("Width of the joints.", "缝的宽度。"), 0, 3),
        disorder=(("Disorder", "错落"), ("How carelessly they are laid.", "铺得是否随意。"), 0, 1),
    ),
    _method(
        "engraving", ("Engraving", "版画"), "lines along a form, crossed in the shade",
        lines=(("Cuts", "刻线"), ("How many across.", "横向的数量。"), 20, 120),
        relief=(("Form", "形体"), ("How far the lines follow it.", "线条随形体弯曲的程度。"), 0, 2),
        crossing=(("Crossing", "交叉"), ("How much of the shade is crossed.", "暗部交叉线的多少。"), 0, 1.6),
    ),
    _method(
        "grid", ("Grid", "格子"), "rectangles between bars, after Mondrian",
        boxes=(("Boxes", "方块"), ("How many there are.", "数量。"), 3, 80),
        bars=(("Bars", "黑条"), ("Width of the black bars.", "黑条的宽度。"), 0.2, 2.5),
        calm=(("Calm", "留白"), ("The share of boxes that stay white.", "留白方块的比例。"), 0, 1),
    ),
    _method(
        "circles", ("Circles", "圆"), "rings in quarters, disc over disc",
        discs=(("Discs", "圆盘"), ("How many there are.", "数量。"), 3, 70),
        rings=(("Rings", "圆环"), ("About so many in each disc.", "每个圆盘约有的环数。"), 2, 10),
        radius=(("Disc size", "圆盘大小"), ("Small and apart, or large.", "小而分散或大而重叠。"), 0.3, 1.6),
    ),
    _method(
        "halftone", ("Halftone", "半调网点"), "flat colours, contours, dots at 45 degrees",
        dots=(("Dots", "网点"), ("How fine the screen is.", "网屏的细密程度。"), 10, 80),
        ink=(("Ink", "油墨"), ("Size of the dots.", "网点的大小。"), 0, 1.6),
        shapes=(("Shapes", "形状"), ("Few large ones or many small ones.", "少而大或多而小。"), 1, 8),
    ),
    _method(
        "wood", ("Wood", "木纹"), "year rings bent by noise; Perlin 1985",
        rings=(("Year rings", "年轮"), ("How many across.", "横向的数量。"), 3, 30),
        wave=(("Wandering", "蜿蜒"), ("How far the rings wander.", "年轮弯曲的程度。"), 0, 2),
        knots=(("Knots", "木节"), ("How many branches were cut.", "木节的数量。"), 0, 8),
        grain=(("Fibres", "纤维"), ("Strength of fibres and pores.", "纤维和毛孔的强弱。"), 0, 1.5),
    ),
    _method(
        "gaussian", ("Gaussian field", "高斯随机场"), "waves of normal strength, shown as a map",
        smoothness=(("Smoothness", "平滑"), ("From white noise to rolling hills.", "从白噪声到缓丘。"), 0, 4),
        contrast=(("Contrast", "对比度"), ("Flat land or high mountains.", "平地或高山。"), 0.3, 3),
        contours=(("Contours", "等高线"), ("Lines of equal height; 0 for none.", "等高线数量，0 为无。"), 0, 24),
    ),
    _method(
        "uniform", ("Uniform noise", "均匀噪声"), "every square by chance",
        cells=(("Squares", "方格"), ("How many across.", "横向的数量。"), 2, 256),
        drift=(("Likeness", "相似"), ("How much neighbours are alike.", "相邻方格相似的程度。"), 0, 1),
    ),
)}  # fmt: skip
