//! Messages of callers, as telephony has to do with them: their voice is copied out of its lane, and one that is heard is
//! made a clip with the words around it.

use std::sync::Arc;

use call::{MailKind, MailOrder, MailTold, MailboxView};
use codec::transcode_table;
use frame::{LaneId, Law, PortId};
use zeroize::Zeroizing;

use super::{Output, Plane, sound::Sounds};
use crate::{
    journal::{Alarm, Store},
    mail::{Message, Order, Told},
    media::{Clip, ClipId, MediaCommand, PlayId, Playlist, Source},
};

/// What is said of a message before it.
const FROM: &str = "mail_from";
const FROM_UNKNOWN: &str = "mail_from_unknown";
const THIS_HOUR: &str = "mail_this_hour";
const TWO_OF: &str = "number_2_of";

/// And behind one that is not whole.
const INCOMPLETE: &str = "mail_incomplete";

/// Seconds of an hour, and of a day.
const HOUR_S: u64 = 3600;
const DAY_S: u64 = 24 * HOUR_S;

/// 8,000 samples a second.
const OCTETS_PER_MS: usize = 8;

impl Plane {
    /// Carries out what call control wants of a message.
    pub(super) fn mail_order(&mut self, order: MailOrder) {
        let copy = match &order {
            MailOrder::Take { message, lane, .. } => Some(MediaCommand::Copy { lane: *lane, to: Some(*message) }),
            MailOrder::Done { lane: Some(lane), .. } | MailOrder::Drop { lane: Some(lane), .. } => {
                Some(MediaCommand::Copy { lane: *lane, to: None })
            }
            _ => None,
        };
        // Who keeps it hears of a message before the first tick of it.
        self.outputs.push_back(Output::Mail(Order::Of(order)));
        // Whoever speaks hears nothing more of a greeting.
        if let Some(MediaCommand::Copy { lane, to: Some(_) }) = copy {
            self.message_over(lane);
        }
        copy.into_iter().for_each(|command| self.media(command));
        self.show_mailboxes();
    }

    /// Who keeps the messages tells something.
    pub(super) fn mail_told(&mut self, told: Told) {
        match told {
            Told::Control(told) => {
                let alarm = match told {
                    MailTold::Disk { full } => Some((Alarm::DiskFull { store: Store::Mail }, full)),
                    MailTold::Key { damaged } => Some((Alarm::MailKeyDamaged, damaged)),
                    _ => None,
                };
                self.outputs.extend(alarm.map(|(alarm, raised)| Output::Alarm { alarm, raised }));
                self.tell_control(call::Input::Mail(told));
            }
            Told::Play(message) => {
                // Also where nobody waits for it any more: whoever was too slow answers again.
                self.tell_control(call::Input::Mail(MailTold::Answers));
                self.play_message(message);
            }
            Told::Stuck { stuck } => {
                self.outputs.push_back(Output::Alarm { alarm: Alarm::MailStuck, raised: stuck });
                self.tell_control(call::Input::Mail(MailTold::Stuck { stuck }));
            }
            Told::Late { late } => {
                self.outputs.push_back(Output::Alarm { alarm: Alarm::MailBehind, raised: late });
            }
            // The log has them from whoever hands this on.
            Told::Asks(_)
            | Told::Recovered { .. }
            | Told::DeletedLate { .. }
            | Told::Damaged { .. }
            | Told::Expired { .. }
            | Told::Behind { .. } => (),
        }
        self.show_mailboxes();
    }

    /// Tells where who keeps the messages answers no more, or does again.
    pub(super) fn tell_whether_mail_answers(&mut self) {
        let silent = self.control.mail_is_silent();
        if std::mem::replace(&mut self.mail_silent, silent) != silent {
            self.outputs.push_back(Output::Alarm { alarm: Alarm::MailSilent, raised: silent });
        }
    }

    /// Plays a message to who wants it still.
    fn play_message(&mut self, message: Message) {
        let (lane, play, law) = (message.lane, message.play, message.law);
        if !self.control.awaits_play(lane, play) {
            return;
        }
        let said_octets = message.octets.len();
        let (octets, before_octets) = spoken(&self.sounds, message);
        let ms = |octets: usize| u32::try_from(octets / OCTETS_PER_MS).unwrap_or(u32::MAX);
        let (before_ms, heard_ms, all_ms) = (ms(before_octets), ms(before_octets + said_octets), ms(octets.len()));
        let station = self.station_at.get(&lane).and_then(|port| self.stations.get(port));
        let commands = match station {
            Some(station) => Some(station.play_message(octets, law, play)),
            None => self.greets(lane, octets, law, play),
        };
        let Some(commands) = commands else {
            return self.tell_control(call::Input::Mail(MailTold::NotPlayed { lane, play }));
        };
        commands.into_iter().for_each(|command| self.media(command));
        self.plays_message.insert(lane);
        self.tell_control(call::Input::Mail(MailTold::Plays { lane, play, before_ms, heard_ms, all_ms }));
    }

    /// Plays somebody's own greeting to a caller from outside; nothing where there is no place for it.
    fn greets(&mut self, lane: LaneId, octets: Zeroizing<Vec<u8>>, law: Law, play: u32) -> Option<[MediaCommand; 2]> {
        let is_free = |clip: &ClipId| self.greeted.iter().all(|(of, taken)| *of == lane || taken != clip);
        let clip = self.greeted.get(&lane).copied().or_else(|| ClipId::of_callers().find(is_free))?;
        self.greeted.insert(lane, clip);
        let source = Source::Play { list: Playlist::new([clip]), play: PlayId(play) };
        let audio = Arc::new(Clip { octets, law });
        Some([MediaCommand::Load { clip, audio }, MediaCommand::Hear { lane, source }])
    }

    /// The clip of a message that is no longer heard is taken out of memory.
    pub(super) fn message_over(&mut self, lane: LaneId) {
        if let Some(clip) = self.greeted.remove(&lane) {
            let audio = Arc::new(Clip { octets: Zeroizing::default(), law: Law::A });
            self.media(MediaCommand::Load { clip, audio });
        }
        if !self.plays_message.remove(&lane) {
            return;
        }
        let station = self.station_at.get(&lane).and_then(|port| self.stations.get(port));
        station.map(|station| station.no_message()).into_iter().for_each(|command| self.media(command));
    }

    /// How the box of a telephone is, and whether its person can hear it.
    pub(super) fn mailbox(&self, port: PortId) -> Option<MailboxView> {
        let mailbox = self.control.mailbox(port)?;
        let extension = self.extensions.get(&port);
        let person = self.settings.people.iter().find(|row| row.extension.as_ref() == extension);
        let without_pin = person.is_none_or(|row| row.pin.is_none());
        Some(MailboxView { without_pin, ..mailbox })
    }

    /// Lights or puts out the lamps of telephones whose boxes changed.
    pub(super) fn show_mailboxes(&mut self) {
        let ports: Vec<PortId> = self.stations.keys().copied().collect();
        for port in ports {
            let new = self.control.mailbox(port).map(|mailbox| mailbox.new);
            self.lamps_own(port, new);
        }
    }
}

/// A message with the words around it, in its own law; and how much of it those before it are.
fn spoken(sounds: &Sounds, message: Message) -> (Zeroizing<Vec<u8>>, usize) {
    let law = message.law;
    // Of a greeting its person knows that.
    let about = match message.kind {
        MailKind::Message => [whose(message.number.as_deref()), age(message.age_s)].concat(),
        MailKind::Greeting => Vec::new(),
    };
    let before = message.before.iter().cloned().chain(about);
    // A prompt that is missing is left out.
    let before: Vec<&Clip> = before.filter_map(|name| sounds.clip(&name)).collect();
    let incomplete = (!message.whole).then_some(INCOMPLETE);
    let after = incomplete.into_iter().chain(message.after.iter().map(String::as_str));
    let after: Vec<&Clip> = after.filter_map(|name| sounds.clip(name)).collect();
    let length = |clips: &[&Clip]| clips.iter().map(|clip| clip.octets.len()).sum::<usize>();
    let before_octets = length(&before);
    // All there is room for at once: a vector that grows leaves what it had.
    let all_octets = before_octets + message.octets.len() + length(&after);
    let mut octets = Zeroizing::new(Vec::with_capacity(all_octets));
    before.into_iter().for_each(|clip| say(clip, law, &mut octets));
    octets.extend_from_slice(&message.octets);
    after.into_iter().for_each(|clip| say(clip, law, &mut octets));
    (octets, before_octets)
}

fn say(clip: &Clip, law: Law, octets: &mut Vec<u8>) {
    match transcode_table(clip.law, law) {
        Some(table) => octets.extend(clip.octets.iter().map(|octet| table[usize::from(*octet)])),
        None => octets.extend_from_slice(&clip.octets),
    }
}

/// Who called, digit by digit.
fn whose(number: Option<&str>) -> Vec<String> {
    let Some(number) = number else { return vec![FROM_UNKNOWN.to_owned()] };
    let digits = number.chars().filter(char::is_ascii_digit).map(|digit| format!("number_{digit}"));
    std::iter::once(FROM.to_owned()).chain(digits).collect()
}

/// How long ago: the prompts have no words for a time of day.
fn age(age_s: u64) -> Vec<String> {
    let of = |count: u64, one: &str, many: &str| {
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        // Chinese counts things by another word for two than it counts by.
        let mut said = if count == 2 { vec![TWO_OF.to_owned()] } else { call::spoken_number(count) };
        said.push(if count == 1 { one } else { many }.to_owned());
        said
    };
    match age_s {
        0..HOUR_S => vec![THIS_HOUR.to_owned()],
        HOUR_S..DAY_S => of(age_s / HOUR_S, "mail_hour_ago", "mail_hours_ago"),
        _ => of(age_s / DAY_S, "mail_day_ago", "mail_days_ago"),
    }
}

#[cfg(test)]
mod tests {
    use std::{
        fs::{self, File},
        os::unix::fs::FileExt,
    };

    use super::*;
    use crate::wav;

    #[test]
    fn behind_a_message_that_is_not_whole_that_is_said_before_the_keys() {
        let mut sounds = Sounds::default();
        for (name, octet) in [(INCOMPLETE, 0x11), ("mail_keys", 0x12)] {
            sounds.add_prompt(name, wav::Voice { octets: vec![octet; 8], law: Law::A });
        }
        let said = |whole| {
            let (lane, before, after) = (LaneId::default(), Vec::new(), vec!["mail_keys".to_owned()]);
            let octets = vec![0x2a; 16].into();
            let kind = MailKind::Message;
            let message =
                Message { kind, lane, play: 1, before, after, law: Law::A, octets, whole, number: None, age_s: 5 };
            spoken(&sounds, message)
        };
        assert_eq!(said(true), ([[0x2a; 16].as_slice(), &[0x12; 8]].concat().into(), 0));
        assert_eq!(said(false), ([[0x2a; 16].as_slice(), &[0x11; 8], &[0x12; 8]].concat().into(), 0));
    }

    /// A voice that comes round after so many octets, all different, which nothing else in memory says. Each of it is kept
    /// the other way round, or the search would find itself.
    const ROUND: usize = 48;

    fn inverted() -> [u8; ROUND] {
        let mut octet = 0x5a_u8;
        // A generator of full period (Hull and Dobell), which has no octet twice among 256.
        std::array::from_fn(|_| {
            octet = octet.wrapping_mul(77).wrapping_add(113);
            octet
        })
    }

    /// How often the voice stands in what this process can write to, but for its first or last time: only each ROUND-th octet
    /// is looked at, and which of the voice it would be says what has to follow. All tests of the program share its memory, which is
    /// some gigabyte.
    fn in_memory() -> usize {
        let (inverted, mut piece) = (inverted(), Zeroizing::new(vec![0; 1 << 16]));
        // The search does not find what it has read itself.
        let own = piece.as_ptr().addr()..piece.as_ptr().addr() + piece.len();
        let memory = File::open("/proc/self/mem").expect("a process may read its memory");
        let mut place = [None; 256];
        inverted.iter().enumerate().for_each(|(at, octet)| place[usize::from(!octet)] = Some(at));
        let is_voice = |round: &[u8]| {
            let begin = place[usize::from(round[0])];
            begin.is_some_and(|begin| (0..ROUND).all(|at| round[at] == !inverted[(begin + at) % ROUND]))
        };
        let mut found = 0;
        for line in fs::read_to_string("/proc/self/maps").unwrap().lines() {
            let mut words = line.split_whitespace();
            let (range, rights) = (words.next().unwrap(), words.next().unwrap());
            let (from, to) = range.split_once('-').unwrap();
            let [mut at, to] = [from, to].map(|end| usize::from_str_radix(end, 16).unwrap());
            // A page that another thread gave back meanwhile is no memory any more.
            while rights.starts_with("rw") && at < to {
                let Ok(octets @ 1..) = memory.read_at(&mut piece, at as u64) else { break };
                let rounds = piece[..octets.min(to - at)].chunks_exact(ROUND).enumerate();
                found += rounds.filter(|(no, round)| is_voice(round) && !own.contains(&(at + no * ROUND))).count();
                at += octets;
            }
        }
        found
    }

    #[test]
    fn what_was_played_is_nowhere_in_memory_once_it_is_over() {
        let mut sounds = Sounds::default();
        sounds.add_prompt("mail_keys", wav::Voice { octets: vec![0x12; 30_000], law: Law::A });
        let (lane, before, after) = (LaneId::default(), vec!["mail_keys".to_owned()], vec!["mail_keys".to_owned()]);
        let mut octets = Zeroizing::new(Vec::with_capacity(1000 * ROUND));
        (0..1000).for_each(|_| octets.extend(inverted().map(|octet| !octet)));
        let kind = MailKind::Message;
        let message =
            Message { kind, lane, play: 1, before, after, law: Law::A, octets, whole: true, number: None, age_s: 5 };
        let (octets, _) = spoken(&sounds, message);
        assert_eq!(octets.capacity(), octets.len(), "there was room for all from the start");
        let clip = Arc::new(Clip { octets, law: Law::A });
        // All but those that two pieces of memory share.
        let plays = in_memory();
        assert!((980..=1000).contains(&plays), "it is there once while it plays, and not {plays} of 1000");
        drop(clip);
        assert_eq!(in_memory(), 0);
    }

    #[test]
    fn a_caller_is_said_digit_by_digit_and_an_age_in_hours_or_days() {
        assert_eq!(whose(Some("+8610")), ["mail_from", "number_8", "number_6", "number_1", "number_0"]);
        assert_eq!(whose(None), ["mail_from_unknown"]);
        assert_eq!(age(3599), ["mail_this_hour"]);
        assert_eq!(age(3600), ["number_1", "mail_hour_ago"]);
        assert_eq!(age(2 * HOUR_S), ["number_2_of", "mail_hours_ago"]);
        assert_eq!(age(23 * HOUR_S + 3599), ["number_23", "mail_hours_ago"]);
        assert_eq!(age(DAY_S), ["number_1", "mail_day_ago"]);
        assert_eq!(age(31 * DAY_S), ["more_than", "number_30", "mail_days_ago"]);
    }
}
