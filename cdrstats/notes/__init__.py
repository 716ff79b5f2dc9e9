"""What is marked on charts over time: notes that people write, and what happened here.

Whoever changes rules, zones or owners leaves a mark by `cdrstats.db.marking`; imports are read
from the ledger of files. Here all of it comes together, for the eyes of one viewer.
"""

from cdrstats.notes.marks import MOST_NOTES, Mark, marks
from cdrstats.notes.rules import KINDS, Note
from cdrstats.notes.store import add, delete, edit, get

__all__ = ["KINDS", "MOST_NOTES", "Mark", "Note", "add", "delete", "edit", "get", "marks"]
