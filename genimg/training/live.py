"""What a running training shows of itself: pictures, histograms and curves, in one small file that is always whole.

The file is written by the process that trains and read by the one that serves the page, once for all who watch.
"""

import base64
import json
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from genimg.checkpoints import replace_file
from genimg.core.images import encode, grid, to_pil
from genimg.training.recipe import Recipe
from genimg.training.spec import LIVE, Logits, View

FILM = "film"
POINTS = 400  # of a curve
FRAMES = 150  # of a film
BINS = 24
_NOT_CURVES = ("seconds", "eta", "images_per_second")


class Live:
    """The views of one run, kept in its folder and taken up again when it is resumed.

    Curves and film are as long as they like in time, but bounded in number: when there are too many, every second one
    goes, and from then on they come half as often.

    Args:
        folder: of the run.
        steps: taken so far; what the file knows of later ones was lost with the process that wrote it.
    """

    def __init__(self, folder: Path, steps: int) -> None:
        self.folder = folder
        self.film = folder / FILM
        self.film.mkdir(parents=True, exist_ok=True)
        try:
            old = json.loads((folder / LIVE).read_text())["curves"]
        except (OSError, ValueError, KeyError):
            old = []
        self.rows: list[dict[str, float]] = [row for row in old if row["step"] <= steps]
        for path in frames(folder):
            if int(path.stem) > steps:
                path.unlink()
        self._sums: dict[str, list[float]] = {}

    def note(self, metrics: Mapping[str, float]) -> None:
        """Remember the numbers of a step; a curve's point is their mean since the last point."""
        for name, value in metrics.items():
            if name not in _NOT_CURVES:
                self._sums.setdefault(name, []).append(value)

    def write(self, recipe: Recipe, metrics: Mapping[str, float]) -> None:
        """Look at the networks as they are, and show it.

        Raises:
            OSError: if the disk is full.
        """
        step, seconds = recipe.steps, metrics.get("seconds", 0.0)
        sheet = grid(to_pil(recipe.preview(recipe.average)), columns=recipe.columns, gap=0)
        # Small pictures are shown pixel by pixel, so they are kept so; large ones may lose what nobody sees.
        kind = "PNG" if sheet.width <= 300 else "WEBP"
        preview = encode(sheet, kind, quality=88)
        views = recipe.views()
        pictures = {"preview": address(preview, kind)}
        for name in ("real", "fake", "gradient"):
            if name in views:
                images = _signed(views[name]) if name == "gradient" else views[name]
                small = encode(grid(to_pil(images[:16]), columns=4, gap=0), "WEBP", quality=88)
                pictures[name] = address(small, "WEBP")
        if _spaced([row["seconds"] for row in self.rows], seconds, POINTS) and self._sums:
            means = {name: sum(values) / len(values) for name, values in self._sums.items()}
            self.rows.append({"step": step, "seconds": seconds} | {k: float(f"{v:.5g}") for k, v in means.items()})
            self._sums = {}
        if len(self.rows) > POINTS:
            self.rows = self.rows[::2]
        self._frame(preview, step, kind)
        shown = View(step=step, pictures=pictures, logits=_histograms(views), curves=self.rows)
        replace_file(self.folder / LIVE, json.dumps(shown).encode())

    def _frame(self, content: bytes, step: int, kind: str) -> None:
        there = frames(self.folder)
        if _spaced([float(path.stem) for path in there], step, FRAMES):
            replace_file(self.film / f"{step:08d}.{kind.lower()}", content)
            there = frames(self.folder)
        if len(there) > FRAMES:
            for path in there[1::2]:
                path.unlink()


def frames(folder: Path) -> list[Path]:
    """Return the files of a run's film, in order; the name of each is the number of steps."""
    return sorted(path for path in (folder / FILM).glob("*") if path.suffix in (".png", ".webp"))


def _spaced(places: list[float], new: float, limit: int) -> bool:
    """Say whether `new` is as far from the last place as they are from each other, once there are many."""
    if not places or len(places) < limit // 2:
        return not places or new > places[-1]
    spacing = (places[-1] - places[0]) / (len(places) - 1)
    return new - places[-1] >= 0.9 * spacing


def address(content: bytes, kind: str) -> str:
    """Return a picture as an address that a page shows without asking for it, `kind` being PNG or WEBP."""
    return f"data:image/{kind.lower()};base64,{base64.b64encode(content).decode()}"


def _signed(gradient: Tensor) -> Tensor:
    """Return a gradient as pictures: grey is none; each is scaled by its own largest values."""
    reach = gradient.flatten(1).abs().quantile(0.995, dim=1).clamp(min=1e-12)[:, None, None, None]
    return (0.5 + 0.5 * gradient / reach).clamp(0, 1)


def _histograms(views: Mapping[str, Tensor]) -> Logits | None:
    """Return counts of the logits on real and generated pictures over the same bins."""
    if "logits/real" not in views:
        return None
    real, fake = (views[f"logits/{name}"].detach().float().cpu() for name in ("real", "fake"))
    both = torch.cat([real, fake])
    if not torch.isfinite(both).all():
        return None
    low, high = both.min().item(), both.max().item()
    if high - low < 1e-3:
        low, high = low - 0.5, high + 0.5
    counts = [torch.histc(values, BINS, low, high).int().tolist() for values in (real, fake)]
    return Logits(low=low, high=high, real=counts[0], fake=counts[1])
