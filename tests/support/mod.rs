//! The other sides that the daemon talks to: a mail relay and a webhook receiver, on loopback.

pub mod hooks;
pub mod smtp;

/// What the server at `address` answers to a GET.
pub async fn get(address: std::net::SocketAddr, path: &str) -> Vec<u8> {
    use http_body_util::{BodyExt, Empty};
    let stream = tokio::net::TcpStream::connect(address).await.expect("a server");
    let (mut sender, connection) = hyper::client::conn::http1::handshake(hyper_util::rt::TokioIo::new(stream))
        .await
        .expect("a connection");
    tokio::spawn(connection);
    let request = hyper::Request::get(path).header("host", address.to_string());
    let request = request.body(Empty::<hyper::body::Bytes>::new()).expect("a request");
    let answer = sender.send_request(request).await.expect("an answer");
    assert_eq!(answer.status(), 200, "{path}");
    answer.into_body().collect().await.expect("a body").to_bytes().to_vec()
}
