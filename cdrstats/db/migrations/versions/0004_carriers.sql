CREATE TABLE carrier (
    id serial NOT NULL,
    name text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT carrier_pkey PRIMARY KEY (id),
    CONSTRAINT carrier_name_key UNIQUE (name)
);

-- Calls at once are swept over these columns alone, without reading the calls.
CREATE INDEX voip_cdr_held_idx ON voip_cdr (starting_date)
    INCLUDE (answered_at, duration, billsec);
