"""The page Destination control, the command `list`, and the prefixes of high risk."""

from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, select

from cdrstats import customers, lists, sheets
from cdrstats.accounts import Scope, audit
from cdrstats.db.migrate import upgrade
from cdrstats.db.schema import high_risk_prefix, list_entry
from cdrstats.errors import BadRequest
from cdrstats.lists import HIGH_RISK
from cdrstats.lists.risk import KINDS

from .commands import rows, run
from .factories import noting
from .isolation import seen_by
from .pages import Open, signed_in, words
from .test_page_registers import named, pressed


def add(conn: Connection, entry: str, decision: str = "refuse", **more: str) -> None:
    cells = {"entry": entry, "decision": decision, **more}
    sheets.save(conn, lists.entries_of("ana"), None, cells, noting(conn))


@pytest.fixture
def acme(fresh_engine: Engine) -> Engine:
    with fresh_engine.begin() as conn:
        customers.add(conn, "Acme & Sons")
        customers.assign(conn, "Acme & Sons", ["acme"])
    return fresh_engine


def actions(engine: Engine) -> list[tuple[str, str]]:
    with engine.connect() as conn:
        return [(line.action, line.object) for line in audit.search(conn)]


def test_an_entry_is_added_changed_and_removed(app: Open, acme: Engine) -> None:
    at = pressed(app("lists"), "Add a list entry")
    named(at, "Destination").set_value("+34 806")
    pressed(at, "Save")
    assert "'+34' stands" not in words(at)
    assert "There is no customer '806'" in words(at)
    named(at, "Destination").set_value("+34806")
    named(at, "For").set_value("Acme & Sons")
    named(at, "Reason").set_value("Premium")
    named(at, "Mails to").set_value("noc@example.com, junk")
    pressed(at, "Save")
    assert "'junk' is no mail address" in words(at)
    named(at, "Mails to").set_value("noc@example.com")
    pressed(at, "Save")
    named(at, "Decision").set_value("allow")
    pressed(at, "Save")
    assert "All that was decided of this destination" in words(at)
    with acme.connect() as conn:
        allowed, refused = lists.list_history(conn, "34806")
    assert (allowed.allowed, allowed.reason, allowed.mail_to, allowed.added_by) == (
        *(True, "Premium", "noc@example.com", "local"),
    )
    assert (refused.allowed, refused.ended_by, allowed.ended_at) == (False, "local", None)
    pressed(pressed(at, "Remove"), "Remove it")
    key = "34806 Acme & Sons"
    assert actions(acme) == [(f"{did} list entry", key) for did in ("remove", "change", "add")]
    with acme.connect() as conn:
        assert lists.list_standing(conn) == []


def plain(markdown: str) -> str:
    return markdown.replace("\\", "")


def test_a_number_is_checked(app: Open, acme: Engine) -> None:
    with acme.begin() as conn:
        add(conn, "882", reason="Fraud_2025_")
        add(conn, "8821 Acme & Sons", "allow")
    at = app("lists")
    named(at, "Number").set_value("+882 1 234 5678").run()
    assert plain(at.warning[0].value) == (
        "+88212345678 is refused, by the entry +882 for everybody. Reason: Fraud_2025_"
    )
    assert "high risk" in words(at)
    named(at, "Call of").set_value("Acme & Sons").run()
    assert "is authorized, by the entry +8821 for Acme" in plain(at.success[0].value)
    named(at, "Number").set_value("0049 30 1").run()
    assert "no entry is about it" in plain(at.success[0].value)
    named(at, "Number").set_value("anonymous").run()
    assert "is no number in international form" in words(at)


def test_high_risk_prefixes_are_edited_and_an_upgrade_keeps_it(
    app: Open, fresh_engine: Engine
) -> None:
    at = app("lists", **{"show": "High-risk prefixes", "high-risk_prefix": "220"})
    assert named(at, "Name").value == "Gambia"
    named(at, "Active").uncheck()
    pressed(at, "Save")
    pressed(pressed(at, "Remove"), "Remove it")
    assert "comes with CDR-Stats" in words(at)
    upgrade(fresh_engine.url.render_as_string(hide_password=False))
    with fresh_engine.connect() as conn:
        assert "220" not in {each.prefix for each in lists.high_risk(conn)}


def test_who_may_only_look_changes_nothing(app: Open, acme: Engine) -> None:
    with acme.begin() as conn:
        add(conn, "882")
    at = app("lists", signed_in(acme, "ana", "analyst"), list_entry="882")
    assert not at.exception
    assert "Check a number" in [each.value for each in at.subheader]
    labels = {button.label: button.disabled for button in at.button}
    assert labels["Save"]
    assert not {"Add a list entry", "Import", "Remove"} & {*labels}


# The high-risk list.


def test_what_ships_of_high_risk_has_a_kind_a_source_and_a_day(conn: Connection) -> None:
    shipped = HIGH_RISK.rows(conn)
    assert {row["kind"] for row in shipped} == {*KINDS}
    assert all(row["source"] and row["seen_on"] and row["name"] for row in shipped)
    active = {each.prefix: each.kind for each in lists.high_risk(conn)}
    assert (active["979"], active["8816"], active["1876"]) == (
        *("premium", "satellite", "caribbean"),
    )
    # The ten countries that Cox named; not those that are only repeated, or too large.
    named_ = {"220", "224", "232", "236", "239", "248", "252", "960", "994", "377"}
    assert named_ <= {*active}
    assert not {"44", "423", "1340", "1670", "1787"} & {*active}


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        ({"prefix": "00"}, "without 00"),
        ({"prefix": "GM"}, "1 to 15 digits"),
        ({"prefix": "220"}, "is on the list already"),
        ({"prefix": "2201", "kind": "odd"}, "The kind is one of"),
        ({"prefix": "2201", "kind": "country", "name": ""}, "cannot be empty"),
        ({"prefix": "2201", "kind": "country", "name": "x", "seen_on": "now"}, "no day"),
    ],
)
def test_what_cannot_be_of_high_risk(conn: Connection, cells: dict[str, str], why: str) -> None:
    with pytest.raises(BadRequest, match=why):
        sheets.save(conn, HIGH_RISK, None, cells, noting(conn))


def test_the_longest_high_risk_prefix_is_told(conn: Connection) -> None:
    found = lists.check(conn, "8821612345678").risk
    assert found is not None
    assert (found.prefix, found.name) == ("88216", "Thuraya")
    assert lists.check(conn, "493012345678").risk is None


def test_customers_read_nothing_of_high_risk(conn: Connection) -> None:
    with pytest.raises(Exception, match="permission denied"), seen_by(conn, Scope(frozenset())):
        conn.execute(select(high_risk_prefix))


# The command line.


@pytest.mark.usefixtures("named_database")
def test_the_command_line_adds_checks_shows_and_removes(acme: Engine) -> None:
    given = ("list", "add", "34806", "--refuse", "--reason", "Premium", "--until", "2999-12-31")
    (added,) = rows(*given, "--mail-to", "noc@example.com")
    assert (added["destination"], added["customer"], added["decision"]) == (
        *("34806", None, "refuse"),
    )
    rows("list", "add", "34806", "--customer", "Acme & Sons", "--allow")
    assert rows("list", "show")[0] == added
    assert run("list", "check", "0034 806 123 456").exit_code == 1
    (found,) = rows("list", "check", "34806123456", "--customer", "Acme & Sons")
    assert (found["decision"], found["entry"]) == ("allowed", "34806 Acme & Sons")
    rows("switch", "add", "pbx", "--country", "ES")
    assert run("list", "check", "806123456", "--switch", "pbx").exit_code == 1
    done = run("list", "check", "112", "--switch", "pbx")
    assert done.exit_code == 0
    assert "no telephone number outside" in done.stderr
    (now,) = rows("list", "add", "34806", "--allow")  # in place of what there was
    assert now["decision"] == "allow"
    assert now["mail_to"] == ""
    rows("list", "remove", "34806")
    history = rows("list", "show", "--history", "34806")
    assert [each["stands"] for each in history] == [False, True, False]
    assert rows("list", "show", "--high-risk")[0].keys() == {*HIGH_RISK.columns}


@pytest.mark.usefixtures("named_database")
@pytest.mark.parametrize(
    ("given", "why"),
    [
        (("add", "34806"), "Say either --allow or --refuse"),
        (("add", "34806", "--allow", "--refuse"), "Say either --allow or --refuse"),
        (("add", "Kenya", "--refuse"), "neither a prefix"),
        (("add", "XX", "--refuse"), "neither a prefix"),
        (("add", " ", "--refuse"), "cannot be empty"),
        (("add", "34", "--refuse", "--customer", "Nobody"), "There is no customer"),
        (("add", "34", "--refuse", "--customer", "Unassigned"), "stands for nobody"),
        (("add", "34", "--refuse", "--mail-to", "a@b.example, junk"), "'junk' is no mail"),
        (("add", "34", "--refuse", "--until", "2020-01-01"), "is over"),
        (("remove", "34"), "There is no list entry '34'"),
        (("check", "anonymous"), "no number in international form"),
        (("check", "34806", "--switch", "none"), "There is no switch"),
    ],
)
def test_wrong_use_is_a_sentence(given: tuple[str, ...], why: str) -> None:
    done = run("list", *given)
    assert done.exit_code == 2
    assert why in done.stderr


@pytest.mark.usefixtures("named_database")
def test_what_is_exported_can_be_imported(acme: Engine, tmp_path: Path) -> None:
    with acme.begin() as conn:
        more = {"reason": "=1+1", "valid_until": "2999-12-31", "mail_to": "noc@example.com"}
        add(conn, "34806", **more)
        add(conn, "KE Acme & Sons", "allow")
        add(conn, "*")
    path = tmp_path / "lists.csv"
    path.write_text(run("list", "export").stdout)
    assert rows("list", "import", str(path)) == [{"added": 0, "changed": 0, "same": 3}]
    path.write_text("entry,decision,mail_to\nGB,refuse,\n44,maybe,\nFR,refuse,junk\n")
    done = run("list", "import", str(path))
    assert done.exit_code == 2
    assert "Line 3: The decision is allow or refuse" in done.stderr
    assert "Line 4" in done.stderr
    assert len(rows("list", "show")) == 3
    risk = tmp_path / "risk.csv"
    risk.write_text(run("list", "export", "--high-risk").stdout)
    (done_,) = rows("list", "import", "--high-risk", str(risk))
    assert (done_["added"], done_["changed"]) == (0, 0)


# The entries.


def test_two_who_change_one_entry_are_told(acme: Engine) -> None:
    sheet = lists.entries_of("ben")
    with acme.begin() as conn:
        add(conn, "34806")
        with pytest.raises(BadRequest, match="There is already an entry"):
            sheet.add(conn, {"entry": "+34806", "decision": "allow"})
        with pytest.raises(BadRequest, match="keeps its destination"):
            sheet.change(conn, "34806", {"entry": "34807"})
        sheets.remove(conn, sheet, "34806", noting(conn))
        with pytest.raises(BadRequest, match="any more"):
            sheets.remove(conn, sheet, "34806", noting(conn))


def test_a_customer_that_goes_takes_its_entries_along(acme: Engine) -> None:
    with acme.begin() as conn:
        add(conn, "34806 Acme & Sons")
        customers.remove(conn, "Acme & Sons")
        assert conn.execute(select(list_entry)).all() == []
