-- Whom an alarm rule tells by mail, and who has taken note of a firing.

ALTER TABLE alarm_rule
    ADD COLUMN mail_to text[] NOT NULL DEFAULT '{}',
    ADD COLUMN acknowledged boolean NOT NULL DEFAULT false;

ALTER TABLE alarm_window
    ADD COLUMN acknowledged_by text,
    ADD COLUMN acknowledged_at timestamptz,
    ADD COLUMN acknowledged_why text NOT NULL DEFAULT '';
