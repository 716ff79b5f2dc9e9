-- F19: somebody tries a voicemail box or a dial-in again and again, for moments.
-- :calls in the window; :longest_s; :numbers, with spaces between
WITH kept AS (
    SELECT *, caller || ' → ' || callee AS key FROM fraud_near
    WHERE callee = ANY (string_to_array(:numbers, ' ')) AND caller <> ''
        AND answered AND billsec <= :longest_s
), counted AS (
    SELECT kept.*, count(*) OVER span AS calls, bool_or(fresh) OVER span AS touched
    FROM kept
    WINDOW span AS (PARTITION BY user_id, key ORDER BY at RANGE :window PRECEDING)
)
SELECT
    user_id, key, at, dedup_key, cost, billsec, touched AND calls >= :calls AS hit,
    ARRAY['probes'] AS reasons, jsonb_build_object('calls', calls) AS facts
FROM counted
