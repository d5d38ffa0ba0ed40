//! File storage: checks of the four calls and the shape of their items.

use crate::error::Error;
use crate::sdk::Input;
use crate::sdk::call::{call_env, check_options, typed_property};
use crate::sdk::context::EnvSetting;
use crate::sdk::encode::Result;
use crate::sdk::error_code::{error_code, number_of};
use crate::sdk::failure::Failure;
use crate::sdk::messages::{self, error_code_text};
use crate::sdk::result::Api;

/// What `fileContent` is, as far as its kind decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContentKind {
    Buffer,
    ReadStream,
    /// Texts, typed arrays, other streams.
    Other,
    /// Falsy, with its `typeof`.
    Missing(&'static str),
}

/// `statusCode` of every upload in this version of the official package.
pub const UPLOAD_STATUS: i32 = -1;
/// `statusCode` of every download.
pub const DOWNLOAD_STATUS: i32 = 200;

#[derive(Debug, Clone, PartialEq)]
pub struct Upload {
    pub cloud_path: String,
    pub env: EnvSetting,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Download {
    pub file_id: String,
    pub env: EnvSetting,
}

#[derive(Debug, Clone, PartialEq)]
pub struct TempUrls {
    pub files: Vec<TempUrl>,
    pub env: EnvSetting,
}

#[derive(Debug, Clone, PartialEq)]
pub struct TempUrl {
    pub file_id: String,
    pub max_age_s: Option<f64>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Deletion {
    pub file_ids: Vec<String>,
    pub env: EnvSetting,
}

/// Checks `uploadFile(options)`. Rejected.
pub fn upload(options: &Input, content: ContentKind) -> Result<Upload> {
    let api = Api::UploadFile.name();
    check_options(api, options)?;
    let cloud_path = text(typed_property(options, "cloudPath", "string")?);
    match content {
        ContentKind::Buffer | ContentKind::ReadStream => {
            Ok(Upload { cloud_path, env: call_env(options) })
        }
        ContentKind::Missing(type_of) => Err(Failure::error(format!(
            "Type of fileContent must be fs.ReadStream instead of {type_of}"
        ))
        .wrapped(api)),
        ContentKind::Other => {
            Err(Failure::tcb("INVALID_PARAM", messages::FILE_CONTENT_TYPE).wrapped(api))
        }
    }
}

/// Checks `downloadFile(options)`. Rejected.
pub fn download(options: &Input) -> Result<Download> {
    check_options(Api::DownloadFile.name(), options)?;
    let file_id = text(typed_property(options, "fileID", "string")?);
    Ok(Download { file_id, env: call_env(options) })
}

/// Checks `getTempFileURL(options)`. Rejected.
pub fn temp_urls(options: &Input) -> Result<TempUrls> {
    let api = Api::GetTempFileUrl.name();
    check_options(api, options)?;
    let list = typed_property(options, "fileList", "array")?;
    let files = items(list).iter().map(temp_url).collect::<Result<Vec<_>>>();
    let files = files.map_err(|failure| failure.wrapped(api))?;
    Ok(TempUrls { files, env: call_env(options) })
}

fn temp_url(item: &Input) -> Result<TempUrl> {
    match item {
        Input::Text(id) => Ok(TempUrl { file_id: id.clone(), max_age_s: None }),
        Input::Null => Err(Failure::type_error("Cannot convert undefined or null to object")),
        item if item.type_of() == "object" => {
            match (item.property("fileID"), item.property("maxAge")) {
                (Some(id), Some(age)) => Ok(TempUrl {
                    file_id: text(id),
                    max_age_s: match age {
                        Input::Number(seconds) => Some(*seconds),
                        _ => None,
                    },
                }),
                _ => Err(Failure::tcb("INVALID_PARAM", messages::FILE_ITEM_KEYS)),
            }
        }
        _ => Err(Failure::tcb("INVALID_PARAM", messages::FILE_ITEM_TYPE)),
    }
}

/// Checks `deleteFile(options)`. Rejected.
pub fn deletion(options: &Input) -> Result<Deletion> {
    let api = Api::DeleteFile.name();
    check_options(api, options)?;
    let list = items(typed_property(options, "fileList", "array")?);
    for (index, item) in list.iter().enumerate() {
        if !matches!(item, Input::Text(_)) {
            let type_of = item.type_of();
            let text = format!("Type of fileList[{index}] must be string instead of {type_of}");
            return Err(Failure::error(text).wrapped(api));
        }
    }
    let file_ids: Vec<String> = list.iter().map(text).collect();
    if file_ids.iter().any(String::is_empty) {
        return Err(Failure::tcb("INVALID_PARAM", messages::FILE_ID_EMPTY).wrapped(api));
    }
    Ok(Deletion { file_ids, env: call_env(options) })
}

fn items(list: &Input) -> &[Input] {
    match list {
        Input::List(items) => items,
        _ => &[],
    }
}

fn text(value: &Input) -> String {
    match value {
        Input::Text(text) => text.clone(),
        _ => String::new(),
    }
}

/// `status` and `errMsg` of an item of a list, from its error if it has one.
pub fn item_status(error: Option<&Error>) -> (i64, &'static str) {
    match error {
        None => (0, "ok"),
        Some(error) => {
            let number = number_of(error_code(error.kind()).code);
            (number, error_code_text(number))
        }
    }
}

/// `downloadFile` of a file that cannot be had: the item's own code and message.
pub fn download_failure(error: &Error) -> Failure {
    Failure::error(error.message())
        .wrapped(Api::DownloadFile.name())
        .with_code(error_code(error.kind()).code)
}
