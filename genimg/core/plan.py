"""Keeping a deadline: how much work to do, planned anew from the time that the work has really taken."""

import math
from collections import deque
from collections.abc import Sequence
from statistics import median_low


class Plan:
    """How many steps each size gets, planned anew at every step from the time the steps have really taken.

    Args:
        sizes: (height, width) of each stage, coarse to fine.
        seconds: the time there is in all.
        steps: the number of steps in all if time allows; the coarse stages, which are cheap, get most of them.
    """

    def __init__(self, sizes: Sequence[tuple[int, int]], seconds: float, steps: int) -> None:
        self.sizes = list(sizes)
        self.seconds = seconds
        count = len(self.sizes)
        shares = [count - stage for stage in range(count)]
        self.wanted = [max(1, round(steps * share / sum(shares))) for share in shares]
        self.taken = [0] * count
        self._pixels = [height * width for height, width in self.sizes]
        self._paces: deque[float] = deque(maxlen=5)  # seconds per pixel of the last steps
        self._pace = 0.0  # their median: the first step warms caches up, and any may be held up by the machine
        self._since = 0.0  # when the step that is running began

    def enters(self, stage: int, elapsed: float) -> bool:
        """Say whether there is time for this stage; its preparation costs about what a step costs."""
        self._since = math.nan
        return stage == 0 or self._reach(stage - 1, elapsed) >= stage

    def goes_on(self, stage: int, elapsed: float) -> bool:
        """Say whether this stage takes another step. The first one of all is always taken."""
        if not math.isnan(self._since):
            self._paces.append((elapsed - self._since) / self._pixels[stage])
            self._pace = median_low(self._paces)
        self._since = elapsed
        if sum(self.taken) == 0:
            return True
        in_time = elapsed + self._pace * self._pixels[stage] <= self.seconds
        return in_time and self.taken[stage] < self._planned(stage, elapsed)[0]

    def total(self, stage: int, elapsed: float) -> int:
        """Return how many steps there will have been in the end, as known now."""
        return sum(self.taken[:stage]) + round(sum(self._planned(stage, elapsed)))

    def eta(self, stage: int, elapsed: float) -> float:
        """Return the seconds that are left, as known now."""
        now, *ahead = self._planned(stage, elapsed)
        pixels = (now - self.taken[stage]) * self._pixels[stage]
        pixels += sum((steps + 1) * self._pixels[i] for i, steps in enumerate(ahead, stage + 1))
        return max(0.0, min(pixels * self._pace, self.seconds - elapsed))

    def _reach(self, stage: int, elapsed: float) -> int:
        """Return the finest stage for which there is time: for preparing and one step, there and on the way."""
        last, costs = stage, elapsed
        for finer in range(stage + 1, len(self.sizes)):
            costs += 2 * self._pace * self._pixels[finer]
            if costs > self.seconds:
                break
            last = finer
        return last

    def _planned(self, stage: int, elapsed: float) -> list[float]:
        """Return the steps of this stage, the past ones too, and of those ahead: all wanted ones, or the same part."""
        upto = self._reach(stage, elapsed) + 1
        wanted, pixels = self.wanted[stage:upto], self._pixels[stage:upto]
        if not self._pace:
            return [float(steps) for steps in wanted]
        # In pixels: what the time that is left buys, less the preparation ahead; and what all wanted steps would cost.
        affordable = (self.seconds - elapsed) / self._pace - sum(pixels[1:]) + self.taken[stage] * pixels[0]
        work = sum(steps * each for steps, each in zip(wanted, pixels, strict=True))
        share = min(1.0, max(0.0, affordable / work))
        return [max(float(self.taken[stage]), share * wanted[0]), *(max(1.0, share * steps) for steps in wanted[1:])]
