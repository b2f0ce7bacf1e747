//! The table behind [`cause`](super::cause()): each number of ITU-T Q.850, table 1, in the words of an administrator rather
//! than of the standard: what it is called, and what to do.
//!
//! Sources of the meanings: ITU-T Q.850 (10/2018), clause 2.2.7; EN 300 485. `{channel}` stands for the channel in
//! question, by its number where that is known.

/// One cause in words.
pub(super) struct Row {
    pub(super) number: u8,
    /// What it is called.
    pub(super) zh: &'static str,
    pub(super) en: &'static str,
    /// What to do.
    pub(super) act_zh: &'static str,
    pub(super) act_en: &'static str,
}

const fn row(
    number: u8,
    (zh, en): (&'static str, &'static str),
    (act_zh, act_en): (&'static str, &'static str),
) -> Row {
    Row { number, zh, en, act_zh, act_en }
}

/// The causes that Q.850 names.
pub(super) const ROWS: &[Row] = &[
    row(
        1,
        ("空号", "no such number"),
        (
            "核对所拨号码；若号码无误，查本中继的号码改写规则（区号、字冠 0）。",
            "Check the number that was dialled; if it is right, check this trunk's number rules (area code, leading 0).",
        ),
    ),
    row(
        2,
        ("无路由到所指转接网", "no route to the wanted transit network"),
        (
            "向运营商询问所选的转接网；或在设置里取消选网字冠。",
            "Ask the carrier about the transit network that was chosen, or drop its prefix in the settings.",
        ),
    ),
    row(
        3,
        ("无路由到被叫", "no route to the called party"),
        (
            "运营商不知道怎样到达该号码：请运营商查该号段的路由。",
            "The carrier does not know the way to this number: ask them for the route of its range.",
        ),
    ),
    row(
        4,
        ("发送特殊信息音", "special information tone"),
        (
            "对方网络以提示音说明原因：请回拨听提示音。",
            "The far network explains itself by a tone or announcement: dial the number once more and listen.",
        ),
    ),
    row(
        5,
        ("误拨长途字冠", "a trunk prefix was dialled where none belongs"),
        (
            "去掉号码前的 0 再拨；常拨该号码时，改号码改写规则。",
            "Dial without the leading 0; where that happens often, change the trunk's number rules.",
        ),
    ),
    row(
        6,
        ("信道不可用", "channel unacceptable"),
        (
            "两端对 {channel} 的看法不同：核对两端启用的信道与编号方式（1–30 或 1–31）。",
            "The two ends disagree about {channel}: compare which channels both have in use and how they count them (1–30 or 1–31).",
        ),
    ),
    row(
        7,
        ("呼叫已接到已建立的信道", "the call was given to a channel that is already up"),
        (
            "无需处理；若反复出现，请运营商查其交换机的设置。",
            "Nothing to do; if it comes again and again, have the carrier look at their exchange.",
        ),
    ),
    row(
        8,
        ("让出线路", "gave way to a more urgent call"),
        (
            "紧急呼叫占用了线路：稍后重拨。若经常发生，增加线路。",
            "An emergency call took the channel: dial again later. If that happens often, more channels are needed.",
        ),
    ),
    row(
        9,
        ("让出线路，电路保留", "gave way, and the circuit is kept for the other call"),
        (
            "线路已留给更紧急的呼叫：等它结束后重拨。",
            "The circuit is kept for a more urgent call: dial again when that is over.",
        ),
    ),
    row(
        14,
        ("号码已携出", "the number was ported to another network"),
        ("请运营商更新携号数据。", "Ask the carrier to bring their number portability data up to date."),
    ),
    row(16, ("正常挂断", "normal clearing"), ("无需处理：有一方挂断了。", "Nothing to do: one of the two hung up.")),
    row(
        17,
        ("被叫忙", "the called party is busy"),
        (
            "稍后重拨；常遇忙时，请对方增加线路或转移。",
            "Dial again later; where it is always busy, ask the party for more lines or a diversion.",
        ),
    ),
    row(
        18,
        ("被叫无响应", "the called side does not respond"),
        (
            "对方设备没有回应：来话时查接在该中继后的交换机是否运行；去话时请运营商查被叫线路。",
            "The called equipment said nothing: for calls to your own exchange see that it runs; for calls out ask the carrier about the called line.",
        ),
    ),
    row(
        19,
        ("振铃无人接听", "it rang and nobody answered"),
        ("稍后重拨，或请对方设置无应答转移。", "Dial again later, or ask the party to divert when nobody answers."),
    ),
    row(
        20,
        ("被叫不在网", "the called party is absent"),
        ("对方手机关机或不在服务区：稍后再试。", "The mobile telephone is off or out of reach: try again later."),
    ),
    row(
        21,
        ("呼叫被拒绝", "the call was refused"),
        (
            "对方或其网络不接这个呼叫：查本端送出的主叫号码是否正确、是否被标记或限制。",
            "The party or their network does not take this call: see that the calling number sent is one of yours and is neither withheld nor marked as unwanted.",
        ),
    ),
    row(
        22,
        ("号码已改", "the number has changed"),
        (
            "向对方询问新号码，并更新通讯录和号码表。",
            "Ask the party for the new number and correct directories and number tables.",
        ),
    ),
    row(
        23,
        ("改到新的被叫", "redirected to a new destination"),
        ("无需处理：网络把呼叫转到了新的号码。", "Nothing to do: the network leads the call to its new destination."),
    ),
    row(
        24,
        ("被叫的业务拒绝了呼叫", "refused by a feature of the called party"),
        (
            "对方设了拒接（例如拒接匿名来电）：显示主叫号码后再拨。",
            "The called party has a bar, such as one against withheld numbers: show your number and dial again.",
        ),
    ),
    row(
        25,
        ("交换机选路错误", "the exchange made a routing error"),
        (
            "运营商内部选路出错：报修并告知时间与被叫号码。",
            "The carrier's own routing went wrong: report it with the time and the number.",
        ),
    ),
    row(
        26,
        ("未选中的用户被清除", "another party was chosen"),
        ("无需处理：同组的另一方接了这个呼叫。", "Nothing to do: another member of the group took the call."),
    ),
    row(
        27,
        ("被叫线路故障", "the called party's line is out of order"),
        (
            "对方线路断了：换一个号码联系对方，或请其报修。若是本端中继，查线缆与数据链路告警。",
            "The line at the far end is down: reach the party by another number. If it is a span of this box, see its cable and data link alarms.",
        ),
    ),
    row(
        28,
        ("号码不全或格式不对", "the number is incomplete or malformed"),
        (
            "拨全号码；若号码完整，查号码改写规则与号码类型（国内、国际）。",
            "Dial the whole number; if it is whole, check the trunk's number rules and the type of number (national, international).",
        ),
    ),
    row(
        29,
        ("业务被拒绝", "the wanted service was refused"),
        (
            "向运营商核对该补充业务是否开通。",
            "Ask the carrier whether this supplementary service is ordered for the line.",
        ),
    ),
    row(
        30,
        ("状态询问的回答", "answer to a status enquiry"),
        ("无需处理：两端在核对通话状态。", "Nothing to do: the two ends compared what they know of the call."),
    ),
    row(
        31,
        ("正常，未说明", "normal, not specified"),
        (
            "多为正常结束；若通话没有接通，请运营商查该时刻的信令。",
            "Mostly a normal end; if the call never got through, ask the carrier what their signalling says of that moment.",
        ),
    ),
    row(
        34,
        ("没有空闲信道", "no channel is free"),
        (
            "所有信道都占满：查是否有信道被闭塞；常占满时增加线路。",
            "All channels are taken: see whether some are blocked; if it is often so, order more.",
        ),
    ),
    row(
        38,
        ("网络故障", "the network is out of order"),
        (
            "查本中继的告警；没有告警时向运营商报修。",
            "Look at the alarms of this span; where there is none, report a fault to the carrier.",
        ),
    ),
    row(
        39,
        ("永久帧连接停用", "a permanent frame connection is out of service"),
        (
            "语音线路上不应出现：请运营商核对该线路的业务种类。",
            "It has no place on a line for voices: ask the carrier what kind of line they provide.",
        ),
    ),
    row(
        40,
        ("永久帧连接可用", "a permanent frame connection is operational"),
        (
            "语音线路上不应出现，但不影响通话：可告知运营商。",
            "It has no place on a line for voices, but harms no call: tell the carrier if you like.",
        ),
    ),
    row(
        41,
        ("临时故障", "a temporary failure"),
        (
            "重拨一次；反复出现时，查本机是否刚重启过，再向运营商报修。",
            "Dial again; if it keeps coming, see whether the box was restarted just then, and else report it to the carrier.",
        ),
    ),
    row(
        42,
        ("交换机拥塞", "the exchange is congested"),
        (
            "运营商的交换机忙不过来：过几分钟再拨；每天同时段出现时向运营商反映。",
            "The carrier's exchange has too much to do: dial again in some minutes; if it comes at the same hour every day, tell them.",
        ),
    ),
    row(
        43,
        ("附加信息被丢弃", "additional information was dropped"),
        (
            "通话不受影响；若缺少子地址或用户信息，请运营商开通其传送。",
            "The call goes on; if a subaddress or user information is missing, have the carrier let it through.",
        ),
    ),
    row(
        44,
        ("所要信道不可用", "the wanted channel is not available"),
        (
            "交换机认为 {channel} 已被占用：询问运营商该信道是否闭塞；交换机再次使用它时，本机自动恢复使用。",
            "The exchange thinks that {channel} is in use: ask the carrier whether it is blocked there; the box takes it back as soon as the exchange uses it.",
        ),
    ),
    row(
        46,
        ("因优先级被阻", "blocked by calls of higher precedence"),
        ("更高优先级的呼叫占着线路：稍后重拨。", "Calls of higher precedence hold the lines: dial again later."),
    ),
    row(
        47,
        ("资源不可用", "no resource is available"),
        (
            "对方设备缺少资源，未说明是哪种：重拨；反复出现时请运营商查。",
            "Some resource is lacking and nobody says which: dial again; if it stays, ask the carrier to look.",
        ),
    ),
    row(
        49,
        ("服务质量不可用", "the wanted quality is not available"),
        ("请运营商核对该线路约定的质量等级。", "Compare with the carrier which quality was agreed for the line."),
    ),
    row(
        50,
        ("所要业务未开通", "the wanted service is not subscribed"),
        (
            "向运营商申请开通该业务，或在设置里停用它。",
            "Order the service from the carrier, or switch it off in the settings.",
        ),
    ),
    row(
        52,
        ("呼出被限制", "calls out are barred"),
        (
            "本线路不许呼出到该号码：请运营商解除限呼。",
            "This line may not call there: ask the carrier to lift the bar.",
        ),
    ),
    row(
        53,
        ("闭合用户群内禁止呼出", "calls out are barred within the closed user group"),
        ("请管理该闭合用户群的单位放开呼出。", "Ask who keeps the closed user group to allow calls out of it."),
    ),
    row(
        54,
        ("呼入被限制", "calls in are barred"),
        (
            "被叫线路不许呼入：请对方或其运营商解除限制。",
            "The called line takes no calls: ask the party or their carrier to lift the bar.",
        ),
    ),
    row(
        55,
        ("闭合用户群内禁止呼入", "calls in are barred within the closed user group"),
        ("请管理该闭合用户群的单位放开呼入。", "Ask who keeps the closed user group to allow calls into it."),
    ),
    row(
        57,
        ("无权使用该承载业务", "no right to this kind of connection"),
        (
            "线路未开通这种连接（如 3.1 kHz 音频）：请运营商开通。",
            "The line is not entitled to this kind of connection (such as 3.1 kHz audio): have the carrier add it.",
        ),
    ),
    row(
        58,
        ("该承载业务目前不可用", "this kind of connection is not available now"),
        (
            "现在没有可用的这类电路：过一会儿再拨。",
            "No circuit of this kind is free at the moment: dial again in a while.",
        ),
    ),
    row(
        62,
        ("接入信息与用户类别矛盾", "the call does not fit the caller's class"),
        ("请运营商核对本线路的用户类别。", "Have the carrier check the class of this line."),
    ),
    row(
        63,
        ("业务不可用", "the service is not available"),
        (
            "对方网络暂不能提供，未说明原因：重拨；持续时请运营商查。",
            "The network can't provide it and does not say why: dial again, and ask the carrier if it lasts.",
        ),
    ),
    row(
        65,
        ("不支持该承载业务", "this kind of connection is not supported"),
        (
            "对方不接这种呼叫（例如把数据呼叫打到了话机）：核对拨打的设备。",
            "The other side does not take this kind of call, such as data to a telephone: check which equipment calls.",
        ),
    ),
    row(
        66,
        ("不支持该信道类型", "this type of channel is not supported"),
        (
            "核对两端的线路类型：本机只用 64 kbit/s 的 B 信道。",
            "Compare the line types of both ends: the box uses B-channels of 64 kbit/s only.",
        ),
    ),
    row(
        69,
        ("不支持该业务", "the service is not supported"),
        (
            "对方交换机没有这项补充业务：在设置里对该中继停用它。",
            "The far exchange does not have this supplementary service: switch it off for this trunk in the settings.",
        ),
    ),
    row(
        70,
        ("只有受限数字信息", "only restricted digital information is available"),
        (
            "路由上有 56 kbit/s 的旧设备：语音不受影响；数据呼叫请换路由。",
            "There is old equipment of 56 kbit/s on the way: voices don't mind; data calls need another route.",
        ),
    ),
    row(
        79,
        ("业务未实现", "the service is not implemented"),
        (
            "对方没有实现所要的功能：核对两端的协议类型（方言）。",
            "The far end does not implement what was asked: compare the dialect set at both ends.",
        ),
    ),
    row(
        81,
        ("无效的呼叫参考", "an unknown call reference"),
        (
            "一端已忘掉这个通话，多在重启之后：无需处理；反复出现时导出信令跟踪交给运营商。",
            "One end no longer knew of the call, mostly after a restart: nothing to do; if it keeps coming, give the carrier this span's trace.",
        ),
    ),
    row(
        82,
        ("信道不存在", "the channel does not exist"),
        (
            "对方没有 {channel}：把本中继启用的信道改成与对方一致。",
            "The far end has no such thing as {channel}: set the channels of this trunk as the far end has them.",
        ),
    ),
    row(
        83,
        ("挂起的通话标识不符", "a suspended call exists, but under another identity"),
        (
            "本机不挂起通话：查另一端设备的操作。",
            "The box suspends no calls: see what the equipment at the other end did.",
        ),
    ),
    row(
        84,
        ("通话标识已占用", "the call identity is in use"),
        ("在另一端换一个通话标识再挂起。", "Let the other end choose another identity before it suspends the call."),
    ),
    row(
        85,
        ("没有挂起的通话", "no call is suspended"),
        ("要恢复的通话已经不在：重新拨打。", "The call that was to be resumed is gone: dial it anew."),
    ),
    row(
        86,
        ("挂起的通话已清除", "the suspended call has been cleared"),
        (
            "通话在挂起期间结束了：需要时重新拨打。",
            "The call ended while it was suspended: dial anew if it is still wanted.",
        ),
    ),
    row(
        87,
        ("不是闭合用户群成员", "not a member of the closed user group"),
        ("请管理该闭合用户群的单位加入本号码。", "Ask who keeps the closed user group to add this number."),
    ),
    row(
        88,
        ("终端不兼容", "the far terminal does not fit"),
        (
            "被叫是另一种设备（传真、数据或可视终端）：核对号码，或改送的承载业务。",
            "The called equipment is of another kind (fax, data, video): check the number, or the kind of connection that is asked for.",
        ),
    ),
    row(
        90,
        ("闭合用户群不存在", "the closed user group does not exist"),
        ("核对所用的闭合用户群编号。", "Check the number of the closed user group that was used."),
    ),
    row(
        91,
        ("转接网选择无效", "the choice of transit network is not valid"),
        ("核对选网字冠，运营商不认识它。", "Check the prefix that chooses the network: the carrier does not know it."),
    ),
    row(
        95,
        ("无效消息", "an invalid message"),
        (
            "两端的协议对不上：核对方言设置，并把信令跟踪交给运营商。",
            "The two ends speak different protocols: check the dialect, and give the carrier this span's trace.",
        ),
    ),
    row(
        96,
        ("缺少必备信息", "a message lacked a mandatory part"),
        (
            "多为方言设置不同：核对方言；仍出现时导出跟踪，里面写明缺哪一部分。",
            "Mostly a wrong dialect: check it; if it stays, export the trace, which says what part was missing.",
        ),
    ),
    row(
        97,
        ("不认识的消息", "an unknown message"),
        (
            "一端发了另一端没有的消息：核对方言；通话一般不受影响。",
            "One end sent a message that the other does not have: check the dialect; calls mostly go on.",
        ),
    ),
    row(
        98,
        ("消息与状态不符", "a message that does not fit the call's state"),
        (
            "两端对通话的状态看法不一：若伴随掉话，导出跟踪交给运营商。",
            "The ends disagree how far the call was: where calls are lost by it, give the trace to the carrier.",
        ),
    ),
    row(
        99,
        ("不认识的信息单元", "an unknown part of a message"),
        (
            "对方发来本方言没有的内容：若因此拒接，核对方言。",
            "There was a part that the dialect does not have: if calls are refused for it, check the dialect.",
        ),
    ),
    row(
        100,
        ("信息内容无效", "a part of a message has wrong contents"),
        (
            "核对号码类型、信道编号和方言；跟踪里写明是哪一部分。",
            "Check types of numbers, the count of channels and the dialect; the trace says which part it was.",
        ),
    ),
    row(
        101,
        ("消息与呼叫状态不符", "a message out of turn"),
        (
            "消息来得太早或太晚，多因线路误码：查本中继的误码与告警。",
            "A message came too early or too late, often after line errors: look at the alarms and errors of this span.",
        ),
    ),
    row(
        102,
        ("定时器超时", "a timer ran out: the far side did not answer in time"),
        (
            "对方没有按时回应：查当时的数据链路与告警；反复出现时把跟踪交给运营商。",
            "The far side was silent for too long: look at the data link and its alarms of that time; if it repeats, give the carrier the trace.",
        ),
    ),
    row(
        103,
        ("不认识的参数已透传", "an unknown parameter was passed on"),
        ("通话不受影响，无需处理。", "The call is not touched by it; nothing to do."),
    ),
    row(
        110,
        ("带不认识参数的消息被丢弃", "a message with an unknown parameter was dropped"),
        (
            "中途的网络丢了一条消息：若伴随失败，请运营商查。",
            "A network on the way dropped a message: where calls fail by it, ask the carrier.",
        ),
    ),
    row(
        111,
        ("协议错误", "a protocol error"),
        (
            "核对方言与角色；持续出现时导出跟踪，连同时间交给运营商。",
            "Check dialect and role; if it lasts, export the trace and give it to the carrier with the time.",
        ),
    ),
    row(
        127,
        ("互通，原因不明", "a network beyond gave no reason"),
        (
            "呼叫离开了 ISDN，那边不说明原因：重拨；持续时请运营商沿路由查。",
            "The call left the ISDN and the network there tells no reason: dial again; if it lasts, have the carrier follow the route.",
        ),
    ),
];
