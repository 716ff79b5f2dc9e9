"""JSON documents of calls, one behind the other, one a line, or in an array: cut, and read."""

import json
import re
from typing import Any

from cdrstats.sources.documents import ENDS, Piece, Unended, broken
from cdrstats.sources.fields import BadRow

_BETWEEN = re.compile(r"[\s,\[\]]*")
_TOKEN = re.compile(r'"[^"\\\n]*(?:\\.[^"\\\n]*)*"|["{}\[\]]')
_PAIRS = {"{}", "[]"}
_DOCUMENT = re.compile(r'\{\s*"core-uuid"')
# FreeSWITCH writes what C's printf makes of a quality that is not a number.
_NOT_JSON = re.compile(
    r'"[^"\\\n]*(?:\\.[^"\\\n]*)*"|-?\b(?:nan|inf(?:inity)?)\b', re.IGNORECASE
)


class Json:
    """Documents are objects; a brace at the beginning of a line begins one."""

    next_start = re.compile(r'(?<=\n)\{|\{\s*"core-uuid"')

    def __init__(self) -> None:
        self._unended = Unended()

    def cut(self, text: str, at: int, is_end: bool) -> Piece | None:
        between = _BETWEEN.match(text, at)
        at = between.end() if between else at
        if at == len(text):
            return None
        if text[at] != "{":
            found = self.next_start.search(text, at)
            if found is None and not is_end:
                return None
            return broken(text, at, "this is no JSON object", self.next_start)
        opened: list[str] = []
        for token in _TOKEN.finditer(text, at):
            sign = token.group()
            if len(sign) > 1:
                continue
            if sign == '"':
                if not is_end and text.find("\n", token.end()) < 0:
                    return None
                cut_off = is_end and text.find("\n", token.end(), len(text) - 1) < 0
                reason = ENDS if cut_off else "a text in it is never closed"
                return broken(text, at, reason, self.next_start)
            if sign in "{[":
                if opened and sign == "{" and _breaks_off(text, token.start(), opened[-1]):
                    reason = "it breaks off: the next document begins inside of it"
                    return broken(text, at, reason, self.next_start)
                opened.append(sign)
                continue
            if opened.pop() + sign not in _PAIRS:
                return broken(text, at, "its brackets do not match", self.next_start)
            if not opened:
                return Piece(text[at : token.end()], token.end())
        return self._unended.cut(text, at, ENDS, self.next_start) if is_end else None


def _breaks_off(text: str, brace: int, within: str) -> bool:
    """Whether the brace, `within` an open bracket, begins a document rather than a value."""
    if _DOCUMENT.match(text, brace):
        return True
    if text[brace - 1] != "\n":
        return False
    before = text[max(0, brace - 100) : brace].rstrip()[-1:]
    return before not in {":", "["} and (before, within) != (",", "[")


def object_of(text: str) -> dict[str, Any]:
    """The members of a document. Raises BadRow."""
    try:
        try:
            return _loads(text)
        except ValueError:
            return _loads(_NOT_JSON.sub(_null, text))
    except json.JSONDecodeError as trouble:
        reason = f"it is not JSON: {trouble.msg.lower()} at character {trouble.pos + 1:,}"
        raise BadRow(reason) from None
    except RecursionError:
        raise BadRow("it is nested too deep") from None
    except ValueError:
        raise BadRow("it holds a number of thousands of digits") from None


def _loads(text: str) -> dict[str, Any]:
    # FreeSWITCH's own writer escapes control characters; others leave them in texts.
    value: dict[str, Any] = json.loads(text, strict=False, parse_constant=lambda _: None)
    return value


def _null(found: re.Match[str]) -> str:
    text = found.group()
    return text if text.startswith('"') else "null"
