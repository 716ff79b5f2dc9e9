CREATE TABLE import_file (
    id bigserial NOT NULL,
    name text NOT NULL,
    sha256 text NOT NULL,
    size_bytes bigint NOT NULL,
    source text NOT NULL,
    switch_id integer NOT NULL,
    timezone text,
    state text NOT NULL DEFAULT 'loading',
    read bigint NOT NULL DEFAULT 0,
    staged bigint NOT NULL DEFAULT 0,
    bad bigint NOT NULL DEFAULT 0,
    imported bigint NOT NULL DEFAULT 0,
    duplicates bigint NOT NULL DEFAULT 0,
    rejected bigint NOT NULL DEFAULT 0,
    ignored bigint NOT NULL DEFAULT 0,
    joined bigint NOT NULL DEFAULT 0,
    first_call timestamptz,
    last_call timestamptz,
    first_import_id bigint,
    last_import_id bigint,
    loaded_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    loaded_by text NOT NULL DEFAULT '',
    is_demo boolean NOT NULL DEFAULT false,
    CONSTRAINT import_file_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX import_file_sha256_key ON import_file (sha256) WHERE state <> 'undone';

CREATE TABLE bad_line (
    id bigserial NOT NULL,
    file_id bigint NOT NULL,
    line bigint NOT NULL,
    reason text NOT NULL,
    text text NOT NULL,
    CONSTRAINT bad_line_pkey PRIMARY KEY (id)
);
CREATE INDEX bad_line_file_id_line_idx ON bad_line (file_id, line);

CREATE TABLE cdr_import (
    id bigserial NOT NULL,
    switch text,
    cdr_source_type integer,
    callid text,
    caller_id_number text,
    caller_id_name text,
    destination_number text,
    dialcode text,
    state text,
    channel text,
    starting_date timestamptz,
    duration integer,
    billsec integer,
    progresssec integer,
    answersec integer,
    waitsec integer,
    hangup_cause_id integer,
    hangup_cause text,
    direction integer,
    country_code text,
    accountcode text,
    buy_rate numeric,
    buy_cost numeric,
    sell_rate numeric,
    sell_cost numeric,
    extradata jsonb,
    imported boolean NOT NULL DEFAULT false,
    dedup_key uuid,
    feed text NOT NULL DEFAULT 'push',
    start_text text,
    answered boolean,
    pdd_ms integer,
    leg_of text,
    names_leg uuid,
    call_start timestamptz,
    matched_key uuid,
    file_id bigint,
    source_id integer,
    remote_id text,
    outcome text,
    reason text,
    CONSTRAINT cdr_import_pkey PRIMARY KEY (id)
);
CREATE INDEX cdr_import_dedup_key_idx ON cdr_import (dedup_key) WHERE call_start IS NOT NULL;
CREATE INDEX cdr_import_leg_of_idx ON cdr_import (leg_of) WHERE leg_of IS NOT NULL;
CREATE INDEX cdr_import_set_aside_idx ON cdr_import (dedup_key) WHERE outcome IN ('duplicate', 'ignored');
CREATE INDEX cdr_import_matched_key_idx ON cdr_import (matched_key) WHERE matched_key IS NOT NULL;
CREATE INDEX cdr_import_names_leg_idx ON cdr_import (names_leg) WHERE names_leg IS NOT NULL;
CREATE INDEX cdr_import_rejected_idx ON cdr_import (id) WHERE outcome = 'rejected';
CREATE INDEX cdr_import_waiting_idx ON cdr_import (id) WHERE NOT imported;
