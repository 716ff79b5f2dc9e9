-- Cases that wait to be told, of recipients whose last mail of fraud is not of just now. A fire
-- drill waits for nobody, and nobody for its mail: it is to tell how long an attack takes.
-- :since, :now timestamptz; :sandbox, the customer of fire drills
-- Uses fraud_telling_told_at_idx.
WITH told AS (
    SELECT t.recipient, t.case_id, t.told_at, coalesce(c.name = :sandbox, false) AS drill
    FROM fraud_telling AS t
    JOIN fraud_case ON fraud_case.id = t.case_id
    LEFT JOIN customer AS c ON c.id = fraud_case.user_id
    WHERE t.told_at IS NULL OR t.told_at > :since AND t.told_at <= :now
)
SELECT recipient, array_agg(case_id ORDER BY case_id) FILTER (WHERE told_at IS NULL) AS cases
FROM told
GROUP BY recipient
HAVING bool_or(told_at IS NULL)
    AND (bool_or(drill AND told_at IS NULL)
        OR NOT bool_or(NOT drill AND told_at IS NOT NULL))
ORDER BY recipient
