//! What the page says of how long a recording is kept.

use settings::RetentionRule;
use vault::{MustGo, NotErased, Standing};

use super::{Language, sentence::sentences};

sentences! {
    /// Words and sentences about how long a recording is kept.
    pub enum Kept {
        /// The heading.
        Title
            zh "保存期限"
            en "How long it is kept"
        /// No rule.
        NoRule
            zh "没有适用的保存规则：一直保存，直到有人删除。"
            en "No rule of the settings is for it: it stays until somebody erases it."
        /// A rule waits.
        NotStarted { rule: String, event: String }
            zh "按规则“{rule}”保存；计时还没有开始，要等事件“{event}”。在此之前一直保存。"
            en "Kept by the rule “{rule}”, whose clock has not started: it waits for the event “{event}”. Until then it stays."
        /// It is kept.
        Until { rule: String, day: String }
            zh "按规则“{rule}”至少保存到 {day}（UTC）。"
            en "Kept until {day} (UTC) at least, by the rule “{rule}”."
        /// It may go.
        MayGo { day: String }
            zh "自 {day}（UTC）起不再要求保存，可以删除。"
            en "No rule asks for it any more since {day} (UTC); it may be erased."
        /// Nobody knows.
        InDoubt
            zh "已知的规则不再要求保存，但日志丢失过内容，可能与这次通话有关，所以一直保存。"
            en "No rule that is known of keeps it any more, but the log lost something that may have been of this call, so it stays."
        /// No clock.
        ClockUnconfirmed
            zh "录音那次开机期间，没有人（也没有网络对时）确认过本机时间，所以规则的天数对它不起算，一直保存。"
            en "Nobody, and no NTP, confirmed the clock while the machine ran that recorded this, so no rule’s days count for it: it stays."
        /// It must go later.
        MustGoBy { rule: String, day: String }
            zh "按规则“{rule}”，到 {day}（UTC）必须删除。"
            en "By the rule “{rule}” it must be erased by {day} (UTC)."
        /// It must go.
        MustGo { rule: String, day: String }
            zh "按规则“{rule}”，自 {day}（UTC）起必须删除。"
            en "By the rule “{rule}” it has had to be erased since {day} (UTC)."
        /// What is done about it.
        NothingGoes
            zh "录音不会自动删除：须一人申请、另一人批准，再等 72 小时（见“保全与删除”）。"
            en "Nothing is erased by itself: one person asks, another grants it, and then it waits for 72 hours (see Holds)."
        /// It is gone.
        Erased
            zh "录音已删除：两份密钥表都已销毁其密钥，任何备份都不能再打开它。录音库里留有删除凭证。"
            en "The recording was erased: its keys are destroyed in both key tables, and no backup can open it any more. A tombstone stands in the vault."
        /// Why it is not erased.
        NotErasedDamaged
            zh "录音没能删除：文件损坏或不在，无法确定哪些密钥属于它。请用 ringfence verify 查看。"
            en "The recording could not be erased: its file is damaged or gone, so nobody can tell which keys are its own. See what `ringfence verify` says."
        /// Why it is not erased.
        NotErasedKeysUnknown
            zh "录音没能删除：两份密钥表中有它密钥的那一页都读不出来，无法断定密钥已销毁。请用 ringfence verify 查看。"
            en "The recording could not be erased: the page with its keys opens in neither key table, so nobody could say that they are destroyed. See what `ringfence verify` says."
        /// Why it is not erased.
        NotErasedDisk
            zh "录音没能删除：磁盘拒绝读写。本机会再试。"
            en "The recording could not be erased: the disk refuses to read or to write. The box tries again."
        /// Why it is not erased.
        NotErasedNoLink
            zh "录音没能删除：日志里没有它最后一条记录的链接，写不出删除凭证。"
            en "The recording could not be erased: the log lacks the link of its last record, without which no tombstone can be written."
        /// Why it is not erased.
        NotErasedNotAgreed
            zh "录音不删除：录音库里有文件（erasing/ 下）说删除已经开始，但日志里没有两人的同意（或日志丢失了那一部分）。现在什么都不再销毁，之前可能已有密钥被销毁。请查明这个文件从何而来；查明后把它移走，这一行就消失（见 docs/retention.md）。"
            en "The recording is not erased: a file in the vault (in erasing/) says that this has begun, and the log has no agreement of two people for it, or lost it. Nothing more is destroyed; some of its keys may be gone since before. Find out where that file comes from; once it is taken away, this line goes (docs/retention.md)."
        /// Why it is not erased.
        NotErasedTakenBack
            zh "录音不再删除：删除开始之后，名单被撤回或随日志的丢失作废，或录音被保全、按规则还要保存。现在什么都不再销毁，之前可能已有密钥被销毁。"
            en "The recording is not erased any further: after that had begun, its list was taken back or went with what the log lost, or the recording is held or kept by a rule. Nothing more is destroyed; some of its keys may be gone since before."
        /// Why it is not erased.
        NotErasedWaits
            zh "录音还没有删完：断电或停机之前已经开始，等时间确认、见证应答、日志完整并轮到它时，本机会继续。"
            en "The recording is not wholly erased yet: this had begun before the box went off, and goes on once the time is confirmed, the witnesses have answered, the log is whole and its turn has come."
        /// Where it went before.
        InPackages { packages: String }
            zh "删除之前它已随导出包离开本机，删除管不到那些包：{packages}。本机上的副本会自动删除。"
            en "Before that it left the box in packages, which erasing does not reach: {packages}. What of them is on the box is deleted."
        /// The clock of an event.
        Told { event: String, day: String }
            zh "事件“{event}”发生于 {day}，保存期限从这天起算"
            en "“{event}” happened on {day}; how long the recording is kept counts from then"
        /// What the form is for.
        TellHow
            zh "告知一个事件发生的日期，计时从这天开始。日期只能改晚，不能改早。"
            en "Tell on which day an event happened; the clock starts with it. A day can only be moved later, never earlier."
        /// A field.
        Event
            zh "事件"
            en "Event"
        /// A field.
        Day
            zh "日期"
            en "Day"
        /// The button.
        Tell
            zh "告知"
            en "Tell"
        /// A field.
        StretchFrom
            zh "从（放音时间）"
            en "From (as played)"
        /// A field.
        StretchTo
            zh "到"
            en "To"
        /// A button that shows what would go.
        StretchLook
            zh "查看会删除哪些分钟"
            en "See which minutes would go"
        /// What it is for.
        StretchHow
            zh "误录了卡号之类：两人同意后，这一段所在的整分钟立即删除，保全期间也一样，不能恢复。这里先列出会删除什么。"
            en "Where a card’s number was recorded by mistake: two people erase the whole minutes that the stretch touches, at once, also under a hold, for good. First it is shown what would go."
        /// In the story: somebody asked.
        AskedToTell { who: String, object: String, reason: String, became: String }
            zh "{who}告知事件 {object}，理由“{reason}”：{became}"
            en "{who} told of {object}, “{reason}”: {became}"
    }
}

/// Why a recording is not erased.
pub fn not_erased(why: NotErased) -> Kept {
    match why {
        NotErased::Damaged => Kept::NotErasedDamaged,
        NotErased::KeysUnknown => Kept::NotErasedKeysUnknown,
        NotErased::Disk => Kept::NotErasedDisk,
        NotErased::NoLink => Kept::NotErasedNoLink,
        NotErased::NotAgreed => Kept::NotErasedNotAgreed,
        NotErased::TakenBack => Kept::NotErasedTakenBack,
        NotErased::Waits => Kept::NotErasedWaits,
    }
}

/// How a recording stands, in sentences.
pub fn standing(standing: Standing<'_>, language: Language) -> Vec<String> {
    let name = |rule: &RetentionRule| rule.name.clone();
    let later = |must_go: Option<MustGo<'_>>| {
        must_go.map(|MustGo { rule, day }| Kept::MustGoBy { rule: name(rule), day: day.to_string() })
    };
    let sentences = match standing {
        Standing::NoRule => vec![Kept::NoRule],
        Standing::NotStarted { rule } => {
            vec![Kept::NotStarted { rule: name(rule), event: rule.from.clone().unwrap_or_default() }]
        }
        Standing::Kept { rule, until, must_go } => {
            let kept = Kept::Until { rule: name(rule), day: until.to_string() };
            [kept].into_iter().chain(later(must_go)).collect()
        }
        Standing::MayGo { since, must_go } => {
            [Kept::MayGo { day: since.to_string() }].into_iter().chain(later(must_go)).collect()
        }
        Standing::InDoubt => vec![Kept::InDoubt],
        Standing::MustGo(MustGo { rule, day }) => vec![Kept::MustGo { rule: name(rule), day: day.to_string() }],
    };
    sentences.into_iter().map(|sentence| sentence.say(language)).collect()
}
