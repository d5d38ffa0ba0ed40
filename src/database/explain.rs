//! `explain`: what a command would look at, in the shape of MongoDB 4.0's answer.

use crate::database::admin::key_pattern;
use crate::database::command::Command;
use crate::database::command::Find;
use crate::database::core::Core;
use crate::database::deadline::Deadline;
use crate::database::explain_bounds::index_bounds;
use crate::database::find;
use crate::database::find::FindPlan;
use crate::database::find::access_for;
use crate::database::plan::Access;
use crate::database::plan::Examined;
use crate::database::plan::IndexScan;
use crate::database::plan::ReadFrom;
use crate::database::view::View;
use crate::database::walk::Walk;
use crate::error::{Error, ErrorKind, Result};
use crate::query::Filter;
use crate::store::CollectionInfo;
use crate::value::Bson;
use crate::value::Document;
use bson::doc;

/// What is explained, reduced to a search and what is done with its documents.
struct Search {
    find: Find,
    /// The stage above the search, if any.
    outer: Option<&'static str>,
}

/// Answers for [`Command::Find`], `Count`, `Update`, `Replace`, `Delete` and `Aggregate`. Nothing
/// is written.
pub fn explain(
    core: &Core,
    view: &View<'_>,
    command: Command,
    deadline: &Deadline,
) -> Result<Document> {
    let now_ms = core.clock.now_ms();
    let search = match command {
        Command::Aggregate { collection, pipeline } => {
            return explain_pipeline(view, collection, pipeline, now_ms, deadline);
        }
        Command::Find(find) => Search { find, outer: None },
        Command::Count { collection, filter } => write_search(collection, filter, true, "COUNT"),
        Command::Update(update) => {
            write_search(update.collection, update.filter, update.multi, "UPDATE")
        }
        Command::Replace { collection, filter, .. } => {
            write_search(collection, filter, false, "UPDATE")
        }
        Command::Delete { collection, filter, multi } => {
            write_search(collection, filter, multi, "DELETE")
        }
        _ => {
            return Err(Error::new(
                ErrorKind::InvalidParam,
                "only find, count, update, remove and aggregate can be explained",
            ));
        }
    };
    explain_search(view, search, now_ms, deadline)
}

fn write_search(collection: String, filter: Document, multi: bool, stage: &'static str) -> Search {
    let limit = if multi { None } else { Some(1) };
    Search { find: Find { collection, filter, limit, ..Find::default() }, outer: Some(stage) }
}

fn explain_search(
    view: &View<'_>,
    search: Search,
    now_ms: i64,
    deadline: &Deadline,
) -> Result<Document> {
    let Search { find: request, outer } = search;
    let plan = FindPlan::parse(request.clone(), now_ms)?;
    let collection = view.collection(&plan.collection)?;
    let walk = Walk::new(view, &collection, deadline);
    let (access, sorts) = if plan.filter.geo_near().is_some() {
        (access_for(&walk, &plan.filter)?, false)
    } else {
        let access = plan.access(&walk)?;
        let sorted = matches!(&access, Access::Index(scan) if scan.sorted.is_some());
        let sorts = !plan.sort.is_empty() && !sorted && !matches!(access, Access::Id(_));
        (access, sorts)
    };
    let (returned, examined) = run(view, &plan, outer, deadline)?;
    let input = reading_stage(&collection, &access, &plan.filter, &request.filter)?;
    let winning = outer_stages(input, &request, sorts, outer);
    let mut stages = winning.clone();
    let shown = if matches!(outer, Some("UPDATE" | "DELETE" | "COUNT")) { 0 } else { returned };
    stages.insert("nReturned", count(shown));
    match outer {
        Some("COUNT") => drop(stages.insert("nCounted", count(returned))),
        Some("UPDATE") => drop(stages.insert("nMatched", count(returned))),
        Some("DELETE") => drop(stages.insert("nWouldDelete", count(returned))),
        _ => {}
    }
    Ok(doc! {
        "queryPlanner": {
            "plannerVersion": 1,
            "namespace": format!("{}.{}", collection.env, collection.name),
            "indexFilterSet": false,
            "parsedQuery": request.filter,
            "winningPlan": winning,
            "rejectedPlans": [],
        },
        "executionStats": {
            "executionSuccess": true,
            "nReturned": count(shown),
            "executionTimeMillis": i64::try_from(deadline.elapsed().as_millis()).unwrap_or(0),
            "totalKeysExamined": count(examined.keys),
            "totalDocsExamined": count(examined.documents),
            "executionStages": stages,
        },
    })
}

/// How many documents the search gives, and what it looked at.
fn run(
    view: &View<'_>,
    plan: &FindPlan,
    outer: Option<&str>,
    deadline: &Deadline,
) -> Result<(u64, Examined)> {
    if outer.is_none() {
        let found = find::find(view, plan, deadline)?;
        return Ok((found.documents.len() as u64, found.examined));
    }
    let collection = view.collection(&plan.collection)?;
    if outer == Some("COUNT")
        && plan.filter.is_empty()
        && let Some(total) = view.count(&collection)?
    {
        return Ok((total, Examined::default()));
    }
    let walk = Walk::new(view, &collection, deadline);
    let slots = find::matching_slots(&walk, &plan.filter, plan.limit)?;
    Ok((slots.len() as u64, walk.examined()))
}

/// The stage that reads documents and checks the filter.
fn reading_stage(
    collection: &CollectionInfo,
    access: &Access,
    filter: &Filter,
    request: &Document,
) -> Result<Document> {
    let input = match access {
        Access::Nothing => doc! {"stage": "EOF"},
        Access::Id(_) => doc! {"stage": "IDHACK"},
        Access::Ids(ids) => {
            let bounds = doc! {"_id": ids.iter().map(point).collect::<Vec<_>>()};
            let scan = doc! {
                "stage": "IXSCAN",
                "keyPattern": {"_id": 1},
                "indexName": "_id_",
                "isMultiKey": false,
                "isUnique": true,
                "isSparse": false,
                "isPartial": false,
                "indexVersion": 2,
                "direction": "forward",
                "indexBounds": bounds,
            };
            doc! {"stage": "FETCH", "filter": request.clone(), "inputStage": scan}
        }
        Access::Collection => {
            let mut stage = doc! {"stage": "COLLSCAN"};
            if !request.is_empty() {
                stage.insert("filter", request.clone());
            }
            stage.insert("direction", "forward");
            stage
        }
        Access::Index(scan) => {
            let mut stage = doc! {"stage": "FETCH"};
            if !request.is_empty() {
                stage.insert("filter", request.clone());
            }
            stage.insert("inputStage", index_stage(collection, scan)?);
            stage
        }
    };
    let Some(near) = filter.geo_near() else { return Ok(input) };
    let index = collection.indexes.iter().find(|index| {
        index.definition.fields.iter().any(|field| field.path.as_str() == near.path.as_str())
    });
    let mut stage = doc! {"stage": "GEO_NEAR_2DSPHERE"};
    if let Some(index) = index {
        stage.insert("keyPattern", key_pattern(&index.definition.fields));
        stage.insert("indexName", index.definition.name.clone());
    }
    stage.insert("inputStages", vec![input]);
    Ok(stage)
}

fn point(value: &Bson) -> String {
    let text = crate::value::shell_text(value);
    format!("[{text}, {text}]")
}

fn index_stage(collection: &CollectionInfo, scan: &IndexScan) -> Result<Document> {
    let Some(index) = scan.index.of(collection) else {
        return Err(Error::new(ErrorKind::Internal, "a plan names an index that is not there"));
    };
    let definition = &index.definition;
    Ok(doc! {
        "stage": "IXSCAN",
        "keyPattern": key_pattern(&definition.fields),
        "indexName": definition.name.clone(),
        "isMultiKey": index.multikey,
        "isUnique": definition.unique,
        "isSparse": false,
        "isPartial": false,
        "indexVersion": 2,
        "direction": if scan.sorted == Some(ReadFrom::End) { "backward" } else { "forward" },
        "indexBounds": index_bounds(definition, scan),
    })
}

/// What is done with the documents read.
fn outer_stages(
    mut stage: Document,
    find: &Find,
    sorts: bool,
    outer: Option<&'static str>,
) -> Document {
    if sorts {
        let keys = doc! {"stage": "SORT_KEY_GENERATOR", "inputStage": stage};
        stage = doc! {"stage": "SORT", "sortPattern": find.sort.clone()};
        if let Some(limit) = find.limit {
            stage.insert("limitAmount", count(limit.saturating_add(find.skip)));
        }
        stage.insert("inputStage", keys);
    }
    if find.skip > 0 {
        stage = doc! {"stage": "SKIP", "skipAmount": count(find.skip), "inputStage": stage};
    }
    match (outer, find.limit) {
        (Some(outer), _) => stage = doc! {"stage": outer, "inputStage": stage},
        (None, Some(limit)) if !sorts => {
            stage = doc! {"stage": "LIMIT", "limitAmount": count(limit), "inputStage": stage};
        }
        _ => {}
    }
    if let Some(projection) = find.projection.as_ref().filter(|projection| !projection.is_empty()) {
        stage = doc! {
            "stage": "PROJECTION",
            "transformBy": projection.clone(),
            "inputStage": stage,
        };
    }
    stage
}

fn explain_pipeline(
    view: &View<'_>,
    collection: String,
    pipeline: Vec<Document>,
    now_ms: i64,
    deadline: &Deadline,
) -> Result<Document> {
    let mut stages = pipeline.into_iter().peekable();
    let mut filter = Document::new();
    if let Some(first) = stages.peek()
        && let Ok(found) = first.get_document("$match")
    {
        filter = found.clone();
        stages.next();
    }
    let search = Search {
        find: Find { collection, filter: filter.clone(), ..Find::default() },
        outer: Some("CURSOR"),
    };
    let mut explained = explain_search(view, search, now_ms, deadline)?;
    let mut cursor = doc! {"query": filter};
    for key in ["queryPlanner", "executionStats"] {
        if let Some(part) = explained.remove(key) {
            cursor.insert(key, part);
        }
    }
    unwrap_cursor(&mut cursor);
    let mut described = vec![Bson::Document(doc! {"$cursor": cursor})];
    described.extend(stages.map(Bson::Document));
    Ok(doc! {"stages": described})
}

/// The search below a pipeline has no stage above it.
fn unwrap_cursor(cursor: &mut Document) {
    if let Ok(planner) = cursor.get_document_mut("queryPlanner")
        && let Ok(winning) = planner.get_document_mut("winningPlan")
        && let Some(Bson::Document(inner)) = winning.remove("inputStage")
    {
        *winning = inner;
    }
    if let Ok(stats) = cursor.get_document_mut("executionStats")
        && let Ok(stages) = stats.get_document_mut("executionStages")
        && let Some(Bson::Document(mut inner)) = stages.remove("inputStage")
    {
        if let Some(returned) = stages.remove("nReturned") {
            inner.insert("nReturned", returned);
        }
        *stages = inner;
    }
}

fn count(number: u64) -> Bson {
    match i32::try_from(number) {
        Ok(small) => Bson::Int32(small),
        Err(_) => Bson::Int64(i64::try_from(number).unwrap_or(i64::MAX)),
    }
}
