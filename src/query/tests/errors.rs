use super::*;

fn check(cases: &[(Document, i32, &str)]) {
    for (query, code, text) in cases {
        let error = Filter::parse(query, &ParseContext::default()).expect_err(&query.to_string());
        assert_eq!((error.mongo_code(), error.message()), (*code, *text), "{query}");
    }
}

fn regex(pattern: &str) -> Bson {
    Bson::RegularExpression(bson::Regex {
        pattern: bson::raw::CString::try_from(pattern).unwrap(),
        options: bson::raw::CString::try_from("").unwrap(),
    })
}

#[test]
fn unknown_operators_and_malformed_logic() {
    check(&[
        (doc! {"$foo": 1}, 2, "unknown top level operator: $foo"),
        (doc! {"$gt": 1}, 2, "unknown top level operator: $gt"),
        (doc! {"a": {"$foo": 1}}, 2, "unknown operator: $foo"),
        (doc! {"a": {"$gt": 1, "b": 1}}, 2, "unknown operator: b"),
        (doc! {"a": {"$and": []}}, 2, "unknown operator: $and"),
        (doc! {"a": {"$geoNear": 1}}, 2, "near must be first in: { $geoNear: 1 }"),
        (doc! {"$and": []}, 2, "$and/$or/$nor must be a nonempty array"),
        (doc! {"$or": []}, 2, "$and/$or/$nor must be a nonempty array"),
        (doc! {"$nor": {}}, 2, "$nor must be an array"),
        (doc! {"$or": [1, {"a": 1}]}, 2, "$or/$and/$nor entries need to be full objects"),
        (doc! {"$where": "1"}, 2, "$where is not allowed in this context"),
        (doc! {"a": {"$where": "1"}}, 2, "$where cannot be applied to a field"),
        (doc! {"$expr": 1}, 224, "$expr is not allowed in this context"),
        (
            doc! {"a": {"$elemMatch": {"$expr": 1}}},
            2,
            "$expr can only be applied to the top-level document",
        ),
        (doc! {"$isolated": 1}, 224, "$isolated ($atomic) is not allowed in this context"),
        (doc! {"$alwaysTrue": 0}, 9, "$alwaysTrue must be an integer value of 1"),
        (doc! {"a": Bson::Undefined}, 2, "cannot compare to undefined"),
    ]);
}

#[test]
fn malformed_operands() {
    check(&[
        (doc! {"a": {"$in": 1}}, 2, "$in needs an array"),
        (doc! {"a": {"$in": {}}}, 2, "$in needs an array"),
        (doc! {"a": {"$nin": "x"}}, 2, "$nin needs an array"),
        (doc! {"a": {"$in": [{"$gt": 1}]}}, 2, "cannot nest $ under $in"),
        (doc! {"a": {"$all": 1}}, 2, "$all needs an array"),
        (doc! {"a": {"$all": [1, {"$gt": 1}]}}, 2, "no $ expressions in $all"),
        (doc! {"a": {"$all": [1, {"$elemMatch": {}}]}}, 2, "no $ expressions in $all"),
        (doc! {"a": {"$all": [{"$elemMatch": {}}, 1]}}, 2, "$all/$elemMatch has to be consistent"),
        (doc! {"a": {"$elemMatch": 1}}, 2, "$elemMatch needs an Object"),
        (doc! {"a": {"$size": "1"}}, 2, "$size needs a number"),
        (doc! {"a": {"$size": 1.5}}, 2, "$size must be a whole number"),
        (doc! {"a": {"$size": f64::NAN}}, 2, "$size must be a whole number"),
        (doc! {"a": {"$size": -1}}, 2, "$size may not be negative"),
        (doc! {"a": {"$size": 1_i64 << 40}}, 2, "$size must be representable as a 32-bit integer"),
        (doc! {"a": {"$mod": 3}}, 2, "malformed mod, needs to be an array"),
        (doc! {"a": {"$mod": []}}, 2, "malformed mod, not enough elements"),
        (doc! {"a": {"$mod": [3]}}, 2, "malformed mod, not enough elements"),
        (doc! {"a": {"$mod": ["3", 1]}}, 2, "malformed mod, divisor not a number"),
        (doc! {"a": {"$mod": [3, 1, 2]}}, 2, "malformed mod, too many elements"),
        (doc! {"a": {"$mod": [0, 1]}}, 2, "divisor cannot be 0"),
        (doc! {"a": {"$mod": [0.5, 1]}}, 2, "divisor cannot be 0"),
        (doc! {"a": {"$type": "foo"}}, 2, "Unknown type name alias: foo"),
        (doc! {"a": {"$type": 99}}, 2, "Invalid numerical type code: 99"),
        (doc! {"a": {"$type": true}}, 14, "type must be represented as a number or a string"),
        (doc! {"a": {"$type": []}}, 9, "$type must match at least one type"),
        (doc! {"a": {"$not": 1}}, 2, "$not needs a regex or a document"),
        (doc! {"a": {"$not": {}}}, 2, "$not cannot be empty"),
        (doc! {"a": {"$not": {"$regex": "x"}}}, 2, "$not cannot have a regex"),
        (doc! {"a": {"$not": {"b": 1}}}, 2, "unknown operator: b"),
        (doc! {"a": {"$regex": 1}}, 2, "$regex has to be a string"),
        (doc! {"a": {"$regex": "x", "$options": 1}}, 2, "$options has to be a string"),
        (doc! {"a": {"$options": "i"}}, 2, "$options needs a $regex"),
        (doc! {"a": {"$regex": "("}}, 51_091, "Regular expression is invalid: missing )"),
        (doc! {"a": regex("*")}, 51_091, "Regular expression is invalid: nothing to repeat"),
        (
            doc! {"a.b": {"$gt": regex("x")}},
            2,
            "Can't have RegEx as arg to predicate over field 'a.b'.",
        ),
        (doc! {"a": {"$ne": regex("x")}}, 2, "Can't have regex as arg to $ne."),
        (
            doc! {"a": {"$bitsAllSet": "x"}},
            2,
            "a takes an Array, a number, or a BinData but received: \"x\"",
        ),
        (doc! {"a": {"$bitsAllSet": -1}}, 9, "Expected a positive number in: -1"),
        (doc! {"a": {"$bitsAllSet": 1.5}}, 9, "Expected an integer: 1.5"),
        (doc! {"a": {"$bitsAllSet": [-1]}}, 2, "bit positions must be >= 0 but got: -1"),
        (doc! {"a": {"$bitsAllSet": ["x"]}}, 2, "bit positions must be an integer but got: \"x\""),
    ]);
}

#[test]
fn text_search_has_no_index() {
    check(&[
        (doc! {"$text": {"$search": "x"}}, 27, "text index required for $text query"),
        (doc! {"$text": "x"}, 2, "$text expects an object"),
        (doc! {"$text": {}}, 4, "Missing expected field \"$search\""),
        (doc! {"$text": {"$search": "x", "$foo": 1}}, 2, "extra fields in $text"),
        (
            doc! {"$text": {"$search": 1}},
            14,
            "\"$search\" had the wrong type. Expected string, found int",
        ),
        (
            doc! {"a": {"$elemMatch": {"$text": {"$search": "x"}}}},
            2,
            "$text can only be applied to the top-level document",
        ),
    ]);
}

#[test]
fn schemas_are_checked() {
    let schema = |schema: Bson| doc! {"$jsonSchema": schema};
    check(&[
        (schema(bson!(1)), 14, "$jsonSchema must be an object"),
        (schema(bson!({"foo": 1})), 9, "Unknown $jsonSchema keyword: foo"),
        (
            schema(bson!({"format": 1})),
            9,
            "$jsonSchema keyword 'format' is not currently supported",
        ),
        (
            schema(bson!({"type": "integer"})),
            9,
            "$jsonSchema type 'integer' is not currently supported.",
        ),
        (schema(bson!({"type": "int"})), 2, "Unknown type name alias: int"),
        (
            schema(bson!({"required": []})),
            9,
            "$jsonSchema keyword 'required' cannot be an empty array",
        ),
        (schema(bson!({"enum": []})), 9, "$jsonSchema keyword 'enum' cannot be an empty array"),
        (schema(bson!({"anyOf": []})), 2, "$jsonSchema keyword 'anyOf' must be a non-empty array"),
        (
            schema(bson!({"properties": {"a": 1}})),
            14,
            "Nested schema for $jsonSchema property 'a' must be an object",
        ),
        (
            schema(bson!({"exclusiveMinimum": true})),
            9,
            "$jsonSchema keyword 'minimum' must be a present if exclusiveMinimum is present",
        ),
        (schema(bson!({"minLength": -1})), 9, "Expected a positive number in: minLength: -1"),
        (
            schema(bson!({"multipleOf": 0})),
            9,
            "$jsonSchema keyword 'multipleOf' must have a positive value",
        ),
        (schema(bson!({"title": 1})), 14, "$jsonSchema keyword 'title' must be of type string"),
    ]);
}

#[test]
fn nesting_is_limited() {
    let deep = |wrap: fn(Bson) -> Bson| {
        let mut query = bson!({"a": 1});
        for _ in 0..200 {
            query = wrap(query);
        }
        query.as_document().unwrap().clone()
    };
    let queries = [
        deep(|query| bson!({"$or": [query]})),
        deep(|query| bson!({"a": {"$elemMatch": query}})),
        doc! {"$jsonSchema": deep(|schema| bson!({"not": schema}))},
        doc! {"a": deep(|operand| bson!({"$not": operand}))},
    ];
    for query in queries {
        let error = Filter::parse(&query, &ParseContext::default()).unwrap_err();
        assert_eq!(error.mongo_code(), 15, "{error}");
    }
}
