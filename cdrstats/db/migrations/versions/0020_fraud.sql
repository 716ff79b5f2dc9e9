-- Rules of fraud, their cases, and the calls that these rest on.

-- Calls in the order in which they came in: what is late is looked at as well.
CREATE INDEX voip_cdr_id_idx ON voip_cdr (id);

CREATE TABLE fraud_rule (
    id text NOT NULL,
    active boolean NOT NULL DEFAULT true,
    thresholds jsonb NOT NULL DEFAULT '{}',
    mail_to text[] NOT NULL DEFAULT '{}',
    trouble text,
    CONSTRAINT fraud_rule_pkey PRIMARY KEY (id)
);

CREATE TABLE fraud_position (
    single boolean NOT NULL DEFAULT true,
    call_id bigint NOT NULL,
    CONSTRAINT fraud_position_pkey PRIMARY KEY (single),
    CONSTRAINT fraud_position_single_check CHECK (single)
);
-- What is there already is history: a back-test looks at it.
INSERT INTO fraud_position (call_id)
SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM voip_cdr_id_seq;

CREATE TABLE fraud_case (
    id serial NOT NULL,
    rule text NOT NULL,
    user_id integer NOT NULL DEFAULT 0,
    key text NOT NULL,
    first_call timestamptz NOT NULL,
    last_call timestamptz NOT NULL,
    calls bigint NOT NULL DEFAULT 0,
    billsec bigint NOT NULL DEFAULT 0,
    cost numeric NOT NULL DEFAULT 0,
    cost_per_hour numeric NOT NULL DEFAULT 0,
    score integer NOT NULL DEFAULT 0,
    reasons text[] NOT NULL DEFAULT '{}',
    facts jsonb NOT NULL DEFAULT '{}',
    thresholds jsonb NOT NULL DEFAULT '{}',
    opened_at timestamptz NOT NULL DEFAULT now(),
    label text NOT NULL DEFAULT 'open',
    label_reason text NOT NULL DEFAULT '',
    labelled_by text NOT NULL DEFAULT '',
    labelled_at timestamptz,
    ignored_until timestamptz,
    CONSTRAINT fraud_case_pkey PRIMARY KEY (id)
);
CREATE INDEX fraud_case_rule_key_last_call_idx ON fraud_case (rule, key, last_call);
CREATE INDEX fraud_case_last_call_idx ON fraud_case (last_call);
CREATE INDEX fraud_case_user_id_idx ON fraud_case (user_id);

CREATE TABLE fraud_evidence (
    case_id integer NOT NULL,
    starting_date timestamptz NOT NULL,
    dedup_key uuid NOT NULL,
    billsec integer NOT NULL DEFAULT 0,
    cost numeric NOT NULL DEFAULT 0,
    CONSTRAINT fraud_evidence_pkey PRIMARY KEY (case_id, starting_date, dedup_key),
    CONSTRAINT fraud_evidence_case_id_fkey FOREIGN KEY (case_id)
        REFERENCES fraud_case (id) ON DELETE CASCADE
);

-- Who is told, and by which thresholds, is for staff.
GRANT SELECT ON fraud_rule, fraud_case, fraud_evidence TO cdrstats_app;
-- So is what calls cost: it may be what they were bought for.
GRANT SELECT (
    id, rule, user_id, key, first_call, last_call, calls, billsec, score, reasons, opened_at, label
) ON fraud_case TO cdrstats_customer;
GRANT SELECT (case_id, starting_date, dedup_key, billsec) ON fraud_evidence TO cdrstats_customer;

DO $$
DECLARE
    held text;
    whose text;
BEGIN
    FOR held, whose IN VALUES
        ('fraud_case', 'user_id = ANY ((SELECT seen_customers())::integer[])'),
        ('fraud_evidence', 'case_id IN (SELECT id FROM fraud_case)')
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', held);
        EXECUTE format('CREATE POLICY everyone ON %I USING (true)', held);
        EXECUTE format(
            'CREATE POLICY own ON %I AS RESTRICTIVE TO cdrstats_customer USING (%s)', held, whose
        );
    END LOOP;
END
$$;

-- A key may hold numbers, and that of a call may be a digest of them: see 0015.
CREATE VIEW cdrstats_masked.fraud_case WITH (security_invoker) AS
SELECT
    id, rule, user_id, cdrstats_masked.shown(key) AS key, first_call, last_call, calls, billsec,
    cost, cost_per_hour, score, reasons, facts, thresholds, opened_at, label,
    regexp_replace(label_reason, '\d', 'x', 'g') AS label_reason, labelled_by, labelled_at,
    ignored_until
FROM public.fraud_case;
CREATE VIEW cdrstats_masked.fraud_evidence WITH (security_invoker) AS
SELECT
    case_id, starting_date,
    left(encode(sha256((SELECT value FROM cdrstats_masked.secret) || uuid_send(dedup_key)), 'hex'),
        32)::uuid AS dedup_key,
    billsec, cost
FROM public.fraud_evidence;
GRANT SELECT ON cdrstats_masked.fraud_case, cdrstats_masked.fraud_evidence TO cdrstats_app;
