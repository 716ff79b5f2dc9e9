-- What changed in the counts of files, as their parts became calls or wait again.
-- :file_ids bigint[], and for each of them :staged, :joined, :bad, :parts integer[].
UPDATE import_file AS f
SET staged = f.staged + c.staged,
    joined = f.joined + c.joined,
    bad = f.bad + c.bad,
    parts = f.parts + c.parts,
    read = f.read + c.staged + c.joined + c.bad + c.parts,
    first_import_id = least(f.first_import_id, c.first_id),
    last_import_id = greatest(f.last_import_id, c.last_id)
FROM unnest(
    CAST(:file_ids AS bigint[]), CAST(:staged AS integer[]), CAST(:joined AS integer[]),
    CAST(:bad AS integer[]), CAST(:parts AS integer[]), CAST(:first_ids AS bigint[]),
    CAST(:last_ids AS bigint[])
) AS c(file_id, staged, joined, bad, parts, first_id, last_id)
WHERE f.id = c.file_id
