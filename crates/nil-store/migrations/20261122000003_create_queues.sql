-- pgmq's functions are installed before the migrations run (see store.rs).

SELECT pgmq.create('compilation_jobs');
SELECT pgmq.create('compilation_results');
SELECT pgmq.create('compilation_dead_letters');

-- Messages hold base64 WebAssembly and sources; compressing them costs more than it saves.
ALTER TABLE pgmq.q_compilation_jobs ALTER COLUMN message SET STORAGE EXTERNAL;
ALTER TABLE pgmq.q_compilation_results ALTER COLUMN message SET STORAGE EXTERNAL;

-- What the compiler services' own role may touch: the two queues, the parking place, and what it says about itself
-- (`compilers`), and whether strangers can reach the servers (`exposure`), nothing else.
-- `nil migrate --compiler-role NAME` calls it.
CREATE FUNCTION grant_compiler_role(role_name name) RETURNS void
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
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON compilers TO %I', role_name);
    EXECUTE format('GRANT SELECT ON exposure TO %I', role_name);
END
$$;
