//! Holds and erasing: what is held and by whom, what must go, what waits, and the forms for each.

use std::sync::Arc;

use access::{Permission, TwoPersonAct};
use askama::Template;
use axum::{
    extract::{Query, State, rejection::QueryRejection},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use frame::{EventNo, PersonId, Utc};
use serde::Deserialize;
use vault::{Hold, HoldSearch, Stretch};

use super::{
    app::App,
    approvals,
    fault::{Fault, render},
    keeping_desk,
    moment::Moment,
    sent::{self, Sent},
    shell::Shell,
    visitor::Member,
};
use crate::{
    handles::{
        DueNow, KeepingNow, KeepingRefusal, KeepingReply, KeepingRequest, LossesNow, PlacedNow, RangeNow, lift_object,
    },
    words::{
        Language, approval,
        keeping::{self as words, Keeping},
        page::Page,
    },
};

/// How many recordings of a list the page shows; the object says how many there are.
const ROWS: usize = 50;

#[derive(Template)]
#[template(path = "keeping.html", config = "src/admin/web/askama.toml")]
struct KeepingPage {
    shell: Shell,
    sums: String,
    disk: String,
    time: Option<Moment>,
    clock: Moment,
    holds: Vec<HoldRow>,
    due: Option<Due>,
    /// Lists that are granted and not begun.
    granted: Vec<(String, String)>,
    lists: Vec<ListRow>,
    /// What would go with a stretch that somebody asks about.
    stretch: Option<StretchNow>,
    /// Stretches that are granted: each in words, and its line.
    granted_stretches: Vec<(String, String)>,
    may_erase_stretch: bool,
    /// Stretches that are agreed on and not erased yet: the event, what, and whether nobody can take it back.
    ranges: Vec<(EventNo, String, bool)>,
    queues: Vec<String>,
    people: Vec<(PersonId, String)>,
    may_lift: bool,
    may_erase: bool,
    /// Why nothing is erased for now.
    stands_still: Option<String>,
    /// What can't be erased: the call, and why.
    /// The call, as far as it is known, the recording, and why.
    not_erased: Vec<(Option<String>, String, String)>,
    /// How many more there are.
    not_erased_more: Option<String>,
    /// What the log lost and nobody has acknowledged.
    lost: Option<Lost>,
    /// What it lost and two people have.
    acknowledged: Vec<String>,
    may_acknowledge: bool,
    note: Option<String>,
    wrong: Option<String>,
}

impl KeepingPage {
    fn say(&self, sentence: Keeping) -> String {
        sentence.say(self.shell.language)
    }
}

struct HoldRow {
    no: EventNo,
    what: String,
    by: String,
    when: Option<Moment>,
    reason: String,
    object: String,
    is_granted: bool,
}

struct Due {
    count: String,
    object: String,
    rows: Vec<(String, String)>,
    has_more: bool,
}

struct Lost {
    object: String,
    rows: Vec<String>,
    more: Option<String>,
    is_granted: bool,
}

/// What would go with a stretch.
struct StretchNow {
    what: String,
    packages: Option<String>,
    object: String,
}

struct ListRow {
    no: EventNo,
    what: String,
    until: Moment,
}

/// What became of a form, said.
enum Became {
    Done(String),
    /// It is done, and that is not all.
    But(String),
    Wrong(String),
}

/// A stretch of a call's recording, as the page of the call sends it.
#[derive(Deserialize)]
pub(super) struct StretchForm {
    call: String,
    from: String,
    to: String,
}

/// `GET /keeping`
pub(super) async fn show(
    State(app): State<Arc<App>>,
    member: Member,
    asks: Result<Query<StretchForm>, QueryRejection>,
) -> Result<Response, Fault> {
    member.must(Permission::SeeApprovals)?;
    // Without all of its fields it is the page alone.
    let Ok(Query(form)) = asks else { return page(&app, &member, None).await };
    match stretch(&app, &form, member.visitor.language).await {
        Ok(stretch) => page_with(&app, &member, None, Some(stretch)).await,
        Err(why) => {
            let wrong = words::refusal(why).say(member.visitor.language);
            page(&app, &member, Some(Became::Wrong(wrong))).await
        }
    }
}

/// What would go with a stretch. The last second that is meant goes, too, as on the command line.
async fn stretch(app: &App, form: &StretchForm, language: Language) -> Result<StretchNow, KeepingRefusal> {
    let call = form.call.parse().map_err(|_| KeepingRefusal::NotThere)?;
    let moment = |text: &str| approval::seconds(text.trim()).ok_or(KeepingRefusal::RangeWrong);
    let meant = Stretch { from_s: moment(&form.from)?, to_s: moment(&form.to)?.saturating_add(1) };
    match app.parts.keeping.ask_for_long(KeepingRequest::LookAtRange { call, meant }).await {
        Ok(KeepingReply::Range(RangeNow { object, packages })) => {
            let names = packages.join(", ");
            let packages = (!packages.is_empty()).then(|| Keeping::RangeInPackages { packages: names }.say(language));
            Ok(StretchNow { what: approval::range(&object).say(language), packages, object })
        }
        Ok(KeepingReply::Refused(why)) => Err(why),
        Ok(_) | Err(_) => Err(KeepingRefusal::NotReady),
    }
}

async fn page(app: &Arc<App>, member: &Member, became: Option<Became>) -> Result<Response, Fault> {
    page_with(app, member, became, None).await
}

async fn page_with(
    app: &Arc<App>,
    member: &Member,
    became: Option<Became>,
    stretch: Option<StretchNow>,
) -> Result<Response, Fault> {
    member.must(Permission::SeeApprovals)?;
    let language = member.visitor.language;
    let mut shell = Shell::inside_titled(app, member, Keeping::Title.say(language)).await?;
    "/keeping".clone_into(&mut shell.path);
    let now = overview(app, language).await?;
    let counters = app.read_index(language, |index| index.counters(Utc::from_us(0))).await?;
    let sums = Keeping::Sums {
        due: counters.due,
        recorded: counters.recorded,
        incomplete: counters.incomplete,
        missing: counters.missing,
    };
    let open = approvals::open(app).await.map_err(|_| Fault::unavailable(language, Page::IndexUnreadable))?;
    let granted: Vec<(TwoPersonAct, String)> = open
        .into_iter()
        .filter(|(_, open)| open.granted.is_some())
        .map(|(_, open)| (open.proposal.act, open.proposal.object))
        .collect();
    let placed = keeping_desk::how_placed(app, now.holds.clone()).await?;
    let holds = placed.into_iter().map(|placed| hold_row(app, placed, &granted, language)).collect();
    let (status, note, wrong) = match became {
        Some(Became::Done(note)) => (StatusCode::OK, Some(note), None),
        Some(Became::But(wrong)) => (StatusCode::OK, None, Some(wrong)),
        Some(Became::Wrong(wrong)) => (StatusCode::UNPROCESSABLE_ENTITY, None, Some(wrong)),
        None => (StatusCode::OK, None, None),
    };
    let (administrators, who) = (app.access().administrators(), member.who.person);
    let settings = Arc::clone(&app.parts.settings.borrow());
    let lost = now.lost.map(|lost| lost_of(lost, &granted, language));
    let of_stretches = granted.iter().filter(|(act, _)| *act == TwoPersonAct::EraseRange);
    let in_words = |object: &str| Keeping::GrantedStretch { what: approval::range(object).say(language) }.say(language);
    let granted_stretches = of_stretches.map(|(_, object)| (in_words(object), object.clone())).collect();
    let of_lists = granted.into_iter().filter(|(act, _)| *act == TwoPersonAct::EraseDue);
    let granted = of_lists.map(|(_, object)| (Keeping::Granted { object: object.clone() }.say(language), object));
    let not_erased = now.not_erased.iter().take(ROWS);
    let not_erased_more = now.not_erased.len().checked_sub(ROWS).filter(|more| *more > 0);
    let disk = if now.is_disk_encrypted { Keeping::OnEncryptedDisk } else { Keeping::OnOpenDisk };
    let page = KeepingPage {
        shell,
        sums: sums.say(language),
        disk: disk.say(language),
        time: now.time.map(Moment::date),
        clock: Moment::date(app.now().utc),
        holds,
        due: now.due.map(|due| due_of(due, language)),
        granted: granted.collect(),
        stretch,
        granted_stretches,
        may_erase_stretch: administrators.may_ask(who, TwoPersonAct::EraseRange),
        lists: now.lists.iter().map(|list| list_row(list, language)).collect(),
        ranges: now.ranges.iter().map(|range| (range.no, words::range(range, language), range.has_begun)).collect(),
        queues: settings.queues.iter().map(|queue| queue.name.clone()).collect(),
        people: settings.people.iter().map(|person| (person.id, person.name.clone())).collect(),
        may_lift: administrators.may_ask(who, TwoPersonAct::LiftHold),
        may_erase: administrators.may_ask(who, TwoPersonAct::EraseDue),
        stands_still: now.stands_still.map(|why| words::refusal(why).say(language)),
        not_erased: not_erased.map(|row| not_erased_row(row, language)).collect(),
        lost,
        acknowledged: words::losses(&now.acknowledged, language).collect(),
        may_acknowledge: administrators.may_ask(who, TwoPersonAct::AcknowledgeLosses),
        not_erased_more: not_erased_more.map(|count| Keeping::MoreNotErased { count }.say(language)),
        note,
        wrong,
    };
    Ok((status, render(&page)).into_response())
}

async fn overview(app: &App, language: Language) -> Result<KeepingNow, Fault> {
    match app.parts.keeping.ask_for_long(KeepingRequest::Overview).await {
        Ok(KeepingReply::Now(now)) => Ok(*now),
        _ => Err(Fault::unavailable(language, Page::IndexUnreadable)),
    }
}

fn hold_row(app: &App, placed: PlacedNow, granted: &[(TwoPersonAct, String)], language: Language) -> HoldRow {
    let PlacedNow { no, hold, by, at, reason, .. } = placed;
    let name = |person: PersonId| app.name_of(person).unwrap_or_else(|| person.to_string());
    let object = lift_object(no);
    let is_granted = granted.iter().any(|(act, of)| *act == TwoPersonAct::LiftHold && *of == object);
    // A hold whose event can't be found has no moment.
    let when = (at != Utc::from_us(0)).then(|| Moment::date(at));
    HoldRow { no, what: words::hold(&hold, &name, language), by, when, reason, object, is_granted }
}

fn due_of(due: DueNow, language: Language) -> Due {
    let row = |row: &crate::handles::DueRow| {
        let why = Keeping::DueRow { rule: row.rule.clone(), day: row.day.to_string() };
        (row.call.to_string(), why.say(language))
    };
    Due {
        count: Keeping::Due { count: due.recordings.len() }.say(language),
        rows: due.recordings.iter().take(ROWS).map(row).collect(),
        object: if due.recordings.is_empty() { String::new() } else { due.object },
        has_more: due.has_more,
    }
}

fn not_erased_row(row: &crate::handles::NotErasedRow, language: Language) -> (Option<String>, String, String) {
    let begun = row.has_begun.then(|| Keeping::HasBegun.say(language));
    let words: Vec<String> = [words::not_erased(row, language)].into_iter().chain(begun).collect();
    (row.call.map(|call| call.to_string()), row.recording.to_string(), words.join(" "))
}

fn lost_of(lost: LossesNow, granted: &[(TwoPersonAct, String)], language: Language) -> Lost {
    let LossesNow { object, losses, more } = lost;
    let is_granted = granted.iter().any(|(act, of)| *act == TwoPersonAct::AcknowledgeLosses && *of == object);
    let more = (more > 0).then(|| Keeping::MoreLost { count: more }.say(language));
    // Two people sign for all of it, so all of it is there to be read.
    Lost { object, rows: words::losses(&losses, language).collect(), more, is_granted }
}

fn list_row(list: &crate::handles::ListNow, language: Language) -> ListRow {
    let what = Keeping::List { no: list.no.0, recordings: list.recordings };
    ListRow { no: list.no, what: what.say(language), until: Moment::date(list.until) }
}

#[derive(Deserialize)]
pub(super) struct KeepingForm {
    token: String,
    act: String,
    reason: String,
    /// The hold or list.
    #[serde(default)]
    no: String,
    /// The list to begin.
    #[serde(default)]
    object: String,
    #[serde(default)]
    call: String,
    #[serde(default)]
    queue: String,
    #[serde(default)]
    person: String,
    #[serde(default)]
    number: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    until: String,
}

/// `POST /keeping`
pub(super) async fn act(
    State(app): State<Arc<App>>,
    member: Member,
    Sent(form): Sent<KeepingForm>,
) -> Result<Response, Fault> {
    member.must_have_sent(&form.token)?;
    member.must(Permission::SeeApprovals)?;
    let language = member.visitor.language;
    let request = match request(&app, &member, &form) {
        Ok(request) => request,
        Err(Some(why)) => return page(&app, &member, Some(Became::Wrong(why.say(language)))).await,
        Err(None) => return Err(Fault::refused(language, Page::Forbidden)),
    };
    let became = match app.parts.keeping.ask_for_long(request).await {
        Ok(KeepingReply::Done(_)) => Became::Done(Keeping::Done.say(language)),
        Ok(KeepingReply::TooLateFor { recordings, .. }) => {
            Became::But(Keeping::TooLateFor { recordings }.say(language))
        }
        Ok(KeepingReply::Refused(why)) => Became::Wrong(words::refusal(why).say(language)),
        Ok(KeepingReply::Now(_) | KeepingReply::Range(_)) | Err(_) => {
            Became::Wrong(words::refusal(KeepingRefusal::NotReady).say(language))
        }
    };
    page(&app, &member, Some(became)).await
}

/// What a form asks for; what is wrong with it, or nothing where the role does not.
fn request(app: &App, member: &Member, form: &KeepingForm) -> Result<KeepingRequest, Option<Keeping>> {
    let by = member.who.person;
    let reason = sent::reason(&form.reason).ok_or(Some(Keeping::ReasonMissing))?;
    let no = || form.no.parse().map(EventNo).map_err(|_| Some(Keeping::NotThere));
    let request = match form.act.as_str() {
        "place" => KeepingRequest::PlaceHold { hold: hold(form).ok_or(Some(Keeping::SaysNothing))?, by, reason },
        "lift" => KeepingRequest::LiftHold { hold: no()?, by, reason },
        "erase" => KeepingRequest::Erase { object: form.object.clone(), by, reason },
        "erase-range" => KeepingRequest::EraseRange { object: form.object.clone(), by, reason },
        "acknowledge" => KeepingRequest::AcknowledgeLosses { object: form.object.clone(), by, reason },
        "cancel" => KeepingRequest::Cancel { list: no()?, by, reason },
        "time" => KeepingRequest::ConfirmTime { by, reason },
        _ => return Err(None),
    };
    keeping_desk::may(app, by, &request).then_some(request).ok_or(None)
}

/// The hold of a form; none where a field is not as it has to be, or none says anything.
fn hold(form: &KeepingForm) -> Option<Hold> {
    let text = |field: &str| Some(field.trim().to_owned()).filter(|field| !field.is_empty());
    if let Some(call) = text(&form.call) {
        return call.parse().ok().map(Hold::Call);
    }
    let number = text(&form.number);
    let search = HoldSearch {
        queue: text(&form.queue),
        person: text(&form.person)
            .map(|person| person.parse().map(PersonId).ok())
            .map_or(Some(None), |id| id.map(Some))?,
        number: number.filter(|number| number.bytes().all(|digit| digit.is_ascii_digit())),
        from: text(&form.from).map(|day| day.parse().ok()).map_or(Some(None), |day| day.map(Some))?,
        until: text(&form.until).map(|day| day.parse().ok()).map_or(Some(None), |day| day.map(Some))?,
    };
    let is_number_wrong = text(&form.number).is_some() && search.number.is_none();
    let hold = Hold::Search(search);
    (hold.says_something() && !is_number_wrong).then_some(hold)
}
