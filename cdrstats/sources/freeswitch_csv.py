"""FreeSWITCH's mod_cdr_csv: its `example` template (15 columns) and those that are told apart.

It escapes nothing: a quote or a line break in a caller's name stands there bare. So a line is
cut at `","`, and only a line that is not quoted throughout is read as CSV.
"""

from collections import deque
from collections.abc import Iterator
from operator import itemgetter
from typing import BinaryIO

from cdrstats.sources.asterisk import caller
from cdrstats.sources.fields import BadRow, is_unset, seconds_between, stamp, whole
from cdrstats.sources.freeswitch import FEED, FREESWITCH, cause_code
from cdrstats.sources.lines import OpenQuote, columns, csv_cells, read_rows
from cdrstats.sources.record import BadLine, Options, Record

_FRONT = (
    "caller_id_name",
    "caller_id_number",
    "destination_number",
    "context",
    "start_stamp",
    "answer_stamp",
    "end_stamp",
    "duration",
    "billsec",
    "hangup_cause",
)
_LEGS = ("uuid", "bleg_uuid", "accountcode")
_CODECS = ("read_codec", "write_codec")
_EXAMPLE = _FRONT + _LEGS + _CODECS
_LINKSYS = (*_EXAMPLE, "sip_user_agent", "sip_p_rtp_stat")
_SNOM = (
    *_EXAMPLE,
    "sip_user_agent",
    "call_clientcode",
    "sip_rtp_rxstat",
    "sip_rtp_txstat",
    "sofia_record_file",
)
_ASTERISK = (
    "accountcode",
    "caller_id_number",
    "destination_number",
    "context",
    "caller_id",
    "channel_name",
    "bridge_channel",
    "last_app",
    "last_arg",
    "start_stamp",
    "answer_stamp",
    "end_stamp",
    "duration",
    "billsec",
    "hangup_cause",
    "amaflags",
    "uuid",
    "userfield",
)

# By their number of columns: mod_cdr_sqlite's order, cdr-pusher's template, and the templates
# that FreeSWITCH ships.
ORDERS = {
    13: _FRONT + _LEGS,
    14: (*_FRONT, "hangup_cause_q850", *_LEGS),
    15: _EXAMPLE,
    17: _LINKSYS,
    18: _ASTERISK,
    20: _SNOM,
}

_FIELDS = (
    "caller_id_name",
    "caller_id_number",
    "destination_number",
    "start_stamp",
    "answer_stamp",
    "duration",
    "billsec",
    "hangup_cause",
    "hangup_cause_q850",
    "uuid",
    "bleg_uuid",
    "accountcode",
    "channel_name",
)
_KEPT_TOO = ("answer_stamp", "bleg_uuid")

WINDOW = 1_000
"""Records that are held back, so that a B leg learns of its A leg, which comes after it."""


class Layout:
    """Which column holds which field; `picks` and `keeps` have -1 for an empty one."""

    def __init__(self, order: tuple[str, ...]) -> None:
        at = {name: position for position, name in enumerate(order)}
        self.pick = itemgetter(*(at.get(name, -1) for name in _FIELDS))
        self.has_answer = "answer_stamp" in at
        self.caller_id = at.get("caller_id")
        self.kept = tuple(
            (name, position)
            for name, position in at.items()
            if name not in _FIELDS or name in _KEPT_TOO
        )


_LAYOUTS = {width: Layout(order) for width, order in ORDERS.items()}
_as_csv = csv_cells()


def read(stream: BinaryIO, options: Options) -> Iterator[Record | BadLine]:
    """Records of a file of mod_cdr_csv; `options.columns` names its fields where they differ.

    An A leg names its B leg (`names_leg`); a B leg that comes at most WINDOW records before or
    after it gets `leg_of`.
    """
    layouts = _LAYOUTS
    wanted = "a template of FreeSWITCH's has 13, 14, 15, 17, 18 or 20"
    if options.columns:
        layouts = {len(options.columns): Layout(options.columns)}
        wanted = f"the template given has {len(options.columns)}"

    def parse(cells: list[str], line: int) -> Record:
        layout = layouts.get(len(cells))
        if layout is None:
            raise BadRow(f"it has {columns(len(cells))}; {wanted}")
        return record_of(layout, cells, line)

    return legs_joined(read_rows(stream, split, parse))


def split(text: str) -> list[str]:
    """The cells of a record; raises OpenQuote where its last one is not closed."""
    if not text.startswith('"'):
        return _as_csv(text)
    if not text.endswith('"') or len(text) < 2:
        raise OpenQuote
    cells = text[1:-1].split('","')
    if len(cells) not in ORDERS and '", "' in text:  # as in the template `snom`
        return text[1:-1].replace('", "', '","').split('","')
    return cells


def record_of(layout: Layout, cells: list[str], line: int) -> Record:
    """The record of cells in the order of `layout`. Raises BadRow."""
    (
        name,
        number,
        destination,
        start,
        answer,
        duration,
        billsec,
        cause,
        q850,
        uuid,
        bleg_uuid,
        account,
        channel,
    ) = layout.pick([*cells, ""])
    start_at, start_text = stamp(start, "start")
    answered: bool | None = None
    answersec = None
    if layout.has_answer:
        answered = not is_unset(answer)
        if answered:
            answersec = seconds_between(start_at, stamp(answer, "answer time")[0])
    if not uuid:
        raise BadRow("it has no uuid")
    if layout.caller_id is not None:
        name = name or caller(cells[layout.caller_id])[0]
    return Record(
        line,
        FREESWITCH,
        FEED,
        uuid,
        True,
        callid=uuid,
        caller_id_number=number,
        caller_id_name=name,
        destination_number=destination,
        start=start_at if start_text is None else None,
        start_text=start_text,
        duration=whole(duration, "duration"),
        billsec=whole(billsec, "billsec"),
        answered=answered,
        answersec=answersec,
        hangup_cause_id=cause_code(cause, q850),
        hangup_cause=cause,
        channel=channel,
        accountcode=account,
        names_leg=bleg_uuid if bleg_uuid != uuid and bleg_uuid else None,
        extra={key: cells[position] for key, position in layout.kept if cells[position]},
    )


def legs_joined(items: Iterator[Record | BadLine]) -> Iterator[Record | BadLine]:
    """The same items; B legs near the A leg that names them get `leg_of`."""
    held: deque[Record | BadLine] = deque()
    alone: dict[str, Record] = {}
    named: dict[str, str] = {}
    for item in items:
        if type(item) is Record:
            leg = item.names_leg
            if leg is None:
                item.leg_of = named.get(item.identity)
                alone[item.identity] = item
            else:
                if leg in alone:
                    alone[leg].leg_of = item.identity
                named[leg] = item.identity
                if len(named) > WINDOW:
                    del named[next(iter(named))]
        held.append(item)
        if len(held) > WINDOW:
            first = held.popleft()
            if type(first) is Record and alone.get(first.identity) is first:
                del alone[first.identity]
            yield first
    yield from held
