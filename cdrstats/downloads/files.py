"""The files of downloads: `<data folder>/downloads/<id>.<format>`, private to us."""

import shutil
import uuid
from pathlib import Path

from cdrstats.errors import BadRequest
from cdrstats.folders import RESERVE_BYTES, private_folder

FOLDER = "downloads"
NO_ROOM = "There is not enough room on the disk for this file."


def folder_of(var_dir: Path) -> Path:
    """The folder of the files, made if it is not there."""
    return private_folder(var_dir, FOLDER)


def path_of(var_dir: Path, id: uuid.UUID, format: str) -> Path:
    """Where the file of a finished download is."""
    return var_dir / FOLDER / f"{id}.{format}"


def check_room(folder: Path) -> None:
    """Raise BadRequest if no more may be written there."""
    if shutil.disk_usage(folder).free < RESERVE_BYTES:
        raise BadRequest(NO_ROOM)
