//! The media thread's side of a sound device allocates nothing: it meets the rings of the device's own thread only.

use std::time::Duration;

use frame::{Law, SpanId, SpanTick};
use line::{Audio, Block, Ready};
use os::Clock;
use sound::SoundCard;

use crate::touched_by;

const SPAN: SpanId = SpanId(0);
/// How long a loaded machine may take for a block. A time-out, not a promise.
const PATIENCE: Duration = Duration::from_secs(30);

#[test]
fn the_rings_of_a_sound_device_are_read_and_written_without_the_heap() {
    // ALSA's own device that hears silence and plays to nobody.
    let null = || Some("null".to_owned());
    let card = SoundCard { span: SPAN, law: Law::A, capture: null(), playback: null() };
    let (mut audio, _signal) = sound::open(&card).unwrap();
    let mut tick = SpanTick::silent(SPAN, Law::A);
    let mut blocks = 0;
    for _ in 0..100 {
        let touched = touched_by(|| {
            if let Ready::Blocks { .. } = audio.wait(Clock.now() + PATIENCE) {
                blocks += usize::from(audio.read(&mut tick) == Block::Fresh);
            }
            audio.write(&tick);
            while audio.poll_event().is_some() {}
        });
        assert_eq!(touched, 0);
    }
    assert_eq!(blocks, 100, "the device is there");
}
