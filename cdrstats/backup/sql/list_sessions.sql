-- What of CDR-Stats is connected to this database, besides ourselves.
SELECT DISTINCT application_name FROM pg_stat_activity
WHERE datname = current_database()
    AND pid <> pg_backend_pid()
    AND starts_with(application_name, 'cdrstats-')
ORDER BY application_name
