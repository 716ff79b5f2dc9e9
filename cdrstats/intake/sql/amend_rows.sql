-- Write records anew that were told more, over their rows, and have them mediated anew.
-- Reads the temporary table `amended`: the columns of a record, and the id of its row.
UPDATE cdr_import AS r
SET callid = a.callid,
    caller_id_number = a.caller_id_number,
    caller_id_name = a.caller_id_name,
    destination_number = a.destination_number,
    starting_date = a.starting_date,
    start_text = a.start_text,
    duration = a.duration,
    billsec = a.billsec,
    answered = a.answered,
    answersec = a.answersec,
    waitsec = a.waitsec,
    pdd_ms = a.pdd_ms,
    hangup_cause_id = a.hangup_cause_id,
    hangup_cause = a.hangup_cause,
    direction = a.direction,
    channel = a.channel,
    accountcode = a.accountcode,
    extradata = a.extradata,
    leg_of = a.leg_of,
    imported = false
FROM amended AS a
WHERE r.id = a.row_id
