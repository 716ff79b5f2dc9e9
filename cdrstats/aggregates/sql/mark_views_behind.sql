-- The two materialized views do not show the last change any more.
INSERT INTO matview_state AS state (name, changes, changed_at)
VALUES ('matv_voip_cdr_aggr_hour', 1, clock_timestamp()),
       ('matv_voip_cdr_aggr_min', 1, clock_timestamp())
ON CONFLICT (name) DO UPDATE
SET changes = state.changes + 1,
    changed_at = coalesce(state.changed_at, excluded.changed_at)
