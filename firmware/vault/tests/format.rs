//! The format from outside: what is emitted is parsed again, nothing else is, and a chunk opens only where it belongs.

use frame::{
    BootNo, CallId, EventNo, LaneId, Law, LegId, LifeNo, RecordingId, SpanId, Stamp, Tick, Time, Timeslot, Utc,
};
use proptest::{collection::vec, prelude::*};
use vault::{
    AudioKey, BatchChain, Body, CHUNK_TICKS, CODING_LINE, Certificate, Chain, Checkpoint, Chunk, ChunkFlags,
    ChunkHeader, ChunkKey, CompartmentKey, ConferencePart, Envelope, FormatError, GapCause, KeyKind, KeyNo, KeyRecord,
    KeyScope, Leaf, LeafEntry, LiveRecording, MapEntry, Mark, ObjectHead, ObjectReader, ObjectTrailer, OpenError,
    Outcome, Page, PageNo, PartEnd, PartEnding, PartHead, Place, PublicKey, Recipient, Record, RecordingEnd,
    RecordingHead, Sample, Secret, Seeded, SegmentHead, SignedCertificate, SoundId, Suite, TrackEnd, TrackHead,
    TrackNo, TrackRole, VaultId, WrappedKey, draw_key_pair,
};

const VAULT: VaultId = VaultId([4; 16]);

fn recording() -> RecordingId {
    RecordingId::new(LifeNo(2), 7)
}

fn leg() -> LegId {
    LegId::new(LifeNo(2), 9)
}

fn place() -> Place {
    Place { recording: recording(), part: 1, number: 12 }
}

fn scope() -> KeyScope {
    KeyScope { vault: VAULT, recording: recording(), part: 1, leg: leg(), epoch: 0, key_no: KeyNo(3) }
}

fn audio_key() -> AudioKey {
    AudioKey::derive(&Secret::new([1; 32]), &Secret::new([2; 32]), &scope())
}

fn header() -> ChunkHeader {
    ChunkHeader {
        leg: leg(),
        track: TrackNo(1),
        epoch: 0,
        chunk: 5,
        boot: BootNo(3),
        first_tick: Tick(1_000),
        ticks: 2,
        coding: CODING_LINE,
        flags: ChunkFlags::BLACKOUT,
    }
}

fn audio() -> Vec<u8> {
    (0..160).collect()
}

fn sealed_record() -> Vec<u8> {
    let mut audio = audio();
    let chunk = ChunkKey::new(&audio_key()).seal(header(), &mut audio, &VAULT, &place(), &[8; 32]);
    let mut octets = Vec::new();
    Record { place: place(), body: Body::Chunk(chunk) }.emit(&mut octets);
    octets
}

fn chunk_of<'a>(record: &'a Record<'a>) -> &'a Chunk<'a> {
    let Body::Chunk(chunk) = &record.body else { panic!("a chunk") };
    chunk
}

/// The CRC is anybody's to compute: what follows shows what holds without it.
fn with_crc(mut octets: Vec<u8>) -> Vec<u8> {
    let end = octets.len() - 4;
    let crc = crc32fast::hash(&octets[..end]);
    octets[end..].copy_from_slice(&crc.to_be_bytes());
    octets
}

#[test]
fn a_chunk_opens_at_its_place_in_its_chain_in_its_vault() {
    let octets = sealed_record();
    let (record, _) = Record::parse(&octets).unwrap();
    let key = ChunkKey::new(&audio_key());
    let chunk = chunk_of(&record);
    assert_eq!(chunk.open(&key, &VAULT, &place(), &[8; 32]), Ok(audio()));
    let shut = Err(OpenError::Ciphertext);
    assert_eq!(chunk.open(&key, &VaultId([5; 16]), &place(), &[8; 32]), shut);
    assert_eq!(chunk.open(&key, &VAULT, &Place { part: 2, ..place() }, &[8; 32]), shut);
    let other = RecordingId::new(LifeNo(2), 8);
    assert_eq!(chunk.open(&key, &VAULT, &Place { recording: other, ..place() }, &[8; 32]), shut);
    assert_eq!(chunk.open(&key, &VAULT, &place(), &[9; 32]), shut);
}

#[test]
fn every_changed_bit_of_a_chunk_is_found_by_its_key_even_under_a_new_checksum() {
    let octets = sealed_record();
    let key = ChunkKey::new(&audio_key());
    for bit in 0..(octets.len() - 4) * 8 {
        let mut changed = octets.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(Record::parse(&changed).is_err(), "bit {bit} and the checksum");
        let changed = with_crc(changed);
        let Ok((record, _)) = Record::parse(&changed) else { continue };
        let opened = chunk_of(&record).open(&key, &VAULT, &record.place, &[8; 32]);
        // The number within the recording is bound by the chain alone.
        let is_number = (16 * 8..24 * 8).contains(&bit);
        assert_eq!(opened.is_ok(), is_number, "bit {bit}");
    }
}

#[test]
fn the_number_of_a_record_is_bound_by_the_chain() {
    let mut chain = Chain::new(Suite::One, VAULT, recording());
    let body = Body::Map(MapEntry { at: Sample(1), track: TrackNo::ALL, mark: Mark::Slip });
    let record = Record { place: Place { number: 1, ..place() }, body };
    let mut octets = Vec::new();
    record.emit(&mut octets);
    assert_eq!(chain.follow(&record, &octets), Err(FormatError::Hash));
}

#[test]
fn the_chunk_format_stays_what_it_is() {
    // A change here is a new format version: recordings of twenty years must be read.
    let octets = sealed_record();
    assert_eq!(octets.len(), 28 + 40 + 160 + 16);
    let head = "000000f4050000010000000200000007000000000000000c\
                00000002000000090000000100000000000000000000000500000003000000000000 03e80002 00 01";
    let hex: String = octets[..64].iter().map(|octet| format!("{octet:02x}")).collect();
    assert_eq!(hex, head.replace(' ', ""));
    let digest: String = vault::sha256(&octets).iter().map(|octet| format!("{octet:02x}")).collect();
    assert_eq!(digest, GOLDEN_CHUNK);
}

/// SHA-256 of the record as pyca/cryptography computes it from `firmware/vault/FORMAT.md`: HKDF, AES-GCM and all fields.
const GOLDEN_CHUNK: &str = "73205bc2118fcecb9303e18dc81f49f84339d42a5da03783e2372ce9bcc240d6";

fn stamp() -> impl Strategy<Value = Stamp> {
    (any::<u32>(), any::<u64>(), any::<i64>()).prop_map(|(boot, time, utc)| Stamp {
        boot: BootNo(boot),
        time: Time::from_us(time),
        utc: Utc::from_us(utc),
    })
}

fn any_leg() -> impl Strategy<Value = LegId> {
    any::<u64>().prop_map(LegId::from_u64)
}

fn mark() -> impl Strategy<Value = Mark> {
    let sound = any::<[u8; 16]>().prop_map(SoundId);
    let cause = prop_oneof![
        Just(GapCause::NoTick),
        Just(GapCause::BufferFull),
        Just(GapCause::NoKey),
        Just(GapCause::EndedEarly)
    ];
    let part = prop_oneof![
        Just(ConferencePart::Speaks),
        Just(ConferencePart::Coached),
        Just(ConferencePart::Coaches),
        Just(ConferencePart::Listens)
    ];
    prop_oneof![
        (any_leg(), any_leg()).prop_map(|(a, b)| Mark::BridgeBegan { a, b }),
        (any_leg(), any_leg()).prop_map(|(a, b)| Mark::BridgeEnded { a, b }),
        (any_leg(), sound.clone()).prop_map(|(leg, sound)| Mark::PromptBegan { leg, sound }),
        any_leg().prop_map(|leg| Mark::PromptEnded { leg }),
        (any_leg(), sound, any::<u64>()).prop_map(|(leg, sound, offset_samples)| Mark::MusicBegan {
            leg,
            sound,
            offset_samples
        }),
        any_leg().prop_map(|leg| Mark::MusicEnded { leg }),
        any_leg().prop_map(|leg| Mark::HoldBegan { leg }),
        any_leg().prop_map(|leg| Mark::HoldEnded { leg }),
        Just(Mark::PauseBegan),
        Just(Mark::PauseEnded),
        Just(Mark::BlackoutBegan),
        Just(Mark::BlackoutEnded),
        any_leg().prop_map(|leg| Mark::SecretInputBegan { leg }),
        any_leg().prop_map(|leg| Mark::SecretInputEnded { leg }),
        Just(Mark::AlarmBegan),
        Just(Mark::AlarmEnded),
        (any::<u64>(), cause).prop_map(|(ticks, cause)| Mark::Gap { ticks, cause }),
        (any_leg(), any_leg()).prop_map(|(from, to)| Mark::Transfer { from, to }),
        (any_leg(), any::<bool>()).prop_map(|(leg, given)| Mark::Consent { leg, given }),
        stamp().prop_map(|until| Mark::Cut { until }),
        Just(Mark::Slip),
        (any_leg(), part).prop_map(|(leg, part)| Mark::ConferenceJoined { leg, part }),
        any_leg().prop_map(|leg| Mark::ConferenceLeft { leg }),
    ]
}

fn track_head() -> impl Strategy<Value = TrackHead> {
    let role = prop_oneof![Just(TrackRole::Said), Just(TrackRole::Heard)];
    let law = prop_oneof![Just(Law::A), Just(Law::Mu)];
    let lane = (any::<u16>(), any::<u8>()).prop_map(|(span, slot)| LaneId::new(SpanId(span), Timeslot(slot)));
    (any_leg(), any::<u32>(), role, lane, law, any::<u64>()).prop_map(|(leg, track, role, lane, law, tick)| TrackHead {
        leg,
        track: TrackNo(track),
        role,
        lane,
        law,
        first_tick: Tick(tick),
    })
}

fn envelope() -> impl Strategy<Value = Envelope> {
    (any::<u64>(), any::<u32>(), any::<[u8; 32]>()).prop_map(|(seed, epoch, secret)| {
        let mut random = Seeded::new(seed);
        let (_, key) = draw_key_pair(&mut random);
        let to = Recipient { kind: KeyKind::Compartment, epoch, key };
        Envelope::seal(&to, &VAULT, b"bound", &Secret::new(secret), &mut random).expect("a drawn key is a usable point")
    })
}

fn key_record() -> impl Strategy<Value = KeyRecord> {
    (any_leg(), any::<u32>(), any::<u64>(), any::<[u8; 32]>(), vec(envelope(), 0..=3)).prop_map(
        |(leg, epoch, key_no, commitment, envelopes)| KeyRecord {
            leg,
            epoch,
            key_no: KeyNo(key_no),
            commitment,
            envelopes,
        },
    )
}

fn compartment_key() -> impl Strategy<Value = CompartmentKey> {
    (any_leg(), any::<u32>(), any::<u64>(), vec(envelope(), 1..=3))
        .prop_map(|(leg, epoch, key_no, envelopes)| CompartmentKey { leg, epoch, key_no: KeyNo(key_no), envelopes })
}

fn body() -> impl Strategy<Value = Body<'static>> {
    let ending = prop_oneof![Just(PartEnding::Finished), Just(PartEnding::Cut)];
    prop_oneof![
        (any::<u64>(), stamp(), any::<[u8; 32]>()).prop_map(|(call, began, certificate)| {
            Body::RecordingHead(RecordingHead { call: CallId::from_u64(call), began, certificate })
        }),
        (any::<u32>(), stamp(), any::<u64>()).prop_map(|(life, stamp, tick)| Body::PartHead(PartHead {
            life: LifeNo(life),
            stamp,
            tick: Tick(tick)
        })),
        track_head().prop_map(Body::TrackHead),
        key_record().prop_map(Body::Key),
        compartment_key().prop_map(Body::CompartmentKey),
        (any::<u64>(), any::<u32>(), mark()).prop_map(|(at, track, mark)| Body::Map(MapEntry {
            at: Sample(at),
            track: TrackNo(track),
            mark
        })),
        (any::<u32>(), any::<u64>(), any::<u64>()).prop_map(|(track, end, chunks)| {
            Body::TrackEnd(TrackEnd { track: TrackNo(track), end_tick: Tick(end), chunks })
        }),
        (ending, stamp()).prop_map(|(ending, stamp)| Body::PartEnd(PartEnd { ending, stamp })),
        (stamp(), any::<u64>(), any::<u64>()).prop_map(|(stamp, chunks, ticks)| Body::RecordingEnd(RecordingEnd {
            stamp,
            chunks,
            ticks
        })),
    ]
}

fn leaf() -> impl Strategy<Value = Leaf> {
    let outcome = prop_oneof![Just(Outcome::Done), Just(Outcome::NotDone), Just(Outcome::Unknown)];
    let live = (any::<u64>(), any::<u16>(), any::<u64>(), any::<[u8; 32]>()).prop_map(
        |(recording, part, chunks, chain_head)| LiveRecording {
            recording: RecordingId::from_u64(recording),
            part,
            chunks,
            chain_head,
        },
    );
    let hash = any::<[u8; 32]>();
    prop_oneof![
        (any::<u64>(), stamp()).prop_map(|(call, at)| Leaf::Due { call: CallId::from_u64(call), at }),
        (stamp(), vec(live, 0..5)).prop_map(|(at, recordings)| Leaf::Live { at, recordings }),
        (any::<[u64; 4]>(), hash, hash).prop_map(|([recording, call, records, chunks], chain_head, commitments)| {
            let (recording, call) = (RecordingId::from_u64(recording), CallId::from_u64(call));
            Leaf::Finished { recording, call, records, chunks, chain_head, commitments }
        }),
        (any::<u64>(), hash).prop_map(|(no, event_hash)| Leaf::AuditIntent { event: EventNo(no), event_hash }),
        (any::<u64>(), outcome).prop_map(|(no, outcome)| Leaf::AuditOutcome { intent: EventNo(no), outcome }),
        (any::<u64>(), hash)
            .prop_map(|(id, document)| Leaf::Tombstone { recording: RecordingId::from_u64(id), document }),
        (any::<[u64; 2]>(), hash).prop_map(|([id, list], document)| {
            Leaf::RangeTombstone { recording: RecordingId::from_u64(id), list: EventNo(list), document }
        }),
        (hash, any::<bool>()).prop_map(|(certificate, destroyed)| Leaf::Key { certificate, destroyed }),
        hash.prop_map(|note| Leaf::RootReceived { note }),
    ]
}

proptest! {
    #[test]
    fn a_record_is_parsed_as_it_was_emitted(body in body(), part: u16, recording: u64, number: u64) {
        let place = Place { recording: RecordingId::from_u64(recording), part, number };
        let record = Record { place, body };
        let mut octets = vec![0xaa; 3];
        record.emit(&mut octets);
        octets.extend([0xbb; 5]);
        let (parsed, length) = Record::parse(&octets[3..]).unwrap();
        prop_assert_eq!(&parsed, &record);
        prop_assert_eq!(length, octets.len() - 8);
    }

    #[test]
    fn a_chunk_is_opened_as_it_was_sealed(ticks in 1..=CHUNK_TICKS, chunk: u64, track: u32, fill: u8) {
        let header = ChunkHeader { ticks, chunk, track: TrackNo(track), ..header() };
        let key = ChunkKey::new(&audio_key());
        let said = vec![fill; header.audio_octets()];
        let mut audio = said.clone();
        let sealed = key.seal(header, &mut audio, &VAULT, &place(), &[1; 32]);
        let mut octets = Vec::new();
        Record { place: place(), body: Body::Chunk(sealed) }.emit(&mut octets);
        let (record, _) = Record::parse(&octets).unwrap();
        prop_assert_eq!(chunk_of(&record).open(&key, &VAULT, &place(), &[1; 32]), Ok(said));
    }

    #[test]
    fn a_leaf_is_parsed_as_it_was_emitted(leaf in leaf(), salt: [u8; 16]) {
        let entry = LeafEntry { salt, leaf };
        let mut octets = Vec::new();
        entry.emit(&mut octets);
        prop_assert_eq!(LeafEntry::parse(&octets), Ok((entry, octets.len())));
    }

    #[test]
    fn parsing_any_octets_never_panics(octets in vec(any::<u8>(), 0..400)) {
        parse_everything(&octets);
    }

    #[test]
    fn parsing_changed_octets_under_a_right_checksum_never_panics(
        body in body(),
        leaf in leaf(),
        changes in vec((any::<u16>(), any::<u8>()), 1..6),
    ) {
        let mut record = Vec::new();
        Record { place: place(), body }.emit(&mut record);
        let mut entry = Vec::new();
        LeafEntry { salt: [0; 16], leaf }.emit(&mut entry);
        for octets in [record, entry] {
            let mut changed = octets;
            let length = changed.len() - 4;
            for (at, to) in &changes {
                changed[usize::from(*at) % length] = *to;
            }
            let changed = with_crc(changed);
            parse_everything(&changed);
            // What parses is what emitting gives again: there is one way to write each thing.
            if let Ok((record, length)) = Record::parse(&changed) {
                let mut again = Vec::new();
                record.emit(&mut again);
                prop_assert_eq!(&again[..], &changed[..length]);
            }
            if let Ok((entry, length)) = LeafEntry::parse(&changed) {
                let mut again = Vec::new();
                entry.emit(&mut again);
                prop_assert_eq!(&again[..], &changed[..length]);
            }
        }
    }
}

fn parse_everything(octets: &[u8]) {
    let _ = Record::parse(octets);
    let _ = LeafEntry::parse(octets);
    let _ = ObjectHead::parse(octets);
    let _ = ObjectTrailer::parse(octets);
    let _ = SegmentHead::parse(octets);
    let _ = SignedCertificate::parse(octets);
    let _ = WrappedKey::parse(octets);
    let _ = BatchChain { use_no: 0, next_batch: 0, previous: [0; 32] }.follow(octets);
    let _ = vault::later_batch(octets, 0, 0);
    let no = PageNo { level: 0, number: 0 };
    let _ = Page::open(octets, no, &VAULT, 0, &Secret::new([0; 32]));
    let _ = vault::Keyring::parse(octets);
    let text = String::from_utf8_lossy(octets);
    let _ = vault::Share::typed(&text);
    let _ = Checkpoint::open(&text, &vault::SigningKey::from_bytes(&[1; 32]).verifying_key());
    let mut object = ObjectHead { suite: Suite::One, vault: VAULT, recording: recording() }.emit();
    object.extend_from_slice(octets);
    let Ok(mut reader) = ObjectReader::new(&object) else { panic!("the head is right") };
    while let Ok(Some(_)) = reader.next_record() {}
    let _ = reader.finish();
}

#[test]
fn a_certificate_names_the_key_and_nothing_but_its_signature_lets_it_be_read() {
    let certificate = Certificate {
        kind: KeyKind::Birth,
        compartment: None,
        vault: VAULT,
        epoch: 0,
        key: PublicKey([9; 32]),
        signs: None,
        issued: Stamp::default(),
        holders: Vec::new(),
        signer: vault::Signer::Log,
    };
    let signed = certificate.clone().sign(&vault::SigningKey::from_bytes(&[1; 32]));
    let octets = signed.emit();
    assert_eq!(SignedCertificate::parse(&octets).unwrap().certificate, certificate);
    let other = Certificate { epoch: 1, ..certificate }.sign(&vault::SigningKey::from_bytes(&[2; 32])).emit();
    let mut forged = octets.clone();
    let body = octets.len() - 64;
    forged[..body].copy_from_slice(&other[..body]);
    assert_eq!(SignedCertificate::parse(&forged), Err(FormatError::Signature));
}
