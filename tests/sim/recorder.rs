//! The recorder in the whole box: its minutes in the log, and a disk that has no room for it.

use std::time::Duration;

use call::{CallEvent, RecordingGap};
use ringfence::journal::{Alarm, BoxEvent, Event, RecordingState, Store, cdr};
use sim::HandsetAct;
use vault::Leaf;

use crate::{
    house::House,
    outside::{hang_up, place, ringing},
};

/// Telephone 1 talks with somebody outside.
fn talk(house: &mut House, call: u32) {
    place(house, call, "62001801");
    ringing(house);
    house.handset(1, HandsetAct::Lift);
    house.until_fact("both talk", |fact| matches!(fact, CallEvent::Bridged { .. }));
}

fn end(house: &mut House, call: u32) {
    hang_up(house, call);
    house.until_fact("the call is over", |fact| matches!(fact, CallEvent::Ended { .. }));
    house.handset(1, HandsetAct::HangUp);
}

fn box_events(house: &House) -> impl Iterator<Item = &BoxEvent> {
    house.records.iter().filter_map(|record| match record.event() {
        Some(Event::Box(event)) => Some(event),
        _ => None,
    })
}

#[test]
fn a_call_of_three_minutes_has_a_leaf_for_each_of_them_and_its_recording_passes_through_all() {
    let mut house = House::new(65);
    talk(&mut house, 1);
    house.run(Duration::from_secs(190));
    let live = |house: &House| {
        let lists = house.leaves().into_iter().filter_map(|leaf| match leaf {
            Leaf::Live { recordings, .. } => Some(recordings),
            _ => None,
        });
        lists.collect::<Vec<_>>()
    };
    let minutes = live(&house);
    assert_eq!(minutes.len(), 3, "{minutes:?}");
    let chunks: Vec<u64> = minutes.iter().map(|minute| minute[0].chunks).collect();
    assert!(minutes.iter().all(|minute| minute.len() == 1) && chunks.is_sorted_by(|a, b| a < b), "{chunks:?}");
    end(&mut house, 1);
    house.run(Duration::from_secs(70));
    assert!(house.verify(false).is_intact(), "{:?}", house.verify(false).findings);
}

#[test]
fn a_disk_that_is_full_for_longer_than_the_buffer_costs_a_marked_gap_and_no_call() {
    let mut house = House::new(66);
    talk(&mut house, 1);
    house.run(Duration::from_secs(2));
    house.fill_vault(true);
    let full = Alarm::DiskFull { store: Store::Vault };
    house.run(Duration::from_secs(5));
    let raised = |house: &House| box_events(house).any(|event| *event == BoxEvent::AlarmRaised { alarm: full.clone() });
    assert!(raised(&house), "someone knows within five seconds");
    let gapped = |house: &House| {
        box_events(house).any(|event| matches!(event, BoxEvent::RecordingGapped { why: RecordingGap::Disk, .. }))
    };
    assert!(!gapped(&house), "nothing is lost yet: the buffer holds half a minute");
    house.run(Duration::from_secs(30));
    assert!(gapped(&house), "the call is marked when audio is lost, not when the disk comes back");
    end(&mut house, 1);
    let records: Vec<_> = house.records.iter().filter(|record| record.call().is_some()).cloned().collect();
    assert_eq!(cdr(&records).unwrap().recording.gap, Some(RecordingGap::Disk));

    house.fill_vault(false);
    house.run(Duration::from_secs(5));
    assert!(box_events(&house).any(|event| *event == BoxEvent::AlarmCleared { alarm: full.clone() }));
    let records: Vec<_> = house.records.iter().filter(|record| record.call().is_some()).cloned().collect();
    assert_eq!(cdr(&records).unwrap().recording.state(), RecordingState::Incomplete);
    house.run(Duration::from_secs(2));
    talk(&mut house, 2);
    house.run(Duration::from_secs(2));
    end(&mut house, 2);
    house.run(Duration::from_secs(3));
    assert_eq!(house.objects.len(), 2, "both have an object, and the next call's is whole");
    assert!(house.verify(true).is_intact(), "{:?}", house.verify(true).findings);
}
