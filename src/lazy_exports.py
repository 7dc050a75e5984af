"""Import what a package exports when it is first used, so that a command pays for the rooms that it enters alone."""

import ast
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path


def attach_exports(package: str) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """Return the ``__getattr__`` and ``__dir__`` (PEP 562) of a package that exports names lazily.

    The names are those that the ``if TYPE_CHECKING:`` block of its ``__init__.py`` imports from its own modules: type
    checkers, import-linter and this function read the same lines.

    Parameters
    ----------
    package
        The package's ``__name__``.

    Examples
    --------
    >>> __getattr__, __dir__ = attach_exports(__name__)  # doctest: +SKIP
    """
    module = sys.modules[package]
    modules = _read_exports(Path(str(module.__file__)))

    def get_export(name: str) -> object:
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(f".{modules[name]}", package), name)
        setattr(module, name, value)
        return value

    return get_export, lambda: sorted({*vars(module), *modules})


def _read_exports(file: Path) -> dict[str, str]:
    """Return the module of each name."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    blocks = [node.body for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"]
    imports = [node for block in blocks for node in block if isinstance(node, ast.ImportFrom) and node.level == 1]
    return {alias.name: str(node.module) for node in imports for alias in node.names}
