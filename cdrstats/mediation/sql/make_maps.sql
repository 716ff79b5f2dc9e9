-- The batch with what deciding needs, and small tables for what Python finds out about it:
-- what each switch, stamp and number stands for. The text \N, which cdr-pusher sends for NULL,
-- counts as nothing.
CREATE TEMP VIEW cleaned AS
SELECT
    r.id, r.file_id, f.timezone AS file_timezone,
    r.withdrawn OR coalesce(f.state = 'undone', false) AS undone,
    left(coalesce(nullif(r.switch, '\N'), ''), 200) AS switch,
    CASE WHEN r.cdr_source_type BETWEEN 0 AND 32767 THEN r.cdr_source_type ELSE 0 END
        AS cdr_source_type,
    coalesce(nullif(r.callid, '\N'), '') AS callid,
    coalesce(nullif(r.caller_id_number, '\N'), '') AS caller_id_number,
    coalesce(nullif(r.destination_number, '\N'), '') AS destination_number,
    coalesce(nullif(r.accountcode, '\N'), '') AS accountcode,
    coalesce(nullif(r.hangup_cause, '\N'), '') AS hangup_cause,
    r.hangup_cause_id,
    r.starting_date,
    CASE WHEN r.start_text LIKE '____-__-__ __:__:__%' THEN r.start_text END COLLATE "C"
        AS start_text,
    CASE WHEN r.start_text LIKE '____-__-__ __:__:__%' THEN r.start_text::timestamp END
        AS local_start,
    coalesce(r.duration, r.billsec) AS duration, coalesce(r.billsec, 0) AS billsec,
    greatest(abs(r.buy_rate), abs(r.buy_cost), abs(r.sell_rate), abs(r.sell_cost)) >= 1e12
        AS no_money,
    greatest(length(r.callid), length(r.caller_id_number), length(r.caller_id_name),
        length(r.destination_number), length(r.accountcode), length(r.channel)) > :longest_text
        AS too_long,
    CASE WHEN r.file_id IS NULL THEN r.extradata -> 'unreadable' END AS unreadable,
    -- The trunk or gateway that the record names; else where its switch sent the call.
    coalesce(
        nullif(nullif(btrim(r.extradata ->> 'carrier', E' \t\r\n'), ''), '\N'),
        nullif(nullif(btrim(r.extradata ->> 'trunk', E' \t\r\n'), ''), '\N'),
        nullif(nullif(btrim(r.extradata ->> 'sip_gateway_name', E' \t\r\n'), ''), '\N')
    ) AS trunk,
    CASE r.cdr_source_type
        WHEN 3 THEN r.extradata ->> 'last_arg' WHEN 4 THEN r.extradata ->> 'dstchannel'
    END AS dialled,
    r.dedup_key, r.feed, r.leg_of, r.names_leg,
    r.outcome AS old_outcome, r.call_start AS old_start
FROM batch AS r
LEFT JOIN import_file AS f ON f.id = r.file_id;
CREATE TEMP TABLE batch_switch (
    name text, switch_id integer, zone text, extension_digits integer
) ON COMMIT DROP;
CREATE TEMP TABLE batch_span (
    zone text, first timestamp, last timestamp, seconds integer
) ON COMMIT DROP;
CREATE TEMP TABLE batch_start (
    id bigint, start timestamptz
) ON COMMIT DROP;
CREATE TEMP TABLE batch_number (
    switch_id integer, number text, e164 text, call_type smallint, dialcode_id bigint,
    country_id integer, range text
) ON COMMIT DROP;
CREATE TEMP TABLE batch_caller (
    switch_id integer, number text, range text
) ON COMMIT DROP;
CREATE TEMP TABLE batch_listed (
    e164 text, country_id integer, customer_id integer, entry_id integer, allowed boolean
) ON COMMIT DROP
