-- Note the quarter-hours in which calls ended with :cause_id, so that they are counted again.
WITH noted AS (
    INSERT INTO rollup_log (slot)
    SELECT DISTINCT slot FROM rollup_cause WHERE hangup_cause_id = :cause_id
)
SELECT pg_notify('cdrstats', 'rollup')
