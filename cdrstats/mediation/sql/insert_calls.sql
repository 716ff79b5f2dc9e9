-- The calls of the batch: what was decided, beside what the switch wrote. What it wrote of
-- billable seconds, MOS and SIP status is taken where it can be one; else it is not known.
-- Whose a call is, is looked up here and no sooner: under the lock of mediation, owners stand.
-- Of the numbers of a call the caller's counts, but not of an inbound call, and then the called
-- one, but not of an outbound call (cdrstats.customers.rules).
-- Where the call may go is judged by its owner's lists, else by everybody's: an outbound call,
-- or one whose direction nobody knows and that is not for a customer's own number.
-- Uses cdr_import_pkey.
INSERT INTO voip_cdr (
    user_id, switch_id, cdr_source_type, callid, caller_id_number, caller_id_name,
    destination_number, destination_e164, dialcode_id, state, channel, starting_date,
    answered_at, answered, duration, billsec, billed_s, progresssec, answersec, waitsec, pdd_ms,
    mos, sip_status, hangup_cause_id, direction, country_id, authorized, call_type, carrier_id,
    accountcode, buy_rate, buy_cost, sell_rate, sell_cost, data, dedup_key, import_id,
    list_entry_id)
SELECT
    owner.customer_id,
    d.switch_id, d.cdr_source_type, d.callid,
    coalesce(nullif(r.caller_id_number, '\N'), ''),
    coalesce(nullif(r.caller_id_name, '\N'), ''),
    d.destination_number, d.e164, d.dialcode_id,
    coalesce(nullif(r.state, '\N'), ''), coalesce(nullif(r.channel, '\N'), ''), d.start,
    CASE WHEN coalesce(r.answered, d.billsec > 0) THEN d.start + make_interval(
        secs => coalesce(r.answersec, greatest(d.duration - d.billsec, 0))) END,
    coalesce(r.answered, d.billsec > 0), d.duration, d.billsec,
    CASE WHEN r.extradata ->> 'billed_seconds' ~ '^[0-9]{1,9}([.]0{1,9})?$'
        THEN (r.extradata ->> 'billed_seconds')::numeric::integer END,
    r.progresssec, r.answersec, r.waitsec, r.pdd_ms,
    CASE WHEN r.extradata ->> 'mos' ~ '^([1-4]([.][0-9]{1,20})?|5([.]0{1,20})?)$'
        THEN (r.extradata ->> 'mos')::numeric END,
    CASE WHEN r.extradata ->> 'sip_term_status' ~ '^[1-6][0-9]{2}$'
        THEN (r.extradata ->> 'sip_term_status')::smallint END,
    d.hangup_cause_id,
    CASE WHEN r.direction IN (1, 2) THEN r.direction ELSE 0 END,
    d.country_id, coalesce(own.allowed, common.allowed, true), d.call_type, coalesce(g.carrier_id, c.id, 0), d.accountcode,
    coalesce(r.buy_rate, 0), coalesce(r.buy_cost, 0),
    coalesce(r.sell_rate, 0), coalesce(r.sell_cost, 0),
    CASE WHEN d.doubtful
        THEN coalesce(r.extradata, '{}'::jsonb) || '{"start_in_doubt": true}'::jsonb
        ELSE r.extradata END,
    d.key, d.id, coalesce(own.entry_id, common.entry_id, 0)
FROM decided AS d
JOIN cdr_import AS r ON r.id = d.id
LEFT JOIN carrier_trunk AS g ON g.name = d.carrier
LEFT JOIN carrier AS c ON c.name = d.carrier
LEFT JOIN account_code AS a ON a.accountcode = d.accountcode AND d.accountcode <> ''
LEFT JOIN customer_number AS caller
    ON caller.first = d.caller_range AND r.direction IS DISTINCT FROM 1
LEFT JOIN customer_number AS called
    ON called.first = d.called_range AND r.direction IS DISTINCT FROM 2
LEFT JOIN customer_trunk AS t ON t.carrier_id = coalesce(g.carrier_id, c.id)
CROSS JOIN LATERAL (
    SELECT
        coalesce(a.customer_id, caller.customer_id, called.customer_id, t.customer_id, 0)
            AS customer_id,
        CASE WHEN r.direction = 2
            OR r.direction IS DISTINCT FROM 1 AND coalesce(d.called_range, '') = ''
            THEN d.e164 END AS judged
) AS owner
LEFT JOIN batch_listed AS own
    ON own.e164 = owner.judged AND own.country_id = d.country_id
    AND own.customer_id = owner.customer_id
LEFT JOIN batch_listed AS common
    ON common.e164 = owner.judged AND common.country_id = d.country_id
    AND common.customer_id = 0
WHERE d.fate IS NULL
