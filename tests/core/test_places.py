"""Where things lie, in the repository and without it, for people with a home and without one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from genimg import checkpoints
from genimg.core import places
from genimg.core.errors import UserError
from genimg.studio import runs

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def plain(monkeypatch, tmp_path):
    """A person with a home and no wishes."""
    for name in ("GENIMG_CHECKPOINTS", "GENIMG_RUNS", "GRADIO_TEMP_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr(places.tempfile, "tempdir", str(tmp_path))
    places.temporary.cache_clear()
    yield
    places.temporary.cache_clear()


@pytest.fixture
def installed(monkeypatch, tmp_path, small_folder):
    """A package that was installed: without the repository, and with two shipped checkpoints inside."""
    package = tmp_path / "site-packages" / "genimg"
    package.mkdir(parents=True)
    (package / "shipped").symlink_to(small_folder)
    monkeypatch.setattr(places, "PACKAGE", package)
    return package


def test_in_the_repository_all_lies_there():
    assert checkpoints.root() == places.shipped() == ROOT / "checkpoints"
    assert runs.root() == ROOT / "runs"


def test_in_a_repository_that_cannot_be_written_new_things_are_the_persons_own(monkeypatch, tmp_path):
    monkeypatch.setattr(places.os, "access", lambda path, _: ROOT not in (path, *path.parents))
    assert places.shipped() == ROOT / "checkpoints"
    assert checkpoints.root() == tmp_path / "data/genimg/checkpoints"
    assert runs.root() == tmp_path / "data/genimg/runs"


def test_an_installed_package_lists_its_own_and_the_persons(installed, tmp_path, monkeypatch):
    assert [c.name for c in checkpoints.available()] == ["small-dcgan", "small-vae"]
    assert runs.root() == tmp_path / "data/genimg/runs"
    mine = checkpoints.root()
    assert mine == tmp_path / "data/genimg/checkpoints"
    for name in ("small-vae", "mine"):  # the person's own wins
        checkpoints.save(checkpoints.load(places.shipped() / "small-vae"), mine / name)
    assert [c.name for c in checkpoints.available()] == ["mine", "small-dcgan", "small-vae"]
    assert checkpoints.find("small-vae").path == mine / "small-vae"
    assert checkpoints.find("small-dcgan").path == places.shipped() / "small-dcgan"
    assert checkpoints.taken("small-dcgan") and checkpoints.taken("mine") and not checkpoints.taken("other")
    monkeypatch.setenv("GENIMG_CHECKPOINTS", str(tmp_path))
    assert checkpoints.available() == []


@pytest.mark.parametrize("home", ["{tmp}/file/home", "~"])
def test_without_a_home_things_are_kept_in_a_temporary_folder(monkeypatch, tmp_path, home):
    (tmp_path / "file").touch()
    monkeypatch.setattr(places, "_moved", [])
    home = home.format(tmp=tmp_path)
    for variable in ("XDG_CACHE_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(variable, str(tmp_path / "file"))
    monkeypatch.setattr(places.platformdirs, "user_cache_path", lambda name: Path(home) / name)
    assert places.warning() == ""
    places.prepare()
    kept = places.temporary()
    assert kept.parent == tmp_path and kept.stat().st_mode & 0o077 == 0
    assert os.environ["XDG_CACHE_HOME"] == str(kept / "cache")
    assert os.environ["XDG_DATA_HOME"] == str(kept / "data")
    assert str(kept) in places.warning() and "XDG_CACHE_HOME and XDG_DATA_HOME" in places.warning()


def test_a_temporary_folder_of_somebody_else_is_left_alone(monkeypatch, tmp_path):
    theirs = tmp_path / f"genimg-{os.getuid()}"
    (tmp_path / "elsewhere").mkdir()
    theirs.symlink_to(tmp_path / "elsewhere")
    assert places.temporary() != theirs and places.temporary().parent == tmp_path
    monkeypatch.setattr(places.tempfile, "tempdir", str(tmp_path / "none"))
    places.temporary.cache_clear()
    with pytest.raises(UserError, match="name one with TMPDIR"):
        places.temporary()


def test_uploads_have_a_folder_of_their_own(monkeypatch, tmp_path):
    monkeypatch.setenv("GRADIO_TEMP_DIR", "")
    places.uploads()
    assert os.environ["GRADIO_TEMP_DIR"] == str(places.temporary() / "uploads")
    (tmp_path / "file").touch()
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "file"))
    with pytest.raises(UserError, match="GRADIO_TEMP_DIR is .*file, which cannot be written to"):
        places.uploads()


def test_threads_wait_quietly_however_it_is_started():
    """Set by the package itself, and before torch is imported."""
    code = "import genimg, os, sys; print(os.environ['OMP_WAIT_POLICY'], 'torch' in sys.modules)"
    environment = {key: value for key, value in os.environ.items() if key != "OMP_WAIT_POLICY"}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.stdout == "PASSIVE False\n", done.stderr


def test_a_wheel_carries_the_checkpoints(tmp_path):
    """Every file of the repository's checkpoints, every module, and nothing else; asked without packing it up."""
    for name in ("genimg", "checkpoints", "setup.py", "pyproject.toml", "requirements.txt", "README.md", "LICENSE"):
        (tmp_path / name).symlink_to(ROOT / name)
    code = """
from distutils.core import run_setup
build = run_setup("setup.py", stop_after="commandline").get_command_obj("build_py")
build.ensure_finalized()
print(*build.get_outputs(include_bytecode=False), sep="\\n")
"""
    done = subprocess.run(
        [sys.executable, "-c", "import setuptools" + code], cwd=tmp_path, capture_output=True, text=True
    )
    held = {line.removeprefix("build/lib/") for line in done.stdout.splitlines() if line.startswith("build/lib/")}
    files = [path for top in ("genimg", "checkpoints") for path in (ROOT / top).rglob("*") if path.is_file()]
    wanted = {str(path.relative_to(ROOT)) for path in files if path.suffix != ".pyc"}
    assert {name.replace("genimg/shipped/", "checkpoints/") for name in held} == wanted, done.stderr
