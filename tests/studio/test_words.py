"""From a line of text to what a model is asked for, in both languages."""

import pytest

from genimg import checkpoints
from genimg.core.errors import UserError
from genimg.studio import sampler, vocabulary
from genimg.studio.words import by_chance, combine, understand

FACES, CLOTHES = "avatars-dcgan-conditional", "fashion-dcgan-conditional"


@pytest.fixture(scope="module")
def faces():
    return checkpoints.classes(FACES)


@pytest.fixture(scope="module")
def clothes():
    return checkpoints.classes(CLOTHES)


BEARD = ["BEARD_LIGHT", "BEARD_MEDIUM", "BEARD_MAGESTIC"]
SMILE = ["SMILE", "BIG_SMILE", "TWINKLE"]
LINES = {
    "an old man with a grey beard and round glasses, smiling": (
        {"hair_color": ["SILVER_GRAY"], "beard": BEARD, "glasses": ["ROUND"], "mouth": SMILE},
        (),
    ),
    "a pale girl with blond curly hair on a green background": (
        {"skin": ["PALE"], "beard": ["NONE"], "hair": ["CURLY", "FRO", "SHORT_CURLY"],
         "hair_color": ["BLONDE", "BLONDE_GOLDEN"], "background": ["#e3f1e1"]},
        (),
    ),
    "long curly hair": ({"hair": ["CURLY"]}, ()),
    "Her hair is red.": ({"hair_color": ["RED"]}, ()),
    "a red hoodie": ({"clothes": ["HOODIE"], "clothes_color": ["RED"]}, ()),
    "red hair, red t-shirt": (
        {"hair_color": ["RED"], "clothes_color": ["RED"],
         "clothes": ["SHIRT_CREW_NECK", "SHIRT_SCOOP_NECK", "SHIRT_V_NECK"]},
        (),
    ),
    "without glasses or a beard": ({"glasses": ["NONE"], "beard": ["NONE"]}, ()),
    "no glasses and a moustache": ({"glasses": ["NONE"], "beard": ["MOUSTACHE_FANCY"]}, ()),
    "not smiling": ({"mouth": ["DEFAULT", "SERIOUS", "SAD", "GRIMACE"]}, ()),
    "no hair": ({"hair": ["SIDES"]}, ()),
    "a beard or a moustache": ({"beard": [*BEARD, "MOUSTACHE_FANCY"]}, ()),
    "glasses, no glasses": ({"glasses": ["NONE"]}, ()),  # the later counts
    "a black man with a white hijab": ({"skin": ["BLACK"], "hair": ["HIJAB"], "clothes_color": ["WHITE"]}, ()),
    "dark brown hair": ({"hair_color": ["BROWN_DARK"]}, ()),
    "a purple dinosaur with blue eyes": ({}, ("dinosaur", "purple", "blue")),
    "戴墨镜、红色长发的女孩": (
        {"glasses": ["WAYFARERS", "SUNGLASSES"], "hair_color": ["RED"], "beard": ["NONE"],
         "hair": "BIG_HAIR BOB CURLY LONG_NOT_TOO_LONG MIA_WALLACE STRAIGHT_1 DREADLOCKS LOOSE_HAIR".split()},
        (),
    ),
    "没有胡子，戴圆框眼镜，微笑的老人": (
        {"beard": ["NONE"], "glasses": ["ROUND"], "mouth": SMILE, "hair_color": ["SILVER_GRAY", "PLATINUM"]},
        (),
    ),
    "黑人男孩，穿蓝色卫衣": ({"skin": ["BLACK"], "clothes": ["HOODIE"], "clothes_color": ["BLUE_01", "BLUE_03"]}, ()),
    "不戴眼镜的男人": ({"glasses": ["NONE"]}, ()),
    "紫色的恐龙": ({}, ("恐", "龙", "紫色")),
    "": ({}, ()),
}  # fmt: skip


@pytest.mark.parametrize("line", LINES)
def test_faces_in_words(line, faces):
    words = understand(line, faces)
    classes, unknown = LINES[line]
    assert {k: sorted(v) for k, v in words.classes.items()} == {k: sorted(v) for k, v in classes.items()}
    assert sorted(words.unknown) == sorted(unknown)


@pytest.mark.parametrize(
    ("line", "classes"),
    [
        ("a sneaker", {"class": ["Sneaker"]}),
        ("half coat, half dress", {"class": {"Coat": 0.5, "Dress": 0.5}}),
        ("半大衣半连衣裙", {"class": {"Coat": 0.5, "Dress": 0.5}}),
        ("sneakers or boots", {"class": ["Sneaker", "Ankle boot"]}),
        ("T-shirt/top", {"class": ["T-shirt/top"]}),
        ("一双运动鞋", {"class": ["Sneaker"]}),
        ("Ankle boots", {"class": ["Ankle boot"]}),
    ],
)
def test_clothes_in_words(line, classes, clothes):
    assert understand(line, clothes).classes == classes


def test_any_model_is_asked_by_the_names_of_its_own_classes():
    known = {"animal": {"Cat": 0.5, "Dog": 0.5}, "size": {"VERY_BIG": 1.0}}
    assert understand("two cats", known).classes == {"animal": ["Cat"]}
    assert understand("two cats", known).unknown == ("two",)


def test_a_chip_that_is_clicked_off_says_nothing(faces):
    words = understand("long red hair and sunglasses", faces)
    assert [chip.text for chip in words.chips] == ["long red hair", "sunglasses"]
    assert combine(words.chips[1:]) == {"glasses": ["WAYFARERS", "SUNGLASSES"]}


def test_what_is_no_line_is_refused(faces):
    for bad in (None, 3, ["a"], "x" * 501):
        with pytest.raises(UserError, match="at most 500"):
            understand(bad, faces)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_random_lines_are_understood_to_the_last_word(faces, clothes, language):
    lines = {by_chance(faces, seed, language) for seed in range(40)}
    assert len(lines) > 30
    for line in lines:
        words = understand(line, faces)
        assert not words.unknown and len(words.classes) >= 4, line
    for seed in range(20):
        words = understand(by_chance(clothes, seed, language), clothes)
        assert words.classes.keys() == {"class"} and not words.unknown
    assert by_chance({}, 1, language) == ""


def test_a_random_line_asks_for_the_same_in_both_languages(faces, clothes):
    for known in (faces, clothes):
        for seed in range(20):
            english, chinese = (understand(by_chance(known, seed, one), known).classes for one in ("en", "zh"))
            assert english == chinese, by_chance(known, seed)


def test_every_value_in_the_tables_is_one_that_some_model_has(faces, clothes):
    known = {**faces, **clothes}
    meanings = [*vocabulary.MEANT.values(), *vocabulary.ABSENT.values(), *(m for _, m in vocabulary.TERMS)]
    meanings += [meaning for _, _, meaning in vocabulary.PROPERTIES]
    for meaning in meanings:
        for attribute, values in meaning.items():
            assert set(values) <= set(known[attribute]), meaning
    things = {thing for names, _, _ in vocabulary.PROPERTIES for thing in names.split()}
    assert things | vocabulary.MEANT.keys() <= vocabulary.THINGS.keys()


def test_of_several_values_each_seed_chooses_one_by_their_shares():
    source = sampler.sampler(FACES, "dcgan")
    values = list(source.classes["glasses"])
    rows = source.conditions(0, 300, {"glasses": ["ROUND", "SUNGLASSES"]})
    place = sum(len(source.classes[a]) for a in ("skin", "hair", "hair_color"))
    counts = dict(zip(values, rows[:, place : place + len(values)].sum(0).tolist(), strict=True))
    assert counts["NONE"] == 0 and counts["ROUND"] + counts["SUNGLASSES"] == 300
    assert 100 < counts["ROUND"] < 200
    # What is left open is the same with and without the wish.
    assert rows[:, :place].equal(source.conditions(0, 300)[:, :place])
