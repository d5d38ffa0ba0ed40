//! The official texts, verbatim, in one table. Chinese ones stand as the official client has them.

/// Every guarded API before `init`.
pub const NOT_INITIALISED: &str = "Cloud API isn't enabled, please call init first\n请先调用 init 完成初始化后再调用其他云 API。init 方法可传入一个对象用于设置默认配置，详见文档。";

/// The same of a mini-program page.
pub const CLIENT_NOT_INITIALISED: &str = "Cloud API isn't enabled, please call wx.cloud.init first\n请先调用 wx.cloud.init() 完成初始化后再调用其他云 API。init 方法可传入一个对象用于设置默认配置，详见文档。";

pub const KEY_PAIR: &str = "secretId and secretKey must be a pair";
pub const MISSING_RESOURCE_ENV: &str = "missing resourceEnv";
pub const LOCAL_DEBUG_TITLE: &str = "环境提示";
pub const LOCAL_DEBUG_TEXT: &str =
    "在本地调试中使用 DYNAMIC_CURRENT_ENV 相当于使用默认环境（第一个创建的环境）";
pub const NO_CLS_REPORT: &str = "[TCB][WARN] 请检查您是否在本地环境 或者 未开通高级日志功能，当前环境下无法上报cls日志，默认使用 console";
pub const MISSING_ENV_WARNING: &str = "[TCB][WARN] 当前未指定env，将默认使用第一个创建的环境！";

/// The same inside a cloud function, where the function's own environment is taken.
pub fn missing_env_in_function(env: &str) -> String {
    format!("[TCB][WARN] 当前未指定env，将默认使用当前函数所在环境的环境：{env}！")
}

pub const LOGGER_NEEDS_OBJECT: &str = "log msg must be an object";
pub const LOGGER_LOCAL_WARNING: &str = "[TCB][WARN] 请检查您是否在本地环境 或者 未开通高级日志功能，当前环境下无法上报cls日志，默认使用 console";

pub const COLLECTION_NAME_REQUIRED: &str = "Collection name is required";
pub const WHERE_NEEDS_OBJECT: &str = "查询参数必须为对象";
pub const WHERE_ALL_UNDEFINED: &str = "查询参数对象值不能均为undefined";
pub const ORDER_DIRECTION: &str = "排序字符不合法";
pub const LIMIT_INTEGER: &str = "limitmust be integer";
pub const SKIP_INTEGER: &str = "offsetmust be integer";
pub const DOC_ID_TYPE: &str = "docId必须为字符串或数字";
pub const DOC_ID_EMPTY: &str = "docId不能为空";
pub const FIELD_REQUIRED: &str = "parameter object of function field must be provided";
pub const DATA_EMPTY: &str = "options.data must not be empty";
pub const ID_IMMUTABLE: &str = "不能更新_id的值";
pub const SET_WITH_COMMAND: &str = "update operator complicit";
pub const CIRCULAR: &str = "Cannot convert circular structure to JSON";
pub const CIRCULAR_JSON: &str = "Converting circular structure to JSON";
pub const STACK_EXCEEDED: &str = "Maximum call stack size exceeded";
pub const BIG_INTEGER: &str = "Do not know how to serialize a BigInt";
pub const UNSET_FIELD: &str = "Cannot encode a comparison command with unset field name";
pub const CENTER_SPHERE: &str = "centersPhere结构不合法";
pub const REMOVE_OPTIONS_WARNING: &str =
    "`offset`, `limit`, `projection`, `orderBy` are not supported in remove() operation";
pub const PIPELINE_END: &str = "Aggregation pipeline cannot send request";
pub const STAGE_UNAVAILABLE: &str = "this._aggregate[stage] is not a function";

pub const GEO_NUMBER: &str = "Geo Point must be number type";
pub const GEO_LONGITUDE: &str = "longitude should be a number ranges from -180 to 180";
pub const GEO_LATITUDE: &str = "latitude should be a number ranges from -90 to 90";
pub const GEO_TWO_POINTS: &str = "\"points\" must contain 2 points at least";
pub const GEO_ONE_POINT: &str = "\"points\" must contain 1 point at least";
pub const GEO_ONE_LINE: &str = "Polygon must contain 1 linestring at least";
pub const GEO_ONE_POLYGON: &str = "MultiPolygon must contain 1 polygon at least";
pub const REGEXP_STRING: &str = "regexp must be a string";

pub const FUNCTION_NAME_EMPTY: &str = "函数名不能为空";
pub const CIRCULAR_DATA: &str = "对象出现了循环引用";
pub const FILE_CONTENT_TYPE: &str =
    "[node-sdk] fileContent should be instance of fs.ReadStream or Buffer";
pub const FILE_ITEM_KEYS: &str = "fileList 的元素如果是对象，必须是包含 fileID 和 maxAge 的对象";
pub const FILE_ITEM_TYPE: &str = "fileList的元素如果不是对象，则必须是字符串";
pub const FILE_ID_EMPTY: &str = "fileList的元素必须是非空的字符串";
pub const OPEN_DATA_LIST: &str = "list must be provided";
pub const PROXY_OPTIONS: &str = "an options object is expected";
pub const SIGNATURE_PARAMS: &str = "options.params must be a string array";
pub const SIGNATURE_SECRET: &str = "options.secret must be provided";

/// The text of a numeric code. Codes without one print nothing.
pub fn error_code_text(code: i64) -> &'static str {
    match code {
        -1 => "unknown error",
        -404_001 => "empty call result",
        -404_002 => "empty event id",
        -404_003 => "empty poll url",
        -404_004 => "empty poll result json",
        -404_005 => "exceed max poll retry",
        -404_006 => "empty poll result base resp",
        -404_007 => "error while polling for the result, poll result base resp ret %s",
        -404_008 => "error while polling for the result, polling server return a status code of %s",
        -404_009 => "error while polling for the result: %s",
        -501_001 => "resource system error",
        -501_002 => "resource server timeout",
        -501_003 => "exceed request limit",
        -501_004 => "exceed concurrent request limit",
        -501_005 => "invalid env",
        -501_006 => "invalid common parameters",
        -501_007 => "invalid parameters",
        -501_008 => "invalid request source",
        -501_009 => "resource not initialized",
        -502_001 => "database request fail",
        -502_002 => "database invalid command",
        -502_003 => "database permission denied",
        -502_004 => "database exceed collection limit",
        -502_005 => "database collection not exists",
        -503_001 => "storage request fail",
        -503_002 => "storage permission denied",
        -503_003 => "storage file not exists",
        -503_004 => "storage invalid sign parameter",
        -504_001 => "functions request fail",
        -504_002 => "functions execute fail",
        -601_001 => "system error",
        -601_002 => "system args error",
        -601_003 => "system network error",
        -601_004 => "api permission denied",
        -601_005 => "invalid cloudID",
        -601_006 => "cloudID expired",
        -601_007 => "cloudID and calling user does not match",
        -601_008 => "server-side request timedout",
        -601_009 => "missing mobile phone",
        -601_010 => "no write permission",
        -601_011 => "no privilege permission",
        -601_012 => "unauthorized env",
        -601_013 => "no multiend permission",
        -601_015 => "access denied (cloudfunction cloudbase_auth returns empty errCode)",
        -601_016 => "missing env auth info",
        -601_017 => "access denied (cloudbase_auth returns non-zero errCode)",
        -602_001 => "database query result size exceed limit (1MB)",
        // The official table has this text under the wrong number; -601018 has none.
        -602_018 => "unauthorized API",
        -604_001 => "cloudfunction result size exceed limit (1MB)",
        -604_100 => "API not found",
        -604_101 => "function has no permission to call this API",
        -604_102 => "call open API timeout",
        -604_103 => "call open API system error",
        -604_104 => "illegal source of invocation",
        _ => "",
    }
}
