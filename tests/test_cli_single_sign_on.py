"""Single sign-on by the command line: who is linked, and whether the provider answers."""

from getpass import getuser

import pytest
from sqlalchemy import Engine

from cdrstats.accounts import audit, people
from cdrstats.accounts.provider import _trusted

from .commands import rows, run
from .signing_provider import CLIENT, SECRET, signing_provider

pytestmark = pytest.mark.usefixtures("named_database")


def name_provider(monkeypatch: pytest.MonkeyPatch, issuer: str) -> None:
    monkeypatch.setenv("CDRSTATS_OIDC_ISSUER", issuer)
    monkeypatch.setenv("CDRSTATS_OIDC_CLIENT_ID", CLIENT)
    monkeypatch.setenv("CDRSTATS_OIDC_CLIENT_SECRET", SECRET)
    monkeypatch.setenv("CDRSTATS_OIDC_ROLES", "cdr=analyst")


def test_a_person_is_linked_and_unlinked(
    monkeypatch: pytest.MonkeyPatch, fresh_engine: Engine
) -> None:
    rows("user", "add", "ana", "--role", "analyst")
    refused = run("user", "known-as", "ana", "7")
    assert refused.exit_code == 2
    assert "There is no single sign-on" in refused.stderr
    name_provider(monkeypatch, "https://login.lan")
    (linked,) = rows("user", "known-as", "ana", "7")
    assert (linked["oidc_issuer"], linked["oidc_subject"]) == ("https://login.lan", "7")
    with fresh_engine.connect() as conn:
        found = people.known_by(conn, "https://login.lan", "7")
        assert found is not None
        assert found.name == "ana"
        line = audit.search(conn, action="link person")[0]
        assert (line.who, line.object) == (f"cli:{getuser()}", "ana")
    (unlinked,) = rows("user", "known-as", "ana", "")
    assert unlinked["oidc_subject"] is None


def test_doctor_tells_whether_the_provider_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "single sign-on" not in run("doctor").stdout
    with signing_provider() as provider:
        name_provider(monkeypatch, provider.issuer)
        assert f"{provider.issuer} answers" in run("doctor").stdout
        provider.metadata["issuer"] = "https://another.lan"
        assert "it calls itself 'https://another.lan'" in run("doctor").stdout
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/ca.crt")
    _trusted.cache_clear()
    told = "the file that SSL_CERT_FILE names cannot be used: No such file or directory"
    assert f"{provider.issuer}: {told}" in run("doctor").stdout
    monkeypatch.delenv("SSL_CERT_FILE")
    done = run("doctor")
    assert done.exit_code == 1
    assert f"{provider.issuer}: it cannot be reached (ConnectError)" in done.stdout
    assert SECRET not in done.output
