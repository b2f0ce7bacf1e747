//! What the demo tells: who plays the outside, each step, and how it ended.

use super::sentence::sentences;

sentences! {
    /// The steps of the demo.
    pub enum Step {
        OwnExchange
            zh "交换机：本机自带的模拟交换机（同一套 Q.931 代码，网络侧）。要用外部交换机，请给 --exchange 程序。"
            en "Exchange: our own, simulated (the same Q.931 code in the network role). For one that is not ours: --exchange PROGRAM."
        OutsideExchange { program: String }
            zh "交换机：{program}，独立进程，不是本机的代码"
            en "Exchange: {program}, a process of its own and none of our code"
        Starting { folder: String }
            zh "启动本机，数据在 {folder}"
            en "Starting the box; its data is in {folder}"
        BoxSays { line: String }
            zh "本机：{line}"
            en "box: {line}"
        LinkUp
            zh "信令通道已通"
            en "The D-channel is up"
        Places { from: String, to: String }
            zh "外线主叫 {from} 拨打 {to}"
            en "Outside, {from} dials {to}"
        Answered
            zh "本机应答，主叫听到语音菜单"
            en "The box answers; the caller hears the menu"
        Presses { keys: String }
            zh "主叫在音频里按 {keys}（双音频）"
            en "The caller presses {keys}, as tones in the audio"
        Rings { label: String }
            zh "电话“{label}”振铃"
            en "Telephone “{label}” rings"
        Lifts { label: String }
            zh "有人摘起“{label}”"
            en "Someone lifts the handset of “{label}”"
        BothTalk { seconds: u64 }
            zh "双方通话 {seconds} 秒"
            en "Both talk for {seconds} seconds"
        CallerHangsUp
            zh "主叫挂机"
            en "The caller hangs up"
        HearsBusy { label: String }
            zh "“{label}”听到忙音，放回听筒"
            en "“{label}” hears busy tone, and is put down"
        Fact { at: String, sentence: String }
            zh "  {at}  {sentence}"
            en "  {at}  {sentence}"
        Cdr { line: String }
            zh "话单：{line}"
            en "CDR: {line}"
        Verified { line: String }
            zh "检验（另一进程）：{line}"
            en "verify (another process): {line}"
        Done { seconds: String }
            zh "演示通话成功，用时 {seconds}"
            en "The call went all the way through, in {seconds}"
        WentOtherwise { step: String }
            zh "这通电话没有照原样进行：{step}；接着是下一通"
            en "That call went otherwise: {step}; the next one follows"
        GoesOn
            zh "此后不断有电话打入；按 Ctrl-C 结束"
            en "Calls keep coming from now on; Ctrl-C ends it"
        Restarted
            zh "本机程序意外退出，已重新启动"
            en "The box’s program ended unexpectedly; it was started again"
        Stopping
            zh "正在结束通话并封存录音"
            en "Ending calls and closing recordings"
    }
}

sentences! {
    /// A step of the demo that did not come.
    pub enum Failed {
        NotReady
            zh "本机没有就绪"
            en "the box did not become ready"
        NoLink
            zh "信令通道没有接通"
            en "the D-channel did not come up"
        NotAnswered
            zh "来电没有被应答"
            en "the call was not answered"
        NoRing
            zh "没有电话振铃"
            en "no telephone rang"
        NotBridged
            zh "双方没有接通"
            en "the two parties were not joined"
        NoBusyTone
            zh "主叫挂机后，电话没有听到忙音"
            en "the telephone heard no busy tone after the caller had hung up"
        NoRecording
            zh "录音没有封存完成"
            en "the recording was not closed"
        NotIntact
            zh "录音检验不完好"
            en "the recording does not verify"
        NotStopped
            zh "本机没有正常结束"
            en "the box did not stop cleanly"
    }
}
