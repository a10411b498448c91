"""Programs that answer HTTP, started and stopped."""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]
PATIENCE = 120.0  # seconds until a program that does not answer is given up


@contextmanager
def serving(*arguments: str) -> Iterator[tuple[str, float]]:
    """Run ``python *arguments`` until the block is left.

    Yields:
        Its address, and the seconds from its start until it answered.
    """
    with socket.socket() as probe, tempfile.TemporaryDirectory() as folder:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        environment = os.environ | {
            "GRADIO_SERVER_NAME": "127.0.0.1",
            "GRADIO_SERVER_PORT": str(port),
            "GRADIO_ANALYTICS_ENABLED": "False",
            "GRADIO_TEMP_DIR": folder,
            "HF_HUB_OFFLINE": "1",
        }
        url, log = f"http://127.0.0.1:{port}", Path(folder) / "log.txt"
        with log.open("wb") as output:
            began = time.perf_counter()
            process = subprocess.Popen(
                [sys.executable, *arguments], cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT
            )
            try:
                while not _answers(url):
                    if process.poll() is not None or time.perf_counter() - began > PATIENCE:
                        raise RuntimeError(f"python {' '.join(arguments)} does not answer:\n{log.read_text()}")
                    time.sleep(0.01)
                yield url, time.perf_counter() - began
            finally:
                process.terminate()
                try:
                    process.wait(10)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE) as reply:
            reply.read()
        return True
    except (urllib.error.URLError, OSError):
        return False
