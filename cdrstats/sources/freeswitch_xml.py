"""FreeSWITCH's mod_xml_cdr: <cdr> documents, one a file or one behind the other.

Element names are names of channel variables, so that prefixes are often unbound: namespaces are
off. Document types and entities are refused, whatever they say.
"""

import re
from collections.abc import Iterator
from typing import Any, BinaryIO, NoReturn
from xml.parsers import expat

from cdrstats.sources.documents import ENDS, Piece, Unended, read_documents
from cdrstats.sources.fields import BadRow
from cdrstats.sources.freeswitch_document import record_of
from cdrstats.sources.record import BadLine, Options, Record

DEEPEST = 100
_END = re.compile(r"</cdr\s*>")
_DTD = re.compile(r"<!(?:DOCTYPE|ENTITY|ELEMENT|ATTLIST)", re.IGNORECASE)
# Atomic: going back into a comment would take for ever.
_PROLOGUE = re.compile(r"(?>\s+|<\?.*?\?>|<!--.*?-->|</?[\w:.-]+\s*>)*+", re.DOTALL)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_REFUSED = "it declares a document type or an entity, which is refused"


class Xml:
    """Documents are `<cdr ...> ... </cdr>`, with or without a prologue or a wrapper."""

    next_start = re.compile(r"<\?xml\s|<cdr[\s>]")
    _start = re.compile(r"<cdr[\s>]")

    def __init__(self) -> None:
        self._unended = Unended()

    def cut(self, text: str, at: int, is_end: bool) -> Piece | None:
        found = _END.search(text, at)
        if found is None:
            if not is_end or _PROLOGUE.fullmatch(text, at):
                return None
            reason = _REFUSED if _DTD.search(text, at) else ENDS
            return self._unended.cut(text, self._begin(text, at), reason, self.next_start)
        start = self._start.search(text, at, found.start())
        if _DTD.search(text, at, start.start() if start else found.end()):
            return Piece(text[at : found.end()], found.end(), _REFUSED)
        if start is None:
            return Piece(text[at : found.end()], found.end(), "the beginning of it is missing")
        if not _PROLOGUE.fullmatch(text, at, start.start()):
            return Piece(text[at : start.start()], start.start(), "this is no <cdr> document")
        second = self.next_start.search(text, start.end(), found.start())
        if second is not None:
            reason = "it breaks off: the next document begins inside of it"
            return Piece(text[start.start() : second.start()], second.start(), reason)
        return Piece(text[start.start() : found.end()], found.end())

    def _begin(self, text: str, at: int) -> int:
        """Where the document begins behind its prologue, so that `broken` looks further."""
        prologue = _PROLOGUE.match(text, at)
        found = self._start.search(text, at, prologue.end() + 5 if prologue else at)
        return found.start() if found else at


def read(stream: BinaryIO, options: Options) -> Iterator[Record | BadLine]:
    """Records of the documents of a file; `line` is the number of the document."""
    del options
    return read_documents(stream, Xml(), _record)


def _record(text: str, index: int) -> Record:
    return record_of(_Tree().of(text), index, encoded=True)


class _Tree:
    """A document as JSON would tell it: elements as members, repeated ones as an array."""

    def __init__(self) -> None:
        self._open: list[dict[str, Any]] = [{}]
        self._texts: list[str] = [""]

    def of(self, text: str) -> dict[str, Any]:
        """The members of the root element; raises BadRow."""
        parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        parser.StartElementHandler = self._begin
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._add
        parser.StartDoctypeDeclHandler = _refuse
        parser.EntityDeclHandler = _refuse
        parser.ExternalEntityRefHandler = _refuse
        try:
            parser.Parse(_CONTROL.sub("\N{REPLACEMENT CHARACTER}", text), True)
        except expat.ExpatError as trouble:
            what = expat.ErrorString(trouble.code)
            reason = f"it is not XML: {what} in line {trouble.lineno} of the document"
            raise BadRow(reason) from None
        root = self._open[0].get("cdr")
        return root if isinstance(root, dict) else {}

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._open) > DEEPEST:
            raise BadRow(f"its elements are nested more than {DEEPEST} deep")
        self._open.append(dict(attributes))
        self._texts.append("")

    def _add(self, text: str) -> None:
        self._texts[-1] += text

    def _end(self, name: str) -> None:
        members, text = self._open.pop(), self._texts.pop()
        value: Any = members or text
        parent = self._open[-1]
        if name not in parent:
            parent[name] = value
        elif isinstance(parent[name], list):
            parent[name].append(value)
        else:
            parent[name] = [parent[name], value]


def _refuse(*_: Any) -> NoReturn:
    raise BadRow(_REFUSED)
