-- Calls of [:first, :last) into a month's table that has no indexes yet, :count of them.
-- Skewed as telephone traffic is: 50 customers and 200 countries by Zipf, 4 switches, 12 causes,
-- office hours and weekends, log-normal durations.
-- :seed       double precision in [-1, 1]
-- :import_id  bigint
WITH dice AS (
    SELECT setseed(:seed)
), country_of AS (
    SELECT array_agg(id ORDER BY md5(id::text)) AS id, count(*) AS n
    FROM (SELECT id FROM country WHERE id BETWEEN 1 AND 999 ORDER BY id LIMIT 200) AS c
), dialcode_of AS (
    SELECT country_id, min(id) AS id FROM dialcode WHERE country_id > 0 GROUP BY country_id
), hour_of AS (
    SELECT array_agg(hour) AS id, count(*) AS n
    FROM unnest(ARRAY[2,1,1,1,1,2,6,22,58,88,98,100,92,70,62,82,95,90,66,40,24,14,8,4])
        WITH ORDINALITY AS h (weight, hour)
    CROSS JOIN generate_series(1, weight)
), moment AS (
    SELECT i, CAST(:first AS timestamptz)
        + random() * (CAST(:last AS timestamptz) - CAST(:first AS timestamptz)) AS at
    FROM dice, generate_series(1, :count) AS i
), drawn AS MATERIALIZED (
    SELECT
        i, at,
        date_trunc('day', at)
            + (h.id[1 + floor(random() * h.n)::integer] - 1) * INTERVAL '1 hour'
            + floor(random() * 3600) * INTERVAL '1 second' AS start,
        least(50, floor(exp(random() * ln(51.0)))::integer) AS user_id,
        (ARRAY[1,1,1,1,2,2,2,3,3,4])[1 + floor(random() * 10)::integer] AS switch_id,
        c.id[least(c.n, floor(exp(random() * ln(c.n + 1.0))))::integer] AS country_id,
        CASE WHEN random() < 0.62 THEN 16 ELSE
            (ARRAY[17,17,17,19,19,19,19,1,1,18,20,21,27,28,34,41,41,102,487,487,487])
                [1 + floor(random() * 21)::integer] END AS cause,
        greatest(1, round(exp(4.6 + 1.1 * sqrt(-2 * ln(1 - random()))
            * cos(2 * pi() * random()))))::integer AS talk_s,
        (2 + floor(random() * random() * 40))::integer AS ring_s,
        floor(random() * random() * 200)::integer AS telephone,
        floor(random() * 1e7)::bigint AS subscriber,
        random() AS price
    FROM moment, country_of AS c, hour_of AS h
), call AS (
    SELECT
        drawn.*,
        CASE WHEN start >= :first AND start < :last THEN start
            ELSE at END AS moment,
        cause = 16 AS answered,
        CASE WHEN cause = 16 THEN talk_s ELSE 0 END AS billsec,
        coalesce(dc.id, 34)::text || lpad(subscriber::text, 7, '0') AS dialled,
        coalesce(dc.id, 34) AS dialcode_id
    FROM drawn
    LEFT JOIN dialcode_of AS dc USING (country_id)
)
INSERT INTO bench_month (
    user_id, switch_id, cdr_source_type, callid, caller_id_number, caller_id_name,
    destination_number, destination_e164, dialcode_id, channel, starting_date, answered_at,
    answered, duration, billsec, answersec, pdd_ms, hangup_cause_id, direction, country_id,
    call_type, accountcode, buy_rate, buy_cost, sell_rate, sell_cost, data, dedup_key, import_id)
SELECT
    user_id, switch_id, 4, md5(CAST(:seed AS text) || i), '9105' || lpad((user_id * 200 + telephone)::text, 5, '0'),
    'Extension ' || telephone, '00' || dialled, dialled, dialcode_id,
    'PJSIP/trunk-' || lpad(to_hex(i), 8, '0'), moment,
    CASE WHEN answered THEN moment + ring_s * INTERVAL '1 second' END,
    answered, ring_s + billsec, billsec, CASE WHEN answered THEN ring_s END,
    CASE WHEN answered THEN 400 + telephone * 20 END, cause, 2, country_id,
    0, 'ACC-' || user_id, round(price::numeric / 10, 4),
    round(price::numeric * billsec / 600, 4), round(price::numeric / 8, 4),
    round(price::numeric * billsec / 480, 4),
    jsonb_build_object('dstchannel', 'PJSIP/carrier-' || lpad(to_hex(i), 8, '0'),
        'lastapp', 'Dial', 'disposition', CASE WHEN answered THEN 'ANSWERED' ELSE 'FAILED' END),
    md5(CAST(:seed AS text) || '|' || i)::uuid, :import_id
FROM call
