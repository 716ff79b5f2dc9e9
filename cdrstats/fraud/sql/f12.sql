-- F12: a range of numbers draws far more and far longer calls than it did; or far more than come
-- from it in a month, or than a year ago.
-- :digits of a range; :day_minutes, from which on a range is looked at; :acd_times, :volume_times;
-- :month_minutes, :ratio, :growth_percent
-- Uses voip_cdr_destination_number_idx and voip_cdr_caller_id_number_idx.
WITH kept AS (
    SELECT left(e164, :digits) AS range, at, dedup_key, cost, billsec, fresh FROM fraud_call
    WHERE outward AND answered AND length(e164) > :digits
), norm AS (
    SELECT sum(billsec)::numeric / count(*) AS acd FROM kept
), chosen AS (
    SELECT range, max(at) FILTER (WHERE fresh) AS until FROM kept
    GROUP BY range
    HAVING bool_or(fresh) AND sum(billsec) >= :day_minutes * 60
), counted AS (
    SELECT
        kept.*, chosen.until, sum(billsec) OVER span / 60.0 AS minutes,
        sum(billsec) OVER span::numeric / count(*) OVER span AS acd,
        bool_or(fresh) OVER span AS touched
    FROM kept JOIN chosen USING (range)
    WINDOW span AS (PARTITION BY range ORDER BY at RANGE :window PRECEDING)
), written AS (
    SELECT range, until, prefix || range AS first, prefix || range || ':' AS after
    FROM chosen CROSS JOIN unnest(ARRAY['', '+', '00', '011']) AS prefix
), past AS (
    -- Minutes to the range and from it in 30 days, in the 28 days before the last, and a year ago.
    SELECT
        range,
        sum(called.month) AS month, sum(called.before) / 28 AS usual,
        sum(called.year_ago) AS year_ago, sum(coming.month) AS coming
    FROM written AS w
    CROSS JOIN LATERAL (
        SELECT
            sum(v.billsec) FILTER (WHERE v.starting_date > w.until - INTERVAL '30 days') / 60.0
                AS month,
            sum(v.billsec) FILTER (WHERE v.starting_date > w.until - INTERVAL '29 days'
                AND v.starting_date <= w.until - INTERVAL '1 day') / 60.0 AS before,
            sum(v.billsec) FILTER (WHERE v.starting_date <= w.until - INTERVAL '365 days') / 60.0
                AS year_ago
        FROM voip_cdr AS v
        WHERE v.destination_number ~>=~ w.first AND v.destination_number ~<~ w.after
            AND v.direction <> 1
            AND (v.starting_date > w.until - INTERVAL '30 days' AND v.starting_date <= w.until
                OR v.starting_date > w.until - INTERVAL '395 days'
                AND v.starting_date <= w.until - INTERVAL '365 days')
    ) AS called
    CROSS JOIN LATERAL (
        SELECT sum(v.billsec) / 60.0 AS month
        FROM voip_cdr AS v
        WHERE v.caller_id_number ~>=~ w.first AND v.caller_id_number ~<~ w.after
            AND v.starting_date > w.until - INTERVAL '30 days' AND v.starting_date <= w.until
    ) AS coming
    GROUP BY range
), judged AS (
    SELECT
        c.*, p.month, p.usual, p.year_ago, p.coming,
        c.minutes >= :day_minutes AND c.acd >= :acd_times * norm.acd
            AND c.minutes >= :volume_times * p.usual AS swollen,
        p.month >= :month_minutes AND p.coming > 0 AND p.month >= :ratio * p.coming AS one_way,
        p.month >= :month_minutes AND p.year_ago > 0
            AND (p.month - p.year_ago) / p.year_ago * 100 > :growth_percent AS grown
    FROM counted AS c
    JOIN past AS p USING (range)
    CROSS JOIN norm
)
SELECT
    0 AS user_id, range || 'xxx' AS key, at, dedup_key, cost, billsec,
    touched AND coalesce(swollen OR one_way OR grown, false) AS hit,
    ARRAY[CASE WHEN swollen THEN 'swollen' END, CASE WHEN one_way THEN 'ratio' END,
        CASE WHEN grown THEN 'growth' END] AS reasons,
    jsonb_build_object(
        'minutes', round(minutes, 1), 'usual', round(usual, 1), 'acd', round(acd),
        'month_minutes', round(month), 'from_minutes', round(coming),
        'year_ago_minutes', round(year_ago)
    ) AS facts
FROM judged
