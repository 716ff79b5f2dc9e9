-- Queue a mail, unless its recipient had one of this occasion.
INSERT INTO outbox (occasion, recipient, subject, message_id, message, channel_id)
VALUES (:occasion, :recipient, :subject, :message_id, :message, :channel_id)
ON CONFLICT (occasion, recipient) DO NOTHING
