-- Delete the calls that came of the demo's files; return the quarter-hours they stood in.
-- A call whose staging row was purged is known by its id lying within its file's.
-- Uses voip_cdr_switch_id_starting_date_idx.
WITH gone AS (
    DELETE FROM voip_cdr AS v
    USING import_file AS f
    WHERE f.is_demo AND v.switch_id = f.switch_id
        AND v.starting_date >= f.first_call AND v.starting_date <= f.last_call
        AND v.import_id >= f.first_import_id AND v.import_id <= f.last_import_id
        AND NOT EXISTS (
            SELECT FROM cdr_import AS r
            WHERE r.id = v.import_id AND r.file_id IS DISTINCT FROM f.id
        )
    RETURNING v.starting_date
)
SELECT
    date_bin('15 minutes', starting_date, '2000-01-01 00:00+00') AS slot, count(*) AS calls
FROM gone
GROUP BY slot
