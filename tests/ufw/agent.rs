//! The part that runs inside a network namespace: listeners on one side, probes
//! from the other. It is this same program, started by `ip netns exec`.

use std::io::{BufRead, ErrorKind, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, UdpSocket};
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use socket2::{Domain, SockAddr, Socket, Type};

/// A transport that can be probed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Transport {
    Tcp,
    Udp,
}

/// One or more connections from a source to a port.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Probe {
    pub(crate) source: IpAddr,
    /// Port of the first attempt; each further one takes the next.
    pub(crate) source_port: u16,
    pub(crate) destination: IpAddr,
    pub(crate) port: u16,
    pub(crate) transport: Transport,
    /// When each attempt begins, in ms after the first.
    pub(crate) at_ms: Vec<u64>,
    pub(crate) timeout_ms: u64,
}

/// What a client sees of one attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Seen {
    /// An answer of the service.
    Open,
    /// A reset or an ICMP error.
    Refused,
    /// Nothing.
    Silent,
}

/// Answers on every port at every address, until it is killed.
pub(crate) fn listen(addresses: &[IpAddr], ports: &[u16]) {
    for &address in addresses {
        for &port in ports {
            let at = SocketAddr::new(address, port);
            let tcp = TcpListener::bind(at).unwrap_or_else(|e| panic!("tcp {at}: {e}"));
            thread::spawn(move || for _ in tcp.incoming() {});
            let udp = UdpSocket::bind(at).unwrap_or_else(|e| panic!("udp {at}: {e}"));
            thread::spawn(move || echo(&udp));
        }
    }
    println!("ready");
    // Its parent closes our standard input when it is done.
    let _ = std::io::stdin().read(&mut [0]);
}

fn echo(socket: &UdpSocket) {
    let mut buffer = [0; 16];
    loop {
        if let Ok((length, from)) = socket.recv_from(&mut buffer) {
            let _ = socket.send_to(&buffer[..length], from);
        }
    }
}

/// Reads lists of probes, answers with what each attempt saw.
pub(crate) fn probe() {
    let mut stdout = std::io::stdout();
    for line in std::io::stdin().lock().lines() {
        let line = line.expect("a line");
        let probes: Vec<Probe> = serde_json::from_str(&line).expect("probes");
        let seen = thread::scope(|scope| {
            let running: Vec<_> = probes
                .iter()
                .map(|probe| scope.spawn(move || attempts(probe)))
                .collect();
            let join = |thread: thread::ScopedJoinHandle<'_, _>| thread.join().expect("a probe");
            running.into_iter().map(join).collect::<Vec<Vec<Seen>>>()
        });
        let answer = serde_json::to_string(&seen).expect("an answer");
        writeln!(stdout, "{answer}").expect("stdout");
    }
}

fn attempts(probe: &Probe) -> Vec<Seen> {
    let start = Instant::now();
    let ports = probe.source_port..;
    let attempt = |(at, port): (&u64, u16)| {
        thread::sleep(Duration::from_millis(*at).saturating_sub(start.elapsed()));
        let seen = attempt(probe, port);
        seen.unwrap_or_else(|error| panic!("{probe:?}: {error}"))
    };
    probe.at_ms.iter().zip(ports).map(attempt).collect()
}

fn attempt(probe: &Probe, source_port: u16) -> std::io::Result<Seen> {
    let to = SockAddr::from(SocketAddr::new(probe.destination, probe.port));
    let from = SockAddr::from(SocketAddr::new(probe.source, source_port));
    let timeout = Duration::from_millis(probe.timeout_ms);
    let domain = Domain::for_address(SocketAddr::new(probe.source, 0));
    let result = match probe.transport {
        Transport::Tcp => {
            let socket = Socket::new(domain, Type::STREAM, None)?;
            socket.set_reuse_address(true)?;
            // A reset at the end: no TIME-WAIT, the port is free again.
            socket.set_linger(Some(Duration::ZERO))?;
            socket.bind(&from)?;
            let result = socket.connect_timeout(&to, timeout);
            // An ICMP error that comes while the socket is still within
            // connect() is kept aside as its pending error.
            match socket.take_error()? {
                Some(error) if result.is_err() => Err(error),
                _ => result,
            }
        }
        Transport::Udp => {
            let socket = Socket::new(domain, Type::DGRAM, None)?;
            socket.bind(&from)?;
            socket.connect(&to)?;
            socket.set_read_timeout(Some(timeout))?;
            let sent = match socket.send(b"hello") {
                // The firewall of the sender itself; an answer says more.
                Err(error) if error.kind() == ErrorKind::PermissionDenied => Ok(0),
                sent => sent,
            };
            sent.and_then(|_| (&socket).read(&mut [0; 16])).map(|_| ())
        }
    };
    match result {
        Ok(()) => Ok(Seen::Open),
        Err(error) => match error.kind() {
            ErrorKind::ConnectionRefused
            | ErrorKind::HostUnreachable
            | ErrorKind::NetworkUnreachable => Ok(Seen::Refused),
            ErrorKind::TimedOut | ErrorKind::WouldBlock => Ok(Seen::Silent),
            _ => Err(error),
        },
    }
}
