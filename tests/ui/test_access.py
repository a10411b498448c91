"""Every tab, unfolded: axe-core finds no serious fault, and nothing is cut off on a phone."""

from axe_playwright_python.sync_playwright import Axe

from genimg.ui.app import TABS
from genimg.ui.frame import key

WAITING = [[".empty"]]  # Gradio's own sign that a picture is still to come has a label that axe does not like
ONLY = {"resultTypes": ["violations"], "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
UNFOLD = """() => document.querySelectorAll('.label-wrap:not(.open), .gi-fold:not([open]) > summary')
  .forEach((one) => one.offsetParent && one.click())"""
CUT = """() => {
  const cut = ({width, left, right}) => width && (left < -1 || right > innerWidth + 1);
  return [...document.querySelectorAll('#studio :is(button, label, label > span, input, p, small, img, .katex-html)')]
    .filter((one) => one.offsetParent && !one.closest('.gi-send') && cut(one.getBoundingClientRect()))
    .map((one) => one.id || one.innerText || one.outerHTML.slice(0, 80));
}"""


def test_every_tab_is_in_reach_of_everyone(page, width, open_tab):
    wide, faults = width == "desktop", []
    page.evaluate("dark => document.body.classList.toggle('dark', dark)", wide)  # where white on a colour is faintest
    for tab in TABS:
        name = tab.TITLE.key
        open_tab(name)
        page.evaluate(UNFOLD)
        page.wait_for_timeout(300)  # what is unfolded is put together
        place = {"include": [[f"#{key(tab)}-page"], *([["#frame"]] if tab is TABS[0] else [])], "exclude": WAITING}
        found = Axe().run(page, context=place, options=ONLY).response["violations"] if wide else []
        faults += [
            (name, one["id"], node["target"], node["failureSummary"])
            for one in found
            if one["impact"] in ("serious", "critical")
            for node in one["nodes"]
        ]
        faults += [(name, "cut off", words) for words in page.evaluate(CUT)]
    page.evaluate("document.body.classList.remove('dark')")
    assert not faults
    assert page.broken == []
