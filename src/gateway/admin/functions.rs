//! `callFunction`.

use std::sync::Arc;

use serde_json::{Map, Value as Json, json};
use tokio::sync::oneshot;

use crate::gateway::admin::{Answer, Fields, Refusal, env_of, text, with_data};
use crate::gateway::routes::State;
use crate::gateway::{RunAnswer, RunRequest};
use crate::sdk::result::Api;

pub async fn invoke(state: &Arc<State>, fields: &Fields) -> Answer {
    let event = match serde_json::from_str(text(fields, "request_data")) {
        Ok(event @ Json::Object(_)) => event,
        _ => Json::Object(Map::new()),
    };
    let (answer, answered) = oneshot::channel();
    (state.runner)(RunRequest {
        function: text(fields, "function_name").to_owned(),
        event: event.to_string(),
        openid: None,
        env: Some(env_of(state, fields)),
        answer,
    });
    let Ok(RunAnswer { status, body }) = answered.await else {
        return Err(Refusal::invalid("the server is stopping"));
    };
    let body: Json = serde_json::from_str(&body).unwrap_or_default();
    if status == 200 {
        // The client reads the text as JSON once more.
        let result = body.get("result").cloned().unwrap_or_default();
        let mut fields = with_data(json!({ "response_data": result.to_string() }));
        if let Some(id) = body.get("requestID") {
            fields.insert("requestId".to_owned(), id.clone());
        }
        return Ok(fields);
    }
    let part = |name: &str| body.get(name).and_then(Json::as_str);
    let message = part("errMsg").unwrap_or_default();
    let prefix = format!("{}:fail ", Api::CallFunction.name());
    Err(Refusal {
        code: part("code").unwrap_or("FUNCTIONS_EXECUTE_FAIL").to_owned(),
        // The client puts its prefix before it.
        message: message.strip_prefix(&prefix).unwrap_or(message).to_owned(),
        request_id: part("requestId").map(str::to_owned),
    })
}
