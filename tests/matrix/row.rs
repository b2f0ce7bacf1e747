//! One cell of the matrix: a scenario, a switch, a side, a loss.

use std::fmt;

use isdn::{Dialect, Role};

use crate::{peer::role_word, scenarios::Scenario};

/// How libpri is told to speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Switch {
    Euro,
    Qsig,
    Ni2,
    Dms100,
    Lucent5e,
    Att4ess,
}

/// One cell.
#[derive(Clone, Copy)]
pub struct Row {
    pub scenario: &'static Scenario,
    pub column: Column,
}

/// What a column of the matrix has in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    pub switch: Switch,
    /// libpri's role; ours is the other one.
    pub peer: Role,
    /// How many of a thousand frames are lost, in each direction.
    pub loss_permille: u64,
}

impl Switch {
    pub const ALL: [Switch; 6] =
        [Switch::Euro, Switch::Qsig, Switch::Ni2, Switch::Dms100, Switch::Lucent5e, Switch::Att4ess];

    /// libpri's word for it, and the matrix's.
    pub const fn word(self) -> &'static str {
        match self {
            Switch::Euro => "euro",
            Switch::Qsig => "qsig",
            Switch::Ni2 => "ni2",
            Switch::Dms100 => "dms100",
            Switch::Lucent5e => "5ess",
            Switch::Att4ess => "4ess",
        }
    }

    /// What we speak with it.
    pub const fn dialect(self) -> Dialect {
        match self {
            Switch::Euro => Dialect::EuroIsdn,
            Switch::Qsig => Dialect::Qsig,
            Switch::Ni2 => Dialect::Ni2,
            Switch::Dms100 => Dialect::Dms100,
            Switch::Lucent5e => Dialect::Lucent5ess,
            Switch::Att4ess => Dialect::Att4ess,
        }
    }
}

impl Column {
    /// All columns, from left to right.
    pub fn all() -> impl Iterator<Item = Column> {
        Switch::ALL.into_iter().flat_map(|switch| {
            [Role::Network, Role::User].into_iter().flat_map(move |peer| {
                LOSSES_PERMILLE.into_iter().map(move |loss_permille| Column { switch, peer, loss_permille })
            })
        })
    }

    pub fn is_lossy(self) -> bool {
        self.loss_permille > 0
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}%", self.switch.word(), role_word(self.peer), self.loss_permille / 10)
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.column, self.scenario.name)
    }
}

/// None, and one frame in twenty.
pub const LOSSES_PERMILLE: [u64; 2] = [0, 50];
