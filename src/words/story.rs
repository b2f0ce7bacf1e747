//! The story of a call: each fact of the log as a sentence.

use std::time::Duration;

use acd::Duty;
use call::{
    AnswerEvidence, CallClass, CallEvent, Charge, ConsentEvidence, Direction, DiversionReason, Endpoint, KeptFor,
    LegRole, MaskedBy, Masking, MaskingEnd, NoMail, NotForwarded, NotJoined, NotSupervised, NotTransferred,
    NotUnlocked, Notice, Number, OfferEnd, PartyChange, Price, Priced, QueueExit, Rate, RecordingGap, ReleaseEvidence,
    ReleaseTone, ServiceNotSet, Side, Sound, SupervisionEnd, SupervisorMode, Terminal,
};
use frame::{PortId, SpanId};

use super::{
    Language, cause, duration, money,
    sentence::sentences,
    state::{self, call_back_end, call_back_refusal, service_refusal},
};

/// What the story calls the jacks and spans of the box: their labels from the board file.
pub trait Names {
    /// The label of a jack.
    fn port(&self, port: PortId) -> String;
    /// The label of a span.
    fn span(&self, span: SpanId) -> String;
}

impl Names for settings::Layout {
    fn port(&self, port: PortId) -> String {
        self.jack(port).map_or_else(|| port.to_string(), |jack| jack.label.clone())
    }

    fn span(&self, span: SpanId) -> String {
        let jack = self.jacks.iter().find(|jack| jack.lane.span == span);
        jack.map_or_else(|| span.to_string(), |jack| jack.label.clone())
    }
}

/// A fact as a sentence.
pub fn story(event: &CallEvent, language: Language, names: &dyn Names) -> String {
    sentence(event, language, names).say(language)
}

sentences! {
    /// The sentences of a call's story.
    pub enum Story {
        /// A call came in; its legs say from where.
        CameIn
            zh "来电"
            en "A call comes in"
        /// An emergency call began.
        Emergency
            zh "紧急呼叫"
            en "Emergency call"
        /// A handset was lifted.
        LiftedToDial
            zh "有人摘机拨号"
            en "A handset is lifted to dial"
        /// A call between stations began.
        Internal
            zh "内部通话"
            en "A call between stations"
        /// A call goes out.
        GoesOut
            zh "呼出"
            en "A call goes out"
        /// The number is whole.
        Dialled { number: String }
            zh "拨打 {number}"
            en "The number wanted is {number}"
        /// A caller's leg.
        CallerOn { who: String, place: String }
            zh "主叫 {who}，在{place}"
            en "Caller {who} on {place}"
        /// A called leg.
        CalledOn { who: String, place: String }
            zh "被叫 {who}，在{place}"
            en "Called {who} on {place}"
        /// A leg got its line.
        PlacedOn { place: String }
            zh "经由{place}"
            en "Over {place}"
        /// The battery was dropped.
        LineDropped
            zh "对方挂机：外线断电"
            en "The far end has gone: the line’s current was dropped"
        /// The polarity turned back.
        LineTurned
            zh "对方挂机：外线反极"
            en "The far end has gone: the line’s polarity turned back"
        /// A tone was heard.
        LineTone { tone: String, cycles: u8, hz: u16, level: i8 }
            zh "对方挂机：外线上听到{tone} {cycles} 个周期，{hz} Hz，{level} dBm0"
            en "The far end has gone: {cycles} cycles of {tone} on the line, {hz} Hz at {level} dBm0"
        /// Nobody spoke.
        LineSilent { seconds: u16 }
            zh "外线不报挂机，{seconds} 秒内无人说话：由本机释放"
            en "Nobody spoke for {seconds} s on a line that can’t tell a hang-up: the box let it go"
        /// What is known of the caller.
        CallerTold { what: String }
            zh "主叫：{what}"
            en "Of the caller: {what}"
        /// What is known of who answered.
        AnswerTold { what: String }
            zh "应答方：{what}"
            en "Of who answered: {what}"
        /// Diverted.
        Diverted { from: String, why: String }
            zh "由 {from} 转来（{why}）"
            en "Diverted from {from} ({why})"
        /// Diverted more than once.
        DivertedAgain { from: String, first: String, why: String }
            zh "原拨 {first}，由 {from} 转来（{why}）"
            en "Diverted from {from} ({why}); {first} was called at first"
        /// A withheld number.
        NumberWithheld
            zh "号码保密"
            en "the number is withheld"
        /// A second number.
        OtherNumber { number: String }
            zh "另一号码 {number}"
            en "another number, {number}"
        /// A name.
        Named { name: String }
            zh "名称“{name}”"
            en "name “{name}”"
        /// A subaddress.
        Subaddress { subaddress: String }
            zh "子地址 {subaddress}"
            en "subaddress {subaddress}"
        /// What is wanted beside a number.
        WantedTold { what: String }
            zh "主叫要找：{what}"
            en "The caller asks for {what}"
        /// A kind of terminal.
        WantsTerminal { terminal: String }
            zh "{terminal}"
            en "{terminal}"
        /// Digits of the keypad facility.
        WithKeypad { count: u8 }
            zh "随呼叫送来 {count} 位键盘数字"
            en "a service by {count} keypad digits"
        /// A rule spoils the called number.
        RuleSpoilsCalled
            zh "被叫号码照来样保留：设置中的规则（numbers.delivered）改不成号码，请检查规则"
            en "The called number stays as it came: a rule of the settings (numbers.delivered) makes none of it. Look at the rule"
        /// A rule spoils the calling number.
        RuleSpoilsCalling
            zh "主叫号码照来样保留：设置中的规则（numbers.parties）改不成号码，请检查规则"
            en "The calling number stays as it came: a rule of the settings (numbers.parties) makes none of it. Look at the rule"
        /// A rule each spoils both.
        RuleSpoilsBoth
            zh "主叫与被叫号码照来样保留：设置中的规则（numbers.parties 与 numbers.delivered）改不成号码，请检查规则"
            en "Both numbers stay as they came: rules of the settings (numbers.parties, numbers.delivered) make none of them. Look at the rules"
        /// Octets that nobody here can read.
        UserUser { octets: u8 }
            zh "对端设备送来 {octets} 字节的用户信息（本机不读取、不保存）"
            en "The far end’s equipment sent {octets} octets of its own; the box neither reads nor keeps them"
        /// What it is going to cost.
        Tariff { prices: String }
            zh "网络通知资费：{prices}"
            en "The network’s prices for the call: {prices}"
        /// It does not say what it is going to cost.
        TariffUnknown
            zh "网络没有告知资费"
            en "The network does not say what the call is going to cost"
        /// A text of the network.
        Text { text: String }
            zh "网络显示：“{text}”"
            en "The network shows: “{text}”"
        /// NOTIFY: remote hold.
        NoticeHeld
            zh "对方将通话保持"
            en "The far end put the call on hold"
        /// NOTIFY: remote retrieval.
        NoticeRetrieved
            zh "对方恢复了通话"
            en "The far end took the call back from hold"
        /// NOTIFY: user suspended.
        NoticeSuspended
            zh "对方的话机已拔下，通话等待其重新插上"
            en "The telephone at the far end was unplugged; the call waits for it"
        /// NOTIFY: user resumed.
        NoticeResumed
            zh "对方的话机已重新插上"
            en "The telephone at the far end is plugged in again"
        /// NOTIFY: call is a waiting call.
        NoticeWaits
            zh "对方正忙，通话在等待"
            en "The far end is busy, and the call waits there"
        /// NOTIFY: diversion.
        NoticeDiverted
            zh "网络通知：通话正在转移"
            en "The network is diverting the call"
        /// NOTIFY: conference.
        NoticeConference
            zh "对方将通话变为会议"
            en "The far end made the call a conference"
        /// NOTIFY: conference disconnected.
        NoticeConferenceOver
            zh "对方的会议已结束"
            en "The conference at the far end is over"
        /// NOTIFY: call transfer.
        NoticeTransferred
            zh "对方将通话转接"
            en "The far end transferred the call"
        /// A price.
        PriceOf { of: String, rate: String }
            zh "{of} {rate}"
            en "{of} {rate}"
        /// A price for a stretch of time.
        Every { money: String, time: String }
            zh "每 {time} {money}"
            en "{money} for each {time}"
        /// What it costs so far.
        Charged { charge: String }
            zh "网络通知：到目前为止的费用为 {charge}"
            en "The network says that it has cost {charge} so far"
        /// What it has cost.
        ChargedAtEnd { charge: String }
            zh "网络通知：本次通话费用为 {charge}"
            en "The network says that it cost {charge}"
        /// It costs something.
        ChargeUnknown
            zh "网络通知：不知道本次通话的费用"
            en "The network does not know what the call costs"
        /// A name that is told later.
        FarEndNamed { name: String }
            zh "对方名称：“{name}”"
            en "The name of the party at the far end is “{name}”"
        /// A transfer at the far end, and it rings.
        FarEndRings { what: String }
            zh "对方已将通话转接，正在振铃：{what}"
            en "Somebody at the far end transferred the call; it rings at {what}"
        /// A transfer at the far end.
        FarEndTransferred { what: String }
            zh "对方已将通话转接给：{what}"
            en "Somebody at the far end transferred the call; there is now {what}"
        /// More is known.
        FarEndUpdated { what: String }
            zh "对方现在是：{what}"
            en "At the far end there is now {what}"
        /// Sent on by the network.
        DivertedTo { to: String, why: String }
            zh "被叫已转移到 {to}（{why}）"
            en "The called number is diverted to {to} ({why})"
        /// Sent on by the network, it is not known to where.
        DivertedOn { why: String }
            zh "被叫已转移（{why}）"
            en "The called number is diverted ({why})"
        /// A fax machine calls.
        FaxCalls
            zh "听到传真机的呼叫音：呼叫方是传真机"
            en "A fax machine is calling: its calling tone was heard"
        /// A fax machine answers.
        FaxAnswers
            zh "听到传真机的应答音：应答方是传真机"
            en "A fax machine answered: its tone was heard"
        /// A modem answers.
        ModemAnswers
            zh "听到调制解调器的应答音：应答方是调制解调器或高速传真机"
            en "A modem or a fast fax machine answered: its tone was heard"
        /// The network announces something.
        AnnouncementFollows
            zh "听到网络的特殊信息音：随后是录音通知，多为号码不存在或无法接通"
            en "The network's special information tone was heard: an announcement follows, mostly that the number cannot be reached"
        /// Somebody found it malicious.
        MaliciousCallTold
            zh "对端用户认为这是恶意呼叫，要求留存主叫：主叫号码已在本记录中"
            en "The user at the far end finds this call malicious and wants it kept who called: this record keeps it"
        /// Somebody finds it malicious.
        MaliciousCallMarked { who: String }
            zh "{who}认为这是恶意呼叫，已请网络留存主叫"
            en "{who} finds this call malicious; the network is asked to keep who called"
        /// The network kept it.
        CallerKept
            zh "网络已留存主叫"
            en "The network has kept who called"
        /// It did not.
        CallerNotKept { why: String }
            zh "网络没有留存主叫：{why}"
            en "The network did not keep who called: {why}"
        /// A number is keyed in secret.
        SecretBegan { who: String }
            zh "{who}让对方键入保密号码：按键另一方听不到，也不录音"
            en "{who} lets the other party key a number in secret: the keys are neither heard nor recorded"
        /// A supervisor hears the talk.
        SupervisionBegan { extension: String, how: String }
            zh "班长在分机 {extension} 监听：{how}"
            en "A supervisor at extension {extension} hears the talk: {how}"
        /// The supervisor does it otherwise.
        SupervisionChanged { how: String }
            zh "班长改为：{how}"
            en "The supervisor now {how}"
        /// It is over.
        SupervisionEnded { why: String }
            zh "监听结束（{why}）"
            en "No supervisor hears the talk any more ({why})"
        /// Nothing came of it.
        SupervisionRefused { why: String }
            zh "想监听座席通话，未监听：{why}"
            en "Somebody wanted to hear an agent's talk, and does not: {why}"
        /// A flow takes one.
        SecretInStep { step: String }
            zh "来电者在步骤“{step}”中键入保密号码：按键不录音"
            en "In step “{step}” the caller keys a number in secret: the keys are not recorded"
        /// A flow pauses the recording.
        PauseInStep { step: String }
            zh "步骤“{step}”暂停录音"
            en "In step “{step}” nothing is recorded"
        /// Agreed to be recorded.
        Consented { step: String, how: String }
            zh "来电者同意录音（{how}，步骤“{step}”）"
            en "The caller agrees to be recorded ({how}, in step “{step}”)"
        /// Did not, and is not.
        NotConsented { step: String, how: String }
            zh "来电者不同意录音（{how}，步骤“{step}”）：从此不录音"
            en "The caller does not agree to be recorded ({how}, in step “{step}”): nothing is from here on"
        /// Did not, and the settings want it all the same.
        NotConsentedRecorded { step: String, how: String }
            zh "来电者不同意录音（{how}，步骤“{step}”）：设置要求仍然录音"
            en "The caller does not agree to be recorded ({how}, in step “{step}”), and is all the same, as the settings want it"
        /// By a key.
        ByKey
            zh "按键"
            en "by a key"
        /// By staying.
        ByStaying
            zh "听完告知后没有挂机"
            en "heard that the call is recorded, and stayed"
        /// By pressing none.
        ByNoKey
            zh "没有按键"
            en "pressed no key"
        /// It is over.
        SecretEnded { digits: u32, why: String }
            zh "保密键入结束（{why}）：共键入 {digits} 位，号码没有留存"
            en "No more is keyed in secret ({why}): {digits} digits were keyed, and are kept nowhere"
        /// The recording pauses.
        PauseBegan { who: String }
            zh "{who}暂停录音"
            en "{who} pauses the recording"
        /// Somebody wants it to go on.
        PauseEndAsked { who: String }
            zh "{who}要求恢复录音"
            en "{who} wants the recording to go on"
        /// Somebody wants to hear the keys again.
        SecretEndAsked { who: String }
            zh "{who}要求不再隐藏按键"
            en "{who} wants the keys heard again"
        /// A person ended it.
        EndAsked
            zh "页面上的人员结束了通话"
            en "Somebody at the page ended the call"
        /// The recording goes on.
        PauseEnded { why: String }
            zh "恢复录音（{why}）"
            en "The recording goes on ({why})"
        /// A code.
        CallBackAsked { number: String }
            zh "要求回叫：等 {number} 空闲时叫我"
            en "Asks to be called back when {number} is free"
        /// A code.
        CallBackAskedWhenUsed { number: String }
            zh "要求回叫：等 {number} 用过电话之后叫我"
            en "Asks to be called back when the telephone of {number} has been used"
        /// A code, and nobody to wait for.
        CallBackAskedForNobody
            zh "要求回叫"
            en "Asks to be called back"
        /// It is done.
        CallBackSet
            zh "已登记回叫"
            en "It will be called back"
        /// It is not done.
        CallBackNotSet { why: String }
            zh "没有登记回叫：{why}"
            en "It will not be called back: {why}"
        /// The party is free.
        CallBackBegan { asked: String }
            zh "回叫：对方空闲了，先叫要求回叫的分机（见呼叫 {asked}）"
            en "A call back: the party is free, and the telephone that asked is rung first (asked for in call {asked})"
        /// It is not made.
        CallBackOver { why: String }
            zh "回叫没有进行：{why}"
            en "The call back was not made: {why}"
        /// A code.
        CallBacksDropped { count: u16 }
            zh "取消回叫：{count} 个"
            en "Wants no calls back any more; it waited for {count}"
        /// A telephone.
        AtStation { extension: String }
            zh "分机 {extension} "
            en "Extension {extension}"
        /// A flow.
        InStep { step: String }
            zh "流程步骤“{step}”"
            en "Step “{step}”"
        /// Somebody at a page.
        Somebody
            zh "页面上的人员"
            en "Somebody at the page"
        /// Somebody at the command line.
        AtTheConsole
            zh "命令行上的人员"
            en "Somebody at the command line"
        /// It rings.
        Rings
            zh "振铃"
            en "It rings"
        /// Answered.
        Answered { how: String }
            zh "已应答（{how}）"
            en "Answered ({how})"
        /// A leg ended.
        LegEnded { who: String, cause: String }
            zh "{who}结束：{cause}"
            en "Ended by {who}: {cause}"
        /// A flow took the call.
        Flow { flow: String }
            zh "进入流程“{flow}”"
            en "Answered by flow “{flow}”"
        /// A prompt began.
        Prompt { prompt: String }
            zh "播放“{prompt}”"
            en "Hears “{prompt}”"
        /// A menu's choice.
        Pressed { key: char, step: String }
            zh "在“{step}”按了 {key}"
            en "Pressed {key} in “{step}”"
        /// A wrong key.
        WrongKey { step: String }
            zh "在“{step}”按了没有的键"
            en "Pressed a key that “{step}” does not have"
        /// No key.
        NoKey { step: String }
            zh "在“{step}”没有按键"
            en "Pressed nothing in “{step}”"
        /// Digits, hidden.
        DigitsHidden { count: u32, step: String }
            zh "为“{step}”输入了 {count} 位数字"
            en "Keyed {count} digits for “{step}”"
        /// Digits, public.
        DigitsShown { digits: String, step: String }
            zh "为“{step}”输入了 {digits}"
            en "Keyed {digits} for “{step}”"
        /// Waiting.
        Queued { queue: String, position: u32 }
            zh "在队列“{queue}”等待，第 {position} 位"
            en "Waits in “{queue}”, number {position} in line"
        /// Offered by a queue.
        Offered { extension: String }
            zh "转给 {extension}"
            en "Offered to {extension}"
        /// An offer without an answer.
        OfferEnded { extension: String, why: String }
            zh "{extension} 未接：{why}"
            en "Not taken by {extension}: {why}"
        /// Left the queue.
        Dequeued { queue: String, why: String }
            zh "离开队列“{queue}”：{why}"
            en "Leaves “{queue}”: {why}"
        /// Bridged.
        Bridged
            zh "双方通话"
            en "Both talk"
        /// Given away.
        HandedOver
            zh "网络已把双方直接接通，通话离开本机"
            en "The network has joined the two; the call has left the box"
        /// Given away with its recording.
        HandedOverRecorded
            zh "网络已把双方直接接通，通话离开本机；录音到此为止（设置允许）"
            en "The network has joined the two; the call has left the box and its recording ends here, as the settings allow"
        /// Kept.
        HandOverRefused
            zh "网络不肯直接接通，通话仍经过本机"
            en "The network does not join the two; the call stays in the box"
        /// On hold.
        Held
            zh "保持对方（对方听音乐），去拨打第三方"
            en "The other party is put on hold, with music, to call a third one"
        /// Off hold.
        Retrieved
            zh "取回被保持的一方，双方继续通话"
            en "The party on hold is taken back; both talk on"
        /// Three parties.
        ConferenceBegan
            zh "第三方加入，三方通话"
            en "The third party comes in; all three talk"
        /// Two again.
        ConferenceLeft
            zh "三方中有一方离开"
            en "One of the three leaves"
        /// Transferred before the answer.
        TransferredTo { to: String }
            zh "对方应答前挂机：被保持的一方转给 {to}"
            en "Hangs up before the answer: the party on hold is transferred to {to}"
        /// Transferred to a queue.
        TransferredToQueue { queue: String }
            zh "挂机：被保持的一方转到队列“{queue}”"
            en "Hangs up: the party on hold is transferred to queue “{queue}”"
        /// It came to nothing.
        TransferReturned { extension: String, why: String }
            zh "转接未成（{why}）：回振 {extension}"
            en "The transfer came to nothing ({why}): {extension} is rung for the party"
        /// A party left on hold.
        LeftOnHold { extension: String }
            zh "挂机时还有一方被保持：回振 {extension}"
            en "Hung up with a party on hold: {extension} is rung for the party"
        /// Back in its queue.
        BackToQueue { queue: String }
            zh "无人接回：重新排入队列“{queue}”"
            en "Nobody takes the party back: it waits in queue “{queue}” again"
        /// It waits.
        Waits { extension: String }
            zh "{extension} 正在通话：以等待音提示，来电等待"
            en "{extension} talks, and hears by a tone that this call waits"
        /// Taken.
        WaitingTaken { from: String }
            zh "拍叉簧接听等待的来电（原通话 {from} 保持）"
            en "Taken by a flash while it waited; call {from} is on hold for it"
        /// A flash for the exchange.
        LineFlashed { extension: String }
            zh "{extension} 向外线的交换机发送拍叉簧，其后的处理由交换机完成"
            en "{extension} had the line’s exchange given a flash; what follows is the exchange’s"
        /// Held for another call.
        HeldForOther { other: String }
            zh "保持对方（对方听音乐），去接通话 {other}"
            en "The other party is put on hold, with music, for call {other}"
        /// A service is set.
        ServiceSet { service: String }
            zh "登记：{service}"
            en "Set: {service}"
        /// A service is set to a number.
        ServiceSetTo { service: String, number: String }
            zh "登记：{service}，转到 {number}"
            en "Set: {service}, to {number}"
        /// A service is cleared.
        ServiceCleared { service: String }
            zh "取消：{service}"
            en "Cleared: {service}"
        /// A service is not set.
        ServiceRefused { service: String, why: String }
            zh "想登记{service}，没有登记：{why}"
            en "Wanted to set {service}, and did not: {why}"
        /// A service was asked for.
        ServiceIsOn { service: String }
            zh "查询：{service}已登记"
            en "Asked: {service} is set"
        /// A service was asked for.
        ServiceIsOff { service: String }
            zh "查询：{service}未登记"
            en "Asked: {service} is not set"
        /// Forwarded.
        Forwarded { extension: String, to: String, why: String }
            zh "{extension} 已设转移：转到 {to}（{why}）"
            en "{extension} forwards the call to {to} ({why})"
        /// Not forwarded.
        NotForwarded { extension: String, why: String }
            zh "{extension} 已设转移，这次不转：{why}"
            en "{extension} forwards its calls, and this one stays: {why}"
        /// Not disturbed.
        NotDisturbed { extension: String }
            zh "{extension} 已设免打扰，不振铃"
            en "{extension} is not to be disturbed, and does not ring"
        /// An agent signs in.
        AgentSignedIn { extension: String }
            zh "{extension} 的座席签入，可接队列来电"
            en "The agent at {extension} signs in, and takes callers of queues"
        /// An agent signs out.
        AgentSignedOut { extension: String }
            zh "{extension} 的座席签出"
            en "The agent at {extension} signs out"
        /// An agent pauses.
        AgentPaused { extension: String }
            zh "{extension} 的座席暂停接听"
            en "The agent at {extension} makes a pause"
        /// An agent pauses, and says why.
        AgentPausedFor { extension: String, reason: String }
            zh "{extension} 的座席暂停接听（{reason}）"
            en "The agent at {extension} makes a pause ({reason})"
        /// An agent has finished.
        WrapUpEnded { extension: String }
            zh "{extension} 的座席提前结束话后处理"
            en "The agent at {extension} has finished the work of the last call"
        /// Nothing to finish.
        NoWrapUp { extension: String }
            zh "{extension} 的座席想结束话后处理，当时没有"
            en "The agent at {extension} wanted to finish the work of the last call, and had none"
        /// No agent.
        NoAgent { extension: String }
            zh "{extension} 拨了座席代码，但不属于任何队列"
            en "A code for agents was keyed at {extension}, which serves no queue"
        /// Locked.
        TelephoneLocked { extension: String }
            zh "{extension} 已锁，这个号码不能拨（设置中 stations 的 lock）"
            en "{extension} is locked, and this may not be dialled there (lock of the station)"
        /// Unlocked.
        TelephoneUnlocked { person: u32 }
            zh "人员 {person} 用 PIN 开锁，可拨一个电话"
            en "Person {person} unlocks the telephone with a PIN, for one call"
        /// Not unlocked.
        NotUnlocked { why: String }
            zh "没有开锁：{why}"
            en "Not unlocked: {why}"
        /// To the box.
        MailReached { extension: String }
            zh "转到 {extension} 的留言信箱；从此处起不录音"
            en "Led to the mailbox of {extension}; nothing is recorded from here on"
        /// A message.
        MailLeft { extension: String, lasts: String }
            zh "给 {extension} 留言 {lasts}"
            en "Leaves a message of {lasts} for {extension}"
        /// A person was let in.
        MailOpened { extension: String, at: String, person: u32 }
            zh "人员 {person} 用 PIN 在 {at} 打开 {extension} 的留言信箱"
            en "Person {person} opens the mailbox of {extension} with a PIN, at {at}"
        /// A message was heard.
        MailHeard { extension: String, message: String }
            zh "听了 {extension} 的留言 {message}"
            en "Message {message} for {extension} is heard"
        /// A message was deleted.
        MailDeleted { extension: String, message: String }
            zh "删除 {extension} 的留言 {message}"
            en "Message {message} for {extension} is deleted"
        /// What callers hear at a box.
        MailGreetingOwn { extension: String, person: u32 }
            zh "人员 {person} 为 {extension} 的留言信箱录了自己的问候语"
            en "Person {person} records an own greeting for the mailbox of {extension}"
        /// What callers hear at a box.
        MailGreetingStandard { extension: String, person: u32 }
            zh "人员 {person} 把 {extension} 的留言信箱恢复为标准问候语"
            en "Person {person} goes back to the standard greeting for the mailbox of {extension}"
        /// No message.
        MailRefused { extension: String, why: String }
            zh "{extension} 的留言信箱：{why}"
            en "Mailbox of {extension}: {why}"
        /// Answered elsewhere.
        PickedUp { extension: String }
            zh "代答：{extension} 的来电在另一话机接起"
            en "Picked up: the call that rang at {extension} is answered at another telephone"
        /// Nothing rang there.
        NothingPickedUpAt { extension: String }
            zh "想代答 {extension} 的来电，那里没有来电"
            en "Wanted to pick up what rings at {extension}; nothing rang there"
        /// Nothing rang in the group.
        NothingPickedUp
            zh "想代答同组的来电，没有来电"
            en "Wanted to pick up a call of the group; none rang"
        /// Parked.
        Parked { place: String, extension: String }
            zh "{extension} 把对方驻留在 {place}（对方听音乐）"
            en "{extension} parks the party at {place}, with music"
        /// Taken up.
        TakenUp { place: String }
            zh "在 {place} 取回驻留的通话"
            en "The party parked at {place} is taken up"
        /// Nobody is there.
        NobodyParked { place: String }
            zh "想取回 {place} 的通话，那里没有驻留"
            en "Wanted to take up a call at {place}; nobody is parked there"
        /// Another call goes on with who dialled.
        WentOver { to: String }
            zh "转入通话 {to}"
            en "Goes on in call {to}"
        /// No last number.
        NothingRedialled
            zh "想重拨，之前没有拨过号码"
            en "Wanted the last number again, and had dialled none"
        /// Joined with a party of another call.
        Joined
            zh "对端请求转接：本机把双方接在一起，通话与录音仍在本机"
            en "The far end had its two calls joined: the box joins the parties itself, and keeps the call and its recording"
        /// Not joined.
        NotJoined { why: String }
            zh "对端请求转接，本机没有照办：{why}"
            en "The far end wanted its two calls joined, and the box does not do it: {why}"
        /// Not bridged any more.
        Unbridged
            zh "通话断开"
            en "They talk no more"
        /// Recorded.
        Recorded { recording: String }
            zh "开始录音 {recording}"
            en "Recorded from here on ({recording})"
        /// Not recorded though it should be.
        NotRecorded { why: String }
            zh "应录而未录：{why}"
            en "Not recorded, though it should be: {why}"
        /// Lost its channel.
        Preempted
            zh "让出线路给紧急呼叫"
            en "Gave its channel to an emergency call"
        /// Taken up again.
        Readopted { gap: String }
            zh "本机程序重启，通话继续；中断 {gap}"
            en "Goes on after a restart of the box’s program; nobody was heard for {gap}"
        /// Over.
        Ended { who: String, cause: String }
            zh "通话结束，由{who}挂断：{cause}"
            en "The call is over, ended by {who}: {cause}"
        /// A place: B-channel.
        Channel { span: String, timeslot: u8 }
            zh "{span} 时隙 {timeslot}"
            en "{span}, timeslot {timeslot}"
        /// Nobody's number.
        NumberUnknown
            zh "（无号码）"
            en "(no number)"
    }
}

fn sentence(event: &CallEvent, language: Language, names: &dyn Names) -> Story {
    use CallEvent as E;
    match event {
        E::Began { class: CallClass::Emergency, .. } => Story::Emergency,
        E::Began { direction, .. } => match direction {
            Direction::Incoming => Story::CameIn,
            Direction::Outgoing => Story::GoesOut,
            Direction::Internal => Story::Internal,
            Direction::Undialled => Story::LiftedToDial,
        },
        E::Dialled { number, .. } => Story::Dialled { number: number.masked() },
        E::LegBegan { role, endpoint, number, .. } => leg_began(*role, endpoint, number.as_ref(), language, names),
        E::LegPlaced { endpoint, .. } => Story::PlacedOn { place: place(endpoint, language, names) },
        E::FarEndGone { evidence, .. } => far_end_gone(*evidence, language),
        E::CallerTold { withheld, other_number, name, subaddress, .. } => {
            let other = other_number.as_ref().map(|number| Story::OtherNumber { number: number.masked() });
            Story::CallerTold { what: known_of_party(*withheld, other, name, subaddress, language) }
        }
        E::Diverted { from, withheld, first, reason, .. } => {
            diverted(from.as_ref(), *withheld, first.as_ref(), *reason, language)
        }
        E::AnswerTold { number, withheld, name, subaddress, .. } => {
            let number = number.as_ref().map(Number::masked);
            let known = known_of_party(*withheld, None, name, subaddress, language);
            Story::AnswerTold { what: listed(number.into_iter().chain([known]), language) }
        }
        E::WantedTold { subaddress, terminal, keypad_digits, .. } => {
            Story::WantedTold { what: wanted(subaddress.as_ref(), *terminal, *keypad_digits, language) }
        }
        E::RuleSpoils { called: true, calling: true, .. } => Story::RuleSpoilsBoth,
        E::RuleSpoils { called: true, .. } => Story::RuleSpoilsCalled,
        E::RuleSpoils { .. } => Story::RuleSpoilsCalling,
        E::UserUserTold { octets, .. } => Story::UserUser { octets: *octets },
        E::TextTold { text, .. } => Story::Text { text: text.clone() },
        E::NoticeTold { notice, .. } => noticed(*notice),
        E::TariffTold { prices, .. } if prices.is_empty() => Story::TariffUnknown,
        E::TariffTold { prices, .. } => {
            Story::Tariff { prices: listed(prices.iter().map(|price| self::price(price, language)), language) }
        }
        E::Charged { charge, at_end, .. } => charged(charge, *at_end, language),
        E::PartyTold { change, number, withheld, name, .. } => {
            far_end(*change, party(number.as_ref(), *withheld, name, language), name, language)
        }
        E::DivertedTo { to, reason, .. } => {
            let why = diversion_reason(*reason, language).to_owned();
            match to {
                Some(to) => Story::DivertedTo { to: to.masked(), why },
                None => Story::DivertedOn { why },
            }
        }
        E::MaliciousCallTold { .. } => Story::MaliciousCallTold,
        E::MaliciousCallMarked { by, .. } => Story::MaliciousCallMarked { who: kept_for(by).say(language) },
        E::MaliciousCallAnswered { refused: None, .. } => Story::CallerKept,
        E::MaliciousCallAnswered { refused: Some(why), .. } => {
            Story::CallerNotKept { why: service_refusal(*why, language).to_owned() }
        }
        E::CallBackAsked { number: None, .. } => Story::CallBackAskedForNobody,
        E::CallBackAsked { number: Some(number), when_used: false, .. } => {
            Story::CallBackAsked { number: number.masked() }
        }
        E::CallBackAsked { number: Some(number), .. } => Story::CallBackAskedWhenUsed { number: number.masked() },
        E::CallBackAnswered { refused: None, .. } => Story::CallBackSet,
        E::CallBackAnswered { refused: Some(why), .. } => {
            Story::CallBackNotSet { why: call_back_refusal(*why, language).to_owned() }
        }
        E::CallBackBegan { asked, .. } => Story::CallBackBegan { asked: asked.to_string() },
        E::CallBackOver { why, .. } => Story::CallBackOver { why: call_back_end(*why, language).to_owned() },
        E::CallBacksDropped { count, .. } => Story::CallBacksDropped { count: *count },
        E::LegRinging { .. } => Story::Rings,
        E::LegAnswered { evidence, .. } => Story::Answered { how: answer(*evidence, language).into() },
        E::SoundHeard { sound, .. } => sound_heard(*sound),
        E::LegEnded { cause: why, by, .. } => {
            Story::LegEnded { who: side(*by, language).into(), cause: cause(*why, language) }
        }
        E::FlowEntered { flow, .. } => Story::Flow { flow: flow.clone() },
        E::PromptBegan { prompt, .. } => Story::Prompt { prompt: prompt.clone() },
        E::MenuChosen { step, key, .. } => Story::Pressed { key: *key, step: step.clone() },
        E::MenuInvalid { step, .. } => Story::WrongKey { step: step.clone() },
        E::MenuTimedOut { step, .. } => Story::NoKey { step: step.clone() },
        E::DigitsTaken { step, count, public: None, .. } => Story::DigitsHidden { count: *count, step: step.clone() },
        E::DigitsTaken { step, public: Some(digits), .. } => {
            Story::DigitsShown { digits: digits.clone(), step: step.clone() }
        }
        E::Queued { queue, position, .. } => Story::Queued { queue: queue.clone(), position: *position },
        E::Offered { extension, .. } => Story::Offered { extension: extension.clone() },
        E::OfferEnded { extension, why, .. } => {
            Story::OfferEnded { extension: extension.clone(), why: offer_end(*why, language).into() }
        }
        E::Dequeued { queue, why, .. } => {
            Story::Dequeued { queue: queue.clone(), why: queue_exit(*why, language).into() }
        }
        E::Bridged { .. } => Story::Bridged,
        E::MaskingBegan { what: Masking::SecretInput, by: MaskedBy::Flow { step }, .. } => {
            Story::SecretInStep { step: step.clone() }
        }
        E::MaskingBegan { what: Masking::Pause, by: MaskedBy::Flow { step }, .. } => {
            Story::PauseInStep { step: step.clone() }
        }
        E::ConsentAsked { step, given, evidence, recorded, .. } => {
            let how = match evidence {
                ConsentEvidence::Key => Story::ByKey,
                ConsentEvidence::Staying => Story::ByStaying,
                ConsentEvidence::NoKey => Story::ByNoKey,
            };
            let (step, how) = (step.clone(), how.say(language));
            match (given, recorded) {
                (true, _) => Story::Consented { step, how },
                (false, false) => Story::NotConsented { step, how },
                (false, true) => Story::NotConsentedRecorded { step, how },
            }
        }
        E::MaskingBegan { what, by, .. } => {
            let who = masked_by(by, language);
            match what {
                Masking::SecretInput => Story::SecretBegan { who },
                Masking::Pause => Story::PauseBegan { who },
            }
        }
        E::MaskingEnded { what, digits, why, .. } => {
            let why = masking_end(*why, language).to_owned();
            match what {
                Masking::SecretInput => Story::SecretEnded { digits: *digits, why },
                Masking::Pause => Story::PauseEnded { why },
            }
        }
        E::MaskingEndAsked { what, by, .. } => {
            let who = masked_by(by, language);
            match what {
                Masking::SecretInput => Story::SecretEndAsked { who },
                Masking::Pause => Story::PauseEndAsked { who },
            }
        }
        E::EndAsked { .. } => Story::EndAsked,
        E::SupervisionBegan { extension, mode, .. } => {
            Story::SupervisionBegan { extension: extension.clone(), how: supervisor_mode(*mode, language).to_owned() }
        }
        E::SupervisionChanged { mode, .. } => {
            Story::SupervisionChanged { how: supervisor_mode(*mode, language).to_owned() }
        }
        E::SupervisionEnded { why, .. } => Story::SupervisionEnded { why: supervision_end(*why, language).to_owned() },
        E::SupervisionRefused { why, .. } => {
            Story::SupervisionRefused { why: not_supervised(*why, language).to_owned() }
        }
        E::HandedOver { recording_ended: true, .. } => Story::HandedOverRecorded,
        E::HandedOver { .. } => Story::HandedOver,
        E::HandOverRefused { .. } => Story::HandOverRefused,
        E::Held { .. } => Story::Held,
        E::Retrieved { .. } => Story::Retrieved,
        E::ConferenceBegan { .. } => Story::ConferenceBegan,
        E::ConferenceLeft { .. } => Story::ConferenceLeft,
        E::Transferred { queue: Some(queue), .. } => Story::TransferredToQueue { queue: queue.clone() },
        E::Transferred { number, .. } => Story::TransferredTo {
            to: number.as_ref().map_or_else(|| Story::NumberUnknown.say(language), Number::masked),
        },
        E::TransferReturned { extension, why: NotTransferred::LeftOnHold, .. } => {
            Story::LeftOnHold { extension: extension.clone() }
        }
        E::BackToQueue { queue, .. } => Story::BackToQueue { queue: queue.clone() },
        E::Waits { extension, .. } => Story::Waits { extension: extension.clone() },
        E::WaitingTaken { from, .. } => Story::WaitingTaken { from: from.to_string() },
        E::LineFlashed { extension, .. } => Story::LineFlashed { extension: extension.clone() },
        E::HeldForOther { other, .. } => Story::HeldForOther { other: other.to_string() },
        E::NoWrapUp { extension, .. } => Story::NoWrapUp { extension: extension.clone() },
        E::TransferReturned { extension, why, .. } => {
            Story::TransferReturned { extension: extension.clone(), why: not_transferred(*why, language).into() }
        }
        E::ServiceSet { service, on: false, .. } => {
            Story::ServiceCleared { service: state::service(*service, language).into() }
        }
        E::ServiceSet { service, number: None, .. } => {
            Story::ServiceSet { service: state::service(*service, language).into() }
        }
        E::ServiceSet { service, number: Some(number), .. } => {
            Story::ServiceSetTo { service: state::service(*service, language).into(), number: number.masked() }
        }
        E::ServiceRefused { service, why, .. } => Story::ServiceRefused {
            service: state::service(*service, language).into(),
            why: service_not_set(*why, language).into(),
        },
        E::ServiceAsked { service, on: true, .. } => {
            Story::ServiceIsOn { service: state::service(*service, language).into() }
        }
        E::ServiceAsked { service, .. } => Story::ServiceIsOff { service: state::service(*service, language).into() },
        E::Forwarded { extension, to, reason, .. } => Story::Forwarded {
            extension: extension.clone(),
            to: to.masked(),
            why: forward_reason(*reason, language).into(),
        },
        E::NotForwarded { extension, why, .. } => {
            Story::NotForwarded { extension: extension.clone(), why: not_forwarded(*why, language).into() }
        }
        E::NotDisturbed { extension, .. } => Story::NotDisturbed { extension: extension.clone() },
        E::AgentSet { extension, duty, reason, .. } => agent_set(extension, *duty, reason.as_ref()),
        E::WrapUpEnded { extension, .. } => Story::WrapUpEnded { extension: extension.clone() },
        E::NoAgent { extension, .. } => Story::NoAgent { extension: extension.clone() },
        E::TelephoneLocked { extension, .. } => Story::TelephoneLocked { extension: extension.clone() },
        E::TelephoneUnlocked { person, .. } => Story::TelephoneUnlocked { person: person.0 },
        E::NotUnlocked { why, .. } => Story::NotUnlocked { why: not_unlocked(*why, language).into() },
        E::MailReached { extension, .. } => Story::MailReached { extension: extension.clone() },
        E::MailLeft { extension, ms, .. } => {
            let lasts = duration(language, Duration::from_millis((*ms).into()));
            Story::MailLeft { extension: extension.clone(), lasts }
        }
        E::MailOpened { extension, at, person, .. } => {
            Story::MailOpened { extension: extension.clone(), at: at.clone(), person: person.0 }
        }
        E::MailHeard { extension, message, .. } => {
            Story::MailHeard { extension: extension.clone(), message: message.to_string() }
        }
        E::MailDeleted { extension, message, .. } => {
            Story::MailDeleted { extension: extension.clone(), message: message.to_string() }
        }
        E::MailGreeting { extension, person, own, .. } => {
            let (extension, person) = (extension.clone(), person.0);
            if *own {
                Story::MailGreetingOwn { extension, person }
            } else {
                Story::MailGreetingStandard { extension, person }
            }
        }
        E::MailRefused { extension, why, .. } => {
            Story::MailRefused { extension: extension.clone(), why: no_mail(*why, language).into() }
        }
        E::PickedUp { extension, .. } => Story::PickedUp { extension: extension.clone() },
        E::NothingPickedUp { extension: Some(extension), .. } => {
            Story::NothingPickedUpAt { extension: extension.clone() }
        }
        E::NothingPickedUp { .. } => Story::NothingPickedUp,
        E::Parked { place, extension, .. } => Story::Parked { place: place.clone(), extension: extension.clone() },
        E::TakenUp { place, .. } => Story::TakenUp { place: place.clone() },
        E::NobodyParked { place, .. } => Story::NobodyParked { place: place.clone() },
        E::WentOver { to, .. } => Story::WentOver { to: to.to_string() },
        E::NothingRedialled { .. } => Story::NothingRedialled,
        E::Joined { .. } => Story::Joined,
        E::NotJoined { why, .. } => Story::NotJoined { why: not_joined(*why, language).into() },
        E::Unbridged { .. } => Story::Unbridged,
        E::RecordingBegan { recording, .. } => Story::Recorded { recording: recording.to_string() },
        E::RecordingMissing { why, .. } => Story::NotRecorded { why: recording_gap(*why, language).into() },
        E::Preempted { .. } => Story::Preempted,
        E::Readopted { gap_ms, .. } => Story::Readopted { gap: duration(language, Duration::from_millis(*gap_ms)) },
        E::Ended { cause: why, by, .. } => {
            Story::Ended { who: side(*by, language).into(), cause: cause(*why, language) }
        }
    }
}

fn leg_began(
    role: LegRole,
    endpoint: &Endpoint,
    number: Option<&Number>,
    language: Language,
    names: &dyn Names,
) -> Story {
    let who = number.map_or_else(|| Story::NumberUnknown.say(language), Number::masked);
    match (role, endpoint) {
        (LegRole::Caller, endpoint) => Story::CallerOn { who, place: place(endpoint, language, names) },
        // Which trunk it will be is told when one has taken it.
        (LegRole::Called, Endpoint::Channel { group, .. }) => Story::CalledOn { who, place: group.clone() },
        (LegRole::Called, endpoint) => Story::CalledOn { who, place: place(endpoint, language, names) },
    }
}

fn known_of_party(
    withheld: bool,
    other: Option<Story>,
    name: &Option<String>,
    subaddress: &Option<String>,
    language: Language,
) -> String {
    let name = name.clone().map(|name| Story::Named { name });
    let subaddress = subaddress.clone().map(|subaddress| Story::Subaddress { subaddress });
    let known = [withheld.then_some(Story::NumberWithheld), name, other, subaddress];
    let known: Vec<String> = known.into_iter().flatten().map(|known| known.say(language)).collect();
    known.join(list_mark(language))
}

/// Who it was in person stands with the audit entry, which the story shows beside it.
fn kept_for(by: &KeptFor) -> Story {
    match by {
        KeptFor::Station { extension } => Story::AtStation { extension: extension.clone() },
        KeptFor::Person(_) => Story::Somebody,
        KeptFor::Console { .. } => Story::AtTheConsole,
    }
}

/// A party of a transfer: number and name, as far as they are known.
fn party(number: Option<&Number>, withheld: bool, name: &Option<String>, language: Language) -> String {
    let known = known_of_party(withheld, None, name, &None, language);
    let unknown = (number.is_none() && known.is_empty()).then(|| Story::NumberUnknown.say(language));
    listed(number.map(Number::masked).into_iter().chain([known]).chain(unknown), language)
}

fn far_end(change: PartyChange, what: String, name: &Option<String>, language: Language) -> Story {
    match (change, name) {
        (PartyChange::Named, Some(name)) => Story::FarEndNamed { name: name.clone() },
        (PartyChange::Named, None) => Story::FarEndNamed { name: Story::NumberUnknown.say(language) },
        (PartyChange::TransferredRinging, _) => Story::FarEndRings { what },
        (PartyChange::Transferred, _) => Story::FarEndTransferred { what },
        (PartyChange::Updated, _) => Story::FarEndUpdated { what },
    }
}

fn wanted(subaddress: Option<&String>, terminal: Option<Terminal>, keypad: u8, language: Language) -> String {
    let subaddress = subaddress.map(|subaddress| Story::Subaddress { subaddress: subaddress.clone() });
    let terminal =
        terminal.map(|terminal| Story::WantsTerminal { terminal: self::terminal(terminal, language).into() });
    let keypad = (keypad > 0).then_some(Story::WithKeypad { count: keypad });
    let wanted = [subaddress, terminal, keypad].into_iter().flatten();
    listed(wanted.map(|wanted| wanted.say(language)), language)
}

fn terminal(terminal: Terminal, language: Language) -> &'static str {
    match terminal {
        Terminal::Telephone => language.pick("电话", "a telephone"),
        Terminal::Fax => language.pick("传真机", "a fax machine"),
        Terminal::Video => language.pick("可视电话", "a videotelephone"),
        Terminal::Other => language.pick("其他终端", "a terminal of another kind"),
    }
}

fn price(price: &Price, language: Language) -> String {
    let of = match price.of {
        Priced::Conversation => language.pick("通话", "the conversation"),
        Priced::Attempt => language.pick("呼叫尝试", "the attempt"),
        Priced::Setup => language.pick("建立呼叫", "setting it up"),
        Priced::Service => language.pick("网络业务", "services"),
    };
    let rate = match &price.rate {
        Rate::NotAvailable => language.pick("未告知", "(not told)").to_owned(),
        Rate::Free => language.pick("免费", "nothing").to_owned(),
        Rate::Flat { currency, thousandths } => money(currency, *thousandths),
        Rate::Time { currency, thousandths, every_ms } => {
            let (money, time) = (money(currency, *thousandths), Duration::from_millis(*every_ms));
            Story::Every { money, time: duration(language, time) }.say(language)
        }
    };
    Story::PriceOf { of: of.to_owned(), rate }.say(language)
}

const fn noticed(notice: Notice) -> Story {
    match notice {
        Notice::Held => Story::NoticeHeld,
        Notice::Retrieved => Story::NoticeRetrieved,
        Notice::Suspended => Story::NoticeSuspended,
        Notice::Resumed => Story::NoticeResumed,
        Notice::Waits => Story::NoticeWaits,
        Notice::Diverted => Story::NoticeDiverted,
        Notice::Conference => Story::NoticeConference,
        Notice::ConferenceOver => Story::NoticeConferenceOver,
        Notice::Transferred => Story::NoticeTransferred,
    }
}

/// What a supervisor does.
pub fn supervisor_mode(mode: SupervisorMode, language: Language) -> &'static str {
    match mode {
        SupervisorMode::Listens => language.pick("只听，双方听不到班长", "listens, and is heard by nobody"),
        SupervisorMode::Whispers => language.pick("耳语，只有座席听得到", "whispers, heard by the agent alone"),
        SupervisorMode::BargesIn => language.pick("插话，各方都听得到", "talks with all"),
    }
}

fn supervision_end(why: SupervisionEnd, language: Language) -> &'static str {
    match why {
        SupervisionEnd::HungUp => language.pick("班长挂机", "the supervisor hung up"),
        SupervisionEnd::Asked => language.pick("在页面上结束", "ended at the page"),
        SupervisionEnd::AgentGone => language.pick("座席已离开", "the agent has left"),
        SupervisionEnd::CallOver => language.pick("通话结束", "the call is over"),
        SupervisionEnd::Restarted => language.pick("程序重启", "the box’s program was restarted"),
    }
}

/// Why a supervisor does not hear a talk, and what to do.
pub fn not_supervised(why: NotSupervised, language: Language) -> &'static str {
    match why {
        NotSupervised::NoSuchCall => language.pick("通话已结束", "the call is over"),
        NotSupervised::NotTalking => language.pick("座席没有在通话", "no agent talks there"),
        NotSupervised::NotAllowed => language.pick(
            "该队列的设置不允许监听（queues 的 supervision）",
            "the settings do not let the talks of its queue be heard (supervision of the queue)",
        ),
        NotSupervised::Taken => language.pick("另一位班长正在监听", "another supervisor hears it"),
        NotSupervised::NoTelephone => language.pick(
            "设置中没有您的电话（people 的 extension）",
            "the settings name no telephone of yours (extension of the person)",
        ),
        NotSupervised::TelephoneBusy => {
            language.pick("您的电话正在使用，请先挂机", "your telephone is in use; hang up first")
        }
        NotSupervised::NotPermitted => {
            language.pick("此人不是班长或没有 PIN", "the person is no supervisor, or has no PIN")
        }
        NotSupervised::WrongPin => language.pick("PIN 三次错误", "the PIN was wrong three times"),
        NotSupervised::PinLocked => {
            language.pick("PIN 错误次数过多，暂时锁定", "the PIN was wrong too often, and is locked for a while")
        }
        NotSupervised::NotAudited => {
            language.pick("审计记录写不进，未监听；请看告警", "the audit could not be written; look at the alarms")
        }
    }
}

/// Who wanted something masked, where no name is at hand.
pub fn masked_by(by: &MaskedBy, language: Language) -> String {
    match by {
        MaskedBy::Station { extension } => Story::AtStation { extension: extension.clone() },
        MaskedBy::Person(_) => Story::Somebody,
        MaskedBy::Console { .. } => Story::AtTheConsole,
        MaskedBy::Flow { step } => Story::InStep { step: step.clone() },
    }
    .say(language)
}

fn masking_end(why: MaskingEnd, language: Language) -> &'static str {
    match why {
        MaskingEnd::Asked => language.pick("由开启方结束", "ended by who began it"),
        MaskingEnd::EndKey => language.pick("对方按了结束键", "the party pressed the end key"),
        MaskingEnd::StepOver => language.pick("流程已继续", "the flow went on"),
        MaskingEnd::TimedOut => language.pick("已到最长时间", "it had lasted as long as it may"),
        MaskingEnd::PartyGone => language.pick("通话对象已离开", "the party is gone"),
    }
}

fn charged(charge: &Charge, at_end: bool, language: Language) -> Story {
    if *charge == Charge::NotAvailable {
        return Story::ChargeUnknown;
    }
    let charge = self::charge(charge, language);
    if at_end { Story::ChargedAtEnd { charge } } else { Story::Charged { charge } }
}

/// A charge as people read it.
pub fn charge(charge: &Charge, language: Language) -> String {
    match charge {
        Charge::NotAvailable => language.pick("网络不知道", "the network does not know").to_owned(),
        Charge::Free => language.pick("0（免费）", "nothing").to_owned(),
        Charge::Money { currency, thousandths } => money(currency, *thousandths),
        Charge::Units { units } => match language {
            Language::Chinese => format!("{units} 个计费单位"),
            Language::English => format!("{units} charging units"),
        },
    }
}

/// What is not empty, with the list mark between.
fn listed(known: impl Iterator<Item = String>, language: Language) -> String {
    known.filter(|known| !known.is_empty()).collect::<Vec<_>>().join(list_mark(language))
}

const fn list_mark(language: Language) -> &'static str {
    language.pick("；", "; ")
}

fn diverted(
    from: Option<&Number>,
    withheld: bool,
    first: Option<&Number>,
    reason: DiversionReason,
    language: Language,
) -> Story {
    let unknown = if withheld { Story::NumberWithheld } else { Story::NumberUnknown };
    let from = from.map_or_else(|| unknown.say(language), Number::masked);
    let why = diversion_reason(reason, language).to_owned();
    match first {
        Some(first) => Story::DivertedAgain { from, first: first.masked(), why },
        None => Story::Diverted { from, why },
    }
}

fn diversion_reason(reason: DiversionReason, language: Language) -> &'static str {
    match reason {
        DiversionReason::Unknown => language.pick("原因未知", "why was not told"),
        DiversionReason::Busy => language.pick("遇忙", "busy"),
        DiversionReason::NoReply => language.pick("无人接听", "nobody answered"),
        DiversionReason::Unconditional => language.pick("无条件转移", "all calls are diverted"),
        DiversionReason::Deflected => language.pick("振铃时转移", "sent on while it rang"),
        DiversionReason::OutOfOrder => language.pick("终端故障", "out of order"),
    }
}

fn place(endpoint: &Endpoint, language: Language, names: &dyn Names) -> String {
    match endpoint {
        Endpoint::Channel { lane, .. } => {
            Story::Channel { span: names.span(lane.span), timeslot: lane.timeslot.0 }.say(language)
        }
        Endpoint::OutsideLine { port, .. } | Endpoint::Station { port, .. } => names.port(*port),
    }
}

fn far_end_gone(evidence: ReleaseEvidence, language: Language) -> Story {
    match evidence {
        ReleaseEvidence::BatteryDrop => Story::LineDropped,
        ReleaseEvidence::Polarity => Story::LineTurned,
        ReleaseEvidence::Silence { limit_s } => Story::LineSilent { seconds: limit_s },
        ReleaseEvidence::Tone { tone, cycles, hz, level_dbm0 } => {
            let tone = match tone {
                ReleaseTone::Busy => language.pick("忙音", "busy tone"),
                ReleaseTone::Congestion => language.pick("拥塞音", "congestion tone"),
            };
            Story::LineTone { tone: tone.into(), cycles, hz, level: level_dbm0 }
        }
    }
}

fn sound_heard(sound: Sound) -> Story {
    match sound {
        Sound::FaxCalling => Story::FaxCalls,
        Sound::FaxAnswering => Story::FaxAnswers,
        Sound::Modem => Story::ModemAnswers,
        Sound::SpecialInformation => Story::AnnouncementFollows,
    }
}

fn side(side: Side, language: Language) -> &'static str {
    match side {
        Side::Caller => language.pick("主叫", "the caller"),
        Side::Called => language.pick("被叫", "the called party"),
        Side::Box => language.pick("本机", "the box"),
        Side::Network => language.pick("网络", "the network"),
    }
}

fn answer(evidence: AnswerEvidence, language: Language) -> &'static str {
    match evidence {
        AnswerEvidence::Signalled => language.pick("信令确认", "signalled"),
        AnswerEvidence::OffHook => language.pick("摘机", "handset lifted"),
        AnswerEvidence::Polarity => language.pick("反极", "polarity turned"),
        AnswerEvidence::Voice => language.pick("听到人声", "a voice was heard"),
        AnswerEvidence::Assumed => language.pick("按时间推定", "assumed after a time"),
    }
}

fn offer_end(why: OfferEnd, language: Language) -> &'static str {
    match why {
        OfferEnd::NoAnswer => language.pick("无人接听", "nobody answered"),
        OfferEnd::Cancelled => language.pick("主叫已离开", "the caller was gone"),
        OfferEnd::Busy => language.pick("占线", "busy"),
        OfferEnd::PickedUp => language.pick("在另一话机接起", "answered at another telephone"),
        OfferEnd::Transferred => language.pick("已转接", "transferred"),
        OfferEnd::NoDevice => language.pick("音频设备不在", "its sound device is not there"),
        OfferEnd::RingBudget => language.pick("板卡铃流已用满", "the card’s ringing current is used up"),
    }
}

fn queue_exit(why: QueueExit, language: Language) -> &'static str {
    match why {
        QueueExit::Answered => language.pick("已接听", "answered"),
        QueueExit::Abandoned => language.pick("主叫放弃", "the caller gave up"),
        QueueExit::TimedOut => language.pick("等待超时", "the longest wait was over"),
        QueueExit::Full => language.pick("队列已满", "the queue was full"),
        QueueExit::Unstaffed => language.pick("无人在岗", "nobody works there"),
        QueueExit::Transferred => {
            language.pick("转接，由被保持的一方排队", "transferred: the party on hold waits there")
        }
        QueueExit::Lost => language.pick("通话中断", "the call was lost"),
    }
}

fn agent_set(extension: &str, duty: Duty, reason: Option<&String>) -> Story {
    let extension = extension.to_owned();
    match (duty, reason) {
        (Duty::Ready, _) => Story::AgentSignedIn { extension },
        (Duty::SignedOut, _) => Story::AgentSignedOut { extension },
        (Duty::Paused(_), Some(reason)) => Story::AgentPausedFor { extension, reason: reason.clone() },
        (Duty::Paused(_), None) => Story::AgentPaused { extension },
    }
}

fn no_mail(why: NoMail, language: Language) -> &'static str {
    match why {
        NoMail::BoxFull => language.pick("信箱已满，不能留言", "it is full, and takes no message"),
        NoMail::Disk => language.pick("磁盘写不进，不能留言", "the disk takes no more, so no message can be left"),
        NoMail::NotRead => {
            language.pick("留言库还没有读出，现在不能用", "what is kept could not be read, so it can't be used now")
        }
        NoMail::NothingSaid => {
            language.pick("说话不足一秒，没有留言", "less than a second was said, so there is no message")
        }
        NoMail::NoBox => language.pick("这部电话没有信箱", "the telephone has none"),
        NoMail::WrongPin => language.pick("PIN 三次错误，没有打开", "not opened: the PIN was wrong three times"),
        NoMail::PinLocked => {
            language.pick("PIN 近来错误太多，没有打开", "not opened: the PIN was wrong too often of late")
        }
        NoMail::NoPin => language.pick("该人员没有 PIN，没有打开", "not opened: its person has no PIN"),
        NoMail::NotAudited => language.pick("写不进审计，没有打开", "not opened: the audit could not be written"),
    }
}

fn not_unlocked(why: NotUnlocked, language: Language) -> &'static str {
    match why {
        NotUnlocked::WrongPin => language.pick("PIN 三次错误", "the PIN was wrong three times"),
        NotUnlocked::PinLocked => {
            language.pick("PIN 错误次数过多，暂时锁定", "the PIN was wrong too often, and is locked for a while")
        }
        NotUnlocked::NoPin => {
            language.pick("没有这个人或此人没有 PIN", "there is no such person, or the person has no PIN")
        }
    }
}

fn service_not_set(why: ServiceNotSet, language: Language) -> &'static str {
    match why {
        ServiceNotSet::NoSuchNumber => {
            language.pick("没有这个号码，或者是本机自己的号码", "nobody has that number, or it is the telephone’s own")
        }
        ServiceNotSet::Outside => language.pick(
            "设置不允许转到外线（forward.outside）",
            "the settings let no calls be forwarded outside (forward.outside)",
        ),
    }
}

fn not_forwarded(why: NotForwarded, language: Language) -> &'static str {
    match why {
        NotForwarded::Circle => language.pick("已经转过那里，绕成了圈", "it was there already, and goes in a circle"),
        NotForwarded::TooOften => language.pick("转移次数已满", "it was forwarded as often as may be"),
        NotForwarded::NoSuchNumber => language.pick(
            "要转到的号码已不存在，或设置不再允许",
            "nobody has that number any more, or the settings do not allow it any more",
        ),
        NotForwarded::ToItsCaller => language.pick("来电者正是要转到的分机", "its caller is whom it would go to"),
        NotForwarded::NoChannel => {
            language.pick("外线只剩一路，留给紧急呼叫", "the last line outside is kept for an emergency")
        }
    }
}

fn forward_reason(reason: DiversionReason, language: Language) -> &'static str {
    match reason {
        DiversionReason::Unconditional => language.pick("无条件", "always"),
        other => diversion_reason(other, language),
    }
}

fn not_transferred(why: NotTransferred, language: Language) -> &'static str {
    match why {
        NotTransferred::NobodyDialled => {
            language.pick("没有拨出可转接的号码", "no number was dialled that it could go to")
        }
        NotTransferred::Busy => language.pick("对方占线", "the third party is busy"),
        NotTransferred::NoAnswer => language.pick("无人接听", "nobody answered"),
        NotTransferred::NotReached => language.pick("没有接通", "the third party can’t be reached"),
        NotTransferred::BothOutside => language.pick(
            "两方都在外线，设置不允许接在一起（hand_over）",
            "both are outside, and the settings let no network join them (hand_over)",
        ),
        NotTransferred::ParkedTooLong => language.pick("驻留超时", "parked for too long"),
        NotTransferred::LeftOnHold => language.pick("保持中挂机", "left on hold"),
        NotTransferred::Restarted => language.pick("程序重启", "the box’s program was restarted"),
    }
}

fn not_joined(why: NotJoined, language: Language) -> &'static str {
    match why {
        NotJoined::NotAllowed => language
            .pick("该中继组的设置不允许（joins_calls）", "the settings of its trunk group do not let it (joins_calls)"),
        NotJoined::NotTalking => language.pick("其中一个通话还没有接通", "one of them does not talk yet"),
        NotJoined::Emergency => language.pick("其中一个是紧急呼叫", "one of them is an emergency call"),
    }
}

fn recording_gap(why: RecordingGap, language: Language) -> &'static str {
    match why {
        RecordingGap::NoTrack => language.pick("录音轨已用完", "no free track"),
        RecordingGap::Disk => language.pick("磁盘写不进", "the disk takes no more"),
        RecordingGap::Buffer => language.pick("缓冲已满", "the buffer was full"),
        RecordingGap::Late => language.pick("本机一时来不及处理", "the box was late for a moment"),
        RecordingGap::Restart => language.pick("程序重启", "the box’s program was not running"),
    }
}
