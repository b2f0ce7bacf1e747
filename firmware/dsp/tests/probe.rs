//! What is measured of a line by noise: levels, weighting, and the loss of what comes back.

use std::f32::consts::TAU;

use codec::{decode, encode, ratio_of_db, rms_of_dbm0, sine_peak_of_dbm0};
use dsp::probe::{EchoLoss, NOISE_DBM0, Spectrum, Tap, white_noise};
use frame::Law;

const LAWS: [Law; 2] = [Law::A, Law::Mu];

fn sine(law: Law, hz: f32, level_dbm0: f32) -> Vec<u8> {
    let peak = sine_peak_of_dbm0(law, level_dbm0);
    (0..8000).map(|at| encode(law, (peak * (TAU * hz * at as f32 / 8000.0).sin()) as i16)).collect()
}

/// What comes back of octets over a line of so much loss, a millisecond later.
fn back(law: Law, sent: &[u8], loss_db: f32) -> Vec<u8> {
    let gain = ratio_of_db(-loss_db);
    let late = [law.silence(); 8].into_iter().chain(sent.iter().copied());
    late.map(|octet| encode(law, (f32::from(decode(law, octet)) * gain) as i16)).collect()
}

fn mixed(law: Law, a: &[u8], b: &[u8]) -> Vec<u8> {
    a.iter().zip(b).map(|(a, b)| encode(law, decode(law, *a).saturating_add(decode(law, *b)))).collect()
}

fn close(what: &str, found: f32, wanted: f32, tolerance: f32) {
    assert!((found - wanted).abs() <= tolerance, "{what}: {found:.2}, not {wanted:.2} ± {tolerance}");
}

#[test]
fn o41_weighs_a_sine_as_its_table_says() {
    for law in LAWS {
        for (hz, weight_db) in [(800.0, 0.0), (1000.0, 1.0), (500.0, -3.6), (2500.0, -4.2), (300.0, -10.6)] {
            let found = Spectrum::of(law, &sine(law, hz, -20.0));
            // A sine whose samples come round after ten has the steps of G.711 against it each time.
            close("level", found.level_dbm0(hz - 100.0, hz + 100.0), -20.0, 0.4);
            close(&format!("{hz} Hz"), found.psophometric_dbm0p(), -20.0 + weight_db, 0.5);
        }
        // Hum of the mains: much to a meter, and to an ear no more than the steps of G.711 beside it.
        let hum = Spectrum::of(law, &sine(law, 50.0, -20.0));
        assert!(hum.psophometric_dbm0p() < -55.0, "{:.1}", hum.psophometric_dbm0p());
    }
}

#[test]
fn white_noise_of_the_voice_band_loses_2_5_db_to_the_weighting() {
    for law in LAWS {
        let noise = white_noise(law, 100);
        let found = Spectrum::of(law, &noise);
        close("whole", found.level_dbm0(0.0, 4000.0), NOISE_DBM0, 0.3);
        // ITU-T G.223: the noise of a channel of 3.1 kHz.
        let in_band = found.level_dbm0(300.0, 3400.0);
        close("weighed", found.psophometric_dbm0p() - in_band, -2.5, 0.6);
        assert_eq!(noise, white_noise(law, 100), "the same each time");
    }
}

#[test]
fn what_comes_back_has_the_loss_of_the_line_in_every_band() {
    for law in LAWS {
        let sent = white_noise(law, 100);
        let of = |octets: &[u8]| Spectrum::of(law, octets);
        let quiet = of(&vec![law.silence(); 8000]);
        for loss_db in [0.0, 6.0, 9.0, 20.0, 30.0] {
            let found = EchoLoss::of(&of(&sent), &of(&back(law, &sent, loss_db)), &quiet);
            close("echo", found.echo_db, loss_db, 0.5);
            close("low", found.low_db, loss_db, 0.8);
            close("high", found.high_db, loss_db, 0.5);
            assert!(!found.at_least);
        }
    }
}

#[test]
fn noise_of_the_line_is_not_taken_for_echo_and_hides_what_is_weaker() {
    let law = Law::A;
    let (sent, of) = (white_noise(law, 100), |octets: &[u8]| Spectrum::of(law, octets));
    // Another stretch of noise, of the same spectrum.
    let longer = white_noise(law, 300);
    let line = back(law, &longer[16_000..], 30.0);
    let quiet = of(&back(law, &longer[8000..16_000], 30.0));
    let found = EchoLoss::of(&of(&sent), &of(&mixed(law, &line, &back(law, &sent, 20.0))), &quiet);
    close("echo beside noise", found.echo_db, 20.0, 0.7);
    let found = EchoLoss::of(&of(&sent), &of(&mixed(law, &line, &back(law, &sent, 45.0))), &quiet);
    assert!(found.at_least, "{found:?}");
    close("no more can be said", found.echo_db, 30.0, 1.0);
}

#[test]
fn silence_is_as_quiet_as_g711_can_be() {
    for law in LAWS {
        let found = Spectrum::of(law, &vec![law.silence(); 8000]);
        assert!(found.psophometric_dbm0p() < -80.0, "{}", found.psophometric_dbm0p());
        assert!(rms_of_dbm0(law, -80.0) > 0.0);
        assert_eq!(Spectrum::of(law, &[]).psophometric_dbm0p(), dsp::FLOOR_DBM0, "nothing is not loud");
    }
}

#[test]
fn a_tap_leaves_out_what_comes_first_and_takes_no_more_than_it_was_to() {
    let mut tap = Tap::new(2, 3);
    let full: Vec<bool> = (0..7).map(|tick| tap.process(&[tick; 80])).collect();
    assert_eq!(full, [false, false, false, false, true, false, false]);
    assert_eq!(tap.octets(), [[2; 80], [3; 80], [4; 80]].concat());
    tap.reset();
    assert!(!tap.is_full() && !tap.process(&[9; 80]) && tap.octets().is_empty());
}
