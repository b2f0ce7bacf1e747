//! Box: the chassis, and what a pressed jack is about.

use std::sync::Arc;

use access::Permission;
use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use call::Wishes;
use frame::{CallId, PortId, SpanId, Timeslot};
use settings::CardKind;

use super::{
    app::App,
    chassis::{self, Chassis},
    fault::{Fault, render},
    hand_acts::{self, HandActs},
    line_acts::{self, Became, LineActs},
    mask_acts::{self, MaskActs},
    moment::Moment,
    now::{AlarmRow, alarm_rows},
    port_acts::{self, PortActs},
    shell::Shell,
    visitor::Member,
};
use crate::{
    handles::{ClockNow, CountersNow, JackNow, LevelsNow, SharedDChannel, Snapshot, SpanNow},
    journal::{Alarm, OpenAlarm, Over, PastAlarm, Place},
    words::{Language, alarm_brief, page::Page, state},
};

/// How many past alarms of a jack are shown: what a page holds beside the rest.
const PAST_SHOWN: usize = 20;

#[derive(Template)]
#[template(path = "box.html", config = "src/admin/web/askama.toml")]
struct BoxPage {
    shell: Shell,
    chassis: Option<Chassis>,
    jack: Option<JackDetail>,
    acts: Option<LineActs>,
    hand: Option<HandActs>,
    masks: Option<MaskActs>,
    tests: Option<PortActs>,
}

/// What a pressed jack is about.
#[derive(Debug)]
struct JackDetail {
    label: String,
    class: &'static str,
    alarms: Vec<AlarmRow>,
    /// A name and what is to be said to it.
    facts: Vec<(String, String)>,
    call: Option<CallId>,
    /// Since when the counters among the facts count, where there are any.
    counted_since: Option<Moment>,
    past: Vec<PastRow>,
}

/// An alarm that the jack, its span or its card has had.
#[derive(Debug)]
struct PastRow {
    text: String,
    since: Moment,
    until: Option<Moment>,
    /// What stands where the end would.
    end: Option<String>,
}

/// `GET /box`
pub(super) async fn show(State(app): State<Arc<App>>, member: Member) -> Result<Response, Fault> {
    page(&app, &member, None, Became::default()).await
}

/// `GET /box/{port}`
pub(super) async fn show_jack(
    State(app): State<Arc<App>>,
    member: Member,
    Path(port): Path<String>,
) -> Result<Response, Fault> {
    let port: Option<PortId> = port.parse().ok();
    let known = port.filter(|port| app.layout.jack(*port).is_some());
    match known {
        Some(port) => page(&app, &member, Some(port), Became::default()).await,
        None => Err(Fault::not_found(member.visitor.language)),
    }
}

/// The page of the chassis, with a jack pressed or none.
pub(super) async fn page(
    app: &App,
    member: &Member,
    pressed: Option<PortId>,
    became: Became,
) -> Result<Response, Fault> {
    member.must(Permission::SeeBox)?;
    let language = member.visitor.language;
    let shell = Shell::inside(app, member, Page::Box).await?;
    let alarms = app.alarms(language).await?;
    let past = past_alarms(app, pressed, language).await?;
    let snapshot = app.snapshot().await;
    let chassis = snapshot.as_ref().map(|snapshot| Chassis::new(&app.parts.board, snapshot, pressed, language));
    let hand = pressed.and_then(|port| hand_acts::acts(app, member, port, became.clone()));
    let tests = match pressed {
        Some(port) => port_acts::acts(app, member, port, became.clone()).await?,
        None => None,
    };
    let acts = pressed.zip(snapshot.as_ref());
    let masks = acts.and_then(|(port, snapshot)| mask_acts::at_telephone(app, member, port, snapshot, became.clone()));
    let acts = acts.and_then(|(port, snapshot)| line_acts::acts(app, member, port, snapshot, became));
    let jack = pressed.zip(snapshot).and_then(|(port, snapshot)| detail(app, port, &snapshot, &alarms, language));
    let jack = jack.map(|jack| JackDetail { past, ..jack });
    Ok(render(&BoxPage { shell, chassis, jack, acts, hand, masks, tests }))
}

fn detail(
    app: &App,
    port: PortId,
    snapshot: &Snapshot,
    alarms: &[OpenAlarm],
    language: Language,
) -> Option<JackDetail> {
    let jack = snapshot.jacks.iter().find(|jack| jack.port == port)?;
    let span = snapshot.spans.iter().find(|span| span.port == port);
    let own: Vec<OpenAlarm> = alarms.iter().filter(|open| concerns(&open.alarm, jack)).cloned().collect();
    let counters = counters_of(app, port, snapshot);
    Some(JackDetail {
        label: jack.label.clone(),
        class: chassis::class(jack.state),
        alarms: alarm_rows(app, &own, language),
        facts: [
            facts(app, jack, span, clock_of(app, port, snapshot), language),
            echo(app, port, snapshot, language).map(|said| (Page::Echo.say(language), said)).into_iter().collect(),
            gain(app, port, language).map(|said| (Page::Gain.say(language), said)).into_iter().collect(),
            levels(app, jack, snapshot, language),
            faults(span, counters, language),
        ]
        .concat(),
        call: jack.call,
        counted_since: counters.map(|_| Moment::date(snapshot.counted_since.utc)),
        past: Vec::new(),
    })
}

/// The last alarms of a jack, its span and its card.
async fn past_alarms(app: &App, pressed: Option<PortId>, language: Language) -> Result<Vec<PastRow>, Fault> {
    let jack = pressed.and_then(|port| app.layout.jack(port));
    let Some(jack) = jack else { return Ok(Vec::new()) };
    let places = [Place::Span(jack.lane.span), Place::Port(jack.port), Place::Card(jack.port.card)];
    let past = app.read_index(language, move |index| index.past_alarms(&places, PAST_SHOWN)).await?;
    Ok(past.iter().map(|alarm| past_row(alarm, language)).collect())
}

fn past_row(past: &PastAlarm, language: Language) -> PastRow {
    let end = match past.until {
        None => Some(Page::StillOn),
        Some((_, Over::Restarted)) => Some(Page::UntilRestart),
        Some((_, Over::Cleared)) => None,
    };
    PastRow {
        text: alarm_brief(&past.alarm, language),
        since: Moment::date(past.since.utc),
        until: past.until.map(|(until, _)| Moment::date(until.utc)),
        end: end.map(|end| end.say(language)),
    }
}

/// What the card of a jack has counted of its span, where it counts.
fn counters_of(app: &App, port: PortId, snapshot: &Snapshot) -> Option<CountersNow> {
    let span = app.layout.jack(port)?.lane.span;
    snapshot.counters.iter().find(|counters| counters.span == span).copied()
}

/// What is known of the echo of a jack's lines. Nothing of a sound device, whose echo comes through the air.
fn echo(app: &App, port: PortId, snapshot: &Snapshot, language: Language) -> Option<String> {
    let card = app.parts.board.cards.iter().find(|card| card.serial == port.card)?;
    let lane = app.layout.jack(port)?.lane;
    if card.kind.is_sound() {
        return None;
    }
    let of_span = snapshot.echoes.iter().filter(|echo| echo.lane.span == lane.span);
    let known = if card.kind.is_trunk() {
        state::echoes(&of_span.copied().collect::<Vec<_>>(), language)
    } else {
        of_span.copied().find(|echo| echo.lane == lane).map(|found| state::echo(found, language))
    };
    Some(known.unwrap_or_else(|| state::echo_by(card.echo(), language).to_owned()))
}

/// How much louder a line is made by its card, where it is.
fn gain(app: &App, port: PortId, language: Language) -> Option<String> {
    let card = app.parts.board.cards.iter().find(|card| card.serial == port.card)?;
    let of = card.dahdi.as_ref()?;
    let (receive_db, send_db) = (of.receive_gain_db.db(port.position), of.send_gain_db.db(port.position));
    (receive_db != 0 || send_db != 0).then(|| state::gain(receive_db, send_db, language))
}

/// The clock of a jack's card, where that is another than the box's.
fn clock_of(app: &App, port: PortId, snapshot: &Snapshot) -> Option<ClockNow> {
    let span = app.layout.jack(port)?.lane.span;
    snapshot.clocks.iter().find(|clock| clock.span == span).copied()
}

fn facts(
    app: &App,
    jack: &JackNow,
    span: Option<&SpanNow>,
    clock: Option<ClockNow>,
    language: Language,
) -> Vec<(String, String)> {
    let state = match jack.kind {
        CardKind::E1 | CardKind::T1 | CardKind::LineIn => state::trunk_state(jack.state, language),
        CardKind::Fxo | CardKind::Fxs | CardKind::Handset | CardKind::Loudspeaker => {
            state::jack_state(jack.state, language)
        }
    };
    let mut facts = vec![
        (Page::Jack, jack.port.to_string()),
        (Page::Kind, state::card_kind(jack.kind, language).to_owned()),
        (Page::State, state.to_owned()),
    ];
    if jack.wishes != Wishes::default() {
        facts.push((Page::Wishes, state::wishes(&jack.wishes, language)));
    }
    if let Some(mailbox) = jack.mailbox {
        facts.push((Page::Mailbox, state::mailbox(mailbox, language)));
    }
    if jack.kind == CardKind::LineIn {
        facts.push((Page::Recording, Page::LineInRecorded.say(language)));
    }
    if let Some(span) = span {
        facts.push((Page::Signal, state::span_line(span.line, language).to_owned()));
        facts.push((Page::DataLink, state::link_state(span.link, language).to_owned()));
        facts.extend(span.shared.map(|shared| (Page::SignalledOver, signalled_over(app, shared, language))));
        if !span.taken_out.is_empty() {
            facts.push((Page::TakenOut, stretches(&span.taken_out)));
        }
    }
    if let Some(ClockNow { ppm, slips, .. }) = clock {
        facts.push((Page::Clock, state::clock(ppm, slips, language)));
    }
    facts.into_iter().map(|(name, value)| (name.say(language), value)).collect()
}

/// The line whose D-channel carries the signalling of lines that share one.
fn signalled_over(app: &App, shared: SharedDChannel, language: Language) -> String {
    let label = |span: SpanId| {
        let jack = app.layout.jacks.iter().find(|jack| jack.lane.span == span && jack.kind.is_trunk());
        jack.map_or_else(|| span.to_string(), |jack| jack.label.clone())
    };
    state::d_channel(shared.active.map(label).as_deref(), shared.active == Some(shared.primary), language)
}

/// How loud it is at a jack: both ways of a port with one party, the speech of all channels in use of a span.
fn levels(app: &App, jack: &JackNow, snapshot: &Snapshot, language: Language) -> Vec<(String, String)> {
    let Some(place) = app.layout.jack(jack.port) else { return Vec::new() };
    if place.kind.is_trunk() {
        let of_span = snapshot.levels.iter().filter(|levels| levels.lane.span == place.lane.span);
        let speech = |levels: &LevelsNow| Some((levels.lane.timeslot, levels.said.speech_dbm0?));
        let channels: Vec<_> = of_span.filter_map(speech).collect();
        let said = || (Page::SpeechByChannel.say(language), state::speech_by_channel(&channels, language));
        return (!channels.is_empty()).then(said).into_iter().collect();
    }
    let Some(levels) = snapshot.levels.iter().find(|levels| levels.lane == place.lane) else { return Vec::new() };
    let ways = [(Page::LevelIn, levels.said), (Page::LevelOut, levels.heard)];
    ways.map(|(name, level)| (name.say(language), state::level(level, language))).to_vec()
}

/// What was counted of a jack's span.
fn faults(span: Option<&SpanNow>, counters: Option<CountersNow>, language: Language) -> Vec<(String, String)> {
    let Some(CountersNow { audio, frames, line, .. }) = counters else { return Vec::new() };
    let mut faults = vec![(Page::AudioFaults, state::audio_counts(audio, language))];
    faults.extend(state::audio_advice(audio, language).map(|advice| (Page::WhatToDo, advice.to_owned())));
    if span.is_some() {
        faults.push((Page::FrameFaults, state::frame_counts(frames, language)));
        faults.push((Page::LineFaults, state::line_counts(line, language)));
    }
    faults.into_iter().map(|(name, value)| (name.say(language), value)).collect()
}

/// Timeslots as people write them: `3, 5–7`.
fn stretches(timeslots: &[Timeslot]) -> String {
    let mut stretches: Vec<(u8, u8)> = Vec::new();
    for Timeslot(slot) in timeslots {
        match stretches.last_mut() {
            Some((_, last)) if *last + 1 == *slot => *last = *slot,
            _ => stretches.push((*slot, *slot)),
        }
    }
    let said = stretches.iter().map(|(first, last)| match first == last {
        true => first.to_string(),
        false => format!("{first}–{last}"),
    });
    said.collect::<Vec<_>>().join(", ")
}

/// Whether an alarm is about a jack, its span or its card.
fn concerns(alarm: &Alarm, jack: &JackNow) -> bool {
    let is_its_backup = matches!(alarm, Alarm::BackupDChannel { backup, .. } if *backup == jack.span);
    is_its_backup
        || match alarm.place() {
            Place::Span(span) => span == jack.span,
            Place::Port(port) => port == jack.port,
            Place::Card(card) => card == jack.port.card,
            Place::House => false,
        }
}
