-- Take the oldest waiting rows of cdr_import.
-- :limit  integer. Rows that somebody is changing are left for the next batch.
-- Uses cdr_import_waiting_idx.
CREATE TEMP TABLE batch ON COMMIT DROP AS
SELECT * FROM cdr_import
WHERE NOT imported
ORDER BY id
LIMIT :limit
FOR UPDATE SKIP LOCKED
