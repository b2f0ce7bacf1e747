//! What went wrong with a form of somebody's own: something that can go wrong at any sign-in, or only there.

use access::NotJoined;
use axum::http::StatusCode;

use super::sign_in::status_of;
use crate::words::{Language, page::Page, people::People};

/// What went wrong.
pub(super) enum Wrong {
    Common(Page),
    Here(People),
}

impl Wrong {
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Wrong::Common(page) => status_of(Some(page)),
            Wrong::Here(_) => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }

    pub(super) fn say(&self, language: Language) -> String {
        match self {
            Wrong::Common(page) => page.say(language),
            Wrong::Here(here) => here.say(language),
        }
    }
}

impl From<Page> for Wrong {
    fn from(page: Page) -> Wrong {
        Wrong::Common(page)
    }
}

impl From<NotJoined> for Wrong {
    fn from(why: NotJoined) -> Wrong {
        Wrong::Here(match why {
            NotJoined::Code => People::JoinWrong,
            NotJoined::NameTaken => People::NameTaken,
        })
    }
}
