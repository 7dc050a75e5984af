"""The BentoML service: the app mounted at the root beside BentoML's own ``/livez``, ``/readyz`` and ``/metrics``."""

import os

os.environ.setdefault("BENTOML_DO_NOT_TRACK", "True")  # read when BentoML is imported

import bentoml

from ..scoring import ArtefactError
from .app import ScoringService, create_app
from .model_watcher import check_model
from .readiness import create_marker_folder
from .settings import ServingSettings

_service = ScoringService(ServingSettings())
# BentoML makes four spans a request even where its configuration sends them nowhere: over a quarter of a request.
_tracing = {} if _service.settings.tracing else {"excluded_urls": "."}


@bentoml.asgi_app(create_app(_service), path="/", name="scoring")
@bentoml.service(
    name="hotleads",
    workers=int(os.environ.get("HOTLEADS_SERVING_WORKERS", "1")),
    traffic={"timeout": 60},
    logging={"access": {"enabled": False}},  # the app writes a line a request itself
    tracing=_tracing,
)
class HotLeads:
    """Scores leads with the champion of the MLflow registry, or the model of a folder."""

    @bentoml.on_deployment  # type: ignore[untyped-decorator]
    def has_a_model() -> None:
        """Before any worker starts: without a model there is nothing to wait for."""
        try:
            check_model(_service.settings.model)
        except (LookupError, ArtefactError) as error:
            raise SystemExit(f"hotleads cannot serve: {error}") from None
        create_marker_folder()

    async def __is_ready__(self) -> bool:
        return _service.champion.scorer is not None
