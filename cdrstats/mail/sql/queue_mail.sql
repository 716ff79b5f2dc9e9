-- Queue a mail, unless its recipient had one of this occasion.
INSERT INTO outbox (occasion, recipient, subject, message_id, message)
VALUES (:occasion, :recipient, :subject, :message_id, :message)
ON CONFLICT (occasion, recipient) DO NOTHING
