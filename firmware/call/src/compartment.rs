//! Of which compartment a call is: what is said then is sealed to that compartment's key, too, so that its people hear it.
//!
//! A call is of its queue's compartment from the moment it begins to wait, through the talk with the agent, until it leaves the
//! queue without one, or the agent has left the talk to others.

use frame::CallId;

use crate::{
    control::Control,
    message::{Output, Record},
    transfer::Half,
};

impl Control {
    /// A call begins to wait in a queue.
    pub(crate) fn enter_compartment(&mut self, id: CallId, queue: &str) {
        let compartment = self.calls.get(&id).and_then(|call| call.plan.compartments.get(queue).cloned());
        self.move_to_compartment(id, compartment);
    }

    /// A call is of another compartment from now on, or of none.
    pub(crate) fn move_to_compartment(&mut self, id: CallId, compartment: Option<String>) {
        let Some(call) = self.calls.get_mut(&id).filter(|call| call.compartment != compartment) else { return };
        call.compartment = compartment;
        self.tell_compartment(id);
    }

    /// Tells the recorder, where there is a recording.
    fn tell_compartment(&mut self, id: CallId) {
        let Some(call) = self.calls.get(&id) else { return };
        let (recording, compartment) = (call.recording, call.compartment.clone());
        if let Some(recording) = recording {
            self.put(Output::Record(Record::Compartment { recording, compartment }));
        }
    }

    /// A recording has begun, or goes on in a new life of the box.
    pub(crate) fn record_compartment(&mut self, id: CallId) {
        if self.calls.get(&id).is_some_and(|call| call.compartment.is_some()) {
            self.tell_compartment(id);
        }
    }

    /// A call goes on with a party of one that ends: it is of that one's compartment where that party is the one who was called
    /// there, a queue's agent. Else it stays what it was if its own agent stays.
    pub(crate) fn join_compartments(&mut self, goes_on: &Half, ends: &Half) {
        let of_agent = |half: &Half| {
            let call = self.calls.get(&half.call).filter(|call| call.called == Some(half.stays))?;
            call.compartment.clone()
        };
        let compartment = of_agent(ends).or_else(|| of_agent(goes_on));
        self.move_to_compartment(goes_on.call, compartment);
    }
}
