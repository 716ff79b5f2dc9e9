"""When `up` loads the demo: into a database that nothing ever came into, and never again."""

from sqlalchemy import Engine, delete

from cdrstats import mediation
from cdrstats.cli.up import nothing_ever_came
from cdrstats.db.schema import cdr_import, voip_cdr

from .factories import add_call, add_staged


def test_a_new_database_gets_the_demo(fresh_engine: Engine) -> None:
    assert nothing_ever_came(fresh_engine)


def test_calls_that_somebody_put_there_are_left_alone(fresh_engine: Engine) -> None:
    with fresh_engine.begin() as conn:
        add_call(conn)
    assert not nothing_ever_came(fresh_engine)


def test_what_was_removed_does_not_come_back_as_a_demo(fresh_engine: Engine) -> None:
    with fresh_engine.begin() as conn:
        add_staged(conn)
    mediation.mediate(fresh_engine)
    with fresh_engine.begin() as conn:
        conn.execute(delete(cdr_import))
        conn.execute(delete(voip_cdr))
    assert not nothing_ever_came(fresh_engine)
