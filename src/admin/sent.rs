//! A form that was sent, with our own answer where it can't be read.

use std::{sync::Arc, time::Duration};

use axum::{
    Form,
    extract::{FromRequest, Request},
};
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use super::{app::App, fault::Fault, visitor};

/// The longest reason.
const REASON_MAX_CHARS: usize = 200;

/// How long a form may take to come in. It fits into a few packets.
const FORM_WITHIN: Duration = Duration::from_secs(10);

/// The fields of a form.
pub(super) struct Sent<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<Arc<App>> for Sent<T> {
    type Rejection = Fault;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Sent<T>, Fault> {
        let language = visitor::language(request.headers());
        // Who sends a form slowly holds a connection that somebody else may need.
        let form = timeout(FORM_WITHIN, Form::from_request(request, app)).await;
        form.ok().and_then(Result::ok).map(|Form(fields)| Sent(fields)).ok_or(Fault::bad_form(language))
    }
}

/// A reason as it goes into the audit: on one line, not empty, not a book.
pub(super) fn reason(text: &str) -> Option<String> {
    let text = text.trim();
    let fits = !text.is_empty() && text.chars().count() <= REASON_MAX_CHARS && !text.chars().any(vault::breaks_line);
    fits.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_a_line_of_bounded_length() {
        assert_eq!(reason(" 投诉 118 "), Some("投诉 118".to_owned()));
        for wrong in ["", "  ", "a\nb", "a\u{2028}minute 1", "a\u{2029}b", &"长".repeat(201)] {
            assert_eq!(reason(wrong), None, "{wrong:?}");
        }
    }
}
