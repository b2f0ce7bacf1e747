//! The countries' tables: what must hold for all of them.

use analog::{
    fxs::{StationClass, StationSettings},
    plan::{CallerIdMoment, CallerIdSignal, Country, ToneKind},
    ring::RingKind,
};
use dsp::{
    progress::{DialTone, Meaning},
    tone::{Generator, Playing},
};
use frame::{Law, OCTETS_PER_TICK};

#[test]
fn countries_are_named_by_their_code() {
    for (country, code) in [(Country::Cn, "cn"), (Country::Us, "us"), (Country::Uk, "uk"), (Country::De, "de")] {
        assert_eq!(serde_json::to_value(country).unwrap(), code);
        assert_eq!(serde_json::from_value::<Country>(code.into()).unwrap(), country);
    }
    assert_eq!(Country::default(), Country::Cn);
}

#[test]
fn settings_that_name_nothing_are_a_chinese_telephone() {
    let settings: StationSettings = serde_json::from_str("{}").unwrap();
    assert_eq!((settings.class, settings.country), (StationClass::Telephone, Country::Cn));
    assert!(serde_json::from_str::<StationSettings>(r#"{"clas": "fax"}"#).is_err());
}

/// All octets of one round of a tone, or of a second where it is steady.
fn round_of(country: Country, kind: ToneKind) -> Vec<u8> {
    let plan = country.plan().tone(kind);
    let length = if plan.period_ms() == 0 { 8000 } else { plan.period_ms() as usize * 8 };
    let mut generator = Generator::new(plan, Law::A);
    let mut octets = Vec::new();
    while octets.len() < length {
        let mut tick = [0; OCTETS_PER_TICK];
        let playing = generator.process(&mut tick);
        octets.extend(tick);
        assert!(playing == Playing::Yes || kind == ToneKind::Zip, "{country:?} {kind:?} ends");
    }
    octets.truncate(length);
    octets
}

#[test]
fn every_tone_is_heard_and_none_overloads_the_line() {
    for country in Country::ALL {
        for &kind in ToneKind::ALL {
            let peak = round_of(country, kind).iter().map(|&octet| codec::decode(Law::A, octet).abs()).max().unwrap();
            // -16 dBm0 is still well heard; 32,256 is where A-law ends.
            assert!((3600..32_000).contains(&peak), "{country:?} {kind:?} {peak}");
        }
    }
}

#[test]
fn busy_is_told_from_congestion_and_dial_from_ringback_by_ear() {
    for country in Country::ALL {
        let plan = country.plan();
        assert_ne!(plan.tones.busy.steps, plan.tones.congestion.steps, "{country:?}");
        assert_ne!(plan.tones.dial.steps, plan.tones.ringback.steps, "{country:?}");
        assert_ne!(plan.tones.dial.steps, plan.tones.dial_special.steps, "{country:?}");
    }
}

#[test]
fn a_tone_repeats_without_a_click_when_one_round_is_played_over_and_over() {
    for country in Country::ALL {
        for &kind in ToneKind::ALL {
            let octets = round_of(country, kind);
            let sample = |place: usize| i32::from(codec::decode(Law::A, octets[place]));
            let steepest = (1..octets.len()).map(|n| (sample(n) - sample(n - 1)).abs()).max().unwrap();
            let seam = (sample(0) - sample(octets.len() - 1)).abs();
            assert!(seam <= steepest, "{country:?} {kind:?}");
        }
    }
}

#[test]
fn the_first_silent_interval_has_room_for_the_longest_caller_id() {
    for country in Country::ALL {
        let CallerIdMoment::AfterFirstRing { guard_ms } = country.plan().caller_id.moment else { continue };
        let caller = dsp::caller_id::CallerId {
            time: Some(dsp::caller_id::CallTime { month: 12, day: 31, hour: 23, minute: 59 }),
            number: Ok("9".repeat(20)),
            name: Ok("N".repeat(50)),
        };
        let CallerIdSignal::Fsk(signal) = country.plan().caller_id.signal else { continue };
        let length_ms = dsp::caller_id::Generator::new(&caller, signal, Law::A).length_ms();
        for kind in RingKind::ALL {
            let ring = country.plan().rings.of(kind);
            let silent_ms = ring.period_ms() - ring.burst_ms();
            assert!(u32::from(guard_ms) + length_ms + 200 <= silent_ms, "{country:?} {kind:?} {length_ms} ms");
            let [(_, between_ms), (second_ms, _)] = ring.steps_ms;
            assert!(
                second_ms == 0 || between_ms < guard_ms,
                "{country:?} {kind:?}: it is not begun between two bursts"
            );
        }
    }
}

#[test]
fn a_flash_is_longer_than_a_pulse_and_shorter_than_dahdis_hang_up() {
    for country in Country::ALL {
        let flash = country.plan().flash;
        assert!(flash.min_ms >= 80 && flash.min_ms < flash.max_ms && flash.max_ms <= 1250, "{country:?}");
    }
}

#[test]
fn every_countrys_tones_are_such_as_are_heard() {
    for country in Country::ALL {
        let plan = country.plan();
        assert!(DialTone::new(&plan.tones.dial, &plan.limits).is_some(), "{country:?}");
        let heard: Vec<Meaning> = plan.call_tones().map(|(meaning, _)| meaning).collect();
        let sine_by_sine = plan.tones.special_information.steps[0].frequencies_hz[0] == 950;
        let expected = [Meaning::Busy, Meaning::Congestion, Meaning::Ringback, Meaning::SpecialInformation];
        assert_eq!(heard, expected[..if sine_by_sine { 3 } else { 4 }], "{country:?}");
    }
}
