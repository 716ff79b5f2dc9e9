"""The user that PostgreSQL runs as: ourselves, or, started by root, one without rights."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cdrstats.errors import ServerTrouble

SYSTEM_USER = "cdrstats"

PATIENCE_S = 2.0
"""What takes longer is told."""


@dataclass(frozen=True, slots=True)
class Account:
    """A user of the operating system."""

    name: str
    uid: int
    gid: int

    def popen_as(self) -> dict[str, Any]:
        """What `subprocess` needs to run a program as this user."""
        if self.uid == os.geteuid():
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, path: Path) -> None:
        """Give `path`, which we have just made, to this user."""
        if self.uid != os.geteuid():
            os.chown(path, self.uid, self.gid, follow_symlinks=False)


def run_program(
    account: Account, *args: str | Path, late: Callable[[], None] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a program of PostgreSQL as `account`, with a bare environment of its own.

    Args:
        late: called once if it takes long.

    Returns:
        With both its outputs in `stdout`.
    """
    bare = {"PATH": os.defpath, "LC_ALL": "C", "HOME": "/"}
    if "LD_LIBRARY_PATH" in os.environ:
        bare["LD_LIBRARY_PATH"] = os.environ["LD_LIBRARY_PATH"]
    with subprocess.Popen(
        [str(arg) for arg in args],
        cwd="/",  # ours may be one that `account` cannot enter
        env=bare,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        umask=0o077,
        start_new_session=True,  # Ctrl-C is for us, not for the server
        **account.popen_as(),
    ) as process:
        try:
            try:
                output, _ = process.communicate(timeout=PATIENCE_S if late else None)
            except subprocess.TimeoutExpired:
                if late:
                    late()
                output, _ = process.communicate()
        except BaseException:  # Ctrl-C: do not wait for what it waits for
            process.kill()
            process.wait()
            raise
    return subprocess.CompletedProcess(process.args, process.returncode, output)


def ourselves() -> Account:
    uid = os.geteuid()
    try:
        name = pwd.getpwuid(uid).pw_name
    except KeyError:  # containers run as a number
        name = str(uid)
    return Account(name, uid, os.getegid())


def server_account(home: Path) -> Account:
    """Who runs the server of `home`: ourselves; if we are root, its owner or `cdrstats`.

    Raises:
        ServerTrouble: that user is not there and cannot be made.
    """
    if os.geteuid() != 0:
        return ourselves()
    if home.is_dir() and home.stat().st_uid != 0:
        owner = home.stat()
        try:
            return Account(pwd.getpwuid(owner.st_uid).pw_name, owner.st_uid, owner.st_gid)
        except KeyError:
            return Account(str(owner.st_uid), owner.st_uid, owner.st_gid)
    return _system_user()


def _system_user() -> Account:
    """The user `cdrstats`, made if it is not there yet."""
    try:
        entry = pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        trouble = _make_system_user()
        try:
            entry = pwd.getpwnam(SYSTEM_USER)  # another command may have made it meanwhile
        except KeyError as exc:
            raise ServerTrouble(
                f"PostgreSQL does not run as root, and the user {SYSTEM_USER!r} that it would"
                f" run as cannot be made ({trouble}). Make it (useradd --system"
                f" {SYSTEM_USER}), start as an ordinary user, or set CDRSTATS_DATABASE_URL."
            ) from exc
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _make_system_user() -> str:
    """Run useradd; return what it complained about."""
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if useradd is None:
        return "there is no useradd"
    done = subprocess.run(
        [
            *(useradd, "--system", "--user-group", "--no-create-home"),
            *("--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin", SYSTEM_USER),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stderr.strip() or f"useradd ended with {done.returncode}"
