use super::*;
use crate::cloud::identity::Identity;

struct World {
    book: PayBook,
    identity: Identity,
}

impl World {
    fn new() -> Self {
        Self { book: PayBook::default(), identity: Identity::default_user("s") }
    }

    fn scene(&self) -> Scene<'_> {
        Scene { identity: &self.identity, now_ms: 1_609_138_508_000, random: 7 }
    }

    fn ask(&self, method: &str, request: impl std::borrow::Borrow<Value>) -> Value {
        self.book.answer(method, request.borrow(), self.scene()).unwrap()
    }

    fn order(&self, number: &str) -> Value {
        self.ask("unifiedOrder", order(number))
    }

    fn pay(&self, number: &str) -> Result<Option<PayCallback>> {
        self.book.pay(number, self.scene())
    }
}

fn order(number: &str) -> Value {
    json!({"body": "b", "out_trade_no": number, "spbill_create_ip": "127.0.0.1", "attach": "a",
        "sub_mch_id": "1520", "total_fee": 100, "env_id": "e", "function_name": "paid"})
}

#[test]
fn an_order_answers_what_the_client_pays_with() {
    let world = World::new();
    let answer = world.order("n1");
    let keys: Vec<&str> = answer.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        keys,
        [
            "appid",
            "sign",
            "return_code",
            "return_msg",
            "mch_id",
            "sub_appid",
            "sub_mch_id",
            "nonce_str",
            "result_code",
            "payment",
            "trade_type",
            "prepay_id"
        ]
    );
    let prepay_id = answer["prepay_id"].as_str().unwrap();
    assert!(prepay_id.starts_with("wx28145508") && prepay_id.len() == 36, "{prepay_id}");
    let payment = &answer["payment"];
    assert_eq!(payment["package"], json!(format!("prepay_id={prepay_id}")));
    assert_eq!(payment["time_stamp"], json!("1609138508"));
    assert_eq!(payment["pay_sign"].as_str().unwrap().len(), 32);
    assert_eq!(payment["app_id"], json!(world.identity.appid));
}

#[test]
fn camel_case_requests_are_understood() {
    let world = World::new();
    let answer = world.ask(
        "unifiedOrder",
        json!({"body": "b", "outTradeNo": "n", "totalFee": 1.0,
        "spbillCreateIp": "1", "subMchId": "2"}),
    );
    assert_eq!(answer["result_code"], json!("SUCCESS"));
}

#[test]
fn a_bad_order_is_refused_as_wechat_pay_does() {
    let world = World::new();
    for (name, value, message) in [
        ("body", json!(null), "缺少参数body"),
        ("out_trade_no", json!(""), "缺少参数out_trade_no"),
        ("total_fee", json!(1.5), "参数错误:输入的总金额格式错误"),
        ("total_fee", json!(0), "参数错误:输入的总金额格式错误"),
        ("out_trade_no", json!("x".repeat(33)), "参数错误:输入的商户订单号格式错误"),
    ] {
        let mut request = order("n");
        request[name] = value;
        let answer = world.ask("unifiedOrder", request);
        assert_eq!(answer, json!({"return_code": "FAIL", "return_msg": message}));
    }
    world.order("n");
    assert_eq!(world.order("n")["result_code"], json!("SUCCESS"));
    let mut other = order("n");
    other["total_fee"] = json!(1);
    assert_eq!(world.ask("unifiedOrder", other)["err_code_des"], json!("201 商户订单号重复"));
}

#[test]
fn paying_calls_the_function_and_changes_the_order() {
    let world = World::new();
    world.order("n");
    assert_eq!(
        world.ask("queryOrder", json!({"out_trade_no": "n"}))["trade_state"],
        json!("NOTPAY")
    );
    let callback = world.pay("n").unwrap().unwrap();
    assert_eq!((callback.env.as_str(), callback.function.as_str()), ("e", "paid"));
    let event = &callback.event;
    assert_eq!(
        (&event["outTradeNo"], &event["totalFee"], &event["attach"]),
        (&json!("n"), &json!(100), &json!("a"))
    );
    assert_eq!(event["timeEnd"], json!("20201228145508"));
    assert_eq!(event["transactionId"].as_str().unwrap().len(), 28);
    let found = world.ask("queryOrder", json!({"transaction_id": event["transactionId"]}));
    assert_eq!((&found["trade_state"], &found["out_trade_no"]), (&json!("SUCCESS"), &json!("n")));
    assert!(world.pay("n").unwrap_err().message().starts_with("no order 'n' waits for payment: "));
    assert!(world.pay("none").is_err());
    assert_eq!(world.order("n")["err_code"], json!("ORDERPAID"));
    assert_eq!(
        world.ask("closeOrder", json!({"out_trade_no": "n"}))["err_code"],
        json!("ORDERPAID")
    );
}

#[test]
fn a_closed_order_cannot_be_paid() {
    let world = World::new();
    world.order("n");
    assert_eq!(
        world.ask("closeOrder", json!({"out_trade_no": "n"}))["result_code"],
        json!("SUCCESS")
    );
    assert_eq!(
        world.ask("queryOrder", json!({"out_trade_no": "n"}))["trade_state"],
        json!("CLOSED")
    );
    assert_eq!(world.order("n")["err_code"], json!("ORDERCLOSED"));
    assert!(world.pay("n").is_err());
    assert_eq!(
        world.ask("closeOrder", json!({"out_trade_no": "x"}))["err_code"],
        json!("ORDERNOTEXIST")
    );
}

#[test]
fn refunds_never_exceed_what_was_paid() {
    let world = World::new();
    let refund = |number: &str, fee: i64| {
        world.ask("refund", json!({"out_trade_no": "n", "out_refund_no": number, "refund_fee": fee, "total_fee": 100}))
    };
    assert_eq!(refund("r1", 1)["err_code"], json!("ORDERNOTEXIST"));
    world.order("n");
    assert_eq!(refund("r1", 1)["err_code"], json!("TRADE_STATE_ERROR"));
    world.pay("n").unwrap();
    assert_eq!(refund("r1", 60)["result_code"], json!("SUCCESS"));
    assert_eq!(refund("r1", 60)["result_code"], json!("SUCCESS"), "the same refund again");
    assert_eq!(refund("r2", 41)["result_code"], json!("FAIL"));
    assert_eq!(refund("r2", 40)["result_code"], json!("SUCCESS"));
    let found = world.ask("queryRefund", json!({"out_refund_no": "r2"}));
    assert_eq!((&found["refund_count"], &found["refund_fee_1"]), (&json!(2), &json!(40)));
    assert_eq!(
        world.ask("queryOrder", json!({"out_trade_no": "n"}))["trade_state"],
        json!("REFUND")
    );
    assert_eq!(
        world.ask("queryRefund", json!({"out_trade_no": "x"}))["err_code"],
        json!("REFUNDNOTEXIST")
    );
}

#[test]
fn other_methods_succeed_and_unknown_ones_say_how_to_mock_them() {
    let world = World::new();
    for method in PLAIN_METHODS {
        assert_eq!(world.ask(method, json!({}))["result_code"], json!("SUCCESS"), "{method}");
    }
    let error = world.book.answer("unifiedorder", &json!({}), world.scene()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OpenApiNotFound);
    assert!(
        error.message().contains("cloudPay.mock('unifiedorder', value, { undocumented: true })"),
        "{error}"
    );
}

#[test]
fn a_settled_refund_calls_its_function_once() {
    let world = World::new();
    world.order("n");
    world.pay("n").unwrap();
    let settle = |number: &str| world.book.settle(number, world.scene());
    assert!(settle("r").unwrap_err().message().contains("no refund 'r' waits"));
    let request = json!({"out_trade_no": "n", "out_refund_no": "r", "refund_fee": 60,
        "env_id": "e", "function_name": "refunded"});
    let answer = world.ask("refund", &request);
    let callback = settle("r").unwrap().unwrap();
    assert_eq!((callback.env.as_str(), callback.function.as_str()), ("e", "refunded"));
    let event = callback.event;
    for (key, value) in [
        ("outTradeNo", json!("n")),
        ("outRefundNo", json!("r")),
        ("refundFee", json!(60)),
        ("totalFee", json!(100)),
        ("refundStatus", json!("SUCCESS")),
        ("successTime", json!("2020-12-28 14:55:08")),
        ("refundId", answer["refund_id"].clone()),
    ] {
        assert_eq!(event[key], value, "{key}");
    }
    assert!(settle("r").is_err(), "once");
    let silent = json!({"out_trade_no": "n", "out_refund_no": "s", "refund_fee": 40});
    world.ask("refund", &silent);
    assert_eq!(settle("s").unwrap(), None);
}
