-- Let the mails :ids, which were tried in vain, wait by how often they were; after the last of the
-- :waits a mail is given up. Who asked to be left alone for :asked is.
UPDATE outbox
SET state = CASE WHEN attempts > cardinality(:waits) THEN 'given_up' ELSE 'waiting' END,
    next_at = now() + greatest(coalesce((CAST(:waits AS interval[]))[attempts], '0'), :asked),
    error = :why
WHERE id = ANY (:ids) AND state = 'sending'
