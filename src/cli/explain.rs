//! `ringfence explain`: a call's story from the log, and the ladder of its signalling from the traces of the running box.

use std::{path::Path, process::ExitCode};

use call::{CallEvent, Endpoint};
use frame::{CallId, LegId, PortId, SpanId, Stamp};

use super::{Outcome, arguments::Explain, say, settings, system};
use crate::{
    changes::{Client, ClientError},
    data_dir::index_of,
    handles::{LinesReply, LinesRequest},
    journal::{Event, IndexReader, Record, cdr},
    words::{
        self, Language, Names,
        command::{Lines, Trouble},
    },
};

/// Explains a call.
pub(super) fn explain(asked: &Explain, language: Language) -> Outcome {
    let records = records(&asked.data, asked.call)?;
    if records.is_empty() {
        let (call, path) = (asked.call.to_string(), asked.data.display().to_string());
        return Err(Trouble::NoSuchCall { call, path });
    }
    say(&Lines::StoryOf { call: asked.call.to_string() }.say(language));
    let events = records.iter().filter_map(|record| match record.event() {
        Some(Event::Call(event)) => Some((record.stamp, event)),
        _ => None,
    });
    for (at, event) in events.clone() {
        tell(&at, &words::story(event, language, &Numbered));
        if let Some(advice) = advice(event, &records, language) {
            say(&Lines::Advice { advice }.say(language));
        }
    }
    let legs: Vec<LegId> = events.filter_map(|(_, event)| leg_on_a_channel(event)).collect();
    if !legs.is_empty() {
        say(&Lines::Signalling.say(language));
        ladders(legs, &asked.data, language)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn records(data: &Path, call: CallId) -> Result<Vec<Record>, Trouble> {
    let index = index_of(data);
    let name = index.display().to_string();
    let read = IndexReader::open(&index).and_then(|reader| reader.events(call));
    read.map_err(|error| system(&name)(std::io::Error::other(error)))
}

/// The legs that may be in a trace: those that were to go over ISDN.
fn leg_on_a_channel(event: &CallEvent) -> Option<LegId> {
    match event {
        CallEvent::LegBegan { leg, endpoint: Endpoint::Channel { .. }, .. } => Some(*leg),
        _ => None,
    }
}

/// What to do about the end of a call.
fn advice(event: &CallEvent, records: &[Record], language: Language) -> Option<String> {
    match event {
        CallEvent::Ended { cause, .. } if *cause != isdn::Cause::NormalClearing => {
            let lane = cdr(records).and_then(|cdr| cdr.channel_that_ended_with(*cause));
            let channel = lane.map(|lane| words::channel_of(lane, language, &Numbered));
            Some(words::cause_advice(*cause, channel.as_deref(), language))
        }
        _ => None,
    }
}

fn ladders(legs: Vec<LegId>, data: &Path, language: Language) -> Result<(), Trouble> {
    let client = match Client::connect(data) {
        Ok(client) => client,
        // The log is there without the box, or is that of a box that is gone; its traces are not.
        Err(ClientError::NotRunning(_) | ClientError::NoDataDir(_)) => {
            say(&Lines::TracesGone.say(language));
            return Ok(());
        }
        Err(error) => return Err(settings::trouble(error, data)),
    };
    let reply = client.ask_lines(&LinesRequest::Ladders { legs }).map_err(|error| settings::trouble(error, data))?;
    let LinesReply::Ladders(ladders) = reply else {
        return Err(Trouble::BoxSilent { path: data.display().to_string() });
    };
    if ladders.is_empty() {
        say(&words::no_ladder(language));
    }
    for ladder in ladders {
        say(&Lines::OnSpan { span: ladder.span.0 }.say(language));
        for line in words::ladder(&ladder, language, &Numbered) {
            tell(&line.at, &line.text);
            if let Some(advice) = line.advice {
                say(&Lines::Advice { advice }.say(language));
            }
        }
    }
    Ok(())
}

fn tell(at: &Stamp, text: &str) {
    say(&format!("{}  {text}", words::ladder_time(at)));
}

/// The command line has no board file, so jacks and spans go by their numbers.
struct Numbered;

impl Names for Numbered {
    fn port(&self, port: PortId) -> String {
        port.to_string()
    }

    fn span(&self, span: SpanId) -> String {
        format!("E1 {span}")
    }
}
