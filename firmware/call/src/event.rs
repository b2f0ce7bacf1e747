//! The facts that calls tell. Everything shown, counted, billed or audited about calls is derived from these.
//!
//! Facts are past and never change; their names and fields only grow. Digits that a caller keyed are told as a count,
//! unless the flow marks the field public. Numbers are those of the parties, as the network gave them.

use frame::{CallId, LaneId, LegId, MessageId, PersonId, PortId, RecordingId};
use isdn::Cause;
use serde::{Deserialize, Serialize};

use crate::{
    CallBackEnd, CallBackRefusal, Charge, ConsentEvidence, DiversionReason, KeptFor, MaskedBy, Masking, MaskingEnd,
    NoMail, NotForwarded, NotJoined, NotSupervised, NotTransferred, NotUnlocked, Notice, Number, PartyChange, Price,
    Service, ServiceNotSet, ServiceRefusal, SupervisionEnd, SupervisorMode, Terminal, Wishes,
};

/// One fact of one call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CallEvent {
    /// A call came into being: a line was seized, from either side.
    Began {
        /// The call.
        call: CallId,
        /// Which way it goes.
        direction: Direction,
        /// Emergency calls are their own class from the first event on.
        class: CallClass,
        /// The version of the settings it keeps until its end.
        settings: u32,
    },
    /// The number that was wanted is known, whole.
    Dialled {
        /// The call.
        call: CallId,
        /// The number.
        number: Number,
    },
    /// A party's leg was added.
    LegBegan {
        /// The call.
        call: CallId,
        /// The new leg.
        leg: LegId,
        /// Which part it plays.
        role: LegRole,
        /// Where it is connected.
        endpoint: Endpoint,
        /// The party's number, if it is known and may be known.
        number: Option<Number>,
    },
    /// A leg that was told as wanted has its line; where the first one could not take it, this is told for each that is
    /// tried.
    LegPlaced {
        /// The call.
        call: CallId,
        /// The leg.
        leg: LegId,
        /// Where it is connected.
        endpoint: Endpoint,
    },
    /// What the trunk told of the caller beyond the number of its leg.
    CallerTold {
        /// The call.
        call: CallId,
        /// The caller's leg.
        leg: LegId,
        /// The caller does not want its number to be shown; else a leg without a number has none.
        withheld: bool,
        /// Of two numbers, the one that the leg does not have.
        other_number: Option<Number>,
        /// The caller's name.
        name: Option<String>,
        /// The extension behind the caller's number.
        subaddress: Option<String>,
    },
    /// The call was diverted to the number that it came in on.
    Diverted {
        /// The call.
        call: CallId,
        /// Who diverted it last, if it is known and may be known.
        from: Option<Number>,
        /// Who diverted it last does not want its number to be shown.
        withheld: bool,
        /// Who was called at first, where that is told.
        first: Option<Number>,
        /// Why.
        reason: DiversionReason,
    },
    /// What the network told of the party that answered.
    AnswerTold {
        /// The call.
        call: CallId,
        /// The party's leg.
        leg: LegId,
        /// Its number, if it is known and may be known.
        number: Option<Number>,
        /// The party does not want its number to be shown.
        withheld: bool,
        /// Its name.
        name: Option<String>,
        /// The extension behind its number.
        subaddress: Option<String>,
    },
    /// What the caller means beside the number.
    WantedTold {
        /// The call.
        call: CallId,
        /// The caller's leg.
        leg: LegId,
        /// The extension behind the called number.
        subaddress: Option<String>,
        /// The kind of terminal, where it is no telephone.
        terminal: Option<Terminal>,
        /// How many keypad digits came with it.
        keypad_digits: u8,
    },
    /// A rule of the owner's makes no number of what came, so it stays as it came.
    RuleSpoils {
        /// The call.
        call: CallId,
        /// The caller's leg.
        leg: LegId,
        /// The called number.
        called: bool,
        /// The calling number.
        calling: bool,
    },
    /// The equipment at the far end told ours something, which is counted and not kept.
    UserUserTold {
        /// The call.
        call: CallId,
        /// The leg.
        leg: LegId,
        /// How many octets.
        octets: u8,
    },
    /// The network tells what became of a leg at its far end.
    NoticeTold {
        /// The call.
        call: CallId,
        /// The leg.
        leg: LegId,
        /// What.
        notice: Notice,
    },
    /// The network sends a text to be shown during a call.
    TextTold {
        /// The call.
        call: CallId,
        /// The leg.
        leg: LegId,
        /// The text.
        text: String,
    },
    /// The network tells what a leg has cost, from its beginning on.
    Charged {
        /// The call.
        call: CallId,
        /// The leg.
        leg: LegId,
        /// How much.
        charge: Charge,
        /// It is all; else more may come.
        at_end: bool,
    },
    /// The network tells what a leg is going to cost.
    TariffTold {
        /// The call.
        call: CallId,
        /// The leg.
        leg: LegId,
        /// Its prices; none where it does not know, or has an agreement that it does not tell.
        prices: Vec<Price>,
    },
    /// The network tells who is at the far end of a leg.
    PartyTold {
        /// The call.
        call: CallId,
        /// The leg.
        leg: LegId,
        /// What happened there.
        change: PartyChange,
        /// The number, if it is known and may be known.
        number: Option<Number>,
        /// The party does not want its number to be shown.
        withheld: bool,
        /// The name.
        name: Option<String>,
    },
    /// The network sends a call that the box placed on to another number. Told again with the number, once that may be
    /// shown.
    DivertedTo {
        /// The call.
        call: CallId,
        /// The leg.
        leg: LegId,
        /// Which number, if it may be known.
        to: Option<Number>,
        /// Why.
        reason: DiversionReason,
    },
    /// The user at the far end finds the call malicious: who called is kept, here.
    MaliciousCallTold {
        /// The call.
        call: CallId,
        /// The leg.
        leg: LegId,
    },
    /// Somebody finds the call malicious: the network is asked to keep who called.
    MaliciousCallMarked {
        /// The call.
        call: CallId,
        /// The leg whose network is asked.
        leg: LegId,
        /// Who wants it.
        by: KeptFor,
    },
    /// A telephone of the talk had the exchange of its outside line given a flash.
    LineFlashed {
        /// The call.
        call: CallId,
        /// The leg on the outside line.
        leg: LegId,
        /// The leg at the telephone.
        by: LegId,
        /// Its extension.
        extension: String,
    },
    /// What the network answered.
    MaliciousCallAnswered {
        /// The call.
        call: CallId,
        /// The leg whose network answered.
        leg: LegId,
        /// Why it did not keep who called; it did without.
        refused: Option<ServiceRefusal>,
    },
    /// A telephone wants to be called back when whoever it could not reach is free.
    CallBackAsked {
        /// The call in which the code was dialled.
        call: CallId,
        /// Who is waited for; none where there is nobody.
        number: Option<Number>,
        /// The party did not answer, and has to use the telephone first; else it was busy.
        when_used: bool,
    },
    /// What became of that.
    CallBackAnswered {
        /// The call in which the code was dialled.
        call: CallId,
        /// Why it is not done.
        refused: Option<CallBackRefusal>,
    },
    /// The party is free: the telephone that asked is rung, and then the party is called.
    CallBackBegan {
        /// The call.
        call: CallId,
        /// The call in which it was asked for.
        asked: CallId,
    },
    /// The call back is not made. Told of a call that is long over.
    CallBackOver {
        /// The call in which it was asked for.
        call: CallId,
        /// Why.
        why: CallBackEnd,
    },
    /// A telephone wants no calls back any more.
    CallBacksDropped {
        /// The call in which the code was dialled.
        call: CallId,
        /// For how many it waited.
        count: u16,
    },
    /// The party's telephone rings.
    LegRinging {
        /// The call.
        call: CallId,
        /// The leg.
        leg: LegId,
    },
    /// The party answered.
    LegAnswered {
        /// The call.
        call: CallId,
        /// The leg.
        leg: LegId,
        /// How the box knows.
        evidence: AnswerEvidence,
    },
    /// The party at the far end of an outside line has gone; how the box knows.
    FarEndGone {
        /// The call.
        call: CallId,
        /// The leg.
        leg: LegId,
        /// By what it is known.
        evidence: ReleaseEvidence,
    },
    /// What a party is was heard, not told: a machine, or the network's announcement. Each kind once a leg.
    SoundHeard {
        /// The call.
        call: CallId,
        /// The leg.
        leg: LegId,
        /// What it is.
        sound: Sound,
    },
    /// The leg is released; its channel or port is free again.
    LegEnded {
        /// The call.
        call: CallId,
        /// The leg.
        leg: LegId,
        /// Why, as Q.850 counts causes.
        cause: Cause,
        /// Who ended it.
        by: Side,
    },
    /// The call entered a flow.
    FlowEntered {
        /// The call.
        call: CallId,
        /// The flow's name.
        flow: String,
    },
    /// A prompt began to play to the caller.
    PromptBegan {
        /// The call.
        call: CallId,
        /// Who hears it.
        leg: LegId,
        /// Its name.
        prompt: String,
    },
    /// The caller chose from a menu.
    MenuChosen {
        /// The call.
        call: CallId,
        /// The menu's step.
        step: String,
        /// The key.
        key: char,
    },
    /// The caller pressed a key that the menu does not have.
    MenuInvalid {
        /// The call.
        call: CallId,
        /// The menu's step.
        step: String,
    },
    /// The caller pressed nothing in time.
    MenuTimedOut {
        /// The call.
        call: CallId,
        /// The menu's step.
        step: String,
    },
    /// The caller was told that the call is recorded, and agreed or did not.
    ConsentAsked {
        /// The call.
        call: CallId,
        /// The caller's leg.
        leg: LegId,
        /// The step.
        step: String,
        /// Whether the caller agreed.
        given: bool,
        /// By what that is known.
        evidence: ConsentEvidence,
        /// Whether the call is recorded from here on.
        recorded: bool,
    },
    /// The caller keyed digits into a field.
    DigitsTaken {
        /// The call.
        call: CallId,
        /// The field's step.
        step: String,
        /// How many.
        count: u32,
        /// Which, only where the flow marks the field public.
        public: Option<String>,
    },
    /// The caller waits in a queue.
    Queued {
        /// The call.
        call: CallId,
        /// The queue's name.
        queue: String,
        /// The place in line, from 1.
        position: u32,
    },
    /// A station was chosen and is about to ring.
    Offered {
        /// The call.
        call: CallId,
        /// The queue that offers, if any.
        queue: Option<String>,
        /// The station's extension.
        extension: String,
        /// The person who works there, if one is signed in.
        person: Option<PersonId>,
    },
    /// An offer ended without an answer.
    OfferEnded {
        /// The call.
        call: CallId,
        /// The station's extension.
        extension: String,
        /// Why.
        why: OfferEnd,
    },
    /// The caller left the queue.
    Dequeued {
        /// The call.
        call: CallId,
        /// The queue's name.
        queue: String,
        /// Why.
        why: QueueExit,
    },
    /// Two legs hear each other from now on.
    Bridged {
        /// The call.
        call: CallId,
        /// One.
        a: LegId,
        /// The other.
        b: LegId,
    },
    /// The network joined the two parties and took the call from the box, as the settings allow. They may talk on; the box
    /// does not hear them any more.
    HandedOver {
        /// The call.
        call: CallId,
        /// Its recording ended by that.
        recording_ended: bool,
    },
    /// The network was asked to take the call, and does not: it stays in the box.
    HandOverRefused {
        /// The call.
        call: CallId,
    },
    /// A party was put on hold by the other one, who calls a third.
    Held {
        /// The call.
        call: CallId,
        /// The party on hold.
        leg: LegId,
        /// The leg of who holds.
        by: LegId,
    },
    /// The party on hold is heard again, and the third has gone.
    Retrieved {
        /// The call.
        call: CallId,
        /// The party that was on hold.
        leg: LegId,
        /// The leg of who held.
        by: LegId,
    },
    /// A third party came in: all three hear each other.
    ConferenceBegan {
        /// The call.
        call: CallId,
        /// The third party.
        leg: LegId,
        /// The leg of who brought them together.
        by: LegId,
    },
    /// One of three has left.
    ConferenceLeft {
        /// The call.
        call: CallId,
        /// Who left.
        leg: LegId,
    },
    /// Who held a party hung up before the third one had answered: the party goes to the third one.
    Transferred {
        /// The call.
        call: CallId,
        /// The party.
        leg: LegId,
        /// The leg of who hung up.
        by: LegId,
        /// The number of the third party, if it is one.
        number: Option<Number>,
        /// Else the queue.
        queue: Option<String>,
    },
    /// The third party was not reached: the telephone that transferred is rung.
    TransferReturned {
        /// The call.
        call: CallId,
        /// The party.
        leg: LegId,
        /// The extension of that telephone.
        extension: String,
        /// Why.
        why: NotTransferred,
    },
    /// Nobody took a party back who had come by a queue: it waits there again.
    BackToQueue {
        /// The call.
        call: CallId,
        /// The party.
        leg: LegId,
        /// The queue.
        queue: String,
    },
    /// The telephone that is called talks, and hears by a tone that this call waits.
    Waits {
        /// The call that waits.
        call: CallId,
        /// The extension of the telephone.
        extension: String,
    },
    /// A telephone takes the call that waited there, by a flash.
    WaitingTaken {
        /// The call that waited.
        call: CallId,
        /// Its leg to the telephone.
        leg: LegId,
        /// The call in which the telephone talked.
        from: CallId,
    },
    /// A party is put on hold, with music, for another call of the same telephone.
    HeldForOther {
        /// The call.
        call: CallId,
        /// The party.
        leg: LegId,
        /// The leg of who holds.
        by: LegId,
        /// The other call.
        other: CallId,
    },
    /// A telephone took the call that rang at another one.
    PickedUp {
        /// The call.
        call: CallId,
        /// The leg of who took it.
        leg: LegId,
        /// The extension at which it rang.
        extension: String,
    },
    /// A telephone wanted to take a call, and none rang.
    NothingPickedUp {
        /// The call in which the code was dialled.
        call: CallId,
        /// The extension at which it was to ring; none for the whole group.
        extension: Option<String>,
    },
    /// A party was parked by who held it.
    Parked {
        /// The call.
        call: CallId,
        /// The party.
        leg: LegId,
        /// The place.
        place: String,
        /// The extension of who parked it.
        extension: String,
    },
    /// A party was taken up where it was parked.
    TakenUp {
        /// The call.
        call: CallId,
        /// The leg of who took it up.
        leg: LegId,
        /// The place.
        place: String,
    },
    /// A place was dialled where nobody was parked.
    NobodyParked {
        /// The call in which it was dialled.
        call: CallId,
        /// The place.
        place: String,
    },
    /// Who dialled here took another call, which goes on with that telephone.
    WentOver {
        /// The call.
        call: CallId,
        /// The other one.
        to: CallId,
    },
    /// A telephone wanted its last number dialled again, and had dialled none.
    NothingRedialled {
        /// The call in which the code was dialled.
        call: CallId,
    },
    /// A service of a telephone was set or cleared there.
    ServiceSet {
        /// The call in which the code was dialled.
        call: CallId,
        /// The extension.
        extension: String,
        /// Which service.
        service: Service,
        /// It is set; else cleared.
        on: bool,
        /// To which number, where it takes one.
        number: Option<Number>,
        /// All that is set for the extension now.
        now: Wishes,
    },
    /// A service of a telephone was to be set, and is not.
    ServiceRefused {
        /// The call in which the code was dialled.
        call: CallId,
        /// The extension.
        extension: String,
        /// Which service.
        service: Service,
        /// Why not.
        why: ServiceNotSet,
    },
    /// Somebody asked at a telephone whether a service is set.
    ServiceAsked {
        /// The call in which the code was dialled.
        call: CallId,
        /// The extension.
        extension: String,
        /// Which service.
        service: Service,
        /// It is.
        on: bool,
    },
    /// A telephone sent the call on to another number, as its person wants.
    Forwarded {
        /// The call.
        call: CallId,
        /// The extension.
        extension: String,
        /// The number.
        to: Number,
        /// Why.
        reason: DiversionReason,
    },
    /// A telephone wants calls sent on, and this one stays.
    NotForwarded {
        /// The call.
        call: CallId,
        /// The extension.
        extension: String,
        /// Why.
        why: NotForwarded,
    },
    /// A telephone did not ring, since its person is not to be disturbed.
    NotDisturbed {
        /// The call.
        call: CallId,
        /// The extension.
        extension: String,
    },
    /// An agent keyed whether the work goes on.
    AgentSet {
        /// The call in which the code was dialled.
        call: CallId,
        /// The extension.
        extension: String,
        /// Who works there.
        person: Option<PersonId>,
        /// What holds now.
        duty: acd::Duty,
        /// Why a pause is made, in the words of the settings.
        reason: Option<String>,
    },
    /// An agent keyed that the work of the last call is finished.
    WrapUpEnded {
        /// The call in which the code was dialled.
        call: CallId,
        /// The extension.
        extension: String,
    },
    /// An agent keyed that the work of the last call is finished, and had none.
    NoWrapUp {
        /// The call in which the code was dialled.
        call: CallId,
        /// The extension.
        extension: String,
    },
    /// A code for agents was keyed at a telephone that serves no queue.
    NoAgent {
        /// The call in which the code was dialled.
        call: CallId,
        /// The extension.
        extension: String,
    },
    /// Something was dialled at a locked telephone that may not be.
    TelephoneLocked {
        /// The call.
        call: CallId,
        /// The extension.
        extension: String,
    },
    /// A PIN unlocked the telephone for this call.
    TelephoneUnlocked {
        /// The call.
        call: CallId,
        /// Whose PIN it was.
        person: PersonId,
    },
    /// A telephone was to be unlocked, and was not.
    NotUnlocked {
        /// The call.
        call: CallId,
        /// Why not.
        why: NotUnlocked,
    },
    /// The caller did not reach a telephone, and is led to its box: nothing of the call is recorded from here on.
    MailReached {
        /// The call.
        call: CallId,
        /// Whose box.
        extension: String,
    },
    /// The caller left a message. What it says is told to nobody but its person.
    MailLeft {
        /// The call.
        call: CallId,
        /// Whose box.
        extension: String,
        /// The message.
        message: MessageId,
        /// How long it is, in milliseconds.
        ms: u32,
    },
    /// A person was let in to the messages of an extension.
    MailOpened {
        /// The call in which the code was dialled.
        call: CallId,
        /// Whose box.
        extension: String,
        /// At which extension.
        at: String,
        /// Who.
        person: PersonId,
    },
    /// A new message was heard.
    MailHeard {
        /// The call.
        call: CallId,
        /// Whose box.
        extension: String,
        /// The message.
        message: MessageId,
        /// By whom.
        person: PersonId,
    },
    /// A message was deleted by its person.
    MailDeleted {
        /// The call.
        call: CallId,
        /// Whose box.
        extension: String,
        /// The message.
        message: MessageId,
        /// By whom.
        person: PersonId,
    },
    /// A person has changed what callers hear at the box.
    MailGreeting {
        /// The call.
        call: CallId,
        /// Whose box.
        extension: String,
        /// The greeting.
        message: MessageId,
        /// By whom.
        person: PersonId,
        /// It is a greeting of one's own, recorded anew; else the standard one again.
        own: bool,
    },
    /// No message was left, or none was heard.
    MailRefused {
        /// The call.
        call: CallId,
        /// Whose box.
        extension: String,
        /// Why.
        why: NoMail,
    },
    /// A far end had two of its calls joined by the box. Told in both: of the one that goes on with the party who came, of
    /// the other with the party who left it.
    Joined {
        /// The call.
        call: CallId,
        /// The party.
        leg: LegId,
        /// The leg of who asked.
        by: LegId,
    },
    /// A far end wanted two of its calls joined, and the box does not do it: both stay as they are.
    NotJoined {
        /// The call on which it was asked.
        call: CallId,
        /// The leg of who asked.
        leg: LegId,
        /// Why not.
        why: NotJoined,
    },
    /// The two legs hear each other no more.
    Unbridged {
        /// The call.
        call: CallId,
        /// One.
        a: LegId,
        /// The other.
        b: LegId,
    },
    /// A leg's voice is recorded from now on.
    RecordingBegan {
        /// The call.
        call: CallId,
        /// The recording, one for the whole call.
        recording: RecordingId,
        /// Whose voice.
        leg: LegId,
        /// The part: one for each life of the daemon within the call.
        part: u16,
    },
    /// Something of the call is neither heard by others nor kept from now on.
    MaskingBegan {
        /// The call.
        call: CallId,
        /// What.
        what: Masking,
        /// Who keys, where it is a number that is keyed in secret.
        leg: Option<LegId>,
        /// Who wanted it.
        by: MaskedBy,
    },
    /// It is heard and kept again.
    MaskingEnded {
        /// The call.
        call: CallId,
        /// What was masked.
        what: Masking,
        /// How many digits were keyed meanwhile. Which is known to nobody.
        digits: u32,
        /// Why.
        why: MaskingEnd,
    },
    /// Somebody wants it heard and kept again.
    MaskingEndAsked {
        /// The call.
        call: CallId,
        /// What is masked.
        what: Masking,
        /// Who.
        by: MaskedBy,
    },
    /// A person at a page ends the call.
    EndAsked {
        /// The call.
        call: CallId,
        /// Who.
        by: PersonId,
    },
    /// A supervisor hears an agent's talk from now on.
    SupervisionBegan {
        /// The call of the talk.
        call: CallId,
        /// The supervisor's own call.
        by: CallId,
        /// The supervisor's leg of that.
        leg: LegId,
        /// The agent's leg.
        agent: LegId,
        /// Who the supervisor is.
        person: PersonId,
        /// The extension of the telephone at which it is heard.
        extension: String,
        /// How.
        mode: SupervisorMode,
    },
    /// The supervisor does it otherwise.
    SupervisionChanged {
        /// The call of the talk.
        call: CallId,
        /// How.
        mode: SupervisorMode,
    },
    /// The supervisor does not hear the talk any more.
    SupervisionEnded {
        /// The call of the talk.
        call: CallId,
        /// Why.
        why: SupervisionEnd,
    },
    /// Somebody wanted to hear a talk at a telephone, and does not.
    SupervisionRefused {
        /// The call in which it was wanted.
        call: CallId,
        /// Why not.
        why: NotSupervised,
    },
    /// The call had to be recorded, and is not.
    RecordingMissing {
        /// The call.
        call: CallId,
        /// Why.
        why: RecordingGap,
    },
    /// A call in need took the channel of this one.
    Preempted {
        /// The call that lost its channel.
        call: CallId,
        /// The emergency call that needed it.
        by: CallId,
    },
    /// The call goes on in a new life of the daemon.
    Readopted {
        /// The call.
        call: CallId,
        /// The life of the daemon that took it up.
        life: frame::LifeNo,
        /// How long nobody carried the voices, in milliseconds.
        #[serde(default)]
        gap_ms: u64,
    },
    /// Nothing of the call is left.
    Ended {
        /// The call.
        call: CallId,
        /// Why, as Q.850 counts causes.
        cause: Cause,
        /// Who ended it.
        by: Side,
    },
}

impl CallEvent {
    /// The call that the fact belongs to.
    pub fn call(&self) -> CallId {
        use CallEvent as E;
        match *self {
            E::Began { call, .. }
            | E::Dialled { call, .. }
            | E::LegBegan { call, .. }
            | E::LegPlaced { call, .. }
            | E::FarEndGone { call, .. }
            | E::CallerTold { call, .. }
            | E::Diverted { call, .. }
            | E::AnswerTold { call, .. }
            | E::WantedTold { call, .. }
            | E::UserUserTold { call, .. }
            | E::NoticeTold { call, .. }
            | E::TextTold { call, .. }
            | E::RuleSpoils { call, .. }
            | E::Charged { call, .. }
            | E::TariffTold { call, .. }
            | E::PartyTold { call, .. }
            | E::DivertedTo { call, .. }
            | E::MaliciousCallTold { call, .. }
            | E::MaliciousCallMarked { call, .. }
            | E::MaliciousCallAnswered { call, .. }
            | E::LineFlashed { call, .. }
            | E::CallBackAsked { call, .. }
            | E::CallBackAnswered { call, .. }
            | E::CallBackBegan { call, .. }
            | E::CallBackOver { call, .. }
            | E::CallBacksDropped { call, .. }
            | E::LegRinging { call, .. }
            | E::LegAnswered { call, .. }
            | E::SoundHeard { call, .. }
            | E::LegEnded { call, .. }
            | E::FlowEntered { call, .. }
            | E::PromptBegan { call, .. }
            | E::MenuChosen { call, .. }
            | E::MenuInvalid { call, .. }
            | E::MenuTimedOut { call, .. }
            | E::ConsentAsked { call, .. }
            | E::DigitsTaken { call, .. }
            | E::Queued { call, .. }
            | E::Offered { call, .. }
            | E::OfferEnded { call, .. }
            | E::Dequeued { call, .. }
            | E::Bridged { call, .. }
            | E::HandedOver { call, .. }
            | E::HandOverRefused { call }
            | E::Held { call, .. }
            | E::Retrieved { call, .. }
            | E::ConferenceBegan { call, .. }
            | E::ConferenceLeft { call, .. }
            | E::Transferred { call, .. }
            | E::TransferReturned { call, .. }
            | E::BackToQueue { call, .. }
            | E::Waits { call, .. }
            | E::WaitingTaken { call, .. }
            | E::HeldForOther { call, .. }
            | E::NoWrapUp { call, .. }
            | E::ServiceSet { call, .. }
            | E::ServiceRefused { call, .. }
            | E::ServiceAsked { call, .. }
            | E::Forwarded { call, .. }
            | E::NotForwarded { call, .. }
            | E::NotDisturbed { call, .. }
            | E::AgentSet { call, .. }
            | E::WrapUpEnded { call, .. }
            | E::NoAgent { call, .. }
            | E::TelephoneLocked { call, .. }
            | E::TelephoneUnlocked { call, .. }
            | E::NotUnlocked { call, .. }
            | E::MailReached { call, .. }
            | E::MailLeft { call, .. }
            | E::MailOpened { call, .. }
            | E::MailHeard { call, .. }
            | E::MailDeleted { call, .. }
            | E::MailGreeting { call, .. }
            | E::MailRefused { call, .. }
            | E::PickedUp { call, .. }
            | E::NothingPickedUp { call, .. }
            | E::Parked { call, .. }
            | E::TakenUp { call, .. }
            | E::NobodyParked { call, .. }
            | E::WentOver { call, .. }
            | E::NothingRedialled { call }
            | E::Joined { call, .. }
            | E::NotJoined { call, .. }
            | E::Unbridged { call, .. }
            | E::RecordingBegan { call, .. }
            | E::MaskingBegan { call, .. }
            | E::MaskingEnded { call, .. }
            | E::MaskingEndAsked { call, .. }
            | E::EndAsked { call, .. }
            | E::SupervisionBegan { call, .. }
            | E::SupervisionChanged { call, .. }
            | E::SupervisionEnded { call, .. }
            | E::SupervisionRefused { call, .. }
            | E::RecordingMissing { call, .. }
            | E::Preempted { call, .. }
            | E::Readopted { call, .. }
            | E::Ended { call, .. } => call,
        }
    }
}

/// Which way a call goes, seen from the box.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// From a trunk into the box.
    Incoming,
    /// From a station out over a trunk.
    Outgoing,
    /// Between stations.
    Internal,
    /// A station went off hook and nothing is dialled yet.
    Undialled,
}

/// How much a call matters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallClass {
    /// As most.
    #[default]
    Normal,
    /// To or from an emergency number: passes everything.
    Emergency,
}

/// Which part a leg plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LegRole {
    /// Who called.
    Caller,
    /// Who was called.
    Called,
}

/// Where a leg is connected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Endpoint {
    /// A B-channel of a trunk group.
    Channel {
        /// Span and timeslot.
        lane: LaneId,
        /// The trunk group's name.
        group: String,
    },
    /// An outside line (FXO) of a trunk group.
    OutsideLine {
        /// The jack.
        port: PortId,
        /// The trunk group's name.
        group: String,
    },
    /// A telephone.
    Station {
        /// The jack.
        port: PortId,
        /// Its extension.
        extension: String,
    },
}

impl Endpoint {
    /// The trunk group, of a trunk.
    pub fn group(&self) -> Option<&str> {
        match self {
            Endpoint::Channel { group, .. } | Endpoint::OutsideLine { group, .. } => Some(group),
            Endpoint::Station { .. } => None,
        }
    }
}

/// How the box knows that a party answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerEvidence {
    /// The network said so (CONNECT), or the box itself answered the network.
    Signalled,
    /// The handset was lifted, or its hook flashed for a call that waited.
    OffHook,
    /// The outside line turned its polarity.
    Polarity,
    /// A voice was heard on the outside line.
    Voice,
    /// Nothing told it; a time after dialling it is taken for answered.
    Assumed,
}

/// How the box knows that the far end of an outside line has gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum ReleaseEvidence {
    /// The exchange dropped the line's current.
    BatteryDrop,
    /// The exchange turned the polarity back.
    Polarity,
    /// A tone of the exchange was heard.
    Tone {
        /// Which.
        tone: ReleaseTone,
        /// How many full cycles of its cadence, one after the other.
        cycles: u8,
        /// Its frequency, of two the lower one.
        hz: u16,
        /// Its level.
        level_dbm0: i8,
    },
    /// Nothing told it; nobody spoke for so long, in either direction.
    Silence {
        /// Seconds.
        limit_s: u16,
    },
}

/// What is at the far end, by its tone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sound {
    /// A fax machine that calls.
    FaxCalling,
    /// A fax machine that answers.
    FaxAnswering,
    /// A modem that answers, or a fast fax machine, which answers as one.
    Modem,
    /// The network's special information tone: an announcement follows.
    SpecialInformation,
}

/// A tone that tells that nobody is there any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReleaseTone {
    /// The called party is busy, or the far end has hung up.
    Busy,
    /// No way through the network; some exchanges take it for a far end that hung up, too.
    Congestion,
}

/// Who did something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The party who called.
    Caller,
    /// The party who was called.
    Called,
    /// The box.
    Box,
    /// The network or the line, without a party asking for it.
    Network,
}

/// Why an offer ended without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfferEnd {
    /// Nobody lifted the handset in time.
    NoAnswer,
    /// The caller gave up or was served elsewhere.
    Cancelled,
    /// The telephone was not free after all.
    Busy,
    /// The card could not ring another telephone: its ringing current is used up.
    RingBudget,
    /// Another telephone took the call.
    PickedUp,
    /// It goes on ringing, or comes again, for the party to whom the call was transferred.
    Transferred,
    /// The sound device of the handset or loudspeaker is not there.
    NoDevice,
}

/// Why a caller left a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QueueExit {
    /// An agent answered.
    Answered,
    /// The caller hung up.
    Abandoned,
    /// The longest wait was over.
    TimedOut,
    /// The queue had no place left.
    Full,
    /// Nobody works in the queue.
    Unstaffed,
    /// The caller had a party on hold, who waits there now.
    Transferred,
    /// The call ended without the caller's doing: its line was lost, or the box ended it.
    Lost,
}

/// Why a call that had to be recorded is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordingGap {
    /// The recorder has no free track.
    NoTrack,
    /// The disk does not take more.
    Disk,
    /// The recorder's buffer was full: the disk did not keep up.
    Buffer,
    /// The box itself was late and lost the time of some audio.
    Late,
    /// The daemon was not running.
    Restart,
}
