-- Take the :limit oldest changed quarter-hours out of the log and return them, each once.
WITH chosen AS (
    SELECT DISTINCT slot FROM rollup_log ORDER BY slot LIMIT :limit
), taken AS (
    DELETE FROM rollup_log USING chosen WHERE rollup_log.slot = chosen.slot
)
SELECT slot FROM chosen ORDER BY slot
