-- What programs show instead of a password, for as long as a person lets them.

CREATE TABLE api_token (
    id text NOT NULL,
    person_id integer NOT NULL,
    name text NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    last_used_at timestamptz,
    CONSTRAINT api_token_pkey PRIMARY KEY (id),
    CONSTRAINT api_token_person_id_name_key UNIQUE (person_id, name),
    CONSTRAINT api_token_person_id_fkey FOREIGN KEY (person_id) REFERENCES person (id)
);
