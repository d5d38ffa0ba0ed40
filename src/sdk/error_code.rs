//! The service's code and the client's number of every kind of error. No other place knows them.

use crate::error::ErrorKind;

/// What the service answers (`code`) and what the client makes of it (`errCode`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErrorCode {
    pub code: &'static str,
    pub number: i64,
}

/// The number of every failure that the client does not know.
pub const SYSTEM_ERROR: i64 = -501_001;

/// The code and number of a kind. It has no wildcard: a new kind does not compile without its own.
#[deny(clippy::wildcard_enum_match_arm)]
pub fn error_code(kind: ErrorKind) -> ErrorCode {
    let code = match kind {
        ErrorKind::InvalidParam => "INVALID_PARAM",
        ErrorKind::Database | ErrorKind::DuplicateKey | ErrorKind::LimitExceeded => {
            "DATABASE_REQUEST_FAILED"
        }
        ErrorKind::CollectionNotFound => "DATABASE_COLLECTION_NOT_EXIST",
        ErrorKind::CollectionExists => "DATABASE_COLLECTION_ALREADY_EXIST",
        ErrorKind::PermissionDenied => "DATABASE_PERMISSION_DENIED",
        ErrorKind::TransactionConflict => "DATABASE_TRANSACTION_CONFLICT",
        ErrorKind::TransactionNotFound | ErrorKind::TransactionBusy => "DATABASE_TRANSACTION_FAIL",
        ErrorKind::Timeout => "DATABASE_TIMEOUT",
        // The service's own spelling: the client does not know the correct one.
        ErrorKind::InvalidEnv => "INVALIID_ENV",
        ErrorKind::FileNotFound => "STORAGE_FILE_NONEXIST",
        ErrorKind::FileDenied => "STORAGE_EXCEED_AUTHORITY",
        ErrorKind::FileSignature => "STORAGE_SIGN_PARAM_INVALID",
        ErrorKind::FunctionNotFound => "FUNCTION_NOT_FOUND",
        ErrorKind::FunctionFailed => "FUNCTIONS_EXECUTE_FAIL",
        ErrorKind::FunctionTimeout => "FUNCTIONS_TIME_LIMIT_EXCEEDED",
        ErrorKind::OpenApiNotFound => "OPENAPI_NOT_FOUND",
        ErrorKind::OpenApiDenied => "OPENAPI_NO_PERMISSION",
        ErrorKind::Storage
        | ErrorKind::StoreBusy
        | ErrorKind::Late
        | ErrorKind::StoreTooNew
        | ErrorKind::Internal => "SYS_ERR",
        ErrorKind::Unsupported => "DATABASE_INVALID_OPERRATOR",
    };
    ErrorCode { code, number: number_of(code) }
}

/// The number that a page gets, where it is another than the server's package gives: numbers of
/// functions and of the platform before them.
pub fn client_number(kind: ErrorKind) -> i64 {
    match kind {
        ErrorKind::FunctionNotFound => -501_000,
        ErrorKind::FunctionTimeout => -504_003,
        ErrorKind::LimitExceeded => -604_001,
        ErrorKind::PermissionDenied => -501_023,
        other => error_code(other).number,
    }
}

/// The client's table from codes to numbers. Everything else is a system error, `SUCCESS` too.
pub fn number_of(code: &str) -> i64 {
    match code {
        "SERVER_TIMEOUT" => -501_002,
        "EXCEED_REQUEST_LIMIT" => -501_003,
        "EXCEED_CONCURRENT_REQUEST_LIMIT" => -501_004,
        "INVALIID_ENV" => -501_005,
        "INVALID_COMMON_PARAM" => -501_006,
        "INVALID_PARAM" => -501_007,
        "INVALID_REQUEST_SOURCE" => -501_008,
        "RESOURCE_NOT_INITIAL" => -501_009,
        "DATABASE_REQUEST_FAILED" => -502_001,
        "DATABASE_INVALID_OPERRATOR" => -502_002,
        "DATABASE_PERMISSION_DENIED" => -502_003,
        "DATABASE_COLLECTION_EXCEED_LIMIT" => -502_004,
        "DATABASE_COLLECTION_NOT_EXIST" => -502_005,
        "STORAGE_REQUEST_FAIL" => -503_001,
        "STORAGE_EXCEED_AUTHORITY" => -503_002,
        "STORAGE_FILE_NONEXIST" => -503_003,
        "STORAGE_SIGN_PARAM_INVALID" => -503_004,
        "FUNCTIONS_REQUEST_FAIL" => -504_001,
        "FUNCTIONS_EXECUTE_FAIL" => -504_002,
        _ => SYSTEM_ERROR,
    }
}
