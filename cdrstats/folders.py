"""The installation's own folders, under CDRSTATS_VAR_DIR."""

import os
from pathlib import Path

from cdrstats.errors import BadSetting

RESERVE_BYTES = 200_000_000
"""So much of the disk uploads and downloads leave free: the database lives on it as well."""


def make_var_dir(var_dir: Path) -> None:
    """Make the data folder: private, or, made by root, to be walked through but not read.

    The server's user must come through to its data when we are root. A folder that is there
    already stays as it is.

    Raises:
        BadSetting: it cannot be made.
    """
    if var_dir.is_dir():
        return
    try:
        var_dir.mkdir(parents=True, exist_ok=True)
        var_dir.chmod(0o711 if os.geteuid() == 0 else 0o700)
    except OSError as exc:
        raise BadSetting(
            f"CDRSTATS_VAR_DIR: the folder {var_dir} cannot be made ({exc.strerror})"
        ) from exc


def private_folder(var_dir: Path, name: str) -> Path:
    """The folder `name` in the data folder, made private to us if it is not there.

    Raises:
        BadSetting: it cannot be made, or we cannot write there.
    """
    make_var_dir(var_dir)
    folder = var_dir / name
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as exc:
        raise BadSetting(
            f"CDRSTATS_VAR_DIR: the folder {folder} cannot be made ({exc.strerror})"
        ) from exc
    if not os.access(folder, os.W_OK | os.X_OK):
        raise BadSetting(f"CDRSTATS_VAR_DIR: we may not write in {folder}")
    return folder
