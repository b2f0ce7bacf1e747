//! This side of an opener: starts the process, hands it files, asks it, and ends it.

use std::{
    io,
    os::{
        fd::{AsFd as _, OwnedFd},
        unix::net::UnixStream as StdStream,
    },
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    time::Duration,
};

use frame::{PersonId, RecordingId};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, Interest},
    net::UnixStream,
    process::{Child, Command},
    time::timeout,
};

use super::{
    files::gather,
    message::{self, Answer, Ask, HEAD_OCTETS, Whose},
};
use crate::{
    handles::{Apart, Passphrase, READ_MAX_OCTETS, VaultRefusal, Waveform},
    journal::Intent,
    recorder::{Trial, files_to_export, files_to_open, files_to_unlock},
};

/// How long an answer may take: a key is derived slowly on purpose, and an hour of two voices is decrypted in a second or
/// two. Less than a page waits.
const ANSWER_WITHIN: Duration = Duration::from_secs(12);

/// The same where each of two hundred recordings is read through for its keys. Less than a page waits for a package.
const EXPORT_WITHIN: Duration = Duration::from_secs(60);

/// How the process is started.
#[derive(Clone, Debug)]
pub struct Program {
    /// The program that has the verb `open`.
    pub path: PathBuf,
    /// How long the process may be idle.
    pub idle: Duration,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// It says no. It can be asked again.
    #[error("refused: {0:?}")]
    Refused(VaultRefusal),
    /// It is gone, does not answer, or said something strange. It can't be asked again.
    #[error("the opener's process: {0}")]
    Gone(#[from] io::Error),
}

/// A recording that was opened.
#[derive(Debug, PartialEq, Eq)]
pub struct Unsealed {
    /// How long its WAV file is.
    pub file_octets: u64,
    /// Whether something of it stays shut.
    pub is_in_part: bool,
    /// The recordings of the trials that should open and do not.
    pub shut: Vec<RecordingId>,
}

/// One process. It is killed when this is dropped.
#[derive(Debug)]
pub struct Client {
    vault: PathBuf,
    child: Child,
    socket: UnixStream,
    apart: Apart,
}

impl Client {
    /// Starts a process for a vault's directory.
    ///
    /// # Errors
    /// Where the program can't be started, or can't confine itself.
    pub async fn start(program: &Program, vault: &Path) -> io::Result<Client> {
        let (ours, theirs) = StdStream::pair()?;
        ours.set_nonblocking(true)?;
        let mut command = Command::new(&program.path);
        command.args(["open", "--serve", &program.idle.as_millis().to_string()]).env_clear();
        command.stdin(OwnedFd::from(theirs)).stdout(Stdio::null()).current_dir("/").kill_on_drop(true);
        let child = command.spawn()?;
        drop(command);
        let socket = UnixStream::from_std(ours)?;
        let mut client = Client { vault: vault.to_owned(), child, socket, apart: Apart::Nothing };
        match timeout(ANSWER_WITHIN, client.receive()).await?? {
            (Answer::Ready { apart }, _) => Ok(Client { apart, ..client }),
            _ => Err(io::ErrorKind::InvalidData.into()),
        }
    }

    /// How far the process is kept apart.
    pub fn apart(&self) -> Apart {
        self.apart
    }

    /// The process's number.
    pub fn process(&self) -> Option<u32> {
        self.child.id()
    }

    /// Waits for the end of the process.
    ///
    /// # Errors
    /// The system's.
    pub async fn ended(&mut self) -> io::Result<ExitStatus> {
        self.child.wait().await
    }

    /// Opens a recording with the passphrase of a person's slot, and tries with it what should open as well. The intent, which
    /// exists only once it is durable, is what entitles to this.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn open(
        &mut self,
        intent: &Intent,
        recording: RecordingId,
        whose: Whose,
        passphrase: Passphrase,
        trials: Vec<Trial>,
    ) -> Result<Unsealed, ClientError> {
        let (files, open) = self.gather(files_to_open(recording)).await?;
        let ask = Ask::Open { intent: intent.no(), recording, whose, passphrase, files, trials };
        match self.ask(&ask, &open).await? {
            (Answer::Opened { file_octets, is_in_part, shut }, _) => Ok(Unsealed { file_octets, is_in_part, shut }),
            (other, _) => Err(refused(other)),
        }
    }

    /// The keys of recordings, sealed to a recipient. The intent is what entitles to this.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn export(
        &mut self,
        intent: &Intent,
        recordings: &[RecordingId],
        person: PersonId,
        passphrase: Passphrase,
        recipient: String,
    ) -> Result<Vec<u8>, ClientError> {
        let (files, open) = self.gather(files_to_export(recordings)).await?;
        let (intent, recordings, whose) = (intent.no(), recordings.to_vec(), Whose::Persons(person));
        let ask = Ask::Export { intent, recordings, whose, passphrase, recipient, files };
        let file_octets = match self.ask_within(EXPORT_WITHIN, &ask, &open).await? {
            (Answer::Opened { file_octets, .. }, _) => file_octets,
            (other, _) => return Err(refused(other)),
        };
        let mut keys = Vec::new();
        while (keys.len() as u64) < file_octets {
            let piece = self.read(keys.len() as u64, READ_MAX_OCTETS).await?;
            if piece.is_empty() {
                return Err(ClientError::Gone(io::ErrorKind::UnexpectedEof.into()));
            }
            keys.extend(piece);
        }
        Ok(keys)
    }

    /// A piece of the open recording's WAV file, at most [`READ_MAX_OCTETS`] long; empty at its end.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn read(&mut self, offset: u64, octets_max: u32) -> Result<Vec<u8>, ClientError> {
        match self.ask(&Ask::Read { offset, octets_max: octets_max.min(READ_MAX_OCTETS) }, &[]).await? {
            (Answer::Piece, piece) => Ok(piece),
            (other, _) => Err(refused(other)),
        }
    }

    /// The loudness of the open recording.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn waveform(&mut self, columns: u16) -> Result<Waveform, ClientError> {
        match self.ask(&Ask::Waveform { columns }, &[]).await? {
            (Answer::Waveform(waveform), _) => Ok(waveform),
            (other, _) => Err(refused(other)),
        }
    }

    /// The birth key under a passphrase instead of the owner's code; none where it is so already.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn rewrap(&mut self, code: Passphrase, passphrase: Passphrase) -> Result<Option<Vec<u8>>, ClientError> {
        let (files, open) = self.gather(files_to_unlock()).await?;
        match self.ask(&Ask::Rewrap { code, passphrase, files }, &open).await? {
            (Answer::Rewrapped, key) => Ok((!key.is_empty()).then_some(key)),
            (other, _) => Err(refused(other)),
        }
    }

    async fn gather(&self, names: Vec<String>) -> io::Result<(Vec<String>, Vec<OwnedFd>)> {
        let vault = self.vault.clone();
        tokio::task::spawn_blocking(move || gather(&vault, names)).await.map_err(io::Error::other)?
    }

    async fn ask(&mut self, ask: &Ask, files: &[OwnedFd]) -> io::Result<(Answer, Vec<u8>)> {
        self.ask_within(ANSWER_WITHIN, ask, files).await
    }

    async fn ask_within(&mut self, within: Duration, ask: &Ask, files: &[OwnedFd]) -> io::Result<(Answer, Vec<u8>)> {
        let exchange = async {
            self.send(ask, files).await?;
            self.receive().await
        };
        timeout(within, exchange).await?
    }

    async fn send(&mut self, ask: &Ask, files: &[OwnedFd]) -> io::Result<()> {
        let frame = zeroize::Zeroizing::new(message::emit(ask, &[])?);
        let handed: Vec<_> = files.iter().map(OwnedFd::as_fd).collect();
        let send = || os::send_with_files(self.socket.as_fd(), &frame, &handed);
        let sent = self.socket.async_io(Interest::WRITABLE, send).await?;
        self.socket.write_all(&frame[sent..]).await
    }

    async fn receive(&mut self) -> io::Result<(Answer, Vec<u8>)> {
        let mut head = [0; HEAD_OCTETS];
        self.socket.read_exact(&mut head).await?;
        let (text_octets, tail_octets) = message::lengths(head)?;
        let (mut text, mut tail) = (vec![0; text_octets], vec![0; tail_octets]);
        self.socket.read_exact(&mut text).await?;
        self.socket.read_exact(&mut tail).await?;
        Ok((message::parse(&text)?, tail))
    }
}

fn refused(answer: Answer) -> ClientError {
    match answer {
        Answer::Refused(why) => ClientError::Refused(why),
        _ => ClientError::Gone(io::ErrorKind::InvalidData.into()),
    }
}
