//! The whole box in one thread under a virtual clock: cards, media, telephony, and what they tell.

mod restart;
mod shared;

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use analog::{port_learn::Learning, port_test::Findings, port_trend::Worse};
use call::{CallEvent, KeptFor, MaskedBy, Masking, NotMasked, NotSupervised, PinVerdict, SupervisorMode};
use frame::{
    BootNo, CallId, LaneId, Law, LegId, LifeNo, MessageId, PersonId, PortId, SpanId, SpanTick, Stamp, TICK, Time,
    Timeslot, Utc,
};
use isdn::trace::Direction;
use line::{Audio, Signal, SignalInput};
use os::Wake;
use ringfence::{
    daemon::{Fitted, LeafFollower, LiveNow, RecorderFacts, fit, mail_event, mail_people, recorder_command},
    handles::{LadderNow, LearnAct, MaskOf, NotTested, Snapshot, TestOrder},
    journal::{Alarm, BoxEvent, Event, Journal, Limits, Log, MemoryStorage, Record, Storage},
    mail::{Logged, MailDesk, Order as MailOrder, Told as MailTold},
    media::{self, Clocks, Copied, Counters, EchoGauges, MediaCommand, MediaEvent, RING_MESSAGES, SealerPort},
    recorder::{
        Faults, Home, InlineRecorder, MemoryStore, Opener, Playback, RecorderCommand, RecorderEvent, RecorderSettings,
        Report, Store, open_recording, read_all, verify_vault,
    },
    telephony::{self, CallTable, Change, HandsetBecame, Input, Output, Serviced, Sounds, SpanRestart, Wiring},
    wav::Voice,
};
use rtrb::{Consumer, Producer, RingBuffer};
use settings::{Applied, Board, CardKind, Echo, Layout, Settings, Version};
use sim::{Act, HandsetAct, Operator, OperatorEvent, Say, Told, World, direct::Direct};
use vault::{Cost, Leaf, LeafEntry, Seeded};

/// The box of `board/demo.toml`, its outside, and what was told.
pub struct House {
    pub direct: Direct,
    pub layout: Layout,
    board: Board,
    settings: Settings,
    life: LifeNo,
    seed: u64,
    /// Settings that calls may have begun with before the newest were applied.
    earlier: BTreeMap<Version, Settings>,
    version: Version,
    table: CallTable,
    pub now: Time,
    media: media::Plane,
    commands: Producer<MediaCommand>,
    events: Consumer<MediaEvent>,
    telephony: telephony::Plane,
    cards: Vec<(Box<dyn Signal>, Vec<SpanId>)>,
    /// The clocks of spans that run on another one than the box.
    pub clocks: Clocks,
    /// What is known of the echo where the box cancels it.
    pub echoes: EchoGauges,
    /// Facts of the log, in order.
    pub facts: Vec<CallEvent>,
    log: MemoryStorage,
    journal: Journal<MemoryStorage>,
    /// Whether the journal was told something since it was durable.
    untold: bool,
    /// The log, as far as it is durable.
    pub records: Vec<Record>,
    recorder: InlineRecorder,
    recorder_facts: RecorderFacts,
    vault: MemoryStore,
    sealed: Consumer<Box<SpanTick>>,
    read: Producer<Box<SpanTick>>,
    copied: Consumer<Copied>,
    mail: MailDesk,
    mail_told: Vec<MailTold>,
    mail_orders: VecDeque<MailOrder>,
    /// The disk of messages hangs.
    pub mail_hangs: bool,
    /// The key and the files of messages.
    pub mail_files: MemoryStore,
    /// Whose messages were about to be heard at a telephone that is not that one's.
    pub audited_mail: Vec<String>,
    /// The objects of finished recordings, in order.
    pub objects: Vec<String>,
    /// Alarms of the log, raised and cleared.
    pub alarms: Vec<(Alarm, bool)>,
    /// What tests of ports found, in order.
    pub tested: Vec<(PortId, Findings)>,
    /// What of it was worse than usual.
    pub worse: Vec<(PortId, Vec<Worse>)>,
    /// What happens to D-channel frames on their way to the box, and on their way from it.
    pub to_box: fn(&mut Vec<u8>),
    pub from_box: fn(&mut Vec<u8>),
    /// Somebody has set the clock of the day.
    pub has_clock: bool,
    /// The span into which a loop plug is put: what the box sends comes back to it, and nothing else does.
    pub looped: Option<SpanId>,
    returned: Vec<(SpanId, Vec<u8>)>,
    /// An exchange behind lines that share a D-channel.
    shared: Option<shared::SharedExchange>,
    /// The frames that the box sent, as it sent them.
    pub sent: Vec<Vec<u8>>,
    /// What the outside was told.
    pub told: Vec<OperatorEvent>,
}

/// When the box starts.
const START: Time = Time::from_ms(10_000);

/// The owner's code of every house.
const CODE: &[u8] = b"code";

const BOOT: BootNo = BootNo(1);

/// Small files of the log, so that a day of calls has many, and memory copies little to make one durable.
const LOG_LIMITS: Limits = Limits { segment_octets: 256 << 10, pending_octets: 32 << 20 };

/// Wall clock and boot clock of a house differ by this much: 2026-11-23, in microseconds.
const UTC_AT_BOOT_US: i64 = 1_795_392_000_000_000;

/// The settings of the demo.
pub fn demo_settings(board: &Board) -> Settings {
    let text = include_str!("../../board/demo.settings.toml");
    Settings::parse("demo.settings.toml", text, board, None).expect("the demo's settings are good").settings
}

pub fn demo_board() -> Board {
    Board::parse("demo.toml", include_str!("../../board/demo.toml")).expect("the demo's board is good")
}

impl House {
    /// The demo's box with its own exchange, after its spans have come up.
    pub fn new(seed: u64) -> House {
        let board = demo_board();
        let settings = demo_settings(&board);
        House::with(&board, settings, seed)
    }

    pub fn with(board: &Board, settings: Settings, seed: u64) -> House {
        House::in_world(World::new(board, &[], seed), board, settings, seed)
    }

    /// The same with a private exchange at the far end of its E1, which takes the box for the network.
    pub fn with_private_exchange(board: &Board, settings: Settings, seed: u64) -> House {
        let mut world = World::new(board, &[], seed);
        assert!(world.private_exchange(SpanId(0)));
        House::in_world(world, board, settings, seed)
    }

    /// The same, at whose start all handsets are up already.
    pub fn with_handsets_up(board: &Board, settings: Settings, seed: u64) -> House {
        let mut direct = Direct::new(World::new(board, &[], seed));
        let layout = Layout::of(board);
        let mut now = Time::from_ms(9_000);
        for jack in layout.jacks.iter().filter(|jack| jack.kind == CardKind::Fxs) {
            direct.operate(now, Operator::Handset(jack.lane, HandsetAct::Lift));
        }
        while now < START {
            direct.pump(now);
            now += TICK;
        }
        House::start(direct, board, settings, seed)
    }

    fn in_world(world: World, board: &Board, settings: Settings, seed: u64) -> House {
        House::start(Direct::new(world), board, settings, seed)
    }

    fn start(mut direct: Direct, board: &Board, settings: Settings, seed: u64) -> House {
        let now = START;
        let life = LifeNo(1);
        let (home, vault) = make_vault(now, seed);
        let recorder = start_recorder(&home, &vault, life, now, seed);
        let log = MemoryStorage::new();
        let live = LiveNow::default();
        let journal = start_journal(&log, &home, &vault, life, now, (seed, live.clone()));
        let Opened { audio, cards, clocks, echoes } = open_cards(&mut direct, board, now);
        let (table, last) =
            CallTable::take_over(CallTable::memory().expect("a descriptor"), BOOT, life).expect("memory");
        let Rings { ports, commands, events, sealed, read, copied } = rings();
        let mail_files = MemoryStore::new();
        let layout = Layout::of(board);
        let mut house = House {
            direct,
            now,
            media: media::Plane::new(audio, 0, ports),
            commands,
            events,
            telephony: telephony::Plane::new(
                wiring(board, &layout, settings.clone(), Version(1), life),
                sounds_of(&settings),
            ),
            cards,
            clocks,
            echoes,
            layout,
            board: board.clone(),
            life,
            seed,
            earlier: BTreeMap::new(),
            version: Version(1),
            table,
            facts: Vec::new(),
            log,
            journal,
            untold: false,
            records: Vec::new(),
            recorder,
            recorder_facts: RecorderFacts::new(live),
            vault,
            sealed,
            read,
            copied,
            mail: open_mail(&mail_files, seed, &settings),
            mail_told: Vec::new(),
            mail_orders: VecDeque::from([MailOrder::People(mail_people(&settings))]),
            mail_hangs: false,
            audited_mail: Vec::new(),
            mail_files,
            settings,
            objects: Vec::new(),
            alarms: Vec::new(),
            tested: Vec::new(),
            worse: Vec::new(),
            to_box: |_| (),
            from_box: |_| (),
            has_clock: true,
            looped: None,
            returned: Vec::new(),
            shared: None,
            sent: Vec::new(),
            told: Vec::new(),
        };
        house.telephony.adopt(now, last, &BTreeMap::new());
        house.load_sounds();
        house.run(Duration::from_secs(3));
        house
    }

    /// Lets time pass.
    pub fn run(&mut self, time: Duration) {
        let end = self.now + time;
        while self.now < end {
            self.tick();
        }
    }

    /// Lets time pass until something holds; panics with `what` after a minute.
    pub fn until(&mut self, what: &str, mut holds: impl FnMut(&House) -> bool) {
        let limit = self.now + Duration::from_secs(60);
        while !holds(self) {
            assert!(self.now < limit, "not within a minute: {what}\nfacts: {:#?}\ntold: {:?}", self.facts, self.told);
            self.tick();
        }
    }

    /// Lets time pass until a fact is told that was not told before.
    pub fn until_fact(&mut self, what: &str, is_it: impl Fn(&CallEvent) -> bool) {
        let from = self.facts.len();
        self.until(what, |house| house.facts[from..].iter().any(&is_it));
    }

    /// What other settings would do, and then lets them hold.
    pub fn apply(&mut self, settings: Settings, version: u32) -> (Applied, Applied) {
        let settings = Arc::new(settings);
        self.mail_orders.push_back(MailOrder::People(mail_people(&settings)));
        let tried = self.telephony.change(self.now, Change::Try(Arc::clone(&settings)));
        let take = Change::Take { settings, version: Version(version), sounds: sounds() };
        let applied = self.telephony.change(self.now, take);
        self.carry_out_all();
        (tried, applied)
    }

    /// What pages are shown of the lines.
    pub fn snapshot(&self) -> Snapshot {
        self.telephony.snapshot(stamp(self.now))
    }

    /// Restarts a span, whose calls were named.
    pub fn restart_span(&mut self, span: SpanId, named: &[CallId]) -> SpanRestart {
        let became = self.telephony.restart_span(self.now, span, named);
        self.carry_out_all();
        became
    }

    /// Takes a channel, or a span, out of service, or puts it back.
    pub fn set_service(&mut self, span: SpanId, timeslot: Option<Timeslot>, in_service: bool) -> Serviced {
        let became = self.telephony.set_service(self.now, span, timeslot, in_service);
        self.carry_out_all();
        became
    }

    /// Somebody tests a port. What is found is in `tested` once it is over.
    pub fn test_port(&mut self, port: PortId) -> Result<(), NotTested> {
        self.test_port_as(port, TestOrder::ByHand)
    }

    /// The same, as somebody may.
    pub fn test_port_as(&mut self, port: PortId, order: TestOrder) -> Result<(), NotTested> {
        let became = self.telephony.test_port(self.now, port, order);
        self.carry_out_all();
        became
    }

    /// Somebody has a telephone's port ring an outside line through a cable.
    pub fn test_cable(&mut self, telephone: PortId, line: PortId) -> Result<(), NotTested> {
        let became = self.telephony.test_cable(self.now, telephone, line);
        self.carry_out_all();
        became
    }

    /// A test of an earlier life found this.
    pub fn recall_test(&mut self, port: PortId, findings: &Findings) {
        self.telephony.recall_test(port, findings);
        self.carry_out_all();
    }

    /// Somebody learns the busy tone of an outside line.
    pub fn learn_port(&mut self, port: PortId, act: LearnAct) -> Result<Learning, NotTested> {
        let became = self.telephony.learn_port(self.now, port, act);
        self.carry_out_all();
        became
    }

    /// Somebody at a page finds a call malicious; false where no network can be asked.
    pub fn keep_caller(&mut self, call: CallId) -> bool {
        let asked = self.telephony.keep_caller(self.now, call, KeptFor::Person(PersonId(7)));
        self.carry_out_all();
        asked
    }

    /// A person at a page wants to hear a talk as its supervisor, or no more.
    pub fn supervise(
        &mut self,
        call: CallId,
        person: PersonId,
        mode: Option<SupervisorMode>,
    ) -> Result<(), NotSupervised> {
        let became = self.telephony.supervise(self.now, call, person, mode);
        self.carry_out_all();
        became
    }

    /// A person at a page has somebody's own greeting deleted.
    pub fn reset_greeting(&mut self, person: PersonId) -> bool {
        let reset = self.telephony.reset_greeting(self.now, person);
        self.carry_out_all();
        reset
    }

    /// A person at a page has something of a call masked, or no more.
    pub fn mask(&mut self, call: CallId, what: Masking, on: bool) -> Result<(), NotMasked> {
        let by = MaskedBy::Person(PersonId(7));
        let became = self.telephony.mask(self.now, MaskOf::Call(call), what, on, by);
        self.carry_out_all();
        became
    }

    /// What a restart of a span would name.
    pub fn calls_on_span(&self, span: SpanId) -> Vec<CallId> {
        self.telephony.calls_on_span(span).expect("the span carries ISDN")
    }

    /// The frames that the trace of a span has, as its file has them.
    pub fn trace(&self, span: SpanId) -> Vec<(Direction, Vec<u8>)> {
        let (mut frames, mut from) = (Vec::new(), None);
        while let Some((octets, next)) = self.telephony.trace_piece(span, from, stamp(self.now)).expect("a trace") {
            frames.extend(frames_of(&octets));
            from = Some(next);
        }
        frames
    }

    /// What the traces have of these legs.
    pub fn ladders(&self, legs: &[LegId]) -> Vec<LadderNow> {
        self.telephony.ladders(legs, stamp(self.now))
    }

    /// What the span's signalling ignored, dropped or refused.
    pub fn counters(&self, span: SpanId) -> &isdn::Counters {
        self.telephony.counters(span).expect("the span carries ISDN")
    }

    /// Fills the recorder's disk, or makes room on it.
    pub fn fill_vault(&self, full: bool) {
        self.vault.set_faults(Faults { full, ..Faults::default() });
    }

    /// The leaves of the vault's log.
    pub fn leaves(&self) -> Vec<Leaf> {
        let records = read_all(&self.vault, "leaves/records").expect("memory is readable").unwrap_or_default();
        let mut rest = &records[..];
        let next = || {
            let (entry, octets) = LeafEntry::parse(rest).ok()?;
            rest = &rest[octets..];
            Some(entry.leaf)
        };
        std::iter::from_fn(next).collect()
    }

    /// Does something outside the box.
    pub fn operate(&mut self, operator: Operator) {
        self.direct.operate(self.now, operator);
    }

    pub fn handset(&mut self, position: u8, act: HandsetAct) {
        let lane = self.telephone(position);
        self.operate(Operator::Handset(lane, act));
    }

    /// A person does something at a handset of the page.
    pub fn hand(&mut self, port: PortId, act: ringfence::handles::HandsetAct) -> HandsetBecame {
        let became = self.telephony.handset(self.now, port, act);
        self.carry_out_all();
        became
    }

    /// The party on a lane does something with mouth, ear or keys.
    pub fn party(&mut self, lane: LaneId, act: Act) {
        self.operate(Operator::Party(lane, act));
    }

    pub fn says(&mut self, lane: LaneId, octets: Vec<u8>) {
        self.party(lane, Act::Say(Say::Clip { octets: octets.into(), law: Law::A, repeat: false }));
    }

    /// What the party on a lane heard since it began to listen.
    pub fn heard(&mut self, lane: LaneId) -> Vec<u8> {
        self.party(lane, Act::TakeHeard);
        self.tick();
        let told = self.told.iter().rev().find_map(|event| match &event.told {
            Told::Heard { lane: of, octets } if *of == lane => Some(octets.clone()),
            _ => None,
        });
        told.expect("a party tells what it heard")
    }

    /// The lane of the `position`th telephone, counted from 1 over all cards.
    pub fn telephone(&self, position: u8) -> LaneId {
        let mut jacks = self.layout.jacks.iter().filter(|jack| jack.kind == CardKind::Fxs);
        jacks.nth(usize::from(position - 1)).expect("the board has that telephone").lane
    }

    /// Checks the vault, with the owner's code if `open`.
    pub fn verify(&self, open: bool) -> Report {
        let opener = open.then(|| self.opener());
        verify_vault(&self.vault, opener.as_ref()).expect("the vault is readable")
    }

    /// Opens a finished recording.
    pub fn open(&self, object: &str) -> Playback {
        open_recording(&self.vault, object, &self.opener()).expect("the recording opens")
    }

    fn opener(&self) -> Opener {
        Opener::new(Box::new(self.vault.clone()), CODE).expect("the code is right")
    }

    /// Nothing of any call is left in any plane; the timers of the data links alone go on.
    pub fn assert_at_rest(&mut self) {
        // Media takes its last commands in the next tick.
        self.tick();
        assert_eq!(self.telephony.unrest(), [], "calls leave nothing behind");
        assert_eq!(self.media.lanes_in_use().collect::<Vec<_>>(), [], "and no lane");
    }

    /// What time it is.
    pub fn now(&self) -> Time {
        self.now
    }

    /// The files of the event log, by name, octet for octet.
    pub fn log_files(&self) -> BTreeMap<String, Vec<u8>> {
        let names = self.log.list().expect("memory lists its files");
        names.into_iter().filter_map(|name| Some((name.clone(), self.log.file(&name)?))).collect()
    }

    /// Every file that the box has: of its log, and of its vault.
    pub fn all_files(&self) -> Vec<(String, Vec<u8>)> {
        let of_vault = |name: String| Some((name.clone(), read_all(&self.vault, &name).ok()??));
        self.log_files().into_iter().chain(self.vault.names().into_iter().filter_map(of_vault)).collect()
    }

    /// One tick of 10 ms: the world, the box, and what they tell each other.
    pub fn tick(&mut self) {
        self.now += TICK;
        self.table.alive(self.now).expect("memory takes it");
        self.direct.tick(self.now);
        self.media.tick();
        self.seal();
        self.keep_messages();
        self.tell_told();
        while let Ok(event) = self.events.pop() {
            self.feed(Input::Media(event));
        }
        self.return_frames();
        self.signals();
        self.feed(Input::Timeout);
        self.direct.pump(self.now);
        // The exchange answers within the tick, as it would on a line.
        self.signals();
        self.tell_told();
        self.make_durable();
    }

    /// The journal's thread syncs whenever something waits; here that is after each tick.
    fn make_durable(&mut self) {
        if std::mem::take(&mut self.untold) {
            self.journal.sync(stamp(self.now));
        }
        while let Some(record) = self.journal.poll_output() {
            if let Some(Event::Box(BoxEvent::RecordingFinished { recording, object, .. })) = record.event() {
                self.recorder.handle_command(RecorderCommand::Logged { recording: *recording });
                self.objects.push(object.clone());
            }
            self.records.push(record);
        }
    }

    fn tell(&mut self, event: impl Into<Event>) {
        self.journal.append(stamp(self.now), event.into()).expect("memory has room for the log");
        self.untold = true;
    }

    fn signals(&mut self) {
        for card in 0..self.cards.len() {
            while let Some(mut input) = self.cards[card].0.poll() {
                if let SignalInput::Frame { span, octets } = &mut input {
                    if self.looped == Some(*span) || self.shared.as_ref().is_some_and(|shared| shared.has(*span)) {
                        continue;
                    }
                    (self.to_box)(octets);
                }
                self.feed(Input::Signal(input));
            }
        }
    }

    /// What the box sent into a loop plug comes back in the next tick, as does the answer of an exchange of our own.
    fn return_frames(&mut self) {
        for (span, octets) in self.take_from_exchange() {
            self.feed(Input::Signal(SignalInput::Frame { span, octets }));
        }
        for (span, octets) in std::mem::take(&mut self.returned) {
            self.feed(Input::Signal(SignalInput::Frame { span, octets }));
        }
    }

    fn tell_told(&mut self) {
        self.told.extend(self.direct.told());
    }

    fn feed(&mut self, input: Input) {
        self.telephony.read_clock(if self.has_clock {
            stamp(self.now)
        } else {
            Stamp { utc: Utc::from_us(0), ..stamp(self.now) }
        });
        self.telephony.handle_input(self.now, input);
        self.carry_out_all();
    }

    fn carry_out_all(&mut self) {
        while let Some(output) = self.telephony.poll_output() {
            self.carry_out(output);
        }
    }

    fn carry_out(&mut self, output: Output) {
        match output {
            Output::Frame { span, mut octets } => {
                self.sent.push(octets.clone());
                if self.looped == Some(span) {
                    return self.returned.push((span, octets));
                }
                if self.give_exchange(span, &octets) {
                    return;
                }
                (self.from_box)(&mut octets);
                self.card(span).send_frame(span, &octets).expect("a frame is taken");
            }
            Output::Line { lane, command } => {
                self.card(lane.span).command(lane.span, lane.timeslot, command).expect("a command is taken");
            }
            Output::Media(command) => self.commands.push(command).expect("the media thread takes commands"),
            Output::Record { record, track } => {
                let law = |lane: LaneId| self.layout.span(lane.span).expect("every lane is on a span").law;
                let command = recorder_command(record, track, stamp(self.now), law);
                self.recorder.handle_command(command.expect("a leg has its track"));
            }
            Output::Mark { recording, at, mark } => {
                self.recorder.handle_command(RecorderCommand::Mark { recording, at, mark });
            }
            Output::CheckPin(check) => {
                let (leg, person) = (check.leg, check.person);
                let fits = check.fits();
                self.audited_mail.extend(check.mail.filter(|_| fits));
                let verdict = if fits { PinVerdict::Right } else { PinVerdict::Wrong };
                self.feed(Input::PinChecked { leg, person, verdict });
            }
            Output::Mail(order) => {
                self.mail_orders.push_back(order);
                self.obey_mail_orders();
            }
            Output::Keep(row) => self.table.keep(&row).expect("the call table takes every row"),
            Output::Tell(fact) => {
                self.tell(fact.clone());
                self.facts.push(fact);
            }
            Output::OutOfService { span, timeslots } => self.tell(BoxEvent::OutOfService { span, timeslots }),
            Output::PortTested { port, nightly, findings, worse } => {
                self.tested.push((port, findings.clone()));
                self.worse.push((port, worse));
                self.tell(BoxEvent::PortTested { port, nightly, findings });
            }
            Output::Alarm { alarm, raised } => {
                let told = alarm.clone();
                self.tell(if raised { BoxEvent::AlarmRaised { alarm } } else { BoxEvent::AlarmCleared { alarm } });
                self.alarms.push((told, raised));
            }
        }
    }

    fn seal(&mut self) {
        while let Ok(tick) = self.sealed.pop() {
            self.recorder.seal_tick(&tick);
            self.read.push(tick).expect("no more ticks than there were");
        }
        while let Some(event) = self.recorder.poll_event() {
            // As the daemon wakes its journal, so that each minute has its leaf when nothing else is told.
            self.untold |= matches!(event, RecorderEvent::Stable { .. });
            for fact in self.recorder_facts.of(event) {
                self.tell(fact);
            }
        }
    }

    /// What the thread of messages does, in the tick in which it was said.
    fn keep_messages(&mut self) {
        if self.mail_hangs {
            return;
        }
        let now = stamp(self.now);
        while let Ok(copied) = self.copied.pop() {
            self.mail.take(now, &copied);
        }
        self.mail.step(now);
        self.obey_mail_orders();
        self.tell_mail();
    }

    fn obey_mail_orders(&mut self) {
        while !self.mail_hangs
            && let Some(order) = self.mail_orders.pop_front()
        {
            self.mail.handle_order(stamp(self.now), order);
            self.tell_mail();
        }
    }

    fn tell_mail(&mut self) {
        while let Some(told) = self.mail.poll_told() {
            if let MailTold::Asks(asked) = &told {
                let rows = asked.iter().map(|message| self.logged(*message)).collect();
                self.mail_orders.push_back(MailOrder::Logged(rows));
            }
            if let Some(event) = mail_event(&told) {
                self.tell(event);
            }
            self.mail_told.push(told);
        }
        for told in std::mem::take(&mut self.mail_told) {
            self.feed(Input::Mail(told));
        }
    }

    /// What the log has of a message.
    fn logged(&self, message: MessageId) -> Logged {
        let mut row = Logged { message, extension: None, left: false, gone: false, damaged: false };
        for event in self.records.iter().filter_map(Record::event) {
            match event {
                Event::Call(CallEvent::MailLeft { message: of, extension, .. })
                | Event::Box(BoxEvent::MailRecovered { message: of, extension, .. })
                    if *of == message =>
                {
                    (row.left, row.extension) = (true, Some(extension.clone()));
                }
                Event::Call(CallEvent::MailDeleted { message: of, .. })
                | Event::Box(
                    BoxEvent::MailDeletedLate { message: of, .. } | BoxEvent::MailExpired { message: of, .. },
                ) if *of == message => row.gone = true,
                _ => (),
            }
        }
        row
    }

    fn card(&mut self, span: SpanId) -> &mut Box<dyn Signal> {
        let card = self.cards.iter_mut().find(|(_, spans)| spans.contains(&span));
        &mut card.expect("every span is on a card").0
    }

    fn load_sounds(&mut self) {
        for (clip, audio) in sounds_of(&self.settings).clips() {
            self.commands.push(MediaCommand::Load { clip, audio }).expect("the ring has room");
        }
    }
}

/// The frames of a piece of a pcap file: record header and pseudo-header of 16 octets each, then the frame.
fn frames_of(mut octets: &[u8]) -> Vec<(Direction, Vec<u8>)> {
    let mut frames = Vec::new();
    while let Some((before, rest)) = octets.split_at_checked(32) {
        let kept = u32::from_le_bytes([before[8], before[9], before[10], before[11]]) as usize - 16;
        let direction = if before[17] == 4 { Direction::Sent } else { Direction::Received };
        frames.push((direction, rest[..kept].to_vec()));
        octets = &rest[kept..];
    }
    frames
}

/// Both halves of all cards.
struct Opened {
    audio: Vec<Box<dyn Audio>>,
    cards: Vec<(Box<dyn Signal>, Vec<SpanId>)>,
    clocks: Clocks,
    echoes: EchoGauges,
}

/// The board without cancellers but where a test asks for one: most of them compare samples.
fn as_heard(board: &Board) -> Board {
    let mut board = board.clone();
    board.cards.iter_mut().for_each(|card| card.echo = card.echo.or(Some(Echo::Off)));
    board
}

fn open_cards(direct: &mut Direct, board: &Board, now: Time) -> Opened {
    let mut opened = Opened { audio: Vec::new(), cards: Vec::new(), clocks: Clocks::new(), echoes: EchoGauges::new() };
    for card in &board.cards {
        let (heard, signal) = direct.open(now, card.serial).expect("the world has all cards of the board");
        opened.cards.push((Box::new(signal), heard.spans().iter().map(|info| info.span).collect()));
        opened.audio.push(Box::new(heard));
    }
    let Fitted { audio, clocks, echoes } = fit(&as_heard(board), opened.audio, 0);
    Opened { audio, clocks, echoes, ..opened }
}

/// What joins media to telephony and recorder.
struct Rings {
    copied: Consumer<Copied>,
    ports: media::Ports,
    commands: Producer<MediaCommand>,
    events: Consumer<MediaEvent>,
    sealed: Consumer<Box<SpanTick>>,
    read: Producer<Box<SpanTick>>,
}

fn rings() -> Rings {
    let (full, sealed) = RingBuffer::new(16);
    let (read, empty) = RingBuffer::new(16);
    let (commands, from_control) = RingBuffer::new(RING_MESSAGES);
    let (to_control, events) = RingBuffer::new(RING_MESSAGES);
    let (messages, copied) = RingBuffer::new(media::COPY_RING);
    let ports = media::Ports {
        commands: from_control,
        events: to_control,
        wake: Wake::new().expect("a descriptor"),
        sealer: Some(SealerPort { full, empty }),
        messages: Some(messages),
        counters: Arc::new(Counters::default()),
    };
    Rings { ports, commands, events, sealed, read, copied }
}

pub fn stamp(now: Time) -> Stamp {
    Stamp { boot: BOOT, time: now, utc: Utc::from_us(UTC_AT_BOOT_US + now.as_us() as i64) }
}

fn make_vault(now: Time, seed: u64) -> (Home, MemoryStore) {
    let mut vault = MemoryStore::new();
    let cost = Cost { memory_kib: 8, passes: 1 };
    let home = Home::create(&mut vault, CODE, cost, stamp(now), &mut Seeded::new(seed)).expect("memory takes a vault");
    (home, vault)
}

fn open_mail(files: &MemoryStore, seed: u64, settings: &Settings) -> MailDesk {
    let days = settings.mail.as_ref().map_or(30, |mail| mail.days);
    MailDesk::open(Box::new(files.clone()), Box::new(Seeded::new(seed + 3)), days).expect("memory is readable")
}

fn start_recorder(home: &Home, vault: &MemoryStore, life: LifeNo, now: Time, seed: u64) -> InlineRecorder {
    // As much as a box has, in smaller pieces: a house records little, and each piece is written ahead.
    let settings = RecorderSettings { segment_octets: 1 << 20, segments: 512, ..RecorderSettings::new(life, BOOT) };
    let store = Box::new(vault.clone());
    let random = || Box::new(Seeded::new(seed + 1)) as _;
    InlineRecorder::start(store, home.seal_for(), settings, stamp(now), random).expect("it starts")
}

/// The log with the vault's leaf sequence behind it. The index has tests of its own and is made from the log afterwards
/// where one is wanted.
fn start_journal(
    log: &MemoryStorage,
    home: &Home,
    vault: &MemoryStore,
    life: LifeNo,
    now: Time,
    (seed, live): (u64, LiveNow),
) -> Journal<MemoryStorage> {
    let (log, opened) = Log::open(log.clone(), LOG_LIMITS, life).expect("memory opens");
    let hands: [Box<dyn Store>; 2] = [Box::new(vault.clone()), Box::new(vault.clone())];
    let leaves = LeafFollower::open(home, hands, Box::new(Seeded::new(seed + 2)), live).expect("memory takes leaves");
    Journal::new(log, opened, Some(Box::new(leaves)), None, stamp(now))
}

/// The tones of China and prompts that can be told apart: each is a second of one octet.
pub fn sounds() -> Sounds {
    sounds_with(analog::plan::Country::Cn)
}

/// The same with the tones of the country in the settings.
fn sounds_of(settings: &Settings) -> Sounds {
    sounds_with(telephony::country(settings))
}

fn sounds_with(country: analog::plan::Country) -> Sounds {
    let mut sounds = Sounds::of_country(country.plan());
    for (name, octet) in PROMPTS {
        sounds.add_prompt(name, Voice { octets: vec![octet; 8000], law: Law::A });
    }
    sounds.add_prompt(TUNE, Voice { octets: voice(9, 12_345), law: Law::A });
    sounds
}

/// Music that is another at each place, so that it is told from itself a moment later.
pub const TUNE: &str = "tune";

const PROMPTS: [(&str, u8); 62] = [
    ("main_menu", 0x55),
    ("invalid", 0x56),
    ("timeout", 0x57),
    ("music", 0x58),
    ("goodbye", 0x59),
    ("queue_wait", 0x5a),
    ("emergency_notice", 0x5b),
    ("caller_kept", 0x5c),
    ("caller_not_kept", 0x5d),
    ("keys_hidden", 0x5e),
    ("keys_heard", 0x5f),
    ("recording_paused", 0x50),
    ("recording_resumed", 0x51),
    ("call_back_set", 0x60),
    ("call_back_not_set", 0x61),
    ("call_back_off", 0x62),
    ("key_pin", 0x63),
    ("pin_wrong", 0x64),
    ("pin_locked", 0x65),
    ("not_supervised", 0x66),
    ("you_listen", 0x67),
    ("you_whisper", 0x68),
    ("you_barge_in", 0x69),
    ("supervisor_joins", 0x6a),
    ("nothing_to_pick_up", 0x6b),
    ("parked", 0x6c),
    ("nobody_parked", 0x6d),
    ("nothing_to_redial", 0x6e),
    ("service_set", 0x40),
    ("service_cleared", 0x41),
    ("service_on", 0x42),
    ("service_off", 0x43),
    ("service_refused", 0x44),
    ("agent_signed_in", 0x45),
    ("agent_signed_out", 0x46),
    ("agent_paused", 0x47),
    ("agent_wrap_up_over", 0x48),
    ("agent_of_no_queue", 0x49),
    ("telephone_locked", 0x4a),
    ("agent_no_wrap_up", 0x4b),
    ("mail_greeting", 0x70),
    ("mail_full", 0x71),
    ("mail_taken", 0x72),
    ("mail_nothing_said", 0x73),
    ("mail_new", 0x74),
    ("mail_no_new", 0x75),
    ("mail_none", 0x76),
    ("mail_keys", 0x77),
    ("mail_deleted", 0x78),
    ("mail_last", 0x79),
    ("mail_damaged", 0x7a),
    ("mail_no_box", 0x7b),
    ("mail_no_pin", 0x7c),
    ("mail_not_read", 0x7d),
    ("mail_incomplete", 0x7e),
    ("mail_deleted_later", 0x7f),
    ("mail_greeting_menu", 0x30),
    ("mail_greeting_record", 0x31),
    ("mail_greeting_check", 0x32),
    ("mail_greeting_kept", 0x33),
    ("mail_greeting_standard", 0x34),
    ("mail_greeting_not_now", 0x35),
];

fn wiring(board: &Board, layout: &Layout, settings: Settings, version: Version, life: LifeNo) -> Wiring {
    let ringers: BTreeMap<SpanId, u8> = board
        .cards
        .iter()
        .filter_map(|card| Some((layout.spans_of(card.serial).next()?.span, card.ring_budget?)))
        .collect();
    Wiring { life, layout: layout.clone(), settings: Arc::new(settings), version, distinct: 1, ringers }
}

/// A voice that can be told from silence and from any other.
pub fn voice(seed: u8, len: usize) -> Vec<u8> {
    (0..len).map(|at| (at as u8).wrapping_mul(31) ^ seed).collect()
}

/// Whether something was heard whole, sample for sample.
pub fn contains(heard: &[u8], said: &[u8]) -> bool {
    heard.windows(said.len()).any(|window| window == said)
}
