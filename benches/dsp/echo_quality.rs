//! What is left of an echo, and what becomes of a voice in double talk: ours beside the others, on the same signals, without
//! suppressors; A-law in the loop.
//!
//! Each figure is of sixteen lines ([`PAIRS`]): other voices, levels, echo paths, losses and delays on each. Figures are the
//! middle, `.worst` is the worst of them.
//!
//! * White noise of -10 dBm0: how far the echo is taken down in the 100 ms before 0.5, 1 and 5 s.
//! * A reader: the same from 2 s to the end.
//! * Double talk: another reader at the near end from 10 s on, and the same 20 dB weaker. The noise is what differs from what the
//!   same canceller makes of the near end alone.
//!
//! `.bound` is what a canceller reaches that takes off the very echo: the noise of A-law, which codes what comes in.

use std::error::Error;

use dsp::echo::{Canceller, Tail, Workspace};
use frame::{LANES, Law, OCTETS_PER_TICK};
use standards::{
    RATE_HZ, corpus,
    g168::Hybrid,
    level,
    line::{self, Lanes},
    noise, peer, samples_of_ms, wav,
};

use crate::{
    echo::echo,
    figure::{figure, note},
    references,
};

/// Who is asked. The first is ours.
const NAMES: [(&str, &str); 6] = [
    ("", "ours"),
    (".ref", "oslec"),
    (".ref_speex", "speex"),
    (".ref_speex20ms", "speex-20ms"),
    (".ref_mg2", "mg2"),
    (".ref_spandsp", "spandsp"),
];
/// Seconds of the voices.
const VOICE_S: usize = 30;
/// The near end begins to talk.
const DOUBLE_TALK_S: usize = 10;
/// What is fainter than the loudest stretch of a voice by this part is a pause: 26 dB.
const PAUSE: f32 = 0.05;
/// Samples of a stretch: 20 ms.
const STRETCH: usize = 160;

/// Whose voice: a reader of `target/voices`, or prompts of `target/corpus` one after the other.
#[derive(Clone, Copy)]
enum Voice {
    Reader(&'static str),
    Prompts(&'static str),
}

const LIBRIVOX: Voice = Voice::Reader("caller");
const CARDS: Voice = Voice::Reader("telephone");
const ENGLISH: Voice = Voice::Prompts("en_US_f_Allison");
const FRENCH: Voice = Voice::Prompts("fr_CA_f_June");
const ITALIAN: Voice = Voice::Prompts("it_IT_m_Carlo");

/// Two who talk over a line.
struct Pair {
    far: (Voice, f32),
    near: (Voice, f32),
    path: Hybrid,
    /// Both read on without a pause: then nobody is ever heard alone.
    breathless: bool,
}

/// The lines of the figures: who, how loud in dBm0, and the echo. In the second half both read on without a pause, some at one
/// pitch.
const PAIRS: [Pair; 16] = [
    with_pauses((LIBRIVOX, -15.0), (CARDS, -15.0), 0, 6.0, 17),
    with_pauses((CARDS, -15.0), (ENGLISH, -20.0), 1, 22.0, 100),
    with_pauses((ENGLISH, -12.0), (FRENCH, -12.0), 2, 17.0, 183),
    with_pauses((FRENCH, -25.0), (ITALIAN, -25.0), 3, 12.0, 266),
    with_pauses((ITALIAN, -20.0), (LIBRIVOX, -15.0), 4, 10.0, 349),
    with_pauses((LIBRIVOX, -15.0), (ENGLISH, -18.0), 5, 8.0, 48),
    with_pauses((CARDS, -15.0), (FRENCH, -15.0), 6, 6.0, 131),
    with_pauses((ENGLISH, -12.0), (ITALIAN, -15.0), 7, 22.0, 214),
    breathless((Voice::Reader("reader-0920"), -15.0), (Voice::Reader("reader-0930"), -12.0), 0, 10.0, 193),
    breathless((Voice::Reader("reader-0870"), -12.0), (Voice::Reader("reader-0890"), -25.0), 1, 8.0, 276),
    breathless((Voice::Reader("reader-0880"), -25.0), (Voice::Reader("reader-0870"), -15.0), 2, 6.0, 359),
    breathless((CARDS, -20.0), (LIBRIVOX, -18.0), 3, 22.0, 58),
    breathless((LIBRIVOX, -15.0), (CARDS, -15.0), 4, 17.0, 141),
    breathless((ENGLISH, -15.0), (FRENCH, -15.0), 5, 12.0, 224),
    breathless((FRENCH, -12.0), (ENGLISH, -20.0), 6, 10.0, 307),
    breathless((ITALIAN, -25.0), (ITALIAN, -12.0), 7, 8.0, 6),
];

const fn with_pauses(far: (Voice, f32), near: (Voice, f32), number: usize, erl_db: f32, delay: usize) -> Pair {
    Pair { far, near, path: Hybrid { number, erl_db, delay }, breathless: false }
}

const fn breathless(far: (Voice, f32), near: (Voice, f32), number: usize, erl_db: f32, delay: usize) -> Pair {
    Pair { far, near, path: Hybrid { number, erl_db, delay }, breathless: true }
}

/// What each line measured, in dB.
type Each = [f32; PAIRS.len()];

/// Signals on all lines: what goes out and what comes back.
struct Scene {
    far: Vec<Vec<f32>>,
    rx: Vec<Vec<f32>>,
}

pub fn measure() -> Result<(), Box<dyn Error>> {
    let noise = Scene::of((0..PAIRS.len() as u64).map(|seed| noise::white(seed, -10.0, 5 * RATE_HZ)).collect(), None);
    let voices = PAIRS.iter().map(Pair::voices).collect::<Result<Vec<_>, _>>()?;
    let (fars, nears): (Vec<_>, Vec<_>) = voices.into_iter().unzip();
    let alone = Scene::of(fars.clone(), None);
    note("Echo: what is left, in dB: the middle and the worst of sixteen lines.");
    let talks = [("double_talk", 0.0), ("soft_double_talk", -20.0)].map(|(name, db)| Talk::of(name, &fars, &nears, db));
    tell("dsp.erle_noise_5000ms_db", ".bound", noise.erle(&noise.less_echo(), 4 * RATE_HZ..5 * RATE_HZ));
    tell("dsp.erle_speech_db", ".bound", alone.erle(&alone.less_echo(), 2 * RATE_HZ..VOICE_S * RATE_HZ));
    for talk in &talks {
        let near = talk.both.less_echo();
        let snr = std::array::from_fn(|line| snr_db(&talk.alone.rx[line], &near[line]));
        tell(&format!("dsp.{}_snr_db", talk.name), ".bound", snr);
    }
    for (tail, name) in [(Tail::Ms64, ""), (Tail::Ms128, "128")] {
        for (suffix, who) in NAMES {
            let left = noise.cleaned(who, tail)?;
            for at_ms in [500, 1000, 5000] {
                let window = samples_of_ms(at_ms - 100)..samples_of_ms(at_ms);
                tell(&format!("dsp.erle{name}_noise_{at_ms}ms_db"), suffix, noise.erle(&left, window));
            }
            let left = alone.cleaned(who, tail)?;
            tell(&format!("dsp.erle{name}_speech_db"), suffix, alone.erle(&left, 2 * RATE_HZ..VOICE_S * RATE_HZ));
            for talk in &talks {
                let (mixed, said) = (talk.both.cleaned(who, tail)?, talk.alone.cleaned(who, tail)?);
                let snr = std::array::from_fn(|line| snr_db(&said[line], &mixed[line]));
                tell(&format!("dsp.{}{name}_snr_db", talk.name), suffix, snr);
            }
        }
    }
    Ok(())
}

/// Double talk: the near end with an echo, and alone.
struct Talk {
    name: &'static str,
    both: Scene,
    alone: Scene,
}

impl Talk {
    fn of(name: &'static str, fars: &[Vec<f32>], nears: &[Vec<f32>], db: f32) -> Talk {
        let softer = |near: &Vec<f32>| near.iter().map(|sample| sample * codec::ratio_of_db(db)).collect();
        let nears: Vec<Vec<f32>> = nears.iter().map(softer).collect();
        let silent = vec![vec![0.0; VOICE_S * RATE_HZ]; PAIRS.len()];
        Talk { name, both: Scene::of(fars.to_vec(), Some(&nears)), alone: Scene::of(silent, Some(&nears)) }
    }
}

impl Pair {
    /// What both say; the near end is silent at first.
    fn voices(&self) -> Result<(Vec<f32>, Vec<f32>), Box<dyn Error>> {
        let far = self.voice(self.far, VOICE_S)?;
        let near = self.voice(self.near, VOICE_S - DOUBLE_TALK_S)?;
        Ok((far, [vec![0.0; DOUBLE_TALK_S * RATE_HZ], near].concat()))
    }

    fn voice(&self, (voice, dbm0): (Voice, f32), seconds: usize) -> Result<Vec<f32>, Box<dyn Error>> {
        let read = voice.read()?;
        let loudest = read.chunks(STRETCH).map(level::rms).fold(0.0, f32::max);
        let heard = |stretch: &&[f32]| !self.breathless || level::rms(stretch) > loudest * PAUSE;
        let samples: Vec<f32> = read.chunks(STRETCH).filter(heard).flatten().copied().collect();
        let samples: Vec<f32> = samples.into_iter().cycle().take(seconds * RATE_HZ).collect();
        Ok(corpus::at_loud_dbm0(&samples, dbm0))
    }
}

impl Voice {
    fn read(self) -> Result<Vec<f32>, Box<dyn Error>> {
        let files = match self {
            Voice::Reader(name) => vec![peer::target("voices").join(name).with_extension("wav")],
            Voice::Prompts(folder) => corpus::files(&format!("corpus/usr/share/asterisk/sounds/{folder}"))?,
        };
        let mut samples = Vec::new();
        for file in files {
            let prompt =
                wav::read(&file).map_err(|why| format!("{}: {why}; ./justw voices makes it", file.display()))?;
            // Single letters and digits are shorter; and some files hold nothing but silence.
            if prompt.len() >= RATE_HZ && level::rms(&prompt) > 1.0 {
                samples.extend(prompt);
            }
            if samples.len() > 2 * VOICE_S * RATE_HZ {
                break;
            }
        }
        Ok(samples)
    }
}

impl Scene {
    /// Signals from afar and what the near ends say.
    fn of(far: Vec<Vec<f32>>, nears: Option<&[Vec<f32>]>) -> Scene {
        let far: Vec<Vec<f32>> = far.iter().map(|far| line::through(Law::A, far)).collect();
        let back = |(at, far): (usize, &Vec<f32>)| {
            let near = nears.map_or(&[][..], |nears| &nears[at]);
            line::through(Law::A, &level::sum(echo(PAIRS[at].path, far), near))
        };
        Scene { rx: far.iter().enumerate().map(back).collect(), far }
    }

    /// What came in less the very echo, coded.
    fn less_echo(&self) -> Vec<Vec<f32>> {
        let near = |line: usize| {
            let echo = echo(PAIRS[line].path, &self.far[line]);
            let near: Vec<f32> = self.rx[line].iter().zip(echo).map(|(rx, echo)| rx - echo).collect();
            line::through(Law::A, &near)
        };
        (0..PAIRS.len()).map(near).collect()
    }

    /// What somebody's canceller leaves on each line.
    fn cleaned(&self, who: &str, tail: Tail) -> Result<Vec<Vec<f32>>, Box<dyn Error>> {
        if who == "ours" {
            return Ok(self.ours(tail));
        }
        let lines = self.far.iter().zip(&self.rx);
        lines.map(|(far, rx)| references::clean(who, tail.samples(), far, rx)).collect()
    }

    fn ours(&self, tail: Tail) -> Vec<Vec<f32>> {
        let (mut canceller, mut workspace) = (Canceller::new(tail), Workspace::new());
        canceller.suppress(false);
        let all = |signals: &[Vec<f32>]| {
            line::ticks(Law::A, &signals.iter().map(|signal| line::coded(Law::A, signal)).collect::<Vec<_>>())
        };
        let mut left = vec![Vec::new(); PAIRS.len()];
        for (far, rx) in all(&self.far).iter().zip(&all(&self.rx)) {
            let mut clean: Lanes = [[0; OCTETS_PER_TICK]; LANES];
            canceller.process(&mut workspace, far, rx, Law::A, (1 << PAIRS.len()) - 1, &mut clean);
            left.iter_mut().zip(&clean).for_each(|(left, clean)| left.extend(line::decoded(Law::A, clean)));
        }
        left
    }

    /// By how much the echo was taken down in a part of the scene.
    fn erle(&self, left: &[Vec<f32>], part: std::ops::Range<usize>) -> Each {
        let db = |line: usize| level::dbm0(&self.rx[line][part.clone()]) - level::dbm0(&left[line][part.clone()]);
        std::array::from_fn(db)
    }
}

/// How far what differs lies below what was said, while both talk.
fn snr_db(said: &[f32], heard: &[f32]) -> f32 {
    let talk = DOUBLE_TALK_S * RATE_HZ..said.len().min(heard.len());
    let noise: Vec<f32> =
        said[talk.clone()].iter().zip(&heard[talk.clone()]).map(|(said, heard)| heard - said).collect();
    level::dbm0(&said[talk]) - level::dbm0(&noise)
}

fn tell(name: &str, suffix: &str, mut each: Each) {
    each.sort_by(f32::total_cmp);
    let middle = (each[PAIRS.len() / 2 - 1] + each[PAIRS.len() / 2]) / 2.0;
    figure(&format!("{name}{suffix}"), f64::from(middle), "dB");
    figure(&format!("{name}{suffix}.worst"), f64::from(each[0]), "dB");
}
