-- One row an execution, written when it is over. Ids are UUIDv7, so ranges of ids are ranges of time: the
-- table is partitioned by day on the id itself, a look-up by id touches one partition, and retention drops
-- whole partitions. Payloads are bytes as they came and went.
--
-- There is no foreign key to functions: it would lock the function's row once a call. Readers join instead,
-- and deleted_functions lists what the maintenance loop still has to purge.

CREATE TYPE execution_status AS ENUM ('PENDING', 'RUNNING', 'COMPLETED', 'FAILED');

CREATE TABLE executions (
    id                uuid             NOT NULL,
    function_id       uuid             NOT NULL,
    version_id        uuid             NOT NULL,
    version_number    integer          NOT NULL,
    status            execution_status NOT NULL,
    input             bytea,
    output            bytea,
    error_kind        text,
    error_message     text,
    logs              bytea,
    duration_us       bigint,
    cpu_us            bigint,
    peak_memory_bytes bigint,
    log_bytes_dropped bigint           NOT NULL DEFAULT 0,
    cold              boolean          NOT NULL DEFAULT false,
    started_at        timestamptz,
    completed_at      timestamptz,
    created_at        timestamptz      NOT NULL,
    CONSTRAINT executions_pkey PRIMARY KEY (id),
    CONSTRAINT executions_failed_has_message CHECK ((status = 'FAILED') = (error_message IS NOT NULL)),
    CONSTRAINT executions_failed_has_kind CHECK ((status = 'FAILED') = (error_kind IS NOT NULL)),
    CONSTRAINT executions_only_completed_has_output CHECK (output IS NULL OR status = 'COMPLETED'),
    CONSTRAINT executions_started_unless_pending CHECK ((status = 'PENDING') = (started_at IS NULL)),
    CONSTRAINT executions_terminal_has_end
        CHECK ((status IN ('COMPLETED', 'FAILED')) = (completed_at IS NOT NULL)),
    CONSTRAINT executions_terminal_has_duration
        CHECK ((status IN ('COMPLETED', 'FAILED')) = (duration_us IS NOT NULL))
) PARTITION BY RANGE (id);

CREATE INDEX executions_by_function ON executions (function_id, id DESC);

CREATE TABLE deleted_functions (
    function_id uuid        NOT NULL,
    deleted_at  timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT deleted_functions_pkey PRIMARY KEY (function_id)
);
