-- Where programs and rooms of chat are told. Addresses are secret: none of the roles that pages
-- read as has a right on them.

CREATE TABLE channel (
    id serial NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    host text NOT NULL,
    address bytea NOT NULL,
    secret bytea,
    active boolean NOT NULL DEFAULT true,
    troubles boolean NOT NULL DEFAULT false,
    fraud_actions boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT channel_pkey PRIMARY KEY (id),
    CONSTRAINT channel_name_key UNIQUE (name)
);

-- NULL: a mail. The log goes on naming a channel that was removed.
ALTER TABLE outbox ADD COLUMN channel_id integer;
