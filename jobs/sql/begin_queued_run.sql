-- Record that the queued run :id begins, unless jobs are paused; its id, or no row.
WITH state AS (SELECT paused FROM jobs_state WHERE id = 1 FOR SHARE)
UPDATE job_run SET state = 'running', started_at = now()
FROM state
WHERE id = :id AND state = 'queued' AND NOT paused
RETURNING id
