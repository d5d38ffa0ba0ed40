//! Index bounds as MongoDB prints them: `{a: ["[1, 1]"], b: ["[MinKey, MaxKey]"]}`.

use crate::database::plan::IndexScan;
use crate::database::plan::ReadFrom;
use crate::query::Bound;
use crate::store::IndexDefinition;
use crate::store::IndexOrder;
use crate::value::Bson;
use crate::value::Document;
use crate::value::Kind;
use crate::value::kind_of;
use crate::value::shell_text;

/// One end of an interval: its text, and whether it belongs to the interval.
type EndText = (String, bool);

pub fn index_bounds(definition: &IndexDefinition, scan: &IndexScan) -> Document {
    let backward = scan.sorted == Some(ReadFrom::End);
    let mut bounds = Document::new();
    for (at, field) in definition.fields.iter().enumerate() {
        let reversed = (field.order == IndexOrder::Descending) != backward;
        let intervals = match scan.bounds.get(at) {
            Some(bound) => intervals(bound),
            None => vec![(("MinKey".to_owned(), true), ("MaxKey".to_owned(), true))],
        };
        let mut texts: Vec<String> =
            intervals.into_iter().map(|(low, high)| interval_text(low, high, reversed)).collect();
        if reversed {
            texts.reverse();
        }
        bounds.insert(field.path.as_str(), texts);
    }
    bounds
}

fn interval_text(low: EndText, high: EndText, reversed: bool) -> String {
    let (first, last) = if reversed { (high, low) } else { (low, high) };
    let open = if first.1 { '[' } else { '(' };
    let close = if last.1 { ']' } else { ')' };
    format!("{open}{}, {}{close}", first.0, last.0)
}

fn intervals(bound: &Bound) -> Vec<(EndText, EndText)> {
    match bound {
        Bound::Points(points) => {
            let point = |value: &Bson| (shell_text(value), true);
            points.iter().map(|value| (point(value), point(value))).collect()
        }
        Bound::Range { lower, upper } => {
            let kind =
                lower.as_ref().or(upper.as_ref()).map_or(Kind::Null, |(value, _)| kind_of(value));
            let (lowest, highest) = ends_of(kind);
            let text = |end: &Option<(Bson, bool)>, open: EndText| match end {
                Some((value, inclusive)) => (shell_text(value), *inclusive),
                None => open,
            };
            vec![(text(lower, lowest), text(upper, highest))]
        }
        Bound::Prefix(prefix) => {
            let after = prefix_successor(prefix);
            let strings = ((format!("\"{prefix}\""), true), (after, false));
            let pattern = format!("/^{prefix}/");
            vec![strings, ((pattern.clone(), true), (pattern, true))]
        }
        Bound::Cells(cells) => cells
            .iter()
            .map(|cell| ((cell.first.to_string(), true), (cell.last.to_string(), true)))
            .collect(),
    }
}

/// Where the values of one type class begin and end.
fn ends_of(kind: Kind) -> (EndText, EndText) {
    let end = |text: &str, inclusive: bool| (text.to_owned(), inclusive);
    match kind {
        Kind::Double | Kind::Int32 | Kind::Int64 | Kind::Decimal128 => {
            (end("-inf.0", true), end("inf.0", true))
        }
        Kind::String | Kind::Symbol => (end("\"\"", true), end("{}", false)),
        Kind::Document => (end("{}", true), end("[]", false)),
        Kind::Array => (end("[]", true), end("BinData(0, )", false)),
        Kind::Boolean => (end("false", true), end("true", true)),
        Kind::DateTime => (
            end("new Date(-9223372036854775808)", true),
            end("new Date(9223372036854775807)", true),
        ),
        Kind::ObjectId => (
            end("ObjectId('000000000000000000000000')", true),
            end("ObjectId('ffffffffffffffffffffffff')", true),
        ),
        _ => (end("MinKey", true), end("MaxKey", true)),
    }
}

/// The text after all texts with a prefix: the last character is one further.
fn prefix_successor(prefix: &str) -> String {
    let mut characters: Vec<char> = prefix.chars().collect();
    let next = characters.pop().and_then(|last| char::from_u32(u32::from(last) + 1));
    match next {
        Some(next) => {
            characters.push(next);
            format!("\"{}\"", characters.into_iter().collect::<String>())
        }
        None => "{}".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::plan::IndexAt;
    use crate::store::IndexField;
    use crate::value::FieldPath;
    use bson::bson;

    fn bounds_text(order: IndexOrder, bound: Bound) -> String {
        let field = IndexField { path: FieldPath::parse("a").unwrap(), order };
        let definition = IndexDefinition { name: "a".into(), fields: vec![field], unique: false };
        let scan = IndexScan {
            index: IndexAt::Listed(0),
            bounds: vec![bound],
            ranges: vec![],
            sorted: None,
        };
        shell_text(&Bson::Document(index_bounds(&definition, &scan)))
    }

    #[test]
    fn bounds_print_as_mongodb_prints_them() {
        let range = |lower: Option<(Bson, bool)>, upper| Bound::Range { lower, upper };
        for (order, bound, text) in [
            (IndexOrder::Ascending, Bound::Points(vec![bson!(1)]), "[1, 1]"),
            (IndexOrder::Ascending, range(Some((bson!(5), false)), None), "(5, inf.0]"),
            (IndexOrder::Descending, range(Some((bson!(5), false)), None), "[inf.0, 5)"),
            (IndexOrder::Ascending, range(None, Some((bson!("b"), true))), "[\"\", \"b\"]"),
        ] {
            let printed = bounds_text(order, bound);
            assert_eq!(printed, format!("{{ a: [ \"{text}\" ] }}"));
        }
        let prefix = bounds_text(IndexOrder::Ascending, Bound::Prefix("ab".into()));
        assert_eq!(prefix, "{ a: [ \"[\"ab\", \"ac\")\", \"[/^ab/, /^ab/]\" ] }");
    }

    #[test]
    fn fields_without_a_bound_are_free() {
        let field = |path| IndexField {
            path: FieldPath::parse(path).unwrap(),
            order: IndexOrder::Ascending,
        };
        let definition = IndexDefinition {
            name: "a_b".into(),
            fields: vec![field("a"), field("b")],
            unique: false,
        };
        let bounds = vec![Bound::Points(vec![bson!(1)])];
        let scan = IndexScan { index: IndexAt::Listed(0), bounds, ranges: vec![], sorted: None };
        let printed = shell_text(&Bson::Document(index_bounds(&definition, &scan)));
        assert_eq!(printed, "{ a: [ \"[1, 1]\" ], b: [ \"[MinKey, MaxKey]\" ] }");
    }
}
