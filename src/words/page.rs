//! What the page says. Templates hold no text of their own: every word on them comes from here or from the box's facts.

use super::sentence::sentences;

sentences! {
    /// Words and sentences of the page.
    pub enum Page {
        // The frame around every page.
        /// Skips the navigation, for keyboards.
        ToContent
            zh "跳到内容"
            en "Skip to the content"
        /// The first page.
        Now
            zh "现在"
            en "Now"
        /// The chassis.
        Box
            zh "机箱"
            en "Box"
        /// Calls.
        Calls
            zh "通话"
            en "Calls"
        /// A tab.
        Keeping
            zh "保全与删除"
            en "Holds"
        /// A tab.
        Approvals
            zh "双人批准"
            en "Approvals"
        /// Who may sign in.
        People
            zh "人员"
            en "People"
        /// Who did what.
        Audit
            zh "审计"
            en "Audit"
        /// Ends the session.
        SignOut
            zh "退出登录"
            en "Sign out"
        /// The name of the other language, in that language.
        OtherLanguage
            zh "English"
            en "中文"
        /// The navigation's name for screen readers.
        Navigation
            zh "导航"
            en "Navigation"
        /// How many alarms.
        Alarms { count: usize }
            zh "{count} 处告警"
            en "Alarms: {count}"
        /// No alarm.
        NoAlarm
            zh "无告警"
            en "No alarms"
        /// Live updates have stopped.
        NotLive
            zh "实时更新已中断；所示为断开时的状态。正在重连，也可刷新页面。"
            en "Live updates have stopped; what you see is as it was then. Reconnecting; you may also reload."

        // Sign-in.
        /// The page's title and its button.
        SignIn
            zh "登录"
            en "Sign in"
        /// A field.
        Name
            zh "姓名"
            en "Name"
        /// A field.
        Password
            zh "密码"
            en "Password"
        /// A field.
        PasswordAgain
            zh "再输一次密码"
            en "Password again"
        /// The hint below it.
        PasswordHint { least: usize }
            zh "至少 {least} 个字符。它同时解锁录音库，忘记后无法找回。"
            en "At least {least} characters. It also unlocks the vault, and nobody can recover it."
        /// The title of the first start.
        FirstStart
            zh "第一次启动"
            en "First start"
        /// What the first start is.
        FirstStartHow
            zh "这台设备还没有所有者。请输入启动时终端上显示的所有者代码，并设置您的姓名和密码。"
            en "This box has no owner yet. Enter the owner’s code that the terminal showed at the start, and choose your name and password."
        /// A field.
        OwnerCode
            zh "所有者代码"
            en "Owner’s code"
        /// The button.
        BecomeOwner
            zh "成为所有者"
            en "Become the owner"
        /// Name or password are wrong; which one is not said.
        SignInWrong
            zh "姓名或密码不对，或者应用上的验证码不对。"
            en "The name or the password is wrong, or the code of the app."
        /// A field, for whoever has a second factor.
        AppCode
            zh "手机应用上的验证码"
            en "Code of your authenticator app"
        /// Below it.
        AppCodeHint
            zh "设置了验证码的人才需要填，其他人留空。"
            en "Only if you have set one up; leave it empty otherwise."
        /// Why a code may not fit, before the time.
        BoxClock
            zh "验证码取决于时间，手机与设备的时钟相差不能超过半分钟。设备现在的时间："
            en "Codes go by the time: the clocks of your telephone and of the box have to agree to half a minute. The box’s clock says"
        /// The code is wrong.
        CodeWrong
            zh "所有者代码不对。请核对终端上的代码。"
            en "The owner’s code is wrong. Compare it with the terminal."
        /// Too many tries.
        LockedOut { secs: u64 }
            zh "尝试次数过多，请在 {secs} 秒后再试。"
            en "Too many tries. Try again in {secs} s."
        /// Too many tries, for long.
        LockedOutLong { minutes: u64 }
            zh "错误尝试过多，请在 {minutes} 分钟后再试；也可以用您以前登录过的浏览器登录，或请管理人员在“人员”页取消等待。"
            en "Too many wrong tries. Try again in {minutes} minutes, or in a browser where you have signed in before; or ask somebody who manages people to end the wait on the page People."
        /// The hashing queue is full.
        SignInBusy
            zh "现在登录的人太多，请稍后再试。"
            en "Too many people sign in right now. Try again in a moment."
        /// The two passwords differ.
        PasswordsDiffer
            zh "两次输入的密码不一样。"
            en "The two passwords differ."
        /// Too short.
        PasswordShort { least: usize }
            zh "密码至少要 {least} 个字符。"
            en "The password needs at least {least} characters."
        /// Too long.
        PasswordLong
            zh "密码太长。"
            en "The password is too long."
        /// Too plain.
        PasswordPlain
            zh "密码不能是姓名，也不能是同一个字符的重复。"
            en "The password must not be the name, nor one character repeated."
        /// Not a name.
        NameWrong
            zh "姓名要有 1 到 64 个字符。"
            en "A name has 1 to 64 characters."
        /// The accounts could not be written.
        NotKept
            zh "没能写入磁盘，什么都没有改变。请查看磁盘后再试。"
            en "It could not be written to the disk, and nothing has changed. See to the disk, then try again."
        /// The vault did not take the passphrase.
        VaultNotTaken
            zh "录音库没有接受新密码，什么都没有改变。请再试一次。"
            en "The vault did not take the new password, and nothing has changed. Try again."

        // Faults.
        /// The title of a fault.
        FaultTitle
            zh "没有成功"
            en "That did not work"
        /// No such page.
        NotFound
            zh "没有这一页。链接可能不完整，或那通电话已不在记录里。"
            en "There is no such page. The link may be incomplete, or the call is no longer kept."
        /// No right.
        Forbidden
            zh "您的角色不能这样做。需要时请找所有者。"
            en "Your role does not allow this. Ask the owner if you need it."
        /// A form from elsewhere, or an old one.
        StaleForm
            zh "这个表单已过期或不是本页发出的，什么都没有做。请返回重试。"
            en "This form is old or did not come from this page; nothing was done. Go back and try again."
        /// A form that can't be read.
        BadForm
            zh "表单内容不完整或太长，什么都没有做。请返回检查。"
            en "The form is incomplete or too long; nothing was done. Go back and check it."
        /// The index can't be read.
        IndexUnreadable
            zh "索引暂时读不了，通话照常。请稍后刷新；一直如此时请看告警。"
            en "The index can’t be read right now; calls go on. Reload in a moment; if it stays so, look at the alarms."
        /// Something of our own went wrong.
        Internal
            zh "页面出错了，通话照常。请刷新；再次出现时请看日志。"
            en "The page failed; calls go on. Reload; if it happens again, look at the log."
        /// Back to the first page.
        BackToNow
            zh "回到“现在”"
            en "Back to Now"

        // Now.
        /// Tile: recordings.
        TileRecorded
            zh "应录 · 已录 · 缺失"
            en "Due · recorded · missing"
        /// Evidence.
        TileRecordedNote { under_way: u64, incomplete: u64 }
            zh "24 小时内 · 进行中 {under_way} · 有缺口 {incomplete}"
            en "Last 24 h · under way {under_way} · with gaps {incomplete}"
        /// A recording that was read.
        ReadWhole
            zh "已整条重新读过，与它的凭证一致。"
            en "It was read whole, and fits its leaf."
        /// A damaged one.
        ReadDamaged
            zh "重新读取时发现它与凭证不符或读不出来。请保留现状，用 ringfence verify 查看是哪一分钟，从副本取回。"
            en "It was read again, and is not what its leaf says, or can’t be read. Leave it as it is; `ringfence verify` says which minute, and a copy brings it back."
        /// One that was not.
        NotReadYet
            zh "封存以后还没有整条重新读过；本机每天在后台读一遍。"
            en "It was not read whole since it was sealed; the box does that once a day, in the background."
        /// The button.
        CheckNow
            zh "现在检查"
            en "Check now"
        /// Its note.
        CheckNowNote
            zh "读一遍整条录音，对照日志里的凭证；不打开，不需要密钥。先记入审计。"
            en "Reads the whole recording and holds it to its leaf in the log. Opens nothing, and needs no key. The audit has it first."
        /// It was not.
        NotChecked { why: String }
            zh "没有检查成：{why}"
            en "It was not checked: {why}"
        /// Tile: the vault's room.
        TileRoom
            zh "还能录"
            en "Room for recordings"
        /// Days.
        RoomDays { days: u64 }
            zh "{days} 天"
            en "{days} days"
        /// It does not get less.
        RoomLasts
            zh "不会写满"
            en "Does not fill"
        /// Not known yet.
        RoomUnknown
            zh "还不知道"
            en "Not known yet"
        /// Evidence.
        TileRoomNote { free: String, a_day: String, days: u64 }
            zh "剩余 {free} · 每天 {a_day} · 最长规则还需 {days} 天"
            en "{free} free · {a_day} a day · the longest rule takes {days} days yet"
        /// Evidence without a rule.
        TileRoomNoRule { free: String, a_day: String }
            zh "剩余 {free} · 每天 {a_day} · 没有保存规则"
            en "{free} free · {a_day} a day · no rule keeps anything"
        /// Evidence before a day has passed.
        TileRoomFree { free: String }
            zh "剩余 {free} · 用量观察一天后可知"
            en "{free} free · what a day takes is known after a day"
        /// Not looked at.
        TileRoomNotYet
            zh "启动后一分钟看第一次，以后每天一次"
            en "Looked at a minute after the first start, then once a day"
        /// Tile: lines.
        TileLines
            zh "线路"
            en "Lines"
        /// All good.
        AllGood
            zh "正常"
            en "All good"
        /// Jacks that want a look, though there is no alarm yet.
        JacksBad { count: usize }
            zh "{count} 个插口要看"
            en "Look at {count}"
        /// Evidence.
        TileLinesNote { good: usize, all: usize }
            zh "{all} 个插口中 {good} 个正常"
            en "{good} of {all} jacks in service"
        /// Tile: calls now.
        TileCalls
            zh "进行中的通话"
            en "Calls now"
        /// Evidence.
        TileCallsNote { talking: usize, waiting: usize }
            zh "通话中 {talking} · 排队 {waiting}"
            en "{talking} talking · {waiting} waiting"
        /// Tile: answered.
        TileAnswered
            zh "已接 / 来去电"
            en "Answered of all calls"
        /// Evidence.
        TileAnsweredNote { abandoned: u64 }
            zh "24 小时内 · 主叫放弃 {abandoned}"
            en "Last 24 h · {abandoned} gave up waiting"
        /// Tile: audit.
        TileIntents
            zh "审计"
            en "Audit"
        /// Evidence: none open.
        TileIntentsNone { no: u64 }
            zh "没有未完成的操作 · 已计入事件 {no}"
            en "Nothing left open · counted up to event {no}"
        /// Evidence: some open.
        TileIntentsOpen { no: u64 }
            zh "操作没有结果记录 · 已计入事件 {no}"
            en "Acts without a recorded outcome · counted up to event {no}"
        /// Call control does not answer.
        ControlSilent
            zh "呼叫控制没有回应，看不到线路的状态。若电话也不通，请重启设备。"
            en "Call control does not answer, so the lines can’t be seen. If telephones are dead too, restart the box."
        /// The heading of alarms.
        AlarmsHeading
            zh "告警"
            en "Alarms"
        /// Since when.
        Since
            zh "自"
            en "since"
        /// The heading of queues.
        Queues
            zh "队列"
            en "Queues"
        /// A column.
        Queue
            zh "队列"
            en "Queue"
        /// A column.
        Waiting
            zh "等待"
            en "Waiting"
        /// A column.
        Longest
            zh "最久"
            en "Longest wait"
        /// A column.
        FreeOfAll
            zh "空闲 / 在岗"
            en "Free / at work"
        /// A column.
        Condition
            zh "状况"
            en "Condition"
        /// Nobody waits.
        QueueQuiet
            zh "正常：没有人等待"
            en "Good: nobody waits"
        /// Somebody waits, and an agent is being rung.
        QueueMoving
            zh "正常：正在转给坐席"
            en "Good: an agent is being rung"
        /// Nobody is free.
        QueueBusy { talking: usize, wrap_up: usize }
            zh "等待中：{talking} 人通话，{wrap_up} 人整理"
            en "Waiting: {talking} agents talk, {wrap_up} wrap up"
        /// All are on pause.
        QueuePaused
            zh "无人接听：全部坐席暂停。请叫人上岗。"
            en "Nobody answers: all agents are on pause. Call somebody in."

        // Box.
        /// A slot's heading.
        Slot { slot: u8, kind: String, count: usize }
            zh "槽 {slot} · {kind} ×{count}"
            en "Slot {slot} · {kind} ×{count}"
        /// Talking timeslots of an E1.
        ChannelsBusy { busy: usize, all: usize }
            zh "{busy}/{all} 路占用"
            en "{busy} of {all} in use"
        /// A timeslot's title.
        TimeslotIs { timeslot: u8, state: String }
            zh "时隙 {timeslot}：{state}"
            en "Timeslot {timeslot}: {state}"
        /// What a press on a jack does.
        PressJack
            zh "点一个插口，看它的详情。"
            en "Press a jack to see what it is about."
        /// A fact of a jack.
        Jack
            zh "插口"
            en "Jack"
        /// A fact of a jack.
        Kind
            zh "类型"
            en "Kind"
        /// A fact of a jack.
        State
            zh "状态"
            en "State"
        /// A fact of a span.
        Signal
            zh "信号"
            en "Signal"
        /// A fact of a jack whose card runs on a crystal of its own.
        Clock
            zh "时钟"
            en "Clock"
        /// A fact of a telephone's jack: what its person has set for calls to it.
        Wishes
            zh "来电设置"
            en "Set for its calls"
        /// A fact of a jack: messages of callers.
        Mailbox
            zh "留言信箱"
            en "Voicemail"
        /// A fact of a jack: what is known of the echo of its lines.
        Echo
            zh "回声"
            en "Echo"
        /// A fact of a jack: how much louder the card makes its line.
        Gain
            zh "增益"
            en "Gain"
        /// A fact of a jack: how loud its party is.
        LevelIn
            zh "线路来的电平"
            en "Level from the line"
        /// A fact of a jack: how loud it is what its party hears.
        LevelOut
            zh "送往线路的电平"
            en "Level to the line"
        /// A fact of a span: how loud the speech of each channel in use is that comes from the line.
        SpeechByChannel
            zh "各通道的来话电平"
            en "Speech from the line by channel"
        /// A fact of a jack: what went wrong with the audio of its span.
        AudioFaults
            zh "语音故障"
            en "Audio faults"
        /// A fact of a span.
        FrameFaults
            zh "丢弃的信令帧"
            en "Frames dropped"
        /// A fact of a span.
        LineFaults
            zh "线路误码"
            en "Line errors"
        /// A fact of a span.
        DataLink
            zh "信令通道"
            en "D-channel"
        /// A fact of a span whose D-channel is shared with others.
        SignalledOver
            zh "信令走"
            en "Signalled over"
        /// The call on a jack.
        Call
            zh "通话"
            en "Call"
        /// Nothing wrong with a jack.
        JackGood
            zh "没有告警。"
            en "No alarm."
        /// Of a line-in, beside the word for recording.
        LineInRecorded
            zh "排队的来电者听得到它，录音里没有它"
            en "callers who wait hear it, and no recording has it"
        /// The heading of the alarms that a jack has had.
        PastAlarms
            zh "以往告警"
            en "Past alarms"
        /// The heading over the test of a jack.
        PortTest
            zh "端口测试"
            en "Test of the port"
        /// What a test does.
        PortTestHint
            zh "只测试空闲的端口，约 5 秒；其间要打出的呼叫优先，测试让位。外线会被占用，来电者此时听到忙音：按「测试」时本组须另有空闲外线，按另一个按钮则不须；听到拨号音后拨一位数字，没有拨号音则什么也不发送。热线和一位数字就是代码的线路，请在设置里排除（port_tests = false）。先记入审计。"
            en "Only an idle port is tested, for about 5 s; a call that goes out meanwhile goes first. An outside line is seized, so callers find it busy: another one of its group has to be free, unless you press the other button. After its dial tone one digit is dialled, and without dial tone nothing is sent. Leave out hot lines and those to which one digit is a whole code (port_tests = false in the settings). Audited first."
        /// The button.
        TestPort
            zh "测试"
            en "Test the port"
        /// What the test through a cable does.
        TestCableHint
            zh "也可以不靠交换机测试：拔下外线与一部话机，用一根线把两个插座连起来，由电话口给外线振铃并送出主叫号码。"
            en "It can be tested without the exchange, too: unplug the line and a telephone, join the two jacks by a cable, and the telephone's port rings the line and tells it who calls."
        /// Which jack.
        TestFrom
            zh "电话口"
            en "Telephone's port"
        /// The button.
        TestCable
            zh "经跳线测试"
            en "Test through the cable"
        /// The other button.
        TestEvenLast
            zh "测试，即使是本组最后一条空闲外线"
            en "Test even the last free line of its group"
        /// No test was made.
        NeverTested
            zh "还没有测试过。"
            en "It was never tested."
        /// A test is over.
        PortTested
            zh "测试完成，结果如下。"
            en "The test is over. This is what it found."
        /// It was not made.
        NotTested { why: String }
            zh "{why}"
            en "{why}"
        /// The heading of the last tests.
        LastTests { count: u64 }
            zh "最近 {count} 次测试"
            en "The last {count} tests"
        /// A column of the last tests.
        Tested
            zh "时间"
            en "Tested"
        /// A column of the last tests.
        TestVerdict
            zh "结论"
            en "Verdict"
        /// A column of the last tests.
        TestEcho
            zh "回波损耗"
            en "Echo loss"
        /// A column of the last tests.
        TestNoise
            zh "噪声"
            en "Noise"
        /// A column of the last tests.
        TestedBy
            zh "由"
            en "By"
        /// What is usual where a test found worse.
        Usually { usual: String }
            zh "平时 {usual}"
            en "usually {usual}"
        /// Who tested.
        TestedAtNight
            zh "夜间自动"
            en "the box, at night"
        /// Who tested.
        TestedByHand
            zh "人工"
            en "a person"
        /// A column of past alarms.
        Alarm
            zh "告警"
            en "Alarm"
        /// A column of past alarms.
        AlarmEnded
            zh "结束"
            en "Ended"
        /// One that has not ended.
        StillOn
            zh "仍在"
            en "still on"
        /// One whose end nobody saw.
        UntilRestart
            zh "至本机重启"
            en "box restarted"
        /// Before the moment since which the counters count.
        CountedSince
            zh "以上计数自此时起："
            en "Counted since"

        // Calls.
        /// The heading.
        CallsNow
            zh "进行中"
            en "Under way"
        /// The heading.
        CallsPast
            zh "已结束"
            en "Ended"
        /// No call.
        NoCallNow
            zh "现在没有通话。"
            en "No call right now."
        /// No call.
        NoCallPast
            zh "还没有结束的通话。"
            en "No call has ended yet."
        /// A column.
        Began
            zh "开始"
            en "Began"
        /// A column.
        Direction
            zh "方向"
            en "Direction"
        /// A column.
        From
            zh "主叫"
            en "From"
        /// A column.
        To
            zh "被叫"
            en "To"
        /// A column.
        Waited
            zh "等待"
            en "Waited"
        /// A column.
        Talked
            zh "通话时长"
            en "Talked"
        /// A column.
        Outcome
            zh "结果"
            en "Outcome"
        /// A column.
        Recording
            zh "录音"
            en "Recording"
        /// The next page.
        Older
            zh "更早"
            en "Older"
        /// The first page.
        Newest
            zh "最新"
            en "Newest"
        /// An unknown number.
        Unknown
            zh "未知"
            en "unknown"
        /// Outcome.
        WasAnswered
            zh "已接听"
            en "answered"
        /// Outcome.
        WasAbandoned
            zh "主叫放弃"
            en "caller gave up"
        /// Outcome.
        WasMessage
            zh "已留言"
            en "left a message"
        /// Outcome.
        WasNotAnswered
            zh "未接听"
            en "not answered"

        // Call.
        /// The title.
        CallTitle { call: String }
            zh "通话 {call}"
            en "Call {call}"
        /// It goes on.
        GoesOn
            zh "进行中"
            en "under way"
        /// It ended.
        EndedAfter { total: String }
            zh "已结束 · 共 {total}"
            en "ended · {total} in all"
        /// The heading of the story.
        WhatHappened
            zh "经过"
            en "What happened"
        /// The time of the first line; the rest count from it.
        CountsFrom
            zh "其余时间从通话开始算起。"
            en "The other times count from the call’s beginning."
        /// A recording is whole.
        RecordingSealed { length: String }
            zh "录音已完成并封存，时长 {length}"
            en "The recording is whole and sealed, {length} long"
        /// Opened without the second person.
        GlassBroken { reason: String }
            zh "录音未经第二人批准被打开：{reason}"
            en "The recording was opened without a second person: {reason}"
        /// A compartment's key was added.
        RecordingSealedFor { compartment: String }
            zh "从这时起，说的话也为分区“{compartment}”封存"
            en "From here on, what is said is sealed for the compartment “{compartment}” as well"
        /// Read again as somebody asked.
        RecordingFits
            zh "录音已应要求重新读过，与日志一致"
            en "The recording was read again, as somebody asked, and is what the log knows"
        /// The same, and it is damaged.
        RecordingDoesNotFit
            zh "录音已应要求重新读过：与日志不一致"
            en "The recording was read again, as somebody asked, and is NOT what the log knows"
        /// A part was cut.
        RecordingCut { kept: String }
            zh "录音被程序重启中断，保留了 {kept}"
            en "The recording was cut by a restart; {kept} are kept"
        /// In the story.
        MailRecovered { extension: String, kept: String }
            zh "给 {extension} 的留言在程序停止前没有记入日志；重启后找到，保留了 {kept}"
            en "The message for {extension} was found after a restart, as the box died before its log had it; {kept} are kept"
        /// In the story.
        MailGap { lasts: String }
            zh "留言缺了 {lasts}：磁盘来不及写"
            en "The message lacks {lasts}: the disk was too slow for what was said"
        /// In the story.
        RecordingErased
            zh "录音已按规则删除：本机上的密钥已销毁，留有删除凭证"
            en "the recording was erased by its rule: its keys are destroyed on the box, and a tombstone stands in its place"
        /// In the story.
        AskedToEraseRange { who: String, reason: String, became: String }
            zh "{who}要删除录音中的一段，理由：{reason}（{became}）"
            en "{who} wanted a stretch of the recording erased: {reason} ({became})"
        /// In the story.
        RangeAgreed { meant: String, gone: String }
            zh "两人同意删除录音中 {meant} 一段；密钥以分钟计，所以所涉各方在 {gone} 之间的整分钟都会删除"
            en "two people agreed to erase {meant} of the recording; keys are of whole minutes, so whole minutes of the parties concerned go, all within {gone}"
        /// In the story.
        OfStretch { list: u64, what: String }
            zh "其中一段（编号 {list}）：{what}"
            en "A stretch of it (event {list}): {what}"
        /// In the story.
        RangeErased { gone: String, asked: u32, granted: u32, reason: String }
            zh "录音中 {gone} 已删除：涉及的各分钟密钥已在本机销毁，其余照旧；由 {asked} 号申请、{granted} 号批准，理由：{reason}"
            en "{gone} of the recording is erased: the keys of the minutes that it touches are destroyed on the box, the rest stays; person {asked} asked, {granted} granted it: {reason}"
        /// In the story.
        CopyToErase { copy: String }
            zh "副本“{copy}”上的密钥尚未销毁：待其接通并确认后，删除才在那里完成"
            en "not erased yet at the copy “{copy}”: it has the recording’s keys until it is there and confirms that they are destroyed"
        /// In the story.
        CopyErased { copy: String }
            zh "副本“{copy}”已销毁这段录音的密钥，并已读回确认"
            en "the copy “{copy}” has destroyed the recording’s keys, and that was read back"
        /// In the story.
        CopyErasedLeased { copy: String, until: String }
            zh "副本“{copy}”已销毁这段录音的密钥，并已读回确认；密文在那里的锁期未满，留到 {until}（UTC），没有密钥谁也打不开"
            en "the copy “{copy}” has destroyed the recording’s keys, and that was read back; the ciphertext is under a lease there and stays until {until} UTC, which nobody opens without them"
        /// In the story.
        CopyFreed { copy: String }
            zh "副本“{copy}”中的锁期已满，这段录音的密文及其全部版本已在那里删除"
            en "the lease at the copy “{copy}” has run out: the recording’s ciphertext is deleted there with all its versions"
        /// In the story.
        ErasureDropped
            zh "录音从删除清单中撤下：按现在的规则仍需保存"
            en "the recording came off the list to be erased: by the rules of today it stays"
        /// In the story.
        ErasureHeld { hold: u64 }
            zh "录音从删除清单中撤下：受法律保全（编号 {hold}）"
            en "the recording came off the list to be erased: hold {hold} covers it"
        /// A gap.
        RecordingMissed
            zh "没有留下录音：录音库的磁盘无法写入"
            en "Nothing was recorded: the disk of the vault took nothing"
        RecordingGapBegan
            zh "录音开始丢失声音；缺口长度待结束时得知"
            en "The recording begins to lose audio; how much is known at the end"
        RecordingGapped { length: String }
            zh "录音有 {length} 的缺口"
            en "The recording has a gap of {length}"
        /// An earlier day was told.
        RetentionDayEarlier
            zh "这个事件已经告知过更晚的日期。改早会缩短保存期限，需要第二个人批准，本版本还做不到；没有更改。"
            en "A later day was told for this event before. An earlier one would shorten the time, which takes a second person’s approval, and this version can’t do that yet; nothing was changed."
        /// No day, or no event of a rule.
        RetentionDayWrong
            zh "请选择一个事件，并填写日期，例如 2026-11-26。"
            en "Choose an event and give a day, like 2026-11-26."
        /// The recording is being erased.
        RetentionToldTooLate
            zh "已记录，但这段录音的密钥正在销毁，来不及了。"
            en "It is written down, but too late for this recording: its keys are being destroyed."
        /// A day to come.
        RetentionDayToCome
            zh "这天还没有到。请在事件发生之后再告知。"
            en "That day is still to come. Tell the event when it has happened."
        /// Somebody asked to listen.
        AskedToListen { who: String, reason: String, became: String }
            zh "{who}要求收听录音，理由“{reason}”：{became}"
            en "{who} asked to hear the recording, “{reason}”: {became}"
        /// Somebody asked for whole numbers.
        AskedForNumbers { who: String, reason: String, became: String }
            zh "{who}要求看完整号码，理由“{reason}”：{became}"
            en "{who} asked to see the whole numbers, “{reason}”: {became}"
        /// Somebody had it kept who called.
        AskedToKeepCaller { who: String, reason: String, became: String }
            zh "{who}请网络留存主叫（恶意呼叫），理由“{reason}”：{became}"
            en "{who} had the network asked to keep who called (malicious call), “{reason}”: {became}"
        /// What became of it.
        AuditDone
            zh "已照办"
            en "done"
        /// What became of it.
        AuditFailed
            zh "没有做成"
            en "not done"
        /// What became of it.
        AuditUnknown
            zh "结果不明：程序当时停止了"
            en "not known, the box stopped meanwhile"
        /// What became of it.
        AuditUnderWay
            zh "正在进行"
            en "under way"
        /// A person without a name.
        PersonNo { no: u32 }
            zh "{no} 号人员"
            en "Person {no}"
        /// Somebody at the command line.
        AtTheConsole
            zh "有人在本机命令行"
            en "Somebody at the box’s command line"
        /// A user of the system at the command line.
        UserAtTheConsole { uid: u32 }
            zh "本机命令行的系统用户 {uid}"
            en "System user {uid} at the box’s command line"
        /// The box.
        TheBox
            zh "本机"
            en "The box"
        /// An unknown event.
        UnknownEvent { no: u64 }
            zh "本版本不认识的事件（编号 {no}）"
            en "An event that this version does not know (number {no})"
        /// The heading of listening.
        Listen
            zh "收听"
            en "Listen"
        /// While sealed.
        SealedMap
            zh "录音已封存：下图只有经过，没有声音。"
            en "The recording is sealed: the picture shows the course of the call, no sound."
        /// No recording.
        NothingRecorded
            zh "这通电话不需要录音。"
            en "This call had not to be recorded."
        /// Missing.
        RecordingLacks
            zh "应录而没有录音。原因见左边的经过。"
            en "It had to be recorded, and is not. The story says why."
        /// Not finished.
        RecordingUnderWay
            zh "录音还在进行或封存中，完成后才能打开。"
            en "The recording is still being made or sealed; it can be opened after that."
        /// The field.
        Reason
            zh "理由"
            en "Reason"
        /// Its hint.
        ReasonHint
            zh "理由和您的姓名会先记入审计，再打开录音。"
            en "The reason and your name go into the audit before anything is opened."
        /// The field.
        VaultPassphrase
            zh "您的密码"
            en "Your password"
        /// What a holder types.
        HolderPassphrase
            zh "您的录音口令（七个词）"
            en "Your passphrase for recordings (seven words)"
        /// Who can open it.
        OpensFor { who: String }
            zh "能打开它的人：{who}。"
            en "Who can open it: {who}."
        /// Who can open part of it.
        OpensThrough { compartment: String, who: String }
            zh "通过分区“{compartment}”能打开其中属于该分区的部分：{who}。"
            en "Through the compartment “{compartment}”, what was said in it: {who}."
        /// A compartment without members.
        OpensThroughNobody { compartment: String }
            zh "分区“{compartment}”还没有成员。"
            en "The compartment “{compartment}” has no members."
        /// The settings want two people.
        OpeningNeedsTwo { object: String }
            zh "打开录音要由两个人同意：请在“批准”页面请求“打开录音”，对象逐字填写“{object}”。紧急时可以不等批准打开，一小时后自动封存；其他管理员会立刻得知，并要复核。"
            en "It takes two people to open a recording: on the page Approvals, somebody asks for the act “open a recording” with the object “{object}”, word for word. In an emergency it can be opened without; it is sealed again after an hour, and the other administrators are told at once and review it."
        /// The button.
        OpenWithoutGrant
            zh "紧急：不经批准打开"
            en "Emergency: open without a grant"
        /// When that ends.
        OpenEnds
            zh "未经批准打开，无论是否在听，最迟封存于"
            en "Opened without a grant; sealed, used or not, at the latest at"
        /// What a member hears.
        OpenInPart
            zh "您打开的是属于您分区的部分；其余部分仍封存，听起来是静音。"
            en "You have opened what is of your compartments. The rest stays sealed and is silent."
        /// Before the ceremony.
        OpensForOwner
            zh "机主的密码可以打开它（还没有举行密钥仪式）。"
            en "The owner’s password opens it (there was no ceremony of keys yet)."
        /// The member is no holder.
        NoHolder
            zh "您没有录音口令，所以打不开它。请找上面列出的人。"
            en "You have no passphrase for recordings, so you can’t open it. Ask somebody who is named above."
        /// The button.
        OpenAndListen
            zh "打开并收听"
            en "Open and listen"
        /// The button.
        SealAgain
            zh "重新封存"
            en "Seal again"
        /// Opened.
        OpenUntil
            zh "已为您打开；不再使用时自动封存于"
            en "Opened for you; seals itself, unless used, at"
        /// The opener runs in a namespace.
        ApartNamespace
            zh "打开录音的程序没有自己的系统用户，在单独的用户命名空间里运行。"
            en "The program that opened it has no system user of its own; it runs in a user namespace."
        /// The opener runs as the daemon's user.
        ApartNothing
            zh "注意：打开录音的程序与本机程序是同一系统用户，这台机器不给它单独的命名空间。"
            en "Mind: the program that opened it runs as the box’s own system user; this machine gives it no namespace."
        /// The vault does not answer.
        VaultSilent
            zh "录音库没有回应，现在打不开录音。通话与录音照常。"
            en "The vault does not answer, so nothing can be opened now. Calls and recording go on."
        /// No right to listen.
        MayNotListen
            zh "您的角色不能收听录音。"
            en "Your role does not allow listening."
        /// A legend.
        MapHold
            zh "一方被保持"
            en "one party is on hold"
        /// A legend.
        MapTalk
            zh "双方通话"
            en "both talk"
        /// A legend.
        MapSecret
            zh "保密键入"
            en "a number is keyed in secret"
        /// A legend.
        MapPaused
            zh "录音暂停"
            en "the recording is paused"
        /// A legend.
        MapWait
            zh "排队"
            en "in the queue"
        /// A legend.
        MapFlow
            zh "流程"
            en "in the flow"
        /// A legend.
        MapGap
            zh "录音缺口"
            en "gap"
        /// A voice.
        VoiceCaller
            zh "主叫（左声道）"
            en "Caller (left)"
        /// A voice.
        VoiceCalled
            zh "被叫（右声道）"
            en "Called party (right)"
        /// The heading of facts.
        Facts
            zh "话单"
            en "Facts"
        /// A fact.
        Dialled
            zh "所拨号码"
            en "Number dialled"
        /// A fact.
        Answered
            zh "应答"
            en "Answered"
        /// A fact.
        EndedAt
            zh "结束"
            en "Ended"
        /// A fact.
        Cause
            zh "原因"
            en "Cause"
        /// The heading of the trace.
        Trace
            zh "信令跟踪"
            en "Trace of the signalling"
        /// Under the heading of the trace.
        TraceHint
            zh "最近 10 MB 的 D 信道信令，pcap 格式，可用 Wireshark 打开。"
            en "The last 10 MB of the D-channel as a pcap file, for Wireshark and the like."
        /// Numbers are masked.
        TraceMasked
            zh "号码只留首尾；按键、姓名不保存。"
            en "Of numbers only the ends are in it; keys and names are not kept."
        /// Numbers are whole.
        TraceWhole
            zh "号码完整（设置如此）；按键、姓名不保存。"
            en "Numbers are whole in it, as the settings say; keys and names are not kept."
        /// The button.
        TraceDownload
            zh "下载跟踪"
            en "Download the trace"
        /// The heading of a handset's hook and keys.
        Handset
            zh "话务手柄"
            en "Handset"
        /// Under the heading.
        HandsetHint
            zh "来电时在手柄里听到振铃：按“摘机”接听。空闲时摘机听到拨号音，再按键拨号；通话中按键，对方听到按键音。"
            en "A call rings in the handset: lift to answer. When it is idle, lift to get dial tone, then press the keys. In a call the far end hears them."
        /// The button that takes it off its hook.
        HandsetLift
            zh "摘机"
            en "Lift"
        /// The button that puts it down.
        HandsetPutDown
            zh "挂机"
            en "Put down"
        /// Nothing was done, because nobody would hear.
        HandsetAway
            zh "音频设备不在，没有摘机。请先插上它。"
            en "The sound device is not there, so nothing was lifted. Plug it in first."
        /// A fact: what is taken out.
        TakenOut
            zh "本端停用的时隙"
            en "Out of service here"
        /// The heading of what is out of service.
        ServiceTitle
            zh "停用与恢复"
            en "Out of service, and back"
        /// Under it.
        ServiceHint
            zh "停用的信道不再接新通话，其上的通话继续到结束；重启后仍停用，直到恢复。"
            en "A channel that is out of service takes no new calls; a call on it goes on to its end. It stays out over restarts until it is put back."
        /// A field.
        Timeslot
            zh "时隙"
            en "Timeslot"
        /// A choice.
        WholeSpan
            zh "整条中继"
            en "the whole span"
        /// A button.
        TakeOut
            zh "停用"
            en "Take out"
        /// A button.
        PutBack
            zh "恢复"
            en "Put back"
        /// It is out.
        TakenOutNow
            zh "已停用。其上没有通话。"
            en "It is out of service. No call is on it."
        /// It is out, and calls go on.
        TakenOutWithCalls { calls: String }
            zh "已停用。其上的通话继续到结束：{calls}。"
            en "It is out of service. These calls go on to their end: {calls}."
        /// It is in.
        PutBackNow
            zh "已恢复使用。"
            en "It is in service again."
        /// No such channel.
        NoSuchTimeslot
            zh "没有这个时隙，或它不承载呼叫。没有更改任何内容。"
            en "There is no such timeslot, or it carries no calls. Nothing was done."
        /// A button.
        KeepCaller
            zh "恶意呼叫：留存主叫"
            en "Malicious call: keep who called"
        /// Beside it.
        KeepCallerNote
            zh "请网络留存这个主叫，即使号码保密。只在通话中有效。"
            en "Asks the network to keep who called, even where the number is withheld. Only while the call goes on."
        /// The network did not.
        CallerNotKept { why: String }
            zh "网络没有留存主叫：{why}"
            en "The network did not keep who called: {why}"
        /// The call is over.
        TooLateToKeep
            zh "通话已经结束，网络不再受理。请把这页的记录交给运营商或警方。"
            en "The call is over, and the network no longer takes it. Give this record to the carrier or the police."
        /// Not over ISDN.
        NotOverIsdn
            zh "这个通话没有经过 ISDN 中继，没有网络可以留存主叫。"
            en "This call does not go over an ISDN trunk, so there is no network that could keep who called."
        /// A heading.
        Masking
            zh "保密键入与暂停录音"
            en "Numbers in secret, and pauses"
        /// A button.
        SecretInput
            zh "让对方键入保密号码"
            en "Let the other party key a number in secret"
        /// Beside it.
        SecretInputHint
            zh "例如银行卡号：按键双方都听不到，也不录音。对方按结束键（# 或设置中所选）即结束。"
            en "A card number, for instance: its keys are neither heard here nor recorded. The party ends it by the end key (#, or as the settings say)."
        /// A button.
        SecretInputEnd
            zh "结束保密键入"
            en "The number is complete"
        /// Beside it.
        SecretInputNow
            zh "对方正在键入保密号码：按键听不到，也不录音。"
            en "The other party keys a number in secret now: its keys are neither heard nor recorded."
        /// A button.
        PauseRecording
            zh "暂停录音"
            en "Pause the recording"
        /// Beside it.
        PauseHint
            zh "暂停期间什么都不录，录音中会标明；到时自动恢复。"
            en "Nothing is recorded until it goes on; the recording says so. It goes on by itself after its time."
        /// A button.
        ResumeRecording
            zh "恢复录音"
            en "Record again"
        /// Beside it.
        PausedNow
            zh "录音已暂停。最后一次按键 2 秒后恢复。"
            en "The recording is paused. It goes on two seconds after the last key."
        /// Nobody talks.
        NobodyTalks
            zh "现在没有人在交谈（或对方是传真机），没有更改任何内容。"
            en "Nobody is talking now, or a fax machine is. Nothing was done."
        /// Above the buttons of a supervisor.
        SuperviseTitle
            zh "班长监听"
            en "As a supervisor"
        /// What happens.
        SuperviseNote
            zh "按下后您的电话振铃，摘机即可听到通话。谁、何时、以何种方式都记入审计。"
            en "Your telephone rings; lift it to hear the talk. The audit has who, when and how."
        /// A button.
        SuperviseListen
            zh "监听"
            en "Listen"
        /// Beside it.
        SuperviseListenHint
            zh "只听，双方听不到您"
            en "You are heard by nobody"
        /// A button.
        SuperviseWhisper
            zh "耳语"
            en "Whisper"
        /// Beside it.
        SuperviseWhisperHint
            zh "只有座席听得到您，来电者听不到"
            en "The agent alone hears you; the caller does not"
        /// A button.
        SuperviseBargeIn
            zh "插话"
            en "Barge in"
        /// Beside it.
        SuperviseBargeInHint
            zh "双方都听得到您"
            en "Both hear you"
        /// A button.
        SuperviseLeave
            zh "结束监听"
            en "Stop hearing it"
        /// Beside it.
        SuperviseLeaveHint
            zh "通话照常继续"
            en "The call goes on"
        /// Who hears it.
        SupervisedBy { who: String, how: String }
            zh "{who}正在监听：{how}"
            en "{who} hears this talk: {how}"
        /// Nothing was done.
        NotSupervised { why: String }
            zh "没有监听：{why}。"
            en "Nothing was done: {why}."
        /// Somebody had the recording read again.
        AskedToCheck { who: String, became: String }
            zh "{who}要求重新读取并核对录音：{became}"
            en "{who} had the recording read again and held to its leaf: {became}"
        /// An audit entry.
        AskedToSupervise { who: String, became: String }
            zh "{who}要求监听通话：{became}"
            en "{who} asked to hear the talk as a supervisor: {became}"
        /// The heading and the button of the restart.
        SpanRestart
            zh "重启这条中继"
            en "Restart this span"
        /// Under the heading of the restart.
        SpanRestartHint
            zh "重新建立数据链路，恢复被闭塞和空闲的信道。其他中继不受影响。"
            en "Sets the data link up anew and puts blocked and idle channels right. The other spans notice nothing."
        /// No call on the span.
        SpanWithoutCalls
            zh "这条中继上没有通话。"
            en "There is no call on this span."
        /// Calls on the span.
        SpanCalls
            zh "这条中继上的通话：正在通话的会继续，正在建立或结束的会中断。"
            en "Calls on this span. Those who talk go on; what is being set up or cleared ends."
        /// It restarts.
        SpanRestarts
            zh "正在重启，几秒后恢复。"
            en "It is being restarted, and will be back in some seconds."
        /// Calls have begun since.
        CallsBegan
            zh "其间又有通话开始，没有重启。请看下面的通话，再按一次。"
            en "Calls have begun meanwhile, so nothing was restarted. Look at them below, and press once more."
        /// The heading of the ladder.
        SignallingTitle
            zh "信令"
            en "Signalling"
        /// A fact: what to do about the cause.
        WhatToDo
            zh "怎么办"
            en "What to do"
        /// A fact.
        DivertedTo
            zh "转移到"
            en "Diverted to"
        /// A fact.
        OtherParty
            zh "转接后的对方"
            en "After a transfer"
        /// A fact.
        Subaddress
            zh "被叫子地址"
            en "Called subaddress"
        /// A fact.
        Charge
            zh "网络计费"
            en "Charged by the network"
        /// A fact.
        TrunkGroup
            zh "中继组"
            en "Trunk group"
        /// A fact.
        Flow
            zh "流程"
            en "Flow"
        /// A fact.
        Extension
            zh "分机"
            en "Extension"
        /// A fact.
        SettingsVersion
            zh "设置版本"
            en "Settings version"
        /// A fact.
        Total
            zh "总时长"
            en "In all"
        /// The button.
        RevealNumbers
            zh "显示完整号码"
            en "Show the numbers whole"
        /// The button.
        EndCall
            zh "结束这通电话"
            en "End this call"
        /// Its warning.
        EndCallNote
            zh "双方会立即断开，不能撤销。"
            en "Both parties are cut off at once. This can’t be undone."
        /// An audit entry could not be made.
        NotAudited
            zh "审计没能写入，所以没有执行。请查看告警。"
            en "The audit entry could not be written, so nothing was done. Look at the alarms."
        /// What the vault answered.
        Refused { why: String }
            zh "{why}"
            en "{why}"
        /// A reason is needed.
        ReasonMissing
            zh "请写明理由（1 到 200 个字符）。"
            en "Give a reason (1 to 200 characters)."
    }
}
