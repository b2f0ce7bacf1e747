//! Alarms in words: what, where, and what to do.

use frame::{LaneId, Timeslot};

use super::{Language, Names, sentence::sentences};
use crate::journal::{Alarm, CardDifference, CopyFault, PortFault, RoomFault, SoundFault, Store};

/// An alarm as a sentence.
pub fn alarm(alarm: &Alarm, language: Language, names: &dyn Names) -> String {
    sentence(alarm, language, names).say(language)
}

sentences! {
    /// What is wrong, and what to do.
    pub enum Wrong {
        SpanRed { span: String }
            zh "{span} 收不到信号（红色告警）。查线缆与对端；对端正常时向运营商报修。"
            en "{span} receives no signal (RED). Check the cable and the far end; if both are good, call the carrier."
        SpanUnframed { span: String }
            zh "{span} 有信号，但帧不同步（红色告警）。核对两端的线路类型（E1 或 T1）、编码与 CRC-4 是否一致；一致时向运营商报修。"
            en "{span} receives a signal without its framing (RED). Check that both ends agree on E1 or T1, coding and CRC-4; if they do, call the carrier."
        SpanYellow { span: String }
            zh "{span} 的对端收不到本机信号（黄色告警）。查本机到对端方向的线缆。"
            en "{span}: the far end receives nothing from here (YELLOW). Check the cable in that direction."
        SpanBlue { span: String }
            zh "{span} 线路中间的设备在发全 1（蓝色告警）。向运营商报修。"
            en "{span}: equipment on the way sends all ones (BLUE). Call the carrier."
        DataLinkDown { span: String }
            zh "{span} 信号正常，但信令通道不通。核对 D 信道时隙与角色；仍不通时向运营商报修。"
            en "{span} has signal, but its D-channel is down. Check the D-channel's timeslot and the role; then call the carrier."
        BackupDChannel { primary: String, backup: String }
            zh "正在使用备用 D 信道：线路 {backup}。主用的在 {primary} 上，已不通，没有别的可以接替了。检查 {primary} 的线缆，再向运营商报修；修好后由它等着接替，信令仍走 {backup}。"
            en "Backup D-channel in use: line {backup}. The primary one, on {primary}, is down, and nothing is left to take over. Check the cable of {primary}, then call the carrier. Once repaired it waits to take over; signalling stays on {backup}."
        SameRole { span: String }
            zh "{span} 两端角色相同：都是网络侧，或都是用户侧。请在设置里把本端改为另一种角色（用户或网络）。"
            en "{span}: both ends are network side, or both are user side. Change this end's role (user or network) in the settings."
        SpanLooped { span: String }
            zh "{span} 听到自己发出的信令：插着环回头？取下它，或请运营商撤销环回。"
            en "{span} hears itself: a loop plug? Take it out, or ask the carrier to remove the loop."
        ChannelBlocked { channel: String }
            zh "{channel} 暂停使用：对端没有确认它已空闲。对端一使用它就自动恢复；也可重启这条中继，仍不行时向运营商询问该信道。"
            en "{channel} is not used: the far end did not confirm that it is free. It comes back as soon as the far end uses it; or restart the span, and ask the carrier about the channel if that does not help."
        RestartIgnored { channel: String }
            zh "{channel} 暂停使用：对端不理会它的重新启动（RESTART）。对端一使用它就自动恢复；向运营商询问该信道是否闭塞。"
            en "{channel} is not used: the far end ignored its RESTART. It comes back as soon as the far end uses it; ask the carrier whether the channel is blocked there."
        ChannelOutOfServiceFar { channel: String }
            zh "{channel} 被对端停用，不承载呼叫。向对端询问原因；对端恢复后自动可用。"
            en "{channel} was taken out of service by the far end and carries no call. Ask them why; it comes back when they put it back."
        ChannelOutOfServiceNear { channel: String }
            zh "{channel} 被本端停用，不承载呼叫，直到在本端恢复。"
            en "{channel} was taken out of service at this end and carries no call until it is put back here."
        SpanBlocked { span: String }
            zh "{span} 的所有信道都暂停使用：对端没有确认它们已空闲。可重启这条中继；仍不行时向运营商询问。"
            en "No channel of {span} is used: the far end did not confirm that they are free. Restart the span, and ask the carrier if that does not help."
        SpanRestartIgnored { span: String }
            zh "{span} 的所有信道都暂停使用：对端不理会重新启动（RESTART）。对端使用哪个信道，哪个就自动恢复；向运营商询问这条中继是否闭塞。"
            en "No channel of {span} is used: the far end ignored their RESTART. Each comes back as soon as the far end uses it; ask the carrier whether the span is blocked there."
        SpanOutOfServiceFar { span: String }
            zh "{span} 的所有信道都被对端停用，不承载呼叫。向对端询问原因；对端恢复后自动可用。"
            en "All channels of {span} were taken out of service by the far end and carry no call. Ask them why; they come back when they put them back."
        SpanOutOfServiceNear { span: String }
            zh "{span} 的所有信道都被本端停用，不承载呼叫，直到在本端恢复。"
            en "All channels of {span} were taken out of service at this end and carry no call until they are put back here."
        LeftOffHook { port: String }
            zh "{port} 摘机未挂。请把听筒放好。"
            en "{port} was left off the hook. Put the handset back."
        NoBattery { port: String }
            zh "{port} 没有馈电，本机侧正常。查线缆，或向运营商报修。"
            en "{port} has no battery; this side is good. Check the cable, or call the carrier."
        PortNoDialTone { port: String }
            zh "{port} 有馈电但没有拨号音（测试时，或连续两次呼出时）。查并联的电话；没有时向运营商询问是否停机。可在页面“设备”上测试。"
            en "{port} is fed and gave no dial tone, in its test or to two calls in a row. Look for a telephone on the same pair; else ask the carrier whether it is barred. It can be tested on the page Box."
        PortLetGo { port: String }
            zh "{port} 测试时交换机立刻释放了线路。再测一次；仍如此时向运营商询问。"
            en "{port}: the exchange let the line go at once when it was tested. Test again; ask the carrier if it does so again."
        PortLoudEcho { port: String }
            zh "{port} 回声过大，或比平时大得多：增益或阻抗不对，或线缆有变。在机型文件里降低增益，或选本国的阻抗，再测一次。页面“设备”上有数值与历次测试。"
            en "{port} has too loud an echo, or a much louder one than usual: gain or impedance are wrong, or something about the cable is another. Lower the gain in the board file, or set the country's impedance, and test again. The page Box has the numbers, and those of earlier tests."
        PortNoisy { port: String }
            zh "{port} 无人说话时噪声过大，或比平时大得多。查线缆的屏蔽、接地与受潮；本院内无误时向运营商报修。页面“设备”上有数值与历次测试。"
            en "{port} is noisy when nobody speaks, or much more so than usual. Check the cable for damp, screen and ground; if the house's part is good, call the carrier. The page Box has the numbers, and those of earlier tests."
        PortNoSound { port: String }
            zh "{port} 测试时板卡没有送来声音。查看板卡的告警；没有时重启本机，仍如此时更换板卡。"
            en "{port}: the card brought no sound when it was tested. Look at the card's alarms; without any restart the box, and replace the card if that does not help."
        SoundMissing { port: String, device: String }
            zh "{port} 的音频设备 {device} 不在。请插上它，插上后自动恢复；已插上时，把板卡文件中的名字与 arecord -L 列出的名字核对。"
            en "The sound device {device} of {port} is not there. Plug it in; the box finds it by itself. If it is plugged in, compare its name in the board file with what `arecord -L` lists."
        SoundBusy { port: String, device: String }
            zh "{port} 的音频设备 {device} 被别的程序占用。关闭那个程序（fuser -v /dev/snd/* 可以找到它），之后自动恢复。"
            en "Another program has the sound device {device} of {port}. End that program (`fuser -v /dev/snd/*` finds it); the box takes the device as soon as it is free."
        SoundNotAllowed { port: String, device: String }
            zh "本机无权打开 {port} 的音频设备 {device}。把运行 ringfence 的用户加入 audio 组，再重启服务。"
            en "The box may not open the sound device {device} of {port}. Add the user that ringfence runs as to the group audio, then restart the service."
        SoundUnfit { port: String, device: String }
            zh "{port} 的音频设备 {device} 给不出 8 kHz 单声道、每块 10 毫秒的声音。在板卡文件中用 plughw: 开头的名字。"
            en "The sound device {device} of {port} does not give 8 kHz mono in blocks of 10 ms. In the board file, name it with plughw: in front."
        SoundFailing { port: String, device: String }
            zh "{port} 的音频设备 {device} 出错。拔下再插；仍出错时更换。"
            en "The sound device {device} of {port} fails. Unplug it and plug it in again; then replace it."
        CardGone { card: String }
            zh "板卡 {card} 没有响应。查看是否插好；仍无响应时更换。"
            en "Card {card} does not answer. Check that it sits well; then replace it."
        CardDiffers { card: String, difference: String }
            zh "板卡 {card} 与机型文件不一致：{difference}。用 ringfence board compare 逐项查看，用 ringfence board apply 设置。"
            en "Card {card} is not as the board file says: {difference}. `ringfence board compare` names each point, and `ringfence board apply` sets it right."
        RingBudget { card: String }
            zh "板卡 {card} 的铃流已用满，有电话没能振铃。减少同时振铃，或分到两块板卡。"
            en "Card {card} has no ringing current left; a telephone could not be rung. Ring fewer at once, or spread them over two cards."
        PauseForgotten { call: String }
            zh "通话 {call} 的录音暂停到最长时间，已自动恢复；暂停期间说的没有录下。请向座席了解，并在通话页面查看时间。"
            en "The recording of call {call} was paused until its longest time was over, and goes on by itself; nothing of that time was kept. Ask its agent, and see the times on the call's page."
        DiskFull { store: String }
            zh "{store}的磁盘已满。通话照常；请腾出空间或更换磁盘。"
            en "The disk of {store} is full. Calls go on; make room or replace the disk."
        DiskSlow { store: String }
            zh "{store}的磁盘写入超过 1 秒。请查看磁盘健康。"
            en "The disk of {store} takes longer than a second to write. Check its health."
        DiskFailed { store: String }
            zh "{store}的磁盘拒绝写入。通话照常；请立即更换磁盘。"
            en "The disk of {store} refuses to be written. Calls go on; replace it at once."
        LogOnReserve
            zh "事件日志在使用预留空间。请立即腾出磁盘空间。"
            en "The event log lives on its reserve. Make room on the disk at once."
        NotYetOnDisk
            zh "事件尚未写入磁盘，只在内存中。通话照常，不接受更改；请立即处理磁盘。"
            en "Events are in memory only, not yet on disk. Calls go on, changes stop; see to the disk at once."
        IndexBehind
            zh "索引没有跟上日志：列表与计数是旧的。"
            en "The index does not follow the log: lists and counters are old."
        LeavesBehind
            zh "证明序列没有跟上日志：需要审计的操作暂停。"
            en "The proofs do not follow the log: acts that need an audit entry are stopped."
        RecorderBehind
            zh "录音写不过来，录音中有缺口。"
            en "The recorder could not keep up; recordings have gaps."
        VaultDamaged
            zh "重新读取录音库时发现损坏：有录音或日志与当初不同。审计页面列出文件；用 ringfence verify 查看是哪次通话、哪一分钟，从副本取回，并检查磁盘。"
            en "Reading the vault again found damage: a recording or the log is not what it was. The audit names the files; `ringfence verify` says which call and minute. Bring them back from a copy, and check the disk."
        LeavesUnfounded
            zh "录音库的证明序列里有日志中没有的条目：日志丢了结尾，或有人改动了录音库。这些条目没有签名，另存为证据。请用盒外的凭证执行 ringfence verify --root 核对，并在“保全与删除”页面由两人查看后确认；在此之前什么都不会删除。"
            en "The vault’s proofs name events that the log does not have: the log lost its end, or somebody changed the vault. They are not signed, and are kept aside as evidence. Check with `ringfence verify --root` against a root from outside the box; then two people acknowledge it under “Holds and erasing”. Until then nothing is erased."
        RotationDue
            zh "有人已不再持有录音口令，录音库仍在用旧密钥。请在 24 小时内停机执行 ringfence vault rotate。"
            en "Somebody no longer holds a passphrase for recordings, and the vault still uses the old key. Stop the box within 24 hours and run `ringfence vault rotate`."
        VaultKeysDiffer
            zh "录音库的密钥环不是日志所知的那一份。录音照常，用恢复密钥的两份份额可以打开（举行密钥仪式之前则用机主密码）。ringfence vault keys 会说明差别。请停机，把最新的密钥环备份放回原处，再执行 ringfence vault recover。"
            en "The vault’s keyring is not the one that the log knows. Recording goes on; two shares of the recovery key open it, before a ceremony the owner’s password. `ringfence vault keys` says what differs. Stop the box, put the newest backup of the keyring in its place, and run `ringfence vault recover`."
        MailKeyDamaged
            zh "留言的密钥（keys/mail）损坏、打不开任何一条留言，或有留言而密钥缺失：现在不能留言，也不能收听。请从备份把该文件放回原处，本机会自动再试；不会另造密钥，否则已有留言再也打不开。"
            en "The key of voicemail (keys/mail) is damaged, opens no message, or is missing where messages are: none is taken, and none can be heard. Put the file back from your copy; the box tries again by itself. It makes no other key, which would close what is there for ever."
        MailStuck
            zh "有一条留言删不掉，或改不了已听的标记：磁盘不接受对该文件的改动，其他留言照常。请检查磁盘；本机每十秒再试。"
            en "A message can't be deleted, or marked as heard: the disk refuses that file, and takes others. Look at the disk; the box tries again every ten seconds."
        MailBehind
            zh "上一条留言缺了一段：磁盘太慢，来不及写下。该通话的经过写明缺了多少。请检查磁盘；下一条完整的留言会解除本告警。"
            en "The last message that a caller left lacks a piece: the disk was too slow for what was said. Its call’s story says how much. Look at the disk; the next whole message clears this."
        MailSilent
            zh "留言没有应答：mail/ 所在的磁盘卡住，或本机的留言部分已出错停止。现在不能留言，电话照常振铃；正在保存的留言可能缺失。请检查磁盘，恢复应答后本告警自动解除；若磁盘正常而几分钟内没有解除，请重新启动本机。"
            en "Voicemail does not answer: the disk of mail/ hangs, or the part of the box that keeps messages has failed. None is taken, and telephones ring on; one that was being left may be missing. Look at the disk: this clears once it answers. If the disk is well and it stands for minutes, restart the box."
        RecordingsDiffer
            zh "应录、已录与索引三者对不上。首页与审计列出是哪些通话；请保留现状，用 ringfence verify 查看，并通知审计。"
            en "What had to be recorded, what is recorded and what the index says are not the same. The page Now and the audit name the calls. Leave all as it is, look with `ringfence verify`, and tell the auditor."
        RoomSoon
            zh "照最近七天的用量，录音库所在磁盘 30 天之内就会写满。写满以后通话照常，但不再录音；不会为腾地方删除任何录音。请换更大的磁盘，或按规则删除应当删除的录音；首页写明还能录多少天。"
            en "As the last seven days went, the vault’s disk is full within 30 days. Then calls go on and are not recorded; nothing is deleted for want of room. Build in a larger disk, or erase what must go by rule; the page Now says how many days are left."
        RoomBeforeRule
            zh "照最近七天的用量，录音库所在磁盘会在最长的保存规则到期之前写满：这条规则保证不了。请换更大的磁盘；首页写明还能录多少天、规则还需要多少天。"
            en "As the last seven days went, the vault’s disk is full before the longest rule lets the first recording go: that rule can’t be kept. Build in a larger disk; the page Now says how many days are left, and how many the rule takes."
        NotErased
            zh "有录音没能删除，或没能删完；也可能只是录音库里有文件说某段录音的删除已经开始。“保全与删除”页列出是哪些通话、为什么、哪些可能已有密钥被销毁；凡两人同意的，本机会自动再试。"
            en "Recordings are not erased, or not wholly, or files in the vault say that this has begun. The page Holds names the calls, says why, and of which some keys may be gone; what two people agreed on the box tries again by itself."
        GlassBroken { recording: String, no: u64 }
            zh "录音 {recording} 未经第二人批准就被打开（第 {no} 号）。请由另一位管理员在“批准”页面查看并写下意见。"
            en "Recording {recording} was opened without a second person (no. {no}). Another administrator reviews it on the page Approvals, with a word."
        KeysNotBackedUp
            zh "录音库的密钥更改以后还没有写过备份：这块磁盘坏了，录音就再也打不开。请用 ringfence vault backup --out 文件 写到别处（不必停机）。"
            en "The vault’s keys have changed and no backup of them was written since: if this disk dies, no copy of a recording opens. Write one elsewhere with `ringfence vault backup --out FILE`; the box may run."
        DoesNotOpen { recording: String }
            zh "录音 {recording} 用录音库的密钥打不开；它是用某一代密钥录下的最新一段，同一代的其他录音可能也打不开。请保留所有恢复份额、口令与备份，不要再换密钥；用 ringfence verify --open 查看有哪些，并用两份恢复份额试开。"
            en "Recording {recording} does not open with the vault’s keys; it is the newest of its key, and others of that key may be shut, too. Keep all shares, words and backups, and make no new keys; see with `ringfence verify --open` which they are, and try with two shares."
        CompartmentMissing { compartment: String }
            zh "队列设置了分区“{compartment}”，录音库里却没有它的密钥：这些通话照常录音，但只有录音持有人打得开。请停机，用 ringfence vault compartment “{compartment}” 建立密钥，或在设置中去掉这个名字。"
            en "A queue names the compartment “{compartment}”, and the vault has no key for it: its calls are recorded, and only the holders open them. Stop the box and make the key with `ringfence vault compartment “{compartment}”`, or take the name out of the settings."
        WitnessGone { witness: String }
            zh "签名根送不到见证方“{witness}”。录音照常，但文件夹核对之前不删除任何录音；请查看该文件夹（须在另一块磁盘上）、日志服务器或邮件服务器，不再使用的见证方请从设置中去掉。"
            en "The signed roots do not reach the witness “{witness}”. Recordings go on, but none is erased until its folder was asked. See to the folder, which has to be on another disk, to the log server or to the mail server; take out of the settings what is gone for good."
        SetBack { witness: String }
            zh "日志与见证方“{witness}”保存的根不符：录音库被退回到旧的状态，或被改写。请保留现状，用 ringfence verify --root 查看，并通知审计。"
            en "The log does not fit the root that the witness “{witness}” holds: the vault was set back to an older state, or rewritten. Leave all as it is, look with `ringfence verify --root`, and tell the auditor."
        CopyGone { copy: String }
            zh "副本“{copy}”的文件夹不在。录音照常，副本停在原处；请接上或挂载它的磁盘，会自动继续。不再使用的副本请从设置中去掉。"
            en "The folder of the copy “{copy}” is not there. Recording goes on, the copy stands still. Bring its disk back, or mount it: it goes on by itself. Take out of the settings what is gone for good."
        CopyNotApart { copy: String }
            zh "副本“{copy}”的文件夹在录音库或系统自己的磁盘上，不写入：磁盘没有挂载？请挂载它的磁盘，或在设置中改用另一块磁盘上的文件夹。"
            en "The folder of the copy “{copy}” is on the disk of the vault or the system, so nothing is copied: is its disk not mounted? Mount it, or name a folder on another disk in the settings."
        CopyFull { copy: String }
            zh "副本“{copy}”的磁盘或存储已满。录音照常，副本停在原处；请腾出空间，或换更大的磁盘，会自动继续。"
            en "The disk of the copy “{copy}” is full, or its store. Recording goes on, the copy stands still. Make room, or put a larger disk in its place: it goes on by itself."
        CopySlow { copy: String }
            zh "副本“{copy}”的磁盘或存储不响应，或太慢。录音照常，不等待它；请查看该磁盘或存储，若经过网络请查看网络。恢复后自动继续。"
            en "The disk or the store of the copy “{copy}” does not answer, or is too slow. Recording goes on and does not wait for it. See to the disk or the store, or to the network on the way: it goes on by itself."
        CopyFailed { copy: String }
            zh "副本“{copy}”的磁盘或存储拒绝读写，或读回的与写入的不同。录音照常，副本停在原处；请检查写入权限，更换磁盘，或查看存储的日志。"
            en "The disk or the store of the copy “{copy}” refuses, or gives back something else than what was written. Recording goes on, the copy stands still. Check that the box may write there; replace the disk, or see the store’s own log."
        CopyDiffers { copy: String }
            zh "副本“{copy}”中的日志不是本录音库的：录音库被退回到旧的状态或被改写，或副本被改动。不再写入；请保留两者现状，分别用 ringfence verify 查看，并通知审计。"
            en "The copy “{copy}” holds another log than the vault: the vault was set back to an older state or rewritten, or the copy was changed. Nothing is written to it. Leave both as they are, look at each with `ringfence verify`, and tell the auditor."
        CopyTwice { copy: String }
            zh "副本“{copy}”是设置中另一个副本的克隆（密钥表相同）：不再写入，删除也到不了那里。若要换盘，请从设置中去掉旧的那个；若要两个，请清空这个文件夹，本机随即另做一份。"
            en "The copy “{copy}” is a clone of another copy that the settings name (its key tables are the same): nothing is written to it, and no erasure reaches it. To move to this disk, take the other one out of the settings; to have both, empty this folder, and the box makes a copy of its own there."
        CopyLacks { copy: String }
            zh "副本“{copy}”缺少录音，因为录音库中的录音、密钥或日志已损坏或读不出。请用 ringfence verify 查看是哪些，从另一份副本取回，并检查录音库的磁盘。"
            en "The copy “{copy}” lacks recordings, because they, their keys or the log are damaged in the vault itself, or can't be read there. `ringfence verify` says which; bring them back from another copy, and check the vault’s disk."
        CopyUnreached { copy: String }
            zh "连不上副本“{copy}”的存储，或那里没有这个存储桶，或它的证书不是设置中那家 CA 签发的。录音照常，副本停在原处；请查看网络、地址和证书，会自动继续。"
            en "The store of the copy “{copy}” is not reached, has no such bucket, or shows a certificate that the CA in the settings did not sign. Recording goes on, the copy stands still. See to the network, the address and the certificate: it goes on by itself."
        CopyDenied { copy: String }
            zh "副本“{copy}”的存储不接受本机的访问密钥，或本机没有这把密钥。录音照常，副本停在原处。请用 ringfence vault store-key 写入密钥，并在存储上核对它的权限。"
            en "The store of the copy “{copy}” refuses the box’s access key, or the box has none. Recording goes on, the copy stands still. Put the key there with `ringfence vault store-key`, and see at the store what it may do."
        CopySkewed { copy: String }
            zh "副本“{copy}”的存储拒绝了请求：它的时钟与本机相差超过一刻钟。录音照常，副本停在原处。请核对两边的时钟（NTP），对好后会自动继续。"
            en "The store of the copy “{copy}” refuses what it is asked, as its clock and the box’s are more than a quarter of an hour apart. Recording goes on, the copy stands still. See to both clocks (NTP): it goes on by itself."
        CopyElsewhere { copy: String }
            zh "副本“{copy}”的存储说存储桶在另一个区域或另一个地址。录音照常，副本停在原处。请在设置中改正 region 或地址（at）。"
            en "The store of the copy “{copy}” says that the bucket is in another region, or has another address. Recording goes on, the copy stands still. Put `region` or the address (`at`) right in the settings."
        CopyTaken { copy: String }
            zh "另一台机器正在写入副本“{copy}”的存储桶：本机不写入。录音照常，副本停在原处。请查明是哪一台（恢复出来的、克隆的？），两台不能用同一份副本。"
            en "Another box writes to the bucket of the copy “{copy}”, so this one does not. Recording goes on, the copy stands still. Find out which (one that was restored, a clone?): two can’t have one copy."
        CopyUnfit { copy: String }
            zh "副本“{copy}”的存储桶不合用，密钥不写入那里：它会留住应当销毁的内容（默认保留期，或不许删除旧版本），或者不支持有条件的写入；设置了锁期（lease_days）的，它没有启用对象锁定，或收下录音却不上锁。请在存储上取消默认保留期，准许按版本删除，锁期需要启用对象锁定的存储桶，或换一个存储桶。"
            en "The bucket of the copy “{copy}” is unfit, and no keys go there: it would keep what has to be destroyed (a default retention, or no right to delete versions), or it does not put objects on a condition, or it has no object lock for the leases (`lease_days`) of the settings, or takes a recording without locking it. At the store, take the default retention away and let versions be deleted, or name another bucket: leases need one that was made with object lock."
        ErasureWaits { copy: String, tables: String }
            zh "副本“{copy}”（密钥表 {tables}）三天以来仍存有已删除录音的密钥：删除在那里尚未完成。请把这块磁盘接回设置中写明的位置，本机随即销毁并读回确认。"
            en "The copy “{copy}” (key tables {tables}) has had the keys of erased recordings for three days: there they are not erased yet. Bring that disk back to the place that the settings name; the box then destroys them, and reads that back."
        NotRealTime
            zh "音频线程未获实时调度权限，繁忙时可能断音。请以服务方式安装，或授予 CAP_SYS_NICE。"
            en "The audio thread is not in the real-time class; audio may break up under load. Install as a service, or grant CAP_SYS_NICE."
    }
}

fn bad_port(port: String, fault: PortFault) -> Wrong {
    match fault {
        PortFault::NoDialTone => Wrong::PortNoDialTone { port },
        PortFault::LetGo => Wrong::PortLetGo { port },
        PortFault::LoudEcho => Wrong::PortLoudEcho { port },
        PortFault::Noisy => Wrong::PortNoisy { port },
        PortFault::NoSound => Wrong::PortNoSound { port },
    }
}

fn brief_port(fault: PortFault, language: Language) -> &'static str {
    match fault {
        PortFault::NoDialTone => language.pick("没有拨号音", "no dial tone"),
        PortFault::LetGo => language.pick("一占用就被释放", "let go at once"),
        PortFault::LoudEcho => language.pick("回声大", "loud echo"),
        PortFault::Noisy => language.pick("噪声大", "noisy"),
        PortFault::NoSound => language.pick("板卡没有声音", "no sound from the card"),
    }
}

fn sentence(alarm: &Alarm, language: Language, names: &dyn Names) -> Wrong {
    let lane = |lane: LaneId| channel(&names.span(lane.span), lane.timeslot, language);
    let of = |store: &Store| self::store(*store, language).to_owned();
    match alarm {
        Alarm::SpanRed { span } => Wrong::SpanRed { span: names.span(*span) },
        Alarm::SpanUnframed { span } => Wrong::SpanUnframed { span: names.span(*span) },
        Alarm::SpanYellow { span } => Wrong::SpanYellow { span: names.span(*span) },
        Alarm::SpanBlue { span } => Wrong::SpanBlue { span: names.span(*span) },
        Alarm::DataLinkDown { span } => Wrong::DataLinkDown { span: names.span(*span) },
        Alarm::BackupDChannel { primary, backup } => {
            Wrong::BackupDChannel { primary: names.span(*primary), backup: names.span(*backup) }
        }
        Alarm::SameRole { span } => Wrong::SameRole { span: names.span(*span) },
        Alarm::SpanLooped { span } => Wrong::SpanLooped { span: names.span(*span) },
        Alarm::ChannelBlocked { channel } => Wrong::ChannelBlocked { channel: lane(*channel) },
        Alarm::RestartIgnored { channel } => Wrong::RestartIgnored { channel: lane(*channel) },
        Alarm::ChannelOutOfService { channel, by_far_end: true } => {
            Wrong::ChannelOutOfServiceFar { channel: lane(*channel) }
        }
        Alarm::ChannelOutOfService { channel, by_far_end: false } => {
            Wrong::ChannelOutOfServiceNear { channel: lane(*channel) }
        }
        Alarm::SpanBlocked { span } => Wrong::SpanBlocked { span: names.span(*span) },
        Alarm::SpanRestartIgnored { span } => Wrong::SpanRestartIgnored { span: names.span(*span) },
        Alarm::SpanOutOfService { span, by_far_end: true } => Wrong::SpanOutOfServiceFar { span: names.span(*span) },
        Alarm::SpanOutOfService { span, by_far_end: false } => Wrong::SpanOutOfServiceNear { span: names.span(*span) },
        Alarm::LeftOffHook { port } => Wrong::LeftOffHook { port: names.port(*port) },
        Alarm::NoBattery { port } => Wrong::NoBattery { port: names.port(*port) },
        Alarm::PortBad { port, fault } => bad_port(names.port(*port), *fault),
        Alarm::SoundDevice { port, device, fault } => sound(names.port(*port), device.clone(), *fault),
        Alarm::CardGone { card } => Wrong::CardGone { card: card.to_string() },
        Alarm::CardDiffers { card, difference } => Wrong::CardDiffers {
            card: card.to_string(),
            difference: self::difference(*difference, language).to_owned(),
        },
        Alarm::RingBudget { card } => Wrong::RingBudget { card: card.to_string() },
        Alarm::PauseForgotten { call } => Wrong::PauseForgotten { call: call.to_string() },
        Alarm::DiskFull { store } => Wrong::DiskFull { store: of(store) },
        Alarm::DiskSlow { store } => Wrong::DiskSlow { store: of(store) },
        Alarm::DiskFailed { store } => Wrong::DiskFailed { store: of(store) },
        Alarm::LogOnReserve => Wrong::LogOnReserve,
        Alarm::NotYetOnDisk => Wrong::NotYetOnDisk,
        Alarm::IndexBehind => Wrong::IndexBehind,
        Alarm::LeavesBehind => Wrong::LeavesBehind,
        Alarm::RecorderBehind => Wrong::RecorderBehind,
        Alarm::VaultDamaged => Wrong::VaultDamaged,
        Alarm::WitnessGone { witness } => Wrong::WitnessGone { witness: witness.clone() },
        Alarm::SetBack { witness } => Wrong::SetBack { witness: witness.clone() },
        Alarm::CopyBehind { copy, fault } => behind(copy.clone(), *fault),
        Alarm::ErasureWaits { copy, tables } => Wrong::ErasureWaits { copy: copy.clone(), tables: tables.clone() },
        Alarm::NotRealTime => Wrong::NotRealTime,
        Alarm::LeavesUnfounded => Wrong::LeavesUnfounded,
        Alarm::RotationDue => Wrong::RotationDue,
        Alarm::VaultKeysDiffer => Wrong::VaultKeysDiffer,
        Alarm::MailKeyDamaged => Wrong::MailKeyDamaged,
        Alarm::MailStuck => Wrong::MailStuck,
        Alarm::MailBehind => Wrong::MailBehind,
        Alarm::MailSilent => Wrong::MailSilent,
        Alarm::RecordingsDiffer => Wrong::RecordingsDiffer,
        Alarm::RoomEnds { how: RoomFault::Soon } => Wrong::RoomSoon,
        Alarm::RoomEnds { how: RoomFault::BeforeRule } => Wrong::RoomBeforeRule,
        Alarm::NotErased => Wrong::NotErased,
        Alarm::GlassBroken { broken, recording } => {
            Wrong::GlassBroken { recording: recording.to_string(), no: broken.0 }
        }
        Alarm::KeysNotBackedUp => Wrong::KeysNotBackedUp,
        Alarm::DoesNotOpen { recording } => Wrong::DoesNotOpen { recording: recording.to_string() },
        Alarm::CompartmentMissing { compartment } => Wrong::CompartmentMissing { compartment: compartment.clone() },
    }
}

fn behind(copy: String, fault: CopyFault) -> Wrong {
    match fault {
        CopyFault::Gone => Wrong::CopyGone { copy },
        CopyFault::NotApart => Wrong::CopyNotApart { copy },
        CopyFault::Full => Wrong::CopyFull { copy },
        CopyFault::Slow => Wrong::CopySlow { copy },
        CopyFault::Failed => Wrong::CopyFailed { copy },
        CopyFault::Differs => Wrong::CopyDiffers { copy },
        CopyFault::Twice => Wrong::CopyTwice { copy },
        CopyFault::Lacks => Wrong::CopyLacks { copy },
        CopyFault::Unreached => Wrong::CopyUnreached { copy },
        CopyFault::Denied => Wrong::CopyDenied { copy },
        CopyFault::Skewed => Wrong::CopySkewed { copy },
        CopyFault::Elsewhere => Wrong::CopyElsewhere { copy },
        CopyFault::Taken => Wrong::CopyTaken { copy },
        CopyFault::Unfit => Wrong::CopyUnfit { copy },
    }
}

/// An alarm in a few words, for a list of one place's alarms. What to do stands in [`alarm`].
pub fn alarm_brief(alarm: &Alarm, language: Language) -> String {
    let slot = match alarm {
        Alarm::ChannelBlocked { channel }
        | Alarm::RestartIgnored { channel }
        | Alarm::ChannelOutOfService { channel, .. } => Some(channel.timeslot.0),
        _ => None,
    };
    let words = brief(alarm, language);
    match (slot, language) {
        (Some(slot), Language::Chinese) => format!("信道 {slot} {words}"),
        (Some(slot), Language::English) => format!("channel {slot} {words}"),
        (None, _) => words.to_owned(),
    }
}

fn brief(alarm: &Alarm, language: Language) -> &'static str {
    match alarm {
        Alarm::SpanRed { .. } => language.pick("收不到信号（红色告警）", "no signal (RED)"),
        Alarm::SpanUnframed { .. } => language.pick("帧不同步（红色告警）", "signal without its framing (RED)"),
        Alarm::SpanYellow { .. } => language.pick("对端收不到信号（黄色告警）", "far end receives nothing (YELLOW)"),
        Alarm::SpanBlue { .. } => language.pick("收到全 1（蓝色告警）", "all ones arrive (BLUE)"),
        Alarm::DataLinkDown { .. } => language.pick("信令通道不通", "D-channel down"),
        Alarm::BackupDChannel { .. } => language.pick("使用备用 D 信道", "backup D-channel in use"),
        Alarm::SameRole { .. } => language.pick("两端角色相同", "both ends play the same role"),
        Alarm::SpanLooped { .. } => language.pick("环回", "looped"),
        Alarm::SpanBlocked { .. } => language.pick("全部信道暂停使用", "no channel used: none confirmed free"),
        Alarm::SpanRestartIgnored { .. } => language.pick("对端不理会重新启动", "no channel used: RESTART ignored"),
        Alarm::ChannelBlocked { .. } => language.pick("暂停使用：没有确认空闲", "not used: not confirmed free"),
        Alarm::RestartIgnored { .. } => language.pick("暂停使用：对端不理会重新启动", "not used: RESTART ignored"),
        Alarm::SpanOutOfService { by_far_end: true, .. } | Alarm::ChannelOutOfService { by_far_end: true, .. } => {
            language.pick("被对端停用", "taken out of service by the far end")
        }
        Alarm::SpanOutOfService { .. } | Alarm::ChannelOutOfService { .. } => {
            language.pick("在本端停用", "taken out of service here")
        }
        Alarm::LeftOffHook { .. } => language.pick("摘机未挂", "left off the hook"),
        Alarm::NoBattery { .. } => language.pick("没有馈电", "no battery"),
        Alarm::PortBad { fault, .. } => brief_port(*fault, language),
        Alarm::SoundDevice { fault, .. } => brief_sound(*fault, language),
        Alarm::CardGone { .. } => language.pick("板卡没有响应", "card does not answer"),
        Alarm::CardDiffers { .. } => language.pick("与机型文件不一致", "card not as the board file says"),
        Alarm::RingBudget { .. } => language.pick("铃流用满", "no ringing current left"),
        Alarm::PauseForgotten { .. } => language.pick("录音暂停到最长时间", "a recording was paused too long"),
        Alarm::DiskFull { .. } => language.pick("磁盘已满", "disk full"),
        Alarm::DiskSlow { .. } => language.pick("磁盘写入太慢", "disk slow"),
        Alarm::DiskFailed { .. } => language.pick("磁盘拒绝写入", "disk refuses writes"),
        Alarm::LogOnReserve => language.pick("日志在用预留空间", "event log on its reserve"),
        Alarm::NotYetOnDisk => language.pick("事件只在内存中", "events in memory only"),
        Alarm::IndexBehind => language.pick("索引落后", "index behind"),
        Alarm::LeavesBehind => language.pick("证明序列落后", "proofs behind"),
        Alarm::RecorderBehind => language.pick("录音写不过来", "recorder behind"),
        Alarm::VaultDamaged => language.pick("录音库有损坏", "damage in the vault"),
        Alarm::LeavesUnfounded => language.pick("证明序列与日志不符", "proofs without an event"),
        Alarm::RotationDue => language.pick("该换录音库密钥", "new vault keys due"),
        Alarm::VaultKeysDiffer => language.pick("录音库密钥与日志不符", "vault keys not the log’s"),
        Alarm::MailKeyDamaged => language.pick("留言密钥损坏", "voicemail key damaged"),
        Alarm::MailStuck => language.pick("有留言删不掉", "a message can’t be deleted"),
        Alarm::MailBehind => language.pick("留言写不过来", "voicemail behind"),
        Alarm::MailSilent => language.pick("留言没有应答", "voicemail does not answer"),
        Alarm::RecordingsDiffer => language.pick("应录与已录对不上", "recordings do not add up"),
        Alarm::RoomEnds { how: RoomFault::Soon } => {
            language.pick("录音库磁盘 30 天内写满", "the vault’s disk is full within 30 days")
        }
        Alarm::RoomEnds { how: RoomFault::BeforeRule } => {
            language.pick("录音库磁盘撑不到规则到期", "too little room for the longest rule")
        }
        Alarm::NotErased => language.pick("有录音删不掉", "recordings can’t be erased"),
        Alarm::GlassBroken { .. } => {
            language.pick("录音未经批准被打开", "a recording was opened without a second person")
        }
        Alarm::DoesNotOpen { .. } => language.pick("有录音打不开", "a recording does not open"),
        Alarm::KeysNotBackedUp => language.pick("密钥没有备份", "no backup of the keys"),
        Alarm::CompartmentMissing { .. } => language.pick("分区没有密钥", "a compartment has no key"),
        Alarm::WitnessGone { .. } => language.pick("见证方不可达", "a witness does not take the roots"),
        Alarm::SetBack { .. } => language.pick("日志被退回或改写", "the log was set back or rewritten"),
        Alarm::CopyBehind { .. } => language.pick("副本没有跟上", "a copy of the vault is behind"),
        Alarm::ErasureWaits { .. } => {
            language.pick("副本上的删除未完成", "erased recordings still have keys at a copy")
        }
        Alarm::NotRealTime => language.pick("没有实时调度", "not in the real-time class"),
    }
}

fn brief_sound(fault: SoundFault, language: Language) -> &'static str {
    match fault {
        SoundFault::Missing => language.pick("音频设备不在", "sound device missing"),
        SoundFault::Busy => language.pick("音频设备被占用", "sound device busy"),
        SoundFault::NotAllowed => language.pick("无权打开音频设备", "sound device not allowed"),
        SoundFault::Unfit => language.pick("音频设备不合用", "sound device unfit"),
        SoundFault::Failing => language.pick("音频设备出错", "sound device fails"),
    }
}

fn sound(port: String, device: String, fault: SoundFault) -> Wrong {
    match fault {
        SoundFault::Missing => Wrong::SoundMissing { port, device },
        SoundFault::Busy => Wrong::SoundBusy { port, device },
        SoundFault::NotAllowed => Wrong::SoundNotAllowed { port, device },
        SoundFault::Unfit => Wrong::SoundUnfit { port, device },
        SoundFault::Failing => Wrong::SoundFailing { port, device },
    }
}

/// A channel by the label of its span.
fn channel(span: &str, timeslot: Timeslot, language: Language) -> String {
    match language {
        Language::Chinese => format!("{span} 的信道 {timeslot}"),
        Language::English => format!("Channel {timeslot} of {span}"),
    }
}

fn difference(difference: CardDifference, language: Language) -> &'static str {
    match difference {
        CardDifference::Hardware => language.pick("硬件不在或路数不够", "its hardware is missing or smaller"),
        CardDifference::Number => language.pick("有中继没有编号", "a span has no number"),
        CardDifference::Kind => language.pick("中继种类不对", "a span is of another kind"),
        CardDifference::Line => language.pick("线路编码或帧格式", "framing or coding of a line"),
        CardDifference::PlugIn => language.pick("插口的子模块", "the plug-in module of a jack"),
        CardDifference::Signalling => language.pick("通道信令", "the signalling of channels"),
        CardDifference::Law => language.pick("压扩律", "the coding law of channels"),
        CardDifference::Canceller => language.pick("回声消除器", "the echo canceller"),
        CardDifference::ModuleOption => language.pick("内核模块选项", "an option of its kernel module"),
    }
}

fn store(store: Store, language: Language) -> &'static str {
    match store {
        Store::Events => language.pick("事件日志", "the event log"),
        Store::Index => language.pick("索引", "the index"),
        Store::Vault => language.pick("录音库", "the vault"),
        Store::Mail => language.pick("留言", "voicemail"),
    }
}
