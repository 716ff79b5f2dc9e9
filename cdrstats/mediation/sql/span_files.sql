-- The first and last call of files whose calls were mediated anew, as they stand now.
-- :file_ids  bigint[]. Uses cdr_import_pkey: a file's rows lie between two ids.
UPDATE import_file AS f
SET first_call = (
        SELECT min(r.call_start) FROM cdr_import AS r
        WHERE r.id BETWEEN f.first_import_id AND f.last_import_id AND r.file_id = f.id
    ),
    last_call = (
        SELECT max(r.call_start) FROM cdr_import AS r
        WHERE r.id BETWEEN f.first_import_id AND f.last_import_id AND r.file_id = f.id
    )
WHERE f.id = ANY(CAST(:file_ids AS bigint[]))
