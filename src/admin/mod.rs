//! The page: sign-in, lines, calls and recordings in a browser, served by the box itself.
//!
//! Server-rendered (askama), with small scripts of our own that only make it livelier: every page shows its content and
//! works without them. Nothing comes from another host; the content security policy says so from the first page on
//! (`guard`). The page knows the planes by their handles alone and could be a process of its own.
//!
//! ```text
//! browser ── TLS or loopback ──▶ server ──▶ guard ──▶ visitor ──▶ a page ──▶ handles, IndexReader
//!                                                                   └──▶ journal: every sign-in, every audited act
//! ```
//!
//! Not here: who may do what (`access`), words (`words::page`), opening recordings (`VaultHandle`).

mod accounts;
mod app;
mod approval_about;
mod approval_page;
mod approvals;
mod assets;
mod audit;
mod box_page;
mod call_map;
mod call_page;
mod calls;
mod chassis;
mod check_acts;
mod export_page;
mod fault;
mod find_form;
mod glass;
mod guard;
mod hand_acts;
mod join;
mod keeping_desk;
mod keeping_page;
mod kept;
mod line_acts;
mod listen;
mod live;
mod mask_acts;
mod moment;
mod now;
mod own_account;
mod people;
mod port_acts;
mod private_file;
mod qr;
mod root_page;
mod routes;
mod rungs;
mod second_factor;
mod sent;
mod server;
mod shell;
mod sign_in;
mod supervise_acts;
mod timeline;
mod tls;
mod turn;
mod visitor;
mod wrong;

use std::{io, net::SocketAddr, path::PathBuf, sync::Arc};

use access::LockedPeople;
use settings::{Board, Settings};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

use crate::{
    handles::{
        self, ApprovalsReply, ApprovalsRequest, ControlHandle, ExportHandle, KeepingHandle, LinesHandle,
        NamedKeepingReply, NamedKeepingRequest, Requests, VaultHandle,
    },
    journal::{JournalHandle, StampClock},
};

pub use accounts::{draw_code_again, first_start};

/// What the page is started with.
pub struct AdminParts {
    /// Where it listens; port 0 takes any free one.
    pub listen: SocketAddr,
    /// Whether a loopback address is served without TLS. Any other address has TLS always.
    pub plain_on_loopback: bool,
    /// Where accounts are kept.
    pub keys: PathBuf,
    /// Tells telephones whom nothing lets in.
    pub locked: LockedPeople,
    /// Where the certificate is kept.
    pub tls: PathBuf,
    /// The index's file.
    pub index: PathBuf,
    /// The hardware.
    pub board: Arc<Board>,
    /// The settings that hold; people and their roles follow them.
    pub settings: watch::Receiver<Arc<Settings>>,
    /// The journal.
    pub journal: JournalHandle,
    /// Call control.
    pub control: ControlHandle,
    /// The vault.
    pub vault: VaultHandle,
    /// The desk of the lines.
    pub lines: LinesHandle,
    /// The desk that keeps and erases.
    pub keeping: KeepingHandle,
    /// The desk that exports.
    pub export: ExportHandle,
    /// The clocks.
    pub clock: StampClock,
}

/// What others ask the page, which knows people and their passwords.
#[derive(Debug)]
pub struct AskedOfPage {
    /// Of the desk of acts that need two.
    pub approvals: Requests<ApprovalsRequest, ApprovalsReply>,
    /// Of holds and erasing, by name and password.
    pub keeping: Requests<NamedKeepingRequest, NamedKeepingReply>,
}

impl AskedOfPage {
    /// Nobody asks.
    pub fn nothing() -> AskedOfPage {
        AskedOfPage { approvals: handles::handle().1, keeping: handles::handle().1 }
    }
}

/// The running page.
#[derive(Debug)]
pub struct Admin {
    /// Where it listens.
    pub address: SocketAddr,
    /// Its address for a browser.
    pub url: String,
    /// The SHA-256 fingerprint of its certificate, as browsers show it; none without TLS.
    pub fingerprint: Option<String>,
    /// Its task: ends only when it is aborted.
    pub task: JoinHandle<()>,
}

/// Starts the page. It serves from now on, and answers what others ask it.
///
/// # Errors
/// When the address is taken, or accounts or certificate can neither be read nor made.
pub async fn start(parts: AdminParts, asked: AskedOfPage) -> io::Result<Admin> {
    let listener = TcpListener::bind(parts.listen).await?;
    let address = listener.local_addr()?;
    let is_plain = parts.plain_on_loopback && address.ip().is_loopback();
    let identity = if is_plain { None } else { Some(tls::identity(&parts.tls, address.ip())?) };
    let fingerprint = identity.as_ref().map(|identity| identity.fingerprint.clone());
    let app = app::App::new(parts, identity.is_some())?;
    let url = format!("{}://{address}/", if is_plain { "http" } else { "https" });
    let task = tokio::spawn(async move {
        let router = routes::router(Arc::clone(&app));
        let acceptor = identity.map(|identity| identity.acceptor);
        let watch = live::watch(Arc::clone(&app));
        let desk = approvals::serve(Arc::clone(&app), asked.approvals);
        let keeping = keeping_desk::serve(Arc::clone(&app), asked.keeping);
        tokio::join!(server::serve(listener, acceptor, router), watch, desk, keeping, app::tend(app));
    });
    Ok(Admin { address, url, fingerprint, task })
}
