-- The calls that lie in a window in which a rule holds.
-- The statement of a rule, which goes inside, tells of each call that it looks at whose it is,
-- the key, and whether the window that ends with this call holds (hit), why, and its figures.
-- :rule    text
-- :window  interval, its length less the microsecond that is not in it any more
INSERT INTO fraud_hit
SELECT
    :rule, user_id, key, at, dedup_key, cost, billsec, hit,
    CASE WHEN hit THEN array_remove(reasons, NULL) END, CASE WHEN hit THEN facts END
FROM (
    SELECT
        found.*,
        bool_or(hit) OVER (
            PARTITION BY user_id, key ORDER BY at
            RANGE BETWEEN CURRENT ROW AND :window FOLLOWING
        ) AS within
    FROM (
THE_RULE
    ) AS found
) AS looked
WHERE within
