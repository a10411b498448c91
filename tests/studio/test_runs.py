"""The register: the queue, control, stopping and resuming, what ends badly, the disk, and taking the result."""

import io
import json
import os
import shutil
import signal
import time
import zipfile

import numpy as np
import pytest
import torch
from PIL import Image

from genimg import checkpoints
from genimg.core.errors import UserError
from genimg.studio import train
from genimg.studio.runs import ACTIVE, Register, queue, results, room
from genimg.studio.runs.processes import Processes
from genimg.studio.runs.queue import KILLED
from genimg.studio.runs.run import KEPT
from genimg.training.live import FILM
from genimg.training.saving import STATE
from genimg.training.spec import SPEC, STATUS, read_status, write_status


@pytest.fixture
def register(tmp_path):
    made = Register(tmp_path / "runs", conduct=False)
    yield made
    made.close()


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    for i in range(20):
        values = np.random.default_rng(i).integers(0, 256, (16, 16, 3), dtype=np.uint8)
        Image.fromarray(values).save(folder / f"{i}.png")
    return sorted(folder.iterdir())


def begin(register, pictures, minutes=5.0, **asked):
    return register.start(train.plan(data="own", size=16, minutes=minutes, batch_size=8, **asked), pictures)


def end(register, name, state="stopped", sentence="", filled=0, kept=False):
    """Pretend that a run has been, with a checkpoint and a film."""
    folder = register.folder / name
    (folder / "checkpoint").mkdir()
    (folder / "checkpoint" / "config.json").write_text('{"architecture": "dcgan"}')
    (folder / "checkpoint" / "model.safetensors").write_bytes(bytes(filled))
    (folder / FILM).mkdir()
    for step, color in ((1, "red"), (50, "blue"), (99, "lime")):
        Image.new("RGB", (128, 128), color).save(folder / FILM / f"{step:08d}.png")
    if kept:
        (folder / KEPT).touch()
    write_status(folder, read_status(folder) | {"state": state, "sentence": sentence, "changed": time.time()})
    register.shelf.changed()


def names(register):
    register.shelf.changed()
    return [run.name for run in register.runs()]


def state(register, name):
    register.shelf.changed()
    return register.find(name).state


def until(register, condition, seconds=150):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, [run.status for run in register.runs()]
        register.conduct()
        register.shelf.changed()
        time.sleep(0.1)


def test_runs_of_real_processes_wait_stop_die_and_go_on(register, pictures, small):
    first, second = begin(register, pictures), begin(register, pictures)
    spec = register.folder / second / SPEC
    spec.write_text(json.dumps(json.loads(spec.read_text()) | {"minutes": 0.02}))  # less than a person can ask for
    assert [run.place for run in register.runs()] == [1, 2]
    until(register, lambda: register.find(first).status["steps"] > 2)
    assert state(register, first) in ACTIVE and state(register, second) == "queued"
    shown = results.live(register.find(first))
    assert shown["step"] > 0 and results.live(register.find(first)) is shown  # rendered once for all
    register.command(first, "pause")
    until(register, lambda: state(register, first) == "paused")
    steps = register.find(first).status["steps"]
    register.command(first, "discriminator")
    until(register, lambda: register.find(first).status["steps"] == steps + 1)
    register.command(first, "play")
    until(register, lambda: register.find(first).status["steps"] > steps + 3)

    os.kill(register.processes._workers[first].pid, signal.SIGTERM if os.name == "nt" else signal.SIGKILL)
    until(register, lambda: state(register, first) == "stopped")
    assert register.find(first).status["sentence"] == KILLED and state(register, second) in ("queued", *ACTIVE)
    until(register, lambda: state(register, second) == "finished")
    assert register.find(second).usable

    register.resume(first)
    until(register, lambda: state(register, first) == "running")
    register.command(first, "stop")
    until(register, lambda: state(register, first) == "stopped")
    assert torch.load(register.folder / first / STATE, weights_only=True)["steps"] > 0
    assert results.use(register.find(first), "my-faces") == "my-faces"
    try:
        assert checkpoints.load("my-faces")(torch.zeros(1, 64)).shape == (1, 3, 16, 16)
    finally:
        shutil.rmtree(small / "my-faces")


def test_the_first_that_waits_is_the_next(register, pictures, monkeypatch):
    launched = []
    monkeypatch.setattr(Processes, "launch", lambda self, run: launched.append(run.name))
    waiting = [begin(register, pictures) for _ in range(3)]
    assert names(register) == waiting
    register.conduct()
    assert launched == waiting[:1]
    register.command(waiting[0], "stop")  # before it began
    assert state(register, waiting[0]) == "stopped"
    register.resume(waiting[0])
    assert [run.name for run in register.runs()] == [*waiting[1:], waiting[0]]  # at the end of the line
    write_status(register.folder / waiting[1], {"state": "running"} | {"steps": 0})
    monkeypatch.setattr(Processes, "alive", lambda self, run: True)
    register.conduct()
    assert launched == waiting[:1]  # one at a time


def test_the_queue_is_bounded(register, pictures, monkeypatch):
    monkeypatch.setattr(queue, "MAX_QUEUE", 1)
    begin(register, pictures)
    with pytest.raises(UserError, match="1 runs wait already"):
        begin(register, pictures)
    assert len(list(register.folder.iterdir())) == 1


def test_a_new_server_finds_the_runs_of_the_one_before(register, pictures):
    name = begin(register, pictures)
    write_status(register.folder / name, {"state": "running", "steps": 7, "metrics": {}, "changed": time.time() - 1e4})
    again = Register(register.folder, conduct=False)
    again.conduct()
    assert state(again, name) == "stopped" and again.find(name).resumable and again.find(name).status["steps"] == 7


@pytest.mark.parametrize("content", [b"", b"[1]", b'{"state": "sta', b"null", b'{"state": "dancing"}'])
def test_a_run_whose_status_is_damaged_stays_in_the_list_and_can_go_on(register, pictures, content):
    name = begin(register, pictures)
    (register.folder / name / STATUS).write_bytes(content)
    assert state(register, name) == "stopped" and "got lost" in register.find(name).status["sentence"]
    register.resume(name)
    assert state(register, name) == "queued"


def test_bad_pictures_leave_no_run(register, pictures):
    with pytest.raises(UserError, match="at least 10 pictures"):
        begin(register, pictures[:1])
    with pytest.raises(UserError, match="Choose some pictures first"):
        begin(register, [])
    assert names(register) == [] and list(register.folder.iterdir()) == []


def test_few_pictures_make_a_small_batch(register, pictures):
    name = register.start(train.plan(data="own", size=16, batch_size=64), pictures[:12])
    assert register.find(name).spec["batch_size"] == 11 and "12 pictures" in register.find(name).spec["note"]


def test_pairs_are_kept_in_two_folders_and_bad_ones_leave_no_run(register, pictures, tmp_path):
    with zipfile.ZipFile(tmp_path / "pairs.zip", "w") as archive:
        for path in pictures[:12]:
            for side in ("input", "target"):
                archive.write(path, f"{side}/{path.name}")
    asked = {"kind": "pix2pix", "data": "own", "size": 16}
    name = register.start(train.plan(**asked), [tmp_path / "pairs.zip"])
    run = register.find(name)
    assert run.spec["note"] == "12 pairs." and run.spec["batch_size"] < 12
    assert {path.name: len(list(path.iterdir())) for path in (run.folder / "data").iterdir()} == {
        "input": 12, "target": 12,
    }  # fmt: skip
    with pytest.raises(UserError, match="no file in a folder named input"):
        register.start(train.plan(**asked), pictures)
    assert names(register) == [name] and [path.name for path in register.folder.iterdir()] == [name]


def test_a_full_disk_is_a_sentence_and_leaves_no_run(register, pictures, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoints, "replace_file", full)
    with pytest.raises(UserError, match="The disk is full"):
        begin(register, pictures)
    assert list(register.folder.iterdir()) == []
    monkeypatch.setattr(room, "FREE", 10**18)
    with pytest.raises(UserError, match="are free on the disk"):
        begin(register, pictures)


def test_the_oldest_run_that_nobody_took_goes_first_and_it_is_said_before(register, pictures, monkeypatch):
    made = []
    for i in range(4):
        made.append(begin(register, pictures, title=f"run {i}"))
        end(register, made[-1], filled=1_000_000, kept=i == 0)
    assert register.warning() == "" and register.prune() == []
    monkeypatch.setenv("GENIMG_RUNS_GB", "0.0046")
    assert "“run 1”" in register.warning() and "is deleted first" in register.warning()
    monkeypatch.setenv("GENIMG_RUNS_GB", "0.0025")
    assert register.prune() == [made[1], made[2]]
    assert sorted(names(register)) == [made[0], made[3]]
    monkeypatch.setenv("GENIMG_RUNS_GB", "0.0000001")
    assert register.prune() == [made[3], made[0]]  # what was taken goes last


def test_only_an_upload_that_was_cut_off_is_swept_away(register):
    """Runs of the command line lie in the same folder and have no specification."""
    old = time.time() - 7200
    for name in ("avatars-dcgan", "20260101-120000-00-gan", "20260101-120000-01-gan"):
        (register.folder / name).mkdir(parents=True)
        (register.folder / name / "state.pt").write_bytes(b"state")
        os.utime(register.folder / name, (old, old))
    os.utime(register.folder / "20260101-120000-01-gan")  # still being sent
    register.prune()
    assert sorted(p.name for p in register.folder.iterdir()) == ["20260101-120000-01-gan", "avatars-dcgan"]


def test_what_trains_is_never_pruned(register, pictures, monkeypatch):
    name = begin(register, pictures)
    monkeypatch.setenv("GENIMG_RUNS_GB", "0.0000001")
    assert register.prune() == [] and names(register) == [name]
    with pytest.raises(UserError, match="delete one that nobody needs"):
        begin(register, pictures)


def test_deleted_means_gone(register, pictures):
    name = begin(register, pictures)
    end(register, name)
    register.delete(name)
    assert names(register) == [] and not (register.folder / name).exists()
    for call in (register.delete, register.resume, register.find):
        with pytest.raises(UserError, match="no longer here"):
            call(name)


@pytest.mark.parametrize(
    "bad", ["", "a", "A b", "../evil", "x/y", "ä", "a" * 41, None, 7, ".hidden", "-dash"], ids=repr
)
def test_a_result_gets_a_proper_name(register, pictures, small, bad):
    name = begin(register, pictures)
    end(register, name)
    before = sorted(small.iterdir())
    with pytest.raises(UserError, match="A name has 2 to 40 small letters"):
        results.use(register.find(name), bad)
    assert sorted(small.iterdir()) == before


def test_a_name_that_is_taken_is_kept_as_it_is(register, pictures, small):
    name = begin(register, pictures)
    with pytest.raises(UserError, match="no checkpoint yet"):
        results.use(register.find(name), "new-one")
    end(register, name)
    before = (small / "small-dcgan" / "config.json").read_bytes()
    with pytest.raises(UserError, match="There is a checkpoint named small-dcgan already"):
        results.use(register.find(name), "small-dcgan")
    assert (small / "small-dcgan" / "config.json").read_bytes() == before


def test_the_checkpoint_is_downloaded_whole_and_the_run_then_kept(register, pictures):
    name = begin(register, pictures)
    end(register, name, filled=5)
    with zipfile.ZipFile(io.BytesIO(results.archive(register.find(name)))) as archive:
        assert {path.split("/")[1] for path in archive.namelist()} == {"config.json", "model.safetensors"}
        assert json.loads(archive.read(f"{name}/config.json"))["architecture"] == "dcgan"
    register.shelf.changed()
    assert register.find(name).kept


def test_the_film_is_scrubbed_and_downloaded(register, pictures):
    name = begin(register, pictures)
    with pytest.raises(UserError, match="no film yet"):
        results.frame(register.find(name), 0.5)
    end(register, name)
    assert [results.frame(register.find(name), place)[1] for place in (0, 0.5, 1)] == [1, 50, 99]
    assert results.frame(register.find(name), 0)[0].startswith("data:image/png;base64,")
    gif = Image.open(io.BytesIO(results.film(register.find(name), "gif")))
    assert gif.size == (512, 512) and gif.convert("RGB").getpixel((9, 9)) == (255, 0, 0)
    import av

    with av.open(io.BytesIO(results.film(register.find(name), "mp4"))) as film:
        assert sum(1 for _ in film.decode(video=0)) == 13
    for bad in (-0.1, 1.1, float("nan"), None, "0"):
        with pytest.raises(UserError, match="Place must be a number from 0 to 1"):
            results.frame(register.find(name), bad)
    with pytest.raises(UserError, match="must be one of gif, mp4"):
        results.film(register.find(name), "webm")


def test_commands_that_make_no_sense_are_a_sentence(register, pictures):
    name = begin(register, pictures)
    with pytest.raises(UserError, match="does not train at the moment; it is queued"):
        register.command(name, "pause")
    with pytest.raises(UserError, match="The command must be one of play"):
        register.command(name, "rm -rf")
    with pytest.raises(UserError, match="no longer here"):
        register.command("../..", "stop")
    with pytest.raises(UserError, match="Only a run that was stopped"):
        register.resume(name)
