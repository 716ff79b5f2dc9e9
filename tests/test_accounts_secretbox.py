"""Sealed secrets, and the file with their key."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cdrstats.accounts.secretbox import SecretBox
from cdrstats.errors import BadSetting


@pytest.fixture
def box(tmp_path: Path) -> SecretBox:
    return SecretBox(tmp_path / "secret.key")


@given(st.text())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_what_is_sealed_is_opened(box: SecretBox, secret: str) -> None:
    sealed = box.seal(secret)
    assert box.open(sealed) == secret
    assert box.seal(secret) != sealed


def test_the_key_is_made_for_its_owner_alone(box: SecretBox) -> None:
    before = os.umask(0)
    try:
        box.seal("a secret")
    finally:
        os.umask(before)
    assert box.key_file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in box.key_file.parent.iterdir()] == ["secret.key"]


def test_opening_makes_no_key(box: SecretBox) -> None:
    sealed = box.seal("a secret")
    box.key_file.unlink()
    with pytest.raises(BadSetting, match=r"CDRSTATS_SECRET_KEY_FILE: .*secret\.key is gone"):
        box.open(sealed)
    assert not box.key_file.exists()


def test_another_key_is_told(box: SecretBox) -> None:
    sealed = box.seal("a secret")
    box.key_file.write_bytes(Fernet.generate_key() + b"\n")
    with pytest.raises(BadSetting, match="is not the one by which"):
        box.open(sealed)
    with pytest.raises(BadSetting, match="is not the one by which"):
        box.open(b"no such thing")


def test_what_is_no_key_is_told_and_not_repeated(box: SecretBox) -> None:
    for text in (b"", b"my secret", b"\xff" * 44):
        box.key_file.write_bytes(text)
        with pytest.raises(BadSetting, match="is not a key") as trouble:
            box.seal("a secret")
        assert trouble.value.__cause__ is None
        assert "my secret" not in str(trouble.value)


def test_a_key_that_cannot_be_made_or_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match=r"cannot be made \(No such file or directory\)"):
        SecretBox(tmp_path / "not there" / "secret.key").seal("a secret")
    with pytest.raises(BadSetting, match="cannot be read"):
        SecretBox(tmp_path).open(b"")


def test_the_key_is_never_shown(box: SecretBox) -> None:
    box.seal("a secret")
    assert box.key_file.read_text() not in repr(box)


SEAL = """
import sys
from pathlib import Path
from cdrstats.accounts.secretbox import SecretBox
box = SecretBox(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.read(1)
print(box.seal("a secret").decode())
"""


def test_two_processes_make_one_key(box: SecretBox) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", SEAL, box.key_file],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parent.parent,
        )
        for _ in range(4)
    ]
    for each in processes:
        assert each.stdout is not None
        assert each.stdout.readline() == "ready\n"
    for each in processes:
        assert each.stdin is not None
        each.stdin.write("x")
        each.stdin.flush()
    for each in processes:
        sealed, _ = each.communicate(timeout=60)
        assert box.open(sealed.strip().encode()) == "a secret"


def test_a_key_that_came_meanwhile_stays(box: SecretBox) -> None:
    sealed = box.seal("a secret")
    box._make()
    assert box.open(sealed) == "a secret"
    assert [path.name for path in box.key_file.parent.iterdir()] == ["secret.key"]
