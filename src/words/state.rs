//! The word that stands beside each colour of the page: states of jacks, timeslots, lines, calls, agents and recordings.

use call::{CallBackEnd, CallBackRefusal, CallClass, Direction, MailboxView, Number, Service, ServiceRefusal, Wishes};
use frame::Timeslot;
use settings::{CardKind, Echo};

use super::Language;
use crate::{
    handles::{
        AgentState, AudioCounts, CallPhase, EchoNow, FrameCounts, JackState, LevelNow, LineCounts, LinkState, SpanLine,
        TimeslotState, VaultRefusal,
    },
    journal::RecordingState,
};

/// What a jack does.
pub fn jack_state(state: JackState, language: Language) -> &'static str {
    match state {
        JackState::Idle => language.pick("空闲", "idle"),
        JackState::Dialling => language.pick("拨号", "dialling"),
        JackState::Ringing => language.pick("振铃", "ringing"),
        JackState::Talking => language.pick("通话", "talking"),
        JackState::Hold => language.pick("保持", "hold"),
        JackState::LeftOffHook => language.pick("摘机未挂", "left off hook"),
        JackState::Alarm => language.pick("告警", "alarm"),
    }
}

/// What an E1's jack does: it has many calls, so it is in service or not.
pub fn trunk_state(state: JackState, language: Language) -> &'static str {
    match state {
        JackState::Idle => language.pick("正常", "in service"),
        other => jack_state(other, language),
    }
}

/// What a timeslot does.
pub fn timeslot_state(state: TimeslotState, language: Language) -> &'static str {
    match state {
        TimeslotState::Signalling => language.pick("信令", "signalling"),
        TimeslotState::Idle => language.pick("空闲", "idle"),
        TimeslotState::Ringing => language.pick("建立中", "being set up"),
        TimeslotState::Talking => language.pick("通话", "talking"),
        TimeslotState::Hold => language.pick("保持", "hold"),
        TimeslotState::Blocked => language.pick("不可用", "blocked"),
    }
}

/// What a span's line says.
pub fn span_line(line: SpanLine, language: Language) -> &'static str {
    match line {
        SpanLine::Good => language.pick("正常", "good"),
        SpanLine::Red => language.pick("收不到信号（红色告警）", "no signal arrives (RED)"),
        SpanLine::Yellow => language.pick("对端收不到本机（黄色告警）", "the far end receives nothing (YELLOW)"),
        SpanLine::Blue => language.pick("收到全 1（蓝色告警）", "all ones arrive (BLUE)"),
    }
}

/// What a data link says.
pub fn link_state(link: LinkState, language: Language) -> &'static str {
    match link {
        LinkState::Up => language.pick("已建立", "up"),
        LinkState::Coming => language.pick("建立中", "coming up"),
        LinkState::Down => language.pick("不通", "down"),
        LinkState::SameRole => language.pick("两端角色相同", "both ends play the same role"),
    }
}

/// The line whose D-channel carries the signalling of lines that share one or two.
pub fn d_channel(line: Option<&str>, is_primary: bool, language: Language) -> String {
    match (line, is_primary) {
        (Some(line), true) => line.to_owned(),
        (Some(line), false) => language.pick("{} 上的备用 D 信道", "the backup D-channel on {}").replace("{}", line),
        (None, _) => language.pick("没有：各 D 信道都不通", "none: all D-channels are lost").to_owned(),
    }
}

/// How the clock of a card differs from the box's, and what was lost by it.
pub fn clock(ppm: i32, slips: u64, language: Language) -> String {
    match language {
        Language::Chinese => format!("{ppm:+} ppm，滑码 {slips} 次"),
        Language::English => format!("{ppm:+} ppm, {slips} slips"),
    }
}

/// The echo of one line.
pub fn echo(echo: EchoNow, language: Language) -> String {
    let EchoNow { erl_db, delay_ms, .. } = echo;
    let comes = match language {
        Language::Chinese => format!("{delay_ms} 毫秒后返回，弱 {erl_db} dB"),
        Language::English => format!("back after {delay_ms} ms, {erl_db} dB weaker"),
    };
    let taken = match (echo.erle_db, language) {
        (Some(db), Language::Chinese) => format!("；已消除 {db} dB"),
        (Some(db), Language::English) => format!("; {db} dB of it taken off"),
        (None, _) => String::new(),
    };
    comes + &taken
}

/// The echoes of a line with many channels.
pub fn echoes(echoes: &[EchoNow], language: Language) -> Option<String> {
    let loudest = echoes.iter().min_by_key(|echo| echo.erl_db)?;
    let channel = loudest.lane.timeslot.0;
    let said = echo(*loudest, language);
    Some(match language {
        Language::Chinese => format!("{} 个时隙有回声；最强的在时隙 {channel}：{said}", echoes.len()),
        Language::English => format!("on {} timeslots, loudest on {channel}: {said}", echoes.len()),
    })
}

/// Who cancels echo where the box does not.
pub fn echo_by(echo: Echo, language: Language) -> &'static str {
    match echo {
        Echo::Off => language.pick("不消除", "is not cancelled"),
        Echo::Card => language.pick("由板卡消除", "cancelled by the card"),
        Echo::Kernel => language.pick("由内核消除", "cancelled by the kernel"),
        Echo::Software => language.pick("尚未发现", "none found yet"),
    }
}

/// How much louder a card makes a line, both ways.
pub fn gain(receive_db: i8, send_db: i8, language: Language) -> String {
    match language {
        Language::Chinese => format!("线路来 {receive_db:+} dB，送往线路 {send_db:+} dB"),
        Language::English => format!("from the line {receive_db:+} dB, to the line {send_db:+} dB"),
    }
}

/// How loud one way of a port is.
pub fn level(level: LevelNow, language: Language) -> String {
    let LevelNow { rms_dbm0, peak_dbm0, speech_dbm0, activity_pct } = level;
    let now = match language {
        Language::Chinese => format!("{rms_dbm0} dBm0，峰值 {peak_dbm0}"),
        Language::English => format!("{rms_dbm0} dBm0, peak {peak_dbm0}"),
    };
    match (speech_dbm0, language) {
        (None, _) => now,
        (Some(speech), Language::Chinese) => format!("{now}；说话时 {speech}（占 {activity_pct}%）"),
        (Some(speech), Language::English) => format!("{now}; speech {speech} ({activity_pct}% of the time)"),
    }
}

/// How loud the speech of channels is.
pub fn speech_by_channel(channels: &[(Timeslot, i8)], language: Language) -> String {
    let (colon, comma) = (language.pick("：", ": "), language.pick("，", ", "));
    let said = channels.iter().map(|(Timeslot(slot), level)| format!("{slot}{colon}{level}"));
    format!("{} dBm0", said.collect::<Vec<_>>().join(comma))
}

/// What went wrong with the audio of a span.
pub fn audio_counts(counts: AudioCounts, language: Language) -> String {
    let AudioCounts { overruns, underruns, slips, late_ticks } = counts;
    match language {
        Language::Chinese => format!("溢出 {overruns}，断流 {underruns}，缺块 {slips}，迟到 {late_ticks}"),
        Language::English => {
            format!("{overruns} overruns, {underruns} underruns, {slips} blocks lacking, {late_ticks} late ticks")
        }
    }
}

/// What to do about lost or lacking audio of a span, where there was any. A box that came late is the likelier cause, and
/// the one that makes the other.
pub fn audio_advice(counts: AudioCounts, language: Language) -> Option<&'static str> {
    let AudioCounts { overruns, underruns, slips, late_ticks } = counts;
    if overruns + underruns + late_ticks > 0 {
        return Some(language.pick(
            "本机读写得太晚。以服务方式安装（实时调度权限），并停掉这台机器上的其他程序；数字仍在增加时换更快的机器。",
            "The box came too late. Install it as a service, which gives it real-time rights, and take other programs off this machine; if the numbers still grow, it needs a faster one.",
        ));
    }
    (slips > 0).then(|| {
        language.pick(
            "板卡没有按时给出声音。核对时钟：定时线缆、板卡文件中的 timing 与 clock_order；再看内核日志（dmesg）里这块卡的记录。",
            "The card gave no audio in time. Check its clock: timing cables, `timing` and `clock_order` in the board file; then what the kernel says of the card (dmesg).",
        )
    })
}

/// The frames of a D-channel that its receiver dropped.
pub fn frame_counts(counts: FrameCounts, language: Language) -> String {
    let FrameCounts { bad_fcs, aborts, overruns } = counts;
    match language {
        Language::Chinese => format!("校验错 {bad_fcs}，中断 {aborts}，过长或无处存放 {overruns}"),
        Language::English => {
            format!("{bad_fcs} with a wrong check sequence, {aborts} cut short, {overruns} without room")
        }
    }
}

/// What a framer counts of its line.
pub fn line_counts(counts: LineCounts, language: Language) -> String {
    let LineCounts { code_violations, crc4_errors, far_end_errors, framing_errors, errored_seconds } = counts;
    match language {
        Language::Chinese => format!(
            "线路码错 {code_violations}，CRC-4 错 {crc4_errors}，远端报错 {far_end_errors}，帧定位错 {framing_errors}，误码秒 {errored_seconds}"
        ),
        Language::English => format!(
            "{code_violations} code violations, {crc4_errors} CRC-4 errors, {far_end_errors} told by the far end, {framing_errors} framing errors, {errored_seconds} errored seconds"
        ),
    }
}

/// What a jack is.
pub fn card_kind(kind: CardKind, language: Language) -> &'static str {
    match kind {
        CardKind::E1 => language.pick("E1 中继", "E1 trunk"),
        CardKind::T1 => language.pick("T1 中继", "T1 trunk"),
        CardKind::Fxo => language.pick("外线", "outside line"),
        CardKind::Fxs => language.pick("电话", "telephone"),
        CardKind::Handset => language.pick("话务手柄", "handset"),
        CardKind::LineIn => language.pick("音源输入", "music in"),
        CardKind::Loudspeaker => language.pick("广播", "loudspeaker"),
    }
}

/// Which way a call goes.
pub fn direction(direction: Direction, class: CallClass, language: Language) -> &'static str {
    if class == CallClass::Emergency {
        return language.pick("紧急", "emergency");
    }
    match direction {
        Direction::Incoming => language.pick("来电", "in"),
        Direction::Outgoing => language.pick("去电", "out"),
        Direction::Internal => language.pick("内部", "internal"),
        Direction::Undialled => language.pick("未拨号", "undialled"),
    }
}

/// What goes on in a call.
pub fn phase(phase: &CallPhase, language: Language) -> String {
    match phase {
        CallPhase::Dialling => language.pick("拨号", "dialling").to_owned(),
        CallPhase::Flow { flow } => format!("{}{flow}", language.pick("流程 ", "in flow ")),
        CallPhase::Waiting { queue } => format!("{}{queue}", language.pick("排队 ", "waits in ")),
        CallPhase::Ringing => language.pick("振铃", "ringing").to_owned(),
        CallPhase::Talking => language.pick("通话", "talking").to_owned(),
        CallPhase::Supervising => language.pick("班长监听", "a supervisor hears a talk").to_owned(),
        CallPhase::Hold => language.pick("保持", "hold").to_owned(),
        CallPhase::Parked { place } => match language {
            Language::Chinese => format!("驻留在 {place}"),
            Language::English => format!("parked at {place}"),
        },
        CallPhase::LeavesMail { extension } => match language {
            Language::Chinese => format!("给 {extension} 留言"),
            Language::English => format!("leaves a message for {extension}"),
        },
        CallPhase::HearsMail { extension } => match language {
            Language::Chinese => format!("听 {extension} 的留言"),
            Language::English => format!("hears messages of {extension}"),
        },
        CallPhase::Ending => language.pick("正在结束", "being ended").to_owned(),
    }
}

/// What an agent does.
pub fn agent_state(state: AgentState, language: Language) -> &'static str {
    match state {
        AgentState::Free => language.pick("空闲", "free"),
        AgentState::Ringing => language.pick("振铃", "ringing"),
        AgentState::Talking => language.pick("通话", "talking"),
        AgentState::WrapUp => language.pick("整理", "wrapping up"),
        AgentState::Paused => language.pick("暂停", "on pause"),
    }
}

/// A service of a telephone.
pub fn service(service: Service, language: Language) -> &'static str {
    match service {
        Service::ForwardAlways => language.pick("无条件转移", "forwarding of all calls"),
        Service::ForwardBusy => language.pick("遇忙转移", "forwarding when busy"),
        Service::ForwardNoAnswer => language.pick("无应答转移", "forwarding when not answered"),
        Service::DoNotDisturb => language.pick("免打扰", "do-not-disturb"),
    }
}

/// What is set for the calls to a telephone; empty where nothing is.
pub fn wishes(wishes: &Wishes, language: Language) -> String {
    let to = |of: Service, number: &Option<Number>| Some(format!("{} → {}", service(of, language), number.as_ref()?));
    let quiet = wishes.do_not_disturb.then(|| service(Service::DoNotDisturb, language).to_owned());
    let set = [
        quiet,
        to(Service::ForwardAlways, &wishes.always),
        to(Service::ForwardBusy, &wishes.busy),
        to(Service::ForwardNoAnswer, &wishes.no_answer),
    ];
    set.into_iter().flatten().collect::<Vec<_>>().join(language.pick("；", "; "))
}

/// The messages of a telephone.
pub fn mailbox(mailbox: MailboxView, language: Language) -> String {
    let MailboxView { messages, new, full, without_pin } = mailbox;
    let full = if full { language.pick("；已满，不能再留言", "; full, so no more can be left") } else { "" };
    let deaf = language.pick("；机主没有 PIN，无法收听", "; its person has no PIN, so nobody can hear them");
    let deaf = if without_pin { deaf } else { "" };
    // Unlike recordings, which take a person to open.
    let sealed = language.pick("；用本机自己持有的密钥加密", "; sealed under a key that the box itself holds");
    match language {
        Language::Chinese => format!("{messages} 条，其中新的 {new} 条{full}{deaf}{sealed}"),
        Language::English => format!("{messages}, of which {new} new{full}{deaf}{sealed}"),
    }
}

/// Why a telephone is not called back.
pub fn call_back_refusal(why: CallBackRefusal, language: Language) -> &'static str {
    match why {
        CallBackRefusal::NobodyMissed => language.pick(
            "最近没有可以等候的未接通号码。须是占线或无人接听的内线，或网络答应代为等候的外线。",
            "there is nobody to wait for. The last call has to have met an extension that was busy or not answered, or an \
             outside number that the network offered to watch.",
        ),
        CallBackRefusal::TooMany => language.pick(
            "等候回叫的已满。可先拨取消回叫的代码。",
            "as many calls back wait as may. The code for no calls back makes room.",
        ),
        CallBackRefusal::Network(ServiceRefusal::NotNow | ServiceRefusal::CallEnded) => language.pick(
            "这条中继现在不能登记回叫。请稍后再拨。",
            "the trunk can't take the request now. Call again later.",
        ),
        CallBackRefusal::Network(ServiceRefusal::Refused) => language.pick(
            "网络现在不为这个号码等候。请稍后再拨。",
            "the network does not watch this number now. Call again later.",
        ),
        CallBackRefusal::Network(why) => service_refusal(why, language),
    }
}

/// Why a call back was not made.
pub fn call_back_end(why: CallBackEnd, language: Language) -> &'static str {
    match why {
        CallBackEnd::NotTaken => language.pick(
            "对方空闲了，但要求回叫的分机无人接听。",
            "the party was free, and nobody answered the telephone that had asked.",
        ),
        CallBackEnd::TimedOut => language.pick("等候时间内对方一直不空闲。", "the party was not free in time."),
        CallBackEnd::Lost => language.pick(
            "网络放弃了等候，或者中继中断过。需要时请重新拨打。",
            "the network gave it up, or the trunk was down meanwhile. Whoever still wants the party has to call again.",
        ),
        CallBackEnd::Stopped => language.pick(
            "本机停止运行。需要时请重新拨打。",
            "the box was stopped. Whoever still wants the party has to call again.",
        ),
    }
}

/// Why a network did not do what it was asked, and what to do.
pub fn service_refusal(why: ServiceRefusal, language: Language) -> &'static str {
    match why {
        ServiceRefusal::NotThere => {
            language.pick("这条中继的信令没有这项业务。", "the signalling of this trunk has no such service.")
        }
        ServiceRefusal::NotNow => language.pick(
            "通话还没有接通，或已在结束；接通后再试。",
            "the call does not talk yet, or is ending; ask while it talks.",
        ),
        ServiceRefusal::NoAnswer => {
            language.pick("网络没有答复。可以再试一次。", "the network did not answer. You may try once more.")
        }
        ServiceRefusal::NotSubscribed => language.pick(
            "这条中继没有开通这项业务，请向运营商申请。",
            "the service is not ordered for this trunk; ask the carrier for it.",
        ),
        ServiceRefusal::NotIncoming => {
            language.pick("网络只为来电提供这项业务。", "the network does it for calls only that came in.")
        }
        ServiceRefusal::Refused => {
            language.pick("网络拒绝了。请询问运营商。", "the network refused. Ask the carrier why.")
        }
        ServiceRefusal::CallEnded => {
            language.pick("通话在答复之前结束了。", "the call ended before the network had answered.")
        }
    }
}

/// How a recording stands.
pub fn recording_state(state: RecordingState, language: Language) -> &'static str {
    match state {
        RecordingState::NotDue => language.pick("不录", "not due"),
        RecordingState::UnderWay => language.pick("进行中", "under way"),
        RecordingState::Complete => language.pick("已录", "recorded"),
        RecordingState::Incomplete => language.pick("有缺口", "with a gap"),
        RecordingState::Missing => language.pick("缺失", "missing"),
    }
}

/// Why the vault does not do it, and what to do.
pub fn vault_refusal(why: VaultRefusal, language: Language) -> &'static str {
    match why {
        VaultRefusal::NoSuchRecording => language.pick("录音库里没有这条录音。", "The vault has no such recording."),
        VaultRefusal::NotFinished => {
            language.pick("录音还没有完成封存，请稍后再试。", "The recording is not sealed yet. Try again in a moment.")
        }
        VaultRefusal::WrongPassphrase => language.pick("密码打不开录音库。", "The password does not unlock the vault."),
        VaultRefusal::NotAudited => language.pick(
            "审计没能写入，所以没有打开。请查看告警。",
            "The audit entry could not be written, so nothing was opened. Look at the alarms.",
        ),
        VaultRefusal::Damaged => language.pick(
            "这条录音已损坏。请用 ringfence verify 检查。",
            "The recording is damaged. Check it with: ringfence verify",
        ),
        VaultRefusal::TakesLong => language.pick(
            "找到它的凭证要太久，或磁盘太慢。后台每天都会读到它；也可以用 ringfence verify 检验。",
            "To find its leaf takes too long, or the disk is slow. The box reads it once a day anyway; or check it with: ringfence verify",
        ),
        VaultRefusal::NotOpen => language.pick(
            "录音已重新封存。需要时请再打开。",
            "The recording is sealed again. Open it once more if you need it.",
        ),
        VaultRefusal::NoOpener => language.pick(
            "打开录音的程序没能启动，现在打不开。通话与录音照常。请看日志。",
            "The program that opens recordings can’t be started, so nothing can be opened now. Calls and recording go on. Look at the log.",
        ),
        VaultRefusal::OpenerEnded => language.pick(
            "打开录音的程序意外结束，录音已封存，什么都没有丢失。可以再打开一次。",
            "The program that opened the recording ended unexpectedly. The recording is sealed and nothing is lost; you can open it again.",
        ),
        VaultRefusal::Busy => language.pick(
            "现在打开录音的人太多，请稍后再试。",
            "Too many recordings are being opened right now. Try again in a moment.",
        ),
        VaultRefusal::TooLong => language.pick(
            "这条录音太长，一次打不开（最多约八小时）。",
            "The recording is too long to be opened at once (about eight hours at most).",
        ),
        VaultRefusal::NotGranted => language.pick(
            "打开录音要由两个人同意，而没有人批准过这一次，所以没有打开。请在“批准”页面请求；紧急时可以不等批准打开一小时，另一位管理员会立刻得知。",
            "It takes two people to open a recording, and nobody granted this one, so nothing was opened. Ask for it on the page Approvals; in an emergency it can be opened without for an hour, and another administrator is told at once.",
        ),
        VaultRefusal::GlassOver => language.pick(
            "不经批准打开的一小时已到，录音已重新封存。",
            "The hour for which it was open without a second person is over: the recording is sealed again.",
        ),
        VaultRefusal::NotInCompartment => language.pick(
            "这条录音没有任何一分钟属于您能打开的分区，所以没有打开。请找录音持有人。",
            "No minute of this recording is of a compartment that you open, so nothing was opened. Ask a holder.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lost_audio_is_told_with_what_to_do_and_none_with_nothing() {
        let none = AudioCounts::default();
        let advice = |counts| audio_advice(counts, Language::English);
        assert_eq!(advice(none), None);
        assert!(advice(AudioCounts { slips: 1, ..none }).is_some_and(|words| words.contains("clock")));
        for late in [
            AudioCounts { late_ticks: 1, ..none },
            AudioCounts { overruns: 1, ..none },
            AudioCounts { underruns: 1, slips: 9, ..none },
        ] {
            assert!(advice(late).is_some_and(|words| words.contains("too late")), "{late:?}");
        }
    }

    #[test]
    fn a_mailbox_says_what_is_in_it_what_is_wrong_and_that_the_box_holds_its_key() {
        let view = MailboxView { messages: 3, new: 1, full: false, without_pin: false };
        assert_eq!(mailbox(view, Language::English), "3, of which 1 new; sealed under a key that the box itself holds");
        let wrong = mailbox(MailboxView { full: true, without_pin: true, ..view }, Language::English);
        assert!(wrong.contains("no more can be left; its person has no PIN, so nobody can hear them"), "{wrong}");
        let zh = mailbox(view, Language::Chinese);
        assert!(zh.ends_with("用本机自己持有的密钥加密"), "{zh}");
    }

    #[test]
    fn a_gain_says_both_ways_with_its_sign() {
        assert_eq!(gain(6, -2, Language::English), "from the line +6 dB, to the line -2 dB");
        assert_eq!(gain(0, 3, Language::Chinese), "线路来 +0 dB，送往线路 +3 dB");
    }
}
