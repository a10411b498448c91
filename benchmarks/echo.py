"""The least that a Gradio page can do: a slider, and a ready picture of 256 px for each of its positions."""

import gradio as gr
import numpy as np
from PIL import Image
from skimage import data

POSITIONS = 600  # each with a picture of its own: one seen before would come out of the browser's cache


def ready_pictures() -> list[Image.Image]:
    """Return a photo of 256 px, shifted by one more pixel and darkened a little each round."""
    photo = np.asarray(Image.fromarray(data.astronaut()).resize((256, 256)))
    return [Image.fromarray(np.roll(photo, i, axis=1) // (1 + i // 256)) for i in range(POSITIONS)]


if __name__ == "__main__":
    pictures = ready_pictures()
    with gr.Blocks() as demo:
        picture = gr.Image(pictures[0], elem_id="picture")
        slider = gr.Slider(0, POSITIONS - 1, value=0, step=1, elem_id="slider")
        slider.input(
            lambda position: pictures[position], slider, picture, trigger_mode="always_last", show_progress="hidden"
        )
    demo.launch(ssr_mode=False)
