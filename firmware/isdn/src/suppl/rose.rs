//! Components of remote operations: invoke, return result, return error, reject.
//!
//! Source: EN 300 196-1, annex D, table D.1, and ITU-T X.229; Q.932, 8.2.3. What an operation means is not known here:
//! arguments stay octets.

use std::fmt;

use super::ber::{BerError, ObjectId, Reader, Tag, TooLong, Value, Writer};
use crate::q931::element::{Contents, coded};

/// Names an invoke until it is answered. The standards allow 16 bits with a sign.
pub type InvokeId = i16;

/// The value of an operation or of an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Code {
    /// A number of the standard that both ends follow.
    Local(i32),
    /// A number that no other standard has.
    Global(ObjectId),
}

/// What an operation, a result or an error has with it: values as they came, or none. There may be numbers and names
/// among them, so `Debug` prints their length only.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Argument(Contents);

/// One component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Component {
    /// Do this.
    Invoke {
        /// Its name, for the answer.
        id: InvokeId,
        /// The invoke that made this one necessary.
        linked: Option<InvokeId>,
        /// What to do.
        operation: Code,
        /// With what; empty where there is none.
        argument: Argument,
    },
    /// It was done.
    Result {
        /// The invoke's name.
        id: InvokeId,
        /// The operation, and what came of it, where there is something to tell.
        result: Option<(Code, Argument)>,
    },
    /// It was not done.
    Error {
        /// The invoke's name.
        id: InvokeId,
        /// Why.
        error: Code,
        /// What exactly; empty where there is nothing to tell.
        parameter: Argument,
    },
    /// A component was not understood.
    Reject {
        /// Its name, where that was understood.
        id: Option<InvokeId>,
        /// Why.
        problem: Problem,
    },
}

/// Why a component is rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// It is no component.
    General(GeneralProblem),
    /// The invoke.
    Invoke(InvokeProblem),
    /// The result.
    Result(ResultProblem),
    /// The error.
    Error(ErrorProblem),
}

coded! {
    /// What is wrong with any component.
    GeneralProblem {
        /// It is none of the four.
        UnrecognizedComponent = 0,
        /// It lacks a part or has one of another type.
        MistypedComponent = 1,
        /// Its octets do not fit together.
        BadlyStructuredComponent = 2,
    }
}

coded! {
    /// What is wrong with an invoke.
    InvokeProblem {
        /// Its name is in use.
        DuplicateInvocation = 0,
        /// The operation is not known.
        UnrecognizedOperation = 1,
        /// The argument is not the operation's.
        MistypedArgument = 2,
        /// There is no room to do it.
        ResourceLimitation = 3,
        /// Whoever asked is going away.
        InitiatorReleasing = 4,
        /// No invoke has the name that it is linked to.
        UnrecognizedLinkedId = 5,
        /// The invoke that it is linked to has no such.
        LinkedResponseUnexpected = 6,
        /// The invoke that it is linked to has another.
        UnexpectedChildOperation = 7,
    }
}

coded! {
    /// What is wrong with a result.
    ResultProblem {
        /// No invoke has its name.
        UnrecognizedInvocation = 0,
        /// The operation has none.
        ResultResponseUnexpected = 1,
        /// It is not the operation's.
        MistypedResult = 2,
    }
}

coded! {
    /// What is wrong with an error.
    ErrorProblem {
        /// No invoke has its name.
        UnrecognizedInvocation = 0,
        /// The operation has none.
        ErrorResponseUnexpected = 1,
        /// It is not known.
        UnrecognizedError = 2,
        /// The operation has others.
        UnexpectedError = 3,
        /// The parameter is not the error's.
        MistypedParameter = 4,
    }
}

/// What a bad component is answered with: its name where it was read, and what is wrong.
pub type Fault = (Option<InvokeId>, Problem);

impl Component {
    /// Reads a component from a value.
    pub(super) fn read(value: &Value<'_>) -> Result<Component, Fault> {
        let mut inside = value.inside().map_err(|error| (None, general(error)))?;
        if value.tag == REJECT {
            return read_reject(&mut inside).map_err(|error| (None, general(error)));
        }
        let id = read_id(&mut inside, Tag::INTEGER).map_err(|error| (None, general(error)))?;
        let read = match value.tag {
            INVOKE => read_invoke(id, &mut inside),
            RESULT => read_result(id, &mut inside),
            ERROR => read_error(id, &mut inside),
            _ => return Err((None, Problem::General(GeneralProblem::UnrecognizedComponent))),
        };
        read.map_err(|error| (Some(id), general(error)))
    }

    /// Writes the component.
    pub(super) fn write(&self, writer: &mut Writer) {
        match self {
            Component::Invoke { id, linked, operation, argument } => writer.constructed(INVOKE, |writer| {
                writer.integer(Tag::INTEGER, i32::from(*id));
                linked.iter().for_each(|linked| writer.integer(LINKED, i32::from(*linked)));
                operation.write(writer);
                writer.put(argument.octets());
            }),
            Component::Result { id, result } => writer.constructed(RESULT, |writer| {
                writer.integer(Tag::INTEGER, i32::from(*id));
                let Some((operation, result)) = result else { return };
                writer.sequence(|writer| {
                    operation.write(writer);
                    writer.put(result.octets());
                });
            }),
            Component::Error { id, error, parameter } => writer.constructed(ERROR, |writer| {
                writer.integer(Tag::INTEGER, i32::from(*id));
                error.write(writer);
                writer.put(parameter.octets());
            }),
            Component::Reject { id, problem } => writer.constructed(REJECT, |writer| {
                match id {
                    Some(id) => writer.integer(Tag::INTEGER, i32::from(*id)),
                    None => writer.null(Tag::NULL),
                }
                let (kind, code) = problem.code();
                writer.integer(Tag::context(kind), i32::from(code));
            }),
        }
    }
}

impl Argument {
    /// What `write` writes.
    pub(crate) fn of(write: impl FnOnce(&mut Writer)) -> Result<Argument, TooLong> {
        let mut writer = Writer::default();
        write(&mut writer);
        writer.finish().map(Argument)
    }

    /// The same for what always fits.
    pub(crate) fn short(write: impl FnOnce(&mut Writer)) -> Argument {
        Argument::of(write).unwrap_or_default()
    }

    /// The octets.
    pub fn octets(&self) -> &[u8] {
        &self.0
    }

    /// The values in it.
    pub(super) fn values(&self) -> Reader<'_> {
        Reader::new(&self.0)
    }
}

impl fmt::Debug for Argument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Argument({} octets)", self.0.len())
    }
}

impl Code {
    fn read(reader: &mut Reader<'_>) -> Result<Code, BerError> {
        let value = reader.take_any()?;
        match value.tag {
            Tag::INTEGER => value.integer().map(Code::Local),
            Tag::OBJECT => ObjectId::parse(value.octets()?).map(Code::Global),
            _ => Err(BerError::Type),
        }
    }

    fn write(&self, writer: &mut Writer) {
        match self {
            Code::Local(number) => writer.integer(Tag::INTEGER, *number),
            Code::Global(object) => writer.primitive(Tag::OBJECT, object.octets()),
        }
    }
}

impl Problem {
    fn from_code(kind: u8, code: u8) -> Option<Problem> {
        match kind {
            0 => Some(Problem::General(GeneralProblem::from_code(code))),
            1 => Some(Problem::Invoke(InvokeProblem::from_code(code))),
            2 => Some(Problem::Result(ResultProblem::from_code(code))),
            3 => Some(Problem::Error(ErrorProblem::from_code(code))),
            _ => None,
        }
    }

    fn code(self) -> (u8, u8) {
        match self {
            Problem::General(problem) => (0, problem.code()),
            Problem::Invoke(problem) => (1, problem.code()),
            Problem::Result(problem) => (2, problem.code()),
            Problem::Error(problem) => (3, problem.code()),
        }
    }
}

fn read_invoke(id: InvokeId, inside: &mut Reader<'_>) -> Result<Component, BerError> {
    let linked = if inside.peek() == Some(LINKED) { Some(read_id(inside, LINKED)?) } else { None };
    let operation = Code::read(inside)?;
    Ok(Component::Invoke { id, linked, operation, argument: rest(inside) })
}

fn read_result(id: InvokeId, inside: &mut Reader<'_>) -> Result<Component, BerError> {
    let read = |sequence: Value<'_>| {
        let mut inside = sequence.inside()?;
        Ok((Code::read(&mut inside)?, rest(&inside)))
    };
    let result = inside.take_if(Tag::SEQUENCE)?.map(read).transpose()?;
    Ok(Component::Result { id, result })
}

fn read_error(id: InvokeId, inside: &mut Reader<'_>) -> Result<Component, BerError> {
    Ok(Component::Error { id, error: Code::read(inside)?, parameter: rest(inside) })
}

fn read_reject(inside: &mut Reader<'_>) -> Result<Component, BerError> {
    let id = match inside.take_if(Tag::NULL)? {
        Some(_) => None,
        None => Some(read_id(inside, Tag::INTEGER)?),
    };
    let problem = inside.take_any()?;
    let kind = (0..4).find(|&kind| problem.tag == Tag::context(kind)).ok_or(BerError::Type)?;
    let problem = Problem::from_code(kind, problem.small()?).ok_or(BerError::Type)?;
    Ok(Component::Reject { id, problem })
}

fn read_id(reader: &mut Reader<'_>, tag: Tag) -> Result<InvokeId, BerError> {
    InvokeId::try_from(reader.take(tag)?.integer()?).map_err(|_| BerError::Type)
}

/// What a component has behind its known parts. It is at most as long as the Facility that it stands in.
fn rest(reader: &Reader<'_>) -> Argument {
    Argument(reader.rest().iter().copied().collect())
}

fn general(error: BerError) -> Problem {
    Problem::General(match error {
        BerError::Structure => GeneralProblem::BadlyStructuredComponent,
        BerError::Type => GeneralProblem::MistypedComponent,
    })
}

const INVOKE: Tag = Tag::context(1);
const RESULT: Tag = Tag::context(2);
const ERROR: Tag = Tag::context(3);
const REJECT: Tag = Tag::context(4);
const LINKED: Tag = Tag::context(0);
