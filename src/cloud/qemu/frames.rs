//! Frames on a machine's wire: probes, and what answers them. Pure.

use std::net::IpAddr;

use etherparse::{PacketBuilder, SlicedPacket, TransportSlice};

use crate::evidence::reach::Question;
use crate::facts::{Answer, Transport};

/// The machine's hardware address: of the form that Hetzner gives to public links.
pub(super) const MACHINE: [u8; 6] = [0x92, 0, 0, 0, 0, 1];
/// The sender of probes.
const STRANGER: [u8; 6] = [0x92, 0, 0, 0, 0, 2];
/// Hops that a probe may take; it takes none.
const HOPS: u8 = 64;
const TCP: u8 = 6;
const UDP: u8 = 17;
/// Destination unreachable: RFC 792, RFC 4443.
const UNREACHABLE_V4: u8 = 3;
const UNREACHABLE_V6: u8 = 1;
const IPV6_HEADER: usize = 40;

/// An answer to a probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Heard {
    pub(super) transport: Transport,
    /// The port that the probe came from.
    pub(super) port: u16,
    pub(super) answer: Answer,
}

/// The first packet of a connection, or a datagram, to the machine's address;
/// nothing if the families differ.
pub(super) fn probe(question: &Question, own: IpAddr, from: u16) -> Option<Vec<u8>> {
    let ethernet = PacketBuilder::ethernet2(STRANGER, MACHINE);
    let ip = match (question.source, own) {
        (IpAddr::V4(source), IpAddr::V4(own)) => ethernet.ipv4(source.octets(), own.octets(), HOPS),
        (IpAddr::V6(source), IpAddr::V6(own)) => ethernet.ipv6(source.octets(), own.octets(), HOPS),
        _ => return None,
    };
    let mut frame = Vec::new();
    // A Vec takes everything; a datagram must have something to answer.
    let written = match question.transport {
        Transport::Tcp => {
            let segment = ip.tcp(from, question.port, u32::from(from) << 8, u16::MAX);
            segment.syn().write(&mut frame, &[])
        }
        Transport::Udp => ip.udp(from, question.port).write(&mut frame, b"hostwright"),
    };
    written.ok().map(|()| frame)
}

/// What a frame of the machine answers.
pub(super) fn heard(frame: &[u8]) -> Option<Heard> {
    let packet = SlicedPacket::from_ethernet(frame).ok()?;
    let refused = |(transport, port)| Heard {
        transport,
        port,
        answer: Answer::Refused,
    };
    match packet.transport? {
        TransportSlice::Tcp(segment) if segment.ack() && (segment.syn() || segment.rst()) => {
            Some(Heard {
                transport: Transport::Tcp,
                port: segment.destination_port(),
                answer: if segment.rst() {
                    Answer::Refused
                } else {
                    Answer::Open
                },
            })
        }
        TransportSlice::Udp(datagram) => Some(Heard {
            transport: Transport::Udp,
            port: datagram.destination_port(),
            answer: Answer::Open,
        }),
        TransportSlice::Icmpv4(message) if message.type_u8() == UNREACHABLE_V4 => {
            let probe = message.payload();
            let header = usize::from(probe.first()? & 0x0F) * 4;
            complained(*probe.get(9)?, probe.get(header..)?).map(refused)
        }
        TransportSlice::Icmpv6(message) if message.type_u8() == UNREACHABLE_V6 => {
            let probe = message.payload();
            complained(*probe.get(6)?, probe.get(IPV6_HEADER..)?).map(refused)
        }
        _ => None,
    }
}

/// The probe that a message complains about: its protocol and its source port.
fn complained(protocol: u8, rest: &[u8]) -> Option<(Transport, u16)> {
    let transport = match protocol {
        TCP => Transport::Tcp,
        UDP => Transport::Udp,
        _ => return None,
    };
    let port = [*rest.first()?, *rest.get(1)?];
    Some((transport, u16::from_be_bytes(port)))
}

#[cfg(test)]
mod tests {
    use etherparse::icmpv4::DestUnreachableHeader;
    use etherparse::{Icmpv4Type, Icmpv6Type, icmpv6};

    use super::*;

    const OWN: [u8; 4] = [10, 0, 2, 15];
    const SOURCE: [u8; 4] = [198, 51, 100, 10];

    fn question(transport: Transport) -> Question {
        Question {
            transport,
            source: SOURCE.into(),
            port: 22,
        }
    }

    #[test]
    fn a_probe_is_a_first_packet_with_right_checksums() {
        let frame = probe(&question(Transport::Tcp), OWN.into(), 2000).unwrap();
        let packet = SlicedPacket::from_ethernet(&frame).unwrap();
        let Some(TransportSlice::Tcp(segment)) = packet.transport else {
            panic!("{packet:?}");
        };
        assert!(segment.syn() && !segment.ack());
        assert_eq!(
            segment.checksum(),
            segment.calc_checksum_ipv4(SOURCE, OWN).unwrap()
        );
        assert_eq!(probe(&question(Transport::Tcp), [0; 16].into(), 2000), None);
    }

    #[test]
    fn each_answer_is_told_from_the_others() {
        let ip = || PacketBuilder::ethernet2(MACHINE, STRANGER).ipv4(OWN, SOURCE, 64);
        let mut frames = [const { Vec::new() }; 4];
        ip().tcp(22, 2000, 1, 1)
            .syn()
            .ack(1)
            .write(&mut frames[0], &[])
            .unwrap();
        ip().tcp(22, 2000, 1, 1)
            .rst()
            .ack(1)
            .write(&mut frames[1], &[])
            .unwrap();
        ip().udp(53, 2001).write(&mut frames[2], b"x").unwrap();
        let sent = probe(&question(Transport::Udp), OWN.into(), 2002).unwrap();
        let unreachable = Icmpv4Type::DestinationUnreachable(DestUnreachableHeader::Port);
        ip().icmpv4(unreachable)
            .write(&mut frames[3], &sent[14..])
            .unwrap();
        let answers = frames
            .each_ref()
            .map(|frame| heard(frame).map(|it| (it.port, it.answer)));
        let expected = [
            (2000, Answer::Open),
            (2000, Answer::Refused),
            (2001, Answer::Open),
            (2002, Answer::Refused),
        ];
        assert_eq!(answers, expected.map(Some));
    }

    #[test]
    fn a_refusal_over_ipv6_names_its_probe() {
        let question = Question {
            source: [0x20; 16].into(),
            ..question(Transport::Tcp)
        };
        let sent = probe(&question, [0xFD; 16].into(), 2003).unwrap();
        let unreachable = Icmpv6Type::DestinationUnreachable(icmpv6::DestUnreachableCode::Port);
        let mut frame = Vec::new();
        PacketBuilder::ethernet2(MACHINE, STRANGER)
            .ipv6([0xFD; 16], [0x20; 16], 64)
            .icmpv6(unreachable)
            .write(&mut frame, &sent[14..])
            .unwrap();
        let answer = heard(&frame).unwrap();
        assert_eq!((answer.port, answer.answer), (2003, Answer::Refused));
        assert_eq!(answer.transport, Transport::Tcp);
    }

    #[test]
    fn traffic_of_the_machine_itself_is_no_answer() {
        let mut frame = Vec::new();
        let ip = PacketBuilder::ethernet2(MACHINE, STRANGER).ipv4(OWN, SOURCE, 64);
        ip.tcp(40000, 443, 1, 1)
            .syn()
            .write(&mut frame, &[])
            .unwrap();
        assert_eq!(heard(&frame), None);
        assert_eq!(heard(&frame[..20]), None);
        assert_eq!(heard(&[]), None);
    }
}
