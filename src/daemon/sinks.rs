//! Where telephony's facts and recording orders go: journal and recorder.

use std::sync::mpsc::Sender;

use access::LockedPeople;
use analog::port_test::Findings;
use call::{CallEvent, MailTold, Part, PinVerdict, Record, RecordingGap};
use frame::{LaneId, Law, PortId, RecordingId, SpanId, Stamp, Timeslot, TrackHandle};
use settings::Layout;
use tokio::{sync::mpsc::WeakUnboundedSender, task::spawn_blocking};
use vault::{ConferencePart, Mark, Sample};

use super::Timestamps;
use crate::{
    journal::{Act, Actor, Alarm, Audit, BoxEvent, Intend, JournalHandle, NotAudited, Outcome as AuditOutcome},
    mail::{MailOrders, Order},
    recorder::RecorderCommand,
    telephony::{Input, PinCheck, task},
};

/// The sinks of the running box.
pub(super) struct Sinks {
    pub(super) journal: JournalHandle,
    pub(super) recorder: Sender<RecorderCommand>,
    pub(super) timestamps: Timestamps,
    pub(super) layout: Layout,
    pub(super) audit: Audit,
    pub(super) locked: LockedPeople,
    pub(super) mail: MailOrders,
    /// Where what was looked at is told. Weak, so that telephony sees when all others are gone.
    pub(super) inputs: WeakUnboundedSender<Input>,
}

impl task::Sinks for Sinks {
    fn tell(&mut self, event: CallEvent) {
        self.journal.append(self.timestamps.now(), event);
    }

    fn check_pin(&mut self, check: PinCheck) {
        let (audit, locked, inputs) = (self.audit.clone(), self.locked.clone(), self.inputs.clone());
        tokio::spawn(async move {
            let (leg, person) = (check.leg, check.person);
            let verdict = look_at(check, &audit, &locked).await;
            // All senders are gone only when the box stops.
            if let Some(inputs) = inputs.upgrade() {
                let _ = inputs.send(Input::PinChecked { leg, person, verdict });
            }
        });
    }

    fn mail(&mut self, order: Order) -> Option<MailTold> {
        self.mail.give(order)
    }

    fn alarm(&mut self, alarm: Alarm, raised: bool) {
        let event = if raised { BoxEvent::AlarmRaised { alarm } } else { BoxEvent::AlarmCleared { alarm } };
        self.journal.append(self.timestamps.now(), event);
    }

    fn out_of_service(&mut self, span: SpanId, timeslots: Vec<Timeslot>) {
        self.journal.append(self.timestamps.now(), BoxEvent::OutOfService { span, timeslots });
    }

    fn port_tested(&mut self, port: PortId, nightly: bool, findings: Findings) {
        self.journal.append(self.timestamps.now(), BoxEvent::PortTested { port, nightly, findings });
    }

    fn now(&self) -> Stamp {
        self.timestamps.now()
    }

    fn mark(&mut self, recording: RecordingId, at: Option<Sample>, mark: Mark) {
        // Where the recorder is gone there is no map either, and the call's story says so.
        let _ = self.recorder.send(RecorderCommand::Mark { recording, at, mark });
    }

    fn record(&mut self, record: Record, track: Option<TrackHandle>) -> Option<Input> {
        let not_recorded = match record {
            Record::Begin { leg, .. } => Some(Input::NotRecorded(leg, RecordingGap::Restart)),
            Record::Transfer { .. }
            | Record::Consent { .. }
            | Record::Compartment { .. }
            | Record::SecretInput { .. }
            | Record::Hold { .. }
            | Record::Conference { .. }
            | Record::End { .. }
            | Record::Finish { .. } => None,
        };
        let law = |lane: LaneId| self.layout.span(lane.span).map(|span| span.law).unwrap_or_default();
        let command = recorder_command(record, track, self.timestamps.now(), law)?;
        // The recorder is gone only where its thread died; then the call goes on, marked.
        if self.recorder.send(command).is_err() { not_recorded } else { None }
    }
}

/// Whether a PIN fits; and where it does, not before the audit has what is about to be done.
async fn look_at(check: PinCheck, audit: &Audit, locked: &LockedPeople) -> PinVerdict {
    let (person, of, mail) = (check.person, check.of, check.mail.clone());
    if locked.has(person) {
        return PinVerdict::Locked;
    }
    if !spawn_blocking(move || check.fits()).await.unwrap_or(false) {
        return PinVerdict::Wrong;
    }
    let (act, object) = match (of, mail) {
        (Some(of), _) => (Act::Supervise, of.to_string()),
        (None, Some(extension)) => (Act::HearMail, extension),
        // Whose call it was stands in its story.
        (None, None) => return PinVerdict::Right,
    };
    let intend = Intend { by: Actor::Person(person), act, object, call: of, reason: String::new() };
    match audit.intend(intend).await {
        Ok(intent) => {
            // What comes of it, and until when, stands in the call's story.
            intent.conclude(AuditOutcome::Done);
            PinVerdict::Right
        }
        Err(NotAudited) => PinVerdict::NotAudited,
    }
}

/// The recorder's command for an order of call control. `law` is that of a lane's span.
pub fn recorder_command(
    record: Record,
    track: Option<TrackHandle>,
    stamp: Stamp,
    law: impl Fn(LaneId) -> Law,
) -> Option<RecorderCommand> {
    Some(match record {
        Record::Begin { recording, call, part, leg, lane } => {
            let (track, law) = (track?, law(lane));
            RecorderCommand::Begin { track, recording, call, part, leg, lane, law, stamp, tick: None }
        }
        Record::Compartment { recording, compartment } => RecorderCommand::Compartment { recording, compartment },
        Record::Transfer { recording, from, to } => mark(recording, Mark::Transfer { from, to }),
        Record::Consent { recording, leg, given } => mark(recording, Mark::Consent { leg, given }),
        Record::Hold { recording, leg, on: true } => mark(recording, Mark::HoldBegan { leg }),
        Record::Hold { recording, leg, on: false } => mark(recording, Mark::HoldEnded { leg }),
        Record::Conference { recording, leg, part: Some(part) } => {
            mark(recording, Mark::ConferenceJoined { leg, part: in_map(part) })
        }
        Record::Conference { recording, leg, part: None } => mark(recording, Mark::ConferenceLeft { leg }),
        Record::SecretInput { recording, leg, began: true } => mark(recording, Mark::SecretInputBegan { leg }),
        Record::SecretInput { recording, leg, began: false } => mark(recording, Mark::SecretInputEnded { leg }),
        Record::End { .. } => RecorderCommand::End { track: track?, tick: None },
        Record::Finish { recording } => RecorderCommand::Finish { recording, stamp },
    })
}

fn mark(recording: RecordingId, mark: Mark) -> RecorderCommand {
    RecorderCommand::Mark { recording, at: None, mark }
}

fn in_map(part: Part) -> ConferencePart {
    match part {
        Part::Speaks => ConferencePart::Speaks,
        Part::Coached => ConferencePart::Coached,
        Part::Coaches => ConferencePart::Coaches,
        Part::Listens => ConferencePart::Listens,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use access::{Accounts, Password, PasswordHash};
    use call::Pin;
    use frame::{LegId, LifeNo, PersonId};

    use super::*;
    use crate::journal::{JournalConfig, Limits, start};

    #[tokio::test]
    async fn a_locked_persons_pin_is_not_even_looked_at() {
        let dir = tempfile::tempdir().unwrap();
        let config = JournalConfig {
            events: dir.path().to_owned(),
            index: dir.path().join("index.db"),
            life: LifeNo(1),
            limits: Limits::default(),
            leaves: None,
            clock: Box::new(Stamp::default),
        };
        let audit = Audit::new(start(config).unwrap().0, Arc::new(Stamp::default));
        let check = |person| PinCheck {
            leg: LegId::new(LifeNo(1), 1),
            person,
            of: None,
            mail: None,
            pin: Pin::default(),
            hash: PasswordHash::of(&Password::typed("482915").unwrap(), [1; 16]).unwrap(),
        };
        let (chen, li, locked) = (PersonId(3), PersonId(4), LockedPeople::default());
        locked.take(&Accounts { locked: [chen].into(), ..Accounts::default() });
        assert_eq!(look_at(check(chen), &audit, &locked).await, PinVerdict::Locked);
        assert_eq!(look_at(check(li), &audit, &locked).await, PinVerdict::Wrong);
        locked.take(&Accounts::default());
        assert_eq!(look_at(check(chen), &audit, &locked).await, PinVerdict::Wrong);
    }
}
