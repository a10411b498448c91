"""The Compare tab's service: several generators under the same seed, with what each costs and is worth."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from PIL import Image, ImageDraw, ImageFont

from genimg import checkpoints
from genimg.core.errors import UserError, choice, integer
from genimg.core.images import grid
from genimg.models.vae import VAE
from genimg.studio import sampler, vae
from genimg.studio.again import remembered
from genimg.studio.steering import KINDS

MIN_MODELS, MAX_MODELS = 2, 6
MAX_COUNT = 16
_TIMES = 3  # a machine that is busy otherwise only ever adds time, so the least of them counts


@dataclass(frozen=True)
class Entry:
    """One model in a comparison.

    Attributes:
        name: of the checkpoint.
        architecture: a key of `genimg.checkpoints.ARCHITECTURES`.
        parameters: how many numbers its network has learned.
        milliseconds: a picture takes in a batch of this size, on the warm network, measured just now.
        figures: what `python -m genimg evaluate` has measured: ``nfd``, ``psnr``, ...
        minutes: of training, None if the card does not say.
        summary: what the card says of it.
        images: of the model's own size.
        reconstruction: of the upload, for a model with an encoder.
    """

    name: str
    architecture: str
    parameters: int
    milliseconds: float
    figures: dict[str, float] = field(default_factory=dict)
    minutes: float | None = None
    summary: str = ""
    images: list[Image.Image] = field(default_factory=list)
    reconstruction: vae.Reconstruction | None = None

    def facts(self) -> list[str]:
        """Return what is known of it, in symbols that need no translation."""
        size = f"{self.parameters / 1e6:.1f} M" if self.parameters >= 1e5 else f"{self.parameters / 1e3:.0f} k"
        found = [self.architecture, size, f"{self.milliseconds:.1f} ms"]
        if "nfd" in self.figures:
            found.append(f"NFD {self.figures['nfd']:.3f}")
        if self.minutes is not None:
            found.append(f"{self.minutes:.0f} min")
        return found


def models() -> list[str]:
    """Return the names for the menu: all that turn latents into pictures."""
    return sampler.names(*KINDS)


def first_of_each() -> list[str]:
    """Return the first model of each architecture, at most as many as fit: what the page opens with."""
    found: dict[str, str] = {}
    for name in models():
        found.setdefault(checkpoints.find(name).architecture, name)
    return list(found.values())[:MAX_MODELS]


def compare(names: object, *, seed: object = 0, count: object = 8, image: Image.Image | None = None) -> list[Entry]:
    """Draw from several models with the same seed, and measure each.

    Args:
        names: 2 to 6 checkpoints, in the order of the result.
        seed: 0 to 2^31 - 1, of the first picture of each.
        count: 1 to 16 pictures of each.
        image: what the models with an encoder reconstruct, if given.

    Raises:
        UserError: for unknown models, too few, too many or one twice, or a value out of range.
    """
    if not isinstance(names, Sequence) or isinstance(names, str) or not MIN_MODELS <= len(names) <= MAX_MODELS:
        raise UserError(f"Choose {MIN_MODELS} to {MAX_MODELS} models to compare.")
    known = models()
    chosen = [choice("The model", name, known) for name in names]
    if len(set(chosen)) < len(chosen):
        raise UserError("Choose each model once.")
    count = integer("How many", count, 1, MAX_COUNT)
    return [_entry(name, seed, count, image) for name in chosen]


def _entry(name: str, seed: object, count: int, image: Image.Image | None) -> Entry:
    made = sampler.draw(name, *KINDS, seed=seed, count=count)
    source = sampler.sampler(name, *KINDS)
    latents, conditions = source.latents(made.seed, count), source.conditions(made.seed, count)
    times = []
    for _ in range(_TIMES):
        began = time.perf_counter()
        source.render(latents, conditions)
        times.append(time.perf_counter() - began)
    checkpoint = checkpoints.find(name)
    facts = checkpoint.facts
    return Entry(
        name=name,
        architecture=checkpoint.architecture,
        parameters=sum(weight.numel() for weight in source.model.parameters()),
        milliseconds=min(times) / count * 1000,
        figures=facts.get("figures", {}),
        minutes=facts.get("minutes"),
        summary=facts.get("summary", ""),
        images=made.images,
        reconstruction=vae.reconstruct(name, image) if image and isinstance(source.model, VAE) else None,
    )


@remembered("comparison")
def comparison(names: object, *, seed: object = 0, count: object = 8, image: Image.Image | None = None) -> Image.Image:
    """Return a comparison as one picture; see `compare` and `sheet`. Its milliseconds are measured anew."""
    return sheet(compare(names, seed=seed, count=count, image=image))


def sheet(entries: Sequence[Entry], *, side: int = 96) -> Image.Image:
    """Return a comparison as one picture: a row a model, its facts above it."""
    if not entries:
        raise UserError("Make a comparison first.")
    rows = [_row(entry, side) for entry in entries]
    margin = 16
    width = max(row.width for row in rows) + 2 * margin
    page = Image.new("RGB", (width, sum(row.height + margin for row in rows) + margin), "white")
    top = margin
    for row in rows:
        page.paste(row, (margin, top))
        top += row.height + margin
    return page


def _row(entry: Entry, side: int) -> Image.Image:
    pictures = grid([_fitted(image, side) for image in entry.images], columns=8)
    title, facts = ImageFont.load_default(16), ImageFont.load_default(13)
    words = "  ·  ".join(entry.facts())
    again = entry.reconstruction
    if again:
        words += f"  ·  PSNR {again.psnr:.1f} dB"
    text = 48
    there = grid([_fitted(p, side) for p in (again.original, again.reconstruction)], columns=2) if again else None
    width = pictures.width + (there.width + 24 if there else 0)
    row = Image.new("RGB", (max(width, round(facts.getlength(words)) + 8), text + pictures.height), "white")
    pen = ImageDraw.Draw(row)
    pen.text((0, 0), entry.name, fill="#1c1917", font=title)
    pen.text((0, 23), words, fill="#57534e", font=facts)
    row.paste(pictures, (0, text))
    if there:
        row.paste(there, (pictures.width + 24, text))
    return row


def _fitted(image: Image.Image, side: int) -> Image.Image:
    return image.resize((side, side), Image.Resampling.BICUBIC)
