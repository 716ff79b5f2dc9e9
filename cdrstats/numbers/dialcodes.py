"""Find the longest dial code that a number begins with."""

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, select

from cdrstats.db.schema import dialcode


class DialCodes:
    """Dial codes with their countries, ready for longest-prefix look-ups."""

    def __init__(self, country_of: Mapping[int, int] | Iterable[tuple[int, int]]) -> None:
        """Args: country_of: dial code -> country id. A code without country (0) is left
        out, so that a shorter one decides."""
        self._found = {
            str(code): (code, country) for code, country in dict(country_of).items() if country
        }
        longest = max(map(len, self._found), default=0)
        self._lengths = range(longest, 0, -1)

    def __len__(self) -> int:
        return len(self._found)

    def find(self, e164: str) -> tuple[int, int]:
        """(dial code, country id) of an international number in digits; (0, 0) if unknown."""
        found = self._found
        for length in self._lengths:
            hit = found.get(e164[:length])
            if hit is not None:
                return hit
        return (0, 0)


def load_dialcodes(conn: Connection) -> DialCodes:
    """The dial codes of this installation, as its operator may have edited them."""
    rows = conn.execute(
        select(dialcode.c.id, dialcode.c.country_id).where(dialcode.c.country_id != 0)
    )
    return DialCodes({row.id: row.country_id for row in rows})
