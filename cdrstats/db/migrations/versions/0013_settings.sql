-- Settings that are changed while CDR-Stats runs. None is a secret.

CREATE TABLE setting (
    name text NOT NULL,
    value integer NOT NULL,
    changed_by text NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT setting_pkey PRIMARY KEY (name)
);

-- How long a download is kept is looked up as whoever asks for it.
GRANT SELECT (name, value) ON setting TO cdrstats_app, cdrstats_customer;
