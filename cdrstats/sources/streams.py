"""Files as bytes: gzip is seen by its first bytes and read as if it were not there."""

import codecs
import gzip
import io
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

CHUNK = 1 << 18
GZIP_MAGIC = b"\x1f\x8b"
NUL = b"\0"
NUL_SHOWN = "\N{SYMBOL FOR NULL}"
"""What a NUL becomes: PostgreSQL stores none, and a reader of the text should see it."""

_NUL_SHOWN = NUL_SHOWN.encode()
_LATIN1 = re.compile(
    rb"\s*<\?xml\s[^>]*encoding\s*=\s*[\"'](?:iso-8859-1|latin-?1|windows-1252)[\"']",
    re.IGNORECASE,
)


class CutShort(io.RawIOBase):
    """What a gzip file holds; damage ends it and is told by `damage`, not by an exception."""

    def __init__(self, packed: BinaryIO) -> None:
        self._gzip = gzip.GzipFile(fileobj=packed)
        self._packed = packed
        self.damage: str | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
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
    """Open a file for reading; a gzip file gives the bytes packed in it.

    Raises:
        OSError: the file cannot be opened.
    """
    return unpacked(open(path, "rb"))


def unpacked(stream: BinaryIO) -> BinaryIO:
    """The stream itself, or what is packed in it; it must be able to seek."""
    begin = stream.read(2)
    stream.seek(0)
    return cast("BinaryIO", CutShort(stream)) if begin == GZIP_MAGIC else stream


def damage_of(stream: BinaryIO) -> str | None:
    """A sentence, once the reading of a damaged gzip stream has come to its damage."""
    if isinstance(stream, Peeked):
        return damage_of(stream.behind)
    return stream.damage if isinstance(stream, CutShort) else None


class Peeked(io.RawIOBase):
    """A stream of which the beginning was read ahead, from its beginning."""

    def __init__(self, head: bytes, behind: BinaryIO) -> None:
        self._head = head
        self.behind = behind

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._head[: len(buffer)] or self.behind.read(len(buffer))
        self._head = self._head[len(data) :]
        buffer[: len(data)] = data
        return len(data)


def peeked(stream: BinaryIO, size: int) -> tuple[bytes, BinaryIO]:
    """The first `size` bytes of a stream, and the same stream with them in it."""
    head = stream.read(size)
    return head, cast("BinaryIO", Peeked(head, stream))


def encoding_of(head: bytes) -> str:
    """UTF-8, unless a mark or a NUL beside every letter tells UTF-16, or XML says Latin-1."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    sample = head[:1000]
    even, odd = sample[0::2].count(NUL), sample[1::2].count(NUL)
    if odd > len(sample) // 3 and not even:
        return "utf-16-le"
    if even > len(sample) // 3 and not odd:
        return "utf-16-be"
    if _LATIN1.match(head):
        return "cp1252"  # of which ISO 8859-1 is a part, as everybody reads it
    return "utf-8-sig"


def utf8_chunks(stream: BinaryIO) -> Iterator[bytes]:
    """The bytes of a text file as UTF-8, without its mark, a NUL made visible."""
    decoder = None
    first = True
    while chunk := stream.read(CHUNK):
        if first:
            first = False
            encoding = encoding_of(chunk)
            chunk = chunk.removeprefix(codecs.BOM_UTF8)
            if encoding != "utf-8-sig":
                decoder = codecs.getincrementaldecoder(encoding)("replace")
        if decoder is not None:
            chunk = decoder.decode(chunk).encode()
        yield chunk.replace(NUL, _NUL_SHOWN) if NUL in chunk else chunk
    if decoder is not None:
        yield decoder.decode(b"", final=True).encode()


def text_chunks(stream: BinaryIO) -> Iterator[str]:
    """The same as text; bytes that are not UTF-8 become U+FFFD."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    for chunk in utf8_chunks(stream):
        yield decoder.decode(chunk)
    yield decoder.decode(b"", final=True)
