-- Reading what a function wrote must not read everything it did: most executions write nothing.
CREATE INDEX executions_with_logs ON executions (function_id, id DESC) WHERE logs IS NOT NULL;

-- What happened while a version was built, line by line. A step is one report about it: delivered again, it adds
-- nothing.
CREATE TABLE build_log (
    version_id uuid        NOT NULL,
    step       integer     NOT NULL,
    number     integer     NOT NULL,
    at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    stream     text        NOT NULL,
    text       text        NOT NULL,
    CONSTRAINT build_log_pkey PRIMARY KEY (version_id, step, number),
    CONSTRAINT build_log_version_fkey FOREIGN KEY (version_id) REFERENCES versions (id) ON DELETE CASCADE,
    CONSTRAINT build_log_stream_is_known CHECK (stream IN ('nil', 'compiler'))
);
