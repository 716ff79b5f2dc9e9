CREATE TABLE note (
    id bigserial NOT NULL,
    at timestamptz NOT NULL,
    until timestamptz,
    kind text NOT NULL DEFAULT 'note',
    text text NOT NULL,
    author text NOT NULL DEFAULT '',
    switch_id integer,
    user_id integer,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT note_pkey PRIMARY KEY (id)
);
CREATE INDEX note_at_idx ON note (at);

-- Charts read the files of a window by when they were taken in.
CREATE INDEX import_file_finished_at_idx ON import_file (finished_at);
