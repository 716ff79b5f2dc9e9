-- Delete the demo's rows of staging. Uses cdr_import_pkey.
DELETE FROM cdr_import AS r
USING import_file AS f
WHERE f.is_demo AND r.file_id = f.id
    AND r.id >= f.first_import_id AND r.id <= f.last_import_id
