//! `wx.cloud` of a mini-program page: the checks of its calls that the server's package has not.

use crate::sdk::Input;
use crate::sdk::call::{FunctionCall, call_env, check_options, typed_property};
use crate::sdk::encode::{Result, json_text};
use crate::sdk::failure::Failure;
use crate::sdk::messages;
use crate::sdk::result::Api;

/// `statusCode` of an upload.
pub const UPLOAD_STATUS: i32 = 200;

/// Checks the options of `callFunction`. Rejected.
pub fn function_call(options: &Input) -> Result<FunctionCall> {
    let api = Api::ClientCallFunction.name();
    check_options(api, options)?;
    let name = typed_property(options, "name", "string")?;
    let Input::Text(name) = name else { return Err(Failure::error("").wrapped(api)) };
    let event_text = match options.property("data") {
        None => "{}".to_owned(),
        Some(_) => json_text(typed_property(options, "data", "object")?)
            .map_err(|_| Failure::client(api, -402_001, messages::CIRCULAR))?
            .unwrap_or_else(|| "{}".to_owned()),
    };
    Ok(FunctionCall { name: name.clone(), event_text, env: call_env(options), timeout_ms: None })
}

/// Checks `uploadFile(options)`: the path of the file to read. Rejected.
pub fn upload_path(options: &Input) -> Result<String> {
    check_options(Api::ClientUploadFile.name(), options)?;
    typed_property(options, "cloudPath", "string")?;
    match typed_property(options, "filePath", "string")? {
        Input::Text(path) => Ok(path.clone()),
        _ => Ok(String::new()),
    }
}

/// Checks the id that `wx.cloud.CloudID` is given. Thrown.
pub fn cloud_id(id: &Input) -> Result<String> {
    match id {
        Input::Text(id) if !id.is_empty() => Ok(id.clone()),
        other => {
            let text = format!("CloudID should be string instead of {};", other.tag_name());
            Err(Failure::cloud_sdk(-1, text))
        }
    }
}

/// Checks the options of `watch`. Thrown.
pub fn check_watch(options: &Input) -> Result<()> {
    typed_property(options, "onChange", "function")?;
    typed_property(options, "onError", "function").map(drop)
}

/// A page adds one document at a time.
pub fn check_added(options: &Input) -> Result<()> {
    match options.property("data") {
        Some(Input::List(_)) => typed_property(options, "data", "object").map(drop),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Error, ErrorKind};
    use crate::sdk::Object;

    fn options(entries: &[(&str, Input)]) -> Input {
        let entries = entries.iter().map(|(key, value)| ((*key).to_owned(), value.clone()));
        Input::Object(Object::plain(entries.collect()))
    }
    fn text(text: &str) -> Input {
        Input::Text(text.to_owned())
    }

    #[test]
    fn what_a_call_lacks_is_told_in_the_clients_words() {
        let cases = [
            (options(&[]), "parameter.name should be string instead of undefined;"),
            (
                options(&[("name", Input::Number(1.0))]),
                "parameter.name should be string instead of number;",
            ),
            (
                options(&[("name", text("f")), ("data", text("x"))]),
                "parameter.data should be object instead of string;",
            ),
        ];
        for (given, expected) in cases {
            let failure = function_call(&given).unwrap_err();
            assert_eq!(failure.err_msg.as_deref(), Some(expected));
            assert_eq!(failure.err_code, Some(-1), "{expected}");
        }
        let call = function_call(&options(&[("name", text("f"))])).unwrap();
        assert_eq!((call.name.as_str(), call.event_text.as_str()), ("f", "{}"));
        let circular = options(&[("a", Input::Circular)]);
        let failure = function_call(&options(&[("name", text("f")), ("data", circular)]));
        assert_eq!(failure.unwrap_err().err_code, Some(-402_001));
    }

    #[test]
    fn an_upload_names_both_of_its_paths() {
        let both = [("cloudPath", text("a")), ("filePath", text("/tmp/a"))];
        assert_eq!(upload_path(&options(&both)).unwrap(), "/tmp/a");
        for (missing, given) in [("cloudPath", &both[1..]), ("filePath", &both[..1])] {
            let expected = format!("parameter.{missing} should be string instead of undefined;");
            assert_eq!(upload_path(&options(given)).unwrap_err().err_msg, Some(expected));
        }
    }

    #[test]
    fn the_service_is_quoted_whole() {
        let more = "更多错误信息请访问：https://docs.cloudbase.net/error-code/basic/";
        let cases = [
            (
                Error::new(ErrorKind::FunctionFailed, "Error: boom"),
                -504_002,
                "errCode: -504002 functions execute fail | errMsg: Error: boom".to_owned(),
            ),
            (
                Error::new(ErrorKind::FunctionNotFound, ""),
                -501_000,
                format!(
                    "errCode: -501000  | errMsg: FunctionName parameter could not be found. \
                     {more}FUNCTION_NOT_FOUND"
                ),
            ),
            (
                Error::new(ErrorKind::PermissionDenied, "PERMISSION_DENIED"),
                -501_023,
                "errCode: -501023  | errMsg: PERMISSION_DENIED".to_owned(),
            ),
        ];
        for (error, number, expected) in cases {
            let failure = Api::ClientCallFunction.failure(&error).of_call("id-1");
            let expected = format!("cloud.callFunction:fail Error: {expected} (callId: id-1)");
            assert_eq!(failure.message(), expected);
            assert_eq!(failure.err_msg, Some(expected));
            assert_eq!(failure.err_code, Some(number));
        }
    }

    #[test]
    fn a_list_is_no_document_to_add() {
        assert!(check_added(&options(&[("data", options(&[]))])).is_ok());
        assert!(check_added(&options(&[("data", Input::List(Vec::new()))])).is_err());
        assert!(cloud_id(&text("x")).is_ok());
        assert!(cloud_id(&Input::Absent).is_err() && cloud_id(&text("")).is_err());
    }
}
