//! The exchange and the people behind the E1: our own, simulated, or a program that is not ours.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, mpsc::Sender},
};

use frame::{LaneId, Law, SpanId};
use isdn::Cause;
use settings::Role;
use sim::{Act, CallNews, ExchangeAct, Operator, OperatorEvent, OutsideCall, Say, Told, shell::PeerSockets};

use super::peer::Peer;
use crate::wav;

/// The span behind which the exchange stands: the first of the board.
pub(super) const SPAN: SpanId = SpanId(0);

/// What the exchange tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum News {
    /// The data link is up.
    LinkUp,
    /// The caller has a channel.
    Placed { call: u32, lane: LaneId },
    /// The box answered.
    Answered { call: u32 },
}

/// Who plays the outside.
pub(super) enum Outside {
    /// The simulated exchange of this process.
    Own { acts: Sender<Operator>, voice: Arc<[u8]> },
    /// Another program, over sockets.
    Peer { peer: Peer, voice: PathBuf },
}

impl Outside {
    /// The simulated exchange.
    pub(super) fn own(acts: Sender<Operator>, voice: Arc<[u8]>) -> Outside {
        Outside::Own { acts, voice }
    }

    /// An outside program on a side of the trunk. What callers say is given to it as a file in `folder`; it writes its D-channel to `traces`.
    pub(super) fn program(
        (path, role): (&Path, Role),
        sockets: &PeerSockets,
        folder: &Path,
        traces: &Path,
        voice: &[u8],
    ) -> io::Result<Outside> {
        let file = folder.join("voice.wav");
        fs::write(&file, wav::file(Law::A, &[voice]))?;
        Ok(Outside::Peer { peer: Peer::start(path, role, sockets, &traces.join("d-channel.pcap"))?, voice: file })
    }

    /// Someone outside dials.
    pub(super) fn place(&mut self, call: u32, from: &str, to: &str) {
        match self {
            Outside::Own { acts, .. } => {
                let Ok(to) = to.parse() else { return };
                let act = ExchangeAct::Place { call: OutsideCall(call), from: from.parse().ok(), to };
                // The thread that takes it ends only with the demo.
                let _ = acts.send(Operator::Exchange(SPAN, act));
            }
            Outside::Peer { peer, .. } => peer.place(call, from, to),
        }
    }

    /// The caller on a lane speaks.
    pub(super) fn speak(&mut self, lane: LaneId) {
        match self {
            Outside::Own { acts, voice } => {
                let clip = Say::Clip { octets: Arc::clone(voice), law: Law::A, repeat: true };
                let _ = acts.send(Operator::Party(lane, Act::Say(clip)));
            }
            Outside::Peer { peer, voice } => peer.play(lane, voice),
        }
    }

    /// The caller on a lane presses keys, as tones in the audio.
    pub(super) fn press(&mut self, lane: LaneId, keys: &str) {
        match self {
            Outside::Own { acts, .. } => {
                let _ = acts.send(Operator::Party(lane, Act::Press(keys.to_owned())));
            }
            Outside::Peer { peer, .. } => peer.press(lane, keys),
        }
    }

    /// The caller hangs up.
    pub(super) fn hang_up(&mut self, call: u32) {
        match self {
            Outside::Own { acts, .. } => {
                let act = ExchangeAct::Clear { call: OutsideCall(call), cause: Cause::NormalClearing };
                let _ = acts.send(Operator::Exchange(SPAN, act));
            }
            Outside::Peer { peer, .. } => peer.hang_up(call),
        }
    }

    /// What is new; `told` is what the simulated outside was told since the last time.
    pub(super) fn news(&mut self, told: &[OperatorEvent]) -> Vec<News> {
        match self {
            Outside::Own { .. } => told.iter().filter_map(|event| news_of(&event.told)).collect(),
            Outside::Peer { peer, .. } => peer.news(),
        }
    }
}

fn news_of(told: &Told) -> Option<News> {
    match told {
        Told::Link { up: true, .. } => Some(News::LinkUp),
        Told::Call(told) => match told.news {
            CallNews::Placed { lane } => Some(News::Placed { call: told.call.0, lane }),
            CallNews::Answered => Some(News::Answered { call: told.call.0 }),
            _ => None,
        },
        _ => None,
    }
}
