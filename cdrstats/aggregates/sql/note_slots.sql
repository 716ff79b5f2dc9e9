-- Append :slots (timestamptz[], quarter-hours in UTC) to the log, and wake the job process once
-- this transaction commits.
WITH noted AS (
    INSERT INTO rollup_log (slot)
    SELECT DISTINCT slot FROM unnest(CAST(:slots AS timestamptz[])) AS given (slot)
)
SELECT pg_notify('cdrstats', 'rollup')
