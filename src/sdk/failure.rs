//! The error object that user code sees: its class, its texts and its own properties.
//!
//! A [`Failure`] is made plain, as the official client's inner layers throw it, and wrapped once
//! by the API that reports it.

use std::ops::{Deref, DerefMut};

use crate::error::Error;
use crate::sdk::error_code::{client_number, error_code, number_of};
use crate::sdk::messages;
use crate::sdk::service_text::service_message;

/// Which class the error object belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureClass {
    Error,
    TypeError,
    RangeError,
    SyntaxError,
    /// `CloudSDKError`: `message` is an accessor over `errCode` and `errMsg`.
    CloudSdk,
    /// `TcbError`: `code`, `message` and `requestId`.
    Tcb,
    /// `BSONError`, an `Error` with this name.
    Bson,
    /// `BSONTypeError`, a `TypeError` with this name.
    BsonType,
}

/// How an API reports an error of the service (rows A and A', B, C of the contract).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Row {
    /// A number and its text; the service's code and request id are dropped.
    Numbered,
    /// `errCode` is -1; the service's code and request id are kept.
    Coded,
    /// The whole of an inner error as text, as `wx.cloud` of a page tells it.
    Client,
    /// As the service sent it, without `errCode` and `errMsg`.
    Raw,
}

/// An error object to throw or to reject with. It reads as its [`ErrorObject`].
#[derive(Debug, Clone, PartialEq)]
pub struct Failure(Box<ErrorObject>);

/// What an error object is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct ErrorObject {
    pub class: FailureClass,
    /// `message` as it was given; see [`Failure::message`] for what is read.
    pub message: String,
    pub err_code: Option<i64>,
    pub err_msg: Option<String>,
    pub code: Option<String>,
    pub request_id: Option<String>,
    /// Whether the object has an own `requestID` that is undefined (`callFunction` only).
    pub has_undefined_request_id: bool,
    /// What wrapping put before the message. The official client puts it into the stack as well,
    /// after the seventh character.
    pub stack_prefix: String,
    /// What to do about it here, where the cloud's text says too little: the error's `cause`.
    pub hint: Option<String>,
}

impl Deref for Failure {
    type Target = ErrorObject;

    fn deref(&self) -> &ErrorObject {
        &self.0
    }
}

impl DerefMut for Failure {
    fn deref_mut(&mut self) -> &mut ErrorObject {
        &mut self.0
    }
}

impl Failure {
    pub fn new(class: FailureClass, message: impl Into<String>) -> Self {
        Self(Box::new(ErrorObject {
            class,
            message: message.into(),
            err_code: None,
            err_msg: None,
            code: None,
            request_id: None,
            has_undefined_request_id: false,
            stack_prefix: String::new(),
            hint: None,
        }))
    }

    pub fn error(message: impl Into<String>) -> Self {
        Self::new(FailureClass::Error, message)
    }

    pub fn type_error(message: impl Into<String>) -> Self {
        Self::new(FailureClass::TypeError, message)
    }

    /// `TypeError: Cannot read properties of undefined (reading 'key')`.
    pub fn reading(what: &str, key: &str) -> Self {
        Self::type_error(format!("Cannot read properties of {what} (reading '{key}')"))
    }

    pub fn stack_exceeded() -> Self {
        Self::new(FailureClass::RangeError, messages::STACK_EXCEEDED)
    }

    pub fn cloud_sdk(err_code: i64, err_msg: impl Into<String>) -> Self {
        Self::new(FailureClass::CloudSdk, err_msg).finished(err_code)
    }

    /// A transport-level error: `{code, message, requestId}`.
    pub fn tcb(code: &str, message: impl Into<String>) -> Self {
        let mut failure = Self::new(FailureClass::Tcb, message).with_code(code);
        failure.request_id = Some(String::new());
        failure
    }

    /// A refusal of the client that is reported as if the service had made it.
    pub fn numbered(api: &str, code: &str, message: &str) -> Self {
        let number = number_of(code);
        let text = messages::error_code_text(number);
        Self::final_error(number, format!("{api}:fail {number} {text}. {message}"))
    }

    /// `<api>:fail undefined . Params for <api> must be an object instead of <type>`.
    pub fn missing_options(api: &str, display: &str, type_of: &str) -> Self {
        Self::final_error(
            -1,
            format!(
                "{display}:fail undefined . Params for {api} must be an object instead of {type_of}"
            ),
        )
    }

    /// `<api>:fail Error: errCode: <number> <text> | errMsg: <message>`.
    pub fn client(api: &str, number: i64, message: &str) -> Self {
        let text = messages::error_code_text(number);
        let text = format!("{api}:fail Error: errCode: {number} {text} | errMsg: {message}");
        Self::final_error(number, text)
    }

    /// Ends the text with the id of the call that it is about.
    #[must_use]
    pub fn of_call(mut self, id: &str) -> Self {
        self.message = format!("{} (callId: {id})", self.message);
        if self.err_msg.is_some() {
            self.err_msg = Some(self.message.clone());
        }
        self
    }

    /// Every call of a page before `init`.
    pub fn client_not_initialised() -> Self {
        Self::cloud_sdk(-1, messages::CLIENT_NOT_INITIALISED)
    }

    /// Every guarded API before `init`.
    pub fn not_initialised() -> Self {
        Self::cloud_sdk(-1, messages::NOT_INITIALISED)
    }

    /// An `Error` whose `message` is its `errMsg`.
    pub fn final_error(err_code: i64, err_msg: impl Into<String>) -> Self {
        Self::error(err_msg).finished(err_code)
    }

    fn finished(mut self, err_code: i64) -> Self {
        self.err_code = Some(err_code);
        self.err_msg = Some(self.message.clone());
        self
    }

    #[must_use]
    pub fn with_code(mut self, code: &str) -> Self {
        self.code = Some(code.to_owned());
        self
    }

    #[must_use]
    pub fn with_request_id(mut self, request_id: &str) -> Self {
        if self.request_id.is_some() {
            self.request_id = Some(request_id.to_owned());
        }
        self
    }

    /// What reading `message` gives.
    pub fn message(&self) -> String {
        match (self.class, self.err_code) {
            (FailureClass::CloudSdk, Some(code)) => format!(
                "errCode: {code} {} | errMsg: {}",
                messages::error_code_text(code),
                self.err_msg.as_deref().unwrap_or_default()
            ),
            _ => self.message.clone(),
        }
    }

    /// As the API reports it: with its prefix, unless it is a finished error already.
    #[must_use]
    pub fn wrapped(mut self, api: &str) -> Self {
        if self.err_msg.is_some() {
            return self;
        }
        let prefix = format!("{api}:fail ");
        self.message.insert_str(0, &prefix);
        self.stack_prefix = prefix;
        self.finished(-1)
    }
}

/// The error object that `api` reports for an error of the engine.
pub fn wrap(api: &str, error: &Error, row: Row) -> Failure {
    let message = service_message(api, error);
    let code = error_code(error.kind());
    match row {
        Row::Numbered => Failure::final_error(
            code.number,
            format!(
                "{api}:fail {} {}. {message}",
                code.number,
                messages::error_code_text(code.number)
            ),
        ),
        Row::Client => {
            let number = client_number(error.kind());
            Failure::client(api, number, &message)
        }
        Row::Coded => Failure::tcb(code.code, message).wrapped(api),
        Row::Raw => Failure::tcb(code.code, message),
    }
}
