//! Cards in words: what the kernel has, where it is set otherwise than the board file says, and what to do.

use dahdi::{Mismatch, Remedy, SpanKind, line_name, signalling_name};
use frame::{Law, Timeslot};

use super::{Language, problem::card as kind, sentence::sentences};

/// A difference, and what to do.
pub fn mismatch(found: &Mismatch, language: Language) -> String {
    let what = sentence(found, language).say(language);
    format!("{what} {}", remedy(found.remedy()).say(language))
}

sentences! {
    /// What `board` tells.
    pub enum Board {
        /// A device.
        Device { device: String, model: String, module: String }
            zh "{device}：{model}，内核模块 {module}"
            en "{device}: {model}, kernel module {module}"
        /// A trunk.
        Trunk { span: u8, kind: String, line: String, channels: usize }
            zh "  第 {span} 条中继：{kind}，{line}，{channels} 个通道"
            en "  span {span}: {kind}, {line}, {channels} channels"
        /// A span of jacks.
        Jacks { span: u8, telephones: String, outside: String }
            zh "  第 {span} 组插口：电话口 {telephones}；外线口 {outside}"
            en "  span {span}: telephones on channels {telephones}; outside lines on channels {outside}"
        /// A span without a number.
        Unassigned { span: u8 }
            zh "  第 {span} 条中继还没有编号；ringfence board apply 会给它"
            en "  span {span} has no number yet; `ringfence board apply` gives it one"
        /// A span of no use.
        NoUse { device: String, span: u8 }
            zh "{device} 的第 {span} 条中继用不上：只支持 E1、电话口和外线口"
            en "span {span} of {device} is of no use to the box: it takes E1, telephones and outside lines"
        /// There is none.
        NoDevices
            zh "内核里没有 DAHDI 板卡。板卡插好了吗？它的内核模块装载了吗（modprobe）？"
            en "The kernel has no DAHDI card. Does it sit well, and is its kernel module loaded (modprobe)?"
        /// A file was written.
        Written { path: String }
            zh "已写入 {path}"
            en "{path} is written"
        /// The draft needs a look.
        LookOver { path: String }
            zh "{path} 是草稿：请改好名称与标签，核对压扩律、CRC-4、铃流数和回声消除，再运行 ringfence check"
            en "{path} is a draft: set names and labels, check law, CRC-4, ring budget and echo, then run `ringfence check`"
        /// The options stand as they should.
        OptionsGood { path: String }
            zh "{path} 没有变化"
            en "{path} is as it was"
        /// It is all as the board says.
        AllGood
            zh "板卡与机型文件一致"
            en "The cards are set as the board file says"
        /// So many things were set.
        Set { count: usize }
            zh "已设置 {count} 项"
            en "{count} things were set"
        /// The box has to open its channels anew.
        RestartBox
            zh "本机正在运行：请重新启动它，让它重新打开改过的通道"
            en "The box runs: restart it, so that it opens anew the channels that were changed"
        /// What would be lost.
        CallWouldEnd { call: String }
            zh "会中断：通话 {call}"
            en "would end: call {call}"
    }
}

sentences! {
    /// How a card differs.
    pub enum Differs {
        NoDevice { card: String, device: String }
            zh "{card}：没有硬件 {device}。"
            en "{card}: there is no hardware {device}."
        NoSpan { card: String, span: u8 }
            zh "{card}：这块硬件没有第 {span} 条中继。"
            en "{card}: the hardware has no span {span}."
        Unassigned { card: String, span: u8 }
            zh "{card}：第 {span} 条中继还没有编号。"
            en "{card}: span {span} has no number yet."
        OtherKind { card: String, span: u8, wanted: String, running: String }
            zh "{card}：第 {span} 条中继应为 {wanted}，实为 {running}。"
            en "{card}: span {span} should be {wanted} and is {running}."
        NoChannel { port: String, channel: u8 }
            zh "{port}：硬件没有第 {channel} 个通道。"
            en "{port}: the hardware has no channel {channel}."
        Line { port: String, wanted: String, running: String }
            zh "{port}：线路应为 {wanted}，实为 {running}。"
            en "{port}: the line should be {wanted} and is {running}."
        BuildOut { port: String, wanted: u8, running: u8 }
            zh "{port}：线长档位应为 {wanted}，实为 {running}。"
            en "{port}: the line build-out should be {wanted} and is {running}."
        CantBe { port: String, wanted: String }
            zh "{port}：这个插口的子模块不是 {wanted}，或没有插。"
            en "{port}: the plug-in module of this jack is no {wanted}, or there is none."
        Signalling { port: String, wanted: String, running: String }
            zh "{port}：信令应为 {wanted}，实为 {running}。"
            en "{port}: the signalling should be {wanted} and is {running}."
        Law { port: String, wanted: String, running: String }
            zh "{port}：压扩律应为 {wanted}，实为 {running}。"
            en "{port}: it should be {wanted} and is {running}."
        Canceller { port: String, wanted: String, running: String }
            zh "{port}：回声消除器应为 {wanted}，实为 {running}。"
            en "{port}: the echo canceller should be {wanted} and is {running}."
        ModuleOption { card: String, module: String, option: String, wanted: String, running: String }
            zh "{card}：内核模块 {module} 的 {option} 应为 {wanted}，实为 {running}。"
            en "{card}: {option} of kernel module {module} should be {wanted} and is {running}."
    }
}

sentences! {
    /// What helps.
    pub enum Helps {
        Apply
            zh "请运行 ringfence board apply；通话不受影响。"
            en "Run `ringfence board apply`; no call is touched."
        ApplyEndsCalls
            zh "请运行 ringfence board apply；这些通道上的通话会中断。"
            en "Run `ringfence board apply`; calls on these channels end."
        NeedsReload { card: String }
            zh "需要重新装载 {card} 的内核模块：先停止本机，再用 modprobe -r 卸载、modprobe 装载该模块，然后运行 ringfence board apply。"
            en "The kernel module of {card} has to be loaded anew: stop the box, take the module out with `modprobe -r`, load it with `modprobe`, then run `ringfence board apply`."
        Hands
            zh "请核对板卡、子模块和机型文件。"
            en "Check the card, its plug-in modules and the board file."
    }
}

fn sentence(found: &Mismatch, language: Language) -> Differs {
    match found.clone() {
        Mismatch::NoDevice { card, device } => Differs::NoDevice { card: card.to_string(), device },
        Mismatch::NoSpan { card, span } => Differs::NoSpan { card: card.to_string(), span },
        Mismatch::Unassigned { card, span } => Differs::Unassigned { card: card.to_string(), span },
        Mismatch::OtherKind { card, span, wanted, running } => Differs::OtherKind {
            card: card.to_string(),
            span,
            wanted: kind(wanted).to_owned(),
            running: span_kind(running, language).to_owned(),
        },
        Mismatch::NoChannels { port, channel } => Differs::NoChannel { port: port.to_string(), channel },
        Mismatch::Line { port, wanted, running } => {
            Differs::Line { port: port.to_string(), wanted: line_name(wanted), running: line_name(running) }
        }
        Mismatch::BuildOut { port, wanted, running } => Differs::BuildOut { port: port.to_string(), wanted, running },
        Mismatch::CantBe { port, wanted } => {
            Differs::CantBe { port: port.to_string(), wanted: kind(wanted).to_owned() }
        }
        Mismatch::Signalling { port, timeslots, wanted, running } => Differs::Signalling {
            port: channels(&port.to_string(), &timeslots, language),
            wanted: signalling_name(wanted).to_owned(),
            running: signalling_name(running).to_owned(),
        },
        Mismatch::Law { port, timeslots, wanted, running } => Differs::Law {
            port: channels(&port.to_string(), &timeslots, language),
            wanted: law(wanted, language).to_owned(),
            running: law(running, language).to_owned(),
        },
        Mismatch::Canceller { port, timeslots, wanted, running } => Differs::Canceller {
            port: channels(&port.to_string(), &timeslots, language),
            wanted,
            running: if running.is_empty() { language.pick("无", "none").to_owned() } else { running },
        },
        Mismatch::ModuleOption { card, module, option, wanted, running } => {
            Differs::ModuleOption { card: card.to_string(), module, option, wanted, running }
        }
    }
}

fn remedy(remedy: Remedy) -> Helps {
    match remedy {
        Remedy::Apply => Helps::Apply,
        Remedy::ApplyEndsCalls => Helps::ApplyEndsCalls,
        Remedy::NeedsReload(card) => Helps::NeedsReload { card: card.to_string() },
        Remedy::Hands => Helps::Hands,
    }
}

/// A jack, and of a trunk its timeslots as runs: `E1.1, timeslots 1-15, 17-31`.
fn channels(port: &str, timeslots: &[Timeslot], language: Language) -> String {
    match timeslots {
        [] | [Timeslot(0)] => port.to_owned(),
        some => {
            let runs = runs(some.iter().map(|timeslot| timeslot.0));
            match language {
                Language::Chinese => format!("{port} 时隙 {runs}"),
                Language::English => format!("{port}, timeslots {runs}"),
            }
        }
    }
}

/// Numbers as runs: `1-15, 17`. A dash where there are none.
pub fn runs(numbers: impl IntoIterator<Item = u8>) -> String {
    let mut runs: Vec<(u8, u8)> = Vec::new();
    for number in numbers {
        match runs.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(number) => *last = number,
            _ => runs.push((number, number)),
        }
    }
    let text = |(first, last): (u8, u8)| if first == last { first.to_string() } else { format!("{first}-{last}") };
    if runs.is_empty() { "-".to_owned() } else { runs.into_iter().map(text).collect::<Vec<_>>().join(", ") }
}

/// What a span is.
pub fn span_kind(kind: SpanKind, language: Language) -> &'static str {
    match kind {
        SpanKind::E1 => "E1",
        SpanKind::T1 => "T1",
        SpanKind::J1 => "J1",
        SpanKind::Analog => language.pick("模拟插口", "jacks"),
        SpanKind::Dynamic => language.pick("无硬件中继", "a span without hardware"),
        SpanKind::Other => language.pick("别的", "something else"),
    }
}

fn law(law: Law, language: Language) -> &'static str {
    match law {
        Law::A => language.pick("A 律", "A-law"),
        Law::Mu => language.pick("µ 律", "µ-law"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeslots_are_told_as_runs() {
        assert_eq!(runs([1, 2, 3, 5, 7, 8]), "1-3, 5, 7-8");
        assert_eq!(runs([]), "-");
        let all: Vec<Timeslot> = (1..=31).filter(|timeslot| *timeslot != 16).map(Timeslot).collect();
        assert_eq!(channels("TE.1", &all, Language::English), "TE.1, timeslots 1-15, 17-31");
        assert_eq!(channels("TDM.3", &[Timeslot(0)], Language::Chinese), "TDM.3");
    }

    #[test]
    fn a_difference_says_what_is_wrong_where_and_what_to_do() {
        let port = "TE.1".parse().unwrap();
        let found = Mismatch::Law { port, timeslots: vec![Timeslot(3)], wanted: Law::A, running: Law::Mu };
        let said = mismatch(&found, Language::English);
        assert!(
            said.starts_with("TE.1, timeslots 3: it should be A-law and is µ-law. Run `ringfence board apply`"),
            "{said}"
        );
        assert!(mismatch(&found, Language::Chinese).contains("压扩律应为 A 律"));
    }
}
