//! Display names of the calls, and the keys of what they resolve with.

use crate::error::Error;
use crate::sdk::failure::{Failure, Row, wrap};
use crate::value::{Bson, Document};

/// A call that reports results and errors under a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Api {
    CollectionGet,
    CollectionAdd,
    CollectionUpdate,
    CollectionRemove,
    CollectionCount,
    CollectionAggregate,
    DocumentGet,
    DocumentSet,
    DocumentUpdate,
    DocumentRemove,
    CreateCollection,
    CallFunction,
    CallOpenApi,
    UploadFile,
    DownloadFile,
    GetTempFileUrl,
    DeleteFile,
    GetOpenData,
    GetVoipSign,
    GetCloudCallSign,
    /// `collection.aggregate` of a page, which reports errors as its other calls of the database.
    ClientAggregate,
    ClientCallFunction,
    ClientCallContainer,
    ClientUploadFile,
    ClientDownloadFile,
    ClientGetTempFileUrl,
    ClientDeleteFile,
    /// Start, commit and rollback report raw errors and have no name.
    Transaction,
}

impl Api {
    /// Every call that has a name.
    pub const NAMED: [Self; 26] = [
        Self::CollectionGet,
        Self::CollectionAdd,
        Self::CollectionUpdate,
        Self::CollectionRemove,
        Self::CollectionCount,
        Self::CollectionAggregate,
        Self::DocumentGet,
        Self::DocumentSet,
        Self::DocumentUpdate,
        Self::DocumentRemove,
        Self::CreateCollection,
        Self::CallFunction,
        Self::CallOpenApi,
        Self::UploadFile,
        Self::DownloadFile,
        Self::GetTempFileUrl,
        Self::DeleteFile,
        Self::GetOpenData,
        Self::GetVoipSign,
        Self::GetCloudCallSign,
        Self::ClientCallFunction,
        Self::ClientCallContainer,
        Self::ClientUploadFile,
        Self::ClientDownloadFile,
        Self::ClientGetTempFileUrl,
        Self::ClientDeleteFile,
    ];

    /// The same call made by a mini-program page, which reports it in its own way.
    #[must_use]
    pub fn of_client(self) -> Self {
        match self {
            Self::CollectionAggregate => Self::ClientAggregate,
            Self::CallFunction => Self::ClientCallFunction,
            Self::UploadFile => Self::ClientUploadFile,
            Self::DownloadFile => Self::ClientDownloadFile,
            Self::GetTempFileUrl => Self::ClientGetTempFileUrl,
            Self::DeleteFile => Self::ClientDeleteFile,
            same => same,
        }
    }

    /// The name in `errMsg`.
    pub fn name(self) -> &'static str {
        match self {
            Self::CollectionGet => "collection.get",
            Self::CollectionAdd => "collection.add",
            Self::CollectionUpdate => "collection.update",
            Self::CollectionRemove => "collection.remove",
            Self::CollectionCount => "collection.count",
            Self::CollectionAggregate | Self::ClientAggregate => "collection.aggregate",
            Self::DocumentGet => "document.get",
            Self::DocumentSet => "document.set",
            Self::DocumentUpdate => "document.update",
            Self::DocumentRemove => "document.remove",
            Self::CreateCollection => "createCollection",
            Self::CallFunction => "callFunction",
            Self::CallOpenApi => "callOpenAPI",
            Self::UploadFile => "uploadFile",
            Self::DownloadFile => "downloadFile",
            Self::GetTempFileUrl => "getTempFileURL",
            Self::DeleteFile => "deleteFile",
            Self::GetOpenData => "getOpenData",
            Self::GetVoipSign => "getVoIPSign",
            Self::GetCloudCallSign => "getCloudCallSign",
            Self::ClientCallFunction => "cloud.callFunction",
            Self::ClientCallContainer => "cloud.callContainer",
            Self::ClientUploadFile => "cloud.uploadFile",
            Self::ClientDownloadFile => "cloud.downloadFile",
            Self::ClientGetTempFileUrl => "cloud.getTempFileURL",
            Self::ClientDeleteFile => "cloud.deleteFile",
            Self::Transaction => "",
        }
    }

    /// `errMsg` of a success.
    pub fn ok(self) -> String {
        format!("{}:ok", self.name())
    }

    /// How the call reports an error of the service.
    pub fn row(self) -> Row {
        match self {
            Self::CollectionGet
            | Self::CollectionAdd
            | Self::CollectionUpdate
            | Self::CollectionRemove
            | Self::CollectionCount
            | Self::DocumentGet
            | Self::DocumentSet
            | Self::DocumentUpdate
            | Self::DocumentRemove
            | Self::ClientAggregate
            | Self::GetOpenData
            | Self::GetVoipSign
            | Self::GetCloudCallSign => Row::Numbered,
            Self::CollectionAggregate
            | Self::CreateCollection
            | Self::CallFunction
            | Self::CallOpenApi
            | Self::UploadFile
            | Self::DownloadFile
            | Self::GetTempFileUrl
            | Self::DeleteFile => Row::Coded,
            Self::ClientCallFunction
            | Self::ClientCallContainer
            | Self::ClientUploadFile
            | Self::ClientDownloadFile
            | Self::ClientGetTempFileUrl
            | Self::ClientDeleteFile => Row::Client,
            Self::Transaction => Row::Raw,
        }
    }

    /// Top-level keys of the result, in order. Array adds answer `_ids` in place of `_id`.
    pub fn result_keys(self) -> &'static [&'static str] {
        match self {
            Self::CollectionGet | Self::DocumentGet => &["data", "errMsg"],
            Self::CollectionCount => &["total", "errMsg"],
            Self::CollectionAdd => &["_id", "errMsg"],
            Self::CollectionUpdate
            | Self::CollectionRemove
            | Self::DocumentUpdate
            | Self::DocumentRemove => &["stats", "errMsg"],
            Self::CollectionAggregate | Self::ClientAggregate => &["list", "errMsg"],
            Self::DocumentSet => &["_id", "errMsg", "stats"],
            Self::CreateCollection => &["errMsg", "requestId"],
            Self::CallFunction | Self::ClientCallFunction => &["result", "errMsg", "requestID"],
            Self::CallOpenApi => &["result", "errMsg"],
            Self::ClientCallContainer => {
                &["data", "header", "statusCode", "cookies", "callID", "errMsg"]
            }
            Self::UploadFile | Self::ClientUploadFile => &["fileID", "statusCode", "errMsg"],
            Self::DownloadFile => &["fileContent", "statusCode", "errMsg"],
            Self::ClientDownloadFile => &["tempFilePath", "statusCode", "errMsg"],
            Self::GetTempFileUrl
            | Self::DeleteFile
            | Self::ClientGetTempFileUrl
            | Self::ClientDeleteFile => &["fileList", "errMsg"],
            Self::GetOpenData => &["list", "errMsg", "errCode"],
            Self::GetVoipSign | Self::GetCloudCallSign => &["signature", "errMsg", "errCode"],
            Self::Transaction => &[],
        }
    }

    /// The failure of an engine error.
    pub fn failure(self, error: &Error) -> Failure {
        let mut failure = wrap(self.name(), error, self.row());
        failure.has_undefined_request_id = self == Self::CallFunction;
        failure
    }
}

/// The answer to a call with `explain: true`.
///
/// Nobody's `_openid` is put into a query of the server's side, so nothing of it is modified. A
/// pipeline has the plan of its first stage, and what follows in `stages`.
pub fn explained(mut plan: Document, api: Api) -> Document {
    let mut answer = Document::new();
    let stages = plan.remove("stages");
    let first = stages.as_ref().and_then(Bson::as_array).and_then(|stages| stages.first());
    let cursor = first.and_then(Bson::as_document).and_then(|first| first.get("$cursor"));
    let parts = cursor.and_then(Bson::as_document).unwrap_or(&plan);
    for key in ["queryPlanner", "executionStats"] {
        if let Some(part) = parts.get(key) {
            answer.insert(key, part.clone());
        }
    }
    if let Some(stages) = stages {
        answer.insert("stages", stages);
    }
    answer.insert("queryModifications", Bson::Array(Vec::new()));
    answer.insert("errMsg", api.ok());
    answer
}

/// `doc(id).get()` of a document that is not there.
pub fn document_not_found(id_text: &str) -> Failure {
    let api = Api::DocumentGet.name();
    Failure::final_error(-1, format!("{api}:fail document with _id {id_text} does not exist"))
}

/// `doc(id).get()` of a page: there is none, or the page may not see it.
pub fn document_not_visible(id_text: &str) -> Failure {
    let api = Api::DocumentGet.name();
    let text = format!(
        "{api}:fail cannot find document with _id {id_text}, please make sure that the document \
         exists and you have the corresponding access permission"
    );
    Failure::final_error(-1, text)
}

/// Whether a missing document rejects: the own property of the database's config decides, else
/// that of the cloud's; each as `Some(truthiness)` where it is an own property.
pub fn throws_on_not_found(database: Option<bool>, cloud: Option<bool>) -> bool {
    database.or(cloud).unwrap_or(true)
}

/// `stats.created` of `doc.set`: the client cannot see it inside a transaction.
pub fn created_count(has_upserted: bool, in_transaction: bool) -> u64 {
    u64::from(has_upserted && !in_transaction)
}

/// What `runTransaction` does with an error of its callback or of its commit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum AfterFailure {
    /// Start anew, without aborting the transaction that conflicted.
    Retry { times_left: f64 },
    /// Abort, ignore how that goes, and throw the error.
    AbortAndThrow,
}

/// Only an error with the code of a conflict is retried; `times` counts retries, not runs.
pub fn after_transaction_failure(code: Option<&str>, times: f64) -> AfterFailure {
    if code == Some("DATABASE_TRANSACTION_CONFLICT") && times > 0.0 {
        AfterFailure::Retry { times_left: times - 1.0 }
    } else {
        AfterFailure::AbortAndThrow
    }
}
