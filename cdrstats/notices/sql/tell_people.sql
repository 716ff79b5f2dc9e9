-- Tell those of :people who may sign in, unless they were told of this occasion.
INSERT INTO notification (person_id, user_ids, occasion, kind, subject, text, link, at)
SELECT id, CAST(:user_ids AS integer[]), :occasion, :kind, :subject, :text, :link, :at
FROM person
WHERE id = ANY (:people) AND disabled_at IS NULL
ORDER BY id
ON CONFLICT (person_id, occasion) DO NOTHING
