-- Lock the mail :id, unless another process has begun to try it meanwhile.
SELECT recipient, message, message_id
FROM outbox
WHERE id = :id AND attempts = :attempts AND state = 'sending'
FOR UPDATE SKIP LOCKED
