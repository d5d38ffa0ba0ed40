//! The file store: names, records and bodies together.

use std::collections::{HashMap, HashSet};
use std::io::Read;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use sha2::{Digest as _, Sha256};

use crate::clock::{Clock, secret_bytes};
use crate::cloud::files::bodies::{Bodies, BodyWriter, storage};
use crate::cloud::files::cloud_path::validate_cloud_path;
use crate::cloud::files::file_id::{Bucket, FileId};
use crate::cloud::files::reader::FileReader;
use crate::cloud::files::record::{BodyId, FileRecord};
use crate::cloud::files::temp_url::{
    Signer, TempUrl, UrlStyle, VerifiedUrl, max_age_s, styled_path, wrong_signature,
};
use crate::cloud::records::Records;
use crate::error::{Error, ErrorKind, Result};
use crate::limits::FILE_URL_AGE_DEFAULT_S;

/// The table that names files among the records. What it does not name is no file.
pub const FILE_TABLE: &str = "file";
const SECRET_TABLE: &str = "file_secret";
const SECRET_KEY: &[u8] = b"url";

/// Tells the signatures of uploads from those of reading.
const UPLOAD_PURPOSE: &str = "put ";

/// Bytes read at a time when a whole stream is stored.
const CHUNK_BYTES: usize = 64 * 1024;

/// The files of all environments of one data directory.
pub struct FileStore {
    records: Arc<dyn Records>,
    clock: Arc<Clock>,
    bodies: Bodies,
    secret: [u8; 32],
    appid_number: u64,
    server: RwLock<Option<String>>,
}

/// A file that is being received. It becomes visible with [`Upload::finish`] and not before;
/// dropped, it leaves nothing.
pub struct Upload {
    store: Arc<FileStore>,
    env: String,
    path: String,
    owner_openid: Option<String>,
    writer: BodyWriter,
}

/// What a garbage collection removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct GarbageReport {
    pub bodies_removed: u64,
    pub bytes_freed: u64,
}

impl FileStore {
    /// Opens the store under `directory` (its `files` folder); without one, files live as long as
    /// the value. `appid` gives buckets their number.
    pub fn open(
        records: Arc<dyn Records>,
        clock: Arc<Clock>,
        directory: Option<PathBuf>,
        appid: &str,
    ) -> Result<Arc<Self>> {
        let bodies = Bodies::open(directory.map(|directory| directory.join("files")))?;
        let secret = load_secret(records.as_ref())?;
        let appid_number = appid_number(appid);
        let server = RwLock::default();
        Ok(Arc::new(Self { records, clock, bodies, secret, appid_number, server }))
    }

    /// Where temporary URLs point while a server answers them: `http://127.0.0.1:<port>/<prefix>`.
    pub fn set_server(&self, base_url: Option<&str>) {
        let base = base_url.map(|base| base.trim_end_matches('/').to_owned());
        *self.server.write().unwrap_or_else(PoisonError::into_inner) = base;
    }

    pub fn bucket(&self, env: &str) -> Bucket {
        Bucket::new(env, self.appid_number)
    }

    pub fn file_id(&self, env: &str, path: &str) -> FileId {
        FileId::new(env, &self.bucket(env), path)
    }

    /// Starts an upload. Nothing of it is visible until it is finished.
    pub fn begin(
        self: &Arc<Self>,
        env: &str,
        path: &str,
        owner_openid: Option<&str>,
    ) -> Result<Upload> {
        validate_env(env)?;
        validate_cloud_path(path)?;
        Ok(Upload {
            store: Arc::clone(self),
            env: env.into(),
            path: path.into(),
            owner_openid: owner_openid.map(str::to_owned),
            writer: self.bodies.writer()?,
        })
    }

    /// Stores what `content` yields, replacing a file of that name. A reader that fails leaves the
    /// file as it was.
    pub fn put(self: &Arc<Self>, env: &str, path: &str, content: &mut dyn Read) -> Result<FileId> {
        let mut upload = self.begin(env, path, None)?;
        let mut chunk = vec![0; CHUNK_BYTES];
        loop {
            match content.read(&mut chunk) {
                Ok(0) => return upload.finish(),
                Ok(length) => upload.write(&chunk[..length])?,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(storage(error)),
            }
        }
    }

    /// What is known of a file; [`ErrorKind::FileNotFound`] when there is none.
    pub fn record(&self, env: &str, path: &str) -> Result<FileRecord> {
        match self.records.get(FILE_TABLE, &key(env, path))? {
            Some(bytes) => FileRecord::decode(&bytes),
            None => Err(not_found()),
        }
    }

    /// Opens a file for reading as a stream.
    pub fn read(&self, env: &str, path: &str) -> Result<FileReader> {
        let record = self.record(env, path)?;
        self.bodies.read(record.body()?, record.size_bytes)
    }

    /// Removes a name. Its body goes with the next [`FileStore::collect_garbage`].
    pub fn delete(&self, env: &str, path: &str) -> Result<()> {
        if !self.records.remove(FILE_TABLE, &key(env, path))? {
            return Err(not_found());
        }
        self.records.sync()
    }

    /// Reads a file id that names a stored file; anything else is a file that does not exist.
    pub fn resolve(&self, file_id: &str) -> Result<FileId> {
        let id = FileId::parse(file_id).map_err(|_| not_found())?;
        self.record(&id.env, &id.path)?;
        Ok(id)
    }

    /// Calls `visit` for the files of an environment whose path starts with `prefix`, in the order
    /// of their paths, until it answers `false`.
    pub fn list(
        &self,
        env: &str,
        prefix: &str,
        visit: &mut dyn FnMut(&str, FileRecord) -> Result<bool>,
    ) -> Result<()> {
        validate_env(env)?;
        let skipped = env.len() + 1;
        self.records.scan(FILE_TABLE, &key(env, prefix), &mut |key, value| {
            let path = key.get(skipped..).and_then(|path| std::str::from_utf8(path).ok());
            visit(path.unwrap_or_default(), FileRecord::decode(value)?)
        })
    }

    /// A URL that gives access to an existing file for `max_age` seconds.
    pub fn temp_url(
        &self,
        file_id: &str,
        max_age: Option<i64>,
        style: UrlStyle,
    ) -> Result<TempUrl> {
        let id = self.resolve(file_id)?;
        let age_s = max_age_s(max_age);
        let bucket = self.bucket(&id.env);
        let query = self.signer().query(bucket.as_str(), &id.path, age_s);
        let path = styled_path(&id.path, style);
        let base = self.base_of(&bucket);
        Ok(TempUrl { url: format!("{base}/{path}{query}"), max_age_s: age_s })
    }

    /// The file that a URL of [`FileStore::temp_url`] gives access to now. A bare
    /// `<bucket>/<path>?..`, as a server sees it behind its address, is understood too.
    pub fn verify_url(&self, url: &str) -> Result<FileId> {
        let id = self.verify(url, "")?;
        self.record(&id.env, &id.path)?;
        Ok(id)
    }

    /// A URL that takes the content of a file while a server runs.
    pub fn upload_url(&self, env: &str, path: &str) -> Result<String> {
        validate_env(env)?;
        validate_cloud_path(path)?;
        let bucket = self.bucket(env);
        let signed = format!("{UPLOAD_PURPOSE}{}", bucket.as_str());
        let query = self.signer().query(&signed, path, FILE_URL_AGE_DEFAULT_S);
        Ok(format!("{}/{}{query}", self.base_of(&bucket), styled_path(path, UrlStyle::Escaped)))
    }

    /// The file that a URL of [`FileStore::upload_url`] may write now.
    pub fn verify_upload_url(&self, url: &str) -> Result<FileId> {
        self.verify(url, UPLOAD_PURPOSE)
    }

    fn verify(&self, url: &str, purpose: &str) -> Result<FileId> {
        let server = self.server.read().unwrap_or_else(PoisonError::into_inner);
        let local = server.as_deref().and_then(|base| url.strip_prefix(base));
        let rest = local.map_or(url, |rest| rest.trim_start_matches('/'));
        let rest = rest.strip_prefix("https://").unwrap_or(rest);
        let (place, rest) = rest.split_once('/').ok_or_else(wrong_signature)?;
        let bucket = place.strip_suffix(".tcb.qcloud.la").unwrap_or(place);
        let env = Bucket::env_of_host(&format!("{bucket}.tcb.qcloud.la"))
            .ok_or_else(wrong_signature)?
            .to_owned();
        let signed = format!("{purpose}{bucket}");
        let VerifiedUrl { path, .. } = self.signer().verify(&signed, rest)?;
        Ok(self.file_id(&env, &path))
    }

    /// What URLs of a bucket's files begin with.
    fn base_of(&self, bucket: &Bucket) -> String {
        let server = self.server.read().unwrap_or_else(PoisonError::into_inner);
        match server.as_deref() {
            Some(base) => format!("{base}/{}", bucket.as_str()),
            None => format!("https://{}", bucket.host()),
        }
    }

    /// Reads every stored file, and tells of those whose content is missing or damaged. Answers how
    /// many files there are.
    pub fn check(&self, tell: &mut dyn FnMut(String)) -> Result<u64> {
        let mut files = Vec::new();
        self.records.scan(FILE_TABLE, b"", &mut |key, value| {
            files.push((key.to_vec(), FileRecord::decode(value)));
            Ok(true)
        })?;
        let mut known: HashMap<(BodyId, u64), Result<()>> = HashMap::new();
        for (key, record) in &files {
            let compared = record.clone().and_then(|record| {
                let (id, size_bytes) = (record.body()?, record.size_bytes);
                let compare = || self.bodies.read(id, size_bytes).and_then(FileReader::compare);
                known.entry((id, size_bytes)).or_insert_with(compare).clone()
            });
            if let Err(error) = compared {
                let name = String::from_utf8_lossy(key).replace('\0', "/");
                tell(format!("file {name}: {error}"));
            }
        }
        Ok(files.len() as u64)
    }

    /// Removes bodies that no name points to. Uploads may go on meanwhile, those of other processes
    /// too.
    ///
    /// # Errors
    /// `StoreBusy` while a snapshot is held: it may name files that were deleted since.
    pub fn collect_garbage(&self) -> Result<GarbageReport> {
        let (bodies_removed, bytes_freed) = self.bodies.collect(|| {
            let mut referenced = HashSet::new();
            self.records.scan(FILE_TABLE, b"", &mut |_, value| {
                referenced.insert(FileRecord::decode(value)?.body()?);
                Ok(true)
            })?;
            // A deletion that a crash could undo must not cost the body.
            self.records.sync()?;
            // Asked last: a snapshot taken from here on names what was found, or newer files.
            if self.records.is_marked()? {
                let text = "a snapshot of the data is held, and may name files deleted since";
                return Err(Error::new(ErrorKind::StoreBusy, text));
            }
            Ok(referenced)
        })?;
        Ok(GarbageReport { bodies_removed, bytes_freed })
    }

    fn signer(&self) -> Signer<'_> {
        Signer { secret: &self.secret, now_ms: self.clock.now_ms() }
    }
}

impl Upload {
    pub fn write(&mut self, chunk: &[u8]) -> Result<()> {
        self.store.bodies.write(&mut self.writer, chunk)
    }

    /// Makes the content durable and the name visible, in this order.
    pub fn finish(self) -> Result<FileId> {
        let Self { store, env, path, owner_openid, writer } = self;
        let pin = store.bodies.publish(writer)?;
        let record = FileRecord {
            size_bytes: pin.size_bytes,
            sha256: pin.id.to_hex(),
            owner_openid,
            uploaded_ms: store.clock.now_ms(),
        };
        store.records.put(FILE_TABLE, &key(&env, &path), &record.encode())?;
        // Who is told that a file is stored may rely on it.
        store.records.sync()?;
        drop(pin);
        Ok(store.file_id(&env, &path))
    }
}

/// A made-up account number of the usual length, the same for the same appid.
fn appid_number(appid: &str) -> u64 {
    let digest: [u8; 32] = Sha256::digest(appid.as_bytes()).into();
    let mut low = [0_u8; 8];
    low.copy_from_slice(&digest[..8]);
    1_250_000_000 + u64::from_be_bytes(low) % 100_000_000
}

fn load_secret(records: &dyn Records) -> Result<[u8; 32]> {
    let kept = records.get(SECRET_TABLE, SECRET_KEY)?;
    if let Some(secret) = kept.and_then(|bytes| <[u8; 32]>::try_from(bytes).ok()) {
        return Ok(secret);
    }
    let secret = secret_bytes().map_err(storage)?;
    records.put(SECRET_TABLE, SECRET_KEY, &secret)?;
    Ok(secret)
}

/// NUL divides environment and path: neither may contain it.
fn key(env: &str, path: &str) -> Vec<u8> {
    [env.as_bytes(), &[0], path.as_bytes()].concat()
}

fn validate_env(env: &str) -> Result<()> {
    let refused = env.is_empty() || env.contains(['\0', '/', '.']);
    if refused {
        let text = format!("'{}' is not an environment id", env.escape_debug());
        return Err(Error::new(ErrorKind::InvalidEnv, text));
    }
    Ok(())
}

fn not_found() -> Error {
    Error::new(ErrorKind::FileNotFound, "storage file not exists")
}

#[cfg(test)]
#[path = "store_tests.rs"]
mod tests;
