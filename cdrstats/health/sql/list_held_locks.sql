-- Those of :names (text[]) whose advisory lock somebody holds in this database.
SELECT name
FROM unnest(CAST(:names AS text[])) AS given (name)
WHERE EXISTS (
    SELECT FROM pg_locks
    WHERE locktype = 'advisory' AND objsubid = 1 AND granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND (CAST(classid AS bigint) << 32) | CAST(objid AS bigint)
            = hashtextextended(name, 0)
)
ORDER BY name
