"""The house rules that no unit test of a module would see."""

import ast
import subprocess
import sys
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "genimg"


def test_only_the_page_knows_gradio():
    using = {path.relative_to(PACKAGE).parts[0] for path in PACKAGE.rglob("*.py") if "gradio" in imports(path)}
    assert using == {"ui"}


def test_the_package_itself_is_light():
    script = "import sys, genimg; print([m for m in ('torch', 'gradio', 'PIL') if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", script], cwd=PACKAGE.parent, capture_output=True, text=True)
    assert found.stdout == "[]\n", found.stderr


def imports(path):
    """Return the top-level packages that a file imports, wherever in it."""
    nodes = list(ast.walk(ast.parse(path.read_text())))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return {name.partition(".")[0] for name in plain} | {
        (node.module or "").partition(".")[0] for node in nodes if isinstance(node, ast.ImportFrom)
    }
