-- What moves with each change: writers of calls note it in the log, which counting takes away;
-- counting marks the views as behind. All of it in the transaction of the change. Causes and
-- switches say how calls count, and are few.
SELECT
    (SELECT coalesce(max(changes), 0) FROM matview_state),
    (SELECT count(*) FROM rollup_log),
    (SELECT coalesce(max(id), 0) FROM rollup_log),
    (
        SELECT md5(string_agg(concat_ws(' ', id, kind, delivered, blocked), ',' ORDER BY id))
        FROM hangup_cause
    ),
    (SELECT md5(string_agg(concat_ws(' ', id, extension_digits), ',' ORDER BY id)) FROM switch)
