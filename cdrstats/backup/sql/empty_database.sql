-- Drops all that is in the database, and makes `public` as it is in a new one. If the
-- transaction does not commit, nothing has happened.
DO $$
DECLARE
    held name;
BEGIN
    FOR held IN
        SELECT nspname FROM pg_namespace
        WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
    LOOP
        EXECUTE format('DROP SCHEMA %I CASCADE', held);
    END LOOP;
    CREATE SCHEMA public AUTHORIZATION pg_database_owner;
    COMMENT ON SCHEMA public IS 'standard public schema';
    GRANT USAGE ON SCHEMA public TO PUBLIC;
END
$$;
