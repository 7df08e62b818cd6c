-- Versions up to this number go live only when somebody says so: a rollback passed over them, and one that is still
-- being built must not undo it.
ALTER TABLE functions ADD COLUMN passed_over integer NOT NULL DEFAULT 0;

-- What the function's examples said when the version was published; present where its settings asked for it. Text as
-- it is, not jsonb: inputs and outputs keep their digits.
ALTER TABLE versions
    ADD COLUMN gate json,
    ADD CONSTRAINT versions_gate_is_of_a_build CHECK (gate IS NULL OR status = 'READY');

-- An alias is there as long as it points at something.
CREATE TABLE alias_targets (
    function_id    uuid        NOT NULL,
    alias          text        NOT NULL,
    version_number integer     NOT NULL,
    weight         integer     NOT NULL,
    updated_at     timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT alias_targets_pkey PRIMARY KEY (function_id, alias, version_number),
    CONSTRAINT alias_targets_version_fkey FOREIGN KEY (function_id, version_number)
        REFERENCES versions (function_id, number) ON DELETE CASCADE,
    CONSTRAINT alias_targets_alias_is_a_slug CHECK (alias ~ '^[a-z0-9][a-z0-9_-]{0,63}$'),
    CONSTRAINT alias_targets_weight_counts CHECK (weight BETWEEN 1 AND 1000)
);

-- What a function must return for an input.
CREATE TABLE examples (
    function_id uuid        NOT NULL,
    name        text        NOT NULL,
    input       json        NOT NULL,
    output      json        NOT NULL,
    updated_at  timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT examples_pkey PRIMARY KEY (function_id, name),
    CONSTRAINT examples_function_fkey FOREIGN KEY (function_id) REFERENCES functions (id) ON DELETE CASCADE,
    CONSTRAINT examples_name_is_a_slug CHECK (name ~ '^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$')
);
