CREATE TABLE source_type (
    id smallint NOT NULL,
    name text NOT NULL,
    CONSTRAINT source_type_pkey PRIMARY KEY (id)
);

CREATE TABLE country (
    id integer NOT NULL,
    iso2 text NOT NULL DEFAULT '',
    name text NOT NULL,
    CONSTRAINT country_pkey PRIMARY KEY (id)
);

CREATE TABLE dialcode (
    id bigint NOT NULL,
    country_id integer NOT NULL DEFAULT 0,
    name text NOT NULL,
    kind text NOT NULL DEFAULT '',
    CONSTRAINT dialcode_pkey PRIMARY KEY (id)
);

CREATE TABLE hangup_cause (
    id integer NOT NULL,
    enumeration text NOT NULL,
    cause text NOT NULL,
    kind text NOT NULL DEFAULT 'failed',
    delivered boolean NOT NULL DEFAULT false,
    CONSTRAINT hangup_cause_pkey PRIMARY KEY (id)
);

CREATE TABLE switch (
    id serial NOT NULL,
    name text NOT NULL,
    cdr_source_type smallint NOT NULL DEFAULT 0,
    timezone text NOT NULL DEFAULT 'UTC',
    country_id integer NOT NULL DEFAULT 0,
    calling_code text NOT NULL DEFAULT '',
    international_prefixes text[] NOT NULL DEFAULT '{00,011}',
    trunk_prefixes text[] NOT NULL DEFAULT '{}',
    strip_prefixes text[] NOT NULL DEFAULT '{}',
    extension_digits integer NOT NULL DEFAULT 5,
    national_min_digits integer NOT NULL DEFAULT 6,
    national_max_digits integer NOT NULL DEFAULT 9,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT switch_pkey PRIMARY KEY (id),
    CONSTRAINT switch_name_key UNIQUE (name)
);

CREATE TABLE switch_address (
    address text NOT NULL,
    switch_id integer NOT NULL,
    CONSTRAINT switch_address_pkey PRIMARY KEY (address),
    CONSTRAINT switch_address_switch_id_fkey FOREIGN KEY(switch_id) REFERENCES switch (id)
);

CREATE TABLE switch_feed (
    switch_id integer NOT NULL,
    feed text NOT NULL,
    CONSTRAINT switch_feed_pkey PRIMARY KEY (switch_id, feed),
    CONSTRAINT switch_feed_switch_id_fkey FOREIGN KEY(switch_id) REFERENCES switch (id)
);

CREATE TABLE customer (
    id serial NOT NULL,
    name text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT customer_pkey PRIMARY KEY (id),
    CONSTRAINT customer_name_key UNIQUE (name)
);

CREATE TABLE account_code (
    accountcode text NOT NULL,
    customer_id integer NOT NULL,
    CONSTRAINT account_code_pkey PRIMARY KEY (accountcode),
    CONSTRAINT account_code_customer_id_fkey FOREIGN KEY(customer_id) REFERENCES customer (id)
);
CREATE INDEX account_code_customer_id_idx ON account_code (customer_id);
