//! What the command line says: help, progress and errors.

use super::sentence::sentences;

sentences! {
    /// Help texts.
    pub enum Help {
        /// The program.
        About
            zh "留在楼内的电话系统与呼叫中心"
            en "The telephone system and call centre that stays inside the building"
        /// The heading before the usage line.
        Usage
            zh "用法"
            en "Usage"
        /// The heading of the verbs.
        Verbs
            zh "命令"
            en "Verbs"
        /// The heading of the options.
        Options
            zh "选项"
            en "Options"
        /// The heading of the arguments.
        Arguments
            zh "参数"
            en "Arguments"
        /// `--help`.
        Help
            zh "显示帮助"
            en "Show this help"
        /// `--lang`.
        Lang
            zh "语言：zh-CN 或 en；否则按 LANG，再否则中文"
            en "Language: zh-CN or en; else LANG decides, else Chinese"
        /// `run`.
        Run
            zh "运行本机：接听、转接、录音"
            en "Run the box: answer, route, record"
        /// `demo`.
        Demo
            zh "演示：持有模拟线路，启动 run，并打入电话"
            en "Show it: hold simulated lines, start `run` and place calls"
        /// `check`.
        Check
            zh "检查机型文件与设置，不启动"
            en "Check a board file and settings, start nothing"
        /// `pin`.
        Pin
            zh "读入一个 PIN，输出写进设置的一行"
            en "Read a PIN and write the line for the settings"
        /// `verify`.
        Verify
            zh "检验录音是否完好，无需密钥"
            en "Check that recordings are intact; needs no key"
        /// `rebuild`.
        Rebuild
            zh "按事件日志重建数据库索引"
            en "Rebuild the database index from the event log"
        /// `reset`.
        Reset
            zh "把本机恢复到出厂状态：销毁录音、密钥、日志、设置和人员（需两人批准，且本机已停止）"
            en "Set the box back to how it was delivered: recordings, keys, log, settings and people are destroyed (two people agree, and the box is stopped)"
        /// Its `--out`.
        ResetOut
            zh "写入最后的签名根和批准人的新文件，不能在数据目录里"
            en "A new file, not in the data directory, for the last signed root and who agreed"
        /// `vault`.
        Vault
            zh "谁能打开录音：密钥仪式、轮换、移除、恢复"
            en "Who can open recordings: ceremony, rotation, removal, recovery"
        /// `vault keys`.
        VaultKeys
            zh "列出谁能打开录音，以及恢复单上的指纹"
            en "List who can open recordings, and the fingerprint of the recovery sheet"
        /// `vault ceremony`.
        VaultCeremony
            zh "密钥仪式：为每位持有人制作口令，恢复密钥分成 3 份，销毁出厂密钥"
            en "The ceremony: a passphrase for each holder, the recovery key in 3 shares, the birth key destroyed"
        /// `vault rotate`.
        VaultRotate
            zh "换新密钥，也可增加持有人；旧录音照常可以打开"
            en "New keys, and new holders if wanted; older recordings open as before"
        /// `vault remove`.
        VaultRemove
            zh "立刻收回一位持有人或分区成员的口令；24 小时内须换新密钥"
            en "Take a holder's or a member's passphrase away at once; new keys are due within 24 hours"
        /// `--older-backup`.
        VaultOlderBackup
            zh "密钥环是较旧的备份，也照样恢复：缺少的各期所封存的录音将永远打不开"
            en "Go on although the backup is an older one: what was sealed for the epochs that it lacks never opens again"
        /// `vault compartment`.
        VaultCompartment
            zh "建立一个分区的密钥，或让更多人能打开它"
            en "Make the key of a compartment, or let more people open one"
        /// `--member`.
        VaultMember
            zh "只能打开分区的人在设置中的编号；可重复。已是成员的人换新口令"
            en "The number in the settings of a person who opens compartments alone; can be repeated. Who is a member already gets other words"
        /// Its name.
        VaultCompartmentName
            zh "分区的名字，与队列设置中写的相同"
            en "The compartment's name, as queues have it in the settings"
        /// `vault recover`.
        VaultRecover
            zh "用恢复密钥的 2 份，把录音库交给新的持有人"
            en "Hand the vault to new holders with 2 shares of the recovery key"
        /// `vault passphrase`.
        VaultPassphrase
            zh "一位持有人换新口令"
            en "A new passphrase for a holder"
        /// `vault copies`.
        VaultCopies
            zh "列出曾获得密钥的各份副本，以及各自尚未销毁什么"
            en "List the copies that were ever given keys, and what each has not destroyed yet"
        /// `vault store-key`.
        VaultStoreKey
            zh "写入一份副本所在存储的访问密钥；密文从键盘或标准输入读取，只存在数据目录里"
            en "Put the access key of the store that a copy is in; the secret is read from the keyboard or standard input, and kept in the data directory alone"
        /// The event log in it.
        VaultOpenLog
            zh "打开从副本找回的事件日志和设置，写入数据目录的 old-box/（明文），并与录音库的日志条目逐条对照，列出所缺"
            en "Open the event log and the settings that were brought back from a copy, into old-box/ of the data directory, in the clear; it is held to the vault’s leaves, and what lacks is named"
        /// Its copy.
        VaultStoreKeyCopy
            zh "副本在设置中的名字"
            en "The copy's name in the settings"
        /// Its id.
        VaultStoreKeyId
            zh "访问密钥的编号（access key ID）"
            en "The access key's ID"
        /// `vault restore`.
        VaultRestore
            zh "从副本找回录音库，写入空的数据目录；可随时中断后重来。找回的录音库可核对、可凭恢复密钥的 2 份打开，不再录入新内容"
            en "Bring a vault back from a copy, into a data directory that is empty; it can be ended and asked for again. What is brought back can be checked and opened by 2 shares; nothing more is recorded into it"
        /// Its copy.
        VaultRestoreFrom
            zh "副本自己的目录（…/ringfence-编号），或存储桶地址加副本名（https://主机:端口/桶/ringfence-编号）"
            en "The copy’s own folder (…/ringfence-VAULT), or the bucket’s address with the copy’s name behind it (https://HOST:PORT/BUCKET/ringfence-VAULT)"
        /// Its CA.
        VaultRestoreCa
            zh "签发存储证书的 CA 的证书文件（PEM）；https 必填"
            en "The certificate of the CA that signed the store’s own (PEM); https needs it"
        /// Its region.
        VaultRestoreRegion
            zh "存储要求的区域，默认 us-east-1"
            en "The region that the store wants; us-east-1 where there is none"
        /// Its host.
        VaultRestoreInHost
            zh "存储要求把桶名写在主机名里"
            en "The store wants the bucket in the host’s name"
        /// `vault backup`.
        VaultBackup
            zh "把密钥环写成一个文件供备份：其中没有任何口令，只有恢复密钥的 2 份能打开"
            en "Write the keyring into a file for a backup: without any passphrase, only 2 shares of the recovery key open it"
        /// Its file.
        VaultBackupOut
            zh "要写入的文件；已有的不会被覆盖"
            en "The file to write; one that is there is not overwritten"
        /// A holder.
        VaultHolder
            zh "持有人在设置里的人员编号；可多次给出"
            en "The holder's number in the settings; may be given several times"
        /// `open --shares`.
        OpenShares
            zh "用恢复密钥的两份份额打开，而不用口令"
            en "Open with two shares of the recovery key instead of a passphrase"
        /// Whose passphrase is typed.
        VaultAs
            zh "由哪位持有人输入口令（人员编号）"
            en "Which holder types the passphrase (number in the settings)"
        /// `open`.
        Open
            zh "把一条录音打开成 WAV 文件（先记入审计；本机停止时使用，运行时请用页面）"
            en "Open a recording into a WAV file (audited first; while the box is stopped; while it runs, use its page)"
        /// What `open` takes.
        OpenRecording
            zh "录音编号，如 3-17（通话页面的经过里有）"
            en "The recording's number, such as 3-17 (it stands in the call's story on the page)"
        /// `--out`.
        OpenOut
            zh "要写的 WAV 文件（左：主叫，右：被叫）；不覆盖已有文件"
            en "The WAV file to write (left: caller, right: called); none is overwritten"
        /// `--reason`.
        /// `--break-glass`.
        OpenBreakGlass
            zh "紧急：设置要求两个人同意时，不等批准就打开；记入审计，须由另一位管理员复核"
            en "Emergency: open without the second person whom the settings want; it is in the audit, and another administrator has to review it"
        /// Why.
        OpenReason
            zh "理由，记入审计"
            en "The reason, for the audit"
        /// `sim`.
        Sim
            zh "在单独进程中持有模拟板卡"
            en "Hold the simulated cards in a process of its own"
        /// `trace`.
        Trace
            zh "取出一条中继最近 10 MB 的信令，存为 pcap 文件（号码已遮蔽；先记入审计）"
            en "The last 10 MB of a span’s signalling as a pcap file (numbers masked; audited first)"
        /// `--out` of trace.
        TraceOut
            zh "要写的 pcap 文件；不给则写到标准输出"
            en "The pcap file to write; without it, standard output"
        /// `explain`.
        Explain
            zh "解释一个呼叫：经过、信令阶梯、原因与办法"
            en "Explain a call: its story, the ladder of its signalling, causes and what to do"
        /// What `explain` takes.
        Call
            zh "呼叫编号，见页面或话单"
            en "The number of the call, as page and detail records show it"
        /// `restart-span`.
        RestartSpan
            zh "单独重启一条中继：数据链路重新建立，空闲信道恢复；其他中继不受影响"
            en "Restart one span alone: its data link anew, its idle channels put right; the others notice nothing"
        /// `span`.
        SpanState
            zh "各中继或其中一条的状态：信号、计数、以往告警"
            en "How the spans are, or one of them: signal, counters, past alarms"
        /// `service`.
        Service
            zh "停用一条中继或其中一个信道，或恢复使用；其上的通话继续"
            en "Take a span, or one channel of it, out of service, or put it back; calls on it go on"
        /// What `service` does.
        ServiceState
            zh "out 停用，in 恢复"
            en "out or in"
        /// One channel.
        Timeslot
            zh "时隙；不给则为整条中继"
            en "The timeslot; without it, the whole span"
        /// `keep-caller`.
        KeepCaller
            zh "恶意呼叫：请网络留存主叫号码（先记入审计）"
            en "A malicious call: have the network keep who called (audited first)"
        /// `port`.
        Port
            zh "电话口与外线口：测试，学习忙音（先记入审计）"
            en "Ports for telephones and outside lines: test them, learn a busy tone (audited first)"
        /// `port test`.
        PortTest
            zh "测试一个空闲的端口：馈电、拨号音、噪声、回声、铃流，并给出结论"
            en "Test an idle port: battery, dial tone, noise, echo, ringing current; with a verdict in words"
        /// `port test --even-last`.
        EvenLast
            zh "即使它是本组最后一条空闲外线：测试的几秒内，来电者听到忙音"
            en "Also if it is the last free line of its group: whoever calls finds it busy for some seconds"
        /// `port test --from`.
        TestFrom
            zh "由这个电话口经跳线给外线振铃：拔下话机与外线，用一根线把两个插座连起来"
            en "Ring it from this telephone's port: unplug telephone and line, and join the two jacks by a cable"
        /// `port learn`.
        PortLearn
            zh "从一条外线学习它的忙音：打进来、挂机、确认（先记入审计）"
            en "Learn the busy tone of an outside line from itself: call in, hang up, confirm (audited first)"
        /// Its jack.
        Jack
            zh "端口：序列号.位置，或面板上的标签"
            en "The port: SERIAL.POSITION, or the label beside the jack"
        /// `approve`.
        Approve
            zh "双人批准：列出、申请、批准、拒绝、撤回（先记入审计）"
            en "Acts that need two: list, ask, grant, refuse, withdraw (audited first)"
        /// `approve list`.
        ApproveList
            zh "列出等待中的申请"
            en "List what waits"
        /// `approve ask`.
        ApproveAsk
            zh "申请一个操作"
            en "Ask for an act"
        /// `approve grant`.
        ApproveGrant
            zh "批准别人申请的操作"
            en "Grant an act that somebody else asked for"
        /// `approve refuse`.
        ApproveRefuse
            zh "拒绝别人申请的操作"
            en "Refuse an act that somebody else asked for"
        /// `approve withdraw`.
        ApproveWithdraw
            zh "撤回自己的申请"
            en "Withdraw what you asked for"
        /// Whose password is asked for.
        ApproveAs
            zh "以谁的姓名；随后输入其密码"
            en "Under whose name; their password is asked for"
        /// The number.
        ApproveNo
            zh "申请的编号"
            en "The number under which it was asked for"
        /// The act.
        ApproveWhat
            zh "哪个操作"
            en "Which act"
        /// The object.
        ApproveObject
            zh "对象，与执行时所用的文字完全一致"
            en "On what, word for word as the act will say it"
        /// `holds`.
        Holds
            zh "法律保全：列出、设置、解除（先记入审计）"
            en "Legal holds: list, place, lift (audited first)"
        /// `holds list`.
        HoldsList
            zh "列出保全：编号、内容、何人、何时、为何"
            en "List the holds: number, what, by whom, when, why"
        /// `holds place`.
        HoldsPlace
            zh "设置保全，一人即可；全部条件都符合的录音谁也删不掉"
            en "Place a hold, alone: what fits in all that is given is erased by nobody"
        /// `holds lift`.
        HoldsLift
            zh "解除保全；先申请并由另一人批准：ringfence approve ask lift-hold \"hold 编号\""
            en "Lift a hold, once it was asked for and granted: ringfence approve ask lift-hold \"hold NO\""
        /// `--call`.
        HoldCall
            zh "这一通通话，可以还在进行"
            en "This call, which may still go on"
        /// `--queue`.
        HoldQueue
            zh "这个队列的通话"
            en "Calls of this queue"
        /// `--person`.
        HoldPerson
            zh "这个人的通话（设置里的编号）"
            en "Calls of this person (their number in the settings)"
        /// `--number`.
        HoldNumber
            zh "这个号码或尾号的通话"
            en "Calls of this number, or of numbers that end so"
        /// `--from`.
        HoldFrom
            zh "从这一天起（2026-11-01，UTC）"
            en "From this day on (2026-11-01, UTC)"
        /// `--until`.
        HoldUntil
            zh "到这一天为止"
            en "Until this day"
        /// Which hold.
        HoldNo
            zh "保全的编号，见 holds list"
            en "The hold's number, as holds list has it"
        /// `erase`.
        Erase
            zh "必须删除的录音：列出、申请、开始等待、取消（先记入审计）"
            en "What must go: list, ask, begin, recall (audited first)"
        /// `erase list`.
        EraseList
            zh "列出必须删除的、等待删除的和删不掉的录音"
            en "List what must go, what waits to be erased, and what can't be"
        /// `erase ask`.
        EraseAsk
            zh "申请删除今天的清单，由另一个角色的人批准"
            en "Ask to erase today's list; somebody of another role grants it"
        /// `erase begin`.
        EraseBegin
            zh "让已批准的清单开始 72 小时的等待"
            en "Let the list that was granted begin its 72 hours"
        /// About erase range.
        EraseRange
            zh "删除一次通话录音中的一段（例如误录的卡号）：先申请，获批后加 --begin 执行；即使受法律保全也会删除"
            en "Erase a stretch of a call's recording, as a card's number that was recorded by mistake: ask for it, and once it is granted do it with --begin; also under a hold"
        /// About its argument.
        EraseRangeCall
            zh "通话编号"
            en "The call"
        /// About its argument.
        EraseRangeFrom
            zh "从播放的哪一刻起，例如 75 或 1:15"
            en "From which moment of what is played, like 75 or 1:15"
        /// About its argument.
        EraseRangeTo
            zh "到哪一秒止，这一秒也删除"
            en "The last second, which goes, too"
        /// About its option.
        EraseRangeBegin
            zh "已获批准：现在删除"
            en "It is granted: erase it now"
        /// `erase recall`.
        EraseRecall
            zh "取消等待中的清单，一人即可"
            en "Take a list that waits back, alone"
        /// Which list that waits.
        EraseNo
            zh "清单的编号，见 erase list"
            en "The list's number, as erase list has it"
        /// Which list that is granted.
        EraseObject
            zh "已批准的清单的那一行；只有一份时可以不给"
            en "The line of the list that was granted; not needed where there is one alone"
        /// `mask`.
        Mask
            zh "让通话一方键入保密号码，或暂停录音（记入通话经过）"
            en "Let a party key a number in secret, or pause the recording (the call’s story says so)"
        /// What is masked.
        Masked
            zh "secret-input：按键另一方听不到，也不录音；pause：暂停录音"
            en "secret-input: keys are neither heard nor recorded; pause: nothing is recorded"
        /// `--end`.
        MaskEnd
            zh "结束保密键入，或恢复录音"
            en "The keys are heard again, or the recording goes on"
        /// A span.
        Span
            zh "中继号，按板卡在机型文件里的次序从 0 起"
            en "The span, counted from 0 in the order of the cards in the board file"
        /// `--yes`.
        Yes
            zh "接受列出的通话可能中断"
            en "Accept that the calls which are named may be lost"
        /// `settings`.
        Settings
            zh "查看、试用、应用运行中的设置"
            en "Show, try or apply the settings of the running box"
        /// `settings show`.
        SettingsShow
            zh "显示现行设置的文本"
            en "Print the settings that hold"
        /// `settings try`.
        SettingsTry
            zh "检查一个设置文件，并说明应用后何时生效；不作更改"
            en "Check a file and say from when on it would hold; nothing is changed"
        /// `settings apply`.
        SettingsApply
            zh "把一个设置文件作为新版本应用；通话不中断"
            en "Let a file hold as a new version; calls go on"
        /// `settings template`.
        SettingsTemplate
            zh "输出一个行业的录音保存规则，供写入设置文件；年限由法务确认"
            en "Print rules of a trade for how long recordings are kept, for your settings file; counsel confirms the years"
        /// Its argument.
        TemplateName
            zh "哪一个；不写则列出全部"
            en "Which; without it they are listed"
        /// The file of `settings try` and `settings apply`.
        NewSettings
            zh "设置文件（TOML）"
            en "The settings file (TOML)"
        /// `--board`.
        Board
            zh "机型文件（TOML）"
            en "The board file (TOML)"
        /// `--settings`.
        SettingsFile
            zh "设置文件（TOML）；仅当数据目录还没有设置时采用"
            en "The settings file (TOML); taken only while the data directory has no settings"
        /// `--data`.
        Data
            zh "数据目录"
            en "The data directory"
        /// `--listen`.
        Listen
            zh "管理页面的地址；端口 0 为任意空闲端口"
            en "The address of the page; port 0 takes any free one"
        /// `hold`.
        Hold
            zh "运行本机并持有其线路与通话表：本机意外终止时重新启动，通话继续"
            en "Run the box and hold its lines and call table: when it dies it is started again, and calls go on"
        /// `--pause` of hold.
        HoldPause
            zh "重新启动之前等待的秒数"
            en "Seconds to wait before it is started again"
        /// `board`.
        BoardVerb
            zh "本机的真实板卡：列出、比较、设置"
            en "The real cards of this machine: list, compare, set"
        /// `board probe`.
        BoardProbe
            zh "列出内核里的板卡、中继和插口，并可写出机型文件草稿"
            en "List the cards, spans and jacks that the kernel has, and write a draft of a board file"
        /// `--out` of probe.
        BoardOut
            zh "要写的机型文件；不覆盖已有文件"
            en "The board file to write; none is overwritten"
        /// `board compare`.
        BoardCompare
            zh "逐项说出板卡与机型文件不一致之处；有则返回 1"
            en "Name everything in which the cards differ from the board file; exit 1 if there is any"
        /// `board apply`.
        BoardApply
            zh "按机型文件写模块选项，设置中继与通道；会中断通话的先列出"
            en "Write module options and set spans and channels as the board file says; calls that would end are named first"
        /// `--modprobe`.
        Modprobe
            zh "模块选项写到哪个文件"
            en "The file for the options of kernel modules"
        /// `--end-calls`.
        EndCalls
            zh "允许中断列出的通话"
            en "The calls that are named may end"
        /// `--plain-http`.
        PlainHttp
            zh "在环回地址上用 HTTP，不加密"
            en "Plain HTTP where the address is a loopback one"
        /// `--lines`.
        Lines
            zh "由另一进程持有的模拟板卡的套接字"
            en "The socket of the process that holds the simulated cards"
        /// `--lines` of sim.
        HeldLines
            zh "持有模拟板卡的套接字；run --lines 接到这里"
            en "The socket at which the simulated cards are held; `run --lines` attaches to it"
        /// `--peer` of sim.
        Peer
            zh "某个 E1 后面的外部交换机：中继号:信令套接字:音频套接字；可多次给出"
            en "An outside exchange behind an E1: span, socket of its D-channel, socket of its audio; may be repeated"
        /// `--call-table`.
        CallTable
            zh "由另一进程持有的通话表；重启后通话据此继续"
            en "The call table that another process holds: by it calls go on after a restart"
        /// `--once`.
        Once
            zh "第一通电话后结束：成功为 0，否则说出失败的步骤并返回 1"
            en "Stop after the first call: exit 0, or name the step that failed and exit 1"
        /// `--exchange`.
        Exchange
            zh "外部交换机程序；不给则用本机自己的交换机"
            en "The program of an outside exchange; without it, our own exchange"
        /// `--voice`.
        Voice
            zh "主叫的录音（8 kHz A 律 WAV）"
            en "The caller's recorded voice (WAV, 8 kHz A-law)"
        /// What `verify` takes.
        VerifyPath
            zh "数据目录、录音库或其副本的目录、导出包，或录音库中的一个录音文件（按其位置对照日志）"
            en "A data directory, the directory of a vault or of a copy, a package, or the file of one recording at its place in a vault, which is held to that vault’s log"
        /// `--open` of verify.
        VerifyOpen
            zh "同时解密每一块；会询问口令"
            en "Also decrypt every chunk; asks for the passphrase"
        /// `--root` of verify.
        VerifyRoot
            zh "保存在本机之外的已签名日志根：见证文件，或页面上的那一行文字；不给则只能证明自身一致"
            en "A signed root that was held outside the box: a witness's file, or the line that the page shows; without it: self-consistent only"
        /// `--key` of verify.
        VerifyKey
            zh "录音库证书的指纹（64 个十六进制数字），取自本机之外"
            en "The fingerprint of the vault's certificate (64 hex digits), as it was kept outside the box"
        /// `--day` of verify.
        VerifyDay
            zh "只检验一天的录音，日志仍全部检验。按协调世界时（UTC）计；要按当地时间，请写明时区：2026-11-26+08:00"
            en "Only the recordings of one day; the log is checked whole all the same. A day of UTC, unless it names its zone: 2026-11-26+08:00"
    }
}

sentences! {
    /// Errors of the command line itself. Each says what, where and what to do.
    pub enum Trouble {
        /// An unknown verb or option, or a missing argument.
        BadArguments { what: String }
            zh "看不懂命令行：{what}。用 --help 查看用法。"
            en "The command line is not understood: {what}. See --help."
        /// A port was not tested.
        NotTested { why: String }
            zh "{why}"
            en "{why}"
        /// Nothing came of it.
        NotApproved { why: String }
            zh "{why}"
            en "{why}"
        /// It is no PIN.
        NoPin { min: usize, max: usize }
            zh "PIN 是 {min} 到 {max} 位数字，不能全相同或连续。"
            en "A PIN has {min} to {max} digits, neither all alike nor counted up or down."
        /// A file can't be read.
        CantRead { path: String, why: String }
            zh "读不了 {path}：{why}。请检查路径与权限。"
            en "Can't read {path}: {why}. Check the path and the rights."
        /// Something was asked of a file that only a vault can answer.
        NoVaultThere { path: String }
            zh "{path} 是一个不在录音库里的文件，除它自身之外没有可对照的内容，因此 --root、--key、--open、--day 对它都无从谈起，什么也没有检验。请给出录音库或其副本的目录；只查一条录音时，给出它在其中的文件（objects/LIFE/N/RECORDING.rfo）；--day 只用于目录。"
            en "{path} is a file in no vault, so there is nothing to hold it to but itself: --root, --key, --open and --day say nothing of it, and nothing was checked. Name the directory of the vault or of a copy, or for one recording its file at its place in there (objects/LIFE/N/RECORDING.rfo); --day takes the directory alone."
        /// A checked file has problems.
        Problems { path: String, count: usize }
            zh "{path} 有 {count} 处问题，见上。改好后再试。"
            en "{path} has {count} problems, listed above. Correct them and try again."
        /// The data directory can't be used.
        DataDir { path: String, why: String }
            zh "用不了数据目录 {path}：{why}。"
            en "Can't use the data directory {path}: {why}."
        /// Settings were given although there are some.
        SettingsTaken { path: String }
            zh "{path} 里已有设置，不再采用 --settings。要改设置，请用：ringfence settings apply 文件"
            en "{path} has settings already, so --settings is not taken. To change them: ringfence settings apply FILE"
        /// No settings at all.
        NoSettings { path: String }
            zh "{path} 里还没有设置。第一次启动请给出 --settings 文件。"
            en "{path} has no settings yet. Give --settings FILE at the first start."
        /// A card can't be opened.
        Card { serial: String, why: String }
            zh "打不开板卡 {serial}：{why}。"
            en "Can't open card {serial}: {why}."
        /// Someone holds lines there.
        SocketTaken { path: String }
            zh "{path} 已有程序在持有线路。请先停止它，或换一个路径。"
            en "{path}: another program holds lines there. Stop it first, or choose another path."
        /// The socket can't be made.
        NoSocket { path: String, why: String }
            zh "建不了套接字 {path}：{why}。请检查目录是否存在、是否有权限。"
            en "Can't make the socket {path}: {why}. Check that its folder exists and may be written to."
        /// A board without simulated cards.
        NoSimulatedCard { path: String }
            zh "{path} 里没有模拟板卡（card = \"sim\"），没有可持有的线路。"
            en "{path} has no simulated card (card = \"sim\"), so there is no line to hold."
        /// A peer for a span that is no simulated E1.
        NoSuchE1 { span: String, path: String }
            zh "--peer：{path} 的 {span} 号中继不是模拟 E1。中继按板卡在文件里的次序从 0 起编号。"
            en "--peer: span {span} of {path} is no simulated E1. Spans are counted from 0, in the order of the cards in the file."
        /// Two peers for one span.
        PeerTwice { span: String }
            zh "--peer：{span} 号中继给了两次；一条 E1 后面只能有一台交换机。"
            en "--peer: span {span} is named twice; behind an E1 stands one exchange."
        /// Something else of the operating system.
        System { what: String, why: String }
            zh "{what}失败：{why}。"
            en "{what} failed: {why}."
        /// The code does not open the vault.
        CantOpenVault { path: String }
            zh "口令打不开 {path}。请核对后重试；这次没有打开任何内容。"
            en "The passphrase does not open {path}. Check it and try again; nothing was opened."
        /// Plain HTTP for the network.
        PlainOutside { address: String }
            zh "{address} 不是环回地址，页面不会不加密地提供给网络。请去掉 --plain-http，或用 --listen 127.0.0.1:8443。"
            en "{address} is no loopback address, and the page is never served to the network unencrypted. Leave out --plain-http, or use --listen 127.0.0.1:8443."
        /// What is written there would be another user's than the box's.
        DataOfAnother { path: String, user: String }
            zh "{path} 属于用户 {user}，本机程序读不了别的用户写的文件。请以该用户运行，例如：sudo -u {user} ringfence …。没有写入任何内容。"
            en "{path} belongs to the user {user}, and the box could not read what another user writes there. Run this as that user, e.g. sudo -u {user} ringfence …. Nothing was written."
        /// The settings name no copy in a bucket so.
        NoSuchCopy { name: String, named: String }
            zh "设置中没有名为“{name}”的存储桶副本；有的是：{named}。请核对名称，或先用 ringfence settings apply 写入设置。没有写入任何内容。"
            en "The settings name no copy in a bucket “{name}”; there are: {named}. Check the name, or apply the settings first. Nothing was written."
        /// No copy.
        NoCopyThere { place: String }
            zh "{place} 不是录音库的副本。请写副本自己的目录 …/ringfence-编号，或 https://主机:端口/桶/ringfence-编号。没有写入任何内容。"
            en "{place} is no copy of a vault. Name the copy’s own folder, …/ringfence-VAULT, or https://HOST:PORT/BUCKET/ringfence-VAULT. Nothing was written."
        /// There is something.
        VaultThere { path: String }
            zh "{path} 中已有本机的录音库或设置，找回的内容从不覆盖已有内容。请另选一个空目录。没有写入任何内容。"
            en "{path} has a box’s vault or settings already, and nothing is ever brought back over them. Name an empty directory. Nothing was written."
        /// Of another vault.
        CopyOfAnother { place: String, path: String, key: String }
            zh "{place} 不是这个录音库的副本：与 {path} 中已开始找回的不同，或与所给指纹（{key}）不符。没有写入任何内容。"
            en "{place} is not a copy of this vault: it is another one than was begun in {path}, or than the fingerprint given ({key}) is of. Nothing was written."
        /// Of another log.
        CopyOfAnotherLog { place: String }
            zh "{place} 的日志与机外保存的签名根、或与已找回的日志不符：有一方被改写过。没有再取回任何内容。"
            en "The log of {place} is another one than the root from outside, or the log that was brought back, says: one of them was rewritten. Nothing more was fetched."
        /// A store needs it.
        StoreWants { option: &'static str }
            zh "从这个存储读取需要 {option}。没有写入任何内容。"
            en "To read from this store takes {option}. Nothing was written."
        /// Full.
        RestoreFull { path: String }
            zh "{path} 所在的磁盘已满。已取回的保留着：腾出空间后重新运行同一命令即可继续。"
            en "The disk of {path} is full. What was fetched stays: make room and run the same command again to go on."
        /// Nothing was brought back there.
        NotBroughtBack { path: String }
            zh "{path} 里没有从副本找回的录音库。请先运行 ringfence vault restore。没有打开任何内容。"
            en "No vault that was brought back from a copy is in {path}. Run `ringfence vault restore` first. Nothing was opened."
        /// It was brought back.
        VaultRestored
            zh "这个录音库是从副本找回的：可用 ringfence verify 核对，可用 ringfence open --shares 打开，但不能再录入，密钥也不能更改。请在另一个数据目录中启动本机。"
            en "This vault was brought back from a copy: `ringfence verify` checks it and `ringfence open --shares` opens it, but nothing is recorded into it and its keys do not change. Start the box in another data directory."
        /// Keys change only while the box is stopped.
        StopForKeys { path: String }
            zh "本机正在使用 {path}。密钥只能在本机停止时更改：请先停止本机，完成后再启动。没有更改任何内容。"
            en "The box runs on {path}. Keys change only while it is stopped: stop it, and start it again afterwards. Nothing has changed."
        /// It runs.
        StopForReset { path: String }
            zh "本机正在使用 {path}。请先停止本机再恢复出厂状态。没有更改任何内容。"
            en "The box runs on {path}. Stop it before it is set back. Nothing has changed."
        /// Nobody agreed.
        ResetNotGranted { object: String }
            zh "没有销毁任何内容：恢复到出厂状态要由两个人同意。请启动本机，由系统管理员在“批准”页面请求“恢复到出厂状态”，对象逐字填写“{object}”，由另一位管理员批准；然后停机，在 24 小时内重试。"
            en "Nothing was destroyed: it takes two people to set the box back. Start the box; on the page Approvals the system administrator asks for the act of setting it back with the object “{object}”, word for word, and another administrator grants it. Then stop the box and try again within 24 hours."
        /// Holds.
        ResetHeld { holds: u64 }
            zh "没有销毁任何内容：有 {holds} 项保全令仍然有效。请先在“保全与删除”页面由两人解除。"
            en "Nothing was destroyed: {holds} holds stand. Two people lift them first, on the page Holds."
        /// It may be that nobody knows of a hold any more.
        ResetSetBack
            zh "没有销毁任何内容：见证方持有的签名根表明录音库被退回过，此后下达的保全令可能已不可见。请先按告警查明并启动本机确认。"
            en "Nothing was destroyed: the root that a witness holds says that the vault was set back, and a hold may have been placed since. Find out what happened, as the alarm says, and start the box so that it asks the witness again."
        /// The file would go, too.
        OutGoesToo { path: String }
            zh "{path} 在数据目录里，会一同被销毁。请写到别处，最好是另一块磁盘。没有更改任何内容。"
            en "{path} is in the data directory and would be destroyed with it. Name a file elsewhere, on another disk best. Nothing has changed."
        /// There was no ceremony.
        NoCeremony
            zh "还没有举行密钥仪式，或者密钥环丢失。请先执行 ringfence vault ceremony；若仪式已举行，请从备份取回文件 keyring。"
            en "There was no ceremony yet, or its keyring is lost. Run `ringfence vault ceremony` first; where it was held, bring the file keyring back from a backup."
        /// The keyring was exchanged.
        KeysDiffer { why: String }
            zh "没有更改任何密钥：{why}。请把最新的密钥环备份放回录音库目录，再用两份份额执行 ringfence vault recover；并请安全管理员查明是谁动过文件。"
            en "No key was changed: {why}. Put the newest backup of the keyring into the vault's directory, then run `ringfence vault recover` with two shares, and have it found out who touched the file."
        /// Nobody agreed to it.
        KeysNotGranted { object: String }
            zh "没有更改任何密钥：再让一个人能打开录音，要由两个人同意。请启动本机，由安全管理员在“批准”页面请求“更改密钥”，对象逐字填写“{object}”，由另一位管理员批准；然后停机，在 24 小时内重试。持有人都不在时，请用两份份额执行 ringfence vault recover。"
            en "No key was changed: it takes two people to let somebody more open recordings. Start the box; on the page Approvals the security administrator asks for the act about keys with the object “{object}”, word for word, and another administrator grants it. Then stop the box and try again within 24 hours. Where all holders are gone, run `ringfence vault recover` with two shares."
        /// It takes two people.
        OpenNotGranted { object: String }
            zh "没有打开：设置要求打开录音由两个人同意。请启动本机，在“批准”页面请求“打开录音”，对象逐字填写“{object}”，由另一位管理员批准；然后停机，在 24 小时内用 --as 重试。紧急时用 --break-glass：会记入审计，并须由另一位管理员复核。"
            en "Nothing was opened: the settings want two people for it. Start the box; on the page Approvals somebody asks for the act “open a recording” with the object “{object}”, word for word, and another administrator grants it. Then stop the box and try again with --as within 24 hours. In an emergency use --break-glass: it is in the audit, and another administrator has to review it."
        /// A backup lacks epochs.
        BackupOlder { count: usize, epochs: String }
            zh "没有更改任何密钥：密钥环是较旧的备份，缺少日志所知的 {count} 期密钥（证书指纹以 {epochs} 开头），为它们封存的录音用它打不开。请先找最新的备份；确实没有时，加上 --older-backup 再试：这些录音将永远打不开。"
            en "No key was changed: the keyring is an older backup, and lacks {count} epochs that the log knows (fingerprints that begin with {epochs}). What was sealed for them it does not open. Look for the newest backup first; where there is none, try again with --older-backup: those recordings never open again."
        /// Event log and leaves disagree.
        LeavesDiffer
            zh "没有更改任何密钥：事件日志与证明日志对密钥的记载不同。请执行 ringfence verify 查明是谁动过；若事件日志已损坏，请用两份恢复密钥份额执行 ringfence vault recover。"
            en "No key was changed: event log and proof log say different things of the vault's keys. Run `ringfence verify` and have it found out who touched them; where the event log is damaged, run `ringfence vault recover` with two shares."
        /// A witness says so.
        VaultSetBack
            zh "没有更改任何密钥：见证方持有的签名根表明录音库被退回过。请先按告警查明并启动本机确认，再更改密钥。"
            en "No key was changed: the root that a witness holds says that the vault was set back. Find out what happened, as the alarm says, start the box so that it asks the witness again, and only then change keys."
        /// The sheet of another vault, or another vault than the sheet's.
        OtherSheet
            zh "没有更改任何密钥：输入的指纹不是本录音库的。请对照恢复单核对后重试；如果单子上确实如此，录音库的证书就被人换过，请勿继续。"
            en "No key was changed: what was typed is not this vault's fingerprint. Compare it with the sheet and try again; if the sheet says so, the vault's certificates were exchanged: do not go on."
        /// The file is of another version.
        KeyringVersion
            zh "录音库的文件 keyring 由另一个版本的 Ringfence 写成，本版本读不懂，没有更改任何内容。请改用写它的版本，或者更新的版本。"
            en "The vault's file keyring was written by another version of Ringfence and means nothing to this one; nothing has changed. Use the version that wrote it, or a newer one."
        /// There was one.
        CeremonyHeld
            zh "密钥仪式已经举行过，没有更改任何内容。要换密钥请用 ringfence vault rotate，要找回请用 ringfence vault recover。"
            en "The ceremony was held already, and nothing has changed. Use `ringfence vault rotate` for new keys, `ringfence vault recover` to get back in."
        /// No such holder.
        NoSuchHolder
            zh "此人没有录音口令。ringfence vault keys 会列出谁有；没有更改任何内容。"
            en "This person has no passphrase for recordings. `ringfence vault keys` lists who has; nothing has changed."
        /// Nobody left, too many, or twice.
        HoldersWrong { most: usize }
            zh "持有人至少要有一位，至多 {most} 位，每位只能出现一次；最后一位不能移除。没有更改任何内容。"
            en "There must be at least one holder and at most {most}, none of them twice; the last one can't be removed. Nothing has changed."
        /// Too many compartments or members, somebody twice, or somebody who opens all.
        MembersWrong { compartments: usize, members: usize }
            zh "分区至多 {compartments} 个，成员合计至多 {members} 位，每位只能出现一次；持有人能打开全部录音，不能再作成员。移除过很多人时，请先执行 ringfence vault rotate。换过一千次密钥的分区不再接纳成员。没有更改任何内容。"
            en "There are at most {compartments} compartments and {members} members in all, none of them named twice; a holder opens everything and can't be a member as well. Where many were removed, run `ringfence vault rotate` first. A compartment that has had a thousand keys lets nobody in any more. Nothing has changed."
        /// The shares make another key.
        SharesDiffer
            zh "这两份拼不成本录音库的恢复密钥。请核对是否为同一次仪式的两份不同的份额；没有更改任何内容。"
            en "These shares do not make this vault's recovery key. Check that they are two different shares of the same ceremony; nothing has changed."
        /// It was not typed back.
        NotTypedBack
            zh "输入的内容与显示的不一致，已停止。没有更改任何内容，请从头再来；刚才抄下的请销毁。"
            en "What was typed is not what was shown, so this stopped. Nothing has changed; begin again, and destroy what was written down."
        /// The box runs.
        BoxRuns { path: String }
            zh "本机正在使用 {path}，没有打开任何内容。请在它的页面上打开录音，审计会记下您是谁；或先停止本机。"
            en "The box runs on {path}, and nothing was opened. Open the recording on its page, where the audit knows who you are; or stop the box first."
        /// There is no such recording.
        NoRecording { recording: String, path: String }
            zh "{path} 里没有可打开的录音 {recording}。编号在通话页面的经过里；还在进行或封存的录音要等一等。"
            en "There is no recording {recording} to open in {path}. Its number stands in the call's story on the page; one that is still being made or sealed takes a moment."
        /// The file exists.
        FileThere { path: String }
            zh "{path} 已存在，不会覆盖。请换一个文件名。"
            en "{path} exists and is not overwritten. Name another file."
        /// Not opened.
        NotOpened { why: String }
            zh "没有打开：{why}"
            en "Not opened: {why}"
        /// A step of the demo did not come.
        DemoFailed { step: String }
            zh "演示没有走完：{step}"
            en "The demo did not get through: {step}"
        /// The directory of a verb that speaks to a running box.
        NoDataDir { path: String }
            zh "{path} 不是数据目录。请用 --data 指出运行中的本机的数据目录。"
            en "{path} is no data directory. Name the one of the running box with --data."
        /// No box runs there.
        NotRunning { path: String }
            zh "{path} 上没有运行中的本机。请先启动：ringfence run --data {path} --board 文件"
            en "No box runs on {path}. Start it first: ringfence run --data {path} --board FILE"
        /// It is another user's box.
        NotYourBox { path: String }
            zh "您无权进入 {path}。请以运行本机的用户或 root 身份重试。"
            en "You may not enter {path}. Try again as the user who runs the box, or as root."
        /// No card has such a span.
        NoSuchSpanOfAnyKind { span: u16 }
            zh "没有 {span} 号中继。不带编号运行 ringfence span 可列出全部。"
            en "There is no span {span}. `ringfence span` alone lists all."
        /// The box does not answer.
        BoxSilent { path: String }
            zh "{path} 上的本机没有按时回答。用 settings show 查看现行版本后再试。"
            en "The box on {path} did not answer in time. See with `settings show` which version holds, then try again."
        /// The same, where it was asked for an act about recordings.
        BoxSilentOnAct { path: String }
            zh "{path} 上的本机没有按时回答。这件事可能已经做了：请先查看清单（holds list、erase list、approve list），再决定要不要重做。"
            en "The box on {path} did not answer in time. It may have been done all the same: look at the list first (`holds list`, `erase list`, `approve list`)."
        /// What it answered can't be read.
        BoxGarbled { path: String, why: String }
            zh "{path} 上的本机答非所问：{why}。它可能正在停止，或版本不同；用 settings show 查看现行版本后再试。"
            en "The answer of the box on {path} can't be read: {why}. It may be stopping, or of another version; see with `settings show` which version holds, then try again."
        /// It does not understand the request.
        BoxDoesNotUnderstand { path: String }
            zh "{path} 上的本机看不懂请求：它与这个命令版本不同。请用同一版本的命令。没有更改任何内容。"
            en "The box on {path} does not understand the request: it is of another version than this command. Use the command of its version. Nothing has changed."
        /// A document is too long.
        SettingsTooLong { path: String, max_kib: usize }
            zh "{path} 太长：设置最多 {max_kib} KiB。没有更改任何内容。"
            en "{path} is too long: settings have at most {max_kib} KiB. Nothing has changed."
        /// A second person has to grant it.
        SettingsShorten { object: String, recordings: u64 }
            zh "这些设置会让录音更早删除，或去掉、改动见证方文件夹或副本（会更早删除的现有 {recordings} 段），需要第二个人批准，所以没有更改任何内容。系统管理员先申请：ringfence approve ask shorten-retention --object \"{object}\" --as 姓名 --reason 理由；审计管理员批准后，再应用同一份文件。"
            en "These settings would let recordings go sooner, or take out or move a witness’s folder or a copy (sooner: {recordings} of those there are now), which a second person has to grant. Nothing has changed. The system administrator asks: ringfence approve ask shorten-retention --object \"{object}\" --as NAME --reason WHY; once the audit administrator has granted it, apply the same file again."
        /// The same, and nobody counted.
        SettingsShortenUncounted { object: String }
            zh "这些设置会让录音更早删除，或去掉、改动见证方文件夹或副本（数量来不及统计），需要第二个人批准，所以没有更改任何内容。系统管理员先申请：ringfence approve ask shorten-retention --object \"{object}\" --as 姓名 --reason 理由；审计管理员批准后，再应用同一份文件。"
            en "These settings would let recordings go sooner, or take out or move a witness’s folder or a copy (how many could not be counted in time), which a second person has to grant. Nothing has changed. The system administrator asks: ringfence approve ask shorten-retention --object \"{object}\" --as NAME --reason WHY; once the audit administrator has granted it, apply the same file again."
        /// A second person has to grant it: less is recorded or proven.
        SettingsLessEvidence { object: String }
            zh "这些设置会少录一些通话、少留一些证据，或让更多人能打开录音。三位管理员到齐之后，这需要第二个人批准，所以没有更改任何内容。系统管理员先申请：ringfence approve ask less-evidence --object \"{object}\" --as 姓名 --reason 理由；审计管理员批准后，再应用同一份文件。"
            en "With these settings less would be recorded or proven, or more people could open recordings. Since the three administrators have been there, a second person has to grant that. Nothing has changed. The system administrator asks: ringfence approve ask less-evidence --object \"{object}\" --as NAME --reason WHY; once the audit administrator has granted it, apply the same file again."
        /// A second person has to grant it: somebody becomes an administrator.
        SettingsAdministrators { object: String }
            zh "这些设置会让某人担任管理员或所有者。三位管理员到齐之后，这需要两位管理员同意，所以没有更改任何内容。系统管理员或安全管理员先申请：ringfence approve ask administrator --object \"{object}\" --as 姓名 --reason 理由；另一位管理员批准后，再应用同一份文件。"
            en "These settings would make somebody an administrator, or the owner. Since the three administrators have been there, two of them have to agree to that. Nothing has changed. The system or the security administrator asks: ringfence approve ask administrator --object \"{object}\" --as NAME --reason WHY; once another administrator has granted it, apply the same file again."
        /// The intent was not durable.
        SettingsNotAudited
            zh "这次更改没能先记入事件日志，所以没有更改任何内容。请查看事件日志所在的磁盘。"
            en "The change could not be written into the event log first, so nothing has changed. See to the disk of the event log."
        /// The version was not written.
        SettingsNotWritten { path: String, why: String }
            zh "新版本写不进 {path}：{why}。没有更改任何内容；请腾出空间或检查权限后再试。"
            en "The new version can't be written to {path}: {why}. Nothing has changed; make room or check the rights, then try again."
        /// No such span.
        NoSuchSpan { span: u16 }
            zh "没有承载 ISDN 的 {span} 号中继。中继按板卡在机型文件里的次序从 0 起编号。没有更改任何内容。"
            en "There is no span {span} that carries ISDN. Spans are counted from 0, in the order of the cards in the board file. Nothing was done."
        /// Calls on the span.
        CallsOnSpan { span: u16, count: usize }
            zh "{span} 号中继上有 {count} 个呼叫，见上：正在通话的会继续，正在建立或结束的会中断。确认请加 --yes。没有更改任何内容。"
            en "There are calls on span {span}: {count}, named above. Those who talk go on; what is being set up or cleared ends. To accept that, add --yes. Nothing was done."
        /// No such channel.
        NoSuchTimeslot { span: u16 }
            zh "{span} 号中继没有这个时隙，或它不承载呼叫。没有更改任何内容。"
            en "Span {span} has no such timeslot, or it carries no calls. Nothing was done."
        /// The call is over.
        CallIsOver { call: String }
            zh "通话 {call} 已经结束，网络不再受理。请报警或联系运营商，并提供本机记录（ringfence explain {call}）。"
            en "Call {call} is over, and the network no longer takes it. Give the record (ringfence explain {call}) to the carrier or the police."
        /// Nobody talks, or a fax machine.
        NobodyTalks { call: String }
            zh "通话 {call} 中没有人在交谈（或对方是传真机），没有更改任何内容。"
            en "Nobody talks in call {call}, or a fax machine does. Nothing was done."
        /// Not over ISDN.
        NotOverIsdn { call: String }
            zh "通话 {call} 没有经过 ISDN 中继，没有网络可以留存主叫。"
            en "Call {call} does not go over an ISDN trunk, so there is no network that could keep who called."
        /// The network did not.
        CallerNotKept { why: String }
            zh "网络没有留存主叫：{why}"
            en "The network did not keep who called: {why}"
        /// Not audited.
        NotAudited
            zh "没能先记入事件日志，所以什么也没有做。请查看事件日志所在的磁盘。"
            en "It could not be written into the event log first, so nothing was done. See to the disk of the event log."
        /// Octets for a terminal.
        TraceIntoTerminal
            zh "跟踪是二进制文件，不显示在终端上。请用 --out 指定文件，或接到别的程序。"
            en "A trace is no text for a terminal. Name a file with --out, or pipe it into a program."
        /// No such call.
        NoSuchCall { call: String, path: String }
            zh "{path} 的日志里没有呼叫 {call}。编号见页面的呼叫列表。"
            en "The log of {path} has no call {call}. Its number stands in the list of calls on the page."
        /// The kernel has no DAHDI.
        NoDahdi
            zh "没有 /dev/dahdi/ctl：内核没有装载 DAHDI。请运行 modprobe dahdi 和板卡的模块，再试。"
            en "There is no /dev/dahdi/ctl: DAHDI is not loaded. Run `modprobe dahdi` and load the card's module, then try again."
        /// The kernel refused something about the cards.
        Cards { why: String }
            zh "内核拒绝设置或查询板卡：{why}。请以 root 运行；仍不行时查看 dmesg。"
            en "The kernel refused to set or tell something about the cards: {why}. Run it as root; if it stays, see dmesg."
        /// No card of use.
        NoCards
            zh "没有本机能用的板卡，没有写文件。"
            en "There is no card that the box can use, and no file was written."
        /// The cards differ from the board file.
        CardsDiffer { count: usize }
            zh "板卡与机型文件有 {count} 处不一致，见上。"
            en "The cards differ from the board file in {count} points, named above."
        /// Calls would end.
        ApplyEndsCalls { count: usize }
            zh "会中断 {count} 个通话，见上。确认请加 --end-calls。没有设置任何通道。"
            en "{count} calls would end, named above. To accept that, add --end-calls. No channel was set."
        /// A file can't be written.
        CantWrite { path: String, why: String }
            zh "写不了 {path}：{why}。请检查路径与权限。"
            en "Can't write {path}: {why}. Check the path and the rights."
        /// The box does not start.
        DiesAtStart { times: u32, how: String }
            zh "本机连续 {times} 次在就绪之前终止（最后一次：{how}），不再重新启动。请看上面它最后说的话。"
            en "The box died {times} times before it was ready (last: {how}), and is not started again. Read above what it said last."
        /// The kernel's modules for line cards are not loaded.
        NoModules { card: String, why: String }
            zh "板卡 {card}：内核没有加载 DAHDI 驱动（{why}）。请用 ringfence board apply 写好配置后重启本机。"
            en "Card {card}: the kernel has not loaded DAHDI ({why}). Run ringfence board apply, then start the machine anew."
        /// The kernel knows no such device.
        NoDevice { card: String, device: String }
            zh "板卡 {card}：找不到设备“{device}”。请检查板卡是否插好，或用 ringfence board probe 看它现在叫什么。"
            en "Card {card}: there is no device \"{device}\". Check that the card is seated, or see by ringfence board probe what it is called now."
        /// The device has fewer spans.
        NoDeviceSpan { card: String, device: String, span: u8 }
            zh "板卡 {card}：设备“{device}”没有第 {span} 个端口。请核对板卡文件，并运行 ringfence board apply。"
            en "Card {card}: device \"{device}\" has no span {span}. Compare the board file, and run ringfence board apply."
        /// The span has fewer channels.
        NoDeviceChannel { port: String, channel: u8 }
            zh "接口 {port}：板卡没有第 {channel} 个通道。请核对板卡文件里的 channels 和 jacks。"
            en "Port {port}: the card has no channel {channel}. Compare channels and jacks in the board file."
        /// A channel was not set up, or as something else.
        ChannelNotSet { channel: String }
            zh "通道 {channel} 没有按板卡文件配置。请运行 ringfence board apply。"
            en "Channel {channel} is not set up as the board file says. Run ringfence board apply."
        /// Another program has a channel.
        ChannelBusy { channel: String }
            zh "通道 {channel} 被另一个程序占用。请先停止它（例如另一个电话系统）。"
            en "Another program has channel {channel}. Stop it first (another telephone system, for example)."
        /// The line is coded otherwise.
        WrongLaw { port: String, board: &'static str, running: &'static str }
            zh "接口 {port}：板卡文件写的是 {board} 律，板卡运行在 {running} 律。请改正板卡文件的 law，或运行 ringfence board apply。"
            en "Port {port}: the board file says {board}-law, the card runs {running}-law. Correct law in the board file, or run ringfence board apply."
    }
}

sentences! {
    /// What `run` tells.
    pub enum Running {
        /// A password is wanted.
        AskOwnPassword { name: String }
            zh "{name}的密码："
            en "The password of {name}:"
        /// A code is wanted, of whoever has a second factor.
        AskAppCode
            zh "应用上的验证码（没有设置则按回车）："
            en "Code of the app (none set up: press Enter):"
        /// Ready to serve.
        Ready { url: String }
            zh "就绪 {url}"
            en "ready {url}"
        /// The certificate's fingerprint.
        Fingerprint { fingerprint: String }
            zh "证书指纹（SHA-256，请在浏览器里核对）：{fingerprint}"
            en "Certificate fingerprint (SHA-256, compare it in the browser): {fingerprint}"
        /// The real-time class was refused.
        NotRealTime
            zh "未获实时调度权限：可以运行，但缓冲更大、时限无保证"
            en "Not in the real-time class: it works, with more buffering and no certainty of deadlines"
        /// A file is as it should be.
        FileGood { path: String }
            zh "{path} 没有问题"
            en "{path} is good"
        /// A problem in a file.
        Problem { place: String, key: String, what: String }
            zh "{place}：{key}：{what}"
            en "{place}: {key}: {what}"
        /// Rebuilt.
        Rebuilt { events: u64, missing: u64 }
            zh "已按 {events} 条事件重建；缺号 {missing} 个"
            en "Rebuilt from {events} events; {missing} numbers are missing"
        /// A recording was opened.
        OpenedInto { path: String, length: String }
            zh "已打开，时长 {length}，写入 {path}。这个文件没有加密，用完请删除。"
            en "Opened, {length} long, into {path}. The file is not encrypted: delete it when you are done."
        /// It was opened by a member of compartments.
        OpenedInPart
            zh "其中只有属于您分区的部分；其余部分仍封存，听起来是静音。"
            en "It has what is of your compartments alone. The rest stays sealed and is silent."
        /// A number was keyed in secret.
        KeyedInSecret { from: String, to: String }
            zh "{from} 至 {to}（UTC）：一方键入了保密号码，按键处为静音"
            en "{from} to {to} UTC: a party keyed a number in secret; in place of the keys there is silence"
        /// A stretch that was erased.
        ErasedOnPurpose { gone: String, minutes: usize, list: u64, reason: String }
            zh "{gone} 之间有 {minutes} 个方分钟是静音：已有意删除（编号 {list}，理由：{reason}）"
            en "{minutes} minutes of the parties concerned within {gone} are silence: they were erased on purpose, as agreed in event {list}: {reason}"
        /// A pause.
        NotRecordedFrom { from: String, to: String }
            zh "{from} 至 {to}（UTC）：录音暂停"
            en "{from} to {to} UTC: the recording was paused"
        /// Asks for the passphrase.
        AskPassphrase
            zh "请输入口令或机主代码，然后按回车："
            en "Type the passphrase or the owner's code, then Enter:"
        /// Asks for a PIN.
        AskPin
            zh "请输入 PIN，然后按回车："
            en "Type the PIN, then Enter:"
        /// The owner's code.
        OwnerCode { code: String }
            zh "机主代码（只显示这一次，请收好）：{code}"
            en "Owner's code (shown this once, keep it safe): {code}"
    }
}

sentences! {
    /// What the verbs about lines and calls tell.
    pub enum Lines {
        /// The trace is written.
        TraceWritten { path: String, octets: usize }
            zh "已写入 {path}，{octets} 字节"
            en "Written into {path}, {octets} octets"
        /// A call on a span.
        CallOnSpan { call: String }
            zh "通话 {call}"
            en "call {call}"
        /// Out of service.
        OutOfService { span: u16 }
            zh "{span} 号中继：已停用，重启后仍停用，直到恢复。"
            en "Span {span}: out of service, over restarts too, until it is put back."
        /// In service.
        InService { span: u16 }
            zh "{span} 号中继：已恢复使用。"
            en "Span {span}: in service again."
        /// A call on such a channel.
        CallGoesOn { call: String }
            zh "其上的通话 {call} 继续，直到结束"
            en "call {call} is on it and goes on to its end"
        /// The caller is kept.
        CallerKept { call: String }
            zh "网络已留存通话 {call} 的主叫。"
            en "The network has kept who made call {call}."
        /// Something is masked.
        Masked { call: String }
            zh "已照办，通话 {call}。到时自动结束；用 --end 提前结束。"
            en "Done, call {call}. It ends by itself after its time, or with --end."
        /// It is to end.
        MaskedNoMore { call: String }
            zh "通话 {call}：最后一次按键 2 秒后结束。"
            en "Call {call}: it ends two seconds after the last key."
        /// The span restarts.
        SpanRestarts { span: u16 }
            zh "{span} 号中继正在重启；几秒后见页面。"
            en "Span {span} is being restarted; the page shows it up again in some seconds."
        /// The heading of a span.
        SpanIs { span: u16, kind: String, name: String }
            zh "{span} 号中继：{kind}，{name}"
            en "Span {span}: {kind}, {name}"
        /// How an ISDN span is.
        SpanState { line: String, link: String }
            zh "  信号：{line}；数据链路：{link}"
            en "  Signal: {line}; data link: {link}"
        /// One count.
        Counted { what: String, counts: String }
            zh "  {what}：{counts}"
            en "  {what}: {counts}"
        /// A card that counts nothing.
        NothingCounted
            zh "  板卡不计数"
            en "  its card counts nothing"
        /// Since when is counted.
        CountedSince { since: String }
            zh "  以上计数自 {since} UTC 起"
            en "  counted since {since} UTC"
        /// The heading of past alarms.
        LastAlarms { count: usize }
            zh "  最近的告警（UTC，最新在前，{count} 条）："
            en "  Last alarms (UTC, newest first, {count}):"
        /// None.
        NoAlarms
            zh "  日志里没有告警"
            en "  no alarm in the log"
        /// One that is over.
        AlarmWas { since: String, until: String, lasted: String, what: String }
            zh "    {since} 至 {until}（{lasted}）  {what}"
            en "    {since} to {until} ({lasted})  {what}"
        /// One whose end nobody saw.
        AlarmUntilRestart { since: String, until: String, what: String }
            zh "    {since} 至 {until} 本机重启  {what}"
            en "    {since} to a restart of the box at {until}  {what}"
        /// One that holds.
        AlarmHolds { since: String, what: String }
            zh "    {since} 起，仍在  {what}"
            en "    since {since}, still on  {what}"
        /// The box does not run.
        CountersGone
            zh "本机没有运行，计数已随它消失；日志所知的告警："
            en "The box does not run, and its counters are gone with it. What the log knows of alarms:"
        /// The heading of the story.
        StoryOf { call: String }
            zh "呼叫 {call} 的经过（UTC）："
            en "The story of call {call} (UTC):"
        /// The heading of the ladders.
        Signalling
            zh "信令："
            en "Signalling:"
        /// The heading of one ladder.
        OnSpan { span: u16 }
            zh "在 {span} 号中继上："
            en "On span {span}:"
        /// What to do.
        Advice { advice: String }
            zh "              怎么办：{advice}"
            en "              What to do: {advice}"
        /// The box does not run.
        TracesGone
            zh "本机没有运行，信令跟踪已随它消失；日志所知的都在上面。"
            en "The box does not run, and its traces are gone with it; all that the log knows stands above."
    }
}

sentences! {
    /// What `sim` tells.
    pub enum Holding {
        /// The lines.
        Lines { path: String }
            zh "持有线路 {path}"
            en "holding lines {path}"
        /// The call table.
        CallTable { path: String }
            zh "持有通话表 {path}"
            en "holding the call table {path}"
        /// The box died, and is started again.
        StartsAgain { how: String, held: usize }
            zh "本机意外终止（{how}），即将重新启动；持有 {held} 个打开的文件"
            en "The box died ({how}) and is started again; {held} open files are held"
        /// There is no room for a line.
        Full { name: String }
            zh "没有地方再持有 {name}：重新启动时它的通话会中断。请报告此问题。"
            en "There is no room to hold {name}: its call will not outlive a restart. Please report this."
    }
}

sentences! {
    /// What `verify` tells.
    pub enum Verdict {
        /// Intact without a key.
        IntactSealed { recordings: u64, chunks: u64 }
            zh "完好（密封）：{recordings} 条录音，{chunks} 块"
            en "intact (sealed): {recordings} recordings, {chunks} chunks"
        /// Intact, and decrypted.
        IntactOpened { recordings: u64, chunks: u64 }
            zh "完好（已打开）：{recordings} 条录音，{chunks} 块"
            en "intact (opened): {recordings} recordings, {chunks} chunks"
        /// One finding.
        Finding { file: String, offset: u64, what: String }
            zh "{file}，第 {offset} 字节：{what}"
            en "{file}, octet {offset}: {what}"
        /// A recording that was erased.
        Erased { recording: String, call: String, rule: String, asked: u32, granted: u32 }
            zh "录音 {recording}（通话 {call}）已按规则“{rule}”删除：{asked} 号人员申请，{granted} 号人员批准"
            en "Recording {recording} of call {call}: erased by rule “{rule}”, asked by person {asked}, granted by person {granted}"
        /// A stretch that was erased.
        ErasedRange { recording: String, call: String, minutes: usize, gone: String, list: u64, asked: u32, granted: u32, reason: String }
            zh "录音 {recording}（通话 {call}）中 {gone} 之间的 {minutes} 个方分钟是有意删除的，按编号 {list} 的决定：{asked} 号人员申请，{granted} 号人员批准，理由：{reason}；其余照常核对"
            en "Recording {recording} of call {call}: {minutes} minutes of the parties concerned within {gone} were erased on purpose, by list {list}, asked by person {asked}, granted by person {granted}: {reason}. The rest is checked as ever"
        /// A file that says that it is under way.
        UnderWay { grave: String }
            zh "{grave}：有文件说正在删除，这不算凭证；本机启动时会先查日志再继续"
            en "{grave}: a file says that it is being erased, which is no evidence; a start asks the log before it goes on"
        /// Not intact.
        Damaged { findings: usize }
            zh "不完好：{findings} 处，见上"
            en "NOT intact: {findings} findings, listed above"
        /// Nothing there.
        Nothing { path: String }
            zh "{path} 里没有录音"
            en "There is no recording in {path}"
        /// Nothing of that day.
        NothingOfDay { day: String }
            zh "{day} 没有录音；日志完好"
            en "There is no recording of {day}; the log is intact"
        /// A file in no vault.
        Alone
            zh "只证明自身一致：这个文件不在录音库里，没有日志可对照。若有人连同全部校验值一起改写，这里查不出来"
            en "Self-consistent only: this file lies in no vault, so it is held to no log. Whoever rewrote it with all its hashes is not found"
        /// One recording of a vault.
        OneRecording { others: u64 }
            zh "检验了这一条录音与全部日志；另外 {others} 条录音、录音环与密钥表没有检验"
            en "Looked at: this recording, and the log whole. Not looked at: the others ({others}), the ring, the key tables"
        /// The recordings of one day.
        OneDay { day: String, from: String, to: String, others: u64 }
            zh "检验了 {day}（{from} 至 {to}，UTC）的录音与全部日志；按日志属于其他日子的 {others} 条录音与密钥表没有检验"
            en "Looked at: the recordings of {day}, from {from} to {to} UTC, and the log whole. Not looked at: those that are of other days by the log ({others}), and the key tables"
        /// The line of what had to be recorded.
        Required { required: u64, made: u64 }
            zh "按录音库日志：应录 {required} 通，已录 {made} 通"
            en "By the vault’s log {required} calls had to be recorded, and {made} are"
        /// Those without one.
        NotMade { count: usize, calls: String }
            zh "没有完成的录音（仍在进行，或缺失）{count} 通：{calls}"
            en "Without a finished recording (they go on, or are missing), {count}: {calls}"
        /// Of a day, those of which there is nothing.
        Lacks { count: usize, calls: String }
            zh "应录而录音库里什么都没有的通话 {count} 通：{calls}"
            en "Calls that had to be recorded and of which the vault holds nothing, {count}: {calls}"
        /// They are all that is wrong.
        LacksOfDay { day: String, count: usize }
            zh "不完整：{day} 缺少 {count} 通应录通话的录音，见上；其余与封存时一致"
            en "NOT complete: of {day} the recordings of {count} calls are missing, listed above; all else is as it was sealed"
        /// The one recording's leaf is signed.
        LeafSigned
            zh "这条录音的日志条目在最后一个签名根之内"
            en "The log’s leaf of this recording stands under its last signed root"
        /// It is not.
        LeafUnsigned
            zh "这条录音的日志条目在最后一个签名根之后：还没有签名覆盖它，能改写这些文件的人就能写出它"
            en "The log’s leaf of this recording stands behind its last signed root: no signature covers it yet, and whoever can write these files can write such a leaf"
        /// Erased, as leaves say that no root covers.
        ErasedUnsigned { recordings: String }
            zh "以下录音（或其中一段）的销毁只由最后一个签名根之后的日志条目说明，还没有签名覆盖：{recordings}"
            en "That these, or stretches of them, were erased is said by leaves behind the last signed root alone, which no signature covers yet: {recordings}"
        /// It is a copy.
        OfCopy { unfinished: u64 }
            zh "这是副本：没有密钥半份，单凭它打不开录音；当时尚未结束的录音 {unfinished} 个，不在其中"
            en "This is a copy: without the vault’s halves of the keys it opens nothing. Recordings that were not finished yet, and are not in it: {unfinished}"
        /// What it has of the event log.
        Chapters { count: u64, last: u64, settings: u64 }
            zh "事件日志：{count} 章，到第 {last} 个事件；设置：{settings} 个版本。都已封存，由恢复密钥的两份份额打开"
            en "Event log: {count} chapters, to event {last}; settings: {settings} versions. All sealed: two shares of the recovery key open them"
        /// No root was given.
        SelfConsistentOnly
            zh "只证明自身一致：没有给出外部日志根（--root）"
            en "Self-consistent only: no root from outside was given (--root)"
        /// Not even the box's own root covers these.
        Unsigned { leaves: u64 }
            zh "日志有 {leaves} 条在最后一个签名根之后：它们还没有签名可对照，能改写这些文件的人就能写出它们"
            en "{leaves} leaves of the log stand behind its last signed root: no signature covers them yet, and whoever can write these files can write such leaves"
        /// A root was given.
        HeldToOutside { leaves: u64 }
            zh "已对照外部日志根：包含 {leaves} 条"
            en "Held to a root from outside, which covers {leaves} leaves"
        /// Whose vault it is.
        Certificate { fingerprint: String }
            zh "录音库证书指纹：{fingerprint}"
            en "Fingerprint of the vault's certificate: {fingerprint}"
    }
}

sentences! {
    /// What `settings` tells.
    pub enum Changed {
        /// Which version `show` shows.
        Shown { version: u32 }
            zh "第 {version} 版"
            en "version {version}"
        /// It holds.
        Applied { version: u32 }
            zh "第 {version} 版设置已生效。"
            en "Version {version} of the settings holds from now on."
        /// It holds for what begins.
        WhenIdle { version: u32 }
            zh "第 {version} 版设置对此后开始的通话生效；正在进行的通话与线路空闲后改用。"
            en "Version {version} of the settings holds for what begins from now on; calls and lines in use change when they are idle."
        /// A part needs a start.
        NeedsRestart { version: u32 }
            zh "第 {version} 版设置已保存；其中一部分在重启 ringfence run 后才生效，其余已生效。"
            en "Version {version} of the settings is kept; part of it holds only after `ringfence run` was started again, the rest from now on."
        /// It would hold.
        WouldApply
            zh "可以应用，会立即生效。没有更改任何内容。"
            en "It can be applied, and would hold at once. Nothing has changed."
        /// It would hold for what begins.
        WouldWhenIdle
            zh "可以应用，会对此后开始的通话生效；正在进行的通话与线路空闲后改用。没有更改任何内容。"
            en "It can be applied, and would hold for what begins then; calls and lines in use would change when they are idle. Nothing has changed."
        /// A part would need a start.
        WouldNeedRestart
            zh "可以应用，但其中一部分在重启 ringfence run 后才生效。没有更改任何内容。"
            en "It can be applied, but part of it would hold only after `ringfence run` was started again. Nothing has changed."
    }
}
