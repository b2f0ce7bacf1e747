//! A call's story, line by line: its events as sentences, the first with its time, the rest with their distance from it.

use call::CallEvent;
use frame::{EventNo, PersonId, Stamp, Utc};
use vault::{Range, RangeObject, Tombstone};

use super::moment::Moment;
use crate::{
    journal::{Act, Actor, BoxEvent, Event, Outcome, Record},
    words::{
        self, Language, Names,
        kept::{Kept, not_erased},
        page::Page,
    },
};

/// One line of a story.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) class: &'static str,
    pub(super) at: At,
    pub(super) text: String,
}

/// When it was.
#[derive(Debug)]
pub(super) enum At {
    /// The first line: the moment.
    Moment(Moment),
    /// Seconds after the first line.
    After(String),
    /// Something that was done with the call later: the moment with its date.
    Later(Moment),
}

/// What a person is called.
pub(super) type People<'a> = &'a dyn Fn(PersonId) -> Option<String>;

/// The story that these events tell, and nothing else. What somebody did to the recording later stands at its own time.
pub(super) fn lines(records: &[Record], language: Language, names: &dyn Names, people: People<'_>) -> Vec<Line> {
    let Some(first) = records.first() else { return Vec::new() };
    let line = |record: &Record| match record.event() {
        Some(Event::Box(BoxEvent::AuditIntent { by, act, object, reason, .. })) => {
            let who = who(*by, language, people);
            Some(audited(record, who, *act, object, reason, outcome(records, record.no), language))
        }
        // It stands with its intent.
        Some(Event::Box(BoxEvent::AuditOutcome { .. })) => None,
        _ => Some(line(record, &first.stamp, language, names)),
    };
    records.iter().filter_map(line).collect()
}

/// What became of an intent; none while that is open.
fn outcome(records: &[Record], of: EventNo) -> Option<Outcome> {
    records.iter().find_map(|record| match record.event() {
        Some(Event::Box(BoxEvent::AuditOutcome { intent, outcome, .. })) if *intent == of => Some(*outcome),
        _ => None,
    })
}

/// What an actor is called.
pub(super) fn who(by: Actor, language: Language, people: People<'_>) -> String {
    match by {
        Actor::Person(person) => people(person).unwrap_or_else(|| Page::PersonNo { no: person.0 }.say(language)),
        Actor::Console => Page::AtTheConsole.say(language),
        Actor::User { uid } => Page::UserAtTheConsole { uid }.say(language),
        Actor::Box => Page::TheBox.say(language),
    }
}

/// What became of an intent: the colour and the word.
pub(super) fn became(outcome: Option<Outcome>, language: Language) -> (&'static str, String) {
    let (class, became) = match outcome {
        Some(Outcome::Done) => ("dial", Page::AuditDone),
        Some(Outcome::Failed) => ("off", Page::AuditFailed),
        Some(Outcome::Unknown) => ("alarm", Page::AuditUnknown),
        None => ("hold", Page::AuditUnderWay),
    };
    (class, became.say(language))
}

fn audited(
    record: &Record,
    who: String,
    act: Act,
    object: &str,
    reason: &str,
    outcome: Option<Outcome>,
    language: Language,
) -> Line {
    let ((class, became), reason) = (became(outcome, language), reason.to_owned());
    let text = match act {
        Act::TellRetentionEvent => {
            let sentence = Kept::AskedToTell { who, object: object.to_owned(), reason, became };
            return Line { class, at: At::Later(Moment::date(record.stamp.utc)), text: sentence.say(language) };
        }
        Act::OpenRecording | Act::BreakGlass => Page::AskedToListen { who, reason, became },
        Act::RevealNumber => Page::AskedForNumbers { who, reason, became },
        Act::KeepCaller => Page::AskedToKeepCaller { who, reason, became },
        Act::Supervise => Page::AskedToSupervise { who, became },
        Act::CheckRecording => Page::AskedToCheck { who, became },
        Act::EraseRange => Page::AskedToEraseRange { who, reason, became },
        Act::ApplySettings
        | Act::ChangePerson
        | Act::InvitePerson
        | Act::WithdrawInvitation
        | Act::SignOutPerson
        | Act::LockPerson
        | Act::UnlockPerson
        | Act::EndHoldUp
        | Act::DropSecondFactor
        | Act::ResetGreeting
        | Act::ExportTrace
        | Act::FindNumber
        | Act::RestartSpan
        | Act::TakeOutOfService
        | Act::TestPort
        | Act::LearnPort
        | Act::HearMail
        | Act::PutIntoService
        | Act::PlaceHold
        | Act::LiftHold
        | Act::EraseDue
        | Act::AcknowledgeLosses
        | Act::CancelErasure
        | Act::ConfirmTime
        | Act::Export
        | Act::TakeExport
        | Act::RemoveExport
        | Act::ReviewGlass
        | Act::AskApproval
        | Act::AnswerApproval
        | Act::ChangeVaultKeys
        | Act::RestoreVault
        | Act::Reset => Page::UnknownEvent { no: record.no.0 },
    };
    Line { class, at: At::Later(Moment::date(record.stamp.utc)), text: text.say(language) }
}

fn line(record: &Record, began: &Stamp, language: Language, names: &dyn Names) -> Line {
    let at = if record.stamp == *began {
        At::Moment(Moment::time(record.stamp.utc))
    } else {
        At::After(format!("+{:.1} s", record.stamp.since(began).as_secs_f64()))
    };
    let text = match record.event() {
        Some(Event::Call(event)) => words::story(event, language, names),
        Some(Event::Box(BoxEvent::RetentionEventTold { event, day, .. })) => {
            Kept::Told { event: event.clone(), day: day.clone() }.say(language)
        }
        Some(Event::Box(BoxEvent::ErasureFailed { why, range, .. })) => {
            of_stretch(*range, not_erased(*why).say(language), language)
        }
        Some(Event::Box(event)) => {
            let range = match event {
                BoxEvent::CopyToErase { range, .. } | BoxEvent::CopyErased { range, .. } => *range,
                _ => None,
            };
            of_stretch(range, recording(event, record.no.0, language).say(language), language)
        }
        None => Page::UnknownEvent { no: record.no.0 }.say(language),
    };
    Line { class: class(record.event()), at, text }
}

/// What is so of a stretch of the recording alone.
fn of_stretch(range: Option<EventNo>, what: String, language: Language) -> String {
    match range {
        None => what,
        Some(EventNo(list)) => Page::OfStretch { list, what }.say(language),
    }
}

/// What the recorder told about the call's recording.
fn recording(event: &BoxEvent, no: u64, language: Language) -> Page {
    let length = |ms: u64| words::duration(language, std::time::Duration::from_millis(ms));
    if let BoxEvent::GlassBroken { reason, .. } = event {
        return Page::GlassBroken { reason: reason.clone() };
    }
    if let BoxEvent::RecordingSealedFor { compartment, .. } = event {
        return Page::RecordingSealedFor { compartment: compartment.clone() };
    }
    if let BoxEvent::RangeAgreed { object, .. } = event {
        return range_agreed(object, no);
    }
    if let BoxEvent::RangeErased { document, .. } = event {
        return range_erased(document, no);
    }
    match *event {
        BoxEvent::RecordingChecked { fits: true, .. } => Page::RecordingFits,
        BoxEvent::RecordingChecked { .. } => Page::RecordingDoesNotFit,
        BoxEvent::RecordingFinished { seconds, .. } => {
            Page::RecordingSealed { length: words::whole_seconds(language, seconds) }
        }
        BoxEvent::RecordingCut { kept_ms, .. } => Page::RecordingCut { kept: length(kept_ms) },
        BoxEvent::MailRecovered { ref extension, ms, .. } => {
            Page::MailRecovered { extension: extension.clone(), kept: length(ms.into()) }
        }
        BoxEvent::MailGap { ms, .. } => Page::MailGap { lasts: length(ms.into()) },
        BoxEvent::RecordingMissed { .. } => Page::RecordingMissed,
        BoxEvent::RecordingErased { .. } => Page::RecordingErased,
        BoxEvent::CopyToErase { ref copy, .. } => Page::CopyToErase { copy: copy.clone() },
        BoxEvent::CopyErased { ref copy, ciphertext_until_us: None, .. } => Page::CopyErased { copy: copy.clone() },
        BoxEvent::CopyErased { ref copy, ciphertext_until_us: Some(until), .. } => {
            Page::CopyErasedLeased { copy: copy.clone(), until: words::date_time(Utc::from_us(until)) }
        }
        BoxEvent::CopyFreed { ref copy, .. } => Page::CopyFreed { copy: copy.clone() },
        BoxEvent::ErasureDropped { hold, .. } => {
            hold.map_or(Page::ErasureDropped, |hold| Page::ErasureHeld { hold: hold.0 })
        }
        BoxEvent::RecordingGapped { gap_ms: 0, .. } => Page::RecordingGapBegan,
        BoxEvent::RecordingGapped { gap_ms, .. } => Page::RecordingGapped { length: length(gap_ms) },
        _ => Page::UnknownEvent { no },
    }
}

/// What two people agreed to erase, in words.
fn range_agreed(object: &str, no: u64) -> Page {
    let Ok(RangeObject { meant, gone, .. }) = object.parse() else { return Page::UnknownEvent { no } };
    let (meant, gone) = (words::approval::stretch(meant), words::approval::stretch(gone));
    Page::RangeAgreed { meant, gone }
}

fn range_erased(document: &str, no: u64) -> Page {
    let Ok(Tombstone { range: Some(Range { gone, .. }), asked, granted, rule, .. }) = Tombstone::parse(document) else {
        return Page::UnknownEvent { no };
    };
    Page::RangeErased { gone: words::approval::stretch(gone), asked: asked.0, granted: granted.0, reason: rule }
}

fn class(event: Option<&Event>) -> &'static str {
    use CallEvent as E;
    match event {
        Some(Event::Call(event)) => match event {
            E::Began { .. }
            | E::Dialled { .. }
            | E::LegBegan { .. }
            | E::LegPlaced { .. }
            | E::CallerTold { .. }
            | E::Diverted { .. }
            | E::WantedTold { .. }
            | E::UserUserTold { .. }
            | E::NoticeTold { .. }
            | E::TextTold { .. }
            | E::DivertedTo { .. }
            | E::LegRinging { .. }
            | E::Offered { .. } => "ring",
            E::LegAnswered { .. }
            | E::AnswerTold { .. }
            | E::Joined { .. }
            | E::Retrieved { .. }
            | E::ConferenceBegan { .. }
            | E::PartyTold { .. }
            | E::SoundHeard { .. }
            | E::Bridged { .. }
            | E::RecordingBegan { .. }
            | E::Readopted { .. } => "talk",
            E::CallBackAsked { .. } | E::CallBackBegan { .. } => "dial",
            E::FlowEntered { .. }
            | E::PromptBegan { .. }
            | E::MenuChosen { .. }
            | E::ConsentAsked { .. }
            | E::DigitsTaken { .. }
            | E::MaskingBegan { .. }
            | E::MaskingEnded { .. }
            | E::MaskingEndAsked { .. }
            | E::EndAsked { .. }
            | E::SupervisionBegan { .. }
            | E::SupervisionChanged { .. }
            | E::SupervisionEnded { .. } => "dial",
            E::Queued { .. } | E::Dequeued { .. } | E::Held { .. } => "hold",
            E::RuleSpoils { .. }
            | E::MenuInvalid { .. }
            | E::MenuTimedOut { .. }
            | E::OfferEnded { .. }
            | E::SupervisionRefused { .. } => "off",
            E::RecordingMissing { .. }
            | E::Preempted { .. }
            | E::MaliciousCallTold { .. }
            | E::MaliciousCallMarked { .. } => "alarm",
            E::HandedOver { .. }
            | E::HandOverRefused { .. }
            | E::NotJoined { .. }
            | E::Charged { .. }
            | E::TariffTold { .. }
            | E::MaliciousCallAnswered { .. }
            | E::CallBackAnswered { .. }
            | E::CallBackOver { .. }
            | E::CallBacksDropped { .. }
            | E::ConferenceLeft { .. }
            | E::Transferred { .. }
            | E::TransferReturned { .. }
            | E::BackToQueue { .. }
            | E::Waits { .. }
            | E::WaitingTaken { .. }
            | E::HeldForOther { .. }
            | E::LineFlashed { .. }
            | E::NoWrapUp { .. }
            | E::ServiceSet { .. }
            | E::ServiceRefused { .. }
            | E::ServiceAsked { .. }
            | E::NotForwarded { .. }
            | E::NotDisturbed { .. }
            | E::Forwarded { .. }
            | E::WrapUpEnded { .. }
            | E::NoAgent { .. }
            | E::AgentSet { .. }
            | E::TelephoneLocked { .. }
            | E::NotUnlocked { .. }
            | E::MailReached { .. }
            | E::MailLeft { .. }
            | E::MailOpened { .. }
            | E::MailHeard { .. }
            | E::MailDeleted { .. }
            | E::MailGreeting { .. }
            | E::MailRefused { .. }
            | E::TelephoneUnlocked { .. }
            | E::PickedUp { .. }
            | E::NothingPickedUp { .. }
            | E::Parked { .. }
            | E::TakenUp { .. }
            | E::NobodyParked { .. }
            | E::WentOver { .. }
            | E::NothingRedialled { .. }
            | E::Unbridged { .. }
            | E::FarEndGone { .. }
            | E::LegEnded { .. }
            | E::Ended { .. } => "idle",
        },
        Some(Event::Box(BoxEvent::RecordingFinished { .. } | BoxEvent::RecordingChecked { fits: true, .. })) => "talk",
        Some(Event::Box(_)) => "alarm",
        None => "idle",
    }
}
