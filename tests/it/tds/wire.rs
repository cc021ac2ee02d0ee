//! TDS as a server speaks it: packets, the first messages, encryption, tokens.
//! <https://learn.microsoft.com/openspecs/windows_protocols/ms-tds/>

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

pub(super) const BATCH: u8 = 0x01;
pub(super) const ANSWER: u8 = 0x04;
pub(super) const ATTENTION: u8 = 0x06;
pub(super) const LOGIN: u8 = 0x10;
pub(super) const PRELOGIN: u8 = 0x12;

const HEADER: usize = 8;
/// Bytes of a packet's content, so small that answers need several.
const CONTENT: usize = 512 - HEADER;

/// A value that a server answers with.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Null,
    Integer(i64),
    Text(String),
}

/// Bytes that go in packets of a handshake until it is done.
pub(super) struct Pack {
    tcp: TcpStream,
    packed: bool,
    left: usize,
}

impl Read for Pack {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if !self.packed {
            return self.tcp.read(buffer);
        }
        if self.left == 0 {
            let mut header = [0; HEADER];
            self.tcp.read_exact(&mut header)?;
            assert_eq!(header[0], PRELOGIN, "a packet of a handshake");
            self.left = usize::from(u16::from_be_bytes([header[2], header[3]])) - HEADER;
        }
        let most = buffer.len().min(self.left);
        let read = self.tcp.read(&mut buffer[..most])?;
        self.left -= read;
        Ok(read)
    }
}

impl Write for Pack {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.packed {
            return self.tcp.write(bytes);
        }
        let part = &bytes[..bytes.len().min(4096 - HEADER)];
        self.tcp.write_all(&packet(PRELOGIN, true, part))?;
        Ok(part.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.tcp.flush()
    }
}

/// A connection to a client.
pub(super) enum Wire {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ServerConnection, Pack>>),
}

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(tcp) => tcp.read(buffer),
            Self::Tls(tls) => tls.read(buffer),
        }
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(tcp) => tcp.write(bytes),
            Self::Tls(tls) => tls.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(tcp) => tcp.flush(),
            Self::Tls(tls) => tls.flush(),
        }
    }
}

fn packet(kind: u8, last: bool, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len() + HEADER).expect("a small packet");
    let [high, low] = length.to_be_bytes();
    let mut packet = vec![kind, u8::from(last), high, low, 0, 0, 1, 0];
    packet.extend(content);
    packet
}

/// Reads a message: its type and what it holds.
pub(super) fn read(wire: &mut impl Read) -> io::Result<(u8, Vec<u8>)> {
    let mut message = Vec::new();
    loop {
        let mut header = [0; HEADER];
        wire.read_exact(&mut header)?;
        let length = usize::from(u16::from_be_bytes([header[2], header[3]]));
        let mut content = vec![0; length - HEADER];
        wire.read_exact(&mut content)?;
        message.extend(content);
        if header[1] & 1 == 1 {
            return Ok((header[0], message));
        }
    }
}

/// Sends an answer.
pub(super) fn send(wire: &mut impl Write, tokens: &[u8]) -> io::Result<()> {
    let parts: Vec<&[u8]> = tokens.chunks(CONTENT).collect();
    for (at, part) in parts.iter().enumerate() {
        wire.write_all(&packet(ANSWER, at + 1 == parts.len(), part))?;
    }
    wire.flush()
}

/// Answers a client's first message, and begins encryption where both want it: the connection from there on.
pub(super) fn greet(
    mut tcp: TcpStream,
    tls: Option<&Arc<ServerConfig>>,
    only: bool,
) -> io::Result<Wire> {
    let (kind, hello) = read(&mut tcp)?;
    assert_eq!(kind, PRELOGIN, "the first message");
    // Version, encryption; where each stands in the message; where the list ends.
    let entry = hello
        .chunks(5)
        .find(|entry| entry[0] == 1)
        .expect("encryption");
    let asked = hello[usize::from(u16::from_be_bytes([entry[1], entry[2]]))];
    let said = match (tls.is_some(), asked) {
        (false, _) => 2,
        (true, 2) if only => 3,
        (true, 2) => 2,
        (true, _) => 1,
    };
    let answer = [
        &[0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xff][..],
        &[16, 0, 0x10, 0x7d, 0, 0],
        &[said],
    ]
    .concat();
    send(&mut tcp, &answer)?;
    let (Some(config), 1) = (tls, said) else {
        return Ok(Wire::Plain(tcp));
    };
    let connection = ServerConnection::new(Arc::clone(config)).expect("a certificate");
    let pack = Pack {
        tcp,
        packed: true,
        left: 0,
    };
    let mut stream = StreamOwned::new(connection, pack);
    while stream.conn.is_handshaking() {
        stream.conn.complete_io(&mut stream.sock)?;
    }
    stream.sock.packed = false;
    Ok(Wire::Tls(Box::new(stream)))
}

fn utf16(bytes: &[u8]) -> String {
    let units: Vec<u16> = bytes
        .chunks_exact(2)
        .map(|two| u16::from_le_bytes([two[0], two[1]]))
        .collect();
    String::from_utf16(&units).expect("UTF-16")
}

/// Who logs in, and into which database.
pub(super) struct Login {
    pub(super) user: String,
    pub(super) password: String,
    pub(super) database: String,
}

impl Login {
    pub(super) fn read(message: &[u8]) -> Self {
        let field = |at: usize| {
            let number =
                |at: usize| usize::from(u16::from_le_bytes([message[at], message[at + 1]]));
            let (start, length) = (number(at), number(at + 2) * 2);
            message[start..start + length].to_vec()
        };
        // What hides a password from those who don't look.
        let plain: Vec<u8> = field(44)
            .iter()
            .map(|byte| (byte ^ 0xa5).rotate_left(4))
            .collect();
        Self {
            user: utf16(&field(40)),
            password: utf16(&plain),
            database: utf16(&field(68)),
        }
    }
}

/// The text of a batch, behind its headers.
pub(super) fn batch(message: &[u8]) -> String {
    let headers = u32::from_le_bytes([message[0], message[1], message[2], message[3]]);
    utf16(&message[usize::try_from(headers).expect("a length")..])
}

fn long(text: &str) -> Vec<u8> {
    let units: Vec<u16> = text.encode_utf16().collect();
    let length = u16::try_from(units.len()).expect("a short text");
    let units = units.into_iter().flat_map(u16::to_le_bytes);
    length.to_le_bytes().into_iter().chain(units).collect()
}

fn short(text: &str) -> Vec<u8> {
    let units: Vec<u16> = text.encode_utf16().collect();
    let length = u8::try_from(units.len()).expect("a short name");
    std::iter::once(length)
        .chain(units.into_iter().flat_map(u16::to_le_bytes))
        .collect()
}

fn token(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len()).expect("a short token");
    [&[kind][..], &length.to_le_bytes(), body].concat()
}

/// The login is taken.
pub(super) fn welcome(database: &str) -> Vec<u8> {
    let place = [&[1][..], &short(database), &short("master")].concat();
    let ack = [
        &[1, 0x74, 0, 0, 4][..],
        &short("Microsoft SQL Server"),
        &[16, 0, 0x10, 0x7d],
    ]
    .concat();
    [token(0xe3, &place), token(0xad, &ack)].concat()
}

/// A transaction begins (8) or ends (9, 10).
pub(super) fn transaction(kind: u8) -> Vec<u8> {
    let number = [8, 1, 0, 0, 0, 1, 0, 0, 0];
    match kind {
        8 => token(0xe3, &[&[8][..], &number, &[0]].concat()),
        kind => token(0xe3, &[&[kind, 0][..], &number].concat()),
    }
}

/// A refusal.
pub(super) fn error(number: u32, message: &str, line: u32) -> Vec<u8> {
    let body = [
        &number.to_le_bytes()[..],
        &[1, 16],
        &long(message),
        &short("tests"),
        &short(""),
        &line.to_le_bytes(),
    ];
    token(0xaa, &body.concat())
}

/// The end of an answer.
pub(super) fn done(failed: bool, rows: u64) -> Vec<u8> {
    end(if failed { 2 } else { 0x10 }, rows)
}

/// The acknowledgement of an attention.
pub(super) fn cancelled() -> Vec<u8> {
    end(0x20, 0)
}

fn end(status: u16, rows: u64) -> Vec<u8> {
    [
        &[0xfd][..],
        &status.to_le_bytes(),
        &[0, 0],
        &rows.to_le_bytes(),
    ]
    .concat()
}

/// Rows with their columns. Numbers are bits where a name says so.
pub(super) fn rows(columns: &[String], rows: &[Vec<Value>]) -> Vec<u8> {
    let numbers = |at: usize| {
        let mut some = rows
            .iter()
            .map(|row| &row[at])
            .filter(|value| **value != Value::Null)
            .peekable();
        some.peek().is_some() && some.all(|value| matches!(value, Value::Integer(_)))
    };
    let kinds: Vec<usize> = (0..columns.len())
        .map(|at| match numbers(at) {
            false => 0,
            true if columns[at].starts_with("is_") => 1,
            true => 8,
        })
        .collect();
    let mut out = vec![0x81];
    out.extend(u16::try_from(columns.len()).expect("columns").to_le_bytes());
    for (name, kind) in columns.iter().zip(&kinds) {
        out.extend([0, 0, 0, 0, 9, 0]);
        match kind {
            // nvarchar(max), bit, bigint
            0 => out.extend([0xe7, 0xff, 0xff, 9, 4, 0xd0, 0, 0x34]),
            1 => out.extend([0x68, 1]),
            _ => out.extend([0x26, 8]),
        }
        out.extend(short(name));
    }
    for row in rows {
        out.push(0xd1);
        for (value, kind) in row.iter().zip(&kinds) {
            match (value, kind) {
                (Value::Null, 0) => out.extend(u64::MAX.to_le_bytes()),
                (Value::Null, _) => out.push(0),
                (Value::Integer(number), 1) => out.extend([1, u8::from(*number != 0)]),
                (Value::Integer(number), 8) => {
                    out.push(8);
                    out.extend(number.to_le_bytes());
                }
                (Value::Integer(number), _) => text(&mut out, &number.to_string()),
                (Value::Text(value), _) => text(&mut out, value),
            }
        }
    }
    out
}

/// In chunks, as values without a limit come.
fn text(out: &mut Vec<u8>, text: &str) {
    let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    out.extend(u64::try_from(bytes.len()).expect("a length").to_le_bytes());
    for part in bytes.chunks(4000) {
        out.extend(u32::try_from(part.len()).expect("a length").to_le_bytes());
        out.extend(part);
    }
    out.extend([0; 4]);
}
