//! The properties of the fuzz targets on mutated examples, from one seed, in a few seconds.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and prints its seed"
)]

#[path = "../fuzz/properties.rs"]
mod properties;

use bson::doc;
use wx_server_sdk_local::clock::Entropy;
use wx_server_sdk_local::value::encode_document;

const ROUNDS: usize = 2_000;

const FILTERS: &[&str] = &[
    r#"{"a":{"$gt":1,"$lte":{"$numberDouble":"NaN"}},"b.0":{"$in":[1,"a",null,{"$regularExpression":{"pattern":"^a","options":"i"}}]}}"#,
    r#"{"$or":[{"a":{"$elemMatch":{"$gte":1}}},{"$nor":[{"c":{"$all":[1,{"x":1}]}}]}],"d":{"$not":{"$size":2}}}"#,
    r#"{"a":{"$geoWithin":{"$geometry":{"type":"Polygon","coordinates":[[[0,0],[0,3],[3,3],[0,0]]]}}}}"#,
    r#"{"a":{"$mod":[4,1]},"b":{"$type":["string",2]},"c":{"$bitsAllSet":[1,5]},"d":{"$exists":true}}"#,
    r#"{"$expr":{"$and":[{"$gt":["$a",{"$size":{"$ifNull":["$c",[]]}}]},{"$eq":["$b","$$ROOT.d"]}]}}"#,
    r#"{"$jsonSchema":{"required":["a"],"properties":{"a":{"bsonType":"int","minimum":1,"enum":[1,2]}}}}"#,
    r#"{"b":{"$regex":"(a+)+$|(?<=x)\\1","$options":"imsx"}}"#,
    r#"{"a.x":1,"c":{"$slice":[-1,2]},"d":{"$elemMatch":{"x":1}},"_id":0}"#,
    r#"{"a":1,"c.x":-1,"b":{"$meta":"textScore"}}"#,
];

const UPDATES: &[&str] = &[
    r#"{"$set":{"a.b.3":{"x":[1]},"c.$.x":1},"$unset":{"d.x":""},"$rename":{"b":"d.z"}}"#,
    r#"{"$inc":{"a":{"$numberLong":"9223372036854775807"}},"$mul":{"b":{"$numberDecimal":"1E+6000"}},"$min":{"c.0":null},"$max":{"d":"a"}}"#,
    r#"{"$push":{"c":{"$each":[1,{"x":2}],"$position":-1,"$slice":-3,"$sort":{"x":-1}}},"$addToSet":{"e":{"$each":[1,1]}}}"#,
    r#"{"$pull":{"c":{"x":{"$gt":0}}},"$pop":{"a":-1},"$pullAll":{"a.0":[1]},"$bit":{"b":{"xor":5}}}"#,
    r#"{"$setOnInsert":{"z":1},"$currentDate":{"t":{"$type":"date"}},"$set":{"c.$[].x":2}}"#,
];

const PIPELINES: &[&str] = &[
    r#"{"pipeline":[{"$match":{"a":{"$exists":true}}},{"$unwind":{"path":"$c","includeArrayIndex":"i","preserveNullAndEmptyArrays":true}},{"$group":{"_id":"$a","n":{"$sum":1},"l":{"$push":"$$ROOT"}}},{"$sort":{"n":-1}}]}"#,
    r#"{"pipeline":[{"$project":{"v":{"$dateToString":{"date":"$b","format":"%Y-%m-%dT%H:%M:%S.%L%z","timezone":"Asia/Shanghai"}},"w":{"$substrCP":["$b",0,3]}}}]}"#,
    r#"{"pipeline":[{"$lookup":{"from":"c","let":{"x":"$a"},"pipeline":[{"$match":{"$expr":{"$eq":["$a","$$x"]}}}],"as":"z"}},{"$replaceRoot":{"newRoot":{"$mergeObjects":["$$ROOT",{"q":1}]}}},{"$skip":1},{"$limit":2}]}"#,
    r#"{"pipeline":[{"$bucketAuto":{"groupBy":"$_id","buckets":2,"granularity":"R5"}},{"$facet":{"x":[{"$count":"n"}],"y":[{"$sortByCount":"$_id"}]}}]}"#,
    r#"{"pipeline":[{"$addFields":{"r":{"$reduce":{"input":{"$range":[0,5,2]},"initialValue":"","in":{"$concat":["$$value",{"$toString":"$$this"}]}}}}},{"$redact":{"$cond":[{"$gt":["$_id",1]},"$$DESCEND","$$PRUNE"]}},{"$graphLookup":{"from":"c","startWith":"$a","connectFromField":"a","connectToField":"_id","as":"g","maxDepth":2}}]}"#,
    r#"{"pipeline":[{"$bucket":{"groupBy":"$_id","boundaries":[0,2,4],"default":"x","output":{"d":{"$stdDevPop":"$a"}}}},{"$sample":{"size":2}},{"$project":{"s":{"$switch":{"branches":[{"case":true,"then":{"$convert":{"input":"1","to":"int","onError":0}}}]}},"z":{"$zip":{"inputs":["$c",[1]],"useLongestLength":true}}}}]}"#,
];

const PATHS: &[&str] = &["a", "a.b.0", "$a", ".", "a..b", "中.文", "a.$[].b", ""];

/// What an operator's operand may be replaced with, and where operators come from.
const TOKENS: &[&str] = &[
    "null",
    "-1",
    "1e400",
    "{}",
    "[]",
    "[[]]",
    "\"$a\"",
    "\"\"",
    "true",
    "9223372036854775807",
    "{\"$numberDouble\":\"Infinity\"}",
    "{\"$numberDecimal\":\"NaN\"}",
    "{\"$minKey\":1}",
    "{\"$date\":{\"$numberLong\":\"-9223372036854775808\"}}",
    "\"a.b\"",
    "0.5",
    "\"\\u0000\"",
    "{\"$timestamp\":{\"t\":1,\"i\":1}}",
    "{\"$oid\":\"000000000000000000000001\"}",
    "2147483648",
    "{\"$binary\":{\"base64\":\"AA==\",\"subType\":\"00\"}}",
    "\"中文\"",
    "{\"x\":1}",
    "[1,2,3]",
];

struct Chance(Entropy);

impl Chance {
    fn below(&self, limit: usize) -> usize {
        usize::try_from(self.0.next_u64() % limit.max(1) as u64).expect("a small number")
    }

    fn pick<'a, T: ?Sized>(&self, items: &[&'a T]) -> &'a T {
        items[self.below(items.len())]
    }
}

fn chance() -> Chance {
    let given = std::env::var("WX_LOCAL_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = given.unwrap_or(20_240_502);
    println!("WX_LOCAL_TEST_SEED={seed}");
    Chance(Entropy::seeded(seed))
}

/// Where JSON values begin in `text`.
fn value_starts(text: &str) -> Vec<usize> {
    let after =
        |(index, byte): (usize, &u8)| matches!(byte, b':' | b'[' | b',').then_some(index + 1);
    text.as_bytes().iter().enumerate().filter_map(after).collect()
}

/// The end of the JSON value that begins at `start`.
fn value_end(text: &str, start: usize) -> usize {
    let mut values =
        serde_json::Deserializer::from_str(&text[start..]).into_iter::<serde_json::Value>();
    let _ = values.next();
    start + values.byte_offset()
}

/// Replaces one value by a token or by a value of another example, so that the text stays JSON.
fn graft(chance: &Chance, text: &str, examples: &[&str]) -> String {
    let starts = value_starts(text);
    let Some(&start) = starts.get(chance.below(starts.len())) else { return text.into() };
    let end = value_end(text, start);
    let other = chance.pick(examples);
    let others = value_starts(other);
    let from = others.get(chance.below(others.len())).copied();
    let scion = match from {
        Some(from) if chance.below(2) == 0 => &other[from..value_end(other, from)],
        _ => chance.pick(TOKENS),
    };
    format!("{}{scion}{}", &text[..start], &text[end..])
}

/// Swaps one quoted word for one of another example: `"$gt"` becomes `"$size"`.
fn rename(chance: &Chance, text: &str, examples: &[&str]) -> String {
    let words: Vec<&str> = text.split('"').skip(1).step_by(2).collect();
    let others: Vec<&str> = chance.pick(examples).split('"').skip(1).step_by(2).collect();
    if words.is_empty() || others.is_empty() {
        return text.into();
    }
    let word = format!("\"{}\"", chance.pick(&words));
    text.replacen(&word, &format!("\"{}\"", chance.pick(&others)), 1)
}

fn scramble(chance: &Chance, bytes: &mut Vec<u8>) {
    for _ in 0..=chance.below(3) {
        if bytes.is_empty() {
            return;
        }
        let at = chance.below(bytes.len());
        let byte = u8::try_from(chance.below(256)).expect("a byte");
        match chance.below(4) {
            0 => bytes[at] = byte,
            1 => bytes.insert(at, byte),
            2 => drop(bytes.remove(at)),
            _ => bytes[at] ^= 1 << (byte % 8),
        }
    }
}

fn check(examples: &[&str], property: fn(&[u8])) {
    let chance = chance();
    for example in examples {
        property(example.as_bytes());
    }
    for _ in 0..ROUNDS {
        let mut text = chance.pick(examples).to_owned();
        for _ in 0..=chance.below(3) {
            text = match chance.below(2) {
                0 => graft(&chance, &text, examples),
                _ => rename(&chance, &text, examples),
            };
        }
        let mut bytes = text.into_bytes();
        if chance.below(8) == 0 {
            scramble(&chance, &mut bytes);
        }
        property(&bytes);
    }
}

#[test]
fn filters_are_read_or_refused() {
    check(FILTERS, properties::filter_parse);
}

#[test]
fn updates_are_read_or_refused() {
    check(UPDATES, properties::update_parse);
}

#[test]
fn pipelines_are_read_or_refused() {
    check(PIPELINES, properties::pipeline_parse);
}

#[test]
fn extended_json_is_read_or_refused() {
    check(&[FILTERS, UPDATES, PIPELINES].concat(), properties::ejson_parse);
}

#[test]
fn paths_are_read_or_refused() {
    let chance = chance();
    for path in PATHS {
        for _ in 0..200 {
            let mut bytes = path.as_bytes().to_vec();
            scramble(&chance, &mut bytes);
            properties::field_path(&bytes);
        }
        properties::field_path(path.as_bytes());
        properties::field_path(path.repeat(5_000).as_bytes());
    }
}

#[test]
fn any_bytes_can_be_matched() {
    let chance = chance();
    let documents = [
        doc! {"a": [1, "b", {"b": 2.5}], "b": {"c": null}, "c": bson::oid::ObjectId::from_bytes([1; 12])},
        doc! {"a": {"type": "Point", "coordinates": [1.0, 2.0]}, "b": [[]], "d": bson::DateTime::MAX},
        doc! {"a": bson::Regex { pattern: "a".try_into().unwrap(), options: "i".try_into().unwrap() }},
    ];
    for _ in 0..ROUNDS {
        let mut bytes = match chance.below(4) {
            0 => (0..chance.below(40)).map(|_| u8::try_from(chance.below(256)).unwrap()).collect(),
            _ => encode_document(&documents[chance.below(documents.len())]),
        };
        scramble(&chance, &mut bytes);
        // The right length lets more of a damaged document through.
        if chance.below(2) == 0 && bytes.len() >= 4 {
            let length = u32::try_from(bytes.len()).expect("a short document");
            bytes[..4].copy_from_slice(&length.to_le_bytes());
        }
        properties::match_raw_bytes(&bytes);
    }
}
