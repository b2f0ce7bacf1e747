//! The contents of a Facility element: a header, then components.
//!
//! Source: EN 300 196-1, 11.2.2.1 (protocol profile 17), ECMA-165, 11.3.3 (profile 31 with network facility extension and
//! interpretation), Q.932, 8.2.3. DMS-100 sets the profile's extension bit to zero and puts the service, 62, behind it
//! (Bellcore GR-2857-CORE; octets seen from libpri).
//! Not here: ACSE and CMIP (profiles 18 and 22), which no service here uses.

use super::{
    address,
    ber::{BerError, Reader, Tag, TooLong, Value, Writer},
    rose::{Component, Fault, GeneralProblem, Problem},
};
use crate::q931::element::{CONTENTS_OCTETS, Contents, NumberElement, coded};

/// A Facility as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FacilityContents {
    /// How it is to be taken.
    pub header: Header,
    /// What is asked and answered. Their number is bounded by the element's length: the shortest has three octets.
    pub components: Vec<Component>,
}

/// A Facility as it was read, with what was wrong in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParsedFacility {
    /// The Facility, without its bad components.
    pub facility: FacilityContents,
    /// The bad components.
    pub faults: Vec<Fault>,
}

/// What stands before the components.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Which protocol follows.
    pub profile: Profile,
    /// From where to where, in a private network.
    pub entities: Option<Entities>,
    /// The network's own protocol profile.
    pub network_profile: Option<u8>,
    /// What becomes of an invoke that is not understood.
    pub interpretation: Option<Interpretation>,
}

/// Which protocol the components follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// Remote operations.
    Remote,
    /// Remote operations of one service, named by an octet of its own.
    RemoteOf(u8),
    /// Networking extensions: a private network.
    Networking,
}

/// The network facility extension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entities {
    /// Who speaks.
    pub source: Entity,
    /// Its number.
    pub source_number: Option<NumberElement>,
    /// Who is to listen.
    pub destination: Entity,
    /// Its number.
    pub destination_number: Option<NumberElement>,
}

coded! {
    /// Which exchange of a private network.
    Entity {
        /// The one at the end of the call.
        End = 0,
        /// Any.
        Any = 1,
    }
}

coded! {
    /// What becomes of an invoke that is not understood, ECMA-165, 11.3.3.3.
    Interpretation {
        /// It is left out.
        Discard = 0,
        /// The call is cleared.
        Clear = 1,
        /// It is rejected, as without this element.
        Reject = 2,
    }
}

impl Header {
    /// ETSI, NI-2, AT&T: no more than the profile.
    pub const REMOTE: Header = Header::of(Profile::Remote);

    /// DMS-100's release link trunk.
    pub const RELEASE_LINK: Header = Header::of(Profile::RemoteOf(0xbe));

    /// A name of NI-2, which took it from private networks.
    pub const NAME_OF_NI2: Header =
        Header { interpretation: Some(Interpretation::Discard), ..Header::of(Profile::Networking) };

    /// A private network, from end to end. Who does not know it leaves it out.
    pub const END_TO_END: Header = Header::private(Interpretation::Discard);

    /// The same, where the answer matters.
    pub const END_TO_END_REJECT: Header = Header::private(Interpretation::Reject);

    const fn of(profile: Profile) -> Header {
        Header { profile, entities: None, network_profile: None, interpretation: None }
    }

    const fn private(interpretation: Interpretation) -> Header {
        let entities =
            Entities { source: Entity::End, source_number: None, destination: Entity::End, destination_number: None };
        Header { entities: Some(entities), interpretation: Some(interpretation), ..Header::of(Profile::Networking) }
    }

    /// What becomes of an invoke that is not understood.
    pub fn of_unknown(&self) -> Interpretation {
        self.interpretation.unwrap_or(Interpretation::Reject)
    }
}

impl FacilityContents {
    /// One component behind a header.
    pub fn one(header: Header, component: Component) -> FacilityContents {
        FacilityContents { header, components: vec![component] }
    }

    /// Reads the contents of a Facility element. A bad header is an error, as are more octets than an element holds; a bad
    /// component is a fault beside the others.
    pub fn parse(contents: &[u8]) -> Result<ParsedFacility, BerError> {
        if contents.len() > CONTENTS_OCTETS {
            return Err(BerError::Structure);
        }
        let (profile, rest) = read_profile(contents)?;
        let mut reader = Reader::new(rest);
        let header = read_header(profile, &mut reader)?;
        let mut parsed =
            ParsedFacility { facility: FacilityContents { header, components: Vec::new() }, faults: Vec::new() };
        loop {
            match reader.value() {
                Ok(None) => break,
                Ok(Some(value)) => match Component::read(&value) {
                    Ok(component) => parsed.facility.components.push(component),
                    Err(fault) => parsed.faults.push(fault),
                },
                // Where one value has no end, the next has no beginning.
                Err(_) => {
                    parsed.faults.push(BADLY_STRUCTURED);
                    break;
                }
            }
        }
        Ok(parsed)
    }

    /// The contents of a Facility element.
    pub fn emit(&self) -> Result<Contents, TooLong> {
        let mut writer = Writer::default();
        write_header(&mut writer, &self.header);
        self.components.iter().for_each(|component| component.write(&mut writer));
        writer.finish()
    }
}

fn read_profile(contents: &[u8]) -> Result<(Profile, &[u8]), BerError> {
    match contents {
        [octet, rest @ ..] if *octet == LAST | REMOTE => Ok((Profile::Remote, rest)),
        [REMOTE, service, rest @ ..] => Ok((Profile::RemoteOf(*service), rest)),
        [octet, rest @ ..] if *octet == LAST | NETWORKING => Ok((Profile::Networking, rest)),
        _ => Err(BerError::Structure),
    }
}

fn read_header(profile: Profile, reader: &mut Reader<'_>) -> Result<Header, BerError> {
    let entities = reader.take_if(ENTITIES)?.map(|value| read_entities(&value)).transpose()?;
    let network_profile = reader.take_if(NETWORK_PROFILE)?.map(|value| value.small()).transpose()?;
    let interpretation = reader.take_if(INTERPRETATION)?.map(|value| value.small()).transpose()?;
    Ok(Header { profile, entities, network_profile, interpretation: interpretation.map(Interpretation::from_code) })
}

fn read_entities(value: &Value<'_>) -> Result<Entities, BerError> {
    let mut inside = value.inside()?;
    Ok(Entities {
        source: Entity::from_code(inside.take(Tag::context(0))?.small()?),
        source_number: inside.within_if(Tag::context(1), address::read_number)?,
        destination: Entity::from_code(inside.take(Tag::context(2))?.small()?),
        destination_number: inside.within_if(Tag::context(3), address::read_number)?,
    })
}

fn write_header(writer: &mut Writer, header: &Header) {
    match header.profile {
        Profile::Remote => writer.put(&[LAST | REMOTE]),
        Profile::RemoteOf(service) => writer.put(&[REMOTE, service]),
        Profile::Networking => writer.put(&[LAST | NETWORKING]),
    }
    header.entities.iter().for_each(|entities| write_entities(writer, entities));
    header.network_profile.iter().for_each(|&profile| writer.integer(NETWORK_PROFILE, i32::from(profile)));
    header.interpretation.iter().for_each(|what| writer.integer(INTERPRETATION, i32::from(what.code())));
}

fn write_entities(writer: &mut Writer, entities: &Entities) {
    writer.constructed(ENTITIES, |writer| {
        let mut side = |at: u8, entity: Entity, number: &Option<NumberElement>| {
            writer.integer(Tag::context(at), i32::from(entity.code()));
            let Some(number) = number else { return };
            writer.constructed(Tag::context(at + 1), |writer| address::write_number(writer, number));
        };
        side(0, entities.source, &entities.source_number);
        side(2, entities.destination, &entities.destination_number);
    });
}

const BADLY_STRUCTURED: Fault = (None, Problem::General(GeneralProblem::BadlyStructuredComponent));

/// The extension bit: no further octet belongs to the profile.
const LAST: u8 = 0x80;
const REMOTE: u8 = 17;
const NETWORKING: u8 = 31;

const ENTITIES: Tag = Tag::context(10);
const NETWORK_PROFILE: Tag = Tag::context(18);
const INTERPRETATION: Tag = Tag::context(11);
