-- The days on which calls with account codes are not their code's owner's.
-- :codes        text[]
-- :start, :end  timestamptz, of calls that start then or later, and before
-- Uses voip_cdr_accountcode_idx.
SELECT date_trunc('day', v.starting_date, 'UTC') AS day
FROM voip_cdr AS v
JOIN account_code AS a ON a.accountcode = v.accountcode AND a.customer_id <> v.user_id
WHERE v.accountcode = ANY(CAST(:codes AS text[]))
    AND v.starting_date >= :start AND v.starting_date < :end
GROUP BY day
ORDER BY day
