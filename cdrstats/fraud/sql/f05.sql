-- F5: an account holds more lines at once than it did in 99 of 100 calls of the day before the
-- hour, or than it has.
-- :above, :channels (0: not known), :baseline_calls
WITH chosen AS (
    SELECT user_id, account FROM fraud_near
    WHERE outward AND account <> '' AND duration > 0
    GROUP BY user_id, account
    HAVING bool_or(fresh) AND count(*) > :above
), swept AS (
    SELECT
        user_id, account, move.at, step, dedup_key, cost, billsec, fresh, near,
        sum(step) OVER (PARTITION BY user_id, account ORDER BY move.at, step) AS held
    FROM fraud_call AS c
    JOIN chosen USING (user_id, account)
    CROSS JOIN LATERAL (
        VALUES (c.at, 1), (c.at + make_interval(secs => c.duration), -1)
    ) AS move (at, step)
    WHERE c.outward AND c.duration > 0
), begun AS (
    SELECT * FROM swept WHERE step = 1
), late AS (
    -- Whatever has come in is near, so that none before can be touched by it.
    SELECT
        *, bool_or(fresh) OVER (
            PARTITION BY user_id, account ORDER BY at RANGE :window PRECEDING
        ) AS touched
    FROM begun
    WHERE near
), hours AS (
    SELECT DISTINCT user_id, account, date_trunc('hour', at) AS hour
    FROM late
    WHERE touched AND held > :above
), usual AS (
    SELECT
        hours.*, count(b.at) AS calls,
        percentile_disc(0.99) WITHIN GROUP (ORDER BY b.held) AS held
    FROM hours
    LEFT JOIN begun AS b ON b.user_id = hours.user_id AND b.account = hours.account
        AND b.at < hours.hour AND b.at >= hours.hour - INTERVAL '24 hours'
    GROUP BY hours.user_id, hours.account, hours.hour
), judged AS (
    SELECT
        b.*, u.held AS p99,
        u.calls >= :baseline_calls AND b.held > u.held + :above AS unusual,
        :channels > 0 AND b.held > :channels AS too_many
    FROM late AS b
    JOIN usual AS u ON u.user_id = b.user_id AND u.account = b.account
        AND u.hour = date_trunc('hour', b.at)
)
SELECT
    user_id, account AS key, at, dedup_key, cost, billsec,
    touched AND coalesce(unusual OR too_many, false) AS hit,
    ARRAY[CASE WHEN unusual THEN 'unusual' END, CASE WHEN too_many THEN 'channels' END]
        AS reasons,
    CASE WHEN unusual OR too_many THEN jsonb_build_object(
        'concurrent', held, 'usual', p99
    ) END AS facts
FROM judged
