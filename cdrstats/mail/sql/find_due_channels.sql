-- The channels for which something is due, as begin_mails.sql says.
SELECT DISTINCT channel_id
FROM outbox
WHERE channel_id IS NOT NULL
    AND (state = 'sending'
        OR (state = 'waiting' AND (next_at <= now() OR next_at > now() + :longest)))
ORDER BY channel_id
