-- F20: calls from outside are forwarded to where it is dear, within one linked call.
-- :calls in the window; :dear a minute
WITH forwarded AS (
    SELECT DISTINCT ON (c.at, c.dedup_key)
        c.*, came.callee || ' → ' || c.number AS key, came.caller AS came_from
    FROM fraud_near AS c
    JOIN fraud_call AS came ON came.linkedid = c.linkedid AND came.dedup_key <> c.dedup_key
        AND came.at <= c.at AND NOT came.outward
        AND (came.direction = 1 OR length(came.caller) > 6)
    WHERE c.linkedid <> '' AND c.outward AND (c.risk IS NOT NULL OR c.rate >= :dear)
    ORDER BY c.at, c.dedup_key, came.at, came.dedup_key
), counted AS (
    SELECT
        forwarded.*, count(*) OVER span AS calls, sum(cost) OVER span AS cost_per_hour,
        bool_or(fresh) OVER span AS touched
    FROM forwarded
    WINDOW span AS (PARTITION BY user_id, key ORDER BY at RANGE :window PRECEDING)
)
SELECT
    user_id, key, at, dedup_key, cost, billsec, touched AND calls >= :calls AS hit,
    ARRAY['forwarded'] AS reasons,
    jsonb_build_object('calls', calls, 'cost', round(cost_per_hour, 4)) AS facts
FROM counted
