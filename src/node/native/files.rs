//! File storage: the four calls.

use std::cell::RefCell;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::{Arc, PoisonError};

use crate::cloud::files::{FileStore, Upload, UrlStyle};
use crate::cloud::rules::Operation;
use crate::error::{Error, ErrorKind};
use crate::limits::FILE_LIST_MAX;
use crate::node::convert::{list, list_length, read, read_properties, result};
use crate::node::js::{Js, Kept, Outcome, Thrown, Type, Value};
use crate::node::native::Functions;
use crate::node::native::client::Client;
use crate::node::native::cloud::CloudHandle;
use crate::node::native::functions::describe_fault;
use crate::node::native::request::{dropped, offload, refuse_late, world_of};
use crate::node::realm::{Call, Realm};
use crate::node::world::World;
use crate::sdk::context::Service;
use crate::sdk::failure::Failure;
use crate::sdk::files::{self, ContentKind, Download};
use crate::sdk::result::Api;
use crate::sdk::{self, Input, Object};

pub const FUNCTIONS: Functions = &[
    ("faultOf", fault_of),
    ("beginUpload", begin_upload),
    ("writeUpload", write_upload),
    ("abortUpload", abort_upload),
    ("finishUpload", finish_upload),
    ("downloadFile", download),
    ("clientDownload", download_for_client),
    ("getTempFileURL", temp_urls),
    ("deleteFile", delete),
];

type OpenUpload = Rc<RefCell<Option<Begun>>>;

/// An upload under way.
struct Begun {
    upload: Upload,
    started: Started,
    /// How the call reports.
    api: Api,
}

/// When work on files began: it must not reach the data of a later test.
struct Started {
    world: Arc<World>,
    epoch: u64,
}

impl Started {
    fn now(call: Call<'_>) -> Outcome<Self> {
        let world = world_of(call)?;
        Ok(Self { epoch: world.epoch(), world })
    }

    /// Does the work unless the data was set back meanwhile, which waits for work that has begun.
    fn finish<T>(&self, work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
        let _at_work = self.world.files_at_work.read().unwrap_or_else(PoisonError::into_inner);
        if self.world.epoch() == self.epoch {
            return work();
        }
        Err(Error::new(ErrorKind::Late, "the data was set back meanwhile"))
    }
}

fn refused(js: Js<'_>, realm: &Realm, api: Api, error: &Error) -> Thrown {
    if error.kind() != ErrorKind::Late {
        return api.failure(error).into();
    }
    dropped(js, realm, api).unwrap_or_else(|thrown| thrown)
}

fn store(call: Call<'_>, api: Api) -> Outcome<Arc<FileStore>> {
    let world = world_of(call)?;
    world.files().map(Arc::clone).map_err(|error| api.failure(&error).into())
}

fn handle(call: Call<'_>) -> Outcome<Kept<CloudHandle>> {
    call.js.held::<CloudHandle>(call.argument(0))
}

/// What a test wants this call to meet, `undefined` for nothing.
fn fault_of(call: Call<'_>) -> Outcome<Value<'_>> {
    let api = call.js.to_text(call.argument(0))?;
    match world_of(call)?.injected_fault(&api) {
        None => call.js.undefined(),
        met => {
            let described = call.js.object()?;
            describe_fault(call, described, met)?;
            Ok(described)
        }
    }
}

/// Options without the file's content, which is never read as a value.
fn upload_options<'s>(
    call: Call<'s>,
    options: Value<'_>,
) -> Outcome<(Input, ContentKind, Value<'s>)> {
    let js = call.js;
    if js.type_of(options)? != Type::Object || list_length(js, call.realm, options)?.is_some() {
        let content = js.undefined()?;
        return Ok((read(js, call.realm, options)?, ContentKind::Missing("undefined"), content));
    }
    let keys = ["cloudPath", "config"];
    let values = read_properties(js, call.realm, options, &keys)?;
    let entries = keys.iter().map(|key| (*key).to_owned()).zip(values).collect();
    let content = js.get(options, "fileContent")?;
    let kind = match js.type_of(content)? {
        Type::Object if js.is_buffer(content)? => {
            if is_node_buffer(call, content)? {
                ContentKind::Buffer
            } else {
                ContentKind::Other
            }
        }
        Type::Object if is_read_stream(call, content)? => ContentKind::ReadStream,
        _ => {
            let value = if js.type_of(content)? == Type::Object {
                Input::Boolean(true)
            } else {
                read(js, call.realm, content)?
            };
            if value.is_truthy() {
                ContentKind::Other
            } else {
                ContentKind::Missing(value.type_of())
            }
        }
    };
    Ok((Input::Object(Object::plain(entries)), kind, content))
}

/// Whether a typed array is a Buffer: other kinds are refused as the official client does.
fn is_node_buffer(call: Call<'_>, value: Value<'_>) -> Outcome<bool> {
    let check = call.js.get(call.realm.global_of(call.js, "Buffer")?, "isBuffer")?;
    let flag = call.js.call(check, call.js.undefined()?, &[value])?;
    call.js.to_bool(flag)
}

fn is_read_stream(call: Call<'_>, value: Value<'_>) -> Outcome<bool> {
    let class = call.js.get(call.realm.require(call.js, "fs")?, "ReadStream")?;
    call.js.is_instance(value, class)
}

/// `{handle, stream}`: a Buffer is stored at once, a stream is read by the script.
fn begin_upload(call: Call<'_>) -> Outcome<Value<'_>> {
    let (js, cloud) = (call.js, handle(call)?);
    let api = cloud.api(Api::UploadFile);
    refuse_late(call, api)?;
    let (options, kind, content) = upload_options(call, call.argument(1))?;
    let upload = files::upload(&options, kind)?;
    let env = cloud.env(call, upload.env, Service::Storage)?;
    let failed = |error: Error| Thrown::from(api.failure(&error));
    let place = (env.as_str(), upload.cloud_path.as_str());
    if let Some(client) = &cloud.client {
        client.check_file(&*world_of(call)?, place, Operation::Create).map_err(failed)?;
    }
    // What server code stores belongs to nobody.
    let owner = cloud.client.as_ref().and_then(Client::openid);
    let mut open = store(call, api)?.begin(place.0, place.1, owner).map_err(failed)?;
    let is_stream = kind == ContentKind::ReadStream;
    if !is_stream {
        open.write(&js.buffer_bytes(content)?).map_err(failed)?;
    }
    let begun = Begun { upload: open, started: Started::now(call)?, api };
    let open: OpenUpload = Rc::new(RefCell::new(Some(begun)));
    let begun = js.object()?;
    js.set(begun, "handle", js.external(open)?)?;
    if is_stream {
        js.set(begun, "stream", content)?;
    }
    Ok(begun)
}

/// One piece of a stream; with `true` after it nobody else will read that piece.
fn write_upload(call: Call<'_>) -> Outcome<Value<'_>> {
    let open = call.js.held::<OpenUpload>(call.argument(0))?;
    let chunk = call.argument(1);
    let bytes = match call.js.type_of(chunk)? {
        Type::String => call.js.to_text(chunk)?.into_bytes(),
        _ => call.js.buffer_bytes(chunk)?,
    };
    if let Some(begun) = open.borrow_mut().as_mut() {
        begun.upload.write(&bytes).map_err(|error| begun.api.failure(&error))?;
    }
    if call.js.type_of(chunk)? == Type::Object && call.js.to_bool(call.argument(2))? {
        call.js.free_buffer(chunk)?;
    }
    call.js.undefined()
}

/// A stream that failed leaves nothing: its error is the caller's.
fn abort_upload(call: Call<'_>) -> Outcome<Value<'_>> {
    let begun = call.js.held::<OpenUpload>(call.argument(0))?.borrow_mut().take();
    let api = begun.map_or(Api::UploadFile, |begun| begun.api);
    let message = call.js.get(call.argument(1), "message")?;
    let text = match call.js.type_of(message)? {
        Type::String => call.js.to_text(message)?,
        _ => String::new(),
    };
    Err(Failure::error(text).wrapped(api.name()).into())
}

fn finish_upload(call: Call<'_>) -> Outcome<Value<'_>> {
    let begun = call.js.held::<OpenUpload>(call.argument(0))?.borrow_mut().take();
    let Some(Begun { upload, started, api }) = begun else {
        let failure = Failure::error("the upload was given up");
        return Err(failure.wrapped(Api::UploadFile.name()).into());
    };
    let status =
        if api == Api::UploadFile { files::UPLOAD_STATUS } else { sdk::client::UPLOAD_STATUS };
    offload(
        call,
        move || started.finish(|| upload.finish()),
        move |js, realm, outcome| {
            let id = outcome.map_err(|error| refused(js, realm, api, &error))?;
            let properties = [
                ("fileID", js.text(&id.to_string())?),
                ("statusCode", js.int32(status)?),
                ("errMsg", js.text(&api.ok())?),
            ];
            result(js, realm, &properties)
        },
    )
}

fn download(call: Call<'_>) -> Outcome<Value<'_>> {
    let api = Api::DownloadFile;
    let options = read(call.js, call.realm, call.argument(1))?;
    let download = files::download(&options)?;
    let store = store(call, api)?;
    offload(
        call,
        move || {
            let id = store.resolve(&download.file_id)?;
            let mut reader = store.read(&id.env, &id.path)?;
            let mut content = Vec::new();
            reader
                .read_to_end(&mut content)
                .map_err(|error| Error::new(ErrorKind::Storage, error.to_string()))?;
            Ok(content)
        },
        |js, realm, outcome| {
            let content = outcome.map_err(|error| Thrown::from(files::download_failure(&error)))?;
            let properties = [
                ("fileContent", js.buffer(&content)?),
                ("statusCode", js.int32(files::DOWNLOAD_STATUS)?),
                ("errMsg", js.text("downloadFile:ok")?),
            ];
            result(js, realm, &properties)
        },
    )
}

/// `clientDownload(client, options, directory)`: a page gets a file of its own.
fn download_for_client(call: Call<'_>) -> Outcome<Value<'_>> {
    let (js, cloud) = (call.js, handle(call)?);
    let api = cloud.api(Api::DownloadFile);
    let Download { file_id, .. } = files::download(&read(js, call.realm, call.argument(1))?)?;
    let world = world_of(call)?;
    let failed = |error: Error| Thrown::from(api.failure(&error));
    if let Some(client) = &cloud.client {
        client.check_file_id(&world, &file_id, Operation::Read).map_err(failed)?;
    }
    let extension = Path::new(&file_id).extension().and_then(|extension| extension.to_str());
    let extension = extension.map(|extension| format!(".{extension}")).unwrap_or_default();
    let name = format!("{:016x}{extension}", world.entropy.next_u64());
    let path = PathBuf::from(js.to_text(call.argument(2))?).join(name);
    let store = store(call, api)?;
    offload(
        call,
        move || {
            let id = store.resolve(&file_id)?;
            let unreadable =
                |error: std::io::Error| Error::new(ErrorKind::Storage, error.to_string());
            let mut file = std::fs::File::create_new(&path).map_err(unreadable)?;
            let mut content = store.read(&id.env, &id.path)?;
            if let Err(error) = std::io::copy(&mut content, &mut file) {
                // A part of a file is none.
                let _ = std::fs::remove_file(&path);
                return Err(unreadable(error));
            }
            Ok(path)
        },
        move |js, realm, outcome| {
            let path = outcome.map_err(|error| refused(js, realm, api, &error))?;
            let properties = [
                ("tempFilePath", js.text(&path.to_string_lossy())?),
                ("statusCode", js.int32(files::DOWNLOAD_STATUS)?),
                ("errMsg", js.text(&api.ok())?),
            ];
            result(js, realm, &properties)
        },
    )
}

fn temp_urls(call: Call<'_>) -> Outcome<Value<'_>> {
    let (js, realm, cloud) = (call.js, call.realm, handle(call)?);
    let (api, world) = (cloud.api(Api::GetTempFileUrl), world_of(call)?);
    let asked = files::temp_urls(&read(js, realm, call.argument(1))?)?;
    check_count(asked.files.len(), api)?;
    let store = store(call, api)?;
    let mut items = Vec::with_capacity(asked.files.len());
    for file in &asked.files {
        #[allow(clippy::cast_possible_truncation, reason = "casts of floats saturate")]
        let age = file.max_age_s.map(|seconds| seconds as i64);
        let outcome = allowed(&cloud, &world, &file.file_id, Operation::Read)
            .and_then(|()| store.temp_url(&file.file_id, age, UrlStyle::Escaped));
        let (status, text) = files::item_status(outcome.as_ref().err());
        let (url, age) = match &outcome {
            Ok(made) => (made.url.as_str(), js.number(made.max_age_s as f64)?),
            Err(_) => ("", js.undefined()?),
        };
        let properties = [
            ("fileID", js.text(&file.file_id)?),
            ("status", js.number(status as f64)?),
            ("errMsg", js.text(text)?),
            ("maxAge", age),
            ("tempFileURL", js.text(url)?),
        ];
        items.push(result(js, realm, &properties)?);
    }
    file_list(js, realm, &items, api)
}

/// Whether a page may do that; server code may.
fn allowed(
    cloud: &CloudHandle,
    world: &World,
    id: &str,
    operation: Operation,
) -> Result<(), Error> {
    match &cloud.client {
        Some(client) => client.check_file_id(world, id, operation),
        None => Ok(()),
    }
}

fn delete(call: Call<'_>) -> Outcome<Value<'_>> {
    let (js, realm, cloud) = (call.js, call.realm, handle(call)?);
    let (api, world) = (cloud.api(Api::DeleteFile), world_of(call)?);
    refuse_late(call, api)?;
    let started = Started::now(call)?;
    let asked = files::deletion(&read(js, realm, call.argument(1))?)?;
    check_count(asked.file_ids.len(), api)?;
    let store = store(call, api)?;
    let asked: Vec<_> = asked
        .file_ids
        .into_iter()
        .map(|id| (allowed(&cloud, &world, &id, Operation::Delete), id))
        .collect();
    offload(
        call,
        move || {
            let delete = |(allowed, id): (Result<(), Error>, String)| {
                let found = allowed.and_then(|()| store.resolve(&id));
                let outcome = found.and_then(|file| store.delete(&file.env, &file.path));
                (id, outcome)
            };
            started.finish(|| Ok(asked.into_iter().map(delete).collect::<Vec<_>>()))
        },
        move |js, realm, outcome| {
            let outcomes = outcome.map_err(|error| refused(js, realm, api, &error))?;
            let mut items = Vec::with_capacity(outcomes.len());
            for (id, outcome) in &outcomes {
                let (status, text) = files::item_status(outcome.as_ref().err());
                let properties = [
                    ("fileID", js.text(id)?),
                    ("status", js.number(status as f64)?),
                    ("errMsg", js.text(text)?),
                ];
                items.push(result(js, realm, &properties)?);
            }
            file_list(js, realm, &items, api)
        },
    )
}

fn check_count(count: usize, api: Api) -> Outcome<()> {
    if count <= FILE_LIST_MAX {
        return Ok(());
    }
    let text = format!("fileList has {count} items, the most is {FILE_LIST_MAX}");
    Err(api.failure(&Error::new(ErrorKind::InvalidParam, text)).into())
}

fn file_list<'s>(js: Js<'s>, realm: &Realm, items: &[Value<'s>], api: Api) -> Outcome<Value<'s>> {
    let items = list(js, realm, items)?;
    result(js, realm, &[("fileList", items), ("errMsg", js.text(&api.ok())?)])
}
