//! Files: where to upload, where to download, and removal.

use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use crate::cloud::files::UrlStyle;
use crate::error::{Error, ErrorKind};
use crate::gateway::admin::{Answer, Fields, Refusal, env_of, text, with_data};
use crate::gateway::routes::State;
use crate::limits::FILE_LIST_MAX;
use crate::sdk::error_code::error_code;
use crate::sdk::result::Api;

/// What an item has whose call succeeded.
const SUCCESS: &str = "SUCCESS";

/// Where the content of a file is to be put. The URL alone authorises it; the client insists on
/// the other fields.
pub fn upload_metadata(state: &Arc<State>, fields: &Fields) -> Answer {
    let (env, path) = (env_of(state, fields), text(fields, "path"));
    let url = state.files.upload_url(&env, path);
    let url = url.map_err(|error| Refusal::of(Api::UploadFile, &error))?;
    let id = state.files.file_id(&env, path).to_string();
    let cos_id = state.files.bucket(&env).as_str().to_owned();
    Ok(with_data(json!({
        "url": url, "token": "", "authorization": "", "fileId": id, "cosFileId": cos_id,
    })))
}

/// How the object store words a refusal.
pub fn refusal(error: &Error) -> String {
    let code = error_code(error.kind()).code;
    let escaped: String = error.message().chars().map(escape).collect();
    format!(
        "<Error><Code>{code}</Code><Message>{escaped}</Message><RequestId>local</RequestId>\
         <TraceId>local</TraceId></Error>"
    )
}

/// A character as it may stand in XML.
fn escape(letter: char) -> String {
    match letter {
        '<' => "&lt;".to_owned(),
        '>' => "&gt;".to_owned(),
        '&' => "&amp;".to_owned(),
        letter if letter.is_control() => " ".to_owned(),
        letter => letter.to_string(),
    }
}

pub fn download_urls(state: &Arc<State>, fields: &Fields) -> Answer {
    let items = list(fields, "file_list", Api::GetTempFileUrl)?;
    let item = |item: &Json| {
        let id = item.get("fileid").and_then(Json::as_str).unwrap_or_default();
        #[allow(clippy::cast_possible_truncation, reason = "casts of floats saturate")]
        let age = item.get("max_age").and_then(Json::as_f64).map(|seconds| seconds as i64);
        let mut answer = Map::new();
        answer.insert("fileID".to_owned(), json!(id));
        // The client escapes the URL.
        match state.files.temp_url(id, age, UrlStyle::Plain) {
            Ok(made) => {
                answer.insert("tempFileURL".to_owned(), json!(made.url));
                answer.insert("maxAge".to_owned(), json!(made.max_age_s));
                answer.insert("code".to_owned(), json!(SUCCESS));
            }
            Err(error) => {
                answer.insert("tempFileURL".to_owned(), json!(""));
                answer.insert("code".to_owned(), json!(error_code(error.kind()).code));
                answer.insert("message".to_owned(), json!(error.message()));
            }
        }
        Json::Object(answer)
    };
    Ok(with_data(json!({ "download_list": items.iter().map(item).collect::<Vec<_>>() })))
}

pub fn delete(state: &Arc<State>, fields: &Fields) -> Answer {
    let items = list(fields, "fileid_list", Api::DeleteFile)?;
    let item = |item: &Json| {
        let id = item.as_str().unwrap_or_default();
        let deleted =
            state.files.resolve(id).and_then(|file| state.files.delete(&file.env, &file.path));
        let code = deleted.map_or_else(|error| error_code(error.kind()).code, |()| SUCCESS);
        json!({ "fileID": id, "code": code })
    };
    Ok(with_data(json!({ "delete_list": items.iter().map(item).collect::<Vec<_>>() })))
}

fn list<'a>(fields: &'a Fields, name: &str, api: Api) -> std::result::Result<&'a [Json], Refusal> {
    let items = fields.get(name).and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
    if items.len() <= FILE_LIST_MAX {
        return Ok(items);
    }
    let text = format!("fileList has {} items, the most is {FILE_LIST_MAX}", items.len());
    Err(Refusal::of(api, &Error::new(ErrorKind::InvalidParam, text)))
}
