-- F15: a carrier answers before anybody can have, or for much shorter than others do there.
-- :answered in the window, of the carrier and of the others; :fast_ms, :fast_share; :short_s,
-- :short_times
WITH kept AS (
    SELECT
        dialcode_id, carrier_id, at, dedup_key, cost, billsec, fresh,
        (pdd_ms <= :fast_ms)::integer AS fast, (pdd_ms IS NOT NULL)::integer AS told,
        (billsec <= :short_s)::integer AS short
    FROM fraud_call
    WHERE outward AND answered AND carrier_id <> 0 AND dialcode_id <> 0
), chosen AS (
    SELECT dialcode_id FROM (
        SELECT dialcode_id FROM kept
        GROUP BY dialcode_id, carrier_id
        HAVING bool_or(fresh) AND count(*) >= :answered
            AND (sum(fast) > 0 OR sum(short) > 0)
    ) AS routes
    GROUP BY dialcode_id
), counted AS (
    SELECT
        kept.*, count(*) OVER own AS n, sum(fast) OVER own AS fasts, sum(told) OVER own AS tolds,
        sum(short) OVER own AS shorts, bool_or(fresh) OVER own AS touched,
        count(*) OVER everyone - count(*) OVER own AS others,
        sum(short) OVER everyone - sum(short) OVER own AS others_short
    FROM kept JOIN chosen USING (dialcode_id)
    WINDOW
        own AS (PARTITION BY dialcode_id, carrier_id ORDER BY at RANGE :window PRECEDING),
        everyone AS (PARTITION BY dialcode_id ORDER BY at RANGE :window PRECEDING)
), judged AS (
    SELECT
        *, tolds >= :answered AND fasts >= :fast_share * tolds AS instant,
        others >= :answered AND others_short > 0
            AND shorts * others >= :short_times * others_short * n AS brief
    FROM counted
)
SELECT
    0 AS user_id, coalesce(named.name, judged.carrier_id::text) || ' → ' || dialcode_id AS key,
    at, dedup_key, cost, billsec,
    touched AND n >= :answered AND coalesce(instant OR brief, false) AS hit,
    ARRAY[CASE WHEN instant THEN 'instant' END, CASE WHEN brief THEN 'short' END] AS reasons,
    jsonb_build_object('answered', n, 'fast', fasts, 'short', shorts, 'others', others,
        'others_short', others_short) AS facts
FROM judged
LEFT JOIN carrier AS named ON named.id = judged.carrier_id
