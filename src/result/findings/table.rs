//! The one table of findings: explain, reports, gates and `docs/findings.md` read it. A new finding is one row here, one
//! name in [`FindingId`] and one function that looks for it.

use super::super::finding::FindingSpec;
use super::super::finding_id::FindingId;
use super::{errors, on_request, positives, rows};
use crate::metric::MetricId;

/// All findings, in the order of [`FindingId`].
pub const FINDINGS: &[FindingSpec] = &[
    FindingSpec {
        id: FindingId::Collapse,
        says: "the rows are nearly one point",
        metric: MetricId::Uniformity,
        meaning: "All rows are nearly one point: nothing can be told apart, and alignment means nothing.",
        cause: "training that collapsed (no negatives, a learning rate too high), one input encoded again and again, or \
                values left with a large common offset",
        remedy: "look at a few rows; check the training loss; subtract the mean row and audit again",
        rule: "uniformity of a view is less than 2 % of the way from 0 (all rows alike) to the ideal",
        basis: "The least uniform of eight real encoders (averaged GloVe vectors) stands at 6 % and still finds 81 % of \
                the partners first; collapsed rows stand below 0.1 %.",
        within: &[],
        look: rows::collapse,
    },
    FindingSpec {
        id: FindingId::DimensionalCollapse,
        says: "the rows use few directions",
        metric: MetricId::EffectiveRank,
        meaning: "The rows lie in few directions of the many that they have room for, so most columns repeat what others say.",
        cause: "training whose loss is met without the other directions (strong augmentation, no projection head, a small \
                batch), or values padded to a larger width",
        remedy: "look at spectrum.png (--spectrum --out DIR); fewer columns may serve as well (compare --dims)",
        rule: "effective_rank of a view is less than a tenth of that of as many uniform rows (--spectrum)",
        basis: "Eight encoders have a third of it (averaged GloVe vectors) to three quarters, CLS pooling 58 %.",
        within: &[FindingId::Collapse],
        look: on_request::dimensional_collapse,
    },
    FindingSpec {
        id: FindingId::PositivesAtChance,
        says: "positives are no closer than unrelated rows",
        metric: MetricId::Alignment,
        meaning: "Rows that should belong together are no closer than any two rows, so nothing here can be retrieved.",
        cause: "pairs or labels in another order than the rows, pairs counted from 1, or two views from different models",
        remedy: "check by hand that a pair names two rows that belong together; give --ids to join rows by id",
        rule: "alignment{alpha=2} of the positives is not below 2 - 2 mean_cosine by more than three standard errors",
        basis: "Three standard errors, by definition: none of the eight encoders is nearer to chance than ten, all eight \
                with shuffled rows are within three.",
        within: &[FindingId::ShuffledOrder],
        look: positives::at_chance,
    },
    FindingSpec {
        id: FindingId::IdenticalPositives,
        says: "positives are the same rows twice",
        metric: MetricId::Alignment,
        meaning: "Positives are at distance 0, so alignment and the alignment term say nothing of the model.",
        cause: "one file given as both views, or the noise that makes two views (dropout, augmentation) was off",
        remedy: "check what the second view is; encode it with the noise on",
        rule: "alignment{alpha=2} of the positives is below 1e-9, which is rounding",
        basis: "By definition: two views through one encoder differ, by rounding at least.",
        within: &[FindingId::Collapse],
        look: positives::identical,
    },
    FindingSpec {
        id: FindingId::ShuffledOrder,
        says: "rows have partners in the other view, but not where the order says",
        metric: MetricId::Alignment,
        meaning: "Positives are at chance as listed, but most rows have a near partner in another place of the other view: \
                  the order of one file is wrong.",
        cause: "a file written by several workers, a shuffled data loader, a sort or a filter applied to one of the files",
        remedy: "save ids with the embeddings and give --ids once for each file",
        rule: "positives_at_chance holds, and more than 15 % of the rows have a row of the other view nearer than all but one \
               in twenty rows have one in their own; needs the histogram of cosines (--out)",
        basis: "At most 5 % of the rows have such a partner where the order is right (eight encoders and two fixtures), and \
                where rows are independent; with one view shuffled, 25 % (averaged GloVe vectors) to 96 %.",
        within: &[],
        look: positives::shuffled,
    },
    FindingSpec {
        id: FindingId::NotSameSpace,
        says: "the two views lie in two spaces",
        metric: MetricId::SpaceCosine,
        meaning: "The mean rows of the two views point apart, as those of two models do: cosines between the views compare \
                  nothing, unless both were trained together.",
        cause: "queries of one model searched in an index of another of the same width, or two towers of images and texts",
        remedy: "embed both views with one model; for two towers see --modality",
        rule: "the interval of space_cosine lies below 0.7 (--search); a fact where positives are clearly closer than any two \
               rows",
        basis: "Two translations through one encoder have 0.957 to 0.999 (eight encoders); two encoders of one width have 0.49 \
                at most, but for an encoder and its int8 export, which are one space (0.999).",
        within: &[],
        look: on_request::not_same_space,
    },
    FindingSpec {
        id: FindingId::NoiseLike,
        says: "the rows lie like random vectors",
        metric: MetricId::Uniformity,
        meaning: "The rows cannot be told from random vectors: perfect uniformity, and no sign of structure.",
        cause: "an untrained or unloaded model, or a wrong dtype or byte order in the file",
        remedy: "check that weights were loaded; give positives (--pairs, --labels or a second view), which would tell",
        rule: "uniformity of each view is within three standard deviations of that of uniform rows, and positives, where \
               there are any, are at chance",
        basis: "The law of uniform rows is exact. The most uniform of eight encoders is more than 4,800 standard deviations \
                away at 1,000 rows.",
        within: &[],
        look: rows::noise_like,
    },
    FindingSpec {
        id: FindingId::NarrowCone,
        says: "the rows share a narrow cone",
        metric: MetricId::MeanCosine,
        meaning: "Two unrelated rows are already similar, so little room is left to tell related ones from them.",
        cause: "CLS pooling where the model wants the mean, a missing prompt or prefix, averaged word vectors, or a very low \
                temperature in training (the E5 family)",
        remedy: "pool and prompt as the model card says; subtract the mean row and audit again",
        rule: "the interval of mean_cosine (side mean or a) lies above 0.5",
        basis: "Six good encoders have 0.16 to 0.30, CLS pooling 0.65 and 0.70, averaged GloVe vectors 0.94. One good \
                encoder is warned of: multilingual-e5-small has 0.83 by design.",
        within: &[FindingId::Collapse],
        look: rows::narrow_cone,
    },
    FindingSpec {
        id: FindingId::Hubs,
        says: "a few rows come up in most searches",
        metric: MetricId::HubnessSkewness,
        meaning: "A few rows are among the nearest of very many others, whatever was asked, and push better results out.",
        cause: "a common direction that was not removed, very short or generic texts, or CLS pooling",
        remedy: "list the hubs (--offenders --out DIR); subtract the mean row, or rank by a local scaling",
        rule: "hubness_skewness of a view is above 2.9, and its interval above that of uniform rows (--search)",
        basis: "Seven encoders have 1.4 to 2.6 at 1,000 rows, CLS pooling 3.2 to 4.6. It grows with the number of rows, so \
                that larger sets may be warned of sooner.",
        within: &[FindingId::Collapse],
        look: rows::hubs,
    },
    FindingSpec {
        id: FindingId::Drift,
        says: "the rows are not drawn as those of the reference",
        metric: MetricId::DriftP,
        meaning: "Sets of the same rows dealt at random hardly ever lie as far apart as these do from the reference.",
        cause: "other data (topics, languages, lengths), another model or preprocessing, or rows in an order that time or \
                topic gave",
        remedy: "look at drift_auc: near 0.5 the change is real but small; compare what was embedded, and by what",
        rule: "drift_p is at most 0.01 (--drift-from)",
        basis: "By definition one alarm in a hundred without drift.",
        within: &[],
        look: on_request::drift,
    },
    FindingSpec {
        id: FindingId::Duplicates,
        says: "repeated rows move the numbers",
        metric: MetricId::DuplicateRows,
        meaning: "Some rows repeat others: they make the set look less uniform and decide contrastive terms at small tau.",
        cause: "duplicate inputs, padding rows, or an encoder that truncates long inputs to the same beginning",
        remedy: "remove repeated inputs and audit again; list them with --offenders --out DIR",
        rule: "duplicate_rows of a view is above 0; a warning where the repeats move uniformity by more than half the width \
               of its interval, else a fact",
        basis: "The interval of uniformity itself; no threshold is chosen.",
        within: &[FindingId::Collapse],
        look: rows::duplicates,
    },
    FindingSpec {
        id: FindingId::FalseNegatives,
        says: "many rows that are no positives look like some",
        metric: MetricId::ContrastiveUniformTerm,
        meaning: "Pairs that are not listed as positives are closer than the worst twentieth of those that are: either they \
                  belong together, or the model cannot tell them apart.",
        cause: "pairs that nobody listed, near duplicates, or a model that confuses topics with meaning",
        remedy: "read the list (offenders.csv); add the pairs that belong together, or join their rows with --groups",
        rule: "such pairs among the ten nearest of a row are found (--offenders); a warning where there are more than one for \
               each row, else a fact",
        basis: "Six good encoders have 0.03 to 0.37 for each row, CLS pooling of one model 3.2, averaged GloVe vectors 8.4.",
        within: &[FindingId::PositivesAtChance, FindingId::Collapse],
        look: rows::false_negatives,
    },
    FindingSpec {
        id: FindingId::EstimateTooCoarse,
        says: "sampling pairs makes most of the error",
        metric: MetricId::Uniformity,
        meaning: "More of the error comes from the pairs that were not seen than from the rows that were not sampled: a longer \
                  run would narrow the intervals.",
        cause: "a short --budget, or a large --max-error",
        remedy: "double --budget, or leave it out where `--dry-run` says that all pairs are affordable",
        rule: "the Monte Carlo error of a number is more than half of its variance",
        basis: "By definition; no threshold is chosen.",
        within: &[],
        look: errors::coarse,
    },
    FindingSpec {
        id: FindingId::FewRows,
        says: "there are too few rows for the intervals",
        metric: MetricId::Uniformity,
        meaning: "Intervals of so few rows hold the true value less often than they claim.",
        cause: "a small sample",
        remedy: "audit 100 rows or more",
        rule: "a view has fewer than 100 rows",
        basis: "In simulations intervals at 95 % from 12 to 80 rows held the true value in 86 to 96 % of samples.",
        within: &[],
        look: errors::few_rows,
    },
    FindingSpec {
        id: FindingId::LowTauFewRows,
        says: "a temperature is too low for so few rows",
        metric: MetricId::ContrastiveUniformTerm,
        meaning: "At this temperature the contrastive terms rest on a few near rows and are more biased than uncertain.",
        cause: "a tau far below that of training, or too few rows for it",
        remedy: "use more rows, or a larger --tau",
        rule: "the estimated bias of contrastive_uniform_term of a view is more than its standard error",
        basis: "By definition; no threshold is chosen. None of eight encoders at 1,000 rows and the usual taus is warned of.",
        within: &[],
        look: errors::low_tau,
    },
    FindingSpec {
        id: FindingId::ClsOrPrefix,
        says: "positives stand apart inside a narrow cone",
        metric: MetricId::MeanCosine,
        meaning: "Positives are found although all rows are similar: the model works, and something is added to every row.",
        cause: "CLS pooling instead of mean pooling, a missing prompt or prefix, or no centring; models trained at a very low \
                temperature look the same by design",
        remedy: "compare with mean pooling, with the prefix of the model card, and with the mean row subtracted",
        rule: "narrow_cone holds, and positives are clearly closer than any two rows",
        basis: "Not calibrated, so a fact: alignment, recall and hubs of CLS pooling and of multilingual-e5-small, which is \
                meant to be so, overlap.",
        within: &[],
        look: rows::cls_or_prefix,
    },
    FindingSpec {
        id: FindingId::BareCodes,
        says: "codes of one byte are compared as they are",
        metric: MetricId::TopkOverlap,
        meaning: "The rows are codes of one byte, and their cosines are those of the vectors only if codes are these times one \
                  factor for each row.",
        cause: "int8 or uint8 embeddings saved without the scale and offset that made them",
        remedy: "give --scale and --offset, or hold them against the vectors they were made from (compare --parity)",
        rule: "a view is of i8 or u8, and no scale, offset or unpacking was given",
        basis: "A fact: symmetric codes for each row keep 99.6 % of the ten nearest rows (fixture, mean pooling), those that \
                sentence-transformers offsets by column 82 %.",
        within: &[],
        look: on_request::bare_codes,
    },
    FindingSpec {
        id: FindingId::DeadColumns,
        says: "some columns hold one value",
        metric: MetricId::Uniformity,
        meaning: "Some columns hold the same value in all rows and use room without telling anything.",
        cause: "units of the encoder that died in training, or padding to a round width",
        remedy: "leave them out to save room, which keeps every distance",
        rule: "a column's variance is below 1e-12 of the mean variance of a column (--offenders)",
        basis: "A fact: all-mpnet-base-v2 and all-MiniLM-L6-v2 each have three such columns and are good models.",
        within: &[],
        look: rows::dead_columns,
    },
    FindingSpec {
        id: FindingId::NotNormalised,
        says: "norms of the rows vary",
        metric: MetricId::NormCv,
        meaning: "Rows were divided by their norms here; an index that serves raw dot products ranks by other numbers.",
        cause: "an encoder whose last layer does not normalise",
        remedy: "normalise before indexing, or search by cosine",
        rule: "a norm differs from 1 by more than the rounding of the element type",
        basis: "A fact: six of eight encoders give such rows, and cosines do not depend on it.",
        within: &[],
        look: rows::not_normalised,
    },
    FindingSpec {
        id: FindingId::PositivesApart,
        says: "positives are clearly closer than unrelated rows",
        metric: MetricId::Alignment,
        meaning: "Positives are closer than any two rows by more than three standard errors.",
        cause: "a model that knows what belongs together",
        remedy: "ask whether it suffices for search: --search",
        rule: "alignment{alpha=2} of the positives is below 2 - 2 mean_cosine by more than three standard errors",
        basis: "By definition. It says that there is a signal, not that it is strong: all eight encoders have it.",
        within: &[],
        look: positives::apart,
    },
];

/// `spec` takes row `id as usize`: the build fails if a finding has no row, or a row stands elsewhere.
const _: () = {
    assert!(FINDINGS.len() == FindingId::PositivesApart as usize + 1);
    let mut i = 0;
    while i < FINDINGS.len() {
        assert!(FINDINGS[i].id as usize == i);
        i += 1;
    }
};
