"""Opens the chapters of a copy as FORMAT.md has them: `chapter_reader.py VAULT`, and two shares on its input, a line each.

What the chapters of events say goes to standard output, one after the other. Octets, certificates, keyring and HPKE are `vault_reader.py`'s.
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "src", "recorder"))

import vault_reader as vault

PIECE, TAG = 65_536, 16


def chapter(octets, name, birth, secrets):
    """Its kind, number, first and last event, and what it says."""
    o = vault.Octets(vault.without_crc(octets))
    o.head(b"RFCHAPTR")
    o.is_(birth.vault_id, "the vault's id")
    kind, no, first, last = o.choice((1, 2), "kind"), o.number(8), o.number(8), o.number(8)
    vault.require(name == (f"events-{no:012}" if kind == 1 else f"settings-{no:06}"), "the name of another chapter")
    o.take(32 + 32)
    length = o.number(8)
    scope = b"ringfence chapter\0" + o.octets[:o.at]
    commitment, envelope = o.take(32), vault.envelope(o)
    vault.require(o.at == 250, "a head of another length")
    link, sealed = vault.labelled("ringfence chapter head", o.octets[:o.at]), []
    while sum(len(piece) - TAG for piece, _ in sealed) < length:
        rest = length - sum(len(piece) - TAG for piece, _ in sealed)
        piece = o.take(min(PIECE, rest) + TAG)
        sealed.append((piece, link))
        link = vault.labelled("ringfence chapter piece", link, piece)
    o.is_(b"RFCHAPND" + link, "the last link")
    signer = vault.Ed25519PublicKey.from_public_bytes(birth.signer)
    signer.verify(o.take(64), b"ringfence chapter signed\0" + link)
    o.end()
    info = b"ringfence envelope\0" + vault.u16(vault.VERSION) + vault.u16(vault.SUITE) + birth.vault_id
    secret = vault.hpke_open(secrets[envelope.key_id], envelope.encapsulated, info, scope, envelope.sealed)
    derived = vault.hkdf_expand(vault.hkdf_extract(b"", secret), scope, 64)
    vault.require(derived[32:] == commitment, "the key does not fit its commitment")
    opened = vault.AESGCM(derived[:32])
    pieces = [opened.decrypt(bytes(4) + vault.u64(no), piece, link) for no, (piece, link) in enumerate(sealed)]
    return kind, no, first, last, b"".join(pieces)


def main():
    folder, typed = sys.argv[1], [line.strip() for line in sys.stdin.buffer if line.strip()]
    birth = vault.certificate(vault.read(f"{folder}/identity"))
    keyring = vault.Keyring(vault.read(f"{folder}/keyring"), birth)
    all_secrets = keyring.by_recovery(vault.recovery_key(typed))
    secrets = {vault.labelled("ringfence key id", vault.raw(secret.public_key()))[:8]: secret for secret in all_secrets}
    expected = 1, 1
    for name in sorted(os.listdir(f"{folder}/chapters")):
        kind, no, first, last, said = chapter(vault.read(f"{folder}/chapters/{name}"), name, birth, secrets)
        if kind == 1:
            vault.require((no, first) == expected, "a chapter lacks before it")
            expected = no + 1, last + 1
            sys.stdout.buffer.write(said)


if __name__ == "__main__":
    main()
