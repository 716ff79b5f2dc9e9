CREATE TABLE job (
    name text NOT NULL,
    description text NOT NULL,
    schedule text NOT NULL,
    next_run_at timestamptz,
    CONSTRAINT job_pkey PRIMARY KEY (name)
);

CREATE TABLE job_run (
    id bigserial NOT NULL,
    job text NOT NULL,
    state text NOT NULL DEFAULT 'queued',
    requested_by text NOT NULL DEFAULT 'schedule',
    queued_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    finished_at timestamptz,
    done bigint,
    error text,
    CONSTRAINT job_run_pkey PRIMARY KEY (id)
);
CREATE INDEX job_run_job_id_idx ON job_run (job, id);
CREATE INDEX job_run_open_idx ON job_run (id)
    WHERE state = ANY (ARRAY['queued'::text, 'running'::text]);

CREATE TABLE jobs_state (
    id smallint NOT NULL,
    host text,
    pid integer,
    started_at timestamptz,
    heartbeat_at timestamptz,
    paused boolean NOT NULL DEFAULT false,
    paused_at timestamptz,
    paused_by text,
    CONSTRAINT jobs_state_pkey PRIMARY KEY (id)
);

CREATE TABLE matview_state (
    name text NOT NULL,
    changes bigint NOT NULL DEFAULT 0,
    shown bigint NOT NULL DEFAULT 0,
    changed_at timestamptz,
    refreshed_at timestamptz,
    took_ms bigint,
    next_due_at timestamptz,
    trouble text,
    seen_oid bigint,
    readers text[] NOT NULL DEFAULT '{}',
    CONSTRAINT matview_state_pkey PRIMARY KEY (name)
);
