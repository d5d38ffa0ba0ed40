//! `WeChat` Pay through `cloudPay`: orders that are remembered, paid by a test, refunded.
//!
//! Requests and answers are in the wire's `snake_case`. The money exists nowhere.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};
use serde_json::{Map, Value, json};

use crate::cloud::open_api::answer::{Scene, field, text};
use crate::cloud::open_api::pay_event::{callback_event, refund_event};
use crate::error::{Error, ErrorKind, Result};

/// Orders remembered; further ones are refused. Ours.
const ORDERS_MAX: usize = 100_000;

/// The account that collects for all merchants, as observed in the service's answers.
pub(super) const SERVICE_MERCHANT: &str = "1800008281";
pub(super) const SERVICE_APPID: &str = "wxd2d16a504f24665e";

/// The orders of one world.
#[derive(Debug, Default)]
pub struct PayBook {
    orders: Mutex<HashMap<String, Order>>,
}

#[derive(Debug, Clone)]
pub(super) struct Order {
    body: String,
    pub(super) total_fee: i64,
    pub(super) sub_mch_id: String,
    state: State,
    pub(super) transaction_id: String,
    pub(super) paid_ms: i64,
    refunds: Vec<Refund>,
    env: String,
    function: String,
    pub(super) attach: Option<String>,
}

#[derive(Debug, Clone)]
pub(super) struct Refund {
    /// `out_refund_no`.
    pub(super) number: String,
    /// `refund_id`.
    pub(super) id: String,
    pub(super) fee: i64,
    env: String,
    /// Called when the money is back.
    function: String,
    is_settled: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    NotPaid,
    Paid,
    Closed,
    Refunded,
}

/// What a paid order or a settled refund calls: the function named in it, with the event of the
/// notification.
#[derive(Debug, Clone, PartialEq)]
pub struct PayCallback {
    pub env: String,
    pub function: String,
    pub event: Map<String, Value>,
}

/// Methods that keep no account here: they succeed with the common fields.
const PLAIN_METHODS: [&str; 8] = [
    "profitSharing",
    "multiProfitSharing",
    "profitSharingAddReceiver",
    "profitSharingRemoveReceiver",
    "profitSharingQuery",
    "profitSharingFinish",
    "profitSharingReturn",
    "profitSharingReturnQuery",
];

/// Methods that keep the account.
const ACCOUNT_METHODS: [&str; 6] =
    ["unifiedOrder", "queryOrder", "closeOrder", "refund", "queryRefund", "downloadBill"];

/// Whether `cloudPay.<method>` is documented.
pub fn is_pay_method(method: &str) -> bool {
    ACCOUNT_METHODS.contains(&method) || PLAIN_METHODS.contains(&method)
}

impl PayBook {
    /// Answers `cloudPay.<method>`; refuses an unknown method and says how to mock it.
    pub fn answer(&self, method: &str, request: &Value, scene: Scene<'_>) -> Result<Value> {
        match method {
            "unifiedOrder" => self.unified_order(request, scene),
            "queryOrder" => Ok(self.query_order(request, scene)),
            "closeOrder" => Ok(self.close_order(request, scene)),
            "refund" => Ok(self.refund(request, scene)),
            "queryRefund" => Ok(self.query_refund(request, scene)),
            "downloadBill" => Ok(json!({"data": ""})),
            _ if PLAIN_METHODS.contains(&method) => Ok(success(request, scene, &[])),
            _ => Err(Error::new(
                ErrorKind::OpenApiNotFound,
                format!(
                    "API not found: cloudPay.{method} is not documented. To answer it in a test: \
                     cloudPay.mock('{method}', value, {{ undocumented: true }})"
                ),
            )),
        }
    }

    /// The user pays an order. Answers what the service then calls, `None` when the order names no
    /// function; an order that does not wait for payment is refused.
    pub fn pay(&self, out_trade_no: &str, scene: Scene<'_>) -> Result<Option<PayCallback>> {
        let mut orders = self.lock();
        let order = orders.get_mut(out_trade_no).filter(|order| order.state == State::NotPaid);
        let Some(order) = order else {
            let text = format!(
                "no order '{out_trade_no}' waits for payment: cloudPay.unifiedOrder makes one, and it \
                 is paid once"
            );
            return Err(Error::new(ErrorKind::InvalidParam, text));
        };
        order.state = State::Paid;
        order.paid_ms = scene.now_ms;
        order.transaction_id = transaction_id(scene);
        if order.function.is_empty() {
            return Ok(None);
        }
        let event = callback_event(out_trade_no, order, scene);
        let (env, function) = (order.env.clone(), order.function.clone());
        Ok(Some(PayCallback { env, function, event }))
    }

    /// The money of a refund is back with the user. Answers what the service then calls, `None`
    /// when the refund names no function; each refund is settled once.
    pub fn settle(&self, out_refund_no: &str, scene: Scene<'_>) -> Result<Option<PayCallback>> {
        let mut orders = self.lock();
        for (number, order) in orders.iter_mut() {
            let waits = |known: &&mut Refund| known.number == out_refund_no && !known.is_settled;
            let Some(refund) = order.refunds.iter_mut().find(waits) else { continue };
            refund.is_settled = true;
            let refund = refund.clone();
            if refund.function.is_empty() {
                return Ok(None);
            }
            let event = refund_event(number, order, &refund, scene);
            return Ok(Some(PayCallback { env: refund.env, function: refund.function, event }));
        }
        let text = format!("no refund '{out_refund_no}' waits for its money");
        Err(Error::new(ErrorKind::InvalidParam, text))
    }

    pub fn clear(&self) {
        self.lock().clear();
    }

    fn unified_order(&self, request: &Value, scene: Scene<'_>) -> Result<Value> {
        for name in ["body", "out_trade_no", "spbill_create_ip", "sub_mch_id", "total_fee"] {
            if field(request, name).is_none_or(|value| value.as_str() == Some("")) {
                return Ok(failure(&format!("缺少参数{name}")));
            }
        }
        let number = plain(request, "out_trade_no");
        if number.len() > 32 {
            return Ok(failure("参数错误:输入的商户订单号格式错误"));
        }
        let Some(total_fee) = fee(request, "total_fee") else {
            return Ok(failure("参数错误:输入的总金额格式错误"));
        };
        let order = Order {
            body: plain(request, "body"),
            total_fee,
            sub_mch_id: plain(request, "sub_mch_id"),
            state: State::NotPaid,
            transaction_id: String::new(),
            paid_ms: 0,
            refunds: Vec::new(),
            env: plain(request, "env_id"),
            function: plain(request, "function_name"),
            attach: text(request, "attach").map(str::to_owned),
        };
        let mut orders = self.lock();
        if let Some(known) = orders.get(&number) {
            let refused = match known.state {
                State::Paid | State::Refunded => Some(("ORDERPAID", "该订单已支付")),
                State::Closed => Some(("ORDERCLOSED", "该订单已关闭")),
                State::NotPaid
                    if (known.total_fee, &known.body) != (order.total_fee, &order.body) =>
                {
                    Some(("INVALID_REQUEST", "201 商户订单号重复"))
                }
                State::NotPaid => None,
            };
            if let Some((code, description)) = refused {
                return Ok(refusal(request, scene, code, description));
            }
        } else if orders.len() >= ORDERS_MAX {
            let text = format!("{ORDERS_MAX} orders are remembered, which is the most");
            return Err(Error::new(ErrorKind::LimitExceeded, text));
        }
        orders.insert(number, order);
        Ok(ordered(request, scene))
    }

    fn query_order(&self, request: &Value, scene: Scene<'_>) -> Value {
        let number = self.number_of(request);
        let orders = self.lock();
        let Some((number, order)) = number.and_then(|number| orders.get_key_value(&number)) else {
            return refusal(request, scene, "ORDERNOTEXIST", "订单不存在");
        };
        let (state, description) = match order.state {
            State::NotPaid => ("NOTPAY", "订单未支付"),
            State::Paid => ("SUCCESS", "支付成功"),
            State::Closed => ("CLOSED", "订单已关闭"),
            State::Refunded => ("REFUND", "订单发生过退款，退款详情请查询退款单"),
        };
        let mut fields = vec![
            ("out_trade_no", json!(number)),
            ("total_fee", json!(order.total_fee)),
            ("trade_state", json!(state)),
            ("trade_state_desc", json!(description)),
        ];
        if matches!(order.state, State::Paid | State::Refunded) {
            fields.extend([
                ("transaction_id", json!(order.transaction_id)),
                ("time_end", json!(china_time(order.paid_ms))),
                ("cash_fee", json!(order.total_fee)),
                ("bank_type", json!("OTHERS")),
                ("fee_type", json!("CNY")),
                ("trade_type", json!("JSAPI")),
                ("sub_openid", json!(scene.identity.openid)),
            ]);
        }
        success(request, scene, &fields)
    }

    fn close_order(&self, request: &Value, scene: Scene<'_>) -> Value {
        let mut orders = self.lock();
        match orders.get_mut(&plain(request, "out_trade_no")) {
            None => refusal(request, scene, "ORDERNOTEXIST", "订单不存在"),
            Some(order) if matches!(order.state, State::Paid | State::Refunded) => {
                refusal(request, scene, "ORDERPAID", "订单已支付")
            }
            Some(order) => {
                order.state = State::Closed;
                success(request, scene, &[("result_msg", json!("OK"))])
            }
        }
    }

    fn refund(&self, request: &Value, scene: Scene<'_>) -> Value {
        let refund_number = plain(request, "out_refund_no");
        if refund_number.is_empty() {
            return failure("缺少参数out_refund_no");
        }
        let Some(refund_fee) = fee(request, "refund_fee") else {
            return failure("缺少参数refund_fee");
        };
        let number = self.number_of(request);
        let mut orders = self.lock();
        let found = number.and_then(|number| orders.get_mut(&number).map(|order| (number, order)));
        let Some((number, order)) = found else {
            return refusal(request, scene, "ORDERNOTEXIST", "订单不存在");
        };
        if !matches!(order.state, State::Paid | State::Refunded) {
            return refusal(request, scene, "TRADE_STATE_ERROR", "订单状态错误");
        }
        let known = order.refunds.iter().find(|known| known.number == refund_number);
        let known_id = known.map(|known| known.id.clone());
        let is_known = known_id.is_some();
        let refunded: i64 = order.refunds.iter().map(|refund| refund.fee).sum();
        if !is_known && refunded.saturating_add(refund_fee) > order.total_fee {
            return refusal(
                request,
                scene,
                "ERROR",
                "订单金额或退款金额与之前请求不一致，请核实后再试",
            );
        }
        // The same number again is the same refund.
        let refund_id = known_id.unwrap_or_else(|| format!("5{}", &transaction_id(scene)[1..]));
        if !is_known {
            order.refunds.push(Refund {
                number: refund_number.clone(),
                id: refund_id.clone(),
                fee: refund_fee,
                env: plain(request, "env_id"),
                function: plain(request, "function_name"),
                is_settled: false,
            });
            order.state = State::Refunded;
        }
        let fields = [
            ("transaction_id", json!(order.transaction_id)),
            ("out_trade_no", json!(number)),
            ("out_refund_no", json!(refund_number)),
            ("refund_id", json!(refund_id)),
            ("refund_fee", json!(refund_fee)),
            ("total_fee", json!(order.total_fee)),
            ("cash_fee", json!(order.total_fee)),
            ("cash_refund_fee", json!(refund_fee)),
        ];
        success(request, scene, &fields)
    }

    fn query_refund(&self, request: &Value, scene: Scene<'_>) -> Value {
        let number = self.number_of(request);
        let orders = self.lock();
        let refund_number = plain(request, "out_refund_no");
        let found = orders.iter().find(|(known, order)| {
            number.as_ref() == Some(*known)
                || order.refunds.iter().any(|known| known.number == refund_number)
        });
        let Some((number, order)) = found.filter(|(_, order)| !order.refunds.is_empty()) else {
            return refusal(request, scene, "REFUNDNOTEXIST", "退款不存在");
        };
        let mut fields = vec![
            ("transaction_id".to_owned(), json!(order.transaction_id)),
            ("out_trade_no".to_owned(), json!(number)),
            ("total_fee".to_owned(), json!(order.total_fee)),
            ("refund_count".to_owned(), json!(order.refunds.len())),
        ];
        for (index, refund) in order.refunds.iter().enumerate() {
            fields.push((format!("out_refund_no_{index}"), json!(refund.number)));
            fields.push((format!("refund_fee_{index}"), json!(refund.fee)));
            fields.push((format!("refund_status_{index}"), json!("SUCCESS")));
        }
        let fields: Vec<(&str, Value)> =
            fields.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
        success(request, scene, &fields)
    }

    /// The order that a request means, by its own number or `WeChat`'s.
    fn number_of(&self, request: &Value) -> Option<String> {
        let number = plain(request, "out_trade_no");
        if !number.is_empty() {
            return Some(number);
        }
        let transaction = plain(request, "transaction_id");
        let orders = self.lock();
        let is_meant =
            |order: &Order| !transaction.is_empty() && order.transaction_id == transaction;
        orders.iter().find(|(_, order)| is_meant(order)).map(|(number, _)| number.clone())
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Order>> {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The answer to a new order, with what `wx.requestPayment` takes.
fn ordered(request: &Value, scene: Scene<'_>) -> Value {
    let nonce = scene.token("nonce", 16);
    let prepay_id = format!("wx{}{}0000", &china_time(scene.now_ms)[6..], scene.hex("prepay", 22));
    let payment = json!({
        "app_id": scene.identity.appid,
        "time_stamp": scene.now_s().to_string(),
        "nonce_str": nonce,
        "package": format!("prepay_id={prepay_id}"),
        "sign_type": "MD5",
        "pay_sign": scene.hex("pay_sign", 32).to_uppercase(),
    });
    let fields =
        [("payment", payment), ("trade_type", json!("JSAPI")), ("prepay_id", json!(prepay_id))];
    success(request, scene, &fields)
}

fn success(request: &Value, scene: Scene<'_>, fields: &[(&str, Value)]) -> Value {
    let mut answer = common(request, scene, "SUCCESS");
    answer.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    Value::Object(answer)
}

/// The request was understood and refused.
fn refusal(request: &Value, scene: Scene<'_>, code: &str, description: &str) -> Value {
    let mut answer = common(request, scene, "FAIL");
    answer.insert("err_code".into(), json!(code));
    answer.insert("err_code_des".into(), json!(description));
    Value::Object(answer)
}

/// The request was not understood.
fn failure(message: &str) -> Value {
    json!({"return_code": "FAIL", "return_msg": message})
}

fn common(request: &Value, scene: Scene<'_>, result: &str) -> Map<String, Value> {
    let fields = [
        ("appid", json!(SERVICE_APPID)),
        ("sign", json!(scene.hex("sign", 32).to_uppercase())),
        ("return_code", json!("SUCCESS")),
        ("return_msg", json!("OK")),
        ("mch_id", json!(SERVICE_MERCHANT)),
        ("sub_appid", json!(scene.identity.appid)),
        ("sub_mch_id", json!(plain(request, "sub_mch_id"))),
        ("nonce_str", json!(scene.token("nonce", 16))),
        ("result_code", json!(result)),
    ];
    fields.map(owned).into_iter().collect()
}

pub(super) fn owned((name, value): (&str, Value)) -> (String, Value) {
    (name.to_owned(), value)
}

/// A text or number as text.
fn plain(request: &Value, snake: &str) -> String {
    match field(request, snake) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

/// Money in fen: a positive whole number.
fn fee(request: &Value, snake: &str) -> Option<i64> {
    let value = field(request, snake)?;
    let fen = match value {
        Value::String(text) => text.parse().ok()?,
        // JavaScript has one kind of number: 1.0 is 1.
        value => value.as_i64().or_else(|| value.to_string().strip_suffix(".0")?.parse().ok())?,
    };
    (fen > 0).then_some(fen)
}

/// `yyyyMMddHHmmss` in China.
pub(super) fn china_time(at_ms: i64) -> String {
    in_china(at_ms, "%Y%m%d%H%M%S")
}

pub(super) fn in_china(at_ms: i64, format: &str) -> String {
    let at = Timestamp::from_second(at_ms.div_euclid(1000)).unwrap_or(Timestamp::UNIX_EPOCH);
    at.to_zoned(TimeZone::fixed(Offset::constant(8))).strftime(format).to_string()
}

fn transaction_id(scene: Scene<'_>) -> String {
    let digits: String =
        scene.hex("transaction", 10).bytes().map(|byte| char::from(b'0' + byte % 10)).collect();
    format!("4200000791{}{digits}", &china_time(scene.now_ms)[..8])
}

#[cfg(test)]
#[path = "pay_tests.rs"]
mod tests;
