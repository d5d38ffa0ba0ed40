//! A client's request as the service carries it out: decided by the collection's setting, narrowed
//! to the caller's own documents where the setting says so, and stamped with the caller.

use crate::cloud::rules::{
    Access, Auth, Fetch, Grant, Operation, Subject, denied, invalid, substitute_openid,
};
use crate::database::{Command, Find, Update};
use crate::error::Result;
use crate::value::{Bson, Document, RawDoc, encode_document, to_document};

/// Whose a document is.
const OWNER: &str = "_openid";

/// The stages that clients have. What reads other collections is for server code.
const STAGES: [&str; 16] = [
    "$addFields",
    "$bucket",
    "$bucketAuto",
    "$count",
    "$geoNear",
    "$group",
    "$limit",
    "$match",
    "$project",
    "$replaceRoot",
    "$sample",
    "$skip",
    "$sort",
    "$sortByCount",
    "$unwind",
    "$redact",
];

/// Who asks for what, and how the documents that rules name are found.
pub struct Asking<'a, 'f> {
    /// Absent when nobody is logged in.
    pub auth: Option<&'a Auth>,
    pub access: &'a Access,
    pub now_ms: i64,
    pub fetch: &'a mut Fetch<'f>,
}

/// The collection that a command of a client is about; `None` for commands that clients lack.
pub fn collection_of(command: &Command) -> Option<&str> {
    match command {
        Command::Find(Find { collection, .. })
        | Command::Insert { collection, .. }
        | Command::Count { collection, .. }
        | Command::Update(Update { collection, .. })
        | Command::Replace { collection, .. }
        | Command::Delete { collection, .. }
        | Command::Aggregate { collection, .. } => Some(collection),
        Command::Explain(inner) => collection_of(inner),
        _ => None,
    }
}

/// The command as it is to be executed; [`ErrorKind::PermissionDenied`] when it is not.
pub fn permit(command: Command, asking: &mut Asking<'_, '_>) -> Result<Command> {
    Ok(match command {
        Command::Find(mut find) => {
            find.filter = asking.narrowed(Operation::Read, find.filter, None)?;
            Command::Find(find)
        }
        Command::Count { collection, filter } => {
            let filter = asking.narrowed(Operation::Read, filter, None)?;
            Command::Count { collection, filter }
        }
        Command::Aggregate { collection, pipeline } => {
            Command::Aggregate { collection, pipeline: asking.pipeline(pipeline)? }
        }
        Command::Insert { collection, documents } => {
            let documents = documents.iter().map(|bytes| asking.new_document(bytes));
            Command::Insert { collection, documents: documents.collect::<Result<_>>()? }
        }
        Command::Update(mut update) => {
            refuse_owner_of_update(&update.update)?;
            asking.substitute(&mut update.update);
            let input = fields_set(&update.update);
            update.filter = asking.narrowed(Operation::Update, update.filter, Some(&input))?;
            Command::Update(update)
        }
        Command::Replace { collection, filter, mut replacement, upsert } => {
            refuse_owner(replacement.keys())?;
            asking.substitute(&mut replacement);
            let id = filter.get("_id").cloned();
            let filter = asking.narrowed(Operation::Update, filter, Some(&replacement))?;
            let owner = asking.owner_after(&collection, id.as_ref())?;
            let replacement = owned_by(owner, replacement);
            Command::Replace { collection, filter, replacement, upsert }
        }
        Command::Delete { collection, filter, multi } => {
            let filter = asking.narrowed(Operation::Delete, filter, None)?;
            Command::Delete { collection, filter, multi }
        }
        Command::Explain(inner) => Command::Explain(Box::new(permit(*inner, asking)?)),
        _ => return Err(denied()),
    })
}

impl Asking<'_, '_> {
    fn openid(&self) -> Option<&str> {
        self.auth.and_then(|auth| auth.openid.as_deref())
    }

    fn substitute(&self, document: &mut Document) {
        if let Some(openid) = self.openid() {
            substitute_openid(document, openid);
        }
    }

    fn decide(
        &mut self,
        operation: Operation,
        query: &Document,
        input: Option<&Document>,
    ) -> Result<Grant> {
        let (auth, now_ms) = (self.auth, self.now_ms);
        let subject = Subject { auth, query, input, resource: None, now_ms };
        self.access.decide(operation, subject, self.fetch)
    }

    /// The filter of a permitted operation.
    fn narrowed(
        &mut self,
        operation: Operation,
        mut filter: Document,
        input: Option<&Document>,
    ) -> Result<Document> {
        self.substitute(&mut filter);
        match self.decide(operation, &filter, input)? {
            Grant::AsAsked => Ok(filter),
            Grant::OwnOnly => Ok(own(filter, self.openid().ok_or_else(denied)?)),
        }
    }

    fn pipeline(&mut self, mut pipeline: Vec<Document>) -> Result<Vec<Document>> {
        for stage in &mut pipeline {
            if let Some(name) = stage.keys().find(|name| !STAGES.contains(&name.as_str())) {
                return Err(invalid(format!("the stage {name} is not available to clients")));
            }
            self.substitute(stage);
        }
        if let Some(filter) = pipeline.first_mut().and_then(selecting) {
            *filter = self.narrowed(Operation::Read, std::mem::take(filter), None)?;
        } else {
            let filter = self.narrowed(Operation::Read, Document::new(), None)?;
            if !filter.is_empty() {
                pipeline.insert(0, bson::doc! { "$match": filter });
            }
        }
        Ok(pipeline)
    }

    /// A new document with its owner, encoded.
    fn new_document(&mut self, bytes: &[u8]) -> Result<Vec<u8>> {
        let mut document = to_document(RawDoc::new(bytes));
        refuse_owner(document.keys())?;
        self.substitute(&mut document);
        let document = owned_by(self.openid().map(str::to_owned), document);
        self.decide(Operation::Create, &Document::new(), Some(&document))?;
        // Nobody's document could never be found again.
        if self.auth.is_none() && !matches!(self.access, Access::Custom(_)) {
            return Err(denied());
        }
        Ok(encode_document(&document))
    }

    /// Whose a document is once it was replaced: nobody takes over what is there.
    fn owner_after(&mut self, collection: &str, id: Option<&Bson>) -> Result<Option<String>> {
        let me = self.openid().map(str::to_owned);
        let (Access::Custom(_), Some(Bson::String(id))) = (self.access, id) else { return Ok(me) };
        Ok(match (self.fetch)(collection, id)? {
            Some(found) => found.get_str(OWNER).ok().map(str::to_owned),
            None => me,
        })
    }
}

/// What a first stage says of the documents that it lets through.
fn selecting(stage: &mut Document) -> Option<&mut Document> {
    if stage.contains_key("$match") {
        return stage.get_document_mut("$match").ok();
    }
    let near = stage.get_document_mut("$geoNear").ok()?;
    if !near.contains_key("query") {
        near.insert("query", Document::new());
    }
    near.get_document_mut("query").ok()
}

/// The filter, of the caller's own documents alone.
fn own(mut filter: Document, openid: &str) -> Document {
    if filter.contains_key(OWNER) {
        return bson::doc! { "$and": [filter, { OWNER: openid }] };
    }
    filter.insert(OWNER, openid);
    filter
}

fn owned_by(openid: Option<String>, document: Document) -> Document {
    let owner = openid.map(|openid| (OWNER.to_owned(), Bson::String(openid)));
    owner.into_iter().chain(document).collect()
}

fn is_owner(path: &str) -> bool {
    path.strip_prefix(OWNER).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn refuse_owner<'k>(mut keys: impl Iterator<Item = &'k String>) -> Result<()> {
    if keys.any(|key| is_owner(key)) {
        Err(invalid(format!("Invalid Key Name: {OWNER}")))
    } else {
        Ok(())
    }
}

fn refuse_owner_of_update(update: &Document) -> Result<()> {
    for (operator, fields) in update {
        let Bson::Document(fields) = fields else { continue };
        refuse_owner(fields.keys())?;
        if operator == "$rename" {
            let targets = fields.values().filter_map(Bson::as_str).map(str::to_owned);
            refuse_owner(targets.collect::<Vec<_>>().iter())?;
        }
    }
    Ok(())
}

/// `request.data` of an update: the fields it sets, as an object.
fn fields_set(update: &Document) -> Document {
    let mut input = Document::new();
    let Ok(fields) = update.get_document("$set") else { return input };
    for (path, value) in fields {
        let mut segments: Vec<&str> = path.split('.').collect();
        let Some(name) = segments.pop() else { continue };
        let mut at = &mut input;
        for segment in segments {
            let inner = at.entry(segment.to_owned()).or_insert(Bson::Document(Document::new()));
            if !matches!(inner, Bson::Document(_)) {
                *inner = Bson::Document(Document::new());
            }
            let Bson::Document(inner) = inner else { return input };
            at = inner;
        }
        at.insert(name, value.clone());
    }
    input
}

#[cfg(test)]
#[path = "request_tests.rs"]
mod tests;
