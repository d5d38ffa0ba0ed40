//! The documented names of `cloud.openapi`, each with the shape of its success.
//!
//! Shapes are those of WeChat's server documentation, as it came over the wire: snake_case, without
//! `errcode` and `errmsg`. Where the documentation shows a sample, the sample's form is kept.

/// A namespace: its methods with the JSON text of a success.
type Namespace = (&'static str, &'static [(&'static str, &'static str)]);

const DONE: &str = "{}";
const TREND: &str = r#"{"list":[{"ref_date":"20240101","session_cnt":0,"visit_pv":0,"visit_uv":0,"visit_uv_new":0,"stay_time_uv":0,"stay_time_session":0,"visit_depth":0}]}"#;
const RETAIN: &str = r#"{"ref_date":"20240101","visit_uv_new":[{"key":0,"value":0}],"visit_uv":[{"key":0,"value":0}]}"#;
const IMAGE: &str = r#"{"media_id":"MEDIA_ID"}"#;
const DELIVERED: &str = r#"{"resultcode":0,"resultmsg":"ok"}"#;
const WAYBILL: &str = r#"{"resultcode":0,"resultmsg":"ok","fee":0,"deliverfee":0,"couponfee":0,"tips":0,"insurancfee":0,"distance":0,"waybill_id":"WAYBILL_ID","order_status":101,"finish_code":0,"pickup_code":0,"dispatch_duration":0,"delivery_token":"TOKEN"}"#;

#[rustfmt::skip]
const NAMESPACES: &[Namespace] = &[
    ("analysis", &[
        ("getDailyRetain", RETAIN), ("getWeeklyRetain", RETAIN), ("getMonthlyRetain", RETAIN),
        ("getDailySummary", r#"{"list":[{"ref_date":"20240101","visit_total":0,"share_pv":0,"share_uv":0}]}"#),
        ("getDailyVisitTrend", TREND), ("getWeeklyVisitTrend", TREND), ("getMonthlyVisitTrend", TREND),
        ("getPerformanceData", r#"{"data":{"body":{"tables":[],"count":0}}}"#),
        ("getUserPortrait", r#"{"ref_date":"20240101","visit_uv_new":{"province":[],"city":[],"genders":[],"platforms":[],"devices":[],"ages":[]},"visit_uv":{"province":[],"city":[],"genders":[],"platforms":[],"devices":[],"ages":[]}}"#),
        ("getVisitDistribution", r#"{"ref_date":"20240101","list":[{"index":"access_source_session_cnt","item_list":[]}]}"#),
        ("getVisitPage", r#"{"ref_date":"20240101","list":[]}"#),
    ]),
    ("auth", &[
        ("getPaidUnionId", r#"{"unionid":"oTmHYjg-tElZ68xxxxxxxxhy1Rgk"}"#),
        ("getPaidUnionid", r#"{"unionid":"oTmHYjg-tElZ68xxxxxxxxhy1Rgk"}"#),
        ("checkEncryptedData", r#"{"vaild":true,"create_time":0}"#),
        ("checkEncryptedMsg", r#"{"vaild":true,"create_time":0}"#),
        ("getPluginOpenPId", r#"{"openpid":"OPENPID"}"#),
        ("checkSessionKey", DONE), ("resetUserSessionKey", r#"{"openid":"OPENID","session_key":"SESSION_KEY"}"#),
    ]),
    ("cloudbase", &[
        ("getOpenData", r#"{"data_list":[]}"#), ("getVoIPSign", r#"{"signature":"SIGNATURE"}"#),
        ("sendSms", r#"{"send_status_set":[]}"#), ("sendSmsV2", r#"{"send_status_list":[]}"#),
        ("createSendSmsTask", r#"{"query_id":0}"#), ("describeSmsRecords", r#"{"sms_records":[],"total_count":0}"#),
        ("addDelayedFunctionTask", r#"{"delayed_task_id":0}"#), ("report", DONE),
        ("describeExtensionUploadInfo", r#"{"ex_upload_url":"","x_cos_security_token":"","authorization":""}"#),
    ]),
    ("customerServiceMessage", &[
        ("getTempMedia", DONE), ("send", DONE), ("setTyping", DONE),
        ("uploadTempMedia", r#"{"type":"image","media_id":"MEDIA_ID","created_at":0}"#),
        ("bindKfWork", DONE), ("unbindKfWork", DONE), ("getKfWorkBound", r#"{"entityName":"","corpid":"","bindTime":0}"#),
    ]),
    ("customerService", &[
        ("addKfAccount", DONE), ("delKfAccount", DONE), ("updateKfAccount", DONE),
        ("getKfList", r#"{"kf_list":[]}"#), ("getOnlineKfList", r#"{"kf_online_list":[]}"#),
        ("createSession", DONE), ("closeSession", DONE), ("getSession", r#"{"kf_account":"","createtime":0}"#),
        ("getSessionList", r#"{"sessionlist":[]}"#), ("getWaitCase", r#"{"count":0,"waitcaselist":[]}"#),
        ("getMsgList", r#"{"recordlist":[],"number":0,"msgid":0}"#),
    ]),
    ("hardwareDevice", &[
        ("send", DONE), ("getSnTicket", r#"{"sn_ticket":"SN_TICKET"}"#),
        ("createIotGroupId", r#"{"group_id":"GROUP_ID"}"#), ("getIotGroupInfo", r#"{"group_id":"GROUP_ID","model_id":"","model_type":"","device_list":[]}"#),
        ("addIotGroupDevice", r#"{"device_list":[]}"#), ("removeIotGroupDevice", r#"{"device_list":[]}"#),
        ("getLicenseList", r#"{"license_list":[]}"#), ("activeLicenseDevice", r#"{"license_list":[]}"#),
    ]),
    ("img", &[
        ("aiCrop", r#"{"results":[{"crop_left":0,"crop_top":0,"crop_right":0,"crop_bottom":0}],"img_size":{"w":0,"h":0}}"#),
        ("scanQRCode", r#"{"code_results":[],"img_size":{"w":0,"h":0}}"#), ("superresolution", IMAGE), ("superResolution", IMAGE),
    ]),
    ("immediateDelivery", &[
        ("abnormalConfirm", DELIVERED), ("addOrder", WAYBILL), ("addTip", DELIVERED), ("bindAccount", DELIVERED),
        ("cancelOrder", r#"{"resultcode":0,"resultmsg":"ok","deduct_fee":0,"desc":""}"#),
        ("getAllImmeDelivery", r#"{"resultcode":0,"resultmsg":"ok","list":[]}"#),
        ("getBindAccount", r#"{"resultcode":0,"resultmsg":"ok","shop_list":[]}"#),
        ("getOrder", r#"{"resultcode":0,"resultmsg":"ok","order_status":101,"waybill_id":"WAYBILL_ID","rider_name":"","rider_phone":"","rider_lng":0,"rider_lat":0}"#),
        ("mockUpdateOrder", DELIVERED), ("realMockUpdateOrder", DELIVERED), ("openDelivery", DELIVERED),
        ("preAddOrder", WAYBILL), ("preCancelOrder", r#"{"resultcode":0,"resultmsg":"ok","deduct_fee":0,"desc":""}"#),
        ("reOrder", WAYBILL), ("updateOrder", DELIVERED),
    ]),
    ("internet", &[("getUserEncryptKey", r#"{"key_info_list":[]}"#)]),
    ("liveBroadcast", &[
        ("addAssistant", DONE), ("addGoods", r#"{"goodsId":0,"auditId":0}"#), ("addRole", DONE), ("addSubAnchor", DONE),
        ("createRoom", r#"{"roomId":1,"qrcode_url":""}"#), ("deleteInRoom", DONE), ("deleteRole", DONE), ("deleteRoom", DONE),
        ("deleteSubAnchor", DONE), ("downloadGoodsVideo", r#"{"url":""}"#), ("editRoom", DONE), ("getApproved", r#"{"goods":[],"total":0}"#),
        ("getAssistantList", r#"{"list":[],"count":0,"maxCount":0}"#), ("getFollowers", r#"{"followers":[],"page_break":0}"#),
        ("getGoodsWarehouse", r#"{"goods":[],"total":0}"#), ("getLiveInfo", r#"{"room_info":[],"total":0}"#), ("getLiveReplay", r#"{"live_replay":[],"total":0}"#),
        ("getPushUrl", r#"{"pushAddr":"rtmp://example"}"#), ("getRoleList", r#"{"total":0,"list":[]}"#), ("getSharedCode", r#"{"cdnUrl":"","pagePath":"","posterUrl":""}"#),
        ("getSubAnchor", r#"{"username":""}"#), ("goodsAdd", r#"{"goodsId":0,"auditId":0}"#), ("goodsAudit", r#"{"auditId":0}"#),
        ("goodsDelete", DONE), ("goodsList", r#"{"total":0,"goods":[]}"#), ("goodsResetAudit", DONE), ("goodsUpdate", DONE),
        ("modifyAssistant", DONE), ("modifySubAnchor", DONE), ("onSale", DONE), ("push", DONE), ("pushMessage", r#"{"message_id":""}"#),
        ("removeAssistant", DONE), ("sort", DONE), ("updateComment", DONE), ("updateFeedPublic", DONE), ("updateKf", DONE), ("updateReplay", DONE),
    ]),
    ("logistics", &[
        ("addOrder", r#"{"order_id":"ORDER_ID","waybill_id":"WAYBILL_ID","waybill_data":[]}"#),
        ("batchGetOrder", r#"{"order_list":[]}"#), ("bindAccount", DONE), ("cancelOrder", DONE),
        ("getAllAccount", r#"{"count":0,"list":[]}"#), ("getAllDelivery", r#"{"count":0,"data":[]}"#),
        ("getOrder", r#"{"print_html":"","waybill_data":[],"delivery_id":"","waybill_id":"WAYBILL_ID","order_status":0}"#),
        ("getPath", r#"{"openid":"OPENID","delivery_id":"","waybill_id":"WAYBILL_ID","path_item_num":0,"path_item_list":[]}"#),
        ("getPrinter", r#"{"count":0,"openid":[],"tagid_list":[]}"#), ("getQuota", r#"{"quota_num":0}"#),
        ("testUpdateOrder", DONE), ("updatePrinter", DONE),
        ("getContact", r#"{"waybill_id":"WAYBILL_ID","sender":{},"receiver":{}}"#),
        ("previewTemplate", r#"{"waybill_id":"WAYBILL_ID","rendered_waybill_template":""}"#),
        ("updateBusiness", DONE), ("updatePath", DONE),
    ]),
    ("midas", &[
        ("getBalance", r#"{"balance":0,"gen_balance":0,"first_save":false,"save_amt":0,"save_sum":0,"cost_sum":0,"present_sum":0}"#),
        ("pay", r#"{"bill_no":"BILL_NO","balance":0,"used_gen_amt":0}"#), ("cancelPay", r#"{"bill_no":"BILL_NO"}"#), ("present", r#"{"balance":0,"bill_no":"BILL_NO"}"#),
        ("getBalanceSandbox", r#"{"balance":0,"gen_balance":0,"first_save":false,"save_amt":0,"save_sum":0,"cost_sum":0,"present_sum":0}"#),
        ("paySandbox", r#"{"bill_no":"BILL_NO","balance":0,"used_gen_amt":0}"#), ("cancelPaySandbox", r#"{"bill_no":"BILL_NO"}"#), ("presentSandbox", r#"{"balance":0,"bill_no":"BILL_NO"}"#),
    ]),
    ("nearbyPoi", &[
        ("add", r#"{"data":{"audit_id":"","poi_id":"","related_credential":""}}"#), ("delete", DONE),
        ("getList", r#"{"data":{"left_apply_num":0,"max_apply_num":0,"data":"{\"poi_list\":[]}"}}"#), ("setShowStatus", DONE),
    ]),
    ("ocr", &[
        ("bankcard", r#"{"number":"622213XXXXXXXXX"}"#),
        ("businessLicense", r#"{"reg_num":"","serial":"","legal_representative":"","enterprise_name":"","type_of_organization":"","address":"","type_of_enterprise":"","business_scope":"","registered_capital":"","paid_in_capital":"","valid_period":"","registered_date":"","cert_position":{"pos":{}},"img_size":{"w":0,"h":0}}"#),
        ("driverLicense", r#"{"id_num":"","name":"","sex":"","nationality":"","address":"","birth_date":"","issue_date":"","car_class":"","valid_from":"","valid_to":"","official_seal":""}"#),
        ("idcard", r#"{"type":"Front","name":"","id":"","addr":"","gender":"","nationality":""}"#),
        ("printedText", r#"{"items":[],"img_size":{"w":0,"h":0}}"#),
        ("vehicleLicense", r#"{"vhicle_type":"","owner":"","addr":"","use_character":"","model":"","vin":"","engine_num":"","register_date":"","issue_date":"","plate_num_b":"","record":"","passengers_num":"","total_quality":"","prepare_quality":""}"#),
        ("vehicleLicenseOCR", r#"{"plate_num":"","vehicle_type":""}"#), ("driverLicenseOCR", r#"{"id_num":"","name":""}"#),
    ]),
    ("officialAccount.comment", &[
        ("open", DONE), ("close", DONE), ("list", r#"{"total":0,"comment":[]}"#), ("markElect", DONE), ("unmarkElect", DONE),
        ("delete", DONE), ("reply.add", DONE), ("reply.delete", DONE),
    ]),
    ("officialAccount.customerMessage", &[("send", DONE), ("setTyping", DONE)]),
    ("officialAccount.draft", &[
        ("addDraft", r#"{"media_id":"MEDIA_ID"}"#), ("getDraft", r#"{"news_item":[]}"#), ("deleteDraft", DONE), ("updateDraft", DONE),
        ("getDraftCount", r#"{"total_count":0}"#), ("batchGetDraft", r#"{"total_count":0,"item_count":0,"item":[]}"#),
    ]),
    ("officialAccount.freePublish", &[
        ("submitFreePublish", r#"{"publish_id":"0","msg_data_id":"0"}"#), ("getFreePublish", r#"{"publish_id":"0","publish_status":0,"article_id":"","fail_idx":[]}"#),
        ("deleteFreePublish", DONE), ("getArticle", r#"{"news_item":[]}"#), ("batchGetFreePublish", r#"{"total_count":0,"item_count":0,"item":[]}"#),
    ]),
    ("officialAccount.mass", &[
        ("send", r#"{"msg_id":0,"msg_data_id":0}"#), ("sendAll", r#"{"msg_id":0,"msg_data_id":0}"#), ("preview", r#"{"msg_id":0}"#),
        ("delete", DONE), ("get", r#"{"msg_id":0,"msg_status":"SEND_SUCCESS"}"#), ("getSpeed", r#"{"speed":3,"realspeed":15}"#), ("setSpeed", DONE),
    ]),
    ("officialAccount.material", &[
        ("addMaterial", r#"{"media_id":"MEDIA_ID","url":""}"#), ("addNews", r#"{"media_id":"MEDIA_ID"}"#), ("updateNews", DONE),
        ("batchGetMaterial", r#"{"total_count":0,"item_count":0,"item":[]}"#), ("batchGet", r#"{"total_count":0,"item_count":0,"item":[]}"#),
        ("get", r#"{"news_item":[]}"#), ("getMaterial", r#"{"news_item":[]}"#), ("delMaterial", DONE), ("delete", DONE), ("delelete", DONE),
        ("getMaterialCount", r#"{"voice_count":0,"video_count":0,"image_count":0,"news_count":0}"#),
    ]),
    ("officialAccount.media", &[
        ("upload", r#"{"type":"image","media_id":"MEDIA_ID","created_at":0}"#), ("uploadImg", r#"{"url":""}"#), ("get", r#"{"video_url":""}"#),
    ]),
    ("officialAccount.menu", &[
        ("create", DONE), ("get", r#"{"menu":{"button":[]}}"#), ("delete", DONE), ("addConditional", r#"{"menuid":0}"#), ("delConditional", DONE),
        ("tryMatch", r#"{"button":[]}"#), ("getCurrentSelfMenuInfo", r#"{"is_menu_open":0,"selfmenu_info":{"button":[]}}"#),
    ]),
    ("officialAccount.newtmpl", &[
        ("addTemplate", r#"{"priTmplId":"PRI_TMPL_ID"}"#), ("delTemplate", DONE), ("getCategory", r#"{"data":[]}"#),
        ("getPubTemplateKeywords", r#"{"count":0,"data":[]}"#), ("getPubTemplateTitles", r#"{"count":0,"data":[]}"#), ("getTemplate", r#"{"data":[]}"#),
    ]),
    ("officialAccount.qrcode", &[("create", r#"{"ticket":"TICKET","expire_seconds":60,"url":""}"#)]),
    ("officialAccount.subscribeMessage", &[("send", DONE), ("bizSend", DONE)]),
    ("officialAccount.tags", &[
        ("create", r#"{"tag":{"id":100,"name":""}}"#), ("get", r#"{"tags":[]}"#), ("update", DONE), ("delete", DONE), ("getIdList", r#"{"tagid_list":[]}"#),
        ("getUserList", r#"{"count":0,"data":{"openid":[]},"next_openid":""}"#), ("batchTagging", DONE), ("batchUntagging", DONE),
    ]),
    ("officialAccount.templateMessage", &[
        ("send", r#"{"msgid":0}"#), ("addTemplate", r#"{"template_id":"TEMPLATE_ID"}"#), ("deleteTemplate", DONE), ("getAllTemplates", r#"{"template_list":[]}"#),
        ("getIndustry", r#"{"primary_industry":{"first_class":"","second_class":""},"secondary_industry":{"first_class":"","second_class":""}}"#), ("setIndustry", DONE),
    ]),
    ("officialAccount.user", &[
        ("get", r#"{"total":0,"count":0,"data":{"openid":[]},"next_openid":""}"#), ("batchGetUserInfo", r#"{"user_info_list":[]}"#),
        ("getUserInfo", r#"{"subscribe":0,"openid":"OPENID"}"#), ("updateRemark", DONE), ("getBlackList", r#"{"total":0,"count":0,"data":{"openid":[]},"next_openid":""}"#),
        ("batchBlackList", DONE), ("batchUnblackList", DONE),
    ]),
    ("operation", &[
        ("getDomainInfo", r#"{"requestdomain":[],"wsrequestdomain":[],"uploaddomain":[],"downloaddomain":[],"udpdomain":[],"bizdomain":[]}"#),
        ("getFeedback", r#"{"list":[],"total_num":0}"#), ("getFeedbackmedia", DONE), ("getGrayReleasePlan", r#"{"gray_release_plan":{"status":0,"create_timestamp":0,"gray_percentage":0}}"#),
        ("getJsErrDetail", r#"{"success":true,"totalCount":0,"data":[]}"#), ("getJsErrList", r#"{"success":true,"totalCount":0,"data":[]}"#), ("getJsErrSearch", r#"{"results":[],"total":0}"#),
        ("getPerformance", r#"{"default_time_data":"{}","compare_time_data":"{}"}"#), ("getSceneList", r#"{"scene":[]}"#), ("getVersionList", r#"{"cvlist":[]}"#),
        ("realtimelogSearch", r#"{"data":{"list":[],"total":0}}"#),
    ]),
    ("phonenumber", &[("getPhoneNumber", DONE)]),
    ("pluginManager", &[
        ("applyPlugin", DONE), ("getPluginDevApplyList", r#"{"apply_list":[]}"#), ("getPluginList", r#"{"plugin_list":[]}"#),
        ("setDevPluginApplyStatus", DONE), ("unbindPlugin", DONE), ("managePlugin", DONE), ("managePluginApplication", DONE),
    ]),
    ("redpacketcover", &[("getAuthenticationUrl", r#"{"data":{"url":"https://support.weixin.qq.com/"}}"#), ("getRedPacketCoverUrl", r#"{"data":{"url":"https://support.weixin.qq.com/"}}"#)]),
    ("riskControl", &[("getUserRiskRank", r#"{"risk_rank":0,"unoin_id":0}"#)]),
    ("search", &[("submitPages", DONE), ("imageSearch", r#"{"items":[]}"#), ("siteSearch", r#"{"items":[],"has_next_page":0,"next_page_info":"","hit_count":0}"#)]),
    ("security", &[("imgSecCheck", DONE), ("mediaCheckAsync", DONE), ("msgSecCheck", DONE), ("getUserRiskRank", r#"{"risk_rank":0,"unoin_id":0}"#)]),
    ("serviceMarket", &[("invokeService", r#"{"request_id":"REQUEST_ID","data":"{}"}"#), ("retrieveService", r#"{"request_id":"REQUEST_ID","data":"{}"}"#)]),
    ("shortlink", &[("generate", DONE)]),
    ("soter", &[("verifySignature", r#"{"is_ok":true}"#)]),
    ("subscribeMessage", &[
        ("addTemplate", r#"{"priTmplId":"PRI_TMPL_ID"}"#), ("deleteTemplate", DONE), ("getCategory", r#"{"data":[]}"#),
        ("getPubTemplateKeyWordsById", r#"{"count":0,"data":[]}"#), ("getPubTemplateTitleList", r#"{"count":0,"data":[]}"#), ("getTemplateList", r#"{"data":[]}"#),
        ("send", DONE), ("setUserNotify", DONE), ("setUserNotifyExt", DONE), ("getUserNotify", r#"{"notify_info":{}}"#),
    ]),
    ("templateMessage", &[
        ("addTemplate", DONE), ("deleteTemplate", DONE), ("send", DONE), ("getTemplateLibraryById", r#"{"id":"","title":"","keyword_list":[]}"#),
        ("getTemplateLibraryList", r#"{"list":[],"total_count":0}"#), ("getTemplateList", r#"{"list":[]}"#),
    ]),
    ("uniformMessage", &[("send", DONE)]),
    ("updatableMessage", &[("createActivityId", DONE), ("setUpdatableMsg", DONE)]),
    ("urllink", &[("generate", DONE), ("query", r#"{"url_link_info":{"appid":"","path":"","query":"","create_time":0,"expire_time":0,"env_version":"release"},"visit_openid":""}"#)]),
    ("urlscheme", &[("generate", DONE), ("generateNFC", DONE), ("query", r#"{"scheme_info":{"appid":"","path":"","query":"","create_time":0,"expire_time":0,"env_version":"release"},"visit_openid":""}"#)]),
    ("wxa.business", &[("getUserPhoneNumber", DONE)]),
    ("wxa.game", &[
        ("getBalance", r#"{"balance":0,"gen_balance":0,"first_save":false,"save_amt":0,"save_sum":0,"cost_sum":0,"present_sum":0}"#),
        ("pay", r#"{"bill_no":"BILL_NO","balance":0,"used_gen_balance":0}"#), ("cancelPay", r#"{"bill_no":"BILL_NO"}"#), ("present", r#"{"balance":0,"bill_no":"BILL_NO"}"#),
        ("contentSpam.msgSecCheck", DONE), ("contentSpam.mediaCheckSync", r#"{"trace_id":"TRACE_ID","result":{"suggest":"pass","label":100}}"#),
    ]),
    ("wxa.sec.order", &[
        ("uploadShippingInfo", DONE), ("uploadCombinedShippingInfo", DONE), ("getOrder", r#"{"order":{}}"#), ("getOrderList", r#"{"last_index":"","has_more":false,"order_list":[]}"#),
        ("notifyConfirmReceive", DONE), ("setMsgJumpPath", DONE), ("isTradeManaged", r#"{"is_trade_managed":true}"#),
        ("isTradeManagementConfirmationCompleted", r#"{"completed":true}"#), ("opSpecialOrder", DONE),
    ]),
    ("wxacode", &[("createQRCode", DONE), ("get", DONE), ("getUnlimited", DONE)]),
];

/// The JSON text of a documented name's success; `None` for a name that is not documented.
pub fn documented(name: &str) -> Option<&'static str> {
    let fits = |(namespace, methods): &&Namespace| {
        let method = name.strip_prefix(namespace)?.strip_prefix('.')?;
        methods.iter().find(|(known, _)| *known == method).map(|(_, answer)| *answer)
    };
    NAMESPACES.iter().find_map(|namespace| fits(&namespace))
}

/// Every documented name.
pub fn documented_names() -> impl Iterator<Item = String> {
    NAMESPACES.iter().flat_map(|(namespace, methods)| {
        methods.iter().map(move |(method, _)| format!("{namespace}.{method}"))
    })
}

/// The documented name that a caller may have meant: the same but for capitals, or the same method
/// elsewhere.
pub fn suggestion(name: &str) -> Option<String> {
    let (_, method) = name.rsplit_once('.').unwrap_or(("", name));
    let same_method = |known: &String| {
        known.rsplit_once('.').is_some_and(|(_, last)| last.eq_ignore_ascii_case(method))
    };
    documented_names()
        .find(|known| known.eq_ignore_ascii_case(name))
        .or_else(|| documented_names().find(same_method))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn every_answer_is_an_object_and_every_name_is_there_once() {
        let mut seen = std::collections::HashSet::new();
        for name in documented_names() {
            let answer: Value = serde_json::from_str(documented(&name).unwrap()).unwrap();
            assert!(answer.is_object(), "{name}");
            assert!(answer.get("errcode").is_none(), "{name}");
            assert!(seen.insert(name.clone()), "{name} twice");
        }
        assert!(seen.len() > 230, "{}", seen.len());
    }

    #[test]
    fn names_that_real_functions_use_are_documented() {
        for name in [
            "subscribeMessage.send",
            "wxacode.get",
            "security.msgSecCheck",
            "wxacode.getUnlimited",
            "templateMessage.send",
            "customerServiceMessage.send",
            "templateMessage.addTemplate",
            "templateMessage.deleteTemplate",
            "phonenumber.getPhoneNumber",
            "security.imgSecCheck",
            "logistics.getPath",
            "officialAccount.material.batchGetMaterial",
            "search.submitPages",
            "subscribeMessage.addTemplate",
            "subscribeMessage.getTemplateList",
        ] {
            assert!(documented(name).is_some(), "{name}");
        }
        for name in ["", ".", "wxacode", "wxacode.", "wxacode.nothing", "then", "wxacode.get.x"] {
            assert_eq!(documented(name), None, "{name}");
        }
    }

    #[test]
    fn a_near_miss_is_suggested() {
        assert_eq!(suggestion("wxacode.getunlimited").unwrap(), "wxacode.getUnlimited");
        assert_eq!(suggestion("sec.msgSecCheck").unwrap(), "security.msgSecCheck");
        assert_eq!(suggestion("nothing.like.this"), None);
    }
}
