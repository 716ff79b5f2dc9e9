-- Each row of the batch with what mediation finds out about it, and its fate where that is
-- clear already: undone, ignored or rejected. NULL: it may be a call.
-- :now       timestamptz
-- :first     timestamptz, calls before are not plausible
-- :ahead     interval, nor are calls that start later than this from now
-- :longest_s integer, nor are longer calls
CREATE TEMP TABLE decided ON COMMIT DROP AS
WITH row AS MATERIALIZED (
    SELECT * FROM cleaned
), keyed AS (
    SELECT
        b.*, s.switch_id, s.extension_digits, n.e164, n.call_type, n.dialcode_id, n.country_id,
        caller.range AS caller_range, n.range AS called_range,
        known.start IS NOT NULL AS doubtful,
        -- Rows that others stage get their key here: a FreeSWITCH call its uuid, which is
        -- global; any other row is a call of its own.
        coalesce(b.dedup_key, CASE
            WHEN b.cdr_source_type = 3 AND b.callid ~
                '^[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}$' THEN b.callid::uuid
            WHEN b.cdr_source_type = 3 AND b.callid <> '' THEN
                md5('freeswitch|' || s.switch_id || '|' || b.callid)::uuid
            ELSE md5('push|' || b.id)::uuid
        END) AS key,
        CASE WHEN b.feed = 'push' AND b.cdr_source_type = 3 AND b.callid <> ''
            THEN 'freeswitch' ELSE b.feed END AS kind,
        CASE WHEN b.local_start IS NULL THEN b.starting_date
            ELSE coalesce(known.start,
                (b.local_start - make_interval(secs => span.seconds)) AT TIME ZONE 'UTC')
        END AS start
    FROM row AS b
    JOIN batch_switch AS s ON s.name = b.switch
    LEFT JOIN batch_number AS n
        ON n.switch_id = s.switch_id AND n.number = b.destination_number
    LEFT JOIN batch_caller AS caller
        ON caller.switch_id = s.switch_id AND caller.number = b.caller_id_number
    LEFT JOIN batch_start AS known ON known.id = b.id
    LEFT JOIN batch_span AS span
        ON span.zone = coalesce(b.file_timezone, s.zone)
        AND b.local_start >= span.first AND b.local_start < span.last
), judged AS (
    SELECT
        k.*,
        CASE
            WHEN k.unreadable IS NOT NULL THEN 'unreadable: ' || left(k.unreadable #>> '{}', 500)
            WHEN k.too_long THEN 'a number, name, call id or account code is far too long'
            WHEN k.start IS NULL THEN 'no start time'
            WHEN k.start < :first THEN 'implausible start: before 2000'
            WHEN k.start > CAST(:now AS timestamptz) + CAST(:ahead AS interval)
                THEN 'implausible start: in the future'
            WHEN k.duration IS NULL THEN 'no duration'
            WHEN k.duration < 0 OR k.billsec < 0 THEN 'implausible duration: negative'
            WHEN k.duration > :longest_s OR k.billsec > :longest_s
                THEN 'implausible duration: longer than 31 days'
            WHEN k.no_money THEN 'implausible rate or cost'
        END AS reason,
        -- The peer of a channel such as PJSIP/acme-0000001a, the line of DAHDI/i1/5551234-5,
        -- and the gateway of sofia/gateway/acme/34650123456 where only one was tried.
        CASE
            WHEN k.trunk IS NOT NULL THEN k.trunk
            WHEN k.call_type = 2 THEN ''
            WHEN k.cdr_source_type = 3 AND split_part(k.dialled, 'sofia/gateway/', 3) = ''
                THEN split_part(split_part(k.dialled, 'sofia/gateway/', 2), '/', 1)
            WHEN k.cdr_source_type <> 4 OR split_part(k.dialled, '/', 1) = 'Local' THEN ''
            WHEN split_part(k.dialled, '/', 1) NOT IN ('PJSIP', 'SIP', 'IAX2')
                THEN substring(k.dialled FROM '^[^/]+/[^/-]+')
            ELSE left(split_part(k.dialled, '/', 2),
                -strpos(reverse(split_part(k.dialled, '/', 2)), '-'))
        END AS peer
    FROM keyed AS k
)
SELECT
    j.id, j.file_id, j.old_outcome, j.old_start, j.key, j.kind, j.names_leg,
    j.switch_id, j.cdr_source_type, j.callid, j.destination_number, j.accountcode,
    j.start, j.starting_date AS staged_start, j.doubtful, j.duration, j.billsec,
    coalesce(own.id, nullif(greatest(j.hangup_cause_id, 0), 0), named.id, 0) AS hangup_cause_id,
    j.caller_range, j.called_range, j.e164, j.call_type, j.dialcode_id, j.country_id,
    CASE
        WHEN j.undone THEN 'undone'
        -- A leg that names another is an A leg, even where another names it.
        WHEN j.leg_of IS NOT NULL
            OR j.cdr_source_type = 3 AND j.names_leg IS NULL AND EXISTS (
            SELECT FROM cdr_import AS a_leg
            WHERE a_leg.names_leg = j.key AND a_leg.id <> j.id
        ) THEN 'ignored'
        WHEN j.reason IS NOT NULL THEN 'rejected'
    END AS fate,
    j.reason, NULL::uuid AS matched_key,
    -- A peer called like an extension is a telephone.
    CASE
        WHEN j.cdr_source_type = 4 AND j.trunk IS NULL
            AND length(j.peer) <= j.extension_digits AND j.peer !~ '[^0-9]' THEN ''
        ELSE coalesce(rtrim(left(j.peer, 200)), '')
    END AS carrier
FROM judged AS j
-- A cause that the switch names itself wins over the Q.850 code it reports beside it.
LEFT JOIN hangup_cause AS own
    ON own.enumeration = j.hangup_cause AND own.id > 127 AND j.hangup_cause <> ''
LEFT JOIN hangup_cause AS named
    ON named.enumeration = j.hangup_cause AND named.id BETWEEN 1 AND 127
    AND j.hangup_cause <> ''
