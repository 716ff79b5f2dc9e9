-- F16: what a customer has spent on a day or in a month, by its own clock, nears its limit.
-- :daily, :monthly (0: none), :warning_share
-- What was spent on the days before is read from the roll-ups, whose days are of UTC: of each day
-- the greater of what its calls cost us and the customer.
WITH days AS (
    SELECT user_id, CAST(shown AS date) AS day, sum(cost) AS spent, bool_or(fresh) AS fresh
    FROM fraud_call
    WHERE cost > 0 AND user_id <> 0
    GROUP BY user_id, CAST(shown AS date)
), earlier AS (
    SELECT days.user_id, days.day, days.spent, coalesce(past.cost, 0) AS cost
    FROM days
    CROSS JOIN LATERAL (
        SELECT sum(greatest(r.buy_cost, r.sell_cost)) AS cost
        FROM rollup_customer_day AS r
        WHERE :monthly > 0 AND r.user_id = days.user_id
            AND r.slot >= date_trunc('month', days.day::timestamp) AT TIME ZONE 'UTC'
            AND r.slot < days.day::timestamp AT TIME ZONE 'UTC'
    ) AS past
    WHERE days.fresh
), spending AS (
    -- Few come near a limit; the calls of the others need no sums.
    SELECT DISTINCT user_id FROM earlier
    WHERE :daily > 0 AND spent >= least(:warning_share, 1) * :daily
        OR :monthly > 0 AND spent + cost >= least(:warning_share, 1) * :monthly
), spent AS (
    SELECT
        user_id, at, dedup_key, cost, billsec, fresh, CAST(shown AS date) AS day,
        sum(cost) OVER (PARTITION BY user_id, CAST(shown AS date) ORDER BY at) AS today
    FROM fraud_call
    JOIN spending USING (user_id)
    WHERE cost > 0
), judged AS (
    SELECT
        s.*, to_char(s.day, 'YYYY-MM-DD') AS period, 'day' AS span, :daily AS most, s.today AS sum,
        max(s.today) OVER (PARTITION BY s.user_id, s.day) AS reached
    FROM spent AS s
    WHERE :daily > 0
    UNION ALL
    SELECT
        s.*, to_char(s.day, 'YYYY-MM'), 'month', :monthly, s.today + coalesce(e.cost, 0),
        max(s.today) OVER (PARTITION BY s.user_id, s.day) + coalesce(e.cost, 0)
    FROM spent AS s
    LEFT JOIN earlier AS e ON e.user_id = s.user_id AND e.day = s.day
    WHERE :monthly > 0
)
SELECT
    user_id, span || ' ' || period || ', ' || level.name AS key, at, dedup_key, cost, billsec,
    fresh AND sum >= level.share * most AS hit, ARRAY[level.name] AS reasons,
    CASE WHEN fresh AND sum >= level.share * most THEN jsonb_build_object(
        'spent', round(sum, 4), 'limit', most
    ) END AS facts
FROM judged
JOIN (VALUES ('warning', :warning_share), ('limit', 1)) AS level (name, share)
    ON reached >= level.share * most
