-- F14: a number calls a lot, and hardly reaches anybody, or for seconds.
-- :attempts in the window; :asr_percent, :acd_s, :sdr_percent; :answered, for the latter two
WITH chosen AS (
    SELECT user_id, caller FROM fraud_call
    WHERE outward AND caller <> ''
    GROUP BY user_id, caller
    HAVING bool_or(fresh) AND count(*) >= :attempts
), counted AS (
    SELECT
        c.*, count(*) OVER span AS attempts, count(*) FILTER (WHERE answered) OVER span AS taken,
        sum(billsec) OVER span AS talk_s,
        count(*) FILTER (WHERE answered AND billsec BETWEEN 1 AND 6) OVER span AS short,
        bool_or(fresh) OVER span AS touched
    FROM fraud_call AS c
    JOIN chosen USING (user_id, caller)
    WHERE c.outward
    WINDOW span AS (PARTITION BY user_id, caller ORDER BY at RANGE :window PRECEDING)
), judged AS (
    SELECT
        *, taken * 100 < :asr_percent * attempts AS unanswered,
        taken >= :answered AND talk_s < :acd_s * taken AS brief,
        taken >= :answered AND short * 100 > :sdr_percent * taken AS cut
    FROM counted
)
SELECT
    user_id, caller AS key, at, dedup_key, cost, billsec,
    touched AND attempts >= :attempts AND (unanswered OR brief OR cut) AS hit,
    ARRAY[CASE WHEN unanswered THEN 'asr' END, CASE WHEN brief THEN 'acd' END,
        CASE WHEN cut THEN 'sdr' END] AS reasons,
    jsonb_build_object(
        'attempts', attempts, 'answered', taken, 'talk_s', talk_s, 'short', short
    ) AS facts
FROM judged
