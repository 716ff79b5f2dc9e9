"""Which format a file has, from its first bytes: the reader that fits, and what tells so."""

import codecs
import io
import re
import zlib
from collections import Counter

from cdrstats.sources import (
    asterisk_cel,
    asterisk_gui,
    avaya_smdr,
    cdrstats_csv,
    cucm,
    kamailio_acc,
    kamailio_cdrs,
    opensips_acc,
    opensips_flatstore,
    telnyx,
    threecx,
    twilio,
    yate,
)
from cdrstats.sources.asterisk import looks_like_uniqueid
from cdrstats.sources.cdrstats_csv import NEEDED
from cdrstats.sources.fields import BadRow, shown
from cdrstats.sources.freeswitch import CAUSES
from cdrstats.sources.freeswitch_csv import ORDERS, split
from cdrstats.sources.freeswitch_sqlite import MAGIC
from cdrstats.sources.lines import OpenQuote, csv_cells
from cdrstats.sources.named import is_header
from cdrstats.sources.record import Detection
from cdrstats.sources.sip import METHODS
from cdrstats.sources.sql_dump import Row, rows_of, tables_of
from cdrstats.sources.streams import GZIP_MAGIC, NUL, encoding_of
from cdrstats.sources.tables import delimiter_of

SAMPLE_LINES = 50
UNKNOWN = "unknown"
HEAD_OF_JSON = 20_000
"""Characters in which the members of a first call are told."""

_TABLES = {
    **dict.fromkeys(kamailio_acc.TABLES, ("kamailio_acc", "Kamailio's acc")),
    **dict.fromkeys(kamailio_cdrs.TABLES, ("kamailio_cdrs", "Kamailio's calls")),
    **dict.fromkeys(asterisk_cel.TABLES, ("asterisk_cel", "Asterisk's channel events")),
}
_HEADERS = {
    "asterisk_cel": (asterisk_cel.is_header, "Asterisk's channel event log"),
    "opensips_acc": (opensips_acc.is_header, "OpenSIPS' table acc"),
    "kamailio_acc": (kamailio_acc.is_header, "Kamailio's table acc"),
    "kamailio_cdrs": (kamailio_cdrs.is_header, "Kamailio's tables of calls"),
}
_LOGS = {"twilio": twilio.NEEDED, "telnyx": telnyx.NEEDED}

_STAMP = re.compile(r"\d{4}[-/]\d{1,2}[-/]\d{1,2}[ T]\d{1,2}:\d{2}")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_ORDINALS = {1: "st", 2: "nd", 3: "rd"}
_JSON_SIGNS = ('"variables"', '"callflow"', '"core-uuid"', '"channel_data"')


def detect(head: bytes, name: str) -> Detection:
    """The source of a file, "unknown" if none fits, and a sentence that says what tells.

    Args:
        head: its first bytes, 64 KiB or so; packed by gzip or not.
        name: its name, for what the bytes alone leave open.
    """
    if head.startswith(GZIP_MAGIC):
        head = _unpacked(head)
    if not head.strip():
        return Detection(UNKNOWN, "the file is empty")
    if head.startswith(MAGIC):
        return Detection(
            "freeswitch_sqlite", "a database of SQLite: FreeSWITCH's table of calls"
        )
    text = _text(head)
    if text is None:
        return Detection(UNKNOWN, "the file is not text")
    begin = text.lstrip()
    if begin.startswith("<"):
        return _xml(begin, name)
    if begin.startswith(("{", "[")):
        return _json(begin, name)
    if tables := tables_of(text):
        return _dump(tables, text)
    return _rows(text)


def _unpacked(head: bytes) -> bytes:
    try:
        return zlib.decompressobj(wbits=31).decompress(head, 1 << 18)
    except zlib.error:
        return b""


def _text(head: bytes) -> str | None:
    """The head as text; None if it is none: with NULs, or a tenth of it control characters."""
    encoding = encoding_of(head)
    text = codecs.decode(head, encoding, "replace")
    sample = text[:4000]
    odd = sum(character < " " and character not in "\t\r\n\f\x1b" for character in sample)
    if odd * 10 > len(sample) or (encoding == "utf-8-sig" and head[:4000].count(NUL) > 40):
        return None
    undecoded = sample.count("\N{REPLACEMENT CHARACTER}")
    return None if undecoded * 3 > len(sample) else text


def _xml(text: str, name: str) -> Detection:
    if re.search(r"<cdr[\s>]", text):
        return Detection("freeswitch_xml", "XML whose root is <cdr>: FreeSWITCH mod_xml_cdr")
    if name.endswith(".cdr.xml"):
        return Detection("freeswitch_xml", "XML that mod_xml_cdr named, though without <cdr>")
    if re.search(r"<(?:broadWorksCDR|cdrData)[\s>]", text):
        return Detection("broadworks_xml", "XML with <broadWorksCDR>: BroadWorks accounting")
    root = re.search(r"<([A-Za-z][^\s/>]*)", text)
    told = f"its root is <{root.group(1)[:60]}>" if root else "it has no root"
    return Detection(UNKNOWN, f"XML, but {told}, not <cdr>")


def _json(text: str, name: str) -> Detection:
    for sign in _JSON_SIGNS:
        if sign in text:
            return Detection(
                "freeswitch_json", f"JSON with a member {sign}: FreeSWITCH mod_json_cdr"
            )
    names = re.findall(r'"(\w+)"\s*:', text[:HEAD_OF_JSON])
    for source, needed in _LOGS.items():
        if is_header(names, needed):
            return Detection(source, f"JSON with the members of a call of {source.title()}")
    if set(names) >= NEEDED:
        return Detection("cdrstats_json", "JSON with callid, starting_date and duration")
    if name.endswith(".cdr.json"):
        return Detection("freeswitch_json", "JSON that mod_json_cdr named")
    return Detection(UNKNOWN, "JSON, but not a call of FreeSWITCH: it has no member variables")


def _dump(tables: list[str], text: str) -> Detection:
    """What the first row of a known table is; without rows, the first known table."""
    rows = rows_of(io.BytesIO(text.encode("utf-8", "replace")), _TABLES)
    first = next((row for row in rows if isinstance(row, Row)), None)
    table = first.table if first else next((name for name in tables if name in _TABLES), "")
    if not table:
        return Detection(UNKNOWN, f"a dump of the table {shown(tables[0])}, which is not known")
    if first is not None and opensips_acc.is_header(first.fields):
        how = f"a dump of the table {table} with setuptime and created: OpenSIPS' acc"
        return Detection("opensips_acc", how)
    source, whose = _TABLES[table]
    return Detection(source, f"a dump of the table {table}: {whose}")


def _rows(text: str) -> Detection:
    lines = [line.rstrip("\r") for line in text.split("\n")]
    if len(lines) > 1:
        lines.pop()  # empty, or cut off by the end of the head
    lines = [line for line in lines if line.strip()][:SAMPLE_LINES]
    votes: Counter[Detection] = Counter()
    for line in lines:
        found = _header(line) if not votes else None
        if found is not None:
            return found
        found = next(filter(None, (look(line) for look in _LOOKS)), None)
        if found is not None:
            votes[found] += 1
    if votes:
        return votes.most_common(1)[0][0]
    return Detection(
        UNKNOWN, "no line has the columns of a known format; give the source, or a column map"
    )


def _cells(line: str) -> list[str]:
    try:
        return csv_cells()(line)
    except (OpenQuote, BadRow):
        return []


def _header(line: str) -> Detection | None:
    names = [cell.strip().lower() for cell in _cells(line)]
    for source, needed in _LOGS.items():
        if is_header(names, needed):
            how = f"a header with the columns of {source.title()}, {len(names)} of them"
            return Detection(source, how)
    columns = [name.strip().lower() for name in line.split(delimiter_of(line))]
    columns = [name.strip('"') for name in columns]
    for source, (is_ours, whose) in _HEADERS.items():
        if is_ours(columns):
            return Detection(source, f"a header with the columns of {whose}")
    if cucm.is_header(names):
        what = "CDR" if "datetimeorigination" in names else "CMR"
        how = f"a header with globalCallID_callId, {len(names)} columns: {what} of Cisco CUCM"
        return Detection("cucm", how)
    if asterisk_gui.layout_of(names) is not None:
        what = "calldate" if "calldate" in names else "start"
        return Detection(
            "asterisk_gui", f"a header with {what}, {len(names)} columns: an Asterisk export"
        )
    if cdrstats_csv.layout_of(names) is not None:
        return Detection(
            "cdrstats_csv", "a header with callid and starting_date: CDR-Stats import columns"
        )
    return None


def _freeswitch(line: str) -> Detection | None:
    try:
        cells = split(line)
    except (OpenQuote, BadRow):
        return None
    order = ORDERS.get(len(cells))
    if order is None:
        return None
    cell = dict(zip(order, cells, strict=True))
    if (
        _STAMP.match(cell["start_stamp"])
        and cell["duration"].isdecimal()
        and (cell["hangup_cause"] in CAUSES or _UUID.fullmatch(cell["uuid"]))
    ):
        return Detection(
            "freeswitch_csv",
            f"{len(cells)} columns, the {_nth(order.index('start_stamp'))} is the start, the "
            f"{_nth(order.index('hangup_cause'))} a hangup cause: FreeSWITCH mod_cdr_csv",
        )
    return None


def _asterisk(line: str) -> Detection | None:
    cells = _cells(line)
    width = len(cells)
    if 16 <= width <= 21 and _STAMP.match(cells[9]) and _whole(cells[12:14]):
        told = "the 10th is the start"
        if width > 16 and looks_like_uniqueid(cells[16]):
            told = "the 17th is a uniqueid"
        return Detection("asterisk_csv", f"{width} columns, {told}: Asterisk Master.csv")
    if 15 <= width <= 19 and _STAMP.match(cells[8]) and _whole(cells[11:13]):
        return Detection(
            "asterisk_custom",
            f"{width} columns, the 9th is the start: Asterisk cdr_custom in its usual order",
        )
    if width == len(asterisk_gui.COLUMNS) and _STAMP.match(cells[0]) and _whole(cells[9:11]):
        return Detection(
            "asterisk_gui", f"{width} columns, the first is the start: an Asterisk export"
        )
    if width == len(cdrstats_csv.COLUMNS) and _STAMP.match(cells[9]) and _whole(cells[10:12]):
        return Detection(
            "cdrstats_csv", f"{width} columns in the order of cdr_import: CDR-Stats import"
        )
    return None


def _threecx(line: str) -> Detection | None:
    cells = _cells(line)
    if len(cells) >= threecx.LEAST and all(map(_STAMP.match, (cells[3], cells[5]))):
        return Detection("3cx", f"{len(cells)} columns, the 4th is the start: 3CX CDR output")
    return None


def _cucm(line: str) -> Detection | None:
    cells = _cells(line)
    names = cucm.USUAL.get(len(cells), ())
    if names and cells[0] in "12" and _UUID.fullmatch(cells[names.index("pkid")]):
        how = f"{len(cells)} columns, a UUID where its pkid is: Cisco CUCM without its header"
        return Detection("cucm", how)
    return None


def _avaya(line: str) -> Detection | None:
    cells = _cells(line)
    if avaya_smdr.looks_like(cells) and _STAMP.match(cells[0]):
        how = f"{len(cells)} columns, the 5th is {cells[4]}, the 1st the start: Avaya's SMDR"
        return Detection("avaya_smdr", how)
    return None


def _opensips(line: str) -> Detection | None:
    cells = line.split("|")
    if len(cells) >= len(opensips_flatstore.FIRST) and cells[0] in METHODS:
        how = f"fields apart by |, the first is {cells[0]}: OpenSIPS flatstore log"
        return Detection("opensips_flatstore", how)
    return None


def _cel(line: str) -> Detection | None:
    cells = _cells(line)
    if asterisk_cel.looks_like(cells):
        how = f"{len(cells)} columns, a linkedid among them: Asterisk cel_custom"
        return Detection("asterisk_cel", how)
    return None


def _yate(line: str) -> Detection | None:
    cells = line.split("\t") if "\t" in line else _cells(line)
    if yate.looks_like(cells):
        how = f"{len(cells)} columns, an epoch, then seconds in the 7th to 9th: Yate cdrfile"
        return Detection("yate", how)
    return None


_LOOKS = (_freeswitch, _cel, _asterisk, _threecx, _opensips, _yate, _cucm, _avaya)


def _whole(cells: list[str]) -> bool:
    return all(cell.isdecimal() for cell in cells)


def _nth(position: int) -> str:
    number = position + 1
    return f"{number}{_ORDINALS.get(number, 'th')}"
