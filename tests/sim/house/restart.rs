//! The box dies and comes back: what it had in memory is gone; the world, the vault and the call table stay.

use std::{
    collections::{BTreeMap, BTreeSet},
    mem,
    sync::Arc,
    time::Duration,
};

use call::{CallEvent, Side, Wishes};
use frame::{CallId, LifeNo, SpanId, TICK};
use isdn::{CallEntry, Cause, HoldState};
use ringfence::{
    journal::{BoxEvent, Event},
    media,
    recorder::{Home, RecorderCommand},
    telephony::{self, CallTable, LastLife, OutOfService, Row, TakenOver},
};
use settings::Settings;
use sim::{ExchangeAct, HandsetAct, Operator, OutsideCall, Told};

use ringfence::{
    daemon::{LiveNow, RecorderFacts, mail_people},
    mail::Order as MailOrder,
};

use super::{
    BOOT, House, Opened, Rings, open_cards, open_mail, rings, sounds_of, stamp, start_journal, start_recorder, wiring,
};

impl House {
    /// The daemon is killed. After `away` another one starts, with what a holder kept.
    pub fn is_killed_for(&mut self, away: Duration) -> TakenOver {
        self.lets_go();
        self.passes(away);
        self.starts_again()
    }

    /// The call table has lost what it knew of the calls; the signalling of their channels is still there.
    pub fn loses_the_rows_of_calls(&mut self) {
        let calls: BTreeSet<CallId> = self.facts.iter().map(CallEvent::call).collect();
        calls.into_iter().for_each(|call| self.table.keep(&Row::CallOver(call)).expect("memory takes it"));
    }

    /// The call table has the calls of a span on hold, and their channels were given to others.
    pub fn holds_without_channels(&mut self, span: SpanId) {
        for entry in self.kept().channels.remove(&span).unwrap_or_default() {
            let held = CallEntry { timeslot: None, hold: HoldState::HeldByFarEnd, ..entry };
            self.table.keep(&Row::Channel(span, held)).expect("memory takes it");
        }
    }

    /// New settings hold for calls to come.
    pub fn applies(&mut self, settings: Settings) {
        let before = mem::replace(&mut self.settings, settings);
        self.earlier.insert(self.version, before);
        self.version.0 += 1;
        self.telephony.apply(self.now, Arc::new(self.settings.clone()), self.version);
        self.feed(telephony::Input::Timeout);
    }

    /// The daemon is killed, and the caller hangs up before another one starts.
    pub fn hangs_up_while_away(&mut self, call: u32, away: Duration) -> TakenOver {
        self.lets_go();
        let act = ExchangeAct::Clear { call: OutsideCall(call), cause: Cause::NormalClearing };
        self.operate(Operator::Exchange(SpanId(0), act));
        self.passes(away);
        self.starts_again()
    }

    /// What the daemon does with calls of the log that were not taken over.
    pub fn close_open_calls(&mut self, taken: &TakenOver) {
        let ended: BTreeSet<CallId> = self
            .facts
            .iter()
            .filter_map(|fact| match fact {
                CallEvent::Ended { call, .. } => Some(*call),
                _ => None,
            })
            .collect();
        let began = self.facts.iter().map(CallEvent::call).collect::<BTreeSet<_>>();
        let (cause, by) = (Cause::TemporaryFailure, Side::Box);
        let open = began.into_iter().filter(|call| !ended.contains(call) && !taken.calls.contains(call));
        let ends: Vec<_> = open.map(|call| CallEvent::Ended { call, cause, by }).collect();
        for end in ends {
            self.tell(end.clone());
            self.facts.push(end);
        }
    }

    /// Lifts a handset where the telephone rings.
    pub fn lifts_if_it_rings(&mut self, position: u8) {
        let lane = self.telephone(position);
        let last = self.told.iter().rev().find_map(|event| match event.told {
            Told::RingerSounds(of) if of == lane => Some(true),
            Told::RingerSilent(of) if of == lane => Some(false),
            _ => None,
        });
        if last == Some(true) {
            self.handset(position, HandsetAct::Lift);
        }
    }

    /// What the call table holds of calls.
    pub fn kept(&self) -> LastLife {
        let copy = CallTable::memory().expect("a descriptor");
        let mut page = vec![0; 4096];
        for at in (0..CallTable::OCTETS).step_by(page.len()) {
            self.table.held().read_at(at, &mut page).expect("memory is readable");
            copy.write_at(at, &page).expect("memory takes it");
        }
        CallTable::take_over(copy, BOOT, self.life).expect("memory").1
    }

    fn starts_again(&mut self) -> TakenOver {
        self.life = LifeNo(self.life.0 + 1);
        let memory = CallTable::memory().expect("a descriptor");
        let spare = CallTable::take_over(memory, BOOT, self.life).expect("memory").0;
        let (table, last) = CallTable::take_over(mem::replace(&mut self.table, spare).into_memory(), BOOT, self.life)
            .expect("it was kept");
        self.table = table;
        self.starts_media_and_recorder();
        let wiring = wiring(&self.board, &self.layout, self.settings.clone(), self.version, self.life);
        self.telephony = telephony::Plane::new(wiring, sounds_of(&self.settings));
        let taken = self.telephony.adopt(self.now, last, &self.earlier);
        self.telephony.restore_wishes(self.now, self.wishes());
        self.telephony.take_out_again(self.now, self.out_of_service());
        self.finish_recordings(&taken);
        self.load_sounds();
        self.feed(telephony::Input::Timeout);
        taken
    }

    /// What the log says of it, as the index has it.
    fn out_of_service(&self) -> OutOfService {
        let told = self.records.iter().filter_map(|record| match record.event() {
            Some(Event::Box(BoxEvent::OutOfService { span, timeslots })) => Some((*span, timeslots.clone())),
            _ => None,
        });
        told.collect()
    }

    /// What the log says people have set, as the index has it.
    fn wishes(&self) -> BTreeMap<String, Wishes> {
        let told = self.records.iter().filter_map(|record| match record.event() {
            Some(Event::Call(CallEvent::ServiceSet { extension, now, .. })) => Some((extension.clone(), now.clone())),
            _ => None,
        });
        told.collect()
    }

    /// Lets go of all cards, as a process that ends does.
    fn lets_go(&mut self) {
        let cards = self.board.cards.iter().map(|card| card.serial);
        cards.for_each(|serial| self.direct.close(self.now, serial));
    }

    /// The world goes on without the box.
    fn passes(&mut self, time: Duration) {
        let end = self.now + time;
        while self.now < end {
            self.now += TICK;
            self.direct.tick(self.now);
            self.direct.pump(self.now);
            self.tell_told();
        }
    }

    fn starts_media_and_recorder(&mut self) {
        let Opened { audio, cards, clocks, echoes } = open_cards(&mut self.direct, &self.board, self.now);
        let Rings { ports, commands, events, sealed, read, copied } = rings();
        (self.media, self.cards) = (media::Plane::new(audio, 0, ports), cards);
        (self.clocks, self.echoes) = (clocks, echoes);
        (self.commands, self.events, self.sealed, self.read) = (commands, events, sealed, read);
        // A message is on the disk as far as a second of it was whole.
        (self.copied, self.mail) = (copied, open_mail(&self.mail_files, self.seed + 9, &self.settings));
        self.mail_orders.push_back(MailOrder::People(mail_people(&self.settings)));
        let home = Home::open(&self.vault).expect("memory is readable").expect("the vault is there");
        let seed = self.seed + u64::from(self.life.0);
        self.recorder = start_recorder(&home, &self.vault, self.life, self.now, seed);
        let live = LiveNow::default();
        self.recorder_facts = RecorderFacts::new(live.clone());
        self.journal = start_journal(&self.log, &home, &self.vault, self.life, self.now, (seed, live));
        self.untold = false;
    }

    fn finish_recordings(&mut self, taken: &TakenOver) {
        let open: Vec<_> = self.recorder.open().iter().map(|open| open.recording).collect();
        for recording in open.into_iter().filter(|recording| !taken.recordings.contains(recording)) {
            self.recorder.handle_command(RecorderCommand::Finish { recording, stamp: stamp(self.now) });
        }
    }
}
