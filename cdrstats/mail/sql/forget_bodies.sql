-- Forget the words of mails that were tried for the last time before :before, in vain.
UPDATE outbox
SET message = NULL
WHERE state IN ('failed', 'given_up') AND tried_at < :before AND message IS NOT NULL
