"""Fraud cases: what rules have found in the calls that came in, and the rules."""

from cdrstats.ui import filters, frame, fraud, fraud_rules, show

frame.require("fraud")

zone = filters.zone()
show.title("Fraud cases")

if filters.choose("Show", fraud.PARTS, "part") == fraud.RULES:
    fraud_rules.table()
    fraud_rules.card()
else:
    fraud.table(zone)
    fraud.card(zone)
filters.complain()
