//! The keys of one leg: this minute's, and the next one's, drawn a minute ahead.

use std::collections::VecDeque;

use frame::Tick;
use vault::{
    AudioKey, ChunkKey, CompartmentKey, EPOCH_TICKS, Envelope, KeyNo, KeyRecord, KeyScope, OpenError, Random,
    Recipient, Secret, leaving_no_trace,
};

use super::SealFor;

/// A drawn key with the record that announces it and the half that goes to the key tables.
pub(super) struct DrawnKey {
    pub(super) record: KeyRecord,
    pub(super) b: (KeyNo, Secret),
    key: LegKey,
}

/// The key of a leg for a minute.
pub(super) struct LegKey {
    scope: KeyScope,
    key: ChunkKey,
    /// What is sealed to compartments when their time comes; none where the vault has no compartments. It stays where it was
    /// made: moved, it would leave a copy behind.
    a: Option<Box<Secret>>,
    /// Which compartments have it.
    sealed_to: Vec<Recipient>,
}

impl LegKey {
    /// Encrypts.
    pub(super) const fn chunk_key(&self) -> &ChunkKey {
        &self.key
    }

    /// Seals the key to a compartment, unless that has it.
    pub(super) fn seal_to(
        &mut self,
        compartment: &Recipient,
        random: &mut dyn Random,
    ) -> Option<Result<CompartmentKey, OpenError>> {
        let a = self.a.as_ref().filter(|_| !self.sealed_to.contains(compartment))?;
        let KeyScope { vault, leg, epoch, key_no, .. } = self.scope;
        // Where it can't be, it is not tried with each chunk.
        self.sealed_to.push(*compartment);
        let envelope = Envelope::seal(compartment, &vault, &self.scope.octets(), a, random);
        Some(envelope.map(|envelope| CompartmentKey { leg, epoch, key_no, envelopes: vec![envelope] }))
    }
}

/// Draws the key of a scope.
pub(super) fn draw_key(scope: KeyScope, seal_for: &SealFor, random: &mut dyn Random) -> Result<DrawnKey, OpenError> {
    leaving_no_trace(|| draw(scope, seal_for, random))
}

fn draw(scope: KeyScope, seal_for: &SealFor, random: &mut dyn Random) -> Result<DrawnKey, OpenError> {
    let (a, b) = (Box::new(Secret::draw(random)), Secret::draw(random));
    let audio = AudioKey::derive(&a, &b, &scope);
    let envelope = Envelope::seal(&seal_for.recipient, &scope.vault, &scope.octets(), &a, random)?;
    let KeyScope { leg, epoch, key_no, .. } = scope;
    let record = KeyRecord { leg, epoch, key_no, commitment: audio.commitment, envelopes: vec![envelope] };
    let a = (!seal_for.compartments.is_empty()).then_some(a);
    let key = LegKey { scope, key: ChunkKey::new(&audio), a, sealed_to: Vec::new() };
    Ok(DrawnKey { record, b: (key_no, b), key })
}

/// The keys of a leg within a part.
pub(super) struct LegKeys {
    /// The leg's first tick in the part: minutes count from here.
    began: Tick,
    /// Minute and key, this one's and the next one's.
    keys: VecDeque<(u32, LegKey)>,
}

impl LegKeys {
    pub(super) fn new(began: Tick) -> LegKeys {
        LegKeys { began, keys: VecDeque::with_capacity(2) }
    }

    /// Which minute a tick is in.
    pub(super) fn epoch(&self, tick: Tick) -> u32 {
        // Two legs of 8,000 years would meet the limit.
        u32::try_from(tick.0.saturating_sub(self.began.0) / EPOCH_TICKS).unwrap_or(u32::MAX)
    }

    /// The first minute, of `epoch` and the one after it, that has no key yet. Keys of earlier minutes are forgotten.
    pub(super) fn missing(&mut self, epoch: u32) -> Option<u32> {
        while self.keys.pop_front_if(|(old, _)| *old < epoch).is_some() {}
        (epoch..=epoch.saturating_add(1)).find(|wanted| !self.keys.iter().any(|(has, _)| has == wanted))
    }

    /// Takes over a drawn key.
    pub(super) fn put(&mut self, drawn: DrawnKey) -> (KeyRecord, (KeyNo, Secret)) {
        self.keys.push_back((drawn.record.epoch, drawn.key));
        (drawn.record, drawn.b)
    }

    /// The key of a minute.
    pub(super) fn get(&mut self, epoch: u32) -> Option<&mut LegKey> {
        self.keys.iter_mut().find(|(has, _)| *has == epoch).map(|(_, key)| key)
    }
}
