"""Everything an operator may set, read once from the environment.

docs/settings.md lists the variables; tests/test_settings.py holds the two together.
"""

import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from psycopg2 import ProgrammingError
from psycopg2.extensions import parse_dsn
from sqlalchemy import URL

from cdrstats.errors import BadRequest, BadSetting

VARIABLES = (
    "CDRSTATS_ADDRESS",
    "CDRSTATS_ALLOWED_HOSTS",
    "CDRSTATS_COUNTRY",
    "CDRSTATS_DATABASE_URL",
    "CDRSTATS_DEMO",
    "CDRSTATS_KEEP_STAGING",
    "CDRSTATS_LOG_LEVEL",
    "CDRSTATS_MAIL_FROM",
    "CDRSTATS_OIDC_CLIENT_ID",
    "CDRSTATS_OIDC_CLIENT_SECRET",
    "CDRSTATS_OIDC_ISSUER",
    "CDRSTATS_OIDC_NAME",
    "CDRSTATS_OIDC_ROLES",
    "CDRSTATS_PLAIN_HTTP",
    "CDRSTATS_PORT",
    "CDRSTATS_PUBLIC_URL",
    "CDRSTATS_SECRET_KEY_FILE",
    "CDRSTATS_SMTP_HOST",
    "CDRSTATS_SMTP_PASSWORD",
    "CDRSTATS_SMTP_PORT",
    "CDRSTATS_SMTP_SECURITY",
    "CDRSTATS_SMTP_USER",
    "CDRSTATS_TIMEZONE",
    "CDRSTATS_VAR_DIR",
)
"""All there are. Those beginning with CDRSTATS_TEST_ belong to the tests."""

LOG_LEVELS = ("debug", "info", "warning", "error")

OIDC_TOGETHER = (
    "CDRSTATS_OIDC_ISSUER",
    "CDRSTATS_OIDC_CLIENT_ID",
    "CDRSTATS_OIDC_CLIENT_SECRET",
    "CDRSTATS_OIDC_ROLES",
)
"""All of these are needed to sign in by a provider, or none."""

LOOPBACK = ("localhost", "127.0.0.1", "::1")
"""Hosts to which nothing goes over a network, so that TLS is not asked for."""

OIDC_ROLES = ("administrator", "analyst", "finance", "customer")
"""Those of cdrstats.accounts.permissions, which a setting may name."""


@dataclass(frozen=True, slots=True)
class Oidc:
    """The provider of single sign-on, and what its groups mean here."""

    issuer: str  # as the provider writes it in all that it signs
    client_id: str
    client_secret: str = field(repr=False)
    roles: tuple[tuple[str, str], ...]  # group and role; the first that fits decides
    name: str  # on the button


OF_MAIL = tuple(each for each in VARIABLES if re.match("[A-Z]+_(SMTP|MAIL)_", each))
"""None of these makes sense without a server and a sender."""

SMTP_PORTS = {"starttls": "587", "tls": "465", "none": "25"}
"""How the connection to a mail server is made safe, and the usual port of each way."""


@dataclass(frozen=True, slots=True)
class Smtp:
    """The mail server, and whom mails are from."""

    host: str
    port: int
    security: str  # one of SMTP_PORTS
    user: str | None  # None: without a login
    password: str | None = field(repr=False)
    sender: str  # the address
    sender_name: str


@dataclass(frozen=True, slots=True)
class Settings:
    """What an installation was told; see docs/settings.md for each."""

    database_url: str | None  # None: the embedded server
    var_dir: Path  # absolute
    address: str  # loopback, unless plain_http is allowed
    plain_http: bool  # passwords may go over the network as they are typed
    port: int
    public_url: str | None  # what people open, behind a proxy; without a path
    demo: bool
    keep_staging_days: int | None  # None: for ever
    timezone: str  # the zone of new switches
    country: str  # ISO 3166-1 alpha-2, the country of new switches; "": none
    allowed_hosts: tuple[str, ...]  # names, besides the loopback's, that a browser may use;
    # that of public_url is among them
    log_level: str
    secret_key_file: Path  # absolute; what seals the secrets in the database
    oidc: Oidc | None  # None: people sign in by a password alone
    smtp: Smtp | None  # None: no mail is sent

    @property
    def origin(self) -> str:
        """Where the web page listens, such as http://127.0.0.1:8501."""
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"http://{host}:{self.port}"

    @property
    def links_begin(self) -> str:
        """What links begin with that are sent to people."""
        return self.public_url or self.origin


def read_settings(env: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings; a variable that is set to nothing counts as not set.

    Raises:
        BadSetting: a value cannot be used; the message names the variable and what it wants.
    """
    given = {name: env[name].strip() for name in VARIABLES if env.get(name, "").strip()}
    var_dir = _folder(given, "CDRSTATS_VAR_DIR", "var")
    public_url = _web_address(given, "CDRSTATS_PUBLIC_URL")
    return Settings(
        database_url=_database(given, "CDRSTATS_DATABASE_URL"),
        var_dir=var_dir,
        address=_address(given, "CDRSTATS_ADDRESS", "127.0.0.1"),
        plain_http=_switched(given, "CDRSTATS_PLAIN_HTTP", "off"),
        port=_whole(given, "CDRSTATS_PORT", "8501", 1, 65535),
        public_url=public_url,
        demo=_switched(given, "CDRSTATS_DEMO", "on"),
        keep_staging_days=_days(given, "CDRSTATS_KEEP_STAGING"),
        timezone=_zone(given, "CDRSTATS_TIMEZONE", "UTC"),
        country=_country(given, "CDRSTATS_COUNTRY"),
        allowed_hosts=_hosts(given, "CDRSTATS_ALLOWED_HOSTS", public_url),
        log_level=_choice(given, "CDRSTATS_LOG_LEVEL", "info", LOG_LEVELS),
        secret_key_file=_file(given, "CDRSTATS_SECRET_KEY_FILE", var_dir / "secret.key"),
        oidc=_oidc(given),
        smtp=_smtp(given),
    )


def unknown_variables(env: Mapping[str, str] = os.environ) -> list[str]:
    """The CDRSTATS_ variables that mean nothing: most likely slips of the pen."""
    return sorted(
        name
        for name in env
        if name.startswith("CDRSTATS_")
        and not name.startswith("CDRSTATS_TEST_")
        and name not in VARIABLES
    )


def _bad(name: str, value: str, wants: str) -> BadSetting:
    return BadSetting(f"{name}={value!r}: wants {wants}; see docs/settings.md")


def _choice(given: Mapping[str, str], name: str, default: str, choices: tuple[str, ...]) -> str:
    value = given.get(name, default)
    if value.lower() not in choices:
        raise _bad(name, value, " or ".join((", ".join(choices[:-1]), choices[-1])))
    return value.lower()


def _switched(given: Mapping[str, str], name: str, default: str) -> bool:
    return _choice(given, name, default, ("on", "off")) == "on"


def _whole(given: Mapping[str, str], name: str, default: str, least: int, most: int) -> int:
    value = given.get(name, default)
    if not (value.isascii() and value.isdigit() and least <= int(value) <= most):
        raise _bad(name, value, f"a whole number from {least} to {most}")
    return int(value)


def _days(given: Mapping[str, str], name: str) -> int | None:
    if name not in given or given[name].lower() == "forever":
        return None
    value = given[name]
    if not (value.isascii() and value.isdigit() and 0 < int(value) <= 36500):
        raise _bad(name, value, "a number of days, 1 or more, or 'forever'")
    return int(value)


def _zone(given: Mapping[str, str], name: str, default: str) -> str:
    value = given.get(name, default)
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError) as exc:  # OSError: it names a folder of zones
        raise _bad(name, value, "an IANA time zone such as 'Europe/London'") from exc
    return value


def _country(given: Mapping[str, str], name: str) -> str:
    value = given.get(name, "").upper()
    if value:
        from phonenumbers import SUPPORTED_REGIONS  # slow to import, seldom needed

        if value not in SUPPORTED_REGIONS:
            raise _bad(name, given[name], "a country's two letters, such as 'GB'")
    return value


def _address(given: Mapping[str, str], name: str, default: str) -> str:
    value = given.get(name, default)
    if value.lower() == "localhost":
        return default
    try:
        loopback = ipaddress.ip_address(value).is_loopback
    except ValueError as exc:
        raise _bad(name, value, "an address of this machine, such as 127.0.0.1") from exc
    if not (loopback or _switched(given, "CDRSTATS_PLAIN_HTTP", "off")):
        raise _bad(
            name,
            value,
            "a loopback address, with a proxy for TLS in front; CDRSTATS_PLAIN_HTTP=on lets"
            " passwords go over the network as they are typed",
        )
    return value


def _web_address(given: Mapping[str, str], name: str) -> str | None:
    if name not in given:
        return None
    value = given[name].rstrip("/")
    try:
        parts = urlsplit(value)
        known = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:  # no port, or no IPv6 address
        known = None
    if not known or value != f"{parts.scheme}://{parts.netloc}" or "@" in parts.netloc:
        raise _bad(name, given[name], "an address such as https://cdr.example.com")
    return value


def _hosts(given: Mapping[str, str], name: str, public_url: str | None) -> tuple[str, ...]:
    hosts = [part.strip().lower() for part in given.get(name, "").split(",") if part]
    for host in hosts:
        if not host or set(host) & set("/:*?# "):
            raise _bad(name, given[name], "host names, without port, set apart by commas")
    if public_url:
        hosts.append(re.sub(r":\d*$", "", urlsplit(public_url).netloc).lower())
    return tuple(hosts)


def _oidc(given: Mapping[str, str]) -> Oidc | None:
    missing = [name for name in OIDC_TOGETHER if name not in given]
    if missing:
        if given.keys() & {*OIDC_TOGETHER, "CDRSTATS_OIDC_NAME"}:
            # No value is repeated: one of them is a secret.
            raise BadSetting(
                f"{missing[0]} is not set, and single sign-on needs it: it wants all of"
                f" {', '.join(OIDC_TOGETHER)}, or none; see docs/settings.md"
            )
        return None
    issuer, client_id, client_secret, _ = (given[name] for name in OIDC_TOGETHER)
    return Oidc(
        issuer=_issuer(issuer),
        client_id=client_id,
        client_secret=client_secret,
        roles=_roles(given, "CDRSTATS_OIDC_ROLES"),
        name=given.get("CDRSTATS_OIDC_NAME", urlsplit(issuer).hostname or ""),
    )


def _issuer(value: str) -> str:
    wants = "an address such as 'https://login.example.com/realms/staff'"
    try:
        parts = urlsplit(value)
        host = parts.hostname
    except ValueError as exc:
        raise _bad("CDRSTATS_OIDC_ISSUER", value, wants) from exc
    more = parts.query or parts.fragment or parts.username is not None
    if not host or parts.scheme not in ("https", "http") or more or not value.isprintable():
        raise _bad("CDRSTATS_OIDC_ISSUER", value, wants)
    if parts.scheme == "http" and host not in LOOPBACK:
        raise _bad("CDRSTATS_OIDC_ISSUER", value, "https, unless it is on this machine")
    return value


def _roles(given: Mapping[str, str], name: str) -> tuple[tuple[str, str], ...]:
    pairs = []
    for part in given[name].split(";"):
        group, mark, role = (each.strip() for each in part.rpartition("="))
        if not (group and mark) or role not in OIDC_ROLES:
            raise _bad(
                name,
                given[name],
                f"pairs such as 'cdr-admins=administrator; cdr=analyst', with the roles"
                f" {', '.join(OIDC_ROLES)}",
            )
        pairs.append((group, role))
    return tuple(pairs)


def _smtp(given: Mapping[str, str]) -> Smtp | None:
    host, sender = "CDRSTATS_SMTP_HOST", "CDRSTATS_MAIL_FROM"
    if host not in given or sender not in given:
        if given.keys() & {*OF_MAIL}:
            missing = sender if host in given else host
            raise BadSetting(
                f"{missing} is not set, and mail needs both {host} and {sender};"
                " see docs/settings.md"
            )
        return None
    user, password = given.get("CDRSTATS_SMTP_USER"), given.get("CDRSTATS_SMTP_PASSWORD")
    if (user is None) != (password is None):
        raise BadSetting(
            "CDRSTATS_SMTP_USER and CDRSTATS_SMTP_PASSWORD are set together, or neither is;"
            " see docs/settings.md"
        )
    if not re.fullmatch(r"[a-zA-Z0-9.-]+|[0-9a-fA-F:]+", given[host]):
        raise _bad(host, given[host], "a name such as 'smtp.example.com', without port")
    security = _choice(given, "CDRSTATS_SMTP_SECURITY", "starttls", tuple(SMTP_PORTS))
    if security == "none" and user and given[host] not in LOOPBACK:
        raise _bad(
            "CDRSTATS_SMTP_SECURITY",
            security,
            "starttls or tls where there is a password, unless the server is on this machine",
        )
    address, name = _sender(given[sender], sender)
    port = _whole(given, "CDRSTATS_SMTP_PORT", SMTP_PORTS[security], 1, 65535)
    return Smtp(given[host], port, security, user, password, address, name)


def _sender(value: str, variable: str) -> tuple[str, str]:
    """The address and the name of whom mails are from."""
    from cdrstats.addresses import parsed  # slow to import, seldom needed

    try:
        found = parsed(value, named=True)
    except BadRequest as exc:
        wants = "an address such as 'CDR-Stats <cdr@example.com>'"
        raise _bad(variable, value, wants) from exc
    return found.ascii_email or "", found.display_name or "CDR-Stats"


def _folder(given: Mapping[str, str], name: str, default: str) -> Path:
    path = Path(given.get(name, default)).expanduser().absolute()
    taken = next((part for part in (path, *path.parents) if os.path.exists(part)), path)
    if not os.path.isdir(taken):
        raise _bad(name, given.get(name, default), f"a folder, and {taken} is a file")
    return path


def _file(given: Mapping[str, str], name: str, default: Path) -> Path:
    path = Path(given[name]).expanduser().absolute() if name in given else default
    if path.is_dir():
        raise _bad(name, str(path), "a file, and this is a folder")
    return path


def _database(given: Mapping[str, str], name: str) -> str | None:
    """The URL in the one form that libpq, psql and SQLAlchemy all read; None if not set."""
    if name not in given:
        return None
    scheme, mark, rest = given[name].partition("://")
    wants = "a URL such as postgresql://user:password@host:5432/database"
    # The value is not repeated in these messages: it may hold a password.
    if not mark or scheme not in ("postgres", "postgresql", "postgresql+psycopg2"):
        raise BadSetting(f"{name}: wants {wants}; see docs/settings.md")
    try:
        parts = parse_dsn(f"postgresql://{rest}")
    except ProgrammingError as exc:
        raise BadSetting(f"{name}: wants {wants}; see docs/settings.md") from exc
    if not parts.get("port", "0").replace(",", "").isdigit():
        raise BadSetting(f"{name}: its port is not a number; see docs/settings.md")
    user, password = parts.pop("user", None), parts.pop("password", None)
    host, port = parts.pop("host", None), parts.pop("port", None)
    database = parts.pop("dbname", None)
    # Sockets and several hosts are written as parameters: only there do all three read them.
    if host is None or "/" in host or "," in host:
        parts |= {key: text for key, text in (("host", host), ("port", port)) if text}
        host = port = None
    url = URL.create(
        "postgresql", user, password, host, int(port) if port else None, database, parts
    )
    return url.render_as_string(hide_password=False)
