//! What is said where a box is set back to how it was delivered.

use super::sentence::sentences;

sentences! {
    /// Sentences of `ringfence reset`.
    pub enum Resetting {
        /// It is over.
        Done {
            /// The data directory.
            path: String,
            /// The file.
            out: String,
        }
            zh "{path} 中的内容已全部销毁。最后的签名根和批准人写在 {out}，请与其他根一同保存。副本和已导出的文件不在本机，仍在原处。"
            en "All that was in {path} is destroyed. {out} has the last signed root and who agreed; keep it with the other roots. Copies and exported files are not on this box, and are where they were."
        /// The rest of one that was cut short.
        Finished {
            /// The data directory.
            path: String,
        }
            zh "{path} 上次中断的清除现已完成。"
            en "What was left in {path} is destroyed, too."
        /// The file.
        LastWord {
            /// The vault.
            vault: String,
            /// When.
            at: String,
            /// How many.
            recordings: u64,
            /// Who asked.
            by: u32,
            /// Who granted.
            second: u32,
            /// The grant.
            grant: u64,
            /// Why.
            reason: String,
            /// Which.
            copies: String,
            /// The note.
            root: String,
        }
            zh "本机已恢复到出厂状态。\n录音库：{vault}\n时间：{at}\n连同密钥一起销毁的录音：{recordings} 段\n申请人：{by} 号人员；批准人：{second} 号人员（日志第 {grant} 号）\n理由：{reason}\n曾有密钥的副本（不在本机，未被销毁）：{copies}\n\n以下是日志最后的签名根，涵盖上述批准和本次操作：\n\n{root}"
            en "This box was set back to how it was delivered.\nVault: {vault}\nTime: {at}\nRecordings destroyed, with their keys: {recordings}\nAsked for by person {by}, granted by person {second} (entry {grant} of the log)\nReason: {reason}\nCopies that had keys (not on this box, and not destroyed): {copies}\n\nThe last signed root of its log, over that grant and this act:\n\n{root}"
    }
}
