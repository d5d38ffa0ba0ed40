//! The server of `start`, on the side of the JavaScript thread.

use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Map, Value as Json, json};
use tokio::sync::oneshot;

use crate::cloud::functions::Project;
use crate::cloud::transfer;
use crate::error::{Error, Result};
use crate::gateway::{Claim, Gateway, GatewayOptions, RunAnswer, RunRequest, Runner};
use crate::node::js::{Js, Outcome, Value};
use crate::node::native::Functions;
use crate::node::native::testing::{Options, env_of, failed, held, plain};
use crate::node::realm::{Call, Realm};

pub const FUNCTIONS: Functions =
    &[("cliServe", serve), ("cliStop", stop), ("cliReply", reply), ("cliStatus", status)];

/// In the data directory, while a server runs: how to reach it.
const GATEWAY_FILE: &str = "gateway.json";

/// A server with the file that tells of it.
struct Served {
    gateway: Gateway,
    /// Where clients find it, and what was written there.
    file: Option<(PathBuf, String)>,
    _claim: Option<Claim>,
}

/// Where an answer goes, once.
type Reply = RefCell<Option<oneshot::Sender<RunAnswer>>>;

fn serve(call: Call<'_>) -> Outcome<Value<'_>> {
    const NAME: &str = "start";
    let (js, handle) = (call.js, held(call, NAME)?);
    let world = &handle.world;
    let refuse = |error: Error| failed(NAME, &error);
    let project = world.project().map_err(refuse)?;
    let names = project.as_ref().map_or_else(|| Ok(Vec::new()), Project::names).map_err(refuse)?;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a port")]
    let port = js.to_f64(call.argument(1))? as u16;
    let files = Arc::clone(world.files().map_err(refuse)?);
    let engine = Arc::clone(world.engine().map_err(refuse)?);
    let claim = world.settings.directory.as_deref().map(claim).transpose().map_err(refuse)?;
    let env = env_of(call, &handle, &Options::none(NAME))?;
    let options = GatewayOptions { port, files, engine, env: env.clone(), runner: runner(call)? };
    let gateway = Gateway::start(options).map_err(refuse)?;
    let (url, token) = (gateway.url(), gateway.token().to_owned());
    let variables: Map<String, Json> = gateway
        .client_variables(&env)
        .into_iter()
        .map(|(name, value)| (name.to_owned(), json!(value)))
        .collect();
    let file = world.settings.directory.as_ref().map(|directory| {
        let text = json!({ "url": url, "token": token, "pid": std::process::id() }).to_string();
        (directory.join(GATEWAY_FILE), text)
    });
    if let Some((file, text)) = &file {
        transfer::replace(file, text.as_bytes()).map_err(refuse)?;
    }
    // Requests come at any time: the program lives until the server is stopped.
    call.realm.mailbox(js)?.expect(js);
    let root = project.map_or_else(PathBuf::new, |project| project.functions_root);
    let described = plain(
        js,
        call.realm,
        &json!({ "url": url, "token": token, "functions": names,
            "root": root.to_string_lossy(), "variables": variables }),
    )?;
    js.set(described, "gateway", js.external(Served { gateway, file, _claim: claim })?)?;
    Ok(described)
}

fn claim(directory: &Path) -> Result<Claim> {
    Claim::of(directory, || {
        let text = fs::read_to_string(directory.join(GATEWAY_FILE)).ok()?;
        let written: Json = serde_json::from_str(&text).ok()?;
        Some(written.get("url")?.as_str()?.to_owned())
    })
}

/// Hands requests over to the JavaScript thread.
fn runner(call: Call<'_>) -> Outcome<Runner> {
    let mailbox = call.realm.mailbox(call.js)?;
    let realm = call.realm.id();
    Ok(Arc::new(move |request: RunRequest| {
        mailbox.post(Box::new(move |js| {
            // A request that cannot be handed over drops its answer: the client is told.
            if let Some(realm) = realm.find() {
                let _ = hand_over(js, &realm, request);
            }
        }));
    }))
}

fn hand_over<'s>(js: Js<'s>, realm: &Realm, request: RunRequest) -> Outcome<Value<'s>> {
    let host = realm.helper(js, |helpers| &helpers.host)?;
    let openid = match &request.openid {
        Some(openid) => js.text(openid)?,
        None => js.undefined()?,
    };
    let env = match &request.env {
        Some(env) => js.text(env)?,
        None => js.undefined()?,
    };
    let reply: Reply = RefCell::new(Some(request.answer));
    let (function, event) = (js.text(&request.function)?, js.text(&request.event)?);
    let arguments = [function, event, openid, env, js.external(reply)?];
    js.call(js.get(host, "onRequest")?, host, &arguments)
}

fn reply(call: Call<'_>) -> Outcome<Value<'_>> {
    let js = call.js;
    let sender = js.held::<Reply>(call.argument(0))?.borrow_mut().take();
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a status")]
    let status = js.to_f64(call.argument(1))? as u16;
    let answer = RunAnswer { status, body: js.to_text(call.argument(2))? };
    if let Some(sender) = sender {
        // A client that is gone needs no answer.
        let _ = sender.send(answer);
    }
    js.undefined()
}

/// The HTTP status of an invocation that failed with a text.
fn status(call: Call<'_>) -> Outcome<Value<'_>> {
    let text = call.js.to_text(call.argument(0))?;
    let missing = crate::cloud::functions::not_found();
    call.js.int32(if text.contains(missing.message()) { 404 } else { 500 })
}

fn stop(call: Call<'_>) -> Outcome<Value<'_>> {
    let served = call.js.held::<Served>(call.argument(0))?;
    served.gateway.stop();
    if let Some((file, text)) = &served.file
        && fs::read_to_string(file).is_ok_and(|found| found == *text)
    {
        // The next server writes it anew; that of a server started since stays.
        let _ = fs::remove_file(file);
    }
    call.realm.mailbox(call.js)?.delivered(call.js);
    call.js.undefined()
}
