//! HTTP on this machine: functions are invoked, temporary URLs of files answered, and the official
//! client is served as the service would.
//!
//! It listens on the loopback address alone. Host, Origin and token are looked at before anything
//! is done; only a file's URL needs no token, as it carries its own signature. What runs a function
//! is given by whoever starts the server.

mod admin;
mod body;
mod claim;
mod guard;
mod range;
mod routes;

pub use claim::Claim;

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use tokio::sync::oneshot;

use crate::clock::secret_bytes;
use crate::cloud::files::FileStore;
use crate::error::{Error, ErrorKind, Result};
use crate::limits::FILE_THREADS_MAX;
use crate::share::SharedEngine;
use crate::value::hex_text;

/// Where the official client sends everything but the content of files.
const ADMIN_PATH: &str = "/admin";

/// Under this path the server answers temporary URLs.
const FILES_PATH: &str = "/files";

/// Someone asks for a run of a function.
pub struct RunRequest {
    pub function: String,
    /// A JSON object.
    pub event: String,
    pub openid: Option<String>,
    /// The environment to run it in, if the caller named one.
    pub env: Option<String>,
    /// Dropped without an answer, it answers a failure.
    pub answer: oneshot::Sender<RunAnswer>,
}

/// What the caller is answered.
pub struct RunAnswer {
    pub status: u16,
    /// JSON.
    pub body: String,
}

/// Hands a request to what runs functions. Called on the server's own thread.
pub type Runner = Arc<dyn Fn(RunRequest) + Send + Sync>;

/// What a server needs.
pub struct GatewayOptions {
    /// 0: any that is free.
    pub port: u16,
    pub files: Arc<FileStore>,
    pub engine: Arc<SharedEngine>,
    /// The environment of requests that name none.
    pub env: String,
    pub runner: Runner,
}

/// A server that runs until it is stopped.
pub struct Gateway {
    address: SocketAddr,
    token: String,
    files: Arc<FileStore>,
    stop: Mutex<Option<(oneshot::Sender<()>, JoinHandle<()>)>>,
}

impl Gateway {
    /// Binds and serves on a thread of its own.
    pub fn start(options: GatewayOptions) -> Result<Self> {
        let failed = |error: std::io::Error| {
            let text = format!("port {} cannot be listened on: {error}", options.port);
            Error::new(ErrorKind::Storage, text)
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let token = random_token().map_err(failed)?;
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().max_blocking_threads(FILE_THREADS_MAX);
        let runtime = runtime.build().map_err(failed)?;
        let state = routes::State {
            guard: guard::Guard::new(address.port(), token.clone()),
            files: Arc::clone(&options.files),
            engine: Arc::clone(&options.engine),
            env: options.env.clone(),
            runner: Arc::clone(&options.runner),
        };
        let (stop, stopped) = oneshot::channel();
        let serve = move || {
            runtime.block_on(async move {
                let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
                let serving = async { axum::serve(listener, routes::router(state)).await };
                // A connection that is kept open must not keep the program open.
                tokio::select! { _ = serving => {}, _ = stopped => {} }
            });
        };
        let thread = std::thread::Builder::new()
            .name("wx-local-gateway".to_owned())
            .spawn(serve)
            .map_err(failed)?;
        options.files.set_server(Some(&format!("http://{address}{FILES_PATH}")));
        Ok(Self { address, token, files: options.files, stop: Mutex::new(Some((stop, thread))) })
    }

    /// `http://127.0.0.1:<port>`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn token(&self) -> &str {
        &self.token
    }

    /// The environment variables that lead the official client here, in the order of the contract.
    pub fn client_variables(&self, env: &str) -> Vec<(&'static str, String)> {
        let context = serde_json::json!({ "URL": format!("{}{ADMIN_PATH}", self.url()) });
        vec![
            ("TCB_CONTEXT_CNFG", context.to_string()),
            ("TENCENTCLOUD_SECRETID", self.token.clone()),
            ("TENCENTCLOUD_SECRETKEY", "local".to_owned()),
            ("TENCENTCLOUD", "true".to_owned()),
            ("SCF_NAMESPACE", env.to_owned()),
        ]
    }

    /// Ends the server. A second call does nothing.
    pub fn stop(&self) {
        let stop = self.stop.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some((stop, thread)) = stop else { return };
        self.files.set_server(None);
        // Either may have ended by itself.
        let _ = stop.send(());
        let _ = thread.join();
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.stop();
    }
}

fn random_token() -> std::io::Result<String> {
    let secret = secret_bytes()?;
    Ok(hex_text(&secret[..16]))
}

#[cfg(test)]
mod tests;
