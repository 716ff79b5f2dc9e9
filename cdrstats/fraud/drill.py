"""The fire drill: an attack of our own on a sandbox customer, timed until its mail was sent.

    a file --import--> cdr_import --jobs--> calls --jobs--> cases, outbox --jobs--> mail server

Nothing is done here but to load the file as anybody would, and to look. In the end the file is
undone, so that its calls are in no figure, and the cases are labelled.
"""

import csv
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Connection, Engine, func, select

from cdrstats import customers
from cdrstats.accounts.audit import Note
from cdrstats.customers.owning import assign
from cdrstats.db.schema import cdr_import, customer, fraud_case, fraud_telling, outbox
from cdrstats.errors import BadRequest, ServerTrouble
from cdrstats.fraud import store
from cdrstats.fraud.acting import label
from cdrstats.fraud.rules import SANDBOX
from cdrstats.intake import load_file, undo_file
from cdrstats.mediation import NewSwitches
from cdrstats.settings import Settings

CODE, SWITCH = "fire-drill", "fire-drill"
RULE = "F4"
CALLS = 24
PATIENCE_S = 180.0
LOOK_S = 0.1


@dataclass(frozen=True, slots=True)
class Drill:
    """Seconds from when the calls stood in `cdr_import` until each was done."""

    calls: int
    imported_s: float  # they were calls
    opened_s: float  # there was a case
    queued_s: float  # its mail stood in the outbox
    sent_s: float  # the mail server had taken it
    cases: tuple[int, ...]


def drill(
    engine: Engine,
    settings: Settings,
    note_on: Callable[[Connection], Note],
    by: str,
    patience_s: float = PATIENCE_S,
) -> Drill:
    """Attack, wait for the mail, and clean up.

    Raises:
        BadRequest: nobody would be told.
        ServerTrouble: it has not come about in time; the message says how far it came.
    """
    _check(engine, settings)
    sandbox = _make_sandbox(engine)
    now = datetime.now(UTC)
    caller = f"999{int(now.timestamp() * 1000) % 10**9:09}"
    file_id = _load(engine, settings, caller, now)
    try:
        staged_at, seen = _watch(engine, file_id, caller, patience_s)
    finally:
        new = NewSwitches(settings.timezone, settings.country)
        undo_file(engine, file_id, note_on, new)
        cases = _label(engine, sandbox, by, now)
    done = {name: (at - staged_at).total_seconds() for name, at in seen.items()}
    return Drill(CALLS, **done, cases=cases)


def _check(engine: Engine, settings: Settings) -> None:
    with engine.connect() as conn:
        rule = next(each for each in store.list_rules(conn) if each.rule.id == RULE)
    if settings.smtp is None:
        raise BadRequest("Mail is off, so that nobody would be told: see docs/mail.md.")
    if not rule.active or not any("@" in each for each in rule.mail_to):
        raise BadRequest(
            f"Nobody is told of {RULE}: `fraud rules {RULE} --on --mail-to ADDRESS` first."
        )


def _make_sandbox(engine: Engine) -> int:
    """The id of the customer, who is made by the first drill."""
    known = select(customer.c.id).where(customer.c.name == SANDBOX)
    with engine.begin() as conn:
        if conn.execute(known).scalar_one_or_none() is None:
            customers.add(conn, SANDBOX)
            assign(conn, SANDBOX, [CODE])
        return int(conn.execute(known).scalar_one())


def _load(engine: Engine, settings: Settings, caller: str, now: datetime) -> int:
    """Stage the attack as a file; the jobs make calls of it."""
    names = ["callid", "caller_id_number", "destination_number", "starting_date", "duration"]
    names += ["billsec", "hangup_cause_id", "direction", "accountcode"]
    with TemporaryDirectory(prefix="cdrstats-drill-") as folder:
        path = Path(folder) / f"fire-drill-{caller}.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            lines = csv.writer(file)
            lines.writerow(names)
            for n in range(CALLS):
                start = now - timedelta(seconds=2 * (CALLS - n))
                number = f"0049301{n * 7:06}"
                row = (f"{caller}-{n}", caller, number, start.isoformat(), 9, 0, 19, 2, CODE)
                lines.writerow(row)
        new = NewSwitches(settings.timezone, settings.country)
        report = load_file(
            engine,
            path,
            source="cdrstats_csv",
            switch=SWITCH,
            loaded_by="fire drill",
            new=new,
            stage_only=True,
        )
    return report.file_id


def _watch(
    engine: Engine, file_id: int, caller: str, patience_s: float
) -> tuple[datetime, dict[str, datetime]]:
    """When the calls were staged, and when each of what follows was first seen, or is told."""
    staged_at = datetime.now(UTC)
    until = time.monotonic() + patience_s
    seen: dict[str, datetime] = {}
    while time.monotonic() < until:
        with engine.connect() as conn:
            for name, at in _state(conn, file_id, caller).items():
                seen.setdefault(name, at)
        if "sent_s" in seen:
            return staged_at, seen
        time.sleep(LOOK_S)
    steps = {"imported_s": "imported", "opened_s": "found", "queued_s": "queued as a mail"}
    done = [words for name, words in steps.items() if name in seen]
    raise ServerTrouble(
        f"After {patience_s:.0f} s the mail was not sent. The calls were"
        f" {', '.join(done) if done else 'not imported: do the jobs run?'}."
    )


def _state(conn: Connection, file_id: int, caller: str) -> dict[str, datetime]:
    """What is done by now, and when, as far as it tells; else now."""
    now = datetime.now(UTC)
    done: dict[str, datetime] = {}
    waiting = select(func.count()).where(
        cdr_import.c.file_id == file_id, ~cdr_import.c.imported
    )
    if conn.execute(waiting).scalar_one() == 0:
        done["imported_s"] = now
    opened = conn.execute(
        select(fraud_case.c.id).where(fraud_case.c.rule == RULE, fraud_case.c.key == caller)
    ).scalar_one_or_none()
    if opened is None:
        return done
    done["opened_s"] = now
    mails = conn.execute(
        select(outbox.c.sent_at)
        .join(
            fraud_telling,
            (fraud_telling.c.occasion == outbox.c.occasion)
            & (fraud_telling.c.recipient == outbox.c.recipient),
        )
        .where(fraud_telling.c.case_id == opened, outbox.c.channel_id.is_(None))
    ).all()
    if mails:
        done["queued_s"] = now
        if all(mail.sent_at is not None for mail in mails):
            done["sent_s"] = now
    return done


def _label(engine: Engine, sandbox: int, by: str, now: datetime) -> tuple[int, ...]:
    """Each case of the sandbox is of a real attack, which was ours."""
    theirs = (fraud_case.c.user_id == sandbox) & (fraud_case.c.label == "open")
    with engine.begin() as conn:
        cases = conn.execute(select(fraud_case.c.id).where(theirs)).scalars().all()
        for case in cases:
            label(conn, case, "confirmed", by, "fire drill", now)
    return tuple(cases)
