-- What an evaluation works on: the calls it looks at, and those that rules have found.
CREATE TEMP TABLE fraud_call (
    at timestamptz, dedup_key uuid, user_id integer, fresh boolean, near boolean, account text,
    accountcode text, caller text, callee text, e164 text, number text, country_id integer,
    dialcode_id bigint, carrier_id integer, direction smallint, call_type smallint,
    outward boolean, international boolean, answered boolean, duration integer, billsec integer,
    ring_s integer, pdd_ms integer, cause integer, sip_status smallint, cost numeric,
    rate numeric, risk text, linkedid text, shown timestamp, holiday boolean
) ON COMMIT DROP;
CREATE TEMP TABLE fraud_hit (
    rule text, user_id integer, key text, at timestamptz, dedup_key uuid, cost numeric,
    billsec integer, hit boolean, reasons text[], facts jsonb
) ON COMMIT DROP
