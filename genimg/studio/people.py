"""Where the people are in a photo, for the tabs that treat them otherwise than what is behind them."""

import torch
from PIL import Image
from torch import Tensor

from genimg import checkpoints
from genimg.core import runtime
from genimg.core.errors import UserError
from genimg.core.images import chosen, shrink, to_tensor
from genimg.models.selfie_segmentation import SIZE, SelfieSegmentation

NAME = "selfie-segmentation"
AREA = (0.02, 0.85)  # of the picture: fewer pixels are chance, more are no person before something
CERTAINTY = 0.75


def ready() -> bool:
    """Tell whether the network that finds people is there."""
    return any(one.name == NAME for one in checkpoints.available())


def person_mask(photo: Image.Image | None) -> Tensor:
    """Return how much each pixel belongs to a person, ``(1, 1, H, W)`` in [0, 1] on the CPU, at the photo's size.

    Where there is no person it may find what stands in the middle, or nothing; see `certain`.

    Raises:
        UserError: for no picture, or without the network.
    """
    photo = chosen("photo", photo)
    network = checkpoints.load(NAME)
    if not isinstance(network, SelfieSegmentation):
        raise UserError(f"{NAME} finds no people.")
    with torch.inference_mode():
        found = network(to_tensor(shrink(photo, 2 * SIZE)).to(runtime.device())).float().cpu()
    return torch.nn.functional.interpolate(
        found, (photo.height, photo.width), mode="bilinear", align_corners=False
    ).clone()


def found(mask: Tensor) -> bool:
    """Say whether a map of `person_mask` shows more than a speck."""
    return float((mask > 0.5).float().mean()) >= AREA[0]


def certain(mask: Tensor) -> bool:
    """Say whether a map of `person_mask` shows one clearly: few pixels in doubt, and neither a speck nor everything.

    Measured as the share of what may belong to a person that surely does: 0.87 for scikit-image's astronaut, 0.82 for
    its camera man, 0.81 to 0.96 for drawn faces; 0.38 for a cup of coffee, 0 for a rocket.
    """
    sure, possible = float((mask > 0.9).float().mean()), float((mask > 0.1).float().mean())
    return AREA[0] <= sure and possible <= AREA[1] and sure >= CERTAINTY * possible
