//! What went wrong, as a page in the reader's language: what happened, and what to do.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{Html, IntoResponse, Response},
};

use super::shell::Shell;
use crate::words::{Language, page::Page};

/// An answer that is not the page that was wanted.
#[derive(Debug)]
pub(super) struct Fault {
    status: StatusCode,
    language: Language,
    what: Page,
}

impl Fault {
    pub(super) fn new(status: StatusCode, language: Language, what: Page) -> Fault {
        Fault { status, language, what }
    }

    pub(super) fn refused(language: Language, what: Page) -> Fault {
        Fault::new(StatusCode::FORBIDDEN, language, what)
    }

    pub(super) fn not_found(language: Language) -> Fault {
        Fault::new(StatusCode::NOT_FOUND, language, Page::NotFound)
    }

    pub(super) fn bad_form(language: Language) -> Fault {
        Fault::new(StatusCode::BAD_REQUEST, language, Page::BadForm)
    }

    pub(super) fn unavailable(language: Language, what: Page) -> Fault {
        Fault::new(StatusCode::SERVICE_UNAVAILABLE, language, what)
    }
}

#[derive(Template)]
#[template(path = "fault.html", config = "src/admin/web/askama.toml")]
struct FaultPage {
    shell: Shell,
    what: String,
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let shell = Shell::outside(self.language, Page::FaultTitle);
        (self.status, render(&FaultPage { shell, what: self.what.say(self.language) })).into_response()
    }
}

/// A page as an answer.
pub(super) fn render(page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => Html(html).into_response(),
        // Only a formatter that fails by itself gets here; there is none.
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
