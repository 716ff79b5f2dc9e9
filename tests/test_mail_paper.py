"""What a mail says, once as text and once as HTML."""

import email
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import default
from html.parser import HTMLParser

import pytest

from cdrstats.errors import BadRequest
from cdrstats.mail.paper import Facts, Link, Listing, Picture, Words, compose
from cdrstats.mail.rules import File, Letter, written

HOSTILE = '<img src=x onerror="alert(1)"> & co'
BLOCKS = [
    Words(f"Hello {HOSTILE},"),
    Facts([("Rule", HOSTILE), ("Window", "12:00")]),
    Listing("Who", ("", "Calls"), [("Spain", "1,200"), (HOSTILE, "3")]),
    Link("Open the calls", "https://cdr.example/calls?a=1&b=<2>"),
]


class Reader(HTMLParser):
    """The elements of a page, and its words."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.styled: set[str] = set()
        self.links: list[str | None] = []
        self.words = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        given = dict(attrs)
        if "style" in given:
            self.styled.add(tag)
        if "href" in given:
            self.links.append(given["href"])

    def handle_data(self, data: str) -> None:
        self.words += data


def test_what_comes_from_calls_is_told_and_does_nothing() -> None:
    letter = compose(HOSTILE, BLOCKS)
    page = Reader(letter.html)
    assert "img" not in page.elements
    assert page.words.count(HOSTILE) == 5  # in the title as well, which no one sees
    assert page.links == ["https://cdr.example/calls?a=1&b=<2>"]


def test_its_style_is_on_its_elements_and_nothing_is_fetched() -> None:
    html = compose("A subject", BLOCKS).html
    page = Reader(html)
    assert {"body", "table", "td", "th", "a", "p"} <= page.styled
    assert not {"style", "link", "script"} & {*page.elements}
    assert "url(" not in html


def test_the_text_says_the_same() -> None:
    letter = compose("A subject", BLOCKS, title="A title")
    assert letter.subject == "A subject"
    assert letter.text == (
        "A title\n\n"
        f"Hello {HOSTILE},\n\n"
        f"Rule:   {HOSTILE}\n"
        "Window: 12:00\n\n"
        "Who\n"
        f"  {'':<{len(HOSTILE)}}  Calls\n"
        f"  {'Spain':<{len(HOSTILE)}}  1,200\n"
        f"  {HOSTILE}      3\n\n"
        "Open the calls:\nhttps://cdr.example/calls?a=1&b=<2>\n\n"
        "-- \nSent by CDR-Stats.\n"
    )


def test_a_table_of_nothing_has_its_heading() -> None:
    letter = compose("A subject", [Listing("Who", ("", "Calls"), []), Facts([])])
    assert "Who\n" in letter.text
    assert "Calls" in Reader(letter.html).words


PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
CHART = Picture("calls", f"Calls by hour {HOSTILE}", PNG)
SHEET = File("calls \u00e9.csv", "text/csv", b"a,b\r\n1,2\r\n")
LEAVE = "https://cdr.example/unsubscribe/word"


def read_back(letter: Letter) -> EmailMessage:
    """The mail as its reader's program takes it apart."""
    made = written(letter, "cdr@example.com", "CDR", "a@example.com", "1", datetime.now(UTC))
    found = email.message_from_bytes(made, policy=default)
    assert isinstance(found, EmailMessage)
    return found


def test_a_picture_goes_with_the_page_and_a_file_with_the_mail() -> None:
    letter = compose("A subject", [CHART, *BLOCKS], files=[SHEET], leave=LEAVE)
    mail = read_back(letter)
    assert [part.get_content_type() for part in mail.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
        "text/csv",
    ]
    page = mail.get_body(("html",))
    picture = next(part for part in mail.walk() if part.get_content_maintype() == "image")
    assert page
    assert f'src="cid:{picture["Content-ID"][1:-1]}"' in page.get_content()
    assert picture.get_content() == PNG
    assert picture.get_content_disposition() == "inline"
    (file,) = mail.iter_attachments()
    assert (file.get_filename(), file.get_content()) == (SHEET.name, "a,b\r\n1,2\r\n")
    assert mail["List-Unsubscribe"] == f"<{LEAVE}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_who_sees_no_pictures_is_told_what_they_show() -> None:
    letter = compose("A subject", [CHART])
    assert f"[{CHART.words}]" in letter.text
    assert Reader(letter.html).elements.count("img") == 1
    plain = read_back(compose("A subject", BLOCKS))
    assert plain.get_content_type() == "multipart/alternative"
    assert plain["List-Unsubscribe"] is None


def test_a_mail_of_thirty_megabytes_is_refused() -> None:
    heavy = File("calls.csv", "text/csv", bytes(22_000_000))  # a third more as it is sent
    with pytest.raises(BadRequest, match="has 30 MB"):
        read_back(compose("A subject", BLOCKS, files=[heavy]))
