-- What moves with each change: writers of calls note it in the log, which counting takes away;
-- counting marks the views as behind. All of it in the transaction of the change.
SELECT
    (SELECT coalesce(max(changes), 0) FROM matview_state),
    (SELECT count(*) FROM rollup_log),
    (SELECT coalesce(max(id), 0) FROM rollup_log)
