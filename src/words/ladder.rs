//! The ladder of a call in words that need no knowledge of Q.931: who told whom what, why, and what to do about it.

use std::time::Duration;

use frame::{LaneId, Stamp, Utc};
use isdn::{
    Cause, Role, Timer,
    q931::{MessageKind, element::Location},
    trace::{Direction, GivenUp, LinkTold, Rung, Told, TracedMessage},
};

use super::{Language, Names, cause, cause_advice, clock_time, location, sentence::sentences};
use crate::handles::LadderNow;

/// One line of a ladder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LadderLine {
    /// When.
    pub at: Stamp,
    /// What happened.
    pub text: String,
    /// Something went wrong.
    pub is_trouble: bool,
    /// What to do about it, where something went wrong.
    pub advice: Option<String>,
}

/// A ladder, line by line.
pub fn ladder(ladder: &LadderNow, language: Language, names: &dyn Names) -> Vec<LadderLine> {
    let first = ladder.ladder.is_cut.then(|| LadderLine {
        at: stamp(ladder, ladder.ladder.rungs.first()),
        text: Step::BeginningGone.say(language),
        is_trouble: false,
        advice: None,
    });
    let last = ladder.ladder.is_full.then(|| LadderLine {
        at: stamp(ladder, ladder.ladder.rungs.last()),
        text: Step::MoreThere.say(language),
        is_trouble: false,
        advice: None,
    });
    let rungs = ladder.ladder.rungs.iter().map(|rung| line(ladder, rung, language, names));
    first.into_iter().chain(rungs).chain(last).collect()
}

/// The time of day of a line, to the millisecond: `10:39:09.123`.
pub fn ladder_time(at: &Stamp) -> String {
    format!("{}.{:03}", clock_time(at.utc), at.utc.as_us().rem_euclid(1_000_000) / 1000)
}

/// What is said where no trace has a call.
pub fn no_ladder(language: Language) -> String {
    Step::NotInTrace.say(language)
}

/// Whether something went wrong.
fn is_trouble(told: &Told) -> bool {
    match told {
        Told::Message(message) => message.is_again || message.cause.is_some_and(|(cause, _)| is_of_interest(cause)),
        Told::Link(_, told) => *told != LinkTold::Up,
        Told::Unanswered(_) | Told::GivenUp(_) => true,
    }
}

sentences! {
    /// The sentences of a ladder.
    pub enum Step {
        /// The box, as a party of the line.
        TheBox
            zh "本机"
            en "box"
        /// The far end, where it is a carrier's.
        Exchange
            zh "交换机"
            en "exchange"
        /// The far end, where we play the exchange.
        PrivateExchange
            zh "下级交换机"
            en "private exchange"
        /// A message.
        Message { from: String, to: String, name: String, means: String, details: String }
            zh "{from} → {to}：{name}（{means}）{details}"
            en "{from} → {to}: {name} ({means}){details}"
        /// Between the parts of a message.
        Comma { part: String }
            zh "，{part}"
            en ", {part}"
        /// The number called.
        Called { number: String }
            zh "被叫 {number}"
            en "called {number}"
        /// The number that diverted the call.
        DivertedFrom { number: String }
            zh "由 {number} 转来"
            en "diverted from {number}"
        /// The number that calls or answers.
        Party { number: String }
            zh "号码 {number}"
            en "number {number}"
        /// The channel.
        OnChannel { timeslot: u8 }
            zh "信道 {timeslot}"
            en "channel {timeslot}"
        /// All channels.
        WholeInterface
            zh "整条中继"
            en "the whole span"
        /// The cause of the box.
        OwnCause { cause: String }
            zh "原因：{cause}"
            en "cause: {cause}"
        /// A cause from elsewhere.
        CauseOf { cause: String, place: String }
            zh "原因：{cause}，由{place}给出"
            en "cause: {cause}, says {place}"
        /// A tone.
        Audible
            zh "有提示音可听"
            en "there is a tone or announcement to hear"
        /// The state that a STATUS tells.
        InState { state: u8 }
            zh "对方认为处于状态 {state}"
            en "it takes the call to be in state {state}"
        /// Said again.
        Again
            zh "第二次：上一次没有回音"
            en "said again, for nothing came back"
        /// The link is set up.
        LinkSetUp { from: String }
            zh "{from}要求（重新）建立数据链路"
            en "The {from} sets the data link up, or up anew"
        /// The link is up.
        LinkUp
            zh "数据链路已建立"
            en "The data link is up"
        /// The link is taken down.
        LinkTakenDown { from: String }
            zh "{from}拆除了数据链路"
            en "The {from} takes the data link down"
        /// The link is refused.
        LinkRefused { from: String }
            zh "{from}说没有数据链路"
            en "The {from} says that it has no data link"
        /// Not answered.
        Unanswered { far: String, name: String }
            zh "{far}没有回答 {name}"
            en "The {far} did not answer {name}"
        /// A timer ended it.
        TimerRanOut { timer: String, waited: String }
            zh "本机放弃了这个呼叫：{timer} 超时，{waited}"
            en "The box gave the call up: {timer} ran out, {waited}"
        /// What a timer without words of its own waited for.
        WaitedForSomething
            zh "对方没有按时回应"
            en "the far end was silent for too long"
        /// The link ended it.
        LinkTooLong
            zh "数据链路断开太久，通话结束"
            en "The data link was down for too long, which ended the call"
        /// A restart ended it.
        Restarted
            zh "它的信道被重新启动，通话结束"
            en "Its channel was restarted, which ended the call"
        /// A broken rule ended it.
        BrokenRule
            zh "一条不合规程的消息结束了通话"
            en "A message that broke the rules ended the call"
        /// The box's restart ended it.
        BoxRestarted
            zh "本机程序重启时呼叫还没有接通，被释放"
            en "The box’s program was restarted before the call was through, so it was released"
        /// The beginning is gone.
        BeginningGone
            zh "更早的信令已不在跟踪里：跟踪只保留最近的 10 MB。"
            en "What came before is no longer in the trace, which keeps the last 10 MB."
        /// There is more.
        MoreThere
            zh "还有更多消息；请导出信令跟踪查看全部。"
            en "There were more messages; export the trace to see them all."
        /// Nothing is there.
        NotInTrace
            zh "信令跟踪里已没有这个呼叫：它只在内存里，保留最近的 10 MB，程序重启后从头开始。日志所知的都在经过里。"
            en "The trace of the D-channel no longer has this call: it is memory that keeps the last 10 MB and begins anew with the program. All that the log knows stands in the story."
        /// The advice for silence.
        CheckFarEnd
            zh "查看当时的告警与数据链路；若反复出现，导出信令跟踪交给运营商。"
            en "Look at the alarms and the data link of that time; if it repeats, export the trace and give it to the carrier."
    }
}

fn line(of: &LadderNow, rung: &Rung, language: Language, names: &dyn Names) -> LadderLine {
    let role = of.ladder.role;
    let text = match &rung.told {
        Told::Message(message) => self::message(message, role, language),
        Told::Link(direction, told) => link(*direction, *told, role, language),
        Told::Unanswered(kind) => {
            let name = name_of(MessageKind::from_code(*kind));
            Step::Unanswered { far: far(role, language), name }.say(language)
        }
        Told::GivenUp(why) => given_up(*why, language),
    };
    let advice = match &rung.told {
        Told::Message(TracedMessage { cause: Some((cause, _)), channel, .. }) if is_of_interest(*cause) => {
            let channel = channel.map(|timeslot| channel_of(LaneId::new(of.span, timeslot), language, names));
            Some(cause_advice(*cause, channel.as_deref(), language))
        }
        Told::Unanswered(_) | Told::GivenUp(GivenUp::Timer(_) | GivenUp::Link | GivenUp::Protocol) => {
            Some(Step::CheckFarEnd.say(language))
        }
        _ => None,
    };
    LadderLine { at: stamp(of, Some(rung)), text, is_trouble: is_trouble(&rung.told), advice }
}

/// A channel by the label of its span, as advice names it.
pub fn channel_of(lane: LaneId, language: Language, names: &dyn Names) -> String {
    Place { span: &names.span(lane.span), timeslot: lane.timeslot.0 }.say(language)
}

/// A channel by its span.
struct Place<'a> {
    span: &'a str,
    timeslot: u8,
}

impl Place<'_> {
    fn say(&self, language: Language) -> String {
        match language {
            Language::Chinese => format!("{} 的信道 {}", self.span, self.timeslot),
            Language::English => format!("channel {} of {}", self.timeslot, self.span),
        }
    }
}

/// The ordinary end of a call, and what only answers a question, ask for nothing.
fn is_of_interest(cause: Cause) -> bool {
    !matches!(cause, Cause::NormalClearing | Cause::ResponseToStatusEnquiry)
}

fn message(message: &TracedMessage, role: Role, language: Language) -> String {
    let kind = MessageKind::from_code(message.kind);
    let (from, to) = match message.direction {
        Direction::Received => (far(role, language), Step::TheBox.say(language)),
        Direction::Sent => (Step::TheBox.say(language), far(role, language)),
    };
    let (name, means) = (name_of(kind), meaning(kind, language).to_owned());
    let details = details(message, language);
    Step::Message { from, to, name, means, details }.say(language)
}

fn details(message: &TracedMessage, language: Language) -> String {
    let cause = message.cause.map(|(why, place)| {
        let cause = cause(why, language);
        match (message.direction, place) {
            (Direction::Sent, _) | (_, Location::Other(_)) => Step::OwnCause { cause },
            (Direction::Received, place) => Step::CauseOf { cause, place: location(place, language) },
        }
    });
    let parts = [
        message.is_again.then_some(Step::Again),
        message
            .called
            .as_ref()
            .filter(|number| !number.is_empty())
            .map(|number| Step::Called { number: number.clone() }),
        message.party.as_ref().filter(|number| !number.is_empty()).map(|number| Step::Party { number: number.clone() }),
        message
            .diverted_from
            .as_ref()
            .filter(|number| !number.is_empty())
            .map(|number| Step::DivertedFrom { number: number.clone() }),
        message.channel.map(|timeslot| Step::OnChannel { timeslot: timeslot.0 }),
        message.is_interface.then_some(Step::WholeInterface),
        cause,
        message.state.map(|state| Step::InState { state }),
        message.is_audible.then_some(Step::Audible),
    ];
    let said = parts.into_iter().flatten().map(|part| Step::Comma { part: part.say(language) }.say(language));
    said.collect()
}

fn link(direction: Direction, told: LinkTold, role: Role, language: Language) -> String {
    let from = match direction {
        Direction::Received => far(role, language),
        Direction::Sent => Step::TheBox.say(language),
    };
    match told {
        LinkTold::SetUp => Step::LinkSetUp { from },
        LinkTold::Up => Step::LinkUp,
        LinkTold::TakenDown => Step::LinkTakenDown { from },
        LinkTold::Refused => Step::LinkRefused { from },
    }
    .say(language)
}

fn given_up(why: GivenUp, language: Language) -> String {
    match why {
        GivenUp::Timer(timer) => {
            Step::TimerRanOut { timer: format!("{timer:?}"), waited: waited(timer, language) }.say(language)
        }
        GivenUp::Link => Step::LinkTooLong.say(language),
        GivenUp::Restart => Step::Restarted.say(language),
        GivenUp::Protocol => Step::BrokenRule.say(language),
        GivenUp::Adoption => Step::BoxRestarted.say(language),
    }
}

/// What a timer waited for in vain.
fn waited(timer: Timer, language: Language) -> String {
    let (zh, en) = match timer {
        Timer::T301 => ("一直振铃，没有人接", "it rang and nobody answered"),
        Timer::T302 => ("没有等到更多的号码", "no more digits came"),
        Timer::T303 => ("SETUP 没有任何回音", "nothing came back to SETUP"),
        Timer::T304 => ("发完号码后没有进展", "nothing happened after the digits were sent"),
        Timer::T305 => ("挂断没有得到回应", "the hang-up was not answered"),
        Timer::T306 => ("提示音播放的时间已到", "the announcement had its time"),
        Timer::T308 => ("信道没有被确认释放", "the release of the channel was not confirmed"),
        Timer::T309 => ("数据链路没有及时恢复", "the data link did not come back in time"),
        Timer::T310 => ("对方接受呼叫后再无消息", "after accepting the call the far end said no more"),
        Timer::T313 => ("应答没有得到确认", "the answer was not acknowledged"),
        Timer::T316 => ("信道重启没有得到回应", "the restart was not answered"),
        Timer::T322 => ("状态询问没有得到回答", "the status enquiry was not answered"),
        #[allow(unreachable_patterns)] // a timer that is new in `isdn` is told without words of its own
        _ => return Step::WaitedForSomething.say(language),
    };
    language.pick(zh, en).to_owned()
}

fn far(role: Role, language: Language) -> String {
    match role {
        Role::User => Step::Exchange,
        Role::Network => Step::PrivateExchange,
    }
    .say(language)
}

/// The message as the standard spells it.
fn name_of(kind: MessageKind) -> String {
    match NAMES.iter().find(|(named, ..)| *named == kind) {
        Some((_, name, ..)) => (*name).to_owned(),
        None => format!("{:#04x}", kind.code()),
    }
}

fn meaning(kind: MessageKind, language: Language) -> &'static str {
    match NAMES.iter().find(|(named, ..)| *named == kind) {
        Some((_, _, zh, en)) => language.pick(zh, en),
        None => language.pick("本机不认识的消息", "a message that the box does not know"),
    }
}

/// The moment of a rung by the wall clock.
fn stamp(of: &LadderNow, rung: Option<&Rung>) -> Stamp {
    let time = rung.map_or(of.at.time, |rung| rung.at);
    let ago: Duration = of.at.time.since(time);
    Stamp { boot: of.at.boot, time, utc: Utc::from_us(of.at.utc.as_us() - ago.as_micros() as i64) }
}

/// Messages as Q.931, table 4-2, and Q.932 name them, and what each is for.
const NAMES: &[(MessageKind, &str, &str, &str)] = &[
    (MessageKind::Setup, "SETUP", "发起呼叫", "begins a call"),
    (MessageKind::SetupAcknowledge, "SETUP ACKNOWLEDGE", "收到，请继续发号码", "heard, and wants more digits"),
    (MessageKind::CallProceeding, "CALL PROCEEDING", "号码已够，正在接续", "has the number and goes on with the call"),
    (MessageKind::Progress, "PROGRESS", "告知接续情况", "tells how the call gets on"),
    (MessageKind::Alerting, "ALERTING", "被叫正在振铃", "the called party is being rung"),
    (MessageKind::Connect, "CONNECT", "已应答", "answered"),
    (MessageKind::ConnectAcknowledge, "CONNECT ACKNOWLEDGE", "知道已应答", "has seen the answer"),
    (MessageKind::Disconnect, "DISCONNECT", "挂断", "hangs up"),
    (MessageKind::Release, "RELEASE", "放开信道，请确认", "gives the channel back and asks for the same"),
    (MessageKind::ReleaseComplete, "RELEASE COMPLETE", "呼叫到此结束", "the call is over"),
    (MessageKind::Restart, "RESTART", "请把信道恢复到空闲", "asks to put a channel back to idle"),
    (MessageKind::RestartAcknowledge, "RESTART ACKNOWLEDGE", "信道已恢复空闲", "the channel is idle again"),
    (MessageKind::StatusEnquiry, "STATUS ENQUIRY", "询问呼叫状态", "asks how the call stands"),
    (MessageKind::Status, "STATUS", "告知呼叫状态", "tells how the call stands"),
    (MessageKind::Information, "INFORMATION", "补充号码或文字", "more digits, or a text"),
    (MessageKind::Notify, "NOTIFY", "通知，例如被保持", "tells of a hold or the like"),
    (MessageKind::Facility, "FACILITY", "补充业务", "a supplementary service"),
    (MessageKind::Register, "REGISTER", "与呼叫无关的补充业务", "a supplementary service without a call"),
    (MessageKind::Hold, "HOLD", "请求保持", "wants to hold the call"),
    (MessageKind::HoldAcknowledge, "HOLD ACKNOWLEDGE", "同意保持", "holds the call"),
    (MessageKind::HoldReject, "HOLD REJECT", "拒绝保持", "does not hold the call"),
    (MessageKind::Retrieve, "RETRIEVE", "请求取回", "wants the held call back"),
    (MessageKind::RetrieveAcknowledge, "RETRIEVE ACKNOWLEDGE", "同意取回", "the held call is back"),
    (MessageKind::RetrieveReject, "RETRIEVE REJECT", "拒绝取回", "does not give the held call back"),
    (MessageKind::Suspend, "SUSPEND", "请求挂起", "wants to suspend the call"),
    (MessageKind::SuspendAcknowledge, "SUSPEND ACKNOWLEDGE", "同意挂起", "suspends the call"),
    (MessageKind::SuspendReject, "SUSPEND REJECT", "拒绝挂起", "does not suspend the call"),
    (MessageKind::Resume, "RESUME", "请求恢复", "wants to resume the call"),
    (MessageKind::ResumeAcknowledge, "RESUME ACKNOWLEDGE", "同意恢复", "resumes the call"),
    (MessageKind::ResumeReject, "RESUME REJECT", "拒绝恢复", "does not resume the call"),
    (
        MessageKind::UserInformation,
        "USER INFORMATION",
        "双方设备之间的信息",
        "what the two ends’ equipment tells each other",
    ),
    (MessageKind::Segment, "SEGMENT", "一条长消息的一段", "a piece of a long message"),
    (MessageKind::CongestionControl, "CONGESTION CONTROL", "请放慢", "asks for a slower pace"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use frame::{BootNo, PortId, SpanId, Time, Timeslot};
    use isdn::trace::Ladder;

    use super::*;

    struct Plain;

    impl Names for Plain {
        fn port(&self, port: PortId) -> String {
            port.to_string()
        }

        fn span(&self, span: SpanId) -> String {
            format!("span {span}")
        }
    }

    fn told(told: Told, role: Role) -> LadderLine {
        let at = Stamp { boot: BootNo(1), time: Time::from_ms(5_000), utc: Utc::from_us(38_349_500_000) };
        let rungs = vec![Rung { at: Time::from_ms(4_377), told }];
        let of = LadderNow { span: SpanId(1), at, ladder: Ladder { role, rungs, is_cut: false, is_full: false } };
        ladder(&of, Language::English, &Plain).remove(0)
    }

    fn heard(direction: Direction, kind: MessageKind) -> TracedMessage {
        TracedMessage {
            direction,
            kind: kind.code(),
            is_again: false,
            called: None,
            party: None,
            diverted_from: None,
            channel: None,
            cause: None,
            state: None,
            is_audible: false,
            is_interface: false,
        }
    }

    #[test]
    fn a_message_says_who_told_whom_what_and_on_which_channel() {
        let setup = heard(Direction::Received, MessageKind::Setup);
        let setup = TracedMessage { called: Some("620**34".into()), channel: Some(Timeslot(5)), ..setup };
        let line = told(Told::Message(setup.clone()), Role::User);
        assert_eq!(line.text, "exchange → box: SETUP (begins a call), called 620**34, channel 5");
        let diverted = TracedMessage { diverted_from: Some("010****8001".into()), ..setup };
        let text = told(Told::Message(diverted), Role::User).text;
        assert!(text.ends_with(", called 620**34, diverted from 010****8001, channel 5"), "{text}");
        assert_eq!((ladder_time(&line.at).as_str(), line.advice), ("10:39:08.877", None));
    }

    #[test]
    fn a_cause_says_who_gave_it_and_what_to_do() {
        let end = heard(Direction::Received, MessageKind::ReleaseComplete);
        let cause = Some((Cause::RequestedChannelUnavailable, Location::PublicLocal));
        let line = told(Told::Message(TracedMessage { cause, channel: Some(Timeslot(5)), ..end }), Role::User);
        assert!(line.text.contains("(44), says the local carrier's exchange"), "{}", line.text);
        assert!(line.advice.is_some_and(|advice| advice.contains("channel 5 of span 1 is in use")));
        let usual = Some((Cause::NormalClearing, Location::User));
        let line = told(
            Told::Message(TracedMessage { cause: usual, ..heard(Direction::Sent, MessageKind::Disconnect) }),
            Role::Network,
        );
        assert!(line.text.starts_with("box → private exchange: DISCONNECT (hangs up)") && line.advice.is_none());
    }

    #[test]
    fn silence_is_told_in_plain_words() {
        let line = told(Told::Unanswered(MessageKind::StatusEnquiry.code()), Role::User);
        assert_eq!(line.text, "The exchange did not answer STATUS ENQUIRY");
        assert!(line.advice.is_some());
        let line = told(Told::GivenUp(GivenUp::Timer(Timer::T310)), Role::User);
        assert!(
            line.text.ends_with("T310 ran out, after accepting the call the far end said no more"),
            "{}",
            line.text
        );
    }

    #[test]
    fn every_message_has_a_name_and_a_meaning_of_its_own_in_both_languages() {
        let kinds = (0..=u8::MAX).map(MessageKind::from_code).filter(|kind| !matches!(kind, MessageKind::Other(_)));
        let mut count = 0;
        for kind in kinds {
            assert!(NAMES.iter().any(|(named, ..)| *named == kind), "{kind:?}");
            count += 1;
        }
        let column = |pick: fn(&(MessageKind, &'static str, &'static str, &'static str)) -> &'static str| {
            NAMES.iter().map(pick).collect::<BTreeSet<_>>().len()
        };
        assert_eq!(
            (NAMES.len(), column(|row| row.1), column(|row| row.2), column(|row| row.3)),
            (count, count, count, count)
        );
    }
}
