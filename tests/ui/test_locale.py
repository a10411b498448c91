"""Every sentence that can reach the page has a Chinese one, with the same values in it."""

import ast
import json
import re
import types
from pathlib import Path

import pytest

from genimg.algorithms import procedural
from genimg.core.errors import UserError, integer
from genimg.data.avatars import CONCEPTS, VALUES
from genimg.studio import cutout, draw, examples, repair, texture, train
from genimg.studio.again import OPERATIONS
from genimg.studio.art_methods import METHODS
from genimg.ui import recalling
from genimg.ui.app import GROUPS
from genimg.ui.frame import KEYS
from genimg.ui.locale import LANGUAGE, catalogue, spoken, translated
from genimg.ui.shell import safety
from genimg.ui.watching import STATES

ROOT = Path(__file__).parents[2] / "genimg"
# What reaches the page; the shell's own words, and answers to requests that no page sends, stay English.
SAID = [
    *(ROOT / "studio").rglob("*.py"),
    *(ROOT / "ui").rglob("*.py"),
    *(ROOT / "core" / f"{name}.py" for name in ("decoding", "errors")),
    *(ROOT / "data" / f"{name}.py" for name in ("archives", "uploads")),
    ROOT / "algorithms/quilting.py",
    *(ROOT / "training" / f"{name}.py" for name in ("recipe", "loop", "saving", "nca")),
]
ELSEWHERE = {"bulk.py", "handles.py", "door.py", "cache.py", "places.py"}


def template(node):
    """Return a text as it is written, with {} for its values; None for what is no text."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        parts = template(node.left), template(node.right)
        return None if None in parts else "".join(parts)
    return None


def sentences():
    for path in SAID:
        if path.name in ELSEWHERE:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = getattr(node, "func", None)
            if isinstance(node, ast.Call) and getattr(called, "id", getattr(called, "attr", "")) in (
                "UserError",
                "error",
            ):
                if node.args and (said := template(node.args[0])) is not None and " " in said:
                    yield said, f"{path.name}:{node.lineno}"


def names():
    """What values are called in sentences such as "Seed must be a number"."""
    for path in (ROOT / "studio").rglob("*.py"):
        found = re.findall(r'\b(?:number|integer|choice|flag)\(\s*"([^"]+)"', path.read_text(encoding="utf-8"))
        yield from ((name, path.name) for name in found)


def test_every_sentence_has_a_translation_with_the_same_values():
    chinese = catalogue("zh-CN")
    missing = {said: where for said, where in [*sentences(), *names(), *reports()] if said not in chinese}
    assert not missing
    for english, other in chinese.items():
        values = english.count("{}")
        filled = other.format(*(f"<{i}>" for i in range(values))) if values else other
        assert all(f"<{i}>" in filled for i in range(values)), english
        assert re.search(r"[\u4e00-\u9fff]", other), english


def reports():
    """What a training says of itself: sentences that are written into its status, or kept under a name for that."""
    for path in (ROOT / "training/worker.py", ROOT / "training/spec.py", ROOT / "studio/runs/queue.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            parts = []
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "_say":
                parts = node.args[1:]
            elif isinstance(node, ast.Dict):
                named = zip(node.keys, node.values, strict=True)
                parts = [value for key, value in named if key is not None and template(key) == "sentence"]
            elif isinstance(node, ast.Assign):
                parts = [node.value]
            for said in map(template, parts):
                if said and " " in said and said.endswith("."):
                    yield said, f"{path.name}:{node.lineno}"


def texts():
    """What the page says itself: what `t` and `say` are given."""
    for path in (ROOT / "ui").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("t", "say"):
                said = template(node.args[0])
                if said is not None:
                    yield said, f"{path.name}:{node.lineno}"


def test_every_text_of_the_page_has_a_translation_and_none_is_left_over():
    chinese = catalogue("zh-CN", "texts")
    assert not {said: where for said, where in texts() if said not in chinese}
    for english, other in chinese.items():
        assert sorted(re.findall(r"{.*?}", english)) == sorted(re.findall(r"{.*?}", other)), english
    written = set()
    for path in [*(ROOT / "ui").rglob("*.py"), *(ROOT / "studio").rglob("*.py"), *(ROOT / "algorithms").rglob("*.py")]:
        nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        written |= {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    failing = {text.removeprefix("Fails: ") for text in written}
    assert chinese.keys() - written - failing - {text.capitalize() for text in failing} == set()


def test_what_the_studio_names_has_a_name_in_chinese():
    named = {*STATES.values(), *procedural.STYLES, *procedural.PALETTES, *examples.photos(), *texture.examples()}
    named |= {*repair.EXAMPLES, *cutout.EXAMPLES} | {preset.title for preset in train.PRESETS.values()}
    for method in METHODS.values():
        fields = method.fields.values()
        named |= {method.label, method.note} | {field.label for field in fields} | {field.info for field in fields}
    assert named <= catalogue("zh-CN", "texts").keys()


def test_the_canvas_has_all_of_its_texts_and_no_others():
    """What its scripts say, what attributes are called, and what their values are."""
    scripts = "".join((ROOT / "ui/web" / f"{name}.js").read_text(encoding="utf-8") for name in ("canvas", "wishes"))
    said = set(re.findall(r"""(?:\bsay\(|\b(?:button|fold)\('[\w-]+', )'([^']+)'""", scripts))
    words = set(CONCEPTS)
    shipped = (json.loads(path.read_text()) for path in (ROOT.parent / "checkpoints").glob("*/classes.json"))
    for attributes in (VALUES, *shipped):
        words |= set(attributes) | {f"{name}: {value}" for name, values in attributes.items() for value in values}
    chinese = catalogue("zh-CN", "canvas")
    assert (said | words) - {"GIF", "MP4"} <= chinese.keys()
    assert {text for text in chinese.keys() - words if f"'{text}'" not in scripts} == set()


def test_the_drawing_canvas_has_all_of_its_texts_and_no_others():
    script = (ROOT / "ui/web/draw.js").read_text(encoding="utf-8")
    said = set(re.findall(r"""(?:\bsay\(|\bbutton\('[\w-]+', )'([^']+)'""", script))
    said |= {"Pen", "Patch", "Eraser", *draw.INKS}  # in tables
    assert said == catalogue("zh-CN", "draw").keys()


def test_the_frame_has_all_of_its_texts_and_no_others():
    names = ("frame", "tabs", "sending", "menus", "automata", "control", "panel", "recalling", "history", "presets")
    scripts = "".join((ROOT / "ui/web" / f"{name}.js").read_text(encoding="utf-8") for name in names)
    said = set(re.findall(r"""\b(?:say|button)\('([^']+)'""", scripts))
    parts = {box for place in recalling.PLACES.values() for box in place.uploads}
    wanted = said | set(KEYS.values()) | {name for name, _ in GROUPS} | set(OPERATIONS) | parts
    assert wanted == catalogue("zh-CN", "frame").keys()


def test_values_stay_and_sentences_within_sentences_are_translated():
    with pytest.raises(UserError) as caught:
        integer("Seed", 2.5, 0, 9)
    assert translated(str(caught.value), "zh-CN") == "随机种子必须是 0 到 9 之间的整数，收到的是 2.5。"
    assert translated(str(caught.value), "en") == str(caught.value)
    assert translated("Nobody has ever said this.", "zh-CN") == "Nobody has ever said this."
    assert "<b>" in translated("The way must be one of linear; got <b>{}.", "zh-CN")


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-CN"),
        ("zh-TW", "zh-CN"),
        ("en-US,zh;q=0.5", "en"),
        ("fr,zh;q=0.5", "zh-CN"),
        ("", "en"),
        ("x" * 10**6, "en"),
    ],
)
def test_the_language_is_what_the_browser_asks_for_first(accepted, language):
    assert spoken(accepted) == language
    assert safety.language_of(types.SimpleNamespace(headers={"accept-language": accepted})) == language


def test_what_a_person_reads_is_in_their_language():
    token = LANGUAGE.set("zh-CN")
    try:
        said = safety.error("Choose a picture first.")
    finally:
        LANGUAGE.reset(token)
    assert (said.message, said.title) == ("请先选择图像。", "抱歉")
    assert safety.language_of(None) == "en"
