"""The way of a mail, walked step by step: which step fails, why, and what to look at."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from cdrstats.mail import line

from .commands import rows, run
from .mail_server import PASSWORD, USER, MailServer, mail_server


@pytest.fixture(scope="module")
def with_login(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailServer]:
    with mail_server(tmp_path_factory.mktemp("mail") / "server", "--login") as found:
        yield found


@pytest.fixture(scope="module")
def with_tls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailServer]:
    with mail_server(tmp_path_factory.mktemp("mail") / "server", "--starttls") as found:
        yield found


@pytest.fixture
def walked(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Walks the way with these settings, and answers what failed after what was done."""

    def walk(
        taker: MailServer, to: str = "ana@example.com", **given: str
    ) -> tuple[list[str], dict[str, Any] | None]:
        for name, value in taker.variables(**given).items():
            monkeypatch.setenv(name, value)
        done = run("mail", "debug", "--to", to, "--json")
        found = json.loads(done.stdout)
        assert PASSWORD not in done.stdout + done.stderr
        failed = [each for each in found if not each["done"]]
        assert done.exit_code == bool(failed)
        assert failed in ([], found[-1:])
        good = [each["step"] for each in found if each["done"]]
        assert not any(each["advice"] for each in found if each["done"])
        return good, failed[0] if failed else None

    return walk


LOGIN = {"USER": USER, "PASSWORD": PASSWORD}


def test_all_steps_are_done(walked: Any, with_login: MailServer) -> None:
    good, failed = walked(with_login, **LOGIN)
    assert good == ["name resolution", "connection", "TLS", "login", "delivery"]
    assert failed is None
    assert with_login.taken()[-1]["headers"]["Subject"] == "Test mail of CDR-Stats"
    taken = len(with_login.taken())
    assert [each["step"] for each in rows("mail", "debug")] == good[:-1]
    assert len(with_login.taken()) == taken


@pytest.mark.parametrize(
    ("given", "step", "why", "advice"),
    [
        ({"HOST": "nowhere.invalid"}, "name resolution", "Nobody knows", "SMTP_HOST"),
        ({"PORT": "9"}, "connection", "port 9: Connection refused", "SMTP_PORT"),
        ({"SECURITY": "tls"}, "TLS", "speaks no TLS", "SMTP_SECURITY"),
        ({"SECURITY": "starttls"}, "TLS", "STARTTLS", "SMTP_SECURITY"),
        (LOGIN | {"PASSWORD": "wrong"}, "login", "535 5.7.8", "SMTP_PASSWORD"),
        ({}, "delivery", "530", "MAIL_FROM"),  # it wants a login, and none is set
    ],
)
def test_the_step_that_fails_says_why_and_what_to_look_at(
    walked: Any,
    with_login: MailServer,
    given: dict[str, str],
    step: str,
    why: str,
    advice: str,
) -> None:
    good, failed = walked(with_login, **given)
    assert failed is not None
    assert (failed["step"], step not in good) == (step, True)
    assert why in failed["detail"]
    assert advice in failed["advice"]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("nobody", "refuses the recipient: 550 5.1.1 No such mailbox"),
        ("spam", "refuses the mail: 554"),
        ("drop", "hung up"),
        ("hang", "does not answer within 1 s"),
    ],
)
def test_a_delivery_that_fails_says_why(
    walked: Any, with_login: MailServer, monkeypatch: pytest.MonkeyPatch, name: str, why: str
) -> None:
    monkeypatch.setattr(line, "TIMEOUT_S", 1.0)
    good, failed = walked(with_login, f"{name}@example.com", **LOGIN)
    assert good[-1] == "login"
    assert why in failed["detail"]


def test_a_certificate_is_refused_or_told(
    walked: Any, with_tls: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, failed = walked(with_tls, SECURITY="starttls")
    assert (good, failed["step"]) == (["name resolution", "connection"], "TLS")
    assert failed["detail"] == ("The server's certificate is refused: self-signed certificate.")
    monkeypatch.setenv("SSL_CERT_FILE", str(with_tls.certificate))
    good, failed = walked(with_tls, SECURITY="starttls", HOST="localhost")
    assert "not valid for 'localhost'" in failed["detail"]
    good, failed = walked(with_tls, SECURITY="starttls")
    assert failed is None
    assert good[-1] == "delivery"


@pytest.mark.usefixtures("named_database")
def test_doctor_tells_whether_the_server_lets_us_in(
    with_login: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "lets us in" not in run("doctor").stdout
    for name, value in with_login.variables(**LOGIN).items():
        monkeypatch.setenv(name, value)
    assert "127.0.0.1 lets us in" in run("doctor").stdout
    monkeypatch.setenv("CDRSTATS_SMTP_PASSWORD", "wrong")
    assert "535 5.7.8" in run("doctor").stdout


def test_without_a_server_the_command_says_so() -> None:
    done = run("mail", "debug")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith("Mail is off: no mail server is set.")


def test_an_address_that_is_none_is_told_first() -> None:
    done = run("mail", "debug", "--to", "junk")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "'junk' is no mail address. An email address must have an @-sign." in done.stderr
