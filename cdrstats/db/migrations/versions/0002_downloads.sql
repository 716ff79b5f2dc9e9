CREATE TABLE download (
    id uuid NOT NULL,
    asked_by text NOT NULL,
    user_ids integer[],
    page text NOT NULL,
    query text NOT NULL DEFAULT '',
    timezone text NOT NULL DEFAULT 'UTC',
    format text NOT NULL,
    state text NOT NULL DEFAULT 'waiting',
    rows_done bigint NOT NULL DEFAULT 0,
    rows_expected bigint,
    bytes bigint NOT NULL DEFAULT 0,
    asked_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    finished_at timestamptz,
    error text,
    file_name text NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT download_pkey PRIMARY KEY (id)
);
CREATE INDEX download_asked_by_asked_at_idx ON download (asked_by, asked_at);
CREATE INDEX download_open_idx ON download (asked_at)
    WHERE state = ANY (ARRAY['waiting'::text, 'running'::text]);
