-- Begin to try the mails that are due, at most :most. What is `sending` and not locked was left
-- behind by a process that ended; what would wait longer than :longest was put off by a clock that
-- has been set back since.
WITH due AS MATERIALIZED (
    SELECT id
    FROM outbox
    WHERE state = 'sending'
        OR (state = 'waiting' AND (next_at <= now() OR next_at > now() + :longest))
    ORDER BY next_at, id
    LIMIT :most
    FOR UPDATE SKIP LOCKED
)
UPDATE outbox
SET state = 'sending', attempts = attempts + 1, tried_at = now()
FROM due
WHERE outbox.id = due.id
RETURNING outbox.id, outbox.attempts
