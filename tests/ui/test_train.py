"""The Train tab in a browser: a run is started, watched, stepped, left alone, found again and used."""

import io
import re
import zipfile

import av
import numpy as np
import pytest
from PIL import Image, ImageOps
from playwright.sync_api import expect

from genimg.nn.adversarial import LOSSES
from genimg.studio import train
from genimg.ui import training

BIG, CAPTION = "#train-picture img", "#train-picture figcaption"
expect.set_options(timeout=30_000)  # two cores train beside the browser
pytestmark = pytest.mark.own_page
SLOWLY = 120_000  # a process that imports torch on a busy machine


@pytest.fixture
def tab(page, open_tab):
    open_tab("Train")
    expect(page.locator(BIG)).to_be_visible(timeout=SLOWLY)  # it never opens empty
    yield page
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.outside == [] and page.broken == []


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    for i in range(24):
        values = np.random.default_rng(i).integers(0, 256, (20, 24, 3), dtype=np.uint8)
        Image.fromarray(values).save(folder / f"{i}.png")
    (folder / "notes.png").write_text("no picture")
    return sorted(folder.iterdir())


def step(page):
    return int(re.sub(r"\D", "", page.locator(CAPTION).inner_text()) or 0)


def status(page):
    return page.locator(".gi-status:visible").first


def begin(page, pictures):
    page.locator("#train-choose > button").click()
    page.get_by_label("Your own pictures").check()
    page.locator("#train-files input[type=file]").set_input_files(pictures)
    expect(page.locator("#train-files").get_by_role("cell", name="notes.png").first).to_be_attached()
    page.locator("#train-go").click()


@pytest.mark.wide
def test_a_run_is_watched_stepped_left_found_and_used(tab, open_tab, see, pictures):
    begin(tab, pictures)
    expect(tab.get_by_text("24 pictures; 1 could not be read and are left out (notes.png).").first).to_be_visible()
    expect(tab.locator(CAPTION)).to_be_visible(timeout=SLOWLY)
    before = tab.locator(BIG).get_attribute("src")
    tab.wait_for_function("([s, old]) => document.querySelector(s).src !== old", arg=[BIG, before])  # by itself
    for name in ("real", "fake", "gradient"):
        expect(tab.locator(f"#train-{name} img")).to_be_visible()
    expect(tab.locator("#train-losses polyline")).to_have_count(2)
    expect(tab.locator("#train-logits rect").first).to_be_attached()
    expect(status(tab)).to_contain_text(re.compile(r"step \d+ · \d+ images/s · \d+:\d\d left"))

    tab.locator("#train-pause").click()
    expect(tab.locator("#train-play")).to_be_enabled()
    at = step(tab)
    tab.wait_for_timeout(1500)
    assert step(tab) == at  # it stands still
    for name in ("discriminator", "generator"):
        tab.locator(f"#train-{name}").click()
        at += 1
        expect(tab.locator(CAPTION)).to_have_text(f"step {at}")

    tab.reload()  # the run is the server's, and the address leads back to it
    expect(tab.locator(CAPTION)).to_have_text(f"step {at}")
    expect(tab.get_by_role("radio", name=re.compile("^paused · gan on own, 16 px"))).to_be_checked()
    tab.locator("#train-play").click()
    expect(tab.locator("#train-pause")).to_be_enabled()
    tab.wait_for_function("([s, at]) => +document.querySelector(s).innerText.match(/\\d+/) > at", arg=[CAPTION, at])

    tab.locator("#train-stop").click()
    expect(tab.locator("#train-use")).to_be_visible(timeout=SLOWLY)
    last = tab.locator(BIG).get_attribute("src")
    tab.locator("#train-place input[type=range]").press("Home")
    expect(tab.locator(CAPTION)).to_have_text("step 1")
    assert tab.locator(BIG).get_attribute("src") != last
    for kind in ("gif", "mp4"):
        with tab.expect_download() as caught:
            tab.locator(f"#train-{kind}").click()
        with av.open(str(caught.value.path())) as film:
            assert sum(1 for _ in film.decode(video=0)) > 5
    with tab.expect_download() as caught:
        tab.locator("#train-take").click()
    assert caught.value.suggested_filename.endswith("-gan.zip")

    named = tab.locator("#train-called input, #train-called textarea").first
    expect(named).to_have_attribute("placeholder", "own-gan")  # what it is called if one says nothing
    named.fill("generate ../x")
    tab.locator("#train-use").click()
    expect(tab.get_by_text("A name has 2 to 40 small letters").first).to_be_visible()
    named.fill("mine-own")
    tab.locator("#train-use").click()
    expect(status(tab)).to_contain_text("mine-own is now in the menus")
    open_tab("Generate")
    before = tab.locator("#generate-picture img").get_attribute("src")
    tab.get_by_label("Model").locator("visible=true").first.click()
    tab.get_by_role("option", name="mine-own").click()
    tab.wait_for_function("([s, old]) => document.querySelector(s).src !== old", arg=["#generate-picture img", before])

    open_tab("Train")
    tab.locator("#train-delete").click()
    tab.locator("#train-no").click()
    expect(tab.locator("#train-yes")).to_be_hidden()
    tab.locator("#train-delete").click()
    tab.locator("#train-yes").click()
    expect(tab.get_by_role("radio", name=re.compile("gan on own"))).to_have_count(0)
    pairs_are_learned_and_drawn_with(tab, open_tab, see, pictures)


def pairs_are_learned_and_drawn_with(tab, open_tab, see, pictures):
    """A zip of pairs becomes a model of the Draw tab: here, in the page that the test above has opened."""
    tab.locator("#train-choose > button").click()
    tab.locator("#train-kind").get_by_label("pix2pix").check()
    tab.get_by_label("Your own pictures").check()
    expect(tab.get_by_text("pairs: a zip of the folders input and target")).to_be_visible()
    tab.locator("#train-files input[type=file]").set_input_files(pictures[0])  # there is nothing to pair it by
    expect(tab.locator("#train-files").get_by_role("cell", name=pictures[0].name).first).to_be_attached()
    tab.locator("#train-go").click()
    expect(tab.get_by_text("no file in a folder named input: send a zip").first).to_be_visible()
    tab.locator("#train-files").get_by_label("Clear").click()
    tab.locator("#train-files input[type=file]").set_input_files(paired(pictures))
    expect(tab.locator("#train-files").get_by_role("cell", name="pairs.zip").first).to_be_attached()
    tab.locator("#train-go").click()
    expect(tab.get_by_text("24 pairs; 1 could not be paired and are left out (lonely).").first).to_be_visible()
    expect(tab.locator(CAPTION)).to_contain_text("what is given, what is painted", timeout=SLOWLY)
    tab.wait_for_function("s => +document.querySelector(s).innerText.match(/\\d+/) >= 20", arg=CAPTION)
    shown = see(BIG)
    assert shown.shape == (128, 192, 3)  # eight times sketch, picture and target, of 32 px
    given, made, wanted = shown[:32, :32], shown[:32, 32:64], shown[:32, 64:96]
    assert abs(given.mean() + wanted.mean() - 255) < 8 and abs(made - given).mean() > 4
    tab.locator("#train-stop").click()
    expect(tab.locator("#train-use")).to_be_visible(timeout=SLOWLY)
    tab.locator("#train-called input, #train-called textarea").first.fill("mine-pairs")
    tab.locator("#train-use").click()
    expect(status(tab)).to_contain_text("mine-pairs is now in the menus")

    open_tab("Draw")
    drawn, sheet = "#draw-picture img", tab.locator("#draw-sketch canvas")
    tab.locator(f"{drawn}[src]").wait_for()
    face = sheet.evaluate("canvas => canvas.toDataURL()")
    tab.locator("#draw-model input").click()
    tab.get_by_role("option", name="mine-pairs").click()
    tab.wait_for_function(
        "([s, old]) => document.querySelector(s).toDataURL() !== old", arg=["#draw-sketch canvas", face]
    )
    expect(tab.locator("#draw-picture")).to_have_attribute("aria-busy", "false")
    seen = [see(drawn)]
    box = sheet.bounding_box()
    tab.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.5 * box["height"])
    tab.mouse.down()
    tab.mouse.move(box["x"] + 0.7 * box["width"], box["y"] + 0.5 * box["height"], steps=5)
    tab.mouse.up()
    for file in (None, pictures[0]):
        if file:
            tab.locator("#draw-sketch input[type=file]").set_input_files(file)
        tab.wait_for_function(
            """([s, old]) => document.querySelector(`${s} img`).src !== old
                && document.querySelector(s).ariaBusy === 'false'""",
            arg=["#draw-picture", tab.locator(drawn).get_attribute("src")],
        )
        seen.append(see(drawn))
        assert np.abs(seen[-1] - seen[-2]).mean() > 0.2 and not tab.locator("#draw-stage .gi-wrong").count()


def paired(pictures):
    """A zip of pairs: the pictures at 32 px, and what their negatives are; and one input alone."""
    file = pictures[0].parent.with_name("pairs.zip")
    with zipfile.ZipFile(file, "w") as archive:
        for path in pictures[:-1]:
            for side in ("input", "target"):
                picture = Image.open(path).convert("RGB").resize((40, 40))
                content = io.BytesIO()
                (picture if side == "input" else ImageOps.invert(picture)).save(content, "PNG")
                archive.writestr(f"{side}/{path.name}", content.getvalue())
        archive.writestr("input/lonely.png", content.getvalue())
    return file


def test_each_recipe_is_asked_for_what_it_has():
    usual = {item.name: item.usual for group in (training.WHAT, training.HOW) for one in group for item in one.all()}
    offered = {}
    for kind in train.kinds():
        for loss in LOSSES:
            values = usual | training.suggested(kind) | {"kind": kind, "loss": loss}
            offered[kind, loss] = train.plan(**training.asked(values, values))["settings"].keys()
    assert "gamma" in offered["gan", "relativistic"] and "gamma" not in offered["gan", "hinge"]
    assert "loss" in offered["mlp", "hinge"] and "loss" not in offered["vae", "hinge"]
    assert "kl_weight" in offered["vae", "bce"] and "kl_weight" not in offered["cnn", "bce"]


@pytest.mark.wide
def test_choices_follow_the_recipe_and_bad_ones_are_a_sentence(tab, pictures):
    tab.locator("#train-choose > button").click()
    fields_follow_the_recipe(tab)
    tab.get_by_label("Your own pictures").check()
    tab.locator("#train-go").click()
    expect(tab.get_by_text("Choose some pictures first").first).to_be_visible()
    tab.locator("#train-files input[type=file]").set_input_files(pictures[:1])
    expect(tab.locator("#train-files").get_by_role("cell", name=pictures[0].name).first).to_be_attached()
    tab.locator("#train-go").click()
    expect(tab.get_by_text("there is one picture").first).to_be_visible()


def fields_follow_the_recipe(tab):
    """What a recipe does not have is not seen, and each begins with what suits it."""
    settings = tab.locator(".gi-fold > summary", has_text="Settings")  # Gradio's footer has that word too
    settings.click()
    loss, gamma, weight = (tab.locator(f"#train-{name}") for name in ("loss", "gamma", "kl_weight"))
    kind, size, batch = tab.locator("#train-kind"), tab.locator("#train-size"), tab.locator("#train-batch_size input")
    for shown, hidden in ((loss, weight), (gamma, weight)):
        expect(shown).to_be_visible()
        expect(hidden).to_be_hidden()
    gamma.get_by_role("spinbutton").fill("7")
    loss.get_by_label("hinge").check()
    expect(gamma).to_be_hidden()
    kind.get_by_label("Fully connected GAN").check()
    expect(loss.get_by_label("textbook")).to_be_checked()
    kind.get_by_label("Variational autoencoder").check()
    expect(weight).to_be_visible()
    expect(loss).to_be_hidden()
    kind.get_by_label("pix2pix").check()
    expect(size.get_by_label("32 px")).to_be_checked()
    expect(batch).to_have_value("16")
    size.get_by_label("64 px").check()
    kind.get_by_label("GAN", exact=True).check()
    expect(size.get_by_label("16 px")).to_be_checked()
    expect(gamma.get_by_role("spinbutton")).to_have_value("1")
    expect(batch).to_have_value("64")
    settings.click()
    size.get_by_label("64 px").check()
    tab.locator("#train-warm input").click()
    expect(tab.get_by_role("option", name="avatars-dcgan", exact=True)).to_be_visible()
    tab.keyboard.press("Escape")
    size.get_by_label("16 px").check()
