"""The live canvas's own door: whatever is sent through it, a sentence comes back, and many are served at once."""

import asyncio
import os
import shutil
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch

from genimg import checkpoints
from genimg.studio import steering
from genimg.ui.parts.canvas import Canvas

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


def test_what_a_class_asks_alike_is_made_once_until_the_model_is_another(small_folder, tmp_path, monkeypatch):
    folder = shutil.copytree(small_folder, tmp_path / "checkpoints")
    monkeypatch.setenv("GENIMG_CHECKPOINTS", str(folder))
    made = []
    for name in ("sheet", "resting"):
        real = getattr(steering, name)
        monkeypatch.setattr(steering, name, lambda *asked, real=real: made.append(asked) or real(*asked))
    canvas = Canvas("kept", ("dcgan",))

    def ask(name, who, *, seed=5, **more):
        data = {"who": who, "asked": {"model": "small-dcgan", "seed": seed}} | more
        with ThreadPoolExecutor(1) as aside:  # the browser's tests have a loop of their own in this thread
            return aside.submit(asyncio.run, getattr(canvas, name)(data)).result()

    first = ask("sheet", "one", count=2)
    assert len(first["pictures"]) == 2 and ask("sheet", "two", count=2)["pictures"] == first["pictures"]
    assert len(made) == 1
    assert ask("sheet", "one", count=3)["pictures"][:2] == first["pictures"]
    assert ask("sheet", "one", count=2, seed=6)["pictures"][0] == first["pictures"][1]
    assert len(made) == 3
    rested = ask("rest", "one")
    assert ask("rest", "two")["own"] == rested["own"] and len(made) == 4
    assert "error" in ask("sheet", "one", count=0) and "error" in ask("sheet", "two", count=0)

    network = checkpoints.load("small-dcgan")
    with torch.no_grad():
        network.blocks[0][0].weight.mul_(-1)
    checkpoints.save(network, folder / "small-dcgan")
    assert ask("sheet", "one", count=2)["pictures"] != first["pictures"]


def test_the_scripts_pass_their_own_tests():
    node = shutil.which("node")
    if node is None:
        message = "no node on this machine: install Debian's package nodejs"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    done = subprocess.run([node, "--test", str(Path(__file__).parent)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
