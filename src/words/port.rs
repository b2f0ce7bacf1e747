//! What the test of a port found, and what it means, in words.

use std::time::Duration;

use analog::{
    port_learn::Learnt,
    port_test::{ECHO_LEAST_DB, Echo, Findings, NOISE_MOST_DBM0P, Noise, RingCurrent, Tested, Verdict},
    port_trend::Worse,
};
use frame::Utc;

use super::{Language, date_time, duration, sentence::sentences};
use crate::handles::NotTested;

sentences! {
    /// What a test is about, and what it means.
    pub enum Port {
        /// The heading of what was found.
        TestOf { port: String, at: String }
            zh "端口 {port}，测试于 {at} UTC："
            en "Port {port}, tested at {at} UTC:"
        /// One fact.
        Fact { what: String, value: String }
            zh "  {what}：{value}"
            en "  {what}: {value}"
        /// One verdict.
        Verdict { verdict: String }
            zh "结论：{verdict}"
            en "Verdict: {verdict}"
        /// Nothing is wrong.
        Good
            zh "能测到的都正常。"
            en "Good, as far as it can be measured."
        /// No battery.
        NoBattery { since: String, without: String }
            zh "没有馈电；本机自 {since} UTC 起（{without}）知道，更早的情况不知。是交换机一侧，或线缆没有插好。查线缆与配线架；都好时向运营商报修。插座里是否插着线，板卡无法得知。"
            en "Battery missing; the box has known since {since} UTC ({without}), and not how it was before. It is the exchange's side, or the cable. Check cable and distribution frame; if both are good, call the carrier. Whether anything is plugged in the card can't tell."
        /// No line of the card has battery.
        NoBatteryOnCard { since: String, without: String }
            zh "这块板卡的所有外线都没有馈电；本机自 {since} UTC 起（{without}）知道。多半是板卡、它的总线缆或配线架，而不是交换机：先查这些。"
            en "No line of this card has battery; the box has known since {since} UTC ({without}). It is rather the card, its cable or the distribution frame than the exchange: look at these first."
        /// No dial tone.
        NoDialTone
            zh "有馈电，但 5 秒内没有拨号音：线路被运营商停机，或别处有电话占着它。查并联的电话；没有时向运营商询问。没有向线路发送任何信号。"
            en "It is fed, and gives no dial tone within 5 s: the carrier has barred it, or a telephone elsewhere has it. Look for one on the same pair; else ask the carrier. Nothing was sent into it."
        /// It needs none.
        DialsWithout
            zh "没有拨号音；设置里写明这条线路不等拨号音（wait_for_dial_tone = false），所以没有发送任何信号，噪声与回声没有测量。"
            en "It gives no dial tone, and the settings want none waited for (wait_for_dial_tone = false): nothing was sent, and noise and echo were not measured."
        /// A tone of the exchange.
        Tone { hz: u16, dbm0: i8 }
            zh "应当安静时，交换机送出 {hz} Hz 的音（{dbm0} dBm0），噪声与回声无法测量。过一会儿再测；总是如此时，这一位数字对它是一个完整的代码，请把该组排除在测试之外（port_tests = false）。"
            en "The exchange sends a tone of {hz} Hz ({dbm0} dBm0) where it should be quiet, so noise and echo could not be measured. Test again later; if it always does so, the one digit is a whole code to it: leave the group out of tests (port_tests = false)."
        /// Nothing passes.
        PassesNothing
            zh "话筒挂着时，板卡不让声音通过，所以只知道环路断开。要测噪声，请摘机通话时听。"
            en "The card lets no sound pass while the handset is down, so no more is known than that the loop is open. Listen in a call for noise."
        /// Never idle.
        NeverIdle
            zh "整夜都在使用，或是本组最后一条空闲外线，因此没有测试。可在方便时用 --even-last 测试。"
            en "It was in use all night, or its group's last free line, so it was not tested. Test it by hand in a quiet minute (--even-last)."
        /// The line was let go.
        LetGo
            zh "交换机在测完之前释放了线路。过一会儿再测；总是如此时向运营商询问。"
            en "The exchange let the line go before it was measured. Test again later; ask the carrier if it always does so."
        /// The loop is closed.
        LoopClosed
            zh "环路闭合：话筒没有挂好，或两根线碰在一起（短路）。请挂好话筒；拔掉电话后仍这样，就是线路短路。"
            en "The loop is closed: a handset is off its hook, or the two wires touch. Put the handset down; if it stays so with the telephone unplugged, the cable has a short."
        /// The echo is loud.
        LoudEcho { erl_db: i8, least_db: i8 }
            zh "回声只弱 {erl_db} dB：增益或阻抗不对。应不小于 {least_db} dB（ITU-T G.122：平均 15 dB，偏差 3 dB）。在机型文件里降低增益，或选本国的阻抗。"
            en "The echo is only {erl_db} dB weaker than what is sent: gain or impedance are wrong. It should be {least_db} dB or more (ITU-T G.122: 15 dB on average, deviation 3 dB). Lower the gain in the board file, or set the impedance of the country."
        /// It is noisy.
        Noisy { dbm0p: i8, most_dbm0p: i8 }
            zh "无人说话时噪声 {dbm0p} dBm0p，应不高于 {most_dbm0p} dBm0p（30 dBrnC，IEEE 820）。查线缆的屏蔽、接地与受潮；本院内无误时向运营商报修。"
            en "Noise of {dbm0p} dBm0p when nobody speaks; it should be {most_dbm0p} dBm0p or less (30 dBrnC, IEEE 820). Check the cable for damp, screen and ground; if the house's part is good, call the carrier."
        /// More comes back than usual.
        EchoWorse { erl_db: i8, usual_db: i8 }
            zh "回声比平时大：只弱 {erl_db} dB，平时弱 {usual_db} dB（近来各次测试的中位数）。查线缆、配线架与受潮；近来换过电话、分机或板卡的增益时，也会这样。"
            en "More comes back than usual: {erl_db} dB weaker, where {usual_db} dB is usual (the median of the last tests). Look at cable and distribution frame, for damp too; a telephone, an extension or a gain that was changed does it as well."
        /// It is louder than usual.
        NoiseWorse { dbm0p: i8, usual_dbm0p: i8 }
            zh "无人说话时噪声比平时大：{dbm0p} dBm0p，平时 {usual_dbm0p} dBm0p（近来各次测试的中位数）。查线缆的屏蔽、接地与受潮；本院内无误时向运营商报修。"
            en "It is louder than usual when nobody speaks: {dbm0p} dBm0p, where {usual_dbm0p} dBm0p is usual (the median of the last tests). Check the cable for damp, screen and ground; if the house's part is good, call the carrier."
        /// No sound.
        NoSound
            zh "板卡没有送来声音，无法测量。查看板卡的告警。"
            en "The card brought no sound, so nothing was measured. Look at the card's alarms."
        /// Interrupted.
        Interrupted
            zh "测试中途有人要用这个端口，已让出，没有测完。空闲时再测。"
            en "Somebody wanted the port and got it, so the test is not whole. Test again when it is idle."
        /// No ring.
        RingNotHeard
            zh "外线口没有听到电话口的振铃：跳线没有插好，或其中一个端口坏了。换一个端口再测，即可知道是哪一个。"
            en "The line's port heard no ring of the telephone's: the cable is not plugged, or one of the two ports is broken. Test with another one in its place to know which."
        /// No caller.
        CallerNotHeard
            zh "听到振铃，但没有读到主叫号码：声音没有通过其中一块板卡，或增益差得太多。换一个端口再测，即可知道是哪一个。"
            en "The ring was heard, and who calls was not read: one of the two cards lets no sound pass, or its gain is far off. Test with another one in its place to know which."
        /// The wrong caller.
        CallerWrong
            zh "读到的主叫号码与送出的不同：线路上有噪声，或有丢失的采样。"
            en "Who calls was read otherwise than it was told: noise on the line, or samples that were lost."
        /// A telephone rang.
        TelephoneRang
            zh "有人摘机：插着的是话机，不是跳线。没有测试外线。"
            en "Somebody lifted a handset: a telephone is plugged there, and no cable. The line was not tested."
        /// Not tested.
        NoTelephone
            zh "--from 须是电话口。什么也没有做。"
            en "What rings has to be a port for telephones (--from). Nothing was done."
        /// Not tested.
        TellsNoCaller
            zh "这个电话口不送主叫号码，或不是普通电话（耳机、传真、门口机）。用另一个，或在设置里打开 caller_id。什么也没有做。"
            en "That telephone's port tells no callers, or is for a headset, fax machine or door station. Take another one, or set its caller_id. Nothing was done."
        /// Not tested.
        NoCurrent
            zh "板卡的铃流已用完。过一会儿再测。什么也没有做。"
            en "The card's ringing current is used up by telephones that ring. Test again later. Nothing was done."
        /// Not tested.
        NoSuchPort
            zh "没有这个端口。端口写作 序列号.位置（如 SIM-FXS-1.3），或面板上的标签；ringfence span 可列出标签。什么也没有做。"
            en "There is no such port. It is written SERIAL.POSITION, such as SIM-FXS-1.3, or as the label beside the jack, which `ringfence span` lists. Nothing was done."
        /// Not tested.
        NotAnalog
            zh "只能测试电话口与外线口。什么也没有做。"
            en "Only ports for telephones and outside lines can be tested. Nothing was done."
        /// Not learnt.
        NoOutsideLine
            zh "只有外线有忙音可学。什么也没有做。"
            en "Only an outside line has a busy tone that can be learnt. Nothing was done."
        /// What to do now.
        CallIn { port: String, within_s: u64 }
            zh "请在 {within_s} 秒内用另一部电话打进外线 {port}；振铃一停就挂机。本机接听而不出声；这期间别人打进来，听到的也是静音。"
            en "Call in on line {port} from another telephone within {within_s} s, and hang up as soon as the ringing stops. The box answers with silence; whoever else calls there meanwhile hears silence, too."
        /// Somebody is on the line.
        HangUpNow
            zh "已接听，请挂机。正在听交换机送出的音……"
            en "Answered: hang up now. Listening to what the exchange sends …"
        /// A rhythm.
        Rhythm { hz: String, bursts: String }
            zh "听到的音：{hz} Hz，节奏 {bursts} 毫秒（响/停），连续四遍相同。"
            en "Heard: {hz} Hz in the rhythm {bursts} ms (tone/pause), four times the same."
        /// The question.
        MakeItBusyTone { port: String }
            zh "把它设为外线 {port} 的忙音吗？听到它三遍，通话就会结束。[y/N]"
            en "Make it the busy tone of line {port}? A call there ends once it has sounded three times. [y/N]"
        /// The answer was no.
        NotKept
            zh "没有改动设置。"
            en "The settings are as they were."
        /// Not needed.
        ToldByLine
            zh "交换机用馈电或极性告知对方挂机，不需要忙音。没有改动设置。"
            en "The exchange tells by battery or polarity that the far end has gone, so no busy tone is needed. The settings are as they were."
        /// Nobody called.
        NobodyCalled
            zh "没有人打进来。没有改动设置；请再试一次。"
            en "Nobody called in. The settings are as they were; try again."
        /// Nothing heard.
        NothingHeard
            zh "90 秒内没有听到有节奏的音：对方没有挂机，或交换机不送忙音。没有改动设置。"
            en "No tone with a rhythm came within 90 s: the caller did not hang up, or the exchange sends none. The settings are as they were."
        /// Given up.
        LearningGivenUp
            zh "学习中断：有呼叫需要这条外线，或本机重新启动了。没有改动设置；请再试一次。"
            en "Given up: a call wanted the line, or the box was restarted. The settings are as they were; try again."
        /// It is there.
        HasBusyTone { port: String }
            zh "设置里已有外线 {port} 的忙音（busy_tones）。要重新学习，请先删去那一行。什么也没有做。"
            en "The settings have a busy tone of line {port} already (busy_tones). Take that row out first to learn it anew. Nothing was done."
        /// Not tested.
        NotInUse
            zh "设置里没有使用这个端口，不知道它该是什么样。什么也没有做。"
            en "The settings use this port for nothing, so what it should be like is not known. Nothing was done."
        /// Not tested.
        Busy
            zh "端口正在使用或振铃，只测试空闲的端口。什么也没有做。"
            en "The port is in use or rings, and only idle ports are tested. Nothing was done."
        /// Not tested.
        LeftOut
            zh "设置里把这个端口排除在测试之外（port_tests = false）。什么也没有做。"
            en "The settings leave this port out of tests (port_tests = false). Nothing was done."
        /// Not tested.
        OneAtATime
            zh "另一条外线正在测试，或刚刚测完：测试时来电者听到忙音，所以一次只测一条。几秒后再试。什么也没有做。"
            en "Another outside line is being tested, or was so a moment ago. Callers find a line busy meanwhile, so one is tested at a time: try again in some seconds. Nothing was done."
        /// Not tested.
        LastFreeLine
            zh "本组没有别的空闲外线：测试时来电者会听到忙音。别的外线空闲时再测，或允许测最后一条（--even-last，页面上是另一个按钮）。什么也没有做。"
            en "No other outside line of its group is free, so callers would find it busy. Test it when another one is, or let it be the last one (--even-last; on the page the other button). Nothing was done."
        /// Not tested.
        UnderWay
            zh "这个端口已经在测试，请等它结束。"
            en "The port is being tested already. Wait until that is over."
    }
}

/// Why a port was not tested.
pub fn not_tested(why: NotTested, language: Language) -> String {
    let why = match why {
        NotTested::NoSuchPort => Port::NoSuchPort,
        NotTested::NotAnalog => Port::NotAnalog,
        NotTested::NoOutsideLine => Port::NoOutsideLine,
        NotTested::NoTelephone => Port::NoTelephone,
        NotTested::TellsNoCaller => Port::TellsNoCaller,
        NotTested::NoCurrent => Port::NoCurrent,
        NotTested::NotInUse => Port::NotInUse,
        NotTested::Busy => Port::Busy,
        NotTested::UnderWay => Port::UnderWay,
        NotTested::LeftOut => Port::LeftOut,
        NotTested::OneAtATime => Port::OneAtATime,
        NotTested::LastFreeLine => Port::LastFreeLine,
    };
    why.say(language)
}

/// What came of learning, where that is no rhythm.
pub fn not_learnt(learnt: &Learnt, language: Language) -> Option<String> {
    let why = match learnt {
        Learnt::Rhythm { .. } => return None,
        Learnt::ToldByLine => Port::ToldByLine,
        Learnt::NobodyCalled => Port::NobodyCalled,
        Learnt::NothingHeard => Port::NothingHeard,
        Learnt::GivenUp => Port::LearningGivenUp,
    };
    Some(why.say(language))
}

/// A rhythm.
pub fn rhythm(hz: &[u16], bursts_ms: &[[u16; 2]], language: Language) -> String {
    let hz = hz.iter().map(u16::to_string).collect::<Vec<_>>().join("+");
    let bursts = bursts_ms.iter().map(|[on_ms, off_ms]| format!("{on_ms}/{off_ms}")).collect::<Vec<_>>().join(", ");
    Port::Rhythm { hz, bursts }.say(language)
}

/// What it means, of a test at that time.
pub fn verdict(verdict: Verdict, at: Utc, language: Language) -> String {
    let means = match verdict {
        Verdict::Good => Port::Good,
        Verdict::NoBattery { for_s, whole_card } => {
            let since = Utc::from_us(at.as_us() - i64::from(for_s) * 1_000_000);
            let without = duration(language, Duration::from_secs(for_s.into()));
            let since = date_time(since);
            match whole_card {
                true => Port::NoBatteryOnCard { since, without },
                false => Port::NoBattery { since, without },
            }
        }
        Verdict::NoDialTone => Port::NoDialTone,
        Verdict::LetGo => Port::LetGo,
        Verdict::LoopClosed => Port::LoopClosed,
        Verdict::LoudEcho { erl_db } => Port::LoudEcho { erl_db, least_db: ECHO_LEAST_DB },
        Verdict::Noisy { dbm0p } => Port::Noisy { dbm0p, most_dbm0p: NOISE_MOST_DBM0P },
        Verdict::Tone { hz, dbm0 } => Port::Tone { hz, dbm0 },
        Verdict::DialsWithout => Port::DialsWithout,
        Verdict::PassesNothing => Port::PassesNothing,
        Verdict::NoSound => Port::NoSound,
        Verdict::NeverIdle => Port::NeverIdle,
        Verdict::Interrupted => Port::Interrupted,
        Verdict::RingNotHeard => Port::RingNotHeard,
        Verdict::CallerNotHeard => Port::CallerNotHeard,
        Verdict::CallerWrong => Port::CallerWrong,
        Verdict::TelephoneRang => Port::TelephoneRang,
    };
    means.say(language)
}

/// What is worse than usual.
pub fn worse(worse: Worse, language: Language) -> String {
    let means = match worse {
        Worse::Echo { erl_db, usual_db } => Port::EchoWorse { erl_db, usual_db },
        Worse::Noise { dbm0p, usual_dbm0p } => Port::NoiseWorse { dbm0p, usual_dbm0p },
    };
    means.say(language)
}

/// What it means, in a word or two.
pub fn verdict_brief(verdict: Verdict, language: Language) -> &'static str {
    match verdict {
        Verdict::Good => language.pick("正常", "good"),
        Verdict::NoBattery { .. } => language.pick("没有馈电", "no battery"),
        Verdict::NoDialTone => language.pick("没有拨号音", "no dial tone"),
        Verdict::LetGo => language.pick("被释放", "let go"),
        Verdict::LoopClosed => language.pick("环路闭合", "loop closed"),
        Verdict::LoudEcho { .. } => language.pick("回声大", "loud echo"),
        Verdict::Noisy { .. } => language.pick("噪声大", "noisy"),
        Verdict::Tone { .. } => language.pick("有交换机的音", "a tone sounds"),
        Verdict::DialsWithout => language.pick("无拨号音，未测", "no dial tone, not measured"),
        Verdict::PassesNothing => language.pick("只知环路", "only the loop is known"),
        Verdict::NeverIdle => language.pick("一直在用", "never idle"),
        Verdict::NoSound => language.pick("没有声音", "no sound"),
        Verdict::Interrupted => language.pick("没有测完", "not whole"),
        Verdict::RingNotHeard => language.pick("听不到振铃", "no ring heard"),
        Verdict::CallerNotHeard => language.pick("读不到主叫", "no caller read"),
        Verdict::CallerWrong => language.pick("主叫读错", "wrong caller"),
        Verdict::TelephoneRang => language.pick("没有跳线", "no cable"),
    }
}

/// What was found: names and values. What could not be measured is said to be unknown.
pub fn facts(found: &Findings, language: Language) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    let yes =
        |yes: bool| language.pick(if yes { "有" } else { "没有" }, if yes { "there" } else { "missing" }).to_owned();
    let unknown = || language.pick("未知", "unknown").to_owned();
    if let Some(telephone) = found.rung_by {
        facts.push((language.pick("振铃来自", "Rung by"), telephone.to_string()));
        let read = |read: bool| {
            language.pick(if read { "相符" } else { "不符" }, if read { "as told" } else { "not as told" })
        };
        facts.push((
            language.pick("主叫号码", "Who calls"),
            found.caller_read.map_or_else(unknown, |is| read(is).to_owned()),
        ));
        return facts;
    }
    if found.tested == Tested::OutsideLine {
        facts.push((language.pick("馈电", "Battery"), found.battery.map_or_else(unknown, yes)));
        let heard = found.dial_tone_dbm0.map(|dbm0| format!("{dbm0} dBm0"));
        facts.push((language.pick("拨号音", "Dial tone"), heard.or(found.dial_tone.map(yes)).unwrap_or_else(unknown)));
    } else {
        let closed =
            |closed: bool| language.pick(if closed { "闭合" } else { "断开" }, if closed { "closed" } else { "open" });
        let state = found.loop_closed.map_or_else(unknown, |is| closed(is).to_owned());
        facts.push((language.pick("环路", "Loop"), state));
    }
    facts
        .push((language.pick("噪声", "Noise"), found.noise.map_or_else(unknown, |noise| self::noise(noise, language))));
    let echo = found.echo.map_or_else(unknown, |echo| self::echo(echo, found, language));
    facts.push((language.pick("回波损耗", "Echo loss"), echo));
    facts.extend(found.ring.map(|ring| (language.pick("铃流", "Ringing current"), self::ring(ring, language))));
    facts
}

fn noise(Noise { dbm0p, dbm0 }: Noise, language: Language) -> String {
    match language {
        Language::Chinese => format!("{dbm0p} dBm0p（不加权 {dbm0} dBm0）"),
        Language::English => format!("{dbm0p} dBm0p ({dbm0} dBm0 unweighed)"),
    }
}

fn echo(Echo { erl_db, low_db, high_db, at_least }: Echo, found: &Findings, language: Language) -> String {
    let least = if at_least { language.pick("至少 ", "at least ") } else { "" };
    let not_judged = match found.tested {
        Tested::OutsideLine if found.echo_by_card => {
            language.pick("；板卡自己消除回声，不作评判", "; not judged, since the card cancels echo itself")
        }
        Tested::OutsideLine => "",
        Tested::Telephone => {
            language.pick("；话筒挂着，不作评判", "; not judged, since a handset that is down ends no line")
        }
    };
    match language {
        Language::Chinese => format!("{least}{erl_db} dB（低频 {low_db}，高频 {high_db}）{not_judged}"),
        Language::English => format!("{least}{erl_db} dB (low {low_db}, high {high_db}){not_judged}"),
    }
}

fn ring(RingCurrent { telephones, ringing }: RingCurrent, language: Language) -> String {
    match language {
        Language::Chinese => format!("板卡可轮流振铃 {telephones} 部，正在振铃 {ringing} 部"),
        Language::English => format!("the card can ring {telephones} telephones in turn, and rings {ringing}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-23 19:59:36.
    const AT: Utc = Utc::from_us(1_795_463_976_000_000);
    const LANGUAGES: [Language; 2] = [Language::Chinese, Language::English];

    fn found(tested: Tested) -> Findings {
        let (noise, echo) =
            (Noise { dbm0p: -72, dbm0: -60 }, Echo { erl_db: 9, low_db: 7, high_db: 12, at_least: false });
        Findings {
            tested,
            battery: Some(true),
            loop_closed: Some(false),
            dial_tone: None,
            dial_tone_dbm0: None,
            noise: Some(noise),
            echo: Some(echo),
            echo_by_card: false,
            ring: Some(RingCurrent { telephones: 40, ringing: 2 }),
            rung_by: None,
            caller_read: None,
            verdicts: vec![Verdict::LoudEcho { erl_db: 9 }],
        }
    }

    #[test]
    fn what_was_not_measured_is_unknown_and_no_number_is_made_up() {
        for language in LANGUAGES {
            let unknown = language.pick("未知", "unknown");
            let line = facts(&Findings { noise: None, echo: None, ..found(Tested::OutsideLine) }, language);
            let values: Vec<&str> = line.iter().map(|(_, value)| value.as_str()).collect();
            assert_eq!(values[1..4], [unknown; 3], "dial tone, noise, echo");
            assert!(values[0] != unknown && values.len() == 5);
        }
    }

    #[test]
    fn a_verdict_names_its_limit_and_whose_side_it_is() {
        let said = verdict(Verdict::LoudEcho { erl_db: 9 }, AT, Language::English);
        assert!(
            said.starts_with(
                "The echo is only 9 dB weaker than what is sent: gain or impedance are wrong. It should be 10 dB"
            ),
            "{said}"
        );
        let said = |whole_card| verdict(Verdict::NoBattery { for_s: 7500, whole_card }, AT, Language::English);
        let known = "the box has known since 2026-11-23 17:54:36 UTC (2 h 5 min)";
        assert!(said(false).contains(known) && said(false).contains("exchange's side"), "{}", said(false));
        assert!(said(true).contains(known) && said(true).contains("rather the card"), "{}", said(true));
        let telephone = facts(&found(Tested::Telephone), Language::English);
        assert!(telephone.iter().any(|(_, value)| value.contains("not judged")));
        let line = facts(&found(Tested::OutsideLine), Language::English);
        assert!(line.iter().all(|(_, value)| !value.contains("not judged")));
    }
}
