-- The newest calls that an entry refused to a customer, without the last digits of numbers, each
-- with how many such calls there are.
-- :entry_id, :customer_id  integer
-- :since   timestamptz
-- :most    integer
-- Uses voip_cdr_refused_idx.
SELECT
    v.starting_date, cdrstats_masked.shown(v.caller_id_number) AS caller,
    cdrstats_masked.shown(v.destination_number) AS called, v.accountcode, v.duration,
    s.name AS switch, count(*) OVER () AS calls
FROM voip_cdr AS v
JOIN switch AS s ON s.id = v.switch_id
WHERE NOT v.authorized AND v.starting_date >= :since
    AND v.list_entry_id = :entry_id AND v.user_id = :customer_id
ORDER BY v.starting_date DESC
LIMIT :most
