-- Show that the process is alive; learn whether jobs are paused.
UPDATE jobs_state SET heartbeat_at = now() WHERE id = 1 RETURNING paused
