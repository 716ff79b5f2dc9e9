-- Forget mails that were tried for the last time before :before.
DELETE FROM outbox
WHERE state IN ('sent', 'failed', 'given_up') AND tried_at < :before
