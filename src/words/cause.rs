//! Causes of Q.850 in words that an administrator can act on: what it is called, who says so, what to do.

use isdn::{Cause, q931::element::Location};

use super::{
    Language,
    cause_table::{ROWS, Row},
};

/// A cause with its number: `the called party is busy (17)`.
pub fn cause(cause: Cause, language: Language) -> String {
    let number = cause.number();
    let row = row_of(number);
    match language {
        Language::Chinese => format!("{}（{number}）", row.zh),
        Language::English => format!("{} ({number})", row.en),
    }
}

/// What to do about a cause. `channel` is the channel in question, in words, where it is known.
pub fn cause_advice(cause: Cause, channel: Option<&str>, language: Language) -> String {
    let row = row_of(cause.number());
    let advice = language.pick(row.act_zh, row.act_en);
    let unnamed = language.pick("该信道", "the channel");
    advice.replace(CHANNEL, channel.unwrap_or(unnamed))
}

/// Who gave a cause, seen from this box: Q.850, 2.2.
pub fn location(location: Location, language: Language) -> String {
    let words = match location {
        Location::User => ("用户自己的设备", "the user's own equipment"),
        Location::PrivateLocal => ("本侧的专网交换机", "the private exchange on this side"),
        Location::PublicLocal => ("本地运营商的交换机", "the local carrier's exchange"),
        Location::Transit => ("中途转接的运营商", "a carrier on the way"),
        Location::PublicRemote => ("对方的运营商", "the far party's carrier"),
        Location::PrivateRemote => ("对方单位的交换机", "the far party's own exchange"),
        Location::International => ("国际网", "the international network"),
        Location::BeyondInterworking => ("网关之后的另一种网络", "another kind of network, behind a gateway"),
        Location::Other(number) => {
            return match language {
                Language::Chinese => format!("位置 {number}"),
                Language::English => format!("location {number}"),
            };
        }
    };
    language.pick(words.0, words.1).to_owned()
}

/// The row of a number. One that Q.850 does not name is taken as its class unspecified, as its receiver has to:
/// Q.850, 2.2.
fn row_of(number: u8) -> &'static Row {
    let find = |number: u8| ROWS.iter().find(|row| row.number == number);
    let class = match number {
        0..=31 => 31,
        32..=47 => 47,
        48..=63 => 63,
        64..=79 => 79,
        80..=95 => 95,
        96..=111 => 111,
        _ => 127,
    };
    find(number).or_else(|| find(class)).expect("each class has its unspecified cause")
}

/// What stands in an advice for the channel.
const CHANNEL: &str = "{channel}";

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_cause_that_has_a_name_has_its_own_words_and_advice_in_both_languages() {
        for cause in Cause::NAMED {
            assert!(ROWS.iter().any(|row| row.number == cause.number()), "{cause:?} has no row");
        }
        assert!(ROWS.is_sorted_by(|a, b| a.number < b.number));
        let columns: [fn(&Row) -> &str; 4] = [|row| row.zh, |row| row.en, |row| row.act_zh, |row| row.act_en];
        for column in columns {
            let mut seen = BTreeSet::new();
            for row in ROWS {
                let words = column(row);
                assert!(!words.trim().is_empty() && seen.insert(words), "{}: {words:?} is empty or twice", row.number);
            }
        }
    }

    #[test]
    fn chinese_is_chinese_and_english_is_english() {
        let is_han = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
        for row in ROWS {
            assert!(is_han(row.zh) && is_han(row.act_zh), "{}", row.number);
            assert!(!is_han(row.en) && !is_han(row.act_en), "{}", row.number);
            assert!(row.act_zh.ends_with('。') && row.act_en.ends_with('.'), "{}: advice is a sentence", row.number);
        }
    }

    #[test]
    fn a_cause_without_a_name_is_told_as_its_class_and_keeps_its_number() {
        for number in 0..=127 {
            let told = cause(Cause::from_number(number), Language::English);
            assert!(told.ends_with(&format!(" ({number})")), "{told}");
        }
        assert_eq!(cause(Cause::from_number(45), Language::English), "no resource is available (45)");
        assert_eq!(cause(Cause::from_number(10), Language::Chinese), "正常，未说明（10）");
    }

    #[test]
    fn advice_names_the_channel_where_it_is_known_and_never_shows_the_place_for_it() {
        let busy = Cause::RequestedChannelUnavailable;
        let advice = cause_advice(busy, Some("channel 5 of span 1"), Language::English);
        assert!(advice.starts_with("The exchange thinks that channel 5 of span 1 is in use"), "{advice}");
        for language in Language::ALL {
            for row in ROWS {
                let advice = cause_advice(Cause::from_number(row.number), None, language);
                assert!(!advice.contains('{'), "{advice}");
            }
        }
    }

    #[test]
    fn every_place_that_gives_a_cause_has_its_own_words() {
        for language in Language::ALL {
            let told: BTreeSet<String> = (0..16).map(|code| location(Location::from_code(code), language)).collect();
            assert_eq!(told.len(), 16, "{told:?}");
        }
    }
}
