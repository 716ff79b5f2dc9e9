"""Signing in by a provider: who is known by it, who is new, and who is refused."""

from dataclasses import replace
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from cdrstats.accounts import administration, audit, people, refusals, sessions
from cdrstats.accounts.administration import facts_of
from cdrstats.accounts.claims import Vouched, role_of
from cdrstats.accounts.groups import list_groups
from cdrstats.accounts.people import Person
from cdrstats.accounts.permissions import CUSTOMER
from cdrstats.accounts.refusals import NOBODY
from cdrstats.accounts.rules import checked_name
from cdrstats.accounts.signing_in import FAIL, SIGN_IN, Refused, SignedIn
from cdrstats.db.engine import lock
from cdrstats.errors import BadRequest
from cdrstats.settings import Oidc


class _Wrong(Exception):
    """Why somebody is not let in: a sentence for them, and a word for the audit."""

    def __init__(self, sentence: str, word: str) -> None:
        super().__init__(sentence)
        self.sentence, self.word = sentence, word


def sign_in(
    conn: Connection, told: Oidc, who: Vouched, address: str, agent: str, now: datetime
) -> SignedIn | Refused:
    """Let in somebody for whom the provider vouches, or not; commit whatever comes back.

    1. Their groups at the provider give a role, else they are refused.
    2. Whoever is known by the provider's subject is that person. Somebody new gets an account
       under the name that they have there, unless somebody here has it already: whoever runs
       the provider, or names themselves there, does not become an administrator of here.
    3. Role and groups become what the provider says.

    Args:
        address: the browser's, as the server sees it.
    """
    lock(conn, "people")
    found = people.known_by(conn, who.issuer, who.subject)
    name = found.name if found else NOBODY
    note = partial(
        audit.note, conn, name, person_id=found.id if found else None, address=address
    )
    try:
        role = _role(told, who)
        held = found or _newcomer(conn, told, who, role, address)
        person = _following(conn, told, held, who, role, address)
    except _Wrong as exc:
        detail = {"by": told.name, "wrong": exc.word, "subject": who.subject, "name": who.name}
        note(FAIL, detail=detail)
        return Refused(exc.sentence, 0)
    people.lock_account(conn, person.name)
    token = sessions.open_session(conn, person.id, "oidc", address, agent, now)
    by = {"by": told.name}
    audit.note(conn, person.name, SIGN_IN, person_id=person.id, address=address, detail=by)
    return SignedIn(token, person)


def refuse(conn: Connection, told: Oidc, wrong: str, address: str, now: datetime) -> None:
    """Tell the audit that somebody unknown was not let in, and why."""
    refusals.tell(conn, FAIL, wrong, address, now, more={"by": told.name})


def _role(told: Oidc, who: Vouched) -> str:
    if who.groups is None:
        raise _Wrong(
            f"{told.name} does not tell which groups you are in, so that it is not known what"
            " you may do here: ask an administrator.",
            "no groups told",
        )
    role = role_of(who.groups, told.roles)
    if role is None:
        raise _Wrong(
            f"None of your groups at {told.name} may use CDR-Stats: ask an administrator.",
            "no group with a role",
        )
    return role


def _newcomer(conn: Connection, told: Oidc, who: Vouched, role: str, address: str) -> Person:
    try:
        name = checked_name(who.name)
    except BadRequest as exc:
        raise _Wrong(
            f"Your name at {told.name} cannot be a login name here: ask an administrator to"
            " add you, and to link your account.",
            "name",
        ) from exc
    if people.is_taken(conn, name):
        raise _Wrong(
            f"There is an account {name!r} here already, and nobody has said yet that it is"
            f" yours: ask an administrator to link it to {told.name}.",
            "name is taken",
        )
    added = people.add(conn, name, role)
    people.know_as(conn, name, who.issuer, who.subject)
    described = _described(conn, added, who)
    detail = {"role": role, "by": told.name, "subject": who.subject}
    audit.note(
        *(conn, name, "add person", name), person_id=added.id, address=address, detail=detail
    )
    return described


def _described(conn: Connection, added: Person, who: Vouched) -> Person:
    """The person with the provider's full name and mail address, where they make sense."""
    for email in (who.email, ""):
        for full_name in (who.full_name, ""):
            try:
                return people.describe(conn, added.name, full_name, email)
            except BadRequest:
                continue
    return added


def _following(
    conn: Connection, told: Oidc, found: Person, who: Vouched, role: str, address: str
) -> Person:
    """The person with role and groups as the provider says; other groups stay."""
    if found.disabled_at:
        raise _Wrong(people.DISABLED, "disabled")
    held: set[str] = set(found.groups)
    for group in list_groups(conn):
        if group.oidc_group:
            held -= {group.name}
            held |= {group.name} if group.oidc_group in (who.groups or ()) else set()
    facts = replace(facts_of(found), role=role, groups=tuple(sorted(held)))
    if role != CUSTOMER:
        facts = replace(facts, customers=())
    note = partial(audit.note, conn, found.name, person_id=found.id, address=address)
    try:
        return administration.change(conn, found.name, facts, note)
    except BadRequest as exc:
        raise _Wrong(
            f"{told.name} says that you are no administrator any more, and you are the last"
            " one here: make another one first, or have it changed there.",
            "last administrator",
        ) from exc
