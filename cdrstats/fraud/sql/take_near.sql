-- The calls of the last hour or so, which rules of short windows look at alone.
CREATE TEMP TABLE fraud_near ON COMMIT DROP AS SELECT * FROM fraud_call WHERE near
