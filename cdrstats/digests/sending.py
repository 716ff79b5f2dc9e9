"""The digests that are due: each queued in the transaction that notes its period as sent."""

import logging
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection, Engine, select, update

from cdrstats import notices
from cdrstats.accounts import Scope, Viewer, owning
from cdrstats.accounts.isolation import confine
from cdrstats.accounts.looking import viewer_of_person
from cdrstats.accounts.secretbox import SecretBox
from cdrstats.aggregates.draining import drain
from cdrstats.clock import Window
from cdrstats.db.engine import snapshot
from cdrstats.db.limits import TookTooLong
from cdrstats.db.schema import digest as kept
from cdrstats.digests.attaching import TooHeavy, files_of
from cdrstats.digests.contents import Contents, read
from cdrstats.digests.language import LANGUAGES
from cdrstats.digests.leaving import path_for
from cdrstats.digests.letter import blocks_of, letter_of
from cdrstats.digests.rules import Digest, check, due, latest
from cdrstats.digests.store import COLUMNS, Stored, name_of_owner, scope_of
from cdrstats.errors import BadRequest
from cdrstats.mail import OFF, Letter, queue
from cdrstats.mail.paper import Block, Words
from cdrstats.mail.rules import File
from cdrstats.notices import Notice
from cdrstats.settings import Settings

log = logging.getLogger(__name__)

OURS = "It cannot be made at the moment; the log of the jobs says why."
"""What its owner is told of a trouble that is none of theirs."""


def send_due(
    engine: Engine, settings: Settings, now: datetime, stop: Callable[[], bool] = lambda: False
) -> int:
    """Queue the digests that are due at `now`; return how many were decided on.

    What has come in is counted first. One that cannot be made keeps the reason in `trouble` and
    is tried again, and the others go on. While mail is off, nothing is.

    Args:
        stop: asked between transactions; true: leave the rest for another time.
    """
    if settings.smtp is None:
        return 0
    with engine.connect() as conn:
        active = select(*COLUMNS).where(kept.c.active).order_by(kept.c.id)
        known = [Stored(**row._asdict()) for row in conn.execute(active)]
    waiting = [each.id for each in known if each.trouble or _period_due(each, now)]
    if not waiting:
        return 0
    drain(engine, stop)
    done = 0
    for digest_id in waiting:
        if stop():
            break
        try:
            done += _send_one(engine, settings, digest_id, now)
        except (BadRequest, TookTooLong) as exc:
            _note_trouble(engine, digest_id, str(exc), now)
        except Exception:  # whatever is wrong with one, the others go on
            log.exception("digest=%s", digest_id)
            _note_trouble(engine, digest_id, OURS, now)
    return done


def _period_due(stored: Stored, now: datetime) -> Window | None:
    try:
        return due(stored.digest, stored.since, stored.sent_until, now)
    except BadRequest:  # told where it is sent
        return None


def _send_one(engine: Engine, settings: Settings, digest_id: int, now: datetime) -> bool:
    """Queue a digest, if it is due still and nobody else is at it; whether it was decided."""
    with engine.begin() as conn:
        held = select(*COLUMNS).where(kept.c.id == digest_id, kept.c.active)
        row = conn.execute(held.with_for_update(skip_locked=True)).one_or_none()
        if row is None:
            return False
        stored = Stored(**row._asdict())
        check(stored.digest)
        owner = _owner(conn, stored)
        scope = scope_of(owner, stored)
        period = due(stored.digest, stored.since, stored.sent_until, now)
        if period is None:
            _change(conn, digest_id, trouble=None)
            return False
        found = _read(engine, scope, owner, stored.digest, period, now)
        if found.is_news or not stored.only_if_changed:
            occasion = f"digest {digest_id} {period.start.isoformat()}"
            _queue(conn, engine, settings, scope, owner, stored, found, occasion, now)
        _change(conn, digest_id, sent_until=period.end, trouble=None)
        return True


def send_now(engine: Engine, settings: Settings, stored: Stored, now: datetime) -> int:
    """Queue a digest of the last period that is over, to all who get it; return how many.

    When it is due next stays as it is.

    Raises:
        BadRequest: mail is off, or it makes no sense any more.
    """
    if settings.smtp is None:
        raise BadRequest(OFF)
    with engine.begin() as conn:
        owner = _owner(conn, stored)
        scope, period = scope_of(owner, stored), latest(stored.digest, now)
        found = _read(engine, scope, owner, stored.digest, period, now)
        occasion = f"digest {stored.id} {found.period.start.isoformat()} {now.isoformat()}"
        return _queue(conn, engine, settings, scope, owner, stored, found, occasion, now)


def preview(engine: Engine, settings: Settings, stored: Stored, now: datetime) -> Letter:
    """A digest of the last period that is over, as it would be mailed, without its files.

    Raises:
        BadRequest: it makes no sense any more.
    """
    with engine.connect() as conn:
        owner = _owner(conn, stored)
    return drafted(engine, settings, owner, scope_of(owner, stored), stored.digest, now)


def drafted(
    engine: Engine,
    settings: Settings,
    owner: Viewer | None,
    scope: Scope,
    digest: Digest,
    now: datetime,
) -> Letter:
    """What `preview` answers, of a digest that need not be kept: of what `scope` may see.

    Raises:
        BadRequest: it makes no sense.
    """
    check(digest)
    found = _read(engine, scope, owner, digest, latest(digest, now), now)
    return letter_of(digest, found.period, blocks_of(digest, found, settings.links_begin))


def _owner(conn: Connection, stored: Stored) -> Viewer | None:
    return None if stored.person_id is None else viewer_of_person(conn, stored.person_id)


def _read(
    engine: Engine,
    scope: Scope,
    owner: Viewer | None,
    digest: Digest,
    period: Window,
    now: datetime,
) -> Contents:
    """What it tells; whatever is read is what `scope` sees, and no more."""
    with snapshot(engine) as looking:
        confine(looking, scope)
        return read(looking, scope, owner, digest, period, now)


def _queue(
    conn: Connection,
    engine: Engine,
    settings: Settings,
    scope: Scope,
    owner: Viewer | None,
    stored: Stored,
    found: Contents,
    occasion: str,
    now: datetime,
) -> int:
    """Queue the mails, each with its own way to get no more; return how many."""
    assert settings.smtp
    box = SecretBox(settings.secret_key_file)
    blocks: list[Block] = blocks_of(stored.digest, found, settings.links_begin)
    language = LANGUAGES[stored.language]
    files, heavy = _files(engine, scope, owner, stored, found.period)
    if heavy:
        blocks.insert(0, Words(language.say("texts.heavy")))
    whose = name_of_owner(conn, stored)
    queued = 0
    whom = (stored.person_id, stored.user_ids, stored.mail_to)
    for address in owning.addressees(conn, *whom):
        if address.startswith("#"):  # a room of chat is not for one of them to leave
            without = [Words(language.say("texts.no_files"))] if files else []
            letter = letter_of(stored.digest, found.period, [*without, *blocks], owner=whose)
        else:
            page = path_for(box, stored.id, address, stored.language)
            leave = f"{settings.links_begin}{page}"
            letter = letter_of(stored.digest, found.period, blocks, files, leave, whose)
        try:
            queued += queue(conn, settings.smtp, occasion, address, letter, now)
        except BadRequest as exc:  # the others get it all the same
            log.warning("digest=%s to=%r %s", stored.id, address, exc)
    return queued


def _files(
    engine: Engine, scope: Scope, owner: Viewer | None, stored: Stored, period: Window
) -> tuple[list[File], bool]:
    """The files, and whether they are left out since they are too large."""
    if not stored.files or not (owner is None or owner.may("export")):
        return [], False
    try:
        with snapshot(engine) as looking:
            confine(looking, scope)
            return files_of(looking, scope, stored.digest, period), False
    except TooHeavy:
        return [], True


def _change(conn: Connection, digest_id: int, **values: object) -> None:
    conn.execute(update(kept).where(kept.c.id == digest_id).values(**values))


def _note_trouble(engine: Engine, digest_id: int, reason: str, now: datetime) -> None:
    """Keep the reason; the owner is told as the trouble begins."""
    log.warning("digest=%s trouble=%r", digest_id, reason)
    columns = (kept.c.person_id, kept.c.user_ids, kept.c.name)
    fine = update(kept).where(kept.c.id == digest_id, kept.c.trouble.is_(None))
    with engine.begin() as conn:
        begun = conn.execute(fine.values(trouble=reason).returning(*columns)).one_or_none()
        if begun is None:
            _change(conn, digest_id, trouble=reason)
            return
        subject = f"The digest {begun.name} cannot be sent"
        notice = Notice("digest", subject, reason, f"/digests?digest={digest_id}")
        occasion = f"digest {digest_id} {now.isoformat()}"
        notices.tell(
            conn, notices.owner(conn, begun.person_id), occasion, notice, now, begun.user_ids
        )
