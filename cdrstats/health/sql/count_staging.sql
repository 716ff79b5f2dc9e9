-- Count staged, waiting and rejected rows, each up to :enough (integer), and the calls as the
-- roll-ups count them. Beside the staged rows stands an estimate: rows a page when PostgreSQL
-- looked last (20 if it never did), times the pages there are now.
-- Uses cdr_import_waiting_idx and cdr_import_rejected_idx.
SELECT
    (SELECT count(*) FROM (SELECT 1 FROM cdr_import LIMIT :enough) AS found) AS staged,
    (SELECT
         coalesce(nullif(reltuples, -1) / nullif(relpages, 0), 20)
         * (pg_relation_size(oid) / 8192)
     FROM pg_class
     WHERE oid = 'public.cdr_import'::regclass) AS staged_estimate,
    (SELECT count(*)
     FROM (SELECT 1 FROM cdr_import WHERE NOT imported LIMIT :enough) AS found) AS waiting,
    (SELECT count(*)
     FROM (SELECT 1 FROM cdr_import WHERE outcome = 'rejected' LIMIT :enough) AS found)
        AS rejected,
    (SELECT coalesce(sum(calls), 0) FROM rollup_country_day) AS calls
