"""Measuring what a model makes, always on pictures that never trained it.

NFD is the Frechet distance (Heusel et al. 2017, https://arxiv.org/abs/1706.08500) between Gaussians fitted to features
of made and of held-out pictures, divided by the trace of the held-out covariance. The features are the conv4_1
activations of `vgg16-features`, averaged over places: 512 numbers a picture, which 4,000 pictures describe well, and a
network that we may ship. Scale: 0 is the same distribution, 1 is as far off as the pictures spread. It is ours; do not
compare it with FID.
"""

import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn.functional import adaptive_avg_pool2d
from torchmetrics.image import PeakSignalNoiseRatio, StructuralSimilarityIndexMeasure
from torchmetrics.image.fid import FrechetInceptionDistance

from genimg import checkpoints
from genimg.checkpoints import read_facts
from genimg.core.errors import UserError, integer
from genimg.core.images import grid, to_pil
from genimg.core.places import writable
from genimg.core.runtime import device, fast_precision, generator
from genimg.data.datasets import Pictures, load_dataset
from genimg.data.pairs import Pairs, load_pairs
from genimg.models.autoencoder import Autoencoder
from genimg.models.latent_rnn import LatentRNN
from genimg.models.pix2pix import Pix2Pix
from genimg.models.vae import VAE, kl_divergence
from genimg.nn.generator import Generator
from genimg.nn.layers import one_hot
from genimg.training import latent_rnn
from genimg.training.card import SAMPLES, write_card
from genimg.training.classifier import Classifier, accuracy, judge
from genimg.training.drawing import Course, FlowGenerator, course, open_generator
from genimg.training.mixture import sample_mixture
from genimg.training.prior import open_prior
from genimg.training.sliders import STEPS, find_sliders, keeps_its_word, measure_sliders, save_sliders, stored_sliders

PICTURES = 4000
SIDE = 64  # larger pictures of generators are shrunken to it, so that figures compare
BATCH = 100
SHEET = 64  # pictures of each kind on the sheet of samples
TRIPLES = 18  # of source, picture and target on that of a network that paints after pictures
POOL, FACES = 3000, 100  # faces that sliders are learnt from, and others that they are tried on
COURSES = (  # of a flow, for the table in its card
    *(Course(steps, 1.0, solver) for steps in (4, 6, 10, 20, 30) for solver in ("euler", "heun")),
    *(Course(10, guidance) for guidance in (1.5, 2.0, 3.0)),
    *(Course(steps, 2.0) for steps in (4, 6, 20)),
)
Draw = Callable[[int, torch.Generator], Tensor]


class PooledFeatures(nn.Module):
    """The extractor that NFD looks through: ``(N, C, H, W)`` in [0, 1], C 1 or 3, to ``(N, 512)``."""

    num_features = 512

    def __init__(self) -> None:
        super().__init__()
        self.network = checkpoints.load("vgg16-features")

    def forward(self, images: Tensor) -> Tensor:
        """Return the mean over places of each conv4_1 activation."""
        with torch.no_grad(), fast_precision():
            features = self.network(images.expand(-1, 3, -1, -1), ("relu4_1",))["relu4_1"]
        return features.float().mean((2, 3))


def normalised_frechet_distance(real: Iterator[Tensor], made: Iterator[Tensor]) -> float:
    """Return the NFD between two streams of batches ``(N, C, H, W)`` in [0, 1]."""
    # antialias and normalize have no part with an extractor of one's own; torchmetrics hands pictures on as they are.
    metric = FrechetInceptionDistance(PooledFeatures(), normalize=True).to(device())
    for batch in real:
        metric.update(batch.to(device()), real=True)
    for batch in made:
        metric.update(batch.to(device()), real=False)
    n = metric.real_features_num_samples
    mean = metric.real_features_sum / n
    trace = (metric.real_features_cov_sum.diagonal().sum() - n * mean.square().sum()) / (n - 1)
    return float(metric.compute() / trace)


def evaluate(
    name: str | Path,
    *,
    count: int = PICTURES,
    data: str | None = None,
    steps: int | None = None,
    guidance: float | None = None,
    solver: str | None = None,
) -> dict[str, float]:
    """Measure a checkpoint on the held-out pictures of its data set, and write the figures into its model card.

    The card gets a sheet of samples beside held-out pictures, too.

    Args:
        name: a checkpoint by name, or the `Path` of a folder.
        count: pictures compared with as many held-out ones (fewer if the set has fewer).
        data: the data set, if the card does not say or another one is meant.
        steps: of a flow, see `genimg.training.drawing.course`; with it, or one of the next two, nothing is written.
        guidance: likewise.
        solver: likewise.

    Returns:
        ``nfd``;
        for a VAE also ``psnr`` (dB), ``ssim`` and ``kl_bits`` of reconstructions from the posterior means;
        for an autoencoder only ``psnr``, ``ssim`` and ``unevenness``, the standard deviation, of 255, of corners that
        are flat in the original;
        for a conditional generator also ``accuracy``, how often a classifier trained on the real pictures finds in a
        generated one the value that was asked for (the mean over attributes), and ``accuracy_real``, the same for the
        held-out pictures and their labels; ``accuracy_worst`` is that of the attribute least often found;
        for a model with attribute sliders, of each of them ``slider/NAME``, how often it flips its attribute at its
        end, and ``slider/NAME/other``, ``.../skin`` and ``.../background``, how often it changes something else (see
        `genimg.training.sliders`; on the pictures of 100 seeds);
        for a network that paints after pictures only ``painted_psnr`` (dB) and ``painted_error`` (of 255), against the
        held-out targets, and the ``nfd`` of what it paints;
        for a latent RNN only what `genimg.training.latent_rnn.measure` returns.

    Raises:
        UserError: if there is no such checkpoint, it is no generator or, with steps, no flow, or its data set is not
            here.
    """
    model, folder = open_generator(name), name if isinstance(name, Path) else checkpoints.find(name).path
    facts = read_facts(folder)
    if isinstance(model, LatentRNN):
        return _noted(folder, facts, latent_rnn.measure(model))
    if isinstance(model, Pix2Pix):
        pairs = load_pairs(data or str(facts.get("data")), size=model.image_size, split="test", limit=count)
        figures = _painting(model, pairs)
        if writable(folder.absolute()):
            _show(model, pairs, folder)
        return _noted(folder, facts, figures)
    if not isinstance(model, Generator | Autoencoder):
        raise UserError(f"{name} makes no pictures of its own, so there is nothing to measure.")
    way = course(name, model, steps, guidance, solver)
    source = data or facts.get("data")
    if not isinstance(source, str):
        raise UserError(f"The card of {name} does not say what it was trained on; say it with --data.")
    size = model.image_size if isinstance(model, VAE | Autoencoder) else min(model.image_size, SIDE)
    held_out = load_dataset(source, size=size, split="test", limit=count, channels=model.channels)
    real = held_out.images
    figures = _reconstruction(model, real) if isinstance(model, VAE | Autoencoder) else {}
    facts.pop("measured", None)
    facts |= {} if source == facts.get("data") else {"measured": source}
    if isinstance(model, Autoencoder):
        return _noted(folder, facts, figures)
    draw, classifier = _latents(name, model), _judge(model, source, size)
    figures |= _measured(model, draw, held_out, classifier, way)
    if classifier:
        figures["accuracy_real"] = float(accuracy(classifier, real.float() / 255, held_out.labels).mean())
    if any(one is not None for one in (steps, guidance, solver)):
        return figures
    draw_sheet(name, data=source)
    if source == "avatars" and (sliders := stored_sliders(name)):
        classifier = judge(source, size=model.image_size, channels=model.channels)
        figures |= _flat(measure_sliders(model.decode, draw(FACES, generator(123)), sliders, classifier))
    return _noted(folder, facts, figures)


def compare_courses(name: str | Path, *, count: int = PICTURES, data: str | None = None) -> Iterator[dict[str, Any]]:
    """Measure a flow for each of `COURSES`, and write the table into its model card.

    Args:
        name: a checkpoint by name, or the `Path` of a folder.
        count: pictures, always from the same noise, compared with as many held-out ones.
        data: the data set, if the card does not say or another one is meant.

    Yields:
        For each course its steps, guidance and solver, how often the network is asked, and what `evaluate` measures.

    Raises:
        UserError: if it is no flow, or its data set is not here.
    """
    model, folder = open_generator(name), name if isinstance(name, Path) else checkpoints.find(name).path
    facts = read_facts(folder)
    source = data or facts.get("data")
    if not isinstance(model, FlowGenerator) or not isinstance(source, str):
        raise UserError(f"{name} is no flow, or its card does not say what it was trained on; say it with --data.")
    size = min(model.image_size, SIDE)
    held_out = load_dataset(source, size=size, split="test", limit=count, channels=model.channels)
    draw, classifier = _latents(name, model), _judge(model, source, size)
    rows = []
    for way in COURSES:
        rows.append(asdict(way) | {"calls": way.calls} | _measured(model, draw, held_out, classifier, way))
        yield rows[-1]
    if writable(folder.absolute()):
        table = {"count": len(held_out.images), "nfd_real": real_against_real(source, size, count), "rows": rows}
        write_card(folder, read_facts(folder) | {"courses": table})


def _judge(model: nn.Module, source: str, size: int) -> Classifier | None:
    """Return who says what is in a picture, for a generator that draws by class."""
    if not isinstance(model, Generator) or not model.num_classes:
        return None
    return judge(source, size=size, channels=model.channels)


def _measured(
    model: Generator,
    draw: Draw,
    held_out: Pictures,
    classifier: Classifier | None,
    way: Course | None,
) -> dict[str, float]:
    made = _drawn(model, draw, held_out, way)
    figures = {"nfd": normalised_frechet_distance(_bytes(held_out.images), iter(made))}
    if classifier:
        # Each picture was asked for with the labels of the held-out one in its place.
        recognised = accuracy(classifier, torch.cat(made), held_out.labels)
        figures["accuracy"], figures["accuracy_worst"] = float(recognised.mean()), float(recognised.min())
    return figures


def make_sliders(name: str | Path, *, steps: int = STEPS) -> dict[str, dict[str, float]]:
    """Find the sliders of a model of avatars, store those that keep their word, and write their figures into its card.

    They are learnt from one classifier, each end in so many steps, and measured by another, on other faces.

    Returns:
        What `genimg.training.sliders.measure_sliders` says of all that were found.

    Raises:
        UserError: if it draws no avatars, or draws them by attributes already.
    """
    model, folder = open_generator(name), name if isinstance(name, Path) else checkpoints.find(name).path
    facts = read_facts(folder)
    if not isinstance(model, Generator) or facts.get("data") != "avatars":
        raise UserError(f"{name} draws no avatars, and sliders are learnt from a classifier of these.")
    if model.num_classes:
        raise UserError(f"{name} draws by attributes: each can be asked for, so it needs no sliders.")
    integer("Steps", steps, 1, 100_000)
    draw = _latents(name, model)
    teacher, classifier = (
        judge("avatars", size=model.image_size, channels=model.channels, seed=seed) for seed in (1, 0)
    )
    found = find_sliders(model.decode, draw(POOL, generator(1)), teacher, steps=steps)
    table = measure_sliders(model.decode, draw(FACES, generator(123)), found, classifier)
    kept = {slider: row for slider, row in table.items() if keeps_its_word(slider, row)}
    save_sliders({slider: found[slider] for slider in kept}, folder)
    others = {k: v for k, v in facts.get("figures", {}).items() if not k.startswith("slider/")}
    _noted(folder, facts, others | _flat(kept))
    return table


def _flat(table: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """Return rows of sliders as figures by name."""
    return {
        f"slider/{slider}" + ("" if part == "own" else f"/{part}"): share
        for slider, row in table.items()
        for part, share in row.items()
    }


def _noted(folder: Path, facts: dict[str, object], figures: dict[str, float]) -> dict[str, float]:
    """Write the figures into the card, unless it lies where nothing can be written, as in a package."""
    if writable(folder.absolute()):
        write_card(folder, facts | {"figures": figures})
    return figures


def draw_sheet(name: str | Path, *, data: str | None = None) -> None:
    """Write `SAMPLES` beside a checkpoint: 64 of its pictures on the left, as many held-out ones on the right.

    A model that draws by class is asked for what the held-out picture in the same place shows.

    Args:
        name: a checkpoint by name, or the `Path` of a folder.
        data: the data set, if the card does not say or another one is meant.

    Raises:
        UserError: if there is no such checkpoint, it draws nothing, or its data set is not here.
    """
    model, folder = open_generator(name), name if isinstance(name, Path) else checkpoints.find(name).path
    facts = read_facts(folder)
    if not isinstance(model, Generator):
        raise UserError(f"{name} makes no pictures of its own, so there is nothing to draw.")
    if not writable(folder.absolute()):
        return
    source = data or str(facts.get("data"))
    real = load_dataset(source, size=model.image_size, split="test", limit=SHEET, channels=model.channels)
    made = torch.cat(_drawn(model, _latents(name, model), real))
    left, right = (grid(to_pil(part)) for part in (made, real.images.float() / 255))
    both = Image.new("RGB", (left.width + right.width + left.width // 16, left.height), "white")
    both.paste(left, (0, 0))
    both.paste(right, (both.width - right.width, 0))
    _keep_sheet(both, folder)
    write_card(folder, facts)


def _keep_sheet(sheet: Image.Image, folder: Path) -> None:
    buffer = io.BytesIO()
    sheet.save(buffer, "WEBP", quality=80, method=6)
    checkpoints.replace_file(folder / SAMPLES, buffer.getvalue())


def real_against_real(data: str, size: int, count: int = PICTURES) -> float:
    """Return the NFD of training pictures against held-out ones: the best that any model could hope for."""
    train, test = (load_dataset(data, size=size, split=split, limit=count) for split in ("train", "test"))
    return normalised_frechet_distance(_bytes(test.images), _bytes(train.images))


def _bytes(images: Tensor) -> Iterator[Tensor]:
    return (part.float() / 255 for part in images.split(BATCH))


def _latents(name: str | Path, model: Generator) -> Draw:
    """Return what draws latents ``(N, D)`` of a checkpoint: by its prior, its mixture or the standard normal."""
    prior, mixture = open_prior(name), checkpoints.extra(name, "mixture")

    def draw(count: int, random: torch.Generator) -> Tensor:
        if mixture and prior is None:
            return sample_mixture(mixture, count, random)
        noise = torch.randn(count, model.noise_dim or model.latent_dim, generator=random).to(device())
        return (model.from_noise if prior is None else prior)(noise).cpu()

    return draw


def _drawn(model: Generator, latents: Draw, like: Pictures, way: Course | None = None) -> list[Tensor]:
    """Return batches of as many pictures as `like` has, drawn with its labels if the model draws by class."""
    random = generator(123)
    drawn = []
    for labels in like.labels.split(BATCH):
        n = len(labels)
        codes = latents(n, random).to(device())
        with torch.no_grad(), fast_precision():
            more = [way] if way else []
            pictures = model.decode(codes, one_hot(labels, model.num_classes).to(device()), *more)
        pictures = adaptive_avg_pool2d(pictures.float(), like.images.shape[-1])
        drawn.append(pictures.clamp(0, 1).mul(255).round() / 255)  # as a file would hold it
    return drawn


def _reconstruction(model: VAE | Autoencoder, images: Tensor) -> dict[str, float]:
    # Averaged over pictures, as people quote it: the PSNR of the mean error of all would be lower.
    psnr = PeakSignalNoiseRatio(data_range=1.0, reduction="elementwise_mean", dim=(1, 2, 3)).to(device())
    ssim = StructuralSimilarityIndexMeasure(data_range=1.0).to(device())
    nats: list[Tensor] = []
    uneven: list[Tensor] = []
    for batch in _bytes(images):
        batch = batch.to(device())
        with torch.no_grad():
            if isinstance(model, VAE):
                mean, log_variance = model.encode(batch)
                made = model.decode(mean)
                nats.append(kl_divergence(mean, log_variance))
            else:
                made = model(batch)
                uneven.append(_unevenness(made, batch))
        psnr.update(made, batch)
        ssim.update(made, batch)
    structure = ssim.compute()
    assert isinstance(structure, Tensor)  # it is a pair only when asked for all scales
    figures = {"psnr": psnr.compute().item(), "ssim": structure.item()}
    if uneven:
        return figures | {"unevenness": torch.cat(uneven).mean().item()}
    return figures | {"kl_bits": (torch.cat(nats).mean() / torch.log(torch.tensor(2.0))).item()}


def _painting(model: Pix2Pix, pairs: Pairs) -> dict[str, float]:
    """Measure what is painted after each source."""
    psnr = PeakSignalNoiseRatio(data_range=1.0, reduction="elementwise_mean", dim=(1, 2, 3)).to(device())
    made, errors = [], []
    for source, target in zip(_bytes(pairs.sources), _bytes(pairs.images), strict=True):
        with torch.no_grad():
            made.append(model(source.to(device())).mul(255).round() / 255)
        psnr.update(made[-1], target.to(device()))
        errors.append((made[-1] - target.to(device())).abs().mean((1, 2, 3)))
    figures = {"painted_psnr": psnr.compute().item(), "painted_error": 255 * torch.cat(errors).mean().item()}
    side = min(model.image_size, SIDE)
    small = [[adaptive_avg_pool2d(part, side) for part in parts] for parts in (_bytes(pairs.images), made)]
    return figures | {"nfd": normalised_frechet_distance(iter(small[0]), iter(small[1]))}


def _show(model: Pix2Pix, pairs: Pairs, folder: Path) -> None:
    """Write `SAMPLES` beside a checkpoint: each source, what is painted after it, and the target."""
    sources, targets = (part[:TRIPLES].float() / 255 for part in (pairs.sources, pairs.images))
    with torch.no_grad():
        made = model(sources.to(device())).cpu()
    _keep_sheet(grid(to_pil(torch.stack([sources, made, targets], dim=1).flatten(0, 1)), columns=9), folder)


def _unevenness(made: Tensor, originals: Tensor) -> Tensor:
    """Return the standard deviation, of 255, of each upper left corner that is flat in the original; ``(M,)``."""
    side = originals.shape[-1] // 10
    flat, ours = originals[..., :side, :side], made[..., :side, :side]
    return 255 * ours.std((2, 3)).mean(1)[flat.std((2, 3)).amax(1) < 1e-3]
