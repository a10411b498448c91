"""Avatars that act: the drawing of the data set, the same person throughout, the same film for the same seed."""

import numpy as np
import pytest

from genimg.core.errors import UserError
from genimg.data.acting import EXPRESSIONS, FPS, Expression, actors, draw_actor, script
from genimg.data.avatars import draw_attributes, render

PEOPLE = [draw_attributes(36_000), draw_attributes(36_003) | {"beard": "BEARD_MAGESTIC"}]


def film(seed, frames=40 * FPS):
    return script(frames, np.random.default_rng(seed))


def test_a_script_repeats_by_its_seed_and_begins_as_asked():
    first = Expression("GRIMACE", "WINK", "ANGRY")
    assert film(3) == film(3) != film(4)
    assert len(film(3, 7)) == 7
    assert script(20, np.random.default_rng(0), first)[:4] == [first] * 4
    assert {film(seed, 1)[0] for seed in range(4000)} == set(EXPRESSIONS)  # any face may be handed in


def test_people_blink_talk_and_change_mood_at_a_natural_pace():
    played = film(5, 300 * FPS)
    closed = np.array([expression.eyes == "CLOSED" for expression in played])
    blinks = np.flatnonzero(~closed[:-1] & closed[1:])
    assert 60 <= len(blinks) <= 150  # in five minutes
    assert closed.sum() <= 2.5 * len(blinks)
    spoken = [a.mouth != b.mouth for a, b in zip(played, played[1:], strict=False)]
    assert 0.15 < np.mean(spoken) < 0.6
    assert len({expression.eyebrows for expression in played}) == 5
    assert {"SIDE", "WINK", "HAPPY", "SURPRISED"} <= {expression.eyes for expression in played}


@pytest.mark.parametrize("person", PEOPLE)
def test_pictures_are_those_of_the_data_set_and_only_the_expression_changes(person):
    actor = draw_actor(person, 32)
    random = np.random.default_rng(0)
    chosen = [EXPRESSIONS[i] for i in random.choice(len(EXPRESSIONS), 20, replace=False)]
    pictures = np.stack([actor.picture(expression) for expression in chosen])
    for expression, picture in zip(chosen, pictures, strict=True):
        assert np.array_equal(picture, render(person | expression._asdict(), 32))
    moving = np.ptp(pictures, axis=0).max(-1) > 0
    assert 0.02 < moving.mean() < 0.25  # eyes, eyebrows and mouth; never hair, clothes or background


def test_actors_are_kept_between_calls(cache, monkeypatch):
    drawn = [actor.upper for actor in actors(PEOPLE, size=16, progress=False)]
    monkeypatch.setattr("genimg.data.acting._draw_block", None)  # whoever draws again, fails
    again = [actor.upper for actor in actors(PEOPLE, size=16, progress=False)]
    assert len(drawn) == 2 and all(np.array_equal(a, b) for a, b in zip(drawn, again, strict=True))
    with pytest.raises(UserError, match="got size 65"):
        next(actors(PEOPLE, size=65))
