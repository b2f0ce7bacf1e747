//! The command line's end of the socket.

use std::{
    fs,
    io::{self, ErrorKind, Read, Write},
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    time::Duration,
};

use super::{
    SOCKET,
    wire::{self, Answer, Wanted},
};
use crate::handles::{
    ApprovalsReply, ApprovalsRequest, LinesReply, LinesRequest, NamedKeepingReply, NamedKeepingRequest,
    SettingsRefusal, SettingsReply, SettingsRequest, TRACE_MAX_OCTETS, TRACE_WITHIN,
};

/// A connection to the box that runs on a data directory.
#[derive(Debug)]
pub struct Client {
    stream: UnixStream,
}

/// Why the box can't be asked, or did not answer.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// There is no data directory.
    #[error("{0} is no data directory")]
    NoDataDir(PathBuf),
    /// No box runs on it.
    #[error("no box runs on {0}")]
    NotRunning(PathBuf),
    /// It belongs to somebody else.
    #[error("no right to enter {0}")]
    NoRight(PathBuf),
    /// The box did not answer in time.
    #[error("no answer")]
    Silent,
    /// The answer breaks off or is none.
    #[error("damaged answer: {0}")]
    Damaged(io::Error),
    /// It is of another version, and understood nothing.
    #[error("not understood")]
    NotUnderstood,
    /// The system refused.
    #[error("{0}")]
    Io(io::Error),
}

/// A little more than the box takes at most, so that its own sentence comes first.
const PATIENCE: Duration = TRACE_WITHIN.saturating_add(Duration::from_secs(2));

impl Client {
    /// Connects to the box that runs on `data`.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn connect(data: &Path) -> Result<Client, ClientError> {
        match fs::metadata(data) {
            Ok(found) if found.is_dir() => (),
            Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                return Err(ClientError::NoRight(data.to_owned()));
            }
            _ => return Err(ClientError::NoDataDir(data.to_owned())),
        }
        let stream = UnixStream::connect(data.join(SOCKET)).map_err(|error| match error.kind() {
            // A socket that a box left behind refuses; a directory that never ran one has none.
            ErrorKind::ConnectionRefused => ClientError::NotRunning(data.to_owned()),
            ErrorKind::NotFound if data.join("VERSION").exists() => ClientError::NotRunning(data.to_owned()),
            ErrorKind::NotFound => ClientError::NoDataDir(data.to_owned()),
            ErrorKind::PermissionDenied => ClientError::NoRight(data.to_owned()),
            _ => ClientError::Io(error),
        })?;
        stream.set_read_timeout(Some(PATIENCE)).map_err(ClientError::Io)?;
        Ok(Client { stream })
    }

    /// Asks for something of the settings, and waits for the answer.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn ask(self, request: &SettingsRequest) -> Result<SettingsReply, ClientError> {
        match self.exchange(&Wanted::Settings(request.clone()))? {
            Answer::Settings(reply) => Ok(reply),
            _ => Err(ClientError::Damaged(ErrorKind::InvalidData.into())),
        }
    }

    /// Asks for something of the lines, and waits for the answer.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn ask_lines(self, request: &LinesRequest) -> Result<LinesReply, ClientError> {
        match self.exchange(&Wanted::Lines(request.clone()))? {
            Answer::Lines(reply) => Ok(reply),
            Answer::Settings(SettingsReply::Refused(SettingsRefusal::NotUnderstood)) => Err(ClientError::NotUnderstood),
            _ => Err(ClientError::Damaged(ErrorKind::InvalidData.into())),
        }
    }

    /// Asks for something of acts that need two, and waits for the answer.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn ask_approvals(self, request: &ApprovalsRequest) -> Result<ApprovalsReply, ClientError> {
        match self.exchange(&Wanted::Approvals(request.clone()))? {
            Answer::Approvals(reply) => Ok(reply),
            Answer::Settings(SettingsReply::Refused(SettingsRefusal::NotUnderstood)) => Err(ClientError::NotUnderstood),
            _ => Err(ClientError::Damaged(ErrorKind::InvalidData.into())),
        }
    }

    /// Asks for something of holds and erasing, and waits for the answer.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn ask_keeping(self, request: &NamedKeepingRequest) -> Result<NamedKeepingReply, ClientError> {
        match self.exchange(&Wanted::Keeping(request.clone()))? {
            Answer::Keeping(reply) => Ok(reply),
            Answer::Settings(SettingsReply::Refused(SettingsRefusal::NotUnderstood)) => Err(ClientError::NotUnderstood),
            _ => Err(ClientError::Damaged(ErrorKind::InvalidData.into())),
        }
    }

    fn exchange(mut self, wanted: &Wanted) -> Result<Answer, ClientError> {
        self.stream.write_all(&wire::encode(wanted).map_err(ClientError::Io)?).map_err(ClientError::Io)?;
        self.answer().map_err(|error| match error.kind() {
            ErrorKind::WouldBlock | ErrorKind::TimedOut => ClientError::Silent,
            _ => ClientError::Damaged(error),
        })
    }

    fn answer(&mut self) -> io::Result<Answer> {
        let mut length = [0; 4];
        self.stream.read_exact(&mut length)?;
        let mut text = vec![0; wire::length(length)?];
        self.stream.read_exact(&mut text)?;
        match wire::decode(&text)? {
            Answer::Octets(octets) if octets <= TRACE_MAX_OCTETS => {
                let mut file = vec![0; octets];
                self.stream.read_exact(&mut file)?;
                Ok(Answer::Lines(LinesReply::Trace(file)))
            }
            Answer::Octets(_) => Err(ErrorKind::InvalidData.into()),
            other => Ok(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{os::unix::net::UnixListener, thread};

    use super::*;

    /// Asks a box that answers with these octets and goes.
    fn answered_with(octets: &'static [u8]) -> Result<SettingsReply, ClientError> {
        let data = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(data.path().join(SOCKET)).unwrap();
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut length = [0; 4];
            stream.read_exact(&mut length).unwrap();
            stream.read_exact(&mut vec![0; wire::length(length).unwrap()]).unwrap();
            stream.write_all(octets).unwrap();
        });
        let answer = Client::connect(data.path()).unwrap().ask(&SettingsRequest::Show);
        server.join().unwrap();
        answer
    }

    #[test]
    fn an_answer_that_breaks_off_or_is_none_is_damaged() {
        for octets in [&b""[..], b"\0\0", b"\0\0\0\x09{\"Shown\"", b"\0\0\0\x02{}", b"\xff\xff\xff\xff"] {
            let answer = answered_with(octets);
            assert!(matches!(answer, Err(ClientError::Damaged(_))), "{octets:?}: {answer:?}");
        }
    }

    #[test]
    fn where_no_box_runs_the_reason_is_named() {
        let data = tempfile::tempdir().unwrap();
        assert!(matches!(Client::connect(&data.path().join("none")), Err(ClientError::NoDataDir(_))));
        assert!(matches!(Client::connect(data.path()), Err(ClientError::NoDataDir(_))));
        fs::write(data.path().join("VERSION"), "1\n").unwrap();
        assert!(matches!(Client::connect(data.path()), Err(ClientError::NotRunning(_))));
        drop(UnixListener::bind(data.path().join(SOCKET)).unwrap());
        assert!(matches!(Client::connect(data.path()), Err(ClientError::NotRunning(_))), "left by a dead box");
    }
}
