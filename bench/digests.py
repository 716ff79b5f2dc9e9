"""A thousand digests with charts, due at once: written, and taken by a mail server."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from datetime import time as clock_time
from pathlib import Path
from socket import create_connection, socket
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, func, select

from bench.results import Line, timed_s
from cdrstats import digests, mail
from cdrstats.accounts import people
from cdrstats.accounts.looking import viewer_of_person
from cdrstats.accounts.people import Person
from cdrstats.db.schema import outbox
from cdrstats.digests import Digest
from cdrstats.digests.rules import Every
from cdrstats.settings import read_settings

STAFF, OF_EACH = 5, 100
CUSTOMERS = 500
MOST_S = 600
ZONE = ZoneInfo("Europe/Madrid")
VIEWS = ("", "switch=switch-1", "country=Spain", "direction=Outbound", "result=Answered")
EVERY: tuple[Every, ...] = ("day", "day", "day", "week", "month")


def measure(
    engine: Engine, stored: int, now: datetime, folder: Path, say: Callable[[str], None]
) -> list[Line]:
    """All of them; half are of customers, each of its own calls."""
    with mail_server() as port:
        settings = read_settings(
            {
                "CDRSTATS_VAR_DIR": str(folder),
                "CDRSTATS_SMTP_HOST": "127.0.0.1",
                "CDRSTATS_SMTP_PORT": str(port),
                "CDRSTATS_SMTP_SECURITY": "none",
                "CDRSTATS_MAIL_FROM": "cdr@example.com",
                "CDRSTATS_PUBLIC_URL": "https://cdr.example.com",
            }
        )
        with engine.begin() as conn:
            kept = _keep(conn, now)
        written = timed_s(lambda: digests.send_due(engine, settings, now))
        say(f"  written: {written:,.0f} s")
        sent = timed_s(lambda: mail.send_waiting(engine, settings.smtp, lambda: False))
        say(f"  taken by the mail server: {sent:,.0f} s")
    with engine.connect() as conn:
        done = select(func.count()).where(outbox.c.state == "sent")
        assert conn.execute(done).scalar_one() == kept
    ours = written + sent
    return [
        Line(
            "digests",
            f"{kept:,} digests with charts, until the mail server has them",
            stored,
            ours,
            "s",
            must=f"<= {MOST_S} s",
            met=ours <= MOST_S,
        )
    ]


def _keep(conn: Connection, now: datetime) -> int:
    """Digests that are due at `now`; return how many."""
    since = now - timedelta(days=62)
    kept = 0

    def add(person: Person, number: int) -> int:
        owner = viewer_of_person(conn, person.id)
        digest = Digest(
            name=f"Digest {number}",
            zone=ZONE,
            every=EVERY[number % len(EVERY)],
            at=clock_time(0),
            query=VIEWS[number // len(EVERY) % len(VIEWS)],
        )
        digests.add(conn, owner, digest, person.email, since)
        return 1

    for n in range(STAFF):
        name = f"staff-{n}"
        person = people.add(conn, name, "analyst", email=f"{name}@example.com")
        kept += sum(add(person, number) for number in range(OF_EACH))
    for n in range(CUSTOMERS):
        name = f"customer-{n}"
        to = f"{name}@example.com"
        of = [f"Customer {n + 1}"]
        kept += add(people.add(conn, name, "customer", email=to, customers=of), n)
    return kept


@contextmanager
def mail_server() -> Iterator[int]:
    """A server that takes whatever comes, in a process of its own; yields its port."""
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    takes_all = ["-n", "-c", "aiosmtpd.handlers.Sink", "-l", f"127.0.0.1:{port}"]
    with subprocess.Popen([sys.executable, "-m", "aiosmtpd", *takes_all]) as process:
        try:
            _wait_for(port)
            yield port
        finally:
            process.kill()


def _wait_for(port: int) -> None:
    for _ in range(100):
        try:
            create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError("The mail server of the bench does not answer.")
