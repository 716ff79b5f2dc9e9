-- The :limit (integer) largest tables and materialized views with their indexes, all months of
-- a partitioned table as one. `rows` is estimated, see count_staging.
SELECT
    coalesce(parent.relname, part.relname) AS name,
    CAST(
        sum(
            coalesce(nullif(part.reltuples, -1) / nullif(part.relpages, 0), 20)
            * (pg_relation_size(part.oid) / 8192)
        ) AS bigint
    ) AS rows,
    CAST(sum(pg_total_relation_size(part.oid)) AS bigint) AS size_bytes,
    CAST(sum(pg_indexes_size(part.oid)) AS bigint) AS index_bytes
FROM pg_class AS part
LEFT JOIN pg_inherits ON pg_inherits.inhrelid = part.oid
LEFT JOIN pg_class AS parent ON parent.oid = pg_inherits.inhparent
WHERE part.relkind IN ('r', 'm') AND part.relnamespace = 'public'::regnamespace
GROUP BY 1
ORDER BY 3 DESC, 1
LIMIT :limit
