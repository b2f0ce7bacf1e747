//! What the page says of exporting recordings, and what a package says to whoever gets it.

use super::{Language, sentence::sentences, state::vault_refusal};
use crate::{handles::ExportRefusal, recorder::PACKAGE_READER};

sentences! {
    /// Words and sentences about exports.
    pub enum Export {
        /// The title.
        Title
            zh "导出录音"
            en "Export recordings"
        /// What the page is for.
        How
            zh "导出包含有录音原件、证明和审批经过；密钥只封给收件人。先由审计管理员申请、安全管理员批准；批准后，持钥人填同样的录音和收件人，用自己的口令制作。"
            en "A package has the recordings as they were sealed, proofs, and who asked and granted; its keys are sealed to the recipient alone. The audit administrator asks, the security administrator grants; then a holder names the same recordings and recipient and makes it with their passphrase."
        /// A field.
        Recordings
            zh "录音编号（空格或换行分隔，最多 {PACKAGE_RECORDINGS_MAX} 条）"
            en "Recordings, by number, with blanks between; {PACKAGE_RECORDINGS_MAX} at most"
        /// A field.
        Recipient
            zh "收件人的 age 公钥（age1…，由收件人用 age-keygen 生成）"
            en "The recipient’s age key (age1…, which they make with age-keygen)"
        /// A field.
        Reason
            zh "理由"
            en "Reason"
        /// A field.
        Passphrase
            zh "持钥人口令（制作时填）"
            en "Holder’s passphrase (to make it)"
        /// A button.
        Ask
            zh "申请批准"
            en "Ask for approval"
        /// A button.
        Make
            zh "制作导出包"
            en "Make the package"
        /// A heading.
        Made
            zh "已导出"
            en "Exported"
        /// Which reader is ours.
        Reader { hash: String }
            zh "包里的 reader.py 是包的一部分，不能证明自己：请先用 ringfence verify，或用从别处得到的 reader.py 核对。本版本 reader.py 的 SHA-256：{hash}"
            en "The reader.py in a package is part of what it checks: check first with ringfence verify, or with a reader.py from elsewhere. The SHA-256 of this version’s reader.py: {hash}"
        /// The form has not all.
        CutOff
            zh "查到的通话多于 {PACKAGE_RECORDINGS_MAX} 个，这里只填了其中前 {PACKAGE_RECORDINGS_MAX} 个的录音：请缩小范围，分几个包导出。"
            en "More calls were found than the {PACKAGE_RECORDINGS_MAX} of which the recordings stand here: narrow it down, and export several packages."
        /// A package that is gone from the box.
        IsRemoved
            zh "本机上已删除"
            en "deleted from the box"
        /// A button.
        Remove
            zh "从本机删除"
            en "Delete it from the box"
        /// The note.
        Removed
            zh "导出包已从本机删除，记录仍在。"
            en "The package is deleted from the box; that it was made stays written down."
        /// None.
        None
            zh "还没有导出过。"
            en "Nothing was exported yet."
        /// A column.
        Package
            zh "导出包"
            en "Package"
        /// A column.
        When
            zh "时间"
            en "When"
        /// A column.
        By
            zh "申请、批准、制作"
            en "Asked, granted, made"
        /// A column.
        Hash
            zh "SHA-256"
            en "SHA-256"
        /// How many.
        Count { count: usize }
            zh "{count} 条录音"
            en "{count} recordings"
        /// It waits.
        Asked { no: u64 }
            zh "已申请，编号 {no}。请安全管理员到“双人批准”批准。"
            en "Asked for, under number {no}. The security administrator grants it on Approvals."
        /// Done.
        Done
            zh "导出包已做好，可以下载。"
            en "The package is made; take it below."
        /// A field is wrong.
        NoRecordings
            zh "录音编号不对：如 3-17，最多 {PACKAGE_RECORDINGS_MAX} 条。"
            en "Name recordings as 3-17, {PACKAGE_RECORDINGS_MAX} at most."
        /// A field is wrong.
        NoRecipient
            zh "这不是 age 公钥：以 age1 开头，共 62 个字符。"
            en "That is no age key: it begins with age1 and has 62 letters."
        /// A field is empty.
        ReasonMissing
            zh "请写理由（一行，200 字以内）。"
            en "Give a reason, on one line, of 200 letters at most."
        /// Refused.
        NotGranted
            zh "没有第二个人批准过这些录音和这个收件人，或批准已用过、已过期。"
            en "Nobody has granted these recordings for this recipient, or the grant was used or is over."
        /// Refused.
        NotAudited
            zh "审计暂时写不进磁盘，没有导出。"
            en "The audit can’t be written just now; nothing was exported."
        /// Refused.
        Vault { why: String }
            zh "没有导出：{why}"
            en "Nothing was exported: {why}"
        /// Refused.
        NotFinished { recording: String }
            zh "录音 {recording} 还没有完成，或已被删除。"
            en "Recording {recording} is not finished, or was erased."
        /// Refused.
        NotSigned
            zh "这些录音还没有进入签名的日志根：请一分钟后再试。"
            en "The log’s signed root does not cover these recordings yet: try again in a minute."
        /// Refused.
        Disk
            zh "导出包写不到磁盘上：请检查空间和磁盘告警。"
            en "The package can’t be written: look at the disk’s room and its alarms."
        /// Refused.
        NotReady
            zh "索引暂时读不到，请稍后再试。"
            en "The index can’t be read just now; try again."
    }
}

/// How many recordings fit, in a sentence.
const PACKAGE_RECORDINGS_MAX: usize = vault::PACKAGE_RECORDINGS_MAX;

/// Why nothing was exported.
pub fn refusal(why: ExportRefusal, language: Language) -> String {
    let sentence = match why {
        ExportRefusal::Count => Export::NoRecordings,
        ExportRefusal::Recipient => Export::NoRecipient,
        ExportRefusal::NotGranted => Export::NotGranted,
        ExportRefusal::NotAudited => Export::NotAudited,
        ExportRefusal::Vault(why) => Export::Vault { why: vault_refusal(why, language).to_owned() },
        ExportRefusal::NotFinished(recording) => Export::NotFinished { recording: recording.to_string() },
        ExportRefusal::NotSigned => Export::NotSigned,
        ExportRefusal::Disk => Export::Disk,
        ExportRefusal::NotReady => Export::NotReady,
    };
    sentence.say(language)
}

/// What a reader that comes out of a package has to be, if it is ours.
pub fn which_reader(language: Language) -> String {
    let hash = base16ct::lower::encode_string(&vault::sha256(PACKAGE_READER));
    Export::Reader { hash }.say(language)
}

/// What stands in a package for whoever gets it, in both languages.
pub fn readme() -> String {
    let zh = "这是 Ringfence 的录音导出包（普通 tar 文件）。\n\n\
        核对：ringfence verify 包文件；或 python3 reader.py package 包文件（不需要密钥）。\n\
        包里的 reader.py 是被核对的包的一部分：请先用 ringfence verify，或用从别处得到的 reader.py；\n\
        Ringfence 的“导出录音”页上有它的 SHA-256。\n\
        用 --root 给出见证方保存的日志根，用 --key 给出恢复纸上的指纹。\n\
        打开：python3 reader.py package 包文件 --identity 私钥文件 --out 文件夹。\n\
        线路上的原始 A 律/µ 律字节写入 .law 文件；.wav 只是为了方便收听，不是证据。\n\
        reader.py 需要 Python 3 和 cryptography。\n";
    let en = "This is a package of recordings exported by Ringfence: a plain tar file.\n\n\
        Check it: ringfence verify PACKAGE, or python3 reader.py package PACKAGE. No key is needed.\n\
        The reader.py in here is part of what it checks: use ringfence verify first, or a reader.py from elsewhere,\n\
        or compare its SHA-256 with the one on Ringfence’s page Export recordings.\n\
        --root takes signed roots that a witness kept, --key the fingerprint from the recovery sheet.\n\
        Open it: python3 reader.py package PACKAGE --identity KEYFILE --out FOLDER.\n\
        The octets of the line go into .law files. A .wav is a convenience to listen to, and no evidence.\n\
        reader.py needs Python 3 and cryptography.\n";
    format!("{zh}\n{en}")
}
