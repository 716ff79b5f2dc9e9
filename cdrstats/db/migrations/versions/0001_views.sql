-- Rows that mediation could not turn into calls. Retried by setting `imported` to false.
CREATE VIEW rejection AS
    SELECT id AS import_id, file_id, switch, callid, caller_id_number, destination_number,
           starting_date, start_text, duration, billsec, accountcode, reason
    FROM cdr_import
    WHERE outcome = 'rejected';

-- For SQL and BI users, by these names and columns; operators drop and make them by hand.
CREATE MATERIALIZED VIEW matv_voip_cdr_aggr_hour AS
    SELECT date_trunc('hour', starting_date) as starting_date, country_id, switch_id, cdr_source_type,
           hangup_cause_id, user_id, count(*) AS nbcalls, sum(duration) AS duration, sum(billsec) AS billsec,
           sum(buy_cost) AS buy_cost, sum(sell_cost) AS sell_cost
    FROM voip_cdr
    GROUP BY date_trunc('hour', starting_date), country_id, switch_id, cdr_source_type, hangup_cause_id, user_id;
CREATE UNIQUE INDEX matv_voip_cdr_aggr_hour_key ON matv_voip_cdr_aggr_hour
    (starting_date, country_id, switch_id, cdr_source_type, hangup_cause_id, user_id);

CREATE MATERIALIZED VIEW matv_voip_cdr_aggr_min AS
    SELECT date_trunc('minute', starting_date) as starting_date, country_id, switch_id, cdr_source_type,
           hangup_cause_id, user_id, count(*) AS nbcalls, sum(duration) AS duration, sum(billsec) AS billsec,
           sum(buy_cost) AS buy_cost, sum(sell_cost) AS sell_cost
    FROM voip_cdr
    GROUP BY date_trunc('minute', starting_date), country_id, switch_id, cdr_source_type, hangup_cause_id, user_id;
CREATE UNIQUE INDEX matv_voip_cdr_aggr_min_key ON matv_voip_cdr_aggr_min
    (starting_date, country_id, switch_id, cdr_source_type, hangup_cause_id, user_id);
