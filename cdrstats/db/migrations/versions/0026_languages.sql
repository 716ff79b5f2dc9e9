-- The language that a digest is written in.

ALTER TABLE digest ADD COLUMN language text NOT NULL DEFAULT 'en';
