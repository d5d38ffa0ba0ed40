//! What a write does to the store: parsed once, applied in one job, perhaps more than once when a
//! lock is in the way.

use std::time::Duration;

use crate::database::admin;
use crate::database::command::Command;
use crate::database::command::Reply;
use crate::database::deadline::Deadline;
use crate::database::insert::Ids;
use crate::database::insert::InsertPlan;
use crate::database::target::Direct;
use crate::database::target::Target;
use crate::database::upkeep;
use crate::database::upkeep::Replacement;
use crate::database::write::DeletePlan;
use crate::database::write::ReplacePlan;
use crate::database::write::UpdatePlan;
use crate::error::Result;
use crate::store::IndexDefinition;

pub struct Job {
    pub env: String,
    work: Work,
}

enum Work {
    Documents(DocumentWork),
    CreateCollection(String),
    DropCollection(String),
    CreateIndex(String, IndexDefinition),
    DropIndex(String, String),
    ChangeIndexes(String, Vec<String>, Vec<IndexDefinition>),
    ReplaceCollections(Replacement),
    ReplaceContents(String, Vec<Vec<u8>>),
    PutRecord { table: String, key: Vec<u8>, value: Vec<u8> },
    RemoveRecord { table: String, key: Vec<u8> },
}

/// Writes that a transaction may hold.
pub enum DocumentWork {
    Insert(InsertPlan),
    Update(UpdatePlan),
    Replace(ReplacePlan),
    Delete(DeletePlan),
}

impl DocumentWork {
    /// `None` when the command writes no documents.
    pub fn parse(command: Command, ids: Ids<'_>) -> Result<Option<Self>> {
        let now_ms = ids.clock.now_ms();
        Ok(Some(match command {
            Command::Insert { collection, documents } => {
                Self::Insert(InsertPlan::parse(collection, documents, ids)?)
            }
            Command::Update(update) => Self::Update(UpdatePlan::parse(update, now_ms)?),
            Command::Replace { collection, filter, replacement, upsert } => {
                let plan = ReplacePlan::parse(collection, filter, replacement, upsert, ids)?;
                Self::Replace(plan)
            }
            Command::Delete { collection, filter, multi } => {
                Self::Delete(DeletePlan::parse(collection, filter, multi, now_ms)?)
            }
            _ => return Ok(None),
        }))
    }

    pub fn apply(&self, target: &mut dyn Target, deadline: &Deadline) -> Result<Reply> {
        Ok(match self {
            Self::Insert(plan) => Reply::Inserted(plan.apply(target)?),
            Self::Update(plan) => Reply::Updated(plan.apply(target, deadline)?),
            Self::Replace(plan) => Reply::Updated(plan.apply(target, deadline)?),
            Self::Delete(plan) => Reply::Deleted(plan.apply(target, deadline)?),
        })
    }
}

impl Job {
    /// `None` when the command writes nothing.
    pub fn parse(env: &str, command: Command, ids: Ids<'_>) -> Result<Option<Self>> {
        let work = match command {
            Command::CreateCollection { name } => Work::CreateCollection(name),
            Command::DropCollection { name } => Work::DropCollection(name),
            Command::CreateIndex { collection, index } => {
                Work::CreateIndex(collection, admin::parse_index(&index)?)
            }
            Command::DropIndex { collection, name } => Work::DropIndex(collection, name),
            Command::ChangeIndexes { collection, dropped, made } => {
                let made = made.iter().map(admin::parse_index).collect::<Result<_>>()?;
                Work::ChangeIndexes(collection, dropped, made)
            }
            Command::PutRecord { table, key, value } => Work::PutRecord { table, key, value },
            Command::RemoveRecord { table, key } => Work::RemoveRecord { table, key },
            other => match DocumentWork::parse(other, ids)? {
                Some(work) => Work::Documents(work),
                None => return Ok(None),
            },
        };
        Ok(Some(Self { env: env.to_owned(), work }))
    }

    /// What `$out` does at the end of a pipeline.
    pub fn replace_contents(env: &str, collection: String, documents: Vec<Vec<u8>>) -> Self {
        Self { env: env.to_owned(), work: Work::ReplaceContents(collection, documents) }
    }

    pub fn replace_collections(env: &str, replacement: Replacement) -> Self {
        Self { env: env.to_owned(), work: Work::ReplaceCollections(replacement) }
    }

    /// Whether what was sent before must not be applied afterwards.
    pub fn ends_era(&self) -> bool {
        matches!(&self.work, Work::ReplaceCollections(replacement) if replacement.alone.is_some())
    }

    pub fn apply(&self, target: &mut Direct<'_, '_>, time_limit: Duration) -> Result<Reply> {
        let env = self.env.as_str();
        match &self.work {
            Work::Documents(work) => return work.apply(target, &Deadline::new(time_limit)),
            Work::CreateCollection(name) => {
                admin::create_collection(target.writer(), env, name)?;
            }
            Work::DropCollection(name) => admin::drop_collection(target.writer(), env, name)?,
            Work::CreateIndex(collection, definition) => {
                admin::create_index(target.writer(), env, collection, definition)?;
            }
            Work::DropIndex(collection, name) => {
                admin::drop_index(target.writer(), env, collection, name)?;
            }
            Work::ChangeIndexes(collection, dropped, made) => {
                admin::change_indexes(target.writer(), (env, collection), dropped, made)?;
            }
            Work::ReplaceCollections(replacement) => {
                upkeep::replace(target.writer(), env, replacement)?;
            }
            Work::ReplaceContents(collection, documents) => {
                admin::replace_contents(target.writer(), env, collection, documents)?;
                return Ok(Reply::Documents(Vec::new()));
            }
            Work::PutRecord { table, key, value } => {
                target.writer().put_record(table, key, value)?;
            }
            Work::RemoveRecord { table, key } => {
                return target.writer().remove_record(table, key).map(Reply::Removed);
            }
        }
        Ok(Reply::Done)
    }
}
