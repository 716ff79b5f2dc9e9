"""Files as bytes: gzip is seen by its first bytes and read as if it were not there."""

import gzip
import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

CHUNK = 1 << 20
GZIP_MAGIC = b"\x1f\x8b"


class CutShort(io.RawIOBase):
    """A gzip stream whose damage is told by `damage`, not by an exception halfway."""

    def __init__(self, packed: BinaryIO) -> None:
        self._gzip = gzip.GzipFile(fileobj=packed)
        self._packed = packed
        self.damage: str | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override]
        if self.damage is not None:
            return 0
        try:
            data = self._gzip.read1(len(buffer))
        except EOFError:
            self.damage = "the gzip file ends too early: the rest of it is missing"
            return 0
        except (gzip.BadGzipFile, zlib.error) as trouble:
            self.damage = f"the gzip file is damaged from here on ({trouble})"
            return 0
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._gzip.close()
        self._packed.close()
        super().close()


def open_bytes(path: Path | str) -> BinaryIO:
    """Open a file for reading; a gzip file gives the bytes packed in it."""
    packed = Path(path).open("rb")
    return unpacked(packed)


def unpacked(stream: BinaryIO) -> BinaryIO:
    """The stream itself, or what is packed in it; `stream` must be able to seek."""
    begin = stream.read(2)
    stream.seek(0)
    return cast("BinaryIO", CutShort(stream)) if begin == GZIP_MAGIC else stream


def chunks(stream: BinaryIO) -> Iterator[bytes]:
    """The bytes of a stream, at most CHUNK at a time."""
    while data := stream.read(CHUNK):
        yield data


def damage_of(stream: BinaryIO) -> str | None:
    """A sentence, when what was read so far of a gzip stream broke off."""
    return stream.damage if isinstance(stream, CutShort) else None
