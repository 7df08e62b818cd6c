-- How deep the queues were, every ten seconds. A row is taken by one server, whichever comes first, and goes with the
-- executions of its day.

CREATE TABLE queue_samples (
    -- When it was looked, rounded down to ten seconds.
    taken_at               timestamptz NOT NULL,
    compilations_queued    bigint      NOT NULL,
    compilations_leased    bigint      NOT NULL,
    compilations_dead      bigint      NOT NULL,
    -- NULL where nothing waits.
    compilations_oldest_ms bigint,
    executions_ready       bigint      NOT NULL,
    executions_running     bigint      NOT NULL,
    executions_delayed     bigint      NOT NULL,
    executions_dead        bigint      NOT NULL,
    executions_oldest_ms   bigint,
    CONSTRAINT queue_samples_pkey PRIMARY KEY (taken_at)
);
