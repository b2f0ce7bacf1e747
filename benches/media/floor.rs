//! The floor under the work: the same voices copied, encrypted, written and flushed, and nothing else done with them.

use std::{
    fs::File,
    io::{self, Write as _},
    path::Path,
    time::Duration,
};

use aes_gcm::{
    Aes256Gcm, KeyInit as _, Nonce,
    aead::{AeadInOut as _, inout::InOutBuf},
};
use frame::OCTETS_PER_TICK;

use crate::usage;

/// Ticks of a chunk and of a batch: 100 ms.
const BATCH_TICKS: usize = 10;

/// Processor time of copying `seconds` of `tracks` voices tick by tick into buffers, of encrypting each in chunks of
/// 100 ms with AES-256-GCM, and of writing and flushing a file ten times a second.
pub fn cost(voice: &[u8], tracks: usize, seconds: usize, folder: &Path) -> io::Result<Duration> {
    let cipher = Aes256Gcm::new(&[7; 32].into());
    let mut file = File::create(folder.join("floor"))?;
    let mut chunks = vec![[0_u8; BATCH_TICKS * OCTETS_PER_TICK]; tracks];
    let mut number = 0_u64;
    let before = usage::process_cpu();
    for batch in 0..seconds * 10 {
        for tick in 0..BATCH_TICKS {
            copy_tick(voice, batch * BATCH_TICKS + tick, tick, &mut chunks);
        }
        for chunk in &mut chunks {
            let mut nonce = [0; 12];
            nonce[4..].copy_from_slice(&number.to_be_bytes());
            number += 1;
            let sealed = cipher.encrypt_inout_detached(&Nonce::from(nonce), b"", InOutBuf::from(&mut chunk[..]));
            let tag = sealed.map_err(|_| io::ErrorKind::InvalidInput)?;
            file.write_all(chunk)?;
            file.write_all(&tag)?;
        }
        file.sync_data()?;
    }
    Ok(usage::process_cpu() - before)
}

fn copy_tick(voice: &[u8], at: usize, tick: usize, chunks: &mut [[u8; BATCH_TICKS * OCTETS_PER_TICK]]) {
    for (track, chunk) in chunks.iter_mut().enumerate() {
        let from = (at * OCTETS_PER_TICK + track * 997) % (voice.len() - OCTETS_PER_TICK);
        chunk[tick * OCTETS_PER_TICK..][..OCTETS_PER_TICK].copy_from_slice(&voice[from..from + OCTETS_PER_TICK]);
    }
}
