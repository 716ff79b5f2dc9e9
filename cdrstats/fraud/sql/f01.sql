-- F1: out of hours, an account calls abroad often, at cost, or on several lines at once.
-- :calls, :minutes; :cost an hour; :concurrent; :open_from, :open_until hours of working days
WITH kept AS (
    SELECT user_id, account, at, duration, dedup_key, cost, billsec, fresh FROM fraud_near
    WHERE international AND account <> ''
        AND (holiday OR extract(isodow FROM shown) > 5
            OR extract(hour FROM shown) < :open_from OR extract(hour FROM shown) >= :open_until)
), chosen AS (
    SELECT user_id, account FROM kept
    GROUP BY user_id, account
    HAVING bool_or(fresh)
        AND (count(*) >= least(:calls, :concurrent) OR sum(cost) >= :cost)
), moves AS (
    -- Who ends when another begins makes room for it; who fails at once holds no line.
    SELECT
        kept.user_id, kept.account, at, (duration > 0)::integer AS step, dedup_key, cost, billsec,
        fresh
    FROM kept JOIN chosen USING (user_id, account)
    UNION ALL
    SELECT
        kept.user_id, kept.account, at + make_interval(secs => duration), -1, NULL, 0, 0, false
    FROM kept JOIN chosen USING (user_id, account)
    WHERE duration > 0
), swept AS (
    SELECT
        moves.*, sum(step) OVER (PARTITION BY user_id, account ORDER BY at, step) AS held
    FROM moves
), counted AS (
    SELECT
        swept.*, count(*) OVER few AS calls, sum(cost) OVER span AS cost_per_hour,
        bool_or(fresh) OVER span AS touched
    FROM swept
    WHERE step >= 0
    WINDOW
        few AS (PARTITION BY user_id, account ORDER BY at
            RANGE make_interval(secs => :minutes * 60 - 0.000001) PRECEDING),
        span AS (PARTITION BY user_id, account ORDER BY at RANGE :window PRECEDING)
)
SELECT
    user_id, account AS key, at, dedup_key, cost, billsec,
    touched AND (calls >= :calls OR cost_per_hour >= :cost
        OR held >= :concurrent) AS hit,
    ARRAY[
        'off_hours',
        CASE WHEN calls >= :calls THEN 'calls' END,
        CASE WHEN cost_per_hour >= :cost THEN 'cost' END,
        CASE WHEN held >= :concurrent THEN 'concurrent' END
    ] AS reasons,
    jsonb_build_object(
        'calls', calls, 'cost', round(cost_per_hour, 4), 'concurrent', held
    ) AS facts
FROM counted
