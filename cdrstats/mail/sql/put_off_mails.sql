-- Let the mails :ids, which were tried in vain, wait by how often they were; after the last of the
-- :waits a mail is given up.
UPDATE outbox
SET state = CASE WHEN attempts > cardinality(:waits) THEN 'given_up' ELSE 'waiting' END,
    next_at = now() + coalesce((CAST(:waits AS interval[]))[attempts], '0'),
    error = :why
WHERE id = ANY (:ids) AND state = 'sending'
