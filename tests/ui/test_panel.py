"""Panels: what a table of values may hold, and what hands, keys and answers do to it in a browser."""

import time

import gradio as gr
import pytest
from PIL import Image
from playwright.sync_api import expect

from genimg.core.errors import UserError
from genimg.ui import controls as ui
from genimg.ui.app import launch
from genimg.ui.parts import panel
from genimg.ui.parts.component import Panel
from genimg.ui.shell.safety import SafeBlocks

PICTURES = {"Gravel": Image.new("RGB", (40, 20), "red"), "Bark": Image.new("RGB", (20, 40), "green")}


def items():
    return [
        panel.shelf("examples", "Examples", lambda: PICTURES),
        panel.shelf("method", "Method", lambda: PICTURES, usual="Gravel"),
        panel.slider("strength", "Strength", 0, 1, 0.5, step=0.05, info="How much."),
        panel.number("amount", "Amount", 3, 0, 99),
        panel.number("rate", "Rate", None, 1e-6, 1, step=1e-6),
        panel.choice("way", "Way", {"spherical": "round", "linear": "straight"}, "linear"),
        panel.check("tile", "Tileable", when={"way": "spherical"}),
        panel.colour("ink", "Ink", "#102030"),
        panel.tabs(
            "page", "Pages", panel.page("one", "One", panel.seed()), panel.page("two", "Two", panel.note("words"))
        ),
        panel.button("go", "Go", primary=True),
    ]  # fmt: skip


@pytest.fixture(scope="module")
def made():
    with SafeBlocks(analytics_enabled=False):
        return Panel("test", items())


def test_what_is_left_out_is_as_usual_and_what_was_picked_is_a_picture(made):
    usual = made.preprocess(None)
    assert usual == made.preprocess({}) == {
        "examples": None, "method": "Gravel", "strength": 0.5, "amount": 3, "rate": None,
        "way": "linear", "tile": False, "ink": "#102030", "page": "one", "seed": 0, "pressed": None,
    }  # fmt: skip
    told = made.preprocess({"strength": 1, "examples": "Bark", "pressed": "examples", "tile": True})
    assert told["strength"] == 1 and told["tile"] is True and told["examples"] is PICTURES["Bark"]
    assert usual["strength"] == made.preprocess({})["strength"] == 0.5  # nobody has the usual values to himself


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ("x", "come as a table, got 'x'"),
        ([1], "come as a table"),
        (True, "come as a table"),
        ({"nope": 1}, "no control that is called 'nope'"),
        ({7: 1}, "no control that is called 7"),
        ({"strength": float("nan")}, "Strength must be a number from 0 to 1, got nan"),
        ({"strength": 1.01}, "Strength must be a number from 0 to 1, got 1.01"),
        ({"strength": "1"}, "Strength must be a number"),
        ({"strength": None}, "Strength must be a number"),
        ({"amount": True}, "Amount must be a number"),
        ({"rate": ""}, "Rate must be a number from 1e-06 to 1, got ''"),
        ({"amount": 10**400}, "Amount must be a number"),
        ({"way": ["linear"]}, "Way must be one of spherical, linear; got"),
        ({"tile": 1}, "Tileable must be true or false, got 1"),
        ({"ink": "red; x"}, "Ink must be a colour such as #ffffff"),
        ({"page": "three"}, "Pages must be one of one, two"),
        ({"examples": "Wood"}, "not there any more"),
        ({"examples": 0}, "not there any more"),
        ({"examples": ["Bark"]}, "not there any more"),
        ({"method": None}, "not there any more"),
        ({"pressed": "tile"}, "which button was pressed"),
        ({"pressed": {}}, "which button was pressed"),
    ],
    ids=repr,
)
def test_what_cannot_be_a_value_is_a_sentence(made, values, words):
    with pytest.raises(UserError) as caught:
        made.preprocess(values)
    assert words in str(caught.value)


def test_only_what_is_there_can_be_set_or_listened_to(made):
    told = made.postprocess({"strength": 0.1})
    assert told.pop("seen") > 0 and told == {"strength": 0.1}
    with pytest.raises(KeyError):
        made.postprocess({"strenght": 0.1})
    with pytest.raises(KeyError):
        made.on("stop")


@pytest.fixture
def board(browser, port, tmp_path, monkeypatch):
    """A page with a panel, which says what it was last told, and slowly brings amounts above 50 down to 50."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))

    def said(values):
        time.sleep(0.3)
        asked = {name: value for name, value in values.items() if name not in ("examples", "method", "ink", "page")}
        return str(asked), {"amount": min(values["amount"], 50)}

    def pressed(values):
        return f"went from {values['strength']}", {"strength": 1, "way": "spherical", "amount": 7}

    def build():
        with SafeBlocks(analytics_enabled=False) as demo:
            made, line = Panel("test", items()), gr.HTML(elem_id="line")
            Panel("test", [panel.check("more", "More", when={"way": "spherical"})])
            made.input(ui.guard(said), made, [line, made], **ui.LIVE)
            made.on("go")(ui.guard(pressed), made, [line, made], **ui.LIVE)
            made.on("examples")(ui.guard(lambda values: str(values["examples"].size)), made, line, **ui.LIVE)
        return demo.queue(api_open=False)

    app, url, _ = launch(build, server_port=port, prevent_thread_lock=True, quiet=True)
    page = browser.new_page(locale="en-US")
    page.goto(url)
    page.locator("#test-examples img").nth(1).wait_for()
    yield page
    page.close()
    app.blocks.close()


def test_hands_keys_and_answers(board):
    line = board.locator("#line")
    slider = board.get_by_role("slider", name="Strength")
    slider.focus()
    for _ in range(3):
        slider.press("ArrowRight")
    expect(line).to_contain_text("'strength': 0.65")
    expect(slider).to_have_accessible_description("How much.")
    board.get_by_role("button", name="Back to 0.5").click()
    expect(line).to_contain_text("'strength': 0.5,")
    expect(board.get_by_role("button", name="Back to 0.5")).to_be_hidden()
    typed = board.locator("#test-strength input[type=number]")
    typed.fill("0.33")
    typed.press("Enter")
    expect(line).to_contain_text("'strength': 0.35")  # on a step
    typed.fill("7")
    expect(typed).to_have_attribute("aria-invalid", "true")
    typed.press("Enter")
    expect(typed).to_have_value("1")

    amount = board.get_by_label("Amount", exact=True)
    amount.press("ControlOrMeta+a")
    amount.press_sequentially("12345", delay=60)  # answers come while it is typed, and take no key away
    expect(amount).to_have_value("12345")
    amount.press("Tab")
    expect(amount).to_have_value("50")

    rate = board.get_by_label("Rate", exact=True)
    rate.fill("2")
    expect(rate).to_have_attribute("aria-invalid", "true")
    rate.fill("4e-5")
    expect(line).to_contain_text("'rate': 4e-05")
    rate.fill("")  # as it was
    expect(line).to_contain_text("'rate': None")
    expect(rate).to_have_attribute("aria-invalid", "false")

    more = board.get_by_label("More")  # in a panel beside it
    expect(board.get_by_label("Tileable")).to_be_hidden()
    expect(more).to_be_hidden()
    board.get_by_label("round").check()
    expect(more).to_be_visible()
    board.get_by_label("Tileable").check()
    expect(line).to_contain_text("'way': 'spherical', 'tile': True")
    board.get_by_label("straight").check()
    board.get_by_role("button", name="Go", exact=True).click()
    expect(line).to_have_text("went from 1")
    expect(board.get_by_label("round")).to_be_checked()
    expect(amount).to_have_value("7")

    board.locator("#test-examples").get_by_role("button", name="Bark").click()
    expect(line).to_have_text("(20, 40)")
    board.get_by_role("tab", name="Two").click()
    expect(board.get_by_text("words")).to_be_visible()
    expect(board.get_by_label("Seed")).to_be_hidden()
    assert board.locator("#test-examples img").first.evaluate(
        "(image) => [image.naturalWidth, image.naturalHeight]"
    ) == [40, 20]
