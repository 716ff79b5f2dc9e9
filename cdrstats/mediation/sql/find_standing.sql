-- Rows whose call was there already under another row's name are duplicates.
UPDATE decided AS d
SET fate = 'duplicate'
FROM voip_cdr AS v
WHERE d.fate IS NULL AND v.starting_date = d.start AND v.dedup_key = d.key
    AND v.import_id <> d.id
