//! Tests of the server over real connections.

use std::io::{Read, Write};
use std::net::TcpStream;

use super::*;
use crate::clock::{Clock, Entropy};
use crate::cloud::MemoryRecords;
use crate::cloud::files::UrlStyle;
use crate::database::{LocalEngine, Settings};
use crate::store::{Location, Store, StoreOptions};

fn serve() -> (Gateway, Arc<FileStore>) {
    let records = Arc::new(MemoryRecords::default());
    let files =
        FileStore::open(records, Arc::new(Clock::fixed(1_700_000_000_000)), None, "wx12").unwrap();
    let runner: Runner = Arc::new(|request: RunRequest| {
        if request.function == "silent" {
            return;
        }
        let body = format!("{} {} {:?}", request.function, request.event, request.openid);
        request.answer.send(RunAnswer { status: 200, body }).ok();
    });
    let options = GatewayOptions {
        port: 0,
        files: Arc::clone(&files),
        engine: Arc::new(SharedEngine::alone(engine())),
        env: "local".to_owned(),
        runner,
    };
    (Gateway::start(options).unwrap(), files)
}

fn engine() -> LocalEngine {
    let store = Store::open(StoreOptions::new(Location::Memory)).unwrap();
    let clock = Arc::new(Clock::fixed(1_700_000_000_000));
    LocalEngine::new(store, clock, Arc::new(Entropy::seeded(1)), Settings::default())
}

fn ask(gateway: &Gateway, head: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(gateway.address).unwrap();
    let length = body.len();
    // In one piece: the server may answer, and close, before it has read a second one.
    let request = format!("{head}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

fn post(gateway: &Gateway, path: &str, body: &str) -> String {
    let (address, token) = (gateway.address, gateway.token());
    let head = format!("POST {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}");
    ask(gateway, &head, body)
}

#[test]
fn a_function_is_run_for_who_knows_the_token() {
    let (gateway, _files) = serve();
    let answer = post(&gateway, "/invoke/todo?openid=u", r#"{"a": 1}"#);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.ends_with(r#"todo {"a":1} Some("u")"#), "{answer}");
    assert!(post(&gateway, "/invoke/todo", "").ends_with("todo {} None"));
    for (path, body, status) in [
        ("/invoke/todo", "[]", 400),
        ("/invoke/todo", "{", 400),
        ("/invoke/silent", "", 503),
        ("/other", "", 404),
        ("/invoke/", "", 404),
    ] {
        let answer = post(&gateway, path, body);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{path} {body}: {answer}");
    }
    let large = " ".repeat(crate::limits::FUNCTION_EVENT_BYTES_MAX + 1);
    let answer = post(&gateway, "/invoke/todo", &large);
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert!(answer.contains(r#"{"errMsg":"#), "{answer}");
}

#[test]
fn nothing_is_done_without_host_origin_and_token() {
    let (gateway, _files) = serve();
    let (address, token) = (gateway.address, gateway.token());
    for (head, status) in [
        (format!("host: {address}"), 401),
        (format!("host: {address}\r\nauthorization: Bearer x"), 401),
        (format!("host: evil.example\r\nauthorization: Bearer {token}"), 403),
        (format!("host: {address}\r\nauthorization: Bearer {token}\r\norigin: http://evil"), 403),
    ] {
        let answer = ask(&gateway, &format!("POST /invoke/todo HTTP/1.1\r\n{head}"), "{}");
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{head}: {answer}");
    }
}

#[test]
fn hostile_requests_run_nothing() {
    let (gateway, _files) = serve();
    let (address, token) = (gateway.address, gateway.token());
    let right = format!("host: {address}\r\nauthorization: Bearer {token}");
    for (line, headers) in [
        // What a page may send without asking first.
        ("POST /invoke/todo HTTP/1.1", format!("{right}\r\norigin: https://{address}")),
        ("POST /invoke/todo HTTP/1.1", format!("{right}\r\norigin: null")),
        (
            "POST /invoke/todo HTTP/1.1",
            format!("{right}\r\norigin: http://{address}\r\norigin: http://evil"),
        ),
        ("OPTIONS /invoke/todo HTTP/1.1", format!("host: {address}\r\norigin: http://evil")),
        ("GET /invoke/todo HTTP/1.1", right.clone()),
        // Names that lead here by another way.
        (
            "POST http://evil.example/invoke/todo HTTP/1.1",
            format!("host: evil.example\r\nauthorization: Bearer {token}"),
        ),
        ("POST /invoke/todo HTTP/1.1", format!("{right}\r\nhost: evil.example")),
        ("POST /invoke/todo HTTP/1.1", format!("authorization: Bearer {token}")),
        ("POST /invoke/todo HTTP/1.0", format!("authorization: Bearer {token}")),
        // Tokens that are not it.
        (
            "POST /invoke/todo?token=x HTTP/1.1",
            format!("host: {address}\r\nauthorization: Basic {token}"),
        ),
        (
            "POST /invoke/todo HTTP/1.1",
            format!("host: {address}\r\nauthorization: Bearer {token}{token}"),
        ),
        (
            "POST /invoke/todo HTTP/1.1",
            format!("host: {address}\r\nauthorization: Bearer \u{e9}{token}"),
        ),
        // Paths around the one there is.
        ("POST /invoke HTTP/1.1", right.clone()),
        ("POST /invoke/a/b HTTP/1.1", right.clone()),
        ("POST //invoke/todo HTTP/1.1", right.clone()),
        ("POST /files/../invoke/todo HTTP/1.1", format!("host: {address}")),
        ("GET /files/%2e%2e/%2e%2e/etc/passwd HTTP/1.1", format!("host: {address}")),
        ("CONNECT evil.example:443 HTTP/1.1", right.clone()),
        ("POST /invoke/todo HTTP/1.1", format!("{right}\r\ntransfer-encoding: nonsense")),
        ("nonsense", String::new()),
    ] {
        let answer = ask(&gateway, &format!("{line}\r\n{headers}"), "{}");
        assert!(
            !answer.contains("HTTP/1.1 2") && !answer.contains("HTTP/1.0 2"),
            "{line}: {answer}"
        );
        // The runner's answer begins with the function's name.
        assert!(!answer.contains("todo {"), "{line} {headers}: {answer}");
    }
    assert!(post(&gateway, "/invoke/todo", "{}").ends_with("todo {} None"));
}

#[test]
fn a_temporary_url_answers_its_file_until_it_expires_and_the_server_stops() {
    let (gateway, files) = serve();
    let content = vec![b'x'; 200_000];
    let id = files.put("local", "a b/照片.txt", &mut content.as_slice()).unwrap();
    let url = files.temp_url(&id.to_string(), None, UrlStyle::Escaped).unwrap().url;
    let path = url.strip_prefix(&gateway.url()).unwrap().to_owned();
    let host = gateway.address;
    let get = |path: &str| ask(&gateway, &format!("GET {path} HTTP/1.1\r\nhost: {host}"), "");
    let answer = get(&path);
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("xxx"), "{path}");
    assert!(answer.contains("content-length: 200000") && answer.contains("text/plain"));
    let part =
        ask(&gateway, &format!("GET {path} HTTP/1.1\r\nhost: {host}\r\nrange: bytes=-70000"), "");
    assert!(
        part.starts_with("HTTP/1.1 206") && part.contains("bytes 130000-199999/200000"),
        "{path}"
    );
    assert_eq!(part.split_once("\r\n\r\n").unwrap().1.len(), 70_000, "more than one piece");
    assert!(get(&path.replace("sign=", "sign=0")).starts_with("HTTP/1.1 403"));
    assert!(get("/files/../secret").starts_with("HTTP/1.1 40"));
    gateway.stop();
    gateway.stop();
    assert!(TcpStream::connect(host).is_err());
    let after = files.temp_url(&id.to_string(), None, UrlStyle::Escaped).unwrap().url;
    assert!(after.starts_with("https://"), "{after}");
}
