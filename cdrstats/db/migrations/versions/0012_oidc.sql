-- By what a provider of single sign-on knows a person.

ALTER TABLE person
    ADD COLUMN oidc_issuer text,
    ADD COLUMN oidc_subject text,
    ADD CONSTRAINT person_oidc_issuer_oidc_subject_key UNIQUE (oidc_issuer, oidc_subject);
