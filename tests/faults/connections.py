"""Clients that go away in the middle of a long job: the server must notice, and have room for the next one."""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from gradio_client import Client, handle_file

from genimg.data.avatars import draw_attributes, render
from tests.faults.trainings import ROOT, Wrong

LONG, SHORT = 150, 2  # seconds that are asked for
JOBS = {"/refine": ["face", "face", "None"], "/texture": ["face"]}
CLIENT = """
import sys, time
from gradio_client import Client, handle_file
url, endpoint, face, seconds = sys.argv[1:5]
given = [handle_file(face) if each == "face" else None for each in sys.argv[5:]]
jobs = [Client(url, verbose=False).submit(*given, seconds=int(seconds), api_name=endpoint) for _ in range(2)]
while not all(job.outputs() for job in jobs):
    time.sleep(0.1)
print("begun", flush=True)
time.sleep(600)
"""


def closed() -> str:
    """Begin as many long jobs as there is room for, kill their client, and ask for a short one.

    Raises:
        Wrong: if that waits for those that nobody waits for any more.
    """
    said = []
    with tempfile.TemporaryDirectory() as kept:
        face = Path(kept) / "face.png"
        render(draw_attributes(0), 128).save(face)
        url, server = _serve(Path(kept))
        try:
            for endpoint, given in JOBS.items():
                words = [sys.executable, "-c", CLIENT, url, endpoint, str(face), str(LONG), *given]
                client = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
                assert client.stdout is not None
                if client.stdout.readline() != "begun\n":
                    raise Wrong(f"{endpoint} did not begin")
                client.kill()
                client.wait()
                began = time.monotonic()
                files = [handle_file(str(face)) if each == "face" else None for each in given]
                Client(url, verbose=False).predict(*files, seconds=SHORT, api_name=endpoint)
                took = time.monotonic() - began
                if took > LONG / 2:
                    raise Wrong(f"{endpoint}: the next job took {took:.0f} s, as if the dead ones went on")
                said.append(f"{endpoint} free again within {took:.0f} s")
        finally:
            server.kill()
            server.wait()
    return ", ".join(said)


def _serve(folder: Path) -> tuple[str, "subprocess.Popen[bytes]"]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = os.environ | {
        "GRADIO_SERVER_NAME": "127.0.0.1", "GRADIO_SERVER_PORT": str(port), "GRADIO_TEMP_DIR": str(folder / "cache"),
        "GENIMG_RUNS": str(folder / "runs"), "HF_HUB_OFFLINE": "1",
    }  # fmt: skip
    server = subprocess.Popen([sys.executable, "app.py"], cwd=ROOT, env=env, stdout=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    while server.poll() is None:
        try:
            urllib.request.urlopen(f"{url}/config", timeout=5).read()
            return url, server
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    raise Wrong("the app did not start")
