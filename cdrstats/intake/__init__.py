"""Files -> `cdr_import`, with a ledger. Nothing is lost: what cannot be read is a `bad_line`.

    file --stage--> cdr_import + bad_line + import_file --mediation--> voip_cdr

A file is staged in batches, each one transaction with its count in the ledger; whoever is
killed in between leaves a file that the next run takes up where the ledger stands. The same
bytes are taken once. `load_file` stages and mediates at the same time, in two connections.
Parts of calls whose other half is in another file wait in `call_part`: see `completing`.
"""

from cdrstats.intake.completing import complete, forget_parts
from cdrstats.intake.load import FileReport, load_file
from cdrstats.intake.pushing import Push, Pushed, stage_pushed
from cdrstats.intake.undo import undo_file

__all__ = [
    "FileReport",
    "Push",
    "Pushed",
    "complete",
    "forget_parts",
    "load_file",
    "stage_pushed",
    "undo_file",
]
