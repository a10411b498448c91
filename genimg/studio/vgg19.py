"""VGG19 for whoever has the network and asks for it: the one thing that the app may download."""

import hashlib
import threading
import urllib.request
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import torch

from genimg.core.errors import UserError
from genimg.core.runtime import device
from genimg.core.steps import Step
from genimg.nn.features import VGGFeatures

MEGABYTES = 548


def fetch() -> Iterator[Step]:
    """Download torchvision's VGG19 unless it is there already, into torch's own cache; yield a `Step` per megabyte.

    Raises:
        UserError: if it cannot be reached or arrives damaged.
    """
    path = _path()
    if path.is_file():
        return
    part = path.with_suffix(f".{threading.get_ident()}.part")
    digest, done = hashlib.sha256(), 0
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with urllib.request.urlopen(_url(), timeout=10) as reply, part.open("wb") as file:
            total = int(reply.headers.get("Content-Length") or MEGABYTES * 1_000_000)
            while block := reply.read(1_000_000):
                file.write(block)
                digest.update(block)
                done += len(block)
                megabytes = done / 1e6
                yield Step(max(1, round(megabytes)), round(total / 1e6), None, {"megabytes": megabytes})
        expected = path.stem.rsplit("-", 1)[-1]  # the file's name ends with the start of its digest
        if not digest.hexdigest().startswith(expected):
            raise OSError("it arrived damaged")
        part.replace(path)
    except OSError as error:
        raise UserError(
            f"VGG19 ({MEGABYTES} MB) could not be downloaded, so stay with VGG16: {_reason(error)}."
        ) from error
    finally:
        part.unlink(missing_ok=True)


def _reason(error: OSError) -> str:
    return str(getattr(error, "reason", None) or error)


def _url() -> str:
    from torchvision.models import VGG19_Weights

    return str(VGG19_Weights.IMAGENET1K_V1.url)


def _path() -> Path:
    return Path(torch.hub.get_dir()) / "checkpoints" / _url().rsplit("/", 1)[-1]


@lru_cache(maxsize=1)
def load() -> VGGFeatures:
    """Return the network that `fetch` brought, on the device in use; loaded once."""
    model = VGGFeatures(depths=(2, 2, 4, 1), mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))
    weights = torch.load(_path(), weights_only=True, mmap=True, map_location="cpu")
    model.load_state_dict({name: weights[f"features.{name}"] for name in model.state_dict()})
    return model.to(device()).eval().requires_grad_(False)
