-- Write what was decided beside the staged rows.
UPDATE cdr_import AS r
SET imported = true,
    outcome = coalesce(d.fate, 'call'),
    reason = d.reason,
    dedup_key = d.key,
    feed = d.kind,
    matched_key = d.matched_key,
    call_start = CASE WHEN d.fate IS NULL THEN d.start END
FROM decided AS d
WHERE r.id = d.id
