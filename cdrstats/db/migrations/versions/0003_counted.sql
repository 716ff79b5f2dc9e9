-- What a quarter-hour was last counted as: one array of parts, and no longer an array a column.
CREATE TYPE rollup_part AS (
    user_id integer,
    switch_id integer,
    country_id integer,
    hangup_cause_id integer,
    carrier_id integer,
    dialcode_id bigint,
    accountcode text,
    direction smallint,
    call_type smallint,
    cdr_source_type smallint,
    calls integer,
    answered integer,
    delivered integer,
    cancelled integer,
    short integer,
    blocked integer,
    duration bigint,
    billsec bigint,
    longest integer,
    billed bigint,
    billed_calls integer,
    pdd_ms bigint,
    pdd_calls integer,
    mos numeric,
    mos_calls integer,
    invites integer,
    sip_ok integer,
    sip_redirected integer,
    sip_challenged integer,
    sip_effective integer,
    sip_failed integer,
    buy_cost numeric,
    sell_cost numeric
);

ALTER TABLE rollup_counted RENAME TO rollup_counted_0001;
ALTER TABLE rollup_counted_0001 RENAME CONSTRAINT rollup_counted_pkey TO rollup_counted_0001_pkey;

CREATE TABLE rollup_counted (
    slot timestamptz NOT NULL,
    counted_at timestamptz NOT NULL,
    parts rollup_part[],
    CONSTRAINT rollup_counted_pkey PRIMARY KEY (slot)
);
-- Not compressed: that took longer than counting the calls.
ALTER TABLE rollup_counted ALTER COLUMN parts SET STORAGE EXTERNAL;

INSERT INTO rollup_counted (slot, counted_at, parts)
SELECT slot, counted_at, (
    SELECT array_agg(ROW(
        p.user_id, p.switch_id, p.country_id, p.hangup_cause_id, 0, 0, '', 0, 0, 0, p.calls,
        nullif(p.answered, 0), nullif(p.delivered, 0), NULL, nullif(p.short, 0), NULL,
        nullif(p.duration, 0), nullif(p.billsec, 0), NULL, NULL, NULL, nullif(p.pdd_ms, 0),
        nullif(p.pdd_calls, 0), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
        nullif(p.buy_cost, 0), nullif(p.sell_cost, 0)
    )::rollup_part)
    FROM unnest(
        user_id, switch_id, country_id, hangup_cause_id, calls, answered, delivered, short,
        duration, billsec, pdd_ms, pdd_calls, buy_cost, sell_cost
    ) AS p (
        user_id, switch_id, country_id, hangup_cause_id, calls, answered, delivered, short,
        duration, billsec, pdd_ms, pdd_calls, buy_cost, sell_cost
    )
)
FROM rollup_counted_0001;

DROP TABLE rollup_counted_0001;

-- Until every quarter-hour has been counted again, the new tables hold what the old ones hold, under
-- keys that say nothing (0, ''): as `rollup_counted` reads, by whose differences they move.
INSERT INTO rollup_kind (slot, switch_id, direction, call_type, cdr_source_type, calls,
    answered, delivered, short, duration, billsec, pdd_ms, pdd_calls, buy_cost, sell_cost)
SELECT slot, switch_id, 0, 0, 0, calls, answered, delivered, short, duration, billsec, pdd_ms,
    pdd_calls, buy_cost, sell_cost
FROM rollup_switch;

INSERT INTO rollup_route_day (slot, switch_id, carrier_id, country_id, dialcode_id, calls,
    answered, delivered, short, duration, billsec, pdd_ms, pdd_calls, buy_cost, sell_cost)
SELECT slot, switch_id, 0, country_id, 0, calls, answered, delivered, short, duration, billsec,
    pdd_ms, pdd_calls, buy_cost, sell_cost
FROM rollup_country_day;

INSERT INTO rollup_account_day (user_id, slot, accountcode, calls, answered, delivered, short,
    duration, billsec, pdd_ms, pdd_calls, buy_cost, sell_cost)
SELECT user_id, slot, '', sum(calls), sum(answered), sum(delivered), sum(short), sum(duration),
    sum(billsec), sum(pdd_ms), sum(pdd_calls), sum(buy_cost), sum(sell_cost)
FROM rollup_customer_country_day
GROUP BY user_id, slot;

INSERT INTO rollup_log (slot)
SELECT slot FROM rollup_counted WHERE parts IS NOT NULL;
