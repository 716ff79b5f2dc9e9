-- The cases that found calls make up: those of a rule and key without so long a quiet.
-- :rules text[], :quiets interval[], one of each rule
WITH stepped AS (
    SELECT
        *, coalesce(at - lag(at) OVER line >= quiet, false) AS begins,
        sum(cost) OVER (
            PARTITION BY rule, user_id, key ORDER BY at
            RANGE INTERVAL '59 minutes 59.999999 seconds' PRECEDING
        ) AS cost_per_hour
    FROM fraud_hit
    JOIN unnest(CAST(:rules AS text[]), CAST(:quiets AS interval[])) AS ends(rule, quiet)
        USING (rule)
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
        array_agg(DISTINCT array_to_string(reasons, ' ')) FILTER (WHERE hit) AS said,
        (array_agg(facts ORDER BY at DESC, dedup_key) FILTER (WHERE hit))[1] AS facts
    FROM numbered
    GROUP BY rule, user_id, key, number
    HAVING bool_or(hit)
)
SELECT
    rule, user_id, key, first_call, last_call, calls, billsec, cost, cost_per_hour,
    ARRAY(
        SELECT DISTINCT reason
        FROM unnest(said) AS together
        CROSS JOIN string_to_table(together, ' ') AS reason
        ORDER BY reason
    ) AS reasons,
    facts
FROM summed
ORDER BY first_call, rule, user_id, key
