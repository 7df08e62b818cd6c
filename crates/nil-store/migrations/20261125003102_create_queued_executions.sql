-- Executions that were accepted to run later: one row from acceptance to the end. While it waits or runs it is here
-- and only here; when it is over, one transaction moves it into `executions`, whose rows are written once.

CREATE TYPE execution_mode AS ENUM ('sync', 'fn', 'async', 'schedule');

ALTER TABLE executions
    ADD COLUMN mode          execution_mode NOT NULL DEFAULT 'sync',
    ADD COLUMN attempt       integer,
    ADD COLUMN max_attempts  integer,
    ADD COLUMN attempts      bytea,
    ADD COLUMN schedule_name text,
    ADD COLUMN deliver_at    timestamptz,
    DROP CONSTRAINT executions_started_unless_pending,
    DROP CONSTRAINT executions_terminal_has_end,
    DROP CONSTRAINT executions_terminal_has_duration,
    ADD CONSTRAINT executions_started_unless_pending
        CHECK (CASE status WHEN 'PENDING' THEN started_at IS NULL WHEN 'CANCELED' THEN true ELSE started_at IS NOT NULL END),
    ADD CONSTRAINT executions_terminal_has_end
        CHECK ((status IN ('COMPLETED', 'FAILED', 'CANCELED')) = (completed_at IS NOT NULL)),
    ADD CONSTRAINT executions_terminal_has_duration
        CHECK ((status IN ('COMPLETED', 'FAILED', 'CANCELED')) = (duration_us IS NOT NULL));

-- DELAYED: not due yet. READY: may start. RUNNING: held by `owner`, as long as that runner is alive.
-- DEAD: over and failed for good; its record is in `executions`, this row is what a requeue needs.
CREATE TYPE queue_state AS ENUM ('DELAYED', 'READY', 'RUNNING', 'DEAD');

CREATE TABLE queued_executions (
    id               uuid           NOT NULL,
    function_id      uuid           NOT NULL,
    -- The version that was live when it was accepted, then the one that ran last. Pinned: no other may run.
    version_id       uuid           NOT NULL,
    version_number   integer        NOT NULL,
    pinned           boolean        NOT NULL DEFAULT false,
    mode             execution_mode NOT NULL,
    state            queue_state    NOT NULL,
    input            bytea          NOT NULL,
    text_output      boolean        NOT NULL DEFAULT false,
    -- Attempts begun; with `owner` the fence of the one that runs.
    attempt          integer        NOT NULL DEFAULT 0,
    max_attempts     integer        NOT NULL,
    backoff_ms       bigint         NOT NULL,
    -- Attempts that are over, as the API shows them.
    attempts         jsonb          NOT NULL DEFAULT '[]',
    -- When the next attempt may start; of a dead one, when it died.
    due_at           timestamptz    NOT NULL,
    deliver_at       timestamptz,
    owner            uuid,
    started_at       timestamptz,
    cancel_requested boolean        NOT NULL DEFAULT false,
    schedule_name    text,
    callback_url     text,
    created_at       timestamptz    NOT NULL,
    CONSTRAINT queued_executions_pkey PRIMARY KEY (id),
    CONSTRAINT queued_executions_running_has_owner CHECK ((state = 'RUNNING') = (owner IS NOT NULL)),
    CONSTRAINT queued_executions_running_has_start CHECK (state <> 'RUNNING' OR started_at IS NOT NULL),
    CONSTRAINT queued_executions_attempts_count CHECK (attempt >= 0 AND max_attempts > 0 AND backoff_ms >= 0)
);

-- What may start, per function in its order; what is not due yet is not in the way.
CREATE INDEX queued_executions_ready ON queued_executions (function_id, due_at, id) WHERE state = 'READY';
CREATE INDEX queued_executions_delayed ON queued_executions (due_at) WHERE state = 'DELAYED';
CREATE INDEX queued_executions_running ON queued_executions (function_id) WHERE state = 'RUNNING';
CREATE INDEX queued_executions_running_by_owner ON queued_executions (owner) WHERE state = 'RUNNING';
CREATE INDEX queued_executions_dead ON queued_executions (id DESC) WHERE state = 'DEAD';
CREATE INDEX queued_executions_by_function ON queued_executions (function_id, id DESC);

-- Rows come and go; without this a long backlog would be swept once it is a fifth dead.
ALTER TABLE queued_executions SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);

-- Servers that run queued executions. One that has not been heard of past `alive_until` has lost what it held.
CREATE TABLE runners (
    id          uuid        NOT NULL,
    alive_until timestamptz NOT NULL,
    CONSTRAINT runners_pkey PRIMARY KEY (id)
);

-- Where the end of an execution is told to somebody else's server.
CREATE TYPE callback_state AS ENUM ('PENDING', 'DELIVERED', 'FAILED');

CREATE TABLE callbacks (
    execution_id uuid           NOT NULL,
    function_id  uuid           NOT NULL,
    url          text           NOT NULL,
    state        callback_state NOT NULL DEFAULT 'PENDING',
    attempts     integer        NOT NULL DEFAULT 0,
    due_at       timestamptz    NOT NULL DEFAULT now(),
    last_status  integer,
    last_error   text,
    CONSTRAINT callbacks_pkey PRIMARY KEY (execution_id)
);

CREATE INDEX callbacks_due ON callbacks (due_at) WHERE state = 'PENDING';
CREATE INDEX callbacks_by_function ON callbacks (function_id);

-- What a function's callbacks are signed with.
CREATE TABLE callback_secrets (
    function_id uuid        NOT NULL,
    secret      bytea       NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT callback_secrets_pkey PRIMARY KEY (function_id),
    CONSTRAINT callback_secrets_function_fkey FOREIGN KEY (function_id) REFERENCES functions (id) ON DELETE CASCADE
);

-- Every execution there is, wherever it is. One statement over it sees each exactly once.
CREATE VIEW all_executions AS
    SELECT id, function_id, version_id, version_number, status, mode, input, output, error_kind, error_message, logs,
           duration_us, cpu_us, peak_memory_bytes, log_bytes_dropped, cold, attempt, max_attempts,
           attempts, schedule_name, deliver_at, NULL::timestamptz AS next_attempt_at, NULL::text AS callback_url,
           started_at, completed_at, created_at
    FROM executions
    UNION ALL
    SELECT id, function_id, version_id, version_number,
           CASE state WHEN 'RUNNING' THEN 'RUNNING'::execution_status ELSE 'PENDING'::execution_status END, mode,
           input, NULL::bytea, NULL::text, NULL::text, NULL::bytea, NULL::bigint, NULL::bigint, NULL::bigint,
           0::bigint, false, attempt, max_attempts, convert_to(attempts::text, 'UTF8'), schedule_name, deliver_at,
           CASE state WHEN 'RUNNING' THEN NULL::timestamptz ELSE due_at END, callback_url,
           CASE state WHEN 'RUNNING' THEN started_at END, NULL::timestamptz, created_at
    FROM queued_executions
    WHERE state <> 'DEAD';

-- Failures are few among many successes; listing them must not read everything.
CREATE INDEX executions_unsuccessful ON executions (id DESC) WHERE status <> 'COMPLETED';
