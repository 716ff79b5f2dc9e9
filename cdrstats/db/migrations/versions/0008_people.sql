-- People who sign in, what they may do, their sessions and links, and who did what.

CREATE TABLE person (
    id serial NOT NULL,
    name text NOT NULL,
    full_name text NOT NULL DEFAULT '',
    email text NOT NULL DEFAULT '',
    role text NOT NULL,
    password_hash text,
    disabled_at timestamptz,
    totp_secret bytea,
    totp_last_step bigint,
    created_at timestamptz NOT NULL DEFAULT now(),
    last_signed_in_at timestamptz,
    CONSTRAINT person_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX person_name_key ON person (lower(name));

CREATE TABLE person_customer (
    person_id integer NOT NULL,
    customer_id integer NOT NULL,
    CONSTRAINT person_customer_pkey PRIMARY KEY (person_id, customer_id),
    CONSTRAINT person_customer_person_id_fkey FOREIGN KEY (person_id) REFERENCES person (id),
    CONSTRAINT person_customer_customer_id_fkey
        FOREIGN KEY (customer_id) REFERENCES customer (id) ON DELETE CASCADE
);

CREATE TABLE permission_group (
    id serial NOT NULL,
    name text NOT NULL,
    permissions text[] NOT NULL DEFAULT '{}',
    oidc_group text,
    CONSTRAINT permission_group_pkey PRIMARY KEY (id),
    CONSTRAINT permission_group_name_key UNIQUE (name)
);

CREATE TABLE person_group (
    person_id integer NOT NULL,
    group_id integer NOT NULL,
    CONSTRAINT person_group_pkey PRIMARY KEY (person_id, group_id),
    CONSTRAINT person_group_person_id_fkey FOREIGN KEY (person_id) REFERENCES person (id),
    CONSTRAINT person_group_group_id_fkey
        FOREIGN KEY (group_id) REFERENCES permission_group (id) ON DELETE CASCADE
);

CREATE TABLE session (
    id text NOT NULL,
    person_id integer NOT NULL,
    how text NOT NULL,
    address text NOT NULL DEFAULT '',
    agent text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT session_pkey PRIMARY KEY (id),
    CONSTRAINT session_person_id_fkey FOREIGN KEY (person_id) REFERENCES person (id)
);

CREATE TABLE one_time_link (
    id text NOT NULL,
    person_id integer NOT NULL,
    kind text NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    CONSTRAINT one_time_link_pkey PRIMARY KEY (id),
    CONSTRAINT one_time_link_person_id_fkey FOREIGN KEY (person_id) REFERENCES person (id)
);

CREATE TABLE sign_in_failure (
    account text NOT NULL,
    address text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX sign_in_failure_account_at_idx ON sign_in_failure (account, at);
CREATE INDEX sign_in_failure_address_at_idx ON sign_in_failure (address, at);

CREATE TABLE audit (
    id bigserial NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    person_id integer,
    who text NOT NULL,
    action text NOT NULL,
    object text NOT NULL DEFAULT '',
    address text NOT NULL DEFAULT '',
    detail jsonb NOT NULL DEFAULT '{}',
    CONSTRAINT audit_pkey PRIMARY KEY (id),
    CONSTRAINT audit_person_id_fkey FOREIGN KEY (person_id) REFERENCES person (id)
);
CREATE INDEX audit_at_idx ON audit (at);
CREATE INDEX audit_action_at_idx ON audit (action, at);
