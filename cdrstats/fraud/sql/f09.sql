-- F9: a number tries numbers that nobody has, or that cannot be.
-- :attempts in the window; :unallocated_share of causes 1 and 28; :invalid_share
WITH chosen AS (
    SELECT user_id, caller FROM fraud_near
    WHERE outward AND caller <> ''
    GROUP BY user_id, caller
    HAVING bool_or(fresh) AND count(*) >= :attempts
), counted AS (
    SELECT
        c.*, count(*) OVER span AS attempts,
        count(*) FILTER (WHERE cause IN (1, 28)) OVER span AS unallocated,
        count(*) FILTER (WHERE dialcode_id = 0) OVER span AS invalid,
        bool_or(fresh) OVER span AS touched
    FROM fraud_near AS c
    JOIN chosen USING (user_id, caller)
    WHERE c.outward
    WINDOW span AS (PARTITION BY user_id, caller ORDER BY at RANGE :window PRECEDING)
)
SELECT
    user_id, caller AS key, at, dedup_key, cost, billsec,
    touched AND attempts >= :attempts AND (unallocated >= :unallocated_share * attempts
        OR invalid >= :invalid_share * attempts) AS hit,
    ARRAY[
        CASE WHEN unallocated >= :unallocated_share * attempts THEN 'unallocated' END,
        CASE WHEN invalid >= :invalid_share * attempts THEN 'invalid' END
    ] AS reasons,
    jsonb_build_object(
        'attempts', attempts, 'unallocated', unallocated, 'invalid', invalid
    ) AS facts
FROM counted
