"""The Digests page: a digest is filled in, previewed, kept, sent, changed, removed."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, func, insert, select, update
from streamlit.testing.v1 import AppTest

from cdrstats import clock, digests, saved
from cdrstats.accounts import audit
from cdrstats.accounts.looking import viewer_of_person
from cdrstats.accounts.people import find
from cdrstats.aggregates.draining import drain
from cdrstats.db.partitions import make_months
from cdrstats.db.schema import customer, digest, outbox, person
from cdrstats.digests import OPERATOR, Stored
from cdrstats.ui import frame

from .alarms import add_calls
from .digests import a_digest
from .pages import Open, signed_in, words
from .people import LOCAL_VIEWER

NEW = "digest_new"
YESTERDAY = frame.now().replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=1)


@pytest.fixture
def mail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CDRSTATS_SMTP_HOST", "127.0.0.1")
    monkeypatch.setenv("CDRSTATS_MAIL_FROM", "cdr@example.com")
    monkeypatch.setenv("CDRSTATS_PUBLIC_URL", "https://cdr.example.com")


@pytest.fixture
def yesterday(fresh_engine: Engine) -> Engine:
    """Yesterday, by UTC: a hundred calls to Spain, sixty answered, and ten to France."""
    make_months(fresh_engine, [clock.month_of(YESTERDAY)])
    add_calls(fresh_engine, YESTERDAY, 100, 60, country_id=724, caller_id_number="<b>34</b>")
    add_calls(fresh_engine, YESTERDAY, 10, 10, country_id=250)
    drain(fresh_engine)
    return fresh_engine


def stored(engine: Engine) -> list[Stored]:
    with engine.connect() as conn:
        return digests.list_digests(conn)


def kept(engine: Engine, name: str = "local", to: str = "noc@example.com") -> Stored:
    with engine.begin() as conn:
        viewer = viewer_of_person(conn, find(conn, name).id)
        return digests.add(conn, viewer, a_digest(), to, frame.now())


def actions(engine: Engine, most: int) -> list[str]:
    with engine.connect() as conn:
        return [line.action for line in audit.search(conn, limit=most)]


def seen(at: AppTest) -> str:
    """The letter of the preview."""
    return "".join(
        one.proto.body for one in at.get("html") if "CDR-Stats.</p>" in one.proto.body
    )


def click(at: AppTest, key: str) -> AppTest:
    return at.button(key=key).click().run()


def test_without_digests_the_page_says_what_one_is_for(app: Open) -> None:
    at = app("digests")
    assert "You have no digest yet." in words(at)
    assert "Mail is off" in words(at)
    at.button[0].click().run()
    assert "A new digest" in [one.value for one in at.subheader]


def test_a_digest_is_seen_before_it_is_kept(app: Open, mail: None, yesterday: Engine) -> None:
    at = app("digests", digest="new", zone="UTC")
    at.text_input(key=f"{NEW}_name").set_value("Every <i>morning</i>").run()
    click(at, f"{NEW}_draft")
    assert "Every &lt;i&gt;morning&lt;/i&gt;" in seen(at)
    assert "110 (" in seen(at)
    assert "&lt;b&gt;34&lt;/b&gt;" in seen(at)
    assert 'src="data:image/png;base64,' in seen(at)
    assert stored(yesterday) == []
    at.text_input(key=f"{NEW}_mail").set_value("noc@example.com, Ana <ana@example.com>").run()
    at.selectbox(key=f"{NEW}_every").set_value("week").run()
    click(at, f"{NEW}_save")
    assert not at.exception
    [made] = stored(yesterday)
    assert (made.name, made.every, made.timezone) == ("Every <i>morning</i>", "week", "UTC")
    assert made.mail_to == ["noc@example.com", "ana@example.com"]
    assert list(made.parts) == list(digests.PARTS)
    assert at.dataframe[0].value["when"][0] == "Mondays at 07:00"
    assert at.query_params["digest"] == str(made.id)
    assert actions(yesterday, 1) == ["add digest"]


def test_a_saved_view_fills_in_a_digest_of_its_calls(
    app: Open, mail: None, yesterday: Engine
) -> None:
    with yesterday.begin() as conn:
        saved.save(
            conn, LOCAL_VIEWER, "overview", "Spain", "country=Spain&period=7d&metric=ASR"
        )
    view = "overview?country=Spain&period=7d&metric=ASR"
    at = app("digests", digest="new", zone="UTC", name_="Spain", of=view)
    assert at.selectbox(key=f"{NEW}_of").options == ["All that you see", "Overview: Spain"]
    click(at, f"{NEW}_draft")
    assert "country Spain" in seen(at)
    assert ">100 (" in seen(at)
    at.text_input(key=f"{NEW}_mail").set_value("noc@example.com").run()
    click(at, f"{NEW}_save")
    [made] = stored(yesterday)
    assert (made.name, made.page, made.query) == (
        "Spain",
        "overview",
        "country=Spain&metric=ASR",
    )
    assert "of" not in at.query_params
    click(at, f"digest_{made.id}_edit")
    assert at.selectbox(key=f"digest_{made.id}_of").value.startswith("overview?country=Spain")


def test_what_a_page_shows_can_be_mailed_without_being_saved(
    app: Open, yesterday: Engine
) -> None:
    at = app("digests", digest="new", zone="UTC", of="calls?country=France&from=2026-01-01")
    assert at.selectbox(key=f"{NEW}_of").options[-1] == "Calls: country France"
    assert at.selectbox(key=f"{NEW}_of").value == "calls?country=France"


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("mail", "noc", "'noc' is no mail address"),
        ("mail", "", "Say who gets it"),
        ("name", " ", "A digest needs a name"),
    ],
)
def test_what_makes_no_sense_is_told_and_not_kept(
    app: Open, yesterday: Engine, field: str, value: str, said: str
) -> None:
    at = app("digests", digest="new", zone="UTC", name_="Daily")
    at.text_input(key=f"{NEW}_mail").set_value("noc@example.com").run()
    at.text_input(key=f"{NEW}_{field}").set_value(value).run()
    click(at, f"{NEW}_save")
    assert said in words(at)
    assert stored(yesterday) == []


def test_a_cron_line_that_is_none_is_told(app: Open, yesterday: Engine) -> None:
    at = app("digests", digest="new", zone="UTC", name_="Daily")
    at.selectbox(key=f"{NEW}_every").set_value("cron").run()
    at.text_input(key=f"{NEW}_cron").set_value("at seven").run()
    click(at, f"{NEW}_draft")
    assert "'at seven' is no cron line" in words(at)


def test_a_view_of_a_country_that_is_no_more_is_told(app: Open, yesterday: Engine) -> None:
    at = app("digests", digest="new", name_="x", of="calls?country=Atlantis")
    click(at, f"{NEW}_draft")
    assert "There is no country called 'Atlantis'" in words(at)


def test_it_is_previewed_sent_paused_and_removed(
    app: Open, mail: None, yesterday: Engine
) -> None:
    held = kept(yesterday)
    key = f"digest_{held.id}"
    at = app("digests", digest=str(held.id), zone="UTC")
    click(at, f"{key}_preview")
    assert "110 (" in seen(at)
    click(at, "digest_unsee")
    assert seen(at) == ""
    click(at, f"{key}_send")
    assert "over to noc" in words(at)
    with yesterday.connect() as conn:
        waiting = select(func.count()).select_from(outbox)
        assert conn.execute(waiting).scalar_one() == 0
    click(at, f"{key}_send_yes")
    with yesterday.connect() as conn:
        assert conn.execute(select(outbox.c.recipient)).scalars().all() == ["noc@example.com"]
    click(at, f"{key}_pause")
    assert at.dataframe[0].value["state"][0] == ["Paused"]
    click(at, f"{key}_pause")
    assert at.dataframe[0].value["state"][0] == ["Active"]
    click(at, f"{key}_delete")
    click(at, f"{key}_delete_yes")
    assert stored(yesterday) == []
    assert actions(yesterday, 4) == [
        *("remove digest", "resume digest", "pause digest", "send digest")
    ]


def test_it_is_changed(app: Open, mail: None, yesterday: Engine) -> None:
    held = kept(yesterday)
    key = f"digest_{held.id}"
    at = app("digests", digest=str(held.id), zone="UTC")
    click(at, f"{key}_edit")
    at.text_input(key=f"{key}_name").set_value("Renamed").run()
    at.multiselect(key=f"{key}_files").set_value(["csv"]).run()
    at.checkbox(key=f"{key}_changed").check().run()
    click(at, f"{key}_save")
    [made] = stored(yesterday)
    assert (made.name, list(made.files), made.only_if_changed) == ("Renamed", ["csv"], True)
    assert actions(yesterday, 1) == ["change digest"]


def test_it_is_written_in_the_language_that_is_chosen(
    app: Open, mail: None, yesterday: Engine
) -> None:
    held = kept(yesterday)
    key = f"digest_{held.id}"
    at = app("digests", digest=str(held.id), zone="UTC")
    assert at.table[0].value.loc["Language"].item() == "English"
    click(at, f"{key}_edit")
    box = at.selectbox(key=f"{key}_language")
    assert box.options == ["English", "Deutsch", "Español", "Français", "Português"]
    box.set_value("es").run()
    click(at, f"{key}_draft")
    assert "Principales países" in seen(at)
    click(at, f"{key}_save")
    assert [each.language for each in stored(yesterday)] == ["es"]
    assert at.table[0].value.loc["Language"].item() == "Español"
    with yesterday.begin() as conn:
        conn.execute(update(digest).values(language="xx"))
    at.run()
    assert "There is no language 'xx'" in words(at)
    click(at, f"{key}_edit")
    assert at.selectbox(key=f"{key}_language").value == "en"


def test_with_mail_off_nothing_is_sent(app: Open, yesterday: Engine) -> None:
    held = kept(yesterday)
    at = app("digests", digest=str(held.id))
    click(at, f"digest_{held.id}_send")
    click(at, f"digest_{held.id}_send_yes")
    assert words(at).count("Mail is off") == 2


def test_a_zone_that_is_no_more_is_told(app: Open, yesterday: Engine) -> None:
    held = kept(yesterday)
    with yesterday.begin() as conn:
        conn.execute(update(digest).values(timezone="Mars/Base"))
    at = app("digests", digest=str(held.id))
    assert not at.exception
    assert "There is no time zone 'Mars/Base'" in at.dataframe[0].value["trouble"][0]
    assert "There is no time zone 'Mars/Base'" in words(at)


def test_each_sees_their_own(app: Open, yesterday: Engine) -> None:
    held = kept(yesterday)
    ana = signed_in(yesterday, "ana", "analyst")
    at = app("digests", ana, digest=str(held.id))
    assert "You have no digest" in words(at)
    assert "You have no digest yet" in words(at)


def test_administrators_have_the_operators_as_well(
    app: Open, mail: None, yesterday: Engine
) -> None:
    with yesterday.begin() as conn:
        held = digests.add(conn, OPERATOR, a_digest(), "noc@example.com", frame.now())
    at = app("digests", signed_in(yesterday, "ana", "analyst"), digest=str(held.id))
    assert "You have no digest" in words(at)
    at = app("digests", digest=str(held.id))
    assert list(at.dataframe[0].value["owner"]) == ["the operator"]
    at.button(key=f"digest_{held.id}_preview").click().run()
    assert not at.exception
    at.button(key=f"digest_{held.id}_edit").click().run()
    at.text_input(key=f"digest_{held.id}_name").set_value("Of all").run()
    at.button(key=f"digest_{held.id}_save").click().run()
    at.button(key=f"digest_{held.id}_pause").click().run()
    with yesterday.connect() as conn:
        (now,) = digests.list_digests(conn)
    assert (now.name, now.active, now.person_id, now.mail_to) == (
        "Of all",
        False,
        None,
        ["noc@example.com"],
    )


def test_a_customer_is_mailed_alone_and_of_its_calls(
    app: Open, mail: None, yesterday: Engine
) -> None:
    with yesterday.begin() as conn:
        conn.execute(insert(customer).values(id=7, name="Acme", language="es-MX"))
    eve = signed_in(yesterday, "eve", "customer", 7)
    with yesterday.begin() as conn:
        mine = update(person).where(person.c.name == "eve")
        conn.execute(mine.values(email="eve@example.com"))
    at = app("digests", eve, digest="new", name_="Mine", zone="UTC")
    assert at.text_input(key=f"{NEW}_own").disabled
    click(at, f"{NEW}_draft")
    assert "No hubo ninguna llamada." in seen(at)
    click(at, f"{NEW}_save")
    [made] = stored(yesterday)
    assert (made.mail_to, made.user_ids) == (["eve@example.com"], [7])
    assert made.language == "es"


def test_numbers_shown_in_full_for_a_while_are_not_mailed(
    app: Open, mail: None, yesterday: Engine
) -> None:
    """A digest sees what its owner sees who is away."""
    ana = signed_in(yesterday, "ana", "finance")
    with yesterday.begin() as conn:
        conn.exec_driver_sql("UPDATE session SET unmasked_until = now() + interval '1 hour'")
        conn.exec_driver_sql(
            "UPDATE voip_cdr SET caller_id_number = '34911222333' WHERE country_id = 724"
        )
    drain(yesterday)
    at = app("digests", ana, digest="new", name_="Mine", zone="UTC")
    click(at, f"{NEW}_draft")
    assert "Top callers" in seen(at)
    assert "34911222333" not in seen(at)
