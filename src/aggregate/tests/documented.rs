//! The examples of the service's own documents.

use super::*;
use bson::bson;

#[test]
fn group_by_an_object_with_a_computed_field() {
    let documents = bson!([
        {"_id": 1, "region": "asia", "scores": [10, 20, 30], "age": 18},
        {"_id": 2, "region": "asia", "scores": [10, 20, 30], "age": 20},
        {"_id": 3, "region": "europe", "scores": [1, 2], "age": 20},
    ]);
    let stages = bson!([{"$group": {
        "_id": {"region": "$region", "maxScore": {"$max": "$scores"}}, "ages": {"$push": "$age"},
    }}]);
    assert_eq!(
        answer(documents, stages),
        bson!([
            {"_id": {"region": "asia", "maxScore": 30}, "ages": [18, 20]},
            {"_id": {"region": "europe", "maxScore": 2}, "ages": [20]},
        ])
    );
}

#[test]
fn totals_of_arrays_and_of_paths_through_arrays() {
    let documents = bson!([{"_id": 1, "homework": [10, 5, 10], "quiz": [10, 8], "extraCredit": 0}]);
    let stages = bson!([
        {"$addFields": {"totalHomework": {"$sum": "$homework"}, "totalQuiz": {"$sum": "$quiz"}}},
        {"$addFields": {"total": {"$add": ["$totalHomework", "$totalQuiz", "$extraCredit"]}}},
        {"$project": {"total": 1}},
    ]);
    assert_eq!(answer(documents, stages), bson!([{"_id": 1, "total": 43}]));
    let documents = bson!([{"_id": 1, "scores": {"a": 4, "b": 5}}]);
    let stages = bson!([{"$project": {"list": [{"$sum": ["$scores.a", "$scores.b"]}]}}]);
    assert_eq!(answer(documents, stages), bson!([{"_id": 1, "list": [9]}]));
}

fn shop() -> Fake {
    Fake::with(&[
        (
            "c",
            bson!([
                {"_id": 4, "book": "novel 1", "price": 30, "quantity": 2},
                {"_id": 5, "book": "science 1", "price": 20, "quantity": 1}, {"_id": 6},
            ]),
        ),
        (
            "books",
            bson!([
                {"_id": "book1", "title": "novel 1", "stock": 10},
                {"_id": "book3", "title": "science 1", "stock": 30},
                {"_id": "book5", "title": null}, {"_id": "book6"},
            ]),
        ),
    ])
}

#[test]
fn orders_without_a_book_join_books_without_a_title() {
    let stages = bson!([{"$lookup": {
        "from": "books", "localField": "book", "foreignField": "title", "as": "bookList",
    }}]);
    let results = shop().run(stages).unwrap();
    assert_eq!(
        results[2],
        doc! {"_id": 6, "bookList": [{"_id": "book5", "title": null}, {"_id": "book6"}]}
    );
    assert_eq!(results[0].get_array("bookList").unwrap().len(), 1);
}

#[test]
fn a_joined_document_is_merged_into_the_order() {
    let stages = bson!([
        {"$match": {"_id": 4}},
        {"$lookup": {
            "from": "books", "localField": "book", "foreignField": "title", "as": "bookList",
        }},
        {"$replaceRoot": {"newRoot": {"$mergeObjects": [
            {"$arrayElemAt": ["$bookList", 0]}, "$$ROOT",
        ]}}},
        {"$project": {"bookList": 0}},
    ]);
    assert_eq!(
        shop().run(stages).unwrap(),
        [doc! {
            "_id": 4, "title": "novel 1", "stock": 10, "book": "novel 1", "price": 30, "quantity": 2,
        }]
    );
}

#[test]
fn a_correlated_join_compares_several_fields() {
    let stages = bson!([
        {"$lookup": {
            "from": "books", "let": {"title": "$book", "wanted": "$quantity"},
            "pipeline": [
                {"$match": {"$expr": {"$and": [
                    {"$eq": ["$title", "$$title"]}, {"$gte": ["$stock", "$$wanted"]},
                ]}}},
                {"$project": {"_id": 0, "title": 1, "stock": 1}},
            ],
            "as": "bookList",
        }},
        {"$match": {"_id": 5}},
    ]);
    let results = shop().run(stages).unwrap();
    assert_eq!(
        results[0].get_array("bookList").unwrap(),
        &[bson!({"title": "science 1", "stock": 30})]
    );
}

#[test]
fn tags_are_counted_after_they_were_unwound() {
    let documents = bson!([{"tags": ["C", "D"]}, {"tags": ["C"]}, {"tags": []}]);
    let stages = bson!([{"$unwind": "$tags"}, {"$sortByCount": "$tags"}]);
    assert_eq!(
        answer(documents, stages),
        bson!([{"_id": "C", "count": 2}, {"_id": "D", "count": 1}])
    );
}

#[test]
fn goods_are_put_into_price_ranges() {
    let documents = bson!([
        {"_id": 1, "price": 10}, {"_id": 2, "price": 40}, {"_id": 3, "price": 50},
        {"_id": 4, "price": 150},
    ]);
    let stages = bson!([{"$bucket": {
        "groupBy": "$price", "boundaries": [0, 50, 100], "default": "other",
        "output": {"count": {"$sum": 1}, "ids": {"$push": "$_id"}},
    }}]);
    assert_eq!(
        answer(documents, stages),
        bson!([
            {"_id": 0, "count": 2, "ids": [1, 2]}, {"_id": 50, "count": 1, "ids": [3]},
            {"_id": "other", "count": 1, "ids": [4]},
        ])
    );
}
