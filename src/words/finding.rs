//! What `verify` found, in words.

use super::Language;
use crate::recorder::Finding;

/// A finding as a sentence.
pub fn finding(finding: &Finding, language: Language) -> String {
    let (zh, en) = match finding {
        Finding::Format(what) => {
            return format!("{}: {what}", language.pick("内容已被改动或损坏", "changed or damaged"));
        }
        Finding::NotTheLogged => {
            ("与日志所记的不是同一条录音", "whole in itself, but not the recording that the log knows")
        }
        Finding::OtherVault => ("属于另一个录音库", "it belongs to another vault"),
        Finding::WrongName => ("文件名与内容不符", "it stands under another recording's name"),
        other => return format!("{}: {other:?}", language.pick("不完好", "not intact")),
    };
    language.pick(zh, en).to_owned()
}
