"""How a call ended: whether it was answered, for how long, why not, how it sounded. Pure."""

from datetime import datetime, timedelta
from math import isfinite

from cdrstats import counting
from cdrstats.calls.explaining.case import Case, Cause, Explained, plain, said, written
from cdrstats.statistics.speech import G711_PLC, mos_of_r, r_of_loss

OWN_CAUSES = 128
"""Codes from here on are not of Q.850 but a switch's own."""

PDD_SOURCES = ("freeswitch_json", "freeswitch_xml")
"""The readers whose records tell when ringing was heard."""


def answered(case: Case) -> Explained:
    """By what the call counts as answered; else as what."""
    call, record = case.call, case.record
    today = ""
    if record is None:
        how = f"The call counts as {'answered' if call['answered'] else 'not answered'}."
        if case.rules is not None:
            how += f" {case.gone('whether by an answer time or by its talk time')}"
    else:
        told = record["answered"]
        if told is None:
            how = "The source has no answer time, so that talk time above 0 s tells an answer."
        elif told:
            how = "The record has an answer time."
        else:
            how = "The record has room for an answer time, and none in it: it was not answered."
        if (call["billsec"] > 0 if told is None else told) != call["answered"]:
            today = f"It would be {'not ' if call['answered'] else ''}answered."
    if not call["answered"]:
        how += _counted_as(case)
    given = written(record or {}, "answered", "answersec", "billsec")
    return Explained("answered", how, given, today=today)


def _counted_as(case: Case) -> str:
    cause = case.cause(case.call["hangup_cause_id"])
    if cause is None:
        return ""
    return f" An unanswered call of cause {_named(cause)} is “{cause.kind.replace('_', ' ')}”."


def answered_at(case: Case) -> Explained | None:
    """The start and the seconds from then to the answer."""
    call = case.call
    moment: datetime | None = call["answered_at"]
    if moment is None:
        return None
    passed = moment - call["starting_date"]
    how = f"The start and {passed // timedelta(seconds=1):,} s, "
    how += (
        "as the record tells (answersec)."
        if call["answersec"] is not None
        else f"by which the duration, {call['duration']:,} s, is longer than the talk time."
    )
    return Explained("answered_at", how)


def talk_time(case: Case) -> Explained:
    """As the switch counted it, never a difference of stamps."""
    how = (
        "As the switch counted it, from answer to hangup. Durations are never worked out from"
        " stamps, which switches cut to whole seconds one by one."
    )
    return Explained("billsec", how, written(case.record or {}, "duration", "billsec"))


def pdd(case: Case) -> Explained:
    """What told when ringing was heard."""
    stored, file = case.call["pdd_ms"], case.found.file
    left_out = " It is left out of PDD, not counted as 0."
    if stored is None:
        if file and file.source in PDD_SOURCES:
            how = "The call reached neither ringing nor early media." + left_out
        elif case.call["progresssec"] is not None:
            how = (
                "The record tells progress in whole seconds only, too coarse for it." + left_out
            )
        else:
            how = "Nothing tells when ringing was heard." + left_out
    elif file and file.source in PDD_SOURCES:
        how = "progressmsec and progress_mediamsec of the record added up."
    else:
        how = "The time until ringing was heard, as its source told it."
    return Explained("pdd_ms", how, written(case.record or {}, "progresssec"))


def cause(case: Case) -> Explained:
    """What in the record named the hangup cause."""
    stored, record = case.call["hangup_cause_id"], case.record
    now = case.cause(stored)
    label = _named(now) if now else str(stored)
    if case.rules is None:
        return Explained("hangup_cause_id", f"The call ended with cause {label}.")
    if record is None:
        how = case.gone("the code and the name of the cause as they were written")
        return Explained("hangup_cause_id", how)
    name, code = plain(record["hangup_cause"]), record["hangup_cause_id"]
    found = cause_of(name, code, case.causes)
    given = written(record, "hangup_cause_id", "hangup_cause")
    if found != stored:
        how = f"The cause was {label} when the call was mediated."
        other = case.cause(found)
        today = f"It would be {_named(other) if other else found}."
        return Explained("hangup_cause_id", how, given, today=today)
    if case.found.data.get("hangup_cause_derived"):
        how = f"Asterisk tells no cause; its disposition {said(name)} stands for {label}."
    elif found == 0:
        how = "The record has neither a code nor a name that is known."
    elif code == found and now and name == now.enumeration:
        how = f"The record names the cause {label}."
    elif code == found:
        how = f"The record has the code {label}"
        how += f", which counts whatever {said(name)} means." if name else "."
    elif found >= OWN_CAUSES:
        how = f"{said(name)} is a cause of the switch's own, {found}: it tells more than the"
        how += " Q.850 code beside it."
    else:
        how = f"The record has no code; {said(name)} is the name of {found}."
    return Explained("hangup_cause_id", how, given)


def cause_of(name: str, code: int | None, causes: tuple[Cause, ...]) -> int:
    """The code of a hangup cause, as `mediation/sql/decide.sql` finds it.

    A cause that the switch names itself wins over the Q.850 code that it reports beside it.
    """
    named = [known.id for known in causes if name and known.enumeration == name]
    own = [id_ for id_ in named if id_ >= OWN_CAUSES]
    q850 = [id_ for id_ in named if 1 <= id_ < OWN_CAUSES]
    told = [code] if code and code > 0 else []
    return next(iter([*own, *told, *q850]), 0)


def ner(case: Case) -> Explained:
    """Whether the call counts into the network effectiveness ratio."""
    call, known = case.call, case.cause(case.call["hangup_cause_id"])
    label = _named(known) if known else str(call["hangup_cause_id"])
    if call["answered"]:
        how = "Counted, as every answered call is."
    elif known and known.delivered:
        how = f"Counted: by {label} the called side ends a call that the network brought it."
    else:
        how = f"Not counted: {label} is no cause by which the called side ends a call."
    return Explained("ner", how)


def mos(case: Case) -> Explained | None:
    """The score that counts, what FreeSWITCH made it of, and what the E-model expects."""
    stored, quality = case.call["mos"], _figure(case.found.data.get("quality_percentage"))
    given = written(case.found.data, "mos", "quality_percentage")
    if stored is None:
        how = "No score from 1 to 5, and so not taken: the call is left out of MOS."
        return Explained("mos", how, given) if written(case.found.data, "mos") else None
    how = f"The switch rated the audio that it received {stored:.2f}."
    if quality is not None and 0 <= quality <= 100:
        expected = mos_of_r(r_of_loss(G711_PLC, 100 - quality))
        how += (
            " FreeSWITCH takes the percentage of packets without a flaw for the rating R, and"
            f" R {quality:g} stands for {mos_of_r(quality):.2f}. The E-model (ITU-T G.107)"
            f" expects {expected:.2f} of G.711 when {100 - quality:g} % of packets are lost."
        )
    return Explained("mos", how, given)


def sip_status(case: Case) -> Explained | None:
    """Which status ended the INVITE, and in which figures it counts."""
    status, given = case.call["sip_status"], written(case.found.data, "sip_term_status")
    if status is None:
        how = "No SIP status, and so not taken: the call is left out of SER, SEER and ISA."
        return Explained("sip_status", how, given) if given else None
    how = "The status that ended the INVITE, as the record tells."
    if 300 <= status <= 399:
        how += " A redirected call is left out of SER and SEER."
    elif status in counting.CHALLENGED:
        how += " A challenged call is left out of SEER, and counts as not established in SER."
    elif status == 200:
        how += " The call counts as established in SER and SEER."
    elif status in counting.EFFECTIVE:
        how += " The call counts as effective in SEER, and as not established in SER."
    elif status in counting.FAILED:
        how += " The call counts as an ineffective attempt in ISA."
    else:
        how += " The call counts as not established in SER and SEER."
    return Explained("sip_status", how, given)


def _figure(value: object) -> float | None:
    try:
        figure = float(str(value))
    except ValueError:
        return None
    return figure if isfinite(figure) else None


def direction(case: Case) -> Explained | None:
    """Whether the record says which way the call went."""
    stored, seen = case.call["direction"], case.found.data.get("leg_direction")
    if stored:
        how = "As the record tells."
        if seen:
            how = "FreeSWITCH placed this leg itself, so the call is outbound."
    elif seen:
        how = (
            "FreeSWITCH received this leg, be it from a carrier or from a telephone of its own,"
            " so the way of the call is not known."
        )
    else:
        how = "The record does not tell."
    record = {**(case.record or {}), "leg_direction": seen}
    return Explained("direction", how, written(record, "direction", "leg_direction"))


def _named(cause: Cause) -> str:
    return f"{cause.id} {cause.enumeration}"
