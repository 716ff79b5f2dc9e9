-- Of rows with one key the lowest id is the call; the others, and rows whose call is there
-- already, are duplicates.
UPDATE decided AS d
SET fate = 'duplicate'
FROM (
    SELECT id, row_number() OVER (PARTITION BY key ORDER BY id) AS place
    FROM decided
    WHERE fate IS NULL
) AS ranked
WHERE d.id = ranked.id
    AND (ranked.place > 1 OR EXISTS (
        SELECT FROM rival WHERE rival.id = ranked.id AND rival.imported AND rival.outcome = 'call'
    ))
