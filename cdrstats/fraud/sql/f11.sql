-- F11: a range let many numbers ring for a moment (F10, coming in), and is called back.
-- :attempts in 10 minutes, :distinct_share, :answered_share, :ring_s; :calls back in the window
WITH heard AS (
    SELECT
        at, number, answered, ring_s,
        left(regexp_replace(regexp_replace(caller, '^([+]|00|011)', ''), '[^0-9]', '', 'g'), -3)
            AS range
    FROM fraud_call
    WHERE direction = 1
), chosen AS (
    SELECT range FROM heard WHERE length(range) >= 4 GROUP BY range HAVING count(*) >= :attempts
), counted AS (
    SELECT
        heard.*, count(*) OVER span AS attempts,
        count(*) FILTER (WHERE answered) OVER span AS taken
    FROM heard
    JOIN chosen USING (range)
    WINDOW span AS (PARTITION BY range ORDER BY at RANGE INTERVAL '599.999999 seconds' PRECEDING)
), pinged AS (
    SELECT range, ends.at, ends.attempts
    FROM (
        SELECT DISTINCT range, at, attempts FROM counted
        WHERE attempts >= :attempts AND taken <= :answered_share * attempts
    ) AS ends
    JOIN counted AS met USING (range)
    WHERE met.at <= ends.at AND met.at >= ends.at - INTERVAL '599.999999 seconds'
    GROUP BY range, ends.at, ends.attempts
    HAVING count(DISTINCT met.number) >= :distinct_share * ends.attempts
        AND percentile_cont(0.5) WITHIN GROUP (ORDER BY met.ring_s) <= :ring_s
), alive AS (
    SELECT range, min(at) AS first, max(at) AS last, max(attempts) AS attempts
    FROM pinged GROUP BY range
), back AS (
    SELECT
        c.*, alive.range, alive.attempts, count(*) OVER span AS calls,
        bool_or(fresh) OVER span AS touched
    FROM fraud_call AS c
    JOIN alive ON alive.range = left(c.e164, -3)
    WHERE c.outward AND c.at > alive.first AND c.at <= alive.last + :window
    WINDOW span AS (PARTITION BY user_id, alive.range ORDER BY c.at RANGE :window PRECEDING)
)
SELECT
    user_id, range || 'xxx' AS key, at, dedup_key, cost, billsec, touched AND calls >= :calls AS hit,
    ARRAY['called_back'] AS reasons,
    jsonb_build_object('calls', calls, 'attempts', attempts) AS facts
FROM back
