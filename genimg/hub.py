"""To and from the Hugging Face Hub. Both reach the network, so they run only when a person asks for it."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from huggingface_hub import HfApi, snapshot_download

from genimg import checkpoints
from genimg.core.errors import UserError

FILES = ("config.json", "classes.json", "training.json", "README.md", "*.safetensors", "exemplar.png")


def push(name: str, repo_id: str, *, private: bool = True) -> str:
    """Upload the folder of a checkpoint, card and all; return its address. The Hub's own login is used.

    Raises:
        UserError: if there is no such checkpoint, or the Hub cannot be reached or refuses.
    """
    checkpoint = checkpoints.find(name)
    with _sentences(f"did not take {name} as {repo_id}"):
        api = HfApi()
        api.create_repo(repo_id, private=private, exist_ok=True)
        return str(api.upload_folder(repo_id=repo_id, folder_path=checkpoint.path))


def fetch(repo_id: str) -> str:
    """Fetch a checkpoint, ``user/name``, into the Hub's own cache, and let it be found by this name; return the name.

    Nothing but config, card and safetensors is fetched. What the cache holds already is not fetched again.

    Raises:
        UserError: if there is none, it is none of genimg's, or the Hub cannot be reached.
    """
    with _sentences(f"has no {repo_id} for us"):
        folder = snapshot_download(repo_id, allow_patterns=list(FILES))
    checkpoints.add(repo_id, Path(folder))
    checkpoints.find(repo_id)
    return repo_id


@contextlib.contextmanager
def _sentences(problem: str) -> Iterator[None]:
    """Turn whatever goes wrong with the Hub into a sentence: its kinds of exceptions change from version to version."""
    try:
        yield
    except Exception as error:
        first = str(error).strip().partition("\n")[0] or type(error).__name__
        raise UserError(f"The Hugging Face Hub {problem}: {first}") from error
