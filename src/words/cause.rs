//! Causes of Q.850 in words that an administrator can act on.

use isdn::Cause;

use super::Language;

/// A cause with its number: `the called party is busy (17)`.
pub fn cause(cause: Cause, language: Language) -> String {
    let number = cause.number();
    match (words(number), language) {
        (Some((zh, _)), Language::Chinese) => format!("{zh}（{number}）"),
        (Some((_, en)), Language::English) => format!("{en} ({number})"),
        (None, Language::Chinese) => format!("原因 {number}"),
        (None, Language::English) => format!("cause {number}"),
    }
}

/// Q.850 Table 1, in the words of an administrator rather than of the standard.
fn words(number: u8) -> Option<(&'static str, &'static str)> {
    Some(match number {
        1 => ("空号", "no such number"),
        2 => ("无路由到所指转接网", "no route to the wanted transit network"),
        3 => ("无路由到被叫", "no route to the called party"),
        6 => ("信道不可用", "channel unacceptable"),
        8 => ("让出线路", "gave way to a more urgent call"),
        16 => ("正常挂断", "normal clearing"),
        17 => ("被叫忙", "the called party is busy"),
        18 => ("被叫无响应", "the called side does not respond"),
        19 => ("振铃无人接听", "it rang and nobody answered"),
        20 => ("被叫不在网", "the called party is absent"),
        21 => ("呼叫被拒绝", "the call was refused"),
        22 => ("号码已改", "the number has changed"),
        26 => ("未选中的用户被清除", "another party was chosen"),
        27 => ("被叫线路故障", "the called party's line is out of order"),
        28 => ("号码不全或格式不对", "the number is incomplete or malformed"),
        29 => ("业务被拒绝", "the wanted service was refused"),
        30 => ("状态询问的回答", "answer to a status enquiry"),
        31 => ("正常，未说明", "normal, not specified"),
        34 => ("没有空闲信道", "no channel is free"),
        38 => ("网络故障", "the network is out of order"),
        41 => ("临时故障", "a temporary failure"),
        42 => ("交换机拥塞", "the exchange is congested"),
        43 => ("附加信息被丢弃", "additional information was dropped"),
        44 => ("所要信道不可用", "the wanted channel is not available"),
        47 => ("资源不可用", "no resource is available"),
        50 => ("所要业务未开通", "the wanted service is not subscribed"),
        57 => ("无权使用该承载业务", "no right to this kind of connection"),
        58 => ("该承载业务目前不可用", "this kind of connection is not available now"),
        63 => ("业务不可用", "the service is not available"),
        65 => ("不支持该承载业务", "this kind of connection is not supported"),
        69 => ("不支持该业务", "the service is not supported"),
        79 => ("业务未实现", "the service is not implemented"),
        81 => ("无效的呼叫参考", "an unknown call reference"),
        82 => ("信道不存在", "the channel does not exist"),
        88 => ("终端不兼容", "the far terminal does not fit"),
        96 => ("缺少必备信息", "a message lacked a mandatory part"),
        97 => ("不认识的消息", "an unknown message"),
        98 => ("消息与状态不符", "a message that does not fit the call's state"),
        99 => ("不认识的信息单元", "an unknown part of a message"),
        100 => ("信息内容无效", "a part of a message has wrong contents"),
        101 => ("消息与呼叫状态不符", "a message out of turn"),
        102 => ("定时器超时", "a timer ran out: the far side did not answer in time"),
        111 => ("协议错误", "a protocol error"),
        127 => ("互通，原因不明", "a network beyond gave no reason"),
        _ => return None,
    })
}
