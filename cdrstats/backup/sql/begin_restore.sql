-- Begins the one transaction of a restore. Whoever would migrate waits for it, a job process
-- that starts meanwhile stands by, and a second restore gives up.
BEGIN;
SET LOCAL lock_timeout = '10s';
SELECT pg_advisory_xact_lock(hashtextextended('migrate', 0));
DO $$
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtextextended('jobs', 0)) THEN
        RAISE EXCEPTION 'the jobs have been started meanwhile, or another restore runs';
    END IF;
END
$$;
