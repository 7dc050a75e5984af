"""Load what somebody names as ``module:name``: a function to test, or a factory of an estimator."""

import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from ..history.failures import describe_failure


def load_named_object(name: str) -> Any:
    """Return a callable by its name, such as ``my_model:build``; modules are found from the working folder.

    Raises
    ------
    LookupError
        There is no such module, or nothing callable of that name in it.
    """
    module_name, _, attribute = name.partition(":")
    if not module_name or not attribute:
        raise LookupError(f"{name!r} names no function; write module:function, such as features:build")
    folder = str(Path.cwd())
    if folder not in sys.path:
        sys.path.insert(0, folder)
    try:
        value = getattr(import_module(module_name), attribute, None)
    except ModuleNotFoundError as error:
        raise LookupError(
            f"there is no module {error.name!r}; run the command where {module_name} can be imported"
        ) from None
    except Exception as error:
        raise LookupError(f"{module_name} cannot be imported: it failed with {describe_failure(error)}") from error
    if not callable(value):
        raise LookupError(f"{module_name} has no function {attribute!r}")
    return value


def load_own_models(names: Sequence[str]) -> dict[str, Any]:
    """Return the estimators that factories make, by the factories' names. Raises LookupError."""
    models: dict[str, Any] = {}
    for name in names:
        factory = load_named_object(name)
        label = name.partition(":")[2]
        if label in models:
            raise LookupError(f"two models are called {label}; give one factory another name")
        try:
            models[label] = factory()
        except Exception as error:
            raise LookupError(
                f"{name} makes no model: it failed with {describe_failure(error)}; it is called without arguments"
            ) from error
    return models
