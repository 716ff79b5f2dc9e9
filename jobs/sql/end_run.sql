-- Record how the run :id ended: :done things (bigint), or :error (text, NULL if there is none).
UPDATE job_run
SET state = CASE WHEN CAST(:error AS text) IS NULL THEN 'done' ELSE 'error' END,
    finished_at = clock_timestamp(), done = :done, error = :error
WHERE id = :id
