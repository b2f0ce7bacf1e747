//! People: who may sign in, who is invited, and the acts on that. Each act is in the audit before it is done.

use std::{sync::Arc, time::Duration};

use access::{AnsweredBy, LetIn, NeedsSecond, NotDropped, NotInvited, NotLocked, OwnerCode, Permission, TwoPersonAct};
use askama::Template;
use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use frame::{PersonId, Stamp, Utc};
use serde::Deserialize;
use settings::{Person, PersonRole};
use tokio::sync::SemaphorePermit;

use super::{
    accounts,
    app::App,
    approvals,
    fault::{Fault, render},
    join::read_person,
    moment::Moment,
    sent::Sent,
    shell::Shell,
    sign_in::hash,
    turn::Busy,
    visitor::Member,
};
use crate::{
    handles::{ApprovalsRefusal, ControlReply, ControlRequest},
    journal::{Act, Actor, Intend, Intent, Outcome},
    words::{
        Language,
        approval::{self, Approving},
        page::Page,
        people::{self, People},
    },
};

#[derive(Template)]
#[template(path = "people.html", config = "src/admin/web/askama.toml")]
struct PeoplePage {
    shell: Shell,
    rows: Vec<Row>,
    /// The code that was made just now.
    code: Option<NewCode>,
    /// What became of the last act.
    note: Option<String>,
    /// The last act was refused: who acts is not whom they say, or tries too often.
    is_refused: bool,
    /// What takes a second administrator, to be asked for.
    wish: Option<Wish>,
    /// What takes the own password.
    confirm: Option<Confirm>,
}

impl PeoplePage {
    fn say(&self, sentence: People) -> String {
        sentence.say(self.shell.language)
    }

    fn say_of_two(&self, sentence: Approving) -> String {
        sentence.say(self.shell.language)
    }
}

/// An act that takes a second administrator, as the form that asks for it has it.
struct Wish {
    act: &'static str,
    object: String,
}

/// An act for which whoever does it shows anew that it is them.
struct Confirm {
    person: PersonId,
    how: String,
    /// They have a second factor themselves.
    with_code: bool,
}

/// A person.
struct Row {
    id: PersonId,
    name: String,
    roles: String,
    extension: String,
    /// When the greeting of their own was recorded, if they have one.
    own_greeting: Option<Moment>,
    /// The colour of the word below.
    class: &'static str,
    access: String,
    /// Until when an open invitation may be taken.
    invited_until: Option<Moment>,
    is_owner: bool,
    has_account: bool,
    is_signed_in: bool,
    is_locked: bool,
    /// It can be taken off: it is not one's own.
    may_drop_second_factor: bool,
    /// What of a second factor there is to say.
    second_factor: Option<String>,
    may_be_locked: bool,
    /// What strangers' wrong passwords do.
    held_up: Option<String>,
    /// What wrong codes beside the right password do.
    codes_held_up: Option<String>,
}

/// A code that is shown once.
struct NewCode {
    code: OwnerCode,
    for_whom: String,
    how: String,
    /// What it does to the password that the person has.
    until: Option<String>,
}

/// What became of an act.
#[derive(Default)]
struct Became {
    code: Option<NewCode>,
    note: Option<String>,
    is_refused: bool,
    wish: Option<Wish>,
    confirm: Option<Confirm>,
}

/// `GET /people`
pub(super) async fn show(State(app): State<Arc<App>>, member: Member) -> Result<Response, Fault> {
    member.must(Permission::ManagePeople)?;
    page(&app, &member, Became::default()).await
}

async fn page(app: &App, member: &Member, became: Became) -> Result<Response, Fault> {
    let language = member.visitor.language;
    let mut shell = Shell::inside(app, member, Page::People).await?;
    // The answer to a form is no page of its own.
    "/people".clone_into(&mut shell.path);
    let people = app.parts.settings.borrow().people.clone();
    let own = member.who.person;
    let greetings = app.snapshot().await.map(|snapshot| snapshot.own_greetings).unwrap_or_default();
    let rows = people.iter().map(|person| row(app, person, own, &greetings, language)).collect();
    let Became { code, note, is_refused, wish, confirm } = became;
    let status = if is_refused { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = PeoplePage { shell, rows, code, note, is_refused, wish, confirm };
    Ok((status, render(&page)).into_response())
}

fn row(app: &App, person: &Person, own: PersonId, greetings: &[(PersonId, Utc)], language: Language) -> Row {
    let greeting = greetings.iter().find(|(of, _)| *of == person.id);
    let (now, access) = (app.now(), app.access());
    let name = access.name_of(person.id).map(str::to_owned);
    let is_signed_in = access.is_signed_in(now.time, person.id);
    let invited_until = access.invitation(now, person.id).map(|invitation| Moment::date(ends(invitation.made)));
    let (has_account, is_locked) = (name.is_some(), access.is_locked(person.id));
    let (class, state) = match name {
        _ if is_locked => ("alarm", People::Locked),
        Some(name) if is_signed_in => ("talk", People::SignedIn { name }),
        Some(name) => ("idle", People::HasAccount { name }),
        None => ("off", People::NoAccount),
    };
    let roles: Vec<&str> = person.roles.iter().map(|role| people::role(*role, language)).collect();
    let has_second_factor = access.has_second_factor(person.id);
    let second_factor = match has_second_factor {
        true => Some(People::WithSecondFactor),
        false => (has_account && access.must_set_up(person.id)).then_some(People::LacksSecondFactor),
    };
    Row {
        id: person.id,
        name: person.name.clone(),
        roles: roles.join(language.pick("、", ", ")),
        extension: person.extension.clone().unwrap_or_default(),
        own_greeting: greeting.map(|(_, recorded)| Moment::date(*recorded)),
        class,
        access: state.say(language),
        invited_until,
        is_owner: person.roles.contains(&PersonRole::Owner),
        has_account,
        is_signed_in,
        is_locked,
        may_drop_second_factor: has_second_factor && person.id != own,
        second_factor: second_factor.map(|word| word.say(language)),
        held_up: access.held_up(now.time, person.id).map(|left| held_up(left).say(language)),
        codes_held_up: access.codes_held_up(now.time, person.id).map(|left| codes_held_up(left).say(language)),
        may_be_locked: !is_locked && person.id != own && !person.roles.contains(&PersonRole::Owner),
    }
}

fn held_up(left: Duration) -> People {
    People::HeldUp { minutes: left.as_secs().div_ceil(60) }
}

/// That no code of somebody is looked at.
pub(super) fn codes_held_up(left: Duration) -> People {
    People::CodesHeldUp { minutes: left.as_secs().div_ceil(60) }
}

fn ends(made: Stamp) -> Utc {
    let lasts = i64::try_from(access::INVITATION_LASTS.as_micros()).unwrap_or(i64::MAX);
    Utc::from_us(made.utc.as_us().saturating_add(lasts))
}

#[derive(Deserialize)]
pub(super) struct PersonForm {
    token: String,
    act: String,
    /// The own one, for what takes it.
    password: Option<String>,
    #[serde(default)]
    code: String,
}

/// `POST /people/{person}`
pub(super) async fn act(
    State(app): State<Arc<App>>,
    member: Member,
    Path(person): Path<String>,
    headers: HeaderMap,
    Sent(form): Sent<PersonForm>,
) -> Result<Response, Fault> {
    member.must_have_sent(&form.token)?;
    member.must(Permission::ManagePeople)?;
    let language = member.visitor.language;
    let person = read_person(&person, language)?;
    let known = app.parts.settings.borrow().people.iter().find(|known| known.id == person).cloned();
    let Some(known) = known else { return Err(Fault::not_found(language)) };
    let became = match form.act.as_str() {
        "invite" => invite(&app, &member, known, &headers).await?,
        "withdraw" => withdraw(&app, &member, known).await?,
        "sign_out" => sign_out(&app, &member, known).await?,
        "lock" => lock(&app, &member, known).await?,
        "unlock" => unlock(&app, &member, known).await?,
        "drop_second_factor" => drop_second_factor(&app, &member, known, &form).await?,
        "excuse" => excuse(&app, &member, known).await?,
        "reset_greeting" => reset_greeting(&app, &member, known).await?,
        _ => return Err(Fault::bad_form(language)),
    };
    page(&app, &member, became).await
}

async fn invite(app: &Arc<App>, member: &Member, person: Person, headers: &HeaderMap) -> Result<Became, Fault> {
    let language = member.visitor.language;
    let _turn = turn(app, member).await?;
    let intent = intend(app, member, Act::InvitePerson, person.id).await?;
    let internal = |_| Fault::unavailable(language, Page::Internal);
    let code = OwnerCode::from_random(accounts::random().map_err(internal)?);
    let hash = hash(code.as_password()).await.map_err(internal)?;
    let try_by = |by| app.access().invite(app.now(), person.id, hash.clone(), by);
    let mut invited = try_by(AnsweredBy::One);
    if let Err(NotInvited::NeedsSecond(NeedsSecond)) = invited {
        let let_in = LetIn::Invite(person.id);
        if let Err(became) = redeem(app, let_in, &person, language).await {
            return Ok(became);
        }
        invited = try_by(AnsweredBy::Two);
    }
    let accounts = match invited {
        Ok(accounts) => accounts,
        Err(NotInvited::NeedsSecond(NeedsSecond)) => return Err(Fault::unavailable(language, Page::Internal)),
        Err(NotInvited::Owner) => return Ok(noted(People::OwnerNotInvited, language)),
        Err(NotInvited::Locked) => return Ok(noted(People::LockedNotInvited, language)),
        Err(NotInvited::Unknown) => return Err(Fault::not_found(language)),
    };
    keep(app, accounts, language)?;
    intent.conclude(Outcome::Done);
    let has_account = app.access().name_of(person.id).is_some();
    let how = People::CodeHow { address: join_address(app, headers, person.id) }.say(language);
    let for_whom = People::CodeFor { name: person.name }.say(language);
    let until = has_account.then(|| People::CodeUntil.say(language));
    Ok(Became { code: Some(NewCode { code, for_whom, how, until }), ..Became::default() })
}

/// Takes the grant by which two people let an administrator in.
///
/// # Errors
/// What the page says where there is none: what to ask for.
async fn redeem(app: &Arc<App>, let_in: LetIn, person: &Person, language: Language) -> Result<(), Became> {
    match approvals::redeem(app, TwoPersonAct::Administrator, &let_in.to_string()).await {
        Ok(_) => Ok(()),
        Err(ApprovalsRefusal::NotRedeemed(_)) => Err(wish(let_in, person, language)),
        Err(why) => Err(refused(why, language)),
    }
}

/// What lets an administrator in is to be asked for.
fn wish(let_in: LetIn, person: &Person, language: Language) -> Became {
    let note = People::NeedsSecond { name: person.name.clone() }.say(language);
    let wish = Wish { act: TwoPersonAct::Administrator.tag(), object: let_in.to_string() };
    Became { note: Some(note), wish: Some(wish), ..Became::default() }
}

fn refused(why: ApprovalsRefusal, language: Language) -> Became {
    Became { note: Some(approval::refusal(why).say(language)), is_refused: true, ..Became::default() }
}

/// Where an invitation is taken: at the address under which its maker knows the box.
fn join_address(app: &App, headers: &HeaderMap, person: PersonId) -> String {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let scheme = if app.is_tls { "https" } else { "http" };
    format!("{scheme}://{host}/join/{}", person.0)
}

async fn withdraw(app: &App, member: &Member, person: Person) -> Result<Became, Fault> {
    let language = member.visitor.language;
    let _turn = turn(app, member).await?;
    let intent = intend(app, member, Act::WithdrawInvitation, person.id).await?;
    let accounts = app.access().withdraw(person.id);
    keep(app, accounts, language)?;
    intent.conclude(Outcome::Done);
    Ok(noted(People::Withdrawn { name: person.name }, language))
}

async fn sign_out(app: &App, member: &Member, person: Person) -> Result<Became, Fault> {
    let language = member.visitor.language;
    let intent = intend(app, member, Act::SignOutPerson, person.id).await?;
    app.access().end_sessions(person.id);
    app.tell_access();
    intent.conclude(Outcome::Done);
    Ok(noted(People::SignedOut { name: person.name }, language))
}

async fn lock(app: &App, member: &Member, person: Person) -> Result<Became, Fault> {
    let language = member.visitor.language;
    let _turn = turn(app, member).await?;
    let intent = intend(app, member, Act::LockPerson, person.id).await?;
    let locked = app.access().lock(member.who.person, person.id);
    let accounts = match locked {
        Ok(accounts) => accounts,
        Err(NotLocked::Owner) => return Ok(noted(People::OwnerNotLocked, language)),
        Err(NotLocked::Oneself) => return Ok(noted(People::OneselfNotLocked, language)),
        Err(NotLocked::Unknown) => return Err(Fault::not_found(language)),
    };
    keep(app, accounts, language)?;
    app.access().end_sessions(person.id);
    app.tell_access();
    intent.conclude(Outcome::Done);
    Ok(noted(People::IsLocked { name: person.name }, language))
}

async fn unlock(app: &Arc<App>, member: &Member, person: Person) -> Result<Became, Fault> {
    let language = member.visitor.language;
    let _turn = turn(app, member).await?;
    let intent = intend(app, member, Act::UnlockPerson, person.id).await?;
    let try_by = |by| app.access().unlock(person.id, by);
    let mut unlocked = try_by(AnsweredBy::One);
    if let Err(NeedsSecond) = unlocked {
        if let Err(became) = redeem(app, LetIn::Unlock(person.id), &person, language).await {
            return Ok(became);
        }
        unlocked = try_by(AnsweredBy::Two);
    }
    let accounts = unlocked.map_err(|NeedsSecond| Fault::unavailable(language, Page::Internal))?;
    keep(app, accounts, language)?;
    intent.conclude(Outcome::Done);
    Ok(noted(People::IsUnlocked { name: person.name }, language))
}

/// Whoever has lost the telephone: the password alone is asked for from then on. Who takes the codes off shows first that it is them,
/// which a desk that was left open can't.
async fn drop_second_factor(
    app: &Arc<App>,
    member: &Member,
    person: Person,
    form: &PersonForm,
) -> Result<Became, Fault> {
    let language = member.visitor.language;
    if let Err(became) = may_drop(app, member, &person).await {
        return Ok(became);
    }
    let with_code = app.access().has_second_factor(member.who.person);
    let how = People::DropHow { name: person.name.clone() }.say(language);
    let confirm = Some(Confirm { person: person.id, how, with_code });
    let Some(password) = &form.password else { return Ok(Became { confirm, ..Became::default() }) };
    match approvals::confirm_member(app, member, password, &form.code).await {
        Ok(_) => drop_confirmed(app, member, person).await,
        Err(why) => Ok(Became { confirm, ..refused(why, language) }),
    }
}

/// Whether the codes of somebody can be taken off by this member now, as far as it can be said before they have shown that it is them: no grant
/// is taken for it.
///
/// # Errors
/// What the page says where they can't.
async fn may_drop(app: &Arc<App>, member: &Member, person: &Person) -> Result<(), Became> {
    let language = member.visitor.language;
    let dropped = app.access().drop_second_factor(member.who.person, person.id, AnsweredBy::One);
    match dropped {
        Ok(_) => Ok(()),
        Err(NotDropped::NeedsSecond(NeedsSecond)) => {
            let let_in = LetIn::DropSecondFactor(person.id);
            let granted = approvals::is_granted(app, TwoPersonAct::Administrator, &let_in.to_string()).await;
            let is_granted = granted.map_err(|why| refused(why, language))?;
            if is_granted { Ok(()) } else { Err(wish(let_in, person, language)) }
        }
        Err(NotDropped::Oneself) => Err(noted(People::OwnSecondFactor, language)),
        Err(NotDropped::NotSet) => Err(noted(People::NoSecondFactor { name: person.name.clone() }, language)),
    }
}

async fn drop_confirmed(app: &Arc<App>, member: &Member, person: Person) -> Result<Became, Fault> {
    let language = member.visitor.language;
    let _turn = turn(app, member).await?;
    let intent = intend(app, member, Act::DropSecondFactor, person.id).await?;
    let try_by = |by| app.access().drop_second_factor(member.who.person, person.id, by);
    let mut dropped = try_by(AnsweredBy::One);
    if let Err(NotDropped::NeedsSecond(NeedsSecond)) = dropped {
        if let Err(became) = redeem(app, LetIn::DropSecondFactor(person.id), &person, language).await {
            return Ok(became);
        }
        dropped = try_by(AnsweredBy::Two);
    }
    let accounts = match dropped {
        Ok(accounts) => accounts,
        Err(NotDropped::Oneself) => return Ok(noted(People::OwnSecondFactor, language)),
        Err(NotDropped::NotSet) => return Ok(noted(People::NoSecondFactor { name: person.name }, language)),
        Err(NotDropped::NeedsSecond(NeedsSecond)) => return Err(Fault::unavailable(language, Page::Internal)),
    };
    accounts::keep(&app.parts.keys, &accounts).map_err(|_| Fault::unavailable(language, Page::NotKept))?;
    app.access().finish_drop(person.id, accounts, &member.visitor.from);
    app.tell_access();
    intent.conclude(Outcome::Done);
    Ok(noted(People::SecondFactorDropped { name: person.name }, language))
}

/// It lets nobody in: the password is asked for as ever.
async fn excuse(app: &App, member: &Member, person: Person) -> Result<Became, Fault> {
    let language = member.visitor.language;
    let intent = intend(app, member, Act::EndHoldUp, person.id).await?;
    app.access().excuse(app.now().time, person.id);
    intent.conclude(Outcome::Done);
    let minutes = access::EXCUSED_FOR.as_secs() / 60;
    Ok(noted(People::IsExcused { name: person.name, minutes }, language))
}

/// It is heard by nobody first: what a person has recorded is that person's, and an administrator need not have heard it.
async fn reset_greeting(app: &App, member: &Member, person: Person) -> Result<Became, Fault> {
    let language = member.visitor.language;
    let intent = intend(app, member, Act::ResetGreeting, person.id).await?;
    let name = person.name;
    match app.parts.control.ask(ControlRequest::ResetGreeting { person: person.id }).await {
        Ok(ControlReply::GreetingReset(true)) => {
            intent.conclude(Outcome::Done);
            Ok(noted(People::GreetingReset { name }, language))
        }
        Ok(ControlReply::GreetingReset(false)) => {
            intent.conclude(Outcome::Failed);
            Ok(noted(People::NoOwnGreeting { name }, language))
        }
        _ => Err(Fault::unavailable(language, Page::ControlSilent)),
    }
}

/// The turn of who changes accounts.
async fn turn<'a>(app: &'a App, member: &Member) -> Result<SemaphorePermit<'a>, Fault> {
    let turn = app.turns.wait(Some(member.who.person)).await;
    turn.map_err(|Busy| Fault::unavailable(member.visitor.language, Page::SignInBusy))
}

async fn intend(app: &App, member: &Member, act: Act, person: PersonId) -> Result<Intent, Fault> {
    let by = Actor::Person(member.who.person);
    let intend = Intend { by, act, object: person.0.to_string(), call: None, reason: String::new() };
    app.intend(member.visitor.language, intend).await
}

/// Writes accounts, and takes them once they are written.
fn keep(app: &App, accounts: access::Accounts, language: Language) -> Result<(), Fault> {
    accounts::keep(&app.parts.keys, &accounts).map_err(|_| Fault::unavailable(language, Page::NotKept))?;
    app.parts.locked.take(&accounts);
    app.access().take_accounts(accounts);
    Ok(())
}

fn noted(note: People, language: Language) -> Became {
    Became { note: Some(note.say(language)), ..Became::default() }
}
