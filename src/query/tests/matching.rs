use super::*;

/// Asserts which of the documents `{_id: n, a: value}` match.
fn check(query: Document, yes: &[Bson], no: &[Bson]) {
    for (values, expected) in [(yes, true), (no, false)] {
        for value in values {
            let document = doc! {"a": value.clone()};
            assert_eq!(matches(&query, &document), expected, "{query} on {document}");
        }
    }
}

/// Asserts whether whole documents match.
fn check_documents(query: Document, yes: &[Document], no: &[Document]) {
    for (documents, expected) in [(yes, true), (no, false)] {
        for document in documents {
            assert_eq!(matches(&query, document), expected, "{query} on {document}");
        }
    }
}

fn regex(pattern: &str, options: &str) -> Bson {
    Bson::RegularExpression(bson::Regex {
        pattern: bson::raw::CString::try_from(pattern).unwrap(),
        options: bson::raw::CString::try_from(options).unwrap(),
    })
}

fn date(ms: i64) -> Bson {
    Bson::DateTime(bson::DateTime::from_millis(ms))
}

#[test]
fn an_empty_filter_matches_everything() {
    check_documents(doc! {}, &[doc! {}, doc! {"a": 1}], &[]);
    check_documents(doc! {"$comment": "x"}, &[doc! {}], &[]);
    assert!(filter(doc! {}).is_empty() && filter(doc! {"$comment": 1}).is_empty());
    assert!(!filter(doc! {"a": 1}).is_empty());
}

#[test]
fn equality() {
    let one = [bson!(1), bson!(1.0), bson!(1_i64), Bson::Decimal128("1.0".parse().unwrap())];
    for operand in &one {
        check(doc! {"a": operand}, &one, &[bson!("1"), bson!(true), bson!(2), date(1)]);
    }
    check(doc! {"a": "x"}, &[bson!("x"), bson!(["y", "x"])], &[bson!("X"), bson!([["x"]])]);
    check(doc! {"a": true}, &[bson!(true)], &[bson!(1), bson!(false)]);
    check(doc! {"a": date(5)}, &[date(5)], &[bson!(5), date(6)]);
    check(doc! {"a": f64::NAN}, &[bson!(f64::NAN)], &[bson!(0), bson!(1.5), bson!("NaN")]);
    check(doc! {"a": 0}, &[bson!(-0.0)], &[bson!(f64::NAN)]);
    check(doc! {"a": 9_007_199_254_740_993_i64}, &[], &[bson!(9_007_199_254_740_992.0)]);
    // Whole objects and arrays, in order; arrays also as elements.
    check(
        doc! {"a": {"x": 1, "y": 2}},
        &[bson!({"x": 1, "y": 2}), bson!({"x": 1.0, "y": 2}), bson!([{"x": 1, "y": 2}])],
        &[bson!({"y": 2, "x": 1}), bson!({"x": 1}), bson!({"x": 1, "y": 2, "z": 3})],
    );
    check(doc! {"a": {}}, &[bson!({})], &[bson!({"x": 1}), bson!([]), bson!(null)]);
    check(doc! {"a": {"$eq": {}}}, &[bson!({})], &[bson!({"x": 1})]);
    check(
        doc! {"a": [1, 2]},
        &[bson!([1, 2]), bson!([[1, 2], 3])],
        &[bson!([2, 1]), bson!([1, 2, 3]), bson!(1), bson!([[[1, 2]]])],
    );
    check(doc! {"a": []}, &[bson!([]), bson!([[]])], &[bson!(null), bson!([1])]);
    // References and leaked commands are values, not operators.
    let reference = bson!({"$ref": "c", "$id": 1});
    check(doc! {"a": reference.clone()}, &[reference], &[bson!({"$ref": "c"})]);
    let leaked = bson!({"operator": "eq", "operands": [1], "fieldName": {}});
    check(doc! {"a": leaked.clone()}, &[leaked], &[bson!(1)]);
}

#[test]
fn null_equals_missing_but_not_an_empty_array() {
    for query in [doc! {"a": null}, doc! {"a": {"$eq": null}}, doc! {"a": {"$in": [null]}}] {
        check_documents(
            query,
            &[doc! {}, doc! {"a": null}, doc! {"a": Bson::Undefined}, doc! {"a": [1, null]}],
            &[doc! {"a": 0}, doc! {"a": []}, doc! {"a": {}}, doc! {"a": ""}],
        );
    }
    for query in [doc! {"a.b": null}, doc! {"a.b": {"$gte": null}}, doc! {"a.b": {"$lte": null}}] {
        check_documents(
            query,
            &[
                doc! {},
                doc! {"a": 4},
                doc! {"a": {}},
                doc! {"a": {"b": null}},
                doc! {"a": [{"b": 1}, {}]},
                doc! {"a": [1, {"b": null}]},
            ],
            &[doc! {"a": []}, doc! {"a": [1, 2]}, doc! {"a": [{"b": 1}]}, doc! {"a": [[{}]]}],
        );
    }
    check_documents(doc! {"a": {"$gt": null}}, &[], &[doc! {}, doc! {"a": null}, doc! {"a": 1}]);
}

#[test]
fn inequality_is_the_exact_negation() {
    check_documents(
        doc! {"a": {"$ne": 1}},
        &[doc! {}, doc! {"a": 2}, doc! {"a": [2, 3]}, doc! {"a": "1"}],
        &[doc! {"a": 1}, doc! {"a": 1.0}, doc! {"a": [2, 1]}],
    );
    check_documents(doc! {"a": {"$ne": null}}, &[doc! {"a": 1}], &[doc! {}, doc! {"a": null}]);
}

#[test]
fn ranges_stay_inside_one_type_class() {
    let gt5 = doc! {"a": {"$gt": 5}};
    check(
        gt5,
        &[bson!(6), bson!(5.1), bson!(6_i64)],
        &[bson!(5), bson!("9"), date(9), bson!(true)],
    );
    check(doc! {"a": {"$gte": 5}}, &[bson!(5), bson!(f64::INFINITY)], &[bson!(4.9)]);
    check(doc! {"a": {"$lt": 5}}, &[bson!(4)], &[bson!(5), bson!(f64::NAN), bson!(null)]);
    check(doc! {"a": {"$lte": 5}}, &[bson!(5)], &[bson!(6), bson!(f64::NAN)]);
    check(doc! {"a": {"$gt": "b"}}, &[bson!("c"), bson!("ba")], &[bson!("b"), bson!(9)]);
    check(doc! {"a": {"$lt": "文"}}, &[bson!("a")], &[bson!("斈")]);
    check(doc! {"a": {"$gt": date(5)}}, &[date(6)], &[date(5), bson!(6)]);
    check(doc! {"a": {"$gte": false}}, &[bson!(false), bson!(true)], &[bson!(0)]);
    check(doc! {"a": {"$gt": {"x": 1}}}, &[bson!({"x": 2})], &[bson!({"x": 1}), bson!(5)]);
    check(doc! {"a": {"$gt": [1, 2]}}, &[bson!([1, 3]), bson!([[2]])], &[bson!([1, 2]), bson!(9)]);
    check(doc! {"a": {"$gte": f64::NAN}}, &[bson!(f64::NAN)], &[bson!(1)]);
    check(doc! {"a": {"$gt": f64::NAN}}, &[], &[bson!(f64::NAN), bson!(1)]);
    check(doc! {"a": {"$lt": f64::NAN}}, &[], &[bson!(f64::NAN), bson!(1)]);
    check(doc! {"a": {"$gt": Bson::MinKey}}, &[bson!(1), bson!("x"), bson!(null)], &[Bson::MinKey]);
    check(doc! {"a": {"$lte": Bson::MaxKey}}, &[bson!(1), Bson::MaxKey], &[]);
}

#[test]
fn each_condition_may_be_met_by_another_element() {
    let both = doc! {"a": {"$gt": 25, "$lt": 15}};
    check(both, &[bson!([10, 30])], &[bson!([20]), bson!(30), bson!([10])]);
    check_documents(
        doc! {"p.area": {"$gt": 100}, "p.age": {"$lt": 2}},
        &[doc! {"p": [{"area": 200, "age": 9}, {"area": 1, "age": 1}]}],
        &[doc! {"p": [{"area": 200, "age": 9}]}],
    );
    check_documents(
        doc! {"p": {"$elemMatch": {"area": {"$gt": 100}, "age": {"$lt": 2}}}},
        &[doc! {"p": [{"area": 200, "age": 1}]}],
        &[doc! {"p": [{"area": 200, "age": 9}, {"area": 1, "age": 1}]}],
    );
}

#[test]
fn paths_walk_objects_arrays_and_indexes() {
    check_documents(
        doc! {"a.b": 1},
        &[doc! {"a": {"b": 1}}, doc! {"a": {"b": [2, 1]}}],
        &[doc! {"a.b": 1}, doc! {"a": {"c": 1}}, doc! {"a": [[{"b": 1}]]}],
    );
    check_documents(
        doc! {"root.objects.n": 5},
        &[doc! {"root": {"objects": [{"n": 4}, {"n": 5}]}}],
        &[doc! {"root": {"objects": [{"n": [[5]]}]}}],
    );
    check_documents(
        doc! {"a.1": "b"},
        &[doc! {"a": ["x", "b"]}, doc! {"a": {"1": "b"}}, doc! {"a": [{"1": "b"}]}],
        &[doc! {"a": ["b", "x"]}, doc! {"a": ["x", ["b"]]}, doc! {"a": ["x"]}],
    );
    check_documents(doc! {"a.1": ["b"]}, &[doc! {"a": ["x", ["b"]]}], &[doc! {"a": ["x", "b"]}]);
    check_documents(
        doc! {"a.0.b": 1},
        &[
            doc! {"a": [{"b": 1}]},
            doc! {"a": [[{"b": 1}]]},
            doc! {"a": {"0": {"b": 1}}},
            doc! {"a": [9, {"0": {"b": 1}}]},
        ],
        &[doc! {"a": [{"b": 2}, {"b": 1}]}, doc! {"a": [9, {"b": 1}]}],
    );
    check_documents(doc! {"a.0.1": 7}, &[doc! {"a": [[0, 7]]}], &[doc! {"a": [[7, 0]]}]);
    check_documents(doc! {"a.01": 7}, &[doc! {"a": {"01": 7}}], &[doc! {"a": [0, 7]}]);
    check_documents(doc! {"a.0": null}, &[doc! {"a": [{"x": 1}]}], &[doc! {"a": [1]}]);
    check_documents(doc! {"a..b": 1}, &[doc! {"a": {"": {"b": 1}}}], &[doc! {"a": {"b": 1}}]);
    check_documents(doc! {"": 1}, &[doc! {"": 1}], &[doc! {"a": 1}]);
}

#[test]
fn membership() {
    check(
        doc! {"a": {"$in": [1, "x", [5], {"k": 1}]}},
        &[bson!(1.0), bson!("x"), bson!(["z", "x"]), bson!([5]), bson!([[5]]), bson!({"k": 1})],
        &[bson!(2), bson!("X"), bson!(5), bson!([[1]])],
    );
    check_documents(doc! {"a": {"$in": []}}, &[], &[doc! {}, doc! {"a": 1}, doc! {"a": []}]);
    check_documents(doc! {"a": {"$nin": []}}, &[doc! {}, doc! {"a": 1}], &[]);
    check_documents(
        doc! {"a": {"$nin": [1, 2]}},
        &[doc! {}, doc! {"a": 3}, doc! {"a": [3]}],
        &[doc! {"a": 1}, doc! {"a": [3, 2]}],
    );
    check_documents(doc! {"a": {"$nin": [null]}}, &[doc! {"a": 1}], &[doc! {}, doc! {"a": null}]);
    check(
        doc! {"a": {"$in": [regex("^ab", "i"), 7]}},
        &[bson!("ABc"), bson!(7), bson!(["x", "abz"])],
        &[bson!("cab"), bson!(8)],
    );
    let many: Vec<Bson> = (0..1000).map(|number| bson!(number * 2)).collect();
    check(doc! {"a": {"$in": many}}, &[bson!(998), bson!(0.0)], &[bson!(999), bson!(-2)]);
}

#[test]
fn existence_and_type() {
    check_documents(
        doc! {"a": {"$exists": true}},
        &[doc! {"a": null}, doc! {"a": 1}, doc! {"a": []}],
        &[doc! {}, doc! {"b": 1}],
    );
    check_documents(doc! {"a": {"$exists": false}}, &[doc! {}], &[doc! {"a": null}]);
    for falsy in [bson!(0), bson!(null), bson!(0.0)] {
        check_documents(doc! {"a": {"$exists": falsy}}, &[doc! {}], &[doc! {"a": 1}]);
    }
    check_documents(doc! {"a": {"$exists": "x"}}, &[doc! {"a": 1}], &[doc! {}]);
    check_documents(
        doc! {"a.b": {"$exists": true}},
        &[doc! {"a": [{"c": 1}, {"b": 1}]}],
        &[doc! {"a": [{"c": 1}]}, doc! {"a": [1]}, doc! {"a": []}],
    );
    let types = [
        (bson!("double"), bson!(1.5)),
        (bson!(1), bson!(1.5)),
        (bson!("string"), bson!("x")),
        (bson!("object"), bson!({})),
        (bson!("array"), bson!([])),
        (bson!(4.0), bson!([1])),
        (bson!("bool"), bson!(true)),
        (bson!("date"), date(0)),
        (bson!("null"), bson!(null)),
        (bson!(10), bson!(null)),
        (bson!("int"), bson!(1)),
        (bson!("long"), bson!(1_i64)),
        (bson!("number"), bson!(1_i64)),
        (bson!(["string", "number"]), bson!(1.5)),
        (bson!("regex"), regex("x", "")),
        (bson!(-1), Bson::MinKey),
        (bson!("maxKey"), Bson::MaxKey),
        (bson!("int"), bson!(["x", 1])),
    ];
    for (operand, value) in types {
        let other = if operand == bson!("bool") { bson!(1) } else { bson!(true) };
        check(doc! {"a": {"$type": operand}}, &[value], &[other]);
    }
    check_documents(doc! {"a": {"$type": "null"}}, &[], &[doc! {}]);
}

#[test]
fn remainders() {
    let query = |divisor: Bson, remainder: Bson| doc! {"a": {"$mod": [divisor, remainder]}};
    check(
        query(bson!(4), bson!(0)),
        &[bson!(8), bson!(8.9), bson!(0), bson!([1, 4])],
        &[bson!(5), bson!("4"), bson!(null), bson!(f64::NAN), bson!(f64::INFINITY)],
    );
    check(query(bson!(4), bson!(-1)), &[bson!(-5), bson!(-5.7)], &[bson!(3), bson!(5)]);
    check(query(bson!(-4), bson!(1)), &[bson!(5)], &[bson!(-5)]);
    check(query(bson!(4.9), bson!(1.9)), &[bson!(5)], &[bson!(6)]);
    check(query(bson!(2), bson!("x")), &[bson!(2)], &[bson!(1)]);
    check(query(bson!(-1), bson!(0)), &[bson!(i64::MIN)], &[]);
}

#[test]
fn arrays_by_size_and_content() {
    check(doc! {"a": {"$size": 2}}, &[bson!([1, 2]), bson!([[1], []])], &[bson!([1]), bson!("ab")]);
    check(doc! {"a": {"$size": 0.0}}, &[bson!([])], &[bson!([1]), bson!(null)]);
    check_documents(doc! {"a.0": {"$size": 1_i64}}, &[doc! {"a": [[9]]}], &[doc! {"a": [9]}]);
    check(
        doc! {"a": {"$all": [1, 2]}},
        &[bson!([2, 3, 1]), bson!([1, 2])],
        &[bson!([1]), bson!(1), bson!([[1, 2]])],
    );
    check(doc! {"a": {"$all": [1, 1.0]}}, &[bson!(1), bson!([1])], &[bson!(2)]);
    check(doc! {"a": {"$all": []}}, &[], &[bson!([]), bson!(1)]);
    check(doc! {"a": {"$all": [[1, 2]]}}, &[bson!([1, 2]), bson!([[1, 2]])], &[bson!([2, 1])]);
    check(doc! {"a": {"$all": [regex("^x", ""), "y"]}}, &[bson!(["y", "xx"])], &[bson!(["y"])]);
    check_documents(doc! {"a": {"$all": [null]}}, &[doc! {}, doc! {"a": null}], &[doc! {"a": 1}]);
    check(
        doc! {"a": {"$all": [{"$elemMatch": {"$gt": 5}}, {"$elemMatch": {"$lt": 2}}]}},
        &[bson!([1, 6])],
        &[bson!([6]), bson!([1]), bson!(6)],
    );
    check(doc! {"a": {"$all": [{"x": 1}]}}, &[bson!([{"x": 1}])], &[bson!([{"x": 2}])]);
}

#[test]
fn one_element_satisfies_everything() {
    let value = doc! {"a": {"$elemMatch": {"$gt": 80, "$lt": 100}}};
    check(value, &[bson!([90]), bson!([1, 99.5])], &[bson!([70, 110]), bson!(90), bson!([[90]])]);
    check(doc! {"a": {"$elemMatch": {"$in": [1, null]}}}, &[bson!([null])], &[bson!([]), bson!(1)]);
    check(doc! {"a": {"$elemMatch": {"$not": {"$gt": 5}}}}, &[bson!([9, 1])], &[bson!([9])]);
    check(doc! {"a": {"$elemMatch": {"$ne": 1}}}, &[bson!([1, 2])], &[bson!([1]), bson!([])]);
    check(doc! {"a": {"$elemMatch": {"$size": 2}}}, &[bson!([[1, 2]])], &[bson!([1, 2])]);
    check(doc! {"a": {"$elemMatch": {"$elemMatch": {"$gt": 5}}}}, &[bson!([[6]])], &[bson!([6])]);
    check(doc! {"a": {"$elemMatch": {"$regex": "^x"}}}, &[bson!(["xy"])], &[bson!("xy")]);
    check(
        doc! {"a": {"$elemMatch": {"x": 1, "y.z": {"$gt": 2}}}},
        &[bson!([{"x": 1, "y": {"z": 3}}]), bson!([0, {"x": 1, "y": [{"z": 3}]}])],
        &[bson!({"x": 1, "y": {"z": 3}}), bson!([{"x": 1}, {"y": {"z": 3}}]), bson!([1])],
    );
    check(doc! {"a": {"$elemMatch": {}}}, &[bson!([{}]), bson!([[1]])], &[bson!([1]), bson!([])]);
    check(doc! {"a": {"$elemMatch": {"0": 1}}}, &[bson!([[1]])], &[bson!([1])]);
    check(
        doc! {"a": {"$elemMatch": {"$or": [{"x": 1}, {"y": 1}]}}},
        &[bson!([{"y": 1}])],
        &[bson!([{"z": 1}])],
    );
}

#[test]
fn regular_expressions() {
    let forms = [
        doc! {"a": regex("b+c", "i")},
        doc! {"a": {"$regex": "b+c", "$options": "i"}},
        doc! {"a": {"$options": "i", "$regex": "b+c"}},
        doc! {"a": {"$regex": regex("b+c", "i")}},
        doc! {"a": {"$regex": regex("b+c", ""), "$options": "gi"}},
        doc! {"a": {"$in": [regex("b+c", "i")]}},
    ];
    for form in forms {
        check(
            form,
            &[bson!("aBBC"), bson!(["x", "bc"])],
            &[bson!("ab"), bson!(5), bson!([["bc"]])],
        );
    }
    let stored = regex("x", "i");
    check(doc! {"a": stored.clone()}, &[stored.clone(), bson!("X")], &[regex("x", "")]);
    check(doc! {"a": {"$eq": stored.clone()}}, &[stored], &[bson!("X")]);
    check_documents(
        doc! {"a": {"$not": regex("x", "")}},
        &[doc! {}, doc! {"a": "y"}, doc! {"a": 5}],
        &[doc! {"a": "x"}, doc! {"a": ["y", "x"]}],
    );
    check(doc! {"a": {"$regex": ""}}, &[bson!("anything")], &[bson!(1)]);
}

#[test]
fn logic() {
    let documents = [doc! {"a": 1, "b": 1}, doc! {"a": 1}, doc! {"b": 1}, doc! {}];
    let cases = [
        (doc! {"$and": [{"a": 1}, {"b": 1}]}, [true, false, false, false]),
        (doc! {"$or": [{"a": 1}, {"b": 1}]}, [true, true, true, false]),
        (doc! {"$nor": [{"a": 1}, {"b": 1}]}, [false, false, false, true]),
        (
            doc! {"$or": [{"$and": [{"a": 1}, {"b": 1}]}, {"$nor": [{"a": 1}]}]},
            [true, false, true, true],
        ),
        (doc! {"a": {"$not": {"$gt": 0}}}, [false, false, true, true]),
        (doc! {"a": {"$not": {"$not": {"$gt": 0}}}}, [true, true, false, false]),
        (doc! {"a": {"$not": {"$gt": 0, "$lt": 1}}}, [true, true, true, true]),
        (doc! {"$or": [{}]}, [true, true, true, true]),
        (doc! {"$alwaysTrue": 1}, [true, true, true, true]),
        (doc! {"$alwaysFalse": 1}, [false, false, false, false]),
        (doc! {"a": 1, "$or": [{"b": 1}]}, [true, false, false, false]),
    ];
    for (query, expected) in cases {
        for (document, expected) in documents.iter().zip(expected) {
            assert_eq!(matches(&query, document), expected, "{query} on {document}");
        }
    }
}

#[test]
fn bits() {
    let binary = |bytes: &[u8]| {
        Bson::Binary(bson::Binary {
            subtype: bson::spec::BinarySubtype::Generic,
            bytes: bytes.into(),
        })
    };
    let cases = [
        ("$bitsAllSet", bson!([1, 2]), vec![bson!(6), bson!(7.0), bson!(-2)], vec![bson!(2)]),
        ("$bitsAllSet", bson!(6), vec![bson!(6), binary(&[7])], vec![bson!(4), bson!(6.5)]),
        ("$bitsAllClear", bson!([0]), vec![bson!(6), bson!(0)], vec![bson!(1), bson!("6")]),
        ("$bitsAnySet", bson!(3), vec![bson!(1), bson!([8, 2])], vec![bson!(4), bson!(null)]),
        ("$bitsAnyClear", bson!([0, 1]), vec![bson!(1)], vec![bson!(3), bson!(-1)]),
        ("$bitsAllSet", bson!([200]), vec![bson!(-1)], vec![bson!(1), binary(&[255])]),
        ("$bitsAllSet", binary(&[0, 1]), vec![bson!(256)], vec![bson!(1)]),
    ];
    for (operator, operand, yes, no) in cases {
        check(doc! {"a": {operator: operand}}, &yes, &no);
    }
}

#[derive(Debug)]
struct HasField(&'static str);

impl Predicate for HasField {
    fn matches(&self, document: RawDoc<'_>) -> Result<bool> {
        Ok(document.get(self.0).is_some())
    }
}

impl ExpressionParser for HasField {
    fn parse_predicate(&self, _expression: &Bson) -> Result<Arc<dyn Predicate>> {
        Ok(Arc::new(HasField(self.0)))
    }
}

#[test]
fn expressions_are_compiled_by_whoever_was_handed_in() {
    let parser = HasField("x");
    let context = ParseContext { expressions: Some(&parser) };
    let filter = Filter::parse(&doc! {"$or": [{"$expr": "$x"}, {"a": 1}]}, &context).unwrap();
    for (document, expected) in [(doc! {"x": 1}, true), (doc! {"a": 1}, true), (doc! {}, false)] {
        let bytes = encode_document(&document);
        assert_eq!(filter.matches(RawDoc::new(&bytes)).unwrap(), expected, "{document}");
    }
}

#[test]
fn bare_values() {
    let cases: &[(Bson, &[Bson], &[Bson])] = &[
        (bson!(1), &[bson!(1.0)], &[bson!([1]), bson!(2)]),
        (bson!(null), &[bson!(null)], &[bson!(0)]),
        (bson!([1]), &[bson!([1])], &[bson!(1), bson!([[1]])]),
        (bson!({"$gt": 5}), &[bson!(6), bson!([6])], &[bson!(5), bson!("6")]),
        (bson!({"$in": [1, 2]}), &[bson!(2)], &[bson!(3)]),
        (bson!({"$eq": {"x": 1}}), &[bson!({"x": 1})], &[bson!({"x": 1, "y": 2})]),
        (bson!({"$not": {"$gt": 5}}), &[bson!(5), bson!("x")], &[bson!(6), bson!([1, 6])]),
        (bson!({"$elemMatch": {"x": 1}}), &[bson!([{"x": 1}])], &[bson!({"x": 1})]),
        (bson!({"x": 1}), &[bson!({"x": 1, "y": 2}), bson!({"x": [1]})], &[bson!(1), bson!([])]),
        (
            bson!({"x": {"$gte": 8}, "y.z": 1}),
            &[bson!({"x": 9, "y": {"z": 1}})],
            &[bson!({"x": 9})],
        ),
        (bson!({"$or": [{"x": 1}, {"y": 1}]}), &[bson!({"y": 1})], &[bson!({"z": 1}), bson!(1)]),
        (bson!({}), &[bson!({}), bson!({"x": 1})], &[bson!(1), bson!([])]),
        (regex("^x", ""), &[bson!("xy"), regex("^x", "")], &[bson!("y"), bson!(1)]),
    ];
    for (condition, yes, no) in cases {
        let filter = Filter::parse_value(condition, &ParseContext::default()).unwrap();
        for (values, expected) in [(*yes, true), (*no, false)] {
            for value in values {
                let bytes = encode_document(&doc! {"v": value.clone()});
                let raw = RawDoc::new(&bytes).get("v").unwrap();
                assert_eq!(filter.matches(raw).unwrap(), expected, "{condition} on {value}");
            }
        }
    }
}

#[test]
fn the_matched_element_is_known() {
    let cases = [
        (doc! {"a": 5}, doc! {"a": [1, 5, 5]}, Some(1)),
        (doc! {"a": {"$gt": 1}}, doc! {"a": [1, 5, 6]}, Some(1)),
        (doc! {"a": {"$gt": 1, "$lt": 6}}, doc! {"a": [9, 1, 5]}, Some(1)),
        (doc! {"a.b": 2}, doc! {"a": [{"b": 1}, {"b": [0, 2]}]}, Some(1)),
        (
            doc! {"a": {"$elemMatch": {"b": 2, "c": 3}}},
            doc! {"a": [{"b": 2}, {"b": 2, "c": 3}]},
            Some(1),
        ),
        (doc! {"a": {"$elemMatch": {"$gt": 4}}}, doc! {"a": [1, 5]}, Some(1)),
        (doc! {"a": {"$all": [5, 1]}}, doc! {"a": [5, 1]}, Some(1)),
        (doc! {"a": {"$in": [6]}}, doc! {"a": [1, 5, 6]}, Some(2)),
        (doc! {"a": 5, "b": 1}, doc! {"a": [1, 5], "b": [1]}, Some(1)),
        (doc! {"$or": [{"b": 9}, {"a": 5}]}, doc! {"a": [1, 5]}, Some(1)),
        (doc! {"$and": [{"a": 1}, {"x": 1}]}, doc! {"a": [0, 1], "x": 1}, Some(1)),
        (doc! {"a.1": 5}, doc! {"a": [1, 5]}, Some(1)),
        (doc! {"a": [1, 5]}, doc! {"a": [1, 5]}, None),
        (doc! {"a": {"$ne": 7}}, doc! {"a": [1, 5]}, None),
        (doc! {"b": 1}, doc! {"a": [1], "b": 1}, None),
        (doc! {"a": 7}, doc! {"a": [1]}, None),
    ];
    for (query, document, expected) in cases {
        let bytes = encode_document(&document);
        let found = filter(query.clone()).positional_index(RawDoc::new(&bytes), &path("a"));
        assert_eq!(found.unwrap(), expected, "{query} on {document}");
    }
}

#[test]
fn json_schema() {
    let schema = doc! {"$jsonSchema": {
        "required": ["name", "year"],
        "properties": {
            "name": {"bsonType": "string", "minLength": 2, "maxLength": 3, "pattern": "^[a-z文]"},
            "year": {"bsonType": ["int", "long"], "minimum": 2000, "maximum": 2100, "exclusiveMaximum": true},
            "tags": {"type": "array", "uniqueItems": true, "minItems": 1, "maxItems": 3, "items": {"type": "string"}},
            "pair": {"items": [{"type": "number"}], "additionalItems": false},
            "price": {"multipleOf": 0.5},
            "kind": {"enum": ["a", null, 1]},
            "any": {"anyOf": [{"type": "string"}, {"type": "null"}]},
            "one": {"oneOf": [{"minimum": 1}, {"maximum": 5}]},
            "all": {"allOf": [{"minimum": 1}, {"maximum": 5}]},
            "not": {"not": {"type": "boolean"}},
            "size": {"minProperties": 1, "maxProperties": 2},
            "open": {"patternProperties": {"^x": {"type": "number"}}, "properties": {"k": {}}, "additionalProperties": false},
            "deps": {"dependencies": {"a": ["b"], "c": {"required": ["d"]}}},
        },
    }};
    let valid = doc! {"name": "ab", "year": 2020};
    let with = |key: &str, value: Bson| {
        let mut document = valid.clone();
        document.insert(key, value);
        document
    };
    let cases: &[(&str, &[Bson], &[Bson])] = &[
        (
            "name",
            &[bson!("文字"), bson!("abc")],
            &[bson!("a"), bson!("abcd"), bson!("Ab"), bson!(5)],
        ),
        ("year", &[bson!(2000), bson!(2099_i64)], &[bson!(2100), bson!(1999), bson!(2000.5)]),
        ("tags", &[bson!(["a"])], &[bson!([]), bson!(["a", "a"]), bson!([1]), bson!("a")]),
        ("pair", &[bson!([1]), bson!([]), bson!("x")], &[bson!(["x"]), bson!([1, 2])]),
        ("price", &[bson!(1.5), bson!(2), bson!("x")], &[bson!(1.2)]),
        ("kind", &[bson!("a"), bson!(null), bson!(1.0)], &[bson!("b"), bson!(2)]),
        ("any", &[bson!("x"), bson!(null)], &[bson!(1)]),
        ("one", &[bson!(0), bson!(6)], &[bson!(3)]),
        ("all", &[bson!(3)], &[bson!(0), bson!(6)]),
        ("not", &[bson!(3)], &[bson!(true)]),
        ("size", &[bson!({"a": 1}), bson!(1)], &[bson!({}), bson!({"a": 1, "b": 2, "c": 3})]),
        ("open", &[bson!({"xa": 1, "k": "v"})], &[bson!({"xa": "1"}), bson!({"y": 1})]),
        (
            "deps",
            &[bson!({"a": 1, "b": 1}), bson!({"c": 1, "d": 1}), bson!({})],
            &[bson!({"a": 1}), bson!({"c": 1})],
        ),
    ];
    assert!(matches(&schema, &valid));
    assert!(!matches(&schema, &doc! {"name": "ab"}));
    for (key, yes, no) in cases {
        for (values, expected) in [(*yes, true), (*no, false)] {
            for value in values {
                let document = with(key, value.clone());
                assert_eq!(matches(&schema, &document), expected, "{document}");
            }
        }
    }
}

#[test]
fn an_exponential_walk_is_given_up() {
    let mut value = bson!(1);
    for _ in 0..45 {
        value = bson!([{"0": value}]);
    }
    let bytes = encode_document(&doc! {"a": value});
    let query = doc! {format!("a{}", ".0".repeat(90)): 2};
    let outcome = filter(query).matches(RawDoc::new(&bytes));
    assert_eq!(outcome.unwrap_err().kind(), crate::error::ErrorKind::LimitExceeded);
}
