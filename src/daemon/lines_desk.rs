//! Answers what the page and the command line ask of the lines: audits what has to be, and asks call control.

use frame::{CallId, LegId, PortId, SpanId, Timeslot};
use isdn::trace::FILE_HEADER;

use crate::{
    handles::{
        Asked, Asker, ControlHandle, ControlReply, ControlRequest, LearnAct, LinesRefusal, LinesReply, LinesRequest,
        Requests, Snapshot, SpansNow, TRACE_MAX_OCTETS, TestOrder,
    },
    journal::{Act, Actor, Audit, Intend, Intent, Outcome},
};

/// What the desk is started with.
#[derive(Clone)]
pub struct LinesDesk {
    /// Writes who is about to do what.
    pub audit: Audit,
    /// Asks call control.
    pub control: ControlHandle,
}

impl LinesDesk {
    /// Serves until every asker is gone, one after the other: so one trace at a time is in memory. A test of a port takes
    /// seconds, for which nobody else is to wait; there are never more of them than ports.
    pub async fn serve(self, mut requests: Requests<LinesRequest, LinesReply>) {
        while let Some(Asked { request, reply }) = requests.recv().await {
            if let LinesRequest::TestPort { port, even_last, from, by, reason } = request {
                let desk = self.clone();
                tokio::spawn(async move {
                    let answer =
                        desk.test_port((port, from), even_last, by, reason).await.unwrap_or_else(LinesReply::Refused);
                    let _ = reply.send(answer);
                });
                continue;
            }
            let answer = self.answer(request).await.unwrap_or_else(LinesReply::Refused);
            // Who asked may have gone meanwhile.
            let _ = reply.send(answer);
        }
    }

    async fn answer(&self, request: LinesRequest) -> Result<LinesReply, LinesRefusal> {
        match request {
            LinesRequest::Trace { span, by, reason } => {
                let intent = self.intend(by, Act::ExportTrace, span, reason).await?;
                let file = self.trace(span).await?;
                intent.conclude(Outcome::Done);
                Ok(LinesReply::Trace(file))
            }
            LinesRequest::Ladders { legs } => self.ladders(legs).await,
            LinesRequest::CallsOn { spans } => self.calls_on(spans).await,
            LinesRequest::Spans => self.spans().await,
            LinesRequest::RestartSpan { span, named, by, reason } => self.restart(span, named, by, reason).await,
            LinesRequest::Service { span, timeslot, in_service, by, reason } => {
                self.set_service(span, timeslot, in_service, (by, reason)).await
            }
            LinesRequest::KeepCaller { call, by, reason } => self.keep_caller(call, by, reason).await,
            LinesRequest::TestPort { port, even_last, from, by, reason } => {
                self.test_port((port, from), even_last, by, reason).await
            }
            LinesRequest::LearnPort { port, act, by, reason } => self.learn_port(port, act, by, reason).await,
            LinesRequest::Mask { of, what, on, by } => match self.ask(ControlRequest::Mask { of, what, on, by }).await?
            {
                ControlReply::Masked(masked) => Ok(LinesReply::Masked(masked)),
                _ => Err(LinesRefusal::NoAnswer),
            },
        }
    }

    async fn intend(&self, by: Asker, act: Act, span: SpanId, reason: String) -> Result<Intent, LinesRefusal> {
        self.announce(Intend { by: actor(by), act, object: format!("span {span}"), call: None, reason }).await
    }

    async fn announce(&self, intend: Intend) -> Result<Intent, LinesRefusal> {
        self.audit.intend(intend).await.map_err(|_| LinesRefusal::NotAudited)
    }

    /// The whole file, slab by slab, so that call control is never kept for long. What comes meanwhile may be in it.
    async fn trace(&self, span: SpanId) -> Result<Vec<u8>, LinesRefusal> {
        let (mut file, mut from) = (FILE_HEADER.to_vec(), None);
        loop {
            match self.ask(ControlRequest::TracePiece { span, from }).await? {
                ControlReply::TracePiece(Some((octets, next))) if file.len() + octets.len() <= TRACE_MAX_OCTETS => {
                    file.extend(octets);
                    from = Some(next);
                }
                // At the end, or so busy a line that it would never come.
                ControlReply::TracePiece(_) => return Ok(file),
                _ => return Err(LinesRefusal::NoSuchSpan),
            }
        }
    }

    async fn ladders(&self, legs: Vec<LegId>) -> Result<LinesReply, LinesRefusal> {
        match self.ask(ControlRequest::Ladders { legs }).await? {
            ControlReply::Ladders(ladders) => Ok(LinesReply::Ladders(ladders)),
            _ => Err(LinesRefusal::NoAnswer),
        }
    }

    async fn calls_on(&self, spans: Vec<SpanId>) -> Result<LinesReply, LinesRefusal> {
        match self.ask(ControlRequest::CallsOn { spans }).await? {
            ControlReply::CallsOnSpan(calls) => Ok(LinesReply::CallsOnSpan(calls)),
            _ => Err(LinesRefusal::NoAnswer),
        }
    }

    async fn spans(&self) -> Result<LinesReply, LinesRefusal> {
        match self.ask(ControlRequest::Snapshot).await? {
            ControlReply::Snapshot(Snapshot { jacks, spans, counters, counted_since, .. }) => {
                Ok(LinesReply::Spans(Box::new(SpansNow { jacks, spans, counters, counted_since })))
            }
            _ => Err(LinesRefusal::NoAnswer),
        }
    }

    /// The calls are named before anything is audited: to look is no act.
    async fn restart(
        &self,
        span: SpanId,
        named: Vec<CallId>,
        by: Asker,
        reason: String,
    ) -> Result<LinesReply, LinesRefusal> {
        let calls = match self.ask(ControlRequest::CallsOnSpan { span }).await? {
            ControlReply::CallsOnSpan(calls) => calls,
            _ => return Err(LinesRefusal::NoSuchSpan),
        };
        if calls.iter().any(|call| !named.contains(call)) {
            return Ok(LinesReply::CallsOnSpan(calls));
        }
        let intent = self.intend(by, Act::RestartSpan, span, reason).await?;
        match self.ask(ControlRequest::RestartSpan { span, named }).await? {
            ControlReply::Restarting => {
                intent.conclude(Outcome::Done);
                Ok(LinesReply::Restarting)
            }
            // One has begun meanwhile.
            ControlReply::CallsOnSpan(calls) => Ok(LinesReply::CallsOnSpan(calls)),
            _ => Err(LinesRefusal::NoSuchSpan),
        }
    }

    /// The calls on the channels go on, so that nobody has to accept their loss: they are named with the answer.
    async fn set_service(
        &self,
        span: SpanId,
        timeslot: Option<Timeslot>,
        in_service: bool,
        (by, reason): (Asker, String),
    ) -> Result<LinesReply, LinesRefusal> {
        let act = if in_service { Act::PutIntoService } else { Act::TakeOutOfService };
        let object = timeslot.map_or_else(|| format!("span {span}"), |slot| format!("span {span} timeslot {slot}"));
        let intent = self.announce(Intend { by: actor(by), act, object, call: None, reason }).await?;
        match self.ask(ControlRequest::Service { span, timeslot, in_service }).await? {
            ControlReply::Serviced { calls } => {
                intent.conclude(Outcome::Done);
                Ok(LinesReply::Serviced { calls })
            }
            ControlReply::NoSuchTimeslot => Err(LinesRefusal::NoSuchTimeslot),
            _ => Err(LinesRefusal::NoSuchSpan),
        }
    }

    async fn keep_caller(&self, call: CallId, by: Asker, reason: String) -> Result<LinesReply, LinesRefusal> {
        let (act, object) = (Act::KeepCaller, call.to_string());
        let intent = self.announce(Intend { by: actor(by), act, object, call: Some(call), reason }).await?;
        let asked = self.control.ask_the_network(ControlRequest::KeepCaller { call, by }).await;
        match asked.map_err(|_| LinesRefusal::NoAnswer)? {
            ControlReply::CallerKept { refused: None } => {
                intent.conclude(Outcome::Done);
                Ok(LinesReply::CallerKept)
            }
            ControlReply::CallerKept { refused: Some(why) } => Ok(LinesReply::CallerNotKept(why)),
            ControlReply::NotOverIsdn => Err(LinesRefusal::NotOverIsdn),
            _ => Err(LinesRefusal::NoSuchCall),
        }
    }

    async fn test_port(
        &self,
        (port, from): (PortId, Option<PortId>),
        even_last: bool,
        by: Asker,
        reason: String,
    ) -> Result<LinesReply, LinesRefusal> {
        let order = if even_last { TestOrder::ByHandEvenLast } else { TestOrder::ByHand };
        let object = from.map_or_else(|| port.to_string(), |from| format!("{port} from {from}"));
        let act = Act::TestPort;
        let intent = self.announce(Intend { by: actor(by), act, object, call: None, reason }).await?;
        let asked = self.control.ask_the_line(ControlRequest::TestPort { port, order, from }).await;
        match asked.map_err(|_| LinesRefusal::NoAnswer)? {
            ControlReply::PortTested(tested) => {
                if tested.is_ok() {
                    intent.conclude(Outcome::Done);
                }
                Ok(LinesReply::PortTested(tested))
            }
            _ => Err(LinesRefusal::NoAnswer),
        }
    }

    /// Its beginning alone is audited: to look is no act, and to give up changes nothing.
    async fn learn_port(
        &self,
        port: PortId,
        act: LearnAct,
        by: Asker,
        reason: String,
    ) -> Result<LinesReply, LinesRefusal> {
        let intent = match act {
            LearnAct::Begin => {
                let (act, object) = (Act::LearnPort, port.to_string());
                Some(self.announce(Intend { by: actor(by), act, object, call: None, reason }).await?)
            }
            LearnAct::Look | LearnAct::Stop => None,
        };
        match self.ask(ControlRequest::LearnPort { port, act }).await? {
            ControlReply::PortLearning(learning) => {
                if let (Some(intent), true) = (intent, learning.is_ok()) {
                    intent.conclude(Outcome::Done);
                }
                Ok(LinesReply::PortLearning(learning))
            }
            _ => Err(LinesRefusal::NoAnswer),
        }
    }

    async fn ask(&self, request: ControlRequest) -> Result<ControlReply, LinesRefusal> {
        self.control.ask(request).await.map_err(|_| LinesRefusal::NoAnswer)
    }
}

fn actor(by: Asker) -> Actor {
    match by {
        Asker::Person(person) => Actor::Person(person),
        Asker::Console { uid } => Actor::User { uid },
    }
}
