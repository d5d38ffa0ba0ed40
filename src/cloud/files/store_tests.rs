use std::fs;
use std::io;
use std::io::{Seek as _, SeekFrom};
use std::path::Path;

use super::*;
use crate::cloud::records::MemoryRecords;
use crate::cloud::records::Visit;

const ENV: &str = "test2";

struct World {
    records: Arc<MemoryRecords>,
    clock: Arc<Clock>,
    directory: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        Self {
            records: Arc::default(),
            clock: Arc::new(Clock::fixed(1_700_000_000_000)),
            directory: tempfile::tempdir().unwrap(),
        }
    }

    fn on_disk(&self) -> Arc<FileStore> {
        self.open(Some(self.directory.path().into()))
    }

    fn in_memory(&self) -> Arc<FileStore> {
        self.open(None)
    }

    fn open(&self, directory: Option<PathBuf>) -> Arc<FileStore> {
        let records = Arc::clone(&self.records) as Arc<dyn Records>;
        FileStore::open(records, Arc::clone(&self.clock), directory, "wx1").unwrap()
    }

    fn files_on_disk(&self) -> usize {
        count_files(self.directory.path())
    }
}

fn count_files(directory: &Path) -> usize {
    fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| !path.ends_with("lock"))
        .map(|path| if path.is_dir() { count_files(&path) } else { 1 })
        .sum()
}

fn content(store: &FileStore, path: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    store.read(ENV, path).unwrap().read_to_end(&mut bytes).unwrap();
    bytes
}

fn put(store: &Arc<FileStore>, path: &str, bytes: &[u8]) -> FileId {
    store.put(ENV, path, &mut &bytes[..]).unwrap()
}

#[test]
fn a_file_reads_back_and_an_upload_of_the_same_name_replaces_it() {
    let world = World::new();
    for store in [world.on_disk(), world.in_memory()] {
        let id = put(&store, "a/b.txt", b"one");
        assert!(id.to_string().starts_with("cloud://test2.7465-test2-1"), "{id}");
        assert_eq!(content(&store, "a/b.txt"), b"one");
        put(&store, "a/b.txt", b"two!");
        assert_eq!(content(&store, "a/b.txt"), b"two!");
        let record = store.record(ENV, "a/b.txt").unwrap();
        assert_eq!((record.size_bytes, record.uploaded_ms), (4, 1_700_000_000_000));
        store.delete(ENV, "a/b.txt").unwrap();
        assert_eq!(store.read(ENV, "a/b.txt").unwrap_err().kind(), ErrorKind::FileNotFound);
        assert_eq!(store.delete(ENV, "a/b.txt").unwrap_err().kind(), ErrorKind::FileNotFound);
    }
}

#[test]
fn a_part_of_a_file_can_be_read() {
    let world = World::new();
    for store in [world.on_disk(), world.in_memory()] {
        put(&store, "a", b"0123456789");
        let mut reader = store.read(ENV, "a").unwrap();
        assert_eq!((reader.size_bytes(), reader.seek(SeekFrom::Start(7)).unwrap()), (10, 7));
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        assert_eq!(text, "789");
    }
}

#[test]
fn an_empty_file_is_a_file() {
    let world = World::new();
    for store in [world.on_disk(), world.in_memory()] {
        put(&store, "empty", b"");
        assert_eq!(store.record(ENV, "empty").unwrap().size_bytes, 0);
        assert_eq!(content(&store, "empty"), b"");
    }
}

#[test]
fn the_same_content_is_kept_once_whatever_its_names() {
    let world = World::new();
    let store = world.on_disk();
    for path in ["a", "b", "..tmp/..evil", "图.png", "a/..b"] {
        put(&store, path, b"same");
    }
    assert_eq!(world.files_on_disk(), 1);
    store.delete(ENV, "a").unwrap();
    assert_eq!(store.collect_garbage().unwrap(), GarbageReport::default());
    assert_eq!(content(&store, "..tmp/..evil"), b"same");
}

#[test]
fn environments_do_not_see_each_other() {
    let store = World::new().in_memory();
    put(&store, "a", b"1");
    assert_eq!(store.read("other", "a").unwrap_err().kind(), ErrorKind::FileNotFound);
    for env in ["", "a\0b", "a/b", "a.b"] {
        let error = store.put(env, "a", &mut io::empty()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidEnv, "{env}");
    }
}

#[test]
fn an_upload_is_invisible_until_finished_and_leaves_nothing_when_dropped() {
    let world = World::new();
    let store = world.on_disk();
    let mut upload = store.begin(ENV, "a", Some("o1")).unwrap();
    upload.write(b"half").unwrap();
    assert!(store.record(ENV, "a").is_err());
    assert_eq!(world.files_on_disk(), 1);
    drop(upload);
    assert_eq!(world.files_on_disk(), 0);
    let mut upload = store.begin(ENV, "a", Some("o1")).unwrap();
    upload.write(b"ha").unwrap();
    upload.write(b"lf").unwrap();
    upload.finish().unwrap();
    assert_eq!(store.record(ENV, "a").unwrap().owner_openid.as_deref(), Some("o1"));
    assert_eq!(content(&store, "a"), b"half");
}

#[test]
fn a_stream_that_fails_midway_leaves_the_old_file() {
    struct Failing(u8);
    impl Read for Failing {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0 += 1;
            match self.0 {
                1 | 3 => Ok(buffer.len().min(10)),
                2 => Err(io::ErrorKind::Interrupted.into()),
                _ => Err(io::Error::other("the source went away")),
            }
        }
    }
    let world = World::new();
    let store = world.on_disk();
    put(&store, "a", b"old");
    let error = store.put(ENV, "a", &mut Failing(0)).unwrap_err();
    assert!(error.message().contains("the source went away"), "{error}");
    assert_eq!(content(&store, "a"), b"old");
    assert_eq!(world.files_on_disk(), 1);
}

#[test]
fn what_a_crash_left_of_uploads_goes_when_the_store_opens() {
    let world = World::new();
    let store = world.on_disk();
    let left = world.directory.path().join(format!("files/tmp/{}.part", "ab".repeat(16)));
    fs::write(left, "what a process that ended had written").unwrap();
    let foreign = world.directory.path().join("files/tmp/notes.txt");
    fs::write(&foreign, "not ours").unwrap();
    drop(store);
    let store = world.on_disk();
    assert!(store.record(ENV, "a").is_err());
    assert_eq!(world.files_on_disk(), 1, "only the file that is not ours is left");
    assert!(foreign.exists());
}

#[test]
fn a_body_without_a_record_is_garbage_and_one_with_a_record_is_not() {
    let world = World::new();
    for store in [world.on_disk(), world.in_memory()] {
        put(&store, "kept", b"kept");
        put(&store, "gone", b"gone!");
        store.delete(ENV, "gone").unwrap();
        let report = store.collect_garbage().unwrap();
        assert_eq!(report, GarbageReport { bodies_removed: 1, bytes_freed: 5 });
        assert_eq!(content(&store, "kept"), b"kept");
        put(&store, "gone", b"gone!");
        assert_eq!(content(&store, "gone"), b"gone!");
    }
}

#[test]
fn files_that_are_not_ours_are_never_removed() {
    let world = World::new();
    let store = world.on_disk();
    put(&store, "a", b"x");
    let shelf = world.directory.path().join("files/ab");
    fs::create_dir_all(&shelf).unwrap();
    for name in ["notes.txt".to_owned(), "c".repeat(64)] {
        fs::write(shelf.join(name), "not ours").unwrap();
    }
    store.delete(ENV, "a").unwrap();
    assert_eq!(store.collect_garbage().unwrap().bodies_removed, 1);
    assert_eq!(world.files_on_disk(), 2);
}

/// Records whose scan runs an upload in the middle of a collection, and that may be marked.
struct Meddling {
    inner: MemoryRecords,
    store: RwLock<Option<Arc<FileStore>>>,
    marked: RwLock<bool>,
}

impl Meddling {
    fn new() -> Arc<Self> {
        let (inner, store, marked) =
            (MemoryRecords::default(), RwLock::new(None), RwLock::default());
        Arc::new(Self { inner, store, marked })
    }
}

impl Records for Meddling {
    fn get(&self, table: &str, key: &[u8]) -> Result<Option<Vec<u8>>> {
        self.inner.get(table, key)
    }
    fn put(&self, table: &str, key: &[u8], value: &[u8]) -> Result<()> {
        self.inner.put(table, key, value)
    }
    fn remove(&self, table: &str, key: &[u8]) -> Result<bool> {
        self.inner.remove(table, key)
    }
    fn scan(&self, table: &str, prefix: &[u8], visit: &mut Visit<'_>) -> Result<()> {
        self.inner.scan(table, prefix, visit)?;
        if let Some(store) = self.store.read().unwrap().clone() {
            store.put(ENV, "late", &mut &b"garbage until now"[..])?;
        }
        Ok(())
    }
    fn sync(&self) -> Result<()> {
        Ok(())
    }
    fn is_marked(&self) -> Result<bool> {
        Ok(*self.marked.read().unwrap())
    }
}

#[test]
fn nothing_is_collected_that_a_snapshot_may_name() {
    let directory = tempfile::tempdir().unwrap();
    let records = Meddling::new();
    let shared = Arc::clone(&records) as Arc<dyn Records>;
    let clock = Arc::new(Clock::fixed(0));
    let store = FileStore::open(shared, clock, Some(directory.path().into()), "wx1").unwrap();
    store.put(ENV, "a", &mut &b"content"[..]).unwrap();
    store.delete(ENV, "a").unwrap();
    *records.marked.write().unwrap() = true;
    assert_eq!(store.collect_garbage().unwrap_err().kind(), ErrorKind::StoreBusy);
    *records.marked.write().unwrap() = false;
    assert_eq!(store.collect_garbage().unwrap().bodies_removed, 1);
}

#[test]
fn a_collection_keeps_what_is_uploaded_while_it_runs() {
    let directory = tempfile::tempdir().unwrap();
    let records = Meddling::new();
    let store = FileStore::open(
        Arc::clone(&records) as Arc<dyn Records>,
        Arc::new(Clock::fixed(0)),
        Some(directory.path().into()),
        "wx1",
    )
    .unwrap();
    put(&store, "first", b"garbage until now");
    store.delete(ENV, "first").unwrap();
    *records.store.write().unwrap() = Some(Arc::clone(&store));
    assert_eq!(store.collect_garbage().unwrap().bodies_removed, 0);
    assert_eq!(content(&store, "late"), b"garbage until now");
    *records.store.write().unwrap() = None;
}

#[test]
fn uploads_and_collections_at_once_lose_nothing() {
    let world = World::new();
    let store = world.on_disk();
    std::thread::scope(|scope| {
        for worker in 0..4 {
            let store = Arc::clone(&store);
            scope.spawn(move || {
                for round in 0..25 {
                    let path = format!("w{worker}");
                    // Half of the content is shared by all workers.
                    let bytes = format!("{}", round % 2 * (worker + 1));
                    put(&store, &path, bytes.as_bytes());
                    assert_eq!(content(&store, &path), bytes.as_bytes());
                }
            });
        }
        for _ in 0..25 {
            store.collect_garbage().unwrap();
        }
    });
    for worker in 0..4 {
        assert_eq!(content(&store, &format!("w{worker}")), b"0");
    }
    store.collect_garbage().unwrap();
    assert_eq!(world.files_on_disk(), 1);
}

#[test]
fn a_large_body_without_a_directory_goes_to_a_private_place_that_vanishes() {
    let world = World::new();
    let store = world.in_memory();
    let chunk = vec![b'x'; 100_000];
    let mut upload = store.begin(ENV, "big", None).unwrap();
    for _ in 0..10 {
        upload.write(&chunk).unwrap();
    }
    upload.finish().unwrap();
    assert_eq!(content(&store, "big").len(), 1_000_000);
    // More small files than memory may hold.
    for index in 0..90_u32 {
        let mut bytes = vec![b'y'; 200_000];
        bytes[..4].copy_from_slice(&index.to_be_bytes());
        put(&store, &format!("small{index}"), &bytes);
    }
    assert_eq!(content(&store, "small89")[..4], 89_u32.to_be_bytes());
    store.delete(ENV, "big").unwrap();
    assert_eq!(store.collect_garbage().unwrap().bytes_freed, 1_000_000);
}

#[test]
fn a_url_verifies_until_it_expires_and_only_for_its_own_file() {
    let world = World::new();
    let store = world.on_disk();
    let id = put(&store, "图 1.png", b"x").to_string();
    put(&store, "other", b"y");
    let url = store.temp_url(&id, Some(60), UrlStyle::Escaped).unwrap();
    assert_eq!(url.max_age_s, 60);
    let host = format!("https://{}/%E5%9B%BE%201.png?sign=", store.bucket(ENV).host());
    assert!(url.url.starts_with(&host), "{}", url.url);
    assert_eq!(store.verify_url(&url.url).unwrap().to_string(), id);
    // The secret is kept: another process reads the URLs of this one.
    assert_eq!(world.on_disk().verify_url(&url.url).unwrap().path, "图 1.png");
    let forged = url.url.replace("%E5%9B%BE%201.png", "other");
    assert_eq!(store.verify_url(&forged).unwrap_err().kind(), ErrorKind::FileSignature);
    world.clock.advance(60_000);
    assert_eq!(store.verify_url(&url.url).unwrap_err().kind(), ErrorKind::FileSignature);
    for text in ["", "https://", "/", "https://x/y?sign=&t=1", "../../etc/passwd"] {
        assert!(store.verify_url(text).is_err(), "{text}");
    }
}

#[test]
fn with_a_server_urls_point_to_it() {
    let store = World::new().in_memory();
    let id = put(&store, "a.png", b"x").to_string();
    store.set_server(Some("http://127.0.0.1:4000/storage/"));
    let url = store.temp_url(&id, None, UrlStyle::Escaped).unwrap().url;
    let prefix =
        format!("http://127.0.0.1:4000/storage/{}/a.png?sign=", store.bucket(ENV).as_str());
    assert!(url.starts_with(&prefix), "{url}");
    assert_eq!(store.verify_url(&url).unwrap().path, "a.png");
    let bare = url.strip_prefix("http://127.0.0.1:4000/storage/").unwrap();
    assert_eq!(store.verify_url(bare).unwrap().path, "a.png");
}

#[test]
fn a_missing_file_has_no_url() {
    let store = World::new().in_memory();
    for id in ["cloud://test2/none", "nonsense", ""] {
        let error = store.temp_url(id, None, UrlStyle::Escaped).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::FileNotFound, "{id}");
    }
}

#[test]
fn a_list_shows_one_environment_by_prefix() {
    let store = World::new().in_memory();
    for path in ["b/2", "a/1", "a/2"] {
        put(&store, path, path.as_bytes());
    }
    store.put("test2x", "a/3", &mut io::empty()).unwrap();
    let mut seen = Vec::new();
    store
        .list(ENV, "a/", &mut |path, record| {
            seen.push(format!("{path}:{}", record.size_bytes));
            Ok(true)
        })
        .unwrap();
    assert_eq!(seen, ["a/1:3", "a/2:3"]);
}

/// What a disk does to a body.
type Damage = fn(&Path);

#[test]
fn a_damaged_or_missing_body_is_told_and_mended_by_its_content() {
    let size = 300_000;
    let original: Vec<u8> = (0..size).map(|at: u32| at.to_le_bytes()[0] ^ 0x5A).collect();
    let flip = |path: &Path, at: usize| {
        let mut bytes = fs::read(path).unwrap();
        bytes[at] ^= 4;
        fs::write(path, bytes).unwrap();
    };
    let damages: [(&str, Damage); 6] = [
        ("cut", |path| fs::write(path, "cut").unwrap()),
        ("lengthened", |path| {
            let mut bytes = fs::read(path).unwrap();
            bytes.push(0);
            fs::write(path, bytes).unwrap();
        }),
        ("missing", |path| fs::remove_file(path).unwrap()),
        ("a directory", |path| {
            fs::remove_file(path).unwrap();
            fs::create_dir(path).unwrap();
        }),
        ("zeros", |path| fs::write(path, vec![0; 300_000]).unwrap()),
        ("empty", |path| fs::write(path, "").unwrap()),
    ];
    let check = |world: &World, what: &str, damage: &dyn Fn(&Path)| {
        let store = world.on_disk();
        put(&store, "dir/a", &original);
        put(&store, "b", b"whole");
        assert_eq!(store.check(&mut |problem| panic!("{problem}")).unwrap(), 2);
        let sha256 = store.record(ENV, "dir/a").unwrap().sha256;
        let body = world.directory.path().join("files").join(&sha256[..2]).join(&sha256);
        damage(&body);
        let mut read = Vec::new();
        let outcome = store
            .read(ENV, "dir/a")
            .and_then(|mut reader| reader.read_to_end(&mut read).map_err(storage));
        let text = outcome.unwrap_err().message().to_owned();
        assert!(text.contains("upload it again"), "{what}: {text}");
        assert!(read.len() < original.len(), "{what}: the last bytes of a damaged body are kept");
        // A part of it is refused as well.
        if let Ok(mut reader) = store.read(ENV, "dir/a") {
            reader.seek(SeekFrom::Start(1)).unwrap_err();
        }
        let mut problems = Vec::new();
        assert_eq!(store.check(&mut |problem| problems.push(problem)).unwrap(), 2);
        assert!(problems.len() == 1 && problems[0].contains("dir/a"), "{what}: {problems:?}");
        if what != "a directory" {
            put(&store, "again", &original);
            assert_eq!(content(&store, "dir/a"), original, "{what}");
            let mut reader = store.read(ENV, "dir/a").unwrap();
            reader.seek(SeekFrom::Start(299_999)).unwrap();
            let mut last = Vec::new();
            reader.read_to_end(&mut last).unwrap();
            assert_eq!(last, original[299_999..], "{what}");
        }
    };
    for (what, damage) in damages {
        check(&World::new(), what, &damage);
    }
    for at in [0, 1, 150_000, 299_999] {
        check(&World::new(), "flipped", &|path| flip(path, at));
    }
}

#[test]
fn another_process_that_opens_the_directory_leaves_uploads_under_way_alone() {
    let world = World::new();
    let first = world.on_disk();
    let mut upload = first.begin(ENV, "slow", None).unwrap();
    upload.write(b"half").unwrap();
    let second = world.on_disk();
    upload.write(b" and half").unwrap();
    upload.finish().unwrap();
    assert_eq!(content(&second, "slow"), b"half and half");
    second.collect_garbage().unwrap();
    assert_eq!(content(&first, "slow"), b"half and half");
}

#[test]
fn a_collection_waits_until_bodies_have_their_names() {
    let world = World::new();
    let (first, second) = (world.on_disk(), world.on_disk());
    std::thread::scope(|scope| {
        let uploads = scope.spawn(|| {
            for round in 0..200 {
                put(&first, "a", format!("content {}", round % 3).as_bytes());
                assert_eq!(content(&first, "a"), format!("content {}", round % 3).as_bytes());
            }
        });
        while !uploads.is_finished() {
            second.collect_garbage().unwrap();
        }
    });
    assert_eq!(content(&second, "a"), b"content 1");
}

#[test]
fn a_url_for_uploading_does_not_read_and_one_for_reading_does_not_upload() {
    let world = World::new();
    let store = world.on_disk();
    put(&store, "a b", b"x");
    let upload = store.upload_url(ENV, "a b").unwrap();
    let id = store.verify_upload_url(&upload).unwrap();
    assert_eq!((id.env.as_str(), id.path.as_str()), (ENV, "a b"));
    assert_eq!(store.verify_url(&upload).unwrap_err().kind(), ErrorKind::FileSignature);
    let read = store.temp_url(&id.to_string(), None, UrlStyle::Escaped).unwrap().url;
    assert_eq!(store.verify_upload_url(&read).unwrap_err().kind(), ErrorKind::FileSignature);
    assert!(store.upload_url(ENV, "/a").is_err() && store.upload_url("../x", "a").is_err());
    world.clock.advance(600_000);
    assert!(store.verify_upload_url(&upload).unwrap_err().message().contains("expired"));
}
