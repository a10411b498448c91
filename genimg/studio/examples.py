"""Pictures that come with the app: photos out of scikit-image's wheel, and styles made on the spot."""

from functools import lru_cache

from PIL import Image

from genimg.algorithms import procedural
from genimg.core.images import to_pil

STYLE_SIDE = 384
_SEED = 1  # of all built-in styles; chosen by eye


# All four are public domain or CC0 by scikit-image's list: NASA portrait, cat, cup, NASA launch.
_PHOTOS = {"Astronaut": "astronaut", "Cat": "chelsea", "Coffee": "coffee", "Rocket": "rocket"}


def photos() -> dict[str, Image.Image]:
    """Return the example photos by name, in the order to show them."""
    return {name: photo(name) for name in _PHOTOS}


def styles() -> dict[str, Image.Image]:
    """Return the built-in styles by name, in the order to show them; a second or two for all, the first time."""
    return {name: style(name) for name in procedural.STYLES}


@lru_cache
def photo(name: str) -> Image.Image:
    """Return one of `photos`; made when first asked for."""
    from skimage import data  # half a second to import, and an app that is given uploads never needs it

    return Image.fromarray(getattr(data, _PHOTOS[name])())


@lru_cache
def style(name: str) -> Image.Image:
    """Return one of `styles`; made when first asked for."""
    return to_pil(procedural.STYLES[name](STYLE_SIDE, _SEED))[0]
