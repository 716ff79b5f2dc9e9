-- How many notifications the person :person_id has not read, of :most at most.
-- Uses notification_unread_idx.
SELECT count(*)
FROM (
    SELECT FROM notification WHERE person_id = :person_id AND read_at IS NULL LIMIT :most
) AS unread
