//! The first messages of a connection, up to where the driver's library takes over: what is encrypted is agreed on, and
//! encryption begins.
//!
//! The library would bring another provider of cryptography. It is given a stream on which all of this is done: of its own
//! first message nothing is sent, and what the server said to ours is its answer.
//! <https://learn.microsoft.com/openspecs/windows_protocols/ms-tds/60f56408-0188-4cd5-8b90-25c6f2423868>

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use rustls::pki_types::ServerName;
use tiberius::error::Error;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::settings::{Encrypt, Login, Options};
use super::tls;

/// Bytes before what a packet holds.
const HEADER: usize = 8;
/// The type of the first message, and of the packets of a handshake.
const PRELOGIN: u8 = 0x12;
/// The status of a message's last packet.
const LAST: u8 = 0x01;
/// The greatest packet before another size is agreed on.
const PACKET: usize = 4096;

/// Options of the first message.
const VERSION: u8 = 0;
const ENCRYPTION: u8 = 1;
const INSTANCE: u8 = 2;
const THREAD: u8 = 3;
const MARS: u8 = 4;
const FEDERATED: u8 = 6;
const END: u8 = 0xff;

/// What is said of encryption.
const ENCRYPT_ON: u8 = 1;
const ENCRYPT_NOT_SUPPORTED: u8 = 2;

/// A connection that the library continues with.
pub(super) struct Greeted {
    wire: Wire,
    /// What of the library's first message has come, as long as it is not whole.
    hello: Option<Vec<u8>>,
    /// The server's answer to ours, and how much of it was read.
    answer: (Vec<u8>, usize),
}

/// A connection, encrypted or not.
enum Wire {
    Plain(TcpStream),
    Tls(Box<TlsStream<Wrapped>>),
}

/// Greets a server.
///
/// # Errors
/// When it does not answer as one, or what is to be encrypted can't be agreed on.
pub(super) async fn greet(mut tcp: TcpStream, options: &Options) -> Result<Greeted, Error> {
    tcp.set_nodelay(true)?;
    let federated = matches!(options.login, Login::Token(_));
    let asked = match options.encrypt {
        Encrypt::Never => ENCRYPT_NOT_SUPPORTED,
        Encrypt::Offered | Encrypt::Required | Encrypt::Strict => ENCRYPT_ON,
    };
    if options.encrypt == Encrypt::Strict {
        let mut wire = Wire::Tls(Box::new(encrypt(Wrapped::open(tcp), options).await?));
        let (answer, _) = ask(&mut wire, asked, federated).await?;
        return Ok(Greeted::new(wire, answer));
    }
    let (answer, said) = ask(&mut tcp, asked, federated).await?;
    let wire = match (options.encrypt, said == ENCRYPT_NOT_SUPPORTED) {
        (Encrypt::Never | Encrypt::Offered, true) => Wire::Plain(tcp),
        (Encrypt::Never, false) => {
            let message =
                "the server takes only encrypted connections, and the URL says `encrypt=disable`";
            return Err(Error::Tls(message.to_owned()));
        }
        (_, true) => return Err(Error::Tls("the server does not encrypt".to_owned())),
        (_, false) => {
            let mut stream = encrypt(Wrapped::packed(tcp), options).await?;
            stream.get_mut().0.packets = None;
            Wire::Tls(Box::new(stream))
        }
    };
    Ok(Greeted::new(wire, answer))
}

async fn encrypt(wrapped: Wrapped, options: &Options) -> Result<TlsStream<Wrapped>, Error> {
    let config = tls::config(options).map_err(Error::Tls)?;
    let name = options.certified.as_deref().unwrap_or(&options.host);
    let name = ServerName::try_from(name.to_owned());
    let name = name.map_err(|error| Error::Tls(error.to_string()))?;
    let stream = TlsConnector::from(config).connect(name, wrapped).await;
    stream.map_err(|error| match error.kind() {
        io::ErrorKind::InvalidData => Error::Tls(error.to_string()),
        _ => error.into(),
    })
}

/// Sends the first message: the server's answer, and what it says of encryption.
async fn ask<S>(stream: &mut S, encryption: u8, federated: bool) -> Result<(Vec<u8>, u8), Error>
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    let mut options: Vec<(u8, &[u8])> = vec![
        (VERSION, &[0; 6]),
        (ENCRYPTION, std::slice::from_ref(&encryption)),
        (INSTANCE, &[0]),
        (THREAD, &[0; 4]),
        (MARS, &[0]),
    ];
    if federated {
        options.push((FEDERATED, &[1]));
    }
    let mut at = options.len() * 5 + 1;
    let (mut body, mut values) = (Vec::new(), Vec::<u8>::new());
    for (option, value) in options {
        body.push(option);
        body.extend(be(at)?);
        body.extend(be(value.len())?);
        at += value.len();
        values.extend(value);
    }
    body.push(END);
    body.extend(values);
    stream.write_all(&packet(&body)?).await?;
    stream.flush().await?;
    let mut answer = vec![0; HEADER];
    stream.read_exact(&mut answer).await?;
    let length = usize::from(u16::from_be_bytes([answer[2], answer[3]]));
    if answer[0] != 0x04 || length <= HEADER {
        return Err(Error::Protocol("the answer is not SQL Server's".into()));
    }
    answer.resize(length, 0);
    stream.read_exact(&mut answer[HEADER..]).await?;
    let said = said(&answer[HEADER..]);
    let said =
        said.ok_or_else(|| Error::Protocol("the answer says nothing of encryption".into()))?;
    Ok((answer, said))
}

/// What an answer says of encryption.
fn said(body: &[u8]) -> Option<u8> {
    let entry = body.chunks(5).take_while(|entry| entry[0] != END);
    let mut entry = entry.filter(|entry| entry[0] == ENCRYPTION && entry.len() == 5);
    let entry = entry.next()?;
    body.get(usize::from(u16::from_be_bytes([entry[1], entry[2]])))
        .copied()
}

fn be(number: usize) -> Result<[u8; 2], Error> {
    let number = u16::try_from(number);
    let number = number.map_err(|_long| Error::Protocol("a message is too long".into()))?;
    Ok(number.to_be_bytes())
}

/// The one packet of a message.
fn packet(body: &[u8]) -> Result<Vec<u8>, Error> {
    let length = be(HEADER + body.len())?;
    let mut packet = vec![PRELOGIN, LAST, length[0], length[1], 0, 0, 0, 0];
    packet.extend(body);
    Ok(packet)
}

impl Greeted {
    fn new(wire: Wire, answer: Vec<u8>) -> Self {
        Self {
            wire,
            hello: Some(Vec::new()),
            answer: (answer, 0),
        }
    }
}

/// A connection whose bytes go in packets as long as a handshake lasts.
pub(super) struct Wrapped {
    tcp: TcpStream,
    packets: Option<Packets>,
}

#[derive(Default)]
struct Packets {
    /// What was written and not sent yet.
    written: Vec<u8>,
    /// Packets on their way, and how much of them is gone.
    sending: (Vec<u8>, usize),
    /// The header that is being read.
    header: Vec<u8>,
    /// Bytes of the packet that are still to come.
    left: usize,
}

impl Wrapped {
    fn open(tcp: TcpStream) -> Self {
        Self { tcp, packets: None }
    }

    fn packed(tcp: TcpStream) -> Self {
        Self {
            tcp,
            packets: Some(Packets::default()),
        }
    }
}

impl AsyncRead for Wrapped {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let Self { tcp, packets } = self.get_mut();
        let Some(packets) = packets else {
            return Pin::new(tcp).poll_read(context, buffer);
        };
        while packets.left == 0 {
            let mut bytes = [0; HEADER];
            let mut rest = ReadBuf::new(&mut bytes[..HEADER - packets.header.len()]);
            ready!(Pin::new(&mut *tcp).poll_read(context, &mut rest))?;
            if rest.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
            packets.header.extend(rest.filled());
            if packets.header.len() == HEADER {
                let length = u16::from_be_bytes([packets.header[2], packets.header[3]]);
                packets.left = usize::from(length).saturating_sub(HEADER);
                packets.header.clear();
            }
        }
        let most = packets.left.min(buffer.remaining());
        let mut part = vec![0; most];
        let mut part = ReadBuf::new(&mut part);
        ready!(Pin::new(tcp).poll_read(context, &mut part))?;
        packets.left -= part.filled().len();
        buffer.put_slice(part.filled());
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wrapped {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let Self { tcp, packets } = self.get_mut();
        match packets {
            None => Pin::new(tcp).poll_write(context, bytes),
            Some(packets) => {
                packets.written.extend(bytes);
                Poll::Ready(Ok(bytes.len()))
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self { tcp, packets } = self.get_mut();
        if let Some(packets) = packets {
            for part in std::mem::take(&mut packets.written).chunks(PACKET - HEADER) {
                let packet = packet(part).map_err(io::Error::other)?;
                packets.sending.0.extend(packet);
            }
            let (bytes, gone) = &mut packets.sending;
            while *gone < bytes.len() {
                let sent = ready!(Pin::new(&mut *tcp).poll_write(context, &bytes[*gone..]))?;
                if sent == 0 {
                    return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
                }
                *gone += sent;
            }
            packets.sending = (Vec::new(), 0);
        }
        Pin::new(tcp).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().tcp).poll_shutdown(context)
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_read(context, buffer),
            Self::Tls(tls) => Pin::new(tls).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_write(context, bytes),
            Self::Tls(tls) => Pin::new(tls).poll_write(context, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_flush(context),
            Self::Tls(tls) => Pin::new(tls).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_shutdown(context),
            Self::Tls(tls) => Pin::new(tls).poll_shutdown(context),
        }
    }
}

impl AsyncRead for Greeted {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let Self { wire, answer, .. } = self.get_mut();
        let (bytes, read) = answer;
        if *read == bytes.len() {
            return Pin::new(wire).poll_read(context, buffer);
        }
        let most = buffer.remaining().min(bytes.len() - *read);
        buffer.put_slice(&bytes[*read..*read + most]);
        *read += most;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Greeted {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let Self { wire, hello, .. } = self.get_mut();
        let Some(come) = hello else {
            return Pin::new(wire).poll_write(context, bytes);
        };
        let length = |come: &[u8]| match come {
            [_, _, high, low, ..] => usize::from(u16::from_be_bytes([*high, *low])),
            _ => HEADER,
        };
        let mut taken = 0;
        while taken < bytes.len() && come.len() < length(come).max(HEADER) {
            come.push(bytes[taken]);
            taken += 1;
        }
        if come.len() == length(come) {
            *hello = None;
        }
        Poll::Ready(Ok(taken))
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().wire).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().wire).poll_shutdown(context)
    }
}
