//! What an agent keys about the own work: sign in and out, pause with a reason, end of the wrap-up.
//!
//! Only telephones of members of queues. What is set holds until it is changed, over restarts of the program; after a power
//! cut everybody works. Who lifts the handset to key a code is busy until it is put down, so a code brings no call before that.

use acd::{Duty, PauseReason};
use frame::CallId;
use isdn::Cause;

use crate::{CallEvent, Side, control::Control, plan::AgentAct};

/// What who keyed a code hears.
const SIGNED_IN: &str = "agent_signed_in";
const SIGNED_OUT: &str = "agent_signed_out";
const PAUSED: &str = "agent_paused";
const WRAP_UP_OVER: &str = "agent_wrap_up_over";
const NO_WRAP_UP: &str = "agent_no_wrap_up";
const NO_AGENT: &str = "agent_of_no_queue";

impl Control {
    /// A code for agents was dialled.
    pub(crate) fn agent_keyed(&mut self, id: CallId, act: AgentAct) {
        let port = self.calls.get(&id).and_then(|call| self.legs.get(&call.caller)?.station());
        let station = port.and_then(|port| self.plan.stations.get(&port));
        let Some((port, extension, person)) =
            station.map(|station| (station.port, station.extension.clone(), station.person))
        else {
            return self.end(id, Cause::FacilityRejected, Side::Box);
        };
        if !self.plan.masking.agents.contains(&port) {
            self.tell(CallEvent::NoAgent { call: id, extension });
            return self.say_and_end(id, NO_AGENT);
        }
        let (duty, prompt) = match act {
            AgentAct::SignIn => (Duty::Ready, SIGNED_IN),
            AgentAct::SignOut => (Duty::SignedOut, SIGNED_OUT),
            AgentAct::Pause(None) => (Duty::Paused(PauseReason::Asked), PAUSED),
            AgentAct::Pause(Some(digit)) => (Duty::Paused(PauseReason::Reason(digit)), PAUSED),
            AgentAct::EndWrapUp if !self.acd.is_in_wrap_up(port) => {
                self.tell(CallEvent::NoWrapUp { call: id, extension });
                return self.say_and_end(id, NO_WRAP_UP);
            }
            AgentAct::EndWrapUp => {
                self.acd.handle_input(self.now, acd::Input::EndWrapUp { agent: port });
                self.tell(CallEvent::WrapUpEnded { call: id, extension });
                return self.say_and_end(id, WRAP_UP_OVER);
            }
        };
        self.duty(port, duty);
        let reason = match act {
            AgentAct::Pause(Some(digit)) => self.plan.pauses.get(usize::from(digit).wrapping_sub(1)).cloned(),
            _ => None,
        };
        self.tell(CallEvent::AgentSet { call: id, extension, person, duty, reason });
        self.say_and_end(id, prompt);
    }
}
