//! The newest signed root of the vault's log, to be taken out of the building: as a code to photograph, and as text.
//!
//! Whoever has one outside the box can show later that nothing before it was changed. It tells nothing of anybody.

use std::sync::Arc;

use access::Permission;
use askama::Template;
use axum::{extract::State, response::Response};
use vault::note_in_a_line;

use super::{
    app::App,
    fault::{Fault, render},
    qr::Code,
    shell::Shell,
    visitor::Member,
};
use crate::{
    handles::{VaultReply, VaultRequest},
    words::{page::Page, root::Root, state::vault_refusal},
};

#[derive(Template)]
#[template(path = "root.html", config = "src/admin/web/askama.toml")]
struct RootPage {
    shell: Shell,
    /// None within the first minute.
    root: Option<Shown>,
}

impl RootPage {
    fn say(&self, sentence: Root) -> String {
        sentence.say(self.shell.language)
    }

    fn covers(&self, root: &Shown) -> String {
        self.say(Root::Covers { entries: root.entries.clone() })
    }

    fn command(&self, root: &Shown) -> String {
        self.say(Root::Command { line: root.line.clone() })
    }
}

struct Shown {
    line: String,
    /// How many entries it stands for.
    entries: String,
    /// None where the line is longer than a code can be.
    code: Option<Code>,
}

/// `GET /audit/root`
pub(super) async fn show(State(app): State<Arc<App>>, member: Member) -> Result<Response, Fault> {
    member.must(Permission::SeeAudit)?;
    let language = member.visitor.language;
    let note = match app.parts.vault.ask(VaultRequest::Root).await {
        Ok(VaultReply::Root(note)) => note,
        Ok(VaultReply::Refused(why)) => {
            let why = vault_refusal(why, language).to_owned();
            return Err(Fault::unavailable(language, Page::Refused { why }));
        }
        _ => return Err(Fault::unavailable(language, Page::VaultSilent)),
    };
    let shell = Shell::inside_titled(&app, &member, Root::Title.say(language)).await?;
    Ok(render(&RootPage { shell, root: note.as_deref().map(shown) }))
}

fn shown(note: &str) -> Shown {
    let line = note_in_a_line(note);
    let entries = note.lines().nth(1).unwrap_or_default().to_owned();
    let code = Code::of(&line);
    Shown { line, entries, code }
}
