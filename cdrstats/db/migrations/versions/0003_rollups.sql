-- What calls are counted for beyond 0001: columns of the roll-ups that are there, and more tables.

CREATE AGGREGATE rollup_sum(integer) (
    SFUNC = int84pl, STYPE = bigint, INITCOND = '0', COMBINEFUNC = int8pl, PARALLEL = SAFE
);
-- Without INITCOND: the first value is taken as it is, and nothing is added to a 0 before it.
CREATE OR REPLACE AGGREGATE rollup_sum(numeric) (
    SFUNC = numeric_add, STYPE = numeric, COMBINEFUNC = numeric_add, PARALLEL = SAFE
);

ALTER TABLE rollup_switch
    ADD COLUMN cancelled bigint NOT NULL DEFAULT 0,
    ADD COLUMN blocked bigint NOT NULL DEFAULT 0,
    ADD COLUMN longest bigint NOT NULL DEFAULT 0,
    ADD COLUMN billed bigint NOT NULL DEFAULT 0,
    ADD COLUMN billed_calls bigint NOT NULL DEFAULT 0,
    ADD COLUMN mos numeric NOT NULL DEFAULT 0,
    ADD COLUMN mos_calls bigint NOT NULL DEFAULT 0,
    ADD COLUMN invites bigint NOT NULL DEFAULT 0,
    ADD COLUMN sip_ok bigint NOT NULL DEFAULT 0,
    ADD COLUMN sip_redirected bigint NOT NULL DEFAULT 0,
    ADD COLUMN sip_challenged bigint NOT NULL DEFAULT 0,
    ADD COLUMN sip_effective bigint NOT NULL DEFAULT 0,
    ADD COLUMN sip_failed bigint NOT NULL DEFAULT 0;
ALTER TABLE rollup_country
    ADD COLUMN cancelled bigint NOT NULL DEFAULT 0,
    ADD COLUMN blocked bigint NOT NULL DEFAULT 0,
    ADD COLUMN longest bigint NOT NULL DEFAULT 0,
    ADD COLUMN billed bigint NOT NULL DEFAULT 0,
    ADD COLUMN billed_calls bigint NOT NULL DEFAULT 0,
    ADD COLUMN mos numeric NOT NULL DEFAULT 0,
    ADD COLUMN mos_calls bigint NOT NULL DEFAULT 0,
    ADD COLUMN invites bigint NOT NULL DEFAULT 0,
    ADD COLUMN sip_ok bigint NOT NULL DEFAULT 0,
    ADD COLUMN sip_redirected bigint NOT NULL DEFAULT 0,
    ADD COLUMN sip_challenged bigint NOT NULL DEFAULT 0,
    ADD COLUMN sip_effective bigint NOT NULL DEFAULT 0,
    ADD COLUMN sip_failed bigint NOT NULL DEFAULT 0;
ALTER TABLE rollup_cause
    ADD COLUMN cancelled bigint NOT NULL DEFAULT 0,
    ADD COLUMN blocked bigint NOT NULL DEFAULT 0,
    ADD COLUMN longest bigint NOT NULL DEFAULT 0,
    ADD COLUMN billed bigint NOT NULL DEFAULT 0,
    ADD COLUMN billed_calls bigint NOT NULL DEFAULT 0,
    ADD COLUMN mos numeric NOT NULL DEFAULT 0,
    ADD COLUMN mos_calls bigint NOT NULL DEFAULT 0,
    ADD COLUMN invites bigint NOT NULL DEFAULT 0,
    ADD COLUMN sip_ok bigint NOT NULL DEFAULT 0,
    ADD COLUMN sip_redirected bigint NOT NULL DEFAULT 0,
    ADD COLUMN sip_challenged bigint NOT NULL DEFAULT 0,
    ADD COLUMN sip_effective bigint NOT NULL DEFAULT 0,
    ADD COLUMN sip_failed bigint NOT NULL DEFAULT 0;
ALTER TABLE rollup_customer
    ADD COLUMN cancelled bigint NOT NULL DEFAULT 0,
    ADD COLUMN blocked bigint NOT NULL DEFAULT 0,
    ADD COLUMN longest bigint NOT NULL DEFAULT 0,
    ADD COLUMN billed bigint NOT NULL DEFAULT 0,
    ADD COLUMN billed_calls bigint NOT NULL DEFAULT 0,
    ADD COLUMN mos numeric NOT NULL DEFAULT 0,
    ADD COLUMN mos_calls bigint NOT NULL DEFAULT 0,
    ADD COLUMN invites bigint NOT NULL DEFAULT 0,
    ADD COLUMN sip_ok bigint NOT NULL DEFAULT 0,
    ADD COLUMN sip_redirected bigint NOT NULL DEFAULT 0,
    ADD COLUMN sip_challenged bigint NOT NULL DEFAULT 0,
    ADD COLUMN sip_effective bigint NOT NULL DEFAULT 0,
    ADD COLUMN sip_failed bigint NOT NULL DEFAULT 0;
ALTER TABLE rollup_country_day
    ADD COLUMN cancelled bigint NOT NULL DEFAULT 0,
    ADD COLUMN blocked bigint NOT NULL DEFAULT 0,
    ADD COLUMN longest bigint NOT NULL DEFAULT 0,
    ADD COLUMN billed bigint NOT NULL DEFAULT 0,
    ADD COLUMN billed_calls bigint NOT NULL DEFAULT 0,
    ADD COLUMN mos numeric NOT NULL DEFAULT 0,
    ADD COLUMN mos_calls bigint NOT NULL DEFAULT 0,
    ADD COLUMN invites bigint NOT NULL DEFAULT 0,
    ADD COLUMN sip_ok bigint NOT NULL DEFAULT 0,
    ADD COLUMN sip_redirected bigint NOT NULL DEFAULT 0,
    ADD COLUMN sip_challenged bigint NOT NULL DEFAULT 0,
    ADD COLUMN sip_effective bigint NOT NULL DEFAULT 0,
    ADD COLUMN sip_failed bigint NOT NULL DEFAULT 0;
ALTER TABLE rollup_cause_day
    ADD COLUMN cancelled bigint NOT NULL DEFAULT 0,
    ADD COLUMN blocked bigint NOT NULL DEFAULT 0,
    ADD COLUMN longest bigint NOT NULL DEFAULT 0,
    ADD COLUMN billed bigint NOT NULL DEFAULT 0,
    ADD COLUMN billed_calls bigint NOT NULL DEFAULT 0,
    ADD COLUMN mos numeric NOT NULL DEFAULT 0,
    ADD COLUMN mos_calls bigint NOT NULL DEFAULT 0,
    ADD COLUMN invites bigint NOT NULL DEFAULT 0,
    ADD COLUMN sip_ok bigint NOT NULL DEFAULT 0,
    ADD COLUMN sip_redirected bigint NOT NULL DEFAULT 0,
    ADD COLUMN sip_challenged bigint NOT NULL DEFAULT 0,
    ADD COLUMN sip_effective bigint NOT NULL DEFAULT 0,
    ADD COLUMN sip_failed bigint NOT NULL DEFAULT 0;
ALTER TABLE rollup_customer_country_day
    ADD COLUMN cancelled bigint NOT NULL DEFAULT 0,
    ADD COLUMN blocked bigint NOT NULL DEFAULT 0,
    ADD COLUMN longest bigint NOT NULL DEFAULT 0,
    ADD COLUMN billed bigint NOT NULL DEFAULT 0,
    ADD COLUMN billed_calls bigint NOT NULL DEFAULT 0,
    ADD COLUMN mos numeric NOT NULL DEFAULT 0,
    ADD COLUMN mos_calls bigint NOT NULL DEFAULT 0,
    ADD COLUMN invites bigint NOT NULL DEFAULT 0,
    ADD COLUMN sip_ok bigint NOT NULL DEFAULT 0,
    ADD COLUMN sip_redirected bigint NOT NULL DEFAULT 0,
    ADD COLUMN sip_challenged bigint NOT NULL DEFAULT 0,
    ADD COLUMN sip_effective bigint NOT NULL DEFAULT 0,
    ADD COLUMN sip_failed bigint NOT NULL DEFAULT 0;
ALTER TABLE rollup_customer_cause_day
    ADD COLUMN cancelled bigint NOT NULL DEFAULT 0,
    ADD COLUMN blocked bigint NOT NULL DEFAULT 0,
    ADD COLUMN longest bigint NOT NULL DEFAULT 0,
    ADD COLUMN billed bigint NOT NULL DEFAULT 0,
    ADD COLUMN billed_calls bigint NOT NULL DEFAULT 0,
    ADD COLUMN mos numeric NOT NULL DEFAULT 0,
    ADD COLUMN mos_calls bigint NOT NULL DEFAULT 0,
    ADD COLUMN invites bigint NOT NULL DEFAULT 0,
    ADD COLUMN sip_ok bigint NOT NULL DEFAULT 0,
    ADD COLUMN sip_redirected bigint NOT NULL DEFAULT 0,
    ADD COLUMN sip_challenged bigint NOT NULL DEFAULT 0,
    ADD COLUMN sip_effective bigint NOT NULL DEFAULT 0,
    ADD COLUMN sip_failed bigint NOT NULL DEFAULT 0;

CREATE TABLE rollup_kind (
    slot timestamptz NOT NULL,
    switch_id integer NOT NULL,
    direction smallint NOT NULL,
    call_type smallint NOT NULL,
    cdr_source_type smallint NOT NULL,
    calls bigint NOT NULL DEFAULT 0,
    answered bigint NOT NULL DEFAULT 0,
    delivered bigint NOT NULL DEFAULT 0,
    cancelled bigint NOT NULL DEFAULT 0,
    short bigint NOT NULL DEFAULT 0,
    blocked bigint NOT NULL DEFAULT 0,
    duration bigint NOT NULL DEFAULT 0,
    billsec bigint NOT NULL DEFAULT 0,
    longest bigint NOT NULL DEFAULT 0,
    billed bigint NOT NULL DEFAULT 0,
    billed_calls bigint NOT NULL DEFAULT 0,
    pdd_ms bigint NOT NULL DEFAULT 0,
    pdd_calls bigint NOT NULL DEFAULT 0,
    mos numeric NOT NULL DEFAULT 0,
    mos_calls bigint NOT NULL DEFAULT 0,
    invites bigint NOT NULL DEFAULT 0,
    sip_ok bigint NOT NULL DEFAULT 0,
    sip_redirected bigint NOT NULL DEFAULT 0,
    sip_challenged bigint NOT NULL DEFAULT 0,
    sip_effective bigint NOT NULL DEFAULT 0,
    sip_failed bigint NOT NULL DEFAULT 0,
    buy_cost numeric NOT NULL DEFAULT 0,
    sell_cost numeric NOT NULL DEFAULT 0,
    CONSTRAINT rollup_kind_pkey PRIMARY KEY (slot, switch_id, direction, call_type, cdr_source_type)
);

CREATE TABLE rollup_route_day (
    slot timestamptz NOT NULL,
    switch_id integer NOT NULL,
    carrier_id integer NOT NULL,
    country_id integer NOT NULL,
    dialcode_id bigint NOT NULL,
    calls bigint NOT NULL DEFAULT 0,
    answered bigint NOT NULL DEFAULT 0,
    delivered bigint NOT NULL DEFAULT 0,
    cancelled bigint NOT NULL DEFAULT 0,
    short bigint NOT NULL DEFAULT 0,
    blocked bigint NOT NULL DEFAULT 0,
    duration bigint NOT NULL DEFAULT 0,
    billsec bigint NOT NULL DEFAULT 0,
    longest bigint NOT NULL DEFAULT 0,
    billed bigint NOT NULL DEFAULT 0,
    billed_calls bigint NOT NULL DEFAULT 0,
    pdd_ms bigint NOT NULL DEFAULT 0,
    pdd_calls bigint NOT NULL DEFAULT 0,
    mos numeric NOT NULL DEFAULT 0,
    mos_calls bigint NOT NULL DEFAULT 0,
    invites bigint NOT NULL DEFAULT 0,
    sip_ok bigint NOT NULL DEFAULT 0,
    sip_redirected bigint NOT NULL DEFAULT 0,
    sip_challenged bigint NOT NULL DEFAULT 0,
    sip_effective bigint NOT NULL DEFAULT 0,
    sip_failed bigint NOT NULL DEFAULT 0,
    buy_cost numeric NOT NULL DEFAULT 0,
    sell_cost numeric NOT NULL DEFAULT 0,
    CONSTRAINT rollup_route_day_pkey PRIMARY KEY (slot, switch_id, carrier_id, country_id, dialcode_id)
) WITH (fillfactor = 80);

CREATE TABLE rollup_account_day (
    user_id integer NOT NULL,
    slot timestamptz NOT NULL,
    accountcode text NOT NULL,
    calls bigint NOT NULL DEFAULT 0,
    answered bigint NOT NULL DEFAULT 0,
    delivered bigint NOT NULL DEFAULT 0,
    cancelled bigint NOT NULL DEFAULT 0,
    short bigint NOT NULL DEFAULT 0,
    blocked bigint NOT NULL DEFAULT 0,
    duration bigint NOT NULL DEFAULT 0,
    billsec bigint NOT NULL DEFAULT 0,
    longest bigint NOT NULL DEFAULT 0,
    billed bigint NOT NULL DEFAULT 0,
    billed_calls bigint NOT NULL DEFAULT 0,
    pdd_ms bigint NOT NULL DEFAULT 0,
    pdd_calls bigint NOT NULL DEFAULT 0,
    mos numeric NOT NULL DEFAULT 0,
    mos_calls bigint NOT NULL DEFAULT 0,
    invites bigint NOT NULL DEFAULT 0,
    sip_ok bigint NOT NULL DEFAULT 0,
    sip_redirected bigint NOT NULL DEFAULT 0,
    sip_challenged bigint NOT NULL DEFAULT 0,
    sip_effective bigint NOT NULL DEFAULT 0,
    sip_failed bigint NOT NULL DEFAULT 0,
    buy_cost numeric NOT NULL DEFAULT 0,
    sell_cost numeric NOT NULL DEFAULT 0,
    CONSTRAINT rollup_account_day_pkey PRIMARY KEY (user_id, slot, accountcode)
) WITH (fillfactor = 80);
CREATE INDEX rollup_account_day_slot_idx ON rollup_account_day (slot);

CREATE TABLE rollup_pdd (
    slot timestamptz NOT NULL,
    switch_id integer NOT NULL,
    bin smallint NOT NULL,
    calls bigint NOT NULL DEFAULT 0,
    CONSTRAINT rollup_pdd_pkey PRIMARY KEY (slot, switch_id, bin)
);

CREATE TABLE rollup_pdd_day (
    slot timestamptz NOT NULL,
    switch_id integer NOT NULL,
    bin smallint NOT NULL,
    calls bigint NOT NULL DEFAULT 0,
    CONSTRAINT rollup_pdd_day_pkey PRIMARY KEY (slot, switch_id, bin)
) WITH (fillfactor = 80);
