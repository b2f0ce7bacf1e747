//! What one analog port sends of its own accord: digits that it dials, who calls.
//!
//! It is made as a clip in the law of the port's lane, before it is wanted, and played once; so the media thread only
//! moves octets. Each port has one place in the table of clips, because it sends one thing at a time.

use std::sync::Arc;

use analog::{
    plan::{CallerIdKind, CallerIdMoment, CallerIdSignal, CountryPlan, MessagesSignal},
    port_test::TAKEN_TICKS,
};
use dsp::{
    caller_id::{self, CallerId, dtmf_digits},
    dtmf::{DtmfDigit, Generator, Timing},
    probe::white_noise,
    tone::{self, AfterLast, Playing, TonePlan, ToneStep},
};
use frame::{LaneId, Law, OCTETS_PER_TICK, Octets};
use zeroize::Zeroizing;

use crate::media::{Clip, ClipId, MediaCommand, PlayId, Playlist, Source};

/// Set in the names of ports' playings, so that none is taken for one of call control's, which count from 1.
const OF_A_PORT: u32 = 1 << 31;

const SAMPLES_PER_MS: usize = 8;

/// The alerting signal before a message that comes without a ring: EN 300 659-1, DT-AS, with the silence around it.
const ALERT: TonePlan = TonePlan {
    steps: &[ToneStep::pause(150), ToneStep::two(2130, 2750, 100), ToneStep::pause(60)],
    after_last: AfterLast::End,
    level_dbm0: -13.0,
};

/// Between the tone of a call that waits and the alerting signal: GR-30-CORE, 0 to 50 ms.
const ALERT_IN_TALK_GAP: TonePlan =
    TonePlan { steps: &[ToneStep::pause(20)], after_last: AfterLast::End, level_dbm0: -15.0 };

/// Sends for one port.
#[derive(Debug)]
pub(super) struct Sender {
    lane: LaneId,
    law: Law,
    place: ClipId,
    count: u32,
    /// The playing that sounds.
    sending: Option<PlayId>,
}

impl Sender {
    pub(super) fn new(lane: LaneId, law: Law, place: ClipId) -> Sender {
        Sender { lane, law, place, count: 0, sending: None }
    }

    /// How the lane's octets are coded.
    pub(super) fn law(&self) -> Law {
        self.law
    }

    /// Sends who calls, as a kind of telephone takes it; what the media thread is to be told, and how long it lasts in
    /// milliseconds. Nothing where that kind cannot say it: China's digits have no word for a number that is not known.
    pub(super) fn caller_id(
        &mut self,
        caller: &CallerId,
        kind: CallerIdKind,
        plan: &CountryPlan,
    ) -> Option<([MediaCommand; 2], u16)> {
        let mut octets = Vec::new();
        match kind.signal {
            CallerIdSignal::Fsk(signal) => {
                if kind.moment == CallerIdMoment::BeforeRing {
                    octets.extend(self.tone(ALERT));
                }
                let mut generator = caller_id::Generator::new(caller, signal, self.law);
                octets.extend(whole(|octets| generator.process(octets)));
            }
            CallerIdSignal::Dtmf(frame) => {
                let digits = dtmf_digits(caller, frame);
                if digits.is_empty() {
                    return None;
                }
                let mut generator = Generator::new(plan.dtmf, self.law);
                // A number is shorter than what the generator takes; the frame adds two.
                let all = digits.into_iter().all(|digit| generator.push(digit));
                assert!(all, "a number is longer than any plan allows");
                octets.extend(whole(|octets| generator.process(octets)));
            }
        }
        let ms = u16::try_from(octets.len() / SAMPLES_PER_MS).unwrap_or(u16::MAX);
        Some((self.play(octets), ms))
    }

    /// Sends whether messages wait; what the media thread is to be told, and how long it lasts in milliseconds.
    pub(super) fn messages_waiting(&mut self, waiting: bool, signal: MessagesSignal) -> ([MediaCommand; 2], u16) {
        let mut octets = if signal.alerts { self.tone(ALERT) } else { Vec::new() };
        let mut generator = caller_id::Generator::of_messages(waiting, signal.modem, self.law);
        octets.extend(whole(|octets| generator.process(octets)));
        let ms = u16::try_from(octets.len() / SAMPLES_PER_MS).unwrap_or(u16::MAX);
        (self.play(octets), ms)
    }

    /// Sends the tone of a call that waits, and behind it the signal that asks the telephone to take who calls; what the media
    /// thread is to be told.
    pub(super) fn waiting_tone(&mut self, alerts: bool, plan: &CountryPlan) -> [MediaCommand; 2] {
        let mut octets = self.tone(plan.call_waiting_burst());
        if alerts {
            octets.extend(self.tone(ALERT_IN_TALK_GAP));
            octets.extend(self.tone(caller_id::ALERT));
        }
        self.play(octets)
    }

    /// Sends who calls into a talk; what the media thread is to be told. Nothing where the telephone takes no modem.
    pub(super) fn caller_id_in_talk(&mut self, caller: &CallerId, kind: CallerIdKind) -> Option<[MediaCommand; 2]> {
        let CallerIdSignal::Fsk(signal) = kind.signal else { return None };
        let mut generator = caller_id::Generator::in_talk(caller, signal, self.law);
        Some(self.play(whole(|octets| generator.process(octets))))
    }

    fn tone(&self, plan: TonePlan) -> Vec<u8> {
        let mut generator = tone::Generator::new(plan, self.law);
        whole(|octets| generator.process(octets))
    }

    /// Sends digits; what the media thread is to be told.
    pub(super) fn digits(&mut self, digits: &[DtmfDigit], timing: Timing) -> [MediaCommand; 2] {
        let mut generator = Generator::new(timing, self.law);
        for digit in digits {
            // A number is shorter than what the generator takes; a digit too many would be a wrong number.
            assert!(generator.push(*digit), "a number of {} digits is longer than any plan allows", digits.len());
        }
        self.play(whole(|octets| generator.process(octets)))
    }

    /// Sends white noise, which comes round once what is taken of it is over, until something else is heard there; what the media thread is to be told. Its end is not told.
    pub(super) fn noise(&self) -> [MediaCommand; 2] {
        let audio = Arc::new(Clip { octets: white_noise(self.law, TAKEN_TICKS).into(), law: self.law });
        let source = Source::Loop(self.place);
        [MediaCommand::Load { clip: self.place, audio }, MediaCommand::Hear { lane: self.lane, source }]
    }

    /// Plays a message as call control's playing; what the media thread is to be told.
    pub(super) fn message(&self, octets: Zeroizing<Vec<u8>>, law: Law, play: PlayId) -> [MediaCommand; 2] {
        let audio = Arc::new(Clip { octets, law });
        let source = Source::Play { list: Playlist::new([self.place]), play };
        [MediaCommand::Load { clip: self.place, audio }, MediaCommand::Hear { lane: self.lane, source }]
    }

    /// Takes what was sent last out of the table; what the media thread is to be told.
    pub(super) fn nothing(&self) -> MediaCommand {
        MediaCommand::Load { clip: self.place, audio: Arc::new(Clip { octets: Zeroizing::default(), law: self.law }) }
    }

    /// Whether the playing that ended is what was being sent: it has left, then.
    pub(super) fn has_sent(&mut self, play: PlayId) -> bool {
        self.sending.take_if(|sending| *sending == play).is_some()
    }

    /// Plays a prompt of the box; what the media thread is to be told.
    pub(super) fn prompt(&mut self, clip: ClipId) -> MediaCommand {
        let source = Source::Play { list: Playlist::new([clip]), play: self.next_play() };
        MediaCommand::Hear { lane: self.lane, source }
    }

    fn next_play(&mut self) -> PlayId {
        self.count = self.count.wrapping_add(1);
        let play = PlayId(self.count | OF_A_PORT);
        self.sending = Some(play);
        play
    }

    fn play(&mut self, octets: Vec<u8>) -> [MediaCommand; 2] {
        let play = self.next_play();
        let audio = Arc::new(Clip { octets: octets.into(), law: self.law });
        let source = Source::Play { list: Playlist::new([self.place]), play };
        [MediaCommand::Load { clip: self.place, audio }, MediaCommand::Hear { lane: self.lane, source }]
    }
}

/// Everything that a generator has to say.
pub(super) fn whole(mut process: impl FnMut(&mut Octets) -> Playing) -> Vec<u8> {
    let mut all = Vec::new();
    loop {
        let mut octets = [0; OCTETS_PER_TICK];
        let playing = process(&mut octets);
        all.extend(octets);
        if playing == Playing::Ended {
            return all;
        }
    }
}
