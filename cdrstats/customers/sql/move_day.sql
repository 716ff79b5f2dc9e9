-- Give calls with account codes to the owners of their codes; return the quarter-hours they
-- stand in, with how many.
-- :codes        text[]
-- :start, :end  timestamptz, of calls that start then or later, and before
-- Uses voip_cdr_accountcode_idx.
WITH moved AS (
    UPDATE voip_cdr AS v
    SET user_id = a.customer_id
    FROM account_code AS a
    WHERE a.accountcode = v.accountcode AND a.customer_id <> v.user_id
        AND v.accountcode = ANY(CAST(:codes AS text[]))
        AND v.starting_date >= :start AND v.starting_date < :end
    RETURNING v.starting_date
)
SELECT
    date_bin('15 minutes', starting_date, '2000-01-01 00:00+00') AS slot, count(*) AS calls
FROM moved
GROUP BY slot
