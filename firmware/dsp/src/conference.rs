//! Mixes conferences: each party hears all others, whatever their number, laws and spans.
//!
//! A sum is taken once and each party's own voice subtracted from it; what leaves 16 bits is clipped. Who hears whom is
//! one table ([`Part::hears`]), of which all rows are that sum, some with the coaches' beside it.
//!
//! 8 kHz, ticks of 80 octets, no delay. Here registers lie along the samples of a party and not across timeslots: a
//! conference of three would leave most of sixteen lanes empty. Sums are whole numbers and exact up to 512 parties who
//! shout; of more the last bit is rounded, the same on every machine.
//! Not here: who is in which conference (the media plane); levels and noise of its parties.

use codec::lanes::{self, WIDTH};
use fearless_simd::{Level, Simd, dispatch, f32x4, f32x16, prelude::*, u8x64, u32x16};
use frame::{Law, OCTETS_PER_TICK, Octets};

/// What a party is in a conference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Part {
    /// Speaks and is heard by all: whoever is in it, and a supervisor who barges in.
    #[default]
    Speaks,
    /// Speaks, and hears the coaches too: an agent who is whispered to.
    Coached,
    /// Whispers: is heard by the coached only.
    Coaches,
    /// Is heard by nobody.
    Listens,
}

impl Part {
    /// All parts.
    pub const ALL: [Part; 4] = [Part::Speaks, Part::Coached, Part::Coaches, Part::Listens];

    /// Whether a party hears another one, by their parts. Nobody hears himself.
    pub const fn hears(self, other: Part) -> bool {
        match other {
            Part::Speaks | Part::Coached => true,
            Part::Coaches => matches!(self, Part::Coached),
            Part::Listens => false,
        }
    }

    /// Whether all others hear it.
    const fn is_heard(self) -> bool {
        matches!(self, Part::Speaks | Part::Coached)
    }
}

/// A party in one tick.
#[derive(Clone, Copy, Debug)]
pub struct Party {
    /// What it is.
    pub part: Part,
    /// How its octets are coded.
    pub law: Law,
    /// What it says; and once mixed, what it hears.
    pub octets: Octets,
}

/// Mixes one conference at a time. Keeps nothing from tick to tick.
#[derive(Clone, Debug)]
pub struct Mixer {
    level: Level,
    groups: Vec<Group>,
}

/// Parties that are coded together: four ticks of octets are five registers.
const GROUP: usize = 4;
/// Samples lie in words of four octets, so in four rows: the first of each word, the second, and so on.
const ROWS: usize = 4;
/// Words of a tick.
const WORDS: usize = OCTETS_PER_TICK / ROWS;
/// Octets of a register.
const REGISTER: usize = ROWS * WIDTH;

/// Up to four parties of one law.
#[derive(Clone, Debug)]
#[repr(C, align(64))]
struct Group {
    octets: [Octets; GROUP],
    /// Linear, party after party in each row.
    samples: [[f32; GROUP * WORDS]; ROWS],
    law: Law,
    members: [Member; GROUP],
    len: usize,
}

/// Which of the parties it is.
#[derive(Clone, Copy, Debug, Default)]
struct Member {
    index: usize,
    part: Part,
}

/// A tick of one voice or of a sum.
type Voice = [[f32; WORDS]; ROWS];

impl Mixer {
    /// A mixer for conferences of up to `parties`. Allocates all that it will ever need.
    pub fn new(parties: usize) -> Mixer {
        Mixer::with_level(Level::new(), parties)
    }

    /// One for each set of vector instructions that this processor has. All of them make the same octets.
    pub fn of_every_level(parties: usize) -> Vec<Mixer> {
        lanes::levels().into_iter().map(|level| Mixer::with_level(level, parties)).collect()
    }

    fn with_level(level: Level, parties: usize) -> Mixer {
        // One more: each law has a group of its own that may not be full.
        Mixer { level, groups: vec![Group::EMPTY; parties.div_ceil(GROUP) + 1] }
    }

    /// Mixes a tick: what each party says becomes what it hears.
    ///
    /// # Panics
    /// Where there are more parties than the mixer was made for.
    pub fn process(&mut self, parties: &mut [Party]) {
        let count = self.gather(parties);
        let groups = &mut self.groups[..count];
        dispatch!(self.level, simd => mix(simd, groups));
        for group in groups {
            for (octets, member) in group.octets.iter().zip(&group.members[..group.len]) {
                parties[member.index].octets = *octets;
            }
        }
    }

    /// Puts parties of a law together; how many groups they make.
    fn gather(&mut self, parties: &[Party]) -> usize {
        let mut count = 0;
        for law in [Law::A, Law::Mu] {
            let mut of_law = parties.iter().enumerate().filter(|(_, party)| party.law == law).peekable();
            while of_law.peek().is_some() {
                self.groups[count].fill(law, of_law.by_ref().take(GROUP));
                count += 1;
            }
        }
        count
    }
}

impl Group {
    const EMPTY: Group = Group {
        octets: [[0; OCTETS_PER_TICK]; GROUP],
        samples: [[0.0; GROUP * WORDS]; ROWS],
        law: Law::A,
        members: [Member { index: 0, part: Part::Listens }; GROUP],
        len: 0,
    };

    fn fill<'a>(&mut self, law: Law, parties: impl Iterator<Item = (usize, &'a Party)>) {
        (self.law, self.len) = (law, 0);
        for (index, party) in parties {
            self.octets[self.len] = party.octets;
            self.members[self.len] = Member { index, part: party.part };
            self.len += 1;
        }
    }
}

#[inline(always)]
fn mix<S: Simd>(simd: S, groups: &mut [Group]) {
    let (mut all, mut coaches) = ([[0.0; WORDS]; ROWS], [[0.0; WORDS]; ROWS]);
    for group in groups.iter_mut() {
        match group.law {
            Law::A => decode::<S, false>(simd, group),
            Law::Mu => decode::<S, true>(simd, group),
        }
        for at in 0..group.len {
            match group.members[at].part {
                Part::Speaks | Part::Coached => add(simd, &mut all, group, at),
                Part::Coaches => add(simd, &mut coaches, group, at),
                Part::Listens => (),
            }
        }
    }
    for group in groups {
        for at in 0..group.len {
            let part = group.members[at].part;
            hear(simd, group, at, part, &all, &coaches);
        }
        match group.law {
            Law::A => encode::<S, false>(simd, group),
            Law::Mu => encode::<S, true>(simd, group),
        }
    }
}

/// Octets to samples. A-law has no zero: its innermost interval counts as nothing, so that any number of silent lines add
/// up to silence.
#[inline(always)]
fn decode<S: Simd, const MU: bool>(simd: S, group: &mut Group) {
    let silence = f32x16::splat(simd, 0.0);
    for (register, octets) in group.octets.as_flattened().chunks_exact(REGISTER).enumerate() {
        let words: u32x16<S> = u8x64::from_slice(simd, octets).bitcast();
        for (row, value) in group.samples.iter_mut().zip(lanes::linear_quad::<S, MU>(words)) {
            let value = if MU { value } else { value.abs().simd_lt(16.0).select(silence, value) };
            value.store_slice(&mut row[register * WIDTH..][..WIDTH]);
        }
    }
}

#[inline(always)]
fn encode<S: Simd, const MU: bool>(simd: S, group: &mut Group) {
    for (register, octets) in group.octets.as_flattened_mut().chunks_exact_mut(REGISTER).enumerate() {
        let mut words = u32x16::splat(simd, 0);
        for row in group.samples.iter().rev() {
            let value = f32x16::from_slice(simd, &row[register * WIDTH..][..WIDTH]);
            words = words << 8 | lanes::octets::<S, MU>(value);
        }
        words.bitcast::<u8x64<S>>().store_slice(octets);
    }
}

/// Adds a party's voice to a sum.
#[inline(always)]
fn add<S: Simd>(simd: S, sum: &mut Voice, group: &Group, at: usize) {
    for (sum, row) in sum.iter_mut().zip(&group.samples) {
        let (voice, rest) = split(simd, &row[at * WORDS..]);
        let (sum_of, sum_rest) = split(simd, sum);
        put(sum_of + voice, sum_rest + rest, sum);
    }
}

/// Puts what a party hears in place of what it says.
#[inline(always)]
fn hear<S: Simd>(simd: S, group: &mut Group, at: usize, part: Part, all: &Voice, coaches: &Voice) {
    for ((row, all), coaches) in group.samples.iter_mut().zip(all).zip(coaches) {
        let own = &mut row[at * WORDS..];
        let (mut heard, mut rest) = split(simd, all);
        if part.is_heard() {
            let (voice, voice_rest) = split(simd, own);
            (heard, rest) = (heard - voice, rest - voice_rest);
        }
        if part.hears(Part::Coaches) {
            let (whisper, whisper_rest) = split(simd, coaches);
            (heard, rest) = (heard + whisper, rest + whisper_rest);
        }
        put(heard, rest, own);
    }
}

/// The words of a row: a register, and a quarter of one.
#[inline(always)]
fn split<S: Simd>(simd: S, row: &[f32]) -> (f32x16<S>, f32x4<S>) {
    (f32x16::from_slice(simd, &row[..WIDTH]), f32x4::from_slice(simd, &row[WIDTH..WORDS]))
}

#[inline(always)]
fn put<S: Simd>(first: f32x16<S>, rest: f32x4<S>, row: &mut [f32]) {
    first.store_slice(&mut row[..WIDTH]);
    rest.store_slice(&mut row[WIDTH..WORDS]);
}
