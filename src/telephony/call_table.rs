//! The call table: what a new life of the daemon has to know of the calls of the last one, in memory that a holder keeps.
//!
//! Written before the message that makes a row true leaves, and waits for no disk: a power cut ends the calls anyway.
//! A row lies within one page, so a kill comes before or after its writing; each has its check sum all the same.
//!
//! ```text
//! octet 0     "RFCT", layout u32, boot u32, life u32, CRC-32 of these 16
//! octet 64    when the daemon was last alive: µs of the boot-time clock, CRC-32 of these 8
//! octet 4096  rows of channels, of calls, of agents, each area with its size of row
//! a row       CRC-32 of all that follows, length u16 (0 = free), 2 octets of 0, that many octets
//! ```
//! Numbers are little-endian. A channel's row holds its span and `isdn::CallEntry`; the others are JSON, as events are,
//! because names are as long as people make them.

use std::{collections::BTreeMap, io};

use acd::AgentState;
use call::Kept;
use frame::{BootNo, CallId, LifeNo, PortId, SpanId, Time};
use isdn::CallEntry;
use os::HeldMemory;
use serde::{Serialize, de::DeserializeOwned};

/// Another layout is another number, and a table of another number is not read.
const LAYOUT: u32 = 1;
const MAGIC: &[u8; 4] = b"RFCT";
const ALIVE_AT: u64 = 64;

/// 16 spans, each with as many calls as `isdn` has room for.
const CHANNELS: Area = Area { at: 4096, row_octets: 64, rows: 16 * 64 };
/// As many calls as there are lanes on 16 spans. A row holds a call with all names at their longest.
const CALLS: Area = Area { at: CHANNELS.end(), row_octets: 4096, rows: 512 };
/// The planning size of the box.
const AGENTS: Area = Area { at: CALLS.end(), row_octets: 256, rows: 512 };

/// One thing to keep, or to keep no more.
#[derive(Clone, Debug, PartialEq)]
pub enum Row {
    /// A call as its span's signalling has to know it.
    Channel(SpanId, CallEntry),
    /// The signalling of the call is over.
    ChannelOver(SpanId, CallEntry),
    /// A call.
    Call(Box<Kept>),
    /// The call is over, or nothing of it could go on.
    CallOver(CallId),
    /// What an agent is doing.
    Agent(PortId, AgentState),
}

/// What the last life of the daemon left.
#[derive(Debug, Default, PartialEq)]
pub struct LastLife {
    /// Calls of each span.
    pub channels: BTreeMap<SpanId, Vec<CallEntry>>,
    /// Calls.
    pub calls: Vec<Kept>,
    /// Agents.
    pub agents: Vec<(PortId, AgentState)>,
    /// When it was last known to be alive; none where there was no last life in this boot.
    pub alive: Option<Time>,
    /// Rows that were damaged, and left out.
    pub damaged: u64,
}

impl LastLife {
    /// Whether there is no call.
    pub fn is_empty(&self) -> bool {
        self.calls.is_empty() && self.channels.values().all(Vec::is_empty)
    }
}

/// Why a row is not kept. The call goes on; it only does not survive a restart.
#[derive(Debug, thiserror::Error)]
pub enum NotKept {
    /// All rows are used, or the row is longer than there is room.
    #[error("no room in the call table")]
    Full,
    /// The memory does not take it.
    #[error("call table: {0}")]
    Memory(#[from] io::Error),
}

/// The table of this life.
#[derive(Debug)]
pub struct CallTable {
    memory: HeldMemory,
    channels: Rows<(SpanId, u16, bool)>,
    calls: Rows<CallId>,
    agents: Rows<PortId>,
}

impl CallTable {
    /// Octets of its memory.
    pub const OCTETS: u64 = AGENTS.end();

    /// Memory for a table, in a process that holds it.
    ///
    /// # Errors
    /// When the process has no descriptor or the machine no memory left.
    pub fn memory() -> io::Result<HeldMemory> {
        HeldMemory::new("call-table", CallTable::OCTETS)
    }

    /// Takes the memory over: what the last life left in it, and the table of this one. Of a table of another boot or
    /// layout nothing is taken.
    ///
    /// # Errors
    /// The memory's, which is then no memory of [`CallTable::OCTETS`].
    pub fn take_over(memory: HeldMemory, boot: BootNo, life: LifeNo) -> io::Result<(CallTable, LastLife)> {
        let mut last = LastLife::default();
        let mut table =
            CallTable { memory, channels: Rows::new(CHANNELS), calls: Rows::new(CALLS), agents: Rows::new(AGENTS) };
        if table.boot()? == Some(boot) {
            table.read(&mut last)?;
        } else {
            table.clear()?;
        }
        table.write_head(boot, life)?;
        Ok((table, last))
    }

    /// Puts a row into the table, or takes it out.
    ///
    /// # Errors
    /// [`NotKept`].
    pub fn keep(&mut self, row: &Row) -> Result<(), NotKept> {
        let memory = &self.memory;
        match row {
            Row::Channel(span, entry) => self.channels.put(memory, key(*span, entry), &channel_octets(*span, entry)),
            Row::ChannelOver(span, entry) => self.channels.remove(memory, &key(*span, entry)),
            Row::Call(kept) => self.calls.put(memory, kept.call, &json(kept)),
            Row::CallOver(call) => self.calls.remove(memory, call),
            Row::Agent(port, state) => self.agents.put(memory, *port, &json(&(port, state))),
        }
    }

    /// Notes that the daemon lives.
    ///
    /// # Errors
    /// The memory's.
    pub fn alive(&self, now: Time) -> io::Result<()> {
        self.memory.write_at(ALIVE_AT, &with_sum(&now.as_us().to_le_bytes()))
    }

    /// The memory, with what this life has kept in it.
    pub fn held(&self) -> &HeldMemory {
        &self.memory
    }

    /// The memory alone.
    pub fn into_memory(self) -> HeldMemory {
        self.memory
    }

    fn boot(&self) -> io::Result<Option<BootNo>> {
        let mut head = [0; 20];
        self.memory.read_at(0, &mut head)?;
        let Some([m0, m1, m2, m3, l0, l1, l2, l3, b0, b1, b2, b3, ..]) = checked(&head) else { return Ok(None) };
        let ours = [*m0, *m1, *m2, *m3] == *MAGIC && u32::from_le_bytes([*l0, *l1, *l2, *l3]) == LAYOUT;
        Ok(ours.then(|| BootNo(u32::from_le_bytes([*b0, *b1, *b2, *b3]))))
    }

    fn write_head(&self, boot: BootNo, life: LifeNo) -> io::Result<()> {
        let head = [*MAGIC, LAYOUT.to_le_bytes(), boot.0.to_le_bytes(), life.0.to_le_bytes()].concat();
        self.memory.write_at(0, &with_sum(&head))
    }

    fn read(&mut self, last: &mut LastLife) -> io::Result<()> {
        let mut alive = [0; 12];
        self.memory.read_at(ALIVE_AT, &mut alive)?;
        let time = checked(&alive).and_then(|octets| Some(u64::from_le_bytes(octets.try_into().ok()?)));
        last.alive = time.map(Time::from_us);
        let LastLife { channels, calls, agents, damaged, .. } = last;
        *damaged += self.channels.read(&self.memory, |octets| {
            let (span, entry) = channel_of(octets)?;
            channels.entry(span).or_default().push(entry);
            Some(key(span, &entry))
        })?;
        *damaged += self.calls.read(&self.memory, |octets| {
            let kept: Kept = parsed(octets)?;
            let call = kept.call;
            calls.push(kept);
            Some(call)
        })?;
        *damaged += self.agents.read(&self.memory, |octets| {
            let (port, state) = parsed(octets)?;
            agents.push((port, state));
            Some(port)
        })?;
        Ok(())
    }

    fn clear(&self) -> io::Result<()> {
        let page = [0; 4096];
        (0..CallTable::OCTETS).step_by(page.len()).try_for_each(|at| self.memory.write_at(at, &page))
    }
}

/// Rows of one size.
#[derive(Clone, Copy, Debug)]
struct Area {
    at: u64,
    row_octets: u64,
    rows: u64,
}

impl Area {
    const fn end(&self) -> u64 {
        self.at + self.row_octets * self.rows
    }

    const fn row_at(&self, row: u64) -> u64 {
        self.at + self.row_octets * row
    }
}

/// Octets of a row before what it holds.
const ROW_HEAD_OCTETS: usize = 8;

/// One area, and which of its rows holds what.
#[derive(Debug)]
struct Rows<K> {
    area: Area,
    taken: BTreeMap<K, u64>,
    free: Vec<u64>,
}

impl<K: Ord> Rows<K> {
    fn new(area: Area) -> Rows<K> {
        Rows { area, taken: BTreeMap::new(), free: (0..area.rows).rev().collect() }
    }

    fn put(&mut self, memory: &HeldMemory, key: K, octets: &[u8]) -> Result<(), NotKept> {
        let room = self.area.row_octets as usize - ROW_HEAD_OCTETS;
        let Some(len) = u16::try_from(octets.len()).ok().filter(|_| octets.len() <= room) else {
            // What stands there of the call is no longer true.
            self.remove(memory, &key)?;
            return Err(NotKept::Full);
        };
        let row = match self.taken.get(&key) {
            Some(row) => *row,
            None => self.free.pop().ok_or(NotKept::Full)?,
        };
        self.taken.insert(key, row);
        let body = [&len.to_le_bytes()[..], &[0; 2], octets].concat();
        let sum = crc32fast::hash(&body).to_le_bytes();
        Ok(memory.write_at(self.area.row_at(row), &[&sum[..], &body].concat())?)
    }

    fn remove(&mut self, memory: &HeldMemory, key: &K) -> Result<(), NotKept> {
        let Some(row) = self.taken.remove(key) else { return Ok(()) };
        self.free.push(row);
        Ok(memory.write_at(self.area.row_at(row), &[0; ROW_HEAD_OCTETS])?)
    }

    /// Reads all rows; how many of them were damaged. Those are free again.
    fn read(&mut self, memory: &HeldMemory, mut take: impl FnMut(&[u8]) -> Option<K>) -> io::Result<u64> {
        let mut damaged = 0;
        let mut free = Vec::new();
        let mut octets = vec![0; self.area.row_octets as usize];
        for row in (0..self.area.rows).rev() {
            memory.read_at(self.area.row_at(row), &mut octets)?;
            let key = if octets[..ROW_HEAD_OCTETS] == [0; ROW_HEAD_OCTETS] { None } else { Some(body_of(&octets)) };
            match key.map(|body| body.and_then(&mut take)) {
                // The same call twice: only one of the rows can be true, and nobody knows which.
                Some(Some(key)) if !self.taken.contains_key(&key) => {
                    self.taken.insert(key, row);
                    continue;
                }
                Some(_) => {
                    damaged += 1;
                    memory.write_at(self.area.row_at(row), &[0; ROW_HEAD_OCTETS])?;
                }
                None => (),
            }
            free.push(row);
        }
        self.free = free;
        Ok(damaged)
    }
}

/// What a row holds, if its check sum is right.
fn body_of(row: &[u8]) -> Option<&[u8]> {
    let (sum, body) = row.split_at_checked(4)?;
    let len = usize::from(u16::from_le_bytes([*body.first()?, *body.get(1)?]));
    let body = body.get(..4 + len)?;
    (crc32fast::hash(body).to_le_bytes() == *sum).then(|| &body[4..])
}

fn with_sum(octets: &[u8]) -> Vec<u8> {
    [octets, &crc32fast::hash(octets).to_le_bytes()].concat()
}

fn checked(octets: &[u8]) -> Option<&[u8]> {
    let (octets, sum) = octets.split_at_checked(octets.len().checked_sub(4)?)?;
    (crc32fast::hash(octets).to_le_bytes() == *sum).then_some(octets)
}

fn key(span: SpanId, entry: &CallEntry) -> (SpanId, u16, bool) {
    (span, entry.reference, entry.ours)
}

fn channel_octets(span: SpanId, entry: &CallEntry) -> Vec<u8> {
    [&span.0.to_le_bytes()[..], &entry.to_octets()].concat()
}

fn channel_of(octets: &[u8]) -> Option<(SpanId, CallEntry)> {
    let (span, entry) = octets.split_at_checked(2)?;
    let entry = CallEntry::from_octets(entry.try_into().ok()?).ok()?;
    Some((SpanId(u16::from_le_bytes(span.try_into().ok()?)), entry))
}

fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("rows have no maps with keys that are no text")
}

fn parsed<T: DeserializeOwned>(octets: &[u8]) -> Option<T> {
    serde_json::from_slice(octets).ok()
}

#[cfg(test)]
mod tests {
    use call::{CallClass, Direction, Endpoint, KeptDoing, KeptLeg};
    use frame::{LaneId, LegId, Timeslot};
    use isdn::HoldState;

    use super::*;

    const BOOT: BootNo = BootNo(3);

    fn kept(no: u32, queue: &str) -> Kept {
        let life = LifeNo(1);
        Kept {
            call: CallId::new(life, no),
            direction: Direction::Incoming,
            class: CallClass::Normal,
            began: Time::from_ms(5),
            settings: 7,
            record: true,
            recording: None,
            doing: KeptDoing::Waiting { queue: queue.into(), until: Time::from_ms(9), flow: None },
            queue: None,
            compartment: None,
            caller: KeptLeg {
                leg: LegId::new(life, no),
                lane: LaneId::new(SpanId(0), Timeslot(3)),
                endpoint: Endpoint::Channel { lane: LaneId::default(), group: "city".into() },
                number: "13800138000".parse().ok(),
                name: Some("北京医院".into()),
                private: false,
                answered: true,
                recorded: true,
            },
            called: None,
            masks: Vec::new(),
            refused: false,
            supervised: false,
        }
    }

    fn entry(reference: u16) -> CallEntry {
        CallEntry {
            reference,
            ours: false,
            timeslot: Some(Timeslot(3)),
            state: 10,
            tag: 5,
            hold: HoldState::Idle,
            t309: None,
        }
    }

    fn table() -> CallTable {
        CallTable::take_over(CallTable::memory().unwrap(), BOOT, LifeNo(1)).unwrap().0
    }

    fn next_life(table: CallTable, boot: BootNo) -> (CallTable, LastLife) {
        CallTable::take_over(table.memory, boot, LifeNo(2)).unwrap()
    }

    #[test]
    fn the_next_life_finds_what_the_last_one_kept_and_nothing_else() {
        let mut table = table();
        let port: PortId = "SIM-FXS.3".parse().unwrap();
        let agent = (port, AgentState::WrapUp { until: Time::from_ms(77) });
        for reference in 1..=3 {
            table.keep(&Row::Channel(SpanId(2), entry(reference))).unwrap();
            table.keep(&Row::Call(Box::new(kept(reference.into(), "desk")))).unwrap();
        }
        table.keep(&Row::ChannelOver(SpanId(2), entry(2))).unwrap();
        table.keep(&Row::CallOver(kept(2, "").call)).unwrap();
        table.keep(&Row::Call(Box::new(kept(3, "other")))).unwrap();
        table.keep(&Row::Agent(agent.0, agent.1)).unwrap();
        table.alive(Time::from_ms(1234)).unwrap();
        let (table, mut last) = next_life(table, BOOT);
        last.calls.sort_by_key(|kept| kept.call);
        last.channels.values_mut().for_each(|entries| entries.sort_by_key(|entry| entry.reference));
        let expected = LastLife {
            channels: [(SpanId(2), vec![entry(1), entry(3)])].into(),
            calls: vec![kept(1, "desk"), kept(3, "other")],
            agents: vec![agent],
            alive: Some(Time::from_ms(1234)),
            damaged: 0,
        };
        assert_eq!(last, expected);
        // The rows stay until this life says otherwise: it may die before it has said anything.
        assert_eq!(next_life(table, BOOT).1.calls.len(), 2);
    }

    #[test]
    fn a_table_of_another_boot_is_empty() {
        let mut table = table();
        table.keep(&Row::Channel(SpanId(0), entry(1))).unwrap();
        table.keep(&Row::Call(Box::new(kept(1, "desk")))).unwrap();
        let (table, last) = next_life(table, BootNo(4));
        assert_eq!(last, LastLife::default());
        assert_eq!(next_life(table, BootNo(4)).1.calls, [], "and what stood in it is gone");
    }

    #[test]
    fn any_flipped_bit_of_a_row_is_found() {
        let mut table = table();
        table.keep(&Row::Channel(SpanId(0), entry(1))).unwrap();
        let (at, octets) = (CHANNELS.row_at(0), ROW_HEAD_OCTETS + 2 + CallEntry::OCTETS);
        let mut whole = vec![0; octets];
        table.memory.read_at(at, &mut whole).unwrap();
        for bit in 0..octets * 8 {
            let mut damaged = whole.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            table.memory.write_at(at, &damaged).unwrap();
            let (next, last) = next_life(table, BOOT);
            assert!(last.channels.is_empty() && last.damaged == 1, "bit {bit}");
            table = next;
        }
    }

    #[test]
    fn a_call_that_stands_there_twice_is_taken_once() {
        let mut table = table();
        table.keep(&Row::Call(Box::new(kept(1, "desk")))).unwrap();
        let mut row = vec![0; CALLS.row_octets as usize];
        table.memory.read_at(CALLS.row_at(0), &mut row).unwrap();
        table.memory.write_at(CALLS.row_at(9), &row).unwrap();
        let (table, last) = next_life(table, BOOT);
        assert_eq!(last.damaged, 1);
        assert_eq!(next_life(table, BOOT).1.calls.len(), 1);
    }

    #[test]
    fn a_full_table_says_so_and_has_room_again_when_a_call_is_over() {
        let mut table = table();
        for no in 0..CALLS.rows as u32 {
            table.keep(&Row::Call(Box::new(kept(no, "desk")))).unwrap();
        }
        let one_more = Row::Call(Box::new(kept(1000, "desk")));
        assert!(matches!(table.keep(&one_more), Err(NotKept::Full)));
        table.keep(&Row::CallOver(kept(7, "").call)).unwrap();
        table.keep(&one_more).unwrap();
    }

    #[test]
    fn a_row_that_became_too_long_is_not_left_as_it_was() {
        let mut table = table();
        table.keep(&Row::Call(Box::new(kept(1, "desk")))).unwrap();
        let long = "q".repeat(CALLS.row_octets as usize);
        assert!(matches!(table.keep(&Row::Call(Box::new(kept(1, &long)))), Err(NotKept::Full)));
        assert_eq!(next_life(table, BOOT).1.calls, []);
    }
}
