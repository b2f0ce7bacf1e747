//! What each role may do: one table, asked at one place.
//!
//! The three administrators check one another (`settings` lets nobody be two of them). The owner runs the box until
//! they are named.

use settings::PersonRole;

/// Something that not everyone may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Permission {
    /// To see lines, jacks, queues and alarms.
    SeeBox,
    /// To see calls, now and past, with masked numbers.
    SeeCalls,
    /// To see a number whole, with a reason.
    RevealNumber,
    /// To listen to a recording, with a reason.
    OpenRecording,
    /// To listen to what was said in a compartment that one is a member of, with a reason.
    OpenCompartment,
    /// To end a call.
    EndCall,
    /// To change settings.
    ChangeSettings,
    /// To name people and give them roles.
    ManagePeople,
    /// To read the audit.
    SeeAudit,
    /// To hear the talks of agents while they last, to whisper and to barge in.
    Supervise,
    /// To see which acts wait for a second person; which of them one may ask for or grant, the act says.
    SeeApprovals,
}

use Permission::*;

const ALL: [Permission; 11] = [
    SeeBox,
    SeeCalls,
    RevealNumber,
    OpenRecording,
    OpenCompartment,
    EndCall,
    ChangeSettings,
    ManagePeople,
    SeeAudit,
    Supervise,
    SeeApprovals,
];

/// The table.
const fn of_role(role: PersonRole) -> &'static [Permission] {
    match role {
        PersonRole::Owner => &[
            SeeBox,
            SeeCalls,
            RevealNumber,
            OpenRecording,
            EndCall,
            ChangeSettings,
            ManagePeople,
            Supervise,
            SeeApprovals,
        ],
        PersonRole::System => &[SeeBox, SeeCalls, EndCall, ChangeSettings, SeeApprovals],
        PersonRole::Security => &[SeeBox, ManagePeople, SeeApprovals],
        PersonRole::Audit => &[SeeBox, SeeCalls, RevealNumber, OpenRecording, SeeAudit, SeeApprovals],
        PersonRole::Supervisor => &[SeeBox, SeeCalls, RevealNumber, OpenCompartment, EndCall, Supervise],
        PersonRole::Agent => &[SeeBox],
    }
}

/// The permissions of one person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Permissions(u16);

impl Permissions {
    /// What somebody with these roles may do: everything that any of them may.
    pub fn of(roles: &[PersonRole]) -> Permissions {
        let all = roles.iter().flat_map(|role| of_role(*role));
        Permissions(all.fold(0, |set, permission| set | bit(*permission)))
    }

    /// Whether this is among them.
    pub const fn allow(self, permission: Permission) -> bool {
        self.0 & bit(permission) != 0
    }

    /// All of them, in the order of the table.
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        ALL.into_iter().filter(move |permission| self.allow(*permission))
    }
}

const fn bit(permission: Permission) -> u16 {
    1 << permission as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(roles: &[PersonRole]) -> Vec<Permission> {
        Permissions::of(roles).iter().collect()
    }

    #[test]
    fn who_changes_lines_does_not_listen_and_who_listens_changes_nothing() {
        let system = Permissions::of(&[PersonRole::System]);
        assert!(!system.allow(OpenRecording) && !system.allow(ManagePeople) && system.allow(ChangeSettings));
        let audit = Permissions::of(&[PersonRole::Audit]);
        assert!(audit.allow(OpenRecording) && !audit.allow(ChangeSettings) && !audit.allow(EndCall));
    }

    #[test]
    fn roles_add_up_and_none_means_nothing() {
        assert_eq!(list(&[]), []);
        assert_eq!(list(&[PersonRole::Agent]), [SeeBox]);
        assert_eq!(
            list(&[PersonRole::Agent, PersonRole::Supervisor]),
            [SeeBox, SeeCalls, RevealNumber, OpenCompartment, EndCall, Supervise]
        );
    }

    #[test]
    fn nobody_but_the_auditor_reads_the_audit() {
        use PersonRole::*;
        let readers = [Owner, System, Security, Audit, Supervisor, Agent]
            .into_iter()
            .filter(|role| Permissions::of(&[*role]).allow(SeeAudit));
        assert_eq!(readers.collect::<Vec<_>>(), [Audit]);
    }
}
