"""Files -> `cdr_import`, with a ledger. Nothing is lost: what cannot be read is a `bad_line`.

    file --stage--> cdr_import + bad_line + import_file --mediation--> voip_cdr

A file is staged in batches, each one transaction with its count in the ledger; whoever is
killed in between leaves a file that the next run takes up where the ledger stands. The same
bytes are taken once. `load_file` stages and mediates at the same time, in two connections.
"""

from cdrstats.intake.load import FileReport, load_file
from cdrstats.intake.undo import undo_file

__all__ = ["FileReport", "load_file", "undo_file"]
