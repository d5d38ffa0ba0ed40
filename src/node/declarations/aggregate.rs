//! Pipelines and their stages.

use crate::node::declarations::{Block, block};

pub const BLOCKS: &[Block] = &[
    block(
        "export class PipelineBase<T>",
        "The stages of a pipeline. Numbers, field names and expressions are those of MongoDB 4.0.",
        &[
            ("addFields(val: any): T", "Adds computed fields: `{ total: $.sum('$scores') }`."),
            (
                "bucket(val: any): T",
                "Groups by given bounds: `{ groupBy, boundaries, default?, output? }`.",
            ),
            (
                "bucketAuto(val: any): T",
                "Groups into even buckets: `{ groupBy, buckets, granularity?, output? }`.",
            ),
            (
                "collStats(val: any): T",
                "Throws a TypeError, as the official client does; works with `WX_LOCAL_STRICT=0`.",
            ),
            (
                "count(val: any): T",
                "Replaces the documents by one with their number under this name.",
            ),
            (
                "facet(val: any): T",
                "Throws a TypeError, as the official client does; works with `WX_LOCAL_STRICT=0`.",
            ),
            (
                "geoNear(val: any): T",
                "Documents by distance, first stage only: `{ near, distanceField, spherical?, .. }`.",
            ),
            (
                "graphLookup(val: any): T",
                "Throws a TypeError, as the official client does; works with `WX_LOCAL_STRICT=0`.",
            ),
            (
                "group(val: any): T",
                "Groups by `_id`, with accumulators: `{ _id: '$city', n: $.sum(1) }`.",
            ),
            (
                "indexStats(val?: any): T",
                "Throws a TypeError, as the official client does; works with `WX_LOCAL_STRICT=0`.",
            ),
            ("limit(val: any): T", "Passes on so many documents."),
            (
                "lookup(val: any): T",
                "Joins a collection: `{ from, localField, foreignField, as }` or `{ from, let, pipeline, as }`.",
            ),
            ("match(val: any): T", "Passes on what meets a condition, written as for `where`."),
            (
                "out(val: any): T",
                "Throws a TypeError, as the official client does; works with `WX_LOCAL_STRICT=0`.",
            ),
            ("project(val: any): T", "Which fields go on, and computed ones."),
            (
                "redact(val: any): T",
                "Throws a TypeError, as the official client does; works with `WX_LOCAL_STRICT=0`.",
            ),
            ("replaceRoot(val: any): T", "Puts `{ newRoot }` in the document's place."),
            ("sample(val: any): T", "Passes on `{ size }` documents at random."),
            ("skip(val: any): T", "Passes over so many documents."),
            ("sort(val: any): T", "Orders by `{ field: 1 | -1 }`."),
            (
                "sortByCount(val: any): T",
                "Groups by an expression and orders by the number of members.",
            ),
            (
                "unwind(val: any): T",
                "One document for each element of an array: `'$tags'` or `{ path, .. }`.",
            ),
            ("end(): void", ""),
        ],
    ),
    block(
        "export class Pipeline extends PipelineBase<Pipeline>",
        "A pipeline for `lookup`, from `_.aggregate.pipeline()`.",
        &[
            ("done(): AnyObject[]", "The stages, for `lookup({ pipeline })`."),
            ("unwrap(): PipelineStep[]", "The stages as they are kept."),
            ("end(): Promise<never>", "Rejects: such a pipeline cannot be sent by itself."),
        ],
    ),
    block(
        "export interface PipelineStep",
        "A stage as it is kept.",
        &[
            ("stageKey: string", "e.g. `$match`"),
            ("stageValue: string", "Its argument as extended JSON."),
        ],
    ),
    block("export class PipelineStage", "Types only.", &[("stage: string", ""), ("val: any", "")]),
    block(
        "export class Aggregate extends PipelineBase<Aggregate>",
        "A pipeline on a collection.\n\n@example\n```js\nconst { list } = await db.collection('orders').aggregate()\n  .match({ paid: true })\n  .group({ _id: '$city', total: $.sum('$price') })\n  .end()\n```",
        &[
            (
                "constructor(collection: CollectionReference, stages: PipelineStage[])",
                "@deprecated Pipelines come from `collection.aggregate()`.",
            ),
            (
                "collection: CollectionReference",
                "@deprecated Declared by the official file, absent at runtime.",
            ),
            ("readonly collectionName: string", ""),
            (
                "pushStage(stage: string, val?: any): Aggregate",
                "Adds a stage by name; the methods call it.",
            ),
            (
                "end<R = any>(): Promise<IAggregateResult<R>>",
                "Runs the pipeline. Rejects with `errCode: -1`, the service's word in `code`.",
            ),
            (
                "end(options: IExplainOptions): Promise<IExplainResult>",
                "How the documents of the pipeline would be found.",
            ),
        ],
    ),
];
