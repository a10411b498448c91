"""What can be trained in the page: recipes, data, settings, and the presets, those that fail on purpose among them."""

import inspect
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from PIL import Image

from genimg import checkpoints
from genimg.core.errors import UserError, choice, integer, number
from genimg.core.images import grid, to_pil
from genimg.core.runtime import MAX_SEED
from genimg.data.avatars import draw_attributes, render
from genimg.data.datasets import load_dataset
from genimg.training.adversarial import LOSSES
from genimg.training.recipes import RECIPES

SIZES = (16, 32, 64)
DATA = ("avatars", "fashion-mnist", "own")
# Pictures of a set that are used: drawing avatars takes a second a hundred on each core, once for a machine.
COUNTS = {16: 2_000, 32: 5_000, 64: 10_000}
MINUTES = (0.1, 240.0)
PREVIEWED = 64


@dataclass(frozen=True)
class Kind:
    """A recipe as the page offers it.

    Attributes:
        recipe: its name among `RECIPES`.
        architecture: of the checkpoints that it makes and can start from.
        lr: the learning rate that suits it.
        settings: what else is fixed for it.
        widths: of its network by picture size; the recipe's own if it is not here.
        adversarial: whether there are losses and a gamma to choose, and a discriminator to step.
    """

    recipe: str
    architecture: str
    lr: float
    settings: Mapping[str, object] = field(default_factory=dict)
    widths: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    adversarial: bool = False

    @property
    def parameters(self) -> set[str]:
        """Names of the settings that the recipe takes."""
        return set(inspect.signature(RECIPES[self.recipe]).parameters)


# Narrow enough that a CPU shows faces within a minute at 16 px; widths are multiples of 8, as group norm wants them.
_NARROW = {16: (64, 32), 32: (96, 64, 32), 64: (160, 128, 64, 32)}
_DENSE = {16: (256, 512), 32: (256, 512, 1024), 64: (256, 512, 1024)}
_ALL = {
    "gan": Kind("gan", "dcgan", 1e-3, {"latent_dim": 64}, _NARROW, True),
    "conditional": Kind("gan", "dcgan", 1e-3, {"latent_dim": 64, "conditional": True}, _NARROW, True),
    "mlp": Kind("mlp", "mlp", 2e-4, {}, _DENSE, True),
    "progressive": Kind("progressive", "progressive", 1e-3, {"latent_dim": 64}, {}, True),
    "vae": Kind("vae", "vae", 2e-3, {"latent_dim": 64}, _NARROW),
    "cnn": Kind("cnn", "cnn", 2e-3, {"latent_dim": 64}, _NARROW),
}


def kinds() -> dict[str, Kind]:
    """Return what can be trained, by the word that the page and its clients use."""
    return {name: kind for name, kind in _ALL.items() if kind.recipe in RECIPES}


@dataclass(frozen=True)
class Preset:
    """A ready choice of everything.

    Attributes:
        title: in a few words.
        values: arguments of `plan`.
        lesson: of one that fails on purpose, what is seen and why.
        cure: what is to be changed in `values` so that it works.
    """

    title: str
    values: Mapping[str, Any]
    lesson: str = ""
    cure: Mapping[str, Any] = field(default_factory=dict)


_FACES = {"kind": "gan", "data": "avatars", "size": 16, "minutes": 2, "batch_size": 32, "gamma": 0.5, "seed": 0}
PRESETS: dict[str, Preset] = {
    "faces": Preset("Faces in 30 seconds", _FACES | {"batch_size": 64}),
    "vae": Preset("Autoencoder, 32 px", {"kind": "vae", "data": "avatars", "size": 32, "minutes": 10}),
    "textbook": Preset(
        "Textbook DCGAN on clothes",
        {"kind": "gan", "data": "fashion-mnist", "size": 32, "minutes": 15, "loss": "bce", "lr": 2e-4},
    ),
    "strong": Preset(
        "Fails: discriminator too strong",
        _FACES | {"loss": "bce", "lr": 4e-5, "critic_lr": 4e-3},
        lesson="The discriminator tells real from generated without an error, its loss falls to nothing and the two "
        "histograms stand far apart. Where it is so sure its gradient says nothing of how to do better, so the "
        "generator stays with blobs.",
        cure={"loss": "relativistic", "critic_lr": None, "lr": 1e-3},
    ),
    "collapse": Preset(
        "Fails: mode collapse",
        _FACES | {"loss": "hinge", "critic_lr": 2e-4, "lr": 5e-3},
        lesson="All pictures of the grid become the same few faces, whatever their latents, and jump together from "
        "one to the next. The generator learns faster than the discriminator can object, so it runs after whatever "
        "passes at the moment.",
        cure={"loss": "relativistic", "critic_lr": None, "lr": 1e-3},
    ),
    "wild": Preset(
        "Fails: no regularisation",
        _FACES | {"gamma": 0.0, "beta1": 0.9},
        lesson="The logits run up and down together, the pictures turn into the same pattern and then into another, "
        "and no faces come. Without penalties nothing keeps the discriminator's slope small, and with much momentum "
        "both run past the balance again and again instead of settling in it.",
        cure={"gamma": 0.5, "beta1": None},
    ),
    "posterior": Preset(
        "Fails: posterior collapse",
        {"kind": "vae", "data": "avatars", "size": 16, "minutes": 2, "batch_size": 32, "kl_weight": 20.0, "seed": 0},
        lesson="Every reconstruction is the same blurred average face, and the KL divergence is zero. Saying anything "
        "through the latent costs more than it saves in error, so the encoder says nothing at all.",
        cure={"kl_weight": 0.05},
    ),
}


def cured(name: object) -> dict[str, Any]:
    """Return the arguments of `plan` for the cure of a preset that fails on purpose.

    Raises:
        UserError: if there is nothing to cure.
    """
    sick = [key for key, preset in PRESETS.items() if preset.cure]
    preset = PRESETS[choice("The preset", name, sick)]
    return dict(preset.values) | dict(preset.cure) | {"title": f"Cured: {preset.title.removeprefix('Fails: ')}"}


def preset(name: object) -> dict[str, Any]:
    """Return the arguments of `plan` for a preset.

    Raises:
        UserError: for an unknown one.
    """
    name = choice("The preset", name, tuple(PRESETS))
    return dict(PRESETS[name].values) | {"title": PRESETS[name].title, "preset": name}


def plan(
    *,
    kind: object = "gan",
    data: object = "avatars",
    size: object = 16,
    minutes: object = 5.0,
    batch_size: object = 64,
    lr: object = None,
    critic_lr: object = None,
    loss: object = "relativistic",
    gamma: object = 1.0,
    beta1: object = None,
    kl_weight: object = 0.05,
    seed: object = 0,
    warm: object = None,
    title: str = "",
    preset: str = "",
) -> dict[str, Any]:
    """Check what a person chose, and return the specification of a run, as JSON holds it.

    Args:
        kind: a key of `kinds()`.
        data: one of `DATA`; "own" needs pictures when the run is started.
        size: one of `SIZES`, in pixels.
        minutes: 0.1 to 240 minutes of training.
        batch_size: 4 to 512 pictures.
        lr: 1e-6 to 1; the kind's own if None.
        critic_lr: of the discriminator, if it is to be another.
        loss: one of `LOSSES`, for GANs.
        gamma: 0 to 100, strength of the gradient penalties of the relativistic loss.
        beta1: 0 to 0.99, the momentum of a GAN's Adam; what suits the loss if None.
        kl_weight: 0 to 1000, for a VAE.
        seed: 0 to 2^31 - 1.
        warm: the checkpoint to start from, one of `warm_starts`, or None.
        title: what to call it.
        preset: where it comes from.

    Raises:
        UserError: naming the bad value and the choices.
    """
    name = choice("The recipe", kind, tuple(kinds()))
    data = choice("The data", data, DATA)
    size = integer("Size", size, min(SIZES), max(SIZES))
    if size not in SIZES:
        raise UserError(f"Size must be one of {', '.join(map(str, SIZES))} pixels, got {size}.")
    if data == "fashion-mnist":
        _fashion(size, 10)  # says what is missing before anything is started
    chosen = kinds()[name]
    if chosen.settings.get("conditional") and data == "own":
        raise UserError("A conditional GAN needs labels, and one's own pictures have none; choose another recipe.")
    settings: dict[str, Any] = dict(chosen.settings)
    if size in chosen.widths:
        settings["widths"] = list(chosen.widths[size])
    settings["lr"] = number("Learning rate", chosen.lr if lr is None else lr, 1e-6, 1.0)
    if chosen.adversarial:
        settings["loss"] = choice("Loss", loss, LOSSES)
        settings["gamma"] = number("Gamma", gamma, 0.0, 100.0)
        if critic_lr is not None:
            settings["critic_lr"] = number("The discriminator's learning rate", critic_lr, 1e-6, 1.0)
        # The textbook's momentum suits batch norm; with penalties none is better.
        usual = 0.0 if settings["loss"] == "relativistic" else 0.5
        settings["beta1"] = number("Momentum", usual if beta1 is None else beta1, 0.0, 0.99)
    if name == "vae":
        settings["kl_weight"] = number("KL weight", kl_weight, 0.0, 1000.0)
    if warm is not None:
        settings |= _of_checkpoint(chosen, choice("The start", warm, warm_starts(name, data, size)))
    settings = {key: value for key, value in settings.items() if key in chosen.parameters | {"conditional"}}
    return {
        "title": title or f"{name} on {data}, {size} px",
        "preset": preset,
        "kind": name,
        "recipe": chosen.recipe,
        "data": data,
        "size": size,
        "count": COUNTS[size] if data == "avatars" else None,
        "minutes": number("Minutes", minutes, *MINUTES),
        "batch_size": integer("Batch size", batch_size, 4, 512),
        "seed": integer("Seed", seed, 0, MAX_SEED),
        "warm": warm,
        "settings": settings,
    }


def warm_starts(kind: str, data: str, size: int) -> list[str]:
    """Return the checkpoints that a run of this kind can start from: of its architecture, size and channels."""
    chosen = kinds()[kind]
    wanted = {"image_size": size, "channels": 1 if data == "fashion-mnist" else 3}
    return [
        c.name
        for c in checkpoints.available(chosen.architecture)
        if {key: c.config.get(key) for key in wanted} == wanted
        and bool(c.config.get("num_classes")) == bool(chosen.settings.get("conditional"))
    ]


def _of_checkpoint(kind: Kind, name: str) -> dict[str, Any]:
    """Return the arguments that make a network like the checkpoint's."""
    config = checkpoints.find(name).config
    fixed = {"image_size", "channels", "num_classes"}  # these come from the data
    return {key: value for key, value in config.items() if key in kind.parameters - fixed}


def fashion_here() -> bool:
    """Say whether the files of Fashion-MNIST are on this machine."""
    try:
        _fashion(32, 10)
    except UserError:
        return False
    return True


def _fashion(size: int, limit: int) -> list[Image.Image]:
    return to_pil(load_dataset("fashion-mnist", size=size, limit=limit).images.float() / 255)


@lru_cache(maxsize=8)
def examples(data: str, size: int) -> Image.Image:
    """Return 64 pictures of a data set at a size, side by side: what a network is going to learn from.

    Raises:
        UserError: for an unknown data set, or one that is not here.
    """
    if choice("The data", data, DATA[:2]) == "fashion-mnist":
        return grid(_fashion(size, PREVIEWED), gap=0)
    return grid([render(draw_attributes(index), size) for index in range(PREVIEWED)], gap=0)


def draw_ahead() -> None:
    """Draw the faces of the quickest preset in the background, so that they are there when it is started.

    Nothing happens where they are there already.
    """
    global _drawing
    if _drawing is None:
        size = min(SIZES)
        _drawing = subprocess.Popen(
            [sys.executable, "-m", "genimg.data.drawing", str(size), str(COUNTS[size] * 9 // 10)],
            cwd=Path(__file__).parents[2],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


_drawing: "subprocess.Popen[bytes] | None" = None
