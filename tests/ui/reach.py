"""What a tab must be for everyone: axe-core finds no serious fault, and nothing is cut off on a phone."""

from axe_playwright_python.sync_playwright import Axe

# Of Gradio's own: its sign that a picture is still to come has a label that axe does not like, and its box for files an
# input inside a button.
GIVEN = [[".empty"], ["button[aria-label='common.upload']"]]
ONLY = {"resultTypes": ["violations"], "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
# Unfolds all that is folded, and returns what folds it again.
UNFOLD = """() => {
  const folds = document.querySelectorAll('.label-wrap:not(.open), .gi-fold:not([open]) > summary');
  const shown = [...folds].filter((one) => one.offsetParent);
  const click = () => shown.forEach((one) => one.click());
  click();
  return click;
}"""
CUT = """() => {
  const cut = ({width, left, right}) => width && (left < -1 || right > innerWidth + 1);
  return [...document.querySelectorAll('#studio :is(button, label, label > span, input, p, small, img, .katex-html)')]
    .filter((one) => one.offsetParent && !one.closest('.gi-send') && cut(one.getBoundingClientRect()))
    .map((one) => one.id || one.innerText || one.outerHTML.slice(0, 80));
}"""
LOOKED = set()  # at which tabs, by width


def faults(page, width):
    """Return what is wrong with the open tab, unfolded, unless it was looked at before.

    Axe looks on the desktop alone, in the dark, where white on a colour is faintest; a phone shows the same.
    """
    tab = page.evaluate("genimgTabs.current()")
    if (tab, width) in LOOKED:
        return []
    LOOKED.add((tab, width))
    fold = page.evaluate_handle(UNFOLD)
    page.evaluate("dark => document.body.classList.toggle('dark', dark)", width == "desktop")
    page.wait_for_timeout(500)  # what is unfolded is put together, and colours change
    found = [(tab, "cut off", words) for words in page.evaluate(CUT)]
    if width == "desktop":
        place = {"include": [[f"#{tab}-page"], *([["#frame"]] if tab == "generate" else [])], "exclude": GIVEN}
        found += [
            (tab, one["id"], node["target"], node["failureSummary"])
            for one in Axe().run(page, context=place, options=ONLY).response["violations"]
            if one["impact"] in ("serious", "critical")
            for node in one["nodes"]
        ]
    page.evaluate("document.body.classList.remove('dark')")
    page.evaluate("fold => fold()", fold)
    return found
