"""Facts and explanations of a call as HTML. What a switch wrote is text here, whatever it
looks like: a caller may call itself `![](...)`, which Markdown would take for an image."""

from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path

from cdrstats.calls import Explained

STYLE = Path(__file__).parent / "assets" / "call.css"

Fact = tuple[str, str]
"""A label and its value."""


def sections(parts: Mapping[str, str]) -> str:
    """Lists under their headings; a heading without a list is left out."""
    return "".join(
        f'<h3 class="call-part">{escape(title)}</h3>{html}'
        for title, html in parts.items()
        if html
    )


def facts(rows: Iterable[Fact]) -> str:
    """A list of labels and values."""
    items = "".join(
        f"<div><dt>{escape(label)}</dt><dd>{escape(value)}</dd></div>" for label, value in rows
    )
    return f'<dl class="call-facts">{items}</dl>' if items else ""


def explanations(rows: Iterable[tuple[Fact, Explained]]) -> str:
    """Each fact with how it came about: sentences, steps, what was written, what holds now."""
    items = "".join(
        f"<dt><strong>{escape(label)}</strong><span>{escape(value)}</span></dt>"
        f"<dd>{_how(explained)}</dd>"
        for (label, value), explained in rows
    )
    return f'<dl class="call-how">{items}</dl>' if items else ""


def _how(explained: Explained) -> str:
    parts = [f"<p>{escape(explained.how)}</p>"]
    if explained.steps:
        steps = "".join(f"<li>{escape(step)}</li>" for step in explained.steps)
        parts.append(f"<ol>{steps}</ol>")
    if explained.given:
        given = " ".join(
            f"<code>{escape(name)} {escape(text) or '(empty)'}</code>"
            for name, text in explained.given
        )
        parts.append(f'<p class="given">In the record: {given}</p>')
    if explained.today:
        parts.append(f'<p class="today"><strong>Today:</strong> {escape(explained.today)}</p>')
    return "".join(parts)


def listing(rows: Iterable[tuple[str, str]]) -> str:
    """A numbered list; the first part of each row stands out."""
    items = "".join(
        f"<li><strong>{escape(head)}</strong>: {escape(rest)}</li>" for head, rest in rows
    )
    return f'<ol class="call-legs">{items}</ol>'
