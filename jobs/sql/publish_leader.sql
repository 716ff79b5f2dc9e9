-- Show who runs the jobs: :host (text), :pid (int), since now.
UPDATE jobs_state
SET host = :host, pid = :pid, started_at = now(), heartbeat_at = now()
WHERE id = 1
