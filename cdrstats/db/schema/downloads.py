"""The files that were asked for, and are written in the background."""

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text, Uuid, func, text
from sqlalchemy.dialects.postgresql import ARRAY

from cdrstats.db.schema.base import Instant, filled, metadata

# waiting -> running -> done | failed; cancelled from either of the first two. A run that its
# process did not end goes back to waiting.
download = Table(
    "download",
    metadata,
    Column("id", Uuid, primary_key=True),  # random: it is part of a link
    Column("asked_by", Text, nullable=False),
    Column("user_ids", ARRAY(Integer)),  # whose rows it may hold; NULL: everyone's
    Column("page", Text, nullable=False),  # whose rows they are, such as 'calls'
    filled("query", Text),  # what stood behind the ? of the page's URL
    filled("timezone", Text, "'UTC'"),  # IANA name; where the query names none
    Column("format", Text, nullable=False),
    filled("state", Text, "'waiting'"),
    filled("rows_done", BigInteger),
    Column("rows_expected", BigInteger),  # NULL: not known
    filled("bytes", BigInteger),
    Column("asked_at", Instant, nullable=False, server_default=func.now()),
    Column("started_at", Instant),
    Column("finished_at", Instant),
    Column("error", Text),  # a sentence; NULL: none
    Column("file_name", Text, nullable=False),  # what the browser is told to call it
    Column("expires_at", Instant, nullable=False),
    filled("masked", Integer),  # digits of numbers that are kept back in it; 0: none
    Index(None, "asked_by", "asked_at"),
    Index(
        "download_open_idx",
        "asked_at",
        postgresql_where=text("state = ANY (ARRAY['waiting'::text, 'running'::text])"),
    ),
)
