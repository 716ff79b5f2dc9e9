"""The settings: each read, each refused with its name, and all in docs/settings.md."""

import dataclasses
import re
from pathlib import Path

import pytest
from sqlalchemy import make_url

from cdrstats.accounts.permissions import ROLES
from cdrstats.errors import BadSetting
from cdrstats.settings import (
    OIDC_ROLES,
    VARIABLES,
    Settings,
    Smtp,
    read_settings,
    unknown_variables,
)

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "settings.md").read_text("utf-8")


def test_without_variables_there_is_an_installation_in_var() -> None:
    settings = read_settings({})

    assert settings == Settings(
        database_url=None,
        var_dir=Path.cwd() / "var",
        address="127.0.0.1",
        plain_http=False,
        port=8501,
        public_url=None,
        demo=True,
        keep_staging_days=None,
        timezone="UTC",
        country="",
        allowed_hosts=(),
        log_level="info",
        secret_key_file=Path.cwd() / "var" / "secret.key",
        oidc=None,
        smtp=None,
    )
    assert settings.origin == "http://127.0.0.1:8501"


def test_the_key_stays_with_the_data() -> None:
    settings = read_settings({"CDRSTATS_VAR_DIR": "/tmp/elsewhere"})
    assert settings.secret_key_file == Path("/tmp/elsewhere/secret.key")


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        read_settings({}).port = 1  # type: ignore[misc]


@pytest.mark.parametrize(
    ("name", "value", "field", "wanted"),
    [
        ("ADDRESS", "::1", "address", "::1"),
        ("ADDRESS", "localhost", "address", "127.0.0.1"),
        ("ALLOWED_HOSTS", "cdr.lan, Stats ", "allowed_hosts", ("cdr.lan", "stats")),
        ("COUNTRY", "gb", "country", "GB"),
        ("DEMO", "OFF", "demo", False),
        ("KEEP_STAGING", "90", "keep_staging_days", 90),
        ("KEEP_STAGING", "forever", "keep_staging_days", None),
        ("KEEP_STAGING", " ", "keep_staging_days", None),
        ("LOG_LEVEL", "debug", "log_level", "debug"),
        ("PLAIN_HTTP", "on", "plain_http", True),
        ("PORT", "9000", "port", 9000),
        ("PUBLIC_URL", "https://CDR.lan:8443/", "public_url", "https://CDR.lan:8443"),
        ("PUBLIC_URL", "https://CDR.lan:8443", "allowed_hosts", ("cdr.lan",)),
        ("PUBLIC_URL", "http://[2001:db8::7]:80", "allowed_hosts", ("[2001:db8::7]",)),
        ("PUBLIC_URL", "http://[::1]", "public_url", "http://[::1]"),
        ("SECRET_KEY_FILE", "/run/key", "secret_key_file", Path("/run/key")),
        ("TIMEZONE", "Asia/Kathmandu", "timezone", "Asia/Kathmandu"),
        ("VAR_DIR", "/tmp/elsewhere", "var_dir", Path("/tmp/elsewhere")),
    ],
)
def test_a_value_is_read(name: str, value: str, field: str, wanted: object) -> None:
    assert getattr(read_settings({f"CDRSTATS_{name}": value}), field) == wanted


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ADDRESS", "0.0.0.0"),
        ("ADDRESS", "192.0.2.7"),
        ("ADDRESS", "here"),
        ("ALLOWED_HOSTS", "http://cdr.lan"),
        ("ALLOWED_HOSTS", "cdr.lan, ,b"),
        ("COUNTRY", "ZZ"),
        ("DATABASE_URL", "mysql://root@localhost/db"),
        ("DATABASE_URL", "postgresql://host:port/db"),
        ("DATABASE_URL", "nonsense"),
        ("DEMO", "maybe"),
        ("KEEP_STAGING", "-1"),
        ("KEEP_STAGING", "0"),
        ("KEEP_STAGING", "a while"),
        ("LOG_LEVEL", "loud"),
        ("PLAIN_HTTP", "yes"),
        ("PORT", "http"),
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PUBLIC_URL", "cdr.example.com"),
        ("PUBLIC_URL", "ftp://cdr.example.com"),
        ("PUBLIC_URL", "https://cdr.example.com/stats"),
        ("PUBLIC_URL", "https://cdr.example.com?a=b"),
        ("PUBLIC_URL", "https://cdr.example.com:port"),
        ("PUBLIC_URL", "https://me:secret@cdr.example.com"),
        ("PUBLIC_URL", "https://"),
        ("SECRET_KEY_FILE", "/"),
        ("TIMEZONE", "Mars/Olympus"),
        ("TIMEZONE", "Europe"),
        ("TIMEZONE", "../etc/passwd"),
        ("VAR_DIR", __file__),
        ("VAR_DIR", f"{__file__}/var"),
    ],
)
def test_a_wrong_value_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(BadSetting, match=f"^CDRSTATS_{name}.*(wants|is not)"):
        read_settings({f"CDRSTATS_{name}": value})


def test_it_listens_beyond_this_machine_only_if_told_to() -> None:
    given = {"CDRSTATS_ADDRESS": "192.0.2.7", "CDRSTATS_PLAIN_HTTP": "on"}
    assert read_settings(given).origin == "http://192.0.2.7:8501"


def test_links_begin_with_what_people_open() -> None:
    assert read_settings({}).links_begin == "http://127.0.0.1:8501"
    behind = read_settings({"CDRSTATS_PUBLIC_URL": "https://cdr.example.com"})
    assert behind.links_begin == "https://cdr.example.com"
    assert behind.origin == "http://127.0.0.1:8501"


def test_a_password_is_not_repeated() -> None:
    with pytest.raises(BadSetting) as trouble:
        read_settings({"CDRSTATS_DATABASE_URL": "mysql://me:secret@host/db"})
    assert "secret" not in str(trouble.value)


OIDC = {
    "CDRSTATS_OIDC_ISSUER": "https://login.lan/realms/staff",
    "CDRSTATS_OIDC_CLIENT_ID": "cdrstats",
    "CDRSTATS_OIDC_CLIENT_SECRET": "very secret",
    "CDRSTATS_OIDC_ROLES": "CN=Admins,OU=CDR=administrator; /cdr = analyst",
}


def test_a_provider_of_single_sign_on_is_read() -> None:
    oidc = read_settings(OIDC).oidc
    assert oidc is not None
    assert (oidc.issuer, oidc.client_id) == ("https://login.lan/realms/staff", "cdrstats")
    assert oidc.client_secret == "very secret"
    assert oidc.roles == (("CN=Admins,OU=CDR", "administrator"), ("/cdr", "analyst"))
    assert oidc.name == "login.lan"
    named = read_settings({**OIDC, "CDRSTATS_OIDC_NAME": "Our login"}).oidc
    assert named is not None
    assert named.name == "Our login"
    assert "very secret" not in repr(read_settings(OIDC))


MAIL = {
    "CDRSTATS_SMTP_HOST": "smtp.example.com",
    "CDRSTATS_MAIL_FROM": "cdr@example.com",
    "CDRSTATS_SMTP_USER": "cdr",
    "CDRSTATS_SMTP_PASSWORD": "very secret",
}


def test_a_mail_server_is_read() -> None:
    smtp = read_settings(MAIL).smtp
    assert smtp == Smtp(
        *("smtp.example.com", 587, "starttls", "cdr", "very secret"),
        *("cdr@example.com", "CDR-Stats"),
    )
    assert "very secret" not in repr(read_settings(MAIL))
    named = read_settings({**MAIL, "CDRSTATS_MAIL_FROM": '"Calls, all" <cdr@EXAMPLE.com>'})
    assert named.smtp is not None
    assert (named.smtp.sender, named.smtp.sender_name) == ("cdr@example.com", "Calls, all")


@pytest.mark.parametrize(("security", "port"), [("TLS", 465), ("starttls", 587)])
def test_a_mail_server_has_the_usual_port(security: str, port: int) -> None:
    smtp = read_settings({**MAIL, "CDRSTATS_SMTP_SECURITY": security}).smtp
    assert smtp is not None
    assert smtp.port == port


@pytest.mark.parametrize("missing", MAIL)
def test_mail_needs_settings_that_belong_together(missing: str) -> None:
    given = {name: value for name, value in MAIL.items() if name != missing}
    with pytest.raises(BadSetting, match=missing) as trouble:
        read_settings(given)
    assert "very secret" not in str(trouble.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MAIL_FROM", "cdr"),
        ("MAIL_FROM", "cdr@example.com, eve@example.com"),
        ("MAIL_FROM", "A\r\nBcc: eve@example.com <cdr@example.com>"),
        ("SMTP_HOST", "smtp.example.com:25"),
        ("SMTP_HOST", "smtp://smtp.example.com"),
        ("SMTP_PORT", "0"),
        ("SMTP_SECURITY", "ssl"),
        ("SMTP_SECURITY", "none"),  # with a password, over the network
    ],
)
def test_a_wrong_value_of_mail_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(BadSetting, match=f"^CDRSTATS_{name}=.* wants"):
        read_settings({**MAIL, f"CDRSTATS_{name}": value})


def test_a_setting_may_name_every_role() -> None:
    assert tuple(ROLES) == OIDC_ROLES


@pytest.mark.parametrize("missing", OIDC)
def test_single_sign_on_needs_all_of_its_settings(missing: str) -> None:
    given = {name: value for name, value in OIDC.items() if name != missing}
    with pytest.raises(BadSetting, match=f"^{missing} is not set") as trouble:
        read_settings(given)
    assert "very secret" not in str(trouble.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ISSUER", "login.lan"),
        ("ISSUER", "http://login.lan"),
        ("ISSUER", "https://login.lan?realm=staff"),
        ("ISSUER", "https://me:secret@login.lan"),
        ("ISSUER", "https://[login.lan"),
        ("ROLES", "administrator"),
        ("ROLES", "cdr=boss"),
        ("ROLES", "=analyst"),
        ("ROLES", "cdr=analyst;"),
    ],
)
def test_a_wrong_value_of_single_sign_on_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(BadSetting, match=f"^CDRSTATS_OIDC_{name}=.* wants"):
        read_settings({**OIDC, f"CDRSTATS_OIDC_{name}": value})


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("postgres://me:p%40ss@db:5433/cdr", "postgresql://me:p%40ss@db:5433/cdr"),
        ("postgresql+psycopg2://me@db/cdr", "postgresql://me@db/cdr"),
        ("postgresql:///cdr?host=/run/pg", "postgresql:///cdr?host=%2Frun%2Fpg"),
        ("postgresql://%2Frun%2Fpg/cdr", "postgresql:///cdr?host=%2Frun%2Fpg"),
        ("postgresql://[::1]:5/cdr", "postgresql://[::1]:5/cdr"),
        ("postgresql://a:1,b:2/cdr", "postgresql:///cdr?host=a%2Cb&port=1%2C2"),
        ("postgresql://db/cdr?sslmode=require", "postgresql://db/cdr?sslmode=require"),
    ],
)
def test_a_database_is_named_as_libpq_does(given: str, wanted: str) -> None:
    url = read_settings({"CDRSTATS_DATABASE_URL": given}).database_url
    assert url == wanted

    asked = make_url(wanted).set(drivername="postgresql+psycopg2")
    _, connect = asked.get_dialect()().create_connect_args(asked)
    assert connect["dbname"] == "cdr"
    assert connect.get("host", "").strip("[]") in ("db", "/run/pg", "::1", "a,b")


def test_a_slip_of_the_pen_is_noticed() -> None:
    env = {"CDRSTATS_PROT": "1", "CDRSTATS_PORT": "1", "CDRSTATS_TEST_POSTGRES": "16"}
    assert unknown_variables(env) == ["CDRSTATS_PROT"]


def test_the_page_lists_every_variable_and_no_other() -> None:
    rows = re.findall(r"^\| `(CDRSTATS_[A-Z_]+)` \|", PAGE, re.MULTILINE)
    assert rows == sorted(VARIABLES)


def test_no_other_variable_is_read_anywhere() -> None:
    """A variable that bypasses the settings would bypass their page and their checks."""
    for folder in ("cdrstats", "jobs", "pages"):
        for path in (ROOT / folder).rglob("*.py"):
            named = set(re.findall(r"CDRSTATS_[A-Z]+(?:_[A-Z]+)*", path.read_text("utf-8")))
            assert named <= {*VARIABLES, "CDRSTATS_TEST"}, path


def test_only_the_settings_read_the_environment() -> None:
    readers = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "cdrstats").rglob("*.py")
        if re.search(r"os\.environ|getenv", path.read_text("utf-8"))
    }
    # These hand the environment on to a program that they start.
    handing_on = {"cdrstats/cli/children.py", "cdrstats/db/programs.py"}
    assert readers <= {"cdrstats/settings.py", "cdrstats/db/embedded/account.py"} | handing_on
