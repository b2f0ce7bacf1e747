//! What page and command line say of acts that need two.

use access::{ApprovalAnswer, LetIn, NotAnswered, NotAsked, Proposal, TwoPersonAct};
use vault::{RangeObject, Stretch};

use super::{Language, keeping, sentence::sentences, shortening};
use crate::handles::{About, ApprovalsRefusal};

sentences! {
    /// Words and sentences about acts that need two.
    pub enum Approving {
        /// The title and the tab.
        Title
            zh "双人批准"
            en "Approvals"
        /// What the page is for.
        How
            zh "有些操作一个人不能做：一位管理员申请，另一位不同角色的管理员批准，才能进行一次。申请等待 72 小时，批准后 24 小时内有效。"
            en "Some acts nobody does alone: one administrator asks, another one of another role grants it, and then it is done once. A wish waits for 72 hours, a grant holds for 24."
        /// The three administrators are not there.
        Incomplete
            zh "三位管理员（系统、安全、审计）还没有到齐，除让管理员登录之外，这些操作都会被拒绝。请在设置里指定人员，再到“人员”页邀请他们。"
            en "The three administrators (system, security, audit) are not all there, so every such act but letting one of them in is refused. Name them in the settings and invite them on the page People."
        /// An act.
        OpenRecording
            zh "打开录音"
            en "open a recording"
        /// The heading of openings without a second person.
        Glass
            zh "未经第二人批准的打开"
            en "Opened without a second person"
        /// Its state.
        GlassWaits
            zh "待复核"
            en "waits for a review"
        /// The field of a review.
        GlassWord
            zh "您的意见"
            en "Your word on it"
        /// The button.
        GlassReview
            zh "已复核"
            en "Reviewed"
        /// One's own.
        OwnGlass
            zh "自己打开的，要由另一位管理员复核。"
            en "What one has opened oneself, another administrator reviews."
        /// The heading of what waits.
        Waiting
            zh "等待中"
            en "Waiting"
        /// Nothing waits.
        Nothing
            zh "没有等待批准的操作。"
            en "Nothing waits for a second person."
        /// The heading of what was.
        Past
            zh "最近的申请"
            en "Lately asked for"
        /// The heading of the form that asks.
        Ask
            zh "申请"
            en "Ask for an act"
        /// A column and a field.
        Act
            zh "操作"
            en "Act"
        /// A column and a field.
        Object
            zh "对象"
            en "On what"
        /// A column.
        By
            zh "申请人"
            en "Asked by"
        /// A column.
        Until
            zh "有效至"
            en "Until"
        /// A column.
        State
            zh "状态"
            en "State"
        /// The state: nobody has answered.
        WaitsFor { roles: String }
            zh "等待{roles}"
            en "waits for: {roles}"
        /// The state: granted, and not done yet.
        GrantedBy { name: String }
            zh "{name}已批准，尚未执行"
            en "granted by {name}, not done yet"
        /// A field.
        OwnPassword
            zh "您自己的密码"
            en "Your own password"
        /// A field.
        Reason
            zh "理由"
            en "Reason"
        /// A button.
        Grant
            zh "批准"
            en "Grant"
        /// A button.
        Refuse
            zh "拒绝"
            en "Refuse"
        /// A button.
        Withdraw
            zh "撤回"
            en "Withdraw"
        /// A button.
        AskButton
            zh "提交申请"
            en "Ask"
        /// The note after an act was asked for.
        Asked { no: u64 }
            zh "已申请，编号 {no}。批准人会在这一页看到它。"
            en "Asked for, under number {no}. Whoever may grant it sees it on this page."
        /// The note after an answer.
        AnswerCounts
            zh "已记录。"
            en "It is written down."
        /// A line of the command line.
        Line { no: String, act: String, object: String, by: String, state: String, until: String, reason: String }
            zh "{no}  {act}：{object}  申请人 {by}，理由“{reason}”；{state}，有效至 {until} UTC"
            en "{no}  {act}: {object}  asked by {by}, “{reason}”; {state}, until {until} UTC"

        // What became of it.
        /// Granted.
        Granted
            zh "已批准"
            en "granted"
        /// Refused.
        Refused
            zh "已拒绝"
            en "refused"
        /// Withdrawn.
        Withdrawn
            zh "已撤回"
            en "withdrawn"
        /// Over.
        Expired
            zh "已过期"
            en "over"
        /// Not all there.
        WasIncomplete
            zh "已拒绝：管理员未到齐"
            en "refused: an administrator was missing"
        /// Redeemed.
        Redeemed
            zh "已执行"
            en "done"

        // The acts.
        /// An act.
        Export
            zh "导出录音"
            en "export recordings"
        /// An act.
        LiftHold
            zh "解除法律保全"
            en "lift a hold"
        /// An act.
        ShortenRetention
            zh "缩短保存期限"
            en "shorten how long recordings are kept"
        /// An act.
        LessEvidence
            zh "少录音、少留证据，或让更多人打开录音"
            en "have less recorded or proven, or more people open it"
        /// An act.
        Keys
            zh "更改录音库密钥"
            en "change the keys of the vault"
        /// An act.
        EraseRange
            zh "删除录音中的一段"
            en "erase a stretch of a recording"
        /// An act.
        EraseDue
            zh "删除到期录音"
            en "erase recordings that must go"
        /// An act.
        AcknowledgeLosses
            zh "确认日志丢失的内容"
            en "acknowledge what the log lost"
        /// An act.
        Reset
            zh "恢复出厂状态"
            en "set the box back to how it was delivered"
        /// An act.
        Administrator
            zh "让管理员登录，或更换管理员"
            en "let an administrator in, or have another one"

        // What it is about.
        /// A stretch.
        AboutRange { call: String, meant: String, minutes: usize, gone: String }
            zh "通话 {call} 的录音，{meant}。密钥以每方每分钟计，所以整分钟一起删除：共 {minutes} 个方分钟，都在 {gone} 之间；当时说话各方在其中的话会消失，不能恢复，其他人的话保留。即使受法律保全、保存期限未满，也会立即删除。"
            en "The recording of call {call}, {meant}. Keys are of whole minutes of each party, so whole minutes go: {minutes} of the parties concerned, all within {gone}. What they said in these is gone, for good, at once, also under a hold and before its rule is over; what others said stays."
        /// A code for an administrator.
        AboutInvite { name: String, person: u32 }
            zh "为管理员{name}（编号 {person}）生成代码：用它可以重新设置姓名和密码，原来的手机应用验证码随之取消。拿到代码的人就能以其身份登录，请确认是本人在用。"
            en "A code for the administrator {name} (number {person}), with which name and password are chosen anew; codes of an app end with it. Whoever has the code can sign in as them: see to it that they use it themselves."
        /// An administrator who is let in again.
        AboutUnlock { name: String, person: u32 }
            zh "为管理员{name}（编号 {person}）解除锁定：原来的密码和 PIN 重新有效。请先弄清当初为什么锁定。"
            en "The administrator {name} (number {person}) is let in again, with the password and PIN of before. Find out first why they were locked."
        /// An administrator's second factor is taken off.
        AboutSecondFactor { name: String, person: u32 }
            zh "取消管理员{name}（编号 {person}）的手机应用验证码：此后只凭密码就能以其身份登录。请确认是本人丢失了手机。"
            en "The codes of an app are taken off the administrator {name} (number {person}): from then on their password alone lets somebody in as them. See to it that it was they who lost the telephone."
        /// Nobody.
        AboutNobody { person: u32 }
            zh "设置里没有编号 {person} 的人员。"
            en "The settings name nobody with the number {person}."
        /// A line that nobody can read.
        RangeUnread
            zh "本机读不懂这一行，不会照它删除什么。请用 ringfence erase range 申请。"
            en "The box can’t read this line, and erases nothing by it. Ask with `ringfence erase range`."

        // Why nothing was done.
        /// Credentials.
        WrongPassword
            zh "姓名或密码不对，或者应用上的验证码不对、没有填，什么都没有做。设置要求使用验证码的人，要先在页面“我的账号”上设置。"
            en "Name or password is wrong, or the code of the app, or it is missing; nothing was done. Of whom the settings want codes, they set them up on the page Your account first."
        /// Too many tries.
        LockedOut { secs: u64 }
            zh "试得太多，请 {secs} 秒后再试。"
            en "Too many tries. Try again in {secs} s."
        /// Somebody else.
        Busy
            zh "有人正在登录，请再试一次。"
            en "Somebody else is just signing in. Try again."
        /// No reason.
        ReasonMissing
            zh "请写明对象和理由，各不超过 200 字。"
            en "Say on what, and why: a line of at most 200 characters each."
        /// The role.
        RoleDoesNotAsk
            zh "您的角色不能申请这个操作。"
            en "Your role does not ask for this act."
        /// Not all there, for who asks.
        RefusedIncomplete
            zh "三位管理员还没有到齐，申请已记录并被拒绝。"
            en "The three administrators are not all there. What you asked for is listed, and refused."
        /// The same is open.
        Already { no: u64 }
            zh "同样的申请已在等待，编号 {no}。"
            en "The same is open already, under number {no}."
        /// Too many.
        TooMany
            zh "等待的申请太多，请先答复或撤回一些。"
            en "Too many wait. Answer or withdraw some first."
        /// Nothing there.
        NotOpen
            zh "没有这个编号的申请，或它已经结束。"
            en "Nothing is open under this number."
        /// Granted before.
        GrantedAlready
            zh "它已经批准过了。"
            en "It was granted already."
        /// Oneself.
        SecondPerson
            zh "申请人自己和同一角色的人都不能批准，请找另一位管理员。"
            en "Nobody grants what they asked for themselves, nor does somebody of the same role. Ask another administrator."
        /// The role.
        RoleDoesNotAnswer
            zh "您的角色不能答复这个操作。"
            en "Your role does not answer this act."
        /// It lets in who would grant it.
        LetsOneselfIn
            zh "这关系到您自己的登录，请由另一位管理员批准。"
            en "This is about letting you in yourself; another administrator has to grant it."
        /// Not all there, for who grants.
        PeopleChanged
            zh "三位管理员没有到齐，或有关的人已不再担任原来的角色；只能拒绝。"
            en "An administrator is missing, or one of the two no longer has the role; it can only be refused."
        /// No grant.
        NotGranted
            zh "这个操作还没有得到批准，或批准已经用过。"
            en "This act is not granted, or its grant was used."
        /// The audit.
        NotAudited
            zh "日志写不进去，所以什么都没有做。请查看告警。"
            en "The log can’t be written, so nothing was done. Look at the alarms."
        /// The index.
        NotReady
            zh "本机还在读取等待中的申请，请稍后再试。"
            en "The box is still reading what waits. Try again in a moment."
        /// Nobody answers.
        NoAnswer
            zh "本机没有及时答复。这件事可能已经做了：请先查看清单（approve list、holds list、erase list），再决定要不要重做。"
            en "The box did not answer in time. It may have been done all the same: look at the list first (approve list, holds list, erase list)."
    }
}

/// What an act is called.
pub fn act(act: TwoPersonAct) -> Approving {
    match act {
        TwoPersonAct::Export => Approving::Export,
        TwoPersonAct::LiftHold => Approving::LiftHold,
        TwoPersonAct::ShortenRetention => Approving::ShortenRetention,
        TwoPersonAct::LessEvidence => Approving::LessEvidence,
        TwoPersonAct::Keys => Approving::Keys,
        TwoPersonAct::EraseRange => Approving::EraseRange,
        TwoPersonAct::EraseDue => Approving::EraseDue,
        TwoPersonAct::AcknowledgeLosses => Approving::AcknowledgeLosses,
        TwoPersonAct::Reset => Approving::Reset,
        TwoPersonAct::OpenRecording => Approving::OpenRecording,
        TwoPersonAct::Administrator => Approving::Administrator,
    }
}

/// What an act is about, line by line: whoever grants it on the page or on the command line reads the same.
pub fn about(proposal: &Proposal, about: &About, language: Language) -> Vec<String> {
    match about {
        About::Line if proposal.act == TwoPersonAct::EraseRange => vec![range(&proposal.object).say(language)],
        About::Line => Vec::new(),
        About::Shorter(shorter) => shortening::changes(shorter.as_ref(), language),
        About::Hold(Some(placed)) => vec![keeping::placed(placed, language)],
        About::Hold(None) => vec![keeping::Keeping::NotThere.say(language)],
        About::LetIn { act, name } => vec![let_in(*act, name.as_deref()).say(language)],
    }
}

/// Whom an act lets in, and how.
fn let_in(act: LetIn, name: Option<&str>) -> Approving {
    let person = act.person().0;
    let Some(name) = name.map(str::to_owned) else { return Approving::AboutNobody { person } };
    match act {
        LetIn::Invite(_) => Approving::AboutInvite { name, person },
        LetIn::Unlock(_) => Approving::AboutUnlock { name, person },
        LetIn::DropSecondFactor(_) => Approving::AboutSecondFactor { name, person },
    }
}

/// What goes with a stretch, said of the line that two people agree on.
pub fn range(object: &str) -> Approving {
    match object.parse() {
        Ok(RangeObject { call, meant, gone, minutes, .. }) => {
            Approving::AboutRange { call: call.to_string(), meant: stretch(meant), minutes, gone: stretch(gone) }
        }
        Err(_) => Approving::RangeUnread,
    }
}

/// A moment of what is played, as a player shows it: `1:12`, `1:00:03`, or seconds alone.
pub fn seconds(text: &str) -> Option<u32> {
    let part = |part: &str| part.parse::<u32>().ok().filter(|_| part.bytes().all(|at| at.is_ascii_digit()));
    let parts = text.split(':').map(part).collect::<Option<Vec<u32>>>()?;
    let fits = parts.len() <= 3 && parts.iter().skip(1).all(|part| *part < 60);
    let sum = parts.iter().try_fold(0_u32, |sum, part| sum.checked_mul(60)?.checked_add(*part));
    sum.filter(|_| fits)
}

/// A stretch of what is played, as a player shows it.
pub fn stretch(Stretch { from_s, to_s }: Stretch) -> String {
    let clock = |seconds: u32| match seconds / 3600 {
        0 => format!("{}:{:02}", seconds / 60, seconds % 60),
        hours => format!("{hours}:{:02}:{:02}", seconds / 60 % 60, seconds % 60),
    };
    format!("{}–{}", clock(from_s), clock(to_s))
}

/// What became of it.
pub fn answer(answer: ApprovalAnswer) -> Approving {
    match answer {
        ApprovalAnswer::Granted => Approving::Granted,
        ApprovalAnswer::Refused => Approving::Refused,
        ApprovalAnswer::Withdrawn => Approving::Withdrawn,
        ApprovalAnswer::Expired => Approving::Expired,
        ApprovalAnswer::Incomplete => Approving::WasIncomplete,
        ApprovalAnswer::Redeemed => Approving::Redeemed,
    }
}

/// Whom an act waits for.
pub fn waits_for(of: TwoPersonAct, language: Language) -> Approving {
    let roles: Vec<&str> = of.rule().1.iter().map(|role| super::people::role(*role, language)).collect();
    Approving::WaitsFor { roles: roles.join(language.pick("或", " or ")) }
}

/// Why nothing was done.
pub fn refusal(why: ApprovalsRefusal) -> Approving {
    use ApprovalsRefusal as R;
    match why {
        R::Credentials => Approving::WrongPassword,
        R::LockedOut(secs) => Approving::LockedOut { secs },
        R::Busy => Approving::Busy,
        R::NotAsked(NotAsked::Role) => Approving::RoleDoesNotAsk,
        R::NotAsked(NotAsked::Incomplete) => Approving::RefusedIncomplete,
        R::NotAsked(NotAsked::Already(no)) => Approving::Already { no: no.0 },
        R::NotAsked(NotAsked::TooMany) => Approving::TooMany,
        R::NotAnswered(NotAnswered::NotOpen) => Approving::NotOpen,
        R::NotAnswered(NotAnswered::Granted) => Approving::GrantedAlready,
        R::NotAnswered(NotAnswered::Same) => Approving::SecondPerson,
        R::NotAnswered(NotAnswered::Role) => Approving::RoleDoesNotAnswer,
        R::NotAnswered(NotAnswered::Oneself) => Approving::LetsOneselfIn,
        R::NotAnswered(NotAnswered::Incomplete) => Approving::PeopleChanged,
        R::NotRedeemed(_) => Approving::NotGranted,
        R::NotAudited => Approving::NotAudited,
        R::NotReady => Approving::NotReady,
        R::NoAnswer => Approving::NoAnswer,
    }
}
