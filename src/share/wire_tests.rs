use super::*;
use crate::database::{Command, Find, Replacement, Update, Upkeep};
use crate::value::Bson;

fn filter() -> Document {
    let mut filter = Document::new();
    filter.insert("a", Bson::Int64(1));
    filter.insert("__proto__", Bson::Undefined);
    filter
}

fn commands() -> Vec<Command> {
    let collection = || "todos".to_owned();
    vec![
        Command::CreateCollection { name: collection() },
        Command::DropCollection { name: collection() },
        Command::ListCollections,
        Command::Insert {
            collection: collection(),
            documents: vec![encode_document(&filter()), vec![]],
        },
        Command::Find(Find { collection: collection(), filter: filter(), ..Find::default() }),
        Command::Find(Find {
            collection: collection(),
            filter: Document::new(),
            sort: filter(),
            skip: u64::MAX,
            limit: Some(0),
            projection: Some(filter()),
        }),
        Command::Count { collection: collection(), filter: filter() },
        Command::Update(Update {
            collection: collection(),
            filter: filter(),
            update: filter(),
            multi: true,
        }),
        Command::Replace {
            collection: collection(),
            filter: filter(),
            replacement: filter(),
            upsert: true,
        },
        Command::Delete { collection: collection(), filter: filter(), multi: false },
        Command::Aggregate { collection: collection(), pipeline: vec![filter(), Document::new()] },
        Command::CreateIndex { collection: collection(), index: filter() },
        Command::DropIndex { collection: collection(), name: "a_1".into() },
        Command::ListIndexes { collection: collection() },
        Command::Explain(Box::new(Command::Count { collection: collection(), filter: filter() })),
        Command::StartTransaction,
        Command::CommitTransaction,
        Command::AbortTransaction,
        Command::GetRecord { table: "t".into(), key: vec![0, 255] },
        Command::PutRecord { table: "t".into(), key: vec![], value: vec![1] },
        Command::RemoveRecord { table: "t".into(), key: vec![7] },
        Command::ScanRecords { table: "t".into(), prefix: vec![7] },
        Command::Sync,
        Command::ChangeIndexes {
            collection: collection(),
            dropped: vec!["a_1".into()],
            made: vec![filter()],
        },
        Command::Upkeep(Upkeep::Environments),
        Command::Upkeep(Upkeep::CheckFile),
        Command::Upkeep(Upkeep::CheckCollection { name: collection() }),
        Command::Upkeep(Upkeep::Compact),
        Command::Upkeep(Upkeep::Mark),
        Command::Upkeep(Upkeep::Restore { mark: u64::MAX }),
        Command::Upkeep(Upkeep::Release { mark: 0 }),
        Command::Upkeep(Upkeep::CountMarks),
        Command::Upkeep(Upkeep::Replace(Replacement::default())),
        Command::Upkeep(Upkeep::Replace(Replacement {
            staged: "s".into(),
            names: vec![collection()],
            alone: Some(vec!["file".into()]),
        })),
    ]
}

#[test]
fn every_command_comes_back_as_it_went() {
    for command in commands() {
        for transaction in [None, Some("t-1".to_owned())] {
            let request = Request { env: "env-1".into(), transaction, command: command.clone() };
            let question = Question { number: u64::MAX, answered_below: 3, request };
            let frame = question.encode().unwrap();
            assert_eq!(Question::decode(&frame), Ok(question));
        }
    }
}

#[test]
fn every_outcome_comes_back_as_it_went() {
    let mut outcomes: Vec<Result<Reply>> =
        KINDS.iter().map(|kind| Err(Error::new(*kind, "why"))).collect();
    outcomes.push(Err(Error::mongo(66, "immutable")));
    outcomes.push(Ok(Reply::Count(1)));
    for outcome in outcomes {
        let answer = Answer { number: 5, outcome };
        assert_eq!(Answer::decode(&answer.encode()), Ok(answer));
    }
}

#[test]
fn greetings_come_back_as_they_went() {
    let hello = Hello { version: VERSION, token: vec![1, 2], client: u64::MAX };
    assert_eq!(Hello::decode(&hello.encode()), Ok(hello));
    let welcome = Welcome { process: u32::MAX };
    assert_eq!(Welcome::decode(&welcome.encode()), Ok(welcome));
}

#[test]
fn a_damaged_frame_is_an_error_wherever_it_is_damaged() {
    for command in commands() {
        let request = Request { env: "e".into(), transaction: None, command };
        let frame = Question { number: 1, answered_below: 0, request }.encode().unwrap();
        for at in 0..frame.len() {
            assert!(Question::decode(&frame[..at]).is_err());
            let mut damaged = frame.clone();
            damaged[at] ^= 0x55;
            // It may still be a request, but never a panic.
            let _ = (Question::decode(&damaged), Answer::decode(&damaged), Hello::decode(&damaged));
        }
    }
}

#[test]
fn a_frame_is_read_up_to_its_limit_and_no_further() {
    let mut stream = Vec::new();
    write_frame(&mut stream, b"abc").unwrap();
    write_frame(&mut stream, b"").unwrap();
    let mut reader = stream.as_slice();
    assert_eq!(read_frame(&mut reader, 3).unwrap(), b"abc");
    assert_eq!(read_frame(&mut reader, 3).unwrap(), b"");
    assert!(read_frame(&mut reader, 3).is_err(), "the stream has ended");
    assert!(read_frame(&mut stream.as_slice(), 2).is_err(), "longer than allowed");
    assert!(read_frame(&mut &stream[..6], 3).is_err(), "cut off");
}
