"""Run the benchmarks that are named, or all."""

import argparse
import importlib
import time

from benchmarks import methods, report

NAMES = ("slider", "crowd", "style", "refine", "train", "startup", "cutout", "methods")


def main() -> None:
    """Read the command line, measure, print; a whole run also writes README.md."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"out of {', '.join(NAMES)}; all by default")
    parser.add_argument("--quick", action="store_true", help="few samples, for trying it; not written down")
    options = parser.parse_args()
    if unknown := set(options.names) - set(NAMES):
        parser.error(f"there is no benchmark {sorted(unknown)[0]}; there are {', '.join(NAMES)}")
    where, began, rows, done, timings = report.machine(), time.monotonic(), [], [], []
    for name in options.names or NAMES:
        print(f"{name} ...", flush=True)
        done.append(importlib.import_module(f"benchmarks.{name}"))
        found = done[-1].run(options.quick)
        if done[-1] is methods:
            timings = found
        else:
            rows += found
    print(f"\n{where}\n\n{report.table(rows)}\n{methods.table(timings)}\n{time.monotonic() - began:.0f} s in all.")
    if not options.names and not options.quick:
        report.write(rows, done, where, methods.table(timings))


if __name__ == "__main__":
    main()
