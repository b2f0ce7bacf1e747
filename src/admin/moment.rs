//! A moment on a page: UTC in the markup and while no script runs, the reader's local time where one does.

use std::fmt;

use frame::Utc;

use crate::{
    journal::utc_text,
    words::{clock_time, date_time},
};

/// Written as a `<time>` element.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    utc: Utc,
    with_date: bool,
}

impl Moment {
    /// The time of day.
    pub(super) fn time(utc: Utc) -> Moment {
        Moment { utc, with_date: false }
    }

    /// Date and time.
    pub(super) fn date(utc: Utc) -> Moment {
        Moment { utc, with_date: true }
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (iso, whole) = (utc_text(self.utc), date_time(self.utc));
        let (shown, form) = if self.with_date { (whole.clone(), "date") } else { (clock_time(self.utc), "time") };
        write!(f, "<time datetime=\"{iso}\" title=\"{whole} UTC\" data-form=\"{form}\">{shown} UTC</time>")
    }
}

/// It writes digits and fixed markup only.
impl askama::filters::HtmlSafe for Moment {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_keeps_its_utc_for_machines_and_for_hovering() {
        let html = Moment::time(Utc::from_us(1_795_463_677_250_000)).to_string();
        assert!(html.contains("datetime=\"2026-11-23T19:54:37.250Z\""), "{html}");
        assert!(html.contains("title=\"2026-11-23 19:54:37 UTC\"") && html.contains(">19:54:37 UTC<"), "{html}");
        let html = Moment::date(Utc::from_us(1_795_463_677_250_000)).to_string();
        assert!(html.contains(">2026-11-23 19:54:37 UTC<"), "{html}");
    }
}
