"""Where an installation's cluster is, and who runs it.

It is `var/postgres`. Started by root, PostgreSQL runs as another user; where that user cannot
come in (a clone in a private folder), the cluster is in a folder of its own under
/var/lib/cdrstats, and `var/embedded.json` says which. A folder that is not ours is never opened
wider than it is.
"""

import hashlib
import json
import os
import subprocess
from pathlib import Path

from cdrstats.db.embedded.account import Account, server_account
from cdrstats.db.embedded.binaries import SYSTEM_FOLDER, make_system_folder, reachable
from cdrstats.db.embedded.cluster import Cluster, Tell
from cdrstats.errors import ServerTrouble
from cdrstats.folders import make_var_dir

VERSION = "18"


def find_cluster(var_dir: Path, tell: Tell, version: str = VERSION) -> Cluster:
    """The cluster of the installation whose data folder is `var_dir`; made later, if it is new.

    Raises:
        BadSetting: the folder cannot be made.
        ServerTrouble: it belongs to somebody else, or PostgreSQL has no user to run as.
    """
    make_var_dir(var_dir)
    record = var_dir / "embedded.json"
    home = _recorded(record) or (var_dir / "postgres").resolve()
    account = server_account(home)
    if not home.exists() and not _can_enter(account, home.parent):
        if not home.is_relative_to(SYSTEM_FOLDER):
            home = _system_home(var_dir)
            tell(
                f"Started by root, PostgreSQL runs as user {account.name!r}, who cannot enter"
                f" {var_dir}: its data is in {home}"
            )
            _write_record(record, home)
        make_system_folder(home.parent)
    cluster = Cluster(home, account, reachable(version, account), version)
    cluster.make_home()
    return cluster


def _recorded(record: Path) -> Path | None:
    try:
        return Path(json.loads(record.read_text("utf-8"))["home"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise ServerTrouble(
            f"{record}, which says where the database is, cannot be read ({exc})"
        ) from exc


def _write_record(record: Path, home: Path) -> None:
    new = record.with_name(f"{record.name}.{os.getpid()}")
    new.write_text(json.dumps({"home": str(home)}) + "\n", encoding="utf-8")
    os.replace(new, record)


def _system_home(var_dir: Path) -> Path:
    """A short folder, the same for the same `var_dir`."""
    key = hashlib.sha256(os.fsencode(var_dir.resolve())).hexdigest()[:12]
    return SYSTEM_FOLDER / f"installation-{key}"


def _can_enter(account: Account, folder: Path) -> bool:
    """Whether `account` can walk into `folder`: tried, since modes do not tell all."""
    done = subprocess.run(
        ["/bin/sh", "-c", 'cd "$1"', "sh", str(folder)],
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
        **account.popen_as(),
    )
    return done.returncode == 0
