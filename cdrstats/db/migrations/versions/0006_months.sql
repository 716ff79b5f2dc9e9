-- Small tables for long periods: months, carriers, causes by country; account codes by switch, too.

DROP TABLE rollup_account_day;

CREATE TABLE rollup_account_day (
    user_id integer NOT NULL,
    slot timestamptz NOT NULL,
    switch_id integer NOT NULL,
    accountcode text NOT NULL,
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
    CONSTRAINT rollup_account_day_pkey PRIMARY KEY (user_id, slot, switch_id, accountcode)
) WITH (fillfactor = 80);
CREATE INDEX rollup_account_day_slot_idx ON rollup_account_day (slot);

CREATE TABLE rollup_country_cause_day (
    country_id integer NOT NULL,
    slot timestamptz NOT NULL,
    switch_id integer NOT NULL,
    hangup_cause_id integer NOT NULL,
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
    CONSTRAINT rollup_country_cause_day_pkey PRIMARY KEY (country_id, slot, switch_id, hangup_cause_id)
) WITH (fillfactor = 80);
CREATE INDEX rollup_country_cause_day_slot_idx ON rollup_country_cause_day (slot);

CREATE TABLE rollup_carrier_day (
    slot timestamptz NOT NULL,
    switch_id integer NOT NULL,
    carrier_id integer NOT NULL,
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
    CONSTRAINT rollup_carrier_day_pkey PRIMARY KEY (slot, switch_id, carrier_id)
) WITH (fillfactor = 80);

CREATE INDEX rollup_route_day_dialcode_id_idx ON rollup_route_day (dialcode_id, slot);

CREATE TABLE rollup_country_month (
    slot timestamptz NOT NULL,
    switch_id integer NOT NULL,
    country_id integer NOT NULL,
    calls bigint NOT NULL DEFAULT 0,
    answered bigint NOT NULL DEFAULT 0,
    delivered bigint NOT NULL DEFAULT 0,
    cancelled bigint NOT NULL DEFAULT 0,
    short bigint NOT NULL DEFAULT 0,
    blocked bigint NOT NULL DEFAULT 0,
    duration bigint NOT NULL DEFAULT 0,
    billsec bigint NOT NULL DEFAULT 0,
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
    CONSTRAINT rollup_country_month_pkey PRIMARY KEY (slot, switch_id, country_id)
) WITH (fillfactor = 80);

CREATE TABLE rollup_route_month (
    slot timestamptz NOT NULL,
    switch_id integer NOT NULL,
    carrier_id integer NOT NULL,
    country_id integer NOT NULL,
    dialcode_id bigint NOT NULL,
    calls bigint NOT NULL DEFAULT 0,
    answered bigint NOT NULL DEFAULT 0,
    delivered bigint NOT NULL DEFAULT 0,
    cancelled bigint NOT NULL DEFAULT 0,
    short bigint NOT NULL DEFAULT 0,
    blocked bigint NOT NULL DEFAULT 0,
    duration bigint NOT NULL DEFAULT 0,
    billsec bigint NOT NULL DEFAULT 0,
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
    CONSTRAINT rollup_route_month_pkey PRIMARY KEY (slot, switch_id, carrier_id, country_id, dialcode_id)
) WITH (fillfactor = 80);

-- As `rollup_counted` reads, by whose differences they move.
INSERT INTO rollup_account_day (
    user_id, slot, switch_id, accountcode, calls, answered, delivered, cancelled, short,
    blocked, duration, billsec, longest, billed, billed_calls, pdd_ms, pdd_calls, mos,
    mos_calls, invites, sip_ok, sip_redirected, sip_challenged, sip_effective, sip_failed,
    buy_cost, sell_cost)
SELECT
    p.user_id, date_trunc('day', c.slot, 'UTC'), p.switch_id, p.accountcode,
    coalesce(sum(p.calls), 0), coalesce(sum(p.answered), 0), coalesce(sum(p.delivered), 0),
    coalesce(sum(p.cancelled), 0), coalesce(sum(p.short), 0), coalesce(sum(p.blocked), 0),
    coalesce(sum(p.duration), 0), coalesce(sum(p.billsec), 0), coalesce(max(p.longest), 0),
    coalesce(sum(p.billed), 0), coalesce(sum(p.billed_calls), 0), coalesce(sum(p.pdd_ms), 0),
    coalesce(sum(p.pdd_calls), 0), coalesce(sum(p.mos), 0), coalesce(sum(p.mos_calls), 0),
    coalesce(sum(p.invites), 0), coalesce(sum(p.sip_ok), 0),
    coalesce(sum(p.sip_redirected), 0), coalesce(sum(p.sip_challenged), 0),
    coalesce(sum(p.sip_effective), 0), coalesce(sum(p.sip_failed), 0),
    coalesce(sum(p.buy_cost), 0), coalesce(sum(p.sell_cost), 0)
FROM rollup_counted AS c, unnest(c.parts) AS p
GROUP BY 1, 2, 3, 4;

INSERT INTO rollup_country_cause_day (
    country_id, slot, switch_id, hangup_cause_id, calls, answered, delivered, cancelled, short,
    blocked, duration, billsec, longest, billed, billed_calls, pdd_ms, pdd_calls, mos,
    mos_calls, invites, sip_ok, sip_redirected, sip_challenged, sip_effective, sip_failed,
    buy_cost, sell_cost)
SELECT
    p.country_id, date_trunc('day', c.slot, 'UTC'), p.switch_id, p.hangup_cause_id,
    coalesce(sum(p.calls), 0), coalesce(sum(p.answered), 0), coalesce(sum(p.delivered), 0),
    coalesce(sum(p.cancelled), 0), coalesce(sum(p.short), 0), coalesce(sum(p.blocked), 0),
    coalesce(sum(p.duration), 0), coalesce(sum(p.billsec), 0), coalesce(max(p.longest), 0),
    coalesce(sum(p.billed), 0), coalesce(sum(p.billed_calls), 0), coalesce(sum(p.pdd_ms), 0),
    coalesce(sum(p.pdd_calls), 0), coalesce(sum(p.mos), 0), coalesce(sum(p.mos_calls), 0),
    coalesce(sum(p.invites), 0), coalesce(sum(p.sip_ok), 0),
    coalesce(sum(p.sip_redirected), 0), coalesce(sum(p.sip_challenged), 0),
    coalesce(sum(p.sip_effective), 0), coalesce(sum(p.sip_failed), 0),
    coalesce(sum(p.buy_cost), 0), coalesce(sum(p.sell_cost), 0)
FROM rollup_counted AS c, unnest(c.parts) AS p
GROUP BY 1, 2, 3, 4;

INSERT INTO rollup_carrier_day (
    slot, switch_id, carrier_id, calls, answered, delivered, cancelled, short, blocked,
    duration, billsec, longest, billed, billed_calls, pdd_ms, pdd_calls, mos, mos_calls,
    invites, sip_ok, sip_redirected, sip_challenged, sip_effective, sip_failed, buy_cost,
    sell_cost)
SELECT
    slot, switch_id, carrier_id, sum(calls), sum(answered), sum(delivered), sum(cancelled),
    sum(short), sum(blocked), sum(duration), sum(billsec), max(longest), sum(billed),
    sum(billed_calls), sum(pdd_ms), sum(pdd_calls), sum(mos), sum(mos_calls), sum(invites),
    sum(sip_ok), sum(sip_redirected), sum(sip_challenged), sum(sip_effective), sum(sip_failed),
    sum(buy_cost), sum(sell_cost)
FROM rollup_route_day
GROUP BY 1, 2, 3;

INSERT INTO rollup_country_month (
    slot, switch_id, country_id, calls, answered, delivered, cancelled, short, blocked,
    duration, billsec, billed, billed_calls, pdd_ms, pdd_calls, mos, mos_calls, invites,
    sip_ok, sip_redirected, sip_challenged, sip_effective, sip_failed, buy_cost, sell_cost)
SELECT
    date_trunc('month', slot, 'UTC'), switch_id, country_id, sum(calls), sum(answered),
    sum(delivered), sum(cancelled), sum(short), sum(blocked), sum(duration), sum(billsec),
    sum(billed), sum(billed_calls), sum(pdd_ms), sum(pdd_calls), sum(mos), sum(mos_calls),
    sum(invites), sum(sip_ok), sum(sip_redirected), sum(sip_challenged), sum(sip_effective),
    sum(sip_failed), sum(buy_cost), sum(sell_cost)
FROM rollup_country_day
GROUP BY 1, 2, 3;

INSERT INTO rollup_route_month (
    slot, switch_id, carrier_id, country_id, dialcode_id, calls, answered, delivered,
    cancelled, short, blocked, duration, billsec, billed, billed_calls, pdd_ms, pdd_calls, mos,
    mos_calls, invites, sip_ok, sip_redirected, sip_challenged, sip_effective, sip_failed,
    buy_cost, sell_cost)
SELECT
    date_trunc('month', slot, 'UTC'), switch_id, carrier_id, country_id, dialcode_id,
    sum(calls), sum(answered), sum(delivered), sum(cancelled), sum(short), sum(blocked),
    sum(duration), sum(billsec), sum(billed), sum(billed_calls), sum(pdd_ms), sum(pdd_calls),
    sum(mos), sum(mos_calls), sum(invites), sum(sip_ok), sum(sip_redirected),
    sum(sip_challenged), sum(sip_effective), sum(sip_failed), sum(buy_cost), sum(sell_cost)
FROM rollup_route_day
GROUP BY 1, 2, 3, 4, 5;

-- Calls at once are swept by switch or carrier, too.
DROP INDEX voip_cdr_held_idx;
CREATE INDEX voip_cdr_held_idx ON voip_cdr (starting_date)
    INCLUDE (answered_at, duration, billsec, switch_id, carrier_id);
