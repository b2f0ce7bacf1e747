//! The nightly line of the first page: what had to be recorded, and what is.

use super::sentence::sentences;

sentences! {
    /// Its words.
    pub enum Reckoning {
        /// The counts.
        Line { required: u64, made: u64, gapped: u64, missing: u64, under_way: u64 }
            zh "应录 {required} 通，已录 {made} 通（其中 {gapped} 通有缺口），缺失 {missing} 通，进行中 {under_way} 通。"
            en "Required {required}, made {made} ({gapped} with a gap), missing {missing}, under way {under_way}."
        /// All agree.
        SaysTheSame
            zh "录音库凭证、录音与索引一致。"
            en "Leaves of the vault, recordings and index say the same."
        /// They do not.
        Differs { count: u64 }
            zh "录音库凭证、录音与索引有 {count} 通对不上："
            en "Leaves of the vault, recordings and index do not say the same of {count} calls:"
        /// It is of another day.
        Old
            zh "这是两天以前核对的，此后没有核对成：请查看告警与磁盘。"
            en "That was reckoned more than two days ago, and not since: look at the alarms and the disks."
        /// None yet.
        NotYet
            zh "还没有核对过应录与已录；启动后一分钟核对第一次，以后每天一次。"
            en "What had to be recorded was not reckoned up yet; that is done a minute after the first start, and once a day from then on."
        /// All were read again.
        ReadWhole { recordings: u64 }
            zh "全部 {recordings} 条录音已重新读过，与各自的凭证一致。"
            en "All {recordings} recordings were read again, and each fits its leaf."
        /// Some are damaged.
        ReadDamaged { recordings: u64, damaged: u64 }
            zh "全部 {recordings} 条录音已重新读过，{damaged} 处损坏：见告警与审计。"
            en "All {recordings} recordings were read again: {damaged} places are damaged. Look at the alarm and the audit."
        /// None yet.
        NotReadYet
            zh "录音还没有全部重新读过一遍：本机在后台读，每天至多一遍。"
            en "The recordings were not all read again yet: the box does it in the background, once a day at most."
        /// The link to those that are missing.
        Which
            zh "缺失的是哪些"
            en "Which are missing"
    }
}
