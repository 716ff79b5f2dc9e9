"""The People page: each action, what it tells and notes, and who may not do it."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, update
from streamlit.testing.v1 import AppTest

from cdrstats.accounts import audit, links, people, sessions
from cdrstats.accounts.people import Person
from cdrstats.accounts.permissions import PERMISSIONS
from cdrstats.db.schema import person
from cdrstats.errors import BadRequest
from cdrstats.ui import auditing, frame

from .pages import ROOT, Open, chosen, signed_in, words
from .people import add_customer, add_group, add_person

URL = {"timezone": "Europe/Madrid", "url": "https://cdr.example:8443/people"}


@pytest.fixture
def opened(app: Open, fresh_engine: Engine) -> Callable[..., AppTest]:
    """The page, with the card of a person if one is named; there are ana and carla of Acme."""
    with fresh_engine.begin() as conn:
        add_customer(conn, "Acme")
        add_customer(conn, "Brick")
        add_group(conn, "night", "jobs", "people")
        add_person(conn, "ana")
        add_person(conn, "carla", "customer", ("Acme",))

    def open_page(name: str | None = None, **given: Any) -> AppTest:
        at = app("people", **given, **({"person": name} if name else {}))
        assert not at.exception
        return at

    return open_page


def of(engine: Engine, name: str) -> Person:
    with engine.connect() as conn:
        return people.find(conn, name)


def newest(engine: Engine) -> audit.Line:
    with engine.connect() as conn:
        return audit.search(conn, limit=1)[0]


def noted(engine: Engine) -> list[tuple[str, str]]:
    with engine.connect() as conn:
        return [(line.action, line.object) for line in audit.search(conn)]


def push(at: AppTest, key: str) -> AppTest:
    at.button(key=key).click().run()
    assert not at.exception
    return at


def named(at: AppTest, label: str) -> Any:
    """The control of this label in the part that was drawn last."""
    kinds = (*at.text_input, *at.selectbox, *at.multiselect)
    return [one for one in kinds if one.label == label][-1]


def pressed(at: AppTest, label: str) -> AppTest:
    next(one for one in at.button if one.label == label).click().run()
    assert not at.exception
    return at


def the_link(at: AppTest) -> str:
    (code,) = at.code
    return str(code.value)


def token(link: str) -> str:
    found = re.fullmatch(r"https://cdr\.example:8443/link/([\w-]{43})", link)
    assert found, link
    return found[1]


def test_everybody_is_listed_with_what_they_are(
    opened: Callable[..., AppTest], fresh_engine: Engine
) -> None:
    with fresh_engine.begin() as conn:
        people.add(conn, "ben", "finance")
        people.disable(conn, "carla", datetime.now(UTC))
        ana = people.find(conn, "ana")
        conn.execute(update(person).where(person.c.id == ana.id).values(totp_secret=b"x"))
        people.set_groups(conn, "ana", ["night"])
        for _ in range(2):
            sessions.open_session(conn, ana.id, "password", "", "", datetime.now(UTC))
    table = opened().dataframe[0].value.set_index("name")
    assert list(table.index) == ["ana", "ben", "carla", "local"]
    assert list(table["state"]) == [["Active"], ["Invited"], ["Disabled"], ["Active"]]
    assert list(table["browsers"]) == [2, 0, 0, 1]
    assert list(table["has_totp"]) == [True, False, False, False]
    assert list(table["has_password"]) == [True, False, True, False]
    assert (table["groups"]["ana"], table["customers"]["carla"]) == ("night", "Acme")


def test_a_person_is_added_and_the_link_is_shown_once(
    opened: Callable[..., AppTest], fresh_engine: Engine
) -> None:
    at = opened()
    at.context = URL
    pressed(at, "Add a person")
    named(at, "Name").set_value("ben")
    named(at, "Full name").set_value("Ben Ito")
    named(at, "Groups").set_value(["night"])
    named(at, "Role").set_value("customer").run()
    named(at, "Customers").set_value(["Brick"]).run()
    push(at, "add_yes")
    with fresh_engine.connect() as conn:
        assert links.name_of(conn, token(the_link(at)), datetime.now(UTC)) == "ben"
    assert "Good once, until " in words(at)
    ben = of(fresh_engine, "ben")
    assert (ben.full_name, ben.role, ben.customers) == ("Ben Ito", "customer", ("Brick",))
    assert ben.groups == ("night",)
    line = newest(fresh_engine)
    assert (line.who, line.action, line.object) == ("local", "add person", "ben")
    assert line.person_id == of(fresh_engine, "local").id
    assert token(the_link(at)) not in str(line)
    push(at, "links_seen")
    assert not at.code
    assert "ben" in list(at.dataframe[0].value["name"])


def test_a_person_that_makes_no_sense_is_told_and_not_added(
    opened: Callable[..., AppTest], fresh_engine: Engine
) -> None:
    at = pressed(opened(), "Add a person")
    named(at, "Name").set_value("ANA").run()
    push(at, "add_yes")
    assert "already a person 'ANA'" in at.warning[0].value
    assert not at.code
    assert noted(fresh_engine) == []


def test_a_row_opens_a_card_that_says_what_they_may_and_why(
    opened: Callable[..., AppTest], fresh_engine: Engine
) -> None:
    with fresh_engine.begin() as conn:
        people.set_groups(conn, "ana", ["night"])
    at = chosen(opened(), 0, 0)
    assert at.query_params["person"] == "ana"
    table = at.dataframe[-1].value.set_index("what")
    assert len(table) == len(PERMISSIONS)
    told = {what: (table["may"][what], table["why"][what]) for what in table.index}
    assert told["See buy costs and buy rates."] == (["Yes"], "By the role analyst.")
    assert told["Start and pause jobs."] == (["Yes"], "By the group night.")
    assert told["Load files and undo them."][0] == ["No"]
    pressed(at, "Close")
    assert "person" not in at.query_params
    assert len(at.dataframe) == 1


def test_a_name_that_nobody_has_is_told(opened: Callable[..., AppTest]) -> None:
    at = opened("![x](http://evil.example)")
    assert "There is no person" in at.warning[0].value
    assert "![" not in at.warning[0].value.replace(r"!\[", "")
    assert "person" not in at.query_params


def test_role_customers_and_groups_are_changed_in_one_line_of_the_audit(
    opened: Callable[..., AppTest], fresh_engine: Engine
) -> None:
    at = opened("carla")
    named(at, "Role").set_value("finance")
    named(at, "Groups").set_value(["night"])
    named(at, "E-mail").set_value("c@acme.example").run()
    push(at, f"keep_{of(fresh_engine, 'carla').id}")
    carla = of(fresh_engine, "carla")
    assert (carla.role, carla.customers, carla.groups) == ("finance", (), ("night",))
    line = newest(fresh_engine)
    assert (line.action, line.object) == ("change person", "carla")
    assert line.detail == {
        "role": {"was": "customer", "is": "finance"},
        "customers": {"was": ["Acme"], "is": []},
        "groups": {"was": [], "is": ["night"]},
        "email": {"was": "", "is": "c@acme.example"},
    }
    push(at, f"keep_{carla.id}")
    assert len(noted(fresh_engine)) == 1, "nothing was changed the second time"


def test_a_reset_link_is_shown(opened: Callable[..., AppTest], fresh_engine: Engine) -> None:
    at = opened("ana")
    at.context = URL
    push(at, f"reset_{of(fresh_engine, 'ana').id}")
    with fresh_engine.connect() as conn:
        now = datetime.now(UTC)
        assert links.name_of(conn, token(the_link(at)), now) == "ana"
        with pytest.raises(BadRequest, match="was good until"):
            links.name_of(conn, token(the_link(at)), now + timedelta(days=1))
    assert noted(fresh_engine) == [("make reset link", "ana")]


def test_signing_out_and_disabling_are_asked_and_done(
    opened: Callable[..., AppTest], fresh_engine: Engine
) -> None:
    ana = of(fresh_engine, "ana")
    with fresh_engine.begin() as conn:
        conn.execute(update(person).where(person.c.id == ana.id).values(totp_secret=b"x"))
        sessions.open_session(conn, ana.id, "password", "::1", "Firefox", datetime.now(UTC))
    at = opened("ana")
    for key in ("sign_out", "codes", "disable"):
        push(at, f"{key}_{ana.id}")
        push(at, f"{key}_{ana.id}_no")
        push(at, f"{key}_{ana.id}")
        with fresh_engine.connect() as conn:
            before = audit.search(conn)
        push(at, f"{key}_{ana.id}_yes")
        with fresh_engine.connect() as conn:
            assert len(audit.search(conn)) == len(before) + 1
    after = of(fresh_engine, "ana")
    assert (after.has_totp, after.state) == (False, "disabled")
    with fresh_engine.connect() as conn:
        assert sessions.sessions_of(conn, ana.id, datetime.now(UTC)) == []
    push(at, f"enable_{ana.id}")
    assert of(fresh_engine, "ana").state == "active"
    assert noted(fresh_engine) == [
        ("enable person", "ana"),
        ("disable person", "ana"),
        ("remove two-factor", "ana"),
        ("sign person out", "ana"),
    ]


def test_the_last_administrator_stays_and_is_told_so(
    opened: Callable[..., AppTest], fresh_engine: Engine
) -> None:
    me = of(fresh_engine, "local")
    at = push(opened("local"), f"disable_{me.id}")
    assert "**This is you.**" in words(at)
    push(at, f"disable_{me.id}_yes")
    assert "local is the last administrator" in at.warning[0].value
    assert of(fresh_engine, "local").state == "active"
    assert noted(fresh_engine) == []


def test_whoever_would_shut_themselves_out_is_asked(
    opened: Callable[..., AppTest], fresh_engine: Engine
) -> None:
    with fresh_engine.begin() as conn:
        add_person(conn, "boss", "administrator")
    me = of(fresh_engine, "local")
    at = opened("local")
    named(at, "Role").set_value("analyst").run()
    push(at, f"keep_{me.id}")
    assert "**This is you.**" in words(at)
    assert of(fresh_engine, "local").role == "administrator"
    named(at, "Groups").set_value(["night"]).run()  # which gives the right by itself
    assert "**This is you.**" not in words(at)
    named(at, "Groups").set_value([]).run()
    push(at, f"keep_{me.id}_yes")
    assert of(fresh_engine, "local").role == "analyst"
    assert at.error[0].value == "You may not see this page."


def test_people_come_in_as_a_file_and_their_links_once(
    opened: Callable[..., AppTest], fresh_engine: Engine
) -> None:
    at = opened()
    at.context = URL
    pressed(at, "Import")
    text = "name,role,groups\nben,finance,\ndan,analyst,night\nana,analyst,night\n"
    at.file_uploader[0].upload("people.csv", text.encode()).run()
    push(at, "import_yes")
    table = next(one.value for one in at.dataframe if "link" in one.value)
    assert list(table["name"]) == ["ben", "dan"]
    with fresh_engine.connect() as conn:
        found = [links.name_of(conn, token(one), datetime.now(UTC)) for one in table["link"]]
    assert found == ["ben", "dan"]
    assert of(fresh_engine, "ana").groups == ("night",)
    assert sorted(noted(fresh_engine)) == [
        *(("add person", "ben"), ("add person", "dan"), ("change person", "ana"))
    ]
    push(at, "links_seen")
    assert not any("link" in one.value for one in at.dataframe)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("name,role\nben,finance\nx y,analyst\ndan,king\n", "Mend these lines"),
        ("name\nben\n", "no column 'role'"),
        ("name,role\nboss,administrator\nlocal,analyst\n", "change your own role here"),
    ],
)
def test_a_file_that_cannot_be_changes_nothing(
    opened: Callable[..., AppTest], fresh_engine: Engine, text: str, sentence: str
) -> None:
    at = pressed(opened(), "Import")
    at.file_uploader[0].upload("people.csv", text.encode()).run()
    push(at, "import_yes")
    assert sentence in at.warning[0].value
    if "Mend" in sentence:
        table = next(one.value for one in at.dataframe if "reason" in one.value)
        assert list(table["line"]) == [3, 4]
    with fresh_engine.connect() as conn:
        assert [each.name for each in people.list_people(conn)] == ["ana", "carla", "local"]
    assert noted(fresh_engine) == []


def test_whoever_has_not_the_right_sees_nothing(
    opened: Callable[..., AppTest], fresh_engine: Engine
) -> None:
    for role in ("analyst", "finance", "customer"):
        word = signed_in(fresh_engine, f"a-{role}", role)
        page = AppTest.from_file(str(ROOT / "pages/people.py"), default_timeout=60)
        page.user = {"session": word}
        page.query_params["person"] = "ana"
        page.run()
        assert [one.value for one in page.error] == ["You may not see this page."]
        assert not any((page.title, page.dataframe, page.button, page.text_input))


def test_whoever_lost_the_right_meanwhile_changes_nothing(
    opened: Callable[..., AppTest], fresh_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A box runs by itself: the page does not ask first for what is done in it."""
    at = pressed(opened(), "Add a person")
    named(at, "Name").set_value("mallory").run()
    with fresh_engine.begin() as conn:
        add_person(conn, "boss", "administrator")
        people.set_role(conn, "local", "analyst")
    asked: list[str] = []
    require = frame.require

    def once_more(permission: str) -> Any:
        asked.append(permission)
        if len(asked) > 2:  # not of the page, and not of the box as it is drawn
            return require(permission)
        frame.whoever()
        return frame.viewer()

    monkeypatch.setattr(frame, "require", once_more)
    push(at, "add_yes")
    assert len(asked) == 3
    assert at.error[-1].value == "You may not see this page."
    with fresh_engine.connect() as conn:
        assert "mallory" not in [each.name for each in people.list_people(conn)]
    assert noted(fresh_engine) == []


def test_a_file_is_made_for_whoever_may_have_it_when_it_is_fetched(
    fresh_engine: Engine, app: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    with fresh_engine.begin() as conn:
        root = add_person(conn, "root", "administrator")
        add_person(conn, "boss", "administrator")
        opened = sessions.open_session(
            conn, root.id, "password", "10.0.0.7", "", datetime.now(UTC)
        )
        from cdrstats.accounts.tokens import id_of

        viewer = sessions.viewer_of(conn, id_of(opened), datetime.now(UTC))
    assert viewer is not None
    monkeypatch.setattr(frame, "viewer", lambda: viewer)
    make = auditing.file("people", "export people", lambda _: "all of it", detail={"n": 1})
    assert noted(fresh_engine) == [], "nobody has fetched it"
    assert make() == "all of it"
    line = newest(fresh_engine)
    assert (line.who, line.action, line.address) == ("root", "export people", "10.0.0.7")
    assert line.detail == {"n": 1}
    with fresh_engine.begin() as conn:
        people.set_role(conn, "root", "analyst")
    with pytest.raises(BadRequest, match="may not have this file"):
        make()
    assert len(noted(fresh_engine)) == 1


def test_links_begin_with_what_people_open_where_that_is_set(
    opened: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CDRSTATS_PUBLIC_URL", "https://cdr.example.com")
    at = opened("ana")
    at.context = URL
    (button,) = [each for each in at.button if each.label == "Make a reset link"]
    button.click().run()
    assert the_link(at).startswith("https://cdr.example.com/link/")
