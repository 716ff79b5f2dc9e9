-- Roles belong to the whole server, so another database of it may have made them already, or
-- makes them at this moment. Nobody signs in as one of them: a transaction becomes one.
DO $$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY '{cdrstats_app,cdrstats_customer}'::text[] LOOP
        BEGIN
            IF to_regrole(wanted) IS NULL THEN
                EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
            END IF;
        EXCEPTION
            WHEN duplicate_object OR unique_violation THEN NULL;
            WHEN insufficient_privilege THEN
                RAISE EXCEPTION 'the role % is missing, and % may not make it. Have an'
                    ' administrator of the server run: CREATE ROLE cdrstats_app NOLOGIN;'
                    ' CREATE ROLE cdrstats_customer NOLOGIN;'
                    ' GRANT cdrstats_app, cdrstats_customer TO %;',
                    wanted, current_user, quote_ident(current_user);
        END;
        -- Whoever connects must be able to become it, and needs no more of it.
        IF NOT pg_has_role(current_user, wanted, 'MEMBER') THEN
            BEGIN
                EXECUTE format('GRANT %I TO CURRENT_USER', wanted)
                    || CASE WHEN current_setting('server_version_num')::integer >= 160000
                       THEN ' WITH INHERIT FALSE, SET TRUE' ELSE '' END;
            EXCEPTION
                WHEN unique_violation THEN NULL;
                WHEN insufficient_privilege THEN
                    RAISE EXCEPTION '% may not become the role %. Have an administrator of the'
                        ' server run: GRANT cdrstats_app, cdrstats_customer TO %;',
                        current_user, wanted, quote_ident(current_user);
            END;
        END IF;
    END LOOP;
END
$$;
