-- Where calls may go, by which entry each call was judged, and prefixes known for fraud.

CREATE TABLE list_entry (
    id serial NOT NULL,
    customer_id integer NOT NULL DEFAULT 0,
    prefix text NOT NULL DEFAULT '',
    country_id integer NOT NULL DEFAULT 0,
    allowed boolean NOT NULL,
    reason text NOT NULL DEFAULT '',
    mail_to text NOT NULL DEFAULT '',
    valid_until timestamptz,
    added_by text NOT NULL,
    added_at timestamptz NOT NULL DEFAULT now(),
    ended_by text,
    ended_at timestamptz,
    CONSTRAINT list_entry_pkey PRIMARY KEY (id),
    CONSTRAINT list_entry_customer_id_fkey FOREIGN KEY (customer_id)
        REFERENCES customer (id) ON DELETE CASCADE,
    CONSTRAINT list_entry_place_check CHECK (prefix = '' OR country_id = 0)
);
CREATE UNIQUE INDEX list_entry_standing_idx ON list_entry (customer_id, prefix, country_id)
    WHERE ended_at IS NULL;

CREATE TABLE high_risk_prefix (
    prefix text NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    source text NOT NULL DEFAULT '',
    seen_on date NOT NULL,
    active boolean NOT NULL DEFAULT true,
    CONSTRAINT high_risk_prefix_pkey PRIMARY KEY (prefix)
);

ALTER TABLE voip_cdr ADD COLUMN list_entry_id integer NOT NULL DEFAULT 0;
CREATE INDEX voip_cdr_refused_idx ON voip_cdr (starting_date) WHERE NOT authorized;

GRANT SELECT ON list_entry, high_risk_prefix TO cdrstats_app;
-- Customers learn by what their calls were judged; why, by whom and who is told is for staff.
GRANT SELECT (list_entry_id) ON voip_cdr TO cdrstats_customer;
GRANT SELECT (id, customer_id, prefix, country_id, allowed) ON list_entry TO cdrstats_customer;
ALTER TABLE list_entry ENABLE ROW LEVEL SECURITY;
CREATE POLICY everyone ON list_entry USING (true);
CREATE POLICY own ON list_entry AS RESTRICTIVE TO cdrstats_customer
    USING (customer_id = 0 OR customer_id = ANY ((SELECT seen_customers())::integer[]));

-- The view of calls without the last digits of numbers gets the column as well, as 0014 made it.
DO $$
DECLARE
    shown text;
BEGIN
    SELECT rtrim(pg_get_viewdef('cdrstats_masked.voip_cdr'::regclass), '; ') INTO shown;
    EXECUTE 'CREATE OR REPLACE VIEW cdrstats_masked.voip_cdr WITH (security_invoker) AS '
        || regexp_replace(shown, '\s+FROM (public\.)?voip_cdr\s*$',
            ', list_entry_id FROM public.voip_cdr');
END
$$;
