-- Begin to try what is due for :channel, at most :most; NULL: the mails. What is `sending` and
-- not locked was left behind by a process that ended; what would wait longer than :longest was put
-- off by a clock that has been set back since.
WITH due AS MATERIALIZED (
    SELECT id
    FROM outbox
    WHERE channel_id IS NOT DISTINCT FROM CAST(:channel AS integer)
        AND (state = 'sending'
            OR (state = 'waiting' AND (next_at <= now() OR next_at > now() + :longest)))
    ORDER BY next_at, id
    LIMIT :most
    FOR UPDATE SKIP LOCKED
)
UPDATE outbox
SET state = 'sending', attempts = attempts + 1, tried_at = now()
FROM due
WHERE outbox.id = due.id
RETURNING outbox.id, outbox.attempts
