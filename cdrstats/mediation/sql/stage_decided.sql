-- Stage the records of the batch with what was decided about them.
INSERT INTO cdr_import (
    id, switch, cdr_source_type, callid, caller_id_number, caller_id_name, destination_number,
    dialcode, state, channel, starting_date, duration, billsec, progresssec, answersec, waitsec,
    hangup_cause_id, hangup_cause, direction, country_code, accountcode, buy_rate, buy_cost,
    sell_rate, sell_cost, extradata, imported, dedup_key, feed, start_text, answered, pdd_ms,
    leg_of, names_leg, call_start, matched_key, file_id, outcome, reason)
SELECT
    r.id, r.switch, r.cdr_source_type, r.callid, r.caller_id_number, r.caller_id_name,
    r.destination_number, r.dialcode, r.state, r.channel, r.starting_date, r.duration,
    r.billsec, r.progresssec, r.answersec, r.waitsec, r.hangup_cause_id, r.hangup_cause,
    r.direction, r.country_code, r.accountcode, r.buy_rate, r.buy_cost, r.sell_rate,
    r.sell_cost, r.extradata, true, d.key, d.kind, r.start_text, r.answered, r.pdd_ms,
    r.leg_of, r.names_leg, CASE WHEN d.fate IS NULL THEN d.start END, d.matched_key, r.file_id,
    coalesce(d.fate, 'call'), d.reason
FROM batch AS r
JOIN decided AS d ON d.id = r.id
