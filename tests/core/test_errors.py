import math

import numpy as np
import pytest

from genimg.core.errors import UserError, choice, flag, integer, number

NOT_NUMBERS = [None, True, "3", [3], {}, math.nan, math.inf, -math.inf, np.float32("nan")]


@pytest.mark.parametrize("bad", [*NOT_NUMBERS, -0.01, 1.01])
def test_number_refuses_with_a_sentence(bad):
    with pytest.raises(UserError, match="strength must be a number from 0 to 1, got"):
        number("strength", bad, 0, 1)


@pytest.mark.parametrize("bad", [*NOT_NUMBERS, 0, 65, 1.5])
def test_integer_refuses_with_a_sentence(bad):
    with pytest.raises(UserError, match="count must be a whole number from 1 to 64, got"):
        integer("count", bad, 1, 64)


def test_what_is_right_passes():
    assert number("x", np.float32(0.5), 0, 1) == 0.5
    assert number("x", 1, 0, 1) == 1.0
    assert integer("n", 3.0, 1, 5) == 3
    assert type(integer("n", np.int64(3), 1, 5)) is int
    assert choice("way", "linear", ("linear", "spherical")) == "linear"
    assert flag("on", False) is False


def test_choices_are_named():
    with pytest.raises(UserError, match="way must be one of linear, spherical; got 'round'"):
        choice("way", "round", ("linear", "spherical"))
    with pytest.raises(UserError, match="one of"):
        choice("way", ["linear"], ("linear",))
    with pytest.raises(UserError, match="true or false, got 1"):
        flag("on", 1)


def test_a_long_value_is_cut():
    with pytest.raises(UserError) as caught:
        number("x", "9" * 10_000, 0, 1)
    assert len(str(caught.value)) < 100
