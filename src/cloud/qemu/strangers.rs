//! Proves what each sender gets from each port of a machine on a wire.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use crate::evidence::reach::{
    GATE_CLOSED, GATE_OPEN, Question, expects_silence, needs_control, preparation, verdict,
};
use crate::evidence::{Shell, Verdict};
use crate::facts::{Answer, Fact};

use super::error::QemuError;
use super::port_shell::ShellError;
use super::wire::Wire;

/// How long an answer may take; an emulated machine on a busy computer is slow.
const WAIT: Duration = Duration::from_secs(4);
/// Silence where an answer is expected is asked again so often. Silence that
/// is expected is not: no repetition makes it truer than its control does.
const ATTEMPTS: usize = 4;
/// An address of the machine (RFC 4193, chosen at random once); images whose
/// provider gives addresses by its metadata have none here.
const OWN_IPV6: Ipv6Addr = Ipv6Addr::new(0xfd8b, 0x51c2, 0x0e77, 0, 0, 0, 0, 15);
/// QEMU's user network as a router.
const GATEWAY_IPV6: Ipv6Addr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 2);

/// Verdicts by the facts' ids, for all facts about ports of the host.
///
/// # Errors
///
/// If the machine stops to answer its shell.
pub fn knock(
    facts: &[&Fact],
    wire: &mut Wire,
    shell: &mut impl Shell<Error = ShellError>,
) -> Result<BTreeMap<String, Verdict>, ShellError> {
    let about: Vec<(&Fact, Question)> = facts
        .iter()
        .filter_map(|fact| Some((*fact, Question::of(fact)?)))
        .collect();
    let questions: Vec<Question> = about.iter().map(|(_, question)| *question).collect();
    let printed = shell.run(&preparation(
        &questions,
        OWN_IPV6.into(),
        GATEWAY_IPV6.into(),
    ))?;
    let mut own: Vec<IpAddr> = vec![OWN_IPV6.into()];
    own.extend(printed.trim().parse::<Ipv4Addr>().ok().map(IpAddr::V4));

    let mut seen = vec![Answer::Dropped; about.len()];
    let all: Vec<usize> = (0..about.len()).collect();
    ask(&all, &questions, &own, wire, &mut seen)?;
    let again = |at: &usize| !expects_silence(about[*at].0);
    repeat(&all, again, (&questions, &own), wire, &mut seen)?;

    let closed: Vec<usize> = (0..about.len())
        .filter(|at| needs_control(about[*at].0))
        .collect();
    let mut control = seen.clone();
    for at in &closed {
        control[*at] = Answer::Dropped;
    }
    shell.run(GATE_OPEN)?;
    repeat(&closed, |_| true, (&questions, &own), wire, &mut control)?;
    shell.run(GATE_CLOSED)?;

    let verdicts = about.iter().zip(seen).zip(control);
    let verdicts = verdicts
        .map(|(((fact, _), seen), control)| (fact.id.clone(), verdict(fact, seen, Some(control))));
    Ok(verdicts.collect())
}

/// Asks those that were silent again, where that is allowed.
fn repeat(
    which: &[usize],
    again: impl Fn(&usize) -> bool,
    (questions, own): (&[Question], &[IpAddr]),
    wire: &mut Wire,
    answers: &mut [Answer],
) -> Result<(), ShellError> {
    for _ in 0..ATTEMPTS {
        let silent = |at: &&usize| answers[**at] == Answer::Dropped && again(at);
        let silent: Vec<usize> = which.iter().filter(silent).copied().collect();
        if silent.is_empty() {
            break;
        }
        ask(&silent, questions, own, wire, answers)?;
    }
    Ok(())
}

fn ask(
    which: &[usize],
    questions: &[Question],
    own: &[IpAddr],
    wire: &mut Wire,
    answers: &mut [Answer],
) -> Result<(), ShellError> {
    let chosen: Vec<Question> = which.iter().map(|at| questions[*at]).collect();
    let heard = wire
        .ask(&chosen, own, WAIT)
        .map_err(QemuError::doing("put frames on the machine's wire"))?;
    for (at, answer) in which.iter().zip(heard) {
        answers[*at] = answer;
    }
    Ok(())
}
