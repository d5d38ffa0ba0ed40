//! File storage: bodies by content, names as keys.
//!
//! A body lives once, under its SHA-256; a name is a record that points to it. So a name can never
//! leave the data directory, the same content is stored once, and an upload becomes visible in one
//! step: when its record is written, after its body is safely on disk.

mod bodies;
mod cloud_path;
mod file_id;
mod reader;
mod record;
mod recover;
mod store;
mod temp_url;

pub use cloud_path::{escape_path, validate_cloud_path};
pub use file_id::{Bucket, FileId};
pub use reader::FileReader;
pub use record::FileRecord;
pub use recover::copy_bodies;
pub use store::{FILE_TABLE, FileStore, GarbageReport, Upload};
pub use temp_url::{TempUrl, UrlStyle, VerifiedUrl, max_age_s};
