"""The file of a backup: private, whole or not there, and refused when it is not as it was."""

import io
import json
import stat
from collections.abc import Callable
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from sqlalchemy import Engine, text

from cdrstats.backup import making, restoring
from cdrstats.db.engine import make_engine

from .keeping import Run, address, contents, on


@pytest.fixture
def run(fresh_engine: Engine, tmp_path: Path) -> Run:
    (tmp_path / "secret.key").write_text("the key")
    return on(tmp_path, address(fresh_engine))


@pytest.fixture
def saved(run: Run, tmp_path: Path) -> Path:
    assert run("backup", tmp_path / "b.zip").exit_code == 0
    return tmp_path / "b.zip"


def members(path: Path) -> dict[str, bytes]:
    with ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def write(path: Path, files: dict[str, bytes], **how: int) -> None:
    with ZipFile(path, "w", **how) as archive:  # type: ignore[arg-type]
        for name, content in files.items():
            archive.writestr(name, content)


def test_it_is_private_whole_and_says_what_it_is(saved: Path, tmp_path: Path) -> None:
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    assert not list(tmp_path.glob(".*"))
    files = members(saved)
    assert list(files) == ["database.dump", "secret.key", "manifest.json"]
    assert files["secret.key"] == b"the key"
    manifest = json.loads(files["manifest.json"])
    assert manifest["format"] == 1
    assert set(manifest["parts"]) == {"database.dump", "secret.key"}
    assert {"cdrstats_app", "cdrstats_customer"} <= set(manifest["roles"])


def test_a_backup_replaces_none(run: Run, saved: Path) -> None:
    before = saved.read_bytes()
    done = run("backup", saved)
    assert (done.exit_code, "is there already" in done.stderr) == (2, True)
    assert saved.read_bytes() == before


def test_where_nobody_can_write_a_sentence_comes(run: Run, tmp_path: Path) -> None:
    done = run("backup", tmp_path / "none" / "b.zip")
    assert (done.exit_code, "cannot be written" in done.stderr) == (2, True)


def test_what_cannot_be_read_leaves_no_file(
    run: Run, fresh_engine: Engine, tmp_path: Path
) -> None:
    with fresh_engine.begin() as conn:  # which our pg_dump cannot dump
        conn.execute(text("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'"))
        conn.execute(text("UPDATE pg_proc SET prolang = 1 WHERE proname = 'f'"))
    done = run("backup", tmp_path / "b.zip")
    assert done.exit_code == 2
    assert "The database cannot be saved: " in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]


def test_nothing_of_ours_is_no_backup(empty_database: str, tmp_path: Path) -> None:
    done = on(tmp_path, empty_database)("backup", tmp_path / "b.zip")
    assert (done.exit_code, "nothing of CDR-Stats" in done.stderr) == (2, True)
    assert not list(tmp_path.iterdir())


def test_a_server_newer_than_pg_dump_is_refused(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "check_server", lambda _: 190001)
    done = run("backup", tmp_path / "b.zip")
    assert done.exit_code == 2
    assert "The server is PostgreSQL 19, and the pg_dump that comes with" in done.stderr


def one_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def shortened(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1000])


def halved(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def another_key(path: Path) -> None:
    write(path, members(path) | {"secret.key": b"another"})


def a_file_more(path: Path) -> None:
    write(path, members(path) | {"more": b"x"})


def a_file_less(path: Path) -> None:
    files = members(path)
    del files["secret.key"]
    write(path, files)


def packed(path: Path) -> None:
    write(path, members(path), compression=ZIP_DEFLATED)


def no_manifest(path: Path) -> None:
    write(path, members(path) | {"manifest.json": b"[]"})


@pytest.mark.parametrize(
    "change",
    [
        *(one_byte, shortened, halved, emptied, another_key, a_file_more, a_file_less),
        *(packed, no_manifest),
    ],
)
def test_what_is_not_as_it_was_is_refused(
    saved: Path, tmp_path: Path, empty_database: str, change: Callable[[Path], None]
) -> None:
    change(saved)
    done = on(tmp_path, empty_database)("restore", saved)
    assert done.exit_code == 2
    assert "is not a whole backup" in done.stderr
    engine = make_engine(empty_database, "tests")
    assert contents(engine) == {}
    engine.dispose()


@pytest.mark.parametrize("newer", [{"format": 2}, {"schema": "9999"}])
def test_what_a_newer_version_made_is_refused(
    run: Run, saved: Path, newer: dict[str, object]
) -> None:
    files = members(saved)
    changed = json.loads(files["manifest.json"]) | newer | {"cdrstats": "9.9"}
    write(saved, files | {"manifest.json": json.dumps(changed).encode()})
    done = run("restore", saved, "--replace")
    assert done.exit_code == 2
    assert "was made by CDR-Stats 9.9" in done.stderr


def test_what_a_server_notes_for_itself_is_not_given_to_another() -> None:
    noted = b"ALTER TABLE ONLY public.voip_cdr ALTER COLUMN id SET (pg_attver=26719560);\n"
    others = b"ALTER TABLE ONLY public.voip_cdr ALTER COLUMN data SET (n_distinct=5);\n"
    rows = b"COPY public.note (text) FROM stdin;\n" + noted + b"\\.\n"
    into = io.BytesIO()
    restoring._pass_on(io.BytesIO(noted + others + rows), into, 180_000, False)
    assert into.getvalue().endswith(others + rows)
    assert into.getvalue().count(noted) == 1
