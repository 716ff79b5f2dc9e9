-- F3: the first call ever of an account code to a country that is dear or high-risk, and more of
-- them within the hour. An account code without a history has no habits that it could leave.
-- :calls, :dear a minute, :history_days
-- Uses voip_cdr_accountcode_country_id_dialcode_id_idx and voip_cdr_accountcode_idx.
WITH asked AS (
    SELECT user_id, accountcode, country_id, min(at) AS first
    FROM fraud_near
    WHERE outward AND accountcode <> '' AND country_id <> 0
    GROUP BY user_id, accountcode, country_id
    HAVING bool_or(fresh AND (risk IS NOT NULL OR rate >= :dear)) AND count(*) >= :calls
), unmet AS (
    SELECT asked.* FROM asked
    LEFT JOIN LATERAL (
        SELECT 1 AS met FROM voip_cdr AS v
        WHERE v.accountcode = asked.accountcode AND v.country_id = asked.country_id
            AND v.starting_date < asked.first
        LIMIT 1
    ) AS earlier ON true
    LEFT JOIN LATERAL (
        SELECT 1 AS met FROM voip_cdr AS v
        WHERE v.accountcode = asked.accountcode
            AND v.starting_date < asked.first - make_interval(days => :history_days)
        LIMIT 1
    ) AS habits ON true
    WHERE earlier.met IS NULL AND habits.met IS NOT NULL
), counted AS (
    SELECT
        c.*, count(*) OVER span AS calls, bool_or(fresh) OVER span AS touched,
        bool_or(risk IS NOT NULL) OVER span AS listed, max(rate) OVER span AS dearest
    FROM fraud_near AS c
    JOIN unmet USING (user_id, accountcode, country_id)
    WHERE c.outward AND c.at <= unmet.first + :window
    WINDOW span AS (
        PARTITION BY user_id, accountcode, country_id ORDER BY at RANGE :window PRECEDING
    )
)
SELECT
    user_id, accountcode || ' → ' || coalesce(named.name, counted.country_id::text) AS key,
    at, dedup_key, cost, billsec,
    touched AND calls >= :calls AND (listed OR dearest >= :dear) AS hit,
    ARRAY['first_ever', CASE WHEN listed THEN 'listed' END,
        CASE WHEN dearest >= :dear THEN 'dear' END] AS reasons,
    jsonb_build_object('calls', calls, 'dear', dearest) AS facts
FROM counted
LEFT JOIN country AS named ON named.id = counted.country_id
