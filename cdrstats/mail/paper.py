"""What a mail says, as blocks that are written once as text and once as HTML. Pure.

The HTML is of tables, with its style on each element: Outlook and Gmail drop all else.
"""

from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

import css_inline

from cdrstats.mail.rules import File, Letter

STYLE = """
body { margin: 0; background: #f3f4f6; color: #111827; font: 15px/1.5 Arial, sans-serif; }
.paper { width: 100%; max-width: 640px; background: #ffffff; border: 1px solid #e5e7eb;
         color: #111827; font: 15px/1.5 Arial, sans-serif; }
.inside { padding: 20px 24px; }
h1 { margin: 0 0 12px; font-size: 19px; line-height: 1.3; }
h2 { margin: 20px 0 6px; font-size: 15px; }
p { margin: 0 0 12px; }
.rows { width: 100%; border-collapse: collapse; margin: 0 0 14px; font-size: 14px; }
.rows th { text-align: left; padding: 4px 12px 4px 0; color: #6b7280; font-weight: normal; }
.rows td { text-align: left; padding: 4px 12px 4px 0; border-top: 1px solid #e5e7eb; }
.rows .number { text-align: right; }
.rows td.number { white-space: nowrap; }
.label { width: 34%; color: #6b7280; vertical-align: top; }
.link { display: inline-block; padding: 9px 16px; background: #1d4ed8; color: #ffffff;
        text-decoration: none; font-weight: bold; }
.picture { display: block; width: 100%; max-width: 592px; height: auto; border: 0;
           margin: 0 0 14px; }
.foot { color: #6b7280; font-size: 12px; }
"""
FOOT = "Sent by CDR-Stats."


@dataclass(frozen=True, slots=True)
class Words:
    """A paragraph."""

    words: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What is what: pairs of a label and a value."""

    rows: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Listing:
    """A small table under its own heading; all but the first column are numbers.

    `links` are where each row leads; without any, none leads anywhere.
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    links: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """Where to go from here."""

    words: str
    address: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart, which goes with the mail and is not fetched from anywhere.

    `name` is its own within the mail, such as 'calls'; `words` say what it shows, to who sees
    no pictures.
    """

    name: str
    words: str
    png: bytes

    @property
    def content_id(self) -> str:
        return f"{self.name}@pictures.cdr-stats"


Block = Words | Facts | Listing | Link | Picture

ROOM = 592
"""Pixels that a picture has: Outlook goes by the attribute, and knows no largest width."""


def compose(
    subject: str,
    blocks: Sequence[Block],
    title: str = "",
    files: Sequence[File] = (),
    leave: str = "",
    lang: str = "en",
    foot: str = FOOT,
) -> Letter:
    """The letter that says all of this; whatever it is made of is escaped here.

    Args:
        title: at its head, if it is not the subject.
        files: what comes with it.
        leave: the address that ends such letters.
        lang: the tag of the language that it is in.
        foot: its last line, in that language.
    """
    title = title or subject
    text = "\n\n".join([title, *map(_as_text, blocks), f"-- \n{foot}"]) + "\n"
    inside = "\n".join([f"<h1>{escape(title)}</h1>", *map(_as_html, blocks)])
    html = (
        f'<!DOCTYPE html><html lang="{lang}"><head><meta charset="utf-8"><title>{escape(title)}'
        f"</title><style>{STYLE}</style></head><body>"
        '<table role="presentation" align="center" class="paper" cellspacing="0"'
        f' cellpadding="0"><tr><td class="inside">\n{inside}\n'
        f'<p class="foot">{escape(foot)}</p>'
        "</td></tr></table></body></html>"
    )
    pictures = tuple((one.content_id, one.png) for one in blocks if isinstance(one, Picture))
    link = next((one.address for one in blocks if isinstance(one, Link)), "")
    return Letter(subject, text, _INLINER.inline(html), pictures, tuple(files), leave, link)


def on_screen(letter: Letter) -> str:
    """The HTML of a letter for a browser, its pictures within."""
    html = letter.html
    for content_id, png in letter.pictures:
        shown = f"data:image/png;base64,{b64encode(png).decode()}"
        html = html.replace(f'src="cid:{content_id}"', f'src="{shown}"')
    return html


_INLINER = css_inline.CSSInliner(load_remote_stylesheets=False)


def _as_text(block: Block) -> str:
    match block:
        case Words(words):
            return words
        case Facts(rows):
            room = max((len(label) for label, _ in rows), default=0) + 2
            return "\n".join(f"{label + ':':<{room}}{value}" for label, value in rows)
        case Listing(title, columns, rows, links):
            lines = [tuple(columns), *map(tuple, rows)]
            rooms = [max(map(len, cells)) for cells in zip(*lines, strict=True)]
            told = [f"  {_in_columns(line, rooms)}" for line in lines]
            for place, link in enumerate(links, 1):
                told[place] += f"\n    {link}"
            return "\n".join([title, *told])
        case Link(words, address):
            return f"{words}:\n{address}"
        case Picture(words=words):
            return f"[{words}]"


def _in_columns(cells: Sequence[str], rooms: Sequence[int]) -> str:
    first, *numbers = zip(cells, rooms, strict=True)
    told = [f"{first[0]:<{first[1]}}", *(f"{cell:>{room}}" for cell, room in numbers)]
    return "  ".join(told).rstrip()


def _as_html(block: Block) -> str:
    match block:
        case Words(words):
            return f"<p>{escape(words)}</p>"
        case Facts(rows):
            return _rows(
                f'<tr><td class="label">{escape(label)}</td><td>{escape(value)}</td></tr>'
                for label, value in rows
            )
        case Listing(title, columns, rows, links):
            head = f"<tr>{_cells('th', columns)}</tr>"
            led = links or [""] * len(rows)
            body = [
                f"<tr>{_cells('td', row, link)}</tr>"
                for row, link in zip(rows, led, strict=True)
            ]
            return f"<h2>{escape(title)}</h2>{_rows([head, *body])}"
        case Link(words, address):
            return f'<p><a class="link" href="{escape(address)}">{escape(words)}</a></p>'
        case Picture(words=words):
            return (
                f'<img class="picture" src="cid:{escape(block.content_id)}" width="{ROOM}"'
                f' alt="{escape(words)}">'
            )


def _rows(rows: Iterable[str]) -> str:
    return f'<table class="rows" cellspacing="0">{"".join(rows)}</table>'


def _cells(kind: str, cells: Sequence[str], link: str = "") -> str:
    first, *numbers = map(escape, cells)
    if link:
        first = f'<a href="{escape(link)}">{first}</a>'
    more = "".join(f'<{kind} class="number">{cell}</{kind}>' for cell in numbers)
    return f"<{kind}>{first}</{kind}>{more}"
