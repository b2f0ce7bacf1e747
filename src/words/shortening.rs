//! What settings change by which recordings could go sooner, for the second person who is asked to grant it.

use access::NewAdministrator;
use settings::{Period, RetentionRule};
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
            zh "本机没有见过这份设置，说不出它会缩短什么。请先应用那份文件，再照它给出的文字申请。"
            en "The box has not seen these settings, so it can’t say what they shorten. Apply the file first, and ask with the words that this gives."
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
    let Some(Shorter { recordings, rules, more, folders, copies, stores, leases, administrators }) = shorter else {
        return vec![Shortening::NotWeighed.say(language)];
    };
    let sooner = recordings.map_or(Shortening::Uncounted, |recordings| Shortening::Sooner { recordings });
    let mut lines: Vec<String> = rules.iter().map(|rule| change(rule, language)).collect();
    lines.extend((*more > 0).then(|| Shortening::More { count: *more }.say(language)));
    lines.extend(folders.iter().map(|at| Shortening::Folder { at: at.clone() }.say(language)));
    lines.extend(copies.iter().map(|at| Shortening::Copy { at: at.clone() }.say(language)));
    lines.extend(stores.iter().map(|at| Shortening::Store { at: at.clone() }.say(language)));
    lines.extend(leases.iter().filter_map(|change| Some(lease(change)?.say(language))));
    lines.extend(administrators.iter().map(|new| administrator(new, language)));
    lines.push(sooner.say(language));
    lines
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
