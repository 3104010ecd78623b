"""Where a pre-trained encoder lies: a folder, an installed package, or a hub of models. Not for what is done with it."""

from __future__ import annotations

import json
import re
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

from newsstand.errors import SettingError
from newsstand.stance.encoder import MAX_MODEL_BYTES, TOKENIZER

KINDS = ("bert", "distilbert", "mpnet", "roberta")
WEIGHTS = "model.safetensors"
NEEDED = ("config.json", WEIGHTS, TOKENIZER)
_NAME = re.compile(r"[\w.-]+(/[\w.-]+)?")


def find_base(name: str) -> Path:
    """The folder of a pre-trained encoder.

    Parameters
    ----------
    name : str
        A folder with config.json, model.safetensors and tokenizer.json; or an installed Python package that carries one;
        or the name of a model on the Hugging Face hub, which is downloaded.

    Raises
    ------
    SettingError
        If nothing of that name is found, or it is no BERT-like encoder.
    """
    folder = Path(name) if Path(name).is_dir() else _packaged(name) or _downloaded(name)
    missing = [needed for needed in NEEDED if not (folder / needed).is_file()]
    if missing:
        raise SettingError(f"--encoder: {folder} has no {missing[0]}; a folder with {', '.join(NEEDED)} is needed")
    try:
        kind = json.loads((folder / "config.json").read_text(encoding="utf-8")).get("model_type")
    except (ValueError, AttributeError, OSError) as error:
        raise SettingError(f"--encoder: {folder / 'config.json'} cannot be read") from error
    if kind not in KINDS:
        raise SettingError(f"--encoder: {name} is of the kind {kind!r}; {', '.join(KINDS)} can be fine-tuned here")
    if (folder / WEIGHTS).stat().st_size > 4 * MAX_MODEL_BYTES:  # a run has a byte for each of four
        raise SettingError(
            f"--encoder: {folder / WEIGHTS} has more than {4 * MAX_MODEL_BYTES >> 20} MiB, too many for a run"
        )
    return folder


def _packaged(name: str) -> Path | None:
    """The folder of the model in an installed package."""
    try:
        listed = files(name) or []
    except (PackageNotFoundError, ValueError):
        return None
    found = [Path(str(file.locate())) for file in listed if file.name == WEIGHTS]
    return found[0].parent if found else None


def _downloaded(name: str) -> Path:
    if not _NAME.fullmatch(name) or name.startswith("."):
        raise SettingError(f"--encoder: {name!r} is no folder, no installed package and no name of a model")
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name, allow_patterns=list(NEEDED)))
    except Exception as error:  # the library raises a dozen kinds, some of them requests'
        raise SettingError(
            f"--encoder: {name!r} is no folder and no installed package, and cannot be downloaded ({type(error).__name__})"
        ) from error
