"""What a conditional model is asked to draw: in words, by menus, and with a slider from one value to another."""

import html
from collections.abc import Sequence
from typing import Any

import gradio as gr

from genimg.studio.sampler import new_seed, sampler
from genimg.studio.words import MAX_LENGTH, Known, by_chance, combine, understand
from genimg.ui.controls import LIVE, PRIVATE, guard
from genimg.ui.i18n import t

MENUS = 12  # as many attributes as the richest model has
ANY = "any"


class ClassPanel:
    """A line of text and a menu for each attribute, hidden for models without classes.

    `chosen` holds what the studio is asked for: what the line says, and over it what the menus say.
    """

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.chosen = gr.JSON({}, label="classes", visible=False)
        with gr.Column(visible=False, elem_id=f"{prefix}-words", elem_classes="gi-tight") as self.described:
            self.line = gr.Textbox(
                "", label=t("In words", "用文字描述"), max_lines=1, max_length=MAX_LENGTH, elem_id=f"{prefix}-line",
                info=t("What you leave out is left to chance.", "可用中文或英文；未提及的部分随机决定。"),
            )  # fmt: skip
            self.chips = gr.CheckboxGroup(
                [], label=t("Understood; click one off to leave it to chance", "已理解；点击可取消"), visible=False,
                elem_id=f"{prefix}-chips",
            )  # fmt: skip
            with gr.Row(visible=False, elem_classes="gi-note") as self.unknown_row:
                gr.HTML(t("Not understood:", "未能理解："), padding=False, min_width=90)
                self.unknown = gr.HTML("", padding=False, min_width=120, elem_id=f"{prefix}-unknown")
            self.random = gr.Button(t("Random words", "随机描述"), size="md", elem_id=f"{prefix}-random-words")
        with gr.Accordion(
            t("Attribute by attribute", "逐项选择"), open=False, visible=False, elem_id=f"{prefix}-classes"
        ) as self.group:
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
    def all(self) -> list[Any]:
        """Everything that `fresh` gives a value to, in its order."""
        return [self.chosen, self.described, self.line, *self._said, self.group, *self.menus, self.toward, self.blend]

    @property
    def _said(self) -> list[Any]:
        return [self.chips, self.unknown_row, self.unknown]

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
        group = gr.Accordion(visible=bool(known), open=alone)
        placeholder = by_chance(known, 0)
        line = gr.Textbox("", placeholder=placeholder)
        return [{}, gr.Column(visible=bool(known)), line, *_heard("", known), group, *menus, toward, 0.0]

    def wire(self, model: gr.Dropdown, kinds: Sequence[str]) -> None:
        """Keep `chosen` in step with words and menus; the page redraws at its `change`."""

        def collected(name: str, line: str, on: list[str], toward: str, blend: float, *values: str) -> dict[str, Any]:
            known = sampler(name, *kinds).classes
            said = [chip for i, chip in enumerate(understand(line, known).chips) if str(i) in on]
            asked: dict[str, Any] = dict(combine(said))
            asked |= {a: v for a, v in zip(known, values, strict=False) if v and v != ANY}
            attribute, _, value = (toward or ANY).partition(": ")
            if value and blend:
                # From nothing in particular the way begins at the commonest value.
                first = asked.get(attribute, known[attribute])
                start = first if isinstance(first, str) else max(first, key=lambda v: known[attribute][v])
                asked[attribute] = {start: round(1 - blend, 2), value: blend} if start != value else value
            return asked

        def heard(name: str, line: str, *others: Any) -> list[Any]:
            known = sampler(name, *kinds).classes
            every = [str(i) for i in range(len(understand(line, known).chips))]
            return [collected(name, line, every, *others), *_heard(line, known)]

        def rolled(name: str) -> str:
            return by_chance(sampler(name, *kinds).classes, new_seed())

        menus = [self.toward, self.blend, *self.menus]
        quick = LIVE | PRIVATE
        # Not `input`: that one does not hear of text that is pasted.
        self.line.change(guard(heard), [model, self.line, *menus], [self.chosen, *self._said], **quick)
        self.random.click(guard(rolled), model, self.line, **quick)
        gr.on(
            [self.chips.input, *(menu.input for menu in self.menus), self.toward.input, self.blend.input],
            guard(collected), [model, self.line, self.chips, *menus], self.chosen, **quick,
        )  # fmt: skip


def _heard(line: str, known: Known) -> list[Any]:
    """Return the chips of what a line says, all of them on, and the words that say nothing to the model."""
    said = understand(line, known)
    chips = [(chip.text, str(i)) for i, chip in enumerate(said.chips)]
    return [
        gr.CheckboxGroup(chips, value=[i for _, i in chips], visible=bool(chips)),
        gr.Row(visible=bool(said.unknown)),
        html.escape(", ".join(said.unknown)),
    ]


def words(name: str) -> str:
    """Return the name of an attribute or a value as people read it."""
    text = name.replace("_", " ")
    return (text.lower() if text.isupper() else text).capitalize()


def _choices(values: Sequence[str] | Any) -> list[tuple[str, str]]:
    return [(ANY, ANY), *((words(value), value) for value in values)]
