"""The frame around all tabs: their groups, the keys, and the way past both."""

import pytest
from playwright.sync_api import expect

from genimg.core.errors import UserError
from genimg.ui import app
from genimg.ui.tabs import generate, style, train


def current(page):
    return page.evaluate("genimgTabs.current()")


def test_tabs_come_in_groups_and_are_reached_by_keys(page, width, open_tab, eventually):
    open_tab("Generate")
    if width == "phone":
        groups, tabs = page.locator(".gi-groups button"), page.locator("#studio > .tab-wrapper [role=tab]:visible")
        assert groups.all_inner_texts() == ["Create", "Photo", "Understand", "Train"]
        tabs.filter(has_text="Art").click()
        groups.nth(1).click()
        expect(tabs).to_have_text(["Style", "Edit", "Cut-out", "Repair", "Remix", "Enlarge"])
        expect(groups.nth(1)).to_have_attribute("aria-current", "true")
        groups.nth(0).click()
        eventually(lambda: current(page) == "art")  # where one was in that group
        return
    headings = page.locator("#studio > .tab-wrapper [data-heading]")
    shown = headings.evaluate_all("all => all.map((one) => [one.dataset.heading, one.textContent.trim()])")
    assert shown == [["Create", "Generate"], ["Photo", "Style"], ["Understand", "VAE"]]
    page.get_by_role("tab", name="Generate", exact=True).press("ArrowRight")
    eventually(lambda: current(page) == "draw")
    assert "tab=draw" in page.url
    page.keyboard.press("ArrowRight")
    page.keyboard.press("End")  # the focus does not rest on Art, so that is not opened
    eventually(lambda: current(page) == "train")
    page.keyboard.press("ArrowRight")  # round to the first
    eventually(lambda: current(page) == "generate")
    assert page.locator("#studio > .tab-wrapper [role=tab][tabindex='0']").count() == 1

    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys")
    expect(keys.get_by_text("Dice: another picture")).to_be_visible()
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()
    page.locator(".gi-skip").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.matches('[role=tabpanel]')")
    assert page.broken == []


def test_a_page_of_chosen_tabs(monkeypatch):
    monkeypatch.setenv("GENIMG_TABS", " train,generate, style,")
    assert app.wanted() == [("Create", [generate]), ("Photo", [style]), ("Train", [train])]
    config = app.build_app().config
    assert sum(one["type"] == "tabitem" for one in config["components"]) == 3
    assert {"generate", "stylize"} <= {one["api_name"] for one in config["dependencies"]}
    monkeypatch.setenv("GENIMG_TABS", "style,nope")
    with pytest.raises(UserError, match="GENIMG_TABS names nope, which is no tab; there are: generate, "):
        app.build_app()
