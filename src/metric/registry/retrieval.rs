//! Retrieval: positives among all rows that are searched.

use super::{Blind, Direction, Family, Kind, MetricId, MetricSpec, Place, Side, Traits};

/// How the error of every number of retrieval is made.
const ERROR: &str = "Sample standard deviation over queries / sqrt(queries), whole items left out where rows come in items \
                     (--groups, or listed pairs); and beside it what other rows to find would change: 20 groups of rows \
                     are left out of the queries and of what is searched, and what leaving out the queries alone does not \
                     explain is added, less what one query and one group do to each other, which the first part holds. \
                     Where few queries lose anything it is at least sqrt(p (1 - p) / (queries (1 + e))), e about as many as \
                     do, as others may lose more than these. It \
                     speaks of other queries and other rows, as many. Interval: score interval (Wilson) with as many \
                     trials as that error amounts to, so that a share of 1 has one too; t quantile, of the groups where \
                     they add anything. Mean of two views: with items or aligned views, both left out together. \
                     Differences: groups of queries left out of both models, among the same rows.";

pub(super) const RECALL: MetricSpec = MetricSpec {
    id: MetricId::Recall,
    param: Some("k"),
    kind: Kind::Sampled,
    blind: Blind::Never,
    place: Place::Headline,
    sides: &[Side::Mean, Side::A, Side::B],
    traits: Traits::of(Family::Queries).share().proposed_at(10.0),
    summary: "What a search finds: the share of a row's positives that are among the k rows of largest cosine to it.",
    formula: "mean over queries of #{positives with rank <= k} / #{positives}, rank = 1 + rows above it; tied rows in \
              random order",
    range: "[0, 1]",
    ideal: "1, or k / positives where a query has more than k of them",
    collapsed: "k / rows searched: all rows are tied, and their order is chance",
    reading: "Higher is better. Queries are all rows that have a positive, or a sample of them (--queries). Side a: rows of the first view search the \
              second; b the other way round; mean: of both. With one view, each row searches all others. Random \
              vectors have k / rows, so it grows easier with fewer rows: compare at one set of rows only. Other \
              positives of a query count as rows above, as they do in what a user sees; hit_rate asks whether any \
              was found. Where rows are tied the value is the mean over all orders of them, so it lies between \
              what any two tools make of a tie. Among the first 20, rows \
              that f32 cannot tell apart are compared in f64; further down they are ties. There are \
              no numbers where there are more than 64 positives for each row and more than a million in all.",
    error: ERROR,
    better: Direction::Higher,
    reference: "Manning, Raghavan & Schutze, Introduction to Information Retrieval, 2008, chapter 8; ties: McSherry & \
                Najork, ECIR 2008.",
};

pub(super) const HIT_RATE: MetricSpec = MetricSpec {
    id: MetricId::HitRate,
    place: Place::Detail,
    traits: Traits::of(Family::Queries).share(),
    summary: "How often a search finds anything: the share of queries with a positive among the k rows of largest cosine.",
    formula: "mean over queries of [any positive has rank <= k]; tied rows in random order",
    range: "[0, 1]",
    ideal: "1",
    collapsed: "k / rows searched for queries with one positive, about positives as often with several",
    reading: "Higher is better. It is recall{k} where every query has one positive; with several it is what other \
              tools also call recall or accuracy at k. Name which one is meant.",
    reference: "Manning, Raghavan & Schutze, Introduction to Information Retrieval, 2008, chapter 8.",
    ..RECALL
};

pub(super) const MRR: MetricSpec = MetricSpec {
    id: MetricId::Mrr,
    place: Place::Detail,
    traits: Traits::of(Family::Queries).share(),
    summary: "How early the first positive comes: the mean of one over its rank.",
    formula: "mean over queries of 1 / rank of the first positive, 0 where rank > k (without k: never); tied rows in \
              random order",
    range: "[0, 1]",
    ideal: "1: every query has a positive first",
    collapsed: "(1 + 1/2 + ... + 1/k) / rows searched; without k up to 1 / rows",
    reading: "Higher is better. With k it is MRR@k as leaderboards print it; without, far ranks count a little. 0.5 is \
              a second place on average, or first and nowhere half of the time: recall{k=1} tells which.",
    reference: "Voorhees, The TREC-8 Question Answering Track Report, 1999; ties: McSherry & Najork, ECIR 2008.",
    ..RECALL
};

pub(super) const NDCG: MetricSpec = MetricSpec {
    id: MetricId::Ndcg,
    place: Place::Detail,
    traits: Traits::of(Family::Queries).share(),
    summary: "How well the first k rows are ordered: gains of positives, discounted by rank, over those of the best \
              order.",
    formula: "mean over queries of sum over positives with rank <= k of gain / log2(rank + 1), over the same sum of the \
              best order; tied rows in random order",
    range: "[0, 1]",
    ideal: "1: every query has its positives first, those of the largest gain before others",
    collapsed: "sum of 1 / log2(rank + 1) over ranks 1 to k, over rows searched, for queries with one positive",
    reading: "Higher is better. Between recall (which ignores order) and mrr (which ignores all but the first). The \
              gain is the grade of --qrels as it stands (linear, not 2^grade - 1), and 1 for other positives; recall and \
              the rest take every grade above 0 for the same. The best order is that of all positives of the query.",
    reference: "Jarvelin & Kekalainen, ACM TOIS 20 (2002); linear gains and log2(rank + 1), as trec_eval.",
    ..RECALL
};

pub(super) const R_PRECISION: MetricSpec = MetricSpec {
    id: MetricId::RPrecision,
    param: None,
    place: Place::Detail,
    traits: Traits::of(Family::Queries).share(),
    summary: "Recall at as many rows as the query has positives: what a search would find that knew when to stop.",
    formula: "mean over queries of #{positives with rank <= R} / R, R = #{positives}; tied rows in random order",
    range: "[0, 1]",
    ideal: "1",
    collapsed: "R / rows searched",
    reading: "Higher is better. For queries of unequally many positives it is fairer than recall at one k. It is \
              recall{k=1} where every query has one.",
    reference: "Manning, Raghavan & Schutze, Introduction to Information Retrieval, 2008, chapter 8.",
    ..RECALL
};
