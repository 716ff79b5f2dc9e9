-- The parts of the oldest keys of which a part is fresh, file by file: those that wait, and those
-- whose row may be told more. A file that is being loaded may have more of them.
-- :limit  integer, of keys. Uses call_part_fresh_idx and call_part_source_switch_id_key_idx.
WITH taken AS (
    SELECT p.source, p.switch_id, p.key
    FROM call_part AS p
    JOIN import_file AS f ON f.id = p.file_id AND f.state = 'staged'
    WHERE p.fresh
    GROUP BY 1, 2, 3
    ORDER BY min(p.id)
    LIMIT :limit
)
SELECT
    p.id, p.file_id, p.line, p.source, p.switch_id, p.switch, p.key, p.data, p.joined,
    p.import_id, coalesce(f.timezone, s.timezone) AS timezone
FROM taken
JOIN call_part AS p USING (source, switch_id, key)
JOIN import_file AS f ON f.id = p.file_id AND f.state = 'staged'
JOIN switch AS s ON s.id = p.switch_id
ORDER BY p.source, p.switch_id, p.key, p.id
