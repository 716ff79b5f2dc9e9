-- The calls of the last hour or so, which most rules look at alone.
CREATE TEMP TABLE fraud_near ON COMMIT DROP AS SELECT * FROM fraud_call WHERE near
