-- Forget up to :limit staged rows that are decided and older than :before: loaded before it with
-- their file, or, without a file, of a call that began before it.
DELETE FROM cdr_import
WHERE id IN (
    SELECT staged.id
    FROM cdr_import AS staged
    LEFT JOIN import_file ON import_file.id = staged.file_id
    WHERE staged.imported
        AND coalesce(import_file.loaded_at, staged.call_start, staged.starting_date) < :before
    LIMIT :limit
)
