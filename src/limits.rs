//! Every limit of the service and of this engine, named, with its unit.
//!
//! A limit marked "ours" has no counterpart in the service: it keeps a hostile request from
//! exhausting the process.

/// Largest document, in bytes of BSON.
pub const DOCUMENT_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Deepest nesting of objects and arrays in a stored document.
pub const DOCUMENT_DEPTH_MAX: usize = 100;

/// Deepest nesting accepted in a request (filter, update, pipeline). MongoDB's own parser limit.
pub const REQUEST_DEPTH_MAX: usize = 150;

/// Most segments of a dotted path. Ours: whoever walks a path recurses once a segment.
pub const PATH_SEGMENTS_MAX: usize = 200;

/// Rows of a query without `limit`.
pub const QUERY_ROWS_DEFAULT: i64 = 100;

/// Most rows of a query.
pub const QUERY_ROWS_MAX: i64 = 1000;

/// Rows of a query of a mini-program page: without `limit`, and at most.
pub const CLIENT_QUERY_ROWS_MAX: i64 = 20;
/// Documents that a query reads before an index is missed. Ours.
pub const UNINDEXED_SCAN_DOCUMENTS: u64 = 10_000;

/// Kinds of queries whose missing index is told. Ours.
pub const SCANS_NOTED_MAX: usize = 1_000;

/// Memory of one blocking aggregation stage, in bytes.
pub const STAGE_MEMORY_BYTES_MAX: usize = 100 * 1024 * 1024;

/// Longest regular expression, in bytes. MongoDB's limit.
pub const REGEX_BYTES_MAX: usize = 32_764;

/// Steps of a backtracking match before it is given up. Ours.
pub const REGEX_STEPS_MAX: usize = 1_000_000;

/// Memory of one compiled regular expression, in bytes. Ours.
pub const REGEX_COMPILED_BYTES_MAX: usize = 10 * 1024 * 1024;

/// Largest index padding an update may create in an array. MongoDB's limit.
pub const ARRAY_PADDING_MAX: usize = 1_500_000;

/// Operations of one transaction.
pub const TRANSACTION_OPERATIONS_MAX: usize = 100;

/// Life of one transaction, in milliseconds.
pub const TRANSACTION_LIFE_MS: i64 = 30_000;

/// Collections of one environment.
pub const COLLECTIONS_MAX: usize = 100;

/// Fields of one index.
pub const INDEX_FIELDS_MAX: usize = 31;

/// Indexes of one collection.
pub const INDEXES_MAX: usize = 64;

/// Bytes of one index key. MongoDB 4.0's limit.
pub const INDEX_KEY_BYTES_MAX: usize = 1024;

/// Items of one `getTempFileURL` or `deleteFile` call.
pub const FILE_LIST_MAX: usize = 50;

/// Bytes of a percent-encoded cloud path.
pub const CLOUD_PATH_BYTES_MAX: usize = 850;

/// Life of a temporary URL without `maxAge`, in seconds.
pub const FILE_URL_AGE_DEFAULT_S: i64 = 600;

/// Bytes of an answer of a cloud function.
pub const FUNCTION_ANSWER_BYTES_MAX: usize = 1024 * 1024;

/// Bytes of an event a mini-program page may send.
pub const FUNCTION_EVENT_BYTES_MAX: usize = 6 * 1024 * 1024;

/// Bytes of an event that a mini-program page should send; more goes through `CDN`.
pub const CLIENT_EVENT_BYTES_ADVISED: usize = 100 * 1024;
/// Bytes of a request of a page to a container, and of the answer.
pub const CONTAINER_REQUEST_BYTES_MAX: usize = 100 * 1024;
pub const CONTAINER_ANSWER_BYTES_MAX: usize = 1024 * 1024;
/// Longest time that a page waits for a container, in milliseconds.
pub const CONTAINER_TIMEOUT_MS_MAX: u64 = 15_000;
/// Documents that a watched query may match.
pub const WATCH_DOCUMENTS_MAX: usize = 5000;
/// Most documents that a watched query with a limit shows.
pub const WATCH_LIMIT_MAX: f64 = 200.0;
/// Fields that a watched query may be ordered by.
pub const WATCH_ORDER_FIELDS_MAX: usize = 5;
/// Time a function has when its configuration names none, in milliseconds.
pub const FUNCTION_TIMEOUT_MS_DEFAULT: u64 = 3_000;

/// Threads of one engine for long reads. Ours.
pub const READ_THREADS_MAX: usize = 4;

/// Threads of the process for work that waits for files, and of the server for the same. Ours.
pub const FILE_THREADS_MAX: usize = 32;

/// Instances of one function under `run` and `start`; above that, runs share them. Ours.
pub const INSTANCES_PER_FUNCTION_MAX: usize = 8;

/// Instances of all functions that are kept although they have nothing to do. Ours.
pub const INSTANCES_IDLE_MAX: usize = 8;

/// Objects that an instance may hold, in MB, whatever less its function asks for. Ours: an engine
/// that meets the limit within one operation, such as `JSON.parse`, ends the whole process.
pub const INSTANCE_MEMORY_MB_MIN: u64 = 1024;

/// Functions calling functions before the chain is refused. Ours.
pub const FUNCTION_CHAIN_MAX: usize = 32;

/// `CloudID` fields of one event.
pub const CLOUD_ID_MAX: usize = 5;

/// Longest path of a Unix socket, in bytes. The least of the systems' limits (macOS), less its NUL.
pub const SOCKET_PATH_BYTES_MAX: usize = 103;

/// Processes served by the one that holds the store. Ours.
pub const SHARE_CLIENTS_MAX: usize = 256;

/// Bytes of answers that wait for one process to read them. Ours.
pub const SHARE_BACKLOG_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Stack that native code may need on the JavaScript thread, in bytes: the deepest request takes
/// less than 300 KB. A worker has 4 MB, of which V8 leaves 192 KB. Ours.
pub const NATIVE_STACK_BYTES: usize = 512 * 1024;

/// Silence of the process that holds the store after which who waits for it is told so, in
/// milliseconds. Ours.
pub const HOLDER_NOTICE_MS: u64 = 2_000;

/// Silence of the process that holds the store after which a call is given up, in milliseconds:
/// unless the surroundings say another, and the least that they may say. Ours.
pub const HOLDER_TIMEOUT_MS_DEFAULT: u64 = 10_000;
pub const HOLDER_TIMEOUT_MS_MIN: u64 = 1_000;
