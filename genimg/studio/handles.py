"""Models for Python: `genimg.load(name)` gives a handle whose methods are the studio's services."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from PIL import Image

from genimg import checkpoints
from genimg.core.errors import UserError
from genimg.hub import fetch
from genimg.studio import animate, draw, generate, mixing, style, texture, vae, ways
from genimg.studio.sampler import sampler, steer

# What a conditional model is asked for, see `genimg.studio.sampler.Sampler.conditions`.
Classes = Mapping[str, str | Mapping[str, float] | Sequence[str]]


@dataclass(frozen=True)
class Model:
    """A trained model by the name of its checkpoint."""

    name: str


@dataclass(frozen=True)
class Generator(Model):
    """A generator: seeds to pictures."""

    def sample(
        self,
        count: int = 1,
        *,
        seed: int = 0,
        truncation: float = 1.0,
        classes: Classes | None = None,
        steps: int | None = None,
        guidance: float | None = None,
        solver: str | None = None,
    ) -> list[Image.Image]:
        """Return `count` pictures; see `genimg.studio.sampler.draw`."""
        return generate.generate(
            self.name,
            seed=seed,
            count=count,
            truncation=truncation,
            classes=classes,
            steps=steps,
            guidance=guidance,
            solver=solver,
        ).images

    def values(self, seed: int = 0, classes: Classes | None = None) -> dict[str, str | dict[str, float]]:
        """Return what the picture of a seed has; see `genimg.studio.sampler.Sampler.values`."""
        return sampler(self.name, *generate.KINDS).values(seed, classes)

    def steer(
        self,
        *amounts: float,
        seed: int = 0,
        truncation: float = 1.0,
        attributes: Mapping[str, float] | None = None,
        classes: Classes | None = None,
    ) -> Image.Image:
        """Return one picture moved along the principal directions, the strongest first, and along attributes."""
        return steer(
            self.name,
            *generate.KINDS,
            seed=seed,
            truncation=truncation,
            amounts=amounts,
            attributes=attributes,
            classes=classes,
        )

    def way(
        self,
        *,
        seed: int = 0,
        frames: int = ways.STAGES,
        truncation: float = 1.0,
        classes: Classes | None = None,
        steps: int | None = None,
        guidance: float | None = None,
        solver: str | None = None,
    ) -> list[Image.Image]:
        """Return how a flow comes from noise to a picture; see `genimg.studio.ways.way`."""
        return ways.way(
            self.name,
            *generate.KINDS,
            seed=seed,
            frames=frames,
            truncation=truncation,
            classes=classes,
            steps=steps,
            guidance=guidance,
            solver=solver,
        )

    def between(
        self, first: int, second: int, *, frames: int = 24, truncation: float = 1.0, classes: Classes | None = None
    ) -> list[Image.Image]:
        """Return the pictures on the way from one seed to another; see `genimg.studio.ways.between`."""
        return ways.between(
            self.name,
            *generate.KINDS,
            first=first,
            second=second,
            frames=frames,
            truncation=truncation,
            classes=classes,
        )

    def stages(self, *, seed: int = 0, truncation: float = 1.0) -> list[Image.Image]:
        """Return one picture at all sizes of a progressively grown generator."""
        return generate.stages(self.name, seed=seed, truncation=truncation)

    def mix(
        self,
        *,
        seed: int = 0,
        styles: int = 1,
        first: int = 5,
        last: int | None = None,
        truncation: float = 1.0,
        noise: int | None = None,
    ) -> Image.Image:
        """Return the picture of a seed with some layers in the style of another; see `genimg.studio.mixing.mix`."""
        return mixing.mix(
            self.name, seed=seed, styles=styles, first=first, last=last, truncation=truncation, noise=noise
        )


@dataclass(frozen=True)
class Autoencoder(Model):
    """A variational autoencoder: pictures to latents and back."""

    def sample(self, count: int = 1, *, seed: int = 0, truncation: float = 0.8) -> list[Image.Image]:
        """Return `count` new pictures; see `genimg.studio.vae.sample`."""
        return vae.sample(self.name, seed=seed, count=count, truncation=truncation).images

    def steer(
        self, *amounts: float, seed: int = 0, truncation: float = 0.8, attributes: Mapping[str, float] | None = None
    ) -> Image.Image:
        """Return one new picture moved along the principal directions, the strongest first, and along attributes."""
        return steer(self.name, *vae.KINDS, seed=seed, truncation=truncation, amounts=amounts, attributes=attributes)

    def reconstruct(self, image: Image.Image) -> Image.Image:
        """Return what is left of a picture behind the bottleneck; see `genimg.studio.vae.reconstruct`."""
        return vae.reconstruct(self.name, image).reconstruction

    def vary(self, image: Image.Image, count: int = 12, *, strength: float = 0.5, seed: int = 0) -> list[Image.Image]:
        """Return `count` variations of a picture; see `genimg.studio.vae.variations`."""
        return vae.variations(self.name, image, strength=strength, seed=seed, count=count)

    def interpolate(
        self, first: Image.Image, second: Image.Image, *, frames: int = 24, method: str = "spherical"
    ) -> list[Image.Image]:
        """Return the frames of a morph; see `genimg.studio.vae.morph`."""
        return vae.morph(self.name, first, second, frames=frames, method=method)


@dataclass(frozen=True)
class Painter(Model):
    """Arbitrary style transfer."""

    def stylize(
        self, photo: Image.Image, painting: Image.Image, *, strength: float = 1.0, size: int = 512
    ) -> Image.Image:
        """Return the photo in the painting's style; see `genimg.studio.style.stylize`, which has more options."""
        return style.stylize(photo, painting, strength=strength, size=size)


@dataclass(frozen=True)
class Animator(Model):
    """A recurrent network that lets faces act."""

    def animate(
        self, face: Image.Image, *, seconds: float = 6.0, temperature: float = 1.0, seed: int = 0
    ) -> list[Image.Image]:
        """Return the frames of a film, twelve a second; see `genimg.studio.animate.animate`."""
        return animate.animate(self.name, face, seconds=seconds, temperature=temperature, seed=seed).frames


@dataclass(frozen=True)
class Automaton(Model):
    """A cellular automaton that grows a texture."""

    def grow(self, size: int = 128, *, steps: int = 300, seed: int = 0) -> Image.Image:
        """Return the texture, `size` pixels square and tileable, after so many steps of life."""
        return texture.life(self.name, size=size, steps=steps, seed=seed)


@dataclass(frozen=True)
class Illustrator(Model):
    """A network that paints after a sketch."""

    def draw(self, sketch: Image.Image) -> Image.Image:
        """Return what the sketch, a few lines or patches of colour on white, may mean; see `genimg.studio.draw`."""
        return draw.paint(self.name, [sketch])[0]


_KINDS: dict[str, Callable[[str], Model]] = {
    **dict.fromkeys(generate.KINDS, Generator),
    "vae": Autoencoder,
    "arbitrary-style": Painter,
    **dict.fromkeys(animate.KINDS, Animator),
    "nca": Automaton,
    **dict.fromkeys(draw.KINDS, Illustrator),
}


def load(name: str, *, hub: bool = False) -> Model:
    """Return a handle on a checkpoint, its weights loaded.

    Args:
        name: of a checkpoint.
        hub: fetch it from the Hugging Face Hub, where its name is ``user/name``.

    Raises:
        UserError: if there is none of this name, or it is a part of other methods (a feature network).
    """
    if hub:
        fetch(name)
    checkpoint = checkpoints.find(name)
    if checkpoint.architecture not in _KINDS:
        raise UserError(f"{name} makes no pictures by itself; use genimg.checkpoints.load for the bare network.")
    checkpoints.load(name)
    return _KINDS[checkpoint.architecture](name)
