"""The live canvas's own door: whatever is sent through it, a sentence comes back, and many are served at once."""

import os
import shutil
import subprocess
import threading
from pathlib import Path

import pytest

MODEL = "avatars-dcgan"


@pytest.fixture(scope="module")
def canvas(server):
    return server("generate-controls")


def told(**more):
    return {"who": "me", "asked": {"model": MODEL, "seed": 3} | more}


@pytest.mark.parametrize("name", ["steer", "rest", "sheet", "save", "numbers"])
@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        "x" * 100_000,
        {},
        {"who": 7, "asked": {"model": MODEL}},
        {"who": "x" * 100, "asked": {"model": MODEL}},
        {"who": "me", "asked": None},
        {"who": "me", "asked": {"model": "../../etc"}},
        {"who": "me", "asked": {"model": MODEL, "seed": float("nan")}},
        {"who": "me", "asked": {"model": MODEL, "seed": None, "__class__": 1}},
        {"who": "me", "asked": {"model": MODEL, "seed": "<img src=x onerror=alert(1)>"}},
        {"who": "me", "asked": {"model": "<b>" * 50}, "count": {}, "what": [], "first": "x"},
        {"who": "me", "asked": {"model": MODEL}, "count": -1, "what": "../x", "first": 10**9},
    ],
)
def test_hostile_questions_get_a_sentence(canvas, name, data):
    answer = canvas(name, data)
    said = answer.get("error") or answer.get("refused")
    if name in ("steer", "rest") and isinstance(data, dict) and data.get("count") == -1:
        assert said is None  # which takes no such thing
        return
    assert said and 15 < len(said) < 300 and "Traceback" not in said and "<" not in said
    assert "went wrong" not in said


def test_only_what_is_offered_can_be_called(canvas):
    for name in ("fresh", "__init__", "postprocess", "get_config", "push_to_hub", "nothing"):
        assert "refused" in canvas(name, told())
    assert "refused" in canvas("steer", told(), component=10**6)


def test_thirty_people_are_answered_and_each_has_their_own_picture(canvas):
    answers = {}

    def person(i):
        for step in (0.0, 1.0, -1.0):
            data = {"who": f"p{i}", "asked": {"model": MODEL, "seed": i % 10, "amounts": [step]}}
            answers[i, step] = canvas("steer", data, session=f"s{i}")["picture"]

    people = [threading.Thread(target=person, args=(i,)) for i in range(30)]
    for one in people:
        one.start()
    for one in people:
        one.join()
    assert len(answers) == 90 and len({answers[i, 1.0] for i in range(10)}) == 10
    assert len({answers[i, step] for i in range(10) for step in (0.0, 1.0, -1.0)}) == 30


def test_the_scripts_pass_their_own_tests():
    node = shutil.which("node")
    if node is None:
        message = "no node on this machine: install Debian's package nodejs"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    done = subprocess.run([node, "--test", str(Path(__file__).parent)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
