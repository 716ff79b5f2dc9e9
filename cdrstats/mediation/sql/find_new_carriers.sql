-- The carriers of the batch's calls that nobody has heard of.
SELECT DISTINCT d.carrier AS name
FROM decided AS d
WHERE d.fate IS NULL AND d.carrier <> ''
    AND NOT EXISTS (SELECT FROM carrier AS known WHERE known.name = d.carrier)
    AND NOT EXISTS (SELECT FROM carrier_trunk AS given WHERE given.name = d.carrier)
