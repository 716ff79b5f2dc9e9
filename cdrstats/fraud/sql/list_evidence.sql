-- The calls that a case rests on, as far as they are there still, oldest first.
-- :case_id, :limit
SELECT
    e.starting_date, e.dedup_key, v.caller_id_number, v.destination_number, v.accountcode,
    e.billsec, e.cost
FROM fraud_evidence AS e
LEFT JOIN voip_cdr AS v ON v.starting_date = e.starting_date AND v.dedup_key = e.dedup_key
WHERE e.case_id = :case_id
ORDER BY e.starting_date, e.dedup_key
LIMIT :limit
