//! Everything outside the box, and the box's line cards: one machine without clock, thread or socket.
//!
//! One [`World::tick`] is 10 ms of all cards. What the box writes is on the line [`PREFILL`](crate::PREFILL) ticks
//! later, what the line says is delivered at once. The same seed and the same inputs give the same outputs.
//! Not here: loss of two-wire lines; slips of single samples.

use std::collections::BTreeMap;

use frame::{CardSerial, LaneId, Law, OCTETS_PER_TICK, Octets, SpanId, Time, Timeslot};
use isdn::LineKind;
use line::{Event, LineCommand, SpanInfo};
use settings::{Board, CardKind, Driver, Layout, SimEcho, SpanPlace};

use crate::{
    cable::Cable,
    card::Card,
    fault::{Dice, Fault, Noise},
    hybrid::Hybrids,
    lanes::{Lanes, silent},
    operator::{Operator, Told},
    outbox::{Outbox, WorldOutput},
    outside_line::{LineAct, OutsideLines},
    party::Party,
    playout::{Flow, Playout},
    sound_jack::SoundJack,
    telephones::Telephones,
    trunk::Trunk,
    wires::{NoisyWires, Wires},
};

/// What a card of which the board file says nothing can ring at once: each of its ports.
const RING_BUDGET_DEFAULT: u8 = u8::MAX;

/// What comes to the world.
#[derive(Clone, Debug)]
pub enum WorldInput<'a> {
    /// The box opened a card: its buffers are flushed and prefilled, and the box is told how its lines are.
    Attached {
        /// Which card.
        card: CardSerial,
    },
    /// The box let go of a card, or died. Its lines stay as they are and hear silence.
    Detached {
        /// Which card.
        card: CardSerial,
    },
    /// One tick of audio of the box.
    BlockFromBox {
        /// Which span.
        span: SpanId,
        /// The octets of all timeslots.
        block: &'a Lanes,
    },
    /// A D-channel frame of the box.
    FrameFromBox {
        /// On which span.
        span: SpanId,
        /// Without its check sequence.
        octets: &'a [u8],
    },
    /// A command of the box to a line.
    Command {
        /// The span.
        span: SpanId,
        /// The timeslot.
        timeslot: Timeslot,
        /// The command.
        command: LineCommand,
    },
    /// One tick of audio of an outside exchange: the audio of the next tick.
    BlockFromPeer {
        /// Which span.
        span: SpanId,
        /// The octets of all timeslots.
        block: &'a Lanes,
    },
    /// A D-channel frame of an outside exchange.
    FrameFromPeer {
        /// On which span.
        span: SpanId,
        /// Without its check sequence.
        octets: &'a [u8],
    },
    /// Something is done outside the box.
    Operator(Operator),
    /// Time has passed: work off what is due.
    Timeout,
}

/// The outside and the cards.
pub struct World {
    cards: Vec<Card>,
    /// By number, those of simulated cards only.
    spans: BTreeMap<SpanId, Span>,
    cables: Vec<Cable>,
    out: Outbox,
}

/// One span of a simulated card.
struct Span {
    info: SpanInfo,
    line: Line,
    playout: Playout,
    attached: bool,
    said: Lanes,
    hybrids: Option<Hybrids>,
    /// What comes back where nothing is wrong with the wires.
    echo: Option<SimEcho>,
    noise: NoisyWires,
    /// What comes out of cables that join jacks here to jacks elsewhere, by timeslot; and what went into them.
    cabled: BTreeMap<u8, Cabled>,
}

/// One end of a cable.
struct Cabled {
    says: Octets,
    heard: Octets,
}

/// What is plugged into a span.
enum Line {
    Trunk(Box<Trunk>),
    Telephones(Telephones),
    OutsideLines(OutsideLines),
    Sound(Box<SoundJack>),
}

impl World {
    /// The outside of the simulated cards of a board. `peers` are the spans to which an outside exchange connects;
    /// behind the others stands our own. All chance comes from `seed`.
    pub fn new(board: &Board, peers: &[SpanId], seed: u64) -> World {
        let layout = Layout::of(board);
        let (cards, spans, cables) = (Vec::new(), BTreeMap::new(), Vec::new());
        let mut world = World { cards, spans, cables, out: Outbox::default() };
        for card in board.cards.iter().filter(|card| card.card == Driver::Sim) {
            let places: Vec<&SpanPlace> = layout.spans_of(card.serial).collect();
            let clock_ppm = card.sim.as_ref().map_or(0, |sim| sim.clock_ppm);
            world.cards.push(Card::new(card.serial, places.iter().map(|place| place.span).collect(), clock_ppm));
            let echo = card.sim.as_ref().and_then(|sim| sim.echo);
            for place in places {
                let budget = card.ring_budget.unwrap_or(RING_BUDGET_DEFAULT);
                let mut span = Span::new(place, budget, peers.contains(&place.span), seed);
                span.hybrids = echo.map(|echo| Hybrids::new(place.law, echo));
                span.echo = echo;
                world.spans.insert(place.span, span);
            }
        }
        world
    }

    /// The simulated cards and their spans, in the order of the board file.
    pub fn cards(&self) -> impl Iterator<Item = (CardSerial, Vec<SpanInfo>)> + '_ {
        self.cards.iter().map(|card| (card.serial, card.spans.iter().map(|span| self.spans[span].info).collect()))
    }

    /// Puts a private exchange in the user's role behind an E1 or T1, before the box opens its card. False where the
    /// span is none of ours.
    pub fn private_exchange(&mut self, span: SpanId) -> bool {
        let Some(Span { info, line: Line::Trunk(trunk), .. }) = self.spans.get_mut(&span) else { return false };
        trunk.private_exchange(info.law)
    }

    /// Whether the outside exchange of a span is heard, so that each of its blocks is a tick.
    pub fn is_clocked_by_peer(&self, span: SpanId, now: Time) -> bool {
        let line = self.spans.get(&span).map(|span| &span.line);
        matches!(line, Some(Line::Trunk(trunk)) if trunk.is_clocked_by_peer(now))
    }

    /// What the outside exchange of a span hears in the latest tick.
    pub fn to_peer(&self, span: SpanId) -> Option<&Lanes> {
        match &self.spans.get(&span)?.line {
            Line::Trunk(trunk) => trunk.to_peer(),
            Line::Telephones(_) | Line::OutsideLines(_) | Line::Sound(_) => None,
        }
    }

    /// Takes one input, after everything that was due before it.
    pub fn handle_input(&mut self, now: Time, input: WorldInput<'_>) {
        self.advance(now);
        match input {
            WorldInput::Attached { card } => self.attach(card),
            WorldInput::Detached { card } => self.detach(card),
            WorldInput::BlockFromBox { span, block } => self.write(span, block),
            WorldInput::FrameFromBox { span, octets } => {
                self.with_trunk(span, |trunk, out| trunk.frame_from_box(octets, out));
            }
            WorldInput::Command { span, timeslot, command } => self.command(LaneId::new(span, timeslot), command),
            WorldInput::BlockFromPeer { span, block } => {
                self.with_trunk(span, |trunk, out| trunk.block_from_peer(out.now, block));
            }
            WorldInput::FrameFromPeer { span, octets } => {
                self.with_trunk(span, |trunk, out| trunk.frame_from_peer(octets, out));
            }
            WorldInput::Operator(operator) => self.operate(operator),
            WorldInput::Timeout => {}
        }
    }

    /// What goes out, in order.
    pub fn poll_output(&mut self) -> Option<WorldOutput> {
        self.out.pop()
    }

    /// When something is due that no input brings.
    pub fn next_deadline(&self) -> Option<Time> {
        self.spans.values().filter_map(|span| span.line.next_deadline()).min()
    }

    /// One tick of all cards. `deliver` gets each block for the box: for each block of a card, one call for each of its
    /// spans in their order.
    pub fn tick(&mut self, now: Time, deliver: &mut impl FnMut(SpanId, &Lanes)) {
        self.advance(now);
        for card in &mut self.cards {
            for _ in 0..card.blocks_due() {
                let lost = card.loses_this_block();
                for number in &card.spans {
                    let span = self.spans.get_mut(number).expect("a card's spans are in the table");
                    span.tick(lost, &mut self.out);
                    if !lost && span.line.brings_blocks() {
                        deliver(*number, &span.said);
                    }
                }
            }
        }
        self.carry_through_cables();
    }

    /// Rings and sound of the last tick, from one end of each cable to the other.
    fn carry_through_cables(&mut self) {
        let mut cables = std::mem::take(&mut self.cables);
        for cable in &mut cables {
            let (rings, passes) = match self.spans.get(&cable.telephone.span).map(|span| &span.line) {
                Some(Line::Telephones(card)) => card.at_cable(cable.telephone.timeslot, self.out.now),
                _ => continue,
            };
            if let Some(event) = cable.rings(rings) {
                self.out.event(cable.line, event);
            }
            let silence = |law: Law| [law.silence(); OCTETS_PER_TICK];
            let from_telephone = self.cabled(cable.telephone).map(|end| end.heard);
            let from_line = self.cabled(cable.line).map(|end| end.heard);
            if let (Some(from_telephone), Some(from_line)) = (from_telephone, from_line) {
                let law = self.spans[&cable.line.span].info.law;
                let to_line = if passes { from_telephone } else { silence(law) };
                let to_telephone = if cable.is_closed { from_line } else { silence(law) };
                self.cabled(cable.line).into_iter().for_each(|end| end.says = to_line);
                self.cabled(cable.telephone).into_iter().for_each(|end| end.says = to_telephone);
            }
        }
        self.cables = cables;
    }

    fn cabled(&mut self, lane: LaneId) -> Option<&mut Cabled> {
        self.spans.get_mut(&lane.span)?.cabled.get_mut(&lane.timeslot.0)
    }

    /// False where the jacks are not those of a telephone and of an outside line of one law.
    fn plug(&mut self, cable: Cable, there: bool) -> bool {
        let spans = [cable.telephone, cable.line].map(|lane| self.spans.get(&lane.span));
        let [Some(telephone), Some(line)] = spans else { return false };
        let fits = matches!((&telephone.line, &line.line), (Line::Telephones(_), Line::OutsideLines(_)));
        if !fits || telephone.info.law != line.info.law {
            return false;
        }
        let silence = [line.info.law.silence(); OCTETS_PER_TICK];
        let out = &mut self.out;
        self.cables.retain_mut(|other| {
            let is_it = (other.telephone, other.line) == (cable.telephone, cable.line);
            if let Some(event) = is_it.then(|| other.rings(false)).flatten() {
                out.event(other.line, event);
            }
            !is_it
        });
        for lane in [cable.telephone, cable.line] {
            let Some(span) = self.spans.get_mut(&lane.span) else { continue };
            match there {
                true => _ = span.cabled.insert(lane.timeslot.0, Cabled { says: silence, heard: silence }),
                false => _ = span.cabled.remove(&lane.timeslot.0),
            }
        }
        self.cables.extend(there.then_some(cable));
        true
    }

    /// What a command does at the other end of a cable. A line that is cabled has no exchange: a loop that it closes is the
    /// telephone's port's. Whether it does nothing else.
    fn command_through_cable(&mut self, lane: LaneId, command: LineCommand) -> bool {
        if let LineCommand::Polarity { .. } = command {
            let turned = self.cables.iter().find(|cable| cable.telephone == lane);
            turned.into_iter().for_each(|cable| self.out.event(cable.line, Event::Polarity));
        }
        let Some(cable) = self.cables.iter_mut().find(|cable| cable.line == lane) else { return false };
        match command {
            LineCommand::OffHook => cable.is_closed = true,
            LineCommand::OnHook => cable.is_closed = false,
            _ => return true,
        }
        let (telephone, is_closed) = (cable.telephone, cable.is_closed);
        if let Some((Line::Telephones(card), out)) = self.line(telephone.span) {
            card.short(telephone.timeslot, is_closed, out);
        }
        true
    }

    fn advance(&mut self, now: Time) {
        self.out.now = now;
        for span in self.spans.values_mut() {
            if span.line.next_deadline().is_some_and(|due| due <= now) {
                span.line.advance(&mut self.out);
            }
        }
    }

    fn attach(&mut self, serial: CardSerial) {
        self.with_spans(serial, |span, out| {
            span.attached = true;
            span.playout.restart();
            span.line.snapshot(out);
        });
    }

    fn detach(&mut self, serial: CardSerial) {
        self.with_spans(serial, |span, _| span.attached = false);
    }

    fn write(&mut self, span: SpanId, block: &Lanes) {
        let Some(span) = self.spans.get_mut(&span) else { return };
        let flow = span.playout.write(block);
        span.tell_slip(flow, &mut self.out);
    }

    fn command(&mut self, lane: LaneId, command: LineCommand) {
        if self.command_through_cable(lane, command) {
            return;
        }
        match self.spans.get_mut(&lane.span).map(|span| &mut span.line) {
            Some(Line::Telephones(card)) => card.command(lane.timeslot, command, &mut self.out),
            Some(Line::OutsideLines(card)) => card.command(lane.timeslot, command, &mut self.out),
            // An E1 or T1 in common-channel signalling has no line to command, and DAHDI refuses it too. A sound device has
            // no line at all.
            Some(Line::Trunk(_) | Line::Sound(_)) | None => {}
        }
    }

    fn operate(&mut self, operator: Operator) {
        let known = match operator {
            Operator::Handset(lane, act) => match self.line(lane.span) {
                Some((Line::Telephones(card), out)) => card.handset(lane.timeslot, &act, out),
                _ => false,
            },
            Operator::Line(lane, act) => match self.line(lane.span) {
                Some((Line::OutsideLines(card), out)) => card.act(lane.timeslot, act, out),
                _ => false,
            },
            Operator::Exchange(span, act) => match self.line(span) {
                Some((Line::Trunk(trunk), out)) => trunk.operate(act, out),
                _ => false,
            },
            Operator::Party(lane, act) => self.with_party(lane, |party, out| party.act(act, out)),
            Operator::Fault(fault) => self.fault(fault),
            Operator::Cable { telephone, line, there } => self.plug(Cable::new(telephone, line), there),
        };
        if !known {
            self.out.tell(Told::NoSuchLine);
        }
    }

    fn fault(&mut self, fault: Fault) -> bool {
        match fault {
            Fault::Cable { span, cut } => self.with_trunk(span, |trunk, out| trunk.cut(cut, out)),
            Fault::Frames { span, lost_permille, damaged_permille } => {
                let noise = Noise { lost_permille, damaged_permille };
                self.with_trunk(span, |trunk, _| trunk.set_noise(noise))
            }
            Fault::Wires { lane, wires } => self.wires(lane, wires),
            Fault::Device { span, state } => match self.line(span) {
                Some((Line::Sound(jack), out)) => {
                    jack.set(state, out);
                    true
                }
                _ => false,
            },
            Fault::LateBlock { card } => self.with_card(card, Card::delay_a_block),
            Fault::LostBlock { card } => self.with_card(card, Card::lose_a_block),
        }
    }

    /// False where no two wires are plugged in there.
    fn wires(&mut self, lane: LaneId, wires: Wires) -> bool {
        let Some(span) = self.spans.get_mut(&lane.span) else { return false };
        span.spoil(lane.timeslot, wires);
        match &mut span.line {
            Line::Telephones(card) => card.short(lane.timeslot, wires == Wires::Short, &mut self.out),
            Line::OutsideLines(card) => {
                let there = !matches!(wires, Wires::Short | Wires::Broken);
                // One that is fed as before changes nothing.
                card.act(lane.timeslot, LineAct::Cable { there }, &mut self.out);
                true
            }
            Line::Trunk(_) | Line::Sound(_) => false,
        }
    }

    fn line(&mut self, span: SpanId) -> Option<(&mut Line, &mut Outbox)> {
        Some((&mut self.spans.get_mut(&span)?.line, &mut self.out))
    }

    fn with_trunk(&mut self, span: SpanId, act: impl FnOnce(&mut Trunk, &mut Outbox)) -> bool {
        let Some((Line::Trunk(trunk), out)) = self.line(span) else { return false };
        act(trunk, out);
        true
    }

    fn with_party(&mut self, lane: LaneId, act: impl FnOnce(&mut Party, &mut Outbox)) -> bool {
        let Some((line, out)) = self.line(lane.span) else { return false };
        let Some(party) = line.party(lane.timeslot) else { return false };
        act(party, out);
        true
    }

    fn with_card(&mut self, serial: CardSerial, act: impl FnOnce(&mut Card)) -> bool {
        let card = self.cards.iter_mut().find(|card| card.serial == serial);
        card.map(act).is_some()
    }

    fn with_spans(&mut self, serial: CardSerial, act: impl Fn(&mut Span, &mut Outbox)) {
        let Some(card) = self.cards.iter().find(|card| card.serial == serial) else { return };
        for number in &card.spans {
            let span = self.spans.get_mut(number).expect("a card's spans are in the table");
            act(span, &mut self.out);
        }
    }
}

impl Span {
    fn new(place: &SpanPlace, ring_budget: u8, peer: bool, seed: u64) -> Span {
        let SpanPlace { span, law, timeslots, kind, .. } = *place;
        // Each span throws its own dice, so that what happens on one does not change the luck of another.
        let dice = Dice::new(seed ^ u64::from(span.0) << 32);
        let noise = Dice::new(seed ^ u64::from(span.0) << 32 ^ 1);
        let line = match kind {
            CardKind::E1 | CardKind::T1 if peer => Line::Trunk(Box::new(Trunk::for_peer(span, law, dice))),
            CardKind::E1 => Line::Trunk(Box::new(Trunk::with_own_exchange(span, law, LineKind::E1, dice))),
            CardKind::T1 => Line::Trunk(Box::new(Trunk::with_own_exchange(span, law, LineKind::T1, dice))),
            CardKind::Fxs => Line::Telephones(Telephones::new(span, law, timeslots, ring_budget)),
            CardKind::Fxo => Line::OutsideLines(OutsideLines::new(span, law, timeslots)),
            CardKind::Handset | CardKind::LineIn | CardKind::Loudspeaker => {
                Line::Sound(Box::new(SoundJack::new(span, law)))
            }
        };
        let info = SpanInfo { span, law, timeslots };
        let (playout, said, noise) = (Playout::new(law), silent(law), NoisyWires::new(law, noise));
        let cabled = BTreeMap::new();
        Span { info, line, playout, attached: false, said, hybrids: None, echo: None, noise, cabled }
    }

    /// Lets the wires of a jack add something to what is said, or no more than at the start.
    fn spoil(&mut self, timeslot: Timeslot, wires: Wires) {
        let loss_db = match wires {
            Wires::Unbalanced { loss_db } => Some(loss_db),
            Wires::Good | Wires::Noisy { .. } | Wires::Short | Wires::Broken => self.echo.map(|echo| echo.loss_db),
        };
        let law = self.info.law;
        self.hybrids.get_or_insert_with(|| Hybrids::perfect(law)).set(timeslot, loss_db);
        let noise = if let Wires::Noisy { dbm0 } = wires { Some(dbm0) } else { None };
        self.noise.set(timeslot, noise);
    }

    fn tick(&mut self, lost: bool, out: &mut Outbox) {
        let heard = if self.attached {
            let (heard, flow) = self.playout.play();
            self.tell_slip(if lost { Flow::Slipped } else { flow }, out);
            heard
        } else {
            self.playout.rest()
        };
        self.line.tick(&heard, &mut self.said, out);
        for (timeslot, end) in &mut self.cabled {
            let timeslot = usize::from(*timeslot);
            end.heard = heard[timeslot];
            self.said[timeslot] = end.says;
        }
        if let Some(hybrids) = &mut self.hybrids {
            hybrids.add(&heard, &mut self.said);
        }
        self.noise.add(&mut self.said);
        if let Line::Telephones(card) = &self.line {
            self.noise.through(card.passing(out.now), &mut self.said);
        }
    }

    fn tell_slip(&self, flow: Flow, out: &mut Outbox) {
        if flow == Flow::Slipped {
            out.span_event(self.info.span, Event::Slip);
        }
    }
}

impl Line {
    fn party(&mut self, timeslot: Timeslot) -> Option<&mut Party> {
        match self {
            Line::Trunk(trunk) => trunk.party(timeslot),
            Line::Telephones(card) => card.party(timeslot),
            Line::OutsideLines(card) => card.party(timeslot),
            Line::Sound(jack) => (timeslot.0 == 0).then_some(&mut jack.party),
        }
    }

    /// Whether its card brings blocks: a sound device that is away does not.
    fn brings_blocks(&self) -> bool {
        !matches!(self, Line::Sound(jack) if !jack.is_there())
    }

    fn next_deadline(&self) -> Option<Time> {
        match self {
            Line::Trunk(trunk) => trunk.next_deadline(),
            Line::Telephones(card) => card.next_deadline(),
            Line::OutsideLines(card) => card.next_deadline(),
            Line::Sound(_) => None,
        }
    }

    fn advance(&mut self, out: &mut Outbox) {
        match self {
            Line::Trunk(trunk) => trunk.advance(out),
            Line::Telephones(card) => card.advance(out),
            Line::OutsideLines(card) => card.advance(out),
            Line::Sound(_) => {}
        }
    }

    fn snapshot(&self, out: &mut Outbox) {
        match self {
            Line::Trunk(trunk) => trunk.snapshot(out),
            Line::Telephones(card) => card.snapshot(out),
            Line::OutsideLines(card) => card.snapshot(out),
            Line::Sound(jack) => jack.snapshot(out),
        }
    }

    fn tick(&mut self, heard: &Lanes, said: &mut Lanes, out: &mut Outbox) {
        match self {
            Line::Trunk(trunk) => trunk.tick(heard, said, out),
            Line::Telephones(card) => card.tick(heard, said, out),
            Line::OutsideLines(card) => card.tick(heard, said, out),
            Line::Sound(jack) => jack.tick(heard, said, out),
        }
    }
}
