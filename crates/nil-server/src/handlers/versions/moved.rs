//! What moving the live version came to, the same for a rollback and a promotion.

use nil_api::{FunctionDetail, ProblemKind};
use nil_core::FunctionRef;
use nil_store::Moved;

use crate::{
    app::App,
    handlers::functions::{detail, refusal::unknown_version},
    http::ApiError,
};

/// What was asked for, for messages.
pub(super) struct Wish<'a> {
    pub(super) function: &'a FunctionRef,
    /// The version, where one was named.
    pub(super) number: i32,
}

/// The function as it is now. This server knows it before it answers; the others hear of it.
pub(super) async fn answer(app: &App, wish: &Wish<'_>, moved: Moved) -> Result<FunctionDetail, ApiError> {
    let function = wish.function;
    match moved {
        Moved::Done(row) => {
            app.live().changed(row.id).await;
            let environments = app.store().environments_of(row.id).await?;
            Ok(FunctionDetail { environments, ..detail(*row) })
        }
        Moved::NoFunction => Err(ApiError::unknown_function(function)),
        Moved::NoVersion => Err(unknown_version(function, wish.number)),
        Moved::NoAlias => Err(ApiError::new(
            ProblemKind::NotFound,
            format!("function `{function}` has no such alias; `GET /functions/{function}/aliases` lists them"),
        )),
        Moved::NotReady { number, status } => Err(ApiError::new(
            ProblemKind::FunctionNotReady,
            format!("version {number} of function `{function}` is {status}; only READY ones can go live"),
        )),
    }
}
