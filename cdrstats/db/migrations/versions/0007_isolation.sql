-- Who may read what, below the program: a forgotten WHERE leaks nothing.
GRANT USAGE ON SCHEMA public TO cdrstats_app, cdrstats_customer;

-- Staff read everything that there is today; each table that comes later says for itself.
GRANT SELECT ON ALL TABLES IN SCHEMA public TO cdrstats_app;
GRANT INSERT, UPDATE, DELETE ON saved_view, note, download TO cdrstats_app, cdrstats_customer;
GRANT USAGE ON SEQUENCE saved_view_id_seq, note_id_seq TO cdrstats_app, cdrstats_customer;

-- Customers: the tables that know whose rows they hold, and the names of what is the same for
-- everybody. Of a call neither what it cost us, nor who carried it, nor what the switch wrote.
GRANT SELECT (
    id, user_id, switch_id, cdr_source_type, callid, caller_id_number, caller_id_name,
    destination_number, destination_e164, dialcode_id, state, starting_date, answered_at,
    answered, duration, billsec, billed_s, progresssec, answersec, waitsec, pdd_ms, mos,
    sip_status, hangup_cause_id, direction, country_id, authorized, call_type, accountcode,
    sell_rate, sell_cost, dedup_key, import_id
) ON voip_cdr TO cdrstats_customer;
GRANT SELECT ON
    country, dialcode, hangup_cause, source_type, switch, customer, account_code,
    saved_view, note, download
TO cdrstats_customer;

DO $$
DECLARE
    rollup text;
BEGIN
    FOREACH rollup IN ARRAY '{rollup_customer,rollup_customer_country_day,'
        'rollup_customer_cause_day,rollup_account_day}'::text[]
    LOOP
        EXECUTE format('GRANT SELECT (%s) ON %I TO cdrstats_customer', (
            SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
            WHERE attrelid = rollup::regclass AND attnum > 0 AND NOT attisdropped
                AND attname <> 'buy_cost'
        ), rollup);
    END LOOP;
END
$$;

-- The customers that the transaction may see; none where nobody said. As `(SELECT ...)` it is
-- worked out once a statement, and can be looked up in an index.
CREATE FUNCTION seen_customers() RETURNS integer[] STABLE LANGUAGE sql
    SET search_path = pg_catalog, pg_temp AS
$$ SELECT string_to_array(current_setting('cdrstats.user_ids', true), ',')::integer[] $$;

-- Whoever else was given a right on a table sees all of it; customers are held to their own.
-- The owner is exempt, so that jobs and the two views see every row.
DO $$
DECLARE
    held text;
    whose text;
BEGIN
    FOR held, whose IN VALUES
        ('voip_cdr', 'user_id = ANY ((SELECT seen_customers())::integer[])'),
        ('rollup_customer', 'user_id = ANY ((SELECT seen_customers())::integer[])'),
        ('rollup_customer_country_day', 'user_id = ANY ((SELECT seen_customers())::integer[])'),
        ('rollup_customer_cause_day', 'user_id = ANY ((SELECT seen_customers())::integer[])'),
        ('rollup_account_day', 'user_id = ANY ((SELECT seen_customers())::integer[])'),
        ('customer', 'id = ANY ((SELECT seen_customers())::integer[])'),
        ('account_code', 'customer_id = ANY ((SELECT seen_customers())::integer[])'),
        ('saved_view', 'user_id = ANY ((SELECT seen_customers())::integer[])'),
        -- What nobody wrote is ours: it is about the customer, for staff.
        ('note', 'user_id = ANY ((SELECT seen_customers())::integer[]) AND author <> '''''),
        ('download', 'user_ids <@ (SELECT seen_customers())'),
        -- A switch may be another customer's own.
        ('switch', 'id IN (SELECT switch_id FROM rollup_customer_cause_day)')
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', held);
        EXECUTE format('CREATE POLICY everyone ON %I USING (true)', held);
        EXECUTE format(
            'CREATE POLICY own ON %I AS RESTRICTIVE TO cdrstats_customer USING (%s)', held, whose
        );
    END LOOP;
END
$$;
