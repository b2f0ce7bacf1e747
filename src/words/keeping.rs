//! What the page says of holds, of what must go, and of erasing.

use vault::{DamagedStretch, Hold, HoldSearch, Losses, Unfounded, Unwritten};

use super::{Language, date_time, sentence::sentences};
use crate::handles::{KeepingRefusal, NotErasedRow, PlacedNow, RangeWaits};

sentences! {
    /// Words and sentences about holding and erasing.
    pub enum Keeping {
        /// The title.
        Title
            zh "保全与删除"
            en "Holds and erasing"
        /// What the page is for.
        How
            zh "保全的录音谁也删不掉。到期必须删除的录音，由一人申请、另一人批准，再等 72 小时才删除；期间任何人都可以取消，或设置保全。"
            en "What is held nobody erases. What must go by a rule is asked for by one person and granted by another, then waits for 72 hours; meanwhile anybody here can take it back or place a hold."
        /// The sums.
        Sums { due: u64, recorded: u64, incomplete: u64, missing: u64 }
            zh "应录 {due} 通，完整 {recorded} 通，有缺口 {incomplete} 通，缺失 {missing} 通。"
            en "Recordings required {due}, whole {recorded}, with a gap {incomplete}, missing {missing}."
        /// What is not sealed, on a disk that is.
        OnEncryptedDisk
            zh "录音内容用保险库的密钥加密，本机自己打不开。号码、姓名、时间和操作记录，本机运行时可以读取；磁盘已加密（dm-crypt），把磁盘拿走的人没有口令读不到。"
            en "What was said is sealed with keys that the box does not have. Numbers, names, times and the audit it reads while it runs; its disk is encrypted (dm-crypt), so who takes the disk away reads none of them without its passphrase."
        /// The same on one that is not.
        OnOpenDisk
            zh "录音内容用保险库的密钥加密，本机自己打不开。号码、姓名、时间和操作记录，本机运行时可以读取；把磁盘拿走的人也可以：没有发现磁盘加密（dm-crypt）。请锁好机柜，或把数据目录放到加密的磁盘（LUKS）上。"
            en "What was said is sealed with keys that the box does not have. Numbers, names, times and the audit it reads while it runs, and so does who takes its disk away: no encryption of the disk (dm-crypt) is seen. Lock the rack, or put the data directory on an encrypted disk (LUKS)."
        /// The time is known.
        TimeKnown
            zh "删除所用的时间已确认："
            en "The time that erasing goes by is confirmed:"
        /// The time is not known.
        TimeUnknown
            zh "开机以来还没有人确认本机时间（也没有网络对时），所以什么都不会删除。请对照可靠的钟表核对，再确认："
            en "Nobody, and no NTP, has confirmed the clock since the machine started, so nothing is erased. Compare it with a clock you trust, then confirm:"
        /// The wall clock, beside the button.
        ClockSays
            zh "本机时间"
            en "The box’s clock says"
        /// The button.
        ConfirmTime
            zh "时间正确"
            en "It is right"
        /// A heading.
        Holds
            zh "法律保全"
            en "Holds"
        /// None.
        NoHolds
            zh "没有保全。"
            en "There is no hold."
        /// The heading of the form.
        PlaceHow
            zh "设置保全：填一项或几项，全部符合的录音都受保全，以后的也算。"
            en "Place a hold: fill in one field or more. Recordings that fit in all of them are held, later ones, too."
        /// A field.
        Call
            zh "通话编号"
            en "Call"
        /// A field.
        Queue
            zh "队列"
            en "Queue"
        /// A field.
        Person
            zh "坐席"
            en "Person"
        /// A field.
        Number
            zh "号码（或尾号）"
            en "Number (or its end)"
        /// A field.
        From
            zh "从哪天"
            en "From day"
        /// A field.
        Until
            zh "到哪天"
            en "Until day"
        /// No choice.
        Any
            zh "不限"
            en "any"
        /// The button.
        Place
            zh "设置保全"
            en "Place the hold"
        /// A button.
        AskToLift
            zh "申请解除"
            en "Ask to lift"
        /// A button.
        Lift
            zh "解除（已批准）"
            en "Lift (granted)"
        /// A heading.
        MustGo
            zh "必须删除"
            en "What must go"
        /// None.
        NothingDue
            zh "没有必须删除的录音。"
            en "No recording has to go."
        /// How many.
        Due { count: usize }
            zh "{count} 段录音按规则必须删除，且没有保全："
            en "{count} recordings have to go by their rules, and no hold covers them:"
        /// More than a list holds.
        More
            zh "还有更多，放进下一份清单。"
            en "There are more; they go into the next list."
        /// A row.
        DueRow { rule: String, day: String }
            zh "规则“{rule}”，自 {day}"
            en "rule “{rule}”, since {day}"
        /// A button.
        AskToErase
            zh "申请删除这份清单"
            en "Ask to erase this list"
        /// A list that was granted.
        Granted { object: String }
            zh "已批准的清单：{object}"
            en "A list that is granted: {object}"
        /// A button.
        Begin
            zh "开始 72 小时等待"
            en "Begin the 72 hours"
        /// A heading.
        EraseStretch
            zh "删除一段录音"
            en "Erase a stretch of a recording"
        /// A button.
        AskToEraseStretch
            zh "申请删除这一段"
            en "Ask to erase this stretch"
        /// A button.
        BeginStretch
            zh "立即删除这一段"
            en "Erase this stretch now"
        /// Of a stretch that two people agreed on.
        GrantedStretch { what: String }
            zh "已批准：{what}"
            en "Granted: {what}"
        /// A heading.
        Waiting
            zh "等待删除"
            en "Waits to be erased"
        /// A list.
        List { no: u64, recordings: usize }
            zh "清单 {no}：{recordings} 段录音，最早删除时间"
            en "List {no}: {recordings} recordings, not before"
        /// A heading.
        RangesWaiting
            zh "录音中要删除的段落"
            en "Stretches of recordings to be erased"
        /// A stretch.
        RangeWaits { no: u64, what: String }
            zh "段落 {no}：{what}"
            en "Stretch {no}. {what}"
        /// A stretch that has begun.
        RangeBegun { no: u64, what: String }
            zh "段落 {no}：{what} 删除已经开始，不能再撤回。"
            en "Stretch {no}. {what} It has begun, and nobody can take it back."
        /// Of a stretch.
        NotErasedStretch { no: u64, why: String }
            zh "其中一段（编号 {no}）：{why}"
            en "A stretch of it (event {no}): {why}"
        /// What the log lost.
        LostHow
            zh "日志丢失了以下内容，其中可能有保全、取消，或保留规则所依据的事件。请先查明、补设保全，再由审计与安保两人确认；确认只对这些有效。与丢失部分有关的录音仍会保留，等待中的清单全部取消。"
            en "The log lost this, and a hold, a recall or an event by which a rule keeps may have been among it. Look into it and place again what may be missing; then security and audit acknowledge it, one asking and the other granting. That covers exactly this. What it may have been about stays, and all lists that wait are taken back."
        /// Numbers.
        LostNumbers { from: u64, to: u64 }
            zh "编号 {from} 至 {to} 的事件缺失"
            en "events {from} to {to} are missing"
        /// A number.
        LostNumber { no: u64 }
            zh "编号 {no} 的事件缺失"
            en "event {no} is missing"
        /// A stretch.
        LostStretch { file: String, offset: u64, octets: u64, told: u64 }
            zh "{file} 从第 {offset} 字节起有 {octets} 字节读不出来（事件 {told} 首次报告）"
            en "{file} can’t be read from octet {offset} on, for {octets} octets (told first by event {told})"
        /// Events without a number.
        LostUnwritten { count: u64, told: u64 }
            zh "磁盘和内存都没有空间时丢失了 {count} 条事件（由事件 {told} 报告）"
            en "{count} events were lost while neither disk nor memory had room (told by event {told})"
        /// Leaves without an event.
        LostUnfounded { leaves: u64, file: String, told: u64 }
            zh "证明序列里有 {leaves} 条在日志中没有对应事件，另存于录音库的 {file}（由事件 {told} 报告）"
            en "{leaves} proofs have no event in the log; the vault keeps them in {file} (told by event {told})"
        /// More than the page lists.
        MoreLost { count: usize }
            zh "另外还有 {count} 处，一次确认放不下：确认这些之后再确认其余。在全部确认之前什么都不会删除。"
            en "And {count} more places, which one acknowledgement has no room for: acknowledge these, then the others. Until all are, nothing is erased."
        /// A button.
        AskToAcknowledge
            zh "申请确认"
            en "Ask to acknowledge it"
        /// A button.
        Acknowledge
            zh "确认（已批准）"
            en "Acknowledge it (granted)"
        /// A heading.
        Acknowledged
            zh "两人已确认的日志丢失"
            en "What the log lost, as two people have acknowledged"
        /// A heading.
        NotErased
            zh "删不掉的录音"
            en "What can’t be erased"
        /// Of one that can't be erased, after the reason.
        HasBegun
            zh "删除曾经开始：它的一部分密钥可能已经销毁，销毁的不能恢复。"
            en "Erasing it had begun: some of its keys may be gone, and what is gone does not come back."
        /// More than the page lists.
        MoreNotErased { count: usize }
            zh "另外还有 {count} 段，见审计。"
            en "And {count} more; the audit names them."
        /// A button.
        Cancel
            zh "取消删除"
            en "Take it back"
        /// A field.
        Reason
            zh "理由"
            en "Reason"
        /// The note.
        Done
            zh "已记录。"
            en "It is written down."

        /// The same on the command line.
        DoneUnder { no: u64 }
            zh "已记录，编号 {no}。"
            en "It is written down, as event {no}."
        /// A hold on the command line.
        HoldLine { no: u64, what: String, by: String, at: String, reason: String }
            zh "保全 {no}：{what}（{by}，{at}：{reason}）"
            en "hold {no}: {what} ({by}, {at}: {reason})"
        /// What is about to be begun.
        Begins { count: String, day: String }
            zh "要开始的清单：截至 {day} 必须删除的 {count} 段录音。72 小时后开始删除。"
            en "What is about to begin: {count} recordings that had to go by {day}. They are erased after 72 hours."
        /// What is about to be lifted.
        Lifts
            zh "要解除的保全："
            en "What is about to be lifted:"
        /// More than are listed.
        MoreRows { count: usize }
            zh "以及另外 {count} 段。"
            en "And {count} more."
        /// Several lists are granted.
        WhichList { count: usize }
            zh "已批准而没有开始的清单有 {count} 份，请写明是哪一份（见 erase list）。"
            en "{count} lists are granted and not begun. Say which (erase list has their lines)."
        /// The role.
        NotYours
            zh "您的角色不能做这件事。"
            en "Your role does not do this."

        // What a hold covers.
        /// A call.
        HeldCall { call: String }
            zh "通话 {call}"
            en "call {call}"
        /// A part of a search.
        HeldQueue { queue: String }
            zh "队列“{queue}”"
            en "queue “{queue}”"
        /// A part of a search.
        HeldPerson { person: String }
            zh "坐席 {person}"
            en "person {person}"
        /// A part of a search.
        HeldNumber { number: String }
            zh "号码 {number}"
            en "number {number}"
        /// A part of a search.
        HeldFrom { day: String }
            zh "{day} 起"
            en "from {day}"
        /// A part of a search.
        HeldUntil { day: String }
            zh "{day} 止"
            en "until {day}"

        // Why nothing was done.
        /// Nothing said.
        SaysNothing
            zh "请至少填一项有效的条件。"
            en "Fill in at least one field, and each as it has to be."
        /// No reason.
        ReasonMissing
            zh "请写理由，不超过 200 字。"
            en "Say why: a line of at most 200 characters."
        /// Not there.
        NotThere
            zh "没有这个保全或清单，或它已经结束。"
            en "There is no such hold or list any more."
        /// A stretch.
        RangeWrong
            zh "这一段不能一次删除：起点要在终点之前，最长十分钟。"
            en "This stretch does not go at once: it has to begin before it ends, and be ten minutes long at most."
        /// Nothing there.
        NothingRecorded
            zh "这次通话没有完整的录音，或这一段里没有录音。"
            en "The call has no whole recording, or nothing was recorded in that stretch."
        /// A recording that can't be read.
        RecordingUnreadable
            zh "录音文件损坏或磁盘读不出来，无法确定会删除哪几分钟。请用 ringfence verify 查看。"
            en "The recording is damaged, or the disk refuses to read it, so nobody can tell which minutes would go. See what `ringfence verify` says."
        /// What is about to go.
        RangeGone
            zh "要删除的："
            en "What is to be erased:"
        /// What it does not reach.
        RangeInPackages { packages: String }
            zh "它已随导出包导出：{packages}。带出本机的，删除管不到；还在本机上的会自动删除。"
            en "It was exported in packages: {packages}. Erasing does not reach what was taken; what of them is still on the box is deleted."
        /// No grant.
        NotGranted
            zh "还没有第二个人批准，或批准已过期。请到“双人批准”查看。"
            en "No second person has granted this, or the grant is over. See Approvals."
        /// Another list.
        ListChanged
            zh "清单已变化（有录音被保全，或规则、事件有变），请重新申请。"
            en "The list is another one by now: something was held, told or changed. Ask again."
        /// An older vault.
        SetBack
            zh "录音库与外部留存的凭证不符，可能被换成了旧的。查清之前什么都不会删除。请查看告警。"
            en "The vault is not what was held outside says; it may have been set back. Until that is cleared up nothing is erased. Look at the alarms."
        /// A witness that did not answer.
        WitnessNotAsked
            zh "本次启动后还没能核对见证方文件夹里的凭证，不能排除录音库被换成旧的，所以什么都不会删除。请接好该文件夹（见告警）；若它不再使用，请从设置中去掉（需要第二个人批准）。"
            en "A witness’s folder could not be asked since the box started, so nobody knows whether the vault was set back, and nothing is erased. Bring the folder back (see the alarms), or take the witness out of the settings if it is gone for good, which a second person has to grant."
        /// Lost events.
        LogDamaged
            zh "日志有损坏或缺失，其中可能有保全或保留规则所依据的事件，所以在两人查看并确认之前什么都不会删除。"
            en "The log is damaged or lacks events. A hold may have been among them, or an event by which a rule keeps, so nothing is erased until two people have looked and acknowledged it."
        /// An event of a later version.
        UnreadHold
            zh "日志里有本版本读不懂的保全事件，所以什么都不会删除。请换用更新的版本。"
            en "The log has an event of a hold that this version can’t read, so nothing is erased. Use a later version."
        /// Not what was granted.
        LossesChanged
            zh "日志丢失的已不是这些，请重新查看并申请。"
            en "What the log lost is not this by now. Look again, and ask again."
        /// No witness that could be asked.
        NoWitnessFolder
            zh "设置里没有见证方文件夹（在另一块磁盘上，存放日志凭证），无法判断录音库是否被换成旧的，所以什么都不会删除。请在设置的 [[witnesses]] 中加一个文件夹。"
            en "Erasing needs a witness’s folder, on another disk, that holds roots of the log; the settings name none. Without it nobody can tell whether the vault was set back, so nothing is erased. Add a folder under [[witnesses]] in the settings."
        /// Too late.
        TooLateFor { recordings: usize }
            zh "已记录，但有 {recordings} 段录音的密钥正在销毁，来不及了。"
            en "It is written down. For {recordings} recordings it came too late: their keys are being destroyed."
        /// The audit.
        NotAudited
            zh "日志写不进去，所以什么都没有做。稍后写入的也会自动撤回，但保全和对日志丢失的确认仍然有效。请查看告警。"
            en "The log can’t be written, so nothing was done. What gets written later all the same is taken back, but a hold stays, and so does what was acknowledged. Look at the alarms."
        /// The index.
        NotReady
            zh "本机还没有从日志读到最新的保全与清单，在此之前什么都不会删除；现在也可以设置保全。请稍后再试，若一直如此请查看告警。"
            en "The box has not read the newest holds and lists from its log yet; until it has, nothing is erased, and a hold can be placed all the same. Try again in a moment, and look at the alarms if it stays so."
    }
}

/// A hold with who placed it, when and why.
pub fn placed(placed: &PlacedNow, language: Language) -> String {
    let PlacedNow { no, hold: of, person, by, at, reason } = placed.clone();
    let name = |id: frame::PersonId| person.clone().unwrap_or_else(|| id.to_string());
    Keeping::HoldLine { no: no.0, what: hold(&of, &name, language), by, at: date_time(at), reason }.say(language)
}

/// What a hold covers.
pub fn hold(hold: &Hold, name: &dyn Fn(frame::PersonId) -> String, language: Language) -> String {
    let HoldSearch { queue, person, number, from, until } = match hold {
        Hold::Call(call) => return Keeping::HeldCall { call: call.to_string() }.say(language),
        Hold::Search(search) => search.clone(),
    };
    let parts = [
        queue.map(|queue| Keeping::HeldQueue { queue }),
        person.map(|person| Keeping::HeldPerson { person: name(person) }),
        number.map(|number| Keeping::HeldNumber { number: end_of(&number) }),
        from.map(|day| Keeping::HeldFrom { day: day.to_string() }),
        until.map(|day| Keeping::HeldUntil { day: day.to_string() }),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().map(|part| part.say(language)).collect();
    parts.join(language.pick("，", ", "))
}

/// What the log lost, place by place.
pub fn losses(losses: &Losses, language: Language) -> impl Iterator<Item = String> {
    let missing = losses.missing.iter().map(|(from, to)| match (from.0, to.0) {
        (no, last) if no == last => Keeping::LostNumber { no },
        (from, to) => Keeping::LostNumbers { from, to },
    });
    let stretch = |damage: &DamagedStretch| {
        let DamagedStretch { told, file, offset, octets } = damage.clone();
        Keeping::LostStretch { file, offset, octets, told: told.0 }
    };
    let unwritten = |lost: &Unwritten| Keeping::LostUnwritten { count: lost.count, told: lost.told.0 };
    let unfounded = |lost: &Unfounded| {
        let Unfounded { told, file, leaves } = lost.clone();
        Keeping::LostUnfounded { leaves, file, told: told.0 }
    };
    let all = missing.chain(losses.damages.iter().map(stretch)).chain(losses.unwritten.iter().map(unwritten));
    all.chain(losses.unfounded.iter().map(unfounded)).map(move |place| place.say(language))
}

/// A stretch that waits to be erased, or is being erased.
pub fn range(range: &RangeWaits, language: Language) -> String {
    let (no, what) = (range.no.0, super::approval::range(&range.object).say(language));
    let sentence = if range.has_begun { Keeping::RangeBegun { no, what } } else { Keeping::RangeWaits { no, what } };
    sentence.say(language)
}

/// Why a recording, or a stretch of one, is not erased.
pub fn not_erased(row: &NotErasedRow, language: Language) -> String {
    let why = super::kept::not_erased(row.why).say(language);
    row.range.map_or(why.clone(), |no| Keeping::NotErasedStretch { no: no.0, why }.say(language))
}

/// The last four digits, as lists show numbers.
fn end_of(number: &str) -> String {
    let shown = number.len().saturating_sub(4);
    format!("{}{}", "*".repeat(shown), number.get(shown..).unwrap_or_default())
}

/// Why nothing was done.
pub fn refusal(why: KeepingRefusal) -> Keeping {
    match why {
        KeepingRefusal::SaysNothing => Keeping::SaysNothing,
        KeepingRefusal::NotThere => Keeping::NotThere,
        KeepingRefusal::RangeWrong => Keeping::RangeWrong,
        KeepingRefusal::NothingRecorded => Keeping::NothingRecorded,
        KeepingRefusal::RecordingUnreadable => Keeping::RecordingUnreadable,
        KeepingRefusal::NotGranted => Keeping::NotGranted,
        KeepingRefusal::ListChanged => Keeping::ListChanged,
        KeepingRefusal::TimeUnknown => Keeping::TimeUnknown,
        KeepingRefusal::SetBack => Keeping::SetBack,
        KeepingRefusal::WitnessNotAsked => Keeping::WitnessNotAsked,
        KeepingRefusal::NoWitnessFolder => Keeping::NoWitnessFolder,
        KeepingRefusal::LogDamaged => Keeping::LogDamaged,
        KeepingRefusal::UnreadHold => Keeping::UnreadHold,
        KeepingRefusal::LossesChanged => Keeping::LossesChanged,
        KeepingRefusal::NotAudited => Keeping::NotAudited,
        KeepingRefusal::NotReady => Keeping::NotReady,
    }
}
