-- What is wrong with the installation, since when, and when its administrators were told.

CREATE TABLE trouble (
    what text NOT NULL,
    object text NOT NULL,
    sentence text NOT NULL DEFAULT '',
    since timestamptz NOT NULL,
    told_at timestamptz,
    CONSTRAINT trouble_pkey PRIMARY KEY (what, object)
);
GRANT SELECT ON trouble TO cdrstats_app;
