-- F1: out of hours, an account calls abroad often, at cost, or on several lines at once.
-- :calls, :minutes; :cost an hour; :concurrent; :open_from, :open_until hours of working days
WITH kept AS (
    SELECT * FROM fraud_call
    WHERE international AND account <> ''
        AND (holiday OR extract(isodow FROM shown) > 5
            OR extract(hour FROM shown) < :open_from OR extract(hour FROM shown) >= :open_until)
), chosen AS (
    SELECT user_id, account FROM kept
    GROUP BY user_id, account
    HAVING bool_or(fresh)
        AND (count(*) >= least(:calls, :concurrent) OR sum(cost) >= :cost)
), own AS (
    SELECT kept.* FROM kept JOIN chosen USING (user_id, account)
), moves AS (
    -- Who ends when another begins makes room for it.
    SELECT user_id, account, at, 1 AS step, dedup_key FROM own WHERE duration > 0
    UNION ALL
    SELECT user_id, account, at + make_interval(secs => duration), -1, NULL
    FROM own WHERE duration > 0
), lines AS (
    SELECT dedup_key, at, sum(step) OVER (
        PARTITION BY user_id, account ORDER BY at, step
    ) AS held
    FROM moves
), counted AS (
    SELECT
        own.*, lines.held,
        count(*) OVER few AS calls, sum(cost) OVER span AS cost_per_hour,
        bool_or(fresh) OVER span AS touched
    FROM own
    LEFT JOIN lines ON lines.dedup_key = own.dedup_key AND lines.at = own.at
    WINDOW
        few AS (PARTITION BY user_id, account ORDER BY own.at
            RANGE make_interval(secs => :minutes * 60 - 0.000001) PRECEDING),
        span AS (PARTITION BY user_id, account ORDER BY own.at RANGE :window PRECEDING)
)
SELECT
    user_id, account AS key, at, dedup_key, cost, billsec,
    touched AND (calls >= :calls OR cost_per_hour >= :cost
        OR coalesce(held, 0) >= :concurrent) AS hit,
    ARRAY[
        'off_hours',
        CASE WHEN calls >= :calls THEN 'calls' END,
        CASE WHEN cost_per_hour >= :cost THEN 'cost' END,
        CASE WHEN held >= :concurrent THEN 'concurrent' END
    ] AS reasons,
    jsonb_build_object(
        'calls', calls, 'cost', round(cost_per_hour, 4), 'concurrent', coalesce(held, 0)
    ) AS facts
FROM counted
