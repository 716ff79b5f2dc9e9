-- Calls with account codes that are not their code's owner's, by whom they belong to.
-- :codes  text[]. Uses voip_cdr_accountcode_idx.
SELECT c.name, left_behind.calls
FROM (
    SELECT v.user_id, count(*) AS calls
    FROM voip_cdr AS v
    JOIN account_code AS a ON a.accountcode = v.accountcode AND a.customer_id <> v.user_id
    WHERE v.accountcode = ANY(CAST(:codes AS text[]))
    GROUP BY v.user_id
) AS left_behind
JOIN customer AS c ON c.id = left_behind.user_id
ORDER BY left_behind.calls DESC, c.name
