//! Reaches a copy in a bucket: one connection that is kept as long as all goes well, and begun anew where anything went wrong, as
//! nobody knows then what the store has done.

use std::{
    fs, io,
    io::ErrorKind,
    path::PathBuf,
    sync::{Arc, atomic::AtomicU64},
    time::{Duration, Instant},
};

use settings::{BucketPlace, REGION, VaultCopy};

use crate::{
    recorder::{BucketStore, OsRandom},
    s3::{Access, AccessKey, Claim, LeaseTerm, QUIET, S3Bucket},
};

/// How long an unfit bucket is left alone.
const LOOKS_AGAIN_AFTER: Duration = Duration::from_secs(600);

/// A copy's bucket.
pub(super) struct CopyBucket {
    copy: VaultCopy,
    place: BucketPlace,
    key_file: PathBuf,
    /// What stands before the name of each object.
    prefix: String,
    beats: Arc<AtomicU64>,
    store: Option<BucketStore<S3Bucket>>,
    claim: Option<Box<Claim>>,
    /// When it was found unfit: looking again writes to it what may stay there for ever.
    unfit: Option<Instant>,
}

impl CopyBucket {
    pub(super) fn new(
        copy: VaultCopy,
        place: BucketPlace,
        key_file: PathBuf,
        prefix: String,
        beats: Arc<AtomicU64>,
    ) -> CopyBucket {
        let claim = Some(Claim::new(&token()));
        CopyBucket { copy, place, key_file, prefix, beats, store: None, claim, unfit: None }
    }

    /// The files in the bucket, while nobody else writes there.
    ///
    /// # Errors
    /// The store's: see [`S3Bucket::open`]. [`ErrorKind::PermissionDenied`] also where the box has no key for it.
    pub(super) fn store(&mut self) -> io::Result<&mut BucketStore<S3Bucket>> {
        let mut store = match self.store.take() {
            Some(store) => store,
            None => self.open()?,
        };
        match store.bucket().hold() {
            Ok(()) => Ok(self.store.insert(store)),
            Err(error) => {
                self.claim = Some(store.into_bucket().into_claim());
                Err(error)
            }
        }
    }

    fn open(&mut self) -> io::Result<BucketStore<S3Bucket>> {
        if self.unfit.is_some_and(|since| since.elapsed() < LOOKS_AGAIN_AFTER) {
            return Err(ErrorKind::Unsupported.into());
        }
        let key =
            AccessKey::read(&self.key_file).map_err(|error| io::Error::new(ErrorKind::PermissionDenied, error))?;
        let trusted = match (&self.copy.ca, self.place.is_tls) {
            (Some(ca), true) => Some(fs::read(ca).map_err(|error| io::Error::new(ErrorKind::NotConnected, error))?),
            (None, true) => return Err(io::Error::new(ErrorKind::NotConnected, "no CA is named")),
            (_, false) => None,
        };
        let BucketPlace { host, port, bucket, .. } = self.place.clone();
        let region = self.copy.region.clone().unwrap_or_else(|| REGION.to_owned());
        let is_in_host = self.copy.bucket_in_host;
        let access = Access { host, port, trusted, bucket, is_in_host, region, key, quiet: QUIET, lease: self.lease() };
        let claim = self.claim.take().unwrap_or_else(|| Claim::new(&token()));
        match S3Bucket::open(access, &self.prefix, claim, Arc::clone(&self.beats)) {
            Ok(bucket) => Ok(BucketStore::new(bucket)),
            Err((error, claim)) => {
                self.unfit = (error.kind() == ErrorKind::Unsupported).then(Instant::now);
                self.claim = Some(claim);
                Err(error)
            }
        }
    }

    /// How long recordings are locked there.
    fn lease(&self) -> Option<LeaseTerm> {
        self.copy.lease_days.map(|days| LeaseTerm(Duration::from_hours(24 * u64::from(days))))
    }

    /// Whether recordings get leases there.
    pub(super) fn has_leases(&self) -> bool {
        self.copy.lease_days.is_some()
    }

    /// Something went wrong: what was not put is lost, and the next round begins anew.
    pub(super) fn begin_anew(&mut self) {
        if let Some(store) = self.store.take() {
            self.claim = Some(store.into_bucket().into_claim());
        }
    }

    /// Lets another one write there at once.
    pub(super) fn release(&mut self) {
        if let Some(store) = self.store.take()
            && let Err(error) = store.into_bucket().release()
        {
            tracing::warn!(copy = self.copy.name, %error, "the claim on a bucket stays for a minute");
        }
    }
}

/// What a writer is known by.
fn token() -> String {
    let mut octets = [0; 16];
    vault::Random::fill(&mut OsRandom, &mut octets);
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}
