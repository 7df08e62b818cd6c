-- Environments: names and values that functions are configured with. Secrets are sealed with a key that is never in the
-- database; `key_id` says which, so that keys can be changed while secrets stay.

CREATE TABLE environments (
    id         uuid        NOT NULL,
    name       text        NOT NULL,
    name_key   text        NOT NULL GENERATED ALWAYS AS (lower(name)) STORED,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT environments_pkey PRIMARY KEY (id),
    CONSTRAINT environments_name_is_unique UNIQUE (name_key),
    CONSTRAINT environments_name_is_a_slug CHECK (name ~ '^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$')
);

-- A name is a variable or a secret, never both: `value` or the sealed form.
CREATE TABLE environment_entries (
    environment_id uuid        NOT NULL,
    name           text        NOT NULL,
    value          text,
    key_id         bytea,
    nonce          bytea,
    sealed         bytea,
    updated_at     timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT environment_entries_pkey PRIMARY KEY (environment_id, name),
    CONSTRAINT environment_entries_environment_fkey
        FOREIGN KEY (environment_id) REFERENCES environments (id) ON DELETE CASCADE,
    CONSTRAINT environment_entries_name_is_of_a_variable CHECK (name ~ '^[A-Za-z_][A-Za-z0-9_]{0,127}$'),
    CONSTRAINT environment_entries_is_one_kind CHECK ((value IS NULL) = (sealed IS NOT NULL)),
    CONSTRAINT environment_entries_sealed_is_whole
        CHECK ((sealed IS NULL) = (key_id IS NULL) AND (sealed IS NULL) = (nonce IS NULL))
);

-- Which secrets a change of keys still has to seal anew.
CREATE INDEX environment_entries_by_key ON environment_entries (key_id) WHERE key_id IS NOT NULL;

-- Of environments that hold the same name the one with the highest position counts.
CREATE TABLE function_environments (
    function_id    uuid    NOT NULL,
    position       integer NOT NULL,
    environment_id uuid    NOT NULL,
    CONSTRAINT function_environments_pkey PRIMARY KEY (function_id, position),
    CONSTRAINT function_environments_only_once UNIQUE (function_id, environment_id),
    CONSTRAINT function_environments_function_fkey
        FOREIGN KEY (function_id) REFERENCES functions (id) ON DELETE CASCADE,
    CONSTRAINT function_environments_environment_fkey FOREIGN KEY (environment_id) REFERENCES environments (id)
);

CREATE INDEX function_environments_by_environment ON function_environments (environment_id);
