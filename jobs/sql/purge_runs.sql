-- Forget runs that ended before :before, and those before :idle_before that did nothing.
DELETE FROM job_run
WHERE finished_at < :before
    OR (finished_at < :idle_before AND state = 'done' AND done = 0)
