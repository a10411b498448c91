"""Start the studio: `python app.py`, or let a Hugging Face Space run it.

Gradio's own variables say where it listens (GRADIO_SERVER_NAME, GRADIO_SERVER_PORT); ours are in the README.
"""

import os

# Waiting threads give their core back: with several people on few cores, spinning ones cost up to five times as much.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # read when torch is imported

from genimg.ui.app import launch  # noqa: E402

if __name__ == "__main__":
    launch()
