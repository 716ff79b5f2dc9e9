-- The UTC days that have calls or counts, ascending; of a month its first.
SELECT date_trunc('day', starting_date, 'UTC') AS day FROM voip_cdr GROUP BY 1
UNION
SELECT date_trunc('day', slot, 'UTC') FROM rollup_counted
UNION
SELECT date_trunc('day', slot, 'UTC') FROM rollup_switch
UNION
SELECT date_trunc('day', slot, 'UTC') FROM rollup_country
UNION
SELECT date_trunc('day', slot, 'UTC') FROM rollup_cause
UNION
SELECT date_trunc('day', slot, 'UTC') FROM rollup_kind
UNION
SELECT date_trunc('day', slot, 'UTC') FROM rollup_customer
UNION
SELECT date_trunc('day', slot, 'UTC') FROM rollup_pdd
UNION
SELECT slot FROM rollup_country_day
UNION
SELECT slot FROM rollup_cause_day
UNION
SELECT slot FROM rollup_carrier_day
UNION
SELECT slot FROM rollup_route_day
UNION
SELECT slot FROM rollup_customer_day
UNION
SELECT slot FROM rollup_customer_country_day
UNION
SELECT slot FROM rollup_customer_cause_day
UNION
SELECT slot FROM rollup_account_day
UNION
SELECT slot FROM rollup_country_cause_day
UNION
SELECT slot FROM rollup_country_month
UNION
SELECT slot FROM rollup_route_month
UNION
SELECT slot FROM rollup_pdd_day
ORDER BY day
