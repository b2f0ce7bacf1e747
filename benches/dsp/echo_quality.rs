//! What is left of an echo, and what becomes of a voice in double talk: ours beside the others, on the same signals, without
//! suppressors. Echo paths D.2 to D.9 of G.168, 5 ms late, 10 dB; A-law in the loop, whose noise lies some 37 dB below.
//!
//! * White noise of -10 dBm0: how far the echo is taken down in the 100 ms before 0.5, 1 and 5 s.
//! * A reader: the same from 2 s to the end.
//! * Double talk: another reader at the near end from 10 s on. The noise is what differs from what the same canceller makes of
//!   the near end alone.
//!
//! Figures are of D.2; `.mean` and `.worst` are of all eight.

use std::error::Error;

use dsp::echo::{Canceller, Tail, Workspace};
use frame::{LANES, Law, OCTETS_PER_TICK};
use standards::{
    RATE_HZ,
    g168::{HYBRIDS, Hybrid},
    level,
    line::{self, Lanes},
    noise, peer, samples_of_ms, wav,
};

use crate::{
    echo::{HYBRID, echo},
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
const VOICE_S: usize = 40;
/// The near end begins to talk.
const DOUBLE_TALK_S: usize = 10;

/// What each of the eight lines measured, in dB.
type Eight = [f32; HYBRIDS];

/// A signal on all eight lines: what goes out, and what comes back from each.
struct Scene {
    far: Vec<f32>,
    rx: [Vec<f32>; HYBRIDS],
}

pub fn measure() -> Result<(), Box<dyn Error>> {
    let voice = |name: &str| -> Result<Vec<f32>, Box<dyn Error>> {
        let path = peer::target("voices").join(name);
        let voice = wav::read(&path).map_err(|why| format!("{}: {why}; ./justw voices makes it", path.display()))?;
        Ok(level::at_active_dbm0(voice.into_iter().cycle().take(VOICE_S * RATE_HZ).collect(), -15.0))
    };
    let (reader, other) = (voice("caller.wav")?, voice("telephone.wav")?);
    let noise = Scene::of(noise::white(1, -10.0, 5 * RATE_HZ), &[]);
    let near = [vec![0.0; DOUBLE_TALK_S * RATE_HZ], other].concat();
    let (alone, both) = (Scene::of(reader.clone(), &[]), Scene::of(reader.clone(), &near));
    let quiet = Scene::without_echo(&near, reader.len());
    note("Echo: what is left, in dB; D.2, then mean and worst of D.2 to D.9.");
    for (tail, name) in [(Tail::Ms64, ""), (Tail::Ms128, "128")] {
        for (suffix, who) in NAMES {
            let left = noise.cleaned(who, tail)?;
            for at_ms in [500, 1000, 5000] {
                let window = samples_of_ms(at_ms - 100)..samples_of_ms(at_ms);
                tell(&format!("dsp.erle{name}_noise_{at_ms}ms_db"), suffix, noise.erle(&left, window));
            }
            let left = alone.cleaned(who, tail)?;
            tell(&format!("dsp.erle{name}_speech_db"), suffix, alone.erle(&left, 2 * RATE_HZ..reader.len()));
            let (mixed, said) = (both.cleaned(who, tail)?, quiet.cleaned(who, tail)?);
            let snr = std::array::from_fn(|line| snr_db(&said[line], &mixed[line], DOUBLE_TALK_S * RATE_HZ));
            tell(&format!("dsp.double_talk{name}_snr_db"), suffix, snr);
        }
    }
    Ok(())
}

impl Scene {
    /// A signal from afar and what the near end says.
    fn of(far: Vec<f32>, near: &[f32]) -> Scene {
        let back = |number| {
            let line = Hybrid { number, ..HYBRID };
            line::through(Law::A, &level::sum(echo(line, &far), near))
        };
        Scene { rx: std::array::from_fn(back), far: line::through(Law::A, &far) }
    }

    /// What the near end says, and nothing from afar.
    fn without_echo(near: &[f32], samples: usize) -> Scene {
        Scene::of(vec![0.0; samples], near)
    }

    /// What somebody's canceller leaves on each line.
    fn cleaned(&self, who: &str, tail: Tail) -> Result<Vec<Vec<f32>>, Box<dyn Error>> {
        if who == "ours" {
            return Ok(self.ours(tail));
        }
        self.rx.iter().map(|rx| references::clean(who, tail.samples(), &self.far, rx)).collect()
    }

    fn ours(&self, tail: Tail) -> Vec<Vec<f32>> {
        let (mut canceller, mut workspace) = (Canceller::new(tail), Workspace::new());
        canceller.suppress(false);
        let all = |signals: &[Vec<f32>]| {
            line::ticks(Law::A, &signals.iter().map(|signal| line::coded(Law::A, signal)).collect::<Vec<_>>())
        };
        let (far, rx) = (all(&vec![self.far.clone(); HYBRIDS]), all(&self.rx));
        let mut left = vec![Vec::new(); HYBRIDS];
        for (far, rx) in far.iter().zip(&rx) {
            let mut clean: Lanes = [[0; OCTETS_PER_TICK]; LANES];
            canceller.process(&mut workspace, far, rx, Law::A, (1 << HYBRIDS) - 1, &mut clean);
            left.iter_mut().zip(&clean).for_each(|(left, clean)| left.extend(line::decoded(Law::A, clean)));
        }
        left
    }

    /// By how much the echo was taken down in a part of the scene.
    fn erle(&self, left: &[Vec<f32>], part: std::ops::Range<usize>) -> Eight {
        let db = |line: usize| level::dbm0(&self.rx[line][part.clone()]) - level::dbm0(&left[line][part.clone()]);
        std::array::from_fn(db)
    }
}

/// How far what differs lies below what was said.
fn snr_db(said: &[f32], heard: &[f32], from: usize) -> f32 {
    let until = said.len().min(heard.len());
    let noise: Vec<f32> = said[from..until].iter().zip(&heard[from..until]).map(|(said, heard)| heard - said).collect();
    level::dbm0(&said[from..until]) - level::dbm0(&noise)
}

fn tell(name: &str, suffix: &str, eight: Eight) {
    figure(&format!("{name}{suffix}"), f64::from(eight[0]), "dB");
    figure(&format!("{name}{suffix}.mean"), f64::from(eight.iter().sum::<f32>() / eight.len() as f32), "dB");
    figure(&format!("{name}{suffix}.worst"), f64::from(eight.iter().copied().fold(f32::INFINITY, f32::min)), "dB");
}
