"""The folder that a user names as a history: looked at before anything heavy is imported."""

from pathlib import Path

from .errors import HistoryError


def check_source_folder(folder: Path) -> None:
    """Raise HistoryError where there is no folder.

    Parameters
    ----------
    folder
        A folder of exports, or of an imported history.
    """
    if not folder.is_dir():
        raise HistoryError(f"{folder} is no folder; give the folder that holds leads, purchases and launches")
