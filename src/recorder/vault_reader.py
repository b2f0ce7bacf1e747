#!/usr/bin/python3
"""A reader of the vault that knows nothing but FORMAT.md: neither our code nor our programs.

    vault_reader.py verify VAULT [--root NOTE] [--key FINGERPRINT] [--passphrase | --shares]
    vault_reader.py open VAULT RECORDING --out FOLDER [--shares]
    vault_reader.py package PACKAGE [--root NOTES] [--key FINGERPRINT] [--identity KEYFILE --out FOLDER]

VAULT is the vault's directory, or a data directory with one. Without a key, `verify` holds everything to the chain, the
leaves and the signed roots; with --passphrase (read from standard input, as `open` reads it) it decrypts every chunk, too.
With --shares two shares of the recovery key are read instead, a line each, their twelve rows with spaces between.
`open` writes the octets of each track into FOLDER, with the law's silence where nothing was recorded.

`package` checks the package of an export. With KEYFILE, as age-keygen writes it, it opens the keys and writes what each track
said into FOLDER: `.law` has the octets of the line; `.convenience.wav` is for listening, and is no evidence.

Each fault is a line that names file, call, recording, part, track, chunk and minute as far as the octets tell them. The
last line counts. It ends with 0 only where nothing is wrong. Of outside it needs `cryptography` and, for passphrases,
`argon2` (AES-GCM, HKDF, X25519, Ed25519, Argon2id); HPKE, age and the tree of RFC 6962 are written here.
"""
import argparse
import base64
import datetime
import hashlib
import hmac
import os
import re
import struct
import sys
import zlib
from collections import namedtuple

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

try:
    from argon2.low_level import Type, hash_secret_raw
except ImportError:  # whoever has no passphrase to type needs none of it
    pass

VERSION, SUITE = 1, 1
TICK_OCTETS, TICK_US, MINUTE_TICKS = 80, 10_000, 6_000
RECORD_MIN, RECORD_MAX = 28, 65_536
NOTHING = bytes(32)

# ---------------------------------------------------------------------------------------------------------- octets


class Fault(Exception):
    """What is not as it has to be."""


class NoKey(Fault):
    """A key that is not there: erased before, or sealed for others than who opens."""


def sha256(*pieces):
    return hashlib.sha256(b"".join(pieces)).digest()


def labelled(label, *pieces):
    return sha256(label.encode(), b"\0", *pieces)


def require(good, why):
    if not good:
        raise Fault(why)


class Octets:
    """Fields one after the other."""

    def __init__(self, octets):
        self.octets, self.at = octets, 0

    def take(self, count):
        require(self.at + count <= len(self.octets), "ends in the middle of a field")
        self.at += count
        return self.octets[self.at - count:self.at]

    def number(self, count):
        return int.from_bytes(self.take(count), "big")

    def choice(self, allowed, what):
        value = self.number(1)
        require(value in allowed, f"{what} {value} is not known")
        return value

    def is_(self, wanted, what):
        require(self.take(len(wanted)) == wanted, f"{what} is not the one expected")

    def head(self, magic, version=VERSION):
        self.is_(magic, "the mark at the beginning")
        self.is_(struct.pack(">HH", version, SUITE), "version and suite")

    def id(self):
        return Id(self.number(4), self.number(4))

    def stamp(self):
        return Stamp(self.number(4), self.number(8), int.from_bytes(self.take(8), "big", signed=True))

    def end(self):
        require(self.at == len(self.octets), f"{len(self.octets) - self.at} octets that no field explains")


def without_crc(octets):
    require(len(octets) >= 4, "too short")
    require(zlib.crc32(octets[:-4]) == int.from_bytes(octets[-4:], "big"), "its CRC does not fit")
    return octets[:-4]


class Id(namedtuple("Id", "life number")):
    def __str__(self):
        return f"{self.life}-{self.number}"

    def octets(self):
        return struct.pack(">II", *self)


Stamp = namedtuple("Stamp", "boot clock_us utc_us")


def utc(us):
    try:
        return f"{datetime.datetime(1970, 1, 1) + datetime.timedelta(microseconds=us):%Y-%m-%d %H:%M:%S} UTC"
    except OverflowError:
        return f"{us} µs since 1970"


def u8(number):
    return bytes([number])


def u16(number):
    return struct.pack(">H", number)


def u32(number):
    return struct.pack(">I", number)


def u64(number):
    return struct.pack(">Q", number)


# --------------------------------------------------------------------------------------------- HKDF, HPKE (RFC 9180)


def hkdf_extract(salt, key):
    return hmac.digest(salt or NOTHING, key, "sha256")


def hkdf_expand(key, info, octets):
    out, block = b"", b""
    while len(out) < octets:
        block = hmac.digest(key, block + info + u8(len(out) // 32 + 1), "sha256")
        out += block
    return out[:octets]


def labelled_extract(suite, salt, label, key):
    return hkdf_extract(salt, b"HPKE-v1" + suite + label + key)


def labelled_expand(suite, key, label, info, octets):
    return hkdf_expand(key, u16(octets) + b"HPKE-v1" + suite + label + info, octets)


def hpke_open(secret, encapsulated, info, associated, sealed):
    """Base mode, one message: DHKEM(X25519, HKDF-SHA256) 0x20, HKDF-SHA256 1, AES-256-GCM 2."""
    kem, hpke = b"KEM" + u16(0x20), b"HPKE" + u16(0x20) + u16(1) + u16(2)
    shared = secret.exchange(X25519PublicKey.from_public_bytes(encapsulated))
    extracted = labelled_extract(kem, b"", b"eae_prk", shared)
    shared = labelled_expand(kem, extracted, b"shared_secret", encapsulated + raw(secret.public_key()), 32)
    context = u8(0) + labelled_extract(hpke, b"", b"psk_id_hash", b"") + labelled_extract(hpke, b"", b"info_hash", info)
    secret = labelled_extract(hpke, shared, b"secret", b"")
    key, nonce = (labelled_expand(hpke, secret, *of) for of in ((b"key", context, 32), (b"base_nonce", context, 12)))
    return AESGCM(key).decrypt(nonce, sealed, associated)


def raw(public_key):
    return public_key.public_bytes(Encoding.Raw, PublicFormat.Raw)


# -------------------------------------------------------------------------------------------------------- records

RecordingHead = namedtuple("RecordingHead", "call began fingerprint")
PartHead = namedtuple("PartHead", "life stamp tick")
TrackHead = namedtuple("TrackHead", "leg track role span timeslot law first_tick")
Key = namedtuple("Key", "leg minute number commitment envelopes")
CompartmentKey = namedtuple("CompartmentKey", "leg minute number envelopes")
Envelope = namedtuple("Envelope", "kind epoch key_id encapsulated sealed")
Chunk = namedtuple("Chunk", "leg track minute chunk boot first_tick ticks coding flags header sealed")
Mark = namedtuple("Mark", "sample track mark arguments")
TrackEnd = namedtuple("TrackEnd", "track end_tick chunks")
PartEnd = namedtuple("PartEnd", "ending stamp")
RecordingEnd = namedtuple("RecordingEnd", "stamp chunks ticks")

# Octets of each mark's arguments.
ARGUMENTS = {1: 16, 2: 16, 3: 24, 4: 8, 5: 32, 6: 8, 7: 8, 8: 8, 9: 0, 10: 0, 11: 0, 12: 0, 13: 0, 14: 0, 15: 9, 16: 16,
             17: 9, 18: 20, 19: 0, 20: 8, 21: 8, 22: 9, 23: 8}
CHUNK_HEADER = 40


def recording_head(o):
    return RecordingHead(o.id(), o.stamp(), o.take(32))


def part_head(o):
    return PartHead(o.number(4), o.stamp(), o.number(8))


def track_head(o):
    return TrackHead(o.id(), o.number(4), o.choice((1, 2), "role"), o.number(2), o.number(1), o.choice((1, 2), "law"),
                     o.number(8))


def key(o):
    fields = o.id(), o.number(4), o.number(8), o.take(32)
    return Key(*fields, [envelope(o) for _ in range(o.choice(range(9), "count of envelopes"))])


def compartment_key(o):
    fields = o.id(), o.number(4), o.number(8)
    envelopes = [envelope(o) for _ in range(o.choice(range(1, 9), "count of envelopes"))]
    require(all(e.kind == 3 for e in envelopes), "an envelope for something else than a compartment")
    return CompartmentKey(*fields, envelopes)


def envelope(o):
    return Envelope(o.choice((1, 2, 3, 4, 5), "kind of envelope"), o.number(4), o.take(8), o.take(32), o.take(48))


def chunk(o):
    header = o.octets[o.at:o.at + CHUNK_HEADER]
    fields = o.id(), o.number(4), o.number(4), o.number(8), o.number(4), o.number(8), o.number(2)
    ticks = fields[-1]
    require(1 <= ticks <= 64, f"a chunk of {ticks} ticks")
    coding, flags = o.choice((0,), "coding"), o.choice(range(4), "flags")
    return Chunk(*fields, coding, flags, header, o.take(ticks * TICK_OCTETS + 16))


def mark(o):
    sample, track, kind = o.number(8), o.number(4), o.choice(ARGUMENTS, "mark")
    arguments = o.take(ARGUMENTS[kind])
    last = {15: (1, 2, 3, 4), 17: (0, 1), 22: (1, 2, 3, 4)}.get(kind)
    require(last is None or arguments[-1] in last, f"an argument of mark {kind} is not known")
    return Mark(sample, track, kind, arguments)


def track_end(o):
    return TrackEnd(o.number(4), o.number(8), o.number(8))


def part_end(o):
    return PartEnd(o.choice((1, 2), "ending"), o.stamp())


def recording_end(o):
    return RecordingEnd(o.stamp(), o.number(8), o.number(8))


BODIES = {1: recording_head, 2: part_head, 3: track_head, 4: key, 5: chunk, 6: mark, 7: track_end, 8: part_end,
          9: recording_end, 10: compartment_key}
Record = namedtuple("Record", "octets part recording number body")


def record(octets):
    o = Octets(without_crc(octets))
    require(o.number(4) == len(octets), "its length is not its own")
    kind = o.choice(BODIES, "kind of record")
    o.is_(b"\0", "the zero")
    fields = o.number(2), o.id(), o.number(8)
    body = BODIES[kind](o)
    o.end()
    return Record(octets, *fields, body)


def record_at(octets, at):
    """The octets of the record that begins there."""
    require(at + 4 <= len(octets), "ends in the middle of a record")
    length = int.from_bytes(octets[at:at + 4], "big")
    require(RECORD_MIN <= length <= RECORD_MAX, f"a record of {length} octets")
    require(at + length <= len(octets), "ends in the middle of a record")
    return octets[at:at + length]


def whole_records(octets):
    """Up to the first that is not: a staged file may be torn."""
    at = 0
    try:
        while at < len(octets):
            record(found := record_at(octets, at))
            yield found
            at += len(found)
    except Fault:
        return


def all_records(octets):
    at = 0
    while at < len(octets):
        yield record(found := record_at(octets, at))
        at += len(found)


# ------------------------------------------------------------------------------------------------------- recording


class Track:
    def __init__(self, head):
        self.head, self.chunks, self.ended = head, [], False

    def next_tick(self):
        return self.chunks[-1].first_tick + self.chunks[-1].ticks if self.chunks else self.head.first_tick


class Recording:
    """The records of one recording, held to the rules of their order. `links[n]` stands before record n."""

    def __init__(self, recording, first_link):
        self.recording, self.links, self.fold = recording, [first_link], NOTHING
        self.head, self.end, self.part, self.part_is_open = None, None, 0, False
        self.parts, self.tracks, self.keys, self.chunks, self.records = {}, {}, {}, [], []
        # How many chunks of the part stood before each link.
        self.chunks_before = [(0, 0)]

    def take(self, r):
        require(r.recording == self.recording, f"a record of recording {r.recording}")
        require(r.number == len(self.records), f"record {r.number} where {len(self.records)} was due")
        require(self.end is None, "a record behind the recording's end")
        require((self.head is None) == isinstance(r.body, RecordingHead), "the recording's head is not its first record")
        require(r.part == self.part or isinstance(r.body, (PartHead, RecordingHead)), f"a record of part {r.part}")
        getattr(self, "take_" + type(r.body).__name__)(r)
        self.records.append(r)
        self.links.append(labelled("ringfence link", self.links[-1], r.octets))
        of_part = sum(c[0].part == self.part for c in self.chunks[-1:])
        chunks = (self.chunks_before[-1][1] if self.chunks_before[-1][0] == self.part else 0)
        self.chunks_before.append((self.part, chunks + (of_part and isinstance(r.body, Chunk))))

    def take_RecordingHead(self, r):
        require(r.part == 1, "it does not begin with part 1")
        self.head = r.body

    def take_PartHead(self, r):
        require(not self.part_is_open and r.part > self.part, f"part {r.part} begins after part {self.part}")
        self.part, self.part_is_open = r.part, True
        self.parts[r.part] = r.body

    def take_TrackHead(self, r):
        require(self.part_is_open and (r.part, r.body.track) not in self.tracks, f"track {r.body.track} begins twice")
        self.tracks[r.part, r.body.track] = Track(r.body)

    def take_Key(self, r):
        require(self.part_is_open, "a key outside of a part")
        scope = r.part, r.body.leg, r.body.minute
        require(scope not in self.keys, f"a second key for minute {r.body.minute} of leg {r.body.leg}")
        self.keys[scope] = r.body
        self.fold = labelled("ringfence commitments", self.fold, r.body.commitment)

    def take_CompartmentKey(self, r):
        key = self.keys.get((r.part, r.body.leg, r.body.minute))
        require(self.part_is_open and key and key.number == r.body.number, "no such key stands before it")
        # Whoever opens it by the vault's key reads on as before.
        self.keys[r.part, r.body.leg, r.body.minute] = key._replace(envelopes=key.envelopes + r.body.envelopes)

    def take_Chunk(self, r):
        track = self.open_track(r.part, r.body.track)
        require(track.head.leg == r.body.leg, f"a chunk of leg {r.body.leg}")
        require(r.body.chunk == len(track.chunks), f"chunk {r.body.chunk} where {len(track.chunks)} was due")
        require(r.body.first_tick >= track.next_tick(), "it begins before the chunk before it ends")
        require((r.part, r.body.leg, r.body.minute) in self.keys, f"no key for minute {r.body.minute} stands before it")
        track.chunks.append(r.body)
        self.chunks.append((r, self.links[-1]))

    def take_Mark(self, r):
        require(r.body.track == 0 or (r.part, r.body.track) in self.tracks, f"a mark of track {r.body.track}")

    def take_TrackEnd(self, r):
        track = self.open_track(r.part, r.body.track)
        require(r.body.chunks == len(track.chunks), f"{r.body.chunks} chunks counted, {len(track.chunks)} there")
        require(r.body.end_tick >= track.next_tick(), "it ends before its last chunk")
        track.ended = True

    def take_PartEnd(self, r):
        require(self.part_is_open, "a part ends that is not open")
        require(all(t.ended for (part, _), t in self.tracks.items() if part == r.part), "a track of the part has no end")
        self.part_is_open = False

    def take_RecordingEnd(self, r):
        require(not self.part_is_open, "its last part has no end")
        ticks = sum(r.body.ticks for r, _ in self.chunks)
        require((r.body.chunks, r.body.ticks) == (len(self.chunks), ticks),
                f"{r.body.chunks} chunks of {r.body.ticks} ticks counted, {len(self.chunks)} of {ticks} there")
        self.end = r.body

    def open_track(self, part, number):
        track = self.tracks.get((part, number))
        require(track and self.part_is_open and not track.ended, f"track {number} is not open")
        return track

    def where(self, r):
        """Names what a record is about."""
        body, part = r.body, self.parts.get(r.part)
        fields = [("part", r.part)] + [(f, getattr(body, f)) for f in ("leg", "track", "chunk", "minute") if hasattr(body, f)]
        at = part and part.stamp.utc_us + (body.first_tick - part.tick) * TICK_US if hasattr(body, "first_tick") else None
        named = f"record {r.number}: " + " ".join(f"{name} {value}" for name, value in fields)
        return named + (f" at {utc(at)}" if at is not None else "")

    def name(self):
        return f"recording {self.recording}" + (f" of call {self.head.call}" if self.head else "")


class Object:
    """The octets of an object or of a staged file."""
    HEAD, TRAILER = 40, 84

    def __init__(self, octets, vault_id, recording, finished):
        self.octets, self.finished = octets, finished
        head = octets[:self.HEAD]
        o = Octets(without_crc(head))
        o.head(b"RFOBJECT")
        o.is_(vault_id, "the vault's id")
        o.is_(recording.octets(), "the recording's number")
        o.end()
        self.recording = Recording(recording, labelled("ringfence object", head))

    def read(self):
        """Reads all; at a fault, what stood before it is read."""
        end = len(self.octets) - (self.TRAILER if self.finished else 0)
        at, taken = self.HEAD, self.recording
        while at < end:
            r = None
            try:
                octets = record_at(self.octets[:end], at)
                r = record(octets)
                taken.take(r)
            except Fault as fault:
                raise Fault(f"{self.place(at, r)}: {fault}") from None
            at += len(octets)
        if self.finished:
            self.read_trailer(self.octets[end:])

    def place(self, at, r):
        """What can be said of a record that is not right: itself where it could be read, else what stood before."""
        taken = self.recording
        if r:
            return taken.where(r)
        last = next((r for r in reversed(taken.records) if hasattr(r.body, "first_tick")), None)
        before = f", after {taken.where(last)}" if last else ""
        return f"record {len(taken.records)} at octet {at}{before}"

    def read_trailer(self, trailer):
        taken = self.recording
        require(taken.end, "it has no recording end")
        o = Octets(without_crc(trailer))
        o.is_(b"RFOBJEND", "the mark of its trailer")
        o.is_(u64(len(taken.records)), "the trailer's number of records")
        o.is_(taken.links[-1], "the trailer's link of the last record")
        o.is_(taken.fold, "the trailer's fold of commitments")


# ------------------------------------------------------------------------------------------------------------ log

Leaf = namedtuple("Leaf", "kind fields salt content")
Finished = namedtuple("Finished", "recording call records chunks link fold")
Live = namedtuple("Live", "recording part chunks link")


def live(o):
    return o.stamp(), [Live(o.id(), o.number(2), o.number(8), o.take(32)) for _ in range(count_of(o, 1024))]


def count_of(o, most):
    count = o.number(2)
    require(count <= most, f"{count} of what may be there {most} times")
    return count


LEAVES = {
    1: lambda o: (o.id(), o.stamp()),
    2: live,
    3: lambda o: Finished(o.id(), o.id(), o.number(8), o.number(8), o.take(32), o.take(32)),
    4: lambda o: (o.number(8), o.take(32)),
    5: lambda o: (o.number(8), o.choice((1, 2, 3), "outcome")),
    6: lambda o: (o.id(), o.take(32)),
    7: lambda o: (o.take(32), o.choice((0, 1), "destroyed")),
    8: lambda o: (o.take(32),),
    9: lambda o: (o.take(32), o.take(32), o.take(32), o.choice((0, 1), "in its place")),
    10: lambda o: (o.id(), o.number(8), o.take(32)),
}


def leaf(octets):
    o = Octets(without_crc(octets))
    require(o.number(4) == len(octets), "its length is not its own")
    salt, kind = o.take(16), o.choice(LEAVES, "type of leaf")
    content = labelled("ringfence leaf", u8(kind), salt, o.octets[o.at:])
    fields = LEAVES[kind](o)
    o.end()
    return Leaf(kind, fields, salt, content)


class Tree:
    """RFC 6962, 2.1: a hash tree that grows; it keeps the roots of its perfect subtrees, largest first."""

    def __init__(self):
        self.size, self.subtrees = 0, []

    def add(self, leaf_hash):
        self.size += 1
        self.subtrees.append(leaf_hash)
        for _ in range((self.size & -self.size).bit_length() - 1):
            right, left = self.subtrees.pop(), self.subtrees.pop()
            self.subtrees.append(sha256(b"\1", left, right))

    def root(self):
        if not self.subtrees:
            return sha256()
        root = self.subtrees[-1]
        for left in reversed(self.subtrees[:-1]):
            root = sha256(b"\1", left, root)
        return root


Checkpoint = namedtuple("Checkpoint", "size root boot previous")


class LogKey:
    """Who signs checkpoints: C2SP signed-note, Ed25519."""

    def __init__(self, vault_id, public):
        self.origin = f"ringfence/{vault_id.hex()}"
        self.key = Ed25519PublicKey.from_public_bytes(public)
        self.hash = sha256(self.origin.encode(), b"\n\1", public)[:4]

    def open(self, note):
        """A note of five lines, an empty one, and one signature."""
        lines = note.split("\n")
        require(len(lines) == 8 and lines[5] == "" and lines[7] == "", "a checkpoint of other lines")
        sign, name, signature = (lines[6].split(" ") + ["", ""])[:3]
        require((sign, name) == ("\N{EM DASH}", self.origin) and lines[0] == self.origin, "the checkpoint of another log")
        signature = decoded(signature)
        require(signature[:4] == self.hash, "the signature of another key")
        try:
            self.key.verify(signature[4:], "".join(f"{line}\n" for line in lines[:5]).encode())
        except InvalidSignature:
            raise Fault("the signature of the checkpoint does not fit") from None
        return Checkpoint(plain_number(lines[1]), decoded(lines[2]), plain_number(after(lines[3], "boot ")),
                          decoded(after(lines[4], "previous ")))


def after(line, word):
    require(line.startswith(word), f"no line \"{word}\"")
    return line[len(word):]


def plain_number(text):
    require(re.fullmatch("0|[1-9][0-9]*", text), f"\"{text}\" is no number")
    return int(text)


def decoded(text):
    try:
        octets = base64.b64decode(text, validate=True)
    except ValueError:
        raise Fault("not base64") from None
    require(base64.b64encode(octets).decode() == text, "base64 in another way than the one")
    return octets


def notes(text):
    """Each note with the empty line behind it left out."""
    found = re.findall(r"((?:[^\n]+\n){5}\n[^\n]+\n)\n", text)
    require("".join(note + "\n" for note in found) == text, "something between or behind the checkpoints")
    return found


def note_of_a_line(line):
    """The note that a witness wrote in a line, whatever the line begins with; nothing where there is none in it."""
    at = line.find("ringfence/")
    words = line[at:].split() if at >= 0 else []
    if len(words) != 10 or (words[3], words[5], words[7]) != ("boot", "previous", "\N{EM DASH}"):
        return None
    origin, size, root, _, boot, _, previous, _, signer, signature = words
    return f"{origin}\n{size}\n{root}\nboot {boot}\nprevious {previous}\n\n\N{EM DASH} {signer} {signature}\n"


def notes_of_witness(text):
    """What may be a note in a witness's file: a line each, as folders and log servers keep them, or as it was signed."""
    text = text.replace("\r\n", "\n")
    lines = [note for line in text.split("\n") if (note := note_of_a_line(line))]
    return lines + [note + "\n" for note in re.findall(r"(?:[^\n]+\n){5}\n[^\n]+", text)]


class Log:
    def __init__(self, folder, key):
        self.leaves, self.checkpoints, self.roots, self.faults = [], [], {0: sha256()}, []
        self.subtrees = {}
        self.hashes, records, checkpoints, edge = (read_if_there(f"{folder}/{name}") for name in
                                                   ("hashes", "records", "checkpoints", "edge"))
        attempt(self.faults, "leaves/records", self.read_records, records)
        attempt(self.faults, "leaves/checkpoints", self.read_checkpoints, checkpoints, key)
        if edge:
            attempt(self.faults, "leaves/edge", self.read_edge, edge, checkpoints)

    def read_records(self, octets):
        """A leaf without its hash is being appended: it is not in the log yet."""
        tree, at, self.ends = Tree(), 0, {0: 0}
        while tree.size < len(self.hashes) // 32:
            found = record_at_least(octets, at, 25)
            try:
                self.leaves.append(leaf(found))
                leaf_hash = sha256(b"\0", self.leaves[-1].content)
                require(self.hashes[tree.size * 32:][:32] == leaf_hash, "its hash is not the one in hashes")
            except Fault as fault:
                raise Fault(f"leaf {tree.size} at octet {at}: {fault}") from None
            at += len(found)
            tree.add(leaf_hash)
            self.roots[tree.size], self.subtrees[tree.size], self.ends[tree.size] = tree.root(), list(tree.subtrees), at

    def read_checkpoints(self, octets, key):
        previous, size = NOTHING, 0
        for number, note in enumerate(notes(octets.decode())):
            try:
                checkpoint = key.open(note)
                require(checkpoint.previous == previous, "the root before it is not the one it names")
                require(checkpoint.size >= size, "smaller than the one before")
                require(self.roots.get(checkpoint.size) == checkpoint.root, f"the leaves do not give the root of its {checkpoint.size}")
            except Fault as fault:
                raise Fault(f"checkpoint {number}: {fault}") from None
            previous, size = checkpoint.root, checkpoint.size
            self.checkpoints.append(checkpoint)

    def read_edge(self, octets, checkpoints):
        o = Octets(without_crc(octets))
        o.is_(b"RFLGEDGE" + u16(VERSION), "mark and version")
        size, end, offset = o.number(8), o.number(8), o.number(8)
        require(self.ends.get(size) == end, "its place in records is another")
        require(o.take(len(o.octets) - o.at) == b"".join(self.subtrees.get(size, [])), "its subtrees are others")
        require(checkpoints[offset:].startswith(b"ringfence/"), "its place in checkpoints is none")

    def consistent_with(self, outside):
        require(outside.size <= len(self.leaves), f"the root from outside covers {outside.size} leaves, {len(self.leaves)} are there")
        require(self.roots.get(outside.size) == outside.root, f"the first {outside.size} leaves are not those of the root from outside")


def record_at_least(octets, at, least):
    require(at + 4 <= len(octets), "ends in the middle of a leaf")
    length = int.from_bytes(octets[at:at + 4], "big")
    require(length >= least and at + length <= len(octets), f"a leaf of {length} octets")
    return octets[at:at + length]


# ---------------------------------------------------------------------------------------------- certificate and keys

Certificate = namedtuple("Certificate", "kind name vault_id epoch public signs issued holders capacity signer fingerprint")


def certificate(octets):
    o = Octets(octets)
    o.head(b"RFCERTIF")
    kind = o.choice((1, 2, 3, 4), "kind")
    name = o.take(o.number(1)).decode() if kind == 3 else None
    require(name is None or 1 <= len(name) <= 40, "no name of a compartment")
    fields = kind, name, o.take(16), o.number(4), o.take(32), o.take(32) if kind in (2, 4) else None, o.stamp()
    holders = [(o.number(4), o.take(32)) for _ in range(o.number(2))]
    capacity, signer = o.choice((1, 2, 3, 4), "capacity"), o.take(32)
    signed = octets[:o.at]
    signature = o.take(64)
    o.end()
    try:
        Ed25519PublicKey.from_public_bytes(signer).verify(signature, signed)
    except InvalidSignature:
        raise Fault("its signature does not fit") from None
    return Certificate(*fields, holders, capacity, signer, labelled("ringfence certificate", signed))


def birth_key_head(octets, certified):
    o = Octets(without_crc(octets))
    o.head(b"RFBIRTHK")
    o.is_(certified.vault_id, "the vault's id")
    o.is_(certified.public, "the public key")
    return o


def birth_key(octets, certified, passphrase):
    """The private half of the birth key."""
    o = birth_key_head(octets, certified)
    memory, passes, salt, nonce = o.number(4), o.number(4), o.take(16), o.take(12)
    require(memory <= 1_048_576 and passes <= 16, "more Argon2id than is allowed")
    wrapping = hash_secret_raw(passphrase, salt, passes, memory, 1, 32, Type.ID, 0x13)
    associated, sealed = o.octets[:o.at], o.take(48)
    o.end()
    try:
        secret = X25519PrivateKey.from_private_bytes(AESGCM(wrapping).decrypt(nonce, sealed, associated))
    except InvalidTag:
        raise Fault("the passphrase does not open it") from None
    require(raw(secret.public_key()) == certified.public, "it is another key than the certificate's")
    return secret


class Slot:
    """A person's key pair, the private half under a passphrase."""

    def __init__(self, o):
        begins = o.at
        self.person, self.public = o.number(4), o.take(32)
        self.needs_machine = o.choice((0, 1), "need of a machine's secret")
        self.memory, self.passes, self.salt, self.nonce = o.number(4), o.number(4), o.take(16), o.take(12)
        self.associated, self.sealed = o.octets[begins:o.at], o.take(48)

    def open(self, vault_id, passphrase):
        require(not self.needs_machine, "it wants the machine's secret, too")
        require(self.memory <= 1_048_576 and self.passes <= 16, "more Argon2id than is allowed")
        words = " ".join(passphrase.decode().split())
        typed = "".join(letter.lower() if letter.isascii() else letter for letter in words).encode()
        derived = hash_secret_raw(typed, self.salt, self.passes, self.memory, 1, 32, Type.ID, 0x13)
        label = b"ringfence slot\0" + u16(VERSION) + u16(SUITE) + vault_id
        wrapping = hkdf_expand(hkdf_extract(b"", derived), label, 32)
        try:
            secret = AESGCM(wrapping).decrypt(self.nonce, self.sealed, label + self.associated)
        except InvalidTag:
            raise Fault("the passphrase does not open it") from None
        return X25519PrivateKey.from_private_bytes(secret)


def private_half(vault_id, opener, envelope, epoch, public):
    """The private half of `public`, from an envelope of the keyring."""
    associated = b"ringfence private half\0" + u32(epoch) + public
    info = b"ringfence envelope\0" + u16(VERSION) + u16(SUITE) + vault_id
    try:
        octets = hpke_open(opener, envelope.encapsulated, info, associated, envelope.sealed)
    except InvalidTag:
        raise Fault(f"the private half of epoch {epoch} does not open") from None
    secret = X25519PrivateKey.from_private_bytes(octets)
    require(raw(secret.public_key()) == public, f"the private half of epoch {epoch} is another key's")
    return secret


class Keyring:
    def __init__(self, octets, birth):
        o = Octets(without_crc(octets))
        with_compartments = octets[8:10] == u16(3)
        o.head(b"RFKEYRNG", 3 if with_compartments else 2)
        o.is_(birth.vault_id, "the vault's id")
        o.is_(birth.public, "the birth key")
        self.birth, self.id, self.in_part = birth, birth.vault_id, False
        self.recovery = self.certificate(o)
        self.epochs = [(self.certificate(o), envelope(o)) for _ in range(count_of(o, 1_000))]
        self.to_recovery = envelope(o)
        self.compartments = [self.compartment(o) for _ in range(count_of(o, 32))] if with_compartments else []
        require(bool(self.compartments) == with_compartments, "no compartments in a keyring with compartments")
        self.octets, self.before_slots = octets, o.at
        self.slots = [(Slot(o), envelope(o)) for _ in range(count_of(o, 16))]
        for _ in range(count_of(o, 80)):
            o.number(4)
            o.stamp()
        self.members = [self.member(o) for _ in range(count_of(o, 64))] if with_compartments else []
        o.end()
        self.check()
        self.check_compartments()

    @staticmethod
    def certificate(o):
        return certificate(o.take(o.number(2)))

    def compartment(self, o):
        """Its epochs, each with the private half before it but for the first; and the newest one, sealed to the vault's newest key."""
        epochs = [(self.certificate(o), envelope(o) if number else None) for number in range(count_of(o, 2_000))]
        require(epochs, "a compartment without an epoch")
        return epochs, envelope(o)

    @staticmethod
    def member(o):
        return Slot(o), [(o.number(2), envelope(o)) for _ in range(count_of(o, 32))]

    def check_compartments(self):
        signers = [epoch.signs for epoch, _ in self.epochs]
        names = [epochs[-1][0].name for epochs, _ in self.compartments]
        require(len(set(names)) == len(names), "two compartments have one name")
        for name, (epochs, _) in zip(names, self.compartments):
            for number, (epoch, _) in enumerate(epochs, 1):
                is_its_own = (epoch.kind, epoch.name, epoch.epoch, epoch.vault_id, epoch.capacity) == (3, name, number, self.id, 4)
                require(is_its_own, f"epoch {number} of compartment {name} is none")
                require(epoch.signer in signers, f"nobody vouches for epoch {number} of compartment {name}")
            require(epochs[-1][0].signer == signers[-1], f"the newest epoch does not vouch for compartment {name}")
        people = [slot.person for slot, _ in self.slots] + [slot.person for slot, _ in self.members]
        require(len(set(people)) == len(people), "somebody has two slots")
        for slot, sealed in self.members:
            places = [place for place, _ in sealed]
            require(places and places == sorted(set(places)) and places[-1] < len(names), f"member {slot.person} of no compartment")
            named = all((slot.person, slot.public) in self.compartments[place][0][-1][0].holders for place in places)
            require(named, "a member's slot that no certificate names")

    def check(self):
        recovery = self.recovery
        require((recovery.kind, recovery.epoch, recovery.capacity, recovery.vault_id) == (4, 1, 3, self.id), "the recovery certificate is none")
        require(recovery.signs == recovery.signer, "the recovery key does not vouch for itself")
        require(self.epochs, "no epoch")
        before = None
        for number, (epoch, _) in enumerate(self.epochs, 1):
            require((epoch.kind, epoch.epoch, epoch.vault_id) == (2, number, self.id), f"epoch {number} is none")
            require(epoch.signer == {2: before, 3: recovery.signs}.get(epoch.capacity), f"nobody vouches for epoch {number}")
            before = epoch.signs
        slots = {(slot.person, slot.public) for slot, _ in self.slots}
        require(len({slot.person for slot, _ in self.slots}) == len(self.slots), "somebody has two slots")
        require(slots <= set(self.epochs[-1][0].holders), "a slot that no certificate names")

    def fingerprint(self):
        return labelled("ringfence sheet", self.birth.fingerprint, self.recovery.fingerprint)

    def by_passphrase(self, passphrase):
        for slot, sealed in self.slots:
            try:
                opener = slot.open(self.id, passphrase)
            except Fault:
                continue
            return self.all(opener, sealed)
        return self.of_compartments(passphrase)

    def of_compartments(self, passphrase):
        """Every private half of a member's compartments."""
        for slot, sealed in self.members:
            try:
                opener = slot.open(self.id, passphrase)
            except Fault:
                continue
            self.in_part = True
            return [secret for place, envelope in sealed for secret in self.all_of(self.compartments[place][0], opener, envelope)]
        raise Fault("the passphrase does not open it")

    def all_of(self, epochs, opener, sealed):
        newest = epochs[-1][0]
        secrets = [private_half(self.id, opener, sealed, newest.epoch, newest.public)]
        for (_, previous), (older, _) in reversed(list(zip(epochs[1:], epochs))):
            secrets.append(private_half(self.id, secrets[-1], previous, older.epoch, older.public))
        return secrets

    def by_recovery(self, key):
        require(raw(key.public_key()) == self.recovery.public, "the shares do not make the recovery key")
        return self.all(key, self.to_recovery) + [key]

    def hashes(self):
        """As it stands there, without its slots, and of its recovery certificate: as a leaf names it."""
        without = self.octets[:self.before_slots] + u16(0) + u16(0) + (u16(0) if self.compartments else b"")
        without += u32(zlib.crc32(without))
        return labelled("ringfence keyring", self.octets), labelled("ringfence keyring", without), self.recovery.fingerprint

    def all(self, opener, sealed):
        """Every private half, from the newest to the birth key's."""
        newest = self.epochs[-1][0]
        secrets = [private_half(self.id, opener, sealed, newest.epoch, newest.public)]
        before = [self.birth] + [epoch for epoch, _ in self.epochs]
        for (_, previous), older in reversed(list(zip(self.epochs, before))):
            secrets.append(private_half(self.id, secrets[-1], previous, older.epoch, older.public))
        return secrets


LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def crc8(octets):
    crc = 0
    for octet in octets:
        crc ^= octet
        for _ in range(8):
            crc = crc << 1 ^ (0x11d if crc & 0x80 else 0)
    return crc


def share(line):
    """Epoch, index and value of a typed share."""
    rows = line.decode().split()
    require(len(rows) == 12, f"{len(rows)} rows")
    octets = b""
    for number, row in enumerate(rows, 1):
        letters = row.upper().replace("-", "").translate(str.maketrans("ILO", "110"))
        require(len(letters) == 8 and set(letters) <= set(LETTERS), f"row {number} is mistyped")
        bits = 0
        for letter in letters:
            bits = bits << 5 | LETTERS.index(letter)
        of_row = bits.to_bytes(5, "big")
        require(crc8(u8(number) + of_row[:4]) == of_row[4], f"row {number} is mistyped")
        octets += of_row[:4]
    require(labelled("ringfence share", octets[:45])[:3] == octets[45:], "these rows are of no share")
    return octets[:12], octets[12], octets[13:45]


def times(a, b):
    product = 0
    while b:
        product ^= a if b & 1 else 0
        a = a << 1 ^ (0x11b if a & 0x80 else 0)
        b >>= 1
    return product


def over(a, b):
    return next(quotient for quotient in range(256) if times(quotient, b) == a)


def recovery_key(lines):
    (of, x, one), (other, y, two) = (share(line) for line in lines)
    require(of == other and x != y, "the shares do not belong together")
    to_one, to_two = over(y, x ^ y), over(x, x ^ y)
    return X25519PrivateKey.from_private_bytes(bytes(times(a, to_one) ^ times(b, to_two) for a, b in zip(one, two)))


class KeyTable:
    """One of the two directories of halves `b`."""
    PAGE, PLACES = 4096, 126

    def __init__(self, folder, table, vault_id):
        self.folder, self.table, self.vault_id, self.pages = folder, table, vault_id, {}
        o = Octets(without_crc(read(f"{folder}/roots")))
        o.is_(b"RFKROOTS" + u16(VERSION) + u8(table) + vault_id, "the head of roots")
        keys = o.take(len(o.octets) - o.at)
        require(len(keys) % 32 == 0, "roots is no whole number of keys")
        self.roots = [keys[at:at + 32] for at in range(0, len(keys), 32)]
        self.levels = [read(f"{folder}/level-{level}") if os.path.exists(f"{folder}/level-{level}") else b"" for level in range(3)]

    def secret(self, level, number):
        """Place `number` of a level; nothing where it is empty or erased."""
        page = self.page(level, number // self.PLACES)
        return page[number % self.PLACES * 32:][:32] if page else NOTHING

    def page(self, level, number):
        if (level, number) not in self.pages:
            self.pages[level, number] = self.opened(level, number)
        return self.pages[level, number]

    def opened(self, level, number):
        secret = self.secret(level + 1, number) if level < 2 else (self.roots[number:number + 1] or [NOTHING])[0]
        if secret == NOTHING:
            return None
        octets = self.levels[level][number * self.PAGE:][:self.PAGE]
        head = b"RFKP" + struct.pack(">HHBBHQ", VERSION, SUITE, self.table, level, 0, number) + self.vault_id
        where = f"{self.folder}/level-{level} page {number}"
        require(octets.startswith(head) and len(octets) == self.PAGE, f"{where}: no such page")
        try:
            return AESGCM(secret).decrypt(octets[36:48], octets[48:], octets[:48])
        except InvalidTag:
            raise Fault(f"{where}: it does not open") from None

    def all_secrets(self):
        """Every half that is there, by its number. Opens every page."""
        pages = range(len(self.levels[0]) // self.PAGE)
        return {n: b for n in range(len(pages) * self.PLACES) if (b := self.secret(0, n)) != NOTHING}


class Opener:
    """What opens the audio: the private keys and the halves `b`."""

    def __init__(self, vault_id, secrets, tables, in_part=False):
        self.vault_id, self.tables, self.audio_keys, self.in_part = vault_id, tables, {}, in_part
        self.secrets = {labelled("ringfence key id", raw(secret.public_key()))[:8]: secret for secret in secrets}

    def audio_key(self, recording, part, key):
        at = recording, part, key.number
        if at not in self.audio_keys:
            self.audio_keys[at] = self.derived(recording, part, key)
        return self.audio_keys[at]

    def derived(self, recording, part, key):
        envelope = next((e for e in key.envelopes if e.key_id in self.secrets), None)
        if not envelope and self.in_part:
            raise NoKey("it is sealed for others")
        require(envelope, "no envelope for this key")
        b = next((b for table in self.tables if (b := table.secret(0, key.number)) != NOTHING), None)
        if not b:
            raise NoKey(f"key {key.number} is erased")
        common = u16(VERSION) + u16(SUITE) + self.vault_id
        scope = (b"ringfence audio key\0" + common + recording.octets() + u16(part) + key.leg.octets() + u32(key.minute)
                 + u64(key.number))
        try:
            a = hpke_open(self.secrets[envelope.key_id], envelope.encapsulated, b"ringfence envelope\0" + common, scope, envelope.sealed)
        except InvalidTag:
            raise Fault("its envelope does not open") from None
        derived = hkdf_expand(hkdf_extract(b"", a + b), scope, 64)
        require(derived[32:] == key.commitment, "the key does not fit its commitment")
        return derived[:32]

    def octets(self, recording, r, link):
        """The octets of the line in a chunk. `link` is the one before its record."""
        c = r.body
        key = self.audio_key(recording.recording, r.part, recording.keys[r.part, c.leg, c.minute])
        associated = (b"ringfence chunk\0" + u16(VERSION) + u16(SUITE) + self.vault_id + recording.recording.octets()
                      + u16(r.part) + c.header + link)
        try:
            return AESGCM(key).decrypt(u32(c.track) + u64(c.chunk), c.sealed, associated)
        except InvalidTag:
            raise Fault("the chunk does not open") from None


# -------------------------------------------------------------------------------------------------------- segments


class Segment:
    HEAD, BATCH_HEAD, BATCH_TRAILER = 84, 32, 48

    def __init__(self, octets, number, vault_id):
        self.batches, self.records = [], []
        self.is_free = not any(octets[self.HEAD - 4:self.HEAD])
        if not self.is_free:
            self.read_head(octets[:self.HEAD], number, vault_id)
            self.read_batches(octets)

    def read_head(self, head, number, vault_id):
        o = Octets(without_crc(head))
        o.head(b"RFSEGMNT")
        o.is_(vault_id, "the vault's id")
        o.is_(u32(number), "the file's number")
        self.use, self.first_batch, self.hash_before = o.number(8), o.number(8), o.take(32)
        o.end()

    def read_batches(self, octets):
        at, self.next_batch, self.hash = self.HEAD, self.first_batch, self.hash_before
        while (end := self.batch(octets, at)) is not None:
            at = end
        self.end = at

    def batch(self, octets, at):
        """Where the batch ends; nothing where none counts."""
        head = octets[at:at + self.BATCH_HEAD]
        try:
            o = Octets(without_crc(head))
            o.is_(b"RFBT" + u64(self.use) + u64(self.next_batch), "a batch")
            length, count = o.number(4), o.number(4)
            body = octets[at + self.BATCH_HEAD:][:length]
            trailer = octets[at + self.BATCH_HEAD + length:][:self.BATCH_TRAILER]
            hash_ = labelled("ringfence batch", self.hash, head, body)
            t = Octets(without_crc(trailer))
            t.is_(b"RFBE" + u64(self.next_batch) + hash_, "its trailer")
        except Fault:
            return None
        records = list(all_records(body))
        require(len(records) == count, f"batch {self.next_batch}: {count} records counted, {len(records)} there")
        self.records += records
        self.hash, self.next_batch = hash_, self.next_batch + 1
        return at + self.BATCH_HEAD + length + self.BATCH_TRAILER

    def later_batch(self, octets):
        """Whether a later batch of this use stands behind the last one that counts."""
        for found in re.finditer(re.escape(b"RFBT" + u64(self.use)), octets[self.end + 1:]):
            head = octets[self.end + 1 + found.start():][:self.BATCH_HEAD]
            try:
                if Octets(without_crc(head)[12:20]).number(8) >= self.next_batch:
                    return True
            except Fault:
                pass
        return False


# ----------------------------------------------------------------------------------------------------------- vault


def read(path):
    with open(path, "rb") as file:
        return file.read()


def read_if_there(path):
    return read(path) if os.path.exists(path) else b""


def lines_of(text):
    """Lines end with a line feed and nothing else; `splitlines` knows other ends, which may stand in a reason."""
    *lines, rest = text.split("\n")
    require(rest == "", "its last line has no end")
    return lines


def attempt(faults, where, act, *arguments):
    """What an act gives; a fault of it is kept."""
    try:
        return act(*arguments)
    except (Fault, OSError, UnicodeDecodeError) as fault:
        faults.append(f"{where}: {fault}")
        return None


class Vault:
    def __init__(self, path, fingerprint=None):
        self.path = os.path.join(path, "vault") if os.path.isdir(os.path.join(path, "vault")) else path
        self.faults, self.objects, self.erased, self.erased_keys = [], {}, [], set()
        self.erased_whole, self.under_way = set(), set()
        self.certificate = self.read_certificate()
        self.keyring = self.read_keyring()
        self.check_fingerprint(fingerprint)
        self.id = self.certificate.vault_id
        self.log_key = LogKey(self.id, self.certificate.signer)

    def file(self, *names):
        return os.path.join(self.path, *names)

    def listed(self, *names):
        folder = self.file(*names)
        return sorted(os.listdir(folder)) if os.path.isdir(folder) else []

    def read_keyring(self):
        octets = read_if_there(self.file("keyring"))
        return attempt(self.faults, "keyring", Keyring, octets, self.certificate) if octets else None

    def check_fingerprint(self, wanted):
        """The sheet's since the ceremony, the birth certificate's before."""
        there = (self.keyring.fingerprint() if self.keyring else self.certificate.fingerprint).hex()
        if wanted not in (None, there):
            sys.exit(f"FAULT identity: its fingerprint is {there}, not the one of the sheet")

    def certificates(self):
        epochs = [epoch for epoch, _ in self.keyring.epochs] + [self.keyring.recovery] if self.keyring else []
        return {found.fingerprint for found in [self.certificate] + epochs}

    def logged_certificates(self):
        """What the log says that recordings were sealed for."""
        begun = {l.fields[0] for l in self.log.leaves if l.kind == 7 and not l.fields[1]}
        return begun | {l.fields[2] for l in self.log.leaves if l.kind == 9}

    def read_certificate(self):
        try:
            found = certificate(read(self.file("identity")))
            require((found.kind, found.capacity) == (1, 1), "it is not the birth certificate")
        except (Fault, OSError) as fault:
            sys.exit(f"FAULT identity: {fault}")
        return found

    def opener(self, typed):
        if len(typed) == 2:
            secrets = self.keyring.by_recovery(recovery_key(typed)) if self.keyring else [recovery_key(typed)]
        elif self.keyring:
            secrets = self.keyring.by_passphrase(*typed)
        else:
            secrets = [birth_key(read(self.file("birth-key")), self.certificate, *typed)]
        tables = [KeyTable(self.file(f"keys-{name}"), table, self.id) for table, name in enumerate("ab")]
        return Opener(self.id, secrets, tables, bool(self.keyring and self.keyring.in_part))

    # What follows is verify.

    def verify(self, outside, typed):
        self.log = Log(self.file("leaves"), self.log_key)
        self.faults += self.log.faults
        if outside:
            attempt(self.faults, "the root from outside", lambda: self.log.consistent_with(self.log_key.open(outside)))
        self.opens = attempt(self.faults, "keys", self.opener, typed) if typed else None
        self.read_ranges()
        for path, recording in self.object_files():
            self.verify_object(path, recording)
        self.verify_leaves()
        attempt(self.faults, "segments", self.verify_segments)
        self.verify_unfinished()
        attempt(self.faults, "keys", self.verify_keys)

    def object_files(self):
        for life in self.listed("objects"):
            for thousand in self.listed("objects", life):
                for name in self.listed("objects", life, thousand):
                    yield from self.object_file(life, thousand, name)

    def object_file(self, life, thousand, name):
        where = f"objects/{life}/{thousand}/{name}"
        named = re.fullmatch(r"([0-9]+)-([0-9]+)(?:\.rfo|(?:\.[0-9]+)?\.tombstone)", name)
        if not named or (named[1], str(int(named[2]) // 1000)) != (life, thousand):
            self.faults.append(f"{where}: no recording has this name")
        elif name.endswith(".rfo"):
            yield where, Id(int(named[1]), int(named[2]))

    def verify_object(self, where, recording):
        found = attempt(self.faults, where, lambda: Object(read(self.file(where)), self.id, recording, True))
        if not found:
            return
        taken = found.recording
        try:
            found.read()
            require(taken.head.fingerprint in self.certificates() | self.logged_certificates(), "it was sealed for another certificate")
            self.objects[recording] = taken
        except Fault as fault:
            self.faults.append(f"{where}: {taken.name()}: {fault}")
            self.objects[recording] = None
            if taken.end:
                self.verify_live(taken)
        if self.opens:
            self.verify_audio(where, taken)

    def verify_audio(self, where, taken):
        for r, link in taken.chunks:
            try:
                self.opens.octets(taken, r, link)
            except Fault as fault:
                key = taken.keys[r.part, r.body.leg, r.body.minute].number
                on_purpose = (taken.recording, key) in self.erased_keys or taken.recording in self.erased_whole
                if not on_purpose or not isinstance(fault, NoKey):
                    self.faults.append(f"{where}: {taken.name()}: {taken.where(r)}: {fault}")

    def verify_leaves(self):
        ends = [l.fields for l in self.log.leaves if l.kind == 3]
        # The first counts.
        finished = {said.recording: said for said in reversed(ends)}
        for said in ends:
            if said != finished[said.recording]:
                self.faults.append(f"recording {said.recording} of call {said.call}: a later leaf of the log says otherwise of its end")
        erased = {(l.fields[0], l.fields[1]) for l in self.log.leaves if l.kind == 6}
        for recording, said in finished.items():
            if recording not in self.objects and not self.is_erased(recording, erased):
                self.faults.append(f"recording {recording} of call {said.call}: the log has it as finished, and it is not there")
        for recording, taken in self.objects.items():
            if taken:
                attempt(self.faults, taken.name(), self.verify_finished, taken, finished.get(recording))
                self.verify_live(taken)
        self.due = {l.fields[0] for l in self.log.leaves if l.kind == 1}
        self.without = self.due - {said.call for said in finished.values()} - {t.head.call for t in self.objects.values() if t}

    def is_erased(self, recording, erased):
        """Its tombstone is the document whose hash a leaf holds; a file of that name alone excuses nothing."""
        path = self.file("objects", str(recording.life), str(recording.number // 1000), f"{recording}.tombstone")
        if not os.path.exists(path) or (recording, hashlib.sha256(read(path)).digest()) not in erased:
            return False
        lines = lines_of(read(path).decode())
        self.erased.append(f"recording {recording}: erased by {lines[8]}, {lines[6]}, {lines[7]}")
        return True

    def hold_to_object(self, recording, link, minutes):
        """The tombstone of a stretch is of the recording that the log knows, and names keys that it has; where the object is not whole, that is found by itself."""
        finished = [l.fields for l in self.log.leaves if l.kind == 3 and l.fields.recording == recording]
        require(any(said.link.hex() == link for said in finished), "the tombstone of a stretch has a link that the log does not know")
        try:
            there = Object(read(self.file("objects", str(recording.life), str(recording.number // 1000), f"{recording}.rfo")), self.id, recording, True)
            there.read()
        except (Fault, OSError):
            return
        of = there.recording.keys
        has = {(str(part), str(leg), str(minute), str(key.number)) for (part, leg, minute), key in of.items()}
        require({tuple(minute) for minute in minutes} <= has, "the tombstone of a stretch names minutes that its recording does not have")

    def read_under_way(self):
        """What is being erased, as files in `erasing` say: no evidence. Each excuses its own keys alone, and only where it fits the log."""
        if os.path.exists(self.file("copy")):
            return
        for name in self.listed("erasing"):
            if not re.fullmatch(r"[0-9]+-[0-9]+(\.[0-9]+)?", name):
                continue
            lines = read(self.file("erasing", name)).decode(errors="replace").split("\n")
            said = {word: rest for word, _, rest in (line.partition(" ") for line in lines)}
            stretch = name.partition(".")[2]
            heads = ("ringfence range tombstone 1", "ringfence tombstone 1")
            grave = said.get("recording", "") + (f".{said.get('list')}" if lines and lines[0] == heads[0] else "")
            links = [l.fields.link.hex() for l in self.log.leaves if l.kind == 3 and str(l.fields.recording) == said.get("recording")]
            fits = lines and lines[0] == heads[not stretch] and grave == name and said.get("vault") == self.id.hex() and said.get("link") in links
            keys = [line[4:] for line in lines if line.startswith("key ")]
            minutes = [line.split(" ")[4] for line in lines if line.startswith("minute ")]
            if not fits or not keys or not all(re.fullmatch("[0-9]+", key) for key in keys) or (stretch and keys != minutes):
                self.faults.append(f"erasing/{name}: it does not say what is being erased")
                continue
            life, number = said["recording"].split("-")
            self.erased_keys |= {(Id(int(life), int(number)), int(key)) for key in keys}
            self.under_way.add(name)
            self.erased.append(f"{name}: a file says that it is being erased, which is no evidence")

    def read_ranges(self):
        """Stretches that were erased on purpose: the tombstone of each stands beside its recording, as a leaf has its hash."""
        self.read_under_way()
        self.erased_whole = {l.fields[0] for l in self.log.leaves if l.kind == 6}
        known = {f"{l.fields[0]}.{l.fields[1]}" for l in self.log.leaves if l.kind == 10} | self.under_way
        for life in self.listed("objects"):
            for thousand in self.listed("objects", life):
                for name in self.listed("objects", life, thousand):
                    stone = re.fullmatch(r"([0-9]+-[0-9]+\.[0-9]+)\.tombstone", name)
                    if stone and stone[1] not in known:
                        self.faults.append(f"objects/{life}/{thousand}/{name}: the tombstone of a stretch that the log does not know")
        for (recording, event), document in {l.fields[:2]: l.fields[2] for l in self.log.leaves if l.kind == 10}.items():
            attempt(self.faults, f"recording {recording}", self.read_range, recording, event, document)

    def read_range(self, recording, event, document):
        folder = ("objects", str(recording.life), str(recording.number // 1000))
        stone = read_if_there(self.file(*folder, f"{recording}.{event}.tombstone"))
        if hashlib.sha256(stone).digest() != document and f"{recording}.{event}" in self.under_way:
            return
        require(hashlib.sha256(stone).digest() == document,
                "the log says that a stretch of it was erased, and the tombstone that says which is not there")
        lines = lines_of(stone.decode())
        require(lines[0] == "ringfence range tombstone 1", "the tombstone of something else")
        said = {word: rest for word, _, rest in (line.partition(" ") for line in lines)}
        keys = {plain_number(line.split(" ")[4]) for line in lines if line.startswith("minute ")}
        self.hold_to_object(recording, said["link"], [line.split(" ")[1:] for line in lines if line.startswith("minute ")])
        self.erased_keys |= {(recording, key) for key in keys}
        self.erased.append(f"recording {recording}: {len(keys)} minutes of the parties concerned within seconds {said['gone'].replace(' ', ' to ')} "
                           f"were erased on purpose, by list {said['list']}, "
                           f"asked {said['asked']}, granted {said['granted']}: {said['reason']}")
        tables = [KeyTable(self.file(f"keys-{name}"), table, self.id)
                  for table, name in enumerate("ab") if self.listed(f"keys-{name}")]
        left = [number for number in sorted(keys) for table in tables if table.secret(0, number) != NOTHING]
        require(not left, f"key {min(left, default=0)} is in the key tables, and its tombstone says that it is destroyed")

    def verify_finished(self, taken, said):
        if not said:
            require(str(taken.recording) in self.listed("unlogged"), "the log does not have it")
            return
        there = Finished(taken.recording, taken.head.call, len(taken.records), len(taken.chunks), taken.links[-1], taken.fold)
        wrong = [name for name, one, other in zip(Finished._fields, there, said) if one != other]
        require(not wrong, f"its leaf in the log says otherwise of: {', '.join(wrong)}")

    def verify_live(self, taken):
        """The first minute whose leaf says otherwise."""
        for stamp, live in ((l.fields[0], live) for l in self.log.leaves if l.kind == 2 for live in l.fields[1]):
            if live.recording == taken.recording and live.link not in taken.links:
                self.faults.append(f"{taken.name()}: part {live.part}: before {utc(stamp.utc_us)} it was another: its live leaf of that minute does not fit")
                return

    def verify_unfinished(self):
        """Recordings without an object: staged file and ring together must pass through the links of their live leaves."""
        live = [live for l in self.log.leaves if l.kind == 2 for live in l.fields[1]]
        finished = {l.fields.recording for l in self.log.leaves if l.kind == 3}
        for recording in {l.recording for l in live} - finished - self.objects.keys():
            attempt(self.faults, f"recording {recording}", self.verify_one_unfinished, recording)

    def verify_one_unfinished(self, recording):
        head = b"RFOBJECT" + u16(VERSION) + u16(SUITE) + self.id + recording.octets()
        head += u32(zlib.crc32(head))
        staged = read_if_there(self.file("staged", f"{recording}.rfo"))[len(head):]
        ring = [r.octets for r in self.ring if r.recording == recording]
        taken = Object(head, self.id, recording, False).recording
        for octets in list(whole_records(staged)) + ring:
            r = record(octets)
            if r.number >= len(taken.records):
                taken.take(r)
        self.verify_live(taken)

    def verify_segments(self):
        segments, self.ring = {}, []
        for name in self.listed("segments"):
            octets = read(self.file("segments", name))
            segment = attempt(self.faults, f"segments/{name}", Segment, octets, int(name), self.id)
            if segment and not segment.is_free:
                segments[segment.use] = name, segment, octets
        for use, (name, segment, octets) in sorted(segments.items()):
            self.ring += segment.records
            attempt(self.faults, f"segments/{name}", self.verify_segment, segment, octets, segments.get(use + 1))

    def verify_segment(self, segment, octets, following):
        follows = following and following[1].first_batch == segment.next_batch
        require(follows or not following, f"batch {segment.next_batch} is missing or damaged: the segment after it begins with another")
        require(not following or following[1].hash_before == segment.hash, "the segment after it names another hash")
        require(follows or not segment.later_batch(octets), f"batch {segment.next_batch} is damaged: a later one stands behind it")
        for r in segment.records:
            taken = self.objects.get(r.recording)
            require(not taken or taken.records[r.number:r.number + 1] == [r], f"record {r.number} of {r.recording} is another than in its object")

    def verify_keyring(self):
        """It is the last one that was put in place, or was about to be since; a copy has it without slots."""
        placed, intended = None, []
        for said in (l.fields for l in self.log.leaves if l.kind == 9):
            placed, intended = (said[:3], []) if said[3] else (placed, intended + [said[:3]])
        require(self.keyring or not placed, "the log says that there was a ceremony, and it is not there, or damaged")
        if not self.keyring:
            return
        there = self.keyring.hashes()
        begun = {l.fields[0] for l in self.log.leaves if l.kind == 7 and not l.fields[1]}
        require(begun <= self.certificates(), "the log knows a key that it does not have")
        expected = there == placed or there in intended or placed and there[0] == placed[1]
        require(expected, "it is not the one that the log knows")

    def verify_keys(self):
        """What opens the audio, where it was not left out of a copy."""
        destroyed = {l.fields[0] for l in self.log.leaves if l.kind == 7 and l.fields[1]}
        gone = self.certificate.fingerprint in destroyed
        wrapped = read_if_there(self.file("birth-key"))
        if self.keyring and not any(wrapped):
            wrapped = b""
        require(not gone or not wrapped, "birth-key: the log says that it was destroyed")
        attempt(self.faults, "keyring", self.verify_keyring)
        if wrapped:
            o = birth_key_head(wrapped, self.certificate)
            o.take(4 + 4 + 16 + 12 + 48)
            o.end()
        if seed := read_if_there(self.file("log-key")):
            public = raw(Ed25519PrivateKey.from_private_bytes(seed).public_key()) if len(seed) == 32 else None
            require(public == self.certificate.signer, "log-key: it is not the key that signs the certificate")
        if not self.listed("keys-a") and not self.listed("keys-b"):
            return
        tables = [KeyTable(self.file(f"keys-{name}"), table, self.id).all_secrets() for table, name in enumerate("ab")]
        differ = [n for n in tables[0].keys() | tables[1].keys() if tables[0].get(n) != tables[1].get(n)]
        require(not differ, f"the two tables differ at key {min(differ, default=0)}")


# --------------------------------------------------------------------------------------------------- command line

SILENCE = {1: b"\xd5", 2: b"\xff"}


def track_octets(taken, opens, part, track):
    """The octets of the line from the track's first tick on, and how many chunks are silence because their key was erased."""
    out, tick, without = bytearray(), track.head.first_tick, 0
    for r, link in taken.chunks:
        if (r.part, r.body.track) == (part, track.head.track):
            out += SILENCE[track.head.law] * ((r.body.first_tick - tick) * TICK_OCTETS)
            try:
                out += opens.octets(taken, r, link)
            except NoKey:
                out += SILENCE[track.head.law] * (r.body.ticks * TICK_OCTETS)
                without += 1
            tick = r.body.first_tick + r.body.ticks
    return bytes(out), without


def typed(lines):
    return [sys.stdin.readline().rstrip("\n").encode() for _ in range(lines)]


def open_recording(arguments):
    vault = Vault(arguments.vault)
    life, number = (int(n) for n in arguments.recording.split("-"))
    name = vault.file("objects", str(life), str(number // 1000), f"{arguments.recording}.rfo")
    try:
        found = Object(read(name), vault.id, Id(life, number), True)
        found.read()
        opens = vault.opener(typed(2 if arguments.shares else 1))
        for (part, number), track in found.recording.tracks.items():
            octets, _ = track_octets(found.recording, opens, part, track)
            file = f"part{part}-track{number}"
            with open(os.path.join(arguments.out, file), "wb") as out:
                out.write(octets)
            head = track.head
            print(f"{file} leg {head.leg} role {head.role} law {head.law} first {head.first_tick} octets {len(octets)}")
    except (Fault, OSError) as fault:
        sys.exit(f"FAULT {name}: {fault}")


def verify(arguments):
    vault = Vault(arguments.vault, arguments.key)
    outside = read(arguments.root).decode() if arguments.root else None
    vault.verify(outside, typed(2 if arguments.shares else 1 if arguments.passphrase else 0))
    for fault in vault.faults:
        print(f"FAULT {fault}")
    for call in sorted(vault.without):
        print(f"no finished recording of call {call}, which is due")
    for said in vault.erased:
        print(said)
    print("held to a root from outside" if outside else "self-consistent only: no root from outside was given")
    print(f"{len(vault.objects)} recordings, {len(vault.log.leaves)} leaves, {len(vault.log.checkpoints)} checkpoints, "
          f"{len(vault.faults)} faults")
    sys.exit(len(vault.faults) > 0)


# -------------------------------------------------------------------------------------------------------- packages

BLOCK = 512


def member_head(name, octets):
    """The block before a member: POSIX ustar, of nobody, of no time, for reading."""
    head = bytearray(BLOCK)
    for at, text in ((0, name), (100, "0000444\0"), (108, "0000000\0"), (116, "0000000\0"), (124, f"{octets:011o}\0"),
                     (136, "00000000000\0"), (148, "        "), (156, "0"), (257, "ustar\00000")):
        head[at:at + len(text)] = text.encode()
    head[148:156] = f"{sum(head):06o}\0 ".encode()
    return bytes(head)


def members(octets):
    """Name and content of each; at a fault, what stood before it was given."""
    at = 0
    while octets[at:at + BLOCK] != bytes(BLOCK):
        head = octets[at:at + BLOCK]
        require(len(head) == BLOCK, "ends without an end")
        name = head[:100].split(b"\0")[0]
        require(re.fullmatch(rb"[A-Za-z0-9._/-]{1,99}", name), f"at octet {at}: a name that no member has")
        require(re.fullmatch(rb"[0-7]{11}", head[124:135]), f"{name.decode()}: its length is no number")
        length = int(head[124:135], 8)
        require(head == member_head(name.decode(), length), f"{name.decode()}: its head is not the one of its name and length")
        end = at + BLOCK + length
        padded = end + -length % BLOCK
        require(padded <= len(octets) and not any(octets[end:padded]), f"{name.decode()}: cut, or something is behind it")
        yield name.decode(), octets[at + BLOCK:end]
        at = padded
    require(octets[at:] == bytes(2 * BLOCK), "something is behind the end, or the end is cut")


class Proof:
    """A leaf, and the hashes beside its way to a root."""

    def __init__(self, text):
        lines = text.split("\n")
        require(lines[0] == "ringfence proof 1" and lines[-1] == "", "no proof")
        self.index = plain_number(after(lines[1], "index "))
        self.leaf = leaf(unhexed(after(lines[2], "leaf ")))
        self.path = [unhexed(after(line, "beside ")) for line in lines[3:-1]]

    def root(self, size):
        """RFC 9162, 2.1.3.2."""
        require(self.index < size, "a leaf that is under no root")
        node, last, found = self.index, size - 1, sha256(b"\0", self.leaf.content)
        for beside in self.path:
            require(last > 0, "too long a way")
            if node & 1 or node == last:
                found = sha256(b"\1", beside, found)
                while not node & 1 and node:
                    node, last = node >> 1, last >> 1
            else:
                found = sha256(b"\1", found, beside)
            node, last = node >> 1, last >> 1
        require(last == 0, "too short a way")
        return found


def unhexed(text):
    require(re.fullmatch("([0-9a-f]{2})*", text), "not hexadecimal")
    return bytes.fromhex(text)


class Package(Vault):
    """The package of an export: checked like a vault, with proofs in the place of the log."""

    def __init__(self, path, fingerprint):
        self.faults, self.objects, self.listed_members, self.log = [], {}, [], None
        self.files, self.finished, self.is_held, self.silent = {}, {}, False, []
        self.stones, self.erased, self.erased_keys = {}, [], set()
        attempt(self.faults, "package", self.read_members, read(path))
        self.certificate = self.read_certificate()
        self.keyring = self.read_keyring()
        self.check_fingerprint(fingerprint)
        self.id = self.certificate.vault_id
        self.log_key = LogKey(self.id, self.certificate.signer)

    def read_members(self, octets):
        for name, content in members(octets):
            require(name not in self.files, f"{name}: twice")
            self.files[name] = content

    def read_certificate(self):
        try:
            found = certificate(self.files.get("identity", b""))
            require((found.kind, found.capacity) == (1, 1), "it is not the birth certificate")
        except Fault as fault:
            sys.exit(f"FAULT identity: {fault}")
        return found

    def read_keyring(self):
        octets = self.files.get("keyring")
        return attempt(self.faults, "keyring", Keyring, octets, self.certificate) if octets else None

    def verify_package(self, outside):
        attempt(self.faults, "package", self.verify_list)
        self.checkpoint = attempt(self.faults, "checkpoint", lambda: self.log_key.open(self.files.get("checkpoint", b"").decode()))
        if outside and self.checkpoint:
            attempt(self.faults, "the root from outside", self.among, outside)
        for name, content in self.files.items():
            if name.startswith("proofs/"):
                attempt(self.faults, name, self.verify_proof, content.decode(errors="replace"))
        for name, content in self.files.items():
            if name.startswith("objects/"):
                attempt(self.faults, name, self.verify_member, name, content)
        for name, content in self.files.items():
            if name.startswith("tombstones/"):
                attempt(self.faults, name, self.verify_stone, name, content)
        for grave in self.stones:
            if f"tombstones/{grave}" not in self.files:
                self.faults.append(f"recording {grave}: the log says that a stretch of it was erased, and the tombstone that says which is not there")

    def verify_stone(self, name, content):
        """A stretch that was erased on purpose: a proof says that the log has this tombstone."""
        require(self.stones.get(name.partition("/")[2]) == sha256(content), "no proof that the log has it")
        lines = lines_of(content.decode())
        require(lines and lines[0] == "ringfence range tombstone 1", "the tombstone of something else")
        said = {word: rest for word, _, rest in (line.partition(" ") for line in lines)}
        require(name == f"tombstones/{said['recording']}.{said['list']}" and said["vault"] == self.id.hex(), "it is of something else")
        taken = next((taken for recording, taken in self.objects.items() if str(recording) == said["recording"]), None)
        require(taken and taken.links[-1].hex() == said["link"], "its recording is not there, or is another one")
        has = {(str(part), str(leg), str(minute), str(key.number)) for (part, leg, minute), key in taken.keys.items()}
        minutes = {tuple(line.split(" ")[1:]) for line in lines if line.startswith("minute ")}
        require(minutes <= has, "it names minutes that its recording does not have")
        self.erased_keys |= {int(key) for _, _, _, key in minutes}
        when = [utc(int(said[table].split(" ")[2])) for table in ("keys-a", "keys-b") if said[table] != "pending"]
        self.erased.append(f"recording {said['recording']}: {len(minutes)} minutes of the parties concerned within seconds "
                           f"{said['gone'].replace(' ', ' to ')} were erased on purpose, by list {said['list']}, asked {said['asked']}, "
                           f"granted {said['granted']}, confirmed {' and '.join(map(str, when)) or 'by no key table yet'}: {said['reason']}")

    def verify_list(self):
        text = self.files.get("package", b"").decode()
        body, _, last = text.rpartition("signature ")
        require(body and last.endswith("\n"), "it is not signed")
        try:
            self.log_key.key.verify(decoded(last[:-1]), b"ringfence package\0" + body.encode())
        except InvalidSignature:
            raise Fault("its signature does not fit") from None
        lines = body.split("\n")
        require(lines[0] == "ringfence package 1" and lines[1] == f"vault {self.id.hex()}", "the list of something else")
        wanted = [after(line, "member ").split(" ") for line in lines[4:-1] if not line.startswith("custody ")]
        there = [[sha256(content).hex(), str(len(content)), name] for name, content in self.files.items() if name != "package"]
        for one, other in zip(wanted, there):
            require(one == other, f"{other[2]}: not the one that is listed")
        require(len(wanted) == len(there), "members are missing, or too many")
        self.said = lines[2:4] + [line for line in lines[4:-1] if line.startswith("custody ")]

    def among(self, text):
        roots = []
        for note in notes_of_witness(text):
            try:
                roots.append(self.log_key.open(note))
            except Fault:
                pass
        same = [root for root in roots if root.size == self.checkpoint.size]
        require(same, f"none of them covers these {self.checkpoint.size} leaves")
        require(same[0].root == self.checkpoint.root, f"the first {self.checkpoint.size} leaves are others")
        self.is_held = True

    def verify_proof(self, text):
        proof = Proof(text)
        require(self.checkpoint and proof.root(self.checkpoint.size) == self.checkpoint.root, "it leads to another root")
        require(proof.leaf.kind in (3, 10), "the proof of something else")
        if proof.leaf.kind == 3:
            self.finished[proof.leaf.fields.recording] = proof.leaf.fields
        else:
            recording, event, document = proof.leaf.fields
            self.stones[f"{recording}.{event}"] = document

    def verify_member(self, name, content):
        named = re.fullmatch(r"objects/([0-9]+)/([0-9]+)/([0-9]+)-([0-9]+)\.rfo", name)
        require(named and named[1] == named[3] and int(named[4]) // 1000 == int(named[2]), "no recording has this name")
        recording = Id(int(named[3]), int(named[4]))
        found = Object(content, self.id, recording, True)
        found.read()
        require(found.recording.head.fingerprint in self.certificates(), "it was sealed for another certificate")
        require(recording in self.finished, "no proof that the log has it")
        self.verify_finished(found.recording, self.finished[recording])
        self.objects[recording] = found.recording


class ExportOpener(Opener):
    """What opens the audio of a package: both halves of each key."""

    def __init__(self, vault_id, octets):
        super().__init__(vault_id, [], [])
        o = Octets(octets)
        o.is_(b"RFEXPKEY" + u16(VERSION) + u16(SUITE) + vault_id, "the head of the keys")
        self.halves, self.missing = {}, set()
        while o.at < len(octets):
            number = o.number(8)
            self.halves[number] = o.take(64)

    def derived(self, recording, part, key):
        if key.number not in self.halves:
            self.missing.add(key.number)
            raise NoKey(f"key {key.number} is not in the package: it was erased")
        scope = (b"ringfence audio key\0" + u16(VERSION) + u16(SUITE) + self.vault_id + recording.octets() + u16(part)
                 + key.leg.octets() + u32(key.minute) + u64(key.number))
        derived = hkdf_expand(hkdf_extract(b"", self.halves[key.number]), scope, 64)
        require(derived[32:] == key.commitment, "the key does not fit its commitment")
        return derived[:32]


BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


def age_identity(text):
    """The private key of an AGE-SECRET-KEY-1 line; its checksum is not looked at: a wrong key opens nothing."""
    line = next((line.strip() for line in text.splitlines() if line.startswith("AGE-SECRET-KEY-1")), None)
    require(line, "no AGE-SECRET-KEY-1 in it")
    bits = 0
    for letter in line[len("AGE-SECRET-KEY-1"):].lower()[:52]:
        require(letter in BECH32, "it is mistyped")
        bits = bits << 5 | BECH32.index(letter)
    return X25519PrivateKey.from_private_bytes((bits >> 4).to_bytes(32, "big"))


def unpadded(text):
    return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)


def age_open(octets, identity):
    """C2SP age v1, one X25519 recipient."""
    header, _, rest = octets.partition(b"\n---")
    mac, _, payload = rest.partition(b"\n")
    lines = header.decode().split("\n")
    require(len(lines) == 3 and lines[0] == "age-encryption.org/v1" and lines[1].startswith("-> X25519 "), "no age file for one recipient")
    share = unpadded(lines[1][len("-> X25519 "):])
    shared = identity.exchange(X25519PublicKey.from_public_bytes(share))
    wrapping = hkdf_expand(hkdf_extract(share + raw(identity.public_key()), shared), b"age-encryption.org/v1/X25519", 32)
    try:
        file_key = ChaCha20Poly1305(wrapping).decrypt(bytes(12), unpadded(lines[2]), None)
        of_header = hkdf_expand(hkdf_extract(b"", file_key), b"header", 32)
        require(hmac.digest(of_header, header + b"\n---", "sha256") == unpadded(mac[1:].decode()), "its header was changed")
        key = ChaCha20Poly1305(hkdf_expand(hkdf_extract(payload[:16], file_key), b"payload", 32))
        pieces, size = payload[16:], 65_536 + 16
        count = max(1, -(-len(pieces) // size))
        nonce = lambda n: n.to_bytes(11, "big") + u8(n == count - 1)
        return b"".join(key.decrypt(nonce(n), pieces[n * size:(n + 1) * size], None) for n in range(count))
    except InvalidTag:
        raise Fault("this identity does not open it") from None


def wav(octets, law):
    """A file to listen to: mono, 8 kHz, G.711 as it is."""
    kind = {1: 6, 2: 7}[law]
    form = struct.pack("<HHIIHHH", kind, 1, 8000, 8000, 1, 8, 0)
    body = b"WAVE" + b"fmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(octets)) + octets
    return b"RIFF" + struct.pack("<I", len(body)) + body


def package(arguments):
    there = Package(arguments.package, arguments.key)
    there.verify_package(read(arguments.root).decode() if arguments.root else None)
    if arguments.identity:
        attempt(there.faults, "keys.age", open_members, there, arguments)
    for fault in there.faults:
        print(f"FAULT {fault}")
    for line in getattr(there, "said", []):
        print(line)
    for said in there.erased + there.silent:
        print(said)
    print("held to a root from outside" if there.is_held else "self-consistent only: no root from outside fits, or none was given")
    print(f"{len(there.objects)} recordings, {len(there.faults)} faults")
    sys.exit(len(there.faults) > 0)


def open_members(there, arguments):
    opens = ExportOpener(there.id, age_open(there.files["keys.age"], age_identity(read(arguments.identity).decode())))
    back = sorted(there.erased_keys & opens.halves.keys())
    require(not back, f"key {back[:1]} is in the package, and a tombstone says that it is destroyed")
    for recording, taken in there.objects.items():
        for (part, number), track in taken.tracks.items():
            name = f"{recording}-part{part}-track{number}"
            attempt(there.faults, name, write_track, there, arguments.out, name, opens, taken, part, track)


def write_track(there, folder, name, opens, taken, part, track):
    opens.missing = set()
    octets, without = track_octets(taken, opens, part, track)
    if without:
        why = "as a tombstone in the package says" if opens.missing <= there.erased_keys else "and no tombstone in the package says why"
        there.silent.append(f"{name}: {without} parts of it are silence: their keys were erased before the export, {why}")
    for suffix, content in ((".law", octets), (".convenience.wav", wav(octets, track.head.law))):
        with open(os.path.join(folder, name + suffix), "wb") as out:
            out.write(content)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(required=True)
    verb = verbs.add_parser("verify")
    verb.add_argument("vault")
    verb.add_argument("--root", help="a signed checkpoint that was held outside")
    verb.add_argument("--key", help="fingerprint of the certificate, from the sheet, in hex")
    verb.add_argument("--passphrase", action="store_true", help="read it from standard input, and decrypt every chunk")
    verb.add_argument("--shares", action="store_true", help="read two shares of the recovery key, a line each, and decrypt every chunk")
    verb.set_defaults(act=verify)
    verb = verbs.add_parser("open")
    verb.add_argument("vault")
    verb.add_argument("recording")
    verb.add_argument("--out", required=True)
    verb.add_argument("--shares", action="store_true", help="read two shares of the recovery key instead of a passphrase")
    verb.set_defaults(act=open_recording)
    verb = verbs.add_parser("package")
    verb.add_argument("package")
    verb.add_argument("--root", help="signed checkpoints that were held outside; the one that the package stands under is looked for")
    verb.add_argument("--key", help="fingerprint of the certificate, from the sheet, in hex")
    verb.add_argument("--identity", help="the recipient's private key, as age-keygen writes it")
    verb.add_argument("--out", default=".", help="where to write what each track said")
    verb.set_defaults(act=package)
    arguments = parser.parse_args()
    arguments.act(arguments)


if __name__ == "__main__":
    main()
