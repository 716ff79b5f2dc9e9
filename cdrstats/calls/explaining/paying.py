"""Whose call it is, and what it cost. Pure."""

from cdrstats.calls.explaining.case import Case, Explained, said, written

MONEY = ("buy_rate", "buy_cost", "sell_rate", "sell_cost")


def customer(case: Case) -> Explained:
    """The owner of the account code, else of a number, else of the trunk."""
    code, stored = case.call["accountcode"], case.name("customer")
    given = (("accountcode", code),) if code else ()
    if case.rules is None:
        return Explained("user_id", "By the account code, a number or the trunk.", given)
    owner = case.rules.owner
    code_is = f"The account code {said(code)} is"
    no_code = f"{code_is} nobody's" if code else "The record has no account code"
    if owner.by == "account code":
        now = f"{code_is} {owner.name}'s."
    elif owner.by:
        what = f"+{owner.what}" if owner.by == "number" else said(owner.what)
        now = f"{no_code}; the {owner.by} {what} is {owner.name}'s."
    else:
        now = f"{no_code}, and nobody owns a number of the call that counts, or its trunk."
    if owner.id == case.call["user_id"]:
        return Explained("user_id", now, given)
    whose = stored if case.call["user_id"] else "nobody"
    return Explained(
        "user_id", f"The call went to {whose} when it was mediated.", given, today=now
    )


def billed(case: Case) -> Explained:
    """Billable seconds are the switch's, or not known."""
    stored, given = case.call["billed_s"], written(case.found.data, "billed_seconds")
    if stored is not None:
        how = "Billable seconds as the record tells them."
    elif given:
        how = "No whole seconds, and so not taken: the call is left out of billed minutes."
    else:
        how = "The switch tells no billable seconds: the call is left out of billed minutes."
    return Explained("billed_s", how, given)


def cost(case: Case) -> Explained | None:
    """Rates and costs are the switch's, or 0."""
    if case.rules is None:
        return None
    if case.record is None:
        return Explained("cost", case.gone("whether a 0 was written or left out"))
    given = written(case.record, *MONEY)
    if not given:
        return Explained("cost", "The record tells no rates and no costs, so they are 0.")
    how = (
        "Rates and costs are as the record tells them, and what it leaves out is 0. The margin"
        " is the sell cost less the buy cost."
    )
    return Explained("cost", how, given)
