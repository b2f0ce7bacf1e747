//! What is said of the signed root that somebody takes out of the building: by the page, and by the mail that brings one.

use super::sentence::sentences;

sentences! {
    /// Words and sentences about a root.
    pub enum Root {
        /// The title.
        Title
            zh "带走一个日志根"
            en "Take a root away"
        /// What it is for.
        Why
            zh "日志根是几行签名文字，代表此前的每一段录音、每一次操作和每一把密钥。有人在本机以外保存着它，日后就能证明此前的内容没有被改动。其中不含任何姓名、号码或通话内容。请拍照或复制，存放在本机管理人员接触不到的地方。"
            en "A root is a few signed lines that stand for every recording, act and key up to now. Where somebody keeps one outside the box, it can be shown later that nothing before it was changed. It holds no name, no number and no word of anybody. Photograph or copy it, and keep it where those who run the box don’t get at it."
        /// There is none.
        NoneYet
            zh "还没有签名的日志根；本机每分钟签一次，请稍后重新打开本页。"
            en "No root is signed yet; the box signs one a minute. Open this page again in a moment."
        /// What it covers.
        Covers {
            /// How many.
            entries: String,
        }
            zh "代表日志的前 {entries} 条："
            en "It stands for the first {entries} entries of the log:"
        /// What the picture is.
        Code
            zh "日志根的二维码"
            en "The root as a QR code"
        /// What to do with it.
        Later
            zh "日后核对时（在本机或保险库的副本上），运行："
            en "To hold the vault to it later, on the box or on a copy of the vault:"
        /// A command.
        Command {
            /// The root.
            line: String,
        }
            zh "ringfence verify /var/lib/ringfence --root '{line}' --key 指纹"
            en "ringfence verify /var/lib/ringfence --root '{line}' --key FINGERPRINT"
        /// Where that stands.
        Sheet
            zh "指纹抄自仪式中打印的恢复单，不要抄自本机。"
            en "Take the fingerprint from the recovery sheet of the ceremony, and not from the box."
    }
}

sentences! {
    /// What a mail says that brings a root.
    pub enum RootMail {
        /// All of it.
        Text {
            /// The file's name.
            file: String,
        }
            zh "附件 {file} 是电话系统日志的签名根：几行签名文字，代表此前的每一段录音、每一次操作和每一把密钥。其中不含任何姓名、号码或通话内容。\r\n\r\n请保留本邮件，并存放在电话系统管理人员接触不到的地方。日后可用它证明此前的内容没有被改动（在本机或保险库的副本上运行；指纹抄自恢复单）：\r\n\r\nringfence verify /var/lib/ringfence --root {file} --key 指纹\r\n\r\n日志有新内容时，这样的邮件每天一封，本机启动时另有一封。若一天以上没有收到，请查看本机的告警。\r\n"
            en "The file {file} is a signed root of the telephone system’s log: a few lines that stand for every recording, act and key up to now. It holds no name, no number and no word of anybody.\r\n\r\nKeep this mail where those who run the telephone system don’t get at it. With it, it can be shown later that nothing before it was changed (on the box or on a copy of the vault; the fingerprint is the recovery sheet’s):\r\n\r\nringfence verify /var/lib/ringfence --root {file} --key FINGERPRINT\r\n\r\nWhere the log has grown, one such mail comes a day, and one when the box starts. If none has come for more than a day, look at the alarms of the box.\r\n"
    }
}
