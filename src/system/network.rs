//! Ports of this computer.

use std::io::{self, Read};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

/// A port of loopback that nobody uses: the wanted one, or any.
///
/// # Errors
///
/// The operating system's.
pub fn free_port(wanted: Option<u16>) -> io::Result<u16> {
    let bind = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    let listener = match wanted.map(bind) {
        Some(Ok(listener)) => listener,
        _ => bind(0)?,
    };
    Ok(listener.local_addr()?.port())
}

/// Waits for a server that speaks first, such as sshd, without holding up its caller.
#[derive(Debug)]
pub struct Greeting {
    address: SocketAddr,
    pause: Duration,
    connection: Option<(TcpStream, Instant)>,
    next: Instant,
}

/// A connection that stays silent so long was made before the server was there.
const SILENCE: Duration = Duration::from_secs(20);

impl Greeting {
    /// Of a port of loopback, tried again after `pause`.
    #[must_use]
    pub fn new(port: u16, pause: Duration) -> Self {
        Self {
            address: (Ipv4Addr::LOCALHOST, port).into(),
            pause,
            connection: None,
            next: Instant::now(),
        }
    }

    /// Waits at most `patience` and says whether the server has spoken.
    pub fn heard(&mut self, patience: Duration) -> bool {
        let Some((mut stream, since)) = self.connection.take() else {
            std::thread::sleep(patience);
            if Instant::now() >= self.next {
                self.next = Instant::now() + self.pause;
                let stream = TcpStream::connect_timeout(&self.address, patience);
                self.connection = stream.ok().map(|stream| (stream, Instant::now()));
            }
            return false;
        };
        let read = stream
            .set_read_timeout(Some(patience))
            .and_then(|()| stream.read(&mut [0; 1]));
        match read {
            Ok(count) => count > 0,
            Err(error) if is_timeout(&error) && since.elapsed() < SILENCE => {
                self.connection = Some((stream, since));
                false
            }
            Err(_) => false,
        }
    }
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
    )
}
