-- Mails that wait, are tried, and were sent. Their words may be secret: none of the roles that
-- pages read as has a right on them.

CREATE TABLE outbox (
    id bigserial NOT NULL,
    occasion text NOT NULL,
    recipient text NOT NULL,
    subject text NOT NULL,
    message_id text NOT NULL,
    message bytea,
    state text NOT NULL DEFAULT 'waiting',
    attempts integer NOT NULL DEFAULT 0,
    next_at timestamptz NOT NULL DEFAULT now(),
    queued_at timestamptz NOT NULL DEFAULT now(),
    tried_at timestamptz,
    sent_at timestamptz,
    error text,
    answer text,
    CONSTRAINT outbox_pkey PRIMARY KEY (id),
    CONSTRAINT outbox_occasion_recipient_key UNIQUE (occasion, recipient)
);
CREATE INDEX outbox_open_idx ON outbox (next_at)
    WHERE state = ANY (ARRAY['waiting'::text, 'sending'::text]);
