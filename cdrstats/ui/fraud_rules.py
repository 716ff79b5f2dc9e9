"""The rules of fraud on the Fraud cases page: thresholds, who is told, how well each tells."""

from collections.abc import Sequence

import streamlit as st

from cdrstats import format, fraud, mail
from cdrstats.addresses import parts
from cdrstats.fraud import RuleSet, in_words
from cdrstats.ui import administering, filters, frame, show, tables

PERMISSION = "fraud_rules"

CHOSEN = "fraud_rule"
"""The parameter of the URL that tells the rule whose card is open."""

COLOURS = {"On": "green", "Off": "gray", "In trouble": "orange", "Not judged": "gray"}


def table() -> None:
    """Every rule; choosing one opens its card below."""
    found = frame.read_now(fraud.list_rules)
    rows = [_row(known) for known in found]
    st.caption("Each looks at the calls that come in, beside those before them.")
    st.dataframe(
        tables.frame_of(rows, list(rows[0])),
        key="fraud_rules",
        hide_index=True,
        placeholder="",
        height=420,
        on_select=lambda: _chosen(found),
        selection_mode="single-row",
        alt="The rules of fraud",
        column_config={
            "state": tables.badge("State", COLOURS),
            "id": tables.text("Rule"),
            "title": tables.text("Looks for"),
            "key": tables.text("A case is of one"),
            "cases": tables.number("Cases"),
            "precision": tables.text("Confirmed", "Of the cases that somebody has labelled"),
            "mail_to": tables.text("Mails", width="medium"),
            "trouble": tables.text("Trouble", width="medium"),
        },
    )


def _row(known: RuleSet) -> dict[str, object]:
    judged = known.confirmed + known.false_positive
    return {
        "state": [_state(known)],
        "id": known.rule.id,
        "title": known.rule.title,
        "key": known.rule.key,
        "cases": known.cases,
        "precision": format.percent(known.confirmed / judged) if judged else format.NOTHING,
        "mail_to": ", ".join(known.mail_to),
        "trouble": known.trouble or known.rule.not_judged,
    }


def _state(known: RuleSet) -> str:
    if known.rule.not_judged:
        return "Not judged"
    if known.trouble:
        return "In trouble"
    return "On" if known.active else "Off"


def _chosen(found: Sequence[RuleSet]) -> None:
    rows = tables.chosen_rows("fraud_rules")
    if rows and rows[0] < len(found):
        st.query_params[CHOSEN] = found[rows[0]].rule.id
    else:
        filters.forget(CHOSEN)


def card() -> None:
    """The rule that the URL tells, if it tells one, to be changed by whoever may."""
    given = st.query_params.get(CHOSEN)
    if not given:
        return
    sets = frame.read_now(fraud.list_rules)
    known = next((each for each in sets if each.rule.id == given), None)
    if known is None:
        filters.nonsense(f"There is no rule {given!r}.")
        filters.forget(CHOSEN)
        return
    with show.card(f"{known.rule.id} {known.rule.title}"):
        st.markdown(format.unlinked(known.rule.about))
        if known.rule.not_judged:
            st.caption(known.rule.not_judged)
        elif frame.viewer().may(PERMISSION):
            _form(known)
        else:
            said = known.thresholds.items()
            st.table({in_words(name): _plain(value) for name, value in said})
        st.button("Close", icon=":material/close:", on_click=filters.forget, args=(CHOSEN,))


def _form(known: RuleSet) -> None:
    rule = known.rule
    key = f"fraud_{rule.id}_{abs(hash(str(known)))}"
    with st.form(key, border=False):
        active = st.toggle("Look for it", known.active, key=f"{key}_active")
        with st.grid(4, min_column_width=160, gap="small"):
            given = {
                name: st.text_input(
                    in_words(name).capitalize(),
                    _plain(value),
                    key=f"{key}_{name}",
                    help=f"{_plain(rule.defaults[name])} unless it is changed",
                )
                for name, value in known.thresholds.items()
            }
        told = st.text_input(
            "Mail to",
            ", ".join(known.mail_to),
            key=f"{key}_mail",
            placeholder="Nobody",
            help="Addresses and channels such as #ops, with commas between them. One mail when"
            " a case is opened.",
        )
        if frame.settings().smtp is None:
            st.caption(mail.OFF)
        if st.form_submit_button("Save", type="primary", icon=":material/check:"):
            changed = {
                name: (text or "").strip()
                for name, text in given.items()
                if (text or "").strip() != _plain(known.thresholds[name])
            }
            _save(known, changed, active, told or "")


def _plain(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _save(known: RuleSet, changed: dict[str, str], active: bool, told: str) -> None:
    addresses = parts(told)
    with administering.changing(PERMISSION) as (conn, note):
        fraud.change_rule(conn, known.rule.id, changed, active, addresses)
        detail = {**changed, "active": active, "mail_to": addresses}
        note("change fraud rule", known.rule.id, detail=detail)
    st.toast(f"{known.rule.id} is saved.")
    st.rerun()
