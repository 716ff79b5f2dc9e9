-- What the two materialized views (:names, text[]) are like, and what we know of them.
-- :keys, :columns  text[], the columns of the unique index and of the view, sorted
-- A view that does not exist has a row of NULLs beside its name.
SELECT
    name,
    view.oid::bigint AS oid,
    view.relispopulated AS populated,
    pg_has_role(session_user, view.relowner, 'USAGE') AS ours,
    pg_get_userbyid(view.relowner) AS owner,
    view.columns = CAST(:columns AS text[]) AS as_it_should_be,
    EXISTS (
        SELECT FROM pg_index
        WHERE indrelid = view.oid AND indisunique AND indisvalid
            AND indpred IS NULL AND indexprs IS NULL
            AND CAST(:keys AS text[]) = ARRAY(
                SELECT attname::text FROM pg_attribute
                WHERE attrelid = view.oid AND attnum = ANY (indkey) ORDER BY attname COLLATE "C"
            )
    ) AS keyed,
    greatest(view.reltuples, 0)::bigint AS rows,
    pg_total_relation_size(view.oid) AS size_bytes,
    format('ALTER MATERIALIZED VIEW public.%I OWNER TO %I;', name, session_user) AS mend,
    view.readers,
    -- Those who lost their right with a view that was dropped since.
    ARRAY(
        SELECT format('GRANT SELECT ON public.%I TO %s', name, role)
        FROM (
            SELECT CASE reader WHEN 'public' THEN 'PUBLIC' ELSE quote_ident(reader) END AS role
            FROM unnest(state.readers) AS reader
            WHERE view.oid <> state.seen_oid AND NOT reader = ANY (view.readers)
                AND (reader = 'public' OR EXISTS (SELECT FROM pg_roles WHERE rolname = reader))
        ) AS lost
    ) AS grants,
    coalesce(state.changes, 0) AS changes,
    coalesce(state.changes, 0) <> coalesce(state.shown, 0) AS behind,
    state.seen_oid,
    state.readers AS remembered,
    state.changed_at,
    state.refreshed_at,
    state.took_ms,
    state.next_due_at,
    state.trouble
FROM unnest(CAST(:names AS text[])) AS given (name)
LEFT JOIN LATERAL (
    SELECT
        pg_class.*,
        ARRAY(
            SELECT attname::text FROM pg_attribute
            WHERE attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
            ORDER BY attname COLLATE "C"
        ) AS columns,
        ARRAY(
            SELECT DISTINCT coalesce(rolname::text, 'public')
            FROM aclexplode(relacl) LEFT JOIN pg_roles ON pg_roles.oid = grantee
            WHERE privilege_type = 'SELECT' AND grantee <> relowner
                AND (grantee = 0 OR rolname IS NOT NULL)
        ) AS readers
    FROM pg_class
    WHERE pg_class.oid = to_regclass('public.' || name) AND relkind = 'm'
) AS view ON true
LEFT JOIN matview_state AS state USING (name)
ORDER BY name
