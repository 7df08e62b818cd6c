//! Reporting traces over OTLP (HTTP, protobuf) with the standard `OTEL_*` variables; off unless an endpoint is named.

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::SpanExporter;
use opentelemetry_sdk::{
    Resource,
    trace::{SdkTracer, SdkTracerProvider},
};

/// The variables that name an endpoint.
const ENDPOINTS: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"];

/// Ends the report when it is dropped: what was not sent yet is sent.
#[derive(Debug)]
pub(crate) struct Reporting {
    provider: SdkTracerProvider,
}

impl Drop for Reporting {
    fn drop(&mut self) {
        // A collector that is away must not hold up the end; the library gives up after five seconds.
        let _ = self.provider.shutdown();
    }
}

/// Starts to report, if the environment asks for it. The sampler, the headers, the timeout and the attributes of the
/// service come from the environment too (`OTEL_TRACES_SAMPLER`, `OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_SERVICE_NAME`, …).
///
/// # Errors
/// When what the environment asks for cannot be done.
pub(crate) fn start() -> anyhow::Result<Option<(SdkTracer, Reporting)>> {
    let variable = |name: &str| std::env::var(name).unwrap_or_default();
    let is_asked_for = ENDPOINTS.iter().any(|name| !variable(name).is_empty());
    let is_off = variable("OTEL_SDK_DISABLED").eq_ignore_ascii_case("true")
        || variable("OTEL_TRACES_EXPORTER").eq_ignore_ascii_case("none");
    if !is_asked_for || is_off {
        return Ok(None);
    }
    // Only fails when a provider is installed already, which is then the one to use.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let exporter = SpanExporter::builder().with_http().build()?;
    let service = match variable("OTEL_SERVICE_NAME") {
        name if name.is_empty() => "projectnil".to_owned(),
        name => name,
    };
    let provider = SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_resource(Resource::builder().with_service_name(service).build())
        .build();
    let tracer = provider.tracer("nil");
    Ok(Some((tracer, Reporting { provider })))
}
