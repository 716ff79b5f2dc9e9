-- The cases that found calls make up: those of a rule and key without so long a quiet.
-- :quiet  interval
WITH stepped AS (
    SELECT
        *, coalesce(at - lag(at) OVER line >= :quiet, false) AS begins,
        sum(cost) OVER (
            PARTITION BY rule, user_id, key ORDER BY at
            RANGE INTERVAL '59 minutes 59.999999 seconds' PRECEDING
        ) AS cost_per_hour
    FROM fraud_hit
    WINDOW line AS (PARTITION BY rule, user_id, key ORDER BY at, dedup_key)
), numbered AS (
    SELECT
        *, count(*) FILTER (WHERE begins) OVER (
            PARTITION BY rule, user_id, key ORDER BY at, dedup_key ROWS UNBOUNDED PRECEDING
        ) AS number
    FROM stepped
), summed AS (
    SELECT
        rule, user_id, key, number, min(at) AS first_call, max(at) AS last_call,
        count(*) AS calls, sum(billsec) AS billsec, sum(cost) AS cost,
        max(cost_per_hour) AS cost_per_hour,
        (array_agg(facts ORDER BY at DESC, dedup_key) FILTER (WHERE hit))[1] AS facts
    FROM numbered
    GROUP BY rule, user_id, key, number
), said AS (
    SELECT rule, user_id, key, number, array_agg(DISTINCT reason ORDER BY reason) AS reasons
    FROM (
        SELECT DISTINCT rule, user_id, key, number, reasons FROM numbered WHERE hit
    ) AS told
    CROSS JOIN unnest(reasons) AS reason
    GROUP BY rule, user_id, key, number
)
SELECT
    rule, user_id, key, first_call, last_call, calls, billsec, cost, cost_per_hour, reasons,
    facts
FROM summed
JOIN said USING (rule, user_id, key, number)
ORDER BY first_call, rule, user_id, key
