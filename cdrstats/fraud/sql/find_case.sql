-- The case that found calls belong to: not quiet yet, or to be ignored for now.
-- :rule, :user_id, :key, :first_call, :last_call; :quiet interval; :now timestamptz
-- Uses fraud_case_rule_key_last_call_idx.
SELECT id FROM fraud_case
WHERE rule = :rule AND user_id = :user_id AND key = :key
    AND (last_call > :first_call - :quiet AND first_call < :last_call + :quiet
        OR ignored_until > :now)
ORDER BY last_call DESC
LIMIT 1
FOR UPDATE
