-- The same call told by two feeds of a switch: rows of :feed are laid beside calls of other
-- feeds with the same call id, start, destination, durations and cause; each call takes one
-- row of a feed, so that n equal rows of one feed stay n calls.
-- :feed    text
-- :before  text[], feeds of the batch that are matched already
-- Uses voip_cdr_callid_idx, cdr_import_matched_key_idx.
WITH candidate AS (
    SELECT
        d.id, d.switch_id, d.callid, date_trunc('second', d.start) AS second,
        d.destination_number, d.duration, d.billsec, d.hangup_cause_id,
        row_number() OVER (
            PARTITION BY d.switch_id, d.callid, date_trunc('second', d.start),
                d.destination_number, d.duration, d.billsec, d.hangup_cause_id
            ORDER BY d.id) AS place
    FROM decided AS d
    WHERE d.fate IS NULL AND d.kind = :feed AND d.callid <> ''
        AND d.switch_id IN (SELECT switch_id FROM switch_feed GROUP BY switch_id HAVING count(*) > 1)
), open_call AS (
    -- Calls that stand, of rows that are not waiting to be mediated anew.
    SELECT DISTINCT
        v.dedup_key AS key, v.import_id AS id, v.switch_id, v.callid,
        date_trunc('second', v.starting_date) AS second,
        v.destination_number, v.duration, v.billsec, v.hangup_cause_id
    FROM candidate AS c
    JOIN voip_cdr AS v
        ON v.callid = c.callid AND v.switch_id = c.switch_id
        AND v.starting_date >= c.second AND v.starting_date < c.second + interval '1 second'
    JOIN cdr_import AS owner ON owner.id = v.import_id
    WHERE owner.imported AND owner.feed <> :feed
    UNION
    -- Calls of this batch, of feeds that came before this one.
    SELECT
        d.key, d.id, d.switch_id, d.callid, date_trunc('second', d.start),
        d.destination_number, d.duration, d.billsec, d.hangup_cause_id
    FROM decided AS d
    WHERE d.fate IS NULL AND d.kind = ANY(CAST(:before AS text[]))
), free_call AS (
    SELECT
        o.*, row_number() OVER (
            PARTITION BY o.switch_id, o.callid, o.second, o.destination_number, o.duration,
                o.billsec, o.hangup_cause_id
            ORDER BY o.id) AS place
    FROM open_call AS o
    WHERE NOT EXISTS (
        SELECT FROM cdr_import AS taken
        WHERE taken.matched_key = o.key AND taken.feed = :feed AND taken.imported
    )
)
UPDATE decided AS d
SET fate = 'duplicate', matched_key = f.key
FROM candidate AS c
JOIN free_call AS f USING
    (switch_id, callid, second, destination_number, duration, billsec, hangup_cause_id, place)
WHERE d.id = c.id
