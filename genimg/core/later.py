"""Modules that take seconds to import, and that most runs never need."""

import importlib
from typing import Any


class Later:
    """A module that is imported when it is first used.

    Args:
        name: of the module.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(importlib.import_module(self._name), attribute)
