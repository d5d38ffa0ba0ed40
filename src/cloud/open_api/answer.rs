//! Answers made from the request, for the names that functions use most.

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use crate::cloud::functions::OpenData;
use crate::cloud::identity::Identity;
use crate::cloud::open_api::names::{documented, suggestion};
use crate::cloud::open_api::qr_code::{Look, WIDTH_DEFAULT, draw};
use crate::error::{Error, ErrorKind, Result};
use crate::value::hex_text;

/// What an open capability answered.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// A success, in the wire's `snake_case` and without `errcode`.
    Json(Value),
    Bytes {
        content_type: &'static str,
        body: Vec<u8>,
    },
    /// `WeChat`'s own refusal: `errcode` and `errmsg`.
    Refused {
        code: i64,
        message: &'static str,
    },
}

/// Who asks, when, and chance: the same scene gives the same answer.
#[derive(Debug, Clone, Copy)]
pub struct Scene<'a> {
    pub identity: &'a Identity,
    pub now_ms: i64,
    pub random: u64,
}

/// Answers a documented name; refuses any other and says how to mock it. Keys of `request` may be
/// in either case.
pub fn open_api(name: &str, request: &Value, scene: Scene<'_>) -> Result<Answer> {
    let Some(shape) = documented(name) else { return Err(unknown(name)) };
    let json = |value: Value| Ok(Answer::Json(value));
    match name {
        "wxacode.get" | "wxacode.createQRCode" => code_image(request, "path", scene),
        "wxacode.getUnlimited" => code_image(request, "scene", scene),
        "customerServiceMessage.getTempMedia" => image("temporary media", request),
        "operation.getFeedbackmedia" => image("feedback", request),
        "security.msgSecCheck" | "wxa.game.contentSpam.msgSecCheck" => {
            Ok(message_check(request, scene))
        }
        "security.mediaCheckAsync" => json(json!({"trace_id": scene.hex("trace", 40)})),
        "phonenumber.getPhoneNumber" | "wxa.business.getUserPhoneNumber" => json(phone(scene)),
        "urllink.generate" => {
            json(json!({"url_link": format!("https://wxaurl.cn/{}", scene.token("link", 11))}))
        }
        "urlscheme.generate" | "urlscheme.generateNFC" => {
            let token = scene.token("scheme", 11);
            json(json!({"openlink": format!("weixin://dl/business/?t={token}")}))
        }
        "shortlink.generate" => {
            let title = text(request, "page_title").unwrap_or("小程序");
            json(json!({"link": format!("#小程序://{title}/{}", scene.token("short", 15))}))
        }
        "templateMessage.send" | "templateMessage.addTemplate" => {
            json(json!({"template_id": scene.token("template", 43)}))
        }
        "subscribeMessage.addTemplate" | "officialAccount.newtmpl.addTemplate" => {
            json(json!({"priTmplId": scene.token("template", 43)}))
        }
        "customerServiceMessage.uploadTempMedia" | "officialAccount.media.upload" => json(json!({
            "type": text(request, "type").unwrap_or("image"),
            "media_id": scene.token("media", 64),
            "created_at": scene.now_s(),
        })),
        "updatableMessage.createActivityId" => json(json!({
            "activity_id": scene.token("activity", 48),
            "expiration_time": scene.now_s() + 86_400,
        })),
        _ => json(serde_json::from_str(shape).unwrap_or_else(|_| Value::Object(Map::new()))),
    }
}

/// `getOpenData`: one `{cloudID, data}` for each id.
pub fn open_data_list(ids: &[String], open_data: &OpenData, scene: Scene<'_>) -> Vec<Value> {
    let appid = scene.identity.appid.as_deref();
    ids.iter().map(|id| open_data.resolve(id, appid, scene.now_ms)).collect()
}

/// `getVoIPSign`: a signature of the usual form, the same for the same request.
pub fn voip_sign(group_id: &str, timestamp: i64, nonce: &str, scene: Scene<'_>) -> String {
    let appid = scene.identity.appid.as_deref().unwrap_or_default();
    signature(&["voip", appid, group_id, &timestamp.to_string(), nonce])
}

/// `getCloudCallSign`: a signature of the usual form, the same for the same request.
pub fn cloud_call_sign(parameters: &Value, scene: Scene<'_>) -> String {
    let appid = scene.identity.appid.as_deref().unwrap_or_default();
    signature(&["cloudcall", appid, &parameters.to_string()])
}

/// A request's field, whichever case its key is in.
pub(super) fn field<'a>(request: &'a Value, snake: &str) -> Option<&'a Value> {
    let mut camel = String::with_capacity(snake.len());
    for (index, word) in snake.split('_').enumerate() {
        let (first, rest) = word.split_at(word.len().min(1));
        camel.push_str(&if index == 0 { first.to_owned() } else { first.to_ascii_uppercase() });
        camel.push_str(rest);
    }
    request.get(snake).or_else(|| request.get(&camel)).filter(|value| !value.is_null())
}

pub(super) fn text<'a>(request: &'a Value, snake: &str) -> Option<&'a str> {
    field(request, snake).and_then(Value::as_str)
}

impl Scene<'_> {
    pub(super) fn now_s(self) -> i64 {
        self.now_ms.div_euclid(1000)
    }

    /// Lower-case hexadecimal digits, at most 64.
    pub(super) fn hex(self, purpose: &str, length: usize) -> String {
        let mut digits = signature(&[purpose, &self.random.to_string(), &self.now_ms.to_string()]);
        digits.truncate(length);
        digits
    }

    /// Letters and digits, at most 64.
    pub(super) fn token(self, purpose: &str, length: usize) -> String {
        const ALPHABET: &[u8; 62] =
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        let bytes = [self.digest(purpose, 0), self.digest(purpose, 1)].concat();
        let letters = bytes.iter().map(|byte| char::from(ALPHABET[usize::from(*byte) % 62]));
        letters.take(length).collect()
    }

    fn digest(self, purpose: &str, part: u8) -> [u8; 32] {
        let hash = Sha256::new_with_prefix(purpose.as_bytes()).chain_update([part]);
        let hash = hash.chain_update(self.random.to_be_bytes());
        hash.chain_update(self.now_ms.to_be_bytes()).finalize().into()
    }
}

fn signature(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hex_text(&hash.finalize())
}

fn unknown(name: &str) -> Error {
    let meant = suggestion(name).map(|known| format!("; did you mean {known}?"));
    let meant = meant.unwrap_or_else(|| ".".to_owned());
    Error::new(
        ErrorKind::OpenApiNotFound,
        format!(
            "API not found: openapi.{name} is not documented{meant} To answer it in a test: \
             openapi.mock('{name}', value, {{ undocumented: true }})"
        ),
    )
}

/// The page a code opens, as the code's text: what scanning it in a test shows.
fn code_image(request: &Value, content: &str, scene: Scene<'_>) -> Result<Answer> {
    let Some(value) = text(request, content).filter(|value| !value.is_empty()) else {
        return Ok(Answer::Refused { code: 40_097, message: "invalid args" });
    };
    let too_long = if content == "scene" { value.chars().count() > 32 } else { value.len() > 1024 };
    if too_long {
        let (code, message) = if content == "scene" {
            (40_169, "invalid length for scene")
        } else {
            (40_159, "invalid length for path")
        };
        return Ok(Answer::Refused { code, message });
    }
    let appid = scene.identity.appid.as_deref().unwrap_or_default();
    let shown = match content {
        "scene" => {
            let page = text(request, "page").unwrap_or_default();
            format!("weixin://wxa/{appid}/{page}?scene={value}")
        }
        _ => format!("weixin://wxa/{appid}/{value}"),
    };
    let body = draw(&shown, look(request))?;
    Ok(Answer::Bytes { content_type: "image/png", body })
}

fn image(what: &str, request: &Value) -> Result<Answer> {
    let id = text(request, "media_id").unwrap_or_default();
    let shown: String = format!("{what} {id}").chars().take(200).collect();
    let body = draw(&shown, look(&Value::Null))?;
    Ok(Answer::Bytes { content_type: "image/png", body })
}

fn look(request: &Value) -> Look {
    let width = field(request, "width").and_then(Value::as_f64).unwrap_or(f64::from(WIDTH_DEFAULT));
    let channel = |name: &str| {
        let value = field(request, "line_color").and_then(|color| color.get(name));
        // The documentation shows the channels as texts.
        let number = value.and_then(|value| match value {
            Value::String(text) => text.parse().ok(),
            value => value.as_u64(),
        });
        number.and_then(|number| u8::try_from(number).ok()).unwrap_or(0)
    };
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a float becomes the nearest u32, and the drawing clamps it"
    )]
    let width = width as u32;
    Look {
        width,
        line_color: [channel("r"), channel("g"), channel("b")],
        is_hyaline: field(request, "is_hyaline").and_then(Value::as_bool).unwrap_or(false),
    }
}

/// The texts with which the documentation lets one test the check.
const RISKY_SAMPLES: [&str; 2] =
    ["特3456书yuuo莞6543李zxcz蒜7782法fgnv级", "完2347全dfji试3726测asad感3847知qwez到"];

fn message_check(request: &Value, scene: Scene<'_>) -> Answer {
    let content = text(request, "content").unwrap_or_default();
    let is_risky = RISKY_SAMPLES.iter().any(|sample| content.contains(sample));
    let version = field(request, "version");
    let is_second = version.is_some_and(|v| v.as_i64() == Some(2) || v.as_str() == Some("2"));
    if !is_second {
        return if is_risky {
            Answer::Refused { code: 87_014, message: "risky content" }
        } else {
            Answer::Json(json!({}))
        };
    }
    if text(request, "openid").is_none_or(str::is_empty) {
        return Answer::Refused { code: 40_003, message: "invalid openid" };
    }
    let (suggest, label) = if is_risky { ("risky", 20_001) } else { ("pass", 100) };
    Answer::Json(json!({
        "result": {"suggest": suggest, "label": label},
        "detail": [{
            "strategy": "content_model", "errcode": 0, "suggest": suggest, "label": label, "prob": 90,
        }],
        "trace_id": scene.hex("trace", 40),
    }))
}

/// A number that is the same for the same user.
fn phone(scene: Scene<'_>) -> Value {
    let openid = scene.identity.openid.as_deref().unwrap_or_default();
    let digest: [u8; 32] = Sha256::digest(openid.as_bytes()).into();
    let digits = digest.iter().take(8).map(|byte| char::from(b'0' + byte % 10));
    let number: String = "138".chars().chain(digits).collect();
    json!({"phone_info": {
        "phoneNumber": number,
        "purePhoneNumber": number,
        "countryCode": "86",
        "watermark": {"timestamp": scene.now_s(), "appid": scene.identity.appid},
    }})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::open_api::names::documented_names;

    fn ask(name: &str, request: &Value) -> Result<Answer> {
        let identity = Identity::default_user("s");
        let scene = Scene { identity: &identity, now_ms: 1_700_000_000_000, random: 7 };
        open_api(name, request, scene)
    }

    #[test]
    fn every_documented_name_answers() {
        let request = json!({"path": "pages/index", "scene": "a=1", "content": "x"});
        for name in documented_names() {
            assert!(!matches!(ask(name, &request), Err(_) | Ok(Answer::Refused { .. })), "{name}");
            assert_eq!(ask(name, &request), ask(name, &request), "{name}");
        }
    }

    #[test]
    fn an_unknown_name_says_how_to_mock_it() {
        let error = ask("wxacode.getunlimited", &json!({})).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::OpenApiNotFound);
        assert_eq!(
            error.message(),
            "API not found: openapi.wxacode.getunlimited is not documented; did you mean \
             wxacode.getUnlimited? To answer it in a test: openapi.mock('wxacode.getunlimited', value, \
             { undocumented: true })"
        );
        assert!(ask("then", &json!({})).unwrap_err().message().contains("openapi.then"));
    }

    #[test]
    fn codes_are_images_and_bad_requests_are_refused_as_wechat_does() {
        for (name, request) in [
            ("wxacode.get", json!({"path": "a?b=1", "width": 300, "lineColor": {"r": "9"}})),
            ("wxacode.createQRCode", json!({"path": "a"})),
            ("wxacode.getUnlimited", json!({"scene": "x", "is_hyaline": true, "width": -1})),
        ] {
            let Ok(Answer::Bytes { content_type, body }) = ask(name, &request) else {
                panic!("{name} is no image")
            };
            assert_eq!((content_type, &body[..4]), ("image/png", &b"\x89PNG"[..]), "{name}");
        }
        let long = "x".repeat(33);
        for (name, request, code) in [
            ("wxacode.get", json!({}), 40_097),
            ("wxacode.getUnlimited", json!({"scene": ""}), 40_097),
            ("wxacode.getUnlimited", json!({"scene": long}), 40_169),
            ("wxacode.get", json!({"path": "x".repeat(1025)}), 40_159),
        ] {
            let answer = ask(name, &request).unwrap();
            assert!(
                matches!(answer, Answer::Refused { code: found, .. } if found == code),
                "{name}"
            );
        }
    }

    #[test]
    fn texts_are_checked_in_both_versions() {
        let risky = RISKY_SAMPLES[0];
        assert_eq!(
            ask("security.msgSecCheck", &json!({"content": "hi"})),
            Ok(Answer::Json(json!({})))
        );
        assert_eq!(
            ask("security.msgSecCheck", &json!({"content": risky})),
            Ok(Answer::Refused { code: 87_014, message: "risky content" })
        );
        for (content, suggest, label) in [("hi", "pass", 100), (risky, "risky", 20_001)] {
            let request = json!({"content": content, "version": 2, "openid": "o", "scene": 1});
            let Ok(Answer::Json(answer)) = ask("security.msgSecCheck", &request) else {
                panic!("no answer")
            };
            assert_eq!(answer["result"], json!({"suggest": suggest, "label": label}));
            assert_eq!(answer["detail"][0]["strategy"], json!("content_model"));
        }
        let nobody = ask("security.msgSecCheck", &json!({"content": "hi", "version": 2})).unwrap();
        assert_eq!(nobody, Answer::Refused { code: 40_003, message: "invalid openid" });
    }

    #[test]
    fn links_and_numbers_have_the_usual_form() {
        let get = |name: &str, pointer: &str| match ask(name, &json!({})).unwrap() {
            Answer::Json(answer) => answer.pointer(pointer).unwrap().as_str().unwrap().to_owned(),
            other => panic!("{name}: {other:?}"),
        };
        assert!(get("urllink.generate", "/url_link").starts_with("https://wxaurl.cn/"));
        assert!(get("urlscheme.generate", "/openlink").starts_with("weixin://dl/business/?t="));
        assert!(get("shortlink.generate", "/link").starts_with("#小程序://"));
        let phone = get("phonenumber.getPhoneNumber", "/phone_info/phoneNumber");
        assert!(phone.len() == 11 && phone.starts_with("138"), "{phone}");
        assert_eq!(get("templateMessage.addTemplate", "/template_id").len(), 43);
    }

    #[test]
    fn signatures_depend_on_all_they_sign() {
        let identity = Identity::default_user("s");
        let scene = Scene { identity: &identity, now_ms: 0, random: 0 };
        let sign = voip_sign("g", 1, "n", scene);
        assert_eq!(sign.len(), 64);
        assert_eq!(sign, voip_sign("g", 1, "n", scene));
        for other in [
            voip_sign("h", 1, "n", scene),
            voip_sign("g", 2, "n", scene),
            voip_sign("g", 1, "m", scene),
        ] {
            assert_ne!(sign, other);
        }
        assert_ne!(cloud_call_sign(&json!([1]), scene), cloud_call_sign(&json!([2]), scene));
        let open_data = OpenData::default();
        open_data.set("id", json!({"x": 1}), 0);
        let list = open_data_list(&["id".into(), "none".into()], &open_data, scene);
        assert_eq!((&list[0]["data"]["x"], &list[1]["errCode"]), (&json!(1), &json!(-601_005)));
    }
}
