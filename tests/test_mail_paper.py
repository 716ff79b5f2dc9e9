"""What a mail says, once as text and once as HTML."""

from html.parser import HTMLParser

from cdrstats.mail.paper import Facts, Link, Listing, Words, compose

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
