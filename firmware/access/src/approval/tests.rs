use frame::{BootNo, Utc};
use proptest::prelude::*;

use super::*;

const OWNER: PersonId = PersonId(1);
const SECURITY: PersonId = PersonId(2);
const AUDIT: PersonId = PersonId(3);
const SECOND_SECURITY: PersonId = PersonId(4);
const AGENT: PersonId = PersonId(5);
const GREEDY: PersonId = PersonId(6);

fn roles_of(person: PersonId) -> &'static [PersonRole] {
    match person {
        OWNER => &[PersonRole::Owner],
        SECURITY | SECOND_SECURITY => &[PersonRole::Security],
        AUDIT => &[PersonRole::Agent, PersonRole::Audit],
        GREEDY => &[PersonRole::Owner, PersonRole::Security],
        _ => &[PersonRole::Agent],
    }
}

fn people(of: &[PersonId]) -> Administrators {
    Administrators::of(of.iter().map(|person| (*person, roles_of(*person))))
}

fn everybody() -> Administrators {
    people(&[OWNER, SECURITY, AUDIT, SECOND_SECURITY, AGENT, GREEDY])
}

fn at(boot: u32, hours: u64, utc_hours: i64) -> Stamp {
    let time = Time::from_ms(hours * 3_600_000);
    Stamp { boot: BootNo(boot), time, utc: Utc::from_us(utc_hours * 3_600_000_000) }
}

fn export(object: &str) -> Proposal {
    Proposal { act: TwoPersonAct::Export, object: object.into(), reason: "the court asks".into() }
}

/// The machine with one export asked for by the auditor under number 7.
fn asked() -> Approvals {
    let mut approvals = Approvals::default();
    assert_eq!(approvals.ask(at(1, 0, 0), &everybody(), AUDIT, &export("3-7")), Ok(()));
    approvals.note_asked(EventNo(7), at(1, 0, 0), AUDIT, export("3-7"));
    approvals
}

fn granted() -> Approvals {
    let mut approvals = asked();
    let answer = ApprovalAnswer::Granted;
    assert_eq!(approvals.answer(at(1, 1, 1), &everybody(), EventNo(7), SECURITY, answer), Ok(()));
    approvals.note_answer(EventNo(7), at(1, 1, 1), Some(SECURITY), answer);
    approvals
}

#[test]
fn what_one_asks_another_grants_and_the_grant_is_redeemed_once() {
    let mut approvals = granted();
    let redeem = |approvals: &Approvals, object| {
        let redeemed = approvals.redeem(at(1, 2, 2), &everybody(), TwoPersonAct::Export, object);
        redeemed.map(|(no, ..)| no)
    };
    assert_eq!(redeem(&approvals, "3-8"), Err(NotRedeemed::NotGranted), "another object");
    assert_eq!(redeem(&approvals, "3-7"), Ok(EventNo(7)));
    approvals.note_answer(EventNo(7), at(1, 2, 2), None, ApprovalAnswer::Redeemed);
    assert_eq!(redeem(&approvals, "3-7"), Err(NotRedeemed::NotGranted));
}

#[test]
fn nobody_grants_what_they_asked_for_and_nobody_of_the_same_role_does() {
    let mut approvals = Approvals::default();
    let erase = Proposal { act: TwoPersonAct::EraseRange, ..export("3-7 0-60") };
    approvals.note_asked(EventNo(7), at(1, 0, 0), SECURITY, erase);
    let answer = |by| approvals.answer(at(1, 1, 1), &everybody(), EventNo(7), by, ApprovalAnswer::Granted);
    assert_eq!(answer(SECURITY), Err(NotAnswered::Same));
    assert_eq!(answer(SECOND_SECURITY), Err(NotAnswered::Same));
    assert_eq!(answer(OWNER), Err(NotAnswered::Role));
    assert_eq!(answer(AGENT), Err(NotAnswered::Role));
    assert_eq!(answer(GREEDY), Err(NotAnswered::Role), "two administrators in one are none");
    assert_eq!(answer(AUDIT), Ok(()));
}

#[test]
fn until_the_three_administrators_are_there_nothing_is_asked_for_or_granted() {
    let without = people(&[AUDIT, SECURITY, AGENT]);
    let now = at(1, 1, 1);
    assert_eq!(Approvals::default().ask(now, &without, AUDIT, &export("3-7")), Err(NotAsked::Incomplete));
    assert_eq!(Approvals::default().ask(now, &without, AGENT, &export("3-7")), Err(NotAsked::Role));
    let answer = |answer| asked().answer(now, &without, EventNo(7), SECURITY, answer);
    assert_eq!(answer(ApprovalAnswer::Granted), Err(NotAnswered::Incomplete));
    assert_eq!(answer(ApprovalAnswer::Refused), Ok(()), "the safe direction takes one");
    let redeemed = granted();
    let redeemed = redeemed.redeem(at(1, 2, 2), &without, TwoPersonAct::Export, "3-7");
    assert_eq!(redeemed.map(|(no, ..)| no), Err(NotRedeemed::People));
}

#[test]
fn who_has_lost_a_role_meanwhile_neither_has_asked_nor_granted() {
    let swapped = Administrators::of(
        [(OWNER, &[PersonRole::System][..]), (SECOND_SECURITY, &[PersonRole::Security])]
            .into_iter()
            .chain([(PersonId(9), &[PersonRole::Audit][..])]),
    );
    let granting = asked().answer(at(1, 1, 1), &swapped, EventNo(7), SECOND_SECURITY, ApprovalAnswer::Granted);
    assert_eq!(granting, Err(NotAnswered::Incomplete));
    let granted = granted();
    let redeemed = granted.redeem(at(1, 2, 2), &swapped, TwoPersonAct::Export, "3-7");
    assert_eq!(redeemed.map(|(no, ..)| no), Err(NotRedeemed::People));
}

#[test]
fn who_asked_withdraws_and_nobody_else_does() {
    let withdraw = |by| granted().answer(at(1, 2, 2), &everybody(), EventNo(7), by, ApprovalAnswer::Withdrawn);
    assert_eq!(withdraw(AUDIT), Ok(()));
    assert_eq!(withdraw(SECURITY), Err(NotAnswered::Role));
    for answer in [ApprovalAnswer::Expired, ApprovalAnswer::Incomplete, ApprovalAnswer::Redeemed] {
        assert_eq!(asked().answer(at(1, 1, 1), &everybody(), EventNo(7), SECURITY, answer), Err(NotAnswered::Role));
    }
    assert_eq!(
        granted().answer(at(1, 2, 2), &everybody(), EventNo(7), SECURITY, ApprovalAnswer::Granted),
        Err(NotAnswered::Granted)
    );
}

#[test]
fn an_act_waits_for_three_days_and_a_grant_for_one_and_no_clock_makes_either_longer() {
    let is_open = |approvals: &Approvals, now| approvals.get(now, EventNo(7)).is_some();
    for (now, open) in [
        (at(1, 71, 71), true),
        (at(1, 72, 72), false),
        (at(1, 72, 10), false),
        (at(1, 71, 900), true),
        (at(2, 0, 71), true),
        (at(2, 0, 72), false),
        (at(2, 0, -1), false),
    ] {
        assert_eq!(is_open(&asked(), now), open, "{now:?}");
        assert_eq!(asked().expired(now).is_empty(), open);
    }
    assert!(is_open(&granted(), at(1, 24, 24)) && !is_open(&granted(), at(1, 25, 25)), "from the grant on");
    assert_eq!(asked().next_deadline(at(1, 70, 70)), Some(Time::from_ms(72 * 3_600_000)));
}

#[test]
fn the_same_is_asked_for_once_and_no_more_than_a_bound_is_open() {
    let mut approvals = asked();
    let ask = |approvals: &Approvals, object: &str| approvals.ask(at(1, 1, 1), &everybody(), AUDIT, &export(object));
    assert_eq!(ask(&approvals, "3-7"), Err(NotAsked::Already(EventNo(7))));
    for no in 0..APPROVALS_MAX as u64 - 1 {
        assert_eq!(ask(&approvals, &format!("4-{no}")), Ok(()));
        approvals.note_asked(EventNo(100 + no), at(1, 1, 1), AUDIT, export(&format!("4-{no}")));
    }
    assert_eq!(ask(&approvals, "5-1"), Err(NotAsked::TooMany));
}

#[test]
fn no_act_can_be_granted_by_all_who_may_ask_for_it() {
    for act in TwoPersonAct::ALL {
        let (asks, grants) = act.rule();
        for asker in asks {
            assert!(grants.iter().any(|second| second != asker), "{act:?} asked by {asker:?} can't be granted");
        }
    }
}

#[test]
fn who_would_be_let_in_does_not_grant_it_and_two_are_enough_to_bring_a_third_back() {
    let two = people(&[OWNER, SECURITY, AGENT]);
    let (now, act) = (at(1, 1, 1), TwoPersonAct::Administrator);
    let let_in = |object: &str| Proposal { act, ..export(object) };
    let asked = |by, object: &str, people: &Administrators| {
        let mut approvals = Approvals::default();
        assert_eq!(approvals.ask(now, people, by, &let_in(object)), Ok(()));
        approvals.note_asked(EventNo(7), now, by, let_in(object));
        approvals
    };
    let grants = |approvals: &Approvals, people: &Administrators, by| {
        approvals.answer(now, people, EventNo(7), by, ApprovalAnswer::Granted)
    };
    for object in ["invite 2", "unlock 2"] {
        let approvals = asked(OWNER, object, &everybody());
        assert_eq!(grants(&approvals, &everybody(), SECURITY), Err(NotAnswered::Oneself), "{object}");
        assert_eq!(grants(&approvals, &everybody(), OWNER), Err(NotAnswered::Same));
        assert_eq!(grants(&approvals, &everybody(), SECOND_SECURITY), Ok(()));
        assert_eq!(grants(&approvals, &everybody(), AUDIT), Ok(()));
        let refused = approvals.answer(now, &everybody(), EventNo(7), SECURITY, ApprovalAnswer::Refused);
        assert_eq!(refused, Ok(()), "the safe direction");
    }
    assert_eq!(Approvals::default().ask(now, &everybody(), AUDIT, &let_in("invite 2")), Err(NotAsked::Role));
    // The auditor is gone: system and security bring another one.
    let mut approvals = asked(SECURITY, "invite 3", &two);
    assert_eq!(approvals.redeem(now, &two, act, "invite 3"), Err(NotRedeemed::NotGranted));
    assert_eq!(grants(&approvals, &two, SECURITY), Err(NotAnswered::Same));
    assert_eq!(grants(&approvals, &two, OWNER), Ok(()));
    approvals.note_answer(EventNo(7), now, Some(OWNER), ApprovalAnswer::Granted);
    assert_eq!(approvals.redeem(now, &two, act, "unlock 3"), Err(NotRedeemed::NotGranted));
    assert_eq!(approvals.redeem(now, &people(&[OWNER]), act, "invite 3"), Err(NotRedeemed::People));
    assert_eq!(approvals.redeem(now, &two, act, "invite 3"), Ok((EventNo(7), SECURITY, OWNER)));
}

#[derive(Clone, Debug)]
enum Step {
    Ask(PersonId, u8),
    Answer(u8, PersonId, ApprovalAnswer),
    Redeem(u8),
    Restart,
    Wait(u8, i8),
    Leave(PersonId),
    Join(PersonId),
}

fn any_person() -> impl Strategy<Value = PersonId> {
    (1u32..7).prop_map(PersonId)
}

fn any_step() -> impl Strategy<Value = Step> {
    let answer = prop_oneof![
        4 => Just(ApprovalAnswer::Granted),
        1 => Just(ApprovalAnswer::Refused),
        1 => Just(ApprovalAnswer::Withdrawn),
    ];
    prop_oneof![
        4 => (any_person(), 0u8..3).prop_map(|(by, object)| Step::Ask(by, object)),
        6 => (0u8..6, any_person(), answer).prop_map(|(no, by, answer)| Step::Answer(no, by, answer)),
        4 => (0u8..3).prop_map(Step::Redeem),
        1 => Just(Step::Restart),
        2 => (0u8..40, any::<i8>()).prop_map(|(hours, clock)| Step::Wait(hours, clock)),
        1 => any_person().prop_map(Step::Leave),
        2 => any_person().prop_map(Step::Join),
    ]
}

/// What was told, as the log has it.
#[derive(Clone, Debug)]
enum Told {
    Asked(EventNo, Stamp, PersonId, Proposal),
    Answered(EventNo, Stamp, Option<PersonId>, ApprovalAnswer),
}

fn noted(told: &[Told]) -> Approvals {
    let mut approvals = Approvals::default();
    for told in told.iter().cloned() {
        match told {
            Told::Asked(no, at, by, proposal) => approvals.note_asked(no, at, by, proposal),
            Told::Answered(no, at, by, answer) => approvals.note_answer(no, at, by, answer),
        }
    }
    approvals
}

/// What the log says to a redemption, read anew from its beginning each time: who asked and who granted.
fn two_people(told: &[Told], no: EventNo) -> Option<(PersonId, PersonId)> {
    let asker = told.iter().find_map(|told| match told {
        Told::Asked(of, _, by, _) if *of == no => Some(*by),
        _ => None,
    })?;
    let answers: Vec<_> = told
        .iter()
        .filter_map(|told| match told {
            Told::Answered(of, _, by, answer) if *of == no => Some((*by, *answer)),
            _ => None,
        })
        .collect();
    match answers[..] {
        [(Some(second), ApprovalAnswer::Granted)] => Some((asker, second)),
        _ => None,
    }
}

proptest! {
    #[test]
    fn every_act_that_is_done_was_asked_for_by_one_and_granted_by_another_and_is_done_once(
        steps in proptest::collection::vec(any_step(), 0..60),
    ) {
        let (mut now, mut told, mut next) = (at(1, 100, 100), Vec::new(), 0);
        let mut approvals = Approvals::default();
        let mut here: BTreeSet<PersonId> = [OWNER, SECURITY, AUDIT].into();
        for step in steps {
            let administrators = people(&here.iter().copied().collect::<Vec<_>>());
            match step {
                Step::Ask(by, object) => {
                    let proposal = Proposal { act: TwoPersonAct::EraseRange, ..export(&object.to_string()) };
                    if approvals.ask(now, &administrators, by, &proposal).is_ok() {
                        let asked = Told::Asked(EventNo(next), now, by, proposal);
                        next += 1;
                        told.push(asked);
                    }
                }
                Step::Answer(no, by, answer) => {
                    let no = EventNo(no.into());
                    if approvals.answer(now, &administrators, no, by, answer).is_ok() {
                        told.push(Told::Answered(no, now, Some(by), answer));
                    }
                }
                Step::Redeem(object) => {
                    let object = object.to_string();
                    let act = TwoPersonAct::EraseRange;
                    if let Ok((no, ..)) = approvals.redeem(now, &administrators, act, &object) {
                        let two = two_people(&told, no);
                        let (asker, second) = two.expect("the log has one grant and nothing else");
                        prop_assert!(asker != second && roles_of(asker) != roles_of(second));
                        prop_assert!(here.contains(&asker) && here.contains(&second));
                        let about = told.iter().filter_map(|told| match told {
                            Told::Asked(of, at, ..) | Told::Answered(of, at, ..) if *of == no => Some(*at),
                            _ => None,
                        });
                        let about: Vec<Stamp> = about.collect();
                        prop_assert!(about[1].since(&about[0]) < ASKED_LASTS && now.since(&about[1]) < GRANT_LASTS);
                        told.push(Told::Answered(no, now, None, ApprovalAnswer::Redeemed));
                    }
                }
                Step::Restart => now = Stamp { boot: BootNo(now.boot.0 + 1), time: Time::from_ms(1), ..now },
                Step::Wait(hours, clock) => {
                    now.time += Duration::from_hours(hours.into());
                    let by_wall = i64::from(hours) + i64::from(clock);
                    now.utc = Utc::from_us(now.utc.as_us() + by_wall * 3_600_000_000);
                    for no in approvals.expired(now) {
                        told.push(Told::Answered(no, now, None, ApprovalAnswer::Expired));
                    }
                }
                Step::Leave(person) => drop(here.remove(&person)),
                Step::Join(person) => drop(here.insert(person)),
            }
            // A restart stands where the box stood: all of it is in what was told.
            approvals = noted(&told);
        }
    }
}
