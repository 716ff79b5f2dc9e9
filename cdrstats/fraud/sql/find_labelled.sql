-- The cases of rules that somebody has called fraud, or none, and that were going on in a time;
-- but for those of fire drills.
-- :rules text[]; :start, :end timestamptz; :sandbox, the customer of fire drills
SELECT rule, user_id, key, first_call, last_call, label
FROM fraud_case
WHERE rule = ANY (CAST(:rules AS text[])) AND label IN ('confirmed', 'false positive')
    AND last_call >= :start AND first_call < :end
    AND user_id NOT IN (SELECT id FROM customer WHERE name = :sandbox)
