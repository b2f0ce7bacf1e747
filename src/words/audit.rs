//! What the audit says: who did what, who came in, and what touched the record itself.

use std::time::Duration;

use frame::{EventNo, RecordingId, Utc};

use super::{Language, date_time, duration, kept::not_erased, quantity::room, sentence::sentences};
use crate::journal::{Act, AppliedHow, AuditOf, BoxEvent};

sentences! {
    /// Words and sentences of the audit.
    pub enum Audit {
        /// What the page shows.
        How
            zh "谁在什么时候做了什么，谁登录过、谁没能登录，记录本身出过什么问题。每件事在做之前就已写入日志；暂停录音、恢复录音和结束通话不等写入，随即记录。这里只能看，不能改。"
            en "Who did what and when, who signed in and who could not, and what went wrong with the record itself. Each act was in the log before it was done, but for pausing a recording, having it go on, and ending a call, which wait for nothing and are written at once. Nothing here can be changed."
        /// A link.
        Root
            zh "带走一个日志根"
            en "Take a root away"
        /// A filter.
        Everything
            zh "全部"
            en "Everything"
        /// A filter.
        Acts
            zh "操作"
            en "Acts"
        /// A filter.
        Access
            zh "登录"
            en "Sign-ins"
        /// A filter.
        Failures
            zh "失败与异常"
            en "Failures"
        /// The name of the filters for screen readers.
        Filters
            zh "筛选"
            en "Filter"
        /// A column.
        Number
            zh "编号"
            en "No."
        /// A column.
        When
            zh "时间"
            en "When"
        /// A column.
        Who
            zh "谁"
            en "Who"
        /// A column.
        What
            zh "做了什么"
            en "What"
        /// A column.
        Object
            zh "对象"
            en "On what"
        /// A column.
        Reason
            zh "理由"
            en "Reason"
        /// A column.
        Became
            zh "结果"
            en "Outcome"
        /// No entry.
        Nothing
            zh "没有这样的记录。"
            en "There is no such entry."

        // Acts, as what was to be done.
        /// A recording.
        OpenRecording
            zh "收听录音"
            en "listen to a recording"
        /// A call, at once.
        EndCall
            zh "结束通话"
            en "end a call"
        /// A recording, at once.
        PauseRecording
            zh "暂停录音"
            en "pause the recording of a call"
        /// The same.
        ResumeRecording
            zh "恢复录音"
            en "have the recording of a call go on"
        /// A number.
        FindNumber
            zh "按完整号码查找通话"
            en "look for the calls of a whole number"
        /// Settings.
        ApplySettings
            zh "更改设置"
            en "change the settings"
        /// Numbers.
        CheckRecording
            zh "重新读取并核对录音"
            en "read a recording again"
        /// An act.
        RevealNumber
            zh "查看完整号码"
            en "see numbers whole"
        /// People.
        ChangePerson
            zh "更改人员"
            en "change a person"
        /// An invitation.
        InvitePerson
            zh "邀请人员设置密码"
            en "invite a person to choose a password"
        /// An invitation.
        WithdrawInvitation
            zh "撤回邀请"
            en "withdraw an invitation"
        /// Sessions.
        SignOutPerson
            zh "让某人全部退出登录"
            en "sign a person out everywhere"
        /// A person.
        LockPerson
            zh "锁定人员"
            en "lock a person"
        /// A person.
        UnlockPerson
            zh "解除人员锁定"
            en "unlock a person"
        /// A person.
        EndHoldUp
            zh "取消因错误密码造成的登录等待"
            en "end the wait that wrong passwords made of a sign-in"
        /// A person.
        DropSecondFactor
            zh "取消人员的手机应用验证码"
            en "take the codes of an app off a person"
        /// A person.
        ResetGreeting
            zh "删除某人自己的留言问候语"
            en "delete a person’s own greeting of the mailbox"
        /// An emergency.
        BreakGlass
            zh "未经第二人批准打开录音（紧急）"
            en "open a recording without a second person (emergency)"
        /// Its review.
        ReviewGlass
            zh "复核未经批准的打开"
            en "review an opening without a second person"
        /// A fact.
        GlassBroken { recording: String, reason: String }
            zh "录音 {recording} 未经第二人批准被打开：{reason}"
            en "recording {recording} was opened without a second person: {reason}"
        /// A fact.
        GlassReviewed { no: u64, word: String }
            zh "第 {no} 号未经批准的打开已复核：{word}"
            en "the opening without a second person no. {no} was reviewed: {word}"
        /// A trace.
        ExportTrace
            zh "下载信令跟踪"
            en "download a trace of signalling"
        /// A span.
        RestartSpan
            zh "重启中继"
            en "restart a span"
        /// Channels.
        TakeOutOfService
            zh "停用通道"
            en "take channels out of service"
        /// Channels.
        PutIntoService
            zh "恢复通道"
            en "put channels back into service"
        /// A port.
        TestPort
            zh "测试端口"
            en "test a port"
        /// A port.
        LearnPort
            zh "学习外线的忙音"
            en "learn a line's busy tone"
        /// A caller.
        KeepCaller
            zh "请网络留存主叫（恶意呼叫）"
            en "have the network keep who called (malicious call)"
        /// An agent's talk.
        Supervise
            zh "作为班长监听通话"
            en "hear a talk as its supervisor"
        /// Messages.
        HearMail
            zh "在另一部电话上听留言"
            en "hear messages at another telephone"
        /// An act.
        Export
            zh "导出录音"
            en "Export recordings"
        /// An act.
        RemoveExport
            zh "删除本机上的导出包"
            en "delete an export from the box"
        /// An act.
        TakeExport
            zh "取走导出包"
            en "Take an exported package"
        /// A fact.
        Exported { package: String, count: usize, recipient: String }
            zh "导出包 {package} 已做好：{count} 条录音，只有 {recipient} 能打开"
            en "The package {package} was made: {count} recordings, which only {recipient} can open"
        /// A hold.
        PlaceHold
            zh "设置法律保全"
            en "place a hold"
        /// A hold.
        LiftHold
            zh "解除法律保全"
            en "lift a hold"
        /// A list.
        AcknowledgeLosses
            zh "确认日志丢失的内容"
            en "acknowledge what the log lost"
        /// An act.
        EraseDue
            zh "让到期录音清单进入删除等待"
            en "let a list of recordings wait to be erased"
        /// An act.
        EraseRange
            zh "删除录音中的一段"
            en "erase a stretch of a recording"
        /// A list.
        CancelErasure
            zh "取消等待删除的清单"
            en "take back a list that waits to be erased"
        /// The clock.
        ConfirmTime
            zh "确认本机时间正确"
            en "confirm that the box’s clock is right"
        /// Of what.
        Stretch { recording: String, list: u64 }
            zh "{recording} 中的一段（编号 {list}）"
            en "{recording}, a stretch of it as agreed in event {list},"
        /// An erased stretch.
        RangeErased { recording: String, list: u64 }
            zh "录音 {recording} 中的一段已删除（编号 {list}）：密钥已在本机销毁"
            en "A stretch of recording {recording} is erased, as agreed in event {list}: its keys are destroyed on the box"
        /// What happened.
        RecordingErased { recording: String }
            zh "录音 {recording} 已删除：两份密钥表都已销毁其密钥"
            en "recording {recording} was erased: its keys are destroyed in both key tables"
        /// At a copy.
        CopyToErase { recording: String, copy: String }
            zh "录音 {recording} 已删除：副本“{copy}”的密钥表尚未销毁其密钥"
            en "recording {recording} was erased: the key tables of the copy “{copy}” have its keys yet"
        /// At a copy.
        CopyErased { recording: String, copy: String }
            zh "录音 {recording} 已删除：副本“{copy}”的密钥表也已销毁其密钥"
            en "recording {recording} was erased: its keys are destroyed in the key tables of the copy “{copy}”, too"
        /// At a copy.
        CopyErasedLeased { recording: String, copy: String, until: String }
            zh "录音 {recording} 已删除：副本“{copy}”的密钥表也已销毁其密钥；密文在那里锁至 {until}（UTC）"
            en "recording {recording} was erased: its keys are destroyed in the key tables of the copy “{copy}”, too; its ciphertext is under a lease there until {until} UTC"
        /// At a copy.
        CopyFreed { recording: String, copy: String }
            zh "录音 {recording} 早已删除：副本“{copy}”中的锁期已满，密文已在那里删除"
            en "recording {recording} was erased before: its lease at the copy “{copy}” has run out, and the ciphertext is deleted there"
        /// One that could not be erased.
        ErasureFailed { recording: String, why: String }
            zh "录音 {recording}：{why}"
            en "recording {recording}: {why}"
        /// The nightly line.
        Reckoned { required: u64, made: u64 }
            zh "核对：应录 {required} 通，已录 {made} 通，录音库、录音与索引一致"
            en "reckoned: {required} calls had to be recorded, {made} are; vault, recordings and index say the same"
        /// The nightly line.
        ReckonedDiffers { required: u64, made: u64, differ: u64, calls: String }
            zh "核对：应录 {required} 通，已录 {made} 通；{differ} 通对不上：{calls}"
            en "reckoned: {required} calls had to be recorded, {made} are; {differ} do not add up: {calls}"
        /// What was lost.
        LossesAcknowledged { object: String }
            zh "两人确认了日志丢失的内容：{object}"
            en "two people acknowledged what the log lost: {object}"
        /// The clock.
        ClockConfirmed
            zh "确认了本机时间"
            en "the clock was confirmed"
        /// An act that needs two.
        AskApproval
            zh "申请需双人批准的操作"
            en "ask for an act that needs two"
        /// Its answer.
        AnswerApproval
            zh "答复需双人批准的操作"
            en "answer an act that needs two"
        /// An event.
        TellRetentionEvent
            zh "告知保存期限的起算事件"
            en "tell an event from which a recording’s time counts"
        /// Keys.
        ChangeVaultKeys
            zh "更改谁能打开录音（录音库密钥）"
            en "change who can open recordings (the vault’s keys)"
        /// From a copy.
        RestoreVault
            zh "从副本找回录音库"
            en "bring the vault back from a copy"
        /// All.
        Reset
            zh "恢复到出厂状态"
            en "set the box back to how it was delivered"

        // Facts.
        /// Somebody signed in.
        SignedIn { from: String }
            zh "登录，来自 {from}"
            en "signed in from {from}"
        /// Somebody signed out, or time did it.
        SignedOut
            zh "退出登录"
            en "signed out"
        /// Somebody took an invitation.
        Joined { from: String }
            zh "用邀请代码设置了姓名和密码，来自 {from}"
            en "took an invitation and chose a name and a password, from {from}"
        /// Somebody chose another password.
        PasswordChanged { from: String }
            zh "更改了自己的密码，来自 {from}"
            en "changed the own password, from {from}"
        /// Somebody has codes of an app from now on.
        SecondFactorSet { from: String }
            zh "为自己设置了手机应用验证码，来自 {from}"
            en "set up codes of an app for the own sign-in, from {from}"
        /// Somebody has none any more.
        SecondFactorOff { from: String }
            zh "不再使用手机应用验证码，操作来自 {from}"
            en "signs in without codes of an app; done from {from}"
        /// A right password with a wrong code.
        CodeWrong { from: String }
            zh "密码正确，但验证码不对或没有填，来自 {from}：密码可能已被别人知道"
            en "right password with a wrong code or none, from {from}: somebody else may know the password"
        /// Somebody could not sign in.
        SignInFailed { from: String }
            zh "登录失败，来自 {from}"
            en "could not sign in, from {from}"
        /// A start.
        Started { version: String }
            zh "启动，程序版本 {version}"
            en "started, program version {version}"
        /// A stop.
        Stopped
            zh "正常停止"
            en "stopped in good order"
        /// Settings took effect.
        SettingsApplied { version: u32 }
            zh "设置第 {version} 版已生效"
            en "version {version} of the settings took effect"
        /// They will.
        SettingsWhenIdle { version: u32 }
            zh "设置第 {version} 版已生效，部分内容等相关线路空闲时生效"
            en "version {version} of the settings took effect, parts of it when the lines concerned are idle"
        /// They will.
        SettingsNeedRestart { version: u32 }
            zh "设置第 {version} 版已生效，部分内容下次启动时生效"
            en "version {version} of the settings took effect, parts of it with the next start"
        /// The log.
        LogTail { file: String, octets: u64 }
            zh "日志文件 {file} 末尾有 {octets} 字节写到一半的记录，已另存"
            en "log file {file} ended in half a record of {octets} octets, which was put aside"
        /// The log.
        LogDamaged { file: String, offset: u64, octets: u64 }
            zh "日志文件 {file} 从第 {offset} 字节起有 {octets} 字节读不出来"
            en "log file {file} can’t be read from octet {offset} on, for {octets} octets"
        /// The log.
        EventsLost { count: u64 }
            zh "磁盘和内存都没有空间，丢失了 {count} 条事件"
            en "{count} events were lost: neither disk nor memory had room"
        /// The settings.
        ShorteningWeighed { object: String }
            zh "这些设置会让录音更早删除、少录音、少留证据，或让某人担任管理员，需要第二个人批准：{object}"
            en "settings by which recordings could go sooner, less is recorded or proven, or somebody becomes an administrator wait for a second person: {object}"
        /// The log.
        EventsGone { first: u64, last: u64 }
            zh "日志缺少编号 {first} 至 {last} 的事件，而索引或证明日志曾经有过"
            en "the log lacks events {first} to {last}, which the index or the proof log had"
        /// The index.
        IndexSetAside { kept_in: String }
            zh "索引损坏，已另存为 {kept_in} 并从日志重建"
            en "the index was damaged; it is kept as {kept_in} and was made again from the log"
        /// The vault.
        VaultDamaged { file: String, offset: u64 }
            zh "录音库文件 {file} 从第 {offset} 字节起有断电解释不了的损坏"
            en "file {file} of the vault has damage from octet {offset} on that no power cut explains"
        /// The vault.
        RecordingChecked { recording: String }
            zh "录音 {recording} 已应要求重新读过，与日志一致"
            en "recording {recording} was read again, as somebody asked, and is what the log knows"
        /// The vault.
        RecordingCheckedDamaged { recording: String }
            zh "录音 {recording} 已应要求重新读过：与日志不一致，ringfence verify 会指出哪里"
            en "recording {recording} was read again, as somebody asked, and is NOT what the log knows: ringfence verify says where"
        /// The vault.
        LeavesUnfounded { leaves: u64, file: String }
            zh "证明日志在最后一个签名根之后有 {leaves} 条，事件日志里没有对应的事件：没有签名，另存为 {file}"
            en "the proof log had {leaves} leaves behind its last signed root that no event accounts for: they are not signed, and kept as {file}"
        /// The vault.
        VaultRead { recordings: u64 }
            zh "全部 {recordings} 条录音已重新读过，与日志一致"
            en "all {recordings} recordings were read again and are what the log knows"
        /// The room.
        Room { free: String }
            zh "录音库磁盘剩余 {free}；用量还要观察一天才知道"
            en "the vault’s disk has {free} free; what a day takes is known after a day"
        /// The room.
        RoomADay { free: String, a_day: String }
            zh "录音库磁盘剩余 {free}，最近每天净用 {a_day}"
            en "the vault’s disk has {free} free; a day takes {a_day}"
        /// The vault.
        VaultReadDamaged { recordings: u64, damaged: u64 }
            zh "全部 {recordings} 条录音已重新读过，{damaged} 处损坏"
            en "all {recordings} recordings were read again: {damaged} places are damaged"
        /// Callers' messages.
        MailGap { whose: String, message: String, lasts: String }
            zh "{whose} 的留言 {message} 缺了 {lasts}：磁盘来不及写"
            en "message {message} for {whose} lacks {lasts}: the disk was too slow for what was said"
        /// Callers' messages.
        MailDeletedLate { whose: String, message: String }
            zh "{whose} 的留言 {message} 已删除：机主先前要求删除，当时磁盘不接受，或本机正好停止"
            en "message {message} of {whose} is gone: its person had deleted it, and the disk had refused that, or the box had died"
        /// Callers' messages.
        MailExpired { whose: String, message: String }
            zh "{whose} 的留言 {message} 到期，已删除"
            en "message {message} of {whose} reached its day and was deleted"
        /// Callers' messages.
        MailDamaged { whose: String, message: String }
            zh "{whose} 的留言 {message} 无法读取：文件在 mail/ 中已损坏，不能收听，也不能删除"
            en "message {message} of {whose} can’t be read: its file in mail/ is damaged, and nobody can hear it or delete it"
        /// What callers hear.
        GreetingDamaged { whose: String, message: String }
            zh "{whose} 的问候语 {message} 无法读取：文件在 mail/ 中已损坏。来电者听到标准问候语；可在话机上重新录制"
            en "greeting {message} of {whose} can’t be read: its file in mail/ is damaged. Callers hear the standard one; it can be recorded anew at the telephone"
        /// A key of the vault.
        VaultKeyBegan { certificate: String }
            zh "录音库启用密钥，证书指纹 {certificate}"
            en "the vault uses a key from now on; fingerprint of its certificate {certificate}"
        /// A key of the vault.
        VaultKeyDestroyed { certificate: String }
            zh "录音库的密钥从此销毁，证书指纹 {certificate}"
            en "a key of the vault is destroyed from now on; fingerprint of its certificate {certificate}"
        /// The keyring.
        KeyringIntended { keyring: String }
            zh "录音库的密钥环即将换成 {keyring}"
            en "the vault's keyring is about to become {keyring}"
        /// The keyring.
        KeyringPlaced { keyring: String }
            zh "录音库的密钥环是 {keyring}"
            en "the vault's keyring is {keyring}"
    }
}

/// A filter's word.
pub fn filter(of: AuditOf) -> Audit {
    match of {
        AuditOf::Everything => Audit::Everything,
        AuditOf::Acts => Audit::Acts,
        AuditOf::Access => Audit::Access,
        AuditOf::Failures => Audit::Failures,
    }
}

/// What was to be done.
pub fn act(act: Act, language: Language) -> String {
    let sentence = match act {
        Act::OpenRecording => Audit::OpenRecording,
        Act::BreakGlass => Audit::BreakGlass,
        Act::ReviewGlass => Audit::ReviewGlass,
        Act::ApplySettings => Audit::ApplySettings,
        Act::CheckRecording => Audit::CheckRecording,
        Act::FindNumber => Audit::FindNumber,
        Act::RevealNumber => Audit::RevealNumber,
        Act::ChangePerson => Audit::ChangePerson,
        Act::InvitePerson => Audit::InvitePerson,
        Act::WithdrawInvitation => Audit::WithdrawInvitation,
        Act::SignOutPerson => Audit::SignOutPerson,
        Act::LockPerson => Audit::LockPerson,
        Act::UnlockPerson => Audit::UnlockPerson,
        Act::EndHoldUp => Audit::EndHoldUp,
        Act::DropSecondFactor => Audit::DropSecondFactor,
        Act::ResetGreeting => Audit::ResetGreeting,
        Act::ExportTrace => Audit::ExportTrace,
        Act::RestartSpan => Audit::RestartSpan,
        Act::TakeOutOfService => Audit::TakeOutOfService,
        Act::PutIntoService => Audit::PutIntoService,
        Act::TestPort => Audit::TestPort,
        Act::LearnPort => Audit::LearnPort,
        Act::KeepCaller => Audit::KeepCaller,
        Act::Supervise => Audit::Supervise,
        Act::HearMail => Audit::HearMail,
        Act::PlaceHold => Audit::PlaceHold,
        Act::LiftHold => Audit::LiftHold,
        Act::EraseDue => Audit::EraseDue,
        Act::AcknowledgeLosses => Audit::AcknowledgeLosses,
        Act::EraseRange => Audit::EraseRange,
        Act::CancelErasure => Audit::CancelErasure,
        Act::ConfirmTime => Audit::ConfirmTime,
        Act::Export => Audit::Export,
        Act::TakeExport => Audit::TakeExport,
        Act::RemoveExport => Audit::RemoveExport,
        Act::AskApproval => Audit::AskApproval,
        Act::AnswerApproval => Audit::AnswerApproval,
        Act::TellRetentionEvent => Audit::TellRetentionEvent,
        Act::ChangeVaultKeys => Audit::ChangeVaultKeys,
        Act::RestoreVault => Audit::RestoreVault,
        Act::Reset => Audit::Reset,
    };
    sentence.say(language)
}

/// A recording, or a stretch of one.
fn of(recording: RecordingId, range: Option<EventNo>, language: Language) -> String {
    let recording = recording.to_string();
    match range {
        None => recording,
        Some(EventNo(list)) => Audit::Stretch { recording, list }.say(language),
    }
}

/// What happened, of an event that the audit lists and that is no act; none for others.
pub fn fact(event: &BoxEvent, language: Language) -> Option<String> {
    let sentence = match event.clone() {
        BoxEvent::SignedIn { from, .. } => Audit::SignedIn { from },
        BoxEvent::SignedOut { .. } => Audit::SignedOut,
        BoxEvent::Joined { from, .. } => Audit::Joined { from },
        BoxEvent::PasswordChanged { from, .. } => Audit::PasswordChanged { from },
        BoxEvent::SecondFactorChanged { from, is_set: true, .. } => Audit::SecondFactorSet { from },
        BoxEvent::SecondFactorChanged { from, .. } => Audit::SecondFactorOff { from },
        BoxEvent::CodeWrong { from, .. } => Audit::CodeWrong { from },
        BoxEvent::SignInFailed { from, .. } => Audit::SignInFailed { from },
        BoxEvent::Started { version, .. } => Audit::Started { version },
        BoxEvent::Stopped => Audit::Stopped,
        BoxEvent::RecordingErased { recording, .. } => Audit::RecordingErased { recording: recording.to_string() },
        BoxEvent::RangeErased { recording, list, .. } => {
            Audit::RangeErased { recording: recording.to_string(), list: list.0 }
        }
        BoxEvent::CopyToErase { recording, range, copy, .. } => {
            Audit::CopyToErase { recording: of(recording, range, language), copy }
        }
        BoxEvent::CopyErased { recording, range, copy, ciphertext_until_us: None, .. } => {
            Audit::CopyErased { recording: of(recording, range, language), copy }
        }
        BoxEvent::CopyErased { recording, range, copy, ciphertext_until_us: Some(until), .. } => {
            let recording = of(recording, range, language);
            Audit::CopyErasedLeased { recording, copy, until: date_time(Utc::from_us(until)) }
        }
        BoxEvent::CopyFreed { recording, copy, .. } => Audit::CopyFreed { recording: recording.to_string(), copy },
        BoxEvent::ErasureFailed { recording, range, why, .. } => {
            Audit::ErasureFailed { recording: of(recording, range, language), why: not_erased(why).say(language) }
        }
        BoxEvent::RecordingsReckoned { required, whole, gapped, differ: 0, .. } => {
            Audit::Reckoned { required, made: whole + gapped }
        }
        BoxEvent::RecordingsReckoned { required, whole, gapped, differ, calls, .. } => {
            let calls: Vec<String> = calls.iter().map(ToString::to_string).collect();
            Audit::ReckonedDiffers { required, made: whole + gapped, differ, calls: calls.join(", ") }
        }
        BoxEvent::LossesAcknowledged { losses, .. } => Audit::LossesAcknowledged { object: losses.object() },
        BoxEvent::ClockConfirmed { .. } => Audit::ClockConfirmed,
        BoxEvent::GlassBroken { recording, reason, .. } => {
            Audit::GlassBroken { recording: recording.to_string(), reason }
        }
        BoxEvent::GlassReviewed { broken, word, .. } => Audit::GlassReviewed { no: broken.0, word },
        BoxEvent::Exported { package, recordings, recipient, .. } => {
            Audit::Exported { package, count: recordings.len(), recipient }
        }
        BoxEvent::SettingsApplied { version, how: AppliedHow::Applied, .. } => Audit::SettingsApplied { version },
        BoxEvent::SettingsApplied { version, how: AppliedHow::WhenIdle, .. } => Audit::SettingsWhenIdle { version },
        BoxEvent::SettingsApplied { version, how: AppliedHow::NeedsRestart, .. } => {
            Audit::SettingsNeedRestart { version }
        }
        BoxEvent::LogTailSetAside { file, octets, .. } => Audit::LogTail { file, octets },
        BoxEvent::LogDamaged { file, offset, octets } => Audit::LogDamaged { file, offset, octets },
        BoxEvent::EventsLost { count } => Audit::EventsLost { count },
        BoxEvent::ShorteningWeighed { object, .. } => Audit::ShorteningWeighed { object },
        BoxEvent::EventsGone { first, last } => Audit::EventsGone { first: first.0, last: last.0 },
        BoxEvent::IndexSetAside { kept_in } => Audit::IndexSetAside { kept_in },
        BoxEvent::VaultDamaged { file, offset } => Audit::VaultDamaged { file, offset },
        BoxEvent::LeavesUnfounded { leaves, file } => Audit::LeavesUnfounded { leaves, file },
        BoxEvent::RecordingChecked { recording, fits: true, .. } => {
            Audit::RecordingChecked { recording: recording.to_string() }
        }
        BoxEvent::RecordingChecked { recording, .. } => {
            Audit::RecordingCheckedDamaged { recording: recording.to_string() }
        }
        BoxEvent::MailGap { extension, message, ms, .. } => Audit::MailGap {
            whose: whose(extension, language),
            message: message.to_string(),
            lasts: duration(language, Duration::from_millis(ms.into())),
        },
        BoxEvent::MailDeletedLate { extension, message } => {
            Audit::MailDeletedLate { whose: whose(extension, language), message: message.to_string() }
        }
        BoxEvent::MailExpired { extension, message } => {
            Audit::MailExpired { whose: whose(extension, language), message: message.to_string() }
        }
        BoxEvent::MailDamaged { extension, message, greeting: true } => {
            Audit::GreetingDamaged { whose: whose(extension, language), message: message.to_string() }
        }
        BoxEvent::MailDamaged { extension, message, .. } => {
            Audit::MailDamaged { whose: whose(extension, language), message: message.to_string() }
        }
        BoxEvent::RoomReckoned { free_octets, a_day_octets: None, .. } => Audit::Room { free: room(free_octets) },
        BoxEvent::RoomReckoned { free_octets, a_day_octets: Some(a_day), .. } => {
            Audit::RoomADay { free: room(free_octets), a_day: room(a_day) }
        }
        BoxEvent::VaultRead { recordings, damaged: 0 } => Audit::VaultRead { recordings },
        BoxEvent::VaultRead { recordings, damaged } => Audit::VaultReadDamaged { recordings, damaged },
        BoxEvent::VaultKey { certificate, destroyed: false } => Audit::VaultKeyBegan { certificate },
        BoxEvent::VaultKey { certificate, destroyed: true } => Audit::VaultKeyDestroyed { certificate },
        BoxEvent::VaultKeyring { keyring, placed: false, .. } => Audit::KeyringIntended { keyring },
        BoxEvent::VaultKeyring { keyring, placed: true, .. } => Audit::KeyringPlaced { keyring },
        _ => return None,
    };
    Some(sentence.say(language))
}

/// Whose box a message is in, where the log knows.
fn whose(extension: String, language: Language) -> String {
    if extension.is_empty() { language.pick("某部电话", "a telephone").to_owned() } else { extension }
}
