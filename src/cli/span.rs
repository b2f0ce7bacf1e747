//! `ringfence span`: how the spans of the running box are, what was counted of them since when, and their last alarms
//! with when they came and went. Where the box does not run, the alarms that its log knows of one span.

use std::{io, path::Path, process::ExitCode};

use frame::SpanId;

use super::{Outcome, arguments::Span, say, settings, system};
use crate::{
    changes::{Client, ClientError},
    data_dir::index_of,
    handles::{CountersNow, JackNow, LinesReply, LinesRequest, SpanNow, SpansNow},
    journal::{IndexReader, Over, PastAlarm, Place},
    words::{
        Language, alarm_brief,
        command::{Lines, Trouble},
        date_time, duration,
        page::Page,
        state,
    },
};

/// How many alarms of a span are listed: a screen.
const LISTED: usize = 20;

/// Tells how spans are.
pub(super) fn span(asked: &Span, language: Language) -> Outcome {
    let client = match (Client::connect(&asked.data), asked.span) {
        (Ok(client), _) => client,
        (Err(ClientError::NotRunning(_)), Some(span)) => return without_the_box(&asked.data, span, language),
        (Err(error), _) => return Err(settings::trouble(error, &asked.data)),
    };
    let reply = client.ask_lines(&LinesRequest::Spans).map_err(|error| settings::trouble(error, &asked.data))?;
    let LinesReply::Spans(now) = reply else {
        return Err(Trouble::BoxSilent { path: asked.data.display().to_string() });
    };
    let wanted = spans(&now).into_iter().filter(|span| asked.span.is_none_or(|only| only == *span));
    let wanted: Vec<SpanId> = wanted.collect();
    if let (true, Some(span)) = (wanted.is_empty(), asked.span) {
        return Err(Trouble::NoSuchSpanOfAnyKind { span: span.0 });
    }
    for span in wanted {
        tell(&now, span, &asked.data, language)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The log is there without the box; its counters are not.
fn without_the_box(data: &Path, span: SpanId, language: Language) -> Outcome {
    say(&Lines::CountersGone.say(language));
    tell_past(&past(data, &[Place::Span(span)])?, language);
    Ok(ExitCode::SUCCESS)
}

/// All spans that have jacks, in the order of the board file.
fn spans(now: &SpansNow) -> Vec<SpanId> {
    let mut spans: Vec<SpanId> = now.jacks.iter().map(|jack| jack.span).collect();
    spans.dedup();
    spans
}

fn tell(now: &SpansNow, span: SpanId, data: &Path, language: Language) -> Result<(), Trouble> {
    let jacks: Vec<&JackNow> = now.jacks.iter().filter(|jack| jack.span == span).collect();
    let Some(first) = jacks.first() else { return Ok(()) };
    let kind = state::card_kind(first.kind, language).to_owned();
    let names: Vec<&str> = jacks.iter().map(|jack| jack.label.as_str()).collect();
    let name = format!("{} ({})", names.join(language.pick("、", ", ")), first.port.card);
    say(&Lines::SpanIs { span: span.0, kind, name }.say(language));
    let isdn = now.spans.iter().find(|known| known.span == span);
    if let Some(SpanNow { line, link, .. }) = isdn {
        let (line, link) = (state::span_line(*line, language), state::link_state(*link, language));
        say(&Lines::SpanState { line: line.to_owned(), link: link.to_owned() }.say(language));
    }
    match now.counters.iter().find(|counted| counted.span == span) {
        Some(counted) => tell_counters(counted, isdn.is_some(), now, language),
        None => say(&Lines::NothingCounted.say(language)),
    }
    let places = [Place::Card(first.port.card), Place::Span(span)];
    let places: Vec<Place> = places.into_iter().chain(jacks.iter().map(|jack| Place::Port(jack.port))).collect();
    tell_past(&past(data, &places)?, language);
    Ok(())
}

fn tell_counters(counted: &CountersNow, has_isdn: bool, now: &SpansNow, language: Language) {
    let audio = (Page::AudioFaults, state::audio_counts(counted.audio, language));
    let of_isdn = [
        (Page::FrameFaults, state::frame_counts(counted.frames, language)),
        (Page::LineFaults, state::line_counts(counted.line, language)),
    ];
    for (what, counts) in [audio].into_iter().chain(of_isdn.into_iter().filter(|_| has_isdn)) {
        say(&Lines::Counted { what: what.say(language), counts }.say(language));
    }
    say(&Lines::CountedSince { since: date_time(now.counted_since.utc) }.say(language));
    if let Some(advice) = state::audio_advice(counted.audio, language) {
        say(&Lines::Counted { what: Page::WhatToDo.say(language), counts: advice.to_owned() }.say(language));
    }
}

/// The last alarms of these places together, newest first.
fn past(data: &Path, places: &[Place]) -> Result<Vec<PastAlarm>, Trouble> {
    let index = index_of(data);
    let read = IndexReader::open(&index).and_then(|reader| reader.past_alarms(places, LISTED));
    read.map_err(|error| system(&index.display().to_string())(io::Error::other(error)))
}

fn tell_past(past: &[PastAlarm], language: Language) {
    if past.is_empty() {
        return say(&Lines::NoAlarms.say(language));
    }
    say(&Lines::LastAlarms { count: past.len() }.say(language));
    for alarm in past {
        say(&line(alarm, language).say(language));
    }
}

fn line(past: &PastAlarm, language: Language) -> Lines {
    let (since, what) = (date_time(past.since.utc), alarm_brief(&past.alarm, language));
    match past.until {
        None => Lines::AlarmHolds { since, what },
        Some((until, Over::Restarted)) => Lines::AlarmUntilRestart { since, until: date_time(until.utc), what },
        Some((until, Over::Cleared)) => {
            let lasted = duration(language, until.since(&past.since));
            Lines::AlarmWas { since, until: date_time(until.utc), lasted, what }
        }
    }
}
