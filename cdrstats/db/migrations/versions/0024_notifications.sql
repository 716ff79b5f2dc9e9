-- What people are told in the app.

CREATE TABLE notification (
    id bigserial NOT NULL,
    person_id integer NOT NULL,
    user_ids integer[],
    occasion text NOT NULL,
    kind text NOT NULL,
    subject text NOT NULL,
    text text NOT NULL DEFAULT '',
    link text NOT NULL DEFAULT '',
    at timestamptz NOT NULL,
    read_at timestamptz,
    CONSTRAINT notification_pkey PRIMARY KEY (id),
    CONSTRAINT notification_person_id_fkey FOREIGN KEY (person_id) REFERENCES person (id),
    CONSTRAINT notification_person_id_occasion_key UNIQUE (person_id, occasion)
);
CREATE INDEX notification_newest_idx ON notification (person_id, id);
CREATE INDEX notification_unread_idx ON notification (person_id) WHERE read_at IS NULL;

-- Jobs tell; whoever looks reads, and marks as read.
GRANT SELECT, UPDATE (read_at) ON notification TO cdrstats_app, cdrstats_customer;

-- Customers see what tells of their calls alone.
ALTER TABLE notification ENABLE ROW LEVEL SECURITY;
CREATE POLICY everyone ON notification USING (true);
CREATE POLICY own ON notification AS RESTRICTIVE TO cdrstats_customer
    USING (user_ids <@ (SELECT seen_customers()));
