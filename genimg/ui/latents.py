"""The sliders that steer one picture through latent space, the same in every tab that has a latent space."""

from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr
from PIL import Image

from genimg.studio.sampler import ATTRIBUTE_REACH, RAW_REACH, REACH, random_amounts, raw_numbers, sampler
from genimg.ui.controls import LIVE, PRIVATE, guard
from genimg.ui.i18n import t

DIRECTIONS = 12  # as many as are stored with a checkpoint
PAGE = 16  # raw latent numbers shown at a time

ATTRIBUTES = {
    "Glasses": t("Glasses", "眼镜"),
    "Beard": t("Beard", "胡须"),
    "Dark skin": t("Dark skin", "深肤色"),
    "Long hair": t("Long hair", "长发"),
    "Headgear": t("Headgear", "头饰"),
    "Open mouth": t("Open mouth", "张嘴"),
    "Wide eyes": t("Wide eyes", "睁大眼"),
    "Dark clothes": t("Dark clothes", "深色衣服"),
}

Edits = dict[int, float]  # position of a latent number -> its new value


def moves(amounts: Sequence[float]) -> dict[str, Any]:
    """Return the values of a panel's `sliders` as arguments of `genimg.studio.sampler.steer`."""
    named = len(ATTRIBUTES)
    return {"attributes": dict(zip(ATTRIBUTES, amounts, strict=False)), "amounts": amounts[named:]}


class LatentPanel:
    """Sliders of attributes and principal directions, and in an accordion the raw latent numbers a page at a time.

    The picture itself, its seed and its model belong to the tab; `wire` says which components hold them.
    """

    def __init__(self, prefix: str) -> None:
        with gr.Accordion(t("Steer this picture", "调整这张图像"), open=True) as self.group:
            gr.Markdown(
                t(
                    "Drag a slider and watch the picture. Of the numbered ones, 1 changes it most, 12 least.",
                    "拖动滑块观察图像。编号滑块中 1 号变化最大，12 号最小。",
                ),
                elem_classes="gi-note",
            )
            with gr.Row():
                self.reset = gr.Button(t("Reset"), size="sm", min_width=80, elem_id=f"{prefix}-reset")
                self.random = gr.Button(t("Surprise me", "随机变化"), size="sm", min_width=80)
            with gr.Row(elem_classes="gi-sliders"):
                self.named = [
                    gr.Slider(
                        -ATTRIBUTE_REACH,
                        ATTRIBUTE_REACH,
                        value=0,
                        step=0.1,
                        label=label,
                        elem_id=f"{prefix}-{name.lower().replace(' ', '-')}",
                        min_width=165,
                        buttons=[],
                    )
                    for name, label in ATTRIBUTES.items()
                ]
            with gr.Row(elem_classes="gi-sliders"):
                self.principal = [
                    gr.Slider(
                        -REACH,
                        REACH,
                        value=0,
                        step=0.05,
                        label=f"{i + 1}",
                        elem_id=f"{prefix}-direction-{i + 1}",
                        min_width=130,
                        buttons=[],
                    )
                    for i in range(DIRECTIONS)
                ]
        with gr.Accordion(t("Raw latent numbers", "原始潜变量"), open=False):
            self.page = gr.Slider(
                1, 8, value=1, step=1, label=t("Page", "页"), buttons=[], elem_id=f"{prefix}-raw-page",
                info=t("The numbers that the picture is made from, 16 at a time.", "生成图像的数字，每页 16 个。"),
            )  # fmt: skip
            with gr.Row(elem_classes="gi-sliders"):
                self.raw = [
                    gr.Slider(
                        -RAW_REACH,
                        RAW_REACH,
                        value=0,
                        step=0.01,
                        label=f"z{i}",
                        min_width=130,
                        buttons=[],
                        elem_id=f"{prefix}-raw-{i}",
                    )
                    for i in range(PAGE)
                ]
        self.sliders = [*self.named, *self.principal]
        self.edits = gr.State({})
        self.moved = gr.State({})  # where `self.sliders` stand, but for those at 0

    def wire(
        self,
        *,
        model: gr.Dropdown,
        seed: gr.State,
        truncation: gr.Slider,
        classes: gr.JSON,
        kinds: Sequence[str],
        draw: Callable[..., tuple[Image.Image, str]],
        outputs: Sequence[gr.components.Component],
    ) -> Callable[..., list[Any]]:
        """Connect the sliders.

        Args:
            model: the tab's menu.
            seed: holds the seed of the picture that is steered.
            truncation: the tab's slider.
            classes: holds what a conditional model is asked for.
            kinds: architectures of the tab's models.
            draw: ``draw(model, seed, truncation, classes, edits, amounts)`` gives the values of `outputs`; amounts are
                those of `self.sliders`, for `moves`.
            outputs: the picture and the status line.

        Returns:
            ``fresh(model, seed, truncation)``: values for `self.all`, everything back to the picture's own latents.
        """
        source = [model, seed, truncation]
        drawn = [*source, classes]

        def raw_values(name: str, chosen: int, cut: float, page: int, edits: Edits) -> list[Any]:
            shown = raw_numbers(sampler(name, *kinds), chosen, cut, edits)
            first = (int(page) - 1) * PAGE
            return [
                gr.Slider(value=shown[i], label=f"z{i}", visible=True) if i < len(shown) else gr.Slider(visible=False)
                for i in range(first, first + PAGE)
            ]

        def fresh(name: str, chosen: int, cut: float) -> list[Any]:
            source = sampler(name, *kinds)
            page = gr.Slider(value=1, maximum=-(-source.latent_dim // PAGE))
            named = [gr.Slider(value=0, visible=attribute in source.attributes) for attribute in ATTRIBUTES]
            numbered = [gr.Slider(value=0, visible=i < len(source.directions)) for i in range(DIRECTIONS)]
            group = gr.Accordion(visible=bool(source.attributes or len(source.directions)))
            return [group, {}, {}, page, *raw_values(name, chosen, cut, 1, {}), *named, *numbered]

        def steered(place: int) -> Callable[..., tuple[Any, ...]]:
            @guard
            def one(
                name: str, chosen: int, cut: float, asked: Any, edits: Edits, moved: Edits, amount: float
            ) -> tuple[Any, ...]:
                moved[place] = amount  # in place: of two sliders moved at once neither may forget the other
                return draw(name, chosen, cut, asked, edits, [moved.get(i, 0.0) for i in range(len(self.sliders))])

            return one

        @guard
        def edited(
            name: str, chosen: int, cut: float, asked: Any, edits: Edits, page: int, *values: float
        ) -> tuple[Any, ...]:
            raw, amounts = values[:PAGE], values[PAGE:]
            shown = raw_numbers(sampler(name, *kinds), chosen, cut, edits)
            first = (int(page) - 1) * PAGE
            pairs = zip(shown[first:], raw, strict=False)  # the last page may be short
            edits = edits | {first + i: new for i, (old, new) in enumerate(pairs) if new != old}
            return edits, *draw(name, chosen, cut, asked, edits, amounts)

        @guard
        def reset(name: str, chosen: int, cut: float, asked: Any) -> tuple[Any, ...]:
            return *fresh(name, chosen, cut), *draw(name, chosen, cut, asked, {}, ())

        @guard
        def surprise(name: str, chosen: int, cut: float, asked: Any, edits: Edits, *amounts: float) -> tuple[Any, ...]:
            # The old positions seed the new ones, so that a click always moves on, and needs no clock.
            new = random_amounts(DIRECTIONS, abs(hash((chosen, *amounts))) % 2**31)
            amounts = (*amounts[: len(ATTRIBUTES)], *new)
            return dict(enumerate(amounts)), *new, *draw(name, chosen, cut, asked, edits, amounts)

        # Each slider sends itself alone, and the server remembers the others: with all of them as inputs, Gradio's page
        # took a quarter of the time of a move to collect them.
        for place, slider in enumerate(self.sliders):
            slider.input(steered(place), [*drawn, self.edits, self.moved, slider], outputs, **LIVE, **PRIVATE)
        gr.on(
            [slider.input for slider in self.raw],
            edited,
            [*drawn, self.edits, self.page, *self.raw, *self.sliders],
            [self.edits, *outputs],
            **LIVE,
            **PRIVATE,
        )
        self.page.input(guard(raw_values), [*source, self.page, self.edits], self.raw, **LIVE, **PRIVATE)
        self.reset.click(reset, drawn, [*self.all, *outputs], **LIVE, **PRIVATE)
        self.random.click(
            surprise, [*drawn, self.edits, *self.sliders], [self.moved, *self.principal, *outputs], **LIVE, **PRIVATE
        )
        return fresh

    @property
    def all(self) -> list[Any]:
        """Everything that `fresh` gives a value to, in its order."""
        return [self.group, self.edits, self.moved, self.page, *self.raw, *self.sliders]
