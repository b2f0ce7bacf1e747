//! What holds for every request and every answer: security headers, and no form from elsewhere.
//!
//! Source: W3C CSP Level 3; OWASP ASVS 5.0 chapter 3. The policy allows what the page has and nothing else: own style,
//! own modules, own pictures, own sound, own live events. No inline script or style anywhere.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use std::sync::Arc;

use super::{app::App, fault::Fault, visitor};
use crate::words::page::Page;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; \
    connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const HEADERS: [(header::HeaderName, &str); 5] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    // Not `no-referrer`: with that, browsers send our own forms with `Origin: null`.
    (header::REFERRER_POLICY, "same-origin"),
    (header::HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
];

/// Refuses what comes from elsewhere, and puts the headers on every answer.
pub(super) async fn guard(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let language = visitor::language(request.headers());
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let mut response = if is_read || is_own_origin(request.headers(), app.is_tls) {
        next.run(request).await
    } else {
        Fault::refused(language, Page::StaleForm).into_response()
    };
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // Pages hold numbers and names: no cache keeps them, neither on the way nor behind the back button.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if app.is_tls {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    response
}

/// Whether a form was sent by a page of this server. Browsers name the origin of every POST.
fn is_own_origin(headers: &HeaderMap, is_tls: bool) -> bool {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let scheme = if is_tls { "https" } else { "http" };
    match (text(header::ORIGIN), text(header::HOST)) {
        (Some(origin), Some(host)) => origin.strip_prefix(scheme).is_some_and(|rest| rest == format!("://{host}")),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(origin: Option<&str>, host: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        origin.map(|origin| headers.insert(header::ORIGIN, origin.parse().unwrap()));
        headers
    }

    #[test]
    fn only_a_form_of_this_very_server_is_taken() {
        assert!(is_own_origin(&headers(Some("https://10.0.0.7:8443"), "10.0.0.7:8443"), true));
        for wrong in [
            None,
            Some("null"),
            Some("http://10.0.0.7:8443"),
            Some("https://10.0.0.7"),
            Some("https://10.0.0.7:8443.evil.example"),
            Some("https://evil.example"),
        ] {
            assert!(!is_own_origin(&headers(wrong, "10.0.0.7:8443"), true), "{wrong:?}");
        }
    }
}
