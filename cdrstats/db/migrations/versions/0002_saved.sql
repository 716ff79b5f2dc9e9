CREATE TABLE saved_view (
    id bigserial NOT NULL,
    owner text NOT NULL,
    user_id integer,
    page text NOT NULL,
    name text NOT NULL,
    query text NOT NULL DEFAULT '',
    shared boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT saved_view_pkey PRIMARY KEY (id),
    CONSTRAINT saved_view_owner_page_name_key UNIQUE (owner, page, name)
);
