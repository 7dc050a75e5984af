"""Watch a model URI: a new model is loaded and warmed before it takes over, while requests go on.

Where the next cannot be loaded the present one stays. It goes only where the registry says that it was removed.
"""

import gc
import logging
import threading
from collections.abc import Callable
from pathlib import Path

from ..scoring import ArtefactError
from ..scoring.online.errors import ApiError
from ..scoring.online.requests import build_score_response, prepare_request
from ..scoring.online.scorer import Scorer

# MLflow takes two seconds to import: that is done where a model is looked for, beside the first requests.
_LOG = logging.getLogger("hotleads.serving")
_WARM_LEAD = """{"captures": [{"captured_at": "2024-05-01T00:00:00Z", "country": "BR"}], "lead_id": "warm",
"purchases": [{"transaction_id": "t", "occurred_at": "2024-05-02T00:00:00Z", "amount": 1, "currency": "BRL"}],
"events": [{"event_type": "e", "occurred_at": "2024-05-03T00:00:00Z", "value": 1}]}"""
_WARM_SIZES = (1, 10)  # one lead and several take different code paths


class ModelWatcher:
    """Watches one model URI or folder; ``scorer`` is the latest that is loaded and warm, None before the first.

    A request takes ``scorer`` once and keeps it, so that a swap, which is one assignment, loses none.

    Parameters
    ----------
    uri
        An MLflow URI of a model or alias, or a model folder.
    poll_seconds
        How often to look for a new model.
    on_swap
        Called with each new scorer, and with None where the model was removed.
    """

    def __init__(
        self, uri: str, poll_seconds: float, on_swap: Callable[[Scorer | None], None] = lambda scorer: None
    ) -> None:
        self.uri, self._poll_seconds, self._on_swap = uri, poll_seconds, on_swap
        self.scorer: Scorer | None = None
        self._state: tuple[object, ...] | None = None
        self._warning, self._has_had_model = "", False
        self._tried, self._stop = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._watch, name="model watcher", daemon=True)

    def start(self) -> None:
        """Load the model and watch for the next, in a thread of its own."""
        self._thread.start()

    def wait(self) -> None:
        """Wait until a first model is loaded, or cannot be."""
        self._tried.wait()

    def stop(self) -> None:
        """Stop watching."""
        self._stop.set()
        gc.unfreeze()  # what is left can then be collected at the end

    def refresh(self) -> bool:
        """Take over a new model or newly scored launches, and return whether there were any.

        Raises LookupError where there is no model; one that was removed answers no more.
        """
        from ..tracking.registry import ModelRemovedError
        from ..tracking.scorers import load_scorer, read_scorer_state

        try:
            state = read_scorer_state(self.uri)
        except ModelRemovedError:
            self._forget()
            raise
        if state == self._state:
            return False
        scorer = load_scorer(self.uri, state)
        _warm(scorer)
        self.scorer, self._state, self._has_had_model = scorer, state, True
        self._on_swap(scorer)
        return True

    def _forget(self) -> None:
        """Answer with no model any more."""
        if self.scorer is not None:
            self.scorer = self._state = None
            self._on_swap(None)
            _release_models()

    def _watch(self) -> None:
        from mlflow.exceptions import MlflowException

        while not self._stop.is_set():
            try:
                if self.refresh() and self.scorer is not None:
                    _LOG.info("scoring with model %s of %s", self.scorer.model.version, self.uri)
            except (ArtefactError, LookupError, MlflowException, OSError, ValueError) as error:
                self._report(error)
            self._tried.set()
            self._stop.wait(self._poll_seconds)

    def _report(self, error: Exception) -> None:
        """Say once why there is no other model; before the first one is made, that is nothing to be warned of."""
        is_waiting = not self._has_had_model and isinstance(error, LookupError)
        current = "no model" if self.scorer is None else f"kept {self.scorer.model.version}"
        warning = f"{self.uri}: {current}, since the next cannot be loaded: {error}"
        if is_waiting:
            warning = f"{self.uri}: no model yet; scores are answered once the first one is trained"
        if warning != self._warning:  # a hub may wait for its first model for days
            _LOG.log(logging.INFO if is_waiting else logging.WARNING, warning)
        self._warning = warning


def check_model(uri: str) -> None:
    """Raise LookupError if there is no model to serve, ArtefactError if this program cannot read it.

    Parameters
    ----------
    uri
        An MLflow URI of a model or alias, or a model folder.
    """
    from ..tracking.registry import load_registered_model
    from ..tracking.scorers import check_store

    folder = Path(uri)
    if folder.is_dir():
        if not (folder / "model.json").is_file():
            raise LookupError(f"{folder} holds no model; give the folder that 'scoring.save' wrote, or an MLflow URI")
    elif not uri.startswith("models:/"):
        raise LookupError(f"{uri} is no folder, and no MLflow URI such as models:/hotleads@champion")
    else:
        check_store(uri)
    load_registered_model(uri)


def _warm(scorer: Scorer) -> None:
    """Compile and tabulate all that a first request would wait for; then keep it out of the garbage collector's way."""
    try:
        for leads in _WARM_SIZES:
            build_score_response(prepare_request(scorer, _build_warm_request(leads), leads))
    except ApiError as error:  # the request is valid
        raise ValueError(f"the model cannot score: {error}") from error
    for launch_id in scorer.launches:
        scorer.get_launch_scorer(launch_id)
    _release_models()
    gc.freeze()


def _release_models() -> None:
    """Let the models that answer no more go now."""
    gc.unfreeze()
    gc.collect()


def _build_warm_request(size: int) -> bytes:
    leads = ", ".join([_WARM_LEAD] * size)
    return f'{{"product_id": "warm", "as_of": "2024-06-01T00:00:00Z", "leads": [{leads}]}}'.encode()
