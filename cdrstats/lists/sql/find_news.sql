-- Entries that refused calls of this batch which are news, and whose calls those were.
-- :since  timestamptz; what began before, or was mediated anew, is no news
-- Uses voip_cdr_pkey.
SELECT DISTINCT v.list_entry_id, v.user_id
FROM decided AS d
JOIN voip_cdr AS v ON v.starting_date = d.start AND v.dedup_key = d.key AND v.import_id = d.id
WHERE EXISTS (SELECT FROM batch_listed WHERE NOT allowed) -- mostly there is none
    AND d.fate IS NULL AND d.old_start IS NULL AND d.start >= :since AND NOT v.authorized
    AND d.e164 IN (SELECT e164 FROM batch_listed WHERE NOT allowed)
