//! One connection to a store, over which requests go one after the other: HTTP/1.1, and TLS where the address says so.
//!
//! A store that is silent is given up; one that is slow is not, as long as anything goes on. Each octet that goes on is a beat for
//! who watches over it.

use std::{
    convert::Infallible,
    io::{self, ErrorKind},
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use hyper::{
    Request, Response,
    body::{Body, Bytes, Frame, Incoming, SizeHint},
    client::conn::http1::{self, SendRequest},
};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    sync::mpsc,
    time::{Instant, sleep_until, timeout},
};
use tokio_rustls::{
    TlsConnector,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::ring,
        pki_types::{CertificateDer, ServerName, pem::PemObject as _},
    },
};

/// What is handed to the connection at once.
const PIECE_OCTETS: usize = 64 << 10;

/// What has to go on in a second, over all of a request: a store that gives an octet now and then is no better than a silent one.
const OCTETS_A_SECOND: u64 = 32 << 10;

/// Where a store is.
#[derive(Clone, Debug)]
pub(super) struct Endpoint {
    pub(super) host: String,
    pub(super) port: u16,
    /// By whom the store's certificate is signed; none for a plain connection.
    pub(super) tls: Option<Arc<ClientConfig>>,
    /// How long it may be silent.
    pub(super) quiet: Duration,
}

/// The TLS of a store whose certificate one of these signed, PEM.
///
/// # Errors
/// [`ErrorKind::InvalidData`] where there is no certificate.
pub(super) fn trusting(certificates: &[u8]) -> io::Result<Arc<ClientConfig>> {
    let wrong = |error: &dyn std::fmt::Display| io::Error::new(ErrorKind::InvalidData, error.to_string());
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(certificates) {
        roots.add(certificate.map_err(|error| wrong(&error))?).map_err(|error| wrong(&error))?;
    }
    if roots.is_empty() {
        return Err(wrong(&"no certificate in the file of the store's CA"));
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let config = config.with_safe_default_protocol_versions().map_err(io::Error::other)?;
    Ok(Arc::new(config.with_root_certificates(roots).with_no_client_auth()))
}

/// A body that is fed while it is sent.
struct Fed {
    pieces: mpsc::Receiver<Bytes>,
    left: u64,
}

impl Body for Fed {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let piece = self.pieces.poll_recv(context);
        piece.map(|piece| {
            let piece = piece?;
            self.left = self.left.saturating_sub(piece.len() as u64);
            Some(Ok(Frame::data(piece)))
        })
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

/// A connection, made when it is needed.
pub(super) struct Connection {
    endpoint: Endpoint,
    sender: Option<SendRequest<Fed>>,
    beats: Arc<AtomicU64>,
}

impl Connection {
    pub(super) const fn new(endpoint: Endpoint, beats: Arc<AtomicU64>) -> Connection {
        Connection { endpoint, sender: None, beats }
    }

    /// Sends a request and gives the answer's body to `take`, which says whether it wants the rest. A connection that the store
    /// has closed meanwhile is made anew, once: what is asked for can be asked for twice.
    pub(super) async fn ask(
        &mut self,
        head: &Request<()>,
        body: &[u8],
        take: &mut (dyn FnMut(u16, &[u8]) -> bool + Send),
    ) -> io::Result<Response<()>> {
        if let Some(sender) = self.sender.take_if(|sender| !sender.is_closed()) {
            let mut is_answered = false;
            let mut take = |status: u16, octets: &[u8]| {
                is_answered = true;
                take(status, octets)
            };
            match self.exchange(sender, head, body, &mut take).await {
                Err(error) if error.kind() != ErrorKind::TimedOut && !is_answered => {}
                done => return done,
            }
        }
        let sender =
            timeout(self.endpoint.quiet, self.connect()).await.map_err(|_| io::Error::from(ErrorKind::TimedOut))??;
        self.exchange(sender, head, body, take).await
    }

    async fn connect(&self) -> io::Result<SendRequest<Fed>> {
        let Endpoint { host, port, tls, .. } = &self.endpoint;
        let stream = TcpStream::connect((host.trim_matches(['[', ']']), *port)).await?;
        stream.set_nodelay(true)?;
        match tls {
            None => shake_hands(stream).await,
            Some(config) => {
                let name = ServerName::try_from(host.trim_matches(['[', ']']).to_owned());
                let name = name.map_err(|error| io::Error::new(ErrorKind::InvalidInput, error))?;
                shake_hands(TlsConnector::from(Arc::clone(config)).connect(name, stream).await?).await
            }
        }
    }

    async fn exchange(
        &mut self,
        mut sender: SendRequest<Fed>,
        head: &Request<()>,
        body: &[u8],
        take: &mut (dyn FnMut(u16, &[u8]) -> bool + Send),
    ) -> io::Result<Response<()>> {
        let (feed, pieces) = mpsc::channel(2);
        let (parts, ()) = head.clone().into_parts();
        let request = Request::from_parts(parts, Fed { pieces, left: body.len() as u64 });
        let answer = {
            let mut answer = pin!(sender.send_request(request));
            let mut left = body.chunks(PIECE_OCTETS);
            let mut piece = left.next();
            let last = self.last_moment(body.len() as u64);
            let mut until = self.beat().min(last);
            loop {
                let Some(next) = piece else {
                    // Much of it may be in a buffer yet, before a slow line.
                    let until = self.beat() + Duration::from_secs(body.len() as u64 / OCTETS_A_SECOND);
                    break timeout_at(until, answer).await?.map_err(broken)?;
                };
                tokio::select! {
                    answer = &mut answer => break answer.map_err(broken)?,
                    room = feed.reserve() => match room {
                        Ok(room) => {
                            room.send(Bytes::copy_from_slice(next));
                            piece = left.next();
                            until = self.beat().min(last);
                        }
                        // It takes no more, and says why.
                        Err(_) => piece = None,
                    },
                    () = sleep_until(until) => return Err(ErrorKind::TimedOut.into()),
                }
            }
        };
        let (head, incoming) = answer.into_parts();
        if self.receive(head.status.as_u16(), incoming, take).await? {
            self.sender = Some(sender);
        }
        Ok(Response::from_parts(head, ()))
    }

    /// Whether all was received, so that the connection can be used again.
    async fn receive(
        &self,
        status: u16,
        mut incoming: Incoming,
        take: &mut (dyn FnMut(u16, &[u8]) -> bool + Send),
    ) -> io::Result<bool> {
        let last = self.last_moment(incoming.size_hint().exact().unwrap_or(0));
        loop {
            let until = self.beat().min(last);
            let frame = std::future::poll_fn(|context| Pin::new(&mut incoming).poll_frame(context));
            let Some(frame) = timeout_at(until, frame).await? else { return Ok(true) };
            if let Some(octets) = frame.map_err(broken)?.data_ref()
                && !take(status, octets)
            {
                return Ok(false);
            }
        }
    }

    /// When a request or an answer of so many octets is given up, whatever goes on.
    fn last_moment(&self, octets: u64) -> Instant {
        Instant::now() + 10 * self.endpoint.quiet + Duration::from_secs(octets / OCTETS_A_SECOND)
    }

    /// Something went on; when it is given up if nothing more does.
    fn beat(&self) -> Instant {
        self.beats.fetch_add(1, Ordering::Relaxed);
        Instant::now() + self.endpoint.quiet
    }
}

async fn timeout_at<T>(until: Instant, done: impl Future<Output = T>) -> io::Result<T> {
    tokio::time::timeout_at(until, done).await.map_err(|_| ErrorKind::TimedOut.into())
}

async fn shake_hands(stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) -> io::Result<SendRequest<Fed>> {
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
    // It ends with the sender; what goes wrong with it the request is told.
    tokio::spawn(async move { _ = connection.await });
    Ok(sender)
}

fn broken(error: hyper::Error) -> io::Error {
    io::Error::new(ErrorKind::ConnectionAborted, error)
}
