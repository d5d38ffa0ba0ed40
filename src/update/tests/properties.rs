//! Random updates against a model that works on owned documents, step by step.

use bson::{Bson, Document, doc};
use proptest::prelude::*;

use crate::update::{Update, check_storable_raw};
use crate::value::{RawDoc, encode_document, to_document, validate_document};

fn value() -> impl Strategy<Value = Bson> {
    let leaf = prop_oneof![
        any::<i32>().prop_map(Bson::Int32),
        any::<bool>().prop_map(Bson::Boolean),
        "[a-c]{0,3}".prop_map(Bson::String),
        Just(Bson::Null),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Bson::Array),
            prop::collection::btree_map("[a-d]", inner, 0..4)
                .prop_map(|fields| Bson::Document(fields.into_iter().collect())),
        ]
    })
}

fn document() -> impl Strategy<Value = Document> {
    prop::collection::btree_map("[a-d]", value(), 0..4)
        .prop_map(|fields| fields.into_iter().collect())
}

fn path() -> impl Strategy<Value = String> {
    prop::collection::vec("[a-d]|[0-3]", 1..4).prop_map(|segments| segments.join("."))
}

const OPERATORS: &[&str] = &[
    "$set",
    "$unset",
    "$inc",
    "$mul",
    "$min",
    "$max",
    "$rename",
    "$bit",
    "$push",
    "$addToSet",
    "$pop",
    "$pullAll",
    "$currentDate",
    "$setOnInsert",
];

/// Anything, and what the operators understand.
fn operand() -> impl Strategy<Value = Bson> {
    let values = || prop::collection::vec(value(), 0..3);
    prop_oneof![
        value(),
        path().prop_map(Bson::String),
        any::<i64>().prop_map(Bson::Int64),
        any::<f64>().prop_map(Bson::Double),
        values().prop_map(|each| doc! {"$each": each}.into()),
        (values(), any::<i8>(), any::<i8>(), any::<bool>()).prop_map(
            |(each, position, slice, up)| {
                let sort = if up { Bson::Int32(1) } else { doc! {"a": -1}.into() };
                let (position, slice) = (i32::from(position % 4), i32::from(slice % 4));
                doc! {"$each": each, "$position": position, "$slice": slice, "$sort": sort}.into()
            }
        ),
        any::<i32>().prop_map(|number| doc! {"or": number, "and": 7}.into()),
        Just(doc! {"$type": "timestamp"}.into()),
    ]
}

/// Sets one path; `None` when something stands in its way.
fn set(target: &mut Bson, path: &[&str], value: &Bson) -> Option<()> {
    let Some((first, rest)) = path.split_first() else {
        *target = value.clone();
        return Some(());
    };
    match target {
        Bson::Document(document) => {
            let mut child = match document.get(first) {
                Some(child) => child.clone(),
                None => Bson::Document(doc! {}),
            };
            set(&mut child, rest, value)?;
            document.insert(*first, child);
        }
        Bson::Array(items) => {
            let index: usize = first.parse().ok()?;
            let is_new = index >= items.len();
            if is_new {
                items.resize(index + 1, Bson::Null);
            }
            let child = items.get_mut(index)?;
            if is_new {
                *child = Bson::Document(doc! {});
            }
            set(child, rest, value)?;
        }
        _ => return None,
    }
    Some(())
}

fn unset(target: &mut Bson, path: &[&str]) {
    let Some((first, rest)) = path.split_first() else { return };
    match target {
        Bson::Document(document) if rest.is_empty() => {
            document.remove(first);
        }
        Bson::Document(document) => {
            if let Some(child) = document.get_mut(first) {
                unset(child, rest);
            }
        }
        Bson::Array(items) => {
            let child = first.parse().ok().and_then(|index: usize| items.get_mut(index));
            match child {
                Some(child) if rest.is_empty() => *child = Bson::Null,
                Some(child) => unset(child, rest),
                None => {}
            }
        }
        _ => {}
    }
}

proptest! {
    #[test]
    fn set_and_unset_agree_with_the_model(
        document in document(),
        mut paths in prop::collection::btree_map(path(), prop::option::of(value()), 1..5),
    ) {
        // Paths that lead to one another are refused; the model has no opinion on them.
        let all: Vec<String> = paths.keys().cloned().collect();
        paths.retain(|path, _| {
            !all.iter().any(|other| path.starts_with(&format!("{other}.")))
        });
        let mut sets = doc! {};
        let mut unsets = doc! {};
        let mut model = Some(Bson::Document(document.clone()));
        let mut ordered: Vec<_> = paths.into_iter().collect();
        ordered.sort_by(|(a, _), (b, _)| a.split('.').cmp(b.split('.')));
        for (path, value) in ordered.iter().rev() {
            match value {
                Some(value) => sets.insert(path, value.clone()),
                None => unsets.insert(path, ""),
            };
        }
        for (path, value) in &ordered {
            let segments: Vec<&str> = path.split('.').collect();
            model = model.and_then(|mut target| {
                match value {
                    Some(value) => set(&mut target, &segments, value)?,
                    None => unset(&mut target, &segments),
                }
                Some(target)
            });
        }
        let mut update = doc! {};
        if !sets.is_empty() {
            update.insert("$set", sets);
        }
        if !unsets.is_empty() {
            update.insert("$unset", unsets);
        }
        let bytes = encode_document(&document);
        let outcome = Update::parse(&update).unwrap().apply_raw(RawDoc::new(&bytes), None);
        match (outcome, model) {
            (Ok(changed), Some(Bson::Document(model))) => {
                let result = changed.unwrap_or_else(|| bytes.clone());
                prop_assert!(validate_document(&result, 100).is_ok());
                prop_assert_eq!(to_document(RawDoc::new(&result)), model.clone());
                prop_assert_eq!(result, encode_document(&model));
            }
            (Err(error), None) => prop_assert_eq!(error.mongo_code(), 28),
            (outcome, model) => prop_assert!(false, "{outcome:?} for {model:?}"),
        }
    }

    #[test]
    fn any_operator_gives_a_storable_document_or_one_of_the_known_refusals(
        document in document(),
        operator in prop::sample::select(OPERATORS),
        at in path(),
        suffix in prop::sample::select(vec!["", ".$", ".$[]", ".$[].a", ".$.b"]),
        operand in operand(),
        positional in prop::option::of(0_usize..3),
    ) {
        let update = doc! {operator: {format!("{at}{suffix}"): operand}};
        let bytes = encode_document(&document);
        let outcome = Update::parse(&update)
            .and_then(|update| update.with_now(1).apply_raw(RawDoc::new(&bytes), positional));
        match outcome {
            Ok(Some(result)) => {
                prop_assert!(validate_document(&result, 100).is_ok());
                // Array keys are counted again, nothing is lost in between.
                prop_assert_eq!(&encode_document(&to_document(RawDoc::new(&result))), &result);
                prop_assert_eq!(check_storable_raw(&result), Ok(()));
            }
            Ok(None) => {}
            Err(error) => prop_assert_ne!(error.mongo_code(), 0),
        }
    }

    #[test]
    fn damaged_bytes_never_panic(
        document in document(),
        update_path in path(),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut bytes = encode_document(&document);
        let at = at.index(bytes.len());
        bytes[at] = byte;
        for update in [
            doc! {"$set": {&update_path: 1}},
            doc! {"$push": {&update_path: 1}},
            doc! {"$inc": {&update_path: 1}, "$rename": {"q": "r"}},
        ] {
            let update = Update::parse(&update).unwrap();
            let _ = update.apply_raw(RawDoc::new(&bytes), None);
            let _ = update.apply_raw(RawDoc::new(bytes.get(..at).unwrap_or_default()), None);
        }
    }
}
