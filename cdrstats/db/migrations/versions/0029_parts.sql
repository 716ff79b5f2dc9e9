-- Lines that tell of a part of a call: those that wait for the others, and those whose row of
-- cdr_import may be told more yet, `import_id`. What is fresh has not been looked at together
-- with the others of its key.
CREATE TABLE call_part (
    id bigserial PRIMARY KEY,
    file_id bigint NOT NULL,
    line bigint NOT NULL,
    source text NOT NULL,
    switch_id integer NOT NULL,
    switch text NOT NULL,
    key text NOT NULL,
    data jsonb NOT NULL,
    fresh boolean NOT NULL DEFAULT true,
    joined boolean NOT NULL DEFAULT false,
    import_id bigint,
    received_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX call_part_source_switch_id_key_idx ON call_part (source, switch_id, key);
CREATE INDEX call_part_file_id_idx ON call_part (file_id);
CREATE INDEX call_part_import_id_idx ON call_part (import_id) WHERE import_id IS NOT NULL;
CREATE INDEX call_part_waiting_idx ON call_part (id) WHERE import_id IS NULL;
CREATE INDEX call_part_fresh_idx ON call_part (id) WHERE fresh;
GRANT SELECT ON call_part TO cdrstats_app;
CREATE VIEW cdrstats_masked.call_part WITH (security_invoker) AS
SELECT
    id, file_id, line, source, switch_id, switch, key, NULL::jsonb AS data, fresh, joined,
    import_id, received_at
FROM public.call_part;
GRANT SELECT ON cdrstats_masked.call_part TO cdrstats_app;

ALTER TABLE import_file ADD COLUMN parts bigint NOT NULL DEFAULT 0;

-- A row whose call turned out to be none, once a file that told of a part of it was undone.
ALTER TABLE cdr_import ADD COLUMN withdrawn boolean NOT NULL DEFAULT false;
DO $$
DECLARE
    shown text;
BEGIN
    SELECT rtrim(pg_get_viewdef('cdrstats_masked.cdr_import'::regclass), '; ') INTO shown;
    EXECUTE 'CREATE OR REPLACE VIEW cdrstats_masked.cdr_import WITH (security_invoker) AS '
        || regexp_replace(shown, '\s+FROM (public\.)?cdr_import\s*$',
            ', withdrawn FROM public.cdr_import');
END
$$;
