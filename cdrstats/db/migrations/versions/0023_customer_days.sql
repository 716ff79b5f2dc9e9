-- A customer's calls by day: a tenth of the rows by day and cause, and of the quarter-hours.

CREATE TABLE rollup_customer_day (
    user_id integer NOT NULL,
    slot timestamptz NOT NULL,
    switch_id integer NOT NULL,
    calls bigint NOT NULL DEFAULT 0,
    answered bigint NOT NULL DEFAULT 0,
    delivered bigint NOT NULL DEFAULT 0,
    cancelled bigint NOT NULL DEFAULT 0,
    short bigint NOT NULL DEFAULT 0,
    blocked bigint NOT NULL DEFAULT 0,
    duration bigint NOT NULL DEFAULT 0,
    billsec bigint NOT NULL DEFAULT 0,
    longest bigint NOT NULL DEFAULT 0,
    billed bigint NOT NULL DEFAULT 0,
    billed_calls bigint NOT NULL DEFAULT 0,
    pdd_ms bigint NOT NULL DEFAULT 0,
    pdd_calls bigint NOT NULL DEFAULT 0,
    mos numeric NOT NULL DEFAULT 0,
    mos_calls bigint NOT NULL DEFAULT 0,
    invites bigint NOT NULL DEFAULT 0,
    sip_ok bigint NOT NULL DEFAULT 0,
    sip_redirected bigint NOT NULL DEFAULT 0,
    sip_challenged bigint NOT NULL DEFAULT 0,
    sip_effective bigint NOT NULL DEFAULT 0,
    sip_failed bigint NOT NULL DEFAULT 0,
    buy_cost numeric NOT NULL DEFAULT 0,
    sell_cost numeric NOT NULL DEFAULT 0,
    CONSTRAINT rollup_customer_day_pkey PRIMARY KEY (user_id, slot, switch_id)
) WITH (fillfactor = 80);
CREATE INDEX rollup_customer_day_slot_idx ON rollup_customer_day (slot);

INSERT INTO rollup_customer_day (
    user_id, slot, switch_id, calls, answered, delivered, cancelled, short, blocked,
    duration, billsec, longest, billed, billed_calls, pdd_ms, pdd_calls, mos, mos_calls,
    invites, sip_ok, sip_redirected, sip_challenged, sip_effective, sip_failed, buy_cost,
    sell_cost)
SELECT
    user_id, slot, switch_id, sum(calls), sum(answered), sum(delivered), sum(cancelled),
    sum(short), sum(blocked), sum(duration), sum(billsec), max(longest), sum(billed),
    sum(billed_calls), sum(pdd_ms), sum(pdd_calls), sum(mos), sum(mos_calls), sum(invites),
    sum(sip_ok), sum(sip_redirected), sum(sip_challenged), sum(sip_effective), sum(sip_failed),
    sum(buy_cost), sum(sell_cost)
FROM rollup_customer_cause_day
GROUP BY 1, 2, 3;

GRANT SELECT ON rollup_customer_day TO cdrstats_app;

-- Customers see their own, and not what it cost us.
DO $$
BEGIN
    EXECUTE format('GRANT SELECT (%s) ON rollup_customer_day TO cdrstats_customer', (
        SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
        WHERE attrelid = 'rollup_customer_day'::regclass AND attnum > 0 AND NOT attisdropped
            AND attname <> 'buy_cost'
    ));
END
$$;
ALTER TABLE rollup_customer_day ENABLE ROW LEVEL SECURITY;
CREATE POLICY everyone ON rollup_customer_day USING (true);
CREATE POLICY own ON rollup_customer_day AS RESTRICTIVE TO cdrstats_customer
    USING (user_id = ANY ((SELECT seen_customers())::integer[]));
