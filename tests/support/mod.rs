//! The other sides that the daemon talks to: a mail relay and a webhook receiver, on loopback.

pub mod hooks;
pub mod hub;
pub mod smtp;
pub mod subscriber;

/// What the server at `address` answers to a GET.
pub async fn get(address: std::net::SocketAddr, path: &str) -> Vec<u8> {
    let (status, body) = ask(address, "GET", path, &[], Vec::new()).await;
    assert_eq!(status, 200, "{path}");
    body
}

/// What the server at `address` answers.
pub async fn ask(
    address: std::net::SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: Vec<u8>,
) -> (u16, Vec<u8>) {
    use http_body_util::{BodyExt, Full};
    let stream = tokio::net::TcpStream::connect(address).await.expect("a server");
    let (mut sender, connection) = hyper::client::conn::http1::handshake(hyper_util::rt::TokioIo::new(stream))
        .await
        .expect("a connection");
    tokio::spawn(connection);
    let request = hyper::Request::builder().method(method).uri(path);
    let request = headers
        .iter()
        .fold(request.header("host", address.to_string()), |request, (name, value)| {
            request.header(*name, *value)
        });
    let request = request
        .body(Full::new(hyper::body::Bytes::from(body)))
        .expect("a request");
    let answer = sender.send_request(request).await.expect("an answer");
    let status = answer.status().as_u16();
    let body = answer.into_body().collect().await.expect("a body").to_bytes();
    (status, body.to_vec())
}
