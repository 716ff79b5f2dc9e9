-- Calls of [:first, :last) into a month's table that has no indexes yet, :count of them.
-- Skewed as telephone traffic is: :customers customers, 200 countries and 8 carriers by Zipf, up to 5 dial
-- codes a country, 4 switches, 12 causes, office hours and weekends, log-normal durations. Three
-- of ten calls are of a switch that tells MOS and SIP status. Stored in the order they come in.
-- :seed       double precision in [-1, 1]
-- :import_id  bigint
WITH dice AS (
    SELECT setseed(:seed)
), country_of AS (
    SELECT array_agg(id ORDER BY md5(id::text)) AS id, count(*) AS n
    FROM (SELECT id FROM country WHERE id BETWEEN 1 AND 999 ORDER BY id LIMIT 200) AS c
), dialcode_of AS (
    SELECT country_id, (array_agg(id ORDER BY id))[1:5] AS id, least(count(*), 5) AS n
    FROM dialcode WHERE country_id > 0 GROUP BY country_id
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
        least(:customers, floor(exp(random() * ln(:customers + 1.0)))::integer) AS user_id,
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
        least(8, floor(exp(random() * ln(9.0)))::integer) AS carrier_id,
        CASE WHEN random() < 0.8 THEN 2 ELSE 1 END AS direction,
        CASE WHEN random() < 0.7 THEN 0 ELSE 1 END AS call_type,
        random() * random() AS area, random() AS price
    FROM moment, country_of AS c, hour_of AS h
), call AS (
    SELECT
        drawn.*,
        CASE WHEN start >= :first AND start < :last THEN start
            ELSE at END AS moment,
        cause = 16 AS answered,
        CASE WHEN cause = 16 THEN talk_s ELSE 0 END AS billsec,
        switch_id = 2 AS tells_quality,
        coalesce(dc.id[1 + floor(area * dc.n)::integer], 34) AS dialcode_id
    FROM drawn
    LEFT JOIN dialcode_of AS dc USING (country_id)
), dialled AS (
    SELECT call.*, dialcode_id || lpad(subscriber::text, 7, '0') AS dialled FROM call
)
INSERT INTO bench_month (
    user_id, switch_id, cdr_source_type, callid, caller_id_number, caller_id_name,
    destination_number, destination_e164, dialcode_id, channel, starting_date, answered_at,
    answered, duration, billsec, billed_s, answersec, pdd_ms, mos, sip_status, hangup_cause_id,
    direction, country_id, call_type, carrier_id, accountcode, buy_rate, buy_cost, sell_rate,
    sell_cost, data, dedup_key, import_id)
SELECT
    user_id, switch_id, CASE WHEN tells_quality THEN 3 ELSE 4 END, md5(CAST(:seed AS text) || i),
    '9105' || lpad((user_id * 200 + telephone)::text, 5, '0'),
    'Extension ' || telephone, '00' || dialled, dialled, dialcode_id,
    'PJSIP/trunk-' || lpad(to_hex(i), 8, '0'), moment,
    CASE WHEN answered THEN moment + ring_s * INTERVAL '1 second' END,
    answered, ring_s + billsec, billsec, (billsec + 59) / 60 * 60,
    CASE WHEN answered THEN ring_s END,
    CASE WHEN answered THEN 400 + telephone * 20 END,
    CASE WHEN tells_quality AND answered THEN round(4.5 - area::numeric, 2) END,
    CASE WHEN tells_quality THEN CASE cause WHEN 16 THEN 200 WHEN 1 THEN 404 WHEN 17 THEN 486
        WHEN 19 THEN 480 WHEN 21 THEN 603 WHEN 102 THEN 408 WHEN 487 THEN 487 ELSE 503 END END,
    cause, direction, country_id, call_type, CASE direction WHEN 2 THEN carrier_id ELSE 0 END,
    'ACC-' || user_id, round(price::numeric / 10, 4),
    round(price::numeric * billsec / 600, 4), round(price::numeric / 8, 4),
    round(price::numeric * billsec / 480, 4),
    jsonb_build_object('dstchannel', 'PJSIP/carrier-' || lpad(to_hex(i), 8, '0'),
        'lastapp', 'Dial', 'disposition', CASE WHEN answered THEN 'ANSWERED' ELSE 'FAILED' END),
    md5(CAST(:seed AS text) || '|' || i)::uuid, :import_id
FROM dialled
ORDER BY moment
