"""Records that a switch pushes, one a request, over sixteen connections that it keeps open.

Half-way through the second run the database restarts; what is not answered is sent again.
"""

import http.client
import json
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from uuid import UUID

from sqlalchemy import Connection, Engine, func, select

from bench.analysts import served
from bench.results import Line
from bench.server import VARIABLE, database
from cdrstats import switches
from cdrstats.accounts.audit import Note
from cdrstats.db import embedded
from cdrstats.db.database import engine_on
from cdrstats.db.migrate import upgrade
from cdrstats.db.schema import cdr_import
from cdrstats.switches import keys

DOCUMENTS = 10_000
CONNECTIONS = 16
MUST = 500
SWITCH = "pushed"


def measure(server: str, folder: Path, say: Callable[[str], None]) -> list[Line]:
    """Documents a second, without and with a restart of the bench's server; none is lost."""
    with database(server, "bench_push") as url:
        upgrade(url)
        with engine_on(url, "cdrstats-bench") as engine:
            return _measure(url, engine, folder, say)


def _restart(folder: Path) -> None:
    """Stop the embedded server and start it again; another server goes on as it is."""
    if VARIABLE not in os.environ:
        cluster = embedded.find_cluster(folder / "var", _silent)
        cluster.stop(_silent)
        cluster.ensure_running(_silent)


def _silent(_: str) -> None:
    """What the server tells is not of the measurement."""


def _measure(url: str, engine: Engine, folder: Path, say: Callable[[str], None]) -> list[Line]:
    with engine.begin() as conn:
        switches.add(conn, SWITCH, "UTC", "")
        key = keys.make(conn, SWITCH, "bench", datetime.now(UTC), _untold(conn))
    lines = []
    with served(url, folder / "push") as (port, _):
        for number, what in enumerate(("", ", the database restarts")):
            first = number * DOCUMENTS
            if number:
                half_way = Thread(target=_when_half_is_there, args=(engine, first, folder))
                half_way.start()
            began = time.perf_counter()
            with ThreadPoolExecutor(CONNECTIONS) as pool:
                parts = [range(first + at, first + DOCUMENTS, CONNECTIONS) for at in range(16)]
                sent_again = sum(pool.map(lambda part: _send(port, key, part), parts))
            seconds = time.perf_counter() - began
            if number:
                half_way.join()
            lost = first + DOCUMENTS - _there(engine)
            say(f"  {DOCUMENTS / seconds:,.0f} a second, {sent_again} sent again, {lost} lost")
            if lost > 0:
                raise RuntimeError(f"{lost} documents were answered and are not there")
            rate = DOCUMENTS / seconds
            told = f"documents of FreeSWITCH by HTTP{what}; none lost"
            must = {} if number else {"must": f">= {MUST}/s", "met": rate >= MUST}
            lines.append(Line("push", told, 0, rate, "/s", **must))  # type: ignore[arg-type]
    return lines


def _untold(_: Connection) -> Note:
    return lambda *_, **__: None


def _there(engine: Engine) -> int:
    one = func.count(cdr_import.c.callid.distinct())
    with engine.connect() as conn:
        return int(conn.execute(select(one).where(cdr_import.c.switch == SWITCH)).scalar_one())


def _when_half_is_there(engine: Engine, before: int, folder: Path) -> None:
    while _there(engine) < before + DOCUMENTS // 2:
        time.sleep(0.1)
    engine.dispose()
    _restart(folder)


def _send(port: int, key: str, numbers: range) -> int:
    """Send documents, each until it is answered; return how often one was sent again."""
    again = 0
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
    for number in numbers:
        while True:
            try:
                connection.request("POST", "/cdr", _document(number), headers)
                answer = connection.getresponse()
                answer.read()
            except (OSError, http.client.HTTPException):
                connection.close()
            else:
                if answer.status == 200:
                    break
            again += 1
            time.sleep(0.2)
    return again


def _document(number: int) -> bytes:
    """A call as mod_json_cdr tells it, shortened."""
    start = 1_773_144_000 + number % 86_400
    uuid = str(UUID(int=number, version=4))
    variables = {
        "uuid": uuid,
        "direction": "inbound",
        "start_epoch": str(start),
        "start_uepoch": f"{start}000000",
        "start_stamp": time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(start)),
        "answer_uepoch": f"{start + 5}000000",
        "end_uepoch": f"{start + 65}000000",
        "duration": "65",
        "billsec": "60",
        "hangup_cause": "NORMAL_CLEARING",
        "hangup_cause_q850": "16",
        "accountcode": f"a{number % 100}",
    }
    variables |= {f"sip_variable_{at}": "x" * 40 for at in range(120)}
    profile = {
        "caller_id_name": "Ann",
        "caller_id_number": "2001",
        "destination_number": f"+3491100{number:06}",
        "uuid": uuid,
    }
    callflow = [{"profile_index": "1", "caller_profile": profile}]
    whole = {"core-uuid": uuid, "switchname": SWITCH, "variables": variables}
    return json.dumps(whole | {"callflow": callflow}).encode()
