//! What the page says of people: who may sign in, who is invited, and how somebody comes in for the first time.

use settings::PersonRole;

use super::{Language, sentence::sentences};

sentences! {
    /// Words and sentences of the pages about people.
    pub enum People {
        /// What the page is for.
        How
            zh "人员与角色写在设置里；在这里让他们能够登录。被邀请的人用一次性代码自己设置姓名和密码，别人都不知道这个密码。"
            en "People and their roles stand in the settings; here they get to sign in. Whoever is invited chooses a name and a password with a code that works once; nobody else ever knows that password."
        /// A column.
        Person
            zh "人员"
            en "Person"
        /// A column.
        Roles
            zh "角色"
            en "Roles"
        /// A column.
        Extension
            zh "分机"
            en "Extension"
        /// A column.
        Access
            zh "登录"
            en "Sign-in"
        /// A state: somebody works at the page right now.
        SignedIn { name: String }
            zh "已登录，姓名 {name}"
            en "signed in as {name}"
        /// A state: there is an account.
        HasAccount { name: String }
            zh "可登录，姓名 {name}"
            en "signs in as {name}"
        /// A state: there is none.
        NoAccount
            zh "还不能登录"
            en "can’t sign in yet"
        /// A state: nothing lets them in.
        Locked
            zh "已锁定，不能登录"
            en "locked out"
        /// An open invitation, beside the state.
        Invited
            zh "邀请有效期至"
            en "invited until"
        /// A button.
        Invite
            zh "邀请"
            en "Invite"
        /// A button, for somebody who has an account.
        InviteAgain
            zh "重设密码"
            en "New password"
        /// A button.
        Withdraw
            zh "撤回邀请"
            en "Withdraw"
        /// A button.
        SignOutPerson
            zh "全部退出登录"
            en "Sign out everywhere"
        /// A button.
        Lock
            zh "锁定"
            en "Lock"
        /// A button.
        Unlock
            zh "解除锁定"
            en "Unlock"
        /// A button.
        Excuse
            zh "取消等待"
            en "End the wait"
        /// Beside the extension, with the day: callers hear what this person has recorded.
        OwnGreeting
            zh "自己的留言问候语，录于"
            en "own greeting, recorded"
        /// A button.
        ResetGreeting
            zh "恢复标准问候语"
            en "Standard greeting"
        /// The note after that.
        GreetingReset { name: String }
            zh "{name}自己的问候语正在删除，之后的来电者听到标准问候语。{name}可以在电话上重新录制。"
            en "The greeting that {name} recorded is being deleted, and callers hear the standard one from then on. {name} can record another one at the telephone."
        /// The same, where there is none any more.
        NoOwnGreeting { name: String }
            zh "{name}没有自己的问候语，来电者听到标准问候语。"
            en "{name} has no greeting any more; callers hear the standard one."
        /// A state, beside the other: strangers' wrong passwords.
        HeldUp { minutes: u64 }
            zh "错误密码过多：在新的浏览器上，{minutes} 分钟内不能登录"
            en "too many wrong passwords: no sign-in for {minutes} min at a new browser"
        /// Wrong codes beside the right password, on the page of people and on one's own.
        CodesHeldUp { minutes: u64 }
            zh "密码正确而验证码错误过多：{minutes} 分钟内登录时不看验证码。可能有人知道密码：请更改密码，之后即可登录"
            en "too many wrong codes beside the right password: no sign-in looks at a code for {minutes} min. Somebody else may know the password: have it changed, which ends this"
        /// The note after that.
        IsExcused { name: String, minutes: u64 }
            zh "{minutes} 分钟内，{name}可以在任何浏览器上登录，密码照旧。"
            en "For {minutes} minutes {name} can sign in at any browser, with the password as ever."
        /// The code that was made, above it.
        CodeFor { name: String }
            zh "给{name}的代码，只显示这一次，24 小时内有效、只能用一次："
            en "The code for {name}. It is shown this once, and works once within 24 hours:"
        /// What to do with it.
        CodeHow { address: String }
            zh "请当面或打电话把代码告诉本人，不要发给别人。对方在浏览器打开 {address} ，输入代码，然后设置自己的姓名和密码。"
            en "Tell it to the person themselves, face to face or by telephone. They open {address} in a browser, enter the code, and choose their name and password."
        /// What a new invitation does to an old account.
        CodeUntil
            zh "在对方使用代码之前，原来的密码仍然有效。"
            en "Until it is used, the old password goes on working."
        /// The note after one was withdrawn.
        Withdrawn { name: String }
            zh "已撤回给{name}的邀请，代码不再有效。"
            en "The invitation of {name} is withdrawn; its code no longer works."
        /// The note after somebody was signed out.
        SignedOut { name: String }
            zh "{name}已在所有地方退出登录。"
            en "{name} is signed out everywhere."
        /// The note after somebody was locked.
        IsLocked { name: String }
            zh "{name}已锁定：已在所有地方退出登录，口令、邀请代码和电话上的 PIN 都不再有效，直到解除锁定。此人若持有录音口令，请另行取消。"
            en "{name} is locked: signed out everywhere, and no password, code or PIN at a telephone lets them in until they are unlocked. If they hold a passphrase for recordings, have that withdrawn, too."
        /// The note after somebody was unlocked.
        IsUnlocked { name: String }
            zh "{name}已解除锁定，原来的密码和 PIN 重新有效。"
            en "{name} is unlocked; their password and PIN work again."
        /// Nobody locks the owner.
        OwnerNotLocked
            zh "不能锁定所有者：否则谁也无法再解除。"
            en "The owner can’t be locked: nobody could let them in again."
        /// Nobody locks themselves.
        OneselfNotLocked
            zh "不能锁定自己，请由另一位管理人员操作。"
            en "Nobody locks themselves: have somebody else do it who manages people."
        /// Two people let an administrator in.
        NeedsSecond { name: String }
            zh "没有执行：{name}是管理员。三位管理员到齐之后，重设他们的密码、解除锁定或取消验证码需要两位管理员同意。请写明理由提出申请；另一位管理员（不能是{name}本人）批准后，再按一次这个按钮。"
            en "Nothing was done: {name} is an administrator. Since all three have been there, it takes two of them to give one a new password, to unlock one or to take their codes off. Ask, with a reason; once another administrator, who is not {name}, has granted it, press the button again."
        /// Who is locked is not invited.
        LockedNotInvited
            zh "此人已锁定，请先解除锁定。"
            en "This person is locked. Unlock them first."
        /// Nobody invites the owner.
        OwnerNotInvited
            zh "所有者的密码同时解锁录音库，不能用代码重设。"
            en "The owner’s password also unlocks the vault; a code can’t replace it."
        /// The title of the page on which an invitation is taken.
        Join
            zh "第一次登录"
            en "First sign-in"
        /// What to do there.
        JoinHow
            zh "请输入管理员告诉您的代码，并设置您自己的姓名和密码。"
            en "Enter the code that your administrator told you, and choose your own name and password."
        /// A field.
        Code
            zh "代码"
            en "Code"
        /// The hint below the password.
        JoinHint { least: usize }
            zh "至少 {least} 个字符。别人都不知道它；忘记时请管理员再邀请一次。"
            en "At least {least} characters. Nobody else knows it; if you forget it, ask your administrator to invite you again."
        /// The button.
        JoinButton
            zh "设置并登录"
            en "Choose and sign in"
        /// The code does not fit, or is over; which is not said.
        JoinWrong
            zh "代码不对，或已过期、已用过。请核对；还不行就请管理员再邀请一次。"
            en "The code is wrong, over or used. Compare it; if it still fails, ask your administrator to invite you again."
        /// The title of the page about oneself.
        Own
            zh "我的账号"
            en "Your account"
        /// What one may do.
        OwnRoles
            zh "角色"
            en "Roles"
        /// One's own PIN, as telephones have it.
        WrongPins { count: u32 }
            zh "自上次输对以来，有人在电话上输错您的 PIN {count} 次。如果不是您，请告知管理员，并更换 PIN。"
            en "Wrong PINs of yours keyed at telephones since the last right one: {count}. If that was not you, tell whoever runs the telephones, and have another PIN."
        /// The heading of the form.
        ChangePassword
            zh "更改密码"
            en "Change the password"
        /// A field.
        OldPassword
            zh "现在的密码"
            en "Password so far"
        /// A field.
        NewPassword
            zh "新密码"
            en "New password"
        /// The hint below the new password.
        NewHint { least: usize }
            zh "至少 {least} 个字符。更改后，您在其他地方的登录都会退出。"
            en "At least {least} characters. Your sessions elsewhere end with the change."
        /// The same for the owner.
        NewHintOwner { least: usize }
            zh "至少 {least} 个字符。它同时解锁录音库，忘记后无法找回。更改后，您在其他地方的登录都会退出。"
            en "At least {least} characters. It also unlocks the vault, and nobody can recover it. Your sessions elsewhere end with the change."
        /// It was changed.
        Changed
            zh "密码已更改，其他地方的登录已退出。"
            en "The password is changed, and your other sessions are over."
        /// The old password does not fit.
        OldWrong
            zh "现在的密码不对，或者验证码不对，没有更改。"
            en "The password so far is wrong, or the code; nothing was changed."
        /// The heading of the second factor.
        SecondFactor
            zh "手机应用验证码"
            en "Codes of an authenticator app"
        /// There is none.
        HasNoSecondFactor
            zh "现在只凭密码登录。设置之后，登录、批准和更改密码时，除密码外还要输入手机应用上每 30 秒变化一次的六位验证码：别人即使知道密码也进不来。任何验证器应用（TOTP）都可以，不需要联网。如果您以前设置过，就是管理人员取消的，或者重新邀请了您：请向他们问明原因。"
            en "You sign in with your password alone. Once this is set up, signing in, granting something and changing the password also take six digits that an app on your telephone shows anew every 30 seconds: who knows your password can’t come in with it. Any authenticator app (TOTP) does, and it needs no network. If you had set it up before, somebody who manages people has taken it off, or has invited you anew: ask them why."
        /// There is one.
        HasSecondFactor
            zh "已设置：登录、批准和更改密码时，除密码外还要输入应用上的验证码，每个验证码只能用一次。手机丢失时，请另一位管理人员在“人员”页面上取消，然后重新设置。"
            en "It is set up: signing in, granting something and changing the password also take the code that the app shows, each code once. If you lose the telephone, have somebody else who manages people take this off on the page People, and set it up anew."
        /// A button.
        BeginSecondFactor
            zh "设置"
            en "Set it up"
        /// A button.
        BeginAgain
            zh "换一部手机"
            en "Another telephone"
        /// How the code is scanned.
        ScanHow
            zh "请用手机上的验证器应用扫描此码。它只显示这一次，不要拍照或转发：有了它就能算出验证码。"
            en "Scan this with an authenticator app on your telephone. It is shown this once; take no picture of it and send it to nobody: whoever has it can make your codes."
        /// What the picture is, for whoever does not see it.
        ScanCode
            zh "验证码密钥的二维码"
            en "The secret of your codes as a QR code"
        /// What the QR code says, as text.
        ScanOrType
            zh "不能扫描时，请在应用里选择手动输入，按时间，输入以下密钥："
            en "If you can’t scan it, choose to enter a key by hand in the app, time based, and type this:"
        /// A field.
        FirstCode
            zh "应用现在显示的六位验证码"
            en "The six digits that the app shows now"
        /// A field, where there was another telephone.
        OldCode
            zh "原来手机上的验证码"
            en "Code of the telephone so far"
        /// A button.
        FinishSecondFactor
            zh "完成设置"
            en "Finish"
        /// A button.
        TakeOffSecondFactor
            zh "取消验证码"
            en "Take the codes off"
        /// The settings want it.
        MustSetUp
            zh "设置要求您登录时使用手机应用验证码。请先在下面设置；在此之前不能做别的事情。"
            en "The settings want you to sign in with codes of an authenticator app. Set it up below; before, nothing else is open to you."
        /// It is set up.
        SecondFactorSet
            zh "已设置。从现在起登录时需要验证码；其他地方的登录已退出。"
            en "It is set up. From now on signing in takes a code; your other sessions are over."
        /// It is taken off by its person.
        SecondFactorOff
            zh "已取消。从现在起只凭密码登录；其他地方的登录已退出。"
            en "It is taken off. From now on your password alone is enough; your other sessions are over."
        /// Password or code are wrong.
        ConfirmWrong
            zh "密码不对，或者原来的验证码不对，没有更改。"
            en "The password is wrong, or the code so far; nothing was changed."
        /// The first code of the new secret does not fit.
        FirstCodeWrong
            zh "应用上的验证码不对。请核对手机与设备的时钟，相差不能超过半分钟，然后输入应用现在显示的验证码。"
            en "That is not the code of this secret. Compare the clock of the telephone with the box’s: they have to agree to half a minute. Then type what the app shows now."
        /// The session in which it was begun is over.
        SecondFactorNotBegun
            zh "设备已重新启动，或者您已重新登录。请重新开始设置，并从应用里删除刚才那一项。"
            en "The box has started anew meanwhile, or you have signed in anew. Begin again, and delete the entry of before from the app."
        /// It can't be taken off.
        SecondFactorWanted
            zh "设置要求您使用验证码，不能取消。"
            en "The settings want you to have it; it can’t be taken off."
        /// A state on the page of people, beside the other.
        WithSecondFactor
            zh "使用手机应用验证码"
            en "with codes of an app"
        /// The same: it is wanted, and not there.
        LacksSecondFactor
            zh "须设置手机应用验证码"
            en "has to set up codes of an app"
        /// A button: the telephone is lost.
        DropSecondFactor
            zh "取消验证码"
            en "Take the codes off"
        /// What it takes.
        DropHow { name: String }
            zh "取消{name}的手机应用验证码。请先确认是本人丢失了手机：取消后，此人只凭密码登录，在各处的登录都会退出。请输入您自己的密码。"
            en "To take the codes of {name} off: see to it first that it was they who lost the telephone. From then on their password alone is enough, and their sessions end. Give your own password for it."
        /// There is none to take off.
        NoSecondFactor { name: String }
            zh "{name}没有设置手机应用验证码，没有什么可取消的。"
            en "{name} has no codes of an app; there is nothing to take off."
        /// Nobody takes off their own there.
        OwnSecondFactor
            zh "自己的验证码请在“我的账号”上取消，需要密码和验证码；手机丢失时由另一位管理人员取消。"
            en "Your own codes are taken off on Your account, with the password and a code; if the telephone is lost, by somebody else who manages people."
        /// The note after that.
        SecondFactorDropped { name: String }
            zh "{name}现在只凭密码登录，在各处的登录都已退出；须使用验证码的人下次登录时重新设置。请确认是本人丢失了手机。"
            en "{name} signs in with the password alone, and their sessions are over; if the settings want codes, they set them up anew at the next sign-in. See to it that it was they who lost the telephone."
        /// The vault could not be put under the new password.
        VaultNotChanged
            zh "录音库没能换到新密码，没有更改。请稍后再试；还不行请查看告警。"
            en "The vault could not be put under the new password, and nothing was changed. Try again; if it still fails, look at the alarms."
        /// Somebody else has the name.
        NameTaken
            zh "这个姓名已有人使用，请换一个。"
            en "Somebody else signs in under this name. Choose another one."
    }
}

/// What a role is called.
pub fn role(role: PersonRole, language: Language) -> &'static str {
    match role {
        PersonRole::Owner => language.pick("所有者", "owner"),
        PersonRole::System => language.pick("系统管理员", "system administrator"),
        PersonRole::Security => language.pick("安全管理员", "security administrator"),
        PersonRole::Audit => language.pick("审计管理员", "audit administrator"),
        PersonRole::Supervisor => language.pick("班长", "supervisor"),
        PersonRole::Agent => language.pick("坐席", "agent"),
    }
}
