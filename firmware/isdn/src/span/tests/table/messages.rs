//! State × message, as the standard's tables have it: what is sent and told, the next state, the timers that run.
//!
//! Source: ITU-T Q.931, clause 5 and the SDL of Annex A; EN 300 403-1 is the same but where a row says so. Columns are named
//! by the user's state; the network's has the same number in the table of `CallState`. A cell names a line of [`OUTCOMES`];
//! `a/b` is `a` at the user and `b` at the network.
//!
//! Where a cell departs from the letter of the standard, and why:
//! * A first reply without its channel (mandatory, 3.1) is taken: the channel that we offered is meant (5.2.3.1).
//! * PROGRESS is told in every state before clearing, also in a talking call: exchanges send it when interworking changes.
//! * FACILITY and what is in it is told in every state (EN 300 196-1, 8.3.1): a charge comes last of all.
//! * A user that clears with a tone (Annex D: the network ignores it) is listened to as well.
//! * Without a known call, RELEASE COMPLETE 81 is sent rather than RELEASE 81: 5.8.3.2 a lets us, and no timer runs.

use super::{Outcome, stays, to};
use crate::{
    CallState as S,
    Timer::{T301, T302, T304, T306, T308, T310},
    q931::MessageKind as M,
};

pub const MESSAGES: &str = "
                         U0   U1   U2   U3   U4   U6   U25  U9   U7   U8   U10  U11  U12  U19
SETUP                  | in   .    .    .    .    .    .    .    .    .    .    .    .    .
SETUP ACKNOWLEDGE      | r81  ack  101  101  101  101  101  101  101  101  101  101  101  .
CALL PROCEEDING        | r81  prc  prc  101  101  101  101  101  101  101  101  101  101  .
ALERTING               | r81  alt  alt  alt  101  101  101  101  101  101  101  101  101  .
CONNECT                | r81  con  con  con  con  101  101  101  101  101  101  101  101  .
CONNECT ACKNOWLEDGE    | r81  101  101  101  101  101  101  101  101  thr  .    101  101  .
PROGRESS               | r81  prg  prs  prs  prg  prg  prg  prg  prg  prg  prg  101  101  .
INFORMATION            | r81  101  inf  inf  inf  101  dig  inf  inf  inf  inf  .    .    .
INFORMATION complete   | r81  101  inf  inf  inf  101  all  inf  inf  inf  inf  .    .    .
NOTIFY                 | r81  101  ntf  ntf  ntf  101  ntf  ntf  ntf  ntf  ntf  .    .    .
FACILITY               | r81  fac  fac  fac  fac  fac  fac  fac  fac  fac  fac  fac  fac  fac
USER INFORMATION       | r81  101  101  101  101  101  101  101  101  101  uui  101  101  .
CONGESTION CONTROL     | r81  101  101  101  101  101  101  101  101  101  .    101  101  .
STATUS ENQUIRY         | q0   q    q    q    q    q    q    q    q    q    q    q    q    q
STATUS null            | .    gon  gon  gon  gon  gon  gon  gon  gon  gon  gon  gon  gon  gon
STATUS same            | c101 .    .    .    .    .    .    .    .    .    .    .    .    .
STATUS clearing        | c101 rls  rls  rls  rls  rls  rls  rls  rls  rls  rls  .    .    .
DISCONNECT             | r81  dis  dis  dis  dis  dis  dis  dis  dis  dis  dis  col  .    .
DISCONNECT tones       | r81  ton  ton  ton  ton  dis  ton  ton  ton  ton  ton  col  .    .
RELEASE                | r81  rel  rel  rel  rel  rel  rel  rel  rel  rel  rel  rel  rel  end
RELEASE COMPLETE       | .    end  end  end  end  end  end  end  end  end  end  end  end  end
HOLD                   | r81  hld  hld  hld  hld  hld  hld  hld  hld  hld  h50  hld  hld  .
RETRIEVE               | r81  ret  ret  ret  ret  ret  ret  ret  ret  ret  ret  ret  ret  .
HOLD ACKNOWLEDGE       | r81  101  101  101  101  101  101  101  101  101  101  101  101  .
HOLD REJECT            | r81  101  101  101  101  101  101  101  101  101  101  101  101  .
RETRIEVE ACKNOWLEDGE   | r81  101  101  101  101  101  101  101  101  101  101  101  101  .
RETRIEVE REJECT        | r81  101  101  101  101  101  101  101  101  101  101  101  101  .
RESTART                | r81  101  101  101  101  101  101  101  101  101  101  101  101  .
RESTART ACKNOWLEDGE    | r81  101  101  101  101  101  101  101  101  101  101  101  101  .
SUSPEND                | r81  97   97   97   97   97   97   97   97   97   97   97   97   .
SUSPEND ACKNOWLEDGE    | r81  97   97   97   97   97   97   97   97   97   97   97   97   .
SUSPEND REJECT         | r81  97   97   97   97   97   97   97   97   97   97   97   97   .
RESUME                 | r81  97   97   97   97   97   97   97   97   97   97   97   97   .
RESUME ACKNOWLEDGE     | r81  97   97   97   97   97   97   97   97   97   97   97   97   .
RESUME REJECT          | r81  97   97   97   97   97   97   97   97   97   97   97   97   .
SEGMENT                | r81  97   97   97   97   97   97   97   97   97   97   97   97   .
REGISTER               | r81  97   97   97   97   97   97   97   97   97   97   97   97   .
unknown type           | r81  97   97   97   97   97   97   97   97   97   97   97   97   .
";

/// Syntactically invalid messages: an element that must be understood and is not (0x02), mandatory elements that are
/// missing or bad, and optional ones that are bad.
pub const INVALID: &str = "
                         U0   U1   U2   U3   U4   U6   U25  U9   U7   U8   U10  U11  U12  U19
SETUP +02              | s99  .    .    .    .    .    .    .    .    .    .    .    .    .
SETUP ACKNOWLEDGE +02  | r81  e99  e99  e99  e99  e99  e99  e99  e99  e99  e99  e99  e99  .
CALL PROCEEDING +02    | r81  e99  e99  e99  e99  e99  e99  e99  e99  e99  e99  e99  e99  .
ALERTING +02           | r81  e99  e99  e99  e99  e99  e99  e99  e99  e99  e99  e99  e99  .
CONNECT +02            | r81  e99  e99  e99  e99  e99  e99  e99  e99  e99  e99  e99  e99  .
CONNECT ACKNOWLEDGE +02| r81  e99  e99  e99  e99  e99  e99  e99  e99  e99  e99  e99  e99  .
PROGRESS +02           | r81  e99  e99  e99  e99  e99  e99  e99  e99  e99  e99  e99  e99  .
INFORMATION +02        | r81  e99  e99  e99  e99  e99  e99  e99  e99  e99  e99  e99  e99  .
NOTIFY +02             | r81  e99  e99  e99  e99  e99  e99  e99  e99  e99  e99  e99  e99  .
HOLD +02               | r81  e99  e99  e99  e99  e99  e99  e99  e99  e99  e99  e99  e99  .
RETRIEVE +02           | r81  e99  e99  e99  e99  e99  e99  e99  e99  e99  e99  e99  e99  .
STATUS +02             | c101 .    .    .    .    .    .    .    .    .    .    .    .    .
DISCONNECT +02         | r81  d99  d99  d99  d99  d99  d99  d99  d99  d99  d99  col  .    .
RELEASE +02            | r81  x99  x99  x99  x99  x99  x99  x99  x99  x99  x99  x99  x99  end
RELEASE COMPLETE +02   | .    end  end  end  end  end  end  end  end  end  end  end  end  end
DISCONNECT -cause      | r81  d96  d96  d96  d96  d96  d96  d96  d96  d96  d96  col  .    .
RELEASE -cause         | r81  x96  x96  x96  x96  x96  x96  x96  x96  x96  x96  rel  rel  end
RELEASE COMPLETE -cause| .    end  end  end  end  end  end  end  end  end  end  end  end  end
STATUS -state          | .    .    .    .    .    .    .    .    .    .    .    .    .    .
NOTIFY -indicator      | r81  e96  e96  e96  e96  e96  e96  e96  e96  e96  e96  e96  e96  .
FACILITY -facility     | r81  e96  e96  e96  e96  e96  e96  e96  e96  e96  e96  e96  e96  .
HOLD REJECT -cause     | r81  e96  e96  e96  e96  e96  e96  e96  e96  e96  e96  e96  e96  .
SETUP bad bearer       | s100 .    .    .    .    .    .    .    .    .    .    .    .    .
DISCONNECT bad cause   | r81  d100 d100 d100 d100 d100 d100 d100 d100 d100 d100 col  .    .
RELEASE bad cause      | r81  x100 x100 x100 x100 x100 x100 x100 x100 x100 x100 x100 x100 end
NOTIFY bad indicator   | r81  e100 e100 e100 e100 e100 e100 e100 e100 e100 e100 e100 e100 .
ALERTING bad progress  | r81  al+  al+  al+  101+ 101+ 101+ 101+ 101+ 101+ 101+ 101+ 101+ .
";

/// TBR 4 names its test groups V (valid), I (inopportune), S (syntactically invalid) and T (timer).
pub const OUTCOMES: &[Outcome] = &[
    stays(".", "5.3, 5.8: no action", &[], &[]),
    // Valid.
    to("in", "V 5.2.1", &[], &["Incoming"], S::Present, &[]),
    to("ack", "V 5.1.3", &[], &["SetupAcknowledged"], S::OverlapSending, &[T304]),
    to("prc", "V 5.1.5", &[], &["Proceeding"], S::OutgoingProceeding, &[T310]),
    to("alt", "V 5.1.7", &[], &["Alerting"], S::Delivered, &[T301]),
    to("con", "V 5.1.8", &[(M::ConnectAcknowledge, 0)], &["Connected"], S::Active, &[]),
    to("thr", "V 5.2.8", &[], &["Connected"], S::Active, &[]),
    stays("prg", "V 5.1.6", &[], &["Progress"]),
    Outcome { timers: Some(&[]), ..stays("prs", "V 5.1.6", &[], &["Progress"]) },
    stays("inf", "V 3.1.6", &[], &["Information"]),
    to("dig", "V 5.2.4", &[], &["MoreDigits"], S::OverlapReceiving, &[T302]),
    to("all", "V 5.2.4", &[], &["MoreDigits"], S::OverlapReceiving, &[]),
    stays("ntf", "V 5.9", &[], &["Notified"]),
    stays("fac", "V EN 300 196-1, 8.3.1", &[], &["Facility"]),
    stays("uui", "V Q.957", &[], &["UserUser"]),
    stays("q", "V 5.8.10", &[(M::Status, 30)], &[]),
    stays("q0", "V 5.8.10", &[(M::Status, 30)], &[]),
    to("gon", "V 5.8.11 c", &[], &["Released"], S::Null, &[]),
    to("rls", "V 5.8.11", &[(M::Release, 31)], &["Disconnected"], S::ReleaseRequest, &[T308]),
    to("dis", "V 5.3.3", &[(M::Release, 16)], &["Disconnected"], S::ReleaseRequest, &[T308]),
    to("ton", "V 5.3.4.1", &[], &["Disconnected"], S::DisconnectIndication, &[T306]),
    to("col", "V 5.3.5", &[(M::Release, 16)], &[], S::ReleaseRequest, &[T308]),
    to("rel", "V 5.3.3", &[(M::ReleaseComplete, 0)], &["Released"], S::Null, &[]),
    to("end", "V 5.3.3, 5.3.5", &[], &["Released"], S::Null, &[]),
    // Inopportune.
    stays("101", "I 5.8.4", &[(M::Status, 101)], &[]),
    stays("97", "I 5.8.4", &[(M::Status, 97)], &[]),
    stays("r81", "I 5.8.3.2 a, b", &[(M::ReleaseComplete, 81)], &[]),
    stays("c101", "I 5.8.11 a", &[(M::ReleaseComplete, 101)], &[]),
    stays("hld", "I EN 300 141-1, 9.1", &[(M::HoldReject, 101)], &[]),
    stays("h50", "I EN 300 141-1, 9.1", &[(M::HoldReject, 50)], &[]),
    stays("ret", "I EN 300 141-1, 9.3", &[(M::RetrieveReject, 101)], &[]),
    // Syntactically invalid.
    stays("s99", "S 5.8.7.1", &[(M::ReleaseComplete, 99)], &[]),
    stays("s100", "S 5.8.6.2", &[(M::ReleaseComplete, 100)], &[]),
    stays("e96", "S 5.8.6.1", &[(M::Status, 96)], &[]),
    stays("e99", "S 5.8.7.1", &[(M::Status, 99)], &[]),
    stays("e100", "S 5.8.6.2", &[(M::Status, 100)], &[]),
    to("d96", "S 5.8.6.1", &[(M::Release, 96)], &["Disconnected"], S::ReleaseRequest, &[T308]),
    to("d99", "S 5.8.7.1 a", &[(M::Release, 99)], &["Disconnected"], S::ReleaseRequest, &[T308]),
    to("d100", "S 5.8.6.2", &[(M::Release, 100)], &["Disconnected"], S::ReleaseRequest, &[T308]),
    to("x96", "S 5.8.6.1", &[(M::ReleaseComplete, 96)], &["Released"], S::Null, &[]),
    to("x99", "S 5.8.7.1 b", &[(M::ReleaseComplete, 99)], &["Released"], S::Null, &[]),
    to("x100", "S 5.8.6.2", &[(M::ReleaseComplete, 100)], &["Released"], S::Null, &[]),
    to("al+", "S 5.8.7.2", &[(M::Status, 100)], &["Alerting"], S::Delivered, &[T301]),
    stays("101+", "S 5.8.4, 5.8.7.2", &[(M::Status, 101), (M::Status, 100)], &[]),
];
