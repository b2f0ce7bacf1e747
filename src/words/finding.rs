//! What `verify` found, in words.

use frame::Utc;
use vault::KeysFault;

use super::{Language, date_time};
use crate::recorder::{ChunkPlace, Finding, Found, Whereabouts};

/// A finding as a sentence, with the call, the chunk and the moment that it is about.
pub fn finding(found: &Found, language: Language) -> String {
    let what = what_found(&found.what, language);
    match &found.about {
        Some(about) => format!("{what}{}", whereabouts(about, matches!(found.what, Finding::Sealed(_)), language)),
        None => what,
    }
}

fn what_found(finding: &Finding, language: Language) -> String {
    let (zh, en) = match finding {
        Finding::Format(what) => {
            return format!("{}: {what}", language.pick("内容已被改动或损坏", "changed or damaged"));
        }
        Finding::Sealed(what) => {
            return format!("{}: {what}", language.pick("这一块打不开", "this chunk does not open"));
        }
        Finding::NotTheLogged => {
            ("与日志所记的不是同一条录音", "whole in itself, but not the recording that the log knows")
        }
        Finding::OtherThanLive(utc_us) => return other_than_live(*utc_us, language),
        Finding::OtherVault => ("属于另一个录音库", "it belongs to another vault"),
        Finding::WrongName => ("文件名与内容不符", "it stands under another recording's name"),
        Finding::Missing(recording, call) => {
            return match language {
                Language::Chinese => format!("日志里有通话 {call} 的录音 {recording}，而文件不在"),
                Language::English => format!("the log has recording {recording} of call {call}, and it is not there"),
            };
        }
        Finding::NotLogged => ("日志里没有这条录音", "the log does not have this recording"),
        Finding::SaidOtherwise => (
            "日志后来又写了这条录音的另一个结尾：以第一条为准",
            "the log has another leaf of this recording's end, later, that says otherwise: the first one counts",
        ),
        Finding::WrongRoot => (
            "签名的日志根与日志内容不符：日志被改动或截短",
            "a signed root does not fit the log: the log was changed or cut",
        ),
        Finding::OutsideRoot(what) => {
            let words =
                language.pick("外部日志根不是本录音库签的", "the root from outside is none that this vault has signed");
            return format!("{words}: {what}");
        }
        Finding::FewerThanOutside { covers } => {
            return match language {
                Language::Chinese => format!("外部日志根包含 {covers} 条，这里没有这么多：录音库被退回到更早的状态"),
                Language::English => {
                    format!(
                        "the root from outside covers {covers} leaves, and there are fewer: the vault was rolled back"
                    )
                }
            };
        }
        Finding::OtherThanOutside { covers } => {
            return match language {
                Language::Chinese => format!("前 {covers} 条与外部日志根不符：日志被重写"),
                Language::English => {
                    format!("the first {covers} leaves are not those of the root from outside: the log was rewritten")
                }
            };
        }
        Finding::NotAmongOutside { covers } => {
            return match language {
                Language::Chinese => {
                    format!("外部日志根里没有包含 {covers} 条的那一个：请用导出那一分钟见证方保存的日志根")
                }
                Language::English => format!(
                    "none of the roots from outside covers these {covers} leaves: take what a witness kept in the minute of the export"
                ),
            };
        }
        Finding::KeyTable => (
            "密钥表的一页打不开；另一份密钥表完好时，下次启动会修复",
            "a page of a key table does not open; where the other table is whole, the next start mends it",
        ),
        Finding::SealedForAnother => (
            "这条录音是为另一个公钥封存的：录音库的证书被换过",
            "it was sealed for another public key: the certificate of the vault was exchanged",
        ),
        Finding::KeyIsBack => (
            "日志说这把密钥已经销毁，它却又在：有人放回了旧文件",
            "the log says that this key was destroyed, and it is there: somebody has put an old file back",
        ),
        Finding::ErasedByNobody => (
            "这一段的密钥不在了，而日志里没有说它是有意删除的",
            "its key is gone, and nothing that the log knows says that it was erased on purpose",
        ),
        Finding::HalfIsBack => (
            "删除凭证说已销毁的密钥还在这份密钥表里：有人放回了旧文件，或删除没有完成",
            "a key is in this table that a tombstone says is destroyed: somebody has put an old file back, or it was never destroyed",
        ),
        Finding::NoRangeTombstone => (
            "日志说这条录音中有一段已删除，它的删除凭证却不在",
            "the log says that a stretch of it was erased, and the tombstone that says which is not there",
        ),
        Finding::RangeOfAnother => (
            "一段的删除凭证所列的分钟或链接，与它旁边的录音不符：不能为任何被删的密钥作证",
            "the tombstone of a stretch names minutes or a link that its recording does not have: it excuses nothing",
        ),
        Finding::UnknownRangeTombstone => (
            "录音旁边有一份段落删除凭证，日志却不知道它：不能为任何被删的密钥作证（刚写下时会有片刻如此）",
            "the tombstone of a stretch stands there that the log does not know: it excuses nothing. Just after it is written that is so for a moment",
        ),
        Finding::NoChapter { to } => {
            return match language {
                Language::Chinese => format!("从这一章到第 {to} 章都不在：事件日志或设置的副本有缺口"),
                Language::English => {
                    format!(
                        "it is not there, nor what follows it up to number {to}: the copy of the event log, or of the settings, has a gap"
                    )
                }
            };
        }
        Finding::ChapterApart => (
            "这一章不是从上一章最后一个事件之后开始：两章之间缺少事件，或有人换过",
            "this chapter does not begin with the event behind the chapter before: events are missing between them, or one was exchanged",
        ),
        Finding::Unreadable(_) => (
            "磁盘读不出这条录音：请查看磁盘健康，并从副本取回",
            "the disk does not give this recording back: check its health, and bring the recording back from a copy",
        ),
        Finding::Keyring(fault) => return keys_fault(*fault, language),
        Finding::OtherCertificate => (
            "证书指纹与给出的不符：这不是那个录音库，或其公钥被换掉",
            "the certificate has another fingerprint than was given: another vault, or its public key was exchanged",
        ),
    };
    language.pick(zh, en).to_owned()
}

/// How the keyring in the vault's directory differs from the one that the log knows.
pub fn keys_fault(fault: KeysFault, language: Language) -> String {
    let (zh, en) = match fault {
        KeysFault::Gone => (
            "日志说已经举行过密钥仪式，密钥环却不在或已损坏，无法核对密钥：请从备份里取回",
            "the log says that there was a ceremony, and its keyring is gone or damaged, so that keys can’t be checked: bring it back from a backup",
        ),
        KeysFault::Older => (
            "日志里有一把密钥，密钥环里却没有：有人放回了旧的密钥环",
            "the log knows a key that the keyring does not have: an older keyring was put back",
        ),
        KeysFault::Foreign => (
            "密钥环里有日志不知道的密钥：有人不经 ringfence vault 换了密钥环",
            "the keyring has a key that the log does not know: somebody has exchanged it without `ringfence vault`",
        ),
        KeysFault::Changed => (
            "密钥环里的录音口令与日志所知不同：有人放回了已移除的口令",
            "the keyring has other slots than the log knows: one that was removed is back",
        ),
    };
    language.pick(zh, en).to_owned()
}

fn other_than_live(utc_us: i64, language: Language) -> String {
    let at = date_time(Utc::from_us(utc_us));
    match language {
        Language::Chinese => format!("与日志在 {at} UTC 所记的不是同一条录音：此前已被改动"),
        Language::English => {
            format!("not the recording that the log knew at {at} UTC: what was said before then was changed")
        }
    }
}

/// Call, part, chunk and minute. `is_it`: the chunk is the one itself, else the last whole one before the place.
fn whereabouts(about: &Whereabouts, is_it: bool, language: Language) -> String {
    let Whereabouts { recording, part, .. } = about;
    let call = about.call.map_or_else(|| "?".to_owned(), |call| call.to_string());
    let place = about.chunk.as_ref().map(|chunk| chunk_place(chunk, is_it, language)).unwrap_or_default();
    match language {
        Language::Chinese => format!("（通话 {call}，录音 {recording}，第 {part} 段{place}）"),
        Language::English => format!(" (call {call}, recording {recording}, part {part}{place})"),
    }
}

fn chunk_place(place: &ChunkPlace, is_it: bool, language: Language) -> String {
    let ChunkPlace { leg, track, chunk, minute, utc_us } = place;
    let (track, at) = (track.0, utc_us.map_or_else(|| "?".to_owned(), |us| date_time(Utc::from_us(us))));
    match language {
        Language::Chinese => {
            let where_ = if is_it { "" } else { "之后" };
            format!("，通话方 {leg} 音轨 {track} 第 {chunk} 块{where_}，其第 {minute} 分钟，{at} UTC")
        }
        Language::English => {
            let where_ = if is_it { "" } else { "behind " };
            format!(", {where_}chunk {chunk} of track {track} of leg {leg}, its minute {minute}, {at} UTC")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_finding_is_told_in_the_words_of_the_program() {
        let all = [
            Finding::NotTheLogged,
            Finding::OtherThanLive(0),
            Finding::OtherVault,
            Finding::WrongName,
            Finding::Missing(frame::RecordingId::from_u64(1), frame::CallId::from_u64(1)),
            Finding::NotLogged,
            Finding::SaidOtherwise,
            Finding::WrongRoot,
            Finding::FewerThanOutside { covers: 7 },
            Finding::OtherThanOutside { covers: 7 },
            Finding::OtherCertificate,
            Finding::KeyTable,
            Finding::SealedForAnother,
            Finding::NoChapter { to: 7 },
            Finding::ChapterApart,
        ];
        for what in all {
            let told = |language| finding(&Found { file: String::new(), offset: 0, what, about: None }, language);
            let (zh, en) = (told(Language::Chinese), told(Language::English));
            assert!(!zh.is_ascii() && en.is_ascii() && !en.contains("{") && !en.contains("Finding"), "{zh} {en}");
        }
    }
}
