-- Tell a case what its calls come to.
-- :case_id; :reasons text[]; :facts jsonb, of what was found last; :last_call timestamptz
UPDATE fraud_case AS c
SET first_call = s.first_call, last_call = s.last_call, calls = s.calls, billsec = s.billsec,
    cost = s.cost, cost_per_hour = s.cost_per_hour,
    reasons = ARRAY(
        SELECT DISTINCT said FROM unnest(c.reasons || CAST(:reasons AS text[])) AS said ORDER BY said
    ),
    facts = CASE WHEN :last_call >= c.last_call OR c.facts = '{}' THEN CAST(:facts AS jsonb)
        ELSE c.facts END
FROM (
    SELECT
        min(starting_date) AS first_call, max(starting_date) AS last_call, count(*) AS calls,
        sum(billsec) AS billsec, sum(cost) AS cost, max(cost_per_hour) AS cost_per_hour
    FROM (
        SELECT
            *, sum(cost) OVER (
                ORDER BY starting_date
                RANGE INTERVAL '59 minutes 59.999999 seconds' PRECEDING
            ) AS cost_per_hour
        FROM fraud_evidence
        WHERE case_id = :case_id
    ) AS each
) AS s
WHERE c.id = :case_id
RETURNING c.reasons
