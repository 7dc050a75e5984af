"""A model on disk: data, not code. Two JSON files of ours, XGBoost's own JSON, and a format version."""

import hashlib
import json
import os
import shutil
import tempfile
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import xgboost as xgb

from ..features import Context, Feature
from .errors import ArtefactError
from .linear import LinearModel
from .model import UNREGISTERED, Calibration, Model

FORMAT_VERSION = 1
_MODEL_FILE, _TREES_FILE, _CARD_FILE = "model.json", "trees.json", "card.json"


def with_content_version(model: Model) -> Model:
    """Return the model with the hash of its content as ``version``.

    The same training gives the same version on any machine. The card does not count.

    Parameters
    ----------
    model : Model

    Returns
    -------
    Model
    """
    return replace(model, version=_compute_digest(_to_json(model), model.trees.save_raw("json")))


def save(model: Model, folder: Path) -> None:
    """Write a model into a new folder, which appears whole or not at all.

    Parameters
    ----------
    model : Model
    folder : Path
        Missing parent folders are made.

    Raises
    ------
    FileExistsError
        The folder exists already.
    """
    if folder.exists():
        raise FileExistsError(f"{folder} exists; a model is never overwritten")
    folder.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        _write_json(scratch / _MODEL_FILE, _to_json(model))
        _write_json(scratch / _CARD_FILE, dict(model.card))
        model.trees.save_model(scratch / _TREES_FILE)
        scratch.chmod(0o755)
        os.replace(scratch, folder)
    except BaseException:
        shutil.rmtree(scratch, ignore_errors=True)
        raise


def load(folder: Path) -> Model:
    """Read the model that ``save`` wrote.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    Model

    Raises
    ------
    ArtefactError
        The folder holds another format, or a file was edited or damaged.
    """
    try:
        return _read_model(folder)
    except ArtefactError:
        raise
    except (OSError, LookupError, TypeError, AttributeError, ValueError) as error:  # XGBoost's is a ValueError
        raise ArtefactError(f"{folder} holds no readable model ({type(error).__name__}); train it again") from error


def _read_model(folder: Path) -> Model:
    values = json.loads((folder / _MODEL_FILE).read_text(encoding="utf-8"))
    version = values["format_version"]
    if version != FORMAT_VERSION:
        raise ArtefactError(f"{folder} has model format {version}, this program reads {FORMAT_VERSION}; train it again")
    trees = (folder / _TREES_FILE).read_bytes()
    if values["version"] not in (UNREGISTERED, _compute_digest(values, trees)):
        raise ArtefactError(f"{folder} does not hold what its version stands for; the file was edited or damaged")
    card = {**json.loads((folder / _CARD_FILE).read_text(encoding="utf-8"))}  # a TypeError where it is no mapping
    return _from_json(values, xgb.Booster(model_file=bytearray(trees)), card)


def _compute_digest(values: dict[str, object], trees: bytes) -> str:
    """Hash the content, whatever version is written in it."""
    text = json.dumps(values | {"version": ""}, sort_keys=True)
    return hashlib.sha256(text.encode() + trees).hexdigest()[:12]


def _to_json(model: Model) -> dict[str, object]:
    linear = {field.name: getattr(model.linear, field.name) for field in fields(LinearModel)}
    return {
        "format_version": FORMAT_VERSION,
        "version": model.version,
        "features": [asdict(feature) for feature in model.features],
        "feature_hash": model.feature_hash,
        "linear": {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in linear.items()},
        "calibration": asdict(model.calibration),
        "context": model.context.to_json(),
    }


def _from_json(values: dict[str, Any], trees: xgb.Booster, card: dict[str, Any]) -> Model:
    linear: dict[str, Any] = {
        name: np.array(value) if isinstance(value, list) else value for name, value in values["linear"].items()
    }
    model = Model(
        tuple(Feature(**feature) for feature in values["features"]),
        LinearModel(**linear),
        trees,
        Calibration(**values["calibration"]),
        Context.from_json(values["context"]),
        card,
        values["version"],
    )
    if model.feature_hash != values["feature_hash"]:
        raise ArtefactError("the model's feature declarations do not match their hash; the file was edited")
    return model


def _write_json(path: Path, values: dict[str, object]) -> None:
    path.write_text(json.dumps(values, indent=1, sort_keys=True) + "\n", encoding="utf-8")
