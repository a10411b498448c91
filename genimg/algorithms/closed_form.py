"""Of pymatting, the methods that `genimg.algorithms.matting` uses, without the rest.

`import pymatting` compiles all its methods, which takes a minute after an installation, and these alone ten seconds.
So its packages are entered without what they say at their door, `__init__.py`; where this version of pymatting is laid
out otherwise, it is imported whole.
"""

import importlib
import importlib.util
import sys
import types
from typing import Any

_PACKAGES = ("", ".alpha", ".foreground", ".laplacian", ".preconditioner", ".solver", ".util")


def _methods() -> tuple[Any, Any, Any]:
    spec = importlib.util.find_spec("pymatting")
    if "pymatting" in sys.modules or spec is None or not spec.submodule_search_locations:
        return _whole()
    place = spec.submodule_search_locations[0]
    for name in _PACKAGES:
        package = types.ModuleType(f"pymatting{name}")
        package.__path__ = [place + name.replace(".", "/")]
        sys.modules[package.__name__] = package
    try:
        alpha = importlib.import_module("pymatting.alpha.estimate_alpha_cf")
        foreground = importlib.import_module("pymatting.foreground.estimate_foreground_ml")
        found = alpha.estimate_alpha_cf, foreground.estimate_foreground_ml, alpha.ichol
    except (ImportError, AttributeError):
        found = None
    # Whoever imports pymatting after us gets all of it.
    for name in [name for name in sys.modules if name.partition(".")[0] == "pymatting"]:
        del sys.modules[name]
    return found or _whole()


def _whole() -> tuple[Any, Any, Any]:
    pymatting = importlib.import_module("pymatting")
    return pymatting.estimate_alpha_cf, pymatting.estimate_foreground_ml, pymatting.ichol


estimate_alpha_cf, estimate_foreground_ml, ichol = _methods()
