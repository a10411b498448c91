"""What every network of ours is on the Hugging Face Hub: a folder of config, weights and card that genimg can read."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from huggingface_hub import ModelCard, ModelCardData, PyTorchModelHubMixin

CARD = """
# {architecture}

A network of the kind `{architecture}` of genimg, {numbers:,} numbers; `config.json` says how it is built. What it was
trained on, how, and under which licence it may be used is not known to the program that wrote this card.

```python
import genimg
network = genimg.checkpoints.load(folder)  # a pathlib.Path to where these files lie
```
"""


class HubModel(PyTorchModelHubMixin, library_name="genimg"):
    """A network with `save_pretrained`, `from_pretrained` and `push_to_hub`.

    A class names itself as it is made: ``class VAE(nn.Module, HubModel, architecture="vae", task=...)``.

    Attributes:
        architecture: the word in config.json that stands for the class.
        task: what it does, as one of the Hub's pipeline tags.
    """

    architecture: ClassVar[str]
    task: ClassVar[str]

    def __init_subclass__(cls, *, architecture: str = "", task: str = "", **options: Any) -> None:
        super().__init_subclass__(**options)
        if architecture:
            cls.architecture, cls.task = architecture, task

    def hub_config(self) -> dict[str, Any]:
        """Return what builds the same network again, and which kind it is: what config.json says."""
        return {"architecture": self.architecture, **(self._hub_mixin_config or {})}  # type: ignore[dict-item]

    def save_pretrained(self, save_directory: str | Path, *, config: Any = None, **options: Any) -> str | None:
        """Save weights, config and, where there is none yet, a card, as the Hub's library does."""
        return super().save_pretrained(save_directory, config={**self.hub_config(), **(config or {})}, **options)

    def generate_model_card(self, *_: Any, **__: Any) -> ModelCard:
        """Return a card that says what is known of a network alone."""
        numbers = sum(weight.numel() for weight in self.parameters())  # type: ignore[attr-defined]
        head = card_head(type(self), licence=None)
        return ModelCard(head + CARD.format(architecture=self.architecture, numbers=numbers))


def card_head(kind: type[HubModel], *, licence: str | None, tags: Sequence[str] = (), **more: Any) -> str:
    """Return the head of a model card, between its two lines of dashes.

    Args:
        kind: of network.
        licence: of the weights, as the Hub abbreviates it; None where it is not known.
        tags: beside "genimg" and the kind of network.
        more: whatever `huggingface_hub.ModelCardData` takes; what is None is left out.
    """
    words = ["genimg", kind.architecture, *tags]
    data = ModelCardData(license=licence, library_name="genimg", pipeline_tag=kind.task, tags=words, **more)
    return f"---\n{data.to_yaml()}\n---\n"
