"""Run the benchmarks that are named, or all."""

import argparse
import importlib
import time
from types import ModuleType

from benchmarks import report
from benchmarks.measure import Row

NAMES = ("slider", "crowd", "style", "refine", "train", "startup", "cutout", "methods", "sampling")


def main() -> None:
    """Read the command line, measure, print; a whole run also writes README.md."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"out of {', '.join(NAMES)}; all by default")
    parser.add_argument("--quick", action="store_true", help="few samples, for trying it; not written down")
    options = parser.parse_args()
    if unknown := set(options.names) - set(NAMES):
        parser.error(f"there is no benchmark {sorted(unknown)[0]}; there are {', '.join(NAMES)}")
    where, began, done, tables = report.machine(), time.monotonic(), list[ModuleType](), list[str]()
    rows: list[Row] = []
    for name in options.names or NAMES:
        print(f"{name} ...", flush=True)
        done.append(importlib.import_module(f"benchmarks.{name}"))
        found = done[-1].run(options.quick)
        own = hasattr(done[-1], "table")  # it is not set beside anything
        shown = done[-1].table(found) if own else report.table(found)
        print(shown, flush=True)  # whatever becomes of the rest
        tables += [shown] if own else []
        rows += [] if own else found
    shown = "\n".join(([report.table(rows)] if rows else []) + tables)
    print(f"\n{where}\n\n{shown}\n{time.monotonic() - began:.0f} s in all.")
    if not options.names and not options.quick:
        report.write(rows, done, where, tables)


if __name__ == "__main__":
    main()
