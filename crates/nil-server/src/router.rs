//! The table of contents: one line an endpoint, grouped by who calls it.

use axum::{Router, extract::DefaultBodyLimit, middleware, routing};
use http::{HeaderName, Request};
use tower_http::{
    catch_panic::CatchPanicLayer,
    limit::RequestBodyLimitLayer,
    request_id::{MakeRequestId, PropagateRequestIdLayer, RequestId, SetRequestIdLayer},
    timeout::{RequestBodyDeadlineLayer, RequestBodyTimeoutLayer},
    trace::TraceLayer,
};
use utoipa::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    console, front_door,
    handlers::{
        aliases, compile, dead_letters, docs, environments, events, examples, executions, functions, health, languages,
        metrics, queue, ready, schedules, secrets, stats, system, versions,
    },
    http::{refuse_foreign_pages, render_problems, require_token},
    idempotency::once_per_key,
    metrics::count_requests,
    openapi::name_problems,
    trace::traced_requests,
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "ProjectNIL",
        description = "Source in, sandboxed function out. Errors are RFC 9457 problem documents.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    tags(
        (name = "functions", description = "Functions and their calls"),
        (name = "versions", description = "What a function was, is and may become: versions, aliases, examples"),
        (name = "executions", description = "The record of calls"),
        (name = "schedules", description = "When functions run by themselves"),
        (name = "environments", description = "Variables and secrets of functions"),
        (name = "operations", description = "Health and queues"),
    ),
    paths(front_door::serve::serve),
    security(("token" = [])),
    modifiers(&BearerToken),
)]
struct ApiDoc;

struct BearerToken;

impl utoipa::Modify for BearerToken {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("Required when the server was started with a token (`NIL_TOKEN`)."))
            .build();
        openapi.components.get_or_insert_default().add_security_scheme("token", SecurityScheme::Http(scheme));
    }
}

/// What needs the token, when there is one.
fn api() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(ApiDoc::openapi())
        // The CLI, the console and everybody's scripts.
        .routes(routes!(languages::languages))
        .routes(routes!(functions::list::list))
        .routes(routes!(functions::get::get, functions::delete::delete))
        .routes(routes!(functions::execute::execute))
        .routes(routes!(functions::executions::executions))
        .routes(routes!(versions::list::list))
        .routes(routes!(versions::get::get))
        .routes(routes!(versions::diff::diff))
        .routes(routes!(versions::rollback::rollback))
        .routes(routes!(versions::promote::promote))
        .routes(routes!(aliases::list::list))
        .routes(routes!(aliases::get::get, aliases::put::put, aliases::delete::delete))
        .routes(routes!(examples::list::list))
        .routes(routes!(examples::run::run))
        .routes(routes!(examples::put::put, examples::delete::delete))
        .routes(routes!(functions::callback_secret::make))
        .routes(routes!(functions::logs::read))
        .routes(routes!(functions::build_log::read))
        .routes(routes!(events::stream::stream))
        .routes(routes!(stats::function::stats))
        .routes(routes!(stats::all::stats))
        .routes(routes!(executions::list::list))
        .routes(routes!(executions::get::get, executions::cancel::cancel))
        .routes(routes!(dead_letters::list::list))
        .routes(routes!(dead_letters::requeue::requeue))
        .routes(routes!(dead_letters::discard::discard))
        // When functions run by themselves: `nil cron`.
        .routes(routes!(schedules::list::list))
        .routes(routes!(schedules::of_function::of_function))
        .routes(routes!(schedules::get::get, schedules::put::put, schedules::patch::patch, schedules::delete::delete))
        // What functions are configured with: `nil env`.
        .routes(routes!(environments::list::list))
        .routes(routes!(environments::get::get, environments::put::put, environments::delete::delete))
        .routes(routes!(environments::set_variable::set_variable, environments::remove_variable::remove_variable))
        .routes(routes!(environments::set_secret::set_secret, environments::remove_secret::remove_secret))
        .routes(routes!(environments::attach::attach))
        .routes(routes!(secrets::rotate::rotate))
        // `/fn/{name}`, for whoever calls a function as if it were a service, is served in front of this router.
        // Operators: `nil queue`.
        .routes(routes!(system::report::report))
        .routes(routes!(metrics::scrape::scrape))
        .routes(routes!(queue::report::report))
        .routes(routes!(queue::history::history))
        .routes(routes!(queue::requeue::requeue))
        .routes(routes!(queue::discard::discard))
}

/// What may carry a module; needs the token, too.
fn uploads() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(functions::create::create))
        .routes(routes!(functions::update::update))
        .routes(routes!(functions::module::put))
        // Editors, the console and `nil check`: nothing is stored.
        .routes(routes!(compile::compile))
}

/// What load balancers and orchestrators ask; never needs the token.
fn probes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(health::health)).routes(routes!(ready::ready))
}

/// The OpenAPI document of this server.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    let mut document = api().merge(uploads()).merge(probes()).into_openapi();
    name_problems(&mut document);
    document
}

/// The whole service.
pub(crate) fn router(app: App) -> Router {
    let (api, _) = api().split_for_parts();
    let (uploads, _) = uploads().split_for_parts();
    let (probes, _) = probes().split_for_parts();
    let documents = Router::new()
        .merge(utoipa_swagger_ui::SwaggerUi::new("/docs").url("/openapi.json", openapi()))
        .route("/docs/problems/{kind}", routing::get(docs::problem));
    // People in a browser; `/` leads there.
    let documents = console::routes().into_iter().fold(documents, |router, (path, page)| router.route(path, page));
    let limits = &app.config().compile_limits;
    let body_limit = with_envelope(app.config().limits.input_bytes.max(limits.source_bytes));
    // A module in base64 takes four bytes for three.
    let upload_limit = with_envelope(limits.source_bytes.max(limits.module_bytes.div_ceil(3).saturating_mul(4)));
    // Inside the limits, because it reads bodies.
    let api = api.layer(middleware::from_fn_with_state(app.clone(), once_per_key));
    let uploads = uploads.layer(middleware::from_fn_with_state(app.clone(), once_per_key));
    // Not only while it arrives: a body that is announced too large is refused before it is sent.
    let api = api.layer(RequestBodyLimitLayer::new(body_limit));
    let uploads = uploads.layer(RequestBodyLimitLayer::new(upload_limit));
    api.merge(uploads)
        .layer(middleware::from_fn_with_state(app.clone(), require_token))
        .merge(probes.layer(RequestBodyLimitLayer::new(body_limit)))
        .merge(documents.layer(RequestBodyLimitLayer::new(body_limit)))
        .layer(DefaultBodyLimit::disable())
        .layer(RequestBodyTimeoutLayer::new(BODY_IDLE))
        .layer(RequestBodyDeadlineLayer::new(BODY_DEADLINE))
        .layer(middleware::from_fn_with_state(app.clone(), refuse_foreign_pages))
        .layer(CatchPanicLayer::new())
        .layer(middleware::from_fn(render_problems))
        .layer(middleware::from_fn_with_state(app.clone(), count_requests))
        .layer(middleware::from_fn(traced_requests))
        .layer(TraceLayer::new_for_http().on_failure(()))
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .layer(SetRequestIdLayer::new(REQUEST_ID, UuidRequestId))
        .with_state(app)
}

fn with_envelope(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX).saturating_add(ENVELOPE_BYTES)
}

/// Room for what surrounds the largest input or source: field names and JSON escapes, which can double it.
const ENVELOPE_BYTES: usize = 8 << 20;

/// A body that stalls this long is given up.
const BODY_IDLE: std::time::Duration = std::time::Duration::from_secs(15);

/// A body that trickles is given up after this; the largest one takes a minute at 2 Mbit/s.
const BODY_DEADLINE: std::time::Duration = std::time::Duration::from_secs(120);

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

#[derive(Clone)]
struct UuidRequestId;

impl MakeRequestId for UuidRequestId {
    fn make_request_id<B>(&mut self, _: &Request<B>) -> Option<RequestId> {
        uuid::Uuid::now_v7().to_string().parse().ok().map(RequestId::new)
    }
}
