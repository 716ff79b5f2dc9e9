-- Note every quarter-hour in [:start, :end) that has calls, or was counted as having some.
-- Uses voip_cdr_pkey.
INSERT INTO rollup_log (slot)
SELECT date_bin('15 minutes', starting_date, TIMESTAMPTZ '2000-01-01 00:00+00')
FROM voip_cdr
WHERE starting_date >= :start AND starting_date < :end
UNION
SELECT slot FROM rollup_counted WHERE slot >= :start AND slot < :end
UNION
SELECT slot FROM rollup_switch WHERE slot >= :start AND slot < :end
UNION
SELECT slot FROM rollup_country WHERE slot >= :start AND slot < :end
UNION
SELECT slot FROM rollup_cause WHERE slot >= :start AND slot < :end
UNION
SELECT slot FROM rollup_customer WHERE slot >= :start AND slot < :end
UNION
SELECT slot FROM rollup_kind WHERE slot >= :start AND slot < :end
UNION
SELECT slot FROM rollup_pdd WHERE slot >= :start AND slot < :end
