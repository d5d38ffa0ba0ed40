//! `$lookup` whose sub-pipeline asks for a field that equals a variable, beside the same question
//! in a form that has to look at every document.

use super::*;
use bson::bson;

fn decimal(text: &str) -> Bson {
    Bson::Decimal128(text.parse().unwrap())
}

/// Values that are equal, and nearly equal, across types and places.
fn values() -> Vec<Bson> {
    vec![
        bson!(1),
        bson!(1_i64),
        bson!(1.0),
        decimal("1.00"),
        bson!(1.5),
        decimal("1.5"),
        bson!(0),
        bson!(-0.0),
        bson!(f64::NAN),
        decimal("NaN"),
        bson!(f64::INFINITY),
        decimal("Infinity"),
        Bson::Int64(9_007_199_254_740_993),
        bson!(9_007_199_254_740_992.0),
        decimal("9007199254740993"),
        decimal("0.1"),
        bson!(0.1),
        bson!("1"),
        bson!(""),
        Bson::Symbol("1".into()),
        Bson::Null,
        Bson::Undefined,
        Bson::MinKey,
        bson!(true),
        bson!(false),
        bson!([]),
        bson!([1]),
        bson!([1.0]),
        bson!([1, 2]),
        bson!([[1]]),
        bson!([null]),
        bson!({}),
        bson!({"x": 1}),
        bson!({"x": 1.0}),
        bson!({"x": 1, "y": 2}),
        bson!({"y": 2, "x": 1}),
        bson!([{"x": 1}]),
        bson!([{"x": 1}, {"x": [1]}, 1]),
        bson!({"x": {"y": 1}}),
        Bson::DateTime(bson::DateTime::from_millis(1)),
        Bson::Timestamp(bson::Timestamp { time: 0, increment: 1 }),
        Bson::RegularExpression(bson::Regex {
            pattern: "1".try_into().unwrap(),
            options: "".try_into().unwrap(),
        }),
    ]
}

/// Documents with these values at `name`, and some without.
fn documents(entropy: &Entropy, count: i32, name: &str) -> Bson {
    let values = values();
    let one = |id| {
        let at = usize::try_from(entropy.next_u64() % (values.len() as u64 + 2)).unwrap();
        let mut document = doc! {"_id": id, "n": id % 5};
        if let Some(value) = values.get(at) {
            document.insert(name, value.clone());
        }
        Bson::Document(document)
    };
    Bson::Array((0..count).map(one).collect())
}

fn lookup(stages: Bson, variable: &str) -> Bson {
    bson!([{"$lookup": {
        "from": "f", "let": {"v": variable, "n": "$n"}, "pipeline": stages, "as": "r",
    }}])
}

/// Sub-pipelines with the equality `condition` in them.
fn pipelines(condition: &Bson) -> Vec<Bson> {
    let condition = || condition.clone();
    let matching = |filter: Bson| bson!([{"$match": filter}]);
    vec![
        matching(bson!({"$expr": condition()})),
        matching(bson!({"$expr": {"$and": [condition(), {"$gte": ["$n", "$$n"]}]}})),
        matching(bson!({"$expr": {"$and": [{"$gte": ["$n", "$$n"]}, {"$and": [condition()]}]}})),
        matching(bson!({"n": {"$gt": 1}, "$expr": condition()})),
        matching(bson!({"$and": [{"n": 2}, {"$expr": condition()}]})),
        matching(bson!({"$or": [{"n": 2}, {"$expr": condition()}]})),
        bson!([{"$match": {"$expr": condition()}}, {"$sort": {"n": -1}}, {"$limit": 3}]),
        bson!([{"$match": {"$expr": condition()}}, {"$count": "total"}]),
        bson!([{"$match": {"n": {"$ne": 3}}}, {"$match": {"$expr": condition()}}]),
        bson!([{"$addFields": {"k": "$n"}}, {"$match": {"$expr": condition()}}]),
        bson!([{"$limit": 40}, {"$addFields": {"k": "$$n"}}, {"$match": {"$expr": condition()}}]),
    ]
}

fn without_equality(condition: &Bson) -> Bson {
    bson!({"$or": [condition.clone()]})
}

#[test]
fn the_documents_are_those_of_looking_at_all() {
    let entropy = Entropy::seeded(11);
    let local = documents(&entropy, 50, "v");
    let foreign = documents(&entropy, 60, "k");
    let of = |indexed: &[&'static str]| Fake {
        indexed: indexed.to_vec(),
        ..Fake::with(&[("c", local.clone()), ("f", foreign.clone())])
    };
    let equalities = [
        (bson!({"$eq": ["$k", "$$v"]}), "$v"),
        (bson!({"$eq": ["$$v", "$k"]}), "$v"),
        (bson!({"$eq": ["$k", "$$v.x"]}), "$v"),
        (bson!({"$eq": ["$k.x", "$$v"]}), "$v"),
        (bson!({"$eq": ["$k.x", "$$v"]}), "$v.x"),
        (bson!({"$eq": ["$k.x.y", "$$n"]}), "$v"),
        (bson!({"$eq": ["$$ROOT.k", "$$v"]}), "$v"),
        (bson!({"$eq": ["$k", "$n"]}), "$v"),
    ];
    let mut found = 0;
    for (condition, variable) in equalities {
        let plain = pipelines(&without_equality(&condition));
        for (narrowed, plain) in pipelines(&condition).into_iter().zip(plain) {
            let expected = of(&[]).run(lookup(plain, variable)).unwrap();
            found += expected.iter().map(|one| one.get_array("r").unwrap().len()).sum::<usize>();
            let stages = lookup(narrowed, variable);
            let ways = [
                ("by a hash", of(&[]).run(stages.clone())),
                ("by an index", of(&["k", "k.x", "k.x.y"]).run(stages.clone())),
                ("by another index", of(&["n"]).run(stages.clone())),
                ("without memory", of(&[]).run_within(stages.clone(), 400)),
                ("by an index without memory", of(&["k"]).run_within(stages.clone(), 400)),
            ];
            for (way, results) in ways {
                // NaN equals nothing: texts are compared.
                let results = results.map(|results| format!("{results:?}"));
                let expected = format!("{expected:?}");
                let may_fail = way.ends_with("memory") && stages.to_string().contains("$sort");
                assert!(
                    results.as_ref() == Ok(&expected) || may_fail && results.is_err(),
                    "{way}: {stages}\n{results:?}\n{expected}"
                );
            }
        }
    }
    assert!(found > 1_000, "{found} documents were joined");
}

#[test]
fn variables_of_an_outer_lookup_narrow_too() {
    let fake = Fake::with(&[
        ("c", bson!([{"_id": 1, "a": 1}, {"_id": 2, "a": 2}])),
        ("f", bson!([{"_id": 1, "k": 1}, {"_id": 2, "k": 2}, {"_id": 3, "k": 2}])),
    ]);
    let inner = bson!([{"$lookup": {
        "from": "f", "let": {"own": "$k"}, "as": "r",
        "pipeline": [{"$match": {"$expr": {"$eq": ["$k", "$$outer"]}}}, {"$project": {"_id": 1}}],
    }}]);
    let stages = bson!([{"$lookup": {
        "from": "f", "let": {"outer": "$a"}, "pipeline": inner, "as": "r",
    }}]);
    let results = fake.run(stages).unwrap();
    let counts = results.iter().map(|result| {
        let outer = result.get_array("r").unwrap().iter();
        outer.map(|one| one.as_document().unwrap().get_array("r").unwrap().len()).collect()
    });
    assert_eq!(counts.collect::<Vec<Vec<usize>>>(), [vec![1, 1, 1], vec![2, 2, 2]]);
}

#[test]
fn what_could_fail_before_the_equality_still_does() {
    let foreign = bson!([{"_id": 1, "k": 1, "z": 1}, {"_id": 2, "k": 2, "z": 0}]);
    let fake = Fake::with(&[("c", bson!([{"v": 1}])), ("f", foreign)]);
    let equality = || bson!({"$eq": ["$k", "$$v"]});
    let divides = || bson!({"$gt": [{"$divide": [1, "$z"]}, 0]});
    let run = |operands: Bson| {
        let stages = bson!([{"$match": {"$expr": {"$and": operands}}}]);
        fake.run(lookup(stages, "$v")).map(|results| results[0].get_array("r").unwrap().len())
    };
    assert_eq!(run(bson!([equality(), divides()])), Ok(1));
    assert!(run(bson!([divides(), equality()])).is_err());
}

/// Thousands of steps, and scans of the foreign collection, of a join of 600 documents with 600.
fn work(indexed: &[&'static str], stage: Bson) -> (u32, usize) {
    let all: Vec<Bson> = (0..600).map(|n| bson!({"_id": n, "k": n, "v": n, "n": 1})).collect();
    let fake = Fake::with(&[("c", Bson::Array(all.clone())), ("f", Bson::Array(all))]);
    let fake = Fake { indexed: indexed.to_vec(), ..fake };
    let pipeline = parse(lookup(bson!([stage]), "$v")).unwrap();
    let checks = Cell::new(0);
    let check = || {
        checks.set(checks.get() + 1);
        Ok(())
    };
    let execution = Execution::new(&fake).with_check(&check);
    pipeline.run("c", &execution, &mut |_| Ok(())).unwrap();
    (checks.get(), fake.visited.get() / 600 - 1)
}

#[test]
fn the_product_is_not_evaluated() {
    let equality = || bson!({"$eq": ["$k", "$$v"]});
    let matching = |condition: Bson| bson!({"$match": {"$expr": condition}});
    let plain = matching(without_equality(&equality()));
    assert_eq!(work(&[], matching(equality())), (2, 1));
    assert!(work(&[], plain).0 > 300);
    // The first documents ask the index, which here is a scan.
    assert_eq!(work(&["k"], matching(equality())).1, 128 + 1);
    // A condition that no index serves is no reason to read the collection each time.
    let with_field = bson!({"$match": {"n": 1, "$expr": equality()}});
    assert_eq!(work(&[], with_field.clone()).1, 1);
    assert_eq!(work(&["n"], with_field).1, 128 + 1);
    let plain_with_field = bson!({"$match": {"n": 1, "$expr": without_equality(&equality())}});
    assert_eq!(work(&["n"], plain_with_field).1, 600);
}
