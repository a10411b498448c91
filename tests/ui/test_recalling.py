"""A picture that was made here brings back what made it: its tab, its controls, and the same bytes."""

import base64
import inspect
import io
import json
from collections import deque
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin
from playwright.sync_api import expect

from genimg.core import recipes
from genimg.core.errors import UserError
from genimg.core.images import encode, finished, open_image
from genimg.core.recipes import Recipe, Source
from genimg.studio import again, art, edit, enlarge, examples, remix, repair, restore, steering, texture
from genimg.studio import style as studio
from genimg.studio.again import OPERATIONS
from genimg.ui import controls as ui
from genimg.ui import recalling
from genimg.ui.parts.canvas import coded
from genimg.ui.parts.component import Panel
from genimg.ui.tabs import art as art_tab
from genimg.ui.tabs import edit as edit_tab
from genimg.ui.tabs import remix as remix_tab
from genimg.ui.tabs import style as style_tab
from genimg.ui.tabs import texture as texture_tab


def file_of(content):
    """What a picture's own file says of it."""
    return recipes.parse(open_image(content, alpha=True).info[recipes.SOURCE])


@pytest.fixture
def board(built):
    """Return what all panels of a tab hold after a recipe's values were put into them, checked as a request's are."""

    def of(told):
        values = {}
        for one in built.blocks.values():
            if isinstance(one, Panel) and one.called == told["prefix"]:
                values |= one.preprocess({name: v for name, v in told["values"].items() if name in one.controls})
        return values

    return of


def last(steps):
    return deque(steps, 1).pop()


def remade():
    """A picture that was made here, and kept as a JPEG."""
    return open_image(encode(art.make("perlin", seed=3, width=96, height=64), "JPEG", quality=80))


def edited(values, image):
    sheet = edit_tab._told(image, {"comparing": False}, values)[0]
    saving = {"format": "PNG", "quality": 92, "notes": True}
    return Path(edit_tab._saved(image, sheet, saving)[0]["path"]).read_bytes()


def painted(values, content, style):
    asked = {name: values[name] for name in inspect.signature(studio.stylize).parameters if name in values}
    return encode(style_tab._painted(ui.Turn(), {"comparing": False}, content, style, None, asked, {})[0])


PANES = art.check_parameters("glass", {"panes": 9})
OPS = [{"op": "flip", "axis": "horizontal"}, {"op": "gamma", "value": 1.5}]
# What a service makes, and what its tab then makes of the values that came back and of the pictures in its boxes.
ROUND = {
    "art": (
        lambda: art.make("glass", seed=4, width=320, height=256, palette="Lagoon", parameters=PANES),
        lambda values: Path(art_tab._saved(values, values)["path"]).read_bytes(),
    ),
    "edit": (
        lambda: edit.edit(remade(), OPS),
        lambda values, image: edited(values, image),
    ),
    "stylize": (
        lambda: studio.stylize(remade(), examples.style("Mosaic"), size=256, strength=0.4, brush=1.5),
        lambda values, **pictures: painted(values, **pictures),
    ),
    "remix": (
        lambda: finished(last(remix.remix(remade(), mode="reshape", shape=1.5, size=128, seed=3))),
        lambda values, photo: encode(last(remix_tab._remix(ui.Turn(), photo, None, values))[2]),
    ),
    "quilt": (
        lambda: finished(last(texture.quilt(remade(), width=160, height=128, sample=48, block=16, seed=2))),
        lambda values, exemplar: encode(last(texture_tab._quilt(ui.Turn(), exemplar, values, values))[2]),
    ),
}


@pytest.mark.parametrize("operation", ROUND)
def test_a_recipe_becomes_values_and_files_and_those_the_same_bytes(built, board, operation):
    make, tab = ROUND[operation]
    content = encode(make())
    told = recalling.answer(built, file_of(content))
    assert told["said"] == "" and told["missing"] == {}
    place = recalling.PLACES[operation]
    boxes = {box: name for name, (box, _) in place.uploads.items()}
    pictures = {
        boxes[box]: open_image(base64.b64decode(one["file"].partition(",")[2])) for box, one in told["files"].items()
    }
    assert tab(board(told), **pictures) == content


@pytest.mark.parametrize("kind", ["webp", "jpeg", "png"])
def test_what_the_page_shows_says_how_it_was_made(kind, tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    made = art.make("glass", seed=4, width=96)
    shown = ui.SafeImage(format=kind).postprocess(made)
    content = Path(shown.path).read_bytes()
    assert file_of(content).parameters["seed"] == 4
    assert encode(again.again(file_of(content)), kind.upper(), quality=80) == content  # the very same picture


@pytest.mark.parametrize(("side", "format"), [(96, None), (256, "WEBP")])  # a larger one loses something
def test_what_a_canvas_shows_says_how_it_was_made(side, format):
    content = base64.b64decode(coded(art.make("glass", seed=4, width=side), effort=4).partition(",")[2])
    recipe = file_of(content)
    made = again.again(recipe)
    made = open_image(encode(made, format, quality=recipe.quality)) if format else made
    assert recipe.format == format and made.tobytes() == open_image(content).tobytes()


def test_every_place_is_there(built):
    """What the table names is on the page, and every operation that a tab makes is in it."""
    ids = {one.elem_id for one in built.blocks.values() if getattr(one, "elem_id", None)}
    panels = [one for one in built.blocks.values() if isinstance(one, Panel)]
    for operation, place in recalling.PLACES.items():
        prefix = place.prefix or place.tab
        own = [one for one in panels if one.called == prefix]
        assert {box for box, _ in place.uploads.values()} | ({place.part} if place.part else set()) <= ids, operation
        assert place.press.removeprefix(f"{prefix}-") in ["", *(name for one in own for name in one.pressable)], (
            operation
        )
        assert any(place.event in ("input", *one.acts) for one in own), operation
    assert OPERATIONS.keys() - recalling.PLACES.keys() - set(recalling.CANVASES) == {
        "comparison",
        "draw",
        "grid",
        "mix",
        "life",
        "variations",
    }


def test_what_is_missing_is_named_and_the_controls_come_back(built):
    photo = Image.effect_noise((40, 30), 50).convert("RGB")
    photo.info[recipes.NAME] = "holiday"
    told = recalling.answer(built, recipes.of(edit.edit(photo, OPS)))
    said = "Put “holiday” into the box “Your photo”: it was made of that picture."
    assert told["missing"] == {"edit-source": {"name": "holiday", "said": said}} and told["said"] == ""
    assert (told["files"], told["values"]) == ({}, {"operations": OPS})
    photo.info.clear()
    told = recalling.answer(built, recipes.of(restore.restore(photo, method="deblur", blur=2)[0]))
    assert told["missing"]["repair-photo"]["said"] == "Put the picture that it was made of into the box “Your picture”."
    assert told["values"] == {"kind-of-all": "deblur", "strength": 1.0, "blur": 2, "quality": 0}


def test_strokes_times_and_another_picture_that_is_not_used(built):
    strokes = [{"kind": "damage", "width": 0.2, "points": [[0.5, 0.5]]}]
    told = recalling.answer(built, recipes.of(repair.fill(remade(), json.dumps(strokes), method="telea")))
    assert told["strokes"] == json.dumps(strokes) and told["values"]["method"] == "telea"
    assert told["files"]["repair-photo"]["name"] == "picture.jpeg"
    strokes = json.dumps([{"kind": "keep", "width": 0.2, "points": [[0.5, 0.5]]}])
    asked = {"strokes": strokes, "softness": 0, "background": "colour", "colour": "#102030", "person": True}
    told = recalling.answer(built, Recipe("cutout", asked, (96, 64), {"photo": recipes.source(remade())}))
    assert (told["first"], told["strokes"], told["emptied"]) == ("cutout-person", strokes, ["cutout-picture"])
    assert told["values"] == {"softness": 0, "background": "colour", "colour": "#102030"}
    told = recalling.answer(built, last(enlarge.magnify(remade(), times=3, kind="photo")).recipe)
    assert told["values"] == {"times": "3", "kind": "photo"}
    told = recalling.answer(built, recipes.of(studio.stylize(remade(), examples.style("Mosaic"), size=256)))
    assert told["emptied"] == ["style-second"] and {*told["files"]} == {"style-photo", "style-painting"}


def test_a_drawn_picture_tells_its_canvas(built, small):
    asked = {"model": "small-vae", "seed": 7, "truncation": 0.8, "amounts": [1.5], "numbers": {"3": 0.25}}
    told = recalling.answer(built, recipes.of(steering.picture(**asked)))
    assert (told["tab"], told["part"]) == ("vae", "vae-sample")
    assert (told["canvas"]["model"], told["canvas"]["seed"]) == ("small-vae", 7)
    assert told["canvas"]["state"]["numbers"] == {"3": 0.25} and told["canvas"]["state"]["amounts"] == [1.5]
    with pytest.raises(UserError, match="Direction 1 must be a number from"):
        recalling.answer(built, Recipe("generate", asked | {"amounts": [1e9]}, (8, 8)))


@pytest.mark.parametrize(
    "recipe, words",
    [
        (Recipe("os:system", {}, (8, 8)), "Nothing here is called 'os:system'"),
        (Recipe("life", {"name": "nca-brick"}, (8, 8)), "The page cannot bring back life yet; the shell's command"),
        (Recipe("art", {"method": "<b>"}, (8, 8)), "This picture's recipe is damaged"),
        (Recipe("art", {"method": "glass", "parameters": 3}, (8, 8)), "This picture's recipe is damaged"),
        (Recipe("art", {"method": "glass", "width": 1e99}, (8, 8)), "Width must be"),
        (Recipe("edit", {"operations": {"op": []}}, (8, 8), {"image": Source("0")}), "operations must be a list"),
        (Recipe("repair", {"strokes": "[["}, (8, 8), {"picture": Source("0")}), "The strokes could not be read"),
        (Recipe("repair", {}, (8, 8), {"picture": Source("0"), "mask": Source("0")}), "No box of the page takes the m"),
    ],
)  # fmt: skip
def test_what_cannot_come_back_is_a_sentence(built, recipe, words):
    with pytest.raises(UserError, match=words):
        recalling.answer(built, recipe)


DROP = """([text, name, at]) => {
    const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0)), bag = new DataTransfer();
    bag.items.add(new File([bytes], name, {type: 'image/png'}));
    for (const kind of ['dragover', 'drop']) {
        const event = new DragEvent(kind, {bubbles: true, cancelable: true, dataTransfer: bag});
        document.querySelector(at).dispatchEvent(event);
    }
}"""


def drop(page, content, at="h1"):
    page.evaluate(DROP, [base64.b64encode(content).decode(), "made.png", at])


def told(page):
    """Wait until the page has done what a dropped file asks for, and return what it says of it."""
    page.wait_for_function(
        "!/One moment/.test(document.querySelector('.gi-told')?.textContent ?? 'One moment')", timeout=90_000
    )
    return page.locator(".gi-told p").text_content()


def saved(page, button):
    page.locator(button).scroll_into_view_if_needed()
    with page.expect_download(timeout=60_000) as download:
        page.locator(button).click()
    return Path(download.value.path()).read_bytes()


@pytest.mark.wide
@pytest.mark.own_page
def test_two_downloads_bring_their_tabs_back(page, open_tab, eventually, see, contexts, width, app_url):
    from tests.ui.conftest import _opened

    open_tab("Art")
    page.locator("#art-result img").wait_for()
    page.locator("#art-method .thumbnail-item").nth(3).click()
    page.locator("#art-width input[type=number]").fill("640")
    page.locator("#art-seed input[type=number]").fill("77")
    eventually(lambda: "seed 77" in page.locator("#art-page .gi-status").first.inner_text())
    drawn = saved(page, "#art-save")
    open_tab("Edit")
    page.locator("#edit-result img").wait_for()
    page.locator("#edit-examples .thumbnail-item").nth(1).click()
    eventually(lambda: see("#edit-result img").shape == (300, 451, 3))
    page.wait_for_timeout(500)  # a hand is not that quick
    page.locator("#edit-contrast\\.factor input[type=number]").fill("1.5")
    eventually(lambda: "contrast" in page.locator("#edit-list").text_content())
    page.locator("#edit-page-turn").click()
    page.locator("#edit-turn-left").click()
    eventually(lambda: see("#edit-result img").shape == (451, 300, 3))
    turned = saved(page, "#edit-save")
    assert file_of(turned).parameters["operations"][0] == {"op": "contrast", "factor": 1.5}

    fresh = _opened(contexts[width], app_url)
    try:
        drop(fresh, turned)
        assert told(fresh) == "" and fresh.evaluate("genimgTabs.current()") == "edit"
        expect(fresh.locator("#edit-contrast\\.factor input[type=number]")).to_have_value("1.5")
        assert saved(fresh, "#edit-save") == turned
        # The other one by the header's button, and by keys.
        button = fresh.get_by_role("button", name="Open a picture made here")
        with fresh.expect_file_chooser() as chooser:
            button.press("Enter")
        chooser.value.set_files({"name": "art.png", "mimeType": "image/png", "buffer": drawn})
        fresh.wait_for_function("genimgTabs.current() === 'art'")
        assert told(fresh) == ""
        expect(fresh.locator("#art-width input[type=number]")).to_have_value("640")
        assert saved(fresh, "#art-save") == drawn
        assert fresh.evaluate("document.documentElement.scrollWidth - innerWidth") <= 1
        assert fresh.broken == [] and fresh.outside == []
    finally:
        fresh.close()


@pytest.mark.wide
@pytest.mark.own_page
def test_foreign_and_hostile_files_are_one_sentence_and_change_nothing(page, open_tab, eventually):
    open_tab("Art")
    page.locator("#art-seed input[type=number]").fill("5")
    eventually(lambda: "seed 5" in page.locator("#art-page .gi-status").first.inner_text())
    before = page.locator("#art-result img").get_attribute("src")

    def png(**texts):
        info, buffer = PngImagePlugin.PngInfo(), io.BytesIO()
        for key, text in texts.items():
            info.add_text(key, text)
        Image.new("RGB", (8, 8)).save(buffer, "PNG", pnginfo=info)
        return buffer.getvalue()

    script = {"genimg": 1, "operation": "<img src=x onerror=document.title='hit'>", "parameters": {}, "size": [8, 8]}
    for content, words in (
        (png(), "does not say how it was made"),
        (b"just some text", "not a picture that can be read here"),
        (png(genimg="{"), "no recipe of genimg"),
        (png(genimg='{"genimg": 9}'), "has version 9"),
        (png(genimg=json.dumps(script)), "Nothing here is called"),
    ):
        drop(page, content)
        eventually(lambda words=words: words in page.locator(".gi-told p").text_content())
        assert page.locator(".gi-told [role=alert]").count() == 1
    assert page.locator(".gi-told img").count() == 0 and page.title() != "hit"
    page.locator(".gi-told button").click()
    expect(page.locator(".gi-told")).to_be_hidden()
    assert page.evaluate("genimgTabs.current()") == "art"
    assert page.locator("#art-result img").get_attribute("src") == before
    assert page.locator("#art-seed input[type=number]").input_value() == "5"
    # What falls into a tab's own box is an ordinary upload.
    open_tab("Enlarge")
    page.locator("#enlarge-both img").first.wait_for()
    one = page.locator("#enlarge-photo img").get_attribute("src")
    drop(page, encode(art.make("glass", seed=1, width=64)), "#enlarge-photo [aria-dropeffect=copy]")
    eventually(lambda: page.locator("#enlarge-photo img").get_attribute("src") != one)
    assert page.evaluate("genimgTabs.current()") == "enlarge"
    assert page.broken == [] and page.outside == []
