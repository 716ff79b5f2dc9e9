-- Forget what was read before :read_before, and what nobody read and is of before :told_before.
DELETE FROM notification
WHERE read_at < :read_before OR (read_at IS NULL AND at < :told_before)
