//! Events: what a function is called with.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::cloud::identity::Identity;
use crate::error::{Error, ErrorKind, Result};
use crate::limits::{CLOUD_ID_MAX, FUNCTION_ANSWER_BYTES_MAX, FUNCTION_EVENT_BYTES_MAX};

/// How long a `CloudID` can be exchanged for its data.
const CLOUD_ID_LIFE_MS: i64 = 5 * 60 * 1000;

/// Most pieces of open data held; the oldest goes first. Ours.
const OPEN_DATA_MAX: usize = 1000;

/// A top-level field of an event whose value is a `CloudID`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloudIdField {
    pub field: String,
    pub cloud_id: String,
}

/// What `WeChat` would answer for a `CloudID`: set by tests.
#[derive(Debug, Default)]
pub struct OpenData {
    held: Mutex<HashMap<String, Held>>,
}

#[derive(Debug, Clone)]
struct Held {
    data: Value,
    set_ms: i64,
}

impl OpenData {
    /// From now on `cloud_id` stands for `data`, for five minutes as in the cloud.
    pub fn set(&self, cloud_id: &str, data: Value, now_ms: i64) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.len() >= OPEN_DATA_MAX {
            let oldest = held.iter().min_by_key(|(_, held)| held.set_ms);
            if let Some(oldest) = oldest.map(|(id, _)| id.clone()) {
                held.remove(&oldest);
            }
        }
        held.insert(cloud_id.into(), Held { data, set_ms: now_ms });
    }

    pub fn clear(&self) {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// `{cloudID, data}` with the watermark added, or `{cloudID, errCode, errMsg}`.
    pub fn resolve(&self, cloud_id: &str, appid: Option<&str>, now_ms: i64) -> Value {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner).get(cloud_id).cloned();
        let Some(held) = held else {
            return json!({"cloudID": cloud_id, "errCode": -601_005, "errMsg": "invalid cloudID."});
        };
        if now_ms.saturating_sub(held.set_ms) >= CLOUD_ID_LIFE_MS {
            return json!({"cloudID": cloud_id, "errCode": -601_006, "errMsg": "cloudID expired."});
        }
        let mut data = held.data;
        if let Value::Object(fields) = &mut data
            && !fields.contains_key("watermark")
        {
            let watermark = json!({"appid": appid, "timestamp": held.set_ms.div_euclid(1000)});
            fields.insert("watermark".into(), watermark);
        }
        json!({"cloudID": cloud_id, "data": data})
    }
}

/// The event of a call: the caller's data, the `CloudID` fields resolved, and `userInfo`. Also the
/// identity with the names of the fields that `WeChat` vouches for.
pub fn build_event(
    data: Map<String, Value>,
    cloud_ids: &[CloudIdField],
    identity: &Identity,
    (open_data, now_ms): (&OpenData, i64),
) -> Result<(Map<String, Value>, Identity)> {
    if cloud_ids.len() > CLOUD_ID_MAX {
        let count = cloud_ids.len();
        let text = format!("an event has {count} CloudID fields, the most is {CLOUD_ID_MAX}");
        return Err(Error::new(ErrorKind::InvalidParam, text));
    }
    let mut event = data;
    let mut identity = identity.clone();
    let mut vouched = Vec::new();
    for CloudIdField { field, cloud_id } in cloud_ids {
        let resolved = open_data.resolve(cloud_id, identity.appid.as_deref(), now_ms);
        if resolved.get("data").is_some() {
            vouched.push(field.as_str());
        }
        event.insert(field.clone(), resolved);
    }
    if !vouched.is_empty() {
        identity.open_data_info = Some(json!({"keys": vouched}).to_string());
    }
    event.insert("userInfo".into(), identity.user_info());
    check_size("event", &event, FUNCTION_EVENT_BYTES_MAX)?;
    Ok((event, identity))
}

/// The event of a timer's run at `at_ms`.
pub fn timer_event(trigger_name: &str, at_ms: i64, identity: &Identity) -> Map<String, Value> {
    let time = Timestamp::from_second(at_ms.div_euclid(1000)).unwrap_or(Timestamp::MAX);
    let mut event = Map::new();
    event.insert("Message".into(), json!(""));
    event.insert("Time".into(), json!(time.to_string()));
    event.insert("TriggerName".into(), json!(trigger_name));
    event.insert("Type".into(), json!("Timer"));
    event.insert("userInfo".into(), identity.timer().user_info());
    event
}

/// Refuses an answer (as JSON text) that the service would refuse.
pub fn check_answer_size(json_text: &str) -> Result<()> {
    if json_text.len() > FUNCTION_ANSWER_BYTES_MAX {
        let text = "cloudfunction result size exceed limit (1MB)";
        return Err(Error::new(ErrorKind::LimitExceeded, text));
    }
    Ok(())
}

fn check_size(what: &str, value: &Map<String, Value>, bytes_max: usize) -> Result<()> {
    let bytes = serde_json::to_vec(value).map_or(usize::MAX, |bytes| bytes.len());
    if bytes > bytes_max {
        let text = format!("the {what} has {bytes} bytes, the most is {bytes_max}");
        return Err(Error::new(ErrorKind::LimitExceeded, text));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build(
        data: Value,
        cloud_ids: &[(&str, &str)],
        open_data: &OpenData,
        now_ms: i64,
    ) -> Result<(Value, Identity)> {
        let fields: Vec<CloudIdField> = cloud_ids
            .iter()
            .map(|(field, id)| CloudIdField { field: (*field).into(), cloud_id: (*id).into() })
            .collect();
        let Value::Object(data) = data else { unreachable!("test data is an object") };
        let user = Identity::default().with(&json!({"OPENID": "o1", "APPID": "wx1"})).unwrap();
        let (event, identity) = build_event(data, &fields, &user, (open_data, now_ms))?;
        Ok((Value::Object(event), identity))
    }

    #[test]
    fn an_event_carries_the_user_and_nobody_can_pretend() {
        let forged = json!({"a": 1, "userInfo": {"openId": "forged"}});
        let (event, _) = build(forged, &[], &OpenData::default(), 0).unwrap();
        assert_eq!(event, json!({"a": 1, "userInfo": {"appId": "wx1", "openId": "o1"}}));
    }

    #[test]
    fn cloud_ids_become_their_data() {
        let open_data = OpenData::default();
        open_data.set("id1", json!({"phoneNumber": "138"}), 7_500);
        let fields = [("phone", "id1"), ("run", "id2")];
        let (event, identity) = build(json!({"phone": "id1"}), &fields, &open_data, 8_000).unwrap();
        let watermark = json!({"appid": "wx1", "timestamp": 7});
        assert_eq!(
            event["phone"],
            json!({"cloudID": "id1", "data": {"phoneNumber": "138", "watermark": watermark}})
        );
        assert_eq!(event["run"]["errCode"], json!(-601_005));
        assert_eq!(identity.open_data_info.as_deref(), Some(r#"{"keys":["phone"]}"#));
    }

    #[test]
    fn a_cloud_id_lives_five_minutes() {
        let open_data = OpenData::default();
        open_data.set("id", json!({}), 0);
        assert!(open_data.resolve("id", None, 299_999).get("data").is_some());
        assert_eq!(
            open_data.resolve("id", None, 300_000),
            json!({"cloudID": "id", "errCode": -601_006, "errMsg": "cloudID expired."})
        );
        for index in 0..=OPEN_DATA_MAX {
            open_data.set(&index.to_string(), json!({}), 1 + i64::try_from(index).unwrap());
        }
        assert_eq!(open_data.resolve("id", None, 1)["errCode"], json!(-601_005));
    }

    #[test]
    fn too_much_is_refused() {
        let open_data = OpenData::default();
        let six = [("a", "1"), ("b", "1"), ("c", "1"), ("d", "1"), ("e", "1"), ("f", "1")];
        assert!(build(json!({}), &six[..5], &open_data, 0).is_ok());
        let error = build(json!({}), &six, &open_data, 0).unwrap_err();
        assert!(error.message().contains("6 CloudID fields"), "{error}");
        let huge = json!({"a": "x".repeat(FUNCTION_EVENT_BYTES_MAX)});
        assert_eq!(build(huge, &[], &open_data, 0).unwrap_err().kind(), ErrorKind::LimitExceeded);
        assert!(check_answer_size(&"x".repeat(FUNCTION_ANSWER_BYTES_MAX)).is_ok());
        let error = check_answer_size(&"x".repeat(FUNCTION_ANSWER_BYTES_MAX + 1)).unwrap_err();
        assert_eq!(error.message(), "cloudfunction result size exceed limit (1MB)");
    }

    #[test]
    fn a_timers_event_has_the_documented_shape() {
        let identity = Identity::default().with(&json!({"OPENID": "o1", "APPID": "wx1"})).unwrap();
        let event = timer_event("nightly", 1_550_749_740_123, &identity);
        assert_eq!(
            Value::Object(event),
            json!({"Message": "", "Time": "2019-02-21T11:49:00Z", "TriggerName": "nightly",
                "Type": "Timer", "userInfo": {"appId": "wx1"}})
        );
    }
}
