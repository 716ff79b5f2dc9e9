-- What switches show that push their records themselves: the SHA-256 of each key.
CREATE TABLE switch_key (
    id text NOT NULL,
    switch_id integer NOT NULL,
    name text NOT NULL,
    created_at timestamptz NOT NULL,
    last_used_at timestamptz,
    CONSTRAINT switch_key_pkey PRIMARY KEY (id),
    CONSTRAINT switch_key_switch_id_name_key UNIQUE (switch_id, name),
    CONSTRAINT switch_key_switch_id_fkey FOREIGN KEY (switch_id) REFERENCES switch (id)
        ON DELETE CASCADE
);
