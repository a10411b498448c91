"""Menus of what a conditional model is asked to draw, and a slider from one value to another."""

from collections.abc import Sequence
from typing import Any

import gradio as gr

from genimg.studio.sampler import sampler
from genimg.ui.controls import LIVE, PRIVATE, guard
from genimg.ui.i18n import t

MENUS = 12  # as many attributes as the richest model has
ANY = "any"


class ClassPanel:
    """A menu for each attribute, hidden for models without classes; `chosen` holds what the studio is asked for."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.chosen = gr.JSON({}, label="classes", visible=False)
        with gr.Group(visible=False, elem_id=f"{prefix}-classes") as self.group:
            with gr.Row(elem_classes="gi-sliders"):
                self.menus = [
                    gr.Dropdown([ANY], value=ANY, label=f"{i}", filterable=False, visible=False, min_width=130,
                                elem_id=f"{prefix}-class-{i}")
                    for i in range(MENUS)
                ]  # fmt: skip
            with gr.Row(elem_classes="gi-sliders"):
                self.toward = gr.Dropdown(
                    [ANY], value=ANY, label=t("Blend towards", "过渡到"), filterable=False, min_width=130,
                    elem_id=f"{prefix}-toward",
                )  # fmt: skip
                self.blend = gr.Slider(
                    0, 1, value=0, step=0.02, label=t("Blend", "混合"), buttons=[], min_width=130,
                    elem_id=f"{prefix}-blend",
                )  # fmt: skip

    @property
    def all(self) -> list[gr.components.Component | gr.Group]:
        """Everything that `fresh` gives a value to, in its order."""
        return [self.chosen, self.group, *self.menus, self.toward, self.blend]

    def fresh(self, name: str, kinds: Sequence[str]) -> list[Any]:
        """Return values for `all`: the menus of this model, everything left to chance."""
        known = sampler(name, *kinds).classes
        menus = [
            gr.Dropdown(choices=_choices(values), value=ANY, label=words(attribute), visible=True)
            for attribute, values in known.items()
        ][:MENUS]
        menus += [gr.Dropdown(visible=False)] * (MENUS - len(menus))
        pairs = [f"{attribute}: {value}" for attribute, values in known.items() for value in values]
        alone = len(known) == 1
        named = [(words(pair.split(": ")[1] if alone else pair), pair) for pair in pairs]
        toward = gr.Dropdown(choices=[(ANY, ANY), *named], value=ANY)
        return [{}, gr.Group(visible=bool(known)), *menus, toward, 0.0]

    def wire(self, model: gr.Dropdown, kinds: Sequence[str]) -> None:
        """Keep `chosen` in step with the menus; the page redraws at its `change`."""

        @guard
        def collected(name: str, toward: str, blend: float, *values: str) -> dict[str, Any]:
            known = sampler(name, *kinds).classes
            asked: dict[str, Any] = {a: v for a, v in zip(known, values, strict=False) if v and v != ANY}
            attribute, _, value = (toward or ANY).partition(": ")
            if value and blend:
                first = asked.get(attribute)
                # From nothing in particular the way begins at the commonest value.
                start = first or max(known[attribute], key=lambda v: known[attribute][v])
                asked[attribute] = {start: round(1 - blend, 2), value: blend} if start != value else value
            return asked

        gr.on(
            [*(menu.input for menu in self.menus), self.toward.input, self.blend.input],
            collected, [model, self.toward, self.blend, *self.menus], self.chosen, **LIVE, **PRIVATE,
        )  # fmt: skip


def words(name: str) -> str:
    """Return the name of an attribute or a value as people read it."""
    text = name.replace("_", " ")
    return (text.lower() if text.isupper() else text).capitalize()


def _choices(values: Sequence[str] | Any) -> list[tuple[str, str]]:
    return [(ANY, ANY), *((words(value), value) for value in values)]
