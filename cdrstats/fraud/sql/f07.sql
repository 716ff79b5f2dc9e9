-- F7: a number dials others one after the other, each the next.
-- :run numbers; a run ends where nothing is dialled for the window
WITH chosen AS (
    SELECT user_id, caller FROM fraud_near
    WHERE outward AND caller <> ''
    GROUP BY user_id, caller
    HAVING bool_or(fresh) AND count(*) >= :run
), dialled AS (
    SELECT c.*, regexp_replace(c.number, '[^0-9]', '', 'g')::numeric AS dialled
    FROM fraud_near AS c
    JOIN chosen USING (user_id, caller)
    WHERE c.outward AND c.number ~ '[0-9]{3}'
), stepped AS (
    SELECT
        *, NOT coalesce(
            dialled = lag(dialled) OVER line + 1 AND at - lag(at) OVER line <= :window, false
        ) AS begins
    FROM dialled
    WINDOW line AS (PARTITION BY user_id, caller ORDER BY at, dialled)
), numbered AS (
    SELECT
        *, count(*) FILTER (WHERE begins) OVER (
            PARTITION BY user_id, caller ORDER BY at, dialled ROWS UNBOUNDED PRECEDING
        ) AS run
    FROM stepped
), counted AS (
    SELECT
        *, row_number() OVER line AS length, bool_or(fresh) OVER line AS touched,
        count(*) OVER (PARTITION BY user_id, caller, run) AS whole
    FROM numbered
    WINDOW line AS (
        PARTITION BY user_id, caller, run ORDER BY at, dialled ROWS UNBOUNDED PRECEDING
    )
)
SELECT
    user_id, caller AS key, at, dedup_key, cost, billsec, touched AND length >= :run AS hit,
    ARRAY['run'] AS reasons, jsonb_build_object('run', length) AS facts
FROM counted
WHERE whole >= :run
