//! Whose certificates are believed.
//!
//! Names, dates and issuers are judged by rustls and the system's certificates. A pin stands in the place of all three: whoever
//! proves to hold the key is the right one, whoever issued the certificate and for how long.

use std::sync::Arc;

use ::aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, prelude::BASE64_STANDARD};
use reqwest::ClientBuilder;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
    server::ParsedCertificate,
};

/// Whose certificates are believed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Trust {
    /// Those that the system's authorities vouch for.
    #[default]
    System,
    /// These too, and what they vouch for: certificates as PEM, authorities or intermediate ones that a server forgets to send.
    Also(Vec<u8>),
    /// The one with this key alone: the SHA-256 of its public key (`SubjectPublicKeyInfo`, RFC 7469 §2.4).
    Pin([u8; 32]),
    /// Any. Whoever is on the way can read and change everything.
    Anyone,
}

impl Trust {
    /// These certificates too.
    ///
    /// # Errors
    ///
    /// When `pem` holds no certificate, or one that can't be used.
    pub fn also(pem: Vec<u8>) -> Result<Self, &'static str> {
        let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
        let found = found.map_err(|_| "what is in it is not PEM")?;
        if found.is_empty() {
            return Err("there is no certificate in it (-----BEGIN CERTIFICATE-----)");
        }
        let mut authorities = RootCertStore::empty();
        for certificate in found {
            let unusable = "one of its certificates is damaged, or is none that can vouch for others";
            authorities.add(certificate).map_err(|_| unusable)?;
        }
        Ok(Self::Also(pem))
    }

    /// A pin as it is written: `sha256/` and 32 bytes in Base64.
    ///
    /// # Errors
    ///
    /// When it is written differently.
    pub fn pin(text: &str) -> Result<Self, &'static str> {
        let hash = text.strip_prefix("sha256/").ok_or("it does not begin with sha256/")?;
        let bytes = BASE64_STANDARD.decode(hash).map_err(|_| "this is not Base64")?;
        let pin = bytes
            .try_into()
            .map_err(|_| "this is not a SHA-256: it has not 32 bytes")?;
        Ok(Self::Pin(pin))
    }

    /// `builder` with this trust.
    pub(super) fn apply(&self, builder: ClientBuilder) -> Result<ClientBuilder, reqwest::Error> {
        Ok(match self {
            Self::System => builder,
            Self::Also(pem) => builder.tls_certs_merge(reqwest::Certificate::from_pem_bundle(pem)?),
            Self::Anyone => builder.tls_danger_accept_invalid_certs(true),
            Self::Pin(pin) => builder.tls_backend_preconfigured(pinned(*pin)),
        })
    }
}

fn pinned(pin: [u8; 32]) -> ClientConfig {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = Pinned {
        pin,
        provider: Arc::clone(&provider),
    };
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider knows the versions it comes with")
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config
}

/// Whether the SHA-256 of the certificate's public key is `pin`.
pub(super) fn has_key(certificate: &CertificateDer<'_>, pin: &[u8; 32]) -> Result<bool, rustls::Error> {
    let key = ParsedCertificate::try_from(certificate)?.subject_public_key_info();
    Ok(digest(&SHA256, &key).as_ref() == pin)
}

/// Believes the holder of one key.
#[derive(Debug)]
struct Pinned {
    pin: [u8; 32],
    provider: Arc<CryptoProvider>,
}

/// Another key than the pinned one.
#[derive(Debug, thiserror::Error)]
#[error("another key than the pinned one")]
pub(super) struct OtherKey;

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if has_key(end_entity, &self.pin)? {
            return Ok(ServerCertVerified::assertion());
        }
        let other = rustls::OtherError(Arc::new(OtherKey));
        Err(rustls::Error::InvalidCertificate(CertificateError::Other(other)))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_a_sha256_in_base64() {
        let pin = Trust::pin("sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
        assert_eq!(pin, Ok(Trust::Pin([0; 32])));
        for wrong in [
            "",
            "sha1/AAAA",
            "sha256/AAAA",
            "sha256/?",
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        ] {
            assert!(Trust::pin(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_file_without_certificates_is_no_authority() {
        assert!(Trust::also(b"".to_vec()).is_err());
        assert!(Trust::also(b"hello".to_vec()).is_err());
        let damaged = b"-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n";
        assert!(Trust::also(damaged.to_vec()).is_err());
    }
}
