//! Encryption of connections: whose certificates are taken.

use std::path::Path;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use rustls_platform_verifier::Verifier;

use super::settings::{Encrypt, Options};

/// What a handshake begins with.
///
/// # Errors
/// When a file with certificates can't be read, or the system has none; in words.
pub(super) fn config(options: &Options) -> Result<Arc<ClientConfig>, String> {
    let provider = Arc::new(ring::default_provider());
    let verifier: Arc<dyn ServerCertVerifier> = match options.trust {
        true => Arc::new(Trusting(Arc::clone(&provider))),
        false => {
            let extra = match &options.authority {
                Some(file) => certificates(file)?,
                None => Vec::new(),
            };
            let verifier = Verifier::new_with_extra_roots(extra, Arc::clone(&provider));
            Arc::new(verifier.map_err(|error| error.to_string())?)
        }
    };
    // In packets of TDS 7, a server may not speak after the handshake unasked, as version 1.3 lets it.
    let versions: &[&rustls::SupportedProtocolVersion] = match options.encrypt {
        Encrypt::Strict => &[&rustls::version::TLS12, &rustls::version::TLS13],
        _ => &[&rustls::version::TLS12],
    };
    let builder = ClientConfig::builder_with_provider(provider);
    let builder = builder.with_protocol_versions(versions);
    let mut config = builder
        .map_err(|error| error.to_string())?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    if options.encrypt == Encrypt::Strict {
        config.alpn_protocols = vec![b"tds/8.0".to_vec()];
    }
    Ok(Arc::new(config))
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let failed = |error: &dyn std::fmt::Display| {
        format!(
            "can't read `certificate` of the URL: {}: {error}",
            file.display()
        )
    };
    let found = CertificateDer::pem_file_iter(file).map_err(|error| failed(&error))?;
    let found: Vec<_> = found
        .collect::<Result<_, _>>()
        .map_err(|error| failed(&error))?;
    match found.is_empty() {
        true => Err(failed(&"no certificate in PEM format is in it")),
        false => Ok(found),
    }
}

/// Takes any certificate: what a server makes for itself when it starts is not signed by an authority, and signatures that are no
/// longer made.
#[derive(Debug)]
struct Trusting(Arc<CryptoProvider>);

impl ServerCertVerifier for Trusting {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
