-- Of rows with one key the lowest id is the call; the others, and rows whose call is there
-- already, are duplicates. Uses cdr_import_dedup_key_idx, which has only
-- rows with a call.
UPDATE decided AS d
SET fate = 'duplicate'
FROM (
    SELECT id, key, row_number() OVER (PARTITION BY key ORDER BY id) AS place
    FROM decided
    WHERE fate IS NULL
) AS ranked
WHERE d.id = ranked.id
    AND (ranked.place > 1 OR EXISTS (
        SELECT FROM cdr_import AS other
        WHERE other.dedup_key = ranked.key AND other.call_start IS NOT NULL
            AND other.imported AND other.outcome = 'call'
    ))
