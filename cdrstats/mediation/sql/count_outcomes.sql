-- Bring the counts of the files of this batch up to date: new outcomes in, old ones out.
WITH change AS (
    SELECT file_id, coalesce(fate, 'call') AS outcome, count(*) AS n, min(start) AS first, max(start) AS last
    FROM decided WHERE file_id IS NOT NULL GROUP BY 1, 2
    UNION ALL
    SELECT file_id, old_outcome, -count(*), NULL, NULL
    FROM decided WHERE file_id IS NOT NULL AND old_outcome IS NOT NULL GROUP BY 1, 2
), total AS (
    SELECT
        file_id,
        coalesce(sum(n) FILTER (WHERE outcome = 'call'), 0) AS imported,
        coalesce(sum(n) FILTER (WHERE outcome = 'duplicate'), 0) AS duplicates,
        coalesce(sum(n) FILTER (WHERE outcome = 'rejected'), 0) AS rejected,
        coalesce(sum(n) FILTER (WHERE outcome = 'ignored'), 0) AS ignored,
        coalesce(sum(n) FILTER (WHERE outcome = 'joined'), 0) AS joined,
        min(first) FILTER (WHERE outcome = 'call') AS first,
        max(last) FILTER (WHERE outcome = 'call') AS last
    FROM change GROUP BY file_id
)
UPDATE import_file AS f
SET imported = f.imported + t.imported,
    duplicates = f.duplicates + t.duplicates,
    rejected = f.rejected + t.rejected,
    ignored = f.ignored + t.ignored,
    joined = f.joined + t.joined,
    first_call = least(f.first_call, t.first),
    last_call = greatest(f.last_call, t.last)
FROM total AS t
WHERE f.id = t.file_id
