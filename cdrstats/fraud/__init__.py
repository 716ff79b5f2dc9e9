"""Fraud: rules beside the calls that have come in, cases, and how well they tell.

    calls that came in --look--> found calls --keep--> cases, mails      each call once
    calls of the past  --look--> found calls --backtest--> cases that would have been

A case is of one rule and key until it is quiet. It rests on calls, whose cost it sums; whoever
has looked at it labels it, and by the labels rules are measured.
"""

from cdrstats.fraud.acting import label
from cdrstats.fraud.backtest import Backtest, backtest
from cdrstats.fraud.drill import Drill, drill
from cdrstats.fraud.evaluation import evaluate
from cdrstats.fraud.looking import Asked, Found
from cdrstats.fraud.measure import Measure
from cdrstats.fraud.rules import (
    LABELS,
    RULES,
    Rule,
    checked,
    figures_in_words,
    in_words,
    rule_named,
    score,
)
from cdrstats.fraud.store import (
    Case,
    RuleSet,
    change_rule,
    evidence,
    find,
    forget,
    list_cases,
    list_rules,
    timeline,
)

__all__ = [
    "LABELS",
    "RULES",
    "Asked",
    "Backtest",
    "Case",
    "Drill",
    "Found",
    "Measure",
    "Rule",
    "RuleSet",
    "backtest",
    "change_rule",
    "checked",
    "drill",
    "evaluate",
    "evidence",
    "figures_in_words",
    "find",
    "forget",
    "in_words",
    "label",
    "list_cases",
    "list_rules",
    "rule_named",
    "score",
    "timeline",
]
