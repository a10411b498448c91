"""The Generate tab's service: sample a trained generator."""

from genimg.studio import sampler
from genimg.studio.sampler import Draw

KINDS = ("dcgan",)


def models() -> list[str]:
    """Return the names for the menu."""
    return sampler.names(*KINDS)


def generate(model: object, *, seed: object = 0, count: object = 16, truncation: object = 1.0) -> Draw:
    """Draw pictures from a trained generator; see `genimg.studio.sampler.draw`."""
    return sampler.draw(model, *KINDS, seed=seed, count=count, truncation=truncation)
