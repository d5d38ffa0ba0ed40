//! What a function is told of a payment, or of a refund: the event of its call.

use serde_json::{Map, Value, json};

use crate::cloud::open_api::answer::Scene;
use crate::cloud::open_api::pay::{
    Order, Refund, SERVICE_APPID, SERVICE_MERCHANT, china_time, in_china, owned,
};

type Event = Map<String, Value>;

/// The event of a payment notification, in camelCase as functions receive it.
pub(super) fn callback_event(number: &str, order: &Order, scene: Scene<'_>) -> Event {
    let openid = &scene.identity.openid;
    let mut event: Event = [
        ("appid", json!(SERVICE_APPID)),
        ("bankType", json!("OTHERS")),
        ("cashFee", json!(order.total_fee)),
        ("feeType", json!("CNY")),
        ("isSubscribe", json!("N")),
        ("mchId", json!(SERVICE_MERCHANT)),
        ("nonceStr", json!(scene.hex("nonce", 16))),
        ("openid", json!(openid)),
        ("outTradeNo", json!(number)),
        ("resultCode", json!("SUCCESS")),
        ("returnCode", json!("SUCCESS")),
        ("subAppid", json!(scene.identity.appid)),
        ("subIsSubscribe", json!("N")),
        ("subMchId", json!(order.sub_mch_id)),
        ("subOpenid", json!(openid)),
        ("timeEnd", json!(china_time(order.paid_ms))),
        ("totalFee", json!(order.total_fee)),
        ("tradeType", json!("JSAPI")),
        ("transactionId", json!(order.transaction_id)),
        ("userInfo", scene.identity.user_info()),
    ]
    .map(owned)
    .into_iter()
    .collect();
    if let Some(attach) = &order.attach {
        event.insert("attach".into(), json!(attach));
    }
    event
}

/// The event of a refund's notification, as that of a payment.
pub(super) fn refund_event(
    number: &str,
    order: &Order,
    refund: &Refund,
    scene: Scene<'_>,
) -> Event {
    [
        ("appid", json!(SERVICE_APPID)),
        ("mchId", json!(SERVICE_MERCHANT)),
        ("nonceStr", json!(scene.hex("nonce", 16))),
        ("outRefundNo", json!(refund.number)),
        ("outTradeNo", json!(number)),
        ("refundAccount", json!("REFUND_SOURCE_RECHARGE_FUNDS")),
        ("refundFee", json!(refund.fee)),
        ("refundId", json!(refund.id)),
        ("refundRecvAccout", json!("支付用户零钱")),
        ("refundRequestSource", json!("API")),
        ("refundStatus", json!("SUCCESS")),
        ("returnCode", json!("SUCCESS")),
        ("settlementRefundFee", json!(refund.fee)),
        ("settlementTotalFee", json!(order.total_fee)),
        ("subAppid", json!(scene.identity.appid)),
        ("subMchId", json!(order.sub_mch_id)),
        ("successTime", json!(in_china(scene.now_ms, "%Y-%m-%d %H:%M:%S"))),
        ("totalFee", json!(order.total_fee)),
        ("transactionId", json!(order.transaction_id)),
        ("userInfo", scene.identity.user_info()),
    ]
    .map(owned)
    .into_iter()
    .collect()
}
