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
from genimg.data import sketches
from genimg.data.avatars import draw_attributes, render
from genimg.data.datasets import fashion_here as fashion_here
from genimg.data.datasets import load_dataset
from genimg.nn.adversarial import LOSSES
from genimg.training.adversarial import GAMMA
from genimg.training.loop import BATCH_SIZE
from genimg.training.recipes import PAIRED, RECIPES
from genimg.training.spec import Spec

SIZES = (16, 32, 64)
DATA = ("avatars", "fashion-mnist", "own")
# Pictures of a set that are used: drawing avatars takes a second a hundred on each core, once for a machine.
COUNTS = {16: 2_000, 32: 5_000, 64: 10_000}
SKETCHED = 2_000  # pairs of faces and sketches, which take four times as long
MINUTES = (0.1, 240.0)
PREVIEWED = 64


@dataclass(frozen=True)
class Kind:
    """A recipe as the page offers it.

    Attributes:
        recipe: its name among `RECIPES`.
        architecture: of the checkpoints that it makes and can start from.
        settings: what the page sets otherwise than the recipe does.
        widths: of its network by picture size; the recipe's own if it is not here.
        size: of the pictures that a form begins with.
        batch_size: the same for the pictures in a step.
    """

    recipe: str
    architecture: str
    settings: Mapping[str, object] = field(default_factory=dict)
    widths: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    size: int = 16
    batch_size: int = BATCH_SIZE

    @property
    def paired(self) -> bool:
        """Whether it learns from pairs of pictures."""
        return self.recipe in PAIRED

    @property
    def defaults(self) -> dict[str, Any]:
        """The settings that the recipe takes, each with its default."""
        return {name: p.default for name, p in inspect.signature(RECIPES[self.recipe]).parameters.items()}

    def default(self, name: str) -> Any:
        """Return what a setting is if nobody chooses it."""
        return self.settings.get(name, GAMMA if name == "gamma" else self.defaults[name])

    def offered(self, loss: str | None = None) -> set[str]:
        """Return which of `SETTINGS` there are to choose, given the loss (by default the recipe's own)."""
        found = self.defaults.keys() & SETTINGS.keys()
        penalised = (loss or self.defaults.get("loss", "relativistic")) == "relativistic"
        return found if penalised else found - {"gamma"}


# What a person may choose, by the recipe's word for it: what to call it, and its range.
SETTINGS = {
    "lr": ("Learning rate", 1e-6, 1.0),
    "critic_lr": ("The discriminator's learning rate", 1e-6, 1.0),
    "loss": ("Loss", 0, 0),
    "gamma": ("Gamma", 0.0, 100.0),
    "beta1": ("Momentum", 0.0, 0.99),
    "kl_weight": ("KL weight", 0.0, 1000.0),
}
# Narrow enough that a CPU shows faces within a minute at 16 px, and quick learners; the recipes' own networks are for
# hours. Widths are multiples of 8, as group norm wants them.
_NARROW = {16: (64, 32), 32: (96, 64, 32), 64: (160, 128, 64, 32)}
_PAIRS = {16: (48, 80), 32: (64, 96, 128), 64: (48, 80, 112)}  # finest first, at a quarter of the side
_ALL = {
    "gan": Kind("gan", "dcgan", {"latent_dim": 64, "lr": 1e-3}, _NARROW),
    "conditional": Kind("gan", "dcgan", {"latent_dim": 64, "lr": 1e-3, "conditional": True}, _NARROW),
    "mlp": Kind("mlp", "mlp"),
    "progressive": Kind("progressive", "progressive", {"latent_dim": 64}),
    "vae": Kind("vae", "vae", {"latent_dim": 64, "lr": 2e-3}, _NARROW),
    "cnn": Kind("cnn", "cnn", {"latent_dim": 64, "lr": 2e-3}, _NARROW),
    "pix2pix": Kind(
        "pix2pix", "pix2pix", {"critic_widths": (24, 48, 96), "alone": 200, "lr": 1e-3}, _PAIRS, size=32, batch_size=16
    ),
}


def suggested(kind: object, loss: object = None) -> dict[str, Any]:
    """Return for each of `SETTINGS` what to begin with in a form: its default, or None if it is not offered.

    Raises:
        UserError: for an unknown kind or loss.
    """
    chosen = kinds()[choice("The recipe", kind, tuple(kinds()))]
    offered = chosen.offered(None if loss is None else choice("Loss", loss, LOSSES))
    return {name: chosen.default(name) if name in offered else None for name in SETTINGS}


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
        _FACES | {"gamma": None, "loss": "bce", "lr": 4e-5, "critic_lr": 4e-3},
        lesson="The discriminator tells real from generated without an error, its loss falls to nothing and the two "
        "histograms stand far apart. Where it is so sure its gradient says nothing of how to do better, so the "
        "generator stays with blobs.",
        cure={"loss": "relativistic", "critic_lr": None, "lr": 1e-3},
    ),
    "collapse": Preset(
        "Fails: mode collapse",
        _FACES | {"gamma": None, "loss": "hinge", "critic_lr": 2e-4, "lr": 5e-3},
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
    batch_size: object = BATCH_SIZE,
    lr: object = None,
    critic_lr: object = None,
    loss: object = None,
    gamma: object = None,
    beta1: object = None,
    kl_weight: object = None,
    seed: object = 0,
    warm: object = None,
    title: str = "",
    preset: str = "",
) -> Spec:
    """Check what a person chose, and return the specification of a run.

    Of `lr` to `kl_weight`, None is the kind's own, or the recipe's; what its recipe does not have is refused.

    Args:
        kind: a key of `kinds()`.
        data: one of `DATA`; "own" needs pictures, or pairs of them, when the run is started. Of the avatars a kind that
            learns from pairs gets sketches and faces.
        size: one of `SIZES`, in pixels.
        minutes: 0.1 to 240 minutes of training.
        batch_size: 4 to 512 pictures.
        lr: 1e-6 to 1.
        critic_lr: of the discriminator, if it is to be another.
        loss: one of `LOSSES`, for GANs.
        gamma: 0 to 100, strength of the gradient penalties of the relativistic loss.
        beta1: 0 to 0.99, the momentum of Adam.
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
    chosen = kinds()[name]
    if data == "fashion-mnist" and chosen.paired:
        raise UserError("Fashion-MNIST has no pairs to learn from; choose the drawn faces, or pairs of your own.")
    if data == "fashion-mnist":
        _fashion(size, 10)  # says what is missing before anything is started
    if chosen.settings.get("conditional") and data == "own":
        raise UserError("A conditional GAN needs labels, and one's own pictures have none; choose another recipe.")
    settings: dict[str, Any] = dict(chosen.settings)
    if size in chosen.widths:
        settings["widths"] = list(chosen.widths[size])
    asked = {"lr": lr, "critic_lr": critic_lr, "loss": loss, "gamma": gamma, "beta1": beta1, "kl_weight": kl_weight}
    settings |= _chosen(name, {key: value for key, value in asked.items() if value is not None})
    if warm is not None:
        settings |= _of_checkpoint(chosen, choice("The start", warm, warm_starts(name, data, size)))
    return {
        "title": title or f"{name} on {data}, {size} px",
        "preset": preset,
        "kind": name,
        "recipe": chosen.recipe,
        "data": data,
        "size": size,
        "count": None if data != "avatars" else SKETCHED if chosen.paired else COUNTS[size],
        "minutes": number("Minutes", minutes, *MINUTES),
        "batch_size": integer("Batch size", batch_size, 4, 512),
        "seed": integer("Seed", seed, 0, MAX_SEED),
        "warm": None if warm is None else str(warm),
        "settings": settings,
        "note": "",
    }


def _chosen(kind: str, asked: Mapping[str, object]) -> dict[str, Any]:
    """Return the settings that a person chose, checked."""
    loss = choice("Loss", asked["loss"], LOSSES) if "loss" in asked else None
    offered, found = kinds()[kind].offered(loss), {}
    for key, value in asked.items():
        title, low, high = SETTINGS[key]
        if key not in offered:
            why = f"{kind} with the loss {loss}" if loss and "loss" in offered else kind
            raise UserError(f"{title} has no part in {why}: leave it empty.")
        found[key] = loss if key == "loss" else number(title, value, low, high)
    return found


# What `plan` takes for what is not said.
DEFAULTS = {name: parameter.default for name, parameter in inspect.signature(plan).parameters.items()}


def warm_starts(kind: str, data: str, size: int) -> list[str]:
    """Return the checkpoints that a run of this kind can start from: of its architecture, size and channels.

    Raises:
        UserError: for an unknown kind.
    """
    chosen = kinds()[choice("The kind", kind, tuple(kinds()))]
    wanted = {"image_size": size, "channels": 1 if data == "fashion-mnist" else 3}
    return [
        c.name
        for c in checkpoints.available(chosen.architecture)
        if {key: c.config.get(key, value) for key, value in wanted.items()} == wanted
        and bool(c.config.get("num_classes")) == bool(chosen.settings.get("conditional"))
    ]


def _of_checkpoint(kind: Kind, name: str) -> dict[str, Any]:
    """Return the arguments that make a network like the checkpoint's."""
    config = checkpoints.find(name).config
    fixed = {"image_size", "channels", "num_classes"}  # these come from the data
    return {key: value for key, value in config.items() if key in kind.defaults.keys() - fixed}


def _fashion(size: int, limit: int) -> list[Image.Image]:
    return to_pil(load_dataset("fashion-mnist", size=size, limit=limit).images.float() / 255)


@lru_cache(maxsize=8)
def examples(data: str, size: int, *, paired: bool = False) -> Image.Image:
    """Return 64 pictures of a data set at a size, side by side: what a network is going to learn from.

    Args:
        data: one of the first two of `DATA`.
        size: of a picture, in pixels.
        paired: whether to show sketches beside the faces.

    Raises:
        UserError: for an unknown data set, or one that is not here.
    """
    if choice("The data", data, DATA[:2]) == "fashion-mnist":
        return grid(_fashion(size, PREVIEWED), gap=0)
    if paired:
        pairs = [sketches.pair(index, size=size) for index in range(PREVIEWED // 2)]
        return grid([Image.fromarray(side) for face, sketch in pairs for side in (sketch, face)], gap=0)
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
