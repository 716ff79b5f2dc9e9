-- An A leg has named a leg that came earlier and was taken for a call: look at it again.
UPDATE cdr_import AS r
SET imported = false
FROM decided AS d
WHERE d.names_leg IS NOT NULL AND (d.fate IS NULL OR d.fate = 'duplicate')
    AND r.dedup_key = d.names_leg AND r.id <> d.id AND r.names_leg IS NULL
    AND r.imported
    AND r.call_start IS NOT NULL AND r.outcome = 'call'
