-- What people are mailed of their calls, and when.

CREATE TABLE digest (
    id serial NOT NULL,
    person_id integer,
    user_ids integer[],
    mail_to text[] NOT NULL DEFAULT '{}',
    name text NOT NULL,
    page text NOT NULL DEFAULT 'dashboard',
    query text NOT NULL DEFAULT '',
    timezone text NOT NULL,
    every text NOT NULL,
    at time NOT NULL,
    cron text NOT NULL DEFAULT '',
    parts text[] NOT NULL DEFAULT '{}',
    files text[] NOT NULL DEFAULT '{}',
    only_if_changed boolean NOT NULL DEFAULT false,
    quiet_from time,
    quiet_until time,
    active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    since timestamptz NOT NULL,
    sent_until timestamptz,
    trouble text,
    CONSTRAINT digest_pkey PRIMARY KEY (id),
    CONSTRAINT digest_person_id_fkey FOREIGN KEY (person_id) REFERENCES person (id),
    CONSTRAINT digest_person_id_name_key UNIQUE NULLS NOT DISTINCT (person_id, name)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON digest TO cdrstats_app, cdrstats_customer;
GRANT USAGE ON SEQUENCE digest_id_seq TO cdrstats_app, cdrstats_customer;

-- Customers see the digests of their calls alone.
ALTER TABLE digest ENABLE ROW LEVEL SECURITY;
CREATE POLICY everyone ON digest USING (true);
CREATE POLICY own ON digest AS RESTRICTIVE TO cdrstats_customer
    USING (user_ids <@ (SELECT seen_customers()));
