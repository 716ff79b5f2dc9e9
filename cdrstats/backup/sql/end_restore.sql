-- Commits a restore, if as many rows have come as the backup was made of.
SELECT pg_catalog.set_config('cdrstats.counts', :'counts', true);
DO $$
DECLARE
    counted name;
    wanted bigint;
    found bigint;
BEGIN
    FOR counted, wanted IN
        SELECT * FROM json_each_text(current_setting('cdrstats.counts')::json)
    LOOP
        EXECUTE format('SELECT count(*) FROM public.%I', counted) INTO found;
        IF found <> wanted THEN
            RAISE EXCEPTION '% has % rows instead of %', counted, found, wanted;
        END IF;
    END LOOP;
END
$$;
COMMIT;
