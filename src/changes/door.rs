//! The box's end of the socket: `settings.sock` in the data directory, for its own user and for root. Who comes in asks
//! for the settings, or for what the lines can tell.
//!
//! The directory and the socket say who may come in; the kernel says who it was.

use std::{
    fs::{self, Permissions},
    io,
    os::unix::fs::PermissionsExt,
    path::Path,
    sync::Arc,
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{UnixListener, UnixStream},
    sync::Semaphore,
    task::JoinHandle,
    time::{sleep, timeout},
};

use super::{
    SOCKET,
    wire::{self, Answer, Wanted},
};
use crate::handles::{
    ApprovalsHandle, ApprovalsRefusal, ApprovalsReply, ApprovalsRequest, Asker, LinesHandle, LinesRefusal, LinesReply,
    LinesRequest, NamedKeepingHandle, NamedKeepingReply, NamedKeepingRequest, SettingsHandle, SettingsRefusal,
    SettingsReply, SettingsRequest,
};

/// How many may be inside at once: more than there are administrators. The next one waits at the door.
const VISITORS_MAX: usize = 8;

/// How long a visitor may take to say what they want, and to listen.
const PATIENCE: Duration = Duration::from_secs(5);

/// Whom visitors can ask.
#[derive(Clone, Debug)]
pub struct Inside {
    /// The settings' plane.
    pub settings: SettingsHandle,
    /// The lines' desk.
    pub lines: LinesHandle,
    /// The desk of acts that need two.
    pub approvals: ApprovalsHandle,
    /// The desk that keeps and erases, by name and password.
    pub keeping: NamedKeepingHandle,
}

/// Opens the socket in `data` and serves it until the task is aborted. A socket that a dead box left is replaced: whoever
/// holds the directory's lock is the only box there. Must be called within a tokio runtime.
///
/// # Errors
/// The system's.
pub fn open_door(data: &Path, inside: Inside) -> io::Result<JoinHandle<()>> {
    let path = data.join(SOCKET);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => (),
    }
    let listener = UnixListener::bind(&path)?;
    fs::set_permissions(&path, Permissions::from_mode(0o600))?;
    Ok(tokio::spawn(serve(listener, inside)))
}

async fn serve(listener: UnixListener, inside: Inside) {
    let places = Arc::new(Semaphore::new(VISITORS_MAX));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, _)) => {
                let inside = inside.clone();
                tokio::spawn(async move {
                    let _place = place;
                    if let Err(error) = visit(stream, &inside).await {
                        tracing::warn!(%error, "a visitor of the settings' socket went away");
                    }
                });
            }
            Err(error) => {
                tracing::error!(%error, "nobody can come in by the settings' socket");
                sleep(PATIENCE).await;
            }
        }
    }
}

async fn visit(mut stream: UnixStream, inside: &Inside) -> io::Result<()> {
    let uid = stream.peer_cred()?.uid();
    let request = timeout(PATIENCE, read(&mut stream)).await.map_err(|_| io::ErrorKind::TimedOut)?;
    let answer = match request {
        Ok(Wanted::Settings(request)) => Answer::Settings(settings(&inside.settings, known(request, uid)).await),
        Ok(Wanted::Lines(request)) => Answer::Lines(lines(&inside.lines, known_of_lines(request, uid)).await),
        Ok(Wanted::Approvals(request)) => match known_of_approvals(request, uid) {
            Some(request) => Answer::Approvals(approvals(&inside.approvals, request).await),
            None => Answer::Settings(SettingsReply::Refused(SettingsRefusal::NotUnderstood)),
        },
        Ok(Wanted::Keeping(request)) => Answer::Keeping(keeping(&inside.keeping, known_of_keeping(request, uid)).await),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            Answer::Settings(SettingsReply::Refused(SettingsRefusal::NotUnderstood))
        }
        Err(error) => return Err(error),
    };
    let (answer, file) = match answer {
        Answer::Lines(LinesReply::Trace(file)) => (Answer::Octets(file.len()), file),
        other => (other, Vec::new()),
    };
    say(&mut stream, &wire::encode(&answer)?).await?;
    // Somebody who takes a file slowly is at work: only a standstill is waited for no longer.
    for piece in file.chunks(PIECE_OCTETS) {
        say(&mut stream, piece).await?;
    }
    Ok(())
}

async fn say(stream: &mut UnixStream, octets: &[u8]) -> io::Result<()> {
    timeout(PATIENCE, stream.write_all(octets)).await.map_err(|_| io::ErrorKind::TimedOut)?
}

async fn read(stream: &mut UnixStream) -> io::Result<Wanted> {
    let mut length = [0; 4];
    stream.read_exact(&mut length).await?;
    let mut text = vec![0; wire::length(length)?];
    stream.read_exact(&mut text).await?;
    wire::decode(&text)
}

/// The request of somebody whom the system knows, whatever they call themselves.
fn known(request: SettingsRequest, uid: u32) -> SettingsRequest {
    match request {
        SettingsRequest::Apply { file, text, .. } => SettingsRequest::Apply { file, text, by: Asker::Console { uid } },
        other @ (SettingsRequest::Show | SettingsRequest::Try { .. }) => other,
    }
}

/// The same of the lines.
fn known_of_lines(mut request: LinesRequest, uid: u32) -> LinesRequest {
    match &mut request {
        LinesRequest::Trace { by, .. }
        | LinesRequest::RestartSpan { by, .. }
        | LinesRequest::Service { by, .. }
        | LinesRequest::KeepCaller { by, .. }
        | LinesRequest::TestPort { by, .. }
        | LinesRequest::LearnPort { by, .. }
        | LinesRequest::Mask { by, .. } => *by = Asker::Console { uid },
        LinesRequest::Ladders { .. } | LinesRequest::CallsOn { .. } | LinesRequest::Spans => {}
    }
    request
}

/// The same of acts that need two; none for what no visitor asks.
fn known_of_approvals(mut request: ApprovalsRequest, uid: u32) -> Option<ApprovalsRequest> {
    match &mut request {
        ApprovalsRequest::Ask { by, .. } | ApprovalsRequest::Answer { by, .. } => by.uid = uid,
        ApprovalsRequest::List => {}
        ApprovalsRequest::Redeem { .. } => return None,
    }
    Some(request)
}

/// The same of holds and erasing.
fn known_of_keeping(mut request: NamedKeepingRequest, uid: u32) -> NamedKeepingRequest {
    match &mut request {
        NamedKeepingRequest::Act { by, .. } => by.uid = uid,
        NamedKeepingRequest::List | NamedKeepingRequest::Range { .. } => {}
    }
    request
}

async fn keeping(keeping: &NamedKeepingHandle, request: NamedKeepingRequest) -> NamedKeepingReply {
    keeping.ask_for_long(request).await.unwrap_or(NamedKeepingReply::NotShown(ApprovalsRefusal::NoAnswer))
}

async fn approvals(approvals: &ApprovalsHandle, request: ApprovalsRequest) -> ApprovalsReply {
    approvals.ask_for_long(request).await.unwrap_or(ApprovalsReply::Refused(ApprovalsRefusal::NoAnswer))
}

async fn settings(settings: &SettingsHandle, request: SettingsRequest) -> SettingsReply {
    let answer = settings.ask_to_change(request).await;
    answer.unwrap_or(SettingsReply::Refused(SettingsRefusal::NoAnswer))
}

async fn lines(lines: &LinesHandle, request: LinesRequest) -> LinesReply {
    lines.ask_for_long(request).await.unwrap_or(LinesReply::Refused(LinesRefusal::NoAnswer))
}

/// A file leaves in pieces of this size.
const PIECE_OCTETS: usize = 256 << 10;

#[cfg(test)]
mod tests {
    use frame::{EventNo, PersonId, SpanId};
    use settings::{Applied, Version};

    use super::*;
    use crate::{
        changes::Client,
        handles::{self, Credentials, KeepingRequest, Passphrase},
    };

    #[tokio::test(flavor = "multi_thread")]
    async fn whoever_a_visitor_claims_to_be_the_system_is_asked() {
        let data = tempfile::tempdir().unwrap();
        let (settings, mut requests) = handles::handle();
        let (lines, _desk) = handles::handle();
        let door = open_door(
            data.path(),
            Inside { settings, lines, approvals: handles::handle().0, keeping: handles::handle().0 },
        )
        .unwrap();
        let mode = fs::metadata(data.path().join(SOCKET)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let path = data.path().to_owned();
        let client = tokio::task::spawn_blocking(move || {
            let by = Asker::Person(PersonId(1));
            let request = SettingsRequest::Apply { file: "f".into(), text: String::new(), by };
            Client::connect(&path).unwrap().ask(&request).unwrap()
        });
        let asked = requests.recv().await.unwrap();
        let uid = nix::unistd::geteuid().as_raw();
        assert!(matches!(asked.request, SettingsRequest::Apply { by: Asker::Console { uid: of }, .. } if of == uid));
        let reply = SettingsReply::Applied { version: Version(2), how: Applied::Applied, warnings: vec![] };
        asked.reply.send(reply.clone()).unwrap();
        assert_eq!(client.await.unwrap(), reply);
        door.abort();
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn nonsense_is_answered_as_such_and_the_next_visitor_is_served() {
        let data = tempfile::tempdir().unwrap();
        let (settings, mut requests) = handles::handle();
        let (lines, _desk) = handles::handle();
        let door = open_door(
            data.path(),
            Inside { settings, lines, approvals: handles::handle().0, keeping: handles::handle().0 },
        )
        .unwrap();
        let refused = Answer::Settings(SettingsReply::Refused(SettingsRefusal::NotUnderstood));
        let refused = wire::encode(&refused).unwrap();
        for nonsense in [&b"\0\0\0\x03abc"[..], b"\xff\xff\xff\xff"] {
            let mut stream = UnixStream::connect(data.path().join(SOCKET)).await.unwrap();
            stream.write_all(nonsense).await.unwrap();
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).await.unwrap();
            assert_eq!(answer, refused);
        }
        let path = data.path().to_owned();
        let client = tokio::task::spawn_blocking(move || Client::connect(&path).unwrap().ask(&SettingsRequest::Show));
        let asked = requests.recv().await.unwrap();
        let shown = SettingsReply::Shown { version: Version(1), text: "a".into() };
        asked.reply.send(shown.clone()).unwrap();
        assert_eq!(client.await.unwrap().unwrap(), shown);
        door.abort();
    }

    #[test]
    fn a_visitor_who_claims_another_uid_is_counted_under_the_one_that_the_system_says() {
        let claimed = || Credentials { name: "li".into(), password: Passphrase("guess".into()), code: None, uid: 4711 };
        let reason = String::new();
        let act = KeepingRequest::Cancel { list: EventNo(4), by: PersonId(1), reason: reason.clone() };
        let keeping = known_of_keeping(NamedKeepingRequest::Act { by: claimed(), act }, 7);
        assert!(matches!(keeping, NamedKeepingRequest::Act { by: Credentials { uid: 7, .. }, .. }), "{keeping:?}");
        let (no, answer) = (EventNo(4), access::ApprovalAnswer::Granted);
        let answer = known_of_approvals(ApprovalsRequest::Answer { by: claimed(), no, answer, reason }, 7);
        assert!(matches!(answer, Some(ApprovalsRequest::Answer { by: Credentials { uid: 7, .. }, .. })), "{answer:?}");
        let proposal =
            access::Proposal { act: access::TwoPersonAct::LiftHold, object: "hold 7".into(), reason: "x".into() };
        let asked = known_of_approvals(ApprovalsRequest::Ask { by: claimed(), proposal }, 7);
        assert!(matches!(asked, Some(ApprovalsRequest::Ask { by: Credentials { uid: 7, .. }, .. })), "{asked:?}");
    }

    #[test]
    fn no_visitor_redeems_a_grant() {
        let object = "3-7".to_owned();
        let redeem = ApprovalsRequest::Redeem { act: access::TwoPersonAct::Export, object };
        assert_eq!(known_of_approvals(redeem, 0), None);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_trace_comes_whole_behind_its_answer_and_names_who_the_system_says_it_was() {
        let data = tempfile::tempdir().unwrap();
        let ((settings, _), (lines, mut desk)) = (handles::handle(), handles::handle());
        let door = open_door(
            data.path(),
            Inside { settings, lines, approvals: handles::handle().0, keeping: handles::handle().0 },
        )
        .unwrap();
        let path = data.path().to_owned();
        let client = tokio::task::spawn_blocking(move || {
            let (span, by) = (SpanId(3), Asker::Person(PersonId(1)));
            let request = LinesRequest::Trace { span, by, reason: "fault".into() };
            Client::connect(&path).unwrap().ask_lines(&request).unwrap()
        });
        let asked = desk.recv().await.unwrap();
        let uid = nix::unistd::geteuid().as_raw();
        assert!(matches!(asked.request, LinesRequest::Trace { by: Asker::Console { uid: of }, .. } if of == uid));
        let file: Vec<u8> = (0..3_000_000_u32).map(|no| no as u8).collect();
        asked.reply.send(LinesReply::Trace(file.clone())).unwrap();
        assert!(client.await.unwrap() == LinesReply::Trace(file));
        door.abort();
    }
}
