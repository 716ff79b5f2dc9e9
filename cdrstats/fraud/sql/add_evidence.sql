-- Let a case rest on calls that were found; on each once.
-- :case_id, :rule, :user_id, :key, :first_call, :last_call
INSERT INTO fraud_evidence (case_id, starting_date, dedup_key, billsec, cost)
SELECT :case_id, at, dedup_key, billsec, cost FROM fraud_hit
WHERE rule = :rule AND user_id = :user_id AND key = :key
    AND at >= :first_call AND at <= :last_call
ON CONFLICT DO NOTHING
