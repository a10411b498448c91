"""Two processes (gloo) do the work of one, started by `accelerate launch` or as it would start them."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from subprocess import PIPE

import pytest
import torch
from PIL import Image

import genimg

ROOT = Path(__file__).parents[2]
TRAIN = """
import json, sys
from pathlib import Path
import torch
from accelerate.state import AcceleratorState
from genimg.data.datasets import Pictures
from genimg.training.loop import train
from genimg.training.recipes import make_recipe

def losses(folder, recipes):
    images = torch.randint(0, 256, (40, 3, 32, 32), generator=torch.Generator().manual_seed(1), dtype=torch.uint8)
    found = {}
    for name, settings in recipes.items():
        torch.manual_seed(3)
        recipe = make_recipe(name, image_size=32, channels=3, latent_dim=8, **settings)
        data = Pictures(images, torch.zeros(40, 0, dtype=torch.uint8), {})
        steps = train(recipe, data, out=Path(folder, name), batch_size=8, steps=7)
        found[name] = [{k: v for k, v in step.metrics.items() if "/" in k} for step in steps]
        main, processes = recipe.accelerator.is_main_process, recipe.accelerator.num_processes
        AcceleratorState._reset_state(reset_partial_state=True)  # a training leaves the group at its end
    return found, main, processes

if __name__ == "__main__":
    torch.cpu._is_avx512_bf16_supported = lambda: False  # the same numbers in full precision
    torch.set_num_threads(1)
    found, main, processes = losses(sys.argv[1], json.loads(sys.argv[2]))
    if main:
        print("LOSSES", processes, json.dumps(found))
"""
RECIPES = {"vae": {"widths": [16, 8, 8]}, "mlp": {"widths": [16, 32], "augment": True}}


def environment(**more):
    alone = {"ACCELERATE_USE_CPU": "true", "OMP_NUM_THREADS": "1", "GENIMG_DEVICE": "cpu", "PYTHONPATH": str(ROOT)}
    return os.environ | alone | more


def together(processes, *command):
    """Run a script in so many processes, and return what they printed."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        meeting = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(probe.getsockname()[1])}
    started = []
    for rank in map(str, range(processes)):
        who = meeting | {"WORLD_SIZE": str(processes), "RANK": rank, "LOCAL_RANK": rank} if processes > 1 else {}
        python = [sys.executable, *map(str, command)]
        started.append(subprocess.Popen(python, cwd=ROOT, env=environment(**who), stdout=PIPE, stderr=PIPE, text=True))
    said = [process.communicate() for process in started]
    assert all(process.returncode == 0 for process in started), said
    return "".join(out for out, _ in said)


def test_the_same_batches_give_the_same_losses(tmp_path, monkeypatch):
    (tmp_path / "train.py").write_text(TRAIN)
    said = together(2, tmp_path / "train.py", tmp_path / "2", json.dumps(RECIPES))
    _, processes, losses = next(line for line in said.splitlines() if line.startswith("LOSSES")).split(maxsplit=2)
    assert processes == "2"
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)
    here = {"__name__": "here"}
    exec(TRAIN, here)
    found = {1: here["losses"](tmp_path / "1", RECIPES)[0], 2: json.loads(losses)}
    for name in RECIPES:
        alone, shared = found[1][name], found[2][name]
        assert len(alone) == 7 and alone[0] != alone[-1]
        for one, two in zip(alone, shared, strict=True):
            assert two == pytest.approx(one, rel=1e-4), name
        assert (tmp_path / "2" / name / "checkpoint" / "model.safetensors").is_file()


def test_bulk_sampling_loses_no_picture_and_makes_none_twice(tmp_path, small, run):
    """Cut short and resumed by another number of processes."""
    folder = tmp_path / "many"
    sample = ["sample", "small-dcgan", "--seed", "5", "--out", folder]
    assert run(*sample, "--count", 30)[0] == 0
    kept = {path: path.stat().st_mtime_ns for path in folder.rglob("*.png")}
    (folder / "00000" / "7.png").unlink()
    launcher = ["-m", "accelerate.commands.launch", "--multi_gpu", "--num_processes", "2", "-m"]
    command = [sys.executable, *launcher, "genimg", *sample, "--count", "1010"]
    subprocess.run(list(map(str, command)), cwd=ROOT, env=environment(MASTER_PORT="0"), check=True)
    found = sorted(int(path.stem) for path in folder.rglob("*.png"))
    assert found == list(range(5, 1015))
    assert sorted(p.name for p in folder.iterdir()) == ["00000", "00001", "made.json"]
    again = {path: path.stat().st_mtime_ns for path in kept if path.stem != "7"}
    assert all(kept[path] == when for path, when in again.items())
    (one,) = genimg.load("small-dcgan").sample(seed=1000)
    with Image.open(folder / "00000" / "1000.png") as same:
        assert one.tobytes() == same.tobytes()
