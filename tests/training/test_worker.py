"""The process that trains: obeying, showing, stopping, resuming, failing; most of it without a process."""

import json
import os
import queue
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from genimg import checkpoints
from genimg.studio import draw
from genimg.training import live as live_module
from genimg.training import worker
from genimg.training.live import FILM, Live, frames
from genimg.training.saving import STATE
from genimg.training.spec import LIVE, read_status, write_status
from genimg.training.worker import Worker, take_over

ROOT = Path(__file__).parents[2]
SMALL = {"latent_dim": 8, "widths": [16, 8]}


def make(folder, **changes):
    """Make the folder of a run on forty pictures of its own."""
    spec = {
        "title": "A test", "preset": "", "kind": "gan", "recipe": "gan", "data": "own", "size": 16, "count": None,
        "minutes": 0.05, "batch_size": 8, "seed": 0, "warm": None, "settings": SMALL,
    } | changes  # fmt: skip
    (folder / "data").mkdir(parents=True)
    values = np.random.default_rng(0).integers(0, 256, (40, 16, 16, 3), dtype=np.uint8)
    for i, value in enumerate(values):
        Image.fromarray(value).save(folder / "data" / f"{i:05d}.png")
    (folder / "spec.json").write_text(json.dumps(spec))
    write_status(folder, {"state": "queued", "sentence": "", "steps": 0, "metrics": {}})
    return folder


class Script(queue.Queue):
    """Commands that come at certain steps: `(step, word)` pairs; waiting for more when there are none stops the run."""

    def __init__(self, folder, *lines):
        super().__init__()
        self.folder, self.lines, self.seen, self.told = folder, list(lines), [], False

    def get(self, block=True, timeout=None):
        status = read_status(self.folder)
        self.seen.append((status["state"], status["steps"]))
        self.told = not self.told and bool(self.lines) and status["steps"] >= self.lines[0][0]  # one word at a time
        if self.told:
            return self.lines.pop(0)[1]
        if block and not self.lines:
            return "stop"
        raise queue.Empty


@pytest.fixture(autouse=True)
def _look_at_every_step(monkeypatch):
    monkeypatch.setattr(worker, "VIEW_EVERY", 0.0)
    monkeypatch.setattr(worker, "VIEW_SHARE", 1e9)
    monkeypatch.setattr(worker, "SLOW", 0.0)


def work(folder, *lines):
    script = Script(folder, *lines)
    Worker(folder, script).work()
    return read_status(folder), script


@pytest.fixture
def folder(tmp_path):
    return make(tmp_path / "run")


def test_a_run_shows_itself_and_ends_with_a_checkpoint(folder):
    status, _ = work(folder)
    assert status["state"] == "finished" and status["steps"] > 3
    shown = json.loads((folder / LIVE).read_text())
    assert set(shown["pictures"]) == {"preview", "real", "fake", "gradient"}
    assert all(address.startswith("data:image/") for address in shown["pictures"].values())
    assert sum(shown["logits"]["real"]) == sum(shown["logits"]["fake"]) == 8
    assert {"step", "loss/generator", "loss/discriminator"} <= shown["curves"][0].keys()
    assert "images_per_second" not in shown["curves"][0]
    steps = [int(path.stem) for path in frames(folder)]
    assert steps[0] == 1 and steps == sorted(steps) and len(steps) > 3
    assert Image.open(frames(folder)[0]).size == (128, 128)
    assert checkpoints.load(folder / "checkpoint")(torch.zeros(1, 8)).shape == (1, 3, 16, 16)
    assert "--seed 0" in (folder / "checkpoint" / "README.md").read_text()
    assert list((folder / "tensorboard").glob("events*"))


def test_a_run_on_pairs_shows_them_side_by_side_and_is_used_in_draw(tmp_path, monkeypatch):
    settings = {"widths": [8, 16], "depth": 1, "critic_widths": [8, 16], "alone": 2, "perceptual": 0.0}
    folder = make(tmp_path / "checkpoints", recipe="pix2pix", kind="pix2pix", settings=settings, minutes=5)
    for side in ("input", "target"):
        (folder / "data" / side).mkdir()
        for path in folder.glob("data/*.png"):
            (folder / "data" / side / path.name).write_bytes(path.read_bytes())
    status, _ = work(folder, (5, "stop"))
    assert status["state"] == "stopped", status["sentence"]
    shown = json.loads((folder / LIVE).read_text())
    assert set(shown["pictures"]) == {"preview", "real", "fake"} and shown["logits"] is None
    assert "psnr" in shown["curves"][0] and "loss/discriminator" in shown["curves"][-1]
    row = np.asarray(Image.open(frames(folder)[0]).convert("RGB"))[:16]
    assert row.shape == (16, 96, 3)  # two pairs in a row
    assert np.array_equal(row[:, :16], row[:, 32:48]) and not np.array_equal(row[:, :16], row[:, 16:32])
    assert "--data paired:runs/checkpoints/data" in (folder / "checkpoint" / "README.md").read_text()
    monkeypatch.setenv("GENIMG_CHECKPOINTS", str(folder))
    assert draw.models() == ["checkpoint"] and draw.side("checkpoint") == 16
    known = draw.known("checkpoint")
    assert np.array_equal(np.asarray(known[0]), row[:, :16])  # such sketches as it learned from
    assert draw.draw(known[0], name="checkpoint")[0].size == (16, 16)


def test_drawn_pairs_are_made_ahead_with_word_of_how_far_it_is(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(worker, "draw", lambda *how, **more: asked.append((how[:2], more)) or how[2](7))
    folder = make(tmp_path / "run", recipe="pix2pix", kind="pix2pix", data="avatars", count=20)
    monkeypatch.setattr(worker, "load_data", lambda *how, **more: asked.append((how, more)))
    Worker(folder, queue.Queue())._data()
    assert asked == [
        ((18, 16), {"sketched": True}), (("pix2pix", "avatars"), {"size": 16, "count": 20}),
    ]  # fmt: skip


def test_single_steps_move_one_network(tmp_path):
    states = {}
    for word in ("generator", "discriminator"):
        # Paused before the first step; then one of one network, and the end.
        folder = make(tmp_path / word)
        work(folder, (0, "pause"), (0, word))
        states[word] = torch.load(folder / STATE, weights_only=True)
        assert states[word]["steps"] == 1
    first, second = states["generator"]["networks"], states["discriminator"]["networks"]
    for name in ("generator", "discriminator"):
        same = [torch.equal(first[name][key], second[name][key]) for key in first[name] if "weight" in key]
        assert not all(same), name


def test_pause_and_play(folder):
    status, script = work(folder, (2, "pause"), (2, "play"), (4, "stop"))
    assert status["state"] == "stopped" and status["steps"] < 8
    assert "paused" in {state for state, _ in script.seen}
    assert (folder / "checkpoint" / "model.safetensors").is_file()  # a stopped run can be used too


def test_slow_motion_is_told_to_who_watches(folder):
    status, _ = work(folder, (1, "slow"), (3, "stop"))
    assert status["slow"] is True


def test_a_resumed_run_takes_the_steps_of_one_that_was_never_stopped(tmp_path):
    whole, cut = make(tmp_path / "whole", minutes=1), make(tmp_path / "cut", minutes=1)
    work(whole, (6, "stop"))
    work(cut, (3, worker.LEAVE))
    assert read_status(cut)["state"] == "stopped" and not (cut / "checkpoint").exists()
    stopped = torch.load(cut / STATE, weights_only=True)["steps"]
    assert 3 <= stopped < 6
    work(cut, (6, "stop"))
    one, two = (torch.load(each / STATE, weights_only=True) for each in (whole, cut))
    assert one["steps"] == two["steps"]
    for name, weights in one["networks"]["generator"].items():
        assert torch.equal(weights, two["networks"]["generator"][name]), name
    shown = json.loads((cut / LIVE).read_text())["curves"]
    steps = [row["step"] for row in shown]
    assert steps[0] == 1 and steps == sorted(set(steps)) and steps[-1] > stopped  # the curves go on


def test_a_diverging_run_fails_with_a_sentence_and_keeps_its_last_good_state(tmp_path):
    # Weights as large as this overflow at once.
    folder = make(tmp_path / "run", minutes=1, settings=SMALL | {"loss": "hinge", "lr": 1e30})
    status, _ = work(folder)
    assert status["state"] == "failed" and "learning rate" in status["sentence"]
    if (folder / STATE).exists():
        weights = torch.load(folder / STATE, weights_only=True)["networks"]["generator"].values()
        assert all(torch.isfinite(w).all() for w in weights)


def test_a_full_disk_is_a_sentence_and_the_saved_state_stays(folder, monkeypatch):
    work(folder, (3, "stop"))
    before = (folder / STATE).read_bytes()
    real = checkpoints.replace_file

    def full(path, content):
        if path.name == LIVE:
            raise OSError(28, "No space left on device")
        real(path, content)

    monkeypatch.setattr(live_module, "replace_file", full)
    monkeypatch.setattr("torch.save", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    spec = json.loads((folder / "spec.json").read_text()) | {"minutes": 1}
    (folder / "spec.json").write_text(json.dumps(spec))
    status, _ = work(folder)
    assert status["state"] == "failed" and ("disk is full" in status["sentence"] or "saved" in status["sentence"])
    assert (folder / STATE).read_bytes() == before


def test_the_film_and_the_curves_are_bounded(folder, monkeypatch):
    monkeypatch.setattr(live_module, "FRAMES", 8)
    monkeypatch.setattr(live_module, "POINTS", 8)
    work(make(folder.parent / "long", minutes=1), (60, "stop"))
    shown = json.loads((folder.parent / "long" / LIVE).read_text())["curves"]
    steps = [int(path.stem) for path in frames(folder.parent / "long")]
    for places in (steps, [row["step"] for row in shown]):
        assert 3 <= len(places) <= 8 and places[0] == 1 and places[-1] > 40  # evenly, from the first to the last


def test_what_was_shown_after_the_last_save_is_forgotten(folder):
    (folder / FILM).mkdir()
    for step in (1, 5, 9):
        (folder / FILM / f"{step:08d}.png").write_bytes(b"x")
    (folder / LIVE).write_text(json.dumps({"curves": [{"step": s, "seconds": s} for s in (1, 5, 9)]}))
    assert [row["step"] for row in Live(folder, 5).rows] == [1, 5]
    assert [int(path.stem) for path in frames(folder)] == [1, 5]


def test_a_warm_start_takes_what_fits(folder, small):
    from genimg.training.recipes import make_recipe

    same = make_recipe("gan", image_size=32, latent_dim=20, widths=(16, 8, 8), residual=False)
    taken, all_there = take_over(same, small / "small-dcgan")
    assert taken == all_there
    theirs = checkpoints.load(small / "small-dcgan").state_dict()
    assert all(torch.equal(value.float(), theirs[key].float()) for key, value in same.model.state_dict().items())
    other = make_recipe("gan", image_size=32, latent_dim=20, widths=(16, 16, 8), residual=False)
    taken, all_there = take_over(other, small / "small-dcgan")
    assert 0 < taken < all_there


def start(folder):
    return subprocess.Popen(
        [sys.executable, "-m", "genimg.training.worker", str(folder)], cwd=ROOT, stdin=subprocess.PIPE,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )  # fmt: skip


def until(condition, seconds=120):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.05)


def test_the_process_saves_and_leaves_when_its_server_is_gone_and_is_the_only_one(tmp_path, monkeypatch):
    folder = make(tmp_path / "run", minutes=5)
    monkeypatch.setattr(sys, "argv", ["worker", str(folder)])
    process = start(folder)
    try:
        until(lambda: read_status(folder)["steps"] > 2)
        assert worker.main() == 1  # the run is taken
        process.stdin.close()
        assert process.wait(60) == 0
    finally:
        process.kill()
    status = read_status(folder)
    assert status["state"] == "stopped" and "can be resumed" in status["sentence"]
    assert torch.load(folder / STATE, weights_only=True)["steps"] >= status["steps"] > 2


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no kill -9 here")
def test_killed_in_the_middle_of_a_save_the_state_is_whole(tmp_path):
    folder = make(tmp_path / "run", minutes=5)
    work(folder, (2, worker.LEAVE))
    # A process that saves without end, killed as soon as a part of the new state lies beside the old one.
    code = (
        "import itertools, sys, torch\n"
        "from pathlib import Path\n"
        "from genimg.data.datasets import load_dataset\n"
        "from genimg.training.loop import train\n"
        "from genimg.training.recipes import recipe_for\n"
        "folder = Path(sys.argv[1])\n"
        "data = load_dataset(f'folder:{folder / \"data\"}', size=16)\n"
        f"recipe = recipe_for('gan', data, **{SMALL})\n"
        "for step in train(recipe, data, out=folder, batch_size=8, minutes=5, save_every=0): pass\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(folder)], cwd=ROOT, env=os.environ)
    part = (folder / STATE).with_suffix(".part")
    try:
        until(part.exists)
    finally:
        process.kill()
        process.wait()
    steps = torch.load(folder / STATE, weights_only=True)["steps"]
    status, _ = work(folder, (steps + 2, "stop"))
    assert status["state"] == "stopped" and torch.load(folder / STATE, weights_only=True)["steps"] > steps
