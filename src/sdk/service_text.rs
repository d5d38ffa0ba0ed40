//! How the service words the errors of its database, in one table.
//!
//! Sources: texts that users of the service quoted (contract `platform.md` A.4, E, I.6, M.1;
//! github.com/TencentCloudBase/tcb-router#12 for queries). Where a group of errors was never seen,
//! the wording follows the nearest one that was.

use crate::error::{Error, ErrorKind};
use crate::sdk::error_code::error_code;

const CHECK_REQUEST: &str =
    "Please check your request, but if the problem cannot be solved, contact us.";
const CONTACT_US: &str = "Please check your request, but if the problem persists, contact us.";
const MORE: &str = "更多错误信息请访问：https://docs.cloudbase.net/error-code/basic/";

/// The service's message for an error that `api` met.
pub fn service_message(api: &str, error: &Error) -> String {
    let text = error.message();
    match error.kind() {
        ErrorKind::DuplicateKey => bulk_write(text),
        ErrorKind::Database if is_write(api) => bulk_write(text),
        ErrorKind::Database if api == "collection.aggregate" => {
            format!("[FailedOperation.Aggregate] ({}) {text}", mongo_name(error.mongo_code()))
        }
        ErrorKind::Database => {
            format!("[FailedOperation.Query] ({}) {text}", mongo_name(error.mongo_code()))
        }
        ErrorKind::CollectionNotFound => {
            let name = subject(text);
            format!(
                "[ResourceNotFound] Db or Table not exist: {name}. {CHECK_REQUEST} {}",
                more(error)
            )
        }
        ErrorKind::CollectionExists => {
            format!(
                "[ResourceUnavailable.ResourceExist] Table exist. {CHECK_REQUEST} {}",
                more(error)
            )
        }
        ErrorKind::TransactionConflict => format!(
            "[ResourceUnavailable.TransactionConflict] Transaction is conflict, maybe resource \
             operated by others. {CONTACT_US}"
        ),
        ErrorKind::TransactionNotFound => format!(
            "[ResourceUnavailable.TransactionNotExist] Transaction does not exist on the server, \
             transaction must be commit or abort in 30 seconds. {CONTACT_US}"
        ),
        ErrorKind::TransactionBusy => {
            format!("[ResourceUnavailable.TransactionBusy] Transaction is busy. {CONTACT_US}")
        }
        ErrorKind::Timeout => format!(
            "[FailedOperation.Timeout] Execution request timeout, Please check optimize your \
             request(such as index), but if the problem persists, contact us. {}",
            more(error)
        ),
        ErrorKind::FunctionNotFound => {
            format!("FunctionName parameter could not be found. {}", more(error))
        }
        ErrorKind::FunctionTimeout => format!("{text} {}", more(error)),
        ErrorKind::InvalidParam
        | ErrorKind::PermissionDenied
        | ErrorKind::LimitExceeded
        | ErrorKind::InvalidEnv
        | ErrorKind::FileNotFound
        | ErrorKind::FileDenied
        | ErrorKind::FileSignature
        | ErrorKind::FunctionFailed
        | ErrorKind::OpenApiNotFound
        | ErrorKind::OpenApiDenied
        | ErrorKind::Storage
        | ErrorKind::StoreBusy
        | ErrorKind::Late
        | ErrorKind::StoreTooNew
        | ErrorKind::Unsupported
        | ErrorKind::Internal => text.to_owned(),
    }
}

fn is_write(api: &str) -> bool {
    matches!(api, "collection.add" | "collection.update" | "document.set" | "document.update")
}

/// A write error as the service's driver prints it: one write model, no write concern error.
fn bulk_write(text: &str) -> String {
    format!("[FailedOperation] multiple write errors: [{{write errors: [{{{text}}}]}}, {{<nil>}}]")
}

fn more(error: &Error) -> String {
    format!("{MORE}{}", error_code(error.kind()).code)
}

/// The collection's name: the engine gives it alone, or at the end of a sentence after a colon.
fn subject(text: &str) -> &str {
    text.rsplit_once(": ").map_or(text, |(_, name)| name)
}

/// The database's name of an error number, as its driver prints it before the text.
fn mongo_name(code: i32) -> String {
    let name = match code {
        1 => "InternalError",
        2 => "BadValue",
        4 => "NoSuchKey",
        8 => "UnknownError",
        9 => "FailedToParse",
        11 => "UserNotFound",
        14 => "TypeMismatch",
        15 => "Overflow",
        16 => "InvalidLength",
        20 => "IllegalOperation",
        26 => "NamespaceNotFound",
        27 => "IndexNotFound",
        28 => "PathNotViable",
        40 => "ConflictingUpdateOperators",
        50 => "MaxTimeMSExpired",
        52 => "DollarPrefixedFieldName",
        54 => "NotSingleValueField",
        55 => "InvalidDBRef",
        56 => "EmptyFieldName",
        57 => "DottedFieldName",
        59 => "CommandNotFound",
        66 => "ImmutableField",
        67 => "CannotCreateIndex",
        72 => "InvalidOptions",
        73 => "InvalidNamespace",
        85 => "IndexOptionsConflict",
        86 => "IndexKeySpecsConflict",
        96 => "OperationFailed",
        112 => "WriteConflict",
        146 => "ExceededMemoryLimit",
        168 => "InvalidPipelineOperator",
        241 => "ConversionFailure",
        10334 => "BSONObjectTooLarge",
        _ => return format!("Location{code}"),
    };
    name.to_owned()
}
