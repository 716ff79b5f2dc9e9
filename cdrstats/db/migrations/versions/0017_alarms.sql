-- Rules that watch figures, what was decided of each window, and days that are not ordinary.

CREATE TABLE alarm_rule (
    id serial NOT NULL,
    person_id integer,
    user_ids integer[],
    shared boolean NOT NULL DEFAULT false,
    name text NOT NULL,
    metric text NOT NULL,
    part text NOT NULL DEFAULT '',
    query text NOT NULL DEFAULT '',
    split text NOT NULL DEFAULT 'country_id',
    timezone text NOT NULL,
    length text NOT NULL,
    condition text NOT NULL,
    threshold double precision NOT NULL,
    clear_at double precision NOT NULL,
    clear_windows integer NOT NULL DEFAULT 1,
    compare text NOT NULL DEFAULT '',
    min_calls integer NOT NULL DEFAULT 0,
    by_chance boolean NOT NULL DEFAULT false,
    on_holidays boolean NOT NULL DEFAULT true,
    severity text NOT NULL DEFAULT 'warning',
    lag_minutes integer NOT NULL DEFAULT 5,
    cooldown_minutes integer NOT NULL DEFAULT 0,
    renotify_minutes integer NOT NULL DEFAULT 0,
    escalate_minutes integer NOT NULL DEFAULT 0,
    quiet_from time,
    quiet_until time,
    muted_until timestamptz,
    active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    watched_since timestamptz NOT NULL,
    decided_until timestamptz,
    firing boolean NOT NULL DEFAULT false,
    calm integer NOT NULL DEFAULT 0,
    since timestamptz,
    told boolean NOT NULL DEFAULT false,
    told_at timestamptz,
    escalated boolean NOT NULL DEFAULT false,
    trouble text,
    CONSTRAINT alarm_rule_pkey PRIMARY KEY (id),
    CONSTRAINT alarm_rule_person_id_fkey FOREIGN KEY (person_id) REFERENCES person (id),
    CONSTRAINT alarm_rule_person_id_name_key UNIQUE NULLS NOT DISTINCT (person_id, name)
);

CREATE TABLE alarm_window (
    rule_id integer NOT NULL,
    window_start timestamptz NOT NULL,
    window_end timestamptz NOT NULL,
    value double precision,
    calls bigint NOT NULL,
    previous double precision,
    usual double precision,
    z double precision,
    verdict text NOT NULL,
    firing boolean NOT NULL,
    event text NOT NULL DEFAULT '',
    told text NOT NULL DEFAULT '',
    contributors jsonb NOT NULL DEFAULT '[]',
    decided_at timestamptz NOT NULL,
    counted_until timestamptz NOT NULL,
    note text NOT NULL DEFAULT '',
    CONSTRAINT alarm_window_pkey PRIMARY KEY (rule_id, window_start),
    CONSTRAINT alarm_window_rule_id_fkey FOREIGN KEY (rule_id)
        REFERENCES alarm_rule (id) ON DELETE CASCADE
);
CREATE INDEX alarm_window_told_idx ON alarm_window (decided_at) WHERE told <> ''::text;

CREATE TABLE alarm_maintenance (
    id serial NOT NULL,
    rule_id integer,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    reason text NOT NULL DEFAULT '',
    CONSTRAINT alarm_maintenance_pkey PRIMARY KEY (id),
    CONSTRAINT alarm_maintenance_rule_id_fkey FOREIGN KEY (rule_id)
        REFERENCES alarm_rule (id) ON DELETE CASCADE
);

CREATE TABLE holiday (
    day date NOT NULL,
    name text NOT NULL DEFAULT '',
    CONSTRAINT holiday_pkey PRIMARY KEY (day)
);

GRANT SELECT ON alarm_rule, alarm_window, holiday TO cdrstats_app, cdrstats_customer;
GRANT INSERT, UPDATE, DELETE ON alarm_rule TO cdrstats_app, cdrstats_customer;
GRANT USAGE ON SEQUENCE alarm_rule_id_seq TO cdrstats_app, cdrstats_customer;
GRANT SELECT ON alarm_maintenance TO cdrstats_app;
-- Why there is maintenance is for staff.
GRANT SELECT (id, rule_id, starts_at, ends_at) ON alarm_maintenance TO cdrstats_customer;

-- Customers see the rules that watch their calls alone, and what was decided by these.
DO $$
DECLARE
    held text;
    whose text;
BEGIN
    FOR held, whose IN VALUES
        ('alarm_rule', 'user_ids <@ (SELECT seen_customers())'),
        ('alarm_window', 'rule_id IN (SELECT id FROM alarm_rule)'),
        ('alarm_maintenance', 'rule_id IS NULL OR rule_id IN (SELECT id FROM alarm_rule)')
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', held);
        EXECUTE format('CREATE POLICY everyone ON %I USING (true)', held);
        EXECUTE format(
            'CREATE POLICY own ON %I AS RESTRICTIVE TO cdrstats_customer USING (%s)', held, whose
        );
    END LOOP;
END
$$;
