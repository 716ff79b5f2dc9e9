"""The floors of the house: a room imports only from rooms on a higher line of this list."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

GROUND = [
    {"errors", "clock", "format", "money", "statistics"},
    {"metrics", "spreadsheet", "addresses"},
]
FLOORS = [
    *GROUND,
    {"settings", "folders"},
    {"db", "log"},
    {"options"},
    {"channels"},
    {"mail"},
    {"accounts", "backup", "counting"},
    {"notices"},
    {"sources", "numbers", "aggregates", "filters", "sheets"},
    {"switches", "reference"},
    {"customers"},
    {"lists"},
    {"mediation"},
    {"intake"},
    {"traffic", "calls", "health", "talkers", "saved", "notes"},
    {"analysis", "concurrency"},
    {"choices", "readers"},
    {"downloads", "alarms", "fraud"},
    {"watch"},
    {"digests"},
    {"demo"},
    {"ui", "web", "cli"},
    {"__main__"},
]
LEVEL = {room: level for level, rooms in enumerate(FLOORS) for room in rooms}

HOUSE = sorted((ROOT / "cdrstats").rglob("*.py"))
JOBS = sorted((ROOT / "jobs").rglob("*.py"))
PAGES = sorted((ROOT / "pages").glob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
BENCH = sorted((ROOT / "bench").rglob("*.py"))
MIGRATIONS = sorted((ROOT / "cdrstats/db/migrations/versions").glob("*.sql"))
STATEMENTS = sorted((ROOT / "cdrstats").glob("**/sql/*.sql"))

MOST_LINES = 400
MOST_LINES_OF_A_PAGE = 80
IMPURE = {
    *("sqlalchemy", "psycopg2", "psutil", "streamlit", "smtplib", "socket", "subprocess"),
    *("os", "pathlib", "time", "urllib", "http", "random"),
}


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def room_of(path: Path) -> str:
    return path.relative_to(ROOT / "cdrstats").parts[0].removesuffix(".py")


def imports(path: Path) -> set[str]:
    """The modules that a file imports, wherever in the file."""
    named = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            named |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0 or path.parent.name == "tests", "imports are absolute"
            named.add(node.module or "")
            if node.module == "cdrstats":
                named |= {f"cdrstats.{alias.name}" for alias in node.names}
    return named


def rooms_used(path: Path) -> set[str]:
    parts = [module.split(".") for module in imports(path)]
    # `cdrstats.__version__` is no room.
    return {part[1] for part in parts if part[0] == "cdrstats" and len(part) > 1} - {
        "__version__"
    }


def packages_used(path: Path) -> set[str]:
    return {module.split(".")[0] for module in imports(path)}


@pytest.mark.parametrize("path", HOUSE, ids=name)
def test_a_room_imports_only_downwards(path: Path) -> None:
    room = room_of(path)
    if room == "__init__":
        assert not rooms_used(path)
        return
    assert room in LEVEL, f"{room} has no floor yet: give it one, here and in the design"
    for other in rooms_used(path) - {room}:
        assert LEVEL[other] < LEVEL[room], f"{room} may not import {other}"


@pytest.mark.parametrize("path", HOUSE, ids=name)
def test_nothing_below_knows_who_stands_on_top(path: Path) -> None:
    assert not packages_used(path) & {"jobs", "pages", "app", "tests", "bench"}


@pytest.mark.parametrize("path", [*HOUSE, *JOBS], ids=name)
def test_only_ui_imports_streamlit(path: Path) -> None:
    inside_ui = path.is_relative_to(ROOT / "cdrstats" / "ui")
    assert inside_ui or "streamlit" not in packages_used(path)


@pytest.mark.parametrize("path", JOBS, ids=name)
def test_jobs_need_no_screen(path: Path) -> None:
    assert not rooms_used(path) & {"ui", "web"}


PURE = [
    path for path in HOUSE if path.name == "rules.py" or room_of(path) in set.union(*GROUND)
]


@pytest.mark.parametrize("path", PURE, ids=name)
def test_rules_and_the_ground_floor_are_pure(path: Path) -> None:
    assert not packages_used(path) & IMPURE
    assert "now(" not in path.read_text("utf-8"), "a rule is handed the time"


OWN_PAGES = {"account", "notifications"}


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_a_page_is_short_and_only_composes(path: Path) -> None:
    assert path.read_text("utf-8").count("\n") < MOST_LINES_OF_A_PAGE
    assert not packages_used(path) & {"sqlalchemy", "pandas", "psycopg2"}
    statements = ast.walk(ast.parse(path.read_text("utf-8")))
    assert not any(isinstance(node, ast.Try) for node in statements)


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_a_page_guards_itself_before_anything_else(path: Path) -> None:
    """Streamlit runs a page by its URL without app.py, until somebody has opened app.py."""
    body = ast.parse(path.read_text("utf-8")).body
    first = next(
        node
        for node in body[1:]  # after the docstring
        if not isinstance(node, ast.Import | ast.ImportFrom)
    )
    # What is one's own is for whoever is signed in.
    guard = "frame.whoever(" if path.stem in OWN_PAGES else "frame.require("
    assert guard in ast.unparse(first)


@pytest.mark.parametrize(
    "path",
    [*HOUSE, *JOBS, *PAGES, *TESTS, *BENCH, *MIGRATIONS, ROOT / "app.py"],
    ids=name,
)
def test_a_file_can_be_read_at_one_sitting(path: Path) -> None:
    assert path.read_text("utf-8").count("\n") <= MOST_LINES


@pytest.mark.parametrize(
    "path",
    [path for path in [*HOUSE, *JOBS, *PAGES, *BENCH] if path.stat().st_size],
    ids=name,
)
def test_a_module_says_what_it_does(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text("utf-8")))


@pytest.mark.parametrize("path", STATEMENTS, ids=name)
def test_a_statement_says_what_it_does(path: Path) -> None:
    assert path.read_text("utf-8").startswith("-- ")
