-- An A leg has named a leg that came earlier and was taken for a call: look at it again.
-- Uses cdr_import_dedup_key_idx: LATERAL keeps the planner from joining all of cdr_import.
UPDATE cdr_import AS r
SET imported = false
FROM (
    SELECT earlier.id
    FROM decided AS d
    CROSS JOIN LATERAL (
        SELECT leg.id
        FROM cdr_import AS leg
        WHERE leg.dedup_key = d.names_leg AND leg.call_start IS NOT NULL
            AND leg.id <> d.id AND leg.names_leg IS NULL
            AND leg.imported AND leg.outcome = 'call'
        OFFSET 0
    ) AS earlier
    WHERE d.names_leg IS NOT NULL AND (d.fate IS NULL OR d.fate = 'duplicate')
) AS named
WHERE r.id = named.id
