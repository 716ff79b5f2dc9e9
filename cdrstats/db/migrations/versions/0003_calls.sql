-- What a call tells beyond 0001, filled where its record told it; and what it is found by.
ALTER TABLE hangup_cause ADD COLUMN blocked boolean NOT NULL DEFAULT false;

ALTER TABLE voip_cdr
    ADD COLUMN billed_s integer,
    ADD COLUMN mos numeric,
    ADD COLUMN sip_status smallint;

-- Only calls whose record has such a field are written anew; cdrstats.mediation reads them so.
UPDATE voip_cdr SET
    billed_s = CASE WHEN data ->> 'billed_seconds' ~ '^[0-9]{1,9}([.]0{1,9})?$'
        THEN (data ->> 'billed_seconds')::numeric::integer END,
    mos = CASE WHEN data ->> 'mos' ~ '^([1-4]([.][0-9]{1,20})?|5([.]0{1,20})?)$'
        THEN (data ->> 'mos')::numeric END,
    sip_status = CASE WHEN data ->> 'sip_term_status' ~ '^[1-6][0-9]{2}$'
        THEN (data ->> 'sip_term_status')::smallint END
WHERE data ->> 'billed_seconds' ~ '^[0-9]{1,9}([.]0{1,9})?$'
    OR data ->> 'mos' ~ '^([1-4]([.][0-9]{1,20})?|5([.]0{1,20})?)$'
    OR data ->> 'sip_term_status' ~ '^[1-6][0-9]{2}$';

CREATE INDEX voip_cdr_carrier_id_starting_date_idx ON voip_cdr (carrier_id, starting_date);
CREATE INDEX voip_cdr_long_idx ON voip_cdr (starting_date) WHERE duration > 7200;
