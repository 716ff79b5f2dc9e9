"""What is wrong with the installation."""

from sqlalchemy import Column, Table, Text

from cdrstats.db.schema.base import Instant, filled, metadata

# A row for each thing that is wrong still.
trouble = Table(
    "trouble",
    metadata,
    Column("what", Text, primary_key=True),  # source, job, figures, mail, disk
    Column("object", Text, primary_key=True),  # of which: a switch, a job
    filled("sentence", Text),
    Column("since", Instant, nullable=False),
    Column("told_at", Instant),  # when the administrators were told last; NULL: not yet
)
