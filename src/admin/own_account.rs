//! One's own account: who one is here, another password, a second factor (`second_factor`).

use std::sync::Arc;

use access::{PASSWORD_MIN_CHARS, Password};
use askama::Template;
use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use settings::PersonRole;

use super::{
    accounts,
    app::App,
    fault::{Fault, render},
    people::codes_held_up,
    second_factor::{SecondFactor, Shows, show_code},
    sent::Sent,
    shell::Shell,
    sign_in::{compare, hash, locked_out, password_wrong, put_vault_under, remember},
    turn::Busy,
    visitor::Member,
    wrong::Wrong,
};
use crate::handles::{VaultReply, VaultRequest};
use crate::words::{
    page::Page,
    people::{self, People},
};

#[derive(Template)]
#[template(path = "own-account.html", config = "src/admin/web/askama.toml")]
struct OwnAccountPage {
    shell: Shell,
    roles: String,
    hint: String,
    least: usize,
    /// Somebody keyed wrong PINs of one's own at a telephone.
    wrong_pins: Option<String>,
    /// Somebody tried codes of one's own, with the right password.
    codes_held_up: Option<String>,
    /// What became of the form that was sent.
    password: Told,
    second: SecondFactor,
    second_told: Told,
}

/// What a form says of what it did.
#[derive(Default)]
struct Told {
    done: Option<String>,
    wrong: Option<String>,
}

/// What became of which form.
pub(super) enum Became {
    /// The page is only looked at.
    Shown,
    Password(Result<(), Wrong>),
    /// Of the second factor; none where it has begun.
    SecondFactor(Result<Option<People>, Wrong>, Shows),
}

impl OwnAccountPage {
    fn say(&self, sentence: People) -> String {
        sentence.say(self.shell.language)
    }
}

/// `GET /account`
pub(super) async fn show(State(app): State<Arc<App>>, member: Member) -> Result<Response, Fault> {
    page(&app, &member, Became::Shown).await
}

#[derive(Deserialize)]
pub(super) struct ChangeForm {
    token: String,
    old: String,
    #[serde(default)]
    code: String,
    password: String,
    again: String,
}

/// `POST /account`: the old password, then the new one twice. The owner's also unlocks the vault, which takes it first: asked
/// again after a fault, each step does no harm.
pub(super) async fn change(
    State(app): State<Arc<App>>,
    member: Member,
    Sent(form): Sent<ChangeForm>,
) -> Result<Response, Fault> {
    member.must_have_sent(&form.token)?;
    let changed = change_password(&app, &member, &form).await;
    // What the browser was known by went with the old password.
    let seen = changed.is_ok().then(|| remember(&app, &member.visitor, &member.token)).flatten();
    let mut response = page(&app, &member, Became::Password(changed)).await?;
    seen.into_iter().for_each(|seen| _ = response.headers_mut().append(header::SET_COOKIE, seen));
    Ok(response)
}

async fn change_password(app: &App, member: &Member, form: &ChangeForm) -> Result<(), Wrong> {
    let old = Password::typed(&form.old).map_err(|_| Wrong::Here(People::OldWrong))?;
    if form.password != form.again {
        return Err(Page::PasswordsDiffer.into());
    }
    let new = Password::chosen(&form.password, &member.who.name).map_err(password_wrong)?;
    let _turn = app.turns.wait(Some(member.who.person)).await.map_err(|Busy| Page::SignInBusy)?;
    let begun = app.access().begin_confirm(app.now().time, &member.token, &member.visitor.from).map_err(locked_out)?;
    let (mut change, matches) = compare(begun.ok_or(Page::Internal)?, old.clone()).await;
    show_code(app, &mut change, matches, &form.code);
    let hashed = hash(new.clone()).await.map_err(|_| Page::Internal)?;
    let accepted = app.access().accept_change(app.now().time, &change, matches, hashed);
    app.tell_access();
    let accounts = accepted.ok_or(Wrong::Here(People::OldWrong))?;
    if is_owner(app, member) && !put_vault_under(app, old.expose().to_owned(), &new).await {
        return Err(Wrong::Here(People::VaultNotChanged));
    }
    accounts::keep(&app.parts.keys, &accounts).map_err(|_| Page::NotKept)?;
    app.access().finish_change(change, accounts, &member.token);
    app.tell_access();
    Ok(())
}

fn is_owner(app: &App, member: &Member) -> bool {
    app.access().roles_of(member.who.person).contains(&PersonRole::Owner)
}

/// Whether the owner's password opens recordings: until the ceremony it does, and where the vault does not say it may.
async fn password_unlocks(app: &App) -> bool {
    !matches!(app.parts.vault.ask(VaultRequest::Holders).await, Ok(VaultReply::Holders(Some(_))))
}

/// How many wrong PINs there were since the last right one, where there were any.
async fn wrong_pins(app: &App, member: &Member) -> Option<u32> {
    let snapshot = app.snapshot().await?;
    snapshot.wrong_pins.iter().find(|(person, _)| *person == member.who.person).map(|(_, count)| *count)
}

/// The page, with what became of a form.
pub(super) async fn page(app: &App, member: &Member, became: Became) -> Result<Response, Fault> {
    let language = member.visitor.language;
    let mut shell = Shell::inside_titled(app, member, People::Own.say(language)).await?;
    // The answer to a form is no page of its own.
    "/account".clone_into(&mut shell.path);
    let roles = app.access().roles_of(member.who.person).to_vec();
    let least = PASSWORD_MIN_CHARS;
    let unlocks = roles.contains(&PersonRole::Owner) && password_unlocks(app).await;
    let hint = if unlocks { People::NewHintOwner { least } } else { People::NewHint { least } };
    let roles: Vec<&str> = roles.into_iter().map(|role| people::role(role, language)).collect();
    let (changed, second, shows) = match became {
        Became::Shown => (None, None, Shows::Neither),
        Became::Password(changed) => (Some(changed.map(|()| Some(People::Changed))), None, Shows::Neither),
        Became::SecondFactor(changed, shows) => (None, Some(changed), shows),
    };
    let wrong = [&changed, &second].into_iter().flatten().find_map(|changed| changed.as_ref().err());
    let status = wrong.map_or(StatusCode::OK, Wrong::status);
    let tell = |changed: Option<Result<Option<People>, Wrong>>| match changed {
        None => Told::default(),
        Some(Ok(done)) => Told { done: done.map(|done| done.say(language)), wrong: None },
        Some(Err(wrong)) => Told { done: None, wrong: Some(wrong.say(language)) },
    };
    let (password, second_told) = (tell(changed), tell(second));
    let second = SecondFactor::of(app, member, shows);
    let wrong_pins = wrong_pins(app, member).await.map(|count| People::WrongPins { count }.say(language));
    let held_up = app.access().codes_held_up(app.now().time, member.who.person);
    let codes_held_up = held_up.map(|left| codes_held_up(left).say(language));
    let (roles, hint) = (roles.join(language.pick("、", ", ")), hint.say(language));
    let page = OwnAccountPage { shell, roles, hint, least, wrong_pins, codes_held_up, password, second, second_told };
    Ok((status, render(&page)).into_response())
}
