//! Every operator in tables: what it answers, for null and missing, and how it refuses.

mod arithmetic;
mod arrays;
mod bounds;
mod control;
mod conversion;
mod dates;
mod texts;

use bson::doc;

use crate::aggregate::expression::Expression;
use crate::aggregate::expression::OPERATORS;
use crate::aggregate::expression::Scope;
use crate::aggregate::variables::Variables;
use crate::error::Error;
use crate::error::Result;
use crate::value::Bson;
use crate::value::Document;
use crate::value::RawDoc;
use crate::value::encode_document;

/// The value for a document that is stored and for the same one computed: they must agree.
fn evaluate(expression: &Bson, document: &Document) -> Result<Option<Bson>> {
    let expression = Expression::parse(expression, &Scope::new())?;
    let computed = expression.evaluate(&Variables::for_document(document));
    let bytes = encode_document(document);
    let stored = expression.evaluate(&Variables::for_raw(RawDoc::new(&bytes)));
    assert_eq!(format!("{computed:?}"), format!("{stored:?}"));
    computed
}

/// Each expression over `document` has the value beside it, of the same type.
fn check(document: &Document, cases: &[(Bson, Bson)]) {
    for (expression, expected) in cases {
        let value = evaluate(expression, document)
            .unwrap_or_else(|error| panic!("{expression}: {} {error}", error.mongo_code()));
        let value = value.unwrap_or_else(|| panic!("{expression} is missing"));
        // Debug tells NaN, the types of numbers and the sign of zero apart.
        assert_eq!(format!("{value:?}"), format!("{expected:?}"), "{expression}");
    }
}

fn check_missing(document: &Document, cases: &[Bson]) {
    for expression in cases {
        assert_eq!(evaluate(expression, document), Ok(None), "{expression}");
    }
}

fn check_null(document: &Document, cases: &[Bson]) {
    for expression in cases {
        assert_eq!(evaluate(expression, document), Ok(Some(Bson::Null)), "{expression}");
    }
}

/// Each expression over `document` is refused with this number and this text.
fn check_refused(document: &Document, cases: &[(Bson, i32, &str)]) {
    for (expression, code, text) in cases {
        let error: Error = match evaluate(expression, document) {
            Err(error) => error,
            Ok(value) => panic!("{expression} gives {value:?}"),
        };
        assert_eq!((error.mongo_code(), error.message()), (*code, *text), "{expression}");
    }
}

fn long(number: i64) -> Bson {
    Bson::Int64(number)
}

fn decimal(text: &str) -> Bson {
    Bson::Decimal128(text.parse().unwrap())
}

fn date(text: &str) -> Bson {
    Bson::DateTime(bson::DateTime::parse_rfc3339_str(text).unwrap())
}

#[test]
fn operators_stand_in_order_and_once() {
    assert!(OPERATORS.windows(2).all(|pair| pair[0].0 < pair[1].0));
    assert_eq!(OPERATORS.len(), 103);
}

#[test]
fn every_operator_of_the_official_package_is_known() {
    let names = "abs add ceil divide exp floor ln log log10 mod multiply pow sqrt subtract trunc \
        arrayElemAt arrayToObject concatArrays filter in indexOfArray isArray map range reduce \
        reverseArray size slice zip and not or cmp eq gt gte lt lte ne cond ifNull switch \
        dateFromParts dateFromString dayOfMonth dayOfWeek dayOfYear isoDayOfWeek isoWeek \
        isoWeekYear millisecond minute month second hour week year literal mergeObjects \
        objectToArray allElementsTrue anyElementTrue setDifference setEquals setIntersection \
        setIsSubset setUnion concat dateToString indexOfBytes indexOfCP split strLenBytes strLenCP \
        strcasecmp substr substrBytes substrCP toLower toUpper meta avg max min stdDevPop \
        stdDevSamp sum let convert toBool toInt toLong toDouble toDecimal toString toDate \
        toObjectId dateToParts trim ltrim rtrim type";
    for name in names.split_whitespace() {
        assert!(super::is_operator(&format!("${name}")), "{name}");
    }
    for name in ["$push", "$addToSet", "$first", "$last", "$round", "$regexMatch", "add", "$"] {
        assert!(!super::is_operator(name), "{name}");
    }
}

#[test]
fn what_is_the_same_for_every_document_is_evaluated_once() {
    let parse = |value: &Bson| Expression::parse(value, &Scope::new()).unwrap();
    let sum = parse(&bson::bson!({"$add": [1, {"$multiply": [2, 3]}]}));
    assert_eq!(sum.constant(), Some(&Bson::Int32(7)));
    assert_eq!(
        parse(&bson::bson!("$a.b")).field_path().map(crate::value::FieldPath::as_str),
        Some("a.b")
    );
    assert_eq!(
        parse(&bson::bson!("$$CURRENT.a")).field_path().map(crate::value::FieldPath::as_str),
        Some("a")
    );
    assert!(parse(&bson::bson!("$$ROOT.a")).field_path().is_none());
    assert!(parse(&bson::bson!(["$a", 1])).constant().is_none());
    check(&doc! {}, &[(bson::bson!({"a": [1, {"$add": [1, 1]}]}), bson::bson!({"a": [1, 2]}))]);
}
