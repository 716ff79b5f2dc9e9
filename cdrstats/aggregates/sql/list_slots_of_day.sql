-- The quarter-hours in [:start, :end) that have calls, ascending. Uses voip_cdr_pkey.
SELECT DISTINCT date_bin('15 minutes', starting_date, TIMESTAMPTZ '2000-01-01 00:00+00') AS slot
FROM voip_cdr
WHERE starting_date >= :start AND starting_date < :end
ORDER BY slot
