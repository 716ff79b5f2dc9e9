"""Saved views: mine, theirs, shared; what may be kept of a page's URL; who may change what."""

from urllib.parse import parse_qs, urlencode

import pytest
from sqlalchemy import Connection, func, insert, select

from cdrstats import saved
from cdrstats.accounts import EVERYONE, Scope, Viewer
from cdrstats.db.schema import saved_view
from cdrstats.errors import BadRequest
from cdrstats.saved.store import MOST_VIEWS

ANA = Viewer("ana", frozenset(), EVERYONE)
BEN = Viewer("ben", frozenset(), EVERYONE)
ALICE = Viewer("alice", frozenset(), Scope(frozenset({1})))
ANN = Viewer("ann", frozenset(), Scope(frozenset({1})))
BOB = Viewer("bob", frozenset(), Scope(frozenset({2})))
STRANGER = Viewer("stranger", frozenset(), Scope(frozenset()))
OTHER_STRANGER = Viewer("other stranger", frozenset(), Scope(frozenset()))


def names(conn: Connection, viewer: Viewer, page: str | None = None) -> list[str]:
    return [view.name for view in saved.list_views(conn, viewer, page)]


def test_a_saved_view_is_listed_to_its_owner_alone(conn: Connection) -> None:
    view = saved.save(conn, ANA, "calls", "  Busy \t Spain ", "?period=7d&country=Spain")
    assert (view.name, view.query) == ("Busy Spain", "country=Spain&period=7d")
    assert (view.owner, view.page, view.shared) == ("ana", "calls", False)
    assert saved.list_views(conn, ANA) == [view]
    assert saved.list_views(conn, BEN) == []


def test_a_shared_view_is_listed_to_others_after_their_own(conn: Connection) -> None:
    saved.save(conn, ANA, "calls", "A shared one", "", shared=True)
    saved.save(conn, ANA, "calls", "A private one", "")
    saved.save(conn, BEN, "calls", "Z of Ben", "")
    saved.save(conn, BEN, "causes", "B of Ben", "")
    assert names(conn, BEN) == ["Z of Ben", "B of Ben", "A shared one"]
    assert names(conn, BEN, "calls") == ["Z of Ben", "A shared one"]
    assert names(conn, ANA, "causes") == []


def test_sharing_ends_at_the_customer(conn: Connection) -> None:
    saved.save(conn, ANA, "calls", "of staff", "customer=Alice", shared=True)
    saved.save(conn, ALICE, "calls", "of Alice", "", shared=True)
    saved.save(conn, STRANGER, "calls", "of a stranger", "", shared=True)
    assert names(conn, ANN) == ["of Alice"]
    assert names(conn, BOB) == []
    assert names(conn, BEN) == ["of staff"]
    assert names(conn, OTHER_STRANGER) == []
    assert names(conn, STRANGER) == ["of a stranger"]


def test_a_name_is_taken_once_for_each_owner_and_page(conn: Connection) -> None:
    view = saved.save(conn, ANA, "calls", "Spain", "period=7d")
    with pytest.raises(BadRequest, match="You have a view called 'Spain' on this page"):
        saved.save(conn, ANA, "calls", "Spain ", "period=30d")
    saved.save(conn, ANA, "causes", "Spain", "")
    saved.save(conn, BEN, "calls", "Spain", "")
    assert saved.list_views(conn, ANA, "calls") == [view]


def test_a_view_is_renamed_replaced_and_shared_by_its_owner(conn: Connection) -> None:
    first = saved.save(conn, ANA, "calls", "Spain", "period=7d")
    saved.save(conn, ANA, "calls", "France", "")
    assert saved.rename(conn, ANA, first.id, "España").name == "España"
    assert saved.rename(conn, ANA, first.id, "España").name == "España"
    assert saved.replace(conn, ANA, first.id, "period=30d").query == "period=30d"
    assert saved.share(conn, ANA, first.id, True).shared
    with pytest.raises(BadRequest, match="another view called 'France'"):
        saved.rename(conn, ANA, first.id, "France")
    (kept,) = saved.list_views(conn, BEN)
    assert (kept.name, kept.query, kept.id) == ("España", "period=30d", first.id)
    assert not saved.share(conn, ANA, first.id, False).shared
    assert saved.list_views(conn, BEN) == []


def test_a_deleted_view_is_gone_and_its_name_free(conn: Connection) -> None:
    view = saved.save(conn, ANA, "calls", "Spain", "")
    saved.delete(conn, ANA, view.id)
    with pytest.raises(BadRequest, match="no such view of yours"):
        saved.delete(conn, ANA, view.id)
    assert saved.save(conn, ANA, "calls", "Spain", "").id != view.id


def test_nobody_changes_what_others_share(conn: Connection) -> None:
    view = saved.save(conn, ANA, "calls", "Spain", "period=7d", shared=True)
    for change in (
        lambda: saved.rename(conn, BEN, view.id, "Mine"),
        lambda: saved.replace(conn, BEN, view.id, ""),
        lambda: saved.share(conn, BEN, view.id, False),
        lambda: saved.delete(conn, BEN, view.id),
    ):
        with pytest.raises(BadRequest, match="no such view of yours"):
            change()
    assert saved.list_views(conn, ANA) == [view]


def test_a_viewer_has_so_many_views_and_no_more(conn: Connection) -> None:
    row = {"owner": "ana", "page": "calls"}
    conn.execute(insert(saved_view), [{**row, "name": str(n)} for n in range(MOST_VIEWS)])
    with pytest.raises(BadRequest, match="delete some first"):
        saved.save(conn, ANA, "calls", "One more", "")
    saved.save(conn, BEN, "calls", "One more", "")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("", ""),
        ("?", ""),
        ("b=2&a=1", "a=1&b=2"),
        ("switch=b&switch=a&switch=b", "switch=b&switch=a"),
        ("columns=Start&columns=Call%20id", "columns=Start&columns=Call+id"),
        ("where=destination+begins+%2B34", "where=destination+begins+%2B34"),
        ("columns=", "columns="),
        ("country=C%C3%B4te+d%27Ivoire", "country=C%C3%B4te+d%27Ivoire"),
        ("period=24h&zone=Europe/Madrid", "period=24h&zone=Europe%2FMadrid"),
    ],
)
def test_a_query_is_kept_in_one_form(given: str, kept: str) -> None:
    assert saved.normalised(given) == kept
    assert saved.normalised(kept) == kept


def test_what_a_query_says_survives_its_form() -> None:
    said = {"where": ["duration >= 60", "destination ends 7&8=9?"], "zone": ["Asia/Kathmandu"]}
    assert parse_qs(saved.normalised(urlencode(said, doseq=True))) == said


@pytest.mark.parametrize(
    "query",
    [
        "http://evil.example/calls?period=7d",
        "https://here/calls?period=7d&zone=UTC",
        "/calls?period=7d",
        "calls",
        "a=1&&b=2",
        "a=%ff",
        "a=%00",
        "%00=1",
        "&".join(f"a={n}" for n in range(501)),
    ],
)
def test_what_is_no_query_is_refused(query: str) -> None:
    with pytest.raises(BadRequest, match="behind the question mark"):
        saved.normalised(query)


def test_a_query_has_at_most_4_kb_escapes_included() -> None:
    longest = "a=" + "x" * (saved.LONGEST_QUERY - 2)
    assert saved.normalised(longest) == longest
    with pytest.raises(BadRequest, match=r"4,097 of at most 4,096"):
        saved.normalised(longest + "x")
    with pytest.raises(BadRequest, match="too long"):
        saved.normalised("a=" + "é" * 1000)


@pytest.mark.parametrize(
    ("page", "name", "words"),
    [
        ("", "x", "no page ''"),
        ("../etc", "x", "no page"),
        ("http://evil.example", "x", "no page"),
        ("calls", " ", "needs a name"),
        ("calls", "x" * 101, "at most 100 characters"),
        ("calls", "a\0b", "cannot be shown"),
        ("calls", "a\u202eb", "cannot be shown"),
    ],
)
def test_a_view_that_makes_no_sense_is_refused(
    conn: Connection, page: str, name: str, words: str
) -> None:
    with pytest.raises(BadRequest, match=words):
        saved.save(conn, ANA, page, name, "")
    assert conn.execute(select(func.count()).select_from(saved_view)).scalar_one() == 0
