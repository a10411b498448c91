"""Checkpoints: which there are, loading, saving, sharing.

A checkpoint is a folder in the Hugging Face Hub's own layout: config.json, model.safetensors, README.md (the model
card), and optionally other safetensors files with what belongs to the weights (latent directions, a latent mixture).
"""

import contextlib
import hashlib
import json
import math
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from genimg.core import places
from genimg.core.errors import UserError
from genimg.core.runtime import device
from genimg.core.weights import check_numbers, check_shapes, stored_shapes
from genimg.models.arbitrary_style import ArbitraryStyle
from genimg.models.autoencoder import Autoencoder
from genimg.models.cnn import CNN
from genimg.models.dcgan import DCGAN
from genimg.models.flow import Flow
from genimg.models.latent_rnn import LatentRNN
from genimg.models.mlp import MLP
from genimg.models.nca import NCA
from genimg.models.pix2pix import Pix2Pix
from genimg.models.progressive import Progressive
from genimg.models.selfie_segmentation import SelfieSegmentation
from genimg.models.stylegan2 import StyleGAN2
from genimg.models.upconv import Upconv
from genimg.models.upscaler import Upscaler
from genimg.models.vae import VAE
from genimg.nn.features import VGGFeatures

# The word in config.json -> the class that it builds. A new model is one line here.
ARCHITECTURES: dict[str, type[Any]] = {
    kind.architecture: kind
    for kind in (
        DCGAN,
        MLP,
        Progressive,
        CNN,
        StyleGAN2,
        VAE,
        Autoencoder,
        Flow,
        LatentRNN,
        ArbitraryStyle,
        NCA,
        Pix2Pix,
        Upscaler,
        Upconv,
        SelfieSegmentation,
        VGGFeatures,
    )
}
WEIGHTS = "model.safetensors"
CONFIG = "config.json"
CLASSES = "classes.json"
FACTS = "training.json"
_MAX_CONFIG = 1_000_000  # bytes; ours have a few hundred
_MAX_LINE = 160  # characters


@dataclass(frozen=True)
class Checkpoint:
    """One folder of weights, known by its config and the header of its weights; no number is read to list it.

    Attributes:
        name: the folder's name, as people choose it.
        path: the folder.
        architecture: a key of `ARCHITECTURES`.
        config: the arguments that build the network.
        problem: why it cannot be used, or None.
        facts: what is known of how it was made and of how good it is; see `read_facts`.
    """

    name: str
    path: Path
    architecture: str
    config: dict[str, object]
    problem: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def nfd(self) -> float:
        """How far its pictures are from real ones, as `genimg.training.evaluate` measures it; infinite if unknown."""
        figures = self.facts.get("figures")
        nfd = figures.get("nfd") if isinstance(figures, dict) else None
        return float(nfd) if isinstance(nfd, int | float) and nfd >= 0 else math.inf

    @property
    def faces(self) -> bool:
        """Whether it draws the faces of `genimg.data.avatars`."""
        return self.facts.get("data") == "avatars"

    @property
    def teaches(self) -> bool:
        """Whether it is here to show how something works, rather than for what it draws."""
        return self.facts.get("teaches") is True

    def line(self, language: str = "en") -> str:
        """Return in a sentence what it draws and what it is good for, or "" if nobody has said.

        Args:
            language: "zh" for Simplified Chinese where there is such a line, else English.
        """
        said = [self.facts.get(key) for key in (f"line_{language}", "line", "summary")]
        line = next((one for one in said if isinstance(one, str) and one), "")
        if line is self.facts.get("summary"):
            line = line.partition(". ")[0].rstrip(".") + "."
        return line if len(line) <= _MAX_LINE else line[: _MAX_LINE - 1] + "\u2026"


def root() -> Path:
    """Return the folder that new checkpoints go to.

    `GENIMG_CHECKPOINTS`, else ``checkpoints/`` in the repository, else, where the package was installed or the
    repository cannot be written to, a folder of the person's own.
    """
    return Path(os.environ.get("GENIMG_CHECKPOINTS") or places.home("checkpoints"))


def roots() -> list[Path]:
    """Return the folders that hold checkpoints; of two checkpoints of one name, the one in an earlier folder counts.

    `GENIMG_CHECKPOINTS` alone if it is set, else the person's own and those that came with the package.
    """
    if os.environ.get("GENIMG_CHECKPOINTS"):
        return [root()]
    return [places.own("checkpoints"), places.shipped()]


def read(path: Path) -> Checkpoint:
    """Describe the checkpoint in `path` without reading its weights; what is wrong with it stands in `problem`."""
    try:
        path.name.encode()
        config, weights = (path / CONFIG).stat(), path / WEIGHTS
        if not weights.is_file():
            raise UserError(f"{WEIGHTS} is missing")
        beside = [(path / name).stat().st_mtime_ns if (path / name).is_file() else 0 for name in (CLASSES, FACTS)]
        return _described(path, config.st_mtime_ns, weights.stat().st_mtime_ns, *beside)
    except UnicodeEncodeError:
        return Checkpoint(path.name.encode(errors="replace").decode(), path, "", {}, "its name cannot be read")
    except UserError as error:
        return Checkpoint(path.name, path, "", {}, str(error))
    except Exception as error:  # whatever a stranger's file makes of json, of torch and of a constructor
        return Checkpoint(path.name, path, "", {}, f"{type(error).__name__}: {error}"[:200])


@lru_cache(maxsize=256)  # the menus ask for all of them whenever somebody opens a tab
def _described(path: Path, _config: int, _weights: int, _classes: int, _facts: int) -> Checkpoint:
    if (path / CONFIG).stat().st_size > _MAX_CONFIG:
        raise UserError(f"{CONFIG} is larger than {_MAX_CONFIG // 1_000_000} MB")
    config = json.loads((path / CONFIG).read_text(encoding="utf-8"))
    architecture = config.pop("architecture")
    if architecture not in ARCHITECTURES:
        raise UserError(f"unknown architecture {str(architecture)[:40]!r}")
    check_shapes(lambda: ARCHITECTURES[architecture](**config), stored_shapes(path / WEIGHTS))
    if (counts := [len(shares) for shares in classes(path).values()]) and counts != list(config["num_classes"]):
        raise UserError(f"{CLASSES} and {CONFIG} have different numbers of classes")
    return Checkpoint(path.name, path, architecture, config, facts=read_facts(path))


def read_facts(path: Path) -> dict[str, Any]:
    """Return what training.json in the folder `path` says; empty without it, or when it is damaged."""
    try:
        if (path / FACTS).stat().st_size > _MAX_CONFIG:
            return {}
        found = json.loads((path / FACTS).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def available(architecture: str | None = None) -> list[Checkpoint]:
    """Return the usable checkpoints in `roots`, the best first; only those of one architecture if it is given.

    Those that draw faces come before all others, and those that are there to teach last of their kind; then goes the
    measured distance of what they draw from real pictures; what was not measured comes after that, by name.
    """
    found = [c for c in _scan() if c.problem is None and architecture in (None, c.architecture)]
    return sorted(found, key=lambda c: (not c.faces, c.teaches, c.nfd, c.name))


def line(name: str, language: str = "en") -> str:
    """Return in a sentence what a checkpoint draws, see `Checkpoint.line`; no weights are opened.

    Raises:
        UserError: if there is no such checkpoint.
    """
    return find(name).line(language)


def broken() -> list[Checkpoint]:
    """Return the folders in `roots` that cannot be used, each with its `problem`."""
    return [c for c in _scan() if c.problem is not None]


def _scan() -> list[Checkpoint]:
    return [replace(read(path), name=name) if name in _fetched else read(path) for name, path in _folders().items()]


def _folders() -> dict[str, Path]:
    there = [path for folder in reversed(roots()) if folder.is_dir() for path in folder.iterdir() if path.is_dir()]
    return dict(sorted({path.name: path for path in there}.items())) | _fetched


def _folder(name: str) -> Path | None:
    """Return what `_folders` has by this name, without a look into the others: each slider's picture asks."""
    if name in _fetched:
        return _fetched[name]
    return next((path for folder in roots() if _holds(folder, name) and (path := folder / name).is_dir()), None)


def _holds(folder: Path, name: str) -> bool:
    with contextlib.suppress(OSError):
        return name in os.listdir(folder)
    return False


_fetched: dict[str, Path] = {}


def add(name: str, path: Path) -> None:
    """Let the checkpoint in the folder `path` be found by `name` until this process ends, wherever the folder lies."""
    _fetched[name] = path


def taken(name: str) -> bool:
    """Say whether there is a checkpoint of this name, be it whole or broken."""
    return name in _folders() or (root() / name).exists()


def find(name: str) -> Checkpoint:
    """Return the checkpoint of this name in `roots`.

    Raises:
        UserError: if there is none, or it is broken.
    """
    if path := _folder(name):
        checkpoint = replace(read(path), name=name)
        if checkpoint.problem:
            raise UserError(f"The checkpoint {name} cannot be used: {checkpoint.problem}.")
        return checkpoint
    names = ", ".join(c.name for c in available())
    hint = " To fetch one from the Hugging Face Hub, say --hub, or hub=True in Python." if name.count("/") == 1 else ""
    raise UserError(f"There is no checkpoint named {name!r}; there are: {names or 'none'}.{hint}")


def load(name: str | Path) -> nn.Module:
    """Return a trained network, in eval mode, on the device in use, without gradients; loaded once and shared.

    Args:
        name: a checkpoint in `roots`, or a `Path` to any checkpoint folder.

    Raises:
        UserError: if there is none, or it does not fit its architecture.
    """
    checkpoint = read(name) if isinstance(name, Path) else find(name)
    if checkpoint.problem:
        raise UserError(f"{name} is not a usable checkpoint: {checkpoint.problem}.")
    return _load(checkpoint.path, (checkpoint.path / WEIGHTS).stat().st_mtime_ns, device())


@lru_cache(maxsize=16)
def _load(path: Path, _modified: int, where: torch.device) -> nn.Module:
    checkpoint = read(path)
    try:
        # Not from_pretrained: for a folder that has just vanished it would turn to the network.
        with torch.random.fork_rng(devices=[]):  # for the caller's random numbers go on
            model: nn.Module = ARCHITECTURES[checkpoint.architecture](**checkpoint.config)
        weights = load_file(path / WEIGHTS)
        check_numbers(weights)
        model.load_state_dict(weights)
    except Exception as error:
        raise UserError(f"The checkpoint {path.name} is damaged: {str(error)[:200]}") from error
    return model.to(where).eval().requires_grad_(False)


def fingerprint(name: str) -> str:
    """Return a hash of a checkpoint's weights, 16 hexadecimal digits.

    Raises:
        UserError: if there is no such checkpoint.
    """
    weights = find(name).path / WEIGHTS
    return _hash(weights, weights.stat().st_mtime_ns)


@lru_cache(maxsize=256)
def _hash(path: Path, _modified: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=8)).hexdigest()


def extra(name: str | Path, part: str) -> dict[str, Tensor] | None:
    """Return the tensors of ``<part>.safetensors`` beside the weights, on the device in use, or None without it.

    Raises:
        UserError: for a damaged file.
    """
    path = (name if isinstance(name, Path) else find(name).path) / f"{part}.safetensors"
    if not path.is_file():
        return None
    stored_shapes(path)
    found = {key: value.float().to(device()) for key, value in load_file(path).items()}
    check_numbers(found)
    return found


def classes(name: str | Path) -> dict[str, dict[str, float]]:
    """Return the attributes that a conditional model draws by, each value with its share in the data; {} for others.

    Raises:
        UserError: for a damaged file.
    """
    path = (name if isinstance(name, Path) else find(name).path) / CLASSES
    if not path.is_file():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        sound = all(sum(values.values()) > 0 and min(values.values()) >= 0 for values in found.values())
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        sound = False
    if not sound:
        raise UserError(f"The checkpoint {path.parent.name} is damaged: {CLASSES} cannot be read.")
    return found


def save_classes(shares: Mapping[str, Mapping[str, float]], path: Path) -> None:
    """Write what `classes` returns into the folder `path`."""
    replace_file(path / CLASSES, (json.dumps(shares, indent=1) + "\n").encode())


def save(model: Any, path: Path, *, half: bool = False) -> None:
    """Write `model` as a checkpoint into the folder `path`; on return each file is whole, whatever happens after.

    Args:
        model: an instance of a class in `ARCHITECTURES`.
        path: the folder; made if need be.
        half: store floating-point weights as float16, half the size.
    """
    path.mkdir(parents=True, exist_ok=True)
    save_tensors(model.state_dict(), path / WEIGHTS, half=half)
    replace_file(path / CONFIG, (json.dumps(model.hub_config(), indent=2) + "\n").encode())


def save_tensors(tensors: dict[str, Tensor], path: Path, *, half: bool = False) -> None:
    """Write named tensors to one safetensors file, all or nothing."""
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as part:
        temporary = Path(part.name)
    try:
        save_file(
            {k: (v.half() if half and v.is_floating_point() else v).cpu().contiguous() for k, v in tensors.items()},
            temporary,
        )
        temporary.chmod(0o644)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def replace_file(path: Path, content: bytes) -> None:
    """Write `content` to `path`, all or nothing: a reader sees the old file or the new one, never half of it."""
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as part:
        temporary = Path(part.name)
        part.write(content)
    try:
        temporary.chmod(0o644)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
