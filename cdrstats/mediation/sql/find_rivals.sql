-- Other rows of cdr_import that hold, or held, a call under a key of the batch.
-- Uses cdr_import_dedup_key_idx, which has only rows with a call.
CREATE TEMP TABLE rival ON COMMIT DROP AS
SELECT d.id AS id, d.key, other.id AS other_id, other.call_start, other.imported, other.outcome
FROM decided AS d
JOIN cdr_import AS other
    ON other.dedup_key = d.key AND other.call_start IS NOT NULL
WHERE d.fate IS NULL AND other.id NOT IN (SELECT id FROM decided)
