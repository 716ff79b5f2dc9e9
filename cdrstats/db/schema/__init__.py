"""Every table, in the order a call passes through them.

Durations are whole seconds, money is `numeric` in the installation's currency, instants are
`timestamptz`. An unknown dimension is 0, a row that says so, not NULL: it can be grouped,
joined and made unique. Column names of `cdr_import` and `voip_cdr` are a contract with SQL
users; see docs/path.md.
"""

from cdrstats.db.schema.alarms import alarm_maintenance, alarm_rule, alarm_window, holiday
from cdrstats.db.schema.base import metadata
from cdrstats.db.schema.calls import call_fields, voip_cdr
from cdrstats.db.schema.carriers import carrier, carrier_trunk
from cdrstats.db.schema.channels import channel
from cdrstats.db.schema.customers import (
    account_code,
    customer,
    customer_number,
    customer_trunk,
)
from cdrstats.db.schema.digests import digest
from cdrstats.db.schema.dimensions import (
    country,
    dialcode,
    hangup_cause,
    source_type,
    switch,
    switch_address,
    switch_feed,
    switch_key,
)
from cdrstats.db.schema.downloads import download
from cdrstats.db.schema.fraud import (
    fraud_case,
    fraud_evidence,
    fraud_position,
    fraud_rule,
    fraud_telling,
)
from cdrstats.db.schema.jobs import job, job_run, jobs_state, matview_state
from cdrstats.db.schema.lists import high_risk_prefix, list_entry
from cdrstats.db.schema.mail import outbox
from cdrstats.db.schema.notes import note
from cdrstats.db.schema.notices import notification
from cdrstats.db.schema.options import setting
from cdrstats.db.schema.people import (
    api_token,
    audit,
    one_time_link,
    permission_group,
    person,
    person_customer,
    person_group,
    session,
    sign_in_failure,
)
from cdrstats.db.schema.rollups import (
    rollup_account_day,
    rollup_carrier_day,
    rollup_cause,
    rollup_cause_day,
    rollup_counted,
    rollup_country,
    rollup_country_cause_day,
    rollup_country_day,
    rollup_country_month,
    rollup_customer,
    rollup_customer_cause_day,
    rollup_customer_country_day,
    rollup_customer_day,
    rollup_kind,
    rollup_log,
    rollup_pdd,
    rollup_pdd_day,
    rollup_route_day,
    rollup_route_month,
    rollup_switch,
)
from cdrstats.db.schema.saved import saved_view
from cdrstats.db.schema.staging import bad_line, call_part, cdr_import, import_file
from cdrstats.db.schema.watch import trouble

__all__ = [
    "account_code",
    "alarm_maintenance",
    "alarm_rule",
    "alarm_window",
    "api_token",
    "audit",
    "bad_line",
    "call_fields",
    "call_part",
    "carrier",
    "carrier_trunk",
    "cdr_import",
    "channel",
    "country",
    "customer",
    "customer_number",
    "customer_trunk",
    "dialcode",
    "digest",
    "download",
    "fraud_case",
    "fraud_evidence",
    "fraud_position",
    "fraud_rule",
    "fraud_telling",
    "hangup_cause",
    "high_risk_prefix",
    "holiday",
    "import_file",
    "job",
    "job_run",
    "jobs_state",
    "list_entry",
    "matview_state",
    "metadata",
    "note",
    "notification",
    "one_time_link",
    "outbox",
    "permission_group",
    "person",
    "person_customer",
    "person_group",
    "rollup_account_day",
    "rollup_carrier_day",
    "rollup_cause",
    "rollup_cause_day",
    "rollup_counted",
    "rollup_country",
    "rollup_country_cause_day",
    "rollup_country_day",
    "rollup_country_month",
    "rollup_customer",
    "rollup_customer_cause_day",
    "rollup_customer_country_day",
    "rollup_customer_day",
    "rollup_kind",
    "rollup_log",
    "rollup_pdd",
    "rollup_pdd_day",
    "rollup_route_day",
    "rollup_route_month",
    "rollup_switch",
    "saved_view",
    "session",
    "setting",
    "sign_in_failure",
    "source_type",
    "switch",
    "switch_address",
    "switch_feed",
    "switch_key",
    "trouble",
    "voip_cdr",
]
