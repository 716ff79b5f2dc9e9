"""Where the server's socket is: beside its data, or, where that path is too long, in /tmp."""

import hashlib
import os
import stat
from pathlib import Path

from cdrstats.db.embedded.account import Account
from cdrstats.errors import ServerTrouble

LONGEST = 100
"""Bytes of a socket's path; the kernels allow 103 to 107."""


def socket_folder(home: Path, account: Account, make: bool = False) -> Path:
    """A folder that only `account` can enter, with a path short enough for a socket.

    Not XDG_RUNTIME_DIR: it goes away when its user logs out, and the server stays.

    Args:
        home: of the cluster.
        make: also make sure that it is there.

    Raises:
        ServerTrouble: somebody else has taken its name in /tmp.
    """
    folder = home / "socket"
    if len(os.fsencode(folder / ".s.PGSQL.5432")) >= LONGEST:
        key = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
        folder = Path("/tmp") / f"cdrstats-{account.uid}-{key}"
    if make:
        try:
            folder.mkdir(mode=0o700)
            account.own(folder)
        except FileExistsError:
            pass
        _check_private(folder, account)
    return folder


def _check_private(folder: Path, account: Account) -> None:
    """Refuse a folder that others may enter: they could stand in for the server."""
    there = folder.lstat()
    private = stat.S_ISDIR(there.st_mode) and not there.st_mode & 0o077
    if not private or there.st_uid != account.uid:
        raise ServerTrouble(
            f"{folder}, the folder for PostgreSQL's socket, is not a private folder of user"
            f" {account.name!r}. Remove it and start again."
        )
