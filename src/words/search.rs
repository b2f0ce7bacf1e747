//! What the page says where calls are looked for.

use super::{Language, sentence::sentences};
use crate::journal::FindOrder;

sentences! {
    /// Words and sentences about finding calls and recordings.
    pub enum Search {
        /// The heading, and the button.
        Find
            zh "查找"
            en "Find"
        /// A field.
        From
            zh "从哪一天"
            en "From this day"
        /// A field.
        Until
            zh "到哪一天"
            en "Until this day"
        /// A field.
        Direction
            zh "方向"
            en "Direction"
        /// A field.
        Queue
            zh "队列"
            en "Queue"
        /// A field.
        Person
            zh "坐席"
            en "Agent"
        /// A field.
        Line
            zh "端口或通道（如 SIM-FXS.3、1/5）"
            en "Jack or channel, as SIM-FXS.3 or 1/5"
        /// A field.
        Number
            zh "号码，或其后四位"
            en "Number, or its last four"
        /// What this reader may not look for.
        NotWhole
            zh "整个号码要有查看号码的权限才能查找；请填后四位。"
            en "Whole numbers are looked for by those who may see them; give the last four."
        /// A field.
        Recording
            zh "录音"
            en "Recording"
        /// A field.
        Order
            zh "排列"
            en "Order"
        /// No choice.
        Any
            zh "不限"
            en "any"
        /// An order.
        Newest
            zh "最新的在前"
            en "newest first"
        /// An order.
        Oldest
            zh "最早的在前"
            en "oldest first"
        /// An order.
        Longest
            zh "通话最长的在前"
            en "longest talk first"
        /// All calls again.
        Everything
            zh "全部通话"
            en "All calls"
        /// To the form that exports what is found.
        Export
            zh "导出这些录音"
            en "Export these recordings"
        /// The next page.
        More
            zh "更多"
            en "More"
        /// Nothing.
        Nothing
            zh "没有找到。号码要么填完整，要么只填后四位；所填条件须全部符合。"
            en "Nothing fits. Give the whole number or its last four; a call has to fit in every field that is filled in."
        /// A field says no number.
        NoNumber
            zh "这不是号码：只用数字、*、#，可以加号开头。"
            en "That is no number: digits, * and #, with a plus in front if you like."
        /// A field says no day.
        NoDay
            zh "日期请写成 2026-11-26。"
            en "Write a day as 2026-11-26."
    }
}

/// An order, as a choice.
pub fn order(order: FindOrder, language: Language) -> String {
    let sentence = match order {
        FindOrder::Newest => Search::Newest,
        FindOrder::Oldest => Search::Oldest,
        FindOrder::Longest => Search::Longest,
    };
    sentence.say(language)
}
