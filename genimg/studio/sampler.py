"""From a seed to latents to pictures, for every model that has a latent space: what Generate and VAE share."""

import base64
import binascii
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import torch
from PIL import Image
from torch import Tensor

from genimg import checkpoints
from genimg.algorithms.directions import step
from genimg.core import recipes, runtime
from genimg.core.errors import UserError, choice, integer, number
from genimg.core.images import grid, to_pil
from genimg.core.recipes import Recipe
from genimg.nn.generator import Generator
from genimg.training.drawing import Course, FlowGenerator, course, open_generator
from genimg.training.mixture import sample_mixture
from genimg.training.prior import Prior, open_prior
from genimg.training.sliders import stored_sliders

MAX_COUNT = 64
REACH = 3.0  # how far a direction slider goes, in standard deviations of a latent
ATTRIBUTE_REACH = 5.0  # where an attribute slider ends: there the attribute has come or gone
RAW_REACH = 4.0  # how far a single latent number goes
OPEN = "open"  # asked for of a flow's attribute: the network decides by the noise, where otherwise the seed would
SHOWN = 384  # pixels of the large picture's longer side


@dataclass(frozen=True)
class Sampler:
    """A generator, or the decoder of a VAE, with the distribution of its latents.

    Attributes:
        name: of the checkpoint.
        model: the network.
        directions: ``(K, latent_dim)`` unit vectors that move the picture most, the strongest first.
        attributes: by name how a picture gains glasses, a beard, ... and loses them, see
            `genimg.algorithms.directions.step`.
        mixture: the Gaussian mixture that describes its latents, where they are not standard normal.
        prior: what makes latents of standard normal noise, where that is better than drawing from the mixture.
        classes: attributes that a conditional model draws by, each with its values and their shares in the data.
    """

    name: str
    model: Generator
    directions: Tensor
    attributes: Mapping[str, Tensor]
    mixture: Mapping[str, Tensor] | None
    prior: Prior | None
    classes: Mapping[str, Mapping[str, float]]

    @property
    def latent_dim(self) -> int:
        """Length of a latent vector."""
        return self.model.latent_dim

    def latents(self, seed: int, count: int = 1, truncation: float = 1.0) -> Tensor:
        """Draw ``(count, latent_dim)``; picture i of a seed is picture 0 of seed + i.

        Truncation pulls latents towards the middle (of their component, in a mixture): below 1 pictures are more
        typical and less varied (Brock et al. 2018, https://arxiv.org/abs/1809.11096, in its simplest form).
        """
        if self.prior is not None or self.mixture is None:
            noise = runtime.latents(count, self.model.noise_dim or self.latent_dim, seed).to(runtime.device())
            with torch.no_grad():
                made = self.prior(noise * truncation) if self.prior else self.model.from_noise(noise, truncation)
            return made.cpu()
        seeds = [(seed + i) % (runtime.MAX_SEED + 1) for i in range(count)]
        rows = [sample_mixture(self.mixture, 1, runtime.generator(s), spread=truncation) for s in seeds]
        return torch.cat(rows)

    def conditions(self, seed: int, count: int = 1, classes: object = None) -> Tensor:
        """Return what a conditional model is asked to draw, ``(count, K)``; K is 0 for others.

        Args:
            seed: of the first picture; it chooses, with the shares of the data, the values that are left out.
            count: how many pictures.
            classes: attribute to a value; to a mixture of values, ``{"class": {"Coat": 0.3, "Sandal": 0.7}}``; to a
                list of values of which each seed chooses one; or to `OPEN`.

        Raises:
            UserError: for attributes or values that the model does not know.
        """
        asked = _check_classes(self, classes)
        seeds = [(seed + i) % (runtime.MAX_SEED + 1) for i in range(count)]
        return torch.stack([self._row(self._values(one, asked)) for one in seeds])

    def values(self, seed: int, classes: object = None) -> dict[str, str | dict[str, float]]:
        """Return what `conditions` asks for in the picture of a seed, chance included.

        To hold what a picture has while its seed changes, or to change one attribute of it alone, ask for these.

        Args:
            seed: of the picture.
            classes: as for `conditions`.

        Returns:
            Each attribute with its value, a mixture of values whose shares sum to 1, or `OPEN`.

        Raises:
            UserError: as `conditions` does.
        """
        mixtures = self._values(seed, _check_classes(self, classes))
        return {
            attribute: dict(mixture) if len(mixture) > 1 else next(iter(mixture), OPEN)
            for attribute, mixture in mixtures.items()
        }

    def _values(self, seed: int, asked: Mapping[str, "_Wanted"]) -> dict[str, Mapping[str, float]]:
        # Beyond the seeds of latents: values and shapes are to be independent.
        random = runtime.generator(seed + runtime.MAX_SEED + 1)
        found = {}
        for attribute, shares in self.classes.items():
            wanted = asked.get(attribute, tuple(shares))
            allowed = wanted if isinstance(wanted, tuple) else tuple(shares)
            chances = torch.tensor([share if value in allowed else 0.0 for value, share in shares.items()])
            # Drawn even if it is not needed: the chances of the other attributes stay what they are.
            by_chance = list(shares)[int(torch.multinomial(chances, 1, generator=random))]
            found[attribute] = wanted if isinstance(wanted, Mapping) else {by_chance: 1.0}
        return found

    def _row(self, values: Mapping[str, Mapping[str, float]]) -> Tensor:
        parts = [torch.zeros(0)]
        for attribute, mixture in values.items():
            parts.append(torch.tensor([mixture.get(value, 0.0) for value in self.classes[attribute]]))
        return torch.cat(parts)

    def course(self, steps: object = None, guidance: object = None, solver: object = None) -> Course | None:
        """Return how a flow is followed, see `genimg.training.drawing.course`; None for a model that draws at once.

        Raises:
            UserError: for a value out of range, or any value at all for a model that draws at once.
        """
        return course(self.name, self.model, steps, guidance, solver)

    def render(
        self,
        latents: Tensor,
        conditions: Tensor | None = None,
        *,
        steps: object = None,
        guidance: object = None,
        solver: object = None,
    ) -> list[Image.Image]:
        """Turn latents ``(N, latent_dim)`` and, for a conditional model, conditions into N RGB pictures.

        Steps, guidance and solver are those of a flow, see `course`.
        """
        way = self.course(steps, guidance, solver)
        latents = latents.to(runtime.device())
        conditions = None if conditions is None else conditions.to(runtime.device())
        with torch.inference_mode():
            if isinstance(self.model, FlowGenerator):
                return to_pil(self.model.decode(latents, conditions, way))
            return to_pil(self.model.decode(latents, conditions))


# A mixture whose shares sum to 1, an empty one for what is open to the network; or the values that chance may choose.
_Wanted = Mapping[str, float] | tuple[str, ...]


def _check_classes(source: Sampler, classes: object) -> dict[str, _Wanted]:
    if classes is None:
        return {}
    if not isinstance(classes, Mapping):
        raise UserError(f"Classes must be a table of attributes and values, got {classes!r}.")
    checked: dict[str, _Wanted] = {}
    for attribute, wanted in classes.items():
        if attribute not in source.classes:
            known = ", ".join(source.classes) or "none"
            raise UserError(f"{source.name} has no attribute {attribute!r} to draw by; it has {known}.")
        values = tuple(source.classes[attribute])
        if isinstance(wanted, list | tuple):
            checked[attribute] = tuple(choice(f"The {attribute}", value, values) for value in wanted) or values
            continue
        if wanted == OPEN and OPEN not in values:
            if not isinstance(source.model, FlowGenerator):
                raise UserError(f"{source.name} cannot leave the {attribute} open; without a value chance chooses one.")
            checked[attribute] = {}
            continue
        shares = wanted.items() if isinstance(wanted, Mapping) else [(wanted, 1.0)]
        mixture = {
            choice(f"The {attribute}", value, values): number(f"The share of {value}", share, 0.0, 1.0)
            for value, share in shares
        }
        total = sum(mixture.values())
        if not total:
            raise UserError(f"A mixture of the {attribute} needs a share above 0.")
        checked[attribute] = {value: share / total for value, share in mixture.items() if share}
    return checked


@dataclass(frozen=True)
class Draw:
    """Some pictures and what made them.

    Attributes:
        model: name of the checkpoint.
        seed: of the first picture; picture i has seed + i.
        truncation: as asked.
        images: of the model's own size.
    """

    model: str
    seed: int
    truncation: float
    images: list[Image.Image]


@lru_cache(maxsize=16)
def _build(name: str, model: Generator) -> Sampler:
    directions = (checkpoints.extra(name, "directions") or {}).get("directions", torch.zeros(0, model.latent_dim))
    mixture = checkpoints.extra(name, "mixture")
    mixture = {key: value.cpu() for key, value in mixture.items()} if mixture else None
    return Sampler(
        name=name,
        model=model,
        directions=directions.cpu(),
        attributes=stored_sliders(name),
        mixture=mixture,
        prior=open_prior(name),
        classes=checkpoints.classes(name),
    )


def sampler(name: object, *architectures: str) -> Sampler:
    """Return the sampler of a checkpoint, loaded once.

    Args:
        name: what the user chose.
        architectures: the kinds of checkpoint that will do.

    Raises:
        UserError: if it is not one of the usable checkpoints of these kinds.
    """
    if not isinstance(name, str) or not is_of(name, *architectures):
        known = names(*architectures)
        if not known:
            raise UserError(f"There is no usable checkpoint of the kind {' or '.join(architectures)}.")
        name = choice("The model", name, known)
    model = open_generator(name)
    assert isinstance(model, Generator)
    return _build(name, model)


def is_of(name: str, *architectures: str) -> bool:
    """Tell whether there is a usable checkpoint of this name and one of these kinds; no other folder is read."""
    try:
        return checkpoints.find(name).architecture in architectures
    except UserError:
        return False


def names(*architectures: str) -> list[str]:
    """Return the names of the usable checkpoints of these kinds, in the order of `checkpoints.available`."""
    return [c.name for c in checkpoints.available() if c.architecture in architectures]


def check_draw(seed: object, count: object, truncation: object) -> tuple[int, int, float]:
    """Check what a draw is asked with.

    Raises:
        UserError: naming the bad value.
    """
    return (
        integer("Seed", seed, 0, runtime.MAX_SEED),
        integer("How many", count, 1, MAX_COUNT),
        number("Truncation", truncation, 0.0, 1.5),
    )


def draw(
    model: object,
    *architectures: str,
    seed: object = 0,
    count: object = 16,
    truncation: object = 1.0,
    classes: object = None,
    steps: object = None,
    guidance: object = None,
    solver: object = None,
) -> Draw:
    """Draw pictures from a checkpoint of one of these kinds.

    Args:
        model: name of a checkpoint.
        architectures: the kinds that will do.
        seed: 0 to 2^31 - 1. The same seed gives the same pictures, in the page, in Python and in the shell.
        count: 1 to 64.
        truncation: 0 to 1.5; below 1 more typical, above 1 more unusual.
        classes: for a conditional model, see `Sampler.conditions`.
        steps: of a flow, see `Sampler.course`.
        guidance: likewise.
        solver: likewise.

    Raises:
        UserError: for an unknown model or a value out of range.
    """
    source = sampler(model, *architectures)
    seed, count, truncation = check_draw(seed, count, truncation)
    latents, conditions = source.latents(seed, count, truncation), source.conditions(seed, count, classes)
    images = source.render(latents, conditions, steps=steps, guidance=guidance, solver=solver)
    way = {"classes": classes, "steps": steps, "guidance": guidance, "solver": solver}
    known = {"model": source.name, "truncation": truncation} | {k: v for k, v in way.items() if v is not None}
    weights = {source.name: checkpoints.fingerprint(source.name)}
    for i, image in enumerate(images):
        recipes.attach(image, Recipe("generate", known | {"seed": seed + i}, image.size, weights=weights))
    return Draw(source.name, seed, truncation, images)


def steer(
    model: object,
    *architectures: str,
    seed: object = 0,
    truncation: object = 1.0,
    amounts: Sequence[object] = (),
    attributes: Mapping[str, object] | None = None,
    numbers: Mapping[int, object] | None = None,
    classes: object = None,
    steps: object = None,
    guidance: object = None,
    solver: object = None,
) -> Image.Image:
    """Draw one picture, moved along the principal directions and with single latent numbers replaced.

    Args:
        model: name of a checkpoint.
        architectures: the kinds that will do.
        seed: as for `draw`.
        truncation: as for `draw`.
        amounts: -3 to 3 for each direction, the strongest first.
        attributes: name of an attribute to -5..5, for example ``{"Glasses": 4}``.
        numbers: position of a latent number to its value, -4 to 4.
        classes: for a conditional model, see `Sampler.conditions`.
        steps: of a flow, see `Sampler.course`.
        guidance: likewise.
        solver: likewise.

    Raises:
        UserError: for an unknown model or a value out of range.
    """
    source = sampler(model, *architectures)
    seed, _, truncation = check_draw(seed, 1, truncation)
    latents = moved(source, source.latents(seed, 1, truncation), amounts, attributes, numbers)
    conditions = source.conditions(seed, 1, classes)
    return source.render(latents, conditions, steps=steps, guidance=guidance, solver=solver)[0]


def moved(
    source: Sampler,
    latents: Tensor,
    amounts: Sequence[object] = (),
    attributes: Mapping[str, object] | None = None,
    numbers: Mapping[int, object] | None = None,
) -> Tensor:
    """Return latents ``(1, latent_dim)`` with single numbers replaced, then moved along directions and attributes.

    Args:
        source: whose latents they are.
        latents: ``(1, latent_dim)``.
        amounts: how far to go along each direction, -`REACH` to `REACH`; missing ones are 0.
        attributes: how far along named ones, -`ATTRIBUTE_REACH` to `ATTRIBUTE_REACH`; 0 for what the model lacks.
        numbers: position to value, for single latent numbers.

    Raises:
        UserError: for positions or values out of range.
    """
    latents = latents.clone()
    for position, value in (numbers or {}).items():
        where = integer("Latent number", position, 0, source.latent_dim - 1)
        latents[0, where] = number(f"Latent {where}", value, -RAW_REACH, RAW_REACH)
    if len(amounts) > len(source.directions):
        amounts = amounts[: len(source.directions)]  # the page has as many sliders as the richest model needs
    start = latents
    steps = torch.tensor([number(f"Direction {i + 1}", a, -REACH, REACH) for i, a in enumerate(amounts)])
    if len(steps):
        latents = latents + steps @ source.directions[: len(steps)]
    for name, amount in (attributes or {}).items():
        far = number(name, amount, -ATTRIBUTE_REACH, ATTRIBUTE_REACH)
        if name in source.attributes:
            # Each from where the picture began: so the order of sliders says nothing.
            latents = latents + step(start, source.attributes[name], far / ATTRIBUTE_REACH)
        elif far:
            raise UserError(
                f"{source.name} has no attribute {name!r}; it has {', '.join(source.attributes) or 'none'}."
            )
    return latents


def raw_numbers(latents: Tensor) -> list[float]:
    """Return the first of some latents ``(N, latent_dim)`` as sliders show it: within reach, to two decimals."""
    return [round(value, 2) for value in latents[0].clamp(-RAW_REACH, RAW_REACH).tolist()]


def packed(latent: Tensor) -> str:
    """Return a latent ``(D,)`` as text that an address and a file can carry, of 16 bits for each number."""
    return base64.urlsafe_b64encode(latent.cpu().half().numpy().tobytes()).decode()


def unpacked(text: object, dim: int) -> Tensor:
    """Return the latent ``(1, dim)`` that `packed` wrote.

    Raises:
        UserError: for what is no such text.
    """
    try:
        content = base64.b64decode(str(text).encode("ascii"), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error):
        content = b""
    latent = torch.frombuffer(bytearray(content), dtype=torch.float16).float() if len(content) == 2 * dim else None
    if latent is None or not bool(latent.isfinite().all()):
        raise UserError("That is not the latent of a picture that this model has found.")
    return latent[None]


def random_amounts(count: int, seed: object) -> list[float]:
    """Return `count` positions for direction sliders, a mild random step each, rounded as a slider would."""
    random = runtime.generator(integer("Seed", seed, 0, runtime.MAX_SEED))
    steps = torch.randn(count, generator=random).clamp(-REACH, REACH)
    return [round(float(value), 2) for value in steps]


def large(image: Image.Image, side: int = SHOWN) -> Image.Image:
    """Return a small picture at the size that it is shown, smoothly enlarged; a larger one as it is."""
    scale = side / max(image.size)
    size = (round(image.width * scale), round(image.height * scale))
    return image.resize(size, Image.Resampling.BICUBIC) if scale > 1 else image


def sheet(draw: Draw) -> Image.Image:
    """Return all pictures of a draw as one grid, at a size fit for looking at."""
    return grid([large(image, 128) for image in draw.images])


def new_seed() -> int:
    """Return a seed by chance, with room for a whole draw above it."""
    return secrets.randbelow(runtime.MAX_SEED - MAX_COUNT)
