"""`python -m tests.fuzz --count 10000`: starts the studio, sends it nonsense, and says what became of it."""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections import Counter
from pathlib import Path

from tests.fuzz.client import Client

ROOT = Path(__file__).parents[2]
GOOD = {"result", "sentence", "left out"}


def main():
    """Run the fuzzer; exit with 1 if anything but a result or a sentence came back."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--count", type=int, default=10_000, help="requests to send")
    parser.add_argument("--minutes", type=float, default=1e9, help="stop after so long")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", type=int, help="the number of the one request to send, as a failure names it")
    parser.add_argument("--people", type=int, default=4, help="how many send at once")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        server, url, log = start(Path(folder))
        try:
            failed = run(url, server.pid, options)
        finally:
            server.send_signal(signal.SIGINT)
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()
        text = log.read_text(errors="replace")
        print(f"log: {len(text.splitlines()):,} lines, {text.count('Traceback (most recent call last)')} tracebacks")
        kept = Path(tempfile.gettempdir()) / "fuzz-log.txt"
        shutil.copy(log, kept)
        print(f"the log is in {kept}")
    sys.exit(bool(failed))


def start(folder):
    """Start the studio in `folder`; return (the process, its address, its log)."""
    from tests.ui.conftest import free_port

    port, log = free_port(), folder / "log.txt"
    environment = os.environ | {
        "GRADIO_SERVER_NAME": "127.0.0.1", "GRADIO_SERVER_PORT": str(port), "GRADIO_TEMP_DIR": str(folder / "cache"),
        "GENIMG_RUNS": str(folder / "runs"), "HF_HUB_OFFLINE": "1", "GENIMG_CACHE_GB": "0.2",
    }  # fmt: skip
    server = subprocess.Popen(
        [sys.executable, "app.py"], cwd=ROOT, env=environment, stdout=log.open("wb"), stderr=subprocess.STDOUT
    )
    url = f"http://127.0.0.1:{port}"
    for _ in range(600):
        try:
            urllib.request.urlopen(f"{url}/config", timeout=5).read()
            return server, url, log
        except OSError:
            time.sleep(0.2)
    server.kill()
    raise SystemExit(f"the studio did not start:\n{log.read_text()}")


def run(url, process, options):
    """Send the requests; return those that failed, and print the figures."""
    numbers = iter([options.only] if options.only is not None else range(options.count))
    lock, kinds, failed = threading.Lock(), Counter(), []
    before = most = memory(process)
    began, stop = time.monotonic(), time.monotonic() + 60 * options.minutes

    def person():
        nonlocal most
        client = Client(url, options.seed)
        while time.monotonic() < stop:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            kind, sent, came = client.one(number)
            with lock:
                kinds[kind] += 1
                most = max(most, memory(process))
                if kind not in GOOD:
                    failed.append((number, kind, sent, came))
                    print(f"--seed {options.seed} --only {number}: {kind}\n  sent {sent}\n  came {came}", flush=True)
                if sum(kinds.values()) % 1000 == 0:
                    print(f"{sum(kinds.values()):,} sent, {dict(kinds)}, {most} MB", flush=True)

    people = [threading.Thread(target=person) for _ in range(options.people)]
    for one in people:
        one.start()
    for one in people:
        one.join()
    time.sleep(2)
    print(f"afterwards an ordinary request has {Client(url, options.seed).works()}")
    print(f"{sum(kinds.values()):,} requests in {time.monotonic() - began:.0f} s: {dict(kinds.most_common())}")
    print(f"memory in MB: {before} before, {most} at most, {memory(process)} after")
    return failed


def memory(process):
    """Return the resident memory of a process in MB; 0 where there is no /proc."""
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGESIZE") // 1_000_000


if __name__ == "__main__":
    main()
