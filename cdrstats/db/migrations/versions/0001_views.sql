-- Rows that mediation could not turn into calls. Retried by setting `imported` to false.
CREATE VIEW rejection AS
    SELECT id AS import_id, file_id, switch, callid, caller_id_number, destination_number,
           starting_date, start_text, duration, billsec, accountcode, reason
    FROM cdr_import
    WHERE outcome = 'rejected';
