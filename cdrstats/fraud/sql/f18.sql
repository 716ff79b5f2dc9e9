-- F18: a trunk fails call after call, or refuses nearly all.
-- :in_row unanswered; :attempts in the window, :refused_share of cause 21 or SIP 403
WITH chosen AS (
    SELECT carrier_id FROM fraud_near
    WHERE carrier_id <> 0
    GROUP BY carrier_id
    HAVING bool_or(fresh)
        AND (count(*) FILTER (WHERE NOT answered) >= :in_row OR count(*) >= :attempts)
), ranked AS (
    SELECT
        c.*, count(*) FILTER (WHERE answered) OVER (
            PARTITION BY carrier_id ORDER BY at, dedup_key ROWS UNBOUNDED PRECEDING
        ) AS run,
        count(*) OVER span AS attempts,
        count(*) FILTER (WHERE cause = 21 OR sip_status = 403) OVER span AS refused,
        bool_or(fresh) OVER span AS touched
    FROM fraud_near AS c
    JOIN chosen USING (carrier_id)
    WINDOW span AS (PARTITION BY carrier_id ORDER BY at RANGE :window PRECEDING)
), counted AS (
    SELECT
        *, count(*) FILTER (WHERE NOT answered) OVER (
            PARTITION BY carrier_id, run ORDER BY at, dedup_key ROWS UNBOUNDED PRECEDING
        ) AS in_row
    FROM ranked
), judged AS (
    SELECT
        *, NOT answered AND in_row >= :in_row AS failing,
        attempts >= :attempts AND refused >= :refused_share * attempts AS refusing
    FROM counted
)
SELECT
    0 AS user_id, coalesce(named.name, judged.carrier_id::text) AS key, at, dedup_key, cost,
    billsec, touched AND (failing OR refusing) AS hit,
    ARRAY[CASE WHEN failing THEN 'in_row' END, CASE WHEN refusing THEN 'refused' END] AS reasons,
    CASE WHEN failing OR refusing THEN jsonb_build_object(
        'in_row', in_row, 'attempts', attempts, 'refused', refused
    ) END AS facts
FROM judged
LEFT JOIN carrier AS named ON named.id = judged.carrier_id
