-- Records are staged as calls that start where the file says; set right those that are not.
UPDATE cdr_import AS r
SET outcome = coalesce(d.fate, 'call'),
    reason = d.reason,
    matched_key = d.matched_key,
    call_start = CASE WHEN d.fate IS NULL THEN d.start END
FROM decided AS d
WHERE r.id = d.id AND (d.fate IS NOT NULL OR d.start IS DISTINCT FROM d.staged_start)
