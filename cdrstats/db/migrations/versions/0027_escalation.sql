-- Whom an alarm rule tells as well, once it has fired for long.

ALTER TABLE alarm_rule ADD COLUMN escalate_to text[] NOT NULL DEFAULT '{}';
