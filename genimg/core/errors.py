"""The one exception that a person is meant to read, and the checks that raise it."""

from collections.abc import Sequence
from numbers import Integral, Real


class UserError(ValueError):
    """Something a person can put right; the message names the bad value and the choices."""


def number(name: str, value: object, low: float, high: float) -> float:
    """Return `value` as a finite float within ``[low, high]``.

    Raises:
        UserError: for None, bool, text, lists, NaN, infinities and what is out of range.
    """
    plain = isinstance(value, Real) and not isinstance(value, bool)
    # Compared before it is converted: never true of NaN, and 10**400 is larger than any float.
    if not plain or not low <= value <= high:  # type: ignore[operator]
        raise UserError(f"{name} must be a number from {low:g} to {high:g}, got {_shown(value)}.")
    return float(value)  # type: ignore[arg-type]


def integer(name: str, value: object, low: int, high: int) -> int:
    """Return `value` as an int within ``[low, high]``; 3.0 is accepted as 3.

    Raises:
        UserError: as `number` does, and for fractions.
    """
    whole = isinstance(value, Integral) or (isinstance(value, Real) and float(value).is_integer())
    if isinstance(value, bool) or not whole or not low <= value <= high:  # type: ignore[operator]
        raise UserError(f"{name} must be a whole number from {low} to {high}, got {_shown(value)}.")
    return int(value)  # type: ignore[call-overload, no-any-return]


def choice(name: str, value: object, choices: Sequence[str]) -> str:
    """Return `value` if it is one of `choices`.

    Raises:
        UserError: otherwise, naming the choices.
    """
    if not isinstance(value, str) or value not in choices:
        raise UserError(f"{name} must be one of {', '.join(choices)}; got {_shown(value)}.")
    return value


def flag(name: str, value: object) -> bool:
    """Return `value` if it is True or False.

    Raises:
        UserError: otherwise.
    """
    if not isinstance(value, bool):
        raise UserError(f"{name} must be true or false, got {_shown(value)}.")
    return value


def _shown(value: object) -> str:
    try:
        text = repr(value)
    except RecursionError:  # lists in lists in lists
        text = f"a deeply nested {type(value).__name__}"
    return text if len(text) <= 40 else text[:37] + "..."
