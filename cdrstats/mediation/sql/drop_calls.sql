-- Delete the calls of rows that are mediated anew, and those that rows still waiting hold
-- under a key that has become another row's; return where they stood.
WITH stale AS (
    SELECT id, key, old_start AS start FROM decided WHERE old_start IS NOT NULL
    UNION ALL
    SELECT rival.other_id, rival.key, rival.call_start
    FROM rival
    JOIN decided AS d ON d.id = rival.id
    WHERE d.fate IS NULL AND NOT rival.imported
)
DELETE FROM voip_cdr AS v
USING stale
WHERE v.starting_date = stale.start AND v.dedup_key = stale.key AND v.import_id = stale.id
RETURNING v.starting_date
