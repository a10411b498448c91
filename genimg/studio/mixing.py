"""Two pictures of a StyleGAN2 in one: the coarse layers of the one, the fine layers of the other."""

import torch
from PIL import Image

from genimg.core import runtime
from genimg.core.errors import UserError, integer
from genimg.core.images import to_pil
from genimg.models.stylegan2 import StyleGAN2
from genimg.studio.again import remembered
from genimg.studio.sampler import check_draw, sampler


@remembered("mix", model="model")
def mix(
    model: object,
    *,
    seed: object = 0,
    styles: object = 1,
    first: object = 5,
    last: object = None,
    truncation: object = 1.0,
    noise: object = None,
) -> Image.Image:
    """Draw the picture of a seed with some layers in the style of another (Karras et al. 2019, style mixing).

    Coarse layers, the first, say pose and shape; middle ones features; fine ones colours and texture.

    Args:
        model: name of a checkpoint of the kind stylegan2.
        seed: of the picture.
        styles: the seed that the styles of the other layers come from.
        first: the first of these layers, from 1 on.
        last: the last of them; None for the finest there is.
        truncation: 0 to 1.5; below 1 more typical, above 1 more unusual.
        noise: a seed for the details that are left to chance; None for those that the network keeps.

    Raises:
        UserError: for an unknown model, one of another kind, or a value out of range.
    """
    source = sampler(model, StyleGAN2.architecture)
    network = source.model
    if not isinstance(network, StyleGAN2):
        raise UserError(f"{source.name} has no layers of styles.")
    seed, _, truncation = check_draw(seed, 1, truncation)
    styles = integer("Styles", styles, 0, runtime.MAX_SEED)
    first = integer("The first layer", first, 1, network.layers)
    last = network.layers if last is None else integer("The last layer", last, first, network.layers)
    chance = None if noise is None else runtime.generator(integer("Noise", noise, 0, runtime.MAX_SEED))
    one, two = (source.latents(number, 1, truncation).to(runtime.device()) for number in (seed, styles))
    layers = one.repeat(network.layers, 1)
    layers[first - 1 : last] = two
    with torch.inference_mode():
        return to_pil(network.synthesize(layers[None], noise=chance))[0]
