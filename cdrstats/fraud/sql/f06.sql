-- F6: a very long call, or a long one to where it is dear.
-- :longest_s; :dear_longest_s, :dear a minute
WITH judged AS (
    SELECT
        *, billsec >= :longest_s AS long,
        billsec >= :dear_longest_s AND (risk IS NOT NULL OR rate >= :dear) AS dear
    FROM fraud_near
    WHERE fresh AND billsec >= least(:longest_s, :dear_longest_s)
)
SELECT
    user_id, caller || ' → ' || number AS key, at, dedup_key, cost, billsec,
    long OR dear AS hit,
    ARRAY[CASE WHEN long THEN 'long' END, CASE WHEN dear THEN 'dear' END] AS reasons,
    jsonb_build_object('longest_s', billsec, 'cost', round(cost, 4)) AS facts
FROM judged
