//! What a span tells the box, and what the box asks of a span.

use arrayvec::ArrayVec;
use frame::Timeslot;

use crate::{
    CallHandle, Cause, ChannelState, ConnectedParty, Particulars, Timer,
    q921::LinkFault,
    q931::{
        Element,
        element::{
            Bearer, Digits, Display, Facility, Notification, NumberElement, PartyNumber, Progress, RedirectionReason,
            TimeslotSet, UserUser,
        },
    },
    suppl::{Advice, Completion, MessagesWaiting, OtherParty, Refusal},
};

/// What a span tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The data link is up.
    LinkUp,
    /// The data link is down. Talking calls go on until T309.
    LinkDown,
    /// Something is wrong with the data link.
    LinkFault(LinkFault),
    /// A B-channel changed its state.
    Channel {
        /// Which.
        timeslot: Timeslot,
        /// What it does now.
        state: ChannelState,
    },
    /// A call comes in. Exactly one [`Event::Released`] follows, sooner or later.
    Incoming {
        /// The call.
        call: CallHandle,
        /// What its SETUP says.
        setup: Box<IncomingSetup>,
    },
    /// Digits of an incoming call that is dialled in pieces. With none and `complete`, T302 ran out: decide on what is
    /// there.
    MoreDigits {
        /// The call.
        call: CallHandle,
        /// The digits that arrived now.
        digits: Digits,
        /// No more will come.
        complete: bool,
    },
    /// The far end has the SETUP and wants more digits.
    SetupAcknowledged(CallProgress),
    /// The far end has all it needs.
    Proceeding(CallProgress),
    /// Something about the path of the call.
    Progress {
        /// Which call, and what is heard.
        progress: CallProgress,
        /// Why it will not go further, where that was said.
        cause: Option<Cause>,
    },
    /// The called party is being alerted.
    Alerting(CallProgress),
    /// The call is answered and through. Told to the side that answered as well, once the far end may be talked to.
    Connected {
        /// The call.
        call: CallHandle,
        /// The channel that carries it.
        timeslot: Timeslot,
        /// Who answered.
        party: Box<ConnectedParty>,
    },
    /// The far end tells of a hold or the like.
    Notified {
        /// The call.
        call: CallHandle,
        /// What.
        notification: Notification,
    },
    /// Keypad digits or a name during a call.
    Information {
        /// The call.
        call: CallHandle,
        /// Digits that the far end's user pressed.
        keypad: Option<Digits>,
        /// A text to show.
        display: Option<Display>,
    },
    /// [`Request::Hold`] was granted: the far end no longer hears the call.
    Held {
        /// The call.
        call: CallHandle,
    },
    /// [`Request::Hold`] was not granted; the call talks on.
    HoldRefused {
        /// The call.
        call: CallHandle,
        /// Why: 102 where nobody answered.
        cause: Cause,
    },
    /// The far end put the call on hold. Where the settings free the channel, [`Event::Channel`] tells so.
    HeldByFarEnd {
        /// The call.
        call: CallHandle,
    },
    /// The call talks again, whoever held it.
    Retrieved {
        /// The call.
        call: CallHandle,
        /// The channel that carries it from now on.
        timeslot: Timeslot,
    },
    /// [`Request::Retrieve`] was not granted; the call is still on hold.
    RetrieveRefused {
        /// The call.
        call: CallHandle,
        /// Why: 102 where nobody answered, 34 where no channel is free.
        cause: Cause,
    },
    /// A supplementary service says something. It came in a message of the call, and is told before what the message
    /// itself says; what came with a SETUP is among its particulars.
    Facility {
        /// The call.
        call: CallHandle,
        /// What, in its envelope.
        facility: Facility,
    },
    /// A call that we placed is diverted. Told again with the number, once that may be shown.
    Diverted {
        /// The call.
        call: CallHandle,
        /// Why.
        reason: RedirectionReason,
        /// Where it goes, if that may be shown.
        to: Option<PartyNumber>,
    },
    /// The name of the party at the other end, where it does not come with the SETUP or the answer.
    PartyName {
        /// The call.
        call: CallHandle,
        /// The name.
        name: Display,
    },
    /// Somebody transferred the call at the other end, or more is known of who is there now.
    OtherParty {
        /// The call.
        call: CallHandle,
        /// Who.
        party: Box<OtherParty>,
    },
    /// What the call costs.
    Charge {
        /// The call.
        call: CallHandle,
        /// When, and how much.
        advice: Box<Advice>,
    },
    /// The answer to [`Request::IdentifyMaliciousCall`].
    MaliciousCallKept {
        /// The call.
        call: CallHandle,
        /// Why the network did not keep who called; it did without.
        refused: Option<Refusal>,
    },
    /// The user at the far end finds the call malicious and has been told that we keep who called: keep it.
    MaliciousCall {
        /// The call.
        call: CallHandle,
    },
    /// The user at the far end wants its two calls joined. [`Request::AnswerTransfer`] is due within 4 s.
    TransferAsked {
        /// The call on which it asks.
        call: CallHandle,
        /// The other.
        to: CallHandle,
    },
    /// [`Request::Transfer`] was granted: the network joins the calls and clears them on this span.
    Transferred {
        /// The call.
        call: CallHandle,
        /// The other.
        to: CallHandle,
    },
    /// [`Request::Transfer`] was not granted; both calls are as they were.
    TransferRefused {
        /// The call.
        call: CallHandle,
        /// The other.
        to: CallHandle,
        /// Why.
        why: Refusal,
    },
    /// A call that we placed and that does not get through could be completed later: [`Request::AskCompletion`] asks for it.
    CompletionOffered {
        /// The call.
        call: CallHandle,
    },
    /// The answer to [`Request::AskCompletion`]. Where it is not refused, [`Event::CompletionPossible`] follows, or
    /// [`Event::CompletionOver`].
    CompletionAnswered {
        /// The owner's own number for the request.
        tag: u64,
        /// Why it is not done.
        refused: Option<Refusal>,
        /// The request stands on where the party is busy again.
        retained: bool,
    },
    /// The party can be reached: it is time for the call that [`SetupRequest::completes`] the first.
    CompletionPossible {
        /// The owner's own number for the request.
        tag: u64,
    },
    /// A request that was accepted is over, and not by [`Request::EndCompletion`].
    CompletionOver {
        /// Which.
        whose: CompletionOf,
    },
    /// The far end wants to know when somebody here can be reached. [`Request::AnswerCompletion`] is due within 10 s.
    CompletionAsked {
        /// The span's number for it.
        asked: u32,
        /// What is waited for.
        completion: Completion,
        /// Whom the call wanted.
        called: NumberElement,
        /// Who called.
        calling: Option<NumberElement>,
        /// It stands on where the party is busy again, and whoever asked need not ask anew.
        retained: bool,
    },
    /// Whoever asked at the far end can't take a call now, or can again.
    CompletionSuspended {
        /// The span's number for it.
        asked: u32,
        /// It can't.
        suspended: bool,
    },
    /// A mailbox at the far end tells that messages wait for somebody here, or no longer. It belongs to no call.
    MessagesWaiting(Box<MessagesWaiting>),
    /// The answer to [`Request::TellMessages`].
    MessagesTold {
        /// The owner's own number for the request.
        tag: u64,
        /// Why the far end does not know it now.
        refused: Option<Refusal>,
    },
    /// The far end's equipment tells ours something, in whichever message.
    UserUser {
        /// The call.
        call: CallHandle,
        /// What.
        user_user: Box<UserUser>,
    },
    /// The call is ending, and not by our [`Request::Clear`]. Unless `audible`, nothing is left to do for it.
    Disconnected {
        /// The call.
        call: CallHandle,
        /// Why.
        cause: Cause,
        /// The far end plays a tone or an announcement, and the call is kept for it: clear it when you are done.
        audible: bool,
    },
    /// The call is over and its handle is stale. The channel is told by [`Event::Channel`].
    Released {
        /// The call.
        call: CallHandle,
        /// Why.
        cause: Cause,
        /// Who began.
        by: Origin,
    },
}

/// How far a call has come, and whether there is something to hear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallProgress {
    /// The call.
    pub call: CallHandle,
    /// The channel that carries it. None after a glare, until the far end names another.
    pub timeslot: Option<Timeslot>,
    /// The far end plays a tone or an announcement (progress indicator 1 or 8).
    pub audible: bool,
}

/// Who asked for a completion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CompletionOf {
    /// We, under the owner's own number.
    Near(u64),
    /// The far end, under the span's number.
    Far(u32),
}

/// Who ended a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Our own request.
    Near,
    /// The far end.
    Far,
    /// A timer that ran out.
    Timer(Timer),
    /// The data link was down for too long.
    Link,
    /// A RESTART of the channel, from either side.
    Restart,
    /// A message that broke the rules.
    Protocol,
    /// The box itself was restarted while the call was being set up or cleared.
    Adoption,
}

/// What the SETUP of an incoming call says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IncomingSetup {
    /// The channel, ours until the call is released.
    pub timeslot: Timeslot,
    /// What it wants to carry. Not judged here.
    pub bearer: Bearer,
    /// The number that was dialled, or its beginning.
    pub called: Option<NumberElement>,
    /// Who calls.
    pub calling: Option<PartyNumber>,
    /// The number is complete. Many networks never say so.
    pub complete: bool,
    /// The caller's name.
    pub display: Option<Display>,
    /// It completes a call of before, as [`Event::CompletionAsked`] asked for.
    pub completes: bool,
    /// What the path is like so far.
    pub progress: ArrayVec<Progress, 4>,
    /// What else it says.
    pub particulars: Particulars,
}

/// What the box wants of a call or a span. Requests that don't fit the state of the call are counted and ignored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Incoming call: more digits are needed. Sends SETUP ACKNOWLEDGE.
    MoreDigits {
        /// The call.
        call: CallHandle,
        /// We play a dial tone.
        audible: bool,
    },
    /// Incoming call: the number is complete. Sends CALL PROCEEDING.
    Proceeding {
        /// The call.
        call: CallHandle,
    },
    /// Incoming call: something about the path. Sends PROGRESS, after CALL PROCEEDING where nothing was sent yet.
    Progress {
        /// The call.
        call: CallHandle,
        /// What the path is like.
        progress: Progress,
        /// Why the call will not go further.
        cause: Option<Cause>,
    },
    /// Incoming call: the called party is being alerted.
    Alerting {
        /// The call.
        call: CallHandle,
        /// We play a ringing tone or an announcement.
        audible: bool,
    },
    /// Incoming call: answered.
    Connect {
        /// The call.
        call: CallHandle,
        /// Who answered.
        party: Box<ConnectedParty>,
    },
    /// Outgoing call that is dialled in pieces: more digits. Talking call: keypad digits.
    Information {
        /// The call.
        call: CallHandle,
        /// The digits.
        digits: Digits,
        /// No more will come.
        complete: bool,
    },
    /// Tells the far end of a hold or the like.
    Notify {
        /// The call.
        call: CallHandle,
        /// What.
        notification: Notification,
    },
    /// Talking call: puts it on hold. [`Event::Held`] or [`Event::HoldRefused`] follows.
    Hold {
        /// The call.
        call: CallHandle,
    },
    /// Call that we hold: takes it back. [`Event::Retrieved`] or [`Event::RetrieveRefused`] follows.
    Retrieve {
        /// The call.
        call: CallHandle,
    },
    /// Sends FACILITY, in any state in which the far end knows the call and has not ended it.
    Facility {
        /// The call.
        call: CallHandle,
        /// What a supplementary service says.
        facility: Facility,
    },
    /// Talking call: sends USER INFORMATION, where the network lets users talk to each other so.
    UserInformation {
        /// The call.
        call: CallHandle,
        /// What.
        user_user: Box<UserUser>,
    },
    /// Lets something ride along with the next message of the call that may carry it, such as the CONNECT or DISCONNECT that
    /// is asked for next. At most four wait.
    Attach {
        /// The call.
        call: CallHandle,
        /// What.
        rider: Rider,
    },
    /// Has the network join two talking calls of this span; they leave it. Answered by [`Event::Transferred`] or
    /// [`Event::TransferRefused`]. Whether the calls may leave the box is decided by whoever asks.
    Transfer {
        /// One call.
        call: CallHandle,
        /// The other.
        to: CallHandle,
    },
    /// Answers [`Event::TransferAsked`]. Where accepted, the box joins the two parties and clears the calls.
    AnswerTransfer {
        /// The call on which it was asked.
        call: CallHandle,
        /// Whether it is done.
        accepted: bool,
    },
    /// Has the network keep who called. Answered by [`Event::MaliciousCallKept`].
    IdentifyMaliciousCall {
        /// The call.
        call: CallHandle,
    },
    /// Tells the far end what the call costs; at its end, with the message that clears it.
    Charge {
        /// The call.
        call: CallHandle,
        /// When, and how much.
        advice: Box<Advice>,
    },
    /// Tells the far end who is at the other end now, after a transfer inside the box.
    OtherParty {
        /// The call.
        call: CallHandle,
        /// Who.
        party: Box<OtherParty>,
    },
    /// Tells that messages wait for somebody at the far end, or no longer. Answered by [`Event::MessagesTold`]. Whoever has the
    /// mailboxes asks for it: the exchange of the simulation; the box has none.
    TellMessages {
        /// The owner's own number for the request.
        tag: u64,
        /// Of which mailbox, and whether they do.
        messages: Box<MessagesWaiting>,
    },
    /// Incoming call: tells the far end, with the next message that may carry it, that the call could be completed later.
    OfferCompletion {
        /// The call.
        call: CallHandle,
    },
    /// Asks for the completion of a call that did not get through. Answered by [`Event::CompletionAnswered`].
    AskCompletion {
        /// The owner's own number for the request. No other that stands has it.
        tag: u64,
        /// What is waited for.
        completion: Completion,
        /// The call, as it was placed.
        setup: Box<SetupRequest>,
    },
    /// The caller whose call is to be completed can't take a call now, or can again.
    SuspendCompletion {
        /// The owner's own number for the request.
        tag: u64,
        /// It can't.
        suspended: bool,
    },
    /// Answers [`Event::CompletionAsked`].
    AnswerCompletion {
        /// The span's number for it.
        asked: u32,
        /// Whether the far end will be told.
        accepted: bool,
    },
    /// The party that the far end waits for can be reached.
    CompletionPossible {
        /// The span's number for it.
        asked: u32,
    },
    /// A completion is done, or wanted no longer.
    EndCompletion {
        /// Which.
        whose: CompletionOf,
    },
    /// Ends the call in whatever state it is. An incoming call without any reply is refused.
    Clear {
        /// The call.
        call: CallHandle,
        /// Why.
        cause: Cause,
        /// We play a tone or an announcement first (network side only): the far end has T306 to hear it.
        audible: bool,
    },
    /// Restarts channels. Calls on them end.
    Restart(RestartScope),
    /// Takes channels out of service or puts them back. Calls on them go on. The far end is told where its dialect has a
    /// message for it.
    Service {
        /// Which.
        timeslots: TimeslotSet,
        /// They are to carry calls again.
        in_service: bool,
    },
    /// Takes the data link down and leaves it down.
    TakeDown,
    /// Sets the data link up again after [`Request::TakeDown`].
    BringUp,
}

/// What rides along with a message of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rider {
    /// What a supplementary service says.
    Facility(Facility),
    /// What our equipment tells the far end's.
    UserUser(Box<UserUser>),
}

impl Rider {
    pub(crate) fn into_element(self) -> Element {
        match self {
            Rider::Facility(facility) => Element::Facility(facility),
            Rider::UserUser(user_user) => Element::UserUser(*user_user),
        }
    }
}

/// What to restart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestartScope {
    /// These channels, one after the other: many exchanges take one in a message only.
    Channels(TimeslotSet),
    /// The whole interface in one message.
    Interface,
    /// Each channel that has no call, one after the other: after a start, when nobody knows what the far end holds them
    /// for. A channel that waits for its turn can be used, and is left out if it is. Where the far end does not answer
    /// the first one, it does not speak RESTART, and the others are left as they are.
    Unused,
}

/// A call to place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetupRequest {
    /// The number to dial, or its beginning.
    pub called: NumberElement,
    /// Who calls.
    pub calling: Option<PartyNumber>,
    /// The caller's name. Sent where the dialect lets us.
    pub display: Option<Display>,
    /// What it carries.
    pub bearer: Bearer,
    /// The number is complete.
    pub complete: bool,
    /// What the path is like so far, such as an origin that is not ISDN.
    pub progress: Option<Progress>,
    /// What else is said.
    pub particulars: Particulars,
    /// The completion for which it is placed, by the owner's own number. Where that stands no longer it is a call like any
    /// other.
    pub completes: Option<u64>,
    /// This channel rather than the next free one.
    pub timeslot: Option<Timeslot>,
    /// The owner's own number for the call; it is kept in the call table.
    pub tag: u64,
}

impl SetupRequest {
    /// A telephone call to a whole number.
    pub fn speech(called: NumberElement, calling: Option<PartyNumber>, tag: u64) -> SetupRequest {
        SetupRequest {
            called,
            calling,
            display: None,
            bearer: Bearer::speech(),
            complete: true,
            progress: None,
            particulars: Particulars::default(),
            completes: None,
            timeslot: None,
            tag,
        }
    }
}

/// Why a call can't be placed here and now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SetupRefused {
    /// No channel is free, or not the one that was asked for.
    #[error("no channel is free")]
    NoChannel,
    /// There is no data link.
    #[error("the data link is down")]
    LinkDown,
    /// The table of calls or the send queue is full.
    #[error("the span has too much to do")]
    Full,
}
