-- F4: a number makes many calls in a short time.
-- :calls in the window, :per_minute
WITH chosen AS (
    SELECT user_id, caller FROM fraud_near
    WHERE outward AND caller <> ''
    GROUP BY user_id, caller
    HAVING bool_or(fresh) AND count(*) >= least(:calls, :per_minute)
), counted AS (
    SELECT
        c.*, count(*) OVER span AS calls, count(*) OVER minute AS per_minute,
        bool_or(fresh) OVER span AS touched
    FROM fraud_near AS c
    JOIN chosen USING (user_id, caller)
    WHERE c.outward
    WINDOW
        span AS (PARTITION BY user_id, caller ORDER BY at RANGE :window PRECEDING),
        minute AS (PARTITION BY user_id, caller ORDER BY at
            RANGE INTERVAL '59.999999 seconds' PRECEDING)
)
SELECT
    user_id, caller AS key, at, dedup_key, cost, billsec,
    touched AND (calls >= :calls OR per_minute >= :per_minute) AS hit,
    ARRAY[
        CASE WHEN calls >= :calls THEN 'calls' END,
        CASE WHEN per_minute >= :per_minute THEN 'per_minute' END
    ] AS reasons,
    jsonb_build_object('calls', calls, 'per_minute', per_minute) AS facts
FROM counted
