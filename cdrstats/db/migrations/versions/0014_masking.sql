-- Telephone numbers without their last digits, for whoever may not see them in full.

ALTER TABLE session ADD COLUMN unmasked_until timestamptz;
ALTER TABLE download ADD COLUMN masked integer NOT NULL DEFAULT 0;

-- A transaction that looks here before it looks in `public` finds these views instead of the
-- tables: whatever it selects, filters, groups or sorts by, it has no more than they show. How
-- many digits are kept back is told by `cdrstats.digits_masked`; where nobody told, nothing of a
-- number is shown.
CREATE SCHEMA cdrstats_masked;
GRANT USAGE ON SCHEMA cdrstats_masked TO cdrstats_app;

-- The usual number is digits alone. In all else, such as a SIP address, each run of digits loses
-- its last ones: which of them is the number nobody can tell.
CREATE FUNCTION cdrstats_masked.shown(number text) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT CASE
        WHEN translate(number, '+0123456789', '') = ''
        THEN left(number, -m.digits) || repeat('x', least(length(number), m.digits))
        ELSE regexp_replace(number, '\d(?=\d{0,' || m.digits - 1 || '}(?!\d))', 'x', 'g')
    END
    FROM (
        SELECT nullif(current_setting('cdrstats.digits_masked', true), '')::integer AS digits
    ) AS m
$$;
GRANT EXECUTE ON FUNCTION cdrstats_masked.shown(text) TO cdrstats_app;

-- What a switch wrote besides may hold numbers anywhere, and is left out; in lines and reasons
-- every digit, or whatever may be a number, is.
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
                WHEN attname IN ('data', 'extradata') THEN format('NULL::jsonb AS %I', attname)
                WHEN attname = 'channel' THEN format('%L::text AS %I', '', attname)
                WHEN held = 'bad_line' AND attname = 'text'
                THEN format('regexp_replace(%I, ''\d'', ''x'', ''g'') AS %1$I', attname)
                WHEN attname = 'reason'
                THEN format('regexp_replace(%I, ''\d{5,}'', ''xxxxx'', ''g'') AS %1$I', attname)
                ELSE quote_ident(attname)
            END,
            ', ' ORDER BY attnum
        )
        INTO shown
        FROM pg_attribute
        WHERE attrelid = held::regclass AND attnum > 0 AND NOT attisdropped;
        EXECUTE format(
            'CREATE VIEW cdrstats_masked.%I WITH (security_invoker) AS SELECT %s FROM public.%1$I',
            held, shown
        );
        EXECUTE format('GRANT SELECT ON cdrstats_masked.%I TO cdrstats_app', held);
    END LOOP;
END
$$;
