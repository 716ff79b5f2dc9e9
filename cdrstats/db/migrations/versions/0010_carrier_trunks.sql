-- The names by which records call a carrier, beside its own.

CREATE TABLE carrier_trunk (
    name text NOT NULL,
    carrier_id integer NOT NULL,
    CONSTRAINT carrier_trunk_pkey PRIMARY KEY (name),
    CONSTRAINT carrier_trunk_carrier_id_fkey FOREIGN KEY (carrier_id) REFERENCES carrier (id)
);
CREATE INDEX carrier_trunk_carrier_id_idx ON carrier_trunk (carrier_id);

GRANT SELECT ON carrier_trunk TO cdrstats_app;
