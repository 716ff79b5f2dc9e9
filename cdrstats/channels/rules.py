"""What a channel is told, in the words of its kind, and how that is signed. Pure."""

import hmac
import json
import re
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cdrstats.addresses import CHANNEL
from cdrstats.errors import BadRequest

KINDS = ("webhook", "slack", "teams")

LARGEST = 25_000_000
"""Bytes of what a webhook is told, as of a mail; the other kinds cut what is long."""

LONGEST_ANSWER = 500
LONGEST_WAIT = timedelta(hours=1)
"""A server that asks for more is asked again after that."""

SLACK_HEADER, SLACK_SECTION = 150, 3000
SLACK_TEXT = 4000
TEAMS_BYTES = 20_000
"""Teams takes 28 KB, and counts more than we do."""

PINGS = re.compile(r"@(?=\w)")
"""What calls people in a room whose server is like Slack, such as Mattermost."""


@dataclass(frozen=True, slots=True)
class Message:
    """What people are told: a heading, the rest, and where to go from here, if anywhere."""

    subject: str
    text: str
    link: str = ""


def named(given: str) -> str:
    """The name of a channel, as it is kept; `#` may stand before it. Raises BadRequest."""
    name = given.strip().removeprefix("#").lower()
    if not CHANNEL.fullmatch(as_recipient(name)):
        raise BadRequest(
            "The name of a channel has 1 to 40 letters a to z, digits, - and _, and begins"
            " with a letter or digit."
        )
    return name


def as_recipient(name: str) -> str:
    """How a channel is named where it is said who is told."""
    return f"#{name}"


def as_message(kind: str, message: Message, now: datetime) -> bytes:
    """A message as a channel of this kind is told it. Raises BadRequest if it is too large."""
    if kind == "slack":
        return _json(_slack(message))
    if kind == "teams":
        return _teams(message)
    told = {"subject": message.subject, "text": message.text, "link": message.link}
    return as_event("message", told, now)


def as_event(type: str, data: Mapping[str, Any], now: datetime) -> bytes:
    """What has happened, as a webhook is told it: by Standard Webhooks.

    Raises BadRequest if it is too large.
    """
    told = _json({"type": type, "timestamp": _stamp(now), "data": data})
    if len(told) > LARGEST:
        raise BadRequest(
            f"What a webhook is told has {LARGEST // 1_000_000} MB at most, and this has"
            f" {len(told) // 1_000_000}."
        )
    return told


def signed(secret: str, id: str, body: bytes, now: datetime) -> dict[str, str]:
    """The headers by which whoever knows the secret can tell that a body is ours.

    Args:
        secret: `whsec_` and the key in base64.
        id: the same with each try.
    """
    seconds = str(int(now.timestamp()))
    key = b64decode(secret.removeprefix("whsec_"))
    proof = hmac.digest(key, b".".join((id.encode(), seconds.encode(), body)), "sha256")
    return {
        "webhook-id": id,
        "webhook-timestamp": seconds,
        "webhook-signature": f"v1,{b64encode(proof).decode()}",
    }


def is_final(status: int) -> bool:
    """Whether trying again will not help; a redirect is not followed, and leads nowhere."""
    return 300 <= status < 500 and status not in (408, 425, 429)


def wait_asked(retry_after: str) -> timedelta:
    """How long a server asks us to wait; what is no number of seconds asks for nothing."""
    seconds = retry_after.strip()
    if not (seconds.isascii() and seconds.isdigit()):
        return timedelta()
    return LONGEST_WAIT if len(seconds) > 6 else min(timedelta(0, int(seconds)), LONGEST_WAIT)


def answer_of(status: int, words: str) -> str:
    """What the server said, on one line, as it can be kept."""
    visible = "".join(each if each.isprintable() else " " for each in words)
    return f"{status} {' '.join(visible.split())}".strip()[:LONGEST_ANSWER]


def _slack(message: Message) -> dict[str, Any]:
    """`text` is for notices, and for servers that are like Slack but know no blocks."""
    subject, rest = message.subject or "CDR-Stats", _rest(message)
    whole = f"{subject}\n{rest}\n{_address(message)}".strip()
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": _plain(_escaped(subject, SLACK_HEADER))}
    ]
    if rest:
        blocks.append({"type": "section", "text": _plain(_escaped(rest, SLACK_SECTION))})
    if address := _address(message):
        button = {"type": "button", "text": _plain("Open"), "url": address}
        blocks.append({"type": "actions", "elements": [button]})
    return {"text": _escaped(whole, SLACK_TEXT), "blocks": blocks}


def _plain(words: str) -> dict[str, Any]:
    """Text in which no character stands for anything else; no name of an emoji either."""
    return {"type": "plain_text", "text": words, "emoji": False}


def _escaped(words: str, most: int) -> str:
    words = PINGS.sub("@\u200b", words)
    told = words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    if len(told) <= most:
        return told
    return re.sub(r"&[a-z]*$", "", told[: most - 1]) + "…"


def _teams(message: Message) -> bytes:
    """A card of runs of text, in which Teams reads no Markdown; as many lines as it takes."""
    lines = [each[:1000] for each in _rest(message).splitlines()]
    subject = message.subject[:SLACK_HEADER] or "CDR-Stats"
    body = [_run(subject, {"weight": "Bolder", "size": "Medium"})]
    room = TEAMS_BYTES - len(_json(_card(body, message)))
    for line in lines:
        run = _run(line or " ", {"fontType": "Monospace"}) | {"spacing": "None"}
        room -= len(_json(run)) + 1
        if room < 0:
            body.append(_run("…", {}))
            break
        body.append(run)
    return _json(_card(body, message))


def _run(words: str, looks: Mapping[str, str]) -> dict[str, Any]:
    run = {"type": "TextRun", "text": words, **looks}
    return {"type": "RichTextBlock", "inlines": [run]}


def _card(body: list[dict[str, Any]], message: Message) -> dict[str, Any]:
    card: dict[str, Any] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": body,
        "msteams": {"width": "Full"},
    }
    if address := _address(message):
        card["actions"] = [{"type": "Action.OpenUrl", "title": "Open", "url": address}]
    kind = "application/vnd.microsoft.card.adaptive"
    return {"type": "message", "attachments": [{"contentType": kind, "content": card}]}


def _rest(message: Message) -> str:
    """The text without the heading, which stands above it."""
    return message.text.removeprefix(message.subject).strip()


def _address(message: Message) -> str:
    """The link, if it is one that can be clicked: a bad one has the whole message refused."""
    fine = message.link.startswith(("https://", "http://")) and len(message.link) <= 2000
    return message.link if fine else ""


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(
        "utf-8", "replace"
    )
