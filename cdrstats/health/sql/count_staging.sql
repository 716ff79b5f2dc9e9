-- Count staged, waiting and rejected rows, and calls, each up to :enough (integer); where there
-- are more, the planner's own estimate stands beside it.
-- Uses cdr_import_waiting_idx and cdr_import_rejected_idx.
SELECT
    (SELECT count(*) FROM (SELECT 1 FROM cdr_import LIMIT :enough) AS found) AS staged,
    (SELECT reltuples FROM pg_class WHERE oid = 'cdr_import'::regclass) AS staged_estimate,
    (SELECT count(*)
     FROM (SELECT 1 FROM cdr_import WHERE NOT imported LIMIT :enough) AS found) AS waiting,
    (SELECT id FROM cdr_import WHERE NOT imported ORDER BY id LIMIT 1) AS oldest_waiting,
    (SELECT count(*)
     FROM (SELECT 1 FROM cdr_import WHERE outcome = 'rejected' LIMIT :enough) AS found)
        AS rejected,
    (SELECT count(*) FROM (SELECT 1 FROM voip_cdr LIMIT :enough) AS found) AS calls,
    (SELECT sum(greatest(month.reltuples, 0))
     FROM pg_inherits
     JOIN pg_class AS month ON month.oid = pg_inherits.inhrelid
     WHERE pg_inherits.inhparent = 'voip_cdr'::regclass) AS calls_estimate
