"""The data cut-off of a link: what came in later is left out, so that a figure stays."""

from dataclasses import dataclass
from datetime import UTC, datetime

from cdrstats.errors import BadRequest


@dataclass(frozen=True, slots=True)
class CutOff:
    """The staged rows that had been decided at a moment."""

    import_id: int  # the newest such row of cdr_import
    at: datetime  # aware, by the clock of the database

    def text(self) -> str:
        """The cut-off as it stands in a URL: '4711~2026-03-10T12:00:00Z'."""
        return f"{self.import_id}~{self.at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"

    @classmethod
    def parse(cls, text: str) -> "CutOff":
        """The cut-off that `text()` wrote; BadRequest if it is none."""
        number, _, moment = text.partition("~")
        try:
            cut = cls(int(number), datetime.fromisoformat(moment))
        except ValueError:
            cut = None
        if cut is None or cut.at.tzinfo is None or not 0 <= cut.import_id < 2**63:
            raise BadRequest(f"{text!r} is not the data cut-off of a link.")
        return cut
