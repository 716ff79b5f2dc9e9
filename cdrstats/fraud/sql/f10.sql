-- F10: a number lets many others ring for a moment, that they may call back.
-- :attempts in the window; :distinct_share; :answered_share; :ring_s, the median
WITH chosen AS (
    SELECT user_id, caller FROM fraud_near
    WHERE outward AND caller <> ''
    GROUP BY user_id, caller
    HAVING bool_or(fresh) AND count(*) >= :attempts
), counted AS (
    SELECT
        c.*, count(*) OVER span AS attempts, count(*) FILTER (WHERE answered) OVER span AS taken,
        bool_or(fresh) OVER span AS touched
    FROM fraud_near AS c
    JOIN chosen USING (user_id, caller)
    WHERE c.outward
    WINDOW span AS (PARTITION BY user_id, caller ORDER BY at RANGE :window PRECEDING)
), looked AS (
    -- What no window can sum is counted where the rest holds.
    SELECT
        ends.user_id, ends.caller, ends.at, count(DISTINCT met.number) AS numbers,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY met.ring_s) AS ring_s
    FROM (
        SELECT DISTINCT user_id, caller, at FROM counted
        WHERE touched AND attempts >= :attempts AND taken <= :answered_share * attempts
    ) AS ends
    JOIN counted AS met ON met.user_id = ends.user_id AND met.caller = ends.caller
        AND met.at <= ends.at AND met.at >= ends.at - :window
    GROUP BY ends.user_id, ends.caller, ends.at
)
SELECT
    c.user_id, c.caller AS key, c.at, c.dedup_key, c.cost, c.billsec,
    coalesce(l.numbers >= :distinct_share * c.attempts AND l.ring_s <= :ring_s, false) AS hit,
    ARRAY['pings'] AS reasons,
    jsonb_build_object(
        'attempts', c.attempts, 'distinct', l.numbers, 'answered', c.taken, 'ring_s', l.ring_s
    ) AS facts
FROM counted AS c
LEFT JOIN looked AS l USING (user_id, caller, at)
