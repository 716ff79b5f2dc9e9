-- Rows of other files, or of no file, that were duplicates of the demo's calls wait again: one
-- of them is the call from now on. Uses cdr_import_dedup_key_idx.
UPDATE cdr_import AS other
SET imported = false
FROM cdr_import AS mine, import_file AS f
WHERE f.is_demo AND mine.file_id = f.id
    AND mine.id >= f.first_import_id AND mine.id <= f.last_import_id
    AND other.outcome = 'duplicate' AND other.imported
    AND (other.dedup_key = mine.dedup_key OR other.matched_key = mine.dedup_key)
    AND NOT EXISTS (
        SELECT FROM import_file AS also WHERE also.id = other.file_id AND also.is_demo
    )
