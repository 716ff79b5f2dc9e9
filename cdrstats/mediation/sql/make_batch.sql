-- An empty batch, for records that are decided before they are staged.
CREATE TEMP TABLE batch (LIKE cdr_import INCLUDING DEFAULTS) ON COMMIT DROP
