-- Ordinary calls of two weeks, :count of them, among which attacks are hidden (bench/fraud_set.py).
-- 2,000 customers of 25 telephones each, by office hours of UTC and weekends; one call of five that
-- go out goes abroad, to one of the customer's own 12 countries by Zipf. Each has a few hundred
-- numbers that it calls again and again, and is called. Answered 62 %, log-normal talk, ringing of
-- 4 to 40 s; prices by country; 6 carriers.
-- :first timestamptz; :seed double precision; :count
WITH dice AS (
    SELECT setseed(:seed)
), country_of AS (
    SELECT array_agg(country_id ORDER BY md5(country_id::text)) AS id,
        array_agg(dialcode ORDER BY md5(country_id::text)) AS code, count(*) AS n
    FROM (
        SELECT country_id, min(id) AS dialcode FROM dialcode
        WHERE country_id BETWEEN 1 AND 999 AND id BETWEEN 20 AND 999 AND left(id::text, 2) <> '22'
        GROUP BY country_id
    ) AS c
), hour_of AS (
    SELECT array_agg(hour) AS id, count(*) AS n
    FROM unnest(ARRAY[1,0,0,0,0,1,4,20,60,90,98,100,92,70,62,82,95,90,50,20,8,4,2,1])
        WITH ORDINALITY AS h (weight, hour)
    CROSS JOIN generate_series(1, weight)
), day_of AS (
    SELECT ARRAY[0,0,0,0,0,1,1,1,1,1,2,2,2,2,2,3,3,3,3,3,4,4,4,4,4,5,6] AS id
), drawn AS MATERIALIZED (
    SELECT
        i,
        CAST(:first AS timestamptz)
            + floor(random() * 2) * INTERVAL '7 days'
            + d.id[1 + floor(random() * 27)::integer] * INTERVAL '1 day'
            + (h.id[1 + floor(random() * h.n)::integer] - 1) * INTERVAL '1 hour'
            + random() * 3600 * INTERVAL '1 second' AS start,
        1 + floor(random() * 2000)::integer AS user_id,
        floor(random() * random() * 25)::integer AS telephone,
        floor(exp(random() * ln(12)))::integer AS favourite,
        floor(random() * random() * 300)::integer AS contact,
        random() AS answers, random() AS who, random() AS far,
        greatest(1, round(exp(4.6 + 1.0 * sqrt(-2 * ln(1 - random()))
            * cos(2 * pi() * random()))))::integer AS talk_s,
        (4 + floor(random() * random() * 36))::integer AS ring_s,
        random() AS pdd, 1 + floor(random() * 6)::integer AS carrier_id,
        (ARRAY[17,17,17,19,19,19,19,1,18,20,34,487,487,487])[1 + floor(random() * 14)::integer]
            AS cause
    FROM dice, generate_series(1, :count) AS i, hour_of AS h, day_of AS d
), call AS (
    SELECT
        drawn.*, far < 0.2 AS abroad,
        CASE WHEN far < 0.2 THEN c.id[p.place] ELSE 724 END AS country_id,
        CASE WHEN far < 0.2 THEN c.code[p.place] ELSE 34 END AS dialcode_id,
        answers < 0.62 AS answered, who < 0.75 AS outgoing,
        0.01 + (p.place * 7919 % 1000) / 12000.0 AS rate
    FROM drawn
    CROSS JOIN country_of AS c
    CROSS JOIN LATERAL (SELECT (1 + (user_id * 31 + favourite * 17) % c.n)::integer AS place) AS p
), dialled AS (
    SELECT
        call.*, CASE WHEN answered THEN least(talk_s, 6000) ELSE 0 END AS billsec,
        '9105' || lpad((user_id * 25 + telephone)::text, 5, '0') AS own,
        dialcode_id || lpad(
            ((user_id::bigint * 7919 + contact * 104729 + favourite * 31337) % 100000000)::text,
            8, '0'
        ) AS other
    FROM call
)
INSERT INTO voip_cdr (
    user_id, switch_id, callid, caller_id_number, destination_number, destination_e164, dialcode_id,
    starting_date, answered_at, answered, duration, billsec, pdd_ms, hangup_cause_id, direction,
    country_id, call_type, carrier_id, accountcode, buy_rate, buy_cost, sell_rate, sell_cost,
    dedup_key, import_id)
SELECT
    user_id, 1, 'o' || i, CASE WHEN outgoing THEN own ELSE other END,
    CASE WHEN outgoing THEN '00' || other ELSE own END,
    CASE WHEN outgoing THEN other ELSE '34' || own END,
    CASE WHEN outgoing THEN dialcode_id ELSE 34 END,
    start, CASE WHEN answered THEN start + ring_s * INTERVAL '1 second' END, answered,
    ring_s + billsec, billsec, CASE WHEN answered THEN 1100 + (pdd * 4000)::integer END,
    CASE WHEN answered THEN 16 ELSE cause END, CASE WHEN outgoing THEN 2 ELSE 1 END,
    CASE WHEN outgoing THEN country_id ELSE 724 END,
    CASE WHEN outgoing AND abroad THEN 0 ELSE 1 END,
    CASE WHEN outgoing THEN carrier_id ELSE 0 END, 'ACC-' || user_id,
    round(rate::numeric * 0.8, 4), round(rate::numeric * 0.8 * billsec / 60, 4),
    round(rate::numeric, 4), round(rate::numeric * billsec / 60, 4),
    md5(:seed || '|' || i)::uuid, 0
FROM dialled
ORDER BY start
