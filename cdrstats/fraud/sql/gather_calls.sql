-- The calls of a span as rules look at them: whose, dialled how, at what price, by which clock.
-- :start, :end    timestamptz
-- :after, :until  bigint, calls that came in after the first, up to the second, are fresh
-- :judged_from, :judged_to  timestamptz, of calls that start outside none is fresh
-- :near           timestamptz, calls before are looked at by rules of long windows alone, none of
--                 which asks for the risk of a prefix
-- :zone           text, of customers who have none of their own
-- Rules sum sub-seconds exactly: a call exactly a window after another is not in one with it.
INSERT INTO fraud_call
WITH span AS MATERIALIZED (
    SELECT
        v.starting_date, v.dedup_key, v.user_id, v.id, v.accountcode, v.caller_id_number,
        v.destination_number, v.destination_e164, v.country_id, v.dialcode_id, v.carrier_id,
        v.direction, v.call_type, v.answered, v.duration, v.billsec, v.pdd_ms, v.hangup_cause_id,
        v.sip_status, v.data ->> 'linkedid' AS linkedid,
        greatest(v.buy_rate, v.sell_rate) AS rate, greatest(v.buy_cost, v.sell_cost) AS cost,
        v.direction <> 1 AND v.call_type <> 2 AS outward
    FROM voip_cdr AS v
    WHERE v.starting_date >= :start AND v.starting_date < :end AND v.id <= :until
), risky AS (
    -- Of the prefixes of one number the longest is the greatest.
    SELECT dialled.e164, max(high.prefix) AS prefix
    FROM (
        SELECT DISTINCT destination_e164 AS e164 FROM span
        WHERE starting_date >= :near AND outward AND destination_e164 <> ''
    ) AS dialled
    CROSS JOIN (SELECT DISTINCT length(prefix) AS digits FROM high_risk_prefix WHERE active) AS l
    JOIN high_risk_prefix AS high ON high.active AND high.prefix = left(dialled.e164, l.digits)
    GROUP BY dialled.e164
)
SELECT
    v.starting_date AS at, v.dedup_key, v.user_id,
    v.id > :after AND v.starting_date >= :judged_from AND v.starting_date < :judged_to AS fresh,
    v.starting_date >= :near AS near,
    CASE
        WHEN v.accountcode <> '' THEN v.accountcode
        WHEN v.user_id <> 0 THEN 'customer ' || v.user_id
        ELSE v.caller_id_number
    END AS account,
    v.accountcode, v.caller_id_number AS caller, v.destination_number AS callee,
    v.destination_e164 AS e164,
    coalesce(nullif(v.destination_e164, ''), v.destination_number) AS number,
    v.country_id, v.dialcode_id, v.carrier_id, v.direction, v.call_type, v.outward,
    v.outward AND v.call_type = 0 AND v.country_id <> 0 AS international,
    v.answered, v.duration, v.billsec, greatest(v.duration - v.billsec, 0) AS ring_s, v.pdd_ms,
    v.hangup_cause_id AS cause, v.sip_status, price.cost,
    CASE
        WHEN price.rate > 0 OR v.billsec = 0 THEN price.rate
        ELSE round(price.cost * 60 / v.billsec, 6)
    END AS rate,
    risky.prefix AS risk, coalesce(v.linkedid, '') AS linkedid,
    clock.shown, day.day IS NOT NULL AS holiday
FROM span AS v
CROSS JOIN LATERAL (
    SELECT
        v.rate,
        CASE
            WHEN v.cost > 0 THEN v.cost
            ELSE greatest(v.rate, 0) * ceil(v.billsec / 60.0)
        END AS cost
) AS price
LEFT JOIN risky ON risky.e164 = v.destination_e164
LEFT JOIN customer AS c ON c.id = v.user_id
CROSS JOIN LATERAL (
    SELECT v.starting_date AT TIME ZONE coalesce(nullif(c.timezone, ''), :zone) AS shown
) AS clock
LEFT JOIN holiday AS day ON day.day = CAST(clock.shown AS date)
