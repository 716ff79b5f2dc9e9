-- In which hours the calls that have come in start, and how many that are.
-- :after, :until            bigint, ids of calls
-- :judged_from, :judged_to  timestamptz
-- Uses voip_cdr_id_idx.
SELECT date_trunc('hour', starting_date) AS hour, min(starting_date) AS first,
    max(starting_date) AS last, count(*) AS calls
FROM voip_cdr
WHERE id > :after AND id <= :until
    AND starting_date >= :judged_from AND starting_date < :judged_to
GROUP BY hour
ORDER BY hour
