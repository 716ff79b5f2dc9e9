"""Watches on ourselves: what is wrong with the installation, told to its administrators.

    how it fares --troubles--> what is wrong now --keep--> table trouble, mails

A trouble is told once it has lasted, again each day while it does, and once more when it is
over. Where mails do not go, the page Diagnostic shows the same.
"""

from cdrstats.watch.evaluation import evaluate
from cdrstats.watch.reading import read
from cdrstats.watch.rules import Facts, Trouble, troubles
from cdrstats.watch.store import Standing, list_troubles

__all__ = ["Facts", "Standing", "Trouble", "evaluate", "list_troubles", "read", "troubles"]
