//! Signing in and out, and the first start.

use std::{io, sync::Arc, thread};

use access::{
    LockedOut, OwnerCode, PASSWORD_MIN_CHARS, Password, PasswordError, PasswordHash, SessionToken, SignIn, SignInName,
};
use askama::Template;
use axum::{
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{AppendHeaders, IntoResponse, Redirect, Response},
};
use os::Background;
use serde::Deserialize;
use tokio::sync::oneshot;

use super::{
    accounts,
    app::App,
    fault::{Fault, render},
    moment::Moment,
    second_factor::show_code,
    sent::Sent,
    shell::Shell,
    turn::Busy,
    visitor::{self, Member, Visitor},
};
use crate::{
    handles::{Passphrase, VaultReply, VaultRequest},
    words::{Language, page::Page},
};

#[derive(Template)]
#[template(path = "sign-in.html", config = "src/admin/web/askama.toml")]
struct SignInPage {
    shell: Shell,
    name: String,
    wrong: Option<String>,
    /// The box's clock, where something was wrong: a code may be.
    now: Moment,
}

#[derive(Template)]
#[template(path = "first-start.html", config = "src/admin/web/askama.toml")]
struct FirstStartPage {
    shell: Shell,
    hint: String,
    least: usize,
    name: String,
    wrong: Option<String>,
}

/// `GET /sign-in`
pub(super) async fn show(State(app): State<Arc<App>>, visitor: Visitor) -> Response {
    if app.access().is_unclaimed() {
        return Redirect::to("/first-start").into_response();
    }
    sign_in_page(&app, visitor.language, String::new(), None)
}

/// `GET /first-start`
pub(super) async fn show_first(State(app): State<Arc<App>>, visitor: Visitor) -> Response {
    if !app.access().is_unclaimed() {
        return Redirect::to("/sign-in").into_response();
    }
    first_start_page(visitor.language, String::new(), None)
}

#[derive(Deserialize)]
pub(super) struct SignInForm {
    name: String,
    password: String,
    #[serde(default)]
    code: String,
}

/// `POST /sign-in`: name, password and, of whoever has a second factor, its code, all at once: no answer tells which was wrong.
pub(super) async fn sign_in(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Sent(form): Sent<SignInForm>,
) -> Result<Response, Fault> {
    let again = |wrong| Ok(sign_in_page(&app, visitor.language, form.name.clone(), Some(wrong)));
    let (Ok(name), Ok(password)) = (SignInName::parse(&form.name), Password::typed(&form.password)) else {
        return again(Page::SignInWrong);
    };
    let Ok(_turn) = app.turns.take() else { return again(Page::SignInBusy) };
    let begun = app.access().begin_sign_in(app.now().time, &name, &visitor.from, &visitor.seen);
    let attempt = match begun {
        Ok(attempt) => attempt,
        Err(locked) => return again(locked_out(locked)),
    };
    let (mut attempt, matches) = compare(attempt, password).await;
    show_code(&app, &mut attempt, matches, &form.code);
    let token = new_token().map_err(|error| internal(visitor.language, &error))?;
    let person = app.access().finish_sign_in(app.now().time, attempt, matches, &token);
    app.tell_access();
    match person {
        // Whoever types a code and has none any more learns that, and nobody before they are in.
        Some(person) if !form.code.trim().is_empty() && !app.access().has_second_factor(person) => {
            Ok(welcome_to("/account", &app, &visitor, &token))
        }
        Some(_) => Ok(welcome(&app, &visitor, &token)),
        None => again(Page::SignInWrong),
    }
}

/// A code, and what its holder chooses.
#[derive(Deserialize)]
pub(super) struct ClaimForm {
    code: String,
    pub(super) name: String,
    password: String,
    again: String,
}

/// `POST /first-start`: the code, then a name and a password; the vault takes the password, then the accounts are
/// written, then the owner is in. Asked again after a fault, each step does no harm.
pub(super) async fn claim(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Sent(form): Sent<ClaimForm>,
) -> Result<Response, Fault> {
    let (code, name, password) = match read_claim(&form, Page::CodeWrong) {
        Ok(read) => read,
        Err(wrong) => return Ok(first_start_page(visitor.language, form.name, Some(wrong))),
    };
    match take_box(&app, &visitor, &code, name, password).await {
        Ok(token) => Ok(welcome(&app, &visitor, &token)),
        Err(wrong) => Ok(first_start_page(visitor.language, form.name, Some(wrong))),
    }
}

/// What was sent, as far as that alone tells. `code_wrong` says what is wrong with a code that can't be one.
pub(super) fn read_claim<Wrong: From<Page>>(
    form: &ClaimForm,
    code_wrong: Wrong,
) -> Result<(OwnerCode, SignInName, Password), Wrong> {
    let name = SignInName::parse(&form.name).map_err(|_| Page::NameWrong)?;
    if form.password != form.again {
        return Err(Page::PasswordsDiffer.into());
    }
    let password = Password::chosen(&form.password, name.as_str()).map_err(password_wrong)?;
    let code = form.code.parse().map_err(|_| code_wrong)?;
    Ok((code, name, password))
}

async fn take_box(
    app: &App,
    visitor: &Visitor,
    code: &OwnerCode,
    name: SignInName,
    password: Password,
) -> Result<SessionToken, Page> {
    let _turn = app.turns.take().map_err(|Busy| Page::SignInBusy)?;
    let begun = app.access().begin_claim(app.now().time, &visitor.from).map_err(locked_out)?;
    let (claim, matches) = compare(begun, code.as_password()).await;
    let hash = hash(password.clone()).await.map_err(|_| Page::Internal)?;
    let accepted = app.access().accept_claim(app.now().time, &claim, matches, name, hash);
    app.tell_access();
    let accounts = accepted.ok_or(Page::CodeWrong)?;
    give_vault(app, code, &password).await?;
    let token = new_token().map_err(|_| Page::Internal)?;
    accounts::keep(&app.parts.keys, &accounts).map_err(|_| Page::NotKept)?;
    app.access().finish_claim(app.now().time, claim, accounts, &token);
    app.tell_access();
    Ok(token)
}

async fn give_vault(app: &App, code: &OwnerCode, password: &Password) -> Result<(), Page> {
    if put_vault_under(app, code.to_string(), password).await { Ok(()) } else { Err(Page::VaultNotTaken) }
}

/// Puts the vault's key under another passphrase; true where it is. Done twice, it does no harm.
pub(super) async fn put_vault_under(app: &App, old: String, new: &Password) -> bool {
    let (code, passphrase) = (Passphrase(old), Passphrase(new.expose().to_owned()));
    let taken = app.parts.vault.ask_to_unlock(VaultRequest::TakeOver { code, passphrase }).await;
    matches!(taken, Ok(VaultReply::TakenOver))
}

#[derive(Deserialize)]
pub(super) struct SignOutForm {
    token: String,
}

/// `POST /sign-out`
pub(super) async fn sign_out(
    State(app): State<Arc<App>>,
    member: Member,
    Sent(form): Sent<SignOutForm>,
) -> Result<Response, Fault> {
    member.must_have_sent(&form.token)?;
    app.access().sign_out(&member.token);
    app.tell_access();
    Ok(([(header::SET_COOKIE, visitor::set_session(app.is_tls, None))], Redirect::to("/sign-in")).into_response())
}

/// A new hash.
pub(super) async fn hash(password: Password) -> io::Result<PasswordHash> {
    aside(move || accounts::hash(&password)).await?
}

/// Whether it is the one that was hashed.
pub(super) async fn compare(attempt: SignIn, password: Password) -> (SignIn, bool) {
    let against = attempt.against().clone();
    let matches = aside(move || against.matches(&password)).await.unwrap_or(false);
    (attempt, matches)
}

/// Computes on a thread of its own, which gives way to those that calls need: whoever floods the page with sign-ins makes the
/// box hash without end.
async fn aside<T: Send + 'static>(compute: impl FnOnce() -> T + Send + 'static) -> io::Result<T> {
    let (done, computed) = oneshot::channel();
    let hashing = thread::Builder::new().name("hashing".into());
    hashing.spawn(move || {
        Background::give_way();
        // Who waited for it may be gone.
        let _ = done.send(compute());
    })?;
    computed.await.map_err(io::Error::other)
}

pub(super) fn new_token() -> io::Result<SessionToken> {
    accounts::random().map(SessionToken::from_random)
}

/// The first page of whoever has signed in. Their browser is known from now on.
pub(super) fn welcome(app: &App, visitor: &Visitor, token: &SessionToken) -> Response {
    welcome_to("/now", app, visitor, token)
}

fn welcome_to(page: &str, app: &App, visitor: &Visitor, token: &SessionToken) -> Response {
    let session = (header::SET_COOKIE, visitor::set_session(app.is_tls, Some(token)));
    let seen = remember(app, visitor, token).map(|seen| (header::SET_COOKIE, seen));
    (AppendHeaders([Some(session), seen].into_iter().flatten()), Redirect::to(page)).into_response()
}

/// `Set-Cookie` by which the browser of a session is known for its person; none where there is no randomness.
pub(super) fn remember(app: &App, visitor: &Visitor, token: &SessionToken) -> Option<HeaderValue> {
    let seen = app.access().seen_in(app.now().time, token, &visitor.seen, accounts::random().ok()?);
    Some(visitor::set_seen(app.is_tls, &seen))
}

fn sign_in_page(app: &App, language: Language, name: String, wrong: Option<Page>) -> Response {
    let status = status_of(wrong.as_ref());
    let wrong = wrong.map(|wrong| wrong.say(language));
    let (shell, now) = (Shell::outside(language, Page::SignIn), Moment::date(app.now().utc));
    (status, render(&SignInPage { shell, name, wrong, now })).into_response()
}

fn first_start_page(language: Language, name: String, wrong: Option<Page>) -> Response {
    let status = status_of(wrong.as_ref());
    let wrong = wrong.map(|wrong| wrong.say(language));
    let (shell, least) = (Shell::outside(language, Page::FirstStart), PASSWORD_MIN_CHARS);
    let hint = Page::PasswordHint { least }.say(language);
    (status, render(&FirstStartPage { shell, hint, least, name, wrong })).into_response()
}

pub(super) fn status_of(wrong: Option<&Page>) -> StatusCode {
    match wrong {
        None => StatusCode::OK,
        Some(Page::LockedOut { .. } | Page::LockedOutLong { .. } | Page::SignInBusy) => StatusCode::TOO_MANY_REQUESTS,
        Some(Page::NotKept | Page::VaultNotTaken | Page::Internal) => StatusCode::SERVICE_UNAVAILABLE,
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

pub(super) fn locked_out(LockedOut(delay): LockedOut) -> Page {
    match delay.as_secs() {
        secs @ 0..=90 => Page::LockedOut { secs: secs.max(1) },
        secs => Page::LockedOutLong { minutes: secs.div_ceil(60) },
    }
}

pub(super) fn password_wrong(error: PasswordError) -> Page {
    match error {
        PasswordError::TooShort => Page::PasswordShort { least: PASSWORD_MIN_CHARS },
        PasswordError::TooLong => Page::PasswordLong,
        PasswordError::TooPlain => Page::PasswordPlain,
    }
}

fn internal(language: Language, error: &io::Error) -> Fault {
    tracing::error!(%error, "no randomness for a session");
    Fault::unavailable(language, Page::Internal)
}
