"""Where to compute, in which precision, and from which seed: decided here and nowhere else."""

import contextlib
import ctypes
import os
import sys
import threading
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

import torch
from torch import Tensor

from genimg.core.errors import UserError

MAX_SEED = 2**31 - 1


@lru_cache
def device() -> torch.device:
    """Return the device in use: `GENIMG_DEVICE` if set, else CUDA, MPS or the CPU, in this order.

    Of several processes that `accelerate launch` started on a machine each has a GPU of its own.

    Raises:
        UserError: if `GENIMG_DEVICE` names something this machine does not have.
    """
    asked = os.environ.get("GENIMG_DEVICE")
    if asked:
        try:
            torch.empty(1, device=asked)
            return torch.device(asked)
        except (RuntimeError, AssertionError, NotImplementedError) as error:
            raise UserError(f"GENIMG_DEVICE is {asked!r}, which this machine cannot use; try cpu.") from error
    if torch.cuda.is_available():
        return torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def device_name() -> str:
    """Return the device in words, for people."""
    if device().type == "cuda":
        return torch.cuda.get_device_name(device())
    if device().type == "mps":
        return "Apple GPU"
    threads = torch.get_num_threads()
    return f"CPU ({threads} thread{'s' if threads > 1 else ''})"


def fast_precision() -> contextlib.AbstractContextManager[object]:
    """Autocast to bfloat16 where the hardware multiplies it natively; otherwise do nothing.

    For heavy work that tolerates 8 bits of mantissa (style transfer, training), never for what is compared bit by bit.
    """
    kind = device().type
    native = {
        "cuda": lambda: torch.cuda.is_bf16_supported(including_emulation=False),
        "cpu": lambda: torch.cpu._is_avx512_bf16_supported(),
    }.get(kind)
    if native is not None and native():
        return torch.autocast(kind, dtype=torch.bfloat16)
    return contextlib.nullcontext()


@contextlib.contextmanager
def kept_memory() -> Iterator[None]:
    """Let the C library keep freed memory for the next step instead of giving it back page by page.

    A training step frees and takes hundreds of megabytes; with glibc's defaults the kernel zeroes them all anew, 5 to
    10% of a step on a CPU. What has gathered is given back at the end: a server that has trained a little lives on.
    Where there are no such settings, nothing happens.
    """
    _malloc({_MMAP_MAX: 0, _TRIM_THRESHOLD: 2**31 - 1})
    _keeping.append(None)
    try:
        yield
    finally:
        _keeping.pop()
        if not _keeping:  # of several trainings in one process the last one
            _malloc({_MMAP_MAX: 65_536, _TRIM_THRESHOLD: 2**26})
            give_back_memory()


def stand_back(nice: int) -> None:
    """Let this thread, and those that it will start, stand back behind others; only Linux knows threads that do.

    Args:
        nice: how much farther than now, 1..19; each step gives up a fifth of the share that is left.
    """
    if sys.platform == "linux":
        me = threading.get_native_id()
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, me, os.getpriority(os.PRIO_PROCESS, me) + nice)


def process_stands_back(nice: int) -> None:
    """Let this process stand back behind others; one that leads a session, behind those of other sessions too.

    Linux may give each session the same share of the processor, however nice the processes in it are, until the session
    itself is told to be nice.

    Args:
        nice: how far, 1..19.
    """
    if hasattr(os, "nice"):
        os.nice(nice)
    if hasattr(os, "getsid") and os.getsid(0) == os.getpid():
        with contextlib.suppress(OSError):
            Path("/proc/self/autogroup").write_text(str(nice))


def give_back_memory() -> None:
    """Return freed memory to the system, where the C library does not do so by itself."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


_MMAP_MAX, _TRIM_THRESHOLD = -4, -1  # of malloc.h
_keeping: list[None] = []


def _malloc(options: Mapping[int, int]) -> None:
    with contextlib.suppress(OSError, AttributeError):
        libc = ctypes.CDLL(None)
        for option, value in options.items():
            libc.mallopt(option, value)


def generator(seed: int) -> torch.Generator:
    """Return a seeded CPU generator.

    Random numbers are always drawn on the CPU and then moved, so that a seed gives the same picture on every device.
    """
    return torch.Generator("cpu").manual_seed(seed)


def latents(count: int, latent_dim: int, seed: int) -> Tensor:
    """Return ``(count, latent_dim)`` standard normal numbers; row i does not depend on `count`."""
    return torch.stack(
        [torch.randn(latent_dim, generator=generator((seed + i) % (MAX_SEED + 1))) for i in range(count)]
    )
