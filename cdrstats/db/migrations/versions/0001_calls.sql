CREATE SEQUENCE voip_cdr_id_seq;

CREATE TABLE voip_cdr (
    id bigint NOT NULL DEFAULT nextval('voip_cdr_id_seq'::regclass),
    user_id integer NOT NULL DEFAULT 0,
    switch_id integer NOT NULL DEFAULT 0,
    cdr_source_type smallint NOT NULL DEFAULT 0,
    callid text NOT NULL DEFAULT '',
    caller_id_number text NOT NULL DEFAULT '',
    caller_id_name text NOT NULL DEFAULT '',
    destination_number text NOT NULL DEFAULT '',
    destination_e164 text NOT NULL DEFAULT '',
    dialcode_id bigint NOT NULL DEFAULT 0,
    state text NOT NULL DEFAULT '',
    channel text NOT NULL DEFAULT '',
    starting_date timestamptz NOT NULL,
    answered_at timestamptz,
    answered boolean NOT NULL DEFAULT false,
    duration integer NOT NULL DEFAULT 0,
    billsec integer NOT NULL DEFAULT 0,
    progresssec integer,
    answersec integer,
    waitsec integer,
    pdd_ms integer,
    hangup_cause_id integer NOT NULL DEFAULT 0,
    direction smallint NOT NULL DEFAULT 0,
    country_id integer NOT NULL DEFAULT 0,
    authorized boolean NOT NULL DEFAULT true,
    call_type smallint NOT NULL DEFAULT 0,
    carrier_id integer NOT NULL DEFAULT 0,
    accountcode text NOT NULL DEFAULT '',
    buy_rate numeric NOT NULL DEFAULT 0,
    buy_cost numeric NOT NULL DEFAULT 0,
    sell_rate numeric NOT NULL DEFAULT 0,
    sell_cost numeric NOT NULL DEFAULT 0,
    data jsonb,
    dedup_key uuid NOT NULL,
    import_id bigint NOT NULL DEFAULT 0,
    CONSTRAINT voip_cdr_pkey PRIMARY KEY (starting_date, dedup_key)
)
 PARTITION BY RANGE (starting_date);
CREATE INDEX voip_cdr_accountcode_idx ON voip_cdr (accountcode text_pattern_ops, starting_date);
CREATE INDEX voip_cdr_caller_id_number_end_idx ON voip_cdr (reverse(caller_id_number) text_pattern_ops);
CREATE INDEX voip_cdr_caller_id_number_idx ON voip_cdr (caller_id_number text_pattern_ops);
CREATE INDEX voip_cdr_callid_idx ON voip_cdr (callid text_pattern_ops);
CREATE INDEX voip_cdr_country_id_starting_date_idx ON voip_cdr (country_id, starting_date);
CREATE INDEX voip_cdr_destination_number_end_idx ON voip_cdr (reverse(destination_number) text_pattern_ops);
CREATE INDEX voip_cdr_destination_number_idx ON voip_cdr (destination_number text_pattern_ops);
CREATE INDEX voip_cdr_hangup_cause_id_starting_date_idx ON voip_cdr (hangup_cause_id, starting_date);
CREATE INDEX voip_cdr_switch_id_starting_date_idx ON voip_cdr (switch_id, starting_date);
CREATE INDEX voip_cdr_user_id_starting_date_idx ON voip_cdr (user_id, starting_date);
