-- Sources that are compiled for somebody who waits for the answer (`POST /compile`), and the answers. A row lives for as
-- long as its request: the server that made it removes it, whatever becomes of the request, and what a lost server left
-- is removed once it has expired. Unlogged, because nobody waits any more after a crash of the database.

CREATE UNLOGGED TABLE checks (
    id         uuid        NOT NULL,
    language   text        NOT NULL,
    request    text        NOT NULL,
    -- Deliveries to compilers so far; the fence of the newest.
    attempt    integer     NOT NULL DEFAULT 0,
    -- A compiler works on it until then, unless it says so again.
    held_until timestamptz NOT NULL DEFAULT '-infinity',
    last_error text,
    verdict    text,
    expires_at timestamptz NOT NULL,
    CONSTRAINT checks_pkey PRIMARY KEY (id)
);

-- Sources and base64 WebAssembly, as in the queues.
ALTER TABLE checks ALTER COLUMN request SET STORAGE EXTERNAL, ALTER COLUMN verdict SET STORAGE EXTERNAL;

-- What the compiler services' own role may touch: the queues, what is to be checked, what it says about itself
-- (`compilers`), and whether strangers can reach the servers (`exposure`), nothing else.
CREATE OR REPLACE FUNCTION grant_compiler_role(role_name name) RETURNS void
    LANGUAGE plpgsql AS $$
DECLARE
    queue text;
BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA pgmq TO %I', role_name);
    FOREACH queue IN ARRAY ARRAY['compilation_jobs', 'compilation_results', 'compilation_dead_letters'] LOOP
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON pgmq.%I TO %I', 'q_' || queue, role_name);
        -- What cannot be read is archived.
        EXECUTE format('GRANT INSERT, SELECT ON pgmq.%I TO %I', 'a_' || queue, role_name);
        EXECUTE format('GRANT USAGE ON SEQUENCE pgmq.%I TO %I', 'q_' || queue || '_msg_id_seq', role_name);
    END LOOP;
    EXECUTE format('GRANT SELECT, UPDATE ON checks TO %I', role_name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON compilers TO %I', role_name);
    EXECUTE format('GRANT SELECT ON exposure TO %I', role_name);
END
$$;
