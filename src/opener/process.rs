//! The process: one thread that waits at its socket, does what it is asked, and ends.

use std::{
    io::{self, Read as _, Write as _},
    os::{
        fd::{AsFd as _, OwnedFd},
        unix::net::UnixStream,
    },
    time::Duration,
};

use frame::RecordingId;
use nix::{
    errno::Errno,
    poll::{PollFd, PollFlags, PollTimeout, poll},
};
use vault::{Cost, ExportedKeys, OpenError, Share, age_seal, leaving_no_trace};
use zeroize::Zeroize as _;

use super::{
    files::HandedFiles,
    message::{self, Answer, Ask, HEAD_OCTETS, Whose},
};
use crate::{
    handles::{Apart, Passphrase, READ_MAX_OCTETS, VaultRefusal, Waveform},
    recorder::{
        HomeError, OpenedRecording, Opener, OsRandom, PlaybackError, Unlock, identity, open_birth_key, rewrap_birth_key,
    },
};

/// The user that the process becomes where root starts it and the machine has one of this name.
const USER: &str = "ringfence-open";

/// Keys of an export at most: a thousand hours of one voice.
const EXPORTED_KEYS_MAX: usize = 60_000;

/// Serves at `socket` until it ends, or was silent for `idle`.
///
/// # Errors
/// Where the process can't be confined, or what comes over the socket is none of ours.
pub fn serve(socket: OwnedFd, idle: Duration) -> io::Result<()> {
    let apart = match os::confine(USER)? {
        os::Apart::User => Apart::User,
        os::Apart::Namespace => Apart::Namespace,
        os::Apart::Nothing => Apart::Nothing,
    };
    let (mut socket, mut opened) = (UnixStream::from(socket), None);
    socket.write_all(&message::emit(&Answer::Ready { apart }, &[])?)?;
    while let Some((ask, files)) = next(&mut socket, idle)? {
        let (answer, tail) = answer(&mut opened, ask, files)?;
        socket.write_all(&message::emit(&answer, &tail)?)?;
    }
    Ok(())
}

/// The next message and its files; none when the time is over or the other end is gone.
fn next(socket: &mut UnixStream, idle: Duration) -> io::Result<Option<(Ask, Vec<OwnedFd>)>> {
    if !comes_within(socket, idle)? {
        return Ok(None);
    }
    let mut head = [0; HEAD_OCTETS];
    let (count, files) = match os::receive_with_files(socket.as_fd(), &mut head) {
        Ok((0, _)) => return Ok(None),
        // It went without having taken our last answer.
        Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return Ok(None),
        received => received?,
    };
    socket.read_exact(&mut head[count..])?;
    let (octets, _) = message::lengths(head)?;
    let mut text = vec![0; octets];
    socket.read_exact(&mut text)?;
    let ask = message::parse(&text);
    // A passphrase stands in it.
    text.zeroize();
    Ok(Some((ask?, files)))
}

fn comes_within(socket: &UnixStream, idle: Duration) -> io::Result<bool> {
    let mut fds = [PollFd::new(socket.as_fd(), PollFlags::POLLIN)];
    let patience = PollTimeout::try_from(idle).unwrap_or(PollTimeout::MAX);
    loop {
        match poll(&mut fds, patience) {
            Ok(ready) => return Ok(ready > 0),
            Err(Errno::EINTR) => {}
            Err(other) => return Err(other.into()),
        }
    }
}

/// A message and the octets that go with it.
type Reply = (Answer, Vec<u8>);

/// What is open.
enum Open {
    /// A recording, as a WAV file.
    Recording(OpenedRecording),
    /// The sealed keys of an export.
    Keys(Vec<u8>),
}

impl Open {
    fn read(&self, range: std::ops::Range<u64>) -> Result<Vec<u8>, VaultRefusal> {
        match self {
            Open::Recording(opened) => opened.read(range).map_err(|why| unplayable(&why)),
            Open::Keys(sealed) => {
                let at = |octet: u64| octet.min(sealed.len() as u64) as usize;
                Ok(sealed[at(range.start)..at(range.end)].to_vec())
            }
        }
    }

    fn recording(&self) -> Option<&OpenedRecording> {
        match self {
            Open::Recording(opened) => Some(opened),
            Open::Keys(_) => None,
        }
    }
}

fn answer(opened: &mut Option<Open>, ask: Ask, files: Vec<OwnedFd>) -> io::Result<Reply> {
    let reply = match ask {
        Ask::Open { recording, whose, mut passphrase, files: names, trials, .. } => {
            // What was open is closed, whatever becomes of the new one.
            *opened = None;
            let files = HandedFiles::new(names, files)?;
            let result = unlock(&files, whose, &mut passphrase).and_then(|opener| {
                let opened = OpenedRecording::open(Box::new(files), recording, &opener);
                Ok((opened.map_err(|why| unplayable(&why))?, opener.shut_of(&trials)))
            });
            result.map(|(recording, shut)| {
                let (file_octets, is_in_part) = (recording.file_octets(), recording.is_in_part());
                *opened = Some(Open::Recording(recording));
                alone(Answer::Opened { file_octets, is_in_part, shut })
            })
        }
        Ask::Export { recordings, whose, mut passphrase, recipient, files: names, .. } => {
            *opened = None;
            let files = HandedFiles::new(names, files)?;
            let opener = unlock(&files, whose, &mut passphrase);
            opener.and_then(|opener| sealed_keys(&files, &opener, &recordings, &recipient)).map(|sealed| {
                let file_octets = sealed.len() as u64;
                *opened = Some(Open::Keys(sealed));
                alone(Answer::Opened { file_octets, is_in_part: false, shut: Vec::new() })
            })
        }
        Ask::Read { offset, octets_max } => opened.as_ref().ok_or(VaultRefusal::NotOpen).and_then(|opened| {
            let end = offset.saturating_add(octets_max.min(READ_MAX_OCTETS).into());
            Ok((Answer::Piece, opened.read(offset..end)?))
        }),
        Ask::Waveform { columns } => {
            opened.as_ref().and_then(Open::recording).ok_or(VaultRefusal::NotOpen).map(|opened| {
                let [caller, called] = opened.loudness(columns);
                alone(Answer::Waveform(Waveform { caller, called }))
            })
        }
        Ask::Rewrap { mut code, mut passphrase, files: names } => {
            let files = HandedFiles::new(names, files)?;
            let result = rewrap(&files, &code, &passphrase);
            code.0.zeroize();
            passphrase.0.zeroize();
            result.map(|key| (Answer::Rewrapped, key))
        }
    };
    Ok(reply.unwrap_or_else(|refusal| alone(Answer::Refused(refusal))))
}

fn alone(answer: Answer) -> Reply {
    (answer, Vec::new())
}

/// The vault's keys, for as long as one recording is opened: they are wiped when the opener is dropped.
fn unlock(files: &HandedFiles, whose: Whose, typed: &mut Passphrase) -> Result<Opener, VaultRefusal> {
    let unlock = |unlock: &Unlock<'_>| Opener::unlock(Box::new(files.clone()), unlock);
    let opener = match whose {
        Whose::Anybodys => unlock(&Unlock::Passphrase { person: None, typed: &typed.0 }),
        Whose::Persons(person) => unlock(&Unlock::Passphrase { person: Some(person), typed: &typed.0 }),
        Whose::Shares => shares(&typed.0).and_then(|shares| unlock(&Unlock::Shares(&shares))),
    };
    typed.0.zeroize();
    opener.map_err(|error| refusal_of(&error))
}

/// Two shares, a line each.
fn shares(typed: &str) -> Result<[Share; 2], HomeError> {
    let share = |text| Share::typed(text).map_err(|_| HomeError::Open(OpenError::WrongCode));
    let (one, other) = typed.split_once('\n').ok_or(OpenError::WrongCode)?;
    Ok([share(one)?, share(other)?])
}

/// The keys of recordings in an age file: nobody but its recipient reads them again.
fn sealed_keys(
    files: &HandedFiles,
    opener: &Opener,
    recordings: &[RecordingId],
    recipient: &str,
) -> Result<Vec<u8>, VaultRefusal> {
    let recipient = recipient.parse().map_err(|_| VaultRefusal::Damaged)?;
    let vault = identity(files).map_err(|error| refusal_of(&error))?.certificate.vault;
    // Room for all at once: a list that grows leaves copies behind.
    let mut keys = Vec::with_capacity(EXPORTED_KEYS_MAX);
    for recording in recordings {
        opener.key_halves(*recording, &mut keys).map_err(|why| unplayable(&why))?;
        if keys.len() > EXPORTED_KEYS_MAX {
            return Err(VaultRefusal::TooLong);
        }
    }
    keys.sort_unstable_by_key(|halves| halves.key_no);
    let keys = ExportedKeys { vault, keys };
    leaving_no_trace(|| age_seal(&keys.emit(), &recipient, &mut OsRandom)).map_err(|_| VaultRefusal::Damaged)
}

/// The birth key under the passphrase. Nothing where it is so already: the page asks again after a fault.
fn rewrap(files: &HandedFiles, code: &Passphrase, passphrase: &Passphrase) -> Result<Vec<u8>, VaultRefusal> {
    let (code, passphrase) = (code.0.as_bytes(), passphrase.0.as_bytes());
    match rewrap_birth_key(files, code, passphrase, Cost::SLOT, &mut OsRandom) {
        Ok(key) => Ok(key),
        Err(HomeError::Open(OpenError::WrongCode)) if open_birth_key(files, passphrase).is_ok() => Ok(Vec::new()),
        Err(error) => Err(refusal_of(&error)),
    }
}

fn refusal_of(error: &HomeError) -> VaultRefusal {
    match error {
        HomeError::Open(OpenError::WrongCode) => VaultRefusal::WrongPassphrase,
        _ => VaultRefusal::Damaged,
    }
}

fn unplayable(why: &PlaybackError) -> VaultRefusal {
    match why {
        PlaybackError::TooLarge => VaultRefusal::TooLong,
        PlaybackError::OutOfReach => VaultRefusal::NotInCompartment,
        PlaybackError::Disk(error) if error.kind() == io::ErrorKind::NotFound => VaultRefusal::NotFinished,
        PlaybackError::Sealed { what: OpenError::KeyTable, .. } => VaultRefusal::Busy,
        _ => VaultRefusal::Damaged,
    }
}
