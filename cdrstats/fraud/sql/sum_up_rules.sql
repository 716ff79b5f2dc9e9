-- How many cases of each rule have which label; a fire drill tells nothing of how well it judges.
-- :sandbox, the customer of fire drills
SELECT
    rule, count(*) FILTER (WHERE label = 'confirmed' AND NOT drill) AS confirmed,
    count(*) FILTER (WHERE label = 'false positive' AND NOT drill) AS false_positive,
    count(*) AS cases
FROM (
    SELECT rule, label, user_id IN (SELECT id FROM customer WHERE name = :sandbox) AS drill
    FROM fraud_case
) AS each
GROUP BY rule
