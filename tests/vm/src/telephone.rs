//! A telephone at the far end of one of the box's jacks: it hears of ringing, lifts, speaks and listens.
//!
//! Its channel is signalled fxsks: DAHDI tells it the ringing current as events, and takes its hook.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering::Relaxed},
        mpsc::{self, Receiver},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use codec::{decode, encode};
use frame::Law;
use nix::time::{ClockId, clock_gettime};

use crate::{
    acknowledgement::Acknowledgement,
    expected::Expected,
    kernel::{BLOCK, Block, Channel, SILENCE},
    spans::Span,
};

/// A telephone, until it is dropped.
pub struct Telephone {
    position: i32,
    shared: Arc<Shared>,
    events: Receiver<u32>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    voice: Mutex<Voice>,
    ends: AtomicBool,
}

/// What it says and has heard, as it stands on the line.
#[derive(Default)]
struct Voice {
    hook: Option<u32>,
    flash_ms: Option<u16>,
    pulses: Option<String>,
    /// The kernel dials; to write would end it.
    dials: bool,
    says: Vec<u8>,
    at: usize,
    again: bool,
    heard: Option<Vec<u8>>,
    /// When it began to hear each block of that.
    begun_us: Vec<i64>,
    expected: Option<Expected>,
    /// What comes back of each octet that it hears while it says nothing.
    echo: Option<Box<[u8; 256]>>,
    acknowledgement: Option<Acknowledgement>,
}

impl Telephone {
    /// The one at the jack of a far span, its handset on the hook.
    pub fn at(span: Span, position: i32) -> Telephone {
        Telephone::on(Channel::audio(span.channel(position), AHEAD), position)
    }

    fn on(channel: Channel, position: i32) -> Telephone {
        let shared = Arc::new(Shared::default());
        let (tell, events) = mpsc::channel();
        let inside = Arc::clone(&shared);
        let thread = Some(thread::spawn(move || serve(channel, &inside, &tell)));
        Telephone { position, shared, events, thread }
    }

    /// Whether it has begun to ring since it was last asked.
    pub fn rings(&self) -> bool {
        self.events.try_iter().any(|event| RINGS.contains(&event))
    }

    /// The first of some that rings.
    pub fn first_that_rings(telephones: &[Telephone]) -> &Telephone {
        let limit = Instant::now() + Duration::from_secs(20);
        loop {
            if let Some(found) = telephones.iter().find(|telephone| telephone.rings()) {
                return found;
            }
            assert!(Instant::now() < limit, "no telephone rings");
            thread::sleep(Duration::from_millis(20));
        }
    }

    pub fn lifts(&self) {
        self.hooks(dahdi_sys::DAHDI_OFFHOOK);
    }

    pub fn hangs_up(&self) {
        self.hooks(dahdi_sys::DAHDI_ONHOOK);
    }

    /// Moves its hook; of an exchange's line, rings too.
    pub fn hooks(&self, state: u32) {
        self.shared.voice.lock().unwrap().hook = Some(state);
    }

    /// Taps its hook: it is down for so long.
    pub fn flashes(&self, ms: u16) {
        self.shared.voice.lock().unwrap().flash_ms = Some(ms);
    }

    /// From now on what it hears comes back wherever it says nothing, so much weaker, as of a hybrid.
    pub fn echoes(&self, loss_db: f64) {
        let weaker = |octet: usize| {
            let sample = f64::from(decode(Law::A, octet as u8));
            encode(Law::A, (sample * 10_f64.powf(-loss_db / 20.0)).round() as i16)
        };
        self.shared.voice.lock().unwrap().echo = Some(Box::new(std::array::from_fn(weaker)));
    }

    /// Says something as soon as the next alerting signal of a call that waits has ended.
    pub fn acknowledges(&self, by: &[u8]) {
        self.shared.voice.lock().unwrap().acknowledgement = Some(Acknowledgement::new(by.to_vec()));
    }

    /// Waits until it hears anything but silence since it began to listen.
    pub fn hears_something(&self) {
        let limit = Instant::now() + Duration::from_secs(10);
        let is_quiet = || {
            let voice = self.shared.voice.lock().unwrap();
            voice.heard.as_ref().is_none_or(|heard| heard.iter().all(|octet| octet | 0x80 == SILENCE))
        };
        while is_quiet() {
            assert!(Instant::now() < limit, "{} hears nothing", self.position);
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Dials by its dial, once it has stopped speaking.
    pub fn pulses(&self, digits: &str) {
        self.shared.voice.lock().unwrap().pulses = Some(format!("P{digits}"));
    }

    /// Waits until the kernel tells it an event; what came before is forgotten.
    pub fn sees(&self, wanted: u32) {
        let limit = Instant::now() + Duration::from_secs(30);
        while !self.events.try_iter().any(|event| event == wanted) {
            assert!(Instant::now() < limit, "{}: event {wanted:#x} did not come", self.position);
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Says something once, beginning with the next block.
    pub fn says(&self, octets: &[u8]) {
        let mut voice = self.shared.voice.lock().unwrap();
        (voice.says, voice.at, voice.again) = (octets.to_vec(), 0, false);
    }

    /// Says something again and again; `octets` are whole blocks.
    pub fn repeats(&self, octets: &[u8]) {
        assert!(octets.len().is_multiple_of(BLOCK), "whole blocks");
        self.says(octets);
        self.shared.voice.lock().unwrap().again = true;
    }

    /// Compares what it hears from now on with something that is said again and again.
    pub fn expects(&self, clip: &[u8]) {
        self.shared.voice.lock().unwrap().expected = Some(Expected::new(clip.to_vec()));
    }

    /// How that went: octets as expected since the first, and others.
    pub fn compared(&self) -> (usize, usize) {
        let voice = self.shared.voice.lock().unwrap();
        voice.expected.as_ref().map_or((0, 0), Expected::told)
    }

    /// Keeps what it hears from now on.
    pub fn listens(&self) {
        let mut voice = self.shared.voice.lock().unwrap();
        voice.heard = Some(Vec::new());
        voice.begun_us.clear();
    }

    /// When it began to hear something, by the machine's monotonic clock.
    pub fn heard_at_us(&self, said: &[u8]) -> Option<i64> {
        let voice = self.shared.voice.lock().unwrap();
        let at = voice.heard.as_ref()?.windows(said.len()).position(|window| window == said)?;
        Some(voice.begun_us[at / BLOCK] + (at % BLOCK) as i64 * SAMPLE_US)
    }

    /// What it has heard since it began to listen.
    pub fn heard(&self) -> Vec<u8> {
        let heard = self.shared.voice.lock().unwrap().heard.take();
        heard.unwrap_or_else(|| panic!("telephone {} listens", self.position))
    }

    pub const fn position(&self) -> i32 {
        self.position
    }
}

impl Drop for Telephone {
    fn drop(&mut self) {
        self.shared.ends.store(true, Relaxed);
        if let Some(thread) = self.thread.take() {
            // Its panic was told already.
            let _ = thread.join();
        }
    }
}

/// For each block that is heard the next one is said, so that what is said never drifts from the line's clock.
fn serve(mut channel: Channel, shared: &Shared, tell: &mpsc::Sender<u32>) {
    while !shared.ends.load(Relaxed) {
        let ready = channel.waits(Instant::now() + Duration::from_millis(50));
        shared.voice.lock().unwrap().moves(&channel);
        if ready.event {
            channel.event().into_iter().for_each(|event| tells(event, shared, tell));
        }
        if ready.block {
            listens(&mut channel, shared, tell);
        }
    }
}

fn listens(channel: &mut Channel, shared: &Shared, tell: &mpsc::Sender<u32>) {
    match channel.hears() {
        Ok(Some(block)) => {
            let next = shared.voice.lock().unwrap().next(&block);
            next.into_iter().for_each(|next| says(channel, &next, shared, tell));
        }
        Ok(None) => {}
        Err(event) => tells(event, shared, tell),
    }
}

fn tells(event: u32, shared: &Shared, tell: &mpsc::Sender<u32>) {
    if event == dahdi_sys::DAHDI_EVENT_DIALCOMPLETE {
        shared.voice.lock().unwrap().dials = false;
    }
    let _ = tell.send(event);
}

fn says(channel: &mut Channel, block: &Block, shared: &Shared, tell: &mpsc::Sender<u32>) {
    while let Err(event) = channel.says(block) {
        tells(event, shared, tell);
    }
}

impl Voice {
    fn moves(&mut self, channel: &Channel) {
        self.hook.take().into_iter().for_each(|hook| channel.hook(hook));
        self.flash_ms.take().into_iter().for_each(|ms| channel.flashes(ms));
        if let Some(digits) = self.pulses.take() {
            channel.dials(&digits);
            self.dials = true;
        }
    }

    /// What is said next, if anything is.
    fn next(&mut self, block: &Block) -> Option<Block> {
        if let Some(heard) = &mut self.heard {
            heard.extend(block);
            self.begun_us.push(now_us() - BLOCK as i64 * SAMPLE_US);
        }
        if let Some(expected) = &mut self.expected {
            expected.compares(block);
        }
        if let Some(answer) = self.acknowledgement.as_mut().and_then(|ear| ear.hears(block)) {
            (self.says, self.at, self.again, self.acknowledgement) = (answer, 0, false, None);
        }
        if self.again && self.at >= self.says.len() {
            self.at = 0;
        }
        let mut next = [SILENCE; BLOCK];
        let left = &self.says[self.at..];
        if let Some(echo) = self.echo.as_ref().filter(|_| left.is_empty()) {
            next = block.map(|octet| echo[usize::from(octet)]);
        }
        let taken = left.len().min(BLOCK);
        next[..taken].copy_from_slice(&left[..taken]);
        self.at += taken;
        (!self.dials).then_some(next)
    }
}

/// Listens on any channel.
pub fn listener(number: i32) -> Telephone {
    Telephone::on(Channel::audio(number, AHEAD), number)
}

/// The machine's monotonic clock, which all its programs share.
pub fn now_us() -> i64 {
    let now = Duration::from(clock_gettime(ClockId::CLOCK_MONOTONIC).expect("Linux has this clock"));
    i64::try_from(now.as_micros()).expect("the machine does not run for ages")
}

/// Microseconds of an octet.
const SAMPLE_US: i64 = 125;

/// Blocks ahead of what is heard. DAHDI's timer comes every 4 ms here.
const AHEAD: usize = 4;

const RINGS: [u32; 2] = [dahdi_sys::DAHDI_EVENT_RINGBEGIN, dahdi_sys::DAHDI_EVENT_RINGOFFHOOK];
