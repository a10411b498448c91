"""The Texture tab in a real browser: quilts follow the controls, automata live, heal and reckon as torch does."""

import numpy as np
import pytest
import torch
from playwright.sync_api import expect

from genimg import checkpoints
from genimg.ui.nca import rule_html

RESULT = "#texture-result img"
# Some steps with all cells awake, by the engine of this name, or null where the browser has none.
RECKON = """([kind, side, steps, cells]) => {
  let engine;
  try { engine = kind === 'WebGL' ? new giLife.Card(true) : new giLife.Plain(); } catch (problem) { return null; }
  engine.side = side;
  engine.set(giLife.read(document.querySelector('#texture-rule [data-weights]')));
  engine.load(Float32Array.from(cells));
  engine.step(steps, true);
  return Array.from(engine.cells());
}"""


@pytest.fixture
def tab(page, open_tab):
    open_tab("Texture")
    expect(page.locator("#texture-status")).to_contain_text("seed 0", timeout=30_000)
    page.wait_for_selector(RESULT)
    return page


@pytest.mark.wide
def test_a_quilt_follows_the_controls_and_downloads(tab, see, changes):
    assert see(RESULT).shape == (512, 512, 3)
    changes(RESULT, lambda: tab.locator("#texture-source-examples button").first.click())
    expect(tab.locator("#texture-status")).to_contain_text("512 × 512")
    changes(RESULT, lambda: tab.get_by_label("Tileable").locator("visible=true").check())
    expect(tab.locator("#texture-status")).to_contain_text("512 × 512")
    picture = see(RESULT)
    steps = np.abs(np.diff(picture, axis=1)).mean((0, 2))  # a joint between bricks is one, at the border as elsewhere
    assert np.abs(picture[:, 0] - picture[:, -1]).mean() < steps.max()
    changes(RESULT, lambda: tab.locator("#texture-twice input").check())
    assert see(RESULT).shape == (1024, 1024, 3)
    with tab.expect_download() as download:
        tab.click("#texture-save")
    assert download.value.suggested_filename == "texture.png"
    assert tab.evaluate("document.documentElement.scrollWidth - innerWidth") <= 1
    assert not tab.broken and not tab.outside


@pytest.mark.wide
def test_an_automaton_lives_heals_and_reckons_as_torch_does(tab):
    tab.get_by_role("tab", name="Living", exact=True).click()
    tab.wait_for_function("window.giLife?.total > 3")
    seen = tab.evaluate("giLife.canvas().toDataURL()")
    tab.wait_for_function("seen => giLife.canvas().toDataURL() !== seen", arg=seen)

    tab.click("#texture-pause")
    # Grown without the clock, then a hole: its middle is at rest, and after some life no more.
    tab.evaluate("() => { while (giLife.engine.step(40) < 40); }")
    box = tab.locator("#texture-life canvas").bounding_box()
    middle = "() => { const c = giLife.engine.cells(), n = giLife.side; return Math.abs(c[(n * n + n) / 2 * 12]); }"
    tab.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert tab.evaluate(middle) == 0
    tab.evaluate("() => { while (giLife.engine.step(40) < 40); }")  # it stops early where it is slow
    assert tab.evaluate(middle) > 0.01

    rule = checkpoints.load(checkpoints.available("nca")[0].name)
    assert rule_html(rule, "x").split('data-weights="')[1][:200] in tab.inner_html("#texture-rule")
    side, steps = 12, 4
    cells = torch.rand(1, 12, side, side, generator=torch.Generator().manual_seed(0)) - 0.5
    with torch.no_grad():
        expected = rule(cells, torch.ones(steps, 1, 1, side, side)).permute(0, 2, 3, 1).flatten()
    given = cells.permute(0, 2, 3, 1).flatten().tolist()
    for kind in ("JavaScript", "WebGL"):
        found = tab.evaluate(RECKON, [kind, side, steps, given])
        if kind == "JavaScript" or found is not None:
            torch.testing.assert_close(torch.tensor(found), expected, rtol=1e-3, atol=1e-3)
    assert not tab.broken and not tab.outside
