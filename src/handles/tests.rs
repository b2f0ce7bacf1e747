//! Every message survives its octets, and no log shows a passphrase.

use std::fmt;

use ::settings::{Applied, Board, CardKind, PersonRole, Version, Weakening};
use access::{ApprovalAnswer, LetIn, NewAdministrator, NotAnswered, NotAsked, NotRedeemed, Proposal, TwoPersonAct};
use analog::port_test::{Findings, Tested};
use call::{CallClass, ServiceRefusal, SupervisorMode};
use frame::{CallId, EventNo, LaneId, LegId, PersonId, PortId, RecordingId, SpanId, Stamp, Timeslot};
use isdn::{
    q931::element::Location,
    trace::{Cursor, Direction, GivenUp, Ladder, LinkTold, Rung, Told, TracedMessage},
};
use serde::{Serialize, de::DeserializeOwned};

use super::*;

fn survives<T: Serialize + DeserializeOwned + PartialEq + fmt::Debug>(messages: impl IntoIterator<Item = T>) {
    for message in messages {
        let octets = serde_json::to_vec(&message).unwrap();
        assert_eq!(serde_json::from_slice::<T>(&octets).unwrap(), message);
    }
}

fn call() -> CallId {
    "3-7".parse().unwrap()
}

fn recording() -> RecordingId {
    "3-9".parse().unwrap()
}

fn snapshot() -> Snapshot {
    let port: PortId = "SIM-FXS.3".parse().unwrap();
    let lane = LaneId::new(SpanId(0), Timeslot(5));
    let state = JackState::LeftOffHook;
    Snapshot {
        at: Stamp::default(),
        jacks: vec![JackNow {
            wishes: call::Wishes::default(),
            mailbox: Some(call::MailboxView { messages: 3, new: 1, full: false, without_pin: false }),
            port,
            span: SpanId(0),
            label: "急诊台".into(),
            kind: CardKind::Fxs,
            state,
            call: Some(call()),
        }],
        spans: vec![SpanNow {
            span: SpanId(0),
            port,
            line: SpanLine::Yellow,
            link: LinkState::SameRole,
            shared: Some(SharedDChannel { primary: SpanId(0), active: Some(SpanId(1)) }),
            taken_out: vec![Timeslot(5)],
            timeslots: vec![TimeslotNow { timeslot: Timeslot(5), state: TimeslotState::Talking }],
        }],
        calls: vec![CallNow {
            call: call(),
            direction: call::Direction::Incoming,
            class: CallClass::Emergency,
            from_masked: Some("139****8000".into()),
            to_masked: None,
            phase: CallPhase::Waiting { queue: "挂号".into() },
            masked: vec![call::Masking::SecretInput],
            supervised: SupervisedNow::By { person: PersonId(3), mode: SupervisorMode::Whispers },
            since: Stamp::default(),
            lanes: vec![lane],
        }],
        wrong_pins: vec![(PersonId(7), 3)],
        own_greetings: vec![(PersonId(7), frame::Utc::from_us(5))],
        queues: vec![QueueNow {
            name: "挂号".into(),
            waiting: 1,
            oldest: Some(Stamp::default()),
            agents: vec![AgentNow { extension: "803".into(), state: AgentState::WrapUp }],
        }],
        clocks: vec![ClockNow { span: SpanId(1), ppm: -12, slips: 3 }],
        levels: vec![LevelsNow {
            lane: LaneId::new(SpanId(1), Timeslot(3)),
            said: LevelNow { rms_dbm0: -21, peak_dbm0: -6, speech_dbm0: Some(-19), activity_pct: 43 },
            heard: LevelNow { rms_dbm0: -66, peak_dbm0: -69, speech_dbm0: None, activity_pct: 0 },
        }],
        counters: vec![CountersNow {
            span: SpanId(1),
            audio: AudioCounts { overruns: 1, underruns: 2, slips: 3, late_ticks: 4 },
            frames: FrameCounts { bad_fcs: 5, aborts: 6, overruns: 7 },
            line: LineCounts { crc4_errors: 8, ..LineCounts::default() },
        }],
        counted_since: Stamp::default(),
        echoes: vec![EchoNow { lane, erl_db: 12, erle_db: Some(31), delay_ms: 4, resets: 0 }],
    }
}

fn spans_now() -> SpansNow {
    let Snapshot { jacks, spans, counters, counted_since, .. } = snapshot();
    SpansNow { jacks, spans, counters, counted_since }
}

#[test]
fn every_message_of_call_control_survives_its_octets() {
    survives([ControlRequest::Snapshot, ControlRequest::EndCall { call: call(), by: PersonId(1) }]);
    survives([ControlReply::Snapshot(snapshot()), ControlReply::Ending, ControlReply::NoSuchCall]);
}

#[test]
fn every_message_about_acts_that_need_two_survives_its_octets() {
    let by =
        || Credentials { name: "周宁".into(), password: Passphrase("correct horse".into()), code: None, uid: 1000 };
    let proposal = || Proposal { act: TwoPersonAct::LiftHold, object: "hold 7".into(), reason: "投诉 118".into() };
    let answer = ApprovalAnswer::Granted;
    survives([
        ApprovalsRequest::List,
        ApprovalsRequest::Ask { by: by(), proposal: proposal() },
        ApprovalsRequest::Answer { by: by(), no: EventNo(u64::MAX), answer, reason: String::new() },
        ApprovalsRequest::Redeem { act: TwoPersonAct::EraseDue, object: "3-7".into() },
    ]);
    assert!(!format!("{:?}", ApprovalsRequest::Ask { by: by(), proposal: proposal() }).contains("horse"));
    let stores = vec!["https://s3.example/calls".into()];
    let new = NewAdministrator { person: PersonId(5), name: "刘洋".into(), role: PersonRole::Audit };
    let invited = About::LetIn { act: LetIn::Invite(PersonId(3)), name: Some("李军".into()) };
    let shorter = Shorter {
        recordings: Some(3),
        rules: vec![],
        more: 1,
        folders: vec!["/mnt".into()],
        copies: vec![],
        stores,
        leases: vec![],
        administrators: vec![new],
        weakenings: vec![Weakening::OneOpens, Weakening::MaskedFor { was_s: 60, becomes_s: 180 }],
    };
    let now = |about| ApprovalNow {
        about,
        no: EventNo(7),
        proposal: proposal(),
        by: "李军".into(),
        asked: frame::Utc::from_us(1),
        until: frame::Utc::from_us(-1),
        granted: Some("周宁".into()),
    };
    survives([
        ApprovalsReply::Open(
            [About::Line, About::Shorter(Some(shorter)), About::Hold(None), invited].map(now).to_vec(),
        ),
        ApprovalsReply::Asked(EventNo(7)),
        ApprovalsReply::Answered,
        ApprovalsReply::OneIsEnough,
        ApprovalsReply::Redeemed { no: EventNo(7), asked: PersonId(3), granted: PersonId(7) },
        ApprovalsReply::Refused(ApprovalsRefusal::NotAsked(NotAsked::Already(EventNo(3)))),
        ApprovalsReply::Refused(ApprovalsRefusal::NotAnswered(NotAnswered::Same)),
        ApprovalsReply::Refused(ApprovalsRefusal::NotRedeemed(NotRedeemed::People)),
        ApprovalsReply::Refused(ApprovalsRefusal::LockedOut(30)),
    ]);
}

#[test]
fn every_message_of_the_vault_survives_its_octets() {
    let (opening, person) = (OpeningId(u64::MAX), PersonId(1));
    let passphrase = Passphrase("correct horse".into());
    let passphrase_of_owner = passphrase.clone();
    survives([
        VaultRequest::State { recording: recording(), told: EventNo(7) },
        VaultRequest::Check { call: call(), recording: recording(), told: EventNo(7) },
        VaultRequest::Open(Open {
            recording: recording(),
            call: call(),
            person,
            reason: "投诉 118".into(),
            passphrase,
            breaks_glass: true,
            in_part_only: false,
        }),
        VaultRequest::Read { opening, person, offset: 1 << 40, octets_max: READ_MAX_OCTETS },
        VaultRequest::Waveform { opening, person, columns: 300 },
        VaultRequest::Seal { person },
        VaultRequest::Holders,
        VaultRequest::Root,
        VaultRequest::TakeOver { code: Passphrase("0000".into()), passphrase: passphrase_of_owner },
    ]);
    survives([
        VaultReply::State(Kept { intact: Some(true), read_at: Some(Stamp::default()), octets: 3_240_000 }),
        VaultReply::Opened(Opened {
            opening,
            file_octets: 58,
            until: Stamp::default(),
            ends: Some(Stamp::default()),
            is_in_part: true,
            apart: Apart::Namespace,
        }),
        VaultReply::Piece(vec![0, 255]),
        VaultReply::Waveform(Waveform { caller: vec![0, 128], called: vec![255, 1] }),
        VaultReply::Sealed,
        VaultReply::Holders(None),
        VaultReply::Root(None),
        VaultReply::Root(Some("ringfence/0011\n7\n".into())),
        VaultReply::Holders(Some(WhoOpens {
            holders: vec![person],
            compartments: vec![("Ward 4".into(), vec![person])],
        })),
        VaultReply::TakenOver,
        VaultReply::Refused(VaultRefusal::NoOpener),
    ]);
}

#[test]
fn every_message_of_the_settings_survives_its_octets() {
    let (version, how) = (Version(3), Applied::WhenIdle);
    let text = "format = 1\n".to_owned();
    let file = "new.toml".to_owned();
    let apply = |by| SettingsRequest::Apply { file: file.clone(), text: text.clone(), by };
    survives([SettingsRequest::Show, SettingsRequest::Try { file: file.clone(), text: text.clone() }]);
    survives([apply(Asker::Person(PersonId(1))), apply(Asker::Console { uid: 1000 })]);
    let board = Board::parse("b", "").unwrap_err();
    survives([
        SettingsReply::Shown { version, text },
        SettingsReply::WouldApply { how, warnings: vec![] },
        SettingsReply::Applied { version, how, warnings: vec![] },
        SettingsReply::Problems(board),
    ]);
    let not_written = SettingsRefusal::NotWritten { path: "settings/draft".into(), why: "full".into() };
    let others = [SettingsRefusal::NotAudited, SettingsRefusal::TooLong, SettingsRefusal::NotUnderstood];
    let second = SettingsRefusal::NeedsSecond {
        act: TwoPersonAct::ShortenRetention,
        object: "version 2 sha256 ab".into(),
        recordings: Some(3),
    };
    survives(others.into_iter().chain([not_written, second, SettingsRefusal::NoAnswer]).map(SettingsReply::Refused));
}

#[test]
fn lines_messages_survive_their_octets() {
    let (span, by, legs) = (SpanId(3), Asker::Console { uid: 0 }, vec![LegId::from_u64(7)]);
    survives([
        LinesRequest::Trace { span, by, reason: "报修".into() },
        LinesRequest::Ladders { legs: legs.clone() },
        LinesRequest::Spans,
        LinesRequest::RestartSpan { span, named: vec![call()], by, reason: String::new() },
        LinesRequest::Service { span, timeslot: Some(Timeslot(3)), in_service: false, by, reason: "杂音".into() },
        LinesRequest::KeepCaller { call: call(), by, reason: "恐吓".into() },
        LinesRequest::TestPort {
            port: "SIM-FXS.3".parse().unwrap(),
            even_last: true,
            from: None,
            by,
            reason: String::new(),
        },
        LinesRequest::LearnPort { port: "SIM-FXO.3".parse().unwrap(), act: LearnAct::Begin, by, reason: "x".into() },
        LinesRequest::Mask { of: MaskOf::Call(call()), what: call::Masking::SecretInput, on: false, by },
    ]);
    let message = TracedMessage {
        direction: Direction::Received,
        kind: 5,
        is_again: true,
        called: Some("62***34".into()),
        party: None,
        diverted_from: None,
        channel: Some(Timeslot(5)),
        cause: Some((isdn::Cause::UserBusy, Location::PublicLocal)),
        state: Some(10),
        is_audible: true,
        is_interface: false,
    };
    let told = [
        Told::Message(message),
        Told::Link(Direction::Sent, LinkTold::SetUp),
        Told::Unanswered(5),
        Told::GivenUp(GivenUp::Timer(isdn::Timer::T310)),
    ];
    let rungs = told.map(|told| Rung { at: frame::Time::from_ms(5), told }).into();
    let ladder = Ladder { role: isdn::Role::User, rungs, is_cut: true, is_full: false };
    survives([
        LinesReply::Trace(vec![1, 2]),
        LinesReply::Ladders(vec![LadderNow { span, at: Stamp::default(), ladder }]),
        LinesReply::Spans(Box::new(spans_now())),
        LinesReply::Restarting,
        LinesReply::CallsOnSpan(vec![call()]),
        LinesReply::Serviced { calls: vec![call()] },
        LinesReply::CallerKept,
        LinesReply::Masked(Err(call::NotMasked::NotTalking)),
        LinesReply::CallerNotKept(ServiceRefusal::NotSubscribed),
        LinesReply::Refused(LinesRefusal::NoSuchSpan),
    ]);
    let from = Some(Cursor::default());
    survives([
        ControlRequest::TracePiece { span, from },
        ControlRequest::Ladders { legs },
        ControlRequest::CallsOnSpan { span },
        ControlRequest::CallsOn { spans: vec![span] },
        ControlRequest::RestartSpan { span, named: vec![call()] },
        ControlRequest::Service { span, timeslot: None, in_service: true },
        ControlRequest::KeepCaller { call: call(), by },
        ControlRequest::TestPort {
            port: "SIM-FXS.3".parse().unwrap(),
            order: TestOrder::ByHand,
            from: Some("SIM-FXS.4".parse().unwrap()),
        },
        ControlRequest::RecallPortTests {
            tests: vec![("SIM-FXS.3".parse().unwrap(), Findings::never_idle(Tested::Telephone))],
        },
        ControlRequest::ResetGreeting { person: PersonId(7) },
        ControlRequest::LearnPort { port: "SIM-FXO.3".parse().unwrap(), act: LearnAct::Look },
        ControlRequest::Mask {
            of: MaskOf::Telephone("SIM-FXS.3".parse().unwrap()),
            what: call::Masking::Pause,
            on: true,
            by,
        },
    ]);
    survives([
        ControlReply::TracePiece(Some((vec![7], Cursor::default()))),
        ControlReply::TracePiece(None),
        ControlReply::CallsOnSpan(vec![]),
        ControlReply::Serviced { calls: vec![call()] },
        ControlReply::CallerKept { refused: Some(ServiceRefusal::NoAnswer) },
        ControlReply::NotOverIsdn,
        ControlReply::GreetingReset(true),
        ControlReply::Masked(Ok(())),
        ControlReply::Masked(Err(call::NotMasked::NotAllowed)),
        ControlReply::NoSuchTimeslot,
        ControlReply::Restarting,
        ControlReply::NoSuchSpan,
    ]);
}

#[test]
fn no_log_shows_a_passphrase() {
    assert_eq!(format!("{:?}", Passphrase("correct horse".into())), "Passphrase(…)");
}

#[tokio::test]
async fn a_plane_answers_the_one_who_asked() {
    let (handle, mut requests) = handle::<ControlRequest, ControlReply>();
    let plane = tokio::spawn(async move {
        let asked = requests.recv().await.unwrap();
        assert_eq!(asked.request, ControlRequest::Snapshot);
        asked.reply.send(ControlReply::Snapshot(snapshot())).unwrap();
    });
    assert_eq!(handle.ask(ControlRequest::Snapshot).await, Ok(ControlReply::Snapshot(snapshot())));
    plane.await.unwrap();
    assert_eq!(handle.ask(ControlRequest::Snapshot).await, Err(NoAnswer), "the plane is gone");
}

#[tokio::test]
async fn a_plane_that_hangs_is_no_reason_to_wait_for_ever() {
    let (handle, _requests) = handle::<ControlRequest, ControlReply>();
    let answer = handle.ask_within(Duration::from_millis(20), ControlRequest::Snapshot).await;
    assert_eq!(answer, Err(NoAnswer));
}

#[test]
fn what_the_command_line_asks_about_keeping_survives_and_shows_no_password() {
    let by = Credentials { name: "li".into(), password: Passphrase("secret words".into()), code: None, uid: 0 };
    let hold = ::vault::Hold::Call(call());
    let act = KeepingRequest::PlaceHold { hold: hold.clone(), by: PersonId(0), reason: "court".into() };
    let asked = NamedKeepingRequest::Act { by, act };
    assert!(!format!("{asked:?}").contains("secret words"));
    let meant = ::vault::Stretch { from_s: 12, to_s: 15 };
    let range = NamedKeepingRequest::Range { call: call(), meant };
    survives([KeepingRequest::LookAtRange { call: call(), meant }]);
    survives([asked, NamedKeepingRequest::List, range]);
    let (no, at) = (EventNo(7), frame::Utc::from_us(5));
    let placed = PlacedNow { no, hold, person: Some("li".into()), by: "zhou".into(), at, reason: "court".into() };
    let now = NamedKeepingNow { placed: vec![placed], granted: vec!["a list".into()], ..NamedKeepingNow::default() };
    survives([
        NamedKeepingReply::Now(Box::new(now)),
        NamedKeepingReply::Answered(KeepingReply::Done(no)),
        NamedKeepingReply::Answered(KeepingReply::Range(RangeNow { object: "3-7 12-15".into(), packages: vec![] })),
        NamedKeepingReply::NotShown(ApprovalsRefusal::Credentials),
        NamedKeepingReply::NotTheirs,
    ]);
}
