"""The file of a backup: written whole or not at all, and read only when it is as it was."""

import hashlib
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from zipfile import ZIP_STORED, BadZipFile, ZipFile

from cdrstats.backup.manifest import DUMP, FORMAT, KEY, MANIFEST, Manifest, Part, from_json
from cdrstats.errors import BadRequest

CHUNK = 1 << 20
LONGEST_MANIFEST = 1_000_000

Bytes = Callable[[int], None]
"""Told how many bytes are done so far."""


def unheard(_: int) -> None:
    """For whoever does not ask."""


class Writer:
    """Adds parts to an archive, and remembers what they were."""

    def __init__(self, archive: ZipFile) -> None:
        self.parts: dict[str, Part] = {}
        self._archive = archive

    def add(self, name: str, source: IO[bytes], progress: Bytes = unheard) -> None:
        """Add all that `source` gives."""
        digest, done = hashlib.sha256(), 0
        with self._archive.open(name, "w", force_zip64=True) as out:
            while chunk := source.read(CHUNK):
                digest.update(chunk)
                out.write(chunk)
                done += len(chunk)
                progress(done)
        self.parts[name] = Part(done, digest.hexdigest())

    def close_with(self, manifest: Manifest) -> None:
        """Add what tells of the others, last."""
        self._archive.writestr(MANIFEST, manifest.as_json())


@contextmanager
def new_archive(path: Path) -> Iterator[Writer]:
    """A file, private to us, that has its name only once it is whole.

    Raises:
        BadRequest: it is there already, or cannot be written.
    """
    if path.exists():
        raise BadRequest(f"{path} is there already; a backup replaces none.")
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            with ZipFile(file, "w", ZIP_STORED) as archive:  # the dump is compressed
                yield Writer(archive)
            file.flush()
            os.fsync(file.fileno())
        os.rename(part, path)
    except OSError as exc:
        raise BadRequest(f"{path} cannot be written: {exc.strerror or exc}.") from exc
    finally:
        part.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Archive:
    """A backup that is open."""

    path: Path
    manifest: Manifest
    _archive: ZipFile

    def open(self, name: str) -> IO[bytes]:
        return self._archive.open(name)

    def key(self) -> bytes | None:
        """The key that seals the database's secrets, if there was one."""
        return self._archive.read(KEY) if KEY in self.manifest.parts else None

    def check(self, progress: Bytes = unheard) -> None:
        """Raise BadRequest unless each part is what the manifest says."""
        done = 0
        for name, part in self.manifest.parts.items():
            digest, size = hashlib.sha256(), 0
            with self.open(name) as source:
                while chunk := source.read(CHUNK):
                    digest.update(chunk)
                    size += len(chunk)
                    progress(done + size)
            if (size, digest.hexdigest()) != (part.bytes, part.sha256):
                raise _not_whole(self.path)
            done += size


@contextmanager
def open_archive(path: Path) -> Iterator[Archive]:
    """The backup in the file `path`.

    Raises:
        BadRequest: it cannot be read, is none, is not whole, or is of a later kind; also while
            it is read in this context.
    """
    try:
        with ZipFile(path) as archive:
            manifest = _manifest(path, archive)
            yield Archive(path, manifest, archive)
    # What zipfile raises where bytes are missing or are others.
    except (BadZipFile, EOFError, RuntimeError) as exc:
        raise _not_whole(path) from exc
    except OSError as exc:
        raise BadRequest(f"{path} cannot be read: {exc.strerror or exc}.") from exc


def _manifest(path: Path, archive: ZipFile) -> Manifest:
    files = {info.filename: info for info in archive.infolist()}
    if MANIFEST not in files or files[MANIFEST].file_size > LONGEST_MANIFEST:
        raise _not_whole(path)
    if any(info.compress_type != ZIP_STORED for info in files.values()):
        raise _not_whole(path)
    try:
        manifest = from_json(archive.read(MANIFEST))
    except (ValueError, KeyError, TypeError, AttributeError) as exc:
        raise _not_whole(path) from exc
    if manifest.format > FORMAT:
        raise BadRequest(
            f"{path} was made by CDR-Stats {manifest.cdrstats}, which is newer than this one:"
            " restore it with that version."
        )
    if DUMP not in manifest.parts or {*files} != {*manifest.parts, MANIFEST}:
        raise _not_whole(path)
    return manifest


def _not_whole(path: Path) -> BadRequest:
    return BadRequest(
        f"{path} is not a whole backup of CDR-Stats: part of it is missing or was changed."
        " Nothing was restored."
    )
