-- Record that :job begins, unless jobs are paused; its id, or no row. The lock on jobs_state
-- makes whoever pauses wait until the row is there to be seen.
WITH state AS (SELECT paused FROM jobs_state WHERE id = 1 FOR SHARE)
INSERT INTO job_run (job, state, started_at)
SELECT :job, 'running', now() FROM state WHERE NOT paused
RETURNING id
