CREATE TABLE rollup_switch (
    slot timestamptz NOT NULL,
    switch_id integer NOT NULL,
    calls bigint NOT NULL DEFAULT 0,
    answered bigint NOT NULL DEFAULT 0,
    delivered bigint NOT NULL DEFAULT 0,
    short bigint NOT NULL DEFAULT 0,
    duration bigint NOT NULL DEFAULT 0,
    billsec bigint NOT NULL DEFAULT 0,
    pdd_ms bigint NOT NULL DEFAULT 0,
    pdd_calls bigint NOT NULL DEFAULT 0,
    buy_cost numeric NOT NULL DEFAULT 0,
    sell_cost numeric NOT NULL DEFAULT 0,
    CONSTRAINT rollup_switch_pkey PRIMARY KEY (slot, switch_id)
);

CREATE TABLE rollup_country (
    slot timestamptz NOT NULL,
    switch_id integer NOT NULL,
    country_id integer NOT NULL,
    calls bigint NOT NULL DEFAULT 0,
    answered bigint NOT NULL DEFAULT 0,
    delivered bigint NOT NULL DEFAULT 0,
    short bigint NOT NULL DEFAULT 0,
    duration bigint NOT NULL DEFAULT 0,
    billsec bigint NOT NULL DEFAULT 0,
    pdd_ms bigint NOT NULL DEFAULT 0,
    pdd_calls bigint NOT NULL DEFAULT 0,
    buy_cost numeric NOT NULL DEFAULT 0,
    sell_cost numeric NOT NULL DEFAULT 0,
    CONSTRAINT rollup_country_pkey PRIMARY KEY (slot, switch_id, country_id)
);

CREATE TABLE rollup_cause (
    slot timestamptz NOT NULL,
    switch_id integer NOT NULL,
    hangup_cause_id integer NOT NULL,
    calls bigint NOT NULL DEFAULT 0,
    answered bigint NOT NULL DEFAULT 0,
    delivered bigint NOT NULL DEFAULT 0,
    short bigint NOT NULL DEFAULT 0,
    duration bigint NOT NULL DEFAULT 0,
    billsec bigint NOT NULL DEFAULT 0,
    pdd_ms bigint NOT NULL DEFAULT 0,
    pdd_calls bigint NOT NULL DEFAULT 0,
    buy_cost numeric NOT NULL DEFAULT 0,
    sell_cost numeric NOT NULL DEFAULT 0,
    CONSTRAINT rollup_cause_pkey PRIMARY KEY (slot, switch_id, hangup_cause_id)
);

CREATE TABLE rollup_customer (
    user_id integer NOT NULL,
    slot timestamptz NOT NULL,
    switch_id integer NOT NULL,
    calls bigint NOT NULL DEFAULT 0,
    answered bigint NOT NULL DEFAULT 0,
    delivered bigint NOT NULL DEFAULT 0,
    short bigint NOT NULL DEFAULT 0,
    duration bigint NOT NULL DEFAULT 0,
    billsec bigint NOT NULL DEFAULT 0,
    pdd_ms bigint NOT NULL DEFAULT 0,
    pdd_calls bigint NOT NULL DEFAULT 0,
    buy_cost numeric NOT NULL DEFAULT 0,
    sell_cost numeric NOT NULL DEFAULT 0,
    CONSTRAINT rollup_customer_pkey PRIMARY KEY (user_id, slot, switch_id)
);
CREATE INDEX rollup_customer_slot_idx ON rollup_customer (slot);

CREATE TABLE rollup_country_day (
    slot timestamptz NOT NULL,
    switch_id integer NOT NULL,
    country_id integer NOT NULL,
    calls bigint NOT NULL DEFAULT 0,
    answered bigint NOT NULL DEFAULT 0,
    delivered bigint NOT NULL DEFAULT 0,
    short bigint NOT NULL DEFAULT 0,
    duration bigint NOT NULL DEFAULT 0,
    billsec bigint NOT NULL DEFAULT 0,
    pdd_ms bigint NOT NULL DEFAULT 0,
    pdd_calls bigint NOT NULL DEFAULT 0,
    buy_cost numeric NOT NULL DEFAULT 0,
    sell_cost numeric NOT NULL DEFAULT 0,
    CONSTRAINT rollup_country_day_pkey PRIMARY KEY (slot, switch_id, country_id)
);

CREATE TABLE rollup_cause_day (
    slot timestamptz NOT NULL,
    switch_id integer NOT NULL,
    hangup_cause_id integer NOT NULL,
    calls bigint NOT NULL DEFAULT 0,
    answered bigint NOT NULL DEFAULT 0,
    delivered bigint NOT NULL DEFAULT 0,
    short bigint NOT NULL DEFAULT 0,
    duration bigint NOT NULL DEFAULT 0,
    billsec bigint NOT NULL DEFAULT 0,
    pdd_ms bigint NOT NULL DEFAULT 0,
    pdd_calls bigint NOT NULL DEFAULT 0,
    buy_cost numeric NOT NULL DEFAULT 0,
    sell_cost numeric NOT NULL DEFAULT 0,
    CONSTRAINT rollup_cause_day_pkey PRIMARY KEY (slot, switch_id, hangup_cause_id)
);

CREATE TABLE rollup_customer_country_day (
    user_id integer NOT NULL,
    slot timestamptz NOT NULL,
    switch_id integer NOT NULL,
    country_id integer NOT NULL,
    calls bigint NOT NULL DEFAULT 0,
    answered bigint NOT NULL DEFAULT 0,
    delivered bigint NOT NULL DEFAULT 0,
    short bigint NOT NULL DEFAULT 0,
    duration bigint NOT NULL DEFAULT 0,
    billsec bigint NOT NULL DEFAULT 0,
    pdd_ms bigint NOT NULL DEFAULT 0,
    pdd_calls bigint NOT NULL DEFAULT 0,
    buy_cost numeric NOT NULL DEFAULT 0,
    sell_cost numeric NOT NULL DEFAULT 0,
    CONSTRAINT rollup_customer_country_day_pkey PRIMARY KEY (user_id, slot, switch_id, country_id)
);
CREATE INDEX rollup_customer_country_day_slot_idx ON rollup_customer_country_day (slot);

CREATE TABLE rollup_customer_cause_day (
    user_id integer NOT NULL,
    slot timestamptz NOT NULL,
    switch_id integer NOT NULL,
    hangup_cause_id integer NOT NULL,
    calls bigint NOT NULL DEFAULT 0,
    answered bigint NOT NULL DEFAULT 0,
    delivered bigint NOT NULL DEFAULT 0,
    short bigint NOT NULL DEFAULT 0,
    duration bigint NOT NULL DEFAULT 0,
    billsec bigint NOT NULL DEFAULT 0,
    pdd_ms bigint NOT NULL DEFAULT 0,
    pdd_calls bigint NOT NULL DEFAULT 0,
    buy_cost numeric NOT NULL DEFAULT 0,
    sell_cost numeric NOT NULL DEFAULT 0,
    CONSTRAINT rollup_customer_cause_day_pkey PRIMARY KEY (user_id, slot, switch_id, hangup_cause_id)
);
CREATE INDEX rollup_customer_cause_day_slot_idx ON rollup_customer_cause_day (slot);

CREATE TABLE rollup_log (
    id bigserial NOT NULL,
    slot timestamptz NOT NULL,
    noted_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT rollup_log_pkey PRIMARY KEY (id)
);
