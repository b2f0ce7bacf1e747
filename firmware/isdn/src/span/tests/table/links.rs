//! State × news of the data link. Source: ITU-T Q.931, 5.8.8 (DL-ESTABLISH indication: set up anew) and 5.8.9
//! (DL-RELEASE indication: down; DL-ESTABLISH confirm: back again).
//!
//! Where nothing of ours was lost, the digits that we send are all there and the call goes on (`Call::on_link_renewed`).
//! Calls that are being cleared wait for the link, which the standard would drop; `Call::on_link_down` says why.

use super::{Outcome, stays, to};
use crate::{
    CallState as S,
    Timer::{T301, T304, T305, T308, T309, T310, T313, T322},
    q931::MessageKind as M,
};

pub const LINKS: &str = "
                         U0   U1   U2   U3   U4   U6   U25  U9   U7   U8   U10  U11  U12  U19
set up anew            | .    .    enq2 enq3 enq4 .    d41  enq  enq  enq8 enq  .    .    .
set up anew with loss  | .    .    d41  enq3 enq4 .    d41  enq  enq  enq8 enq  .    .    .
down                   | .    end  end  end  end  end  end  end  end  end  wai  rwa  rwa  rwa
back again             | .    nul  nul  nul  nul  nul  nul  nul  nul  nul  enq  rel  rel  rel
";

pub const OUTCOMES: &[Outcome] = &[
    stays(".", "V 5.8.8 a: no action", &[], &[]),
    to("d41", "V 5.8.8 b", &[(M::Disconnect, 41)], &["Disconnected"], S::DisconnectRequest, &[T305]),
    Outcome { timers: Some(&[T322]), ..stays("enq", "V 5.8.8, 5.8.9, 5.8.10", &[(M::StatusEnquiry, 0)], &[]) },
    Outcome { timers: Some(&[T304, T322]), ..stays("enq2", "V 5.8.10", &[(M::StatusEnquiry, 0)], &[]) },
    Outcome { timers: Some(&[T310, T322]), ..stays("enq3", "V 5.8.8, 5.8.10", &[(M::StatusEnquiry, 0)], &[]) },
    Outcome { timers: Some(&[T301, T322]), ..stays("enq4", "V 5.8.8, 5.8.10", &[(M::StatusEnquiry, 0)], &[]) },
    Outcome { timers: Some(&[T313, T322]), ..stays("enq8", "V 5.8.8, 5.8.10", &[(M::StatusEnquiry, 0)], &[]) },
    to("end", "V 5.8.9 a", &[], &["Released"], S::Null, &[]),
    to("nul", "V 5.8.9 a: it is gone", &[], &[], S::Null, &[]),
    to("wai", "V 5.8.9 b", &[], &[], S::Active, &[T309]),
    to("rwa", "V 5.8.9", &[], &[], S::ReleaseRequest, &[T309]),
    to("rel", "V 5.8.9", &[(M::Release, 16)], &[], S::ReleaseRequest, &[T308]),
];
