//! The desk of acts that need two: what is asked and answered is durable first, then noted. It stands beside the accounts,
//! because it asks for passwords.
//!
//! Not here: the rules (`access::Approvals`), the page (`approval_page`), what the acts do.

use std::{sync::Arc, time::Duration};

use access::{
    Administrators, Approval, ApprovalAnswer, Approvals, NotAsked, Password, Proposal, SignInName, TwoPersonAct,
};
use frame::{EventNo, PersonId, Stamp, Utc};
use tokio::{
    sync::{Mutex, MutexGuard},
    task::spawn_blocking,
    time::timeout,
};

use super::{app::App, approval_about, second_factor::show_code, sign_in::compare, turn::Busy, visitor::Member};
use crate::{
    handles::{About, ApprovalNow, ApprovalsRefusal, ApprovalsReply, ApprovalsRequest, Asked, Credentials, Requests},
    journal::{Act, Actor, BoxEvent, IndexReader, Intend, Intent, Outcome},
    words::Language,
};

/// How long an event may take to be durable; then nothing was done. As with audit intents.
const DURABLE_WITHIN: Duration = Duration::from_secs(2);

/// What is open; none until it was read. One step at a time: what is noted was durable first.
pub(super) type Desk = Mutex<Option<Approvals>>;

/// Who asks or answers, and what is looked at to decide it.
struct Step<'a> {
    now: Stamp,
    people: Administrators,
    by: PersonId,
    app: &'a Arc<App>,
}

impl<'a> Step<'a> {
    fn of(app: &'a Arc<App>, by: PersonId) -> Step<'a> {
        Step { now: app.now(), people: app.access().administrators(), by, app }
    }

    async fn intend(&self, act: Act, object: String, reason: &str) -> Result<Intent, ApprovalsRefusal> {
        let (by, reason) = (Actor::Person(self.by), reason.to_owned());
        let intend = Intend { by, act, object, call: None, reason };
        self.app.audit().intend(intend).await.map_err(|_| ApprovalsRefusal::NotAudited)
    }
}

/// Somebody asks for an act.
///
/// # Errors
/// [`ApprovalsRefusal`]. What is asked for before the three administrators are there is listed as refused.
pub(super) async fn ask(app: &Arc<App>, by: PersonId, proposal: Proposal) -> Result<EventNo, ApprovalsRefusal> {
    let mut desk = app.approvals.lock().await;
    let step = Step::of(app, by);
    let allowed = ready(&mut desk)?.ask(step.now, &step.people, by, &proposal);
    if !matches!(allowed, Ok(()) | Err(NotAsked::Incomplete)) {
        allowed?;
    }
    let intent = step.intend(Act::AskApproval, object(&proposal), &proposal.reason).await?;
    let event = BoxEvent::ApprovalAsked { by, proposal: proposal.clone() };
    let no = durable(app, step.now, event, None).await?;
    if let Err(why) = allowed {
        app.parts.journal.append(step.now, answered(no, ApprovalAnswer::Incomplete, None, ""));
        return Err(why.into());
    }
    ready(&mut desk)?.note_asked(no, step.now, by, proposal);
    intent.conclude(Outcome::Done);
    Ok(no)
}

/// Somebody grants or refuses an act, or withdraws their own.
///
/// # Errors
/// [`ApprovalsRefusal`].
pub(super) async fn answer(
    app: &Arc<App>,
    by: PersonId,
    no: EventNo,
    answer: ApprovalAnswer,
    reason: &str,
) -> Result<(), ApprovalsRefusal> {
    let mut desk = app.approvals.lock().await;
    let step = Step::of(app, by);
    let approvals = ready(&mut desk)?;
    let allowed = approvals.answer(step.now, &step.people, no, by, answer);
    let about = approvals.get(step.now, no).map(|open| object(&open.proposal)).unwrap_or_default();
    // What is refused is in the audit as well: somebody tried.
    let intent = step.intend(Act::AnswerApproval, format!("{} {no}: {about}", tag(answer)), reason).await?;
    allowed?;
    durable(app, step.now, answered(no, answer, Some(by), reason), Some(no)).await?;
    ready(&mut desk)?.note_answer(no, step.now, Some(by), answer);
    intent.conclude(Outcome::Done);
    Ok(())
}

/// Takes the grant for an act.
///
/// # Errors
/// [`ApprovalsRefusal`].
pub(super) async fn redeem(
    app: &Arc<App>,
    act: TwoPersonAct,
    object: &str,
) -> Result<ApprovalsReply, ApprovalsRefusal> {
    let mut desk = app.approvals.lock().await;
    let (now, people) = (app.now(), app.access().administrators());
    let (no, asked, granted) = ready(&mut desk)?.redeem(now, &people, act, object)?;
    durable(app, now, answered(no, ApprovalAnswer::Redeemed, None, ""), Some(no)).await?;
    ready(&mut desk)?.note_answer(no, now, None, ApprovalAnswer::Redeemed);
    Ok(ApprovalsReply::Redeemed { no, asked, granted })
}

/// Whether exactly this act is granted, and not redeemed yet. It stays so.
///
/// # Errors
/// [`ApprovalsRefusal::NotReady`].
pub(super) async fn is_granted(app: &App, act: TwoPersonAct, object: &str) -> Result<bool, ApprovalsRefusal> {
    let mut desk = app.approvals.lock().await;
    Ok(ready(&mut desk)?.granted(app.now(), act, object).is_some())
}

/// What is open, oldest first.
///
/// # Errors
/// [`ApprovalsRefusal::NotReady`].
pub(super) async fn open(app: &App) -> Result<Vec<(EventNo, Approval)>, ApprovalsRefusal> {
    let mut desk = app.approvals.lock().await;
    let open = ready(&mut desk)?.open(app.now()).map(|(no, approval)| (no, approval.clone()));
    Ok(open.collect())
}

/// Until when something stays as it is.
pub(super) fn until(approval: &Approval, now: Stamp) -> Utc {
    let left = approval.left(now).unwrap_or_default().as_micros();
    Utc::from_us(now.utc.as_us().saturating_add(i64::try_from(left).unwrap_or(i64::MAX)))
}

/// Shows that a member is who is signed in, with their own password, and a fresh code of their second factor.
///
/// # Errors
/// [`ApprovalsRefusal`].
pub(super) async fn confirm_member(
    app: &App,
    member: &Member,
    password: &str,
    code: &str,
) -> Result<PersonId, ApprovalsRefusal> {
    let password = Password::typed(password).map_err(|_| ApprovalsRefusal::Credentials)?;
    let _turn = app.turns.wait(Some(member.who.person)).await.map_err(|Busy| ApprovalsRefusal::Busy)?;
    let begun = app.access().begin_confirm(app.now().time, &member.token, &member.visitor.from);
    let begun = begun.map_err(|locked| ApprovalsRefusal::LockedOut(locked.0.as_secs().max(1)))?;
    confirmed(app, begun.ok_or(ApprovalsRefusal::Credentials)?, password, code).await
}

/// Shows that whoever asks from the command line is whom they name.
///
/// # Errors
/// [`ApprovalsRefusal`].
pub(super) async fn confirm_visitor(app: &App, by: &Credentials) -> Result<PersonId, ApprovalsRefusal> {
    let typed = (SignInName::parse(&by.name), Password::typed(&by.password.0));
    let (Ok(name), Ok(password)) = typed else { return Err(ApprovalsRefusal::Credentials) };
    let _turn = app.turns.wait(None).await.map_err(|Busy| ApprovalsRefusal::Busy)?;
    let begun = app.access().begin_at_console(app.now().time, &name, by.uid);
    let begun = begun.map_err(|locked| ApprovalsRefusal::LockedOut(locked.0.as_secs().max(1)))?;
    let code = by.code.as_ref().map(|code| code.0.as_str()).unwrap_or_default();
    confirmed(app, begun, password, code).await
}

async fn confirmed(
    app: &App,
    begun: access::SignIn,
    password: Password,
    code: &str,
) -> Result<PersonId, ApprovalsRefusal> {
    let (mut attempt, matches) = compare(begun, password).await;
    show_code(app, &mut attempt, matches, code);
    let person = app.access().confirm(app.now().time, attempt, matches);
    app.tell_access();
    person.ok_or(ApprovalsRefusal::Credentials)
}

/// Serves the command line and the other planes, one after the other, until every asker is gone.
pub(super) async fn serve(app: Arc<App>, mut requests: Requests<ApprovalsRequest, ApprovalsReply>) {
    while let Some(Asked { request, reply }) = requests.recv().await {
        let answer = serve_one(&app, request).await.unwrap_or_else(ApprovalsReply::Refused);
        // Who asked may have gone meanwhile.
        let _ = reply.send(answer);
    }
}

async fn serve_one(app: &Arc<App>, request: ApprovalsRequest) -> Result<ApprovalsReply, ApprovalsRefusal> {
    match request {
        ApprovalsRequest::List => Ok(ApprovalsReply::Open(list(app).await?)),
        ApprovalsRequest::Ask { by, proposal } => {
            let by = confirm_visitor(app, &by).await?;
            ask(app, by, proposal).await.map(ApprovalsReply::Asked)
        }
        ApprovalsRequest::Answer { by, no, answer: wanted, reason } => {
            let by = confirm_visitor(app, &by).await?;
            answer(app, by, no, wanted, &reason).await.map(|()| ApprovalsReply::Answered)
        }
        // Until the three have had accounts, the owner alone says who is which administrator, and sets the box up.
        ApprovalsRequest::Redeem { act: TwoPersonAct::Administrator | TwoPersonAct::LessEvidence, .. }
            if !app.access().are_separated() =>
        {
            Ok(ApprovalsReply::OneIsEnough)
        }
        ApprovalsRequest::Redeem { act, object } => redeem(app, act, &object).await,
    }
}

async fn list(app: &App) -> Result<Vec<ApprovalNow>, ApprovalsRefusal> {
    let now = app.now();
    let name = |person| app.name_of(person).unwrap_or_else(|| person.to_string());
    let open = open(app).await?;
    let about = approval_about::about(app, &open, Language::English).await.map_err(|_| ApprovalsRefusal::NotReady)?;
    let row = |((no, open), about): ((EventNo, Approval), About)| ApprovalNow {
        about,
        no,
        by: name(open.by),
        asked: open.asked.utc,
        until: until(&open, now),
        granted: open.granted.map(|(second, _)| name(second)),
        proposal: open.proposal,
    };
    Ok(open.into_iter().zip(about).map(row).collect())
}

/// Reads what was open, once the index has caught up; tells what is over.
pub(super) async fn tend(app: &Arc<App>) {
    let mut desk = app.approvals.lock().await;
    if desk.is_none() {
        *desk = read(app).await;
    }
    let Some(approvals) = desk.as_mut() else { return };
    let now = app.now();
    for no in approvals.expired(now) {
        app.parts.journal.append(now, answered(no, ApprovalAnswer::Expired, None, ""));
        approvals.note_answer(no, now, None, ApprovalAnswer::Expired);
    }
}

async fn read(app: &App) -> Option<Approvals> {
    app.parts.journal.settle().await.ok()?;
    let index = app.parts.index.clone();
    match spawn_blocking(move || IndexReader::open(&index)?.approvals()).await {
        Ok(Ok(approvals)) => Some(approvals),
        other => {
            tracing::warn!(?other, "acts that wait for a second person can't be read yet");
            None
        }
    }
}

fn ready<'d>(desk: &'d mut MutexGuard<'_, Option<Approvals>>) -> Result<&'d mut Approvals, ApprovalsRefusal> {
    desk.as_mut().ok_or(ApprovalsRefusal::NotReady)
}

/// Makes an event durable. One that becomes so only later was told to nobody: what it is about is over then.
async fn durable(
    app: &Arc<App>,
    now: Stamp,
    event: BoxEvent,
    about: Option<EventNo>,
) -> Result<EventNo, ApprovalsRefusal> {
    let mut durable = app.parts.journal.append_durable(now, event);
    let late = match timeout(DURABLE_WITHIN, &mut durable).await {
        Ok(Ok(Ok(no))) => return Ok(no),
        Ok(Ok(Err(refused))) => refused.no,
        Ok(Err(_)) => None,
        Err(_) => {
            let app = Arc::clone(app);
            tokio::spawn(async move {
                let late = durable.await.ok().and_then(|durable| durable.map_or_else(|refused| refused.no, Some));
                give_up(&app, late.map(|no| about.unwrap_or(no))).await;
            });
            return Err(ApprovalsRefusal::NotAudited);
        }
    };
    // The desk is held here.
    tokio::spawn({
        let app = Arc::clone(app);
        async move { give_up(&app, late.map(|no| about.unwrap_or(no))).await }
    });
    Err(ApprovalsRefusal::NotAudited)
}

async fn give_up(app: &App, no: Option<EventNo>) {
    let Some(no) = no else { return };
    let now = app.now();
    app.parts.journal.append(now, answered(no, ApprovalAnswer::Expired, None, ""));
    if let Some(approvals) = app.approvals.lock().await.as_mut() {
        approvals.note_answer(no, now, None, ApprovalAnswer::Expired);
    }
}

fn answered(asked: EventNo, answer: ApprovalAnswer, by: Option<PersonId>, reason: &str) -> BoxEvent {
    BoxEvent::ApprovalAnswered { asked, answer, by, reason: reason.to_owned() }
}

/// What the audit names it.
fn object(proposal: &Proposal) -> String {
    format!("{}: {}", proposal.act.tag(), proposal.object)
}

const fn tag(answer: ApprovalAnswer) -> &'static str {
    match answer {
        ApprovalAnswer::Granted => "grant",
        ApprovalAnswer::Refused => "refuse",
        ApprovalAnswer::Withdrawn => "withdraw",
        ApprovalAnswer::Expired | ApprovalAnswer::Incomplete | ApprovalAnswer::Redeemed => "",
    }
}
