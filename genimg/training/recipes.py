"""The recipes by name."""

import inspect
from pathlib import Path

from genimg.core.errors import UserError
from genimg.data.datasets import Pictures, load_dataset
from genimg.data.pairs import load_pairs
from genimg.training.autoencoder import AutoencoderRecipe
from genimg.training.cnn import CNNRecipe
from genimg.training.flow import FlowRecipe
from genimg.training.gan import GAN
from genimg.training.latent_rnn import LatentRNNRecipe
from genimg.training.mlp import MLPGAN
from genimg.training.pix2pix import Pix2PixRecipe
from genimg.training.progressive import ProgressiveGAN
from genimg.training.recipe import Recipe
from genimg.training.vae import VAERecipe

PAIRED = ("pix2pix",)  # those that learn from pairs
RECIPES: dict[str, type[Recipe]] = {
    "gan": GAN,
    "mlp": MLPGAN,
    "progressive": ProgressiveGAN,
    "cnn": CNNRecipe,
    "vae": VAERecipe,
    "autoencoder": AutoencoderRecipe,
    "flow": FlowRecipe,
    "latent_rnn": LatentRNNRecipe,
    "pix2pix": Pix2PixRecipe,
}


def load_data(recipe: str, name: str, *, size: int, count: int | None = None) -> Pictures:
    """Return the training part of the data set that a recipe learns from: pairs for `PAIRED`, pictures for the others.

    Raises:
        UserError: as `genimg.data.datasets.load_dataset` and `genimg.data.pairs.load_pairs`.
    """
    load = load_pairs if recipe in PAIRED else load_dataset
    return load(name, size=size, count=count)


def folder_name(recipe: str, folder: Path | str) -> str:
    """Return what `load_data` calls a folder of pictures, or of pairs, as a recipe needs them."""
    return f"{'paired' if recipe in PAIRED else 'folder'}:{folder}"


def make_recipe(name: str, **settings: object) -> Recipe:
    """Build the recipe of this name.

    Raises:
        UserError: for an unknown recipe or setting, or a setting that it does not take.
    """
    if name not in RECIPES:
        raise UserError(f"There is no recipe named {name!r}; there are {', '.join(RECIPES)}.")
    known = inspect.signature(RECIPES[name]).parameters
    unknown = settings.keys() - known.keys()
    if unknown:
        raise UserError(f"The recipe {name} has no setting {', '.join(unknown)}; it has {', '.join(known)}.")
    try:
        return RECIPES[name](**settings)
    except UserError:
        raise
    except Exception as error:  # settings are anything that a person types
        raise UserError(f"The recipe {name} does not take {settings}: {error}") from error


def recipe_for(name: str, data: Pictures, **settings: object) -> Recipe:
    """Build the recipe of this name for a data set: its size, its channels and, with ``conditional=True``, its classes.

    Raises:
        UserError: as `make_recipe`, and for a conditional model of a set without labels.
    """
    if settings.pop("conditional", False):
        if not data.classes:
            raise UserError("A conditional model needs a data set with labels; this one has none.")
        settings["num_classes"] = [len(values) for values in data.classes.values()]
    return make_recipe(name, image_size=data.images.shape[-1], channels=data.images.shape[1], **settings)
