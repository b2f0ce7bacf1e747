//! A detail record as a line of CSV (RFC 4180), for files and terminals. Columns are only ever added, at the end.
//!
//! Times are UTC; beside each stands `BOOT:MS`, the boot and the milliseconds of its clock, which no step of the wall
//! clock touches. Numbers are whole: whoever may have the file may see them.

use std::time::Duration;

use call::Charge;
use frame::Stamp;
use serde::Serialize;
use serde_json::Value;

use super::{Cdr, utc_text};

/// The columns' names.
pub const CDR_HEADER: &str = "call,direction,class,from,to,dialled,trunk,group,\
    began_utc,began_boot_ms,answered_utc,answered_boot_ms,answer,ended_utc,ended_boot_ms,\
    before_answer_ms,talk_ms,total_ms,cause,ended_by,flow,queue,wait_ms,extension,person,abandoned,\
    recording,recording_state,recording_object,gap_ms,\
    withheld,from_name,other_number,diverted_from,diverted_because,answered_by,\
    called_subaddress,diverted_to,other_party,charge,malicious,message_ms,consent";

impl Cdr {
    /// The record as one line, without its end.
    pub fn line(&self) -> String {
        let columns = [
            self.call.to_string(),
            word(&self.direction),
            word(&self.class),
            text(&self.from),
            text(&self.to),
            text(&self.dialled),
            text(&self.trunk),
            text(&self.group),
            utc(Some(self.began)),
            clock(Some(self.began)),
            utc(self.answered),
            clock(self.answered),
            word(&self.answer),
            utc(self.ended),
            clock(self.ended),
            ms(self.before_answer()),
            ms(self.talk()),
            ms(self.total()),
            text(&self.cause.map(isdn::Cause::number)),
            word(&self.ended_by),
            text(&self.flow),
            text(&self.queue),
            ms(self.waited),
            text(&self.extension),
            text(&self.person),
            self.abandoned.to_string(),
            text(&self.recording.id),
            word(&self.recording.state()),
            text(&self.recording.object),
            ms(self.gap),
            self.told.withheld.to_string(),
            text(&self.told.from_name),
            text(&self.told.other_number),
            text(&self.told.diverted_from),
            word(&self.told.diverted_because),
            text(&self.told.answered_by),
            text(&self.told.called_subaddress),
            text(&self.told.diverted_to),
            text(&self.told.other_party),
            charges(self.legs.iter().filter_map(|leg| leg.charge.as_ref())),
            self.told.malicious.to_string(),
            self.message.map(ms).unwrap_or_default(),
            word(&self.consent),
        ];
        columns.map(|column| quoted(&column)).join(",")
    }
}

/// An enum's name as the log writes it.
pub fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(word)) => word,
        _ => String::new(),
    }
}

fn text(value: &Option<impl ToString>) -> String {
    value.as_ref().map(ToString::to_string).unwrap_or_default()
}

/// `CNY:1.200`, `units:3`, `free`, `unknown`; of a call that two trunks charge for, both with a blank between them.
fn charges<'a>(charges: impl Iterator<Item = &'a Charge>) -> String {
    let told = charges.map(|charge| match charge {
        Charge::NotAvailable => "unknown".to_owned(),
        Charge::Free => "free".to_owned(),
        Charge::Money { currency, thousandths } => {
            format!("{currency}:{}.{:03}", thousandths / 1000, thousandths % 1000)
        }
        Charge::Units { units } => format!("units:{units}"),
    });
    told.collect::<Vec<_>>().join(" ")
}

fn utc(stamp: Option<Stamp>) -> String {
    stamp.map(|stamp| utc_text(stamp.utc)).unwrap_or_default()
}

fn clock(stamp: Option<Stamp>) -> String {
    stamp.map(|stamp| format!("{}:{}", stamp.boot, stamp.time.as_us() / 1000)).unwrap_or_default()
}

fn ms(duration: Duration) -> String {
    duration.as_millis().to_string()
}

fn quoted(column: &str) -> String {
    if column.contains([',', '"', '\r', '\n']) {
        return format!("\"{}\"", column.replace('"', "\"\""));
    }
    column.to_owned()
}

#[cfg(test)]
mod tests {
    use call::{CallEvent, ConsentEvidence};
    use frame::{LegId, LifeNo};

    use super::*;
    use crate::journal::{
        Event, cdr,
        sample::{CALL, queued_call, records},
    };

    const CALLER: LegId = LegId::new(LifeNo(1), 1);

    #[test]
    fn a_line_is_stable() {
        let cdr = cdr(&records(queued_call())).unwrap();
        let golden = "1-1,incoming,normal,13912348000,803,62001000,1/5,telecom,\
            2026-11-23T19:54:37.000Z,1:1000,2026-11-23T19:54:43.000Z,1:7000,off_hook,2026-11-23T19:54:49.000Z,1:13000,\
            6000,6000,12000,16,caller,main,service,4000,803,7,false,1-1,complete,1-1.rec,0,false,,,,,,,,,,false,,not_asked";
        assert_eq!(cdr.line(), golden);
        assert_eq!(CDR_HEADER.split(',').count(), golden.split(',').count());
    }

    #[test]
    fn what_two_trunks_charge_stands_in_one_column() {
        let mut cdr = cdr(&records(queued_call())).unwrap();
        cdr.legs[0].charge = Some(Charge::Money { currency: "CNY".into(), thousandths: 1_205 });
        cdr.legs[1].charge = Some(Charge::Units { units: 3 });
        assert!(cdr.line().ends_with(",CNY:1.205 units:3,false,,not_asked"), "{}", cdr.line());
    }

    #[test]
    fn what_a_caller_said_to_being_recorded_is_the_last_column_and_the_last_answer_counts() {
        let mut told = queued_call();
        let asked = |given| CallEvent::ConsentAsked {
            call: CALL,
            leg: CALLER,
            step: "ask".into(),
            given,
            evidence: ConsentEvidence::Key,
            recorded: given,
        };
        let ends = |told: &[(u64, Event)], consent: &str| {
            let line = cdr(&records(told.to_vec())).unwrap().line();
            assert!(line.ends_with(&format!(",{consent}")), "{line}");
        };
        let end = told.len() - 1;
        told.insert(end, (12_000, asked(false).into()));
        ends(&told, "refused");
        told.insert(end + 1, (12_100, asked(true).into()));
        ends(&told, "given");
        assert!(CDR_HEADER.ends_with(",consent"));
    }

    #[test]
    fn names_with_commas_quotes_and_line_ends_are_quoted() {
        let mut cdr = cdr(&records(queued_call())).unwrap();
        cdr.queue = Some("a,\"b\"\nc".to_owned());
        assert!(cdr.line().contains(",\"a,\"\"b\"\"\nc\","));
    }
}
