"""What a channel is told, how it is signed, and where it may be; no server is asked."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cdrstats.channels import Message, address, as_event, as_message, named, rules
from cdrstats.errors import BadRequest

from .factories import NOON

HOSTILE = "<!channel> <b>x</b> & @channel @Here *bold* [here](http://evil) `a`"
LINK = "https://cdr.example.com/fraud?case=1"


def slack(message: Message) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(as_message("slack", message, NOON))
    return made


def card(message: Message) -> dict[str, Any]:
    made = json.loads(as_message("teams", message, NOON))
    assert made["type"] == "message"
    (only,) = made["attachments"]
    assert only["contentType"] == "application/vnd.microsoft.card.adaptive"
    found: dict[str, Any] = only["content"]
    assert (found["type"], found["version"]) == ("AdaptiveCard", "1.4")
    return found


def test_a_signature_is_that_of_the_standard() -> None:
    """The example by which libraries of Standard Webhooks are tried."""
    headers = rules.signed(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        b'{"test": 2432232314}',
        datetime.fromtimestamp(1614265330, UTC),
    )
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_a_webhook_is_told_type_time_and_data() -> None:
    told = Message("Asr low", "Asr low\n\nIt is.", LINK)
    assert json.loads(as_message("webhook", told, NOON)) == {
        "type": "message",
        "timestamp": "2026-03-10T12:00:00.000Z",
        "data": {"subject": "Asr low", "text": "Asr low\n\nIt is.", "link": LINK},
    }
    event = json.loads(as_event("fraud.case.opened", {"case": 1}, NOON))
    assert (event["type"], event["data"]) == ("fraud.case.opened", {"case": 1})


def test_slack_is_told_heading_text_and_a_button() -> None:
    made = slack(Message("ASR is low", "ASR is low\n\nIt is 12 %.", LINK))
    assert made["text"] == f"ASR is low\nIt is 12 %.\n{LINK}"
    header, section, actions = made["blocks"]
    assert header["text"] == {"type": "plain_text", "text": "ASR is low", "emoji": False}
    assert section["text"]["text"] == "It is 12 %."
    assert actions["elements"][0]["url"] == LINK


def test_teams_is_told_a_card() -> None:
    made = card(Message("ASR is low", "ASR is low\n\nIt is:\n  12 %", LINK))
    lines = [block["inlines"][0]["text"] for block in made["body"]]
    assert lines == ["ASR is low", "It is:", "  12 %"]
    assert made["actions"] == [{"type": "Action.OpenUrl", "title": "Open", "url": LINK}]


def test_hostile_text_pings_nobody_and_is_no_markup() -> None:
    made = slack(Message(HOSTILE, f"{HOSTILE}\n{HOSTILE}"))
    assert all(block["text"]["type"] == "plain_text" for block in made["blocks"])
    for words in (made["text"], *(block["text"]["text"] for block in made["blocks"])):
        assert "&lt;!channel&gt; &lt;b&gt;x&lt;/b&gt; &amp;" in words
        assert "<" not in words
        assert "@channel" not in words
        assert "@Here" not in words
    for block in card(Message(HOSTILE, HOSTILE * 2))["body"]:  # in which is no Markdown
        assert block["type"] == "RichTextBlock"
        assert {run["type"] for run in block["inlines"]} == {"TextRun"}


@pytest.mark.parametrize("what", ["x", "&", "\u20ac", "\U0001f600", "a\n", "\ud800", "\0"])
def test_what_is_huge_is_cut_to_what_they_take(what: str) -> None:
    huge = Message(what * 100_000, what * 1_000_000, LINK)
    made = slack(huge)
    header, *rest = made["blocks"]
    assert 0 < len(header["text"]["text"]) <= 150
    assert all(len(block["text"]["text"]) <= 3000 for block in rest if "text" in block)
    assert len(made["text"]) <= 4000
    assert not made["text"].rstrip("…").endswith(("&am", "&a", "&amp"))
    assert len(as_message("teams", huge, NOON)) < 21_000
    assert card(huge)["actions"]


def test_what_is_too_large_for_a_webhook_is_told() -> None:
    with pytest.raises(BadRequest, match="25 MB at most, and this has 26"):
        as_message("webhook", Message("Digest", "x" * 26_000_000), NOON)
    assert as_message("slack", Message("Digest", "x" * 26_000_000), NOON)


@pytest.mark.parametrize(
    "link", ["", "/fraud?case=1", "javascript:x", "https://a/" + "x" * 3000]
)
def test_a_link_that_nobody_can_click_is_left_out(link: str) -> None:
    message = Message("a", "b", link)
    assert "actions" not in card(message)
    assert [block["type"] for block in slack(message)["blocks"]] == ["header", "section"]


@pytest.mark.parametrize(("given", "is_"), [("ops", "ops"), (" #Ops-2_x ", "ops-2_x")])
def test_a_name(given: str, is_: str) -> None:
    assert named(given) == is_


@pytest.mark.parametrize("given", ["", "#", "-a", "a b", "ä", "x" * 41, "a,b", "##a", "a\n"])
def test_what_is_no_name(given: str) -> None:
    if given == "a\n":  # what is around it is not meant
        assert named(given) == "a"
        return
    with pytest.raises(BadRequest, match="The name of a channel has"):
        named(given)


@pytest.mark.parametrize(
    "given",
    [
        *("", "ops", "ftp://a.b/c", "http://example.com/x", "https://", "https:///x"),
        *("https://u:p@example.com/", "https://a.b/#c", "https://a.b/ c", "https://a.b/\n\nd"),
        *("https://ä.de/", "https://a.b:x/", "https://a.b/" + "x" * 2000, "file:///etc/passwd"),
        *("http://127.0.0.1.example.com/", "http://2130706433/", "https://[::1/"),
    ],
)
def test_where_nothing_is_sent(given: str) -> None:
    with pytest.raises(BadRequest) as told:
        address.checked(given)
    assert str(told.value).startswith("An address ")
    assert len(given) < 9 or given.strip() not in str(told.value)


@pytest.mark.parametrize(
    "given",
    ["https://hooks.slack.com/services/T0/B0/x", "http://127.0.0.1:8080/", "http://[::1]/"],
)
def test_where_something_is_sent(given: str) -> None:
    assert address.checked(f" {given}\n") == given


def test_an_answer_that_repeats_the_address_is_scrubbed() -> None:
    where = "https://a.example.com/services/T0AA/B0BB/s3cr%65t?sig=AbC-d&v=1"
    told = "404 https://a.example.com/services/T0AA/B0BB/S3CR%65T?sig=AbC-d&amp;v=1 no_service"
    scrubbed = address.scrubbed(told, where)
    for part in ("T0AA", "B0BB", "S3CR", "AbC-d"):
        assert part not in scrubbed
    assert scrubbed.endswith("no_service")


@pytest.mark.parametrize(
    ("status", "final"),
    [
        *((code, True) for code in (301, 302, 307, 400, 401, 403, 404, 410, 413)),
        *((code, False) for code in (408, 425, 429, 500, 502, 503, 504)),
    ],
)
def test_what_is_for_good(status: int, final: bool) -> None:
    assert rules.is_final(status) is final


@pytest.mark.parametrize(
    ("asked", "wait"),
    [("", 0), ("120", 120), ("999999999999", 3600), ("-5", 0), ("²", 0), ("soon", 0)],
)
def test_how_long_a_server_asks_us_to_wait(asked: str, wait: int) -> None:
    assert rules.wait_asked(asked) == timedelta(seconds=wait)
