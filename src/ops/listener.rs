//! Where the daemon listens: a TCP address, a unix socket, or a socket that systemd opened for it.

use std::{
    fmt,
    fs::Permissions,
    io,
    net::SocketAddr,
    os::unix::fs::{FileTypeExt, PermissionsExt},
    path::{Path, PathBuf},
};

/// Where to listen, as the configuration says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listen {
    /// `127.0.0.1:8080`
    Tcp(SocketAddr),
    /// `unix:/run/gazetted/http.sock`
    Unix(PathBuf),
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// An open socket.
#[derive(Debug)]
pub enum Listener {
    /// TCP.
    Tcp(tokio::net::TcpListener),
    /// Unix.
    Unix(tokio::net::UnixListener),
}

impl Listener {
    /// Opens the socket: the one that systemd passed (`LISTEN_FDS`) when there is one, else `listen`. A unix socket file
    /// that a daemon before us left is replaced; everybody may connect who may enter its folder.
    ///
    /// # Errors
    ///
    /// When the address is taken or may not be used.
    pub async fn open(listen: &Listen) -> io::Result<Self> {
        let mut passed = listenfd::ListenFd::from_env();
        if let Ok(Some(socket)) = passed.take_tcp_listener(0) {
            socket.set_nonblocking(true)?;
            return Ok(Self::Tcp(tokio::net::TcpListener::from_std(socket)?));
        }
        if let Ok(Some(socket)) = passed.take_unix_listener(0) {
            socket.set_nonblocking(true)?;
            return Ok(Self::Unix(tokio::net::UnixListener::from_std(socket)?));
        }
        Self::bind(listen).await
    }

    /// As [`Self::open`], whatever systemd has passed.
    ///
    /// # Errors
    ///
    /// When the address is taken or may not be used.
    pub async fn bind(listen: &Listen) -> io::Result<Self> {
        match listen {
            Listen::Tcp(address) => Ok(Self::Tcp(tokio::net::TcpListener::bind(address).await?)),
            Listen::Unix(path) => {
                remove_left_over(path)?;
                let listener = tokio::net::UnixListener::bind(path)?;
                // A proxy runs as another user. What is served is public; who may come near is for the folder to say.
                std::fs::set_permissions(path, Permissions::from_mode(0o666))?;
                Ok(Self::Unix(listener))
            }
        }
    }

    /// The TCP address that was opened; the port is real even when 0 was asked for.
    pub fn address(&self) -> Option<SocketAddr> {
        match self {
            Self::Tcp(listener) => listener.local_addr().ok(),
            Self::Unix(_) => None,
        }
    }
}

fn remove_left_over(path: &Path) -> io::Result<()> {
    match std::fs::symlink_metadata(path) {
        Ok(found) if found.file_type().is_socket() => std::fs::remove_file(path),
        Ok(_) => Err(io::Error::new(
            io::ErrorKind::AlreadyExists,
            "there is a file of that name that is not a socket",
        )),
        Err(missing) if missing.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(other) => Err(other),
    }
}
