-- The key of a call may be a digest of its record, numbers included: whoever knows the rest of it
-- could try one number after the other. It is shown as a digest that takes a secret besides, so
-- that keys still tell calls apart and lead to them, and nothing else.
CREATE TABLE cdrstats_masked.secret (value bytea NOT NULL);
INSERT INTO cdrstats_masked.secret
VALUES (uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));
GRANT SELECT ON cdrstats_masked.secret TO cdrstats_app;

-- A reason may quote the record; without quotes it may hold a number that was too large. A start
-- is as the switch wrote it, which may be anything.
DO $$
DECLARE
    shown text;
    held text;
BEGIN
    FOREACH held IN ARRAY '{voip_cdr,cdr_import,bad_line}'::text[] LOOP
        SELECT string_agg(
            CASE
                WHEN attname IN (
                    'caller_id_number', 'caller_id_name', 'destination_number',
                    'destination_e164'
                ) THEN format('cdrstats_masked.shown(%I) AS %1$I', attname)
                WHEN attname IN ('dedup_key', 'matched_key', 'names_leg') THEN format(
                    'left(encode(sha256((SELECT value FROM cdrstats_masked.secret)'
                    ' || uuid_send(%I)), ''hex''), 32)::uuid AS %1$I',
                    attname
                )
                WHEN attname IN ('data', 'extradata') THEN format('NULL::jsonb AS %I', attname)
                WHEN attname = 'channel' THEN format('%L::text AS %I', '', attname)
                WHEN held = 'bad_line' AND attname = 'text'
                THEN format('regexp_replace(%I, ''\d'', ''x'', ''g'') AS %1$I', attname)
                WHEN attname = 'start_text' THEN format(
                    'CASE WHEN %I ~ ''^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?$'' THEN %1$I'
                    ' ELSE regexp_replace(%1$I, ''\d'', ''x'', ''g'') END AS %1$I',
                    attname
                )
                WHEN attname = 'reason' THEN format(
                    'CASE WHEN %I ~ ''"| '''''''
                    ' THEN regexp_replace(%1$I, ''\d'', ''x'', ''g'')'
                    ' ELSE regexp_replace(%1$I, ''\d[^[:alpha:]]{3,}\d'', ''xxxxx'', ''g'')'
                    ' END AS %1$I',
                    attname
                )
                ELSE quote_ident(attname)
            END,
            ', ' ORDER BY attnum
        )
        INTO shown
        FROM pg_attribute
        WHERE attrelid = held::regclass AND attnum > 0 AND NOT attisdropped;
        EXECUTE format(
            'CREATE OR REPLACE VIEW cdrstats_masked.%I WITH (security_invoker) AS SELECT %s'
            ' FROM public.%1$I',
            held, shown
        );
    END LOOP;
END
$$;
