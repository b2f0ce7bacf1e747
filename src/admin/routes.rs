//! Which path is which page.

use std::sync::Arc;

use axum::{
    Router,
    extract::{DefaultBodyLimit, Path, Query, State, rejection::QueryRejection},
    http::header,
    middleware::from_fn_with_state,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use serde::Deserialize;

use super::{
    app::App,
    approval_page, assets, audit, box_page, call_page, calls, check_acts, export_page,
    fault::Fault,
    glass, guard, hand_acts, join, keeping_page, kept, line_acts, listen, live, mask_acts, now, own_account, people,
    port_acts, root_page, second_factor, sign_in, supervise_acts,
    visitor::{self, Visitor},
};

/// The longest form: its fields are names, passwords and reasons.
const FORM_MAX_OCTETS: usize = 16 * 1024;

/// All pages.
pub(super) fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/", get(|| async { Redirect::to("/now") }))
        .route("/sign-in", get(sign_in::show).post(sign_in::sign_in))
        .route("/first-start", get(sign_in::show_first).post(sign_in::claim))
        .route("/join/{person}", get(join::show).post(join::join))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/language/{tag}", get(choose_language))
        .route("/now", get(now::show))
        .route("/box", get(box_page::show))
        .route("/box/{port}", get(box_page::show_jack))
        .route("/box/{port}/trace", get(line_acts::back_to_jack).post(line_acts::trace))
        .route("/box/{port}/restart", get(line_acts::back_to_jack).post(line_acts::restart))
        .route("/box/{port}/test", get(line_acts::back_to_jack).post(port_acts::test))
        .route("/box/{port}/hand", get(line_acts::back_to_jack).post(hand_acts::hand))
        .route("/box/{port}/mask", get(line_acts::back_to_jack).post(mask_acts::at_jack))
        .route("/box/{port}/service", get(line_acts::back_to_jack).post(line_acts::service))
        .route("/calls", get(calls::show))
        .route("/calls/{call}", get(call_page::show))
        .route("/calls/{call}/end", get(back_to_call).post(call_page::end))
        .route("/calls/{call}/keep-caller", get(back_to_call).post(call_page::keep_caller))
        .route("/calls/{call}/supervise", get(back_to_call).post(supervise_acts::supervise))
        .route("/calls/{call}/mask", get(back_to_call).post(mask_acts::of_page))
        .route("/calls/{call}/reveal", get(back_to_call).post(call_page::reveal))
        .route("/calls/{call}/check", get(back_to_call).post(check_acts::check))
        .route("/calls/{call}/open", get(back_to_call).post(listen::open))
        .route("/calls/{call}/event", get(back_to_call).post(kept::tell))
        .route("/calls/{call}/seal", get(back_to_call).post(listen::seal))
        .route("/calls/{call}/audio", get(listen::audio))
        .route("/audit", get(audit::show))
        .route("/audit/root", get(root_page::show))
        .route("/approvals", get(approval_page::show).post(approval_page::ask))
        .route("/approvals/glass/{no}", get(|| async { Redirect::to("/approvals") }).post(glass::review))
        .route("/approvals/{no}", get(|| async { Redirect::to("/approvals") }).post(approval_page::answer))
        .route("/keeping", get(keeping_page::show).post(keeping_page::act))
        .route("/export", get(export_page::show).post(export_page::act))
        .route("/export/{no}", get(export_page::take))
        .route("/account", get(own_account::show).post(own_account::change))
        .route("/account/second-factor", get(|| async { Redirect::to("/account") }).post(second_factor::change))
        .route("/people", get(people::show))
        .route("/people/{person}", get(|| async { Redirect::to("/people") }).post(people::act))
        .route("/live", get(live::stream))
        .route("/assets/{file}", get(assets::serve))
        .fallback(|visitor: Visitor| async move { Fault::not_found(visitor.language) })
        .layer(DefaultBodyLimit::max(FORM_MAX_OCTETS))
        .layer(from_fn_with_state(Arc::clone(&app), guard::guard))
        .with_state(app)
}

/// An answer to a form that stands at the form's own address is asked for again there: by a reload, by the live parts of
/// the page, by the switch of the language.
async fn back_to_call(Path(call): Path<String>) -> Redirect {
    let own = call.bytes().all(|octet| octet.is_ascii_digit() || octet == b'-');
    Redirect::to(&if own { format!("/calls/{call}") } else { "/calls".to_owned() })
}

#[derive(Deserialize)]
struct Back {
    #[serde(default)]
    back: String,
}

async fn choose_language(
    State(_app): State<Arc<App>>,
    visitor: Visitor,
    Path(tag): Path<String>,
    back: Result<Query<Back>, QueryRejection>,
) -> Response {
    let Ok(language) = tag.parse() else { return Fault::not_found(visitor.language).into_response() };
    let back = back.map(|Query(query)| query.back).unwrap_or_default();
    let to = if is_own_path(&back) { &back } else { "/" };
    ([(header::SET_COOKIE, visitor::set_language(language))], Redirect::to(to)).into_response()
}

/// Whether a path leads to this server: `//host` and `/\host` lead elsewhere.
fn is_own_path(path: &str) -> bool {
    path.starts_with('/') && !path[1..].starts_with(['/', '\\']) && path.bytes().all(|octet| octet.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_link_leads_off_the_box() {
        assert!(is_own_path("/calls/3-7") && is_own_path("/"));
        for wrong in ["", "//evil.example", "/\\evil.example", "https://evil.example", "/a\r\nb", "/ä"] {
            assert!(!is_own_path(wrong), "{wrong:?}");
        }
    }
}
