//! Spans, and how they hang together with those of others.

use nil_core::{ExecutionId, TraceParent};
use nil_runtime::Outcome;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use crate::execution::LiveEntry;

/// Makes a span a continuation of what happened elsewhere.
pub(crate) fn continue_trace(span: &Span, parent: TraceParent) {
    if span.is_disabled() {
        return;
    }
    let remote = SpanContext::new(
        TraceId::from(parent.trace_id.0),
        SpanId::from(parent.span_id),
        TraceFlags::new(parent.flags),
        true,
        TraceState::default(),
    );
    // Only fails where nobody collects spans.
    let _ = span.set_parent(opentelemetry::Context::new().with_remote_span_context(remote));
}

/// Where a span is continued; `None` when nobody collects it.
pub(super) fn parent_of(span: &Span) -> Option<TraceParent> {
    if span.is_disabled() {
        return None;
    }
    let context = span.context();
    let context = context.span().span_context().clone();
    context.is_valid().then(|| TraceParent {
        trace_id: nil_core::TraceId(u128::from_be_bytes(context.trace_id().to_bytes())),
        span_id: u64::from_be_bytes(context.span_id().to_bytes()),
        flags: context.trace_flags().to_u8(),
    })
}

/// The span of one call in its sandbox. Never its payloads.
pub(crate) fn execution_span(entry: &LiveEntry, mode: &'static str) -> Span {
    tracing::info_span!(
        target: "otel",
        "execute",
        otel.status_code = tracing::field::Empty,
        nil.execution.id = tracing::field::Empty,
        nil.execution.outcome = tracing::field::Empty,
        nil.execution.mode = mode,
        nil.function.id = %entry.function_id,
        nil.function.version = entry.version,
    )
}

/// How the call ended.
pub(crate) fn record_outcome(span: &Span, id: ExecutionId, outcome: &Outcome) {
    if span.is_disabled() {
        return;
    }
    span.record("nil.execution.id", tracing::field::display(id));
    match outcome {
        Outcome::Completed { .. } => span.record("nil.execution.outcome", "completed"),
        Outcome::Failed(failure) => {
            span.record("otel.status_code", "ERROR").record("nil.execution.outcome", failure.code())
        }
    };
}
