"""The Compress tab's service: a picture through a VAE as a stream of bytes, and what JPEG and WebP make of it.

A file has a header of eight bytes: two that say what it is, two of the checkpoint's fingerprint, two for the step, the
Gaussian and its width, and a check sum of two over all the rest. Then come the integers of the range coder.
"""

import binascii
import hashlib
import math
import struct
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from genimg import checkpoints
from genimg.algorithms import compression
from genimg.algorithms.compression import Codebook
from genimg.core import images, runtime
from genimg.core.errors import UserError, choice, flag, number
from genimg.core.images import model_view, to_pil, to_tensor
from genimg.models.vae import VAE
from genimg.training.mixture import sample_mixture

MODEL = "avatars-vae"
PART = "codec"  # the file beside the weights that `build` writes
MAX_FILE = 65_536
_MAGIC = b"g1"
_HEADER = struct.Struct(">2sHHH")
_STEPS = [6 * 2 ** (-i / 13) for i in range(64)]  # in pixel values 0..1, summed in squares over the picture
_AROUND = 3  # so many steps to either side are tried
_WIDTHS = [1.25**i for i in range(16)]  # what is far from all faces is coded with wider Gaussians


@dataclass(frozen=True)
class Codec:
    """A VAE with what its coder knows.

    Attributes:
        name: of the checkpoint.
        model: the network.
        codebook: of its latents.
        fingerprint: 16 bits of the hash of its files.
    """

    name: str
    model: VAE
    codebook: Codebook
    fingerprint: int

    def render(self, latent: Tensor) -> Image.Image:
        """Return the picture of a latent ``(D,)``."""
        with torch.inference_mode():
            return to_pil(self.model.decode(latent.float()[None].to(runtime.device())))[0]


@dataclass(frozen=True)
class Compressed:
    """A picture as a file, and what it is worth.

    Attributes:
        original: what went in: the central square at the model's size.
        picture: what `decompress` makes of the file.
        file: the bytes, header and all.
        payload: bytes of the range coder alone.
        psnr: decibels.
    """

    original: Image.Image
    picture: Image.Image
    file: bytes
    payload: int
    psnr: float

    @property
    def ssim(self) -> float:
        """Structural similarity to the original, up to 1."""
        return ssim(self.original, self.picture)

    @property
    def bpp(self) -> float:
        """Bits a pixel, of the whole file."""
        return 8 * len(self.file) / (self.original.width * self.original.height)


def models() -> list[str]:
    """Return the names of the VAEs for colour pictures that can compress."""
    return [
        c.name
        for c in checkpoints.available("vae")
        if (c.path / f"{PART}.safetensors").is_file() and c.config.get("channels", 3) == 3
    ]


def codec(name: object = MODEL) -> Codec:
    """Return the codec of a checkpoint, loaded once.

    Raises:
        UserError: if it is none that can compress.
    """
    known = models()
    if not known:
        raise UserError(f"No checkpoint here can compress; make the table of one with: python -m genimg codec {MODEL}.")
    path = checkpoints.find(choice("The model", name, known)).path
    stamps = [(path / file).stat().st_mtime_ns for file in (checkpoints.WEIGHTS, f"{PART}.safetensors")]
    return _codec(path, *stamps)


@lru_cache(maxsize=4)
def _codec(path: Path, _weights: int, _table: int) -> Codec:
    model, table = checkpoints.load(path), checkpoints.extra(path, PART)
    assert isinstance(model, VAE) and table is not None
    digest = hashlib.blake2b(digest_size=2)
    for file in (checkpoints.WEIGHTS, f"{PART}.safetensors"):
        digest.update((path / file).read_bytes())
    return Codec(path.name, model, Codebook.of(table), int.from_bytes(digest.digest(), "big"))


def build(name: str, *, count: int = 40) -> Path:
    """Write the table that compressing needs beside a checkpoint's weights: bases and scales; about a minute.

    They come from the mixture of its latents and from its decoder, and from no picture.

    Args:
        name: of a VAE with a mixture.
        count: latents at which the decoder's sensitivity is measured.

    Raises:
        UserError: if there is no such checkpoint.
    """
    name = choice("The model", name, [c.name for c in checkpoints.available("vae")])
    mixture, model = checkpoints.extra(name, "mixture"), checkpoints.load(name)
    if mixture is None:
        raise UserError(f"{name} has no mixture of latents; train it with this version first.")
    assert isinstance(model, VAE)
    latents = sample_mixture(mixture, count, runtime.generator(0)).to(runtime.device())
    metric = compression.sensitivity(model.decode, latents)
    table = compression.karhunen_loeve(mixture["means"].cpu(), mixture["factors"].cpu(), metric)
    path = checkpoints.find(name).path / f"{PART}.safetensors"
    checkpoints.save_tensors(table, path, half=True)
    return path


def compress(
    image: Image.Image | None, *, rate: object = 0.5, refine: object = False, model: object = MODEL
) -> Compressed:
    """Turn the central square of a picture into a file.

    Args:
        image: any picture.
        rate: 0 to 1: from the fewest bytes to the best picture.
        refine: search for the latent that fits this picture best, about a second, the first time.
        model: name of a checkpoint.

    Raises:
        UserError: for no picture, an unknown model, or a value out of range.
    """
    place = round(number("Rate", rate, 0.0, 1.0) * (len(_STEPS) - 1))
    refine, source = flag("Refine", refine), codec(model)
    original = square(image, source.model.image_size)
    return _best(source, original.tobytes(), place, refine)


def _best(source: Codec, pixels: bytes, place: int, refine: bool) -> Compressed:
    """Return the best bargain among neighbouring steps, and among latents as they are encoded and as they are refined.

    What rounding does to one picture is partly luck, at coarse steps above all: some cost a decibel more than others.
    """
    places = range(max(0, place - _AROUND), min(len(_STEPS), place + _AROUND + 1))
    made = [_compressed(source, pixels, at, kind) for at in places for kind in {False, refine}]
    return min(made, key=lambda one: _bargain(one, _STEPS[place]))


def _bargain(made: Compressed, step: float) -> float:
    """Return D + lambda R: the squared error, and for each bit what it is worth at this step."""
    error = (to_tensor(made.original) - to_tensor(made.picture)).square().sum()
    return float(error) + 2 * math.log(2) / 12 * step**2 * 8 * made.payload


def curve(image: Image.Image | None, *, refine: object = False, model: object = MODEL) -> list[tuple[float, float]]:
    """Return bits a pixel (of whole files) and PSNR at rates from 0 to 1; those of the last pictures are remembered.

    Raises:
        UserError: as `compress` does.
    """
    source = codec(model)
    return list(_curve(source, square(image, source.model.image_size).tobytes(), flag("Refine", refine)))


@lru_cache(maxsize=128)
def _curve(source: Codec, pixels: bytes, refine: bool) -> tuple[tuple[float, float], ...]:
    made = (_best(source, pixels, place, refine) for place in range(0, len(_STEPS), 5))
    return tuple((one.bpp, one.psnr) for one in made)


@lru_cache(maxsize=4096)
def _compressed(source: Codec, pixels: bytes, place: int, refine: bool) -> Compressed:
    latent, step = _latent(source, pixels, refine), _STEPS[place]
    component, width = _cheapest(source.codebook, latent, step)
    integers = compression.quantise(source.codebook.coordinates(latent, component), step)
    deviation = compression.deviations(source.codebook.scales[component] * _WIDTHS[width], step)
    payload = compression.encode(integers.numpy(), deviation)
    file = _seal(source.fingerprint, place << 10 | component << 4 | width, payload)
    picture = source.render(source.codebook.latent(integers.double() * step, component))
    original = Image.frombytes("RGB", picture.size, pixels)
    return Compressed(original, picture, file, len(payload), psnr(original, picture))


def _seal(fingerprint: int, settings: int, payload: bytes) -> bytes:
    check = binascii.crc_hqx(struct.pack(">HH", fingerprint, settings) + payload, 0xFFFF)
    return _HEADER.pack(_MAGIC, fingerprint, settings, check) + payload


def decompress(file: object) -> Image.Image:
    """Turn a file of `compress` into its picture, the same to the last bit on this machine.

    Args:
        file: its bytes, at most `MAX_FILE`.

    Raises:
        UserError: if it is none, is damaged, or was made with a checkpoint that is not here.
    """
    if not isinstance(file, bytes) or not file:
        raise UserError("Choose a .gimg file first.")
    if len(file) > MAX_FILE:
        raise UserError(f"That file has more than {MAX_FILE // 1024} kB; a .gimg file has a few dozen bytes.")
    if not file.startswith(_MAGIC):
        raise UserError("That is not a .gimg file; save one with Download here and send it as it is.")
    if len(file) < _HEADER.size:
        raise UserError("That .gimg file is cut off; send it whole.")
    _, fingerprint, settings, check = _HEADER.unpack_from(file)
    payload = file[_HEADER.size :]
    if binascii.crc_hqx(file[2:6] + payload, 0xFFFF) != check:
        raise UserError("That .gimg file is damaged or cut off; send it whole.")
    source = next((c for c in map(codec, models()) if c.fingerprint == fingerprint), None)
    if source is None:
        raise UserError(
            "That .gimg file was made with another checkpoint than those here "
            f"(its fingerprint is {fingerprint:04x}), and only the same one can draw it."
        )
    step, component, width = _STEPS[settings >> 10], settings >> 4 & 63, _WIDTHS[settings & 15]
    if component >= len(source.codebook.means):
        raise UserError("That .gimg file is damaged; send it whole.")
    deviation = compression.deviations(source.codebook.scales[component] * width, step)
    try:
        integers = compression.decode(payload, deviation)
    except ValueError:
        raise UserError("That .gimg file is damaged; send it whole.") from None
    coordinates = torch.from_numpy(integers).double() * step
    return source.render(source.codebook.latent(coordinates, component))


def _cheapest(codebook: Codebook, latent: Tensor, step: float) -> tuple[int, int]:
    """Return the Gaussian, and by how much it is widened, that take the fewest bits."""
    offsets = latent - codebook.means
    found = compression.quantise(torch.einsum("kij,kj->ki", codebook.inverses, offsets), step)
    scales = torch.stack([codebook.scales * width for width in _WIDTHS])  # (widths, K, D)
    bits = compression.cost(found, compression.deviations(scales, step)).sum(-1)
    width, component = divmod(int(bits.argmin()), len(codebook.means))
    return component, width


@lru_cache(maxsize=256)
def _latent(source: Codec, pixels: bytes, refine: bool) -> Tensor:
    side = source.model.image_size
    target = to_tensor(Image.frombytes("RGB", (side, side), pixels)).to(runtime.device())
    with torch.no_grad():
        latent = source.model.encode(target)[0][0].cpu().double()
    if not refine:
        return latent
    component, _ = _cheapest(source.codebook, latent, 1.0)
    start = source.codebook.coordinates(latent, component)
    found = compression.refine(source.model.decode, target, source.codebook, start, component)
    return source.codebook.latent(found, component)


def square(image: Image.Image | None, size: int = 64) -> Image.Image:
    """Return the central square of a picture at the model's size.

    Raises:
        UserError: if there is none, or it is no picture.
    """
    return to_pil(model_view(image, size))[0]


def psnr(one: Image.Image, other: Image.Image) -> float:
    """Return the peak signal-to-noise ratio of two pictures in decibels; 100 at most."""
    return images.psnr(to_tensor(one), to_tensor(other))


def ssim(one: Image.Image, other: Image.Image) -> float:
    """Return the structural similarity of two pictures, 1 for equal ones."""
    from torchmetrics.functional.image import structural_similarity_index_measure as measure

    value = measure(to_tensor(one), to_tensor(other), data_range=1.0)
    assert isinstance(value, Tensor)
    return float(value)
