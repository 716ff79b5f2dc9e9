"""The fire drill: real processes, a real mail server, and nothing that stays in figures."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from cdrstats import fraud
from cdrstats.db.schema import cdr_import, customer, fraud_case, import_file, voip_cdr
from cdrstats.errors import ServerTrouble
from cdrstats.settings import read_settings

from .factories import noting
from .mail_server import MailServer
from .mail_server import running as running
from .test_jobs_process import House

pytestmark = pytest.mark.slow

MOST_S = 60


@pytest.fixture
def house(fresh_engine: Engine, tmp_path: Path, running: MailServer) -> Iterator[House]:
    house = House(fresh_engine, tmp_path)
    house.env |= running.variables()
    (running.folder / "taken").write_text("")
    yield house
    for process in house.processes:
        process.kill()
        process.wait()


def test_from_the_arrival_of_calls_to_the_mail(house: House, running: MailServer) -> None:
    refused = house.command("fraud", "drill")
    assert refused.returncode == 2
    assert "Nobody is told of F4" in refused.stderr
    assert house.command("fraud", "rules", "F4", "--mail-to", "noc@example.com").returncode == 0

    house.leading_jobs()
    done = house.command("fraud", "drill", "--times", "2", "--json")
    assert done.returncode == 0, done.stderr
    drills = json.loads(done.stdout)
    for each in drills:
        steps = [each[name] for name in ("imported_s", "opened_s", "queued_s", "sent_s")]
        assert steps == sorted(steps)
        assert each["sent_s"] <= MOST_S
    assert "Median until sent" in done.stderr
    mails = [mail for mail in running.taken() if "Fraud F4" in json.dumps(mail)]
    assert len(mails) == 2
    assert "Fire drill" in json.dumps(mails[0])

    labels = select(fraud_case.c.label, fraud_case.c.label_reason).distinct()
    told = house.ask(lambda conn: [tuple(row) for row in conn.execute(labels)])
    assert told == [("confirmed", "fire drill")]
    for table in (voip_cdr, select(cdr_import.c.id).where(~cdr_import.c.imported).subquery()):
        left = select(func.count()).select_from(table)
        assert house.ask(lambda conn, left=left: conn.execute(left).scalar()) == 0
    states = select(import_file.c.state)
    assert house.ask(lambda conn: [*conn.execute(states).scalars()]) == ["undone"] * 2
    known = select(func.count()).where(customer.c.name == "Fire drill")
    assert house.ask(lambda conn: conn.execute(known).scalar()) == 1


def test_a_drill_without_jobs_says_how_far_it_came(house: House) -> None:
    with house.engine.begin() as conn:
        fraud.change_rule(conn, "F4", mail_to=("noc@example.com",))
    with pytest.raises(ServerTrouble, match="do the jobs run"):
        fraud.drill(house.engine, read_settings(house.env), noting, "tests", patience_s=0.5)
    assert house.ask(lambda conn: conn.execute(select(voip_cdr.c.id)).all()) == []
