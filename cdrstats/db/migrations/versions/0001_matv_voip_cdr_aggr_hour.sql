-- For SQL and BI users, by this name and these columns; operators drop and make it by hand.
CREATE MATERIALIZED VIEW matv_voip_cdr_aggr_hour AS
    SELECT date_trunc('hour', starting_date) as starting_date, country_id, switch_id, cdr_source_type,
           hangup_cause_id, user_id, count(*) AS nbcalls, sum(duration) AS duration, sum(billsec) AS billsec,
           sum(buy_cost) AS buy_cost, sum(sell_cost) AS sell_cost
    FROM voip_cdr
    GROUP BY date_trunc('hour', starting_date), country_id, switch_id, cdr_source_type, hangup_cause_id, user_id;
CREATE UNIQUE INDEX matv_voip_cdr_aggr_hour_key ON matv_voip_cdr_aggr_hour
    (starting_date, country_id, switch_id, cdr_source_type, hangup_cause_id, user_id);
