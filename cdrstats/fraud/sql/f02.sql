-- F2: an account calls a high-risk or dear prefix often or long; or many numbers of one range of
-- a middling price.
-- :calls an hour, or :talk_minutes by :talk_calls of them; :dear a minute;
-- :middling_from, :middling_to a minute; :spread numbers
WITH kept AS (
    SELECT
        *, account || ' → ' || coalesce(
            risk, nullif(left(e164, -6), ''),
            nullif(left(regexp_replace(number, '[^0-9]', '', 'g'), -6), ''), number
        ) AS key,
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
        ELSE count(*) >= :calls
            OR count(*) >= :talk_calls AND sum(billsec) >= :talk_minutes * 60
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
), judged AS (
    SELECT
        c.*, s.numbers,
        NOT c.by_range AND c.calls >= :calls AS often,
        NOT c.by_range AND c.calls >= :talk_calls AND c.talk_minutes >= :talk_minutes AS long,
        c.by_range AND coalesce(s.numbers, 0) >= :spread AS wide
    FROM counted AS c
    LEFT JOIN spread AS s USING (user_id, key, at)
)
SELECT
    user_id, key, at, dedup_key, cost, billsec, touched AND (often OR long OR wide) AS hit,
    ARRAY[
        CASE WHEN risk IS NOT NULL THEN 'listed' END,
        CASE WHEN rate >= :dear THEN 'dear' END,
        CASE WHEN often THEN 'calls' END,
        CASE WHEN long THEN 'talk_minutes' END,
        CASE WHEN wide THEN 'spread' END
    ] AS reasons,
    jsonb_build_object(
        'calls', calls, 'talk_minutes', round(talk_minutes, 2),
        'cost', round(cost_per_hour, 4), 'numbers', numbers
    ) AS facts
FROM judged
