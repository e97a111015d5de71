//! What a stranger on the network gets from each port: how a host is made
//! ready for the question, and what the answers say. Pure: who sends the
//! probes knows the wire.
//!
//! A closed port is shown by silence, and silence shows nothing by itself: so
//! each is asked again while all rules let everything in (the positive
//! control). Where no daemon listens yet, a listener is started, since a
//! refusal by the kernel looks like one by a rule.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::facts::{Answer, Check, Fact, Transport};

use super::report::Verdict;

/// A question: what does the source get from the port?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Question {
    /// TCP or UDP.
    pub transport: Transport,
    /// Who asks.
    pub source: IpAddr,
    /// Which port.
    pub port: u16,
}

impl Question {
    /// That of a fact, if it is about a port of the host itself.
    #[must_use]
    pub fn of(fact: &Fact) -> Option<Self> {
        let Check::Port {
            transport,
            port,
            source,
            ..
        } = &fact.check
        else {
            return None;
        };
        Some(Self {
            transport: *transport,
            source: source.address,
            port: *port,
        })
    }
}

/// Lets the host answer everybody: addresses of a network that has none, a way
/// back, listeners at the TCP ports that have none, refusals without a limit.
/// Prints the IPv4 address.
#[must_use]
pub fn preparation(questions: &[Question], ipv6: IpAddr, gateway6: IpAddr) -> String {
    let tcp = questions.iter().filter(|it| it.transport == Transport::Tcp);
    let ports: BTreeSet<u16> = tcp.map(|it| it.port).collect();
    let ports: Vec<String> = ports.iter().map(ToString::to_string).collect();
    let ports = ports.join(" ");
    format!(
        "for second in $(seq 120); do
  set -- $(ip -4 -o addr show scope global); [ $# -gt 3 ] && break; sleep 1
done
link=$2 address=${{4%/*}}
ip -6 addr replace {ipv6}/64 dev \"$link\" nodad >/dev/null 2>&1
ip -6 route replace default via {gateway6} dev \"$link\" >/dev/null 2>&1
sysctl -qw net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0 >/dev/null 2>&1
set --
for port in {ports}; do
  ss -Hlnt \"sport = :$port\" | grep -q . || set -- \"$@\" --listen=$port
done
[ $# = 0 ] || systemd-run --quiet --collect --unit=hostwright-listeners \
  /run/current-system/sw/bin/systemd-socket-activate --accept \"$@\" /run/current-system/sw/bin/true >/dev/null 2>&1
for port in {ports}; do
  for second in $(seq 60); do ss -Hlnt \"sport = :$port\" | grep -q . && break; sleep 1; done
done
echo \"$address\"
"
    )
}

/// Lets everything in, for the positive control. All else of the path stays.
pub const GATE_OPEN: &str = "nft insert rule inet hostwright prerouting accept 2>&1
nft insert rule inet nixos-fw input accept 2>&1
";
/// The host's own rules again.
pub const GATE_CLOSED: &str = "systemctl reload nftables 2>&1\n";

/// Whether the first answer decides, or the control is needed as well.
#[must_use]
pub fn needs_control(fact: &Fact) -> bool {
    matches!(&fact.check, Check::Port { answer, .. } if *answer != Answer::Open)
}

/// Whether silence is what the fact says.
#[must_use]
pub fn expects_silence(fact: &Fact) -> bool {
    matches!(
        &fact.check,
        Check::Port {
            answer: Answer::Dropped,
            ..
        }
    )
}

/// What the answers say of a fact about a port: the first, and that of the
/// control where one was made.
#[must_use]
pub fn verdict(fact: &Fact, seen: Answer, control: Option<Answer>) -> Verdict {
    let Check::Port {
        transport, answer, ..
    } = &fact.check
    else {
        return Verdict::NoProver;
    };
    if *transport == Transport::Udp && seen == Answer::Refused && *answer != Answer::Dropped {
        let reason = "nothing listens there, and over UDP the kernel's refusal looks like a rule's";
        return Verdict::NotProvable(reason.into());
    }
    if seen != *answer {
        return Verdict::Fails(format!(
            "the port is {} instead of {}",
            word(seen),
            word(*answer)
        ));
    }
    let wanted = match transport {
        Transport::Tcp => "open",
        Transport::Udp => "open or refused",
    };
    match control {
        _ if *answer == Answer::Open => Verdict::Holds,
        Some(Answer::Open) => Verdict::Holds,
        Some(Answer::Refused) if *transport == Transport::Udp => Verdict::Holds,
        found => Verdict::Fails(format!(
            "no positive control: with all rules away the port is {} instead of {wanted}",
            found.map_or("not asked", word)
        )),
    }
}

fn word(answer: Answer) -> &'static str {
    match answer {
        Answer::Open => "open",
        Answer::Dropped => "silent",
        Answer::Refused => "refused",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Source, Stage};

    fn fact(transport: Transport, answer: Answer) -> Fact {
        let source = Source {
            name: "outside".into(),
            address: [198, 51, 100, 10].into(),
        };
        Fact {
            id: "port".into(),
            what: String::new(),
            keys: Vec::new(),
            stages: &[Stage::Image],
            check: Check::Port {
                transport,
                port: 22,
                source,
                answer,
            },
        }
    }

    #[test]
    fn only_the_expected_answer_with_its_control_holds() {
        use Answer::{Dropped, Open, Refused};
        use Transport::{Tcp, Udp};
        let answers = [Open, Dropped, Refused];
        let mut holding = Vec::new();
        for transport in [Tcp, Udp] {
            for expected in answers {
                for seen in answers {
                    for control in answers.map(Some).into_iter().chain([None]) {
                        let fact = fact(transport, expected);
                        if verdict(&fact, seen, control) == Verdict::Holds
                            && control != Some(Dropped)
                        {
                            holding.push((transport, expected, seen, control));
                        }
                    }
                }
            }
        }
        let expected = [
            (Tcp, Open, Open, Some(Open)),
            (Tcp, Open, Open, Some(Refused)),
            (Tcp, Open, Open, None),
            (Tcp, Dropped, Dropped, Some(Open)),
            (Tcp, Refused, Refused, Some(Open)),
            (Udp, Open, Open, Some(Open)),
            (Udp, Open, Open, Some(Refused)),
            (Udp, Open, Open, None),
            (Udp, Dropped, Dropped, Some(Open)),
            (Udp, Dropped, Dropped, Some(Refused)),
        ];
        assert_eq!(holding, expected);
    }

    #[test]
    fn silence_without_a_control_proves_nothing() {
        let fact = fact(Transport::Tcp, Answer::Dropped);
        let verdict = verdict(&fact, Answer::Dropped, Some(Answer::Dropped));
        let reason = "no positive control: with all rules away the port is silent instead of open";
        assert_eq!(verdict, Verdict::Fails(reason.into()));
    }

    #[test]
    fn a_refusal_over_udp_is_not_taken_for_a_rule() {
        let fact = fact(Transport::Udp, Answer::Refused);
        let verdict = verdict(&fact, Answer::Refused, Some(Answer::Refused));
        assert!(matches!(verdict, Verdict::NotProvable(_)));
    }
}
