-- Delete the calls of rows that are mediated anew, and those that rows still waiting hold
-- under a key that has become another row's; return where they stood.
WITH stale AS (
    SELECT id, key, old_start AS start FROM decided WHERE old_start IS NOT NULL
    UNION ALL
    SELECT waiting.id, d.key, waiting.call_start
    FROM decided AS d
    JOIN cdr_import AS waiting ON waiting.dedup_key = d.key
    WHERE d.fate IS NULL AND NOT waiting.imported AND waiting.call_start IS NOT NULL
        AND waiting.id NOT IN (SELECT id FROM decided)
)
DELETE FROM voip_cdr AS v
USING stale
WHERE v.starting_date = stale.start AND v.dedup_key = stale.key AND v.import_id = stale.id
RETURNING v.starting_date
