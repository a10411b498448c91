"""The table, on the screen and in README.md."""

import os
import platform
import statistics
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

from benchmarks.measure import Row, spread

README = Path(__file__).with_name("README.md")
INTRO = """# Benchmarks

`make bench`, or `python -m benchmarks [NAME ...] [--quick]`. Every figure is a ratio: two things on the same machine in
the same run, each in a process of its own, asked in turn for one sample after another. A run of all, not quick,
writes this file.

"""


def machine() -> str:
    """Return date, processor, cores, load and versions in a line."""
    parts = [time.strftime("%Y-%m-%d"), _processor(), f"{os.cpu_count()} cores"]
    if hasattr(os, "getloadavg"):
        parts.append(f"load before the run {os.getloadavg()[0]:.1f}")
    parts += [f"{name} {version(name)}" for name in ("torch", "gradio", "onnxruntime")]
    return ", ".join([*parts, f"Python {platform.python_version()}"]) + "."


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def table(rows: Sequence[Row]) -> str:
    """Return the rows in Markdown, and below them which goals were missed."""
    lines = ["| what | ours | beside | ratio of times (quartiles) | goal | |", "| --- | --- | --- | --- | --- | --- |"]
    for row in rows:
        ours, beside = (row.show(statistics.median(side)) for side in (row.ours, row.beside))
        low, high = spread(row.ratios)
        goal = row.aim and f"at most {row.aim}"
        verdict = goal and ("**missed**" if row.missed else "met")
        lines.append(
            f"| {row.what} | {ours} | {beside} | {row.ratio:.2f} ({low:.2f} to {high:.2f}) | {goal} | {verdict} |"
        )
    missed = [f"{row.what} ({row.reached}, goal {row.aim})" for row in rows if row.missed]
    words = f"Goals missed: {'; '.join(missed)}." if missed else "No goal was missed."
    return "\n".join([*lines, "", f"Medians over the pairs of samples; below 1 ours takes less time. {words}", ""])


def write(rows: Sequence[Row], benchmarks: Sequence[ModuleType], where: str, tables: Sequence[str]) -> None:
    """Write README.md: the tables, and what each benchmark compares, in the words of its module.

    Args:
        rows: of the table of ratios.
        benchmarks: the modules that measured.
        where: the machine.
        tables: of those that are set beside nothing.
    """
    words = [f"## {one.__name__.rpartition('.')[2]}\n\n{(one.__doc__ or '').strip()}\n" for one in benchmarks]
    README.write_text("\n".join([INTRO + where + "\n", table(rows), *tables, *words]), encoding="utf-8")
