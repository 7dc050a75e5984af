"""The model that answers: loaded and warmed before it takes over, and replaced while requests go on."""

import gc
import json
import logging
import threading
from collections.abc import Callable
from pathlib import Path

from mlflow.exceptions import MlflowException

from ..scoring import ArtefactError, LaunchProfile
from ..scoring.online.errors import ApiError
from ..scoring.online.requests import build_score_response, prepare_request
from ..scoring.online.scorer import Scorer
from ..tracking.client import get_tracking_uri
from ..tracking.queries import find_scoring_runs, load_launch_profile
from ..tracking.registry import load_registered_model, resolve_model_version

_LAUNCHES = "launches"
_LOG = logging.getLogger("hotleads.serving")
_WARM = """{"captures": [{"captured_at": "2024-05-01T00:00:00Z", "country": "BR"}], "lead_id": "warm",
"purchases": [{"transaction_id": "t", "occurred_at": "2024-05-02T00:00:00Z", "amount": 1, "currency": "BRL"}],
"events": [{"event_type": "e", "occurred_at": "2024-05-03T00:00:00Z", "value": 1}]}"""
_ALONE_AND_TOGETHER = (1, 10)  # few leads and many go different ways


class ModelWatcher:
    """Watches one model URI or folder; ``scorer`` is the latest that is loaded and warm, None before the first.

    A request takes ``scorer`` once and keeps it, so that a swap, which is one assignment, loses none.
    """

    def __init__(self, uri: str, poll_seconds: float, on_swap: Callable[[Scorer], None] = lambda scorer: None) -> None:
        self.uri, self._poll_seconds, self._on_swap = uri, poll_seconds, on_swap
        self.scorer: Scorer | None = None
        self._mark: tuple[object, ...] | None = None
        self._tried, self._stop = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._watch, name="champion", daemon=True)

    def start(self) -> None:
        """Load the model and watch for the next, in a thread of its own."""
        self._thread.start()

    def wait(self) -> None:
        """Until a first model is there, or could not be loaded."""
        self._tried.wait()

    def stop(self) -> None:
        """Watch no longer."""
        self._stop.set()
        gc.unfreeze()  # what is left is then cleared away at the end

    def refresh(self) -> bool:
        """Take over a new model or newly scored launches, and say whether there were any."""
        mark = _mark(self.uri)
        if mark == self._mark:
            return False
        scorer = _loaded(self.uri, mark)
        _warm(scorer)
        self.scorer, self._mark = scorer, mark
        self._on_swap(scorer)
        return True

    def _watch(self) -> None:
        while not self._stop.is_set():
            try:
                if self.refresh() and self.scorer is not None:
                    _LOG.warning("scoring with model %s of %s", self.scorer.model.version, self.uri)
            except (ArtefactError, LookupError, MlflowException, OSError, ValueError) as error:
                kept = "no model yet" if self.scorer is None else f"kept {self.scorer.model.version}"
                _LOG.warning("%s: %s, since the next cannot be loaded: %s", self.uri, kept, error)
            self._tried.set()
            self._stop.wait(self._poll_seconds)


def check_model(uri: str) -> None:
    """Raise LookupError where there is no model to serve, ArtefactError where this program cannot read it."""
    folder = Path(uri)
    if folder.is_dir():
        if not (folder / "model.json").is_file():
            raise LookupError(f"{folder} holds no model; give the folder that 'scoring.save' wrote, or an MLflow URI")
    elif not uri.startswith("models:/"):
        raise LookupError(f"{uri} is no folder, and no MLflow URI such as models:/hotleads@champion")
    else:
        _check_store(uri)
    load_registered_model(uri)


def _check_store(uri: str) -> None:
    """MLflow would make an empty one where there is none."""
    store = get_tracking_uri()
    file = store.removeprefix("sqlite:///")
    if file != store and not Path(file).is_file():
        raise LookupError(
            f"there is no model {uri}, since there is no {store}; run 'hotleads train' first, or name the registry in "
            "MLFLOW_TRACKING_URI or a model folder in HOTLEADS_SERVING_MODEL"
        )


def _mark(uri: str) -> tuple[object, ...]:
    """What changes when there is another model behind the URI, or another launch that it scored."""
    folder = Path(uri)
    if folder.is_dir():
        files = [folder / "model.json", *sorted((folder / _LAUNCHES).glob("*.json"))]
        return tuple((str(file.resolve()), file.stat().st_mtime_ns) for file in files if file.exists())
    version, model_version = resolve_model_version(uri)
    return (version, *sorted(find_scoring_runs(model_version).items()))


def _loaded(uri: str, mark: tuple[object, ...]) -> Scorer:
    model = load_registered_model(uri)
    folder = Path(uri)
    if folder.is_dir():
        files = sorted((folder / _LAUNCHES).glob("*.json"))
        found = [LaunchProfile.from_json(json.loads(file.read_text(encoding="utf-8"))) for file in files]
        return Scorer(model, uri, {facts.launch.launch_id: facts for facts in found})
    told = {launch: load_launch_profile(run) for launch, run in sorted(find_scoring_runs(model.version).items())}
    return Scorer(model, f"{uri} ({mark[0]})", {launch: facts for launch, facts in told.items() if facts is not None})


def _warm(scorer: Scorer) -> None:
    """Compile and tabulate all that a first request would wait for; then keep it out of the garbage collector's way."""
    try:
        for leads in _ALONE_AND_TOGETHER:
            build_score_response(prepare_request(scorer, _warm_request(leads), leads))
    except ApiError as error:  # the request above is good
        raise ValueError(f"the model cannot score: {error}") from error
    for launch in scorer.launches:
        scorer.of_launch(launch)
    gc.unfreeze()  # the model before the present one goes now
    gc.collect()
    gc.freeze()


def _warm_request(leads: int) -> bytes:
    told = ", ".join([_WARM] * leads)
    return f'{{"product_id": "warm", "as_of": "2024-06-01T00:00:00Z", "leads": [{told}]}}'.encode()
