//! What is wrong with a board file or settings: found, and allowed.

use settings::{CardKind, Caution, Form, Kind, Name, Role, What};

use super::{Language, sentence::sentences};

/// What is wrong, in a sentence.
pub fn problem(what: &What, language: Language) -> String {
    sentence(what, language).say(language)
}

/// What should be known, in a sentence.
pub fn caution(what: &Caution, language: Language) -> String {
    let caution = match what {
        Caution::NoChannelKeptFree => Problem::NoChannelKeptFree,
        Caution::NoChannelToKeep => Problem::NoChannelToKeep,
        Caution::EmergencyReachesNobody => Problem::EmergencyReachesNobody,
        Caution::UnknownPrompt => Problem::UnknownPrompt,
        Caution::Unused => Problem::Unused,
        Caution::WaitsAgain { steps } => Problem::WaitsAgain { steps: steps.join(" → ") },
        Caution::NoTargetForTheRest => Problem::NoTargetForTheRest,
        Caution::NeverReached { line } => Problem::NeverReached { line: *line },
        Caution::NoCallWaitingHere => Problem::NoCallWaitingHere,
        Caution::NothingDialledHere => Problem::NothingDialledHere,
        Caution::DialectOfT1 => Problem::DialectOfT1,
        Caution::DialectOfE1 => Problem::DialectOfE1,
        Caution::OnlyInRole { role: Role::User } => Problem::OnlyAsUser,
        Caution::OnlyInRole { role: Role::Network } => Problem::OnlyAsNetwork,
    };
    caution.say(language)
}

sentences! {
    /// What is wrong with a file.
    pub enum Problem {
        Syntax { detail: String }
            zh "不是合法的 TOML：{detail}"
            en "not valid TOML: {detail}"
        Format { newest: u32 }
            zh "本版本不认识这种格式；可用 1 到 {newest}"
            en "this version does not read that format; 1 to {newest} are allowed"
        UnknownKey { allowed: String }
            zh "这里没有这个键；可用：{allowed}"
            en "there is no such key here; allowed are {allowed}"
        MissingKey
            zh "缺少这个键"
            en "this key is missing"
        WrongKind { wanted: String }
            zh "类型不对，应为{wanted}"
            en "it is of the wrong kind; it has to be {wanted}"
        OutOfRange { min: i64, max: i64 }
            zh "超出范围；可用 {min} 到 {max}"
            en "out of range; {min} to {max} are allowed"
        UnknownWord { allowed: String }
            zh "没有这个取值；可用：{allowed}"
            en "no such word; allowed are {allowed}"
        Malformed { wanted: String }
            zh "写法不对，应为{wanted}"
            en "it is not written as {wanted}"
        Empty
            zh "不能为空"
            en "it must not be empty"
        Duplicate { first_line: u32 }
            zh "与第 {first_line} 行重复"
            en "it stands in line {first_line} already"
        UnknownName { name: String, allowed: String }
            zh "没有这个{name}；现有：{allowed}"
            en "there is no such {name}; there are {allowed}"
        WrongJack { is: String, allowed: String }
            zh "这个插口是 {is}；这里只能用 {allowed}"
            en "that jack is {is}; here it has to be {allowed}"
        NotOnThisCard { is: String }
            zh "{is} 板卡没有这一项"
            en "a card of kind {is} does not have this"
        NotSimulated
            zh "真实板卡不能带模拟参数"
            en "a real card takes no settings of the simulator"
        NotReal
            zh "模拟板卡没有真实硬件"
            en "a simulated card has no hardware"
        HardwareTakenTwice { by: String }
            zh "这块硬件的这一路已归板卡 {by}"
            en "this piece of that hardware is card {by}'s already"
        ModuleOptionsDiffer { from: String }
            zh "同一个内核模块的选项必须相同，而板卡 {from} 写得不一样"
            en "one kernel module has one set of options and one law, and card {from} has others"
        GainsUnlikeJacks { jacks: usize }
            zh "要么写一个数，要么每个插口写一个：共 {jacks} 个"
            en "write one number, or one for each jack: there are {jacks}"
        ChannelsUnlikeJacks { jacks: usize }
            zh "要么一个通道也不写，要么每个插口写一个：共 {jacks} 个"
            en "name no channel, or one for each jack: there are {jacks}"
        ClockLoop
            zh "板卡的时钟绕了一圈又跟回自己"
            en "the card's clock follows itself in a circle"
        MixedTrunks
            zh "一个中继组里只能有一种插口：E1、T1 或外线"
            en "a trunk group holds jacks of one kind: E1, T1 or outside lines"
        NoDChannel
            zh "板卡文件说这条 T1 没有 D 信道（d_channel = 0）：请指定有 D 信道的线路，或改板卡文件"
            en "the board says that this T1 has no D-channel (d_channel = 0): name a line that has one, or change the board"
        UnusedDChannel
            zh "这条 T1 有 D 信道，而本组的信令走别的线路：请在板卡文件里给它写 d_channel = 0，或把它设为备用"
            en "this T1 has a D-channel and the group is signalled on another line: give it d_channel = 0 on the board, or name it as the backup"
        NoSharedDChannel
            zh "只有北美方言的 T1 能共用 D 信道；其他线路各有自己的"
            en "only T1 lines in a dialect of North America share a D-channel; others have one each"
        BeginsLikeEmergency { number: String }
            zh "以紧急号码 {number} 开头：拨它的人会接通紧急电话"
            en "it begins with the emergency number {number}: whoever dials it gets the emergency call"
        BeginsLike { other: String, line: u32 }
            zh "与第 {line} 行的 {other} 开头相同，拨号时分不清"
            en "it can't be told from {other} in line {line} while it is dialled"
        LeavesNothing
            zh "这条规则把号码删得一位不剩"
            en "this rule leaves no digit of the number"
        LeavesTooMuch { max: u8 }
            zh "这条规则得出的号码超过 {max} 位"
            en "this rule makes numbers of more than {max} digits"
        NeverReached { line: u32 }
            zh "轮不到这条规则：第 {line} 行的规则已包括它的全部号码"
            en "this rule never comes to its turn: the one in line {line} fits all its numbers"
        NoHotLineHere
            zh "只有普通电话和门口机能在摘机后自动呼叫"
            en "only a telephone or a door station calls somebody by itself"
        NoPauseHere
            zh "只有外线（FXO）上能停顿（, 或 w）：ISDN 线路的被叫号码、院内号码和紧急号码中没有停顿"
            en "only on an outside line (FXO) can there be a pause (, or w): none is in the called number of an ISDN line, in a number of the house or in an emergency number"
        NoAnswerByKeyHere
            zh "只有 class = \"headset\" 的分机能按键接听（answer = \"key\"）"
            en "only a station of class \"headset\" takes its calls by a key (answer = \"key\")"
        NoBatteryDropHere
            zh "class = \"headset\" 的分机不断电（battery_drop）：通话结束后它立即恢复就绪"
            en "a station of class \"headset\" has no battery drop (battery_drop): it is ready again by itself at the end of a call"
        ReachesNobody
            zh "这个号码谁也打不到：应为院内分机或队列、加拨外线字冠的外部号码，或紧急号码"
            en "this number reaches nobody: it has to be a telephone or queue of the house, a number outside behind its prefix, or an emergency number"
        NothingDialledHere
            zh "摘机即呼：在这部电话上无法拨打紧急号码；如需可拨，请设 calls_after_s"
            en "it calls at once, so no emergency number can be dialled at this telephone; calls_after_s gives time for that"
        NoMailboxHere
            zh "只有普通电话能有留言信箱"
            en "only a telephone can have a mailbox"
        MailboxOfNobody
            zh "这部电话不属于任何人员（people 的 extension），没有人能听留言"
            en "nobody of people has this extension, so nobody could hear its messages"
        MailboxOfMany
            zh "这部电话属于多名人员（people 的 extension），无法分清留言是谁的"
            en "several people have this extension, so nobody could say whose its messages are"
        NoVoicemail
            zh "设置中没有 [mail]，留言未启用"
            en "the settings have no [mail], so there is no voicemail"
        CombinedAdministrators
            zh "一个人不能兼任互相监督的两种管理员"
            en "one person can't be two of the administrators that check one another"
        Unreachable
            zh "没有呼叫会走到这里"
            en "no call ever comes here"
        EndlessLoop { steps: String }
            zh "不按键的主叫会一直绕下去：{steps}"
            en "a caller who does nothing goes round for ever: {steps}"
        MostBelowFewest { fewest: u8 }
            zh "最多位数少于最少位数 {fewest}"
            en "the most digits are fewer than the fewest, {fewest}"
        GoesBeforeKept
            zh "最长保存时间短于最短保存时间"
            en "it would have to go before it may"
        NoChannelKeptFree
            zh "没有为紧急呼叫留空信道：紧急呼叫可能要先挂断别的通话"
            en "no channel is kept free: an emergency call may have to end another call first"
        NoChannelToKeep
            zh "对外只有一路或没有话路，留不出给紧急呼叫的信道"
            en "the board has one channel to the outside or none, so none can be kept free for emergencies"
        EmergencyReachesNobody
            zh "没有对外的中继组：紧急号码打不出去"
            en "no trunk group leads outside: emergency numbers reach nobody"
        UnknownPrompt
            zh "没有这个名字的录音提示"
            en "nothing is spoken under this name"
        Unused
            zh "没有任何地方用到它"
            en "nothing leads to it"
        WaitsAgain { steps: String }
            zh "不按键的主叫会一再排队：{steps}"
            en "a caller who does nothing waits again and again: {steps}"
        NoTargetForTheRest
            zh "号码不在表中的来电会被拒绝"
            en "calls whose number is in no row are refused"
        NoCallWaitingHere
            zh "这里不起作用：队列成员、已锁的话机以及非普通话机没有来电等待"
            en "this does nothing here: members of queues, locked telephones, and what is no plain telephone get no call waiting"
        DialectOfT1
            zh "这种方言用于北美 T1 线路，而这里是 E1；请向运营商确认"
            en "this dialect is spoken on T1 lines of North America and these are E1; ask the carrier which one it is"
        DialectOfE1
            zh "这种方言用于 E1 线路，而这里是 T1；请向运营商确认"
            en "this dialect is spoken on E1 lines and these are T1; ask the carrier which one it is"
        OnlyAsUser
            zh "本端为网络侧时不起作用：只有用户侧能请网络接通两个通话"
            en "this does nothing where the box plays the network: only a user asks a network to join two calls"
        OnlyAsNetwork
            zh "本端为用户侧时不起作用：只有下级交换机会请本机接通两个通话（role = \"network\"）"
            en "this does nothing where the box plays the user: only a private exchange asks the box to join two calls (role = \"network\")"
    }
}

fn sentence(what: &What, language: Language) -> Problem {
    let list = |words: &[String]| words.join(", ");
    match what {
        What::Syntax { detail } => Problem::Syntax { detail: detail.clone() },
        What::Format { newest } => Problem::Format { newest: *newest },
        What::UnknownKey { allowed } => Problem::UnknownKey { allowed: list(allowed) },
        What::MissingKey => Problem::MissingKey,
        What::WrongKind { wanted } => Problem::WrongKind { wanted: kind(*wanted, language).into() },
        What::OutOfRange { min, max } => Problem::OutOfRange { min: *min, max: *max },
        What::UnknownWord { allowed } => Problem::UnknownWord { allowed: list(allowed) },
        What::Malformed { wanted } => Problem::Malformed { wanted: form(*wanted, language).into() },
        What::Empty => Problem::Empty,
        What::Duplicate { first_line } => Problem::Duplicate { first_line: *first_line },
        What::UnknownName { name: of, allowed } => {
            Problem::UnknownName { name: name(*of, language).into(), allowed: list(allowed) }
        }
        What::WrongJack { is, allowed } => {
            let allowed: Vec<&str> = allowed.iter().map(|kind| card(*kind)).collect();
            Problem::WrongJack { is: card(*is).into(), allowed: allowed.join(", ") }
        }
        What::NotOnThisCard { is } => Problem::NotOnThisCard { is: card(*is).into() },
        What::NotSimulated => Problem::NotSimulated,
        What::NotReal => Problem::NotReal,
        What::HardwareTakenTwice { by } => Problem::HardwareTakenTwice { by: by.clone() },
        What::ModuleOptionsDiffer { from } => Problem::ModuleOptionsDiffer { from: from.clone() },
        What::ChannelsUnlikeJacks { jacks } => Problem::ChannelsUnlikeJacks { jacks: *jacks },
        What::GainsUnlikeJacks { jacks } => Problem::GainsUnlikeJacks { jacks: *jacks },
        What::ClockLoop => Problem::ClockLoop,
        What::MixedTrunks => Problem::MixedTrunks,
        What::NoDChannel => Problem::NoDChannel,
        What::UnusedDChannel => Problem::UnusedDChannel,
        What::NoSharedDChannel => Problem::NoSharedDChannel,
        What::BeginsLikeEmergency { number } => Problem::BeginsLikeEmergency { number: number.clone() },
        What::BeginsLike { other, line } => Problem::BeginsLike { other: other.clone(), line: *line },
        What::LeavesNothing => Problem::LeavesNothing,
        What::LeavesTooMuch { max } => Problem::LeavesTooMuch { max: *max },
        What::NoHotLineHere => Problem::NoHotLineHere,
        What::NoPauseHere => Problem::NoPauseHere,
        What::NoAnswerByKeyHere => Problem::NoAnswerByKeyHere,
        What::NoBatteryDropHere => Problem::NoBatteryDropHere,
        What::ReachesNobody => Problem::ReachesNobody,
        What::NoMailboxHere => Problem::NoMailboxHere,
        What::MailboxOfNobody => Problem::MailboxOfNobody,
        What::MailboxOfMany => Problem::MailboxOfMany,
        What::NoVoicemail => Problem::NoVoicemail,
        What::CombinedAdministrators => Problem::CombinedAdministrators,
        What::Unreachable => Problem::Unreachable,
        What::EndlessLoop { steps } => Problem::EndlessLoop { steps: steps.join(" → ") },
        What::GoesBeforeKept => Problem::GoesBeforeKept,
        What::MostBelowFewest { fewest } => Problem::MostBelowFewest { fewest: *fewest },
    }
}

/// What a jack is, as the board file writes it.
pub(super) fn card(kind: CardKind) -> &'static str {
    match kind {
        CardKind::E1 => "E1",
        CardKind::T1 => "T1",
        CardKind::Fxo => "FXO",
        CardKind::Fxs => "FXS",
        CardKind::Handset => "handset",
        CardKind::LineIn => "line_in",
        CardKind::Loudspeaker => "loudspeaker",
    }
}

fn kind(kind: Kind, language: Language) -> &'static str {
    match kind {
        Kind::Text => language.pick("引号中的文字", "a text in quotes"),
        Kind::Number => language.pick("整数", "a whole number"),
        Kind::Flag => language.pick("true 或 false", "true or false"),
        Kind::List => language.pick("列表", "a list"),
        Kind::Table => language.pick("一组键", "a table of keys"),
    }
}

fn form(form: Form, language: Language) -> &'static str {
    match form {
        Form::CardSerial => language.pick("1 到 16 个可见的 ASCII 字符", "1 to 16 printable ASCII characters"),
        Form::Port => language.pick("“序列号.位置”，如 SIM-FXS.3", "SERIAL.POSITION, such as SIM-FXS.3"),
        Form::Key => language.pick("0-9、*、#、A-D 中的一个", "one of 0-9, *, #, A-D"),
        Form::Subaddress => language.pick("1 到 19 个可见的 ASCII 字符", "1 to 19 printable ASCII characters"),
        Form::Code => language.pick(
            "以 * 或 # 开头，共 2 到 8 个按键（0-9、*、#），如 *39",
            "* or # first, 2 to 8 keys in all (0-9, *, #), such as *39",
        ),
        Form::Service => language.pick("2 或 3 位数字，如 57", "2 or 3 digits, such as 57"),
        Form::Digits => language.pick("1 到 32 位数字", "1 to 32 digits"),
        Form::Calls => language.pick(
            "1 到 32 位数字；外线号码中可有逗号（停顿 2 秒）或 w（等拨号音），共 8 个以内",
            "1 to 32 digits; in an outside number with up to 8 commas (a pause of 2 s each) and w (until there is dial tone)",
        ),
        Form::Prefix => language.pick("1 到 32 位数字，前面可有 +", "1 to 32 digits, with or without + before them"),
        Form::PinHash => language.pick(
            "ringfence pin 输出的一行（以 $argon2id$ 开头）",
            "the line that `ringfence pin` writes (it begins with $argon2id$)",
        ),
        Form::Prompt => language.pick("录音提示的名字，不含 / \\ .", "the name of a sound, without / \\ and ."),
        Form::DeviceName => language.pick("1 到 120 个字符的设备名", "a device's name of 1 to 120 characters"),
        Form::Name => language.pick("1 到 40 个字符，两端无空格", "1 to 40 characters without a blank at either end"),
        Form::DialFirst => language.pick(
            "最多 8 位：0 至 9、*、#、逗号（停顿 2 秒）和 w（等拨号音）；脉冲拨号的线路没有 * 和 #",
            "8 at most of 0 to 9, *, #, commas (a pause of 2 s each) and w (until there is dial tone), without * and # where numbers are pulsed",
        ),
        Form::TimeZone => language.pick(
            "IANA 时区表中的名字，如 Asia/Shanghai",
            "a name of the IANA's table of time zones, such as Asia/Shanghai or Europe/Berlin",
        ),
        Form::WitnessPlace => language.pick(
            "文件夹的完整路径；或 tcp://、udp:// 加地址和端口，如 tcp://10.1.2.3:601；或 smtp:// 加地址、端口和邮箱，如 smtp://10.1.2.3:25/audit@hospital.example",
            "a folder's whole path; tcp:// or udp:// with an address and a port, such as tcp://10.1.2.3:601; or smtp:// with both and a mailbox, such as smtp://10.1.2.3:25/audit@hospital.example",
        ),
        Form::CopyPlace => language.pick(
            "文件夹的完整路径，如 /mnt/copy；或以 https:// 或 http:// 开头的存储地址和存储桶，如 https://s3.hospital.example/calls",
            "a folder's whole path, such as /mnt/copy, or https:// or http:// with a store's address and its bucket, such as https://s3.hospital.example/calls",
        ),
        Form::File => language.pick("文件的完整路径，如 /etc/ssl/ca.pem", "a file's whole path, such as /etc/ssl/ca.pem"),
        Form::ModuleName => language.pick("小写字母、数字、_ 和 -", "small letters, digits, _ and -"),
        Form::OptionValue => language
            .pick("1 到 40 个可见的 ASCII 字符，无引号和 #", "1 to 40 printable ASCII characters without quotes and #"),
    }
}

fn name(name: Name, language: Language) -> &'static str {
    match name {
        Name::Card => language.pick("板卡", "card"),
        Name::Port => language.pick("插口", "jack"),
        Name::Station => language.pick("分机", "station"),
        Name::Queue => language.pick("队列", "queue"),
        Name::Flow => language.pick("流程", "flow"),
        Name::Step => language.pick("步骤", "step"),
    }
}
