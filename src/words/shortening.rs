//! What settings change that takes two people, for the second one who is asked to grant it.

use access::NewAdministrator;
use settings::{MayMask, Period, RetentionRule, SecondFactorOf, Weakening};
use vault::{LeaseChange, RuleChange};

use super::{Language, people, sentence::sentences};
use crate::handles::Shorter;

sentences! {
    /// Words and sentences about rules that keep shorter.
    pub enum Shortening {
        /// How many.
        Sooner { recordings: u64 }
            zh "现有录音中会更早删除的：{recordings} 段"
            en "Of the recordings there are, {recordings} could go sooner"
        /// Not counted.
        Uncounted
            zh "会更早删除多少现有录音，来不及统计"
            en "How many of the recordings there are could go sooner could not be counted in time"
        /// Nothing is known of it.
        NotWeighed
            zh "本机没有见过这份设置，说不出它会改变什么。请先应用那份文件，再照它给出的文字申请。"
            en "The box has not seen these settings, so it can’t say what they change. Apply the file first, and ask with the words that this gives."
        /// A rule that changes.
        Changes { rule: String, was: String, becomes: String }
            zh "规则“{rule}”：原为{was}；改为{becomes}"
            en "Rule “{rule}”: was {was}; becomes {becomes}"
        /// A rule that goes.
        Goes { rule: String, was: String }
            zh "规则“{rule}”取消，原为{was}"
            en "Rule “{rule}” is taken out; it was {was}"
        /// A rule that comes.
        Comes { rule: String, becomes: String }
            zh "新规则“{rule}”：{becomes}"
            en "New rule “{rule}”: {becomes}"
        /// More than fit.
        More { count: usize }
            zh "另外还有 {count} 处改变，放不下了：请查看那份文件"
            en "And {count} more changes, which find no room here: look at the file"
        /// A folder.
        Folder { at: String }
            zh "不再核对见证方文件夹 {at}"
            en "The witness’s folder {at} is asked no more"
        /// A copy.
        Copy { at: String }
            zh "不再向 {at} 复制；那里已有的副本，以后删除录音时不会一起销毁"
            en "Nothing is copied to {at} any more; what is erased from then on stays readable in the copy there"
        /// A bucket.
        Store { at: String }
            zh "录音从此经网络复制到 {at}：每个密钥的一半在那里，单独打不开任何录音"
            en "Recordings are copied over the network to {at}: a half of each key is there, which opens none alone"

        /// A lease that comes.
        LeaseComes { at: String, days: u16 }
            zh "{at} 中的录音从此上锁 {days} 天，录音库中还有的会逐月续期：期满之前任何人都删不掉，存储的管理员也不能；已删除的录音，密钥立即销毁，密文留到期满"
            en "Recordings in {at} are under a lease of {days} days, renewed monthly while the vault has them: nobody deletes them before it ends, not even the store’s administrator; of what is erased the keys go at once, and the ciphertext stays until then"
        /// A lease that gets shorter.
        LeaseShorter { at: String, was: u16, days: u16 }
            zh "{at} 中录音的锁期由 {was} 天缩短为 {days} 天：已上的锁不变"
            en "The lease of recordings in {at} gets shorter, from {was} days to {days}: those that stand stay as they are"
        /// A lease that goes.
        LeaseGoes { at: String, was: u16 }
            zh "{at} 中的录音不再上锁，也不再续期（原为 {was} 天）：锁期一过，持有访问密钥的人就能把它们删掉"
            en "Recordings in {at} get no lease any more, and none is renewed (it was {was} days): once they have run out, whoever has the access key can delete them"

        /// Somebody becomes an administrator.
        Administrator { name: String, person: u32, role: String }
            zh "{name}（编号 {person}）成为{role}；如已有账号，沿用原账号，请确认账号在本人手里"
            en "{name} (number {person}) becomes {role}, with the account they have, if any: make sure that it is in their own hands"

        // By what less is recorded or proven.
        /// A telephone.
        Station { extension: String, port: String }
            zh "话机 {extension}（接口 {port}）拨出的通话不再录音"
            en "What is dialled at telephone {extension} (jack {port}) is not recorded"
        /// A queue.
        Queue { name: String }
            zh "队列“{name}”的通话不录音"
            en "Calls of the queue “{name}” are not recorded"
        /// A flow.
        Flow { name: String }
            zh "流程“{name}”中的通话不录音"
            en "Calls in the flow “{name}” are not recorded"
        /// Who does not agree.
        Refusal { flow: String, step: String }
            zh "流程“{flow}”的步骤“{step}”：来电者不同意，就不录音"
            en "Flow “{flow}”, step “{step}”: a caller who does not agree is not recorded"
        /// A step that pauses.
        Pause { flow: String, step: String }
            zh "流程“{flow}”的步骤“{step}”暂停录音"
            en "Flow “{flow}”, step “{step}”: the recording pauses there"
        /// A number.
        Number { number: String }
            zh "拨打 {number} 的来电，改为转到不录音的队列或流程"
            en "Calls for the number {number} lead to a queue or a flow that is not recorded"
        /// Any other number.
        Otherwise { trunk: String }
            zh "中继组“{trunk}”上其他号码的来电，改为转到不录音的队列或流程"
            en "Calls of the trunk group “{trunk}” for any other number lead to a queue or a flow that is not recorded"
        /// Calls that leave the box.
        HandOver { trunk: String }
            zh "中继组“{trunk}”：网络可以把正在录音的通话接走，录音到此为止"
            en "Trunk group “{trunk}”: the network may take calls from the box that are recorded, whose recordings end then"
        /// Who may pause.
        MayPause { who: String }
            zh "可以暂停录音的话机：{who}"
            en "Who may pause a recording at their telephone: {who}"
        /// Who may hide keys.
        MayHideKeys { who: String }
            zh "可以让对方按键不录入的话机：{who}"
            en "Who may have the other party’s keys kept out of a recording: {who}"
        /// For how long.
        MaskedFor { was_s: u16, becomes_s: u16 }
            zh "暂停和隐藏按键最长由 {was_s} 秒延长到 {becomes_s} 秒"
            en "A pause, or the hiding of keys, lasts up to {becomes_s} s instead of {was_s} s"
        /// One person.
        OneOpens
            zh "打开录音不再需要两个人"
            en "One person alone opens a recording"
        /// Of fewer people a second factor is wanted.
        SecondFactor { was: String, becomes: String }
            zh "登录须使用手机应用验证码的人减少：原为{was}，改为{becomes}"
            en "Codes of an app are wanted at the sign-in of fewer people: {becomes} instead of {was}"
        /// Of whom.
        OfNobody
            zh "无人"
            en "nobody"
        /// Of whom.
        OfAdministrators
            zh "所有者和管理员"
            en "the owner and the administrators"
        /// Of whom.
        OfOpeners
            zh "所有者、管理员和班长"
            en "the owner, the administrators and supervisors"
        /// Of whom.
        OfEverybody
            zh "所有人"
            en "everybody"
        /// Another compartment.
        CompartmentChanges { queue: String, was: String, becomes: String }
            zh "队列“{queue}”由分区“{was}”改为“{becomes}”：以后的通话由新分区的成员打开"
            en "The queue “{queue}” is of the compartment “{becomes}” instead of “{was}”: the members of that one open its calls from then on"
        /// A compartment that comes.
        CompartmentComes { queue: String, becomes: String }
            zh "队列“{queue}”归入分区“{becomes}”：该分区的成员也能打开以后的通话"
            en "The queue “{queue}” is of the compartment “{becomes}”: its members open its calls, too, from then on"
        /// A compartment that goes.
        CompartmentGoes { queue: String, was: String }
            zh "队列“{queue}”不再属于分区“{was}”：该分区的成员打不开以后的通话"
            en "The queue “{queue}” is of the compartment “{was}” no more: its members don’t open its calls from then on"
        /// Somebody opens.
        Opener { name: String, person: u32, role: String }
            zh "{name}（编号 {person}）成为{role}，可以打开有口令的录音"
            en "{name} (number {person}) becomes {role}, who opens the recordings that their passphrase is for"
        /// A witness.
        Witness { at: String }
            zh "见证方 {at} 不再收到签名根"
            en "The witness {at} gets no signed root any more"
        /// Nobody.
        Nobody
            zh "没有"
            en "nobody"
        /// Agents.
        Agents
            zh "队列成员的"
            en "members of queues"
        /// Everybody.
        Everybody
            zh "所有的"
            en "everybody"

        // A rule, part by part.
        /// The least time.
        Keep { time: String }
            zh "至少保存{time}"
            en "kept {time} at least"
        /// The longest time.
        Remove { time: String }
            zh "{time}后必须删除"
            en "gone after {time}"
        /// No longest time.
        NoRemove
            zh "不必删除"
            en "need not go"
        /// The event.
        From { event: String }
            zh "自事件“{event}”起算"
            en "counted from the event “{event}”"
        /// The condition.
        When { event: String }
            zh "仅在事件“{event}”之后"
            en "only after the event “{event}”"
        /// The queues.
        Queues { names: String }
            zh "队列：{names}"
            en "queues {names}"
        /// Years.
        Years { years: u16 }
            zh "{years} 年"
            en "{years} years"
        /// Months.
        Months { months: u16 }
            zh "{months} 个月"
            en "{months} months"
        /// Days.
        Days { days: u16 }
            zh "{days} 天"
            en "{days} days"
    }
}

/// What settings change that keep shorter, line by line; none where the box has not seen them.
pub fn changes(shorter: Option<&Shorter>, language: Language) -> Vec<String> {
    let Some(shorter) = shorter else { return vec![Shortening::NotWeighed.say(language)] };
    let Shorter { recordings, rules, more, folders, copies, stores, leases, administrators, weakenings } = shorter;
    let sooner = recordings.map_or(Shortening::Uncounted, |recordings| Shortening::Sooner { recordings });
    let mut lines: Vec<String> = rules.iter().map(|rule| change(rule, language)).collect();
    lines.extend((*more > 0).then(|| Shortening::More { count: *more }.say(language)));
    lines.extend(folders.iter().map(|at| Shortening::Folder { at: at.clone() }.say(language)));
    lines.extend(copies.iter().map(|at| Shortening::Copy { at: at.clone() }.say(language)));
    lines.extend(stores.iter().map(|at| Shortening::Store { at: at.clone() }.say(language)));
    lines.extend(leases.iter().filter_map(|change| Some(lease(change)?.say(language))));
    lines.extend(weakenings.iter().map(|change| weakening(change, language)));
    lines.extend(administrators.iter().map(|new| administrator(new, language)));
    lines.push(sooner.say(language));
    lines
}

fn weakening(weakening: &Weakening, language: Language) -> String {
    use Weakening as W;
    let sentence = match weakening.clone() {
        W::Station { extension, port } => Shortening::Station { extension, port: port.to_string() },
        W::Queue { name } => Shortening::Queue { name },
        W::Flow { name } => Shortening::Flow { name },
        W::Refusal { flow, step } => Shortening::Refusal { flow, step },
        W::Pause { flow, step } => Shortening::Pause { flow, step },
        W::Number { number } => Shortening::Number { number },
        W::Otherwise { trunk } => Shortening::Otherwise { trunk },
        W::HandOver { trunk } => Shortening::HandOver { trunk },
        W::MayPause(who) => Shortening::MayPause { who: may_mask(who).say(language) },
        W::MayHideKeys(who) => Shortening::MayHideKeys { who: may_mask(who).say(language) },
        W::MaskedFor { was_s, becomes_s } => Shortening::MaskedFor { was_s, becomes_s },
        W::OneOpens => Shortening::OneOpens,
        W::SecondFactor { was, becomes } => {
            let say = |of| second_factor_of(of).say(language);
            Shortening::SecondFactor { was: say(was), becomes: say(becomes) }
        }
        W::Compartment { queue, was, becomes } => compartment(queue, was, becomes),
        W::Opener { person, name, role } => {
            Shortening::Opener { name, person: person.0, role: people::role(role, language).to_owned() }
        }
        W::Witness { at } => Shortening::Witness { at },
    };
    sentence.say(language)
}

fn second_factor_of(of: SecondFactorOf) -> Shortening {
    match of {
        SecondFactorOf::Nobody => Shortening::OfNobody,
        SecondFactorOf::Administrators => Shortening::OfAdministrators,
        SecondFactorOf::Openers => Shortening::OfOpeners,
        SecondFactorOf::Everybody => Shortening::OfEverybody,
    }
}

fn may_mask(who: MayMask) -> Shortening {
    match who {
        MayMask::Nobody => Shortening::Nobody,
        MayMask::Agents => Shortening::Agents,
        MayMask::Everybody => Shortening::Everybody,
    }
}

fn compartment(queue: String, was: Option<String>, becomes: Option<String>) -> Shortening {
    match (was, becomes) {
        (Some(was), Some(becomes)) => Shortening::CompartmentChanges { queue, was, becomes },
        (Some(was), None) => Shortening::CompartmentGoes { queue, was },
        (None, becomes) => Shortening::CompartmentComes { queue, becomes: becomes.unwrap_or_default() },
    }
}

fn administrator(NewAdministrator { person, name, role }: &NewAdministrator, language: Language) -> String {
    let role = people::role(*role, language).to_owned();
    Shortening::Administrator { name: name.clone(), person: person.0, role }.say(language)
}

/// A lease that changes.
fn lease(LeaseChange { at, was, becomes }: &LeaseChange) -> Option<Shortening> {
    let at = at.clone();
    match (*was, *becomes) {
        (None, None) => None,
        (None, Some(days)) => Some(Shortening::LeaseComes { at, days }),
        (Some(was), Some(days)) => Some(Shortening::LeaseShorter { at, was, days }),
        (Some(was), None) => Some(Shortening::LeaseGoes { at, was }),
    }
}

/// A rule that changes.
fn change(change: &RuleChange, language: Language) -> String {
    let of = |rule: &RetentionRule| terms(rule, language);
    let sentence = match (&change.was, &change.becomes) {
        (Some(was), Some(new)) => Shortening::Changes { rule: was.name.clone(), was: of(was), becomes: of(new) },
        (Some(was), None) => Shortening::Goes { rule: was.name.clone(), was: of(was) },
        (None, Some(new)) => Shortening::Comes { rule: new.name.clone(), becomes: of(new) },
        (None, None) => return String::new(),
    };
    sentence.say(language)
}

/// What a rule says, but for its name.
fn terms(rule: &RetentionRule, language: Language) -> String {
    let comma = language.pick("，", ", ");
    let remove = match rule.remove {
        Some(remove) => Shortening::Remove { time: time(remove, language) },
        None => Shortening::NoRemove,
    };
    let queues = (!rule.queues.is_empty()).then(|| rule.queues.join(language.pick("、", ", ")));
    let parts = [
        Some(Shortening::Keep { time: time(rule.keep, language) }),
        Some(remove),
        rule.from.clone().map(|event| Shortening::From { event }),
        rule.when.clone().map(|event| Shortening::When { event }),
        queues.map(|names| Shortening::Queues { names }),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().map(|part| part.say(language)).collect();
    parts.join(comma)
}

fn time(Period { years, months, days }: Period, language: Language) -> String {
    let parts = [
        (years > 0).then_some(Shortening::Years { years }),
        (months > 0).then_some(Shortening::Months { months }),
        (days > 0 || (years, months) == (0, 0)).then_some(Shortening::Days { days }),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().map(|part| part.say(language)).collect();
    parts.join(" ")
}
