"""`switch`: the switches, and how their numbers and stamps are read."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import click
from sqlalchemy import Connection

from cdrstats import sheets, switches
from cdrstats.cli.common import database, json_option, noting, report, say
from cdrstats.numbers import iso2_of
from cdrstats.settings import read_settings
from cdrstats.switches import SWITCHES, keys

NOT_YET = (
    "Calls already imported keep their old reading until `python -m cdrstats start-over`, or,"
    " for this switch alone, `UPDATE cdr_import SET imported = false WHERE switch = ...` in"
    " `db shell`."
)


def _list_of_prefixes(
    ctx: click.Context, param: click.Parameter, value: str | None
) -> list[str] | None:
    return None if value is None else [part.strip() for part in value.split(",")]


def _prefixes(name: str, text: str) -> Callable[..., Any]:
    return click.option(
        name, metavar="PREFIX[,PREFIX...]", callback=_list_of_prefixes, help=text
    )


@click.group()
def switch() -> None:
    """The switches, and how their numbers and stamps are read."""


@switch.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List the switches and their rules."""
    with database("switch") as engine, engine.connect() as conn:
        _report(switches.list_switches(conn), as_json)


@switch.command()
@click.argument("name")
@click.option("--timezone", metavar="ZONE", help="IANA zone of its stamps.")
@click.option("--country", metavar="ISO2", help="Where it stands: GB, US, ...")
@json_option
def add(name: str, timezone: str | None, country: str | None, as_json: bool) -> None:
    """Add a switch before its first record comes, which adds it otherwise."""
    settings = read_settings()
    zone = settings.timezone if timezone is None else timezone
    home = settings.country if country is None else country
    with _changing(name) as conn:
        added = switches.add(conn, name, zone, home)
    _report([added], as_json)


@switch.command("set")
@click.argument("name")
@click.option("--timezone", metavar="ZONE", help="IANA zone of stamps that carry none.")
@click.option("--country", metavar="ISO2", help="Where it stands; brings that country's rules.")
@click.option("--calling-code", metavar="DIGITS", help="Put before a national number.")
@_prefixes("--international", "What begins an international number.")
@_prefixes("--trunk", "Taken off a national number.")
@_prefixes("--strip", "Taken off first, such as an outside line's 9.")
@click.option("--extension-digits", type=int, help="Numbers up to this long are internal.")
@click.option("--national-min", type=int, help="Digits of the shortest national number.")
@click.option("--national-max", type=int, help="Digits of the longest national number.")
@json_option
def set_(
    name: str,
    timezone: str | None,
    country: str | None,
    calling_code: str | None,
    international: list[str] | None,
    trunk: list[str] | None,
    strip: list[str] | None,
    extension_digits: int | None,
    national_min: int | None,
    national_max: int | None,
    as_json: bool,
) -> None:
    """Change how the switch NAME is read. A list of prefixes replaces the old one."""
    with _changing(name) as conn:
        changed = switches.change(
            conn,
            name,
            timezone=timezone,
            country=country,
            calling_code=calling_code,
            international_prefixes=international,
            trunk_prefixes=trunk,
            strip_prefixes=strip,
            extension_digits=extension_digits,
            national_min_digits=national_min,
            national_max_digits=national_max,
        )
    say(NOT_YET)
    _report([changed], as_json)


@switch.command()
@click.argument("name")
@click.argument("new_name")
@json_option
def rename(name: str, new_name: str, as_json: bool) -> None:
    """Call the switch NAME otherwise; records may go on saying NAME."""
    with _changing(name, new_name) as conn:
        changed = switches.change(conn, name, new_name=new_name)
    _report([changed], as_json)


@switch.command()
@click.argument("name")
@click.argument("addresses", nargs=-1, required=True)
@json_option
def address(name: str, addresses: tuple[str, ...], as_json: bool) -> None:
    """Let records that say one of ADDRESSES belong to the switch NAME."""
    with _changing(name) as conn:
        for each in addresses:
            changed = switches.add_address(conn, name, each)
    _report([changed], as_json)


@switch.command()
@click.argument("name")
@click.argument("key_name")
@json_option
def key(name: str, key_name: str, as_json: bool) -> None:
    """Make a key KEY_NAME by which the switch NAME pushes its records, and print it."""
    with database("switch") as engine, engine.begin() as conn:
        made = keys.make(conn, name, key_name, datetime.now(UTC), noting(conn))
    say("It is shown once: whoever has it can send records as the switch.")
    report([{"switch": name, "name": key_name.strip(), "key": made}], as_json)


@switch.command("keys")
@json_option
def keys_(as_json: bool) -> None:
    """List the keys there are, and when each was last used."""
    with database("switch") as engine, engine.connect() as conn:
        report([asdict(each) for each in keys.keys_of(conn)], as_json)


@switch.command("revoke-key")
@click.argument("name")
@click.argument("key_name")
@json_option
def revoke_key(name: str, key_name: str, as_json: bool) -> None:
    """Take no more records by the key KEY_NAME of the switch NAME."""
    with database("switch") as engine, engine.begin() as conn:
        keys.revoke(conn, name, key_name, noting(conn))
    report([{"switch": name, "name": key_name.strip()}], as_json)


@contextmanager
def _changing(name: str, new_name: str | None = None) -> Iterator[Connection]:
    """A transaction that tells the audit what becomes of a switch, by any of its names."""
    with database("switch") as engine, engine.begin() as conn:
        found = switches.find(conn, name)
        key = found.name if found else name.strip()
        with sheets.telling(conn, SWITCHES, key, noting(conn), new_name):
            yield conn


def _report(found: list[switches.Switch], as_json: bool) -> None:
    rows = [_row(each) for each in found]
    if not as_json:
        rows = [
            {
                key: ", ".join(value) if isinstance(value, list) else value
                for key, value in r.items()
            }
            for r in rows
        ]
    report(rows, as_json)


def _row(found: switches.Switch) -> dict[str, Any]:
    rules = {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in asdict(found.rules).items()
        if key != "country_id"
    }
    return {
        "id": found.id,
        "name": found.name,
        "cdr_source_type": found.cdr_source_type,
        "timezone": found.timezone,
        "country": iso2_of(found.rules.country_id),
        **rules,
        "addresses": list(found.addresses),
    }
