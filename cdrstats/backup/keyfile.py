"""The key that seals secrets in the database: into a backup, and back to its place."""

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from cdrstats.errors import BadSetting


def read_key(key_file: Path) -> bytes | None:
    """The key file's content; None if no secret was ever sealed."""
    try:
        return key_file.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as exc:
        raise BadSetting(
            f"CDRSTATS_SECRET_KEY_FILE: {key_file} cannot be read ({exc.strerror})"
        ) from exc


@contextmanager
def put_back(key_file: Path, key: bytes | None, tell: Callable[[str], None]) -> Iterator[None]:
    """Let `key` be the key once the context has ended well; another one is kept beside it.

    It is written first, so that what cannot be written is known before the database changes.
    """
    if key is None or read_key(key_file) == key:
        yield
        return
    part = key_file.with_name(f".{key_file.name}.{secrets.token_hex(8)}")
    try:
        try:
            handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as out:
                out.write(key)
                out.flush()
                os.fsync(handle)
        except OSError as exc:
            raise BadSetting(
                f"CDRSTATS_SECRET_KEY_FILE: {key_file} cannot be written ({exc.strerror})"
            ) from exc
        yield
        if key_file.exists():
            kept = key_file.with_name(f"{key_file.name}.{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
            os.rename(key_file, kept)
            tell(f"The key that was there before is now {kept}.")
        os.rename(part, key_file)
    finally:
        part.unlink(missing_ok=True)
