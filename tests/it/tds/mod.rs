//! A small SQL Server: it speaks the real protocol, answers queries of the catalogue from tables that are one, follows DDL, and
//! refuses everything else.
//!
//! `wire` is the protocol, `catalogue` holds views of `sys` in SQLite, so that the queries' own joins are run, `rows` fills
//! them with what a state holds, `work` does what batches say.
#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking, as tests do"
)]

mod catalogue;
mod rows;
mod wire;
mod work;

use std::collections::BTreeMap;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

pub(crate) use work::Fault;
use work::{Server, Session};

/// The administrator's password.
pub(crate) const PASSWORD: &str = "Hunter2!";

/// A server that runs until the test ends.
pub(crate) struct Fake {
    port: u16,
    server: Arc<Mutex<Server>>,
}

impl Fake {
    /// Starts one without encryption, with these databases.
    pub(crate) fn start(databases: &[&str]) -> Self {
        Self::with(databases, None, false)
    }

    /// Starts one that encrypts, by `server.pem` and `server.key` in a directory. With `only` it takes no other connection.
    pub(crate) fn encrypted(databases: &[&str], certificates: &Path, only: bool) -> Self {
        let file = |name: &str| certificates.join(name);
        let chain = CertificateDer::pem_file_iter(file("server.pem")).unwrap();
        let key = PrivateKeyDer::from_pem_file(file("server.key")).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain.collect::<Result<_, _>>().unwrap(), key)
            .unwrap();
        Self::with(databases, Some(Arc::new(config)), only)
    }

    fn with(databases: &[&str], tls: Option<Arc<ServerConfig>>, only: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = Arc::new(Mutex::new(Server::new(databases)));
        let shared = Arc::clone(&server);
        thread::spawn(move || {
            for number in 51.. {
                let Ok((tcp, _)) = listener.accept() else {
                    return;
                };
                let (shared, tls) = (Arc::clone(&shared), tls.clone());
                thread::spawn(move || {
                    // Who goes away without a word is gone.
                    let _ = talk(tcp, tls.as_ref(), only, &shared, number);
                    shared.lock().unwrap().leave(number);
                });
            }
        });
        Self { port, server }
    }

    /// Its URL for the administrator.
    pub(crate) fn url(&self, more: &str) -> String {
        let password = PASSWORD.replace('!', "%21");
        format!("sqlserver://sa:{password}@127.0.0.1:{}?{more}", self.port)
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Runs DDL in a database, as somebody else would.
    pub(crate) fn script(&self, database: &str, sql: &str) {
        self.server.lock().unwrap().script(database, sql);
    }

    /// Fills the catalogue of a database with rows that were written down: rows by the names of views.
    pub(crate) fn record(&self, database: &str, file: &Path) {
        let text = std::fs::read_to_string(file).unwrap();
        let views: BTreeMap<String, Vec<serde_json::Value>> = serde_json::from_str(&text).unwrap();
        self.server.lock().unwrap().record(database, views);
    }

    /// Does something wrong from here on.
    pub(crate) fn fault(&self, fault: Fault) {
        self.server.lock().unwrap().fault = Some(fault);
    }

    /// Databases and logins that are there.
    pub(crate) fn holds(&self) -> Vec<String> {
        self.server.lock().unwrap().holds()
    }

    /// Batches that were run so far.
    pub(crate) fn log(&self) -> Vec<String> {
        self.server.lock().unwrap().log.clone()
    }

    /// How many statements were cancelled.
    pub(crate) fn cancelled(&self) -> usize {
        self.server.lock().unwrap().cancelled
    }
}

/// One connection, from its greeting to its end.
fn talk(
    tcp: TcpStream,
    tls: Option<&Arc<ServerConfig>>,
    only: bool,
    server: &Mutex<Server>,
    number: u32,
) -> std::io::Result<()> {
    let mut wire = wire::greet(tcp, tls, only)?;
    let (kind, message) = wire::read(&mut wire)?;
    assert_eq!(kind, wire::LOGIN, "the second message");
    let login = wire::Login::read(&message);
    let mut session = match server.lock().unwrap().enter(&login, number) {
        Ok(session) => session,
        Err((code, message)) => {
            let tokens = [wire::error(code, &message, 1), wire::done(true, 0)].concat();
            return wire::send(&mut wire, &tokens);
        }
    };
    let tokens = [wire::welcome(&session.database), wire::done(false, 0)].concat();
    wire::send(&mut wire, &tokens)?;
    loop {
        let (kind, message) = wire::read(&mut wire)?;
        match kind {
            wire::BATCH => {
                let text = wire::batch(&message);
                match answer(server, &mut session, &text) {
                    Some(tokens) => wire::send(&mut wire, &tokens)?,
                    // It never ends by itself.
                    None => {
                        let (kind, _) = wire::read(&mut wire)?;
                        assert_eq!(
                            kind,
                            wire::ATTENTION,
                            "what may come while a statement runs"
                        );
                        server.lock().unwrap().cancelled += 1;
                        wire::send(&mut wire, &wire::cancelled())?;
                    }
                }
            }
            other => panic!("a message of type {other} came"),
        }
    }
}

/// The answer to a batch; nothing where it takes for ever.
fn answer(server: &Mutex<Server>, session: &mut Session, text: &str) -> Option<Vec<u8>> {
    let mut server = server.lock().unwrap();
    server.log.push(text.to_owned());
    match server.fault {
        Some(Fault::Hang(part)) if text.contains(part) => return None,
        Some(Fault::Break(part)) if text.contains(part) => {
            drop(server);
            // The thread ends, and the connection with it.
            panic!("the connection breaks at {part}");
        }
        _ => {}
    }
    Some(server.run(session, text))
}
