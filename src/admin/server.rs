//! Connections: accepts them, shakes hands, and serves each in a task of its own, within bounds.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, extract::Request};
use hyper::body::Incoming;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{sleep, timeout},
};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt as _;

/// The most connections at once: a browser has six, and forty people watch. The next one waits in the kernel's queue.
const CONNECTIONS_MAX: usize = 256;

/// A browser in the house shakes hands and sends its headers in milliseconds. Who takes longer holds a place for nothing.
const HANDSHAKE_WITHIN: Duration = Duration::from_secs(10);

/// After an error of `accept`, such as no free descriptor: long enough for others to close.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The address that a request came from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer(pub(super) SocketAddr);

/// Serves for ever.
pub(super) async fn serve(listener: TcpListener, acceptor: Option<TlsAcceptor>, router: Router) {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, address)) => {
                tokio::spawn(connection(stream, Peer(address), acceptor.clone(), router.clone(), place));
            }
            Err(error) => {
                tracing::warn!(%error, "a connection was not accepted");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn connection(
    stream: TcpStream,
    peer: Peer,
    acceptor: Option<TlsAcceptor>,
    router: Router,
    _place: OwnedSemaphorePermit,
) {
    let served = match acceptor {
        None => requests(stream, peer, router).await,
        Some(acceptor) => match timeout(HANDSHAKE_WITHIN, acceptor.accept(stream)).await {
            Ok(Ok(stream)) => requests(stream, peer, router).await,
            Ok(Err(error)) => Err(error),
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        },
    };
    // Browsers come and go: nothing that a person could act on.
    if let Err(error) = served {
        tracing::debug!(peer = %peer.0, %error, "connection ended");
    }
}

async fn requests(stream: impl AsyncRead + AsyncWrite + Unpin, peer: Peer, router: Router) -> io::Result<()> {
    let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer);
        router.clone().oneshot(request.map(axum::body::Body::new))
    });
    hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HANDSHAKE_WITHIN)
        .max_buf_size(64 * 1024)
        .serve_connection(TokioIo::new(stream), service)
        .await
        .map_err(io::Error::other)
}
