-- What Python fills in for the batch. Small tables that Python fills for the batch: what each switch, stamp and number stands for.
CREATE TEMP TABLE batch_switch (
    name text, switch_id integer, zone text
) ON COMMIT DROP;
CREATE TEMP TABLE batch_span (
    zone text, first timestamp, last timestamp, seconds integer
) ON COMMIT DROP;
CREATE TEMP TABLE batch_start (
    id bigint, start timestamptz
) ON COMMIT DROP;
CREATE TEMP TABLE batch_number (
    switch_id integer, number text, e164 text, call_type smallint, dialcode_id bigint,
    country_id integer
) ON COMMIT DROP
