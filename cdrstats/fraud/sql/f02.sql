-- F2: an account calls a high-risk or dear prefix often or long; or many numbers of one range of
-- a middling price.
-- :calls, :talk_minutes an hour; :dear a minute; :middling_from, :middling_to a minute;
-- :spread numbers
WITH kept AS (
    SELECT
        *, account || ' → ' || coalesce(risk, nullif(left(e164, -6), ''), number) AS key,
        false AS by_range
    FROM fraud_near
    WHERE outward AND account <> '' AND (risk IS NOT NULL OR rate >= :dear)
    UNION ALL
    SELECT *, account || ' → ' || left(e164, -3) || 'xxx', true
    FROM fraud_near
    WHERE international AND account <> '' AND length(e164) > 6 AND risk IS NULL
        AND rate >= :middling_from AND rate <= :middling_to
), chosen AS (
    SELECT user_id, key FROM kept
    GROUP BY user_id, key
    HAVING bool_or(fresh) AND CASE
        WHEN bool_or(by_range) THEN count(DISTINCT number) >= :spread
        ELSE count(*) >= :calls OR sum(billsec) >= :talk_minutes * 60
    END
), counted AS (
    SELECT
        kept.*, count(*) OVER span AS calls, sum(billsec) OVER span / 60.0 AS talk_minutes,
        sum(cost) OVER span AS cost_per_hour, bool_or(fresh) OVER span AS touched
    FROM kept JOIN chosen USING (user_id, key)
    WINDOW span AS (PARTITION BY user_id, key ORDER BY at RANGE :window PRECEDING)
), spread AS (
    SELECT ends.user_id, ends.key, ends.at, count(DISTINCT met.number) AS numbers
    FROM (
        SELECT DISTINCT user_id, key, at FROM counted
        WHERE by_range AND touched AND calls >= :spread
    ) AS ends
    JOIN counted AS met ON met.user_id = ends.user_id AND met.key = ends.key
        AND met.at <= ends.at AND met.at >= ends.at - :window
    GROUP BY ends.user_id, ends.key, ends.at
)
SELECT
    c.user_id, c.key, c.at, c.dedup_key, c.cost, c.billsec,
    c.touched AND CASE WHEN c.by_range THEN coalesce(s.numbers, 0) >= :spread
        ELSE c.calls >= :calls OR c.talk_minutes >= :talk_minutes END AS hit,
    ARRAY[
        CASE WHEN c.risk IS NOT NULL THEN 'listed' END,
        CASE WHEN c.rate >= :dear THEN 'dear' END,
        CASE WHEN NOT c.by_range AND c.calls >= :calls THEN 'calls' END,
        CASE WHEN NOT c.by_range AND c.talk_minutes >= :talk_minutes THEN 'talk_minutes' END,
        CASE WHEN c.by_range THEN 'spread' END
    ] AS reasons,
    jsonb_build_object(
        'calls', c.calls, 'talk_minutes', round(c.talk_minutes, 2),
        'cost', round(c.cost_per_hour, 4), 'numbers', s.numbers
    ) AS facts
FROM counted AS c
LEFT JOIN spread AS s USING (user_id, key, at)
