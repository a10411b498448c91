"""The Train tab's controls, as tables, called as `genimg.studio.train.plan` calls what they are."""

from typing import Any

from genimg.data.uploads import MAX_PICTURES, MIN_PICTURES
from genimg.studio import train as studio
from genimg.ui.i18n import t
from genimg.ui.parts import panel
from genimg.ui.parts.component import known
from genimg.ui.parts.panel import Values

# The presets by the names of their buttons.
PRESSED = {f"preset-{key}": key for key in studio.PRESETS}
_KINDS = {
    "gan": t("GAN"),
    "conditional": t("Conditional GAN, by class"),
    "mlp": t("Fully connected GAN"),
    "progressive": t("Progressive GAN"),
    "vae": t("Variational autoencoder"),
    "cnn": t("CNN, learned latents"),
    "pix2pix": t("Pairs: a sketch becomes a picture (pix2pix)"),
}
_DATA = {
    "avatars": t("Drawn faces"),
    "fashion-mnist": t("Fashion-MNIST"),
    "own": t("Your own pictures"),
}
_LOSSES = {
    "relativistic": t("relativistic, with R1 and R2"),
    "hinge": t("hinge"),
    "bce": t("textbook (cross-entropy)"),
}
_HERE = [name for name in studio.DATA if name != "fashion-mnist" or studio.fashion_here()]
_PAIRED = tuple(name for name, kind in studio.kinds().items() if kind.paired)
_SINGLE = tuple(name for name, kind in studio.kinds().items() if not kind.paired)
# What not every recipe has, with what the first begins with that has it.
_SOME = {
    name: next(found for kind in studio.kinds() if (found := studio.suggested(kind)[name]) is not None)
    for name in ("loss", "gamma", "kl_weight")
}


def _presets(*, sick: bool) -> panel.Item:
    found = {name: studio.PRESETS[key] for name, key in PRESSED.items()}
    here = {name: one.title for name, one in found.items() if bool(one.cure) == sick and one.values["data"] in _HERE}
    short = {name: title.removeprefix("Fails: ").capitalize() if sick else title for name, title in here.items()}
    return panel.row(*(panel.button(name, t(title), event="preset") for name, title in short.items()))


def _having(setting: str) -> tuple[str, ...]:
    return tuple(name for name, kind in studio.kinds().items() if setting in kind.offered("relativistic"))


PRESETS = [
    _presets(sick=False),
    panel.note(t("Four that fail on purpose, each with its cure:")),
    _presets(sick=True),
]
WHAT = [
    panel.via("kind", panel.choice(
        "kind", t("Recipe"), {name: _KINDS[name] for name in studio.kinds()}, studio.DEFAULTS["kind"],
        info=t("GANs draw sharply, autoencoders draw faithfully; what learned from pairs paints in Draw."))),
    panel.choice("data", t("Learn from"), {name: _DATA[name] for name in _HERE}, studio.DEFAULTS["data"]),
    *([] if "fashion-mnist" in _HERE else [panel.note(
        t("Fashion-MNIST is not on this server: its files are missing from the folder GENIMG_DATA."))]),
]  # fmt: skip
# Below the place for one's own pictures.
HOW = [
    panel.note(t("pictures, 25 MB a file; each is cut to its central square."),
               title=f"{MIN_PICTURES} – {MAX_PICTURES:,}", when={"data": "own", "kind": _SINGLE}),
    panel.note(t("pairs: a zip of the folders input and target, or a zip of each. Pictures of one name are a "
                 "pair, whatever their endings; each is cut to its central square."),
               title=f"{MIN_PICTURES} – {MAX_PICTURES // 2:,}", when={"data": "own", "kind": _PAIRED}),
    panel.choice("size", t("Size"), {str(side): f"{side} px" for side in studio.SIZES}, str(studio.DEFAULTS["size"]),
                 info=t("Twice the side takes four times as long, or longer.")),
    *(panel.via("", one) for one in (
        panel.number("minutes", t("Minutes"), studio.DEFAULTS["minutes"], *studio.MINUTES, step=0.1,
                     info=t("Time spent learning, pauses left out; at most 240.")),
        panel.seed(studio.DEFAULTS["seed"]),
    )),
    panel.fold(t("Settings"), *(panel.via("", one) for one in (
        panel.choice("loss", t("Loss"), _LOSSES, _SOME["loss"], when={"kind": _having("loss")},
                     info=t("What the two networks play for.")),
        panel.number("gamma", t("Gamma"), _SOME["gamma"], 0, 100, step=0.01,
                     when={"kind": _having("gamma"), "loss": "relativistic"},
                     info=t("Keeps the discriminator's slope small. 0: not at all.")),
        panel.number("kl_weight", t("KL weight"), _SOME["kl_weight"], 0, 1000, step=0.001,
                     when={"kind": _having("kl_weight")}, info=t("Higher: smoother latents, blurrier pictures.")),
        panel.number("lr", t("Learning rate"), None, 1e-6, 1, step=1e-6, info=t("Empty: what suits the recipe.")),
        panel.number("batch_size", t("Batch size"), studio.DEFAULTS["batch_size"], 4, 512,
                     info=t("Pictures in one step. More: steadier, slower steps.")),
    ))),
]  # fmt: skip
GO = [panel.button("go", t("Train"), primary=True), panel.note(name="note")]


def suggested(kind: str) -> Values:
    """Return what a recipe begins with, of the controls of `HOW`."""
    found = studio.kinds()[kind]
    own = {name: value for name, value in studio.suggested(kind).items() if name in _SOME and value is not None}
    return _SOME | own | {"size": str(found.size), "batch_size": found.batch_size}


def asked(what: Values, how: Values) -> dict[str, Any]:
    """Return the arguments of `plan`: what a recipe does not have is hidden, and is left out."""
    has = studio.suggested(what["kind"], how["loss"])
    values = known(studio.DEFAULTS, what, how) | {"size": int(how["size"])}
    return {name: value for name, value in values.items() if has.get(name, value) is not None}
