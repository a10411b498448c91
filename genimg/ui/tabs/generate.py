"""The Generate tab: sample a trained generator, pick a picture, steer it."""

import gradio as gr

from genimg.studio.generate import KINDS
from genimg.ui import controls as ui
from genimg.ui.explore import explore
from genimg.ui.i18n import t

TITLE = t("Generate")


def build(demo: gr.Blocks, first: ui.Listener) -> None:
    """Make the tab."""
    explore(
        first,
        kinds=KINDS,
        prefix="generate",
        truncation=1.0,
        explain=_explain,
        own=True,
    )


def _explain() -> None:
    ui.how_it_works(
        "A generator learned to turn random numbers into a picture that a second network, the discriminator, takes "
        "for real; the two were trained against each other. The seed fixes the random numbers, so the same seed is "
        "the same picture. The steering sliders add to them a step along the directions that change the picture most.",
        formula=r"x = G\Big(t\,z + \sum_i a_i\,d_i\Big), \qquad z \sim \mathcal N(0, I)",
        paper="A. Radford, L. Metz, S. Chintala, 2015, arXiv 1511.06434 (DCGAN); Y. Huang et al., 2024, "
        "arXiv 2501.05441 (the loss, R3GAN); E. Härkönen et al., 2020, arXiv 2004.02546 (the directions).",
    )
