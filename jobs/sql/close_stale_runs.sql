-- Runs that a process left open when it died. Only the process with the lock may say so.
UPDATE job_run
SET state = 'error', finished_at = now(), error = 'The job process ended before this run did.'
WHERE state = 'running'
