"""Start the studio: `python app.py`, or let a Hugging Face Space run it.

Gradio's own variables say where it listens (GRADIO_SERVER_NAME, GRADIO_SERVER_PORT); ours are in the README.
"""

from genimg.cli import main

if __name__ == "__main__":
    main("app")
