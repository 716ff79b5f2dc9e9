"""Small Asterisk files for tests: Master.csv with 21 columns, one line a call."""

from datetime import datetime, timedelta


def master_line(
    n: int = 1,
    start: str = "2026-03-10 12:00:00",
    *,
    src: str = "1001",
    dst: str = "34650123456",
    billsec: int = 50,
    ring: int = 5,
    disposition: str = "ANSWERED",
    accountcode: str = "",
    uniqueid: str | None = None,
    sequence: int | None = None,
    channel: str = "SIP/1001-00000001",
) -> str:
    """One record; `n` makes its uniqueid and sequence when they are not given."""
    begin = datetime.fromisoformat(start)
    answer = begin + timedelta(seconds=ring)
    end = answer + timedelta(seconds=billsec)
    answered = disposition == "ANSWERED"
    cells = [
        accountcode, src, dst, "from-internal", f'""Bob"" <{src}>', channel,
        "SIP/trunk-00000002", "Dial", "SIP/trunk/x,60", str(begin),
        str(answer) if answered else None, str(end), ring + billsec,
        billsec if answered else 0, disposition, "DOCUMENTATION",
        uniqueid or f"1773144000.{n}", "", "", uniqueid or f"1773144000.{n}",
        n if sequence is None else sequence,
    ]  # fmt: skip
    return ",".join(
        "" if cell is None else f'"{cell}"' if isinstance(cell, str) else str(cell)
        for cell in cells
    )


def master_csv(*lines: str) -> str:
    return "".join(line + "\n" for line in lines)
