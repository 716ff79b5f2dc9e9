-- Begin the download that waits for whoever has fewest running, of theirs the first asked for;
-- its id, or no row.
UPDATE download
SET state = 'running', started_at = now(), rows_done = 0, rows_expected = NULL, bytes = 0
WHERE id = (
    SELECT waiting.id
    FROM download AS waiting
    WHERE waiting.state = 'waiting'
    ORDER BY (
        SELECT count(*)
        FROM download AS running
        WHERE running.state = 'running' AND running.asked_by = waiting.asked_by
    ), waiting.asked_at
    LIMIT 1
    FOR UPDATE SKIP LOCKED
)
RETURNING id
