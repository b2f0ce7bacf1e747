//! Leases in a bucket of a store that is none of ours: it lets nobody delete what is locked, and lets it go once the lease has run out.

use std::{
    io::ErrorKind,
    sync::Arc,
    thread::sleep,
    time::{Duration, Instant},
};

use frame::Utc;
use ringfence::{
    recorder::Bucket as _,
    s3::{Access, AccessKey, Claim, LeaseTerm, QUIET, S3Bucket, StoreSays, store_says},
};

use crate::bucket::{SECRET, StorePeer};

const OBJECT: &str = "objects/1/0/1-1.rfo";
const OTHER: &str = "objects/1/0/1-2.rfo";
const PAGE: &str = "keys-a/level-0/000000000000";

/// As short as a lease may be for a test that waits for its end.
const SHORT: Duration = Duration::from_secs(8);

fn open(peer: &StorePeer, bucket: &str, lease: Option<Duration>) -> std::io::Result<S3Bucket> {
    let access = Access {
        host: "127.0.0.1".into(),
        port: peer.port,
        trusted: None,
        bucket: bucket.into(),
        is_in_host: false,
        region: "us-east-1".into(),
        key: AccessKey::new("box", SECRET).unwrap(),
        quiet: QUIET,
        lease: lease.map(LeaseTerm),
    };
    S3Bucket::open(access, "ringfence-7/", Claim::new("ours"), Arc::default()).map_err(|(error, _)| error)
}

/// What whoever has the access key comes to who deletes all versions of an object by their ids.
fn delete(peer: &StorePeer, key: &str) -> String {
    peer.ask(&format!("leased: delete ringfence-7/{key}"))
}

fn versions(peer: &StorePeer, key: &str) -> u64 {
    peer.versions_in("leased", &format!("ringfence-7/{key}")).into_values().sum()
}

fn wait_until_over(bucket: &S3Bucket, key: &str) {
    let limit = Instant::now() + 3 * SHORT;
    while bucket.leased_until(key).unwrap().is_some() {
        assert!(Instant::now() < limit, "it does not end");
        sleep(Duration::from_millis(200));
    }
}

#[test]
fn nobody_deletes_what_is_under_a_lease_and_what_was_erased_goes_once_it_has_run_out() {
    let peer = StorePeer::start();
    let mut bucket = open(&peer, "leased", None).unwrap();
    bucket.put(OTHER, b"ciphertext").unwrap();
    assert_eq!(delete(&peer, OTHER), "1", "without a lease whoever has the key deletes");
    bucket.put(OTHER, b"ciphertext").unwrap();
    drop(bucket);

    let mut bucket = open(&peer, "leased", Some(SHORT)).unwrap();
    bucket.put(OBJECT, b"ciphertext").unwrap();
    bucket.put(PAGE, b"half").unwrap();
    assert_eq!(delete(&peer, OBJECT), "refused", "the store lets go of what is locked: this would prove nothing");
    assert_eq!(delete(&peer, PAGE), "1", "what has keys in it is not locked");
    let first = bucket.leased_until(OBJECT).unwrap().unwrap();
    sleep(SHORT / 2 + Duration::from_secs(1));
    let renewed = bucket.renew_lease(OBJECT).unwrap().unwrap();
    assert!(renewed > first && bucket.leased_until(OBJECT).unwrap() == Some(renewed), "{first:?}, {renewed:?}");
    // One of before there were leases gets its first.
    assert!(bucket.leased_until(OTHER).unwrap().is_none() && bucket.renew_lease(OTHER).unwrap() >= Some(renewed));
    assert_eq!(delete(&peer, OTHER), "refused");

    bucket.remove(OBJECT).unwrap();
    assert_eq!(bucket.octets(OBJECT).unwrap(), None, "it is read no more");
    assert_eq!((versions(&peer, OBJECT), delete(&peer, OBJECT)), (2, "refused".to_owned()));
    // As the next life finds it.
    drop(bucket);
    let mut bucket = open(&peer, "leased", Some(SHORT)).unwrap();
    assert_eq!(bucket.leased_until(OBJECT).unwrap(), Some(renewed));
    bucket.set_hold(OTHER, true).unwrap();
    wait_until_over(&bucket, OBJECT);
    bucket.remove(OBJECT).unwrap();
    assert_eq!(versions(&peer, OBJECT), 0);
    sleep(SHORT);
    assert_eq!(delete(&peer, OTHER), "refused", "a hold has no end");
    bucket.set_hold(OTHER, false).unwrap();
    wait_until_over(&bucket, OTHER);
    assert_eq!(delete(&peer, OTHER), "1", "it is lifted");
    bucket.release().unwrap();
}

#[test]
fn a_bucket_without_object_lock_and_clocks_that_are_apart_get_no_recording_under_a_lease() {
    let peer = StorePeer::moto();
    let year = Some(Duration::from_hours(365 * 24));
    let unfit = open(&peer, "plain", year).unwrap_err();
    assert_eq!(unfit.kind(), ErrorKind::Unsupported);
    assert!(unfit.to_string().contains("the bucket has no object lock"), "{unfit}");
    open(&peer, "plain", None).unwrap().release().unwrap();
    for ahead in [2000, -2000] {
        peer.ask(&format!("ahead {ahead}"));
        let apart = open(&peer, "leased", year).unwrap_err();
        assert_eq!(store_says(&apart), Some(StoreSays::Skewed), "{apart}");
    }
    // As far as the two agree, it is the store's clock by which the lease ends.
    peer.ask("ahead 600");
    let mut bucket = open(&peer, "leased", year).unwrap();
    bucket.put(OBJECT, b"ciphertext").unwrap();
    let left = bucket.leased_until(OBJECT).unwrap().map(Utc::as_secs).unwrap() - 365 * 24 * 3600;
    peer.ask("ahead 0");
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs().cast_signed();
    assert!((500..=700).contains(&(left - now)), "{left}, {now}");
}
