"""XML documents of calls, one a file or one behind the other: cut apart, and read as a tree.

Namespaces are off, since element names are often names of variables with prefixes that nobody
bound. Entities, and document types that declare something, are refused, whatever they say.
"""

import re
from typing import Any, NoReturn
from xml.parsers import expat

from cdrstats.sources.documents import ENDS, Piece, Unended
from cdrstats.sources.fields import BadRow

DEEPEST = 100
_DTD = re.compile(r"<!(?:DOCTYPE|ENTITY|ELEMENT|ATTLIST)", re.IGNORECASE)
_EMPTY_DTD = re.compile(r"<!DOCTYPE\s+[\w:.-]+\s*>")
"""Names the root and declares nothing."""
# Atomic: going back into a comment would take for ever.
_PROLOGUE = re.compile(
    r"(?>\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE\s+[\w:.-]+\s*>"
    r"|</?[\w:.-]+(?:\s+[\w:.-]+\s*=\s*(?:\"[^\"<]*\"|'[^'<]*'))*\s*>)*+",
    re.DOTALL,
)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_REFUSED = "it declares a document type or an entity, which is refused"


class Xml:
    """Documents are `<name ...> ... </name>`, with or without a prologue or a wrapper."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._start = re.compile(rf"<{name}[\s>]")
        self._end = re.compile(rf"</{name}\s*>")
        self.next_start = re.compile(rf"<\?xml\s|<{name}[\s>]")
        self._unended = Unended()

    def cut(self, text: str, at: int, is_end: bool) -> Piece | None:
        """The document at `at`, or what is none; None: more text is needed."""
        found = self._end.search(text, at)
        if found is None:
            if not is_end or _PROLOGUE.fullmatch(text, at):
                return None
            reason = _REFUSED if self._declares(text, at, len(text)) else ENDS
            return self._unended.cut(text, self._begin(text, at), reason, self.next_start)
        start = self._start.search(text, at, found.start())
        if self._declares(text, at, start.start() if start else found.end()):
            return Piece(text[at : found.end()], found.end(), _REFUSED)
        if start is None:
            return Piece(text[at : found.end()], found.end(), "the beginning of it is missing")
        if not _PROLOGUE.fullmatch(text, at, start.start()):
            reason = f"this is no <{self._name}> document"
            return Piece(text[at : start.start()], start.start(), reason)
        second = self.next_start.search(text, start.end(), found.start())
        if second is not None:
            reason = "it breaks off: the next document begins inside of it"
            return Piece(text[start.start() : second.start()], second.start(), reason)
        return Piece(text[start.start() : found.end()], found.end())

    @staticmethod
    def _declares(text: str, at: int, end: int) -> bool:
        """Whether a type or an entity is declared between the two places."""
        found = _DTD.search(text, at, end)
        return found is not None and (
            not _EMPTY_DTD.match(text, found.start())
            or _DTD.search(text, found.end(), end) is not None
        )

    def _begin(self, text: str, at: int) -> int:
        """Where the document begins behind its prologue, so that `broken` looks further."""
        prologue = _PROLOGUE.match(text, at)
        found = self._start.search(text, at, prologue.end() + 5 if prologue else at)
        return found.start() if found else at


def tree_of(text: str) -> dict[str, Any]:
    """The members of the root element: elements as JSON would tell them, repeated ones as an
    array, attributes as members. Raises BadRow."""
    tree = _Tree()
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler = tree.begin
    parser.EndElementHandler = tree.end
    parser.CharacterDataHandler = tree.add
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    parser.ExternalEntityRefHandler = _refuse
    try:
        parser.Parse(_CONTROL.sub("\N{REPLACEMENT CHARACTER}", text), True)
    except expat.ExpatError as trouble:
        what = expat.ErrorString(trouble.code)
        reason = f"it is not XML: {what} in line {trouble.lineno} of the document"
        raise BadRow(reason) from None
    return tree.root


class _Tree:
    """What has been read of a document; the first member is what holds the root."""

    def __init__(self) -> None:
        self._open: list[dict[str, Any]] = [{}]
        self._texts: list[str] = [""]

    @property
    def root(self) -> dict[str, Any]:
        [found] = self._open[0].values()
        return found if isinstance(found, dict) else {}

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._open) > DEEPEST:
            raise BadRow(f"its elements are nested more than {DEEPEST} deep")
        self._open.append(dict(attributes))
        self._texts.append("")

    def add(self, text: str) -> None:
        self._texts[-1] += text

    def end(self, name: str) -> None:
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
