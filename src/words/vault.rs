//! What `ringfence vault` says while keys are made, shown and typed back.

use vault::Leaf;

use super::{Language, sentence::sentences};

sentences! {
    /// What is told and asked.
    pub enum Keys {
        /// Asks for the owner's code or passphrase.
        AskOwner
            zh "请输入机主的密码（还没有机主时为机主代码），然后按回车："
            en "Type the owner's password (the owner's code where nobody owns the box yet), then Enter:"
        /// Asks for a holder's passphrase.
        AskHolder { person: u32 }
            zh "请 {person} 号人员输入录音口令，然后按回车："
            en "Person {person}, type your passphrase for recordings, then Enter:"
        /// Before a drawn passphrase.
        Drawn { person: u32 }
            zh "{person} 号人员的录音口令，只显示这一次。请本人抄下并收好，不要拍照，不要存入电脑："
            en "The passphrase for recordings of person {person}, shown this once. Write it down yourself and keep it; take no picture, store it in no computer:"
        /// Before a share.
        Shown { index: u8 }
            zh "恢复密钥的第 {index} 份，共 3 份；任意 2 份可恢复录音库，1 份毫无用处。只显示这一次，请由一人抄下，与另外两份分开保管："
            en "Share {index} of 3 of the recovery key; any 2 bring the vault back, 1 is worth nothing. Shown this once: one person writes it down and keeps it apart from the other two:"
        /// A row of a share.
        Row { number: u8, letters: String }
            zh "  {number}  {letters}"
            en "  {number}  {letters}"
        /// Written down?
        WrittenDown
            zh "抄好后按回车：屏幕会清空，然后请照抄件输入一遍。"
            en "Written down? Press Enter: the screen is cleared, and you type it in from your paper."
        /// Asks for it again.
        TypeAgain
            zh "请照抄件输入，然后按回车："
            en "Type it from your paper, then Enter:"
        /// Asks for a row.
        TypeRow { index: u8, row: u8 }
            zh "第 {index} 份第 {row} 行："
            en "Share {index}, row {row}:"
        /// A row is mistyped.
        RowWrong { row: u8 }
            zh "第 {row} 行有错，请核对后重新输入这一行。"
            en "Row {row} is mistyped. Compare it and type this row again."
        /// The rows are of no share.
        ShareMixed
            zh "这些行不属于同一份。请从第 1 行重新输入。"
            en "These rows are not of one share. Begin again with row 1."
        /// It is not what was shown.
        NotIt
            zh "与显示的不同，再显示一次。"
            en "That is not what was shown. It is shown once more."
        /// It takes a moment.
        Deriving { people: usize }
            zh "正在为 {people} 人制作密钥，每人约一秒……"
            en "Making the keys of {people} people, about a second each…"
        /// The ceremony is over.
        CeremonyDone
            zh "密钥仪式完成。出厂密钥已销毁：机主代码和机主密码从此打不开任何录音。"
            en "The ceremony is done. The birth key is destroyed: the owner's code and password open no recording any more."
        /// The keys changed.
        Changed { epoch: u32 }
            zh "完成。新录音从此用第 {epoch} 期密钥封存；旧录音照常可以打开。"
            en "Done. New recordings are sealed with the key of epoch {epoch}; older ones open as before."
        /// A slot is gone.
        Removed { person: u32 }
            zh "{person} 号人员的录音口令从此无效。其人可能存有旧文件，请在 24 小时内执行 ringfence vault rotate。"
            en "The passphrase of person {person} opens nothing any more. They may have kept an old file: run `ringfence vault rotate` within 24 hours."
        /// What an older backup lacks.
        EpochsMissing { count: usize, epochs: String }
            zh "注意：这份备份缺少 {count} 期密钥（证书指纹以 {epochs} 开头）。为它们封存的录音从此打不开。"
            en "Caution: this backup lacks {count} epochs (fingerprints that begin with {epochs}). What was sealed for them opens no more."
        /// The log does not know the epochs of compartments.
        CompartmentsMayLack
            zh "注意：在这份备份之后建立或更换的分区密钥也不在其中；为它们封存的内容，分区成员从此打不开，录音持有人照常可以打开。"
            en "Caution: keys of compartments that were made or renewed after this backup are not in it either. What was sealed for them the compartments’ members do not open any more; the holders do."
        /// What stood there is kept.
        KeyringKept { path: String }
            zh "原来的密钥环已另存为录音库中的 {path}。"
            en "The keyring that stood there is kept as {path} in the vault's directory."
        /// Asks where a backup goes.
        AskBackup
            zh "请写一份密钥环的备份，最好写到 U 盘上：没有它，这块磁盘坏了录音就再也打不开。请输入要写的文件，然后按回车（直接按回车则以后再写）："
            en "Write a backup of the keyring now, best onto a stick: without it, recordings are lost with this disk. Type the file to write, then Enter (Enter alone: later):"
        /// There is none yet.
        NotBackedUp
            zh "还没有备份。写过之前，首页会一直提醒：ringfence vault backup --out 文件。"
            en "There is no backup yet. The first page says so until there is: `ringfence vault backup --out FILE`."
        /// A compartment has new keys.
        CompartmentMade { name: String, epoch: u32 }
            zh "完成。属于分区“{name}”的通话从下次启动起也为其第 {epoch} 期密钥封存。"
            en "Done. From the next start on, calls of the compartment “{name}” are sealed for its key of epoch {epoch} as well."
        /// A compartment.
        Compartment { name: String, epoch: u32 }
            zh "分区“{name}”，第 {epoch} 期密钥"
            en "Compartment “{name}”, key of epoch {epoch}"
        /// Who opens part.
        Member { person: u32, name: String }
            zh "{person} 号人员只能打开分区“{name}”"
            en "Person {person} can open what is of the compartment “{name}”"
        /// Another passphrase.
        PassphraseChanged { person: u32 }
            zh "{person} 号人员的新录音口令已生效，旧口令无效。今后的录音使用新的密钥。"
            en "The new passphrase of person {person} is valid, the old one no more. What is recorded from now on is under new keys."
        /// Asks for it.
        AskSheet
            zh "请输入恢复单上的指纹（64 位，空格和连字符可有可无），然后回车："
            en "Type the fingerprint that stands on the recovery sheet (64 digits, spaces and hyphens do not count), and press Enter:"
        /// The keyring is not the log's.
        Differ { why: String }
            zh "注意：{why}。请停机，把最新的密钥环备份放回原处，再执行 ringfence vault recover。"
            en "Caution: {why}. Stop the box, put the newest backup of the keyring in its place, and run `ringfence vault recover`."
        /// The fingerprint for the sheet.
        Sheet { fingerprint: String }
            zh "请抄到恢复单上的指纹：{fingerprint}"
            en "Fingerprint for the recovery sheet: {fingerprint}"
        /// What a thief needs.
        Theft
            zh "本机没有 TPM：盗走本机的人要打开录音，必须猜中一位持有人的七个词（至少 90 比特）。"
            en "This box has no TPM: whoever steals it and wants to open recordings has to guess the seven words of one holder (at least 90 bits)."
        /// No ceremony yet.
        BeforeCeremony
            zh "还没有举行密钥仪式：录音由机主的密码（或机主代码）打开。请执行 ringfence vault ceremony。"
            en "There was no ceremony yet: the owner's password, or the owner's code, opens the recordings. Run `ringfence vault ceremony`."
        /// The newest epoch.
        Epoch { epoch: u32, since: String }
            zh "第 {epoch} 期密钥，自 {since}（UTC）起"
            en "Key of epoch {epoch}, since {since} UTC"
        /// Who can open.
        Holder { person: u32 }
            zh "{person} 号人员能打开所有录音"
            en "Person {person} can open every recording"
        /// Who was removed.
        RemovedAt { person: u32, when: String }
            zh "{person} 号人员于 {when}（UTC）被移除：请在 24 小时内执行 ringfence vault rotate"
            en "Person {person} was removed at {when} UTC: run `ringfence vault rotate` within 24 hours"
        /// No copy has keys.
        NoCopies
            zh "没有副本获得过密钥"
            en "No copy was ever given keys"
        /// A secret is asked for.
        AskStoreSecret
            zh "请输入访问密钥的密文（不显示）："
            en "The access key’s secret (it is not shown):"
        /// It is kept.
        StoreKeyKept { path: String }
            zh "已写入 {path}（只有本机程序可读）。副本在下一次连接时使用它。"
            en "Kept in {path}, which nobody but the box can read. The copy uses it when it connects next."
        /// A copy on which nothing waits.
        CopyLevel { name: String, place: String, tables: String }
            zh "副本“{name}”（{place}，密钥表 {tables}）：没有等待销毁的密钥"
            en "Copy “{name}” ({place}, key tables {tables}): nothing is left to be destroyed there"
        /// A copy on which something waits.
        CopyPending { name: String, place: String, tables: String, pending: u64, since: String }
            zh "副本“{name}”（{place}，密钥表 {tables}）：{pending} 段已删除录音的密钥尚未在那里销毁，最早一段删除于 {since}（UTC）"
            en "Copy “{name}” ({place}, key tables {tables}): the keys of {pending} erased recordings are not destroyed there yet, the first of them erased at {since} UTC"
        /// Ciphertext that nobody may delete yet.
        CopyLeased { name: String, count: u64, until: String }
            zh "副本“{name}”：{count} 段已删除录音的密文仍在那里，密钥已销毁；锁期最晚于 {until}（UTC）满，届时连同版本删除"
            en "Copy “{name}”: the ciphertext of {count} erased recordings is under leases there, the last until {until} UTC, and is deleted then with its versions; its keys are destroyed"
        /// Of one of them.
        CiphertextUntil { recording: String, until: String }
            zh "　　录音 {recording}：密文留到 {until}（UTC）"
            en "    recording {recording}: ciphertext until {until} UTC"
        /// It begins.
        Restoring { vault: String, from: String }
            zh "正在从 {from} 找回录音库 {vault}，可随时中断，重新运行同一命令即可继续……"
            en "Bringing the vault {vault} back from {from}. It can be ended at any moment; the same command goes on…"
        /// How far it is.
        RestoredSoFar { count: u64 }
            zh "已处理 {count} 段录音"
            en "{count} recordings looked at"
        /// It is over.
        Restored { fetched: u64, kept: u64 }
            zh "已取回 {fetched} 段录音，另有 {kept} 段早已取回且完好。核对结果："
            en "{fetched} recordings fetched, {kept} were here and whole. What a check finds:"
        /// Another vault's.
        NotOfThisVault { name: String }
            zh "副本中的 {name} 不属于这个录音库，没有取回"
            en "{name} in the copy is not this vault’s, and was left there"
        /// A disk refuses.
        CopyGivesNot { name: String }
            zh "副本的磁盘读不出 {name}"
            en "The copy’s disk does not give {name}"
        /// Halves are unread.
        WithoutHalves { count: usize, recordings: String }
            zh "{count} 段录音的部分密钥在副本中读不出，这些分钟打不开：{recordings}"
            en "Of {count} recordings some key halves can’t be read in the copy, and those minutes do not open: {recordings}"
        /// Two shares.
        RestoredOpens
            zh "这些录音由恢复密钥的 2 份打开：ringfence open … --shares。任何人的录音口令都不在副本里，也打不开它们。"
            en "Two shares of the recovery key open these recordings: `ringfence open … --shares`. Nobody’s passphrase is in a copy, and none opens them."
        /// Nothing.
        RestoredOpensNot
            zh "副本中没有完好的密钥环。若举行过密钥仪式，请把密钥环的备份放进录音库目录（文件名 keyring），凭恢复密钥的 2 份即可打开；若从未举行，这些录音只能作证，再也打不开。"
            en "The copy has no whole keyring. Where a ceremony was held, put the backup of the keyring into the vault’s directory as the file keyring, and two shares open the recordings; where none was ever held, they prove and nothing opens them any more."
        /// The event log was opened.
        OldLogOpened { path: String, events: u64, settings: u64 }
            zh "已写入 {path}：{events} 个事件，{settings} 个版本的设置。这些是明文：看完请连同磁盘一起妥善处理。"
            en "Written into {path}: {events} events and {settings} versions of the settings. They stand there in the clear: keep or destroy that disk accordingly."
        /// Numbers that no chapter has.
        OldLogMissing { count: u64 }
            zh "日志中间缺少 {count} 个事件"
            en "Events that lack within the log: {count}"
        /// A chapter that was not opened.
        OldLogDamaged { name: String }
            zh "{name} 已损坏，或不是本机写下的：没有打开"
            en "{name} is damaged, or not what the box wrote: it was not opened"
        /// One that is sealed for somebody else.
        OldLogSealed { name: String }
            zh "{name} 用这些密钥打不开"
            en "{name} does not open with these keys"
        /// All leaves have their event.
        OldLogHeld { leaves: u64 }
            zh "录音库的 {leaves} 条日志条目，每条都有对应的事件，内容一致"
            en "Each of the vault’s {leaves} leaves has its event, and says the same"
        /// Some have not.
        OldLogWithout { leaves: u64, count: usize, named: String }
            zh "录音库的 {leaves} 条日志条目中，有 {count} 条在事件日志里没有对应的事件，或内容不同：{named}"
            en "Of the vault’s {leaves} leaves so many have no event in this log, or one that says something else, {count}: {named}"
        /// The backup is written.
        BackedUp { path: String }
            zh "已写入 {path}。每次更改密钥后请重新写一份；找回时把它作为文件 keyring 放进录音库的目录，再执行 ringfence vault recover。"
            en "Written into {path}. Write it anew after each change of keys; to recover, put it into the vault's directory as the file keyring and run `ringfence vault recover`."
        /// A ceremony that was cut off.
        BirthKeyLeft
            zh "密钥仪式被中断，出厂密钥还在；下次启动会销毁它"
            en "The ceremony was cut off and the birth key is still there; the next start destroys it"
    }
}

/// What a leaf is of, in few words.
pub fn leaf(leaf: &Leaf, language: Language) -> String {
    let (zh, en, of) = match leaf {
        Leaf::Due { call, .. } => ("应录通话", "required call", call.to_string()),
        Leaf::Live { .. } => ("录音中", "live", String::new()),
        Leaf::Finished { recording, .. } => ("录音", "recording", recording.to_string()),
        Leaf::AuditIntent { event, .. } => ("操作", "act", event.to_string()),
        Leaf::AuditOutcome { intent, .. } => ("操作结果", "outcome of act", intent.to_string()),
        Leaf::Tombstone { recording, .. } => ("已删录音", "erased recording", recording.to_string()),
        Leaf::RangeTombstone { recording, .. } => {
            ("已删片段，录音", "erased stretch of recording", recording.to_string())
        }
        Leaf::Key { .. } | Leaf::Keyring { .. } => ("密钥", "keys", String::new()),
        Leaf::RootReceived { .. } => ("日志根", "root", String::new()),
    };
    format!("{} {of}", language.pick(zh, en)).trim_end().to_owned()
}
