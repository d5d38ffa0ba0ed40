//! `aggregate`: pipelines over the collections of one view.

use std::cell::RefCell;
use std::ops::ControlFlow;

use crate::aggregate::Circle;
use crate::aggregate::Collections;
use crate::aggregate::Execution;
use crate::aggregate::Pipeline;
use crate::aggregate::Visit;
use crate::database::admin;
use crate::database::answer::Answer;
use crate::database::core::Core;
use crate::database::deadline::Deadline;
use crate::database::find::InOrder;
use crate::database::find::access_for;
use crate::database::find::visit_in_groups;
use crate::database::insert::with_id;
use crate::database::near::access_to_circle;
use crate::database::parse;
use crate::database::plan::Access;
use crate::database::planner;
use crate::database::planner::Question;
use crate::database::scans::Reading;
use crate::database::server_date::resolve_document;
use crate::database::view::View;
use crate::database::walk::Walk;
use crate::error::Result;
use crate::query::Filter;
use crate::query::Sort;
use crate::store::IndexOrder;
use crate::update::check_storable_raw;
use crate::value::Document;
use crate::value::FieldPath;
use bson::doc;

/// What a pipeline gave.
pub enum Aggregated {
    Documents(Vec<Vec<u8>>),
    /// `$out`: the contents that a collection is to get.
    Contents(String, Vec<Vec<u8>>),
}

pub fn aggregate(
    core: &Core,
    view: &View<'_>,
    collection: &str,
    mut stages: Vec<Document>,
    deadline: &Deadline,
) -> Result<Aggregated> {
    view.collection(collection)?;
    let now_ms = core.clock.now_ms();
    for stage in &mut stages {
        resolve_document(stage, now_ms)?;
    }
    let pipeline = Pipeline::parse(&stages)?;
    let source = Source { core, view, deadline, contents: RefCell::new(None) };
    let check = || deadline.check();
    let execution = Execution::new(&source).with_check(&check);
    let mut answer = Answer::default();
    pipeline.run(collection, &execution, &mut |document| answer.push_bytes(document))?;
    Ok(match source.contents.into_inner() {
        Some((name, documents)) => Aggregated::Contents(name, documents),
        None => Aggregated::Documents(answer.into_documents()),
    })
}

struct Source<'a> {
    core: &'a Core,
    view: &'a View<'a>,
    deadline: &'a Deadline,
    contents: RefCell<Option<(String, Vec<Vec<u8>>)>>,
}

impl Collections for Source<'_> {
    fn scan(&self, collection: &str, filter: Option<&Filter>, visit: &mut Visit<'_>) -> Result<()> {
        let Some(collection) = self.view.find_collection(collection) else { return Ok(()) };
        let walk = Walk::new(self.view, &collection, self.deadline);
        let access = match filter {
            Some(filter) => access_for(&walk, filter)?,
            None => Access::Collection,
        };
        let mut found = 0;
        walk.visit(&access, &mut |_, document| {
            if let Some(filter) = filter
                && !filter.matches(document)?
            {
                return Ok(ControlFlow::Continue(()));
            }
            found += 1;
            visit(document)
        })?;
        if let Some(filter) = filter {
            let reading = Reading { filter, sort: None, examined: walk.examined(), found };
            self.core.scans.note(self.view.env(), &collection.name, &reading);
        }
        Ok(())
    }

    fn scan_sorted(
        &self,
        collection: &str,
        filter: Option<&Filter>,
        sort: &Sort,
        visit: &mut Visit<'_>,
    ) -> Result<bool> {
        let Some(collection) = self.view.find_collection(collection) else { return Ok(false) };
        let walk = Walk::new(self.view, &collection, self.deadline);
        let ordered = self.view.indexes_are_ordered(&collection);
        let everything = parse::filter(&mut Document::new(), 0)?;
        let filter = filter.unwrap_or(&everything);
        let question = Question { filter, sort: Some(sort), limited: true, ordered };
        let access = planner::choose(&collection, &question)?;
        if !matches!(&access, Access::Index(scan) if scan.sorted.is_some()) {
            return Ok(false);
        }
        let order = InOrder { filter, sort, wanted: usize::MAX };
        visit_in_groups(&walk, &access, order, &mut |slot| {
            let flow = self.view.document(&collection, slot, &mut *visit)?;
            flow.unwrap_or(Ok(ControlFlow::Continue(())))
        })?;
        Ok(true)
    }

    fn has_index(&self, collection: &str, path: &FieldPath) -> bool {
        // What a transaction has written makes no difference: it is few documents.
        path.as_str() == "_id"
            || self.view.find_collection(collection).is_some_and(|collection| {
                collection.indexes.iter().any(|index| {
                    let first = index.definition.fields.first();
                    !index.has_sphere() && first.is_some_and(|field| field.path == *path)
                })
            })
    }

    fn geo_paths(&self, collection: &str) -> Result<Vec<FieldPath>> {
        let Some(collection) = self.view.find_collection(collection) else {
            return Ok(Vec::new());
        };
        let fields = collection.indexes.iter().flat_map(|index| &index.definition.fields);
        let geometric = fields.filter(|field| field.order == IndexOrder::Sphere);
        let mut paths: Vec<FieldPath> = Vec::new();
        for field in geometric {
            if !paths.contains(&field.path) {
                paths.push(field.path.clone());
            }
        }
        Ok(paths)
    }

    fn scan_circle(
        &self,
        collection: &str,
        filter: Option<&Filter>,
        circle: &Circle<'_>,
        visit: &mut Visit<'_>,
    ) -> Result<bool> {
        let Some(collection) = self.view.find_collection(collection) else { return Ok(false) };
        let walk = Walk::new(self.view, &collection, self.deadline);
        if let Some(filter) = filter
            && matches!(
                access_for(&walk, filter)?,
                Access::Nothing | Access::Id(_) | Access::Ids(_)
            )
        {
            return Ok(false);
        }
        let Circle { path, center, radius_m } = *circle;
        let Some(access) = access_to_circle(&walk, path, center, radius_m)? else {
            return Ok(false);
        };
        walk.visit(&access, &mut |_, document| match filter {
            Some(filter) if !filter.matches(document)? => Ok(ControlFlow::Continue(())),
            _ => visit(document),
        })?;
        Ok(true)
    }

    fn replace_contents(&self, collection: &str, documents: Vec<Vec<u8>>) -> Result<()> {
        let ids = self.core.ids();
        let prepared = documents.into_iter().map(|document| {
            let (_, document) = with_id(document, ids)?;
            check_storable_raw(&document)?;
            Ok(document)
        });
        let prepared = prepared.collect::<Result<Vec<_>>>()?;
        // A view cannot be written: the engine does it when the pipeline is through.
        self.contents.replace(Some((collection.to_owned(), prepared)));
        Ok(())
    }

    fn stats(&self, collection: &str) -> Result<Document> {
        let found = self.view.collection(collection)?;
        let (mut count, mut bytes) = (0_i64, 0_i64);
        self.view.scan(&found, &mut |_, document| {
            self.deadline.step()?;
            count += 1;
            bytes += i64::try_from(document.as_bytes().len()).unwrap_or_default();
            Ok(ControlFlow::Continue(()))
        })?;
        let average = if count == 0 { 0 } else { bytes / count };
        let indexes = i64::try_from(found.indexes.len() + 1).unwrap_or_default();
        let none = || doc! {"latency": 0_i64, "ops": 0_i64};
        Ok(doc! {
            "ns": format!("{}.{collection}", self.view.env()),
            "count": count,
            "storageStats": {
                "size": bytes,
                "count": count,
                "avgObjSize": average,
                "storageSize": bytes,
                "capped": false,
                "nindexes": indexes,
                "totalIndexSize": 0_i64,
                "indexSizes": {},
            },
            "latencyStats": {"reads": none(), "writes": none(), "commands": none()},
        })
    }

    fn index_stats(&self, collection: &str) -> Result<Vec<Document>> {
        let found = self.view.collection(collection)?;
        let since = bson::DateTime::from_millis(self.core.clock.now_ms());
        let describe = |name: &str, key: Document| {
            doc! {
                "name": name,
                "key": key,
                "host": "localhost:27017",
                "accesses": {"ops": 0_i64, "since": since},
            }
        };
        let mut stats = vec![describe(admin::ID_INDEX, doc! {"_id": 1})];
        stats.extend(found.indexes.iter().map(|index| {
            let definition = &index.definition;
            describe(&definition.name, admin::key_pattern(&definition.fields))
        }));
        Ok(stats)
    }

    fn random(&self) -> u64 {
        self.core.entropy.next_u64()
    }

    fn now_ms(&self) -> i64 {
        self.core.clock.now_ms()
    }
}
