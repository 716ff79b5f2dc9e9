ALTER TABLE customer
    ADD COLUMN address text NOT NULL DEFAULT '',
    ADD COLUMN tax_id text NOT NULL DEFAULT '',
    ADD COLUMN currency text NOT NULL DEFAULT '',
    ADD COLUMN timezone text NOT NULL DEFAULT '',
    ADD COLUMN language text NOT NULL DEFAULT '',
    ADD COLUMN plan_id integer NOT NULL DEFAULT 0;

-- A code that nobody owns has no row: its calls go by their numbers and their trunk.
DELETE FROM account_code WHERE customer_id = 0;

CREATE TABLE customer_number (
    first text COLLATE "C" NOT NULL,
    last text COLLATE "C" NOT NULL,
    customer_id integer NOT NULL,
    CONSTRAINT customer_number_pkey PRIMARY KEY (first),
    CONSTRAINT customer_number_customer_id_fkey FOREIGN KEY(customer_id) REFERENCES customer (id)
);
CREATE INDEX customer_number_customer_id_idx ON customer_number (customer_id);

CREATE TABLE customer_trunk (
    carrier_id integer NOT NULL,
    customer_id integer NOT NULL,
    CONSTRAINT customer_trunk_pkey PRIMARY KEY (carrier_id),
    CONSTRAINT customer_trunk_carrier_id_fkey FOREIGN KEY(carrier_id) REFERENCES carrier (id),
    CONSTRAINT customer_trunk_customer_id_fkey FOREIGN KEY(customer_id) REFERENCES customer (id)
);
CREATE INDEX customer_trunk_customer_id_idx ON customer_trunk (customer_id);

GRANT SELECT ON customer_number, customer_trunk TO cdrstats_app;
