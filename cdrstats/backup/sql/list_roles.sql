-- The roles, besides owners, that something in this database names: they were given rights, or
-- policies hold them.
SELECT DISTINCT rolname
FROM pg_shdepend AS d JOIN pg_roles AS r ON r.oid = d.refobjid
WHERE d.refclassid = 'pg_authid'::regclass
    AND d.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND (d.deptype IN ('a', 'r') OR d.classid = 'pg_default_acl'::regclass)
    AND rolname !~ '^pg_'
ORDER BY rolname
