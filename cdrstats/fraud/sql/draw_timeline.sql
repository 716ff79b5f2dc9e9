-- The calls and cost of a case, ten minutes by ten minutes.
-- :case_id
SELECT
    date_bin('10 minutes', starting_date, '2000-01-01 00:00+00') AS at, count(*) AS calls,
    sum(cost) AS cost
FROM fraud_evidence
WHERE case_id = :case_id
GROUP BY 1
ORDER BY 1
