-- What of the key of a case is masked: the telephone numbers in it, by what its rule makes keys
-- of (cdrstats/fraud/rules.py), and not prefixes, ranges, dial codes and account codes.
CREATE FUNCTION cdrstats_masked.shown_key(rule text, key text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    -- 'number'; 'account', which is the calling number where a call has no account code and no
    -- customer; 'plain'. Of another rule, or other parts than those of the rule, all is a number.
    SELECT string_agg(
        CASE
            WHEN k.kind = 'plain'
                OR k.kind = 'account' AND length(regexp_replace(part, '\D', '', 'g')) < 7
            THEN part
            ELSE cdrstats_masked.shown(part)
        END,
        ' → ' ORDER BY place
    )
    FROM (
        SELECT string_to_array(key, ' → ') AS parts, CASE
            WHEN rule IN ('F1', 'F5') THEN '{account}'
            WHEN rule = 'F2' THEN '{account,plain}'
            WHEN rule IN ('F3', 'F15') THEN '{plain,plain}'
            WHEN rule IN ('F4', 'F7', 'F8', 'F9', 'F10', 'F14') THEN '{number}'
            WHEN rule IN ('F6', 'F20') THEN '{number,number}'
            WHEN rule IN ('F11', 'F12', 'F16', 'F18') THEN '{plain}'
            WHEN rule = 'F19' THEN '{number,plain}'
        END::text[] AS kinds
    ) AS made
    CROSS JOIN LATERAL unnest(made.parts) WITH ORDINALITY AS p(part, place)
    CROSS JOIN LATERAL (
        SELECT CASE WHEN cardinality(kinds) = cardinality(parts) THEN kinds[place] END AS kind
    ) AS k
$$;
GRANT EXECUTE ON FUNCTION cdrstats_masked.shown_key(text, text) TO cdrstats_app;

CREATE OR REPLACE VIEW cdrstats_masked.fraud_case WITH (security_invoker) AS
SELECT
    id, rule, user_id, cdrstats_masked.shown_key(rule, key) AS key, first_call, last_call, calls,
    billsec, cost, cost_per_hour, score, reasons, facts, thresholds, opened_at, label,
    regexp_replace(label_reason, '\d', 'x', 'g') AS label_reason, labelled_by, labelled_at,
    ignored_until
FROM public.fraud_case;

-- Whom a case is told: several that are opened within minutes go in one mail. Nobody but the
-- owner reads it: addresses are for who changes rules.
CREATE TABLE fraud_telling (
    case_id integer NOT NULL,
    recipient text NOT NULL,
    occasion text,
    told_at timestamptz,
    CONSTRAINT fraud_telling_pkey PRIMARY KEY (case_id, recipient),
    CONSTRAINT fraud_telling_case_id_fkey FOREIGN KEY (case_id)
        REFERENCES fraud_case (id) ON DELETE CASCADE
);
CREATE INDEX fraud_telling_told_at_idx ON fraud_telling (told_at);
