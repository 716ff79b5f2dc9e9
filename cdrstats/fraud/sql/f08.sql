-- F8: one number is called again and again, whoever calls.
-- :calls in the window
WITH chosen AS (
    SELECT number FROM fraud_near
    WHERE number <> ''
    GROUP BY number
    HAVING bool_or(fresh) AND count(*) >= :calls
), counted AS (
    SELECT c.*, count(*) OVER span AS calls, bool_or(fresh) OVER span AS touched
    FROM fraud_near AS c
    JOIN chosen USING (number)
    WINDOW span AS (PARTITION BY number ORDER BY at RANGE :window PRECEDING)
)
SELECT
    0 AS user_id, number AS key, at, dedup_key, cost, billsec, touched AND calls >= :calls AS hit,
    ARRAY['calls'] AS reasons, jsonb_build_object('calls', calls) AS facts
FROM counted
