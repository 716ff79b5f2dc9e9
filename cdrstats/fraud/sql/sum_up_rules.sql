-- How many cases of each rule have which label.
SELECT
    rule, count(*) FILTER (WHERE label = 'confirmed') AS confirmed,
    count(*) FILTER (WHERE label = 'false positive') AS false_positive, count(*) AS cases
FROM fraud_case
GROUP BY rule
