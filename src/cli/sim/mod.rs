//! `ringfence sim`: the simulated cards in a process of their own, and the call table beside them. The box attaches and
//! detaches; when it is away the lines stay as they are and hear silence, as on a card whose descriptors a holder keeps.

mod hands;

use std::{
    io,
    path::Path,
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
        mpsc,
    },
    thread,
};

use settings::{Board, Driver, Layout};
use sim::{
    World,
    shell::{self, PeerSockets, ServeError},
};
use tokio::signal::unix::{SignalKind, signal};

use super::{
    Outcome,
    arguments::{Peer, Sim},
    check, say, system,
};
use crate::{
    daemon,
    words::{
        Language,
        command::{Holding, Trouble},
    },
};

/// Holds the cards until it is told to stop.
pub(super) fn sim(asked: Sim, language: Language) -> Outcome {
    let board = check::board(&asked.board, language)?;
    let peers = peers(&asked, &board)?;
    let table = daemon::call_table_memory().map_err(system("memfd_create"))?;
    let stop = stop_when_told()?;
    let world = World::new(&board, &peers.iter().map(|peer| peer.span).collect::<Vec<_>>(), 1);
    let sockets = shell::Sockets { lines: asked.lines.clone(), peers };
    let (acts, port) = mpsc::channel();
    let (told, events) = mpsc::channel();
    let server = shell::Server::bind(world, &sockets, shell::OperatorPort { acts: port, told }).map_err(trouble)?;
    let saves = hands::Saves::default();
    hands::listen(acts, saves.clone());
    hands::tell(events, saves);
    say(&Holding::Lines { path: asked.lines.display().to_string() }.say(language));
    say(&Holding::CallTable { path: table.path().display().to_string() }.say(language));
    server.run(&stop);
    Ok(ExitCode::SUCCESS)
}

/// The outside exchanges, each behind an E1 of a simulated card.
fn peers(asked: &Sim, board: &Board) -> Result<Vec<PeerSockets>, Trouble> {
    let path = asked.board.display().to_string();
    if !board.cards.iter().any(|card| card.card == Driver::Sim) {
        return Err(Trouble::NoSimulatedCard { path });
    }
    let layout = Layout::of(board);
    let simulated = |peer: &Peer| {
        let place = layout.span(peer.span)?;
        let card = board.cards.iter().find(|card| card.serial == place.card)?;
        (place.kind.is_trunk() && card.card == Driver::Sim).then_some(())
    };
    let mut peers: Vec<PeerSockets> = Vec::new();
    for peer in &asked.peers {
        simulated(peer).ok_or_else(|| Trouble::NoSuchE1 { span: peer.span.to_string(), path: path.clone() })?;
        if peers.iter().any(|other| other.span == peer.span) {
            return Err(Trouble::PeerTwice { span: peer.span.to_string() });
        }
        let Peer { span, d_channel, audio } = peer.clone();
        peers.push(PeerSockets { span, d_channel, audio });
    }
    Ok(peers)
}

/// A flag that SIGTERM and SIGINT set.
fn stop_when_told() -> Result<Arc<AtomicBool>, Trouble> {
    let flag = Arc::new(AtomicBool::new(false));
    let set = Arc::clone(&flag);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().map_err(system("tokio"))?;
    let guard = runtime.enter();
    let mut terminate = signal(SignalKind::terminate()).map_err(system("SIGTERM"))?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(system("SIGINT"))?;
    drop(guard);
    thread::spawn(move || {
        runtime.block_on(async {
            tokio::select! {
                _ = terminate.recv() => (),
                _ = interrupt.recv() => (),
            }
        });
        set.store(true, Relaxed);
    });
    Ok(flag)
}

fn trouble(error: ServeError) -> Trouble {
    match error {
        ServeError::Listen { path, why } => socket_trouble(&path, &why),
        ServeError::Timer(why) => system("timerfd")(why),
    }
}

fn socket_trouble(path: &Path, why: &io::Error) -> Trouble {
    let path = path.display().to_string();
    match why.kind() {
        io::ErrorKind::AddrInUse => Trouble::SocketTaken { path },
        _ => Trouble::NoSocket { path, why: why.to_string() },
    }
}
