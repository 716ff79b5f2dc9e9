-- Whether an account code ever called a country or dial code before, without reading its calls.
CREATE INDEX voip_cdr_accountcode_country_id_dialcode_id_idx
    ON voip_cdr (accountcode text_pattern_ops, country_id, dialcode_id);
