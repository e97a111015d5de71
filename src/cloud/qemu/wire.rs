//! The wire of a machine: frames that this side puts on it, from any address,
//! and the answers. QEMU's user network is on the same wire, gives the machine
//! its address and is its gateway. No root is needed.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::IpAddr;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use crate::evidence::reach::Question;
use crate::facts::Answer;
use crate::system::process::descriptor_number;

use super::frames::{Heard, MACHINE, heard, probe};

/// Ports that probes come from, so that each answer is told from the others.
const FIRST_PORT: u16 = 2000;
/// Frames in a row before the machine gets time to take them.
const BURST: usize = 32;
/// That time.
const REST: Duration = Duration::from_millis(50);

/// This side's end.
#[derive(Debug)]
pub struct Wire {
    stream: UnixStream,
    answers: Receiver<Heard>,
    next: u16,
}

impl Wire {
    /// A wire, with QEMU's arguments for the machine's end and what it inherits.
    ///
    /// # Errors
    ///
    /// The operating system's.
    pub fn new() -> std::io::Result<(Self, Vec<String>, OwnedFd)> {
        let (stream, other) = UnixStream::pair()?;
        let other = OwnedFd::from(other);
        let number = descriptor_number(&other);
        let mac = MACHINE.map(|byte| format!("{byte:02x}")).join(":");
        let arguments = [
            "-netdev",
            "user,id=user",
            "-netdev",
            "hubport,hubid=0,id=port0,netdev=user",
            "-netdev",
            &format!("stream,id=wire,server=off,addr.type=fd,addr.str={number}"),
            "-netdev",
            "hubport,hubid=0,id=port1,netdev=wire",
            "-netdev",
            "hubport,hubid=0,id=port2",
            "-device",
            &format!("virtio-net-pci,netdev=port2,mac={mac}"),
        ];
        let arguments = arguments.map(ToOwned::to_owned).into();
        let (sender, answers) = channel();
        let mut reading = stream.try_clone()?;
        // Always read: a wire that is full stops the machine's network.
        std::thread::spawn(move || {
            while let Ok(frame) = read_frame(&mut reading) {
                if heard(&frame).is_some_and(|it| sender.send(it).is_err()) {
                    break;
                }
            }
        });
        let wire = Self {
            stream,
            answers,
            next: FIRST_PORT,
        };
        Ok((wire, arguments, other))
    }

    /// Asks all questions, waits so long after the last, and gives what was
    /// answered: [`Answer::Dropped`] for silence. `own` are the machine's
    /// addresses, one of each family.
    ///
    /// # Errors
    ///
    /// If the wire is cut.
    pub fn ask(
        &mut self,
        questions: &[Question],
        own: &[IpAddr],
        wait: Duration,
    ) -> std::io::Result<Vec<Answer>> {
        while self.answers.try_recv().is_ok() {}
        let mut asked = BTreeMap::new();
        for (index, question) in questions.iter().enumerate() {
            let own = own
                .iter()
                .find(|it| it.is_ipv4() == question.source.is_ipv4());
            let Some(frame) = own.and_then(|own| probe(question, *own, self.next)) else {
                continue;
            };
            asked.insert((question.transport, self.next), index);
            self.next = self.next.checked_add(1).unwrap_or(FIRST_PORT);
            let length = u32::try_from(frame.len()).map_err(std::io::Error::other)?;
            self.stream
                .write_all(&[&length.to_be_bytes()[..], &frame].concat())?;
            if index % BURST == BURST - 1 {
                std::thread::sleep(REST);
            }
        }
        let mut answers = vec![Answer::Dropped; questions.len()];
        let end = Instant::now() + wait;
        while let Ok(heard) = self
            .answers
            .recv_timeout(end.saturating_duration_since(Instant::now()))
        {
            if let Some(index) = asked.remove(&(heard.transport, heard.port)) {
                answers[index] = heard.answer;
            }
            if asked.is_empty() {
                break;
            }
        }
        Ok(answers)
    }
}

/// QEMU puts the length of each frame before it, in four bytes.
fn read_frame(stream: &mut UnixStream) -> std::io::Result<Vec<u8>> {
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let mut frame = vec![0; u32::from_be_bytes(length) as usize];
    stream.read_exact(&mut frame)?;
    Ok(frame)
}
