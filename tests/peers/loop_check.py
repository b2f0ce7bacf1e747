#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Holds the audio side of pri_peer against a loop: whatever it says in a timeslot comes back to it there.

    loop_check.py PRI_PEER

Plays the part of drivers/sim (PEER.md): listens at a D and an A socket and answers each tick with its own lanes.
What the peer then captures must hold what it was told to play, octet for octet; DTMF must have the right levels;
a lost link must come back. Nothing here looks at a clock but time-outs. Last line: "N checks, N failed".
"""
import bisect
import itertools
import json
import math
import os
import random
import select
import socket
import struct
import subprocess
import sys
import tempfile

SILENCE, TICK, SLOTS, HEADER = 0xD5, 80, 32, 16
PATIENCE_S = 30
checks = failed = 0


def check(good, what):
    global checks, failed
    checks += 1
    failed += not good
    if not good:
        print("FAIL", what)


def alaw_decode(octet):
    """G.711 Table 1, as the standard's decoder-output column gives it: 13 bits, here times 8."""
    code = octet ^ 0x55
    segment, step = (code >> 4) & 7, code & 15
    value = 2 * step + 1 if segment == 0 else (2 * step + 33) << (segment - 1)
    return (value if code & 0x80 else -value) * 8


# G.711 Table 1, decision values times 8: 32 intervals of 16, then six segments of 16 intervals, each twice as wide.
DECISIONS = list(itertools.accumulate([0] + [16] * 32 + [16 << n for n in range(1, 7) for _ in range(16)]))


def alaw_fits(octet, sample):
    """Whether the sample lies in the interval of the octet; both intervals of a decision value take it."""
    value = alaw_decode(octet)
    above = bisect.bisect_right(DECISIONS, abs(value))
    return (value > 0) == (sample >= 0) and DECISIONS[above - 1] <= abs(sample) <= DECISIONS[above]


def wav(path, fmt, bits, data):
    header = struct.pack("<HHIIHH", fmt, 1, 8000, 8000 * bits // 8, bits // 8, bits)
    odd = b"LIST" + struct.pack("<I", 3) + b"abc\0"
    body = b"WAVEfmt " + struct.pack("<I", len(header)) + header + odd + b"data" + struct.pack("<I", len(data)) + data
    with open(path, "wb") as file:
        file.write(b"RIFF" + struct.pack("<I", len(body)) + body)


def captured(path):
    """The octets of an A-law WAV, with its header checked."""
    with open(path, "rb") as file:
        b = file.read()
    check(b[:4] == b"RIFF" and struct.unpack("<I", b[4:8])[0] == len(b) - 8, f"{path}: RIFF length")
    check(struct.unpack("<HHI", b[20:28]) == (6, 1, 8000), f"{path}: A-law, mono, 8 kHz")
    at = b.index(b"data")
    size = struct.unpack("<I", b[at + 4:at + 8])[0]
    return b[at + 8:at + 8 + size]


def power_dbm0(octets, hz):
    """The level of one frequency (Goertzel as a plain correlation)."""
    samples = [alaw_decode(octet) for octet in octets]
    turn = 2 * math.pi * hz / 8000
    real = sum(s * math.cos(turn * n) for n, s in enumerate(samples))
    imag = sum(s * math.sin(turn * n) for n, s in enumerate(samples))
    peak = 2 * math.hypot(real, imag) / len(samples)
    return 20 * math.log10(max(peak, 1e-9) / 32768) + 3.14


class Loop:
    """The far side: two listeners, one peer process."""

    def __init__(self, program, folder):
        self.paths = [os.path.join(folder, name) for name in ("d", "a")]
        self.listeners = [socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) for _ in self.paths]
        for listener, path in zip(self.listeners, self.paths):
            listener.bind(path)
            listener.listen(1)
        arguments = ["peer", "--connect", self.paths[0], "--audio", self.paths[1], "--role", "nt", "--reconnect"]
        self.peer = subprocess.Popen([program, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.d, self.a = (listener.accept()[0] for listener in self.listeners)
        self.next_tick, self.events, self.partial = None, [], b""

    def command(self, line):
        self.peer.stdin.write(line + "\n")
        self.peer.stdin.flush()

    def until(self, wanted):
        """Loops audio until an event comes for which wanted(event) holds; others stay for those who want them."""
        while True:
            self.events += self.take_lines()
            for event in self.events:
                if wanted(event):
                    self.events.remove(event)
                    return event
            out = self.peer.stdout.fileno()
            ready = select.select([self.a, out] if self.a else [out], [], [], PATIENCE_S)[0]
            if not ready:
                sys.exit("nothing comes from the peer")
            if self.a in ready:
                self.loop_tick()
            if out in ready:
                self.partial += os.read(out, 65536)

    def take_lines(self):
        while b"\n" in self.partial:
            line, self.partial = self.partial.split(b"\n", 1)
            yield json.loads(line)

    def event(self, name, ts=None):
        return self.until(lambda e: e.get("ev") == name and (ts is None or e.get("ts") == ts))

    def loop_tick(self):
        message = self.a.recv(4096)
        tick = struct.unpack("<Q", message[8:16])[0]
        in_order = len(message) == HEADER + SLOTS * TICK and message[:8] == b"RFPA\1\0\0\0" and tick == (self.next_tick or tick)
        if not in_order:
            check(False, f"tick {tick} where {self.next_tick} was due, {len(message)} octets")
        self.next_tick = tick + 1
        self.a.send(message)


def check_audio(loop, folder):
    rnd = random.Random(1)
    speech = bytes(rnd.randrange(256) for _ in range(4001))
    linear = [30000] + [rnd.randrange(-32768, 32768) for _ in range(3000)] + [-30000]
    wav(f"{folder}/a.wav", 6, 8, speech)
    wav(f"{folder}/p.wav", 1, 16, struct.pack(f"<{len(linear)}h", *linear))
    for ts, name in ((5, "a"), (31, "p"), (1, "loop")):
        loop.command(f"capture ts={ts} file={folder}/{name}.out")
    loop.command(f"play ts=5 file={folder}/a.wav")
    loop.command(f"play ts=31 file={folder}/p.wav")
    loop.command(f"play ts=1 file={folder}/a.wav loop=1")
    for ts in (5, 31):
        loop.event("PLAYED", ts)
    for ts in (5, 31, 1):
        loop.command(f"silence ts={ts}")
        loop.command(f"capture off ts={ts}")
    report = loop.event("CAPTURED", 1)
    heard = captured(f"{folder}/a.out")
    check(heard.strip(bytes([SILENCE])) == speech.strip(bytes([SILENCE])), "an A-law clip survives octet for octet")
    heard = captured(f"{folder}/p.out").strip(bytes([SILENCE]))
    wrong = [(o, s) for o, s in zip(heard, linear) if not alaw_fits(o, s)]
    check(len(heard) == len(linear) and not wrong, f"PCM is coded into the standard's intervals: {wrong[:5]}")
    heard = captured(f"{folder}/loop.out").lstrip(bytes([SILENCE]))
    whole = (speech * (len(heard) // len(speech) + 2))[:len(heard)]
    check(len(heard) >= 4000 and heard == whole, "a looped clip has no seam")
    check(report["octets"] == report["ms"] * 8 and report["level_dbm0"] > -10, f"the report fits: {report}")


def check_tones(loop, folder):
    loop.command(f"capture ts=7 file={folder}/t.out")
    loop.command("tones ts=7 digits=159D*0")
    loop.event("TONES_SENT", 7)
    loop.command("capture off ts=7")
    report = loop.event("CAPTURED", 7)
    heard = captured(f"{folder}/t.out")
    first = next(at for at, octet in enumerate(heard) if octet != SILENCE) - 1
    pairs = {"1": (697, 1209), "5": (770, 1336), "9": (852, 1477), "D": (941, 1633), "*": (941, 1209), "0": (941, 1336)}
    for place, key in enumerate("159D*0"):
        on = heard[first + place * 1600:first + place * 1600 + 800]
        off = heard[first + place * 1600 + 801:first + place * 1600 + 1599]
        low, high = (power_dbm0(on, hz) for hz in pairs[key])
        check(abs(low + 11) < 0.3 and abs(high + 9) < 0.3, f"key {key}: {low:.2f} and {high:.2f} dBm0")
        check(set(off) <= {SILENCE}, f"silence after key {key}")
    check(report["speech_ms"] in range(600, 621), f"six keys are 600 ms of sound: {report['speech_ms']}")


def check_refusals(loop, folder):
    with open(f"{folder}/no.wav", "wb") as file:
        file.write(b"RIFF")
    for line in (f"play ts=5 file={folder}/no.wav", "play ts=5 file=/nonexistent", f"capture ts=32 file={folder}/x",
                 f"play ts=0 file={folder}/a.wav", "tones ts=3 digits=12x", "tones ts=3"):
        loop.events.clear()
        loop.command(line)
        answer = loop.until(lambda e: "cmd" in e)
        check(answer["ok"] is False and answer["rc"] == -1, f"refused: {line}")


def check_start(loop, folder):
    """at= starts a clip in exactly that tick."""
    loop.events.clear()
    loop.command(f"capture ts=9 file={folder}/s.out")
    loop.until(lambda e: e.get("cmd") == "capture")
    begin = loop.next_tick
    loop.command(f"play ts=9 file={folder}/a.wav at={(begin + 40) * 10}")
    played = loop.event("PLAYED", 9)
    loop.command("capture off ts=9")
    loop.event("CAPTURED", 9)
    # 4001 octets end in the 51st tick of the clip, which began in tick begin + 40.
    check(played["audio_ms"] == (begin + 40 + 50) * 10, f"at= is exact: {played}, {begin}")


def check_reconnect(loop):
    loop.d.close()
    loop.event("LINK_EOF")
    loop.d = loop.listeners[0].accept()[0]
    loop.event("LINK_BACK")
    loop.a.close()
    loop.a, loop.next_tick = None, None
    loop.event("AUDIO_EOF")
    loop.a = loop.listeners[1].accept()[0]
    loop.event("AUDIO_UP")
    loop.loop_tick()
    check(True, "both links are found again")


def main():
    with tempfile.TemporaryDirectory() as folder:
        loop = Loop(sys.argv[1], folder)
        loop.event("AUDIO_UP")
        check_audio(loop, folder)
        check_tones(loop, folder)
        check_refusals(loop, folder)
        check_start(loop, folder)
        check_reconnect(loop)
        loop.command("quit")
        check(loop.peer.wait(PATIENCE_S) == 0, "quit ends it with 0")
    print(f"{checks} checks, {failed} failed")
    sys.exit(failed != 0)


main()
