-- Which server and database this is, and how large the database has become.
SELECT
    current_setting('server_version') AS version,
    current_database() AS database,
    CAST(current_user AS text) AS role,
    pg_database_size(current_database()) AS size_bytes,
    pg_postmaster_start_time() AS started_at,
    (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()) AS connections
