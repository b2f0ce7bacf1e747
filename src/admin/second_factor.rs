//! The second factor of one's own account: set up with a code to scan and its first six digits, set up anew, taken off.
//!
//! Not here: how codes are reckoned and when they count (`access`), the page around it (`own_account`), taking off
//! somebody else's (`people`).

use std::sync::Arc;

use access::{CodeSecret, Codes, NotChanged, Password, SignIn};
use axum::{extract::State, http::header, response::Response};
use frame::Stamp;
use serde::Deserialize;

use super::{
    accounts,
    app::App,
    fault::Fault,
    moment::Moment,
    own_account::{self, Became},
    qr::Code,
    sent::Sent,
    shell::BRAND,
    sign_in::{compare, locked_out, remember},
    turn::Busy,
    visitor::Member,
    wrong::Wrong,
};
use crate::words::{page::Page, people::People};

/// What the page shows of it.
pub(super) struct SecondFactor {
    pub(super) is_set: bool,
    /// The settings want it.
    pub(super) is_wanted: bool,
    /// Nothing else is allowed before.
    pub(super) must_set_up: bool,
    /// One waits for its first code.
    pub(super) is_begun: bool,
    /// The secret that waits, where it is shown.
    pub(super) begun: Option<Begun>,
    /// The box's clock, with which the telephone's has to agree.
    pub(super) now: Moment,
}

/// A secret as an app takes it.
pub(super) struct Begun {
    pub(super) code: Option<Code>,
    pub(super) groups: String,
}

impl SecondFactor {
    /// That of a member.
    pub(super) fn of(app: &App, member: &Member, shows: Shows) -> SecondFactor {
        let (person, now, access) = (member.who.person, app.now(), app.access());
        let begun = access.begun_second_factor(now.time, &member.token).filter(|_| shows != Shows::Neither);
        SecondFactor {
            is_begun: begun.is_some(),
            is_set: access.has_second_factor(person),
            is_wanted: access.wants_second_factor(person),
            must_set_up: access.must_set_up(person),
            begun: begun.filter(|_| shows == Shows::Secret).map(|secret| shown(secret, &member.who.name)),
            now: Moment::date(now.utc),
        }
    }
}

/// How much of what has begun a page shows. One that is only looked at shows nothing of it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shows {
    Neither,
    /// The fields for its codes: the app has it already.
    Form,
    /// The secret with them: to whoever begins, and to whoever gave the right password with a wrong first code.
    Secret,
}

impl Shows {
    /// After an act of the form.
    fn after(act: &str, became: &Result<Option<People>, Wrong>) -> Shows {
        match (act, became) {
            ("begin", Ok(_)) | ("finish", Err(Wrong::Here(People::FirstCodeWrong))) => Shows::Secret,
            ("finish", Err(_)) => Shows::Form,
            _ => Shows::Neither,
        }
    }
}

fn shown(secret: &CodeSecret, name: &str) -> Begun {
    Begun { code: Code::of(&secret.to_address(BRAND, name)), groups: secret.to_groups() }
}

#[derive(Deserialize)]
pub(super) struct SecondFactorForm {
    token: String,
    act: String,
    #[serde(default)]
    password: String,
    /// Of the factor so far.
    #[serde(default)]
    code: String,
    /// The first one of the new secret.
    #[serde(default)]
    first: String,
}

/// `POST /account/second-factor`
pub(super) async fn change(
    State(app): State<Arc<App>>,
    member: Member,
    Sent(form): Sent<SecondFactorForm>,
) -> Result<Response, Fault> {
    member.must_have_sent(&form.token)?;
    let language = member.visitor.language;
    let became = match form.act.as_str() {
        "begin" => begin(&app, &member).map(|()| None),
        "finish" => apply(&app, &member, &form, true).await.map(|()| Some(People::SecondFactorSet)),
        "off" => apply(&app, &member, &form, false).await.map(|()| Some(People::SecondFactorOff)),
        _ => return Err(Fault::bad_form(language)),
    };
    // Whoever has set it up is the member with all their rights from now on.
    let now = app.now().time;
    let who = app.access().look(now, &member.token);
    let member = Member { who: who.unwrap_or(member.who), ..member };
    let shows = Shows::after(&form.act, &became);
    // What the browser was known by went with the factor of before, or with there being none.
    let seen = matches!(became, Ok(Some(_))).then(|| remember(&app, &member.visitor, &member.token)).flatten();
    let mut response = own_account::page(&app, &member, Became::SecondFactor(became, shows)).await?;
    seen.into_iter().for_each(|seen| _ = response.headers_mut().append(header::SET_COOKIE, seen));
    Ok(response)
}

fn begin(app: &App, member: &Member) -> Result<(), Wrong> {
    let random = accounts::random().map_err(|_| Page::Internal)?;
    app.access().begin_second_factor(&member.token, random);
    Ok(())
}

async fn apply(app: &App, member: &Member, form: &SecondFactorForm, set: bool) -> Result<(), Wrong> {
    let password = Password::typed(&form.password).map_err(|_| Wrong::Here(People::ConfirmWrong))?;
    let _turn = app.turns.wait(Some(member.who.person)).await.map_err(|Busy| Page::SignInBusy)?;
    let begun = app.access().begin_confirm(app.now().time, &member.token, &member.visitor.from).map_err(locked_out)?;
    let (mut confirm, matches) = compare(begun.ok_or(Page::Internal)?, password).await;
    if set {
        let codes = Codes { so_far: &form.code, first: &form.first };
        let checked = app.access().check_first_code(app.now(), &confirm, matches, codes, &member.token);
        checked.map_err(not_changed)?;
    }
    show_code(app, &mut confirm, matches, &form.code);
    let now: Stamp = app.now();
    let accepted = match set {
        true => app.access().accept_second_factor(now, &confirm, matches, &form.first, &member.token),
        false => app.access().accept_no_second_factor(now, &confirm, matches),
    };
    app.tell_access();
    let accounts = accepted.map_err(not_changed)?;
    accounts::keep(&app.parts.keys, &accounts).map_err(|_| Page::NotKept)?;
    app.access().finish_second_factor(confirm, accounts, &member.token);
    app.tell_access();
    Ok(())
}

fn not_changed(why: NotChanged) -> Wrong {
    Wrong::Here(match why {
        NotChanged::Wrong => People::ConfirmWrong,
        NotChanged::NewCode => People::FirstCodeWrong,
        NotChanged::NotBegun => People::SecondFactorNotBegun,
        NotChanged::Wanted => People::SecondFactorWanted,
    })
}

/// Uses up the code that was given with a password, if one is asked for and this one counts: the end of the sign-in tells.
/// Whoever calls it has the turn.
pub(super) fn show_code(app: &App, sign_in: &mut SignIn, matches: bool, code: &str) {
    let accounts = app.access().use_code(app.now(), sign_in, matches, code);
    let Some(accounts) = accounts else { return };
    // Where the disk takes nothing the code is used up in memory: administrators have to come in just then, and only a restart
    // within a minute and a half would let it count again.
    if let Err(error) = accounts::keep(&app.parts.keys, &accounts) {
        tracing::warn!(%error, "a code that was used can't be kept");
    }
    app.access().take_code(sign_in, accounts);
}
